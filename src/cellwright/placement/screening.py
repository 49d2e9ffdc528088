"""The cheap test of a place with bodies: arm and tool free at a few poses of every operation, by the fast check."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..collision.fast import Checker
from ..geometry import Array, inv
from ..kinematics.inverse import solve
from ..robots.model import Robot
from .margins import branch_margins
from .samples import Samples

_QUANTUM = 1e-4
NEVER = -1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """The fast checks of a robot that stands at one place.

    Attributes:
        working: while the tool is at work.
        moving: on its way there.
        homes: (k, dof) where it may wait, best first.
    """

    working: Checker
    moving: Checker
    homes: Array

    def at(self, world_T_base: Array) -> Standing:
        """Return the same on the same column at another place (4, 4)."""
        base = np.array(world_T_base)
        working, moving = (
            replace(checker, mover=checker.mover._replace(world_T_base=base)) for checker in (self.working, self.moving)
        )
        return Standing(working=working, moving=moving, homes=self.homes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screened:
    """What the cheap test of a place says.

    Attributes:
        margin: (o,) of each operation over what is free [rad]; ``NEVER`` where nothing is.
        even: (o,) whether one posture with one turn of the tool follows the operation from end to end.
        home: index of the first free one of the homes; -1 where none is.
    """

    margin: Array
    even: NDArray[np.bool_]
    home: int

    @property
    def passes(self) -> bool:
        """Nothing speaks against the place."""
        return self.home >= 0 and bool((self.margin > 0.0).all())


def screened(
    robot: Robot, operations: tuple[Samples, ...], world_T_base: Array, standing: Standing, first: tuple[int, ...] = ()
) -> Screened:
    """Return what the fast check says about a place (4, 4).

    Args:
        first: the operations in the order in which they are asked, until one fails; without it all are asked.
    """
    free = standing.moving.free(standing.homes)
    base_T_world = inv(world_T_base)
    margin, even = np.full(len(operations), NEVER), np.zeros(len(operations), np.bool_)
    for i in first or range(len(operations)):
        if operations[i].runs:
            margin[i], even[i] = _operation(robot, operations[i], base_T_world, standing)
        if first and margin[i] <= 0.0:
            break
    return Screened(margin=margin, even=even, home=int(np.argmax(free)) if free.any() else -1)


def _operation(robot: Robot, samples: Samples, base_T_world: Array, standing: Standing) -> tuple[float, bool]:
    """Return the margin of an operation over what is free, and whether one run and branch does it all."""
    branches = solve(robot.chain, base_T_world @ samples.world_T_flange)
    q, margin = np.asarray(branches.q), branch_margins(robot, branches)
    if samples.turning:
        where = np.nonzero(margin > 0.0)
        found = np.full((samples.runs, samples.samples, q.shape[1]), NEVER)
        open_ = np.where(standing.working.free(q[where]), margin[where], NEVER)
        np.maximum.at(found, (samples.run[where[0]], samples.sample[where[0]], where[1]), open_)
        return float(found.min(1).max()), False
    q = q.reshape(samples.runs, samples.samples, *q.shape[1:])
    least = margin.reshape(*q.shape[:3]).min(1)
    order = np.argsort(-np.round(least.ravel() / _QUANTUM), kind="stable")
    order = order[least.ravel()[order] > 0.0]
    first = 0
    while first < len(order):
        # mostly the run with most margin is free: more at once are asked only where it is not
        run, branch = np.divmod(order[first : first + max(1, 2 * first)], least.shape[1])
        first += max(1, 2 * first)
        alive = _free_all_along(standing, q[run, :, branch])
        if len(alive):
            return float(least[run[alive[0]], branch[alive[0]]]), True
    return NEVER, False


def _free_all_along(standing: Standing, q: Array) -> NDArray[np.intp]:
    """Return which of the runs ``q`` (r, s, dof) are free at all samples, asking no run that has failed already."""
    alive = np.arange(len(q))
    for k in (q.shape[1] // 2, *range(q.shape[1])):  # the middle of a seam is where it is narrow
        alive = alive[standing.working.free(q[alive, k])]
        if k in (0, q.shape[1] - 1):
            alive = alive[standing.moving.free(q[alive, k])]
    return alive
