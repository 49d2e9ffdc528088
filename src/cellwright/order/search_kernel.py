"""The kernel that searches a good order of many operations: some are taken out and put back where they cost least.

A large neighbourhood search with simulated annealing (Shaw 1998; Ropke and Pisinger 2006; for this kind of problem
Smith and Imeson 2017): a stretch of the order, or operations near each other, leaves it and comes back one by one; then
the strokes of all operations are chosen anew, which for a given order is exact. Now and then a stretch is turned round.
Costs are whole numbers, so every machine decides alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..random_kernel import random

Ints = NDArray[np.int64]


class Steps(NamedTuple):
    """What there is to put in order, n strokes of m operations.

    Attributes:
        between: (n, n), first (n,), last (n,): cost from the end of one stroke to the end of another, from and to home.
        offset: (m + 1,) first stroke of each operation.
        before: (m, m) whether the row's operation has to come before the column's, near or far.
        group: (m,) operations that stay together; -1 for none.
        near: (m, k) operations that are cheap to go to, the cheapest first.
    """

    between: Ints
    first: Ints
    last: Ints
    offset: Ints
    before: NDArray[np.bool_]
    group: Ints
    near: Ints


_NEVER = 1 << 60
_MOST = 12  # operations that are taken out at once
_TURNED = 0.3  # share of the rounds that turn a stretch round
_HOT = 0.3  # what is accepted at first, as a share of the mean step


@kernel
def searched(steps: Steps, given: Ints, seed: int, rounds: int) -> Ints:
    """Return the strokes (m,) in a good order.

    Args:
        given: (m,) an order that is allowed.
        seed: of the choices; ``rounds`` is how often operations are taken out and put back.
    """
    m = len(given)
    order, pick = np.empty(m, np.int64), np.full(m, -1)
    place = np.full(m, -1)
    for k in range(m):
        _insert(steps, order, k, given[k], pick, place, True)
    cost = chosen(steps, order, pick)
    best, best_pick, least = np.empty(m, np.int64), np.empty(m, np.int64), cost
    trial, trial_pick = np.empty(m, np.int64), np.empty(m, np.int64)
    _keep(order, pick, best, best_pick)
    out = np.empty(_MOST, np.int64)
    state = np.array([seed], np.uint64)
    heat = _HOT * cost / m
    for r in range(rounds):
        _keep(order, pick, trial, trial_pick)
        for k in range(m):
            place[trial[k]] = k
        if random(state) < _TURNED:
            a = int(random(state) * m)
            b = int(place[steps.near[trial[a], int(random(state) * steps.near.shape[1])]])
            if abs(a - b) < 2 or not _turn(steps, trial, min(a, b) + int(b > a), max(a, b) + int(b > a)):
                continue
        else:
            count = _take(steps, trial, place, out, state)
            for k in range(m - count):
                place[trial[k]] = k
            for k in range(count):
                _insert(steps, trial, m - count + k, out[k], trial_pick, place, False)
        value = chosen(steps, trial, trial_pick)
        left = 1.0 - r / rounds
        if value <= cost + int(heat * left * left * 2.0 * random(state)):
            _keep(trial, trial_pick, order, pick)
            cost = value
            if cost < least:
                _keep(order, pick, best, best_pick)
                least = cost
    for k in range(m):
        best[k] = best_pick[best[k]]
    return best


@kernel
def _keep(order: Ints, pick: Ints, kept: Ints, kept_pick: Ints) -> None:
    for k in range(len(order)):
        kept[k], kept_pick[k] = order[k], pick[k]


@kernel
def _take(steps: Steps, order: Ints, place: Ints, out: Ints, state: NDArray[np.uint64]) -> int:
    """Take some operations out of the order, their ``place`` -1 and in ``out`` mixed; return how many."""
    m = len(order)
    most = min(_MOST, m)
    count = 1 + int(random(state) * most)
    begin = int(random(state) * m)
    if random(state) < 0.5:
        for k in range(count):
            out[k] = order[(begin + k) % m]
    else:
        out[0] = order[begin]
        count = min(count, 1 + steps.near.shape[1])
        for k in range(1, count):
            out[k] = steps.near[out[0], k - 1]
    for k in range(count - 1, 0, -1):
        i = int(random(state) * (k + 1))
        out[k], out[i] = out[i], out[k]
    for k in range(count):
        place[out[k]] = -1
    left = 0
    for k in range(m):
        if place[order[k]] >= 0:
            order[left] = order[k]
            left += 1
    return count


@kernel
def _insert(steps: Steps, order: Ints, n: int, new: int, pick: Ints, place: Ints, everywhere: bool) -> None:
    """Insert an operation into the first n of ``order`` where it costs least beside what is near, or everywhere."""
    low, high, mates_low, mates_high = 0, n, n, 0
    for k in range(n):
        a = order[k]
        if steps.before[a, new]:
            low = k + 1
        if steps.before[new, a] and k < high:
            high = k
        if steps.group[a] >= 0 and steps.group[a] == steps.group[new]:
            mates_low, mates_high = min(mates_low, k), k + 1
    if mates_high > 0:
        low, high = max(low, mates_low), min(high, mates_high)
    best, at, node = _NEVER, -1, -1
    few = 0 if everywhere else 2 * steps.near.shape[1] + 2
    i = 0
    while i < few or (at < 0 and i <= few + high - low):
        k = n if i == 1 else 0
        if i >= few:  # nothing near is allowed: everywhere
            k = low + i - few
        elif i > 1:
            k = int(place[steps.near[new, (i - 2) >> 1]])
            k = k + (i & 1) if k >= 0 else -1
        i += 1
        if low <= k <= high:
            best, at, node = _beside(steps, order, n, new, pick, k, best, at, node)
    for k in range(n, at, -1):
        order[k] = order[k - 1]
        place[order[k]] = k
    order[at], place[new], pick[new] = new, at, node


@kernel
def _beside(
    steps: Steps, order: Ints, n: int, new: int, pick: Ints, k: int, best: int, at: int, node: int
) -> tuple[int, int, int]:
    """Return the better of what is known and of an operation's best stroke at place ``k``: cost, place, stroke."""
    group = steps.group[order[k]] if k < n else -1
    if 0 < k < n and group >= 0 and group != steps.group[new] and group == steps.group[order[k - 1]]:
        return best, at, node
    before = int(pick[order[k - 1]]) if k > 0 else -1
    after = int(pick[order[k]]) if k < n else -1
    bridge = _step(steps, before, after) if n > 0 else 0
    for s in range(steps.offset[new], steps.offset[new + 1]):
        more = _step(steps, before, s) + _step(steps, s, after) - bridge
        if more < best:
            best, at, node = more, k, s
    return best, at, node


