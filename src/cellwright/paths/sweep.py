"""What straight ways in joint space are proven with: how far the robot's bodies move for a unit of each joint."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover
from ..collision.fast import Checker
from ..geometry import Array, inv, pose
from ..kinematics.chain import base_T_links
from .sweep_kernel import PAD, Fields, Steps, Sweep


class _Step(NamedTuple):
    """A joint, or what is still: where it lies at zero seen from frame ``source``, and what turns or slides it."""

    source: int
    target: int
    place: Array
    axis: Array
    slides: bool
    weights: Array
    length: float


def make_sweep(checker: Checker, *, lower: Array, upper: Array) -> Sweep:
    """Return the check of straight ways.

    Args:
        checker: the robot among its scene; its cell's mechanisms move too.
        lower, upper: (dof,) limits of the joints, the mechanisms' last [rad or m]; finite for a joint that slides.
    """
    mover, scene = checker.mover, checker.scene
    most = np.maximum(np.abs(lower), np.abs(upper))
    # the body that is nearer to the base comes first
    order = np.argsort(mover.frame[mover.pairs], axis=1, kind="stable")
    pairs = np.take_along_axis(mover.pairs, order, axis=1)
    arm, carrying = _arm(mover, most), _carrying(checker, most)
    steps = _kernel_steps(carrying, arm, len(mover.axis))
    rate = np.zeros((len(mover.frame) + len(pairs), len(carrying) + len(arm)))
    rate[:, len(carrying) :] = _rates(mover, arm, pairs)
    lengths = (mover.world_T_base[:3, 3], mover.last_T_flange[:3, 3], *mover.parent_T_joint[:, :3, 3])
    reach = sum(float(np.linalg.norm(step)) for step in (*lengths, *mover.parent_T_passive[:, :3, 3]))
    slides = np.where(mover.prismatic, most[: len(mover.axis)], 0.0)
    reach += slides.sum() + np.abs(mover.whole).sum(1).max()
    moving, carriers = scene.moving, carrying[len(carrying) - len(checker.carried) :]
    return Sweep(
        world_T_base=mover.world_T_base, steps=steps, frame=mover.frame, balls=mover.balls, skip=mover.skip,
        first=mover.first, margin=mover.margin, low_margin=mover.low_margin, self_margin=mover.self_margin, pairs=pairs,
        rate=rate, coarse=scene.coarse, fine=scene.fine, floor=scene.floor,
        fields=Fields(
            distance=moving.distance, first=moving.first, shape=moving.shape, low=moving.low, step=moving.step,
            inner=moving.inner, frame=np.array([step.target for step in carriers], np.int64),
            rate=_rates_from_fields(mover, rate, carrying, arm, carriers),
        ),
        pad=float(PAD * (reach + sum(step.length for step in carrying))),
    )  # fmt: skip


def _arm(mover: Mover, most: Array) -> list[_Step]:
    """Return the arm's joints with those that rods drive, then the flange."""
    dof = len(mover.axis)
    found: list[_Step] = []
    for i in range(dof):
        source = i
        for p in np.flatnonzero(mover.passive == i):
            # what carries the joint is kept in the flange's frame until that is written
            place, weights = mover.parent_T_passive[p], np.zeros(len(most))
            weights[:dof] = mover.passive_weights[p]
            length = _length(place)
            found.append(_Step(source, dof + 1, place, mover.passive_axis[p], False, weights, length))
            source = dof + 1
        place, slides = mover.parent_T_joint[i], bool(mover.prismatic[i])
        length = _length(place) + (most[i] if slides else 0.0)
        found.append(_Step(source, i + 1, place, mover.axis[i], slides, np.eye(len(most))[i], length))
    length = float(np.linalg.norm(mover.last_T_flange[:3, 3]))
    found.append(_still(dof, dof + 1, mover.last_T_flange, len(most), length))
    return found


def _carrying(checker: Checker, most: Array) -> list[_Step]:
    """Return the joints of the mechanisms, then a step from what carries it to each moving field, in order."""
    dof = len(checker.mover.axis)
    world, first, found = dof + 2, dof, list[_Step]()
    carrier = {}
    for mechanism in () if checker.cell is None else checker.cell.mechanisms:
        chain, source, place = mechanism.chain, world, mechanism.world_T_base
        at_zero = mechanism.world_T_base @ base_T_links(chain, np.zeros(chain.dof))
        for j in range(chain.dof):
            place, slides = place @ chain.parent_T_joint[j], bool(chain.prismatic[j])
            length = _length(place) + (most[first + j] if slides else 0.0)
            target = world + 1 + len(found)
            found.append(_Step(source, target, place, chain.axis[j], slides, np.eye(len(most))[first + j], length))
            carrier |= {name: (target, at_zero[j + 1]) for name, joint in mechanism.carries if joint == j}
            source, place = target, np.eye(4)
        first += chain.dof
    for name, field_T_world in zip(checker.carried, checker.scene.moving.field_T_world, strict=True):
        source, world_T_source = carrier.get(name, (world, np.eye(4)))
        place = inv(world_T_source) @ inv(pose(field_T_world[:, 3], field_T_world[:, :3]))
        target = world + 1 + len(found)
        found.append(_still(source, target, place, len(most), _length(place)))
    return found


