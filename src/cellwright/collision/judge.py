"""The judge: exact distances along a motion, by an engine that the search does not use (FCL).

A pair of bodies is not measured again before one of them has moved far enough to matter: a body that moved by at
most ``m`` since its distance was ``d`` is still ``d - m`` away. No row of the motion is left out by this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..cell import Cell, link_of, world_moved
from ..geometry import Array, inv, settled
from .exact import Measured, Thing, between, carried, distance_at, measure, moving, near_rows, standing, tool_piece
from .fast import may_touch

_OWN_HORIZON = 0.002
_ALIKE = 1e-7  # a row is not asked for less than this [m]
_GRID = 2.0**-30  # distances and points are told to a nanometre, as all processors agree on them [m]
_WINDOW, _GROWTH = 12, 2  # rows to both sides of a measured one that are bounded first, and how that grows


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near two bodies come.

    Attributes:
        bodies: their names.
        distance: smallest distance over the motion [m]; 0 when they touch.
        row: of the motion where that is.
        points: the two nearest points in the world there [m].
        at_work: one of them is the tool or the arm next to what is being worked on (part, fixture).
    """

    bodies: tuple[str, str]
    distance: float
    row: int
    points: tuple[tuple[float, float, float], tuple[float, float, float]]
    at_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the judge found.

    Attributes:
        nearest: one entry a pair of bodies that came within ``horizon``, nearest first.
        allowed: the pairs that were allowed to touch, with the reason.
        pairs: how many pairs were judged.
        rows: how many positions each pair was judged at (skipped ones are bounded, not left out).
        measured: how many exact distances that took.
    """

    nearest: tuple[Nearness, ...]
    allowed: tuple[tuple[str, str, str], ...]
    pairs: int
    rows: int
    measured: int


def judge(
    cell: Cell, q: Array, *, horizon: float = 0.03, progress: Callable[[float], None] = lambda _: None
) -> Judgement:
    """Return how near the bodies of ``cell`` come to each other along ``q`` (n, dof).

    Args:
        q: joint positions of the robot, then of the mechanisms, dense: between two rows no body moves further than the
            clearance that matters.
        horizon: pairs that stay further apart than this are not reported [m].
        progress: is told the share that is done.
    """
    own, turned = moving(cell, q), carried(cell, q)
    others = turned + standing(body for body in cell.bodies if body.name not in {thing.name for thing in turned})
    allowed = may_touch(cell)
    pairs = [(a, b) for a in own for b in others] + [
        (a, b) for group in (own, others) for i, a in enumerate(group) for b in group[i + 1 :] if a.frame != b.frame
    ]
    pairs = [(a, b) for a, b in pairs if (a.name, b.name) not in allowed and not _fixed(a, b)]
    nearest: list[Nearness] = []
    measured = 0
    for k, (a, b) in enumerate(pairs):
        found, count = _pair(a, b, _OWN_HORIZON if _near_by_design(cell, a, b) else horizon)
        measured += count
        if found is not None:
            nearest.append(found)
        progress((k + 1) / len(pairs))
    if cell.positioner is not None:
        nearest = [_in_the_world(near, inv(world_moved(cell, q[near.row][None]))[0]) for near in nearest]
    nearest.sort(key=lambda near: (round(near.distance, 7), near.bodies))
    reasons = tuple(sorted({(a, b, why) for a, b, why in (*cell.allowed, *cell.robot.allowed)}))
    return Judgement(nearest=tuple(nearest), allowed=reasons, pairs=len(pairs), rows=len(q), measured=measured)


def _pair(a: Thing, b: Thing, horizon: float) -> tuple[Nearness | None, int]:
    """Return the nearest approach of a pair if it is within ``horizon``, and how often it was measured."""
    rows, least = near_rows(a, b, horizon)
    least = _rounded(least)
    best, best_row, points = horizon, -1, (np.zeros(3), np.zeros(3))
    count = 0
    while len(least) and least[k := int(np.argmin(least))] < best - _ALIKE:
        row = int(rows[k])
        here, on_both = measure(a, b, row)
        count += 1
        if here.distance <= 0.0 or here.distance < best - _ALIKE:
            best, best_row, points = here.distance, row, on_both
        if best <= 0.0:
            break
        _raise(least, k, here, lambda some: between(a, b, rows[some]), best)
    if best_row < 0:
        return None, count
    at_work = a.name.startswith("tool.") and b.kind in ("part", "fixture")
    return (
        Nearness(
            bodies=(a.name, b.name),
            distance=max(0.0, settled(best, _GRID).item()),
            row=best_row,
            points=(_triple(points[0]), _triple(points[1])),
            at_work=at_work,
        ),
        count,
    )


def _near_by_design(cell: Cell, a: Thing, b: Thing) -> bool:
    """Return whether two bodies are of one machine, so that only their contact is of interest."""
    if cell.positioner is None or a.own or b.own:
        return a.own == b.own
    return {a.name, b.name} <= {name for names in cell.positioner.own for name in names}


def _in_the_world(near: Nearness, world_T_seen: Array) -> Nearness:
    """Return what was measured as seen from a positioner's table, with its points in the world."""
    a, b = (_triple(world_T_seen[:3, :3] @ point + world_T_seen[:3, 3]) for point in near.points)
    return replace(near, points=(a, b))


