"""The kernels for a lower bound: what no order, direction and choice of strokes can cost less than.

Relaxed are three demands, each with prices (Lagrange): an operation is left by the stroke that it was entered by; it is
left once; a group is entered once and left once. What remains is the cheapest arborescence over the operations from
home, an optimum that is found exactly. The prices start at those of the cheapest assignment and follow the subgradient
(Held and Karp 1971; Held, Wolfe and Crowder 1974). Costs and prices are whole numbers: sums are exact, so every machine
finds the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array

NEVER = 1 << 50
"""What a step costs that cannot be made."""

_PATIENCE = 8  # rounds without a better bound after which steps become shorter

Ints = NDArray[np.int64]


@kernel
def bounded(
    between: Ints, first: Ints, last: Ints, offset: Ints, barred: NDArray[np.bool_], group: Ints, known: int,
    rounds: int,
) -> int:  # fmt: skip
    """Return the bound.

    Args:
        between: (n, n), first (n,), last (n,): cost from the end of one stroke to the end of another, from and to home.
        offset: (m + 1,) first stroke of each operation.
        barred: (m + 1, m + 1) steps that precedence rules out; home is the last.
        group: (m + 1,) which stay together; -1 for none, as for home.
        known: cost of some order.
        rounds: how often the prices are changed.
    """
    n, m = len(first), len(offset)
    # of entering each stroke, of leaving each operation and home, of entering and of leaving each group
    groups = 0
    for a in range(m):
        groups = max(groups, group[a] + 1)
    price = np.zeros(n + m + 2 * groups, np.int64)
    cost, out, into = np.empty((m, m), np.int64), np.empty((m, m), np.int64), np.empty((m, m), np.int64)
    _least(between, first, last, offset, barred, price, cost, out, into)
    best = _assignment(cost, price, n)
    if best < 0:
        return 0
    came = np.empty(m, np.int64)
    broken, move = np.empty(len(price)), np.zeros(len(price))
    scale, stale = 1.0, 0
    for _ in range(rounds):
        _least(between, first, last, offset, barred, price, cost, out, into)
        _charge(cost, group, price, n)
        value = _arborescence(cost, came)
        for i in range(n, len(price)):
            value += price[i]
        stale += 1
        if value > best:
            best, stale = value, 0
        elif stale == _PATIENCE:
            scale, stale = 0.7 * scale, 0
        _demands(came, out, into, group, broken, n)
        square = 0.0
        for i in range(len(price)):
            move[i] = 0.5 * move[i] + broken[i]
            square += move[i] * move[i]
        if square == 0.0 or best >= known:
            break
        step = scale * max(known - value, known * 1e-4) / square
        for i in range(len(price)):
            price[i] += round(step * move[i])
    return best


@kernel
def _charge(cost: Ints, group: Ints, price: Ints, n: int) -> None:
    """Take the prices of leaving operations, and of entering and leaving groups, off the cost of each step."""
    m = cost.shape[0]
    groups = (len(price) - n - m) // 2
    for a in range(m):
        for b in range(m):
            cost[a, b] -= price[n + a]
            if group[a] != group[b]:
                if group[b] >= 0:
                    cost[a, b] -= price[n + m + group[b]]
                if group[a] >= 0:
                    cost[a, b] -= price[n + m + groups + group[a]]


@kernel
def _demands(came: Ints, out: Ints, into: Ints, group: Ints, broken: Array, n: int) -> None:
    """Write by how much the steps ``came[b]`` -> b miss each demand that has a price."""
    m = len(came)
    groups = (len(broken) - n - m) // 2
    for i in range(len(broken)):
        broken[i] = 0.0 if i < n else 1.0
    for b in range(m):
        a = came[b]
        broken[n + a] -= 1.0
        if a < m - 1:
            broken[out[a, b]] -= 1.0
        if b < m - 1:
            broken[into[a, b]] += 1.0
        if group[a] != group[b]:
            if group[b] >= 0:
                broken[n + m + group[b]] -= 1.0
            if group[a] >= 0:
                broken[n + m + groups + group[a]] -= 1.0


@kernel
def _least(
    between: Ints, first: Ints, last: Ints, offset: Ints, barred: NDArray[np.bool_], price: Ints, cost: Ints,
    out: Ints, into: Ints,
) -> None:  # fmt: skip
    """Write what the cheapest step costs from an operation to another at the strokes' prices, and its two strokes.

    To enter stroke i costs its price, to leave it gives the price back.
    """
    m = len(offset)
    n = m - 1
    for a in range(n):
        for b in range(n):
            best, s, t = NEVER, 0, 0
            if a != b and not barred[a, b]:
                for i in range(offset[a], offset[a + 1]):
                    for j in range(offset[b], offset[b + 1]):
                        value = between[i, j] - price[i] + price[j]
                        if value < best:
                            best, s, t = value, i, j
            cost[a, b], out[a, b], into[a, b] = best, s, t
    cost[n, n] = NEVER
    for a in range(n):
        cost[n, a] = cost[a, n] = NEVER
        for i in range(offset[a], offset[a + 1]):
            if not barred[n, a] and first[i] + price[i] < cost[n, a]:
                cost[n, a], into[n, a] = first[i] + price[i], i
            if not barred[a, n] and last[i] - price[i] < cost[a, n]:
                cost[a, n], out[a, n] = last[i] - price[i], i


@kernel
def _arborescence(cost: Ints, came: Ints) -> int:
    """Return the least sum of one entry into every operation, all reached from home, and one entry into home.

    Tarjan's growing of paths with contraction of circles, for full matrices: time with the square of the operations.

    Args:
        cost: (m, m) from row to column, home last.
        came: (m,) written: where each is entered from.
    """
    m = cost.shape[0]
    root = m - 1
    total, home = NEVER, 0
    for a in range(root):
        if cost[a, root] < total:
            total, home = cost[a, root], a
    # row s of `enter` is what entering node s costs from each operation; nodes from m on are contracted circles
    enter = np.empty((2 * m, m), np.int64)
    to = np.empty((2 * m, m), np.int64)  # and at which operation it enters
    for b in range(m):
        for a in range(m):
            enter[b, a], to[b, a] = cost[a, b], b
    inside = np.arange(m)  # outermost node of each operation
    above = np.full(2 * m, -1)
    source, target = np.zeros(2 * m, np.int64), np.zeros(2 * m, np.int64)
    paid = np.zeros(2 * m, np.int64)
    state = np.zeros(2 * m, np.int64)  # 0 new, 1 on the path, 2 joined with home
    state[root] = 2
    path = np.empty(2 * m, np.int64)
    nodes = m
    for start in range(root):
        node = inside[start]
        if state[node] == 2:
            continue
        length = 0
        while state[node] != 2:
            if state[node] == 1:  # a circle
                length = _contract(enter, to, inside, above, paid, path, length, node, nodes)
                node = nodes
                nodes += 1
            state[node] = 1
            path[length] = node
            length += 1
            least, at = NEVER << 1, 0
            for a in range(m):
                if inside[a] != node and enter[node, a] < least:
                    least, at = enter[node, a], a
            paid[node] = least
            total += least
            source[node], target[node] = at, to[node, at]
            node = inside[at]
        for k in range(length):
            state[path[k]] = 2
    for s in range(nodes - 1, m - 1, -1):  # open the circles: what enters one enters what lies in it
        x = target[s]
        while above[x] != s:
            x = above[x]
        source[x], target[x] = source[s], target[s]
    for b in range(root):
        came[b] = source[b]
    came[root] = home
    return total


@kernel
def _contract(
    enter: Ints, to: Ints, inside: Ints, above: Ints, paid: Ints, path: Ints, length: int, node: int, new: int
) -> int:
    """Make the circle from ``node`` to the end of the path one node, ``new``; return the length of the path left."""
    m = len(inside)
    for a in range(m):
        enter[new, a] = NEVER
    s = -1
    while s != node:
        length -= 1
        s = path[length]
        above[s] = new
        for a in range(m):
            value = enter[s, a] - paid[s]
            if value < enter[new, a]:
                enter[new, a], to[new, a] = value, to[s, a]
    for a in range(m):
        if above[inside[a]] == new:
            inside[a] = new
    return length


@kernel
def _assignment(cost: Ints, price: Ints, n: int) -> int:
    """Return the least sum of one entry a row and a column of ``cost`` (m, m), or -1; write the rows' prices.

    Args:
        price: written from ``n`` on.

    Shortest augmenting paths (Jonker and Volgenant 1987).
    """
    m = cost.shape[0]
    row_of = np.full(m + 1, -1)
    v = np.zeros(m + 1, np.int64)
    for row in range(m):
        least = np.full(m, NEVER)
        came = np.full(m, m)
        done = np.zeros(m + 1, np.bool_)
        row_of[m] = row
        column = m
        while row_of[column] >= 0:
            done[column] = True
            i = row_of[column]
            step, following = NEVER, -1
            for j in range(m):
                if not done[j]:
                    reduced = cost[i, j] - price[n + i] - v[j]
                    if reduced < least[j]:
                        least[j] = reduced
                        came[j] = column
                    if least[j] < step:
                        step, following = least[j], j
            if following < 0 or step > NEVER >> 1:
                return -1
            for j in range(m + 1):
                if done[j]:
                    price[n + row_of[j]] += step
                    v[j] -= step
                elif j < m:
                    least[j] -= step
            column = following
        while column != m:
            row_of[column] = row_of[came[column]]
            column = came[column]
    total = 0
    for j in range(m):
        total += cost[row_of[j], j]
    return total
