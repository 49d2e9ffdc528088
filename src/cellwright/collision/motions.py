"""Whole motions: every state of one proven, most of them by how much room their neighbours have.

No point of a body moves further than the joints' travel times its largest distance from their axes. A body that is
clear by that much more than its margin at one state of a run is clear at all of them; where it is not, the run is
halved for that body alone (Schwarzer, Saha and Latombe 2005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import viewing
from ..geometry import Array
from .blocking import Mover, Scene, Work, in_the_way, make_work, pad_of, place

_RUN = 256  # states whose frames are kept at once
_WIDEST = 0.4  # nobody has more room than this to move [m]


def check_motion(q: Array, mover: Mover, scene: Scene) -> NDArray[np.int64]:
    """Return for each state ``q`` (n, dof) of a motion what ``blocking.blocked`` would, or -1.

    States that follow each other should be near each other: that is what makes it fast, not what makes it right.
    """
    out = np.full(len(q), -1, np.int64)
    if len(q):
        frames, known = np.empty((_RUN, len(mover.axis) + 2, 3, 4)), np.empty(_RUN, np.bool_)
        waiting = np.empty((64, 2), np.int64)
        q = np.ascontiguousarray(q, np.float64)
        _follow(q, mover, scene, travel_rates(mover, q), frames, known, waiting, make_work(), out)
    return out


def travel_rates(mover: Mover, q: Array) -> Array:
    """Return how far each body, then each pair, moves at most for a unit of each joint (items, dof) [m/rad or m/m].

    Args:
        q: (n, dof) positions that tell how far sliding joints reach.
    """
    dof, bodies = len(mover.axis), len(mover.frame)
    slides = np.where(mover.prismatic, np.abs(q).max(0), 0.0)
    step = np.linalg.norm(mover.parent_T_joint[:, :3, 3], axis=1) + slides
    for p, before in enumerate(mover.passive):
        step[before] += np.linalg.norm(mover.parent_T_passive[p, :3, 3])
    flange = float(np.linalg.norm(mover.last_T_flange[:3, 3]))
    rate = np.zeros((bodies + len(mover.pairs), dof))
    for b, frame in enumerate(mover.frame):
        last = min(int(frame), dof)
        tail = (flange if frame > dof else 0.0) + float(np.linalg.norm(mover.whole[b, :3]) + mover.whole[b, 3])
        for j in range(last):
            rate[b, j] = 1.0 if mover.prismatic[j] else float(step[j + 1 : last].sum()) + tail
        for p, before in enumerate(mover.passive):
            if before < last:
                far = float(step[before:last].sum()) + tail
                rate[b] += np.abs(mover.passive_weights[p]) * far
    for p, (a, b) in enumerate(mover.pairs):
        # both may be moved by any joint that moves either: seen from the first, the second moves by both at most
        rate[bodies + p] = rate[a] + rate[b]
        if not len(mover.passive):
            low, high = sorted((int(a), int(b)), key=lambda body: (mover.frame[body], body))
            # joints before the first of the two move both alike
            rate[bodies + p] = np.where(np.arange(dof) < min(int(mover.frame[low]), dof), 0.0, rate[high])
    return rate


@viewing
def _follow(
    q: Array, mover: Mover, scene: Scene, rate: Array, frames: Array, known: NDArray[np.bool_],
    waiting: NDArray[np.int64], work: Work, out: NDArray[np.int64],
) -> None:  # fmt: skip
    dof = q.shape[1]
    items = rate.shape[0]
    pad = pad_of(mover)
    for start in range(0, q.shape[0], _RUN):
        known[:] = False
        end = min(start + _RUN, q.shape[0])
        for item in range(items):
            if item < mover.frame.shape[0] and mover.margin[item] < 0.0:
                continue
            waiting[0, 0] = start
            waiting[0, 1] = end
            top = 1
            while top > 0:
                top -= 1
                first, last = waiting[top, 0], waiting[top, 1]
                # what is known to be blocked needs no second reason
                while first < last and out[first] >= 0:
                    first += 1
                while first < last and out[last - 1] >= 0:
                    last -= 1
                if first == last:
                    continue
                middle = (first + last) // 2
                if not known[middle - start]:
                    place(q[middle], mover, frames[middle - start])
                    known[middle - start] = True
                travel = 0.0
                for j in range(dof):
                    if rate[item, j] > 0.0:
                        far = 0.0
                        for n in range(first, last):
                            far = max(far, abs(q[n, j] - q[middle, j]))
                        travel += far * rate[item, j]
                at = frames[middle - start]
                proven = False
                for attempt in range(2):
                    # with room for the whole run first, then as it is
                    alone = attempt == 1 or travel > _WIDEST or last - first == 1
                    if alone and out[middle] >= 0:
                        break
                    if not in_the_way(item, pad if alone else pad + travel, mover, scene, at, work):
                        proven = not alone
                        break
                    if alone:
                        out[middle] = item
                        break
                if proven:
                    continue
                if middle > first:
                    waiting[top, 0] = first
                    waiting[top, 1] = middle
                    top += 1
                if middle + 1 < last:
                    waiting[top, 0] = middle + 1
                    waiting[top, 1] = last
                    top += 1
