"""The kernel that searches the order and the places of cases that stack best.

The order and a choice for each case are a genome; what it decodes to is judged, changed a little and kept where it is
not worse (late acceptance; Burke and Bykov 2017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..random_kernel import random
from .stacking_kernel import CHOICES, NEVER, Floats, Ints, Order, Standing, room, stacked

_LATE = 40  # rounds back that a change is compared with


class Search(NamedTuple):
    """Where a search stands; it goes on from there.

    Attributes:
        rank, choice: (n,) the genome as of `stacked`.
        placed: (n, 7) the best stacking.
        standing: room to work in.
        late: costs that were accepted some rounds ago.
        costs: (2,) of the genome, of the best.
        numbers: (2,) cases that stand in the best, rounds done.
        state: of the random numbers.
    """

    rank: Ints
    choice: Ints
    placed: Ints
    standing: Standing
    late: Floats
    costs: Floats
    numbers: Ints
    state: NDArray[np.uint64]


def start(given: Order, wishes: Ints, weights: Floats, seed: int) -> Search:
    """Return a search that begins with the best of some orders (m, n), each decoded by every weighting."""
    n = wishes.shape[1]
    standing = room(n, len(given.ways))
    least = NEVER
    count, rank, choice, placed = 0, wishes[0], np.zeros(n, np.int64), standing.placed.copy()
    for tried in wishes:
        for w in range(len(weights)):
            stand, cost = stacked(given, tried, np.full(n, w), weights, standing)
            if cost < least:
                least, count, rank, choice, placed = cost, stand, tried, np.full(n, w), standing.placed.copy()
    return Search(
        rank=rank.copy(), choice=choice, placed=placed, standing=standing, late=np.full(_LATE, least),
        costs=np.full(2, least), numbers=np.array([count, 0]), state=np.array([seed], np.uint64),
    )  # fmt: skip


@kernel
def search(given: Order, weights: Floats, rounds: int, done: Search) -> None:
    """Try a number of changes of the genome and keep in ``done`` what is not worse, and the best stacking."""
    n, w = len(done.rank), len(weights)
    rank, choice = np.empty(n, np.int64), np.empty(n, np.int64)
    for _ in range(rounds):
        rank[:], choice[:] = done.rank, done.choice
        draw = random(done.state)
        a, b = int(random(done.state) * n), int(random(done.state) * n)
        if draw < 0.35 or given.ahead == 1:
            choice[a] = int(random(done.state) ** 3 * CHOICES) * w + int(random(done.state) * w)
        elif draw < 0.7:
            rank[a], rank[b] = done.rank[b], done.rank[a]
        else:
            way = 1 if done.rank[a] > done.rank[b] else -1
            low, high = min(done.rank[a], done.rank[b]), max(done.rank[a], done.rank[b])
            for k in range(n):
                if low <= done.rank[k] <= high:
                    rank[k] += way
            rank[a] = done.rank[b]
        count, cost = stacked(given, rank, choice, weights, done.standing)
        late = done.numbers[1] % len(done.late)
        if cost <= done.costs[0] or cost <= done.late[late]:
            done.costs[0] = cost
            done.rank[:], done.choice[:] = rank, choice
        done.late[late] = done.costs[0]
        done.numbers[1] += 1
        if cost < done.costs[1]:
            done.costs[1], done.numbers[0] = cost, count
            done.placed[:] = done.standing.placed
