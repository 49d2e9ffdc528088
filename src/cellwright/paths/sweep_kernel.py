"""Whether a straight way in joint space is free all along, proven between the positions that are asked about.

No point of a body moves further than the joints' travel times its largest distance from their axes. A body that is
clear by that much more than its margin at the middle of an interval is clear all through it; where it is not, the
interval is halved (Schwarzer, Saha and Latombe 2005).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover, Scene, hit, place
from ..compiled import kernel
from ..geometry import Array

FINEST = 0.001  # what lies this near to a free position is taken as free too [m]
_WIDEST = 0.25  # no interval begins with more motion to either side than this [m]
_QUEUE = 512  # a way that needs more intervals of one length than this counts as blocked


class Sweep(NamedTuple):
    """What edges are checked with, and the scratch for it.

    ``rate`` (items, dof) is how far each body or pair moves at most for a unit of each joint [m/rad or m/m].
    """

    mover: Mover
    scene: Scene
    rate: Array
    q: Array
    frames: Array
    travel: Array
    middle: Array
    open_: NDArray[np.bool_]


def make_sweep(mover: Mover, scene: Scene, rate: Array) -> Sweep:
    """Return the check with its scratch; not to be shared between threads."""
    items, dof = rate.shape
    return Sweep(
        mover=mover, scene=scene, rate=rate, q=np.empty(dof), frames=np.empty((dof + 2, 3, 4)),
        travel=np.empty(items), middle=np.empty((2, _QUEUE)), open_=np.empty((2, _QUEUE, items), np.bool_),
    )  # fmt: skip


@kernel
def in_the_way(a: Array, b: Array, sweep: Sweep) -> int:
    """Return the body or pair that is in the way between ``a`` and ``b`` (dof,), -1 where the way is proven free.

    Bodies and pairs are counted as ``blocked`` counts them.
    """
    mover, scene, q, frames = sweep.mover, sweep.scene, sweep.q, sweep.frames
    travel, middle, open_ = sweep.travel, sweep.middle, sweep.open_
    items, dof = sweep.rate.shape
    widest = 0.0
    for i in range(items):
        travel[i] = 0.0
        for j in range(dof):
            travel[i] += abs(b[j] - a[j]) * sweep.rate[i, j]
        widest = max(widest, travel[i])
    count = 1
    while 0.5 * widest / count > _WIDEST and count < _QUEUE:
        count *= 2
    half = 0.5 / count
    for n in range(count):
        middle[0, n] = (2 * n + 1) * half
        for i in range(items):
            open_[0, n, i] = True
    now = 0
    while count > 0:
        following = 0
        for n in range(count):
            for j in range(dof):
                q[j] = a[j] + (b[j] - a[j]) * middle[now, n]
            place(q, mover, frames)
            halve = False
            for i in range(items):
                if not open_[now, n, i]:
                    continue
                more = travel[i] * half
                # with the margin widened first, which proves the interval; then as it is, which ends the search
                wide = more > FINEST
                open_[now, n, i] = False
                while hit(i, more if wide else 0.0, mover, scene, frames):
                    if not wide or following + 2 > _QUEUE:
                        return i
                    wide = False
                    open_[now, n, i] = True
                    halve = True
            if halve:
                for side in range(2):
                    middle[1 - now, following] = middle[now, n] + (side - 0.5) * half
                    for i in range(items):
                        open_[1 - now, following, i] = open_[now, n, i]
                    following += 1
        now, count, half = 1 - now, following, 0.5 * half
    return -1
