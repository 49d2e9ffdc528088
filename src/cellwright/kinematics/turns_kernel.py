"""The compiled distance of whole branches from the joint limits."""

from __future__ import annotations

import math

from ..compiled import kernel
from ..geometry import Array

_TURN = 2.0 * math.pi


@kernel
def smallest_margin(q: Array, middle: Array, half: Array, turning: Array, margin: Array) -> None:
    """Fill ``margin`` (k, n) with the smallest joint margin of ``q`` (k, dof, n), see `turns.limit_margin`.

    Args:
        q: [rad or m], contiguous.
        middle: (dof,) of the limits.
        half: (dof,) half the width of the limits.
        turning: (dof,) 1.0 for a joint that turns, 0.0 for one that slides.
        margin: filled; NaN where the first joint is NaN.
    """
    for k in range(q.shape[0]):
        least = margin[k]
        for j in range(q.shape[1]):
            row = q[k, j]
            mid, room, turn = middle[j], half[j], _TURN * turning[j]
            for i in range(len(row)):
                off = row[i] - mid
                off = abs(off - turn * math.floor(off * (1.0 / _TURN) + 0.5))
                here = room - off
                before = math.inf if j == 0 else least[i]
                least[i] = before if before < here else here
