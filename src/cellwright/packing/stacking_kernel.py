"""The kernels that put cases on a pallet one by one, in a given order and by given choices.

A case stands where corners of what is below allow it: flush with an edge of the deck or of a case that is already
there. Lengths are whole micrometres, so that a gap of nothing is one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UM = 1e-6
NEVER = 1e300
CHOICES = 12
"""The best places of a case that a genome may choose among."""


class Order(NamedTuple):
    """Cases to be stacked, n of them, and where.

    Attributes:
        size: (n, 3) length, width and height [um].
        mass: (n,) [kg].
        bears: (n,) what may stand on it [kg].
        turns: (n,) whether it may be turned by 90 deg.
        deck: (4,) length and width of the deck, largest height and largest mass of the load [um, g].
        ahead: cases that the robot may choose among.
        support: least share of its base that has to rest on what is below.
        bites: how far tops may differ that carry a case together [um].
        sway: sideways acceleration that every case bears, with what rests on it, without tipping [g].
        ways: (w, 2) directions in which that is looked at.
    """

    size: Ints
    mass: Floats
    bears: Floats
    turns: NDArray[np.bool_]
    deck: Ints
    ahead: int
    support: float
    bites: int
    sway: float
    ways: Floats


class Standing(NamedTuple):
    """Cases that stand, the first ones of n rows each; what is empty is room to work in.

    Attributes:
        placed: (n, 7) case, corner x, y, z, length, width, height as it stands [um], in the order of stacking.
        tops: (n,) rows by their tops, the highest first.
        mass: (n,) of each case with its share of what it carries [kg].
        moment: (n, 3) of that mass about the deck's corner [kg um].
        hull: (n, w) how far what holds each case reaches in each direction [um].
        pushed: (n, 4) mass and moment that a new case would add.
    """

    placed: Ints
    tops: Ints
    mass: Floats
    moment: Floats
    hull: Floats
    pushed: Floats


def room(n: int, ways: int) -> Standing:
    """Return room for ``n`` cases."""
    return Standing(
        placed=np.zeros((n, 7), np.int64), tops=np.empty(n, np.int64), mass=np.empty(n), moment=np.empty((n, 3)),
        hull=np.empty((n, ways)), pushed=np.empty((n, 4)),
    )  # fmt: skip


@kernel
def stacked(given: Order, rank: Ints, choice: Ints, weights: Floats, standing: Standing) -> tuple[int, float]:
    """Fill ``standing``; return how many cases do, and the cost.

    Args:
        rank: (n,) how early each case is wanted; equal ranks in the order of arrival.
        choice: (n,) by which weights each case chooses its place, and then which of the best: place * w + weights.
        weights: (w, 4) what counts in a place: top, bottom, base that hangs free, sides that touch.
    """
    placed, tops = standing.placed, standing.tops
    n = len(rank)
    waiting = np.arange(n)
    left = n
    count, total = 0, 0.0
    xs, ys = np.empty(4 * n + 4, np.int64), np.empty(4 * n + 4, np.int64)
    found = np.empty((CHOICES, 6))
    lost = 0.0
    while left > 0:
        pick = 0
        for k in range(min(given.ahead, left)):  # equal wishes: first come, first served
            if rank[waiting[k]] < rank[waiting[pick]]:
                pick = k
        case = waiting[pick]
        for k in range(pick, left - 1):
            waiting[k] = waiting[k + 1]
        left -= 1
        options = 0
        if int((total + given.mass[case]) * 1000.0) <= given.deck[3]:
            options = _places(given, case, count, placed, weights[choice[case] % len(weights)], tops, xs, ys, found)
        stands = False
        for k in range(options):
            best = found[(choice[case] // len(weights) + k) % options]
            placed[count, 0] = case
            for i in range(6):
                placed[count, 1 + i] = int(best[i])
            stands = _stands(given, count, standing)
            if stands:
                break
        if stands:
            total += given.mass[case]
            at = count
            while at > 0 and _top(placed, tops[at - 1]) < _top(placed, count):
                tops[at] = tops[at - 1]
                at -= 1
            tops[at] = count
            count += 1
        else:
            lost += given.size[case, 0] * UM * given.size[case, 1] * UM * given.size[case, 2] * UM
    return count, _cost(given, placed, count, lost)


@kernel
def _cost(given: Order, placed: Ints, count: int, lost: float) -> float:
    """Return the volume left out, then the height, then how high the mass lies: one number, less is better."""
    top, high, mass = 0, 0.0, 1e-12
    for k in range(count):
        top = max(top, _top(placed, k))
        high += given.mass[placed[k, 0]] * (placed[k, 3] + 0.5 * placed[k, 6]) * UM
        mass += given.mass[placed[k, 0]]
    return float(lost * 1e3 + top * UM + 1e-3 * high / mass)


@kernel
def _places(
    given: Order, case: int, count: int, placed: Ints, weights: Floats, tops: Ints, xs: Ints, ys: Ints, found: Floats
) -> int:
    """Fill ``found`` (CHOICES, 6) with corner and size of its best places, the best first; return how many."""
    scores = np.full(CHOICES, NEVER)
    options = 0
    both = weights[0] + weights[1]
    sides = 2 if given.turns[case] and given.size[case, 0] != given.size[case, 1] else 1
    for side in range(sides):
        a, b, c = given.size[case, side], given.size[case, 1 - side], given.size[case, 2]
        many_x = _corners(given.deck[0], a, 1, count, placed, xs)
        many_y = _corners(given.deck[1], b, 2, count, placed, ys)
        for i in range(many_x):
            for j in range(many_y):
                x, y = xs[i], ys[j]
                limit = min(given.deck[2] - c, (scores[CHOICES - 1] + (weights[3] - weights[0]) * c) / both)
                z = _height(placed, tops, count, x, y, a, b)
                if z > limit:
                    continue
                score = weights[0] * (z + c) + weights[1] * z
                rests = float(a) * b if z == 0 else 0.0
                for m in range(count):
                    k = tops[m]
                    top = _top(placed, k)
                    if z == 0 or top < z - given.bites:
                        break
                    if top <= z:
                        rests += _shared(placed, k, x, y, a, b)
                if rests < given.support * a * b:
                    continue
                flush = 0.0
                if weights[3] > 0.0:
                    for k in range(count):
                        flush += _touch(placed, k, x, y, z, a, b, c)
                flush += (int(x == 0) + int(x + a == given.deck[0])) * b * c
                flush += (int(y == 0) + int(y + b == given.deck[1])) * a * c
                free = 1.0 - rests / (float(a) * b)
                score += weights[2] * free * c - weights[3] * flush / (2.0 * (a + b) * c) * c
                score = np.floor(score) + 1e-7 * (x + y)
                at = options
                while at > 0 and score < scores[at - 1]:
                    at -= 1
                if at >= CHOICES:
                    continue
                for k in range(min(options, CHOICES - 1), at, -1):
                    scores[k] = scores[k - 1]
                    found[k] = found[k - 1]
                scores[at] = score
                found[at, 0], found[at, 1], found[at, 2] = x, y, z
                found[at, 3], found[at, 4], found[at, 5] = a, b, c
                options = min(options + 1, CHOICES)
    return options


@kernel
def _height(placed: Ints, tops: Ints, count: int, x: int, y: int, a: int, b: int) -> int:
    """Return where a footprint comes to rest [um]: on the first case, from the highest down, that it meets."""
    for i in range(count):
        k = tops[i]
        if _meets(placed, k, x, y, a, b):
            return _top(placed, k)
    return 0


@kernel
def _corners(room: int, wide: int, axis: int, count: int, placed: Ints, out: Ints) -> int:
    """Fill ``out`` with where a case may begin along an axis, each number once; return how many there are."""
    many = 0
    for k in range(-1, count):
        low = 0 if k < 0 else placed[k, axis]
        high = room if k < 0 else low + placed[k, axis + 3]
        for at in (low, high, high - wide, low - wide):
            if at < 0 or at + wide > room:
                continue
            new = True
            for m in range(many):
                new = new and out[m] != at
            if new:
                out[many] = at
                many += 1
    return many


@kernel
def _top(placed: Ints, k: int) -> int:
    return placed[k, 3] + placed[k, 6]


@kernel
def _meets(placed: Ints, k: int, x: int, y: int, a: int, b: int) -> bool:
    return (
        placed[k, 1] < x + a
        and x < placed[k, 1] + placed[k, 4]
        and placed[k, 2] < y + b
        and y < placed[k, 2] + placed[k, 5]
    )


@kernel
def _shared(placed: Ints, k: int, x: int, y: int, a: int, b: int) -> float:
    """Return the area that two footprints share [um2]."""
    wide = min(placed[k, 1] + placed[k, 4], x + a) - max(placed[k, 1], x)
    deep = min(placed[k, 2] + placed[k, 5], y + b) - max(placed[k, 2], y)
    return float(wide) * deep if wide > 0 and deep > 0 else 0.0


@kernel
def _touch(placed: Ints, k: int, x: int, y: int, z: int, a: int, b: int, c: int) -> float:
    """Return the area of upright faces that touch [um2]."""
    high = min(_top(placed, k), z + c) - max(placed[k, 3], z)
    if high <= 0:
        return 0.0
    deep = min(placed[k, 2] + placed[k, 5], y + b) - max(placed[k, 2], y)
    wide = min(placed[k, 1] + placed[k, 4], x + a) - max(placed[k, 1], x)
    area = 0.0
    if deep > 0 and (placed[k, 1] + placed[k, 4] == x or x + a == placed[k, 1]):
        area += float(deep) * high
    if wide > 0 and (placed[k, 2] + placed[k, 5] == y or y + b == placed[k, 2]):
        area += float(wide) * high
    return area


@kernel
def _stands(given: Order, k: int, standing: Standing) -> bool:
    """Add a case in row ``k`` to what those below carry, by the areas that hold it; undo that where one cannot.

    What rests on a case moves with it as one body, and tips about the edge of the hull of what holds it.
    """
    placed, pushed, mass, moment = standing.placed, standing.pushed, standing.mass, standing.moment
    own = given.mass[placed[k, 0]]
    pushed[: k + 1] = 0.0
    mass[k], moment[k] = 0.0, 0.0
    pushed[k, 0] = own
    for i in range(3):
        pushed[k, 1 + i] = own * (placed[k, 1 + i] + 0.5 * placed[k, 4 + i])
    _reach(given, k, standing)
    for upper in range(k, -1, -1):  # what holds a case was placed before it
        if pushed[upper, 0] == 0.0:
            continue
        total = mass[upper] + pushed[upper, 0]
        if total - given.mass[placed[upper, 0]] > given.bears[placed[upper, 0]]:
            return False
        x, y = moment[upper, 0] + pushed[upper, 1], moment[upper, 1] + pushed[upper, 2]
        z = moment[upper, 2] + pushed[upper, 3]
        for way in range(len(given.ways)):
            arm = standing.hull[upper, way] - (x * given.ways[way, 0] + y * given.ways[way, 1]) / total
            if arm < given.sway * (z / total - placed[upper, 3]):
                return False
        _hand_down(given, upper, standing)
    for m in range(k + 1):
        mass[m] += pushed[m, 0]
        for i in range(3):
            moment[m, i] += pushed[m, 1 + i]
    return True


@kernel
def _hand_down(given: Order, upper: int, standing: Standing) -> None:
    """Share what is pushed onto a case among those that hold it."""
    placed, pushed = standing.placed, standing.pushed
    x, y, z, a, b = placed[upper, 1], placed[upper, 2], placed[upper, 3], placed[upper, 4], placed[upper, 5]
    area = 0.0
    for m in range(upper):
        if z > 0 and z - given.bites <= _top(placed, m) <= z:
            area += _shared(placed, m, x, y, a, b)
    for m in range(upper):
        if area > 0.0 and z - given.bites <= _top(placed, m) <= z:
            part = _shared(placed, m, x, y, a, b) / area
            for i in range(4):
                pushed[m, i] += part * pushed[upper, i]


@kernel
def _reach(given: Order, k: int, standing: Standing) -> None:
    """Fill a row of ``hull``."""
    placed = standing.placed
    x, y, z, a, b = placed[k, 1], placed[k, 2], placed[k, 3], placed[k, 4], placed[k, 5]
    standing.hull[k] = -NEVER
    for m in range(k if z > 0 else 1):
        left, right, front, back = x, x + a, y, y + b
        if z > 0:
            left, right = max(left, placed[m, 1]), min(right, placed[m, 1] + placed[m, 4])
            front, back = max(front, placed[m, 2]), min(back, placed[m, 2] + placed[m, 5])
            if right <= left or back <= front or not z - given.bites <= _top(placed, m) <= z:
                continue
        for way in range(len(given.ways)):
            u, v = given.ways[way, 0], given.ways[way, 1]
            far = (right if u > 0 else left) * u + (back if v > 0 else front) * v
            standing.hull[k, way] = max(standing.hull[k, way], far)
