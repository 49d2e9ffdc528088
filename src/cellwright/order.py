"""The order: which stroke of each operation, in which sequence, so that the whole takes least time.

A generalised travelling salesman: up to ``EXACT`` operations by dynamic programming over subsets (Held and Karp 1962),
which is the optimum of the estimated times; more by cheapest insertion and improvement until nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .controllers import joint_time
from .errors import CellwrightError
from .geometry import Array
from .paths.strokes import Stroke
from .robots.model import Robot

EXACT = 9
_QUANTUM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Order:
    """Strokes in the order they are made.

    Attributes:
        strokes: one an operation.
        cost: estimated transit and stroke time with penalties [s].
        exact: True when no other order or choice of the strokes offered costs less.
    """

    strokes: tuple[Stroke, ...]
    cost: float
    exact: bool


def find_order(
    robot: Robot, home: Array, choices: tuple[tuple[Stroke, ...], ...], precedence: tuple[tuple[int, int], ...]
) -> Order:
    """Return the best sequence from ``home`` (dof,) over one stroke of each of ``choices`` and back.

    Args:
        choices: for each operation the strokes to choose from, not empty.
        precedence: pairs (before, after) of indices into ``choices``.

    Raises:
        CellwrightError: the precedence goes round in a circle.
    """
    sequence = _topological(len(choices), precedence)
    nodes = [stroke for strokes in choices for stroke in strokes]
    owner = np.array([i for i, strokes in enumerate(choices) for _ in strokes])
    begin, finish = np.array([s.q[0] for s in nodes]), np.array([s.q[-1] for s in nodes])
    own = np.array([s.cost for s in nodes])
    between = joint_time(robot, finish[:, None], begin[None, :]) + own[None, :]
    first = joint_time(robot, home, begin) + own
    last = joint_time(robot, finish, home)
    between, first, last = (np.round(x / _QUANTUM) * _QUANTUM for x in (between, first, last))
    before = [sum(1 << a for a, b in precedence if b == i) for i in range(len(choices))]
    if len(choices) <= EXACT:
        sequence, cost = _held_karp(owner, between, first, last, before)
    else:
        sequence, cost = _insertion(owner, between, first, last, precedence, sequence)
    return Order(strokes=tuple(nodes[i] for i in sequence), cost=cost, exact=len(choices) <= EXACT)


def _held_karp(
    owner: NDArray[np.int64], between: Array, first: Array, last: Array, before: list[int]
) -> tuple[list[int], float]:
    groups, n = int(owner.max()) + 1, len(owner)
    best = np.full((1 << groups, n), np.inf)
    came = np.full((1 << groups, n), -1)
    members = [np.flatnonzero(owner == g) for g in range(groups)]
    for g in range(groups):
        if before[g] == 0:
            best[1 << g, members[g]] = first[members[g]]
    for done in range(1, 1 << groups):
        here = np.flatnonzero(np.isfinite(best[done]))
        if not len(here):
            continue
        for g in range(groups):
            if done >> g & 1 or before[g] & ~done:
                continue
            to = members[g]
            total = best[done, here][:, None] + between[np.ix_(here, to)]
            pick = np.argmin(total, 0)
            value = total[pick, np.arange(len(to))]
            better = value < best[done | 1 << g, to]
            best[done | 1 << g, to[better]] = value[better]
            came[done | 1 << g, to[better]] = here[pick[better]]
    done = (1 << groups) - 1
    final = best[done] + last
    node = int(np.argmin(final))
    cost = float(final[node])
    sequence: list[int] = []
    while node >= 0:
        sequence.append(node)
        node, done = int(came[done, node]), done & ~(1 << int(owner[node]))
    return sequence[::-1], cost


def _insertion(
    owner: NDArray[np.int64],
    between: Array,
    first: Array,
    last: Array,
    precedence: tuple[tuple[int, int], ...],
    given: list[int],
) -> tuple[list[int], float]:
    """Insert operations one after the other where they cost least, then move and exchange them while that helps."""
    groups = int(owner.max()) + 1
    members = [np.flatnonzero(owner == g) for g in range(groups)]

    def cost(sequence: list[int]) -> float:
        steps = sum(float(between[a, b]) for a, b in pairwise(sequence))
        return float(first[sequence[0]]) + steps + float(last[sequence[-1]])

    def allowed(sequence: list[int]) -> bool:
        place = {int(owner[node]): k for k, node in enumerate(sequence)}
        return all(place[a] < place[b] for a, b in precedence if a in place and b in place)

    def best_insert(sequence: list[int], g: int) -> list[int]:
        options = [[*sequence[:k], int(node), *sequence[k:]] for k in range(len(sequence) + 1) for node in members[g]]
        return min((o for o in options if allowed(o)), key=cost)

    sequence: list[int] = []
    for g in given:
        sequence = best_insert(sequence, g)
    while True:
        improved = sequence
        for node in sequence:
            rest = [other for other in improved if owner[other] != owner[node]]
            candidate = best_insert(rest, int(owner[node]))
            if cost(candidate) < cost(improved) - _QUANTUM / 2:
                improved = candidate
        if improved == sequence:
            return sequence, cost(sequence)
        sequence = improved


def _topological(groups: int, precedence: tuple[tuple[int, int], ...]) -> list[int]:
    left, order = list(range(groups)), []
    while left:
        ready = next((g for g in left if all(a in order for a, b in precedence if b == g)), None)
        if ready is None:
            what = f"operations {', '.join(map(str, left))} each have to come before the other"
            raise CellwrightError(what, fix="free the order of one of them")
        left.remove(ready)
        order.append(ready)
    return order