def _raise(least: Array, k: int, here: Measured, b_T_a: Callable[[slice], Array], best: float) -> None:
    """Raise the least distances by what was measured at place ``k``, outwards as far as that rules rows out."""
    todo = [(k - _WINDOW, k + _WINDOW + 1, 0)]
    while todo:
        first, last, side = todo.pop()
        first, last = max(0, first), min(len(least), last)
        if first >= last:
            continue
        some = slice(first, last)
        bound = _rounded(here.bound(b_T_a(some)))
        np.maximum(least[some], bound, out=least[some])
        more = _GROWTH * (last - first)
        if side <= 0 and bound[0] >= best - _ALIKE:
            todo.append((first - more, first, -1))
        if side >= 0 and bound[-1] >= best - _ALIKE:
            todo.append((last, last + more, 1))
    least[k] = np.inf


def _rounded(distance: Array) -> Array:
    """Return distances rounded down, so that the order of measurements is the same on any machine."""
    return np.floor(distance / _ALIKE) * _ALIKE


def _triple(point: Array) -> tuple[float, float, float]:
    x, y, z = settled(point, _GRID).tolist()
    return x, y, z


def _fixed(a: Thing, b: Thing) -> bool:
    return a.frame == b.frame or (a.frame <= 0 and b.frame <= 0)


def nearest_to_tool(cell: Cell, world_T_flange: Array, body: str) -> tuple[str, float]:
    """Return the standing body nearest to one piece of the tool at a pose of the flange (4, 4), and its distance [m].

    Args:
        body: name of the piece, ``tool.<name>``.
    """
    piece = tool_piece(cell, world_T_flange, body)
    allowed = may_touch(cell)
    still = [other for other in cell.bodies if not link_of(cell, other.name)]
    others = [other for other in standing(still) if (body, other.name) not in allowed]
    length, name = min((distance_at(piece, other, 0), other.name) for other in others)
    return name, max(0.0, length)


def overlapping(cell: Cell, q: Array) -> tuple[tuple[str, str, str], ...]:
    """Return the pairs of the robot's own bodies that touch at every one of ``q`` (n, dof), each with the reason.

    Such a pair says nothing: two links that are drawn into each other wherever the arm is.
    """
    own = moving(cell, q)
    allowed = may_touch(cell)
    return tuple(
        (a.name, b.name, f"they overlap in all of {len(q)} random positions")
        for i, a in enumerate(own)
        for b in own[i + 1 :]
        if (a.name, b.name) not in allowed
        and a.frame != b.frame
        and all(distance_at(a, b, row) <= 0.0 for row in range(len(q)))
    )
