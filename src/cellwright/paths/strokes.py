"""Strokes: every good way for the arm to make one operation, the cheapest ways through its ladder.

The shortest way through the ladder is exact: see ``ladder`` for why not every edge needs to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen
from ..processes.work import Operation, Segment, Toolpath
from .climbing import QUANTUM, cheapest
from .course import Course, cut_at_knots, held, make_course
from .external import External, apart, joined, some_of
from .flat import flattest, knot_leans, leans, price
from .ladder import Free, FreeTool, Ladder, make_ladder, sample
from .obstructions import Obstruction, discontinuous, nearest_miss
from .variants import variants

_FLATTEST = (16, 96)  # samples of a positioner's axes that are looked at first, and then
_TOGETHER = 24  # samples that they may move between while the tool works


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """One way to make an operation.

    Attributes:
        operation, alternative: indices into the work.
        segments: of the toolpath, cut at the knots, with the chosen turn and tilt in their poses.
        origin: (k,) index of the toolpath's segment that each of ``segments`` is a piece of.
        q: (k + 1, dof) joint positions at the knots, turns included; axes beside the arm first [rad or m].
        branch: of the inverse kinematics.
        cost: estimated joint travel [s] with penalties for limits, singularities, turning and tilting.
    """

    operation: int
    alternative: int
    segments: tuple[Segment, ...]
    origin: tuple[int, ...]
    q: Array
    branch: int
    cost: float


def everywhere(world_T_flange: Array) -> NDArray[np.bool_]:
    """Return True (n,) for every pose of the flange: what to ask where the arm's check asks for the tool too."""
    return np.ones(len(world_T_flange), np.bool_)


def find_strokes(
    cell: Cell,
    operation: Operation,
    index: int,
    *,
    free: Free,
    free_tool: FreeTool = everywhere,
    external: External | None = None,
) -> tuple[tuple[Stroke, ...], Obstruction | None]:
    """Return the best strokes for an operation, cheapest first, and why there is none where the first is empty.

    Args:
        cell: robot, base, tool and frames.
        operation: what to do; ``index`` is its place in the work.
        free: the fast collision check.
        free_tool: the same for the tool alone. It is asked once a pose; ``free`` then needs to ask for the arm only.
        external: axes beside the arm that may help; None for those of the cell's own group, if it has any.
    """
    if external is None:
        cell, external = apart(cell)
    strokes: list[Stroke] = []
    obstructions: list[Obstruction] = []
    for alternative, toolpath in enumerate(operation.alternatives):
        found, obstruction = _strokes(cell, toolpath, (index, alternative), free, free_tool, external)
        strokes += found
        if obstruction is not None:
            obstructions.append(obstruction)
    strokes.sort(key=lambda stroke: (round(stroke.cost / QUANTUM), stroke.alternative, stroke.branch))
    return tuple(strokes), (obstructions[0] if obstructions and not strokes else None)


def _strokes(
    cell: Cell, toolpath: Toolpath, key: tuple[int, int], free: Free, free_tool: FreeTool, external: External | None
) -> tuple[list[Stroke], Obstruction | None]:
    """Return the strokes of one alternative, or what is in the way.

    A tool that keeps its turn is the better weld and the cheaper search: it turns only where it must, and tilts only
    where turning does not help.
    """
    if cell.positioner is None or external is None:
        return _held(cell, toolpath, key, free, free_tool, external, None)
    if cell.positioner.coordinated:
        found, _ = _together(cell, toolpath, key, free, free_tool, external)
        if found:
            return found, None
    lean = leans(cell, toolpath, external)
    obstruction: Obstruction | None = None
    for count in _FLATTEST:
        chosen = flattest(external, lean, count)
        dear = np.tile(price(lean[chosen]), (sum(map(len, cut_at_knots(toolpath))), 1))
        found, reason = _held(cell, toolpath, key, free, free_tool, some_of(external, chosen), dear / len(dear))
        if found or len(chosen) == len(lean):
            return found, reason
        obstruction = obstruction or reason
    return [], obstruction


def _together(
    cell: Cell, toolpath: Toolpath, key: tuple[int, int], free: Free, free_tool: FreeTool, external: External
) -> tuple[list[Stroke], Obstruction | None]:
    """Return the strokes of one alternative on which the positioner's axes move with the tool, to keep it flat."""
    lean = knot_leans(cell, toolpath, external)
    asked = ~np.isnan(lean[:, 0])
    each = max(2, _TOGETHER // int(asked.sum()))
    chosen = np.unique(np.concatenate([flattest(external, row, each) for row in lean[asked]]))
    dear = np.where(asked[:, None], price(np.where(np.isnan(lean), 0.0, lean)), 0.0)[:, chosen] / int(asked.sum())
    return _held(cell, toolpath, key, free, free_tool, joined(some_of(external, chosen)), dear, still=False)


def _held(
    cell: Cell, toolpath: Toolpath, key: tuple[int, int], free: Free, free_tool: FreeTool, external: External | None,
    dear: Array | None, *, still: bool = True,
) -> tuple[list[Stroke], Obstruction | None]:  # fmt: skip
    """Return what ``_strokes`` does.

    Args:
        dear: (k, s) price of every sample of the axes beside the arm on every piece between two knots [s].
        still: strokes on which neither the tool turns nor these axes move are looked for first.
    """
    obstruction: Obstruction | None = None
    for moving, tilting in ((False, False), (True, False), (True, True))[0 if still else 1 :]:
        ways = variants(toolpath.freedom, external=external, tilting=tilting)
        if (moving and still and len(ways.turn) == 1) or (tilting and toolpath.freedom.tilt <= 0.0):
            continue
        if moving and not tilting and obstruction is not None:
            continue  # a point that no turn reaches is not reached by turning on the way
        course = make_course(toolpath, ways, moving=moving)
        if dear is not None:
            course = replace(course, dear=dear[course.interval, ways.sample[course.start]])
        found = _through(make_ladder(cell, course, free=free, free_tool=free_tool, external=external), *key)
        if found:
            return found, None
        if not moving or tilting:
            places = sample(cell, toolpath, ways, external=external)
            obstruction = nearest_miss(cell, places, free, free_tool, external)
    return [], obstruction or discontinuous(cell.robot.dof + (0 if external is None else external.samples.shape[1]))


def _through(ladder: Ladder, operation: int, alternative: int) -> list[Stroke]:
    """Return the cheapest ways through the ladder, at most one a branch, joint turns and start variant."""
    course = ladder.course
    made: dict[tuple[int, int, int], Segment] = {}
    return [
        Stroke(
            operation=operation,
            alternative=alternative,
            segments=tuple(
                _made(made, course, i, int(course.start[e]), int(course.end[e])) for i, e in enumerate(way.edges)
            ),
            origin=course.origin,
            q=frozen(way.q),
            branch=int(way.branches[0]),
            cost=way.cost,
        )
        for way in cheapest(ladder)
    ]


def _made(made: dict[tuple[int, int, int], Segment], course: Course, i: int, a: int, b: int) -> Segment:
    """Return piece i held as variants a and b; strokes share their segments."""
    if (i, a, b) not in made:
        tcp_T_held = course.variants.tcp_T_held
        made[i, a, b] = held(course.pieces[i], tcp_T_held[a], tcp_T_held[b])
    return made[i, a, b]
