"""Distance fields: how far every point of a region is from the nearest body, never more than the truth.

Near the surfaces the value at a grid node is the exact distance to the triangles; beyond, the exact distance to the
nearest node that lies near a surface (Felzenszwalb and Huttenlocher 2012), less what that node may be away from it.
Nodes inside closed bodies are negative. Between nodes the field may change by at most one metre a metre, so the
largest of ``d(node) - |x - node|`` over the eight nodes of a cell never exceeds the true distance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel
from ..geometry import Array


class Grid(NamedTuple):
    """A field as kernels take it: node (i, j, k) lies at ``low + step * (i, j, k)``.

    ``inner`` (2, 3) is the box round all bodies: outside the grid the distance to it is used.
    """

    distance: NDArray[np.float32]
    low: Array
    step: float
    inner: Array


Inside = Callable[[Array], NDArray[np.bool_]]
"""Points (n, 3) [m] -> whether each surely lies inside a body."""


def build(corners: Array, region: Array, *, step: float, band: float = 0.0, inside: Inside | None = None) -> Grid:
    """Return the field of triangles ``corners`` (n, 3, 3) over ``region`` (2, 3) with nodes ``step`` apart [m].

    Triangles of closed bodies make their inside negative; an open surface has no inside.

    Args:
        band: distances up to this are exact at the nodes [m]; beyond they are a little too small.
        inside: asked at the rim of the region, for bodies that reach beyond it; None when none does.
    """
    shape = np.ceil((region[1] - region[0]) / step).astype(np.int64) + 1
    distance = np.full(shape, np.inf, np.float32)
    low = np.asarray(region[0], np.float64)
    band = max(band, 3.0 * step)
    _near(corners, low, step, band, distance)
    near = np.isfinite(distance)
    far = np.where(near & (distance <= 0.8661 * step), np.float32(0), np.float32(1e12))
    _spread(far)
    # the node next to the nearest surface point is half a diagonal away at most, and has an exact value
    beyond = (np.sqrt(far) - np.float32(0.8661)) * np.float32(step)
    if inside is not None:
        beyond = np.minimum(beyond, _to_rim(distance.shape, step))  # what lies outside the region was not seen
    value = np.where(near, distance, np.maximum(beyond, np.float32(band)))
    value[_enclosed(value, low, step, inside)] *= -1
    points = corners.reshape(-1, 3)
    inner = np.stack([points.min(0), points.max(0)]) if len(points) else np.zeros((2, 3))
    return Grid(np.ascontiguousarray(value, np.float32), low, float(step), inner)


def _to_rim(shape: tuple[int, ...], step: float) -> NDArray[np.float32]:
    """Return how far every node is from the rim of the grid [m]."""
    steps = [np.minimum(np.arange(n), n - 1 - np.arange(n)) for n in shape]
    nearest = np.minimum(np.minimum(steps[0][:, None, None], steps[1][None, :, None]), steps[2][None, None, :])
    return (nearest * step).astype(np.float32)


def _enclosed(value: NDArray[np.float32], low: Array, step: float, inside: Inside | None) -> NDArray[np.bool_]:
    """Return the nodes that cannot be reached from the free rim of the grid without crossing a surface."""
    # a step between two nodes crosses a surface only if one of them is within half a step of it
    open_ = value > np.float32(0.5 * step)
    rim = np.ones(value.shape, np.bool_)
    rim[1:-1, 1:-1, 1:-1] = False
    nodes = np.argwhere(rim & open_)
    if inside is not None:
        nodes = nodes[~inside(low + step * nodes)]
    reached = np.zeros(value.shape, np.bool_)
    _flood(open_, reached, nodes)
    return open_ & ~reached


@kernel
def _flood(open_: NDArray[np.bool_], reached: NDArray[np.bool_], seeds: NDArray[np.int64]) -> None:
    n0, n1, n2 = open_.shape
    stack = np.empty(n0 * n1 * n2, np.int64)
    top = 0
    for s in range(seeds.shape[0]):
        i, j, k = seeds[s, 0], seeds[s, 1], seeds[s, 2]
        reached[i, j, k] = True
        stack[top] = (i * n1 + j) * n2 + k
        top += 1
    while top > 0:
        top -= 1
        node = stack[top]
        k = node % n2
        j = (node // n2) % n1
        i = node // (n1 * n2)
        for m in range(6):
            a = i + (1 if m == 0 else 0) - (1 if m == 1 else 0)
            b = j + (1 if m == 2 else 0) - (1 if m == 3 else 0)
            c = k + (1 if m == 4 else 0) - (1 if m == 5 else 0)
            if a < 0 or b < 0 or c < 0 or a >= n0 or b >= n1 or c >= n2:
                continue
            if open_[a, b, c] and not reached[a, b, c]:
                reached[a, b, c] = True
                stack[top] = (a * n1 + b) * n2 + c
                top += 1


@kernel
def _near(corners: Array, low: Array, step: float, band: float, distance: NDArray[np.float32]) -> None:
    n0, n1, n2 = distance.shape
    for t in range(corners.shape[0]):
        a0 = corners[t, 0, 0]
        a1 = corners[t, 0, 1]
        a2 = corners[t, 0, 2]
        b0 = corners[t, 1, 0]
        b1 = corners[t, 1, 1]
        b2 = corners[t, 1, 2]
        c0 = corners[t, 2, 0]
        c1 = corners[t, 2, 1]
        c2 = corners[t, 2, 2]
        i0 = max(0, int(np.ceil((min(a0, min(b0, c0)) - band - low[0]) / step)))
        i1 = min(n0 - 1, int(np.floor((max(a0, max(b0, c0)) + band - low[0]) / step)))
        j0 = max(0, int(np.ceil((min(a1, min(b1, c1)) - band - low[1]) / step)))
        j1 = min(n1 - 1, int(np.floor((max(a1, max(b1, c1)) + band - low[1]) / step)))
        k0 = max(0, int(np.ceil((min(a2, min(b2, c2)) - band - low[2]) / step)))
        k1 = min(n2 - 1, int(np.floor((max(a2, max(b2, c2)) + band - low[2]) / step)))
        nx = (b1 - a1) * (c2 - a2) - (b2 - a2) * (c1 - a1)
        ny = (b2 - a2) * (c0 - a0) - (b0 - a0) * (c2 - a2)
        nz = (b0 - a0) * (c1 - a1) - (b1 - a1) * (c0 - a0)
        nn = np.sqrt(nx * nx + ny * ny + nz * nz)
        for i in range(i0, i1 + 1):
            x = low[0] + step * i
            for j in range(j0, j1 + 1):
                y = low[1] + step * j
                for k in range(k0, k1 + 1):
                    z = low[2] + step * k
                    if nn > 0.0:
                        height = abs((x - a0) * nx + (y - a1) * ny + (z - a2) * nz)
                        if height > band * nn or height > distance[i, j, k] * nn:
                            continue
                    d = point_triangle(x, y, z, a0, a1, a2, b0, b1, b2, c0, c1, c2)
                    if d <= band and d < distance[i, j, k]:
                        distance[i, j, k] = d


@inline
def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


@kernel
def point_triangle(
    x: float, y: float, z: float,
    a0: float, a1: float, a2: float, b0: float, b1: float, b2: float, c0: float, c1: float, c2: float,
) -> float:  # fmt: skip
    """Return the distance [m] of point (x, y, z) from triangle a, b, c (Ericson 2005, closest point by regions)."""
    ab0, ab1, ab2 = b0 - a0, b1 - a1, b2 - a2
    ac0, ac1, ac2 = c0 - a0, c1 - a1, c2 - a2
    ap0, ap1, ap2 = x - a0, y - a1, z - a2
    d1 = ab0 * ap0 + ab1 * ap1 + ab2 * ap2
    d2 = ac0 * ap0 + ac1 * ap1 + ac2 * ap2
    bp0, bp1, bp2 = x - b0, y - b1, z - b2
    d3 = ab0 * bp0 + ab1 * bp1 + ab2 * bp2
    d4 = ac0 * bp0 + ac1 * bp1 + ac2 * bp2
    cp0, cp1, cp2 = x - c0, y - c1, z - c2
    d5 = ab0 * cp0 + ab1 * cp1 + ab2 * cp2
    d6 = ac0 * cp0 + ac1 * cp1 + ac2 * cp2
    va = d3 * d6 - d5 * d4
    vb = d5 * d2 - d1 * d6
    vc = d1 * d4 - d3 * d2
    v = 0.0
    w = 0.0
    if d1 <= 0 and d2 <= 0:
        v = 0.0
    elif d3 >= 0 and d4 <= d3:
        v = 1.0
    elif d6 >= 0 and d5 <= d6:
        w = 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        v = _clip(d1 / (d1 - d3 + 1e-300))
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        w = _clip(d2 / (d2 - d6 + 1e-300))
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        w = _clip((d4 - d3) / ((d4 - d3) + (d5 - d6) + 1e-300))
        v = 1.0 - w
    else:
        total = va + vb + vc
        v = vb / total
        w = vc / total
    e0 = ap0 - v * ab0 - w * ac0
    e1 = ap1 - v * ab1 - w * ac1
    e2 = ap2 - v * ab2 - w * ac2
    return np.sqrt(e0 * e0 + e1 * e1 + e2 * e2)


@kernel
def _spread(square: NDArray[np.float32]) -> None:
    """Turn 0 / infinity into squared distances to the nearest 0, in steps, one axis after the other."""
    n0, n1, n2 = square.shape
    n = max(n0, max(n1, n2))
    line = np.empty(n, np.float64)
    place = np.empty(n, np.int64)
    border = np.empty(n + 1, np.float64)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                line[k] = square[i, j, k]
            _lower(line, place, border, n2)
            for k in range(n2):
                square[i, j, k] = line[k]
    for i in range(n0):
        for k in range(n2):
            for j in range(n1):
                line[j] = square[i, j, k]
            _lower(line, place, border, n1)
            for j in range(n1):
                square[i, j, k] = line[j]
    for j in range(n1):
        for k in range(n2):
            for i in range(n0):
                line[i] = square[i, j, k]
            _lower(line, place, border, n0)
            for i in range(n0):
                square[i, j, k] = line[i]


@kernel
def _lower(line: Array, place: NDArray[np.int64], border: Array, n: int) -> None:
    """Replace ``line[:n]`` by the lower envelope of the parabolas rooted in it."""
    value = line[:n].copy()
    top = 0
    place[0] = 0
    border[0] = -1e30
    border[1] = 1e30
    for q in range(1, n):
        s = 0.0
        while True:
            p = place[top]
            s = ((value[q] + q * q) - (value[p] + p * p)) / (2.0 * q - 2.0 * p)
            if s > border[top] or top == 0:
                break
            top -= 1
        if s <= border[top]:
            place[top] = q
            border[top + 1] = 1e30
            continue
        top += 1
        place[top] = q
        border[top] = s
        border[top + 1] = 1e30
    top = 0
    for q in range(n):
        while border[top + 1] < q:
            top += 1
        p = place[top]
        line[q] = value[p] + (q - p) * (q - p)


@inline
def outside(x: float, y: float, z: float, inner: Array) -> float:
    """Return the distance [m] of a point from the box ``inner`` (2, 3); 0 inside."""
    ox = max(0.0, max(inner[0, 0] - x, x - inner[1, 0]))
    oy = max(0.0, max(inner[0, 1] - y, y - inner[1, 1]))
    oz = max(0.0, max(inner[0, 2] - z, z - inner[1, 2]))
    return np.sqrt(ox * ox + oy * oy + oz * oz)


@kernel
def look(
    distance: NDArray[np.float32], low: Array, step: float, inner: Array, x: float, y: float, z: float, enough: float
) -> float:
    """Return a distance [m] that the point (x, y, z) surely has from all bodies of the field.

    The nearest node answers when that is already more than ``enough``; else all eight nodes of the cell are asked.
    Outside the grid the box round the bodies answers.
    """
    n0, n1, n2 = distance.shape
    u = (x - low[0]) / step
    v = (y - low[1]) / step
    w = (z - low[2]) / step
    if not (u >= 0.0 and v >= 0.0 and w >= 0.0 and u <= n0 - 1 and v <= n1 - 1 and w <= n2 - 1):
        return outside(x, y, z, inner)
    i = int(u + 0.5)
    j = int(v + 0.5)
    k = int(w + 0.5)
    e0, e1, e2 = u - i, v - j, w - k
    best = distance[i, j, k] - step * np.sqrt(e0 * e0 + e1 * e1 + e2 * e2)
    if best > enough:
        return best
    i = min(int(u), n0 - 2)
    j = min(int(v), n1 - 2)
    k = min(int(w), n2 - 2)
    for a in range(2):
        for b in range(2):
            for c in range(2):
                e0, e1, e2 = u - (i + a), v - (j + b), w - (k + c)
                d = distance[i + a, j + b, k + c] - step * np.sqrt(e0 * e0 + e1 * e1 + e2 * e2)
                best = max(best, d)
    return best
