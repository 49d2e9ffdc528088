"""What straight ways in joint space are proven with: how far the robot's bodies move for a unit of each joint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover, Scene
from ..geometry import Array
from .sweep_kernel import PAD, Sweep


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
    return Sweep(
        mover=mover, scene=scene, pairs=pairs, rate=_rates(mover, slides, pairs), turn=_turn(mover),
        pad=float(PAD * reach),
    )  # fmt: skip


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
