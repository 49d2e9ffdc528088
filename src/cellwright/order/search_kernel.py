"""The kernels for many operations: insertion, local search with restarts, and a lower bound from an assignment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from ..paths.random_kernel import random

_LEAST = 5e-7  # what an improvement has to save [s]
_LONGEST = 40  # operations in a row that are turned round at once

Ints = NDArray[np.int64]


@kernel
def improved(
    between: Array, first: Array, last: Array, offset: Ints, pairs: Ints, group: Ints, given: Ints, seed: int,
    restarts: int,
) -> Ints:  # fmt: skip
    """Return the strokes (operations,) in a good order.

    Args:
        between: (n, n), first (n,), last (n,): cost from the end of one stroke to the end of another, from and to home.
        offset: (operations + 1,) first stroke of each operation.
        pairs: (p, 2) operations before, after.
        group: (operations,) which stay together; -1 for none.
        given: (operations,) an order that is allowed.
        seed: of the restarts; ``restarts`` is how often a stretch of the best order is exchanged with the next.
    """
    n = len(given)
    order = np.empty(n, np.int64)
    pick = np.empty(len(offset) - 1, np.int64)
    trial = np.empty(n, np.int64)
    place = np.empty(n, np.int64)
    for k in range(n):
        _insert(order, k, given[k], pick, trial, place, between, first, last, offset, pairs, group)
    cost = _searched(order, pick, trial, place, between, first, last, offset, pairs, group, True)
    best, best_pick = order.copy(), pick.copy()
    state = np.array([seed], np.uint64)
    for _ in range(restarts):
        a, b, c = _cuts(n, state)
        for k in range(n):
            trial[k] = best[k]
        for k in range(b, c):
            trial[a + k - b] = best[k]
        for k in range(a, b):
            trial[c - b + k] = best[k]
        if not _allowed(trial, n, place, pairs, group):
            continue
        for k in range(n):
            order[k], pick[k] = trial[k], best_pick[k]
        found = _searched(order, pick, trial, place, between, first, last, offset, pairs, group, False)
        if found < cost - _LEAST:
            cost = found
            for k in range(n):
                best[k], best_pick[k] = order[k], pick[k]
    for k in range(n):
        order[k] = best_pick[best[k]]
    return order


@kernel
def _cuts(n: int, state: NDArray[np.uint64]) -> tuple[int, int, int]:
    """Return a < b < c <= n, at most 2 * 30 apart: two stretches next to each other."""
    a = int(random(state) * (n - 1))
    b = a + 1 + int(random(state) * min(30, n - 1 - a))
    c = min(n, b + 1 + int(random(state) * 30))
    return a, min(b, n - 1), c


@kernel
def _allowed(order: Ints, n: int, place: Ints, pairs: Ints, group: Ints) -> bool:
    """Return whether the first n of ``order`` keep precedence and groups."""
    for k in range(len(place)):
        place[k] = -1
    for k in range(n):
        place[order[k]] = k
    for p in range(pairs.shape[0]):
        a, b = place[pairs[p, 0]], place[pairs[p, 1]]
        if a >= 0 and b >= 0 and a > b:
            return False
    for k in range(1, n):
        g = group[order[k]]
        if g >= 0 and group[order[k - 1]] != g:
            for i in range(k - 1):
                if group[order[i]] == g:
                    return False
    return True


@kernel
def _insert(
    order: Ints, n: int, new: int, pick: Ints, trial: Ints, place: Ints, between: Array, first: Array, last: Array,
    offset: Ints, pairs: Ints, group: Ints,
) -> None:  # fmt: skip
    """Insert operation ``new`` into the first n of ``order`` where it costs least."""
    best, at, node = np.inf, -1, -1
    for k in range(n + 1):
        before = int(pick[order[k - 1]]) if k > 0 else -1
        after = int(pick[order[k]]) if k < n else -1
        bridge = 0.0
        if n > 0:
            bridge = _step(before, after, between, first, last)
        for s in range(offset[new], offset[new + 1]):
            more = _step(before, s, between, first, last) + _step(s, after, between, first, last) - bridge
            if more < best - _LEAST:
                for i in range(k):
                    trial[i] = order[i]
                trial[k] = new
                for i in range(k, n):
                    trial[i + 1] = order[i]
                if _allowed(trial, n + 1, place, pairs, group):
                    best, at, node = more, k, s
                else:
                    break
    for i in range(n, at, -1):
        order[i] = order[i - 1]
    order[at] = new
    pick[new] = node


@kernel
def _step(a: int, b: int, between: Array, first: Array, last: Array) -> float:
    """Return the cost from stroke a to stroke b; -1 is home."""
    if a < 0:
        return first[b] if b >= 0 else 0.0
    return between[a, b] if b >= 0 else last[a]


@kernel
def _searched(
    order: Ints, pick: Ints, trial: Ints, place: Ints, between: Array, first: Array, last: Array, offset: Ints,
    pairs: Ints, group: Ints, turning: bool,
) -> float:  # fmt: skip
    """Move operations and turn stretches round while that helps; return the cost with the best stroke of each."""
    n = len(order)
    cost = _picked(order, 0, n, pick, between, first, last, offset)
    while True:
        for g in range(n):
            at = 0
            while order[at] != g:
                at += 1
            for k in range(at, n - 1):
                order[k] = order[k + 1]
            _insert(order, n - 1, g, pick, trial, place, between, first, last, offset, pairs, group)
        if turning:
            _turned(order, pick, trial, place, between, first, last, offset, pairs, group)
        now = _picked(order, 0, n, pick, between, first, last, offset)
        if now > cost - _LEAST:
            return now
        cost = now


@kernel
def _turned(
    order: Ints, pick: Ints, trial: Ints, place: Ints, between: Array, first: Array, last: Array, offset: Ints,
    pairs: Ints, group: Ints,
) -> None:  # fmt: skip
    """Turn round every stretch of operations that costs less backwards, with the best stroke of each."""
    n = len(order)
    for a in range(n - 1):
        for b in range(a + 2, min(n, a + _LONGEST) + 1):
            before = int(pick[order[a - 1]]) if a > 0 else -1
            after = int(pick[order[b]]) if b < n else -1
            now = _step(int(pick[order[b - 1]]), after, between, first, last)
            for k in range(a, b):
                now += _step(int(pick[order[k - 1]]) if k > a else before, int(pick[order[k]]), between, first, last)
            for k in range(n):
                trial[k] = order[a + b - 1 - k] if a <= k < b else order[k]
            if not _allowed(trial, n, place, pairs, group):
                continue
            kept = pick.copy()
            if _picked(trial, a, b, pick, between, first, last, offset) < now - _LEAST:
                for k in range(a, b):
                    order[k] = trial[k]
            else:
                for k in range(n):
                    pick[k] = kept[k]


@kernel
def _picked(order: Ints, a: int, b: int, pick: Ints, between: Array, first: Array, last: Array, offset: Ints) -> float:
    """Choose the best stroke of ``order[a:b]``, the others kept; return the cost from before to after them."""
    n = len(order)
    most = 0
    for k in range(a, b):
        most = max(most, offset[order[k] + 1] - offset[order[k]])
    came = np.empty((b - a, most), np.int64)
    cost, after = np.empty(most), np.empty(most)
    begin = int(pick[order[a - 1]]) if a > 0 else -1
    end = int(pick[order[b]]) if b < n else -1
    lo, count = int(offset[order[a]]), int(offset[order[a] + 1] - offset[order[a]])
    for i in range(count):
        cost[i] = _step(begin, lo + i, between, first, last)
    for k in range(a + 1, b):
        to, many = int(offset[order[k]]), int(offset[order[k] + 1] - offset[order[k]])
        for j in range(many):
            after[j] = np.inf
            for i in range(count):
                total = cost[i] + between[lo + i, to + j]
                if total < after[j]:
                    after[j] = total
                    came[k - a, j] = i
        lo, count = to, many
        cost, after = after, cost
    best, at = np.inf, 0
    for i in range(count):
        total = cost[i] + _step(lo + i, end, between, first, last)
        if total < best:
            best, at = total, i
    for k in range(b - 1, a - 1, -1):
        pick[order[k]] = offset[order[k]] + at
        at = came[k - a, at] if k > a else 0
    return best


@kernel
def bounded(between: Array, first: Array, last: Array, offset: Ints, pairs: Ints) -> float:
    """Return what no order can cost less than: the cheapest assignment of a successor to every operation and to home.

    Successors that precedence rules out are left out. The assignment is solved by shortest augmenting paths
    (Jonker and Volgenant 1987).
    """
    n = len(offset)  # the operations, and home as the last
    cost = np.full((n, n), np.inf)
    for a in range(n - 1):
        for b in range(n - 1):
            if a != b:
                for i in range(offset[a], offset[a + 1]):
                    for j in range(offset[b], offset[b + 1]):
                        cost[a, b] = min(cost[a, b], between[i, j])
        for i in range(offset[a], offset[a + 1]):
            cost[n - 1, a] = min(cost[n - 1, a], first[i])
            cost[a, n - 1] = min(cost[a, n - 1], last[i])
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        cost[b, a] = cost[n - 1, b] = cost[a, n - 1] = np.inf
    return _assignment(cost)


@kernel
def _assignment(cost: Array) -> float:
    """Return the least sum of one entry a row and a column of ``cost`` (n, n)."""
    n = cost.shape[0]
    row_of = np.full(n + 1, -1)
    u, v = np.zeros(n), np.zeros(n + 1)
    for row in range(n):
        least = np.full(n, np.inf)
        came = np.full(n, n)
        done = np.zeros(n + 1, np.bool_)
        row_of[n] = row
        column = n
        while row_of[column] >= 0:
            done[column] = True
            i = row_of[column]
            step, following = np.inf, -1
            for j in range(n):
                if not done[j]:
                    reduced = cost[i, j] - u[i] - v[j]
                    if reduced < least[j]:
                        least[j] = reduced
                        came[j] = column
                    if least[j] < step:
                        step, following = least[j], j
            if following < 0:
                return 0.0
            for j in range(n + 1):
                if done[j]:
                    u[row_of[j]] += step
                    v[j] -= step
                elif j < n:
                    least[j] -= step
            column = following
        while column != n:
            row_of[column] = row_of[came[column]]
            column = came[column]
    total = 0.0
    for j in range(n):
        total += cost[row_of[j], j]
    return total
