"""What straight ways in joint space are proven with: how far the robot's bodies move for a unit of each joint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover, Scene
from ..geometry import Array
from .sweep_kernel import PAD, Sweep, in_the_way, lanes, tabulate

_CELLS = 64  # of a joint in the tables of pairs; a multiple of the lanes


def make_sweep(mover: Mover, scene: Scene, *, lower: Array, upper: Array) -> Sweep:
    """Return the check of straight ways.

    Args:
        mover: the robot.
        scene: what is around it.
        lower, upper: (dof,) limits of the joints [rad or m]; those of a joint that slides must be finite.
    """
    slides = np.where(mover.prismatic, np.maximum(np.abs(lower), np.abs(upper)), 0.0)
    # the body that is nearer to the base comes first
    order = np.argsort(mover.frame[mover.pairs], axis=1, kind="stable")
    pairs = np.take_along_axis(mover.pairs, order, axis=1)
    steps = (mover.world_T_base[:3, 3], mover.last_T_flange[:3, 3], *mover.parent_T_joint[:, :3, 3])
    reach = sum(float(np.linalg.norm(step)) for step in steps) + slides.sum() + np.abs(mover.whole).sum(1).max()
    table, grain, round_ = _cells(mover, pairs, lower, upper)
    sweep = Sweep(
        mover=mover, scene=scene, pairs=pairs, rate=_rates(mover, slides, pairs), turn=_turn(mover),
        pad=float(PAD * reach), table=table, apart=np.zeros((len(grain), _CELLS, _CELLS), np.bool_), grain=grain,
        round_=round_,
    )  # fmt: skip
    scratch = lanes(*sweep.rate.shape)
    for pair in np.flatnonzero(table >= 0):
        high = int(pairs[pair, 1])
        tabulate(sweep, int(pair), _lever(mover, high), scratch)
    return sweep


def way_blocked_by(sweep: Sweep, a: Array, b: Array) -> int:
    """Return the body or pair in the way on the straight line from ``a`` to ``b`` (dof,), -1 where it is proven free.

    Bodies and pairs are counted as by ``Checker.blocked_by``.
    """
    return in_the_way(a, b, sweep, lanes(*sweep.rate.shape), -1)


def _cells(
    mover: Mover, pairs: NDArray[np.int64], lower: Array, upper: Array
) -> tuple[NDArray[np.int64], Array, NDArray[np.bool_]]:
    """Return which pairs get a table (m,), and its cells as in ``Sweep``: those with two turning joints between."""
    dof = len(mover.axis)
    table = np.full(len(pairs), -1)
    grain: list[Array] = []
    round_: list[NDArray[np.bool_]] = []
    whole = upper - lower > 2 * np.pi
    low = np.where(whole, -np.pi, lower)
    size = np.where(whole, 2 * np.pi, upper - lower) / _CELLS
    for p, (a, b) in enumerate(pairs):
        j = int(mover.frame[a])
        if min(int(mover.frame[b]), dof) == j + 2 and not mover.prismatic[j : j + 2].any() and size[j : j + 2].all():
            table[p] = len(grain)
            grain.append(np.stack([low[j : j + 2], size[j : j + 2]], axis=1))
            round_.append(whole[j : j + 2])
    return table, np.array(grain).reshape(-1, 2, 2), np.array(round_, np.bool_).reshape(-1, 2)


def _lever(mover: Mover, body: int) -> float:
    """Return how far a body reaches from the axis of the last joint before it [m]."""
    dof = len(mover.axis)
    balls = mover.balls[mover.first[body] : mover.first[body + 1]]
    balls = balls[
        mover.skip[mover.first[body] : mover.first[body + 1]] == np.arange(len(balls)) + mover.first[body] + 1
    ]
    centre = balls[:, :3]
    if mover.frame[body] > dof:
        centre = centre @ mover.last_T_flange[:3, :3].T + mover.last_T_flange[:3, 3]
    axis = mover.axis[min(int(mover.frame[body]), dof) - 1]
    return float((np.linalg.norm(np.cross(centre, axis), axis=1) + balls[:, 3]).max())


def _turn(mover: Mover) -> NDArray[np.float32]:
    """Return what each joint's frame, and the flange's, is made of (dof + 1, 4, 3, 4): still, cosine, sine, slide."""
    turn = np.zeros((len(mover.axis) + 1, 4, 3, 4))
    for i, (place, axis) in enumerate(zip(mover.parent_T_joint, mover.axis, strict=True)):
        turn[i, 0] = place[:3]
        if mover.prismatic[i]:
            turn[i, 3, :, 3] = place[:3, :3] @ axis
        else:
            along = np.outer(axis, axis)
            turn[i, 0, :, :3] = place[:3, :3] @ along
            turn[i, 1, :, :3] = place[:3, :3] @ (np.eye(3) - along)
            turn[i, 2, :, :3] = place[:3, :3] @ np.cross(axis, np.eye(3)).T
    turn[-1, 0] = mover.last_T_flange[:3]
    return turn.astype(np.float32)


def _rates(mover: Mover, slides: Array, pairs: NDArray[np.int64]) -> Array:
    """Return how far each body, then each pair, moves at most for a unit of each joint (items, dof) [m/rad or m/m].

    A body turns about an axis at most at its distance from it with all links between stretched out; a pair moves
    against each other only by the joints between its two bodies.

    Args:
        mover: the robot.
        slides: (dof,) travel of the joints that slide [m].
    """
    dof = len(mover.axis)
    step = np.linalg.norm(mover.parent_T_joint[:, :3, 3], axis=1) + np.where(mover.prismatic, slides, 0.0)
    flange = float(np.linalg.norm(mover.last_T_flange[:3, 3]))
    bodies = len(mover.frame)
    rate = np.zeros((bodies + len(mover.pairs), dof))
    for b, frame in enumerate(mover.frame):
        radius = float(np.linalg.norm(mover.whole[b, :3])) + float(mover.whole[b, 3])
        last = min(int(frame), dof)
        for j in range(last):
            far = float(step[j + 1 : last].sum()) + (flange if frame > dof else 0.0) + radius
            rate[b, j] = 1.0 if mover.prismatic[j] else far
    for p, (low, high) in enumerate(pairs):
        rate[bodies + p, min(int(mover.frame[low]), dof) :] = rate[high, min(int(mover.frame[low]), dof) :]
    return rate
