"""The ladder of one toolpath: edges between knots, on every branch, that the joints can follow and that are free.

A state at a knot is a variant (how the tool is held, where the axes beside the arm stand), a branch of the inverse
kinematics and a choice of joint turns. The ladder is lazy: an edge begins with what a few of its samples say, which is
never dearer than the truth, and is settled, by all its samples and by the collision check, once a cheapest way uses it
(Dellin and Srinivasa, "A unifying formalism for shortest path problems with expensive edge evaluations", 2016).

Why that changes no way: settling an edge can only make it dearer or take it away. A way that is cheapest before and
whose edges are all settled keeps its cost, and no other became cheaper; costs are rounded by a monotone rule and ties
go by index, so that also among equals the same way is found as when every edge is settled first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array
from ..kinematics.family import recognise
from ..processes.work import Toolpath, length
from .course import Course, edge_places, knot_places, make_course
from .external import External
from .following import JUMP, Samples, axes_of, followed, goes_on, solved, way_of
from .ladder_kernel import measure
from .variants import Variants

Free = Callable[[Array], NDArray[np.bool_]]
"""Joint positions (n, dof) -> which are surely free of collision while the tool is at work."""

FreeTool = Callable[[Array], NDArray[np.bool_]]
"""Poses of the flange in the world (n, 4, 4) -> where the tool is surely free, whatever arm carries it."""

_SPARSE = 5  # samples to the next one that is asked at first: so many jumps together stay below half a turn
_SLACK = 1e-9  # what rounding may add to the cost of a few samples [s]
_ASKED_FIRST = 8  # one sample in so many is asked for collisions first: what is blocked is mostly found there
_ROOM = 400_000  # joint values that are looked at together: they stay in the processor's cache
_WRIST = 4  # the axis of a wrist that is singular when it is straight


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder:
    """Edges with their costs, as the kernels take them; ``settle`` fills the arrays in place.

    Attributes:
        cell, course, external, free, free_tool: what it is made of, and who is asked.
        knots: every solution at every knot; ``open`` (K, r) which of them are within limits and free.
        valid, cost: (E, r) which edges can be followed on which branch, and joint travel on them [s].
        goes_on: (E, r) branch at the end of an edge.
        ends, extremes: (2, E, r, dof) first and last position; lowest and highest, unrolled [rad or m].
        wraps: (E, r, dof) full turns between the unrolled and the written last position.
        settled: (E, r) measured by all samples and asked for collisions.
        lower, upper, speed: (dof,) of the group; ``sliding`` (dof,) which joints have no turns.
    """

    cell: Cell
    course: Course
    external: External | None
    free: Free
    free_tool: FreeTool
    knots: Samples
    open: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    cost: Array
    goes_on: NDArray[np.int64]
    ends: Array
    extremes: Array
    wraps: NDArray[np.int64]
    settled: NDArray[np.bool_]
    lower: Array
    upper: Array
    speed: Array
    sliding: NDArray[np.bool_]


def sample(cell: Cell, toolpath: Toolpath, variants: Variants, *, external: External | None) -> Samples:
    """Return every solution along a toolpath with the tool held as each of the variants all the way."""
    course = make_course(toolpath, variants, moving=False)
    return solved(cell, edge_places(cell, course, np.arange(len(course.start)), external), external)


def make_ladder(cell: Cell, course: Course, *, free: Free, free_tool: FreeTool, external: External | None) -> Ladder:
    """Return the ladder of a course, its knots asked for collisions, no edge settled yet."""
    knots = solved(cell, knot_places(cell, course, external), external)
    open_ = np.ascontiguousarray(knots.inside.T)
    some = np.flatnonzero(open_.any(1))
    open_[some] &= free_tool(knots.world_T_flange(some))[:, None]
    knot, branch = np.nonzero(open_)
    open_[knot, branch] = free(knots.q[branch, :, knot])
    lower, upper, speed, sliding = axes_of(cell, external)
    edges, (r, dof, _) = len(course.start), knots.q.shape
    ladder = Ladder(
        cell=cell, course=course, external=external, free=free, free_tool=free_tool, knots=knots, open=open_,
        valid=np.zeros((edges, r), np.bool_), cost=np.full((edges, r), np.inf),
        goes_on=np.tile(np.arange(r), (edges, 1)), ends=np.empty((2, edges, r, dof)),
        extremes=np.empty((2, edges, r, dof)), wraps=np.zeros((edges, r, dof), np.int64),
        settled=np.zeros((edges, r), np.bool_),
        lower=lower, upper=upper, speed=speed, sliding=sliding,
    )  # fmt: skip
    begin, end = _ends(course)
    numbered = way_of(cell.robot.chain)[0] == "numbered"
    passable = (open_[begin] & open_[end]).any(1) if numbered else open_[begin].any(1) & open_[end].any(1)
    ladder.valid[passable] = True
    for some in _portions(ladder, np.flatnonzero(passable), every=_SPARSE if numbered else 1):
        _measure(ladder, some, every=_SPARSE if numbered else 1)
    return ladder


def settle(ladder: Ladder, asked: NDArray[np.bool_]) -> None:
    """Make ``valid`` and ``cost`` what they are for the edges and branches ``asked`` (E, r)."""
    for some in _portions(ladder, np.flatnonzero((asked & ladder.valid).any(1)), every=1):
        samples = _measure(ladder, some, every=1)
        _clear(ladder, some, samples, asked[some] & ladder.valid[some])
    ladder.settled[asked] = True


def _ends(course: Course) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the knots (E,) at both ends of every edge, as rows of ``knot_places``."""
    m = course.edge.shape[1]
    return course.interval * m + course.start, (course.interval + 1) * m + course.end


