"""Whether a straight way in joint space is free all along, proven between the positions that are asked about.

Sixteen pieces of the way are looked at side by side. A piece in which a body is not clear by as much as it may move is
divided for that body alone (the idea: Schwarzer, Saha and Latombe 2005; here the bound is the speed of each ball, not
the joints' travel times the longest lever).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover, Scene
from ..compiled import kernel, viewing
from ..geometry import Array
from .swept_kernel import HIT, LANES, OPEN, SURE, near, place, touch

PAD = 4e-6
"""Share of the robot's reach, seen from the world's origin, by which single precision may misplace a ball, with room to
spare; added to every margin here."""
_QUEUE = 1024  # a way that leaves more pieces of one body open than this counts as blocked
_F = np.float32


class Sweep(NamedTuple):
    """What straight ways are checked with.

    ``rate`` (items, dof) is how far each body, then each pair, moves at most for a unit of each joint [m/rad or m/m];
    a pair's is that of its second body, seen from its first, which is nearer to the base: ``pairs`` (m, 2). ``turn``
    (dof + 1, 4, 3, 4) is what each joint's frame is made of: still, cosine, sine and slide parts. ``pad`` [m].
    """

    mover: Mover
    scene: Scene
    pairs: NDArray[np.int64]
    rate: Array
    turn: NDArray[np.float32]
    pad: float


class Lanes(NamedTuple):
    """Scratch of ``in_the_way``: pieces of a way, what is where in each, and which wait to be divided."""

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


@kernel
def lanes(items: int, dof: int) -> Lanes:
    """Return the scratch; not to be shared between threads."""
    f = np.float32
    return Lanes(
        np.empty(LANES), np.empty(LANES, f), np.empty(LANES, f), np.zeros((dof + 2, 24 * LANES), f),
        np.empty(24 * LANES, f), np.empty(3 * LANES, f), np.empty(3 * LANES, f), np.empty(LANES, f),
        np.empty(LANES, f), np.empty(LANES, np.int32), np.empty(LANES, np.int64), np.empty(LANES, np.bool_),
        np.zeros((items, LANES), np.bool_), np.empty((2, _QUEUE)),
        np.full(1, -1),
    )  # fmt: skip


@viewing
def in_the_way(a: Array, b: Array, sweep: Sweep, scratch: Lanes) -> int:
    """Return the body or pair that is in the way between ``a`` and ``b`` (dof,), -1 where the way is proven free.

    Bodies and pairs are counted as ``blocking.blocked`` counts them; what was in the way the last
    time is asked first.
    """
    mover, pairs, left, half, middle, open_ = (
        sweep.mover, sweep.pairs, scratch.left, scratch.half, scratch.middle, scratch.open_,
    )  # fmt: skip
    frames, waiting, queue = scratch.frames, scratch.waiting, scratch.queue
    items, dof = sweep.rate.shape
    bodies = mover.frame.shape[0]
    first = int(scratch.hint[0])
    for n in range(LANES):
        middle[n] = (2 * n + 1) * (0.5 / LANES)
        half[n] = _F(SURE * 0.5 / LANES)
    place(a, b, dof + 1, mover.world_T_base, sweep.turn, middle, scratch.sincos, frames)
    # the whole way for every body, which finds most of what is in the way, then the pieces that stayed open
    for k in range(-1, 2 * items):
        item = first if k < 0 else k % items
        whole = k < items
        if item < 0 or (whole and k >= 0 and item == first) or (item < bodies and mover.margin[item] < 0.0):
            continue
        count = 0
        if not whole:
            for n in range(LANES):
                if waiting[item, n]:
                    queue[0, count], queue[1, count] = (2 * n + 1) * (0.5 / LANES), 0.5 / LANES
                    count += 1
        low = -np.inf
        if item < bodies and mover.low_margin[item] >= 0.0:
            low = mover.low_margin[item] + sweep.scene.floor + sweep.pad
        last = item if item < bodies else int(pairs[item - bodies, 1])
        other = -1 if item < bodies else int(pairs[item - bodies, 0])
        bend, travel = _bounds(a, b, item, sweep.rate, mover.prismatic)
        while whole or count > 0:
            some = 1
            if not whole:
                some = min(count, LANES // 2)
                count -= some
                _divide(queue, count, some, middle, half)
                place(a, b, mover.frame[last], mover.world_T_base, sweep.turn, middle, scratch.sincos, frames)
            for n in range(LANES):
                left[n] = half[n]
                open_[n] = False
            if other < 0:
                low = (
                    mover.low_margin[item] + sweep.scene.floor + sweep.pad if mover.low_margin[item] >= 0.0 else -np.inf
                )
                found = near(
                    frames[mover.frame[item]], mover.balls, mover.skip, mover.first[item], mover.first[item + 1],
                    mover.margin[item] + sweep.pad, low, bend, sweep.scene, left, scratch.point, scratch.more,
                    scratch.room, scratch.node, scratch.until, open_,
                )  # fmt: skip
            else:
                found = touch(
                    frames[mover.frame[last]], frames[mover.frame[other]], scratch.relative, mover.balls, mover.skip,
                    mover.first[last], mover.first[last + 1], mover.first[other], mover.first[other + 1],
                    mover.self_margin + sweep.pad, bend, travel, left, scratch.point, scratch.more, open_,
                )  # fmt: skip
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
                        if count == _QUEUE:
                            scratch.hint[0] = item
                            return item
                        queue[0, count], queue[1, count] = middle[n], half[n] / SURE
                        count += 1
    return -1


@kernel
def way_blocked_by(sweep: Sweep, a: Array, b: Array) -> int:
    """Return the body or pair in the way on the straight line from ``a`` to ``b`` (dof,), -1 where it is proven free.

    Bodies and pairs are counted as by ``Checker.blocked_by``.
    """
    return in_the_way(a, b, sweep, lanes(sweep.rate.shape[0], sweep.rate.shape[1]))


@viewing
def _divide(queue: Array, first: int, some: int, middle: Array, half: NDArray[np.float32]) -> None:
    """Divide the waiting pieces from ``first`` on into so many parts each that they fill the lanes."""
    parts = LANES // some
    for n in range(LANES):
        i = first + min(n // parts, some - 1)
        middle[n] = queue[0, i] + queue[1, i] * ((2 * (n % parts) + 1) / parts - 1.0)
        half[n] = _F(SURE * queue[1, i] / parts)


@viewing
def _bounds(a: Array, b: Array, item: int, rate: Array, prismatic: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how sharply a body or pair is turned at most on the way from ``a`` to ``b``, and how far it moves."""
    bend = 0.0
    before = 0.0
    travel = 0.0
    for j in range(a.shape[0]):
        lever, step = rate[item, j], abs(b[j] - a[j])
        if lever > 0.0:
            travel += step * lever
            if prismatic[j]:
                bend += 2.0 * step * lever * before
            else:
                bend += step * lever * (step + 2.0 * before)
                before += step
    return bend, travel
