"""Strokes: every good way for the arm to make one operation, the cheapest ways through its ladder.

The shortest way through the ladder is exact (dynamic programming from the end).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen
from ..processes.work import Operation, Segment, Toolpath
from .external import External
from .ladder import Free, FreeTool, Ladder, climbable, held, sample
from .ladder_kernel import climb, walk
from .obstructions import Obstruction, discontinuous, nearest_miss
from .variants import variants

_QUANTUM = 1e-6  # costs are compared rounded to this, so that the last bit of a processor decides nothing [s]
_KEPT = 12


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
        external: axes beside the arm that may help; None for an arm alone.
    """
    strokes: list[Stroke] = []
    obstructions: list[Obstruction] = []
    for alternative, toolpath in enumerate(operation.alternatives):
        found, obstruction = _strokes(cell, toolpath, (index, alternative), free, free_tool, external)
        strokes += found
        if obstruction is not None:
            obstructions.append(obstruction)
    strokes.sort(key=lambda stroke: (round(stroke.cost / _QUANTUM), stroke.alternative, stroke.branch))
    return tuple(strokes), (obstructions[0] if obstructions and not strokes else None)


def _strokes(
    cell: Cell, toolpath: Toolpath, key: tuple[int, int], free: Free, free_tool: FreeTool, external: External | None
) -> tuple[list[Stroke], Obstruction | None]:
    """Return the strokes of one alternative, or what is in the way.

    A tool that keeps its turn is the better weld and the cheaper search: it turns only where it must, and tilts only
    where turning does not help.
    """
    obstruction: Obstruction | None = None
    for moving, tilting in ((False, False), (True, False), (True, True)):
        ways = variants(toolpath.freedom, external=external, tilting=tilting)
        if (moving and len(ways.turn) == 1) or (tilting and toolpath.freedom.tilt <= 0.0):
            continue
        if moving and not tilting and obstruction is not None:
            continue  # a point that no turn reaches is not reached by turning on the way
        samples = sample(cell, toolpath, ways, moving=moving, external=external)
        ladder = climbable(cell, samples, ways, free=free, free_tool=free_tool, external=external)
        found = _through(ladder, *key)
        if found:
            return found, None
        obstruction = nearest_miss(cell, samples, free, free_tool, external)
    return [], obstruction or discontinuous(samples.q.shape[1])  # pyright: ignore[reportPossiblyUnboundVariable]  the first round always runs


def _through(ladder: Ladder, operation: int, alternative: int) -> list[Stroke]:
    """Return the cheapest ways through the ladder, at most one a branch, joint turns and start variant."""
    turns = _turns(ladder.lower, ladder.upper, ladder.sliding)
    samples = ladder.samples
    k, m, _ = samples.edge.shape
    r = ladder.valid.shape[1]
    best = np.empty((m, r, len(turns)))
    choice = np.full((k, m, r, len(turns)), -1)
    climb(
        samples.edge, samples.target, ladder.price, ladder.valid, ladder.cost, ladder.extremes, ladder.wraps, turns,
        ladder.lower, ladder.upper, _QUANTUM, best, choice,
    )  # fmt: skip
    endless = np.isinf(ladder.lower) & np.isinf(ladder.upper)
    made: dict[tuple[int, int, int], Segment] = {}
    strokes: list[Stroke] = []
    for pick in _diverse(best):
        variant, q = np.empty(k + 1, np.int64), np.empty((k + 1, len(ladder.lower)))
        walk(
            samples.edge, samples.target, choice, ladder.ends, ladder.wraps, turns, endless, np.array(pick), variant, q
        )
        segments = tuple(_made(made, ladder, i, int(a), int(b)) for i, (a, b) in enumerate(pairwise(variant)))
        strokes.append(
            Stroke(
                operation=operation,
                alternative=alternative,
                segments=segments,
                origin=samples.origin,
                q=frozen(q),
                branch=pick[1],
                cost=float(best[pick]),
            )
        )
    return strokes


def _made(made: dict[tuple[int, int, int], Segment], ladder: Ladder, i: int, a: int, b: int) -> Segment:
    """Return piece i held as variants a and b; strokes share their segments."""
    if (i, a, b) not in made:
        tcp_T_held = ladder.variants.tcp_T_held
        made[i, a, b] = held(ladder.samples.pieces[i], tcp_T_held[a], tcp_T_held[b])
    return made[i, a, b]


def _turns(lower: Array, upper: Array, sliding: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return all whole turns (v, dof) that limits may allow, in lexical order; an endless joint's are not counted."""
    with np.errstate(invalid="ignore"):
        least = np.where(np.isfinite(lower), np.ceil((lower - np.pi) / (2 * np.pi)), 0).astype(np.int64)
        most = np.where(np.isfinite(upper), np.floor((upper + np.pi) / (2 * np.pi)), 0).astype(np.int64)
    least, most = np.maximum(np.minimum(least, 0), -1), np.minimum(np.maximum(most, 0), 1)
    least, most = np.where(sliding, 0, least), np.where(sliding, 0, most)
    grid = np.meshgrid(*[np.arange(a, b + 1) for a, b in zip(least, most, strict=True)], indexing="ij")
    return np.ascontiguousarray(np.stack([g.ravel() for g in grid], -1))


def _diverse(best: Array) -> list[tuple[int, int, int]]:
    """Return start states (variant, branch, turns): the best of each branch and turns first, then the next best."""
    m, r, v = best.shape
    flat = best.transpose(1, 2, 0).reshape(r * v, m)
    firsts = [(float(row.min()), int(row.argmin()), g) for g, row in enumerate(flat) if np.isfinite(row.min())]
    firsts.sort()
    picks = [(a, g // v, g % v) for _, a, g in firsts[:_KEPT]]
    group, variant = np.nonzero(np.isfinite(flat))
    for at in np.lexsort((group, variant, flat[group, variant])):
        if len(picks) >= 2 * _KEPT:
            break
        pick = int(variant[at]), int(group[at]) // v, int(group[at]) % v
        if pick not in picks:
            picks.append(pick)
    return picks