@kernel
def _step(steps: Steps, a: int, b: int) -> int:
    """Return the cost from stroke a to stroke b; -1 is home."""
    if a < 0:
        return steps.first[b]
    return steps.between[a, b] if b >= 0 else steps.last[a]


@kernel
def _turn(steps: Steps, order: Ints, a: int, b: int) -> bool:
    """Turn ``order[a:b]`` round; False, and nothing done, where precedence or groups forbid it."""
    m = len(order)
    whole = steps.group[order[a]]
    for k in range(a, b):
        if steps.group[order[k]] != whole:
            whole = -1
        for i in range(k + 1, b):
            if steps.before[order[k], order[i]]:
                return False
    for k in (a, b):
        if 0 < k < m:
            group = steps.group[order[k]]
            if group >= 0 and group == steps.group[order[k - 1]] and group != whole:
                return False
    for k in range((b - a) // 2):
        order[a + k], order[b - 1 - k] = order[b - 1 - k], order[a + k]
    return True


@kernel
def chosen(steps: Steps, order: Ints, pick: Ints) -> int:
    """Choose the best stroke of every operation for an order, written into ``pick``; return the cost."""
    m = len(order)
    most = 0
    for g in range(m):
        most = max(most, steps.offset[g + 1] - steps.offset[g])
    came = np.empty((m, most), np.int64)
    cost, after = np.empty(most, np.int64), np.empty(most, np.int64)
    lo = steps.offset[order[0]]
    many = steps.offset[order[0] + 1] - lo
    for i in range(many):
        cost[i] = steps.first[lo + i]
    for k in range(1, m):
        to = steps.offset[order[k]]
        wide = steps.offset[order[k] + 1] - to
        for j in range(wide):
            after[j] = _NEVER
        for i in range(many):
            for j in range(wide):
                total = cost[i] + steps.between[lo + i, to + j]
                if total < after[j]:
                    after[j], came[k, j] = total, i
        lo, many = to, wide
        cost, after = after, cost
    best, at = _NEVER, 0
    for i in range(many):
        total = int(cost[i] + steps.last[lo + i])
        if total < best:
            best, at = total, i
    for k in range(m - 1, -1, -1):
        pick[order[k]] = steps.offset[order[k]] + at
        at = came[k, at]
    return best
