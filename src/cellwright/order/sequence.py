"""The order: which stroke of each operation, in which sequence, so that the whole takes least time.

A generalised travelling salesman: up to ``EXACT`` operations by dynamic programming over subsets (Held and Karp 1962),
which is the optimum of the estimated times; more by insertion and local search with restarts. What a better order could
save at most is told by a lower bound. Where somebody waits (a machine, a second robot) this does not decide.
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
_QUANTUM = 1e-6
_CONSIDERED = 2_400  # strokes that are considered in all, the cheapest of each operation
_ROWS = 64
_SEED = 1
_RESTARTS = 60

Pairs = tuple[tuple[int, int], ...]
"""(before, after): indices of operations."""


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
    """What there is to choose from, costs rounded to the quantum [s].

    Attributes:
        owner: (n,) operation of each stroke, ascending.
        between: (n, n) from the end of one stroke to the end of another; ``first`` (n,) from home, ``last`` to home.
        pairs: (p, 2) before, after.
        group: (operations,) which of them are made without another in between; -1 for none.
    """

    owner: NDArray[np.int64]
    between: Array
    first: Array
    last: Array
    pairs: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def offset(self) -> NDArray[np.int64]:
        """(operations + 1,) first stroke of each operation."""
        return np.searchsorted(self.owner, np.arange(len(self.group) + 1))


def find_order(
    robot: Robot,
    home: Array,
    choices: tuple[tuple[Stroke, ...], ...],
    precedence: Pairs,
    *,
    groups: tuple[tuple[int, ...], ...] = (),
) -> Order:
    """Return the best sequence from ``home`` (dof,) over one stroke of each of ``choices`` and back.

    Args:
        robot: for the times between strokes.
        home: joint position at both ends [rad or m].
        choices: for each operation the strokes to choose from, cheapest first, not empty.
        precedence: pairs (before, after) of indices into ``choices``.
        groups: operations that are made one after the other without another in between; disjoint.

    Raises:
        CellwrightError: precedence and groups leave no order.
    """
    considered = max(1, _CONSIDERED // max(1, len(choices)))
    nodes = [stroke for strokes in choices for stroke in strokes[:considered]]
    graph = _graph(robot, home, nodes, [min(considered, len(strokes)) for strokes in choices], precedence, groups)
    given = _possible(graph)
    exact = len(choices) <= EXACT
    if exact:
        sequence, cost = _held_karp(graph)
        bound = cost
    else:
        from .search_kernel import bounded, improved  # compiles: only when asked

        picks = improved(
            graph.between, graph.first, graph.last, graph.offset, graph.pairs, graph.group, given, _SEED, _RESTARTS
        )
        sequence = [int(node) for node in picks]
        cost = _cost(graph, sequence)
        bound = bounded(graph.between, graph.first, graph.last, graph.offset, graph.pairs)
    whole = exact and all(len(strokes) <= considered for strokes in choices)
    return Order(strokes=tuple(nodes[i] for i in sequence), cost=cost, exact=whole, lower_bound=min(bound, cost))


def _graph(
    robot: Robot, home: Array, nodes: list[Stroke], counts: list[int], precedence: Pairs,
    groups: tuple[tuple[int, ...], ...],
) -> _Graph:  # fmt: skip
    begin, finish = np.array([s.q[0] for s in nodes]), np.array([s.q[-1] for s in nodes])
    own = np.array([s.cost for s in nodes])
    between = np.empty((len(nodes), len(nodes)))
    for k in range(0, len(nodes), _ROWS):
        between[k : k + _ROWS] = joint_time(robot, finish[k : k + _ROWS, None], begin[None, :]) + own
    group = np.full(len(counts), -1)
    for g, members in enumerate(groups):
        group[list(members)] = g
    first, last = joint_time(robot, home, begin) + own, joint_time(robot, finish, home)
    between, first, last = (np.round(x / _QUANTUM) * _QUANTUM for x in (between, first, last))
    return _Graph(
        owner=np.repeat(np.arange(len(counts)), counts), between=between, first=first, last=last,
        pairs=np.array(precedence, np.int64).reshape(-1, 2), group=group,
    )  # fmt: skip


def _cost(graph: _Graph, sequence: list[int]) -> float:
    steps = graph.between[sequence[:-1], sequence[1:]]
    return float(graph.first[sequence[0]] + steps.sum() + graph.last[sequence[-1]])


def _held_karp(graph: _Graph) -> tuple[list[int], float]:
    owner, between = graph.owner, graph.between
    groups, n = len(graph.group), len(owner)
    before = [sum(1 << int(a) for a, b in graph.pairs if b == i) for i in range(groups)]
    mates = [sum(1 << int(i) for i in np.flatnonzero((graph.group == g) & (g >= 0))) for g in graph.group]
    best = np.full((1 << groups, n), np.inf)
    came = np.full((1 << groups, n), -1)
    members = [np.flatnonzero(owner == g) for g in range(groups)]
    for g in range(groups):
        if before[g] == 0:
            best[1 << g, members[g]] = graph.first[members[g]]
    for done in range(1, 1 << groups):
        here = np.flatnonzero(np.isfinite(best[done]))
        # a group that is begun is finished before another operation
        begun = [m for m in set(mates) if m and m & done and m & ~done]
        if not len(here) or len(begun) > 1:
            continue
        for g in range(groups):
            if done >> g & 1 or before[g] & ~done or (begun and not begun[0] >> g & 1):
                continue
            to = members[g]
            total = best[done, here][:, None] + between[np.ix_(here, to)]
            pick = np.argmin(total, 0)
            value = total[pick, np.arange(len(to))]
            better = value < best[done | 1 << g, to]
            best[done | 1 << g, to[better]] = value[better]
            came[done | 1 << g, to[better]] = here[pick[better]]
    done = (1 << groups) - 1
    final = best[done] + graph.last
    node = int(np.argmin(final))
    cost = float(final[node])
    sequence: list[int] = []
    while node >= 0:
        sequence.append(node)
        node, done = int(came[done, node]), done & ~(1 << int(owner[node]))
    return sequence[::-1], cost


def _possible(graph: _Graph) -> NDArray[np.int64]:
    """Return some order of the operations that precedence and groups allow, low indices first."""
    blocks: dict[int, list[int]] = {}
    for i, g in enumerate(graph.group):
        blocks.setdefault(int(g) if g >= 0 else -1 - i, []).append(i)
    block_of = {i: key for key, members in blocks.items() for i in members}
    order: list[int] = []
    outer = [(block_of[int(a)], block_of[int(b)]) for a, b in graph.pairs if block_of[int(a)] != block_of[int(b)]]
    for key in _topological(list(blocks), outer):
        inner = [(int(a), int(b)) for a, b in graph.pairs if block_of[int(a)] == block_of[int(b)] == key]
        order += _topological(blocks[key], inner)
    return np.array(order)


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
