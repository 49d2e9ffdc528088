"""The kernel that fills a rectangle with equal ones, by splitting it in five again and again.

Five blocks, four round one in the middle like the sails of a windmill (Morabito and Morales 1998), hold every cut from
side to side as well. It finds the best known numbers of nearly all published problems, but does not prove them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel

Ints = NDArray[np.int64]


@kernel
def filled(a: int, b: int, xs: Ints, below: Ints, most: Ints, split: Ints) -> None:
    """Fill, for every pair of lengths, how many a x b pieces a rectangle of them holds, and how it is split.

    Args:
        xs: (n,) lengths that sums of the pieces' sides can have, from 0 up.
        below: (top + 1,) index of the largest of ``xs`` that is not above a length.
        most: (n, n) is filled with the numbers.
        split: (n, n, 4) is filled with the indices x1, x2, y1, y2 of the five blocks; -1 where it holds one or none.
    """
    n = len(xs)
    split[:] = -1
    for i in range(n):
        for j in range(n):
            x, y = xs[i], xs[j]
            best = int((a <= x and b <= y) or (b <= x and a <= y))
            for i1 in range(i + 1):
                for i2 in range(i1, i + 1):
                    right, far = int(below[x - xs[i1]]), int(below[x - xs[i2]])
                    middle = int(below[xs[i2] - xs[i1]])
                    for j1 in range(j + 1):
                        for j2 in range(j1, j + 1):
                            back, behind = int(below[y - xs[j1]]), int(below[y - xs[j2]])
                            inner = int(below[xs[j2] - xs[j1]])
                            if (
                                _whole(i1, j2, i, j) or _whole(right, j1, i, j) or _whole(far, back, i, j)
                                or _whole(i2, behind, i, j) or _whole(middle, inner, i, j)
                            ):  # fmt: skip
                                continue
                            number = most[i1, j2] + most[right, j1] + most[far, back] + most[i2, behind]
                            number += most[middle, inner]
                            if number > best:
                                best = number
                                split[i, j, 0], split[i, j, 1], split[i, j, 2], split[i, j, 3] = i1, i2, j1, j2
            most[i, j] = best


@kernel
def _whole(one: int, other: int, i: int, j: int) -> bool:
    """Return whether a block is all of what is to be split."""
    return one == i and other == j
