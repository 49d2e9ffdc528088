"""The order: which stroke of each operation, in which sequence, so that the whole takes least time.

A generalised travelling salesman. Where dynamic programming over subsets (Held and Karp 1962) is little work its
result is the optimum of the estimated times; many operations are put in order by a search, beside a lower bound that
tells what a better order could save at most. Where somebody waits (a machine, a second robot) ``dispatch`` decides, not
this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..controllers import joint_time
from ..errors import CellwrightError
from ..geometry import Array
from ..paths.strokes import Stroke
from ..robots.model import Robot

EXACT = 9
"""Up to so many operations the order is exact, however many strokes there are."""
EXACT_WORK = 300_000_000
"""Steps from stroke to stroke, over all subsets of operations, that more operations may take to be exact."""
_PER_SECOND = 1_000_000  # costs are whole microseconds: sums are exact, ties are ties
_NEVER = 1 << 50
_CONSIDERED = 2_400  # strokes that are considered in all, the cheapest of each operation
_ROWS = 64
_AT_ONCE = 2_000_000  # numbers in memory at once
_SEED = 1
_NEAR = 12  # operations that each is tried beside
_ROUNDS = 150  # of the search, an operation
_PRICES = 400  # rounds of the lower bound

Pairs = tuple[tuple[int, int], ...]
"""(before, after): indices of operations."""
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Order:
    """Strokes in the order they are made.

    Attributes:
        strokes: one an operation.
        cost: estimated transit and stroke time with penalties [s].
        exact: True when no other order or choice of the strokes offered costs less.
        lower_bound: no order of the strokes considered costs less than this [s].
    """

    strokes: tuple[Stroke, ...]
    cost: float
    exact: bool
    lower_bound: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Graph:
    """What there is to choose from: n strokes of m operations, costs in whole microseconds.

    Attributes:
        offset: (m + 1,) first stroke of each operation.
        between: (n, n) from the end of one stroke to the end of another; ``first`` (n,) from home, ``last`` to home.
        group: (m,) which of them are made without another in between; -1 for none.
        given: (m,) some order that precedence and groups allow.
        before: (m, m) whether the row's operation has to come before the column's, near or far, alone or by its group.
    """

    offset: Whole
    between: Whole
    first: Whole
    last: Whole
    group: Whole
    given: Whole
    before: NDArray[np.bool_]


def find_order(
    robot: Robot,
    home: Array,
    choices: tuple[tuple[Stroke, ...], ...],
    precedence: Pairs,
    *,
    groups: tuple[tuple[int, ...], ...] = (),
    exact_work: int = EXACT_WORK,
    bounded: bool = True,
) -> Order:
    """Return the best sequence from ``home`` (dof,) over one stroke of each of ``choices`` and back.

    Args:
        robot: for the times between strokes.
        home: joint position at both ends [rad or m].
        choices: for each operation the strokes to choose from, cheapest first, not empty.
        precedence: pairs (before, after) of indices into ``choices``.
        groups: operations that are made one after the other without another in between; disjoint.
        exact_work: what dynamic programming may take; 0 to search even where it could decide.
        bounded: the lower bound of a searched order is computed, which takes as long as the search; else it is 0.

    Raises:
        CellwrightError: precedence and groups leave no order.
    """
    considered = max(1, _CONSIDERED // max(1, len(choices)))
    nodes = [stroke for strokes in choices for stroke in strokes[:considered]]
    graph = _graph(robot, home, nodes, [min(considered, len(strokes)) for strokes in choices], precedence, groups)
    m, n = len(choices), len(nodes)
    exact = m < 3 or (exact_work > 0 and (m <= EXACT or 2 ** (m - 1) * n * n <= exact_work))
    sequence = _held_karp(graph) if exact else _searched(graph)
    cost = int(graph.first[sequence[0]] + graph.between[sequence[:-1], sequence[1:]].sum() + graph.last[sequence[-1]])
    bound = cost if exact else min(cost, _bound(graph, cost)) if bounded else 0
    return Order(
        strokes=tuple(nodes[i] for i in sequence),
        cost=cost / _PER_SECOND,
        exact=exact and all(len(strokes) <= considered for strokes in choices),
        lower_bound=bound / _PER_SECOND,
    )


def _graph(
    robot: Robot, home: Array, nodes: list[Stroke], counts: list[int], precedence: Pairs,
    groups: tuple[tuple[int, ...], ...],
) -> _Graph:  # fmt: skip
    begin, finish = np.array([s.q[0] for s in nodes]), np.array([s.q[-1] for s in nodes])
    own = np.array([s.cost for s in nodes])
    between = np.empty((len(nodes), len(nodes)), np.int64)
    for k in range(0, len(nodes), _ROWS):
        between[k : k + _ROWS] = _microseconds(joint_time(robot, finish[k : k + _ROWS, None], begin[None, :]) + own)
    group = np.full(len(counts), -1, np.int64)
    for g, members in enumerate(groups):
        group[list(members)] = g
    given = _possible(group, precedence)
    return _Graph(
        offset=np.concatenate([[0], np.cumsum(counts)]), between=between,
        first=_microseconds(joint_time(robot, home, begin) + own), last=_microseconds(joint_time(robot, finish, home)),
        group=group, given=given, before=_before(group, precedence, given),
    )  # fmt: skip


def _microseconds(seconds: Array) -> Whole:
    return np.rint(seconds * _PER_SECOND).astype(np.int64)


def _held_karp(graph: _Graph) -> list[int]:
    """Return the strokes of the best order, from all subsets of operations, those of one size at a time."""
    m, n = len(graph.group), len(graph.first)
    owner = np.repeat(np.arange(m), np.diff(graph.offset))
    bit = 1 << np.arange(m)
    needed = graph.before.T @ bit  # what has to be done before each operation
    mates = [int(bit[graph.group == g].sum()) for g in range(int(graph.group.max()) + 1)]
    subsets = np.arange(1 << m)
    size = (subsets[:, None] >> np.arange(m) & 1).sum(1)
    begun = np.zeros(1 << m, np.int64)  # the rest of a group that is begun: to be finished before another operation
    for mask in mates:
        part = subsets & mask
        begun |= np.where((part != 0) & (part != mask), mask & ~part, 0)
    best = np.full((1 << m, n), _NEVER)
    best[0, 0] = 0
    for k in range(m):
        layer = subsets[(size == k) & (best.min(1) < _NEVER)]
        for g in range(m):
            to = slice(graph.offset[g], graph.offset[g + 1])
            free = (layer & bit[g] == 0) & (layer & needed[g] == needed[g])
            free &= (begun[layer] == 0) | (begun[layer] & bit[g] != 0)
            for rows in np.array_split(layer[free], 1 + np.count_nonzero(free) * n // _AT_ONCE):
                if k == 0:
                    best[rows | bit[g], to] = graph.first[to]
                    continue
                for j in range(to.start, to.stop):
                    best[rows | bit[g], j] = (best[rows] + graph.between[:, j]).min(1)
    done = (1 << m) - 1
    node = int(np.argmin(best[done] + graph.last))
    sequence = [node]
    for _ in range(m - 1):
        done ^= int(bit[owner[node]])
        node = int(np.argmin(best[done] + graph.between[:, node]))
        sequence.append(node)
    return sequence[::-1]


def _searched(graph: _Graph) -> list[int]:
    from .search_kernel import Steps, searched  # compiles: only when asked

    cheapest = np.minimum.reduceat(np.minimum.reduceat(graph.between, graph.offset[:-1], 0), graph.offset[:-1], 1)
    np.fill_diagonal(cheapest, _NEVER)
    near = np.argsort(np.minimum(cheapest, cheapest.T), 1, kind="stable")[:, : min(_NEAR, len(cheapest) - 1)]
    steps = Steps(
        between=graph.between, first=graph.first, last=graph.last, offset=graph.offset, before=graph.before,
        group=graph.group, near=np.ascontiguousarray(near),
    )  # fmt: skip
    return [int(node) for node in searched(steps, graph.given, _SEED, _ROUNDS * len(graph.group))]


def _bound(graph: _Graph, known: int) -> int:
    from .bound_kernel import bounded  # compiles: only when asked

    m = len(graph.group)
    barred = np.zeros((m + 1, m + 1), np.bool_)
    before = graph.before
    # nor is anything made between two operations that has to be made between them
    barred[:m, :m] = before.T | (before.astype(np.int64) @ before.astype(np.int64) > 0)
    barred[m, :m], barred[:m, m] = before.any(0), before.any(1)
    for g in range(int(graph.group.max()) + 1):
        inside = np.append(graph.group == g, False)
        members = np.flatnonzero(inside)
        within = before[np.ix_(members, members)]
        barred[np.ix_(members[within.any(1)], ~inside)] = True  # not the last of its group
        barred[np.ix_(~inside, members[within.any(0)])] = True  # not the first
    return int(
        bounded(
            graph.between, graph.first, graph.last, graph.offset, barred, np.append(graph.group, -1), known, _PRICES
        )
    )


def _before(group: Whole, pairs: Pairs, given: Whole) -> NDArray[np.bool_]:
    """Return which operations have to come before which, with their groups and through others."""
    m = len(group)
    block = np.where(group >= 0, group, m + np.arange(m))
    before = np.zeros((m, m), np.bool_)
    for a, b in pairs:
        if block[a] == block[b]:
            before[a, b] = True
        else:
            before[np.ix_(block == block[a], block == block[b])] = True
    for a in given[::-1]:
        before[a] |= before[before[a]].any(0)
    return before


def _possible(group: Whole, pairs: Pairs) -> Whole:
    """Return some order of the operations that precedence and groups allow, low indices first."""
    blocks: dict[int, list[int]] = {}
    for i, g in enumerate(group):
        blocks.setdefault(int(g) if g >= 0 else -1 - i, []).append(i)
    block_of = {i: key for key, members in blocks.items() for i in members}
    order: list[int] = []
    outer = [(block_of[a], block_of[b]) for a, b in pairs if block_of[a] != block_of[b]]
    for key in _topological(list(blocks), outer):
        inner = [(a, b) for a, b in pairs if block_of[a] == block_of[b] == key]
        order += _topological(blocks[key], inner)
    return np.array(order, np.int64)


def _topological(items: list[int], pairs: list[tuple[int, int]]) -> list[int]:
    left, order = list(items), []
    before: dict[int, set[int]] = {item: set() for item in items}
    for a, b in pairs:
        before[b].add(a)
    done: set[int] = set()
    while left:
        ready = next((g for g in left if before[g] <= done), None)
        if ready is None:
            what = f"operations or groups {', '.join(map(str, left))} each have to come before the other"
            raise CellwrightError(what, fix="free the order of one of them")
        left.remove(ready)
        done.add(ready)
        order.append(ready)
    return order