def _portions(ladder: Ladder, edges: NDArray[np.int64], *, every: int) -> Iterator[NDArray[np.int64]]:
    """Give the edges in portions that fit into the cache."""
    r, dof, _ = ladder.knots.q.shape
    places = np.cumsum(ladder.course.count[ladder.course.interval[edges]] // every + 1)
    portion = places // max(1, _ROOM // (r * dof))
    yield from np.split(edges, np.flatnonzero(np.diff(portion)) + 1) if len(edges) else ()


def _samples(ladder: Ladder, edges: NDArray[np.int64], *, every: int) -> Samples:
    places = edge_places(ladder.cell, ladder.course, edges, ladder.external, every=every)
    return followed(ladder.cell, places, _seeds(ladder, edges), ladder.external)


def _seeds(ladder: Ladder, edges: NDArray[np.int64]) -> Array:
    """Return the arm's solutions (edges, r, dof) at the first knots, NaN where they are not open."""
    begin, _ = _ends(ladder.course)
    arm = ladder.knots.q[:, ladder.knots.q.shape[1] - ladder.cell.robot.dof :, begin[edges]].transpose(2, 0, 1)
    return np.where(ladder.open[begin[edges]][..., None], arm, np.nan)


def _measure(ladder: Ladder, edges: NDArray[np.int64], *, every: int) -> Samples:
    """Write what the samples of ``edges`` say of them, and return these samples."""
    samples = _samples(ladder, edges, every=every)
    course, (r, dof, _) = ladder.course, samples.q.shape
    shape = len(edges), r, dof
    valid, cost = np.empty(shape[:2], np.bool_), np.full(shape[:2], np.inf)
    ends, extremes, wraps = np.empty((2, *shape)), np.empty((2, *shape)), np.empty(shape, np.int64)
    speed = ladder.speed
    family = recognise(ladder.cell.robot.chain)
    measure(
        samples.q, samples.inside, samples.first, every * _seconds(course)[course.interval[edges]],
        np.where(np.isfinite(speed), speed, 2.0), 0.9 * np.where(np.isnan(speed), np.inf, speed), ~ladder.sliding,
        every * JUMP, dof - 6 + _WRIST if family in ("opw", "three_parallel") else -1, valid, cost, ends, extremes,
        wraps,
    )  # fmt: skip
    begin, end = (knots[edges] for knots in _ends(course))
    after = ladder.goes_on[edges]
    if way_of(ladder.cell.robot.chain)[0] != "numbered":
        arm = dof - ladder.cell.robot.dof
        last = np.where(valid[..., None], ends[1], np.nan)[..., arm:]
        after = goes_on(last, ladder.knots.q[:, arm:, end].transpose(2, 0, 1))
    valid &= (after >= 0) & ladder.open[begin] & np.take_along_axis(ladder.open[end], after, 1)
    ladder.valid[edges] &= valid
    ladder.cost[edges] = cost - (_SLACK if every > 1 else 0.0) + course.dear[edges, None]
    ladder.goes_on[edges] = np.maximum(after, 0)
    ladder.ends[:, edges], ladder.extremes[:, edges], ladder.wraps[edges] = ends, extremes, wraps
    return samples


def _seconds(course: Course) -> Array:
    """Return the time (k,) between two samples of each interval [s]; infinite where the tool's speed is no matter."""
    kept = ("process", "lead_in", "lead_out")
    whole = [length(piece) / piece.speed if piece.role in kept else np.inf for piece in course.pieces]
    return np.array(whole) / (course.count - 1)


def _clear(ladder: Ladder, edges: NDArray[np.int64], samples: Samples, asked: NDArray[np.bool_]) -> None:
    """Take from ``valid`` the branches ``asked`` (edges, r), used up, that are not free between their knots.

    The tool is asked once a place, whatever branch of the arm holds it there.
    """
    first, count = samples.first[:-1], np.diff(samples.first)
    owner = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(owner)) - first[owner]
    inner = (within > 0) & (within < count[owner] - 1)
    few = within % _ASKED_FIRST == _ASKED_FIRST // 2
    wanted = asked.copy()
    for some in (inner & few, inner & ~few):
        places = np.flatnonzero(some & np.asarray(asked.any(1))[owner])
        if len(places):
            closed = np.logical_not(ladder.free_tool(samples.world_T_flange(places)))
            asked[owner[places[closed]]] = False
        rows, branches = np.nonzero(asked[owner] & some[:, None])
        if len(rows):
            closed = np.logical_not(ladder.free(samples.q[branches, :, rows]))
            asked[owner[rows[closed]], branches[closed]] = False
    ladder.valid[edges] &= asked | ~wanted
