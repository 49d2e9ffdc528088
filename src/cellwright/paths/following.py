"""Which solution of the arm goes on as which along the edges of a ladder.

Closed forms number their branches so that a number stays with a branch along a motion that passes no singular position.
Other families have no such number: their branches are followed from sample to sample, by Newton's method from every
solution at an edge's first knot, or where the arm's free number is an angle that is no joint, by nearness.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
from ..kinematics.inverse import solve
from ..kinematics.seven_r import redundancy
from ..kinematics.tracking import MET, matched, tracked
from .course import Places
from .external import External
from .ladder_kernel import within

JUMP = 0.6
"""Between two samples no joint moves further unless the branch jumps [rad]."""

SAME = 1e-6
"""Two solutions of one pose whose joints differ by less than this [rad] are one."""

Way = Literal["numbered", "tracked", "nearest"]

_HELD = {"last_joint": 6, "first_joint": 0, "third_joint": 2}
_SEVEN = 8  # branches of one value of the free number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """The joints at places of the flange, edge after edge, row b the branch that was b at the edge's first place.

    Attributes:
        places: of the flange.
        q: (r, dof, n) axes beside the arm first, then the arm [rad or m]; NaN where there is none.
        miss: (n, r) how far the arm misses the place [m]; of the rows of ``q`` only where branches are numbered.
        inside: (r, n) whether joint limits allow it.
    """

    places: Places
    q: Array
    miss: Array
    inside: NDArray[np.bool_]

    def world_T_flange(self, rows: NDArray[np.int64]) -> Array:
        """Return the flange at some places (m, 4, 4)."""
        return self.places.world_T_flange(rows)

    @property
    def along(self) -> Array:
        """(n,) arc length of the places [m]."""
        return self.places.along

    @property
    def first(self) -> NDArray[np.int64]:
        """(edges + 1,) first place of each edge."""
        return self.places.first


@lru_cache(maxsize=64)  # a chain is a value: the same one is followed the same way
def way_of(chain: Chain) -> tuple[Way, int | None]:
    """Return how the branches of ``chain`` are followed, and the joint that keeps its value on the way, if one does."""
    family = recognise(chain)
    if family in ("opw", "three_parallel", "scara", "palletiser_4"):
        return "numbered", None
    if family == "seven_r":
        held = _HELD.get(redundancy(chain).free)
        return ("nearest", None) if held is None else ("tracked", held)
    return ("tracked", None) if family == "general_6r" else ("nearest", None)


def solved(cell: Cell, places: Places, external: External | None) -> Samples:
    """Return every solution at every place, as the solver numbers them."""
    found = solve(cell.robot.chain, places.base_T_flange)
    arm = np.asarray(found.q).transpose(1, 2, 0)
    return _samples(cell, places, arm, np.asarray(found.miss), external)


def followed(cell: Cell, places: Places, seeds: Array, external: External | None) -> Samples:
    """Return the joints along edges, each row one branch from its edge's first place to the last.

    Args:
        cell: robot and limits.
        places: along the edges.
        seeds: (edges, r, arm's dof) solutions at the first places, NaN where none is wanted; unused where branches are
            numbered.
        external: the axes beside the arm; None for an arm alone.
    """
    chain = cell.robot.chain
    way, held = way_of(chain)
    if way == "numbered":
        return solved(cell, places, external)
    arm = np.full((seeds.shape[1], chain.dof, len(places.along)), np.nan)
    miss = np.zeros((len(places.along), seeds.shape[1]))
    found = np.asarray(solve(chain, places.base_T_flange).q) if way == "nearest" else None
    size = _SEVEN if recognise(chain) == "seven_r" else seeds.shape[1]
    count = np.diff(places.first)
    for n in np.unique(count):
        edges = np.flatnonzero(count == n)
        at = places.first[edges][:, None] + np.arange(n)
        edge, row = np.nonzero(~np.isnan(seeds[edges, :, 0]))
        q = seeds[edges][edge, row]
        arm[row, :, at[edge, 0]] = q
        for s in range(1, int(n)):
            there = at[edge, s]
            if found is not None:
                ahead = _nearest(found[at[:, s]], q, edge, row, size)
            else:
                ahead, left = tracked(chain, q, places.base_T_flange[there], held=held)
                ahead = np.where((left < MET)[:, None], ahead, np.nan)
            off = np.abs(ahead - q)
            off = np.where(chain.prismatic, off, np.abs(off - 2 * np.pi * np.rint(off / (2 * np.pi))))
            going = (off < JUMP).all(-1)  # NaN does not go on
            edge, row, q = edge[going], row[going], ahead[going]
            arm[row, :, there[going]] = q
    return _samples(cell, places, arm, miss, external)


def goes_on(last: Array, knots: Array) -> NDArray[np.int64]:
    """Return which solution of the knot where an edge ends each of its branches is (edges, r); -1 where none.

    Args:
        last: (edges, r, arm's dof) the last joints of each branch of each edge [rad].
        knots: (edges, r', arm's dof) the solutions at the knot.
    """
    return matched(last, knots, largest=SAME).astype(np.int64)


def _nearest(found: Array, q: Array, edge: NDArray[np.int64], row: NDArray[np.int64], size: int) -> Array:
    """Return for each position ``q`` (n, dof) the nearest of the solutions (edges, r, dof) of its edge (n,).

    Only those in its own group of ``size`` rows are asked: they have the same free number.
    """
    dof = q.shape[1]
    ways = found.reshape(len(found), -1, size, dof)[edge, row // size]
    off = ways - q[:, None]
    off = np.abs(off - 2 * np.pi * np.rint(off / (2 * np.pi))).max(-1)
    return ways[np.arange(len(q)), np.argmin(np.where(np.isnan(off), np.inf, off), axis=1)]


def _samples(cell: Cell, places: Places, arm: Array, miss: Array, external: External | None) -> Samples:
    """Return the samples of an arm's joints (r, arm's dof, n), in [-pi, pi]."""
    lower, upper, _, prismatic = axes_of(cell, external)
    q = arm
    if external is not None:
        beside = np.where(np.isnan(arm[:, :1]), np.nan, places.beside.T)
        q = np.concatenate([beside, arm], 1)
    inside = np.empty((q.shape[0], q.shape[2]), np.bool_)
    within(q, lower, upper, ~prismatic, inside)
    return Samples(places=places, q=q, miss=miss, inside=inside)


def axes_of(cell: Cell, external: External | None) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Return limits, speeds and which joints slide (dof,) of the group: axes beside the arm first, then the arm."""
    robot = cell.robot
    if external is None:
        return np.array(robot.lower), np.array(robot.upper), np.array(robot.speed), np.array(robot.chain.prismatic)
    return (
        np.concatenate([external.lower, robot.lower]),
        np.concatenate([external.upper, robot.upper]),
        np.concatenate([external.speed, robot.speed]),
        np.concatenate([external.prismatic, robot.chain.prismatic]),
    )


def axis_names(cell: Cell, external: External | None) -> tuple[str, ...]:
    """Return the names of the joints of the group."""
    beside = (*external.track.joints, *external.positioner.joints) if external is not None else ()
    return (*beside, *cell.robot.chain.joints)
