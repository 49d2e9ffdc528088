"""The cheapest ways through a ladder, by dynamic programming from its end, settling only the edges that they use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from .ladder import Ladder, settle
from .ladder_kernel import climb, walk

QUANTUM = 1e-6
"""Costs are compared rounded to this, so that the last bit of a processor decides nothing [s]."""

_KEPT = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Climb:
    """One way through a ladder.

    Attributes:
        edges, branches: (k,) the edge taken in each interval, and the branch at its start.
        q: (k + 1, dof) joint positions at the knots, turns included [rad or m].
        cost: [s].
    """

    edges: NDArray[np.int64]
    branches: NDArray[np.int64]
    q: Array
    cost: float


def cheapest(ladder: Ladder) -> list[Climb]:
    """Return the cheapest ways: the best of each branch and turns at the start, then the next best.

    The ladder's edges that they use are settled on the way; they are what they are when all edges are settled first.
    """
    turns = _turns(ladder.lower, ladder.upper, ladder.sliding)
    course, (edges, r) = ladder.course, ladder.valid.shape
    k, m, kinds = course.edge.shape
    price = np.ascontiguousarray(course.variants.price[:, :kinds])
    shape = k + 1, m, r, int(turns[1].prod())
    rest, choice = np.empty(shape), np.empty((k, *shape[1:]), np.int8)
    rest[k] = 0.0
    while True:
        rest[:k], choice[:] = np.inf, -1
        climb(
            course.edge, course.target, price, ladder.valid, ladder.cost, ladder.goes_on, ladder.extremes, ladder.wraps,
            turns, ladder.lower, ladder.upper, QUANTUM, rest, choice,
        )  # fmt: skip
        picks = _diverse(rest[0])
        taken, branches = np.empty((len(picks), k), np.int64), np.empty((len(picks), k), np.int64)
        q = np.empty((len(picks), k + 1, len(ladder.lower)))
        walk(
            course.edge, course.target, choice, ladder.goes_on, ladder.ends, ladder.wraps, turns, ladder.lower,
            ladder.upper, np.array(picks, np.int64).reshape(-1, 3), taken, branches, q,
        )  # fmt: skip
        asked = np.zeros((edges, r), np.bool_)
        asked[taken, branches] = True
        asked &= ~ladder.settled
        if not asked.any():
            return [
                Climb(edges=taken[p], branches=branches[p], q=q[p], cost=float(rest[0][pick]))
                for p, pick in enumerate(picks)
            ]
        settle(ladder, asked)


def _turns(lower: Array, upper: Array, sliding: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the whole turns of each joint that limits may allow, as `climb` asks for them (3, dof).

    All choices of turns are counted in lexical order; an endless joint's turns are not.
    """
    with np.errstate(invalid="ignore"):
        least = np.where(np.isfinite(lower), np.ceil((lower - np.pi) / (2 * np.pi)), 0).astype(np.int64)
        most = np.where(np.isfinite(upper), np.floor((upper + np.pi) / (2 * np.pi)), 0).astype(np.int64)
    least, most = np.maximum(np.minimum(least, 0), -1), np.minimum(np.maximum(most, 0), 1)
    least, most = np.where(sliding, 0, least), np.where(sliding, 0, most)
    count = most - least + 1
    return np.stack([least, count, np.append(np.cumprod(count[:0:-1])[::-1], 1)])


def _diverse(best: Array) -> list[tuple[int, int, int]]:
    """Return start states (variant, branch, turns): the best of each branch and turns first, then the next best."""
    m, r, v = best.shape
    flat = best.transpose(1, 2, 0).reshape(r * v, m)
    variant, least = flat.argmin(1), flat.min(1)
    groups = np.flatnonzero(np.isfinite(least))
    groups = groups[np.lexsort((groups, variant[groups], least[groups]))][:_KEPT]
    picks = [(int(variant[g]), int(g) // v, int(g) % v) for g in groups]
    enough = 2 * _KEPT
    worst = np.partition(flat, enough - 1, axis=None)[enough - 1] if flat.size >= enough else np.inf
    group, variant = np.nonzero(np.isfinite(flat) & (flat <= worst))
    for at in np.lexsort((group, variant, flat[group, variant])):
        if len(picks) >= enough:
            break
        pick = int(variant[at]), int(group[at]) // v, int(group[at]) % v
        if pick not in picks:
            picks.append(pick)
    return picks
