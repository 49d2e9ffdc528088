"""How far a wrist may turn before the arm meets its own tool, where balls are too coarse to tell.

A tool's mount stands millimetres off the forearm wherever the wrist turns, less than balls stick out; the search leaves
such pairs to the judge. What lies between the two bodies is one or two joints, so the exact engine measures them all
over, and the search keeps to what is free whatever the second joint does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array
from .exact import distance_at, moving
from .fast import undecided

_STEP = np.deg2rad(2.0)
_SECOND_STEP = np.deg2rad(15.0)
_QUARTER = np.pi / 2  # capsules that leave less of a joint's range tell nothing: no maker sells such a wrist [rad]
UNJUDGED = "not judged: the link's capsules stand off its real surface and leave no room for it in"
"""How the reason begins where a pair that could touch is left out for want of better geometry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRange:
    """The part of a joint's range in which two of the robot's own bodies stay apart.

    Attributes:
        joint: index of it.
        bodies: the two that meet beyond.
        lower, upper: [rad].
    """

    joint: int
    bodies: tuple[str, str]
    lower: float
    upper: float


def own_ranges(cell: Cell) -> tuple[tuple[OwnRange, ...], tuple[tuple[str, str, str], ...]]:
    """Return the joints whose range the robot's own bodies shorten, and the pairs that nobody can judge, with why.

    Of several free parts that around the home is kept. Capsules that leave less than a quarter turn there are too large
    to tell anything; exact shapes that leave none are for the judge.
    """
    robot = cell.robot
    frames = {thing.name: thing.frame for thing in moving(cell, cell.home[None])}
    capsules = {link.link for link in robot.geometry if link.capsules}
    ranges: list[OwnRange] = []
    unjudged: list[tuple[str, str, str]] = []
    for a, b in undecided(cell):
        joints = range(min(frames[a], frames[b]), min(max(frames[a], frames[b]), robot.dof))
        if len(joints) > 2 or bool(robot.chain.prismatic[list(joints)].any()):
            continue
        steps = _steps(robot.lower[joints[0]], robot.upper[joints[0]], _STEP)
        free = _free(cell, (a, b), joints, steps)
        if free.all():
            continue
        low, high = _part(steps, free, float(cell.home[joints[0]]))
        if {a, b} & capsules and high - low < _QUARTER:
            share = 1.0 - float(free.mean())
            unjudged.append((a, b, f"{UNJUDGED} {share:.0%} of the range of {robot.chain.joints[joints[0]]}"))
        elif high > low:
            ranges.append(OwnRange(joint=joints[0], bodies=(a, b), lower=low, upper=high))
    return tuple(ranges), tuple(unjudged)


def within(lower: Array, upper: Array, ranges: tuple[OwnRange, ...]) -> tuple[Array, Array]:
    """Return limits (dof,) [rad] with the ranges kept."""
    low, high = lower.copy(), upper.copy()
    for one in ranges:
        low[one.joint], high[one.joint] = max(low[one.joint], one.lower), min(high[one.joint], one.upper)
    return low, high


def _steps(lower: float, upper: float, step: float) -> Array:
    low, high = (bound if np.isfinite(bound) else turn for bound, turn in ((lower, -np.pi), (upper, np.pi)))
    return np.linspace(low, high, max(2, int(np.ceil((high - low) / step)) + 1))


def _free(cell: Cell, bodies: tuple[str, str], joints: range, steps: Array) -> NDArray[np.bool_]:
    """Return at which steps of the first joint the bodies stay apart at every step of the second."""
    robot = cell.robot
    second = _steps(robot.lower[joints[1]], robot.upper[joints[1]], _SECOND_STEP) if len(joints) > 1 else np.zeros(1)
    q = np.tile(cell.home, (len(steps), len(second), 1))
    q[:, :, joints[0]] = steps[:, None]
    if len(joints) > 1:
        q[:, :, joints[1]] = second
    things = {thing.name: thing for thing in moving(cell, q.reshape(-1, robot.dof))}
    a, b = (things[name] for name in bodies)
    rows = np.arange(q.shape[0] * q.shape[1]).reshape(q.shape[:2])
    return np.array([all(distance_at(a, b, int(row)) > 0.0 for row in line) for line in rows])


def _part(steps: Array, free: NDArray[np.bool_], home: float) -> tuple[float, float]:
    """Return the ends of the free part that holds ``home``, a step short where something is met; twice home if none."""
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int64)))
    for first, last in bounds.reshape(-1, 2):
        low = steps[first] if first == 0 else steps[min(first + 1, last - 1)]
        high = steps[last - 1] if last == len(steps) else steps[max(last - 2, first)]
        if low <= home <= high:
            return float(low), float(high)
    return home, home
