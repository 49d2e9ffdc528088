"""Whether a straight way in joint space is free all along, proven between the positions that are asked about.

Sixteen pieces of the way are looked at side by side. A piece in which a body is not clear by as much as it may move is
divided for that body alone (the idea: Schwarzer, Saha and Latombe 2005; here the bound is the speed of each ball, not
the joints' travel times the longest lever).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collision.field import Grid
from ..compiled import callee, viewing
from ..geometry import Array
from .swept_kernel import HIT, LANES, OPEN, SURE, Steps, between, near, place, touch

PAD = 4e-6
"""Share of the robot's reach, seen from the world's origin, by which single precision may misplace a ball, with room to
spare; added to every margin here."""
QUEUE = 1024
"""A way that leaves more pieces of one body open than this counts as blocked."""
_F = np.float32


class Fields(NamedTuple):
    """Distance fields of bodies that move by themselves: field m lies in frame ``frame[m]``, as ``trees.Moving`` says.

    ``rate`` (bodies, m, steps) is how far each body of the robot moves at most, seen from field m, for a unit of each
    step's joint [m/rad or m/m].
    """

    distance: NDArray[np.float32]
    first: NDArray[np.int64]
    shape: NDArray[np.int64]
    low: Array
    step: Array
    inner: Array
    frame: NDArray[np.int64]
    rate: Array


class Sweep(NamedTuple):
    """What straight ways are checked with; bodies, balls and margins are those of ``blocking.Mover``.

    ``rate`` (items, steps) is how far each body, then each pair, moves at most for a unit of each step's joint
    [m/rad or m/m]; a pair's is that of its second body, seen from its first, which is nearer to the base: ``pairs``
    (m, 2). ``floor`` is its height, ``pad`` what single precision may misplace [m].
    """

    world_T_base: Array
    steps: Steps
    frame: NDArray[np.int64]
    balls: Array
    skip: NDArray[np.int64]
    first: NDArray[np.int64]
    margin: Array
    low_margin: Array
    self_margin: float
    pairs: NDArray[np.int64]
    rate: Array
    coarse: Grid
    fine: Grid
    floor: float
    fields: Fields
    pad: float


class Lanes(NamedTuple):
    """Scratch of ``in_the_way``: pieces of a way, what is where in each, and which wait to be divided.

    ``hint`` (1,) is the body or pair that was in the way the last time; -1 before the first.
    """

    middle: Array
    left: NDArray[np.float32]
    half: NDArray[np.float32]
    frames: NDArray[np.float32]
    relative: NDArray[np.float32]
    sincos: NDArray[np.float32]
    point: NDArray[np.float32]
    more: NDArray[np.float32]
    room: NDArray[np.float32]
    node: NDArray[np.int32]
    until: NDArray[np.int64]
    open_: NDArray[np.bool_]
    waiting: NDArray[np.bool_]
    queue: Array
    hint: NDArray[np.int64]


def lanes(sweep: Sweep) -> Lanes:
    """Return the scratch; not to be shared between threads."""
    f = np.float32
    return Lanes(
        np.empty(LANES), np.empty(LANES, f), np.empty(LANES, f),
        np.zeros((len(sweep.steps.until), 24 * LANES), f), np.empty(24 * LANES, f), np.empty(3 * LANES, f),
        np.empty(3 * LANES, f), np.empty(LANES, f), np.empty(LANES, f), np.empty(LANES, np.int32),
        np.empty(LANES, np.int64), np.empty(LANES, np.bool_), np.zeros((len(sweep.rate), LANES), np.bool_),
        np.empty((2, QUEUE)), np.full(1, -1),
    )  # fmt: skip


@callee
def in_the_way(a: Array, b: Array, sweep: Sweep, scratch: Lanes) -> int:
    """Return the body or pair that is in the way between ``a`` and ``b`` (dof,), -1 where the way is proven free.

    Bodies and pairs are counted as ``blocking.blocked`` counts them; what was in the way the last
    time is asked first.
    """
    half, middle, open_ = scratch.half, scratch.middle, scratch.open_
    frames, waiting, queue, steps = scratch.frames, scratch.waiting, scratch.queue, sweep.steps
    items = sweep.rate.shape[0]
    bodies = sweep.frame.shape[0]
    first = int(scratch.hint[0])
    for n in range(LANES):
        middle[n] = (2 * n + 1) * (0.5 / LANES)
        half[n] = _F(SURE * 0.5 / LANES)
    place(a, b, steps.turn.shape[0], sweep.world_T_base, steps, middle, scratch.sincos, frames)
    # the whole way for every body, which finds most of what is in the way, then the pieces that stayed open
    for k in range(-1, 2 * items):
        item = first if k < 0 else k % items
        whole = k < items
        if item < 0 or (whole and k >= 0 and item == first) or (item < bodies and sweep.margin[item] < 0.0):
            continue
        count = 0
        if not whole:
            for n in range(LANES):
                if waiting[item, n]:
                    queue[0, count], queue[1, count] = (2 * n + 1) * (0.5 / LANES), 0.5 / LANES
                    count += 1
        last = item if item < bodies else int(sweep.pairs[item - bodies, 1])
        while whole or count > 0:
            some = 1
            if not whole:
                some = min(count, LANES // 2)
                count -= some
                _divide(queue, count, some, middle, half)
                place(
                    a, b, int(steps.until[sweep.frame[last]]), sweep.world_T_base, steps, middle, scratch.sincos, frames
                )  # fmt: skip
            found = _look(item, a, b, sweep, scratch)
            if found == HIT:
                scratch.hint[0] = item
                return item
            if whole:
                for n in range(LANES):
                    waiting[item, n] = open_[n]
                break
            if found == OPEN:
                for n in range(LANES // some * some):
                    if open_[n]:
                        if count == QUEUE:
                            scratch.hint[0] = item
                            return item
                        queue[0, count], queue[1, count] = middle[n], half[n] / SURE
                        count += 1
    return -1


@callee
def _look(item: int, a: Array, b: Array, sweep: Sweep, scratch: Lanes) -> int:
    """Look at one body, or pair, in all lanes, whose frames are in the scratch; returns what ``near`` does."""
    frames, left, half, open_, relative = scratch.frames, scratch.left, scratch.half, scratch.open_, scratch.relative
    bodies = sweep.frame.shape[0]
    steps, fields = sweep.steps, sweep.fields
    for n in range(LANES):
        left[n] = half[n]
        open_[n] = False
    if item >= bodies:
        other, last = sweep.pairs[item - bodies, 0], sweep.pairs[item - bodies, 1]
        bend, travel = _bounds(a, b, sweep.rate[item], steps)
        return touch(
            frames[sweep.frame[last]], frames[sweep.frame[other]], relative, sweep.balls, sweep.skip,
            int(sweep.first[last]), int(sweep.first[last + 1]), int(sweep.first[other]), int(sweep.first[other + 1]),
            sweep.self_margin + sweep.pad, bend, travel, left, scratch.point, scratch.more, open_,
        )  # fmt: skip
    found = 0
    for m in range(-1, fields.frame.shape[0]):
        frame, coarse, fine = frames[sweep.frame[item]], sweep.coarse, sweep.fine
        rate = sweep.rate[item]
        low = -np.inf
        if m >= 0:
            between(frame, frames[fields.frame[m]], relative)
            nodes = fields.distance[fields.first[m] : fields.first[m + 1]]
            grid = nodes.reshape((fields.shape[m, 0], fields.shape[m, 1], fields.shape[m, 2]))
            coarse = Grid(grid, fields.low[m], fields.step[m], fields.inner[m])
            frame, fine, rate = relative, coarse, fields.rate[item, m]
            for n in range(LANES):
                left[n] = half[n]
        elif sweep.low_margin[item] >= 0.0:
            low = sweep.low_margin[item] + sweep.floor + sweep.pad
        bend, _ = _bounds(a, b, rate, steps)
        here = near(
            frame, sweep.balls, sweep.skip, sweep.first[item], sweep.first[item + 1], sweep.margin[item] + sweep.pad,
            low, bend, coarse, fine, left, scratch.point, scratch.more, scratch.room, scratch.node, scratch.until,
            open_,
        )  # fmt: skip
        if here == HIT:
            return HIT
        found = max(found, here)
    return found


@viewing
def way_blocked_by(sweep: Sweep, a: Array, b: Array, scratch: Lanes) -> int:
    """Return the body or pair in the way on the straight line from ``a`` to ``b`` (dof,), -1 where it is proven free.

    Bodies and pairs are counted as by ``Checker.blocked_by``.
    """
    scratch.hint[0] = -1
    return in_the_way(a, b, sweep, scratch)


@callee
def _divide(queue: Array, first: int, some: int, middle: Array, half: NDArray[np.float32]) -> None:
    """Divide the waiting pieces from ``first`` on into so many parts each that they fill the lanes."""
    parts = LANES // some
    for n in range(LANES):
        i = first + min(n // parts, some - 1)
        middle[n] = queue[0, i] + queue[1, i] * ((2 * (n % parts) + 1) / parts - 1.0)
        half[n] = _F(SURE * queue[1, i] / parts)


@callee
def _bounds(a: Array, b: Array, rate: Array, steps: Steps) -> tuple[float, float]:
    """Return how sharply a body or pair is turned at most on the way from ``a`` to ``b``, and how far it moves.

    Seen from what a mechanism carries, its own joints come first, the last of them before all.
    """
    bend = 0.0
    before = 0.0
    travel = 0.0
    for k in range(rate.shape[0]):
        s = steps.arm - 1 - k if k < steps.arm else k
        lever = rate[s]
        if lever > 0.0:
            step = 0.0
            for j in range(a.shape[0]):
                if steps.weights[s, j] != 0.0:
                    step += steps.weights[s, j] * (b[j] - a[j])
            step = abs(step)
            travel += step * lever
            if steps.slides[s]:
                bend += 2.0 * step * lever * before
            else:
                bend += step * lever * (step + 2.0 * before)
                before += step
    return bend, travel