def _length(place: Array) -> float:
    return float(np.linalg.norm(place[None, :3, 3], axis=1)[0])


def _still(source: int, target: int, place: Array, dof: int, length: float) -> _Step:
    return _Step(source, target, place, np.array([0.0, 0.0, 1.0]), False, np.zeros(dof), length)


def _kernel_steps(carrying: list[_Step], arm: list[_Step], dof: int) -> Steps:
    """Return the steps as kernels take them, what mechanisms carry first."""
    steps = [*carrying, *arm]
    until = np.zeros(dof + 3 + len(carrying), np.int64)
    for s, step in enumerate(steps):
        until[step.target] = s + 1
    turn = np.zeros((len(steps), 4, 3, 4))
    for s, step in enumerate(steps):
        place, axis = step.place, step.axis
        turn[s, 0] = place[:3]
        if step.slides:
            turn[s, 3, :, 3] = place[:3, :3] @ axis
        elif step.weights.any():
            along = np.outer(axis, axis)
            turn[s, 0, :, :3] = place[:3, :3] @ along
            turn[s, 1, :, :3] = place[:3, :3] @ (np.eye(3) - along)
            turn[s, 2, :, :3] = place[:3, :3] @ np.cross(axis, np.eye(3)).T
    return Steps(
        turn=turn.astype(np.float32), source=np.array([step.source for step in steps], np.int64),
        target=np.array([step.target for step in steps], np.int64),
        weights=np.array([step.weights for step in steps]), slides=np.array([step.slides for step in steps]),
        until=until, arm=len(carrying), world=dof + 2,
    )  # fmt: skip


def _rates(mover: Mover, arm: list[_Step], pairs: NDArray[np.int64]) -> Array:
    """Return how far each body, then each pair, moves at most for a unit of each step's joint [m/rad or m/m].

    A body turns about an axis at most at its distance from it with all links between stretched out; a pair moves
    against each other only by the joints between its two bodies.
    """
    dof, bodies = len(mover.axis), len(mover.frame)
    upto = _upto(arm, dof)
    length = np.array([step.length for step in arm[:-1]])
    rate = np.zeros((bodies + len(pairs), len(arm)))
    for b, frame in enumerate(mover.frame):
        radius = float(np.linalg.norm(mover.whole[b, :3])) + float(mover.whole[b, 3])
        last = int(upto[min(int(frame), dof)])
        for s in range(last):
            far = float(length[s + 1 : last].sum()) + (arm[-1].length if frame > dof else 0.0) + radius
            rate[b, s] = 1.0 if arm[s].slides else far
    for p, (low, high) in enumerate(pairs):
        first = int(upto[min(int(mover.frame[low]), dof)])
        rate[bodies + p, first:] = rate[high, first:]
    return rate


def _upto(arm: list[_Step], dof: int) -> NDArray[np.int64]:
    """Return how many steps lead to each link (dof + 1,)."""
    upto = np.zeros(dof + 1, np.int64)
    for s, step in enumerate(arm[:-1]):
        if step.target <= dof:
            upto[step.target] = s + 1
    return upto


def _rates_from_fields(
    mover: Mover, rate: Array, carrying: list[_Step], arm: list[_Step], carriers: list[_Step]
) -> Array:
    """Return how far each body moves at most, seen from each moving field (bodies, m, steps) [m/rad or m/m].

    About the axes of the field's mechanism it does so at the length of everything between, stretched out.
    """
    found = np.repeat(rate[: len(mover.frame), None], len(carriers), axis=1)
    base = float(np.linalg.norm(mover.world_T_base[:3, 3]))
    whole = np.linalg.norm(mover.whole[:, :3], axis=1) + mover.whole[:, 3]
    reach = base + sum(step.length for step in (*carrying, *arm)) + whole
    by_target = {step.target: s for s, step in enumerate(carrying)}
    for m, step in enumerate(carriers):
        source = step.source
        while source in by_target:
            s = by_target[source]
            found[:, m, s] = 1.0 if carrying[s].slides else reach
            source = carrying[s].source
    return found
