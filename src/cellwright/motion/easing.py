"""A parameter in which a run with limited jerk begins and ends evenly: compiled.

From rest with limited jerk the way grows with the third power of time, so that squared speed over the way has a steep
start that no spline follows. The parameter ``r`` eases: in a zone at both ends the way ``s`` grows with its third
power, between them evenly. In ``r`` the speed is finite at rest, and the path itself stands still there.
"""

from __future__ import annotations

import numpy as np

from ..compiled import inline, kernel
from ..geometry import Array

_SHARE = 0.6  # of an even run that the eased one makes in its zone: the integral of u^2 (6 - 8 u + 3 u^2)
FINE = 12  # a zone is cut in at least so many intervals


@inline
def ease(r: float, whole: float, zone: float) -> tuple[float, float, float, float]:
    """Return the way and its three derivatives at ``r``; the way's zones are ``zone`` long, its whole is ``whole``."""
    size = zone / _SHARE
    end = whole - 2.0 * zone + 2.0 * size
    if size <= 0.0 or (r >= size and r <= end - size):
        return zone + r - size, 1.0, 0.0, 0.0
    u = r / size if r < size else (end - r) / size
    s = size * u * u * u * (2.0 - 2.0 * u + 0.6 * u * u)
    w = u * u * (6.0 - 8.0 * u + 3.0 * u * u)
    w1 = 12.0 * u * (1.0 - u) * (1.0 - u) / size
    w2 = 12.0 * (1.0 - u) * (1.0 - 3.0 * u) / (size * size)
    if r < size:
        return s, w, w1, w2
    return whole - s, w, -w1, w2


@kernel
def eased(r: Array, whole: float, zone: float) -> Array:
    """Return the way and its three derivatives (4, n) at ``r`` (n,)."""
    found = np.empty((4, len(r)))
    for i in range(len(r)):
        found[0, i], found[1, i], found[2, i], found[3, i] = ease(r[i], whole, zone)
    return found


@kernel
def nodes(s: Array, zone: float) -> Array:
    """Return the nodes (N + 1,) of ``r``: one at every knot ``s`` (n,) of the way, more where they lie far apart."""
    n = len(s)
    whole = s[n - 1] - s[0]
    size = zone / _SHARE
    end = whole - 2.0 * zone + 2.0 * size
    knots = np.empty(n)
    knots[0], knots[n - 1] = 0.0, end
    for i in range(1, n - 1):
        way = s[i] - s[0]
        mirrored = way > whole - zone
        left = whole - way if mirrored else way
        if left >= zone:
            knots[i] = left - zone + size
            continue
        u = (left / (2.0 * size)) ** (1.0 / 3.0)
        for _ in range(30):
            u -= (u * u * u * (2.0 - 2.0 * u + 0.6 * u * u) - left / size) / (u * u * (6.0 - 8.0 * u + 3.0 * u * u))
            u = min(max(u, 1e-9), 1.0)
        knots[i] = end - size * u if mirrored else size * u
    coarse = end / (n - 1) * 1.5
    count = np.empty(n - 1, np.int64)
    for i in range(n - 1):
        inside = knots[i] < size or knots[i + 1] > end - size
        most = min(coarse, size / FINE) if inside else coarse
        count[i] = max(1, int(np.ceil((knots[i + 1] - knots[i]) / most - 1e-9)))
    found = np.empty(count.sum() + 1)
    found[0] = 0.0
    k = 0
    for i in range(n - 1):
        for m in range(count[i]):
            k += 1
            found[k] = knots[i] + (knots[i + 1] - knots[i]) * (m + 1) / count[i]
    return found
