"""Distance fields: how far every point of a region is from the nearest body, never more than the truth.

Near the surfaces the value at a grid node is the exact distance to the triangles, which are looked for one cube of
nodes after the other; beyond, the exact distance to the nearest node that lies near a surface (Felzenszwalb and
Huttenlocher 2012), less what that node may be away from it, or just that it is further than the band.
Nodes inside closed bodies are negative. Between nodes the field may change by at most one metre a metre, so the
largest of ``d(node) - |x - node|`` over the eight nodes of a cell never exceeds the true distance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel, viewing
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

HALF = 0.8661  # a node is this many steps away at most, a little more than half a cell's diagonal

MOST_NODES = 2**28
"""Of one field: kernels count its nodes in 32 bits, and four bytes each are a gigabyte then."""

_BLOCK = 8  # nodes of a cube's edge whose nearest triangles are looked for together


def build(corners: Array, region: Array, *, step: float, band: float = 0.0, inside: Inside | None = None) -> Grid:
    """Return the field of triangles ``corners`` (n, 3, 3) over ``region`` (2, 3) with nodes ``step`` apart [m].

    Triangles of closed bodies make their inside negative; an open surface has no inside.

    Args:
        band: distances up to this are exact at the nodes [m]. 0: up to three steps, and beyond them a little too
            small; else what is further away is said to be as far as the band.
        inside: asked at the rim of the region, for bodies that reach beyond it; None when none does.

    Raises:
        ValueError: the field would have more than ``MOST_NODES``.
    """
    shape = np.ceil((region[1] - region[0]) / step).astype(np.int64) + 1
    if float(np.prod(shape.astype(np.float64))) > MOST_NODES:
        size = " x ".join(f"{extent:.3g}" for extent in region[1] - region[0])
        raise ValueError(f"a field of {size} m with nodes {step:.3g} m apart has more than {MOST_NODES} of them")
    distance = np.full(shape, np.inf, np.float32)
    low = np.asarray(region[0], np.float64)
    far = band == 0.0
    band = max(band, 3.0 * step)
    corners = np.ascontiguousarray(corners)
    edges = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    # a little short, so that a height over a plane is never too large
    normal = edges * ((1.0 - 1e-9) / np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1e-300))
    box = np.concatenate([corners.min(1), corners.max(1)], axis=1)
    _near(corners, low, step, band, normal, box, *_candidates(corners, low, step, band, distance.shape), distance)
    if far:
        square = np.where(distance <= HALF * step, np.float32(0), np.float32(1e12))
        spread(square)
        # the node next to the nearest surface point is half a diagonal away at most, and has an exact value
        beyond = np.maximum((np.sqrt(square) - np.float32(HALF)) * np.float32(step), np.float32(band))
        np.copyto(distance, beyond, where=np.isinf(distance))
    else:
        np.minimum(distance, np.float32(band), out=distance)
    _sign(distance, low, step, inside)
    points = corners.reshape(-1, 3)
    inner = np.stack([points.min(0), points.max(0)]) if len(points) else np.zeros((2, 3))
    return Grid(distance, low, float(step), inner)


def _sign(value: NDArray[np.float32], low: Array, step: float, inside: Inside | None) -> None:
    """Make the nodes negative that cannot be reached from the free rim of the grid without crossing a surface."""
    # a step between two nodes crosses a surface only if one of them is within half a step of it
    state = (value > np.float32(0.5 * step)).astype(np.int8)  # 1: not known to be outside
    for axis in range(3):
        for side in (0, value.shape[axis] - 1):
            nodes = np.insert(np.argwhere(state.take(side, axis) == 1), axis, side, axis=1)
            if inside is not None:
                nodes = nodes[~inside(low + step * nodes)]
            state[tuple(nodes.T)] = 2
    flood(state)
    np.negative(value, out=value, where=state == 1)


@kernel
def flood(state: NDArray[np.int8]) -> None:
    """Make every 1 a 2 that is joined to a 2, sweeping there and back until nothing changes."""
    n0, n1, n2 = state.shape
    changed = True
    while changed:
        changed = False
        for way in range(2):
            d = 1 if way == 0 else -1
            for a in range(n0):
                i = a if way == 0 else n0 - 1 - a
                for b in range(n1):
                    j = b if way == 0 else n1 - 1 - b
                    for c in range(n2):
                        k = c if way == 0 else n2 - 1 - c
                        if state[i, j, k] == 1 and (
                            (c > 0 and state[i, j, k - d] == 2)
                            or (b > 0 and state[i, j - d, k] == 2)
                            or (a > 0 and state[i - d, j, k] == 2)
                        ):
                            state[i, j, k] = 2
                            changed = True


def _candidates(
    corners: Array, low: Array, step: float, band: float, shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Return for each block of nodes which triangles come within ``band`` of it, and their distances from its middle.

    Of block b they are ``first[b]`` up to ``first[b + 1]``, nearest first.
    """
    blocks = np.array([-(-n // _BLOCK) for n in shape], np.int64)
    reach = band + np.sqrt(3.0) * (_BLOCK - 1) / 2 * step
    count = np.zeros(int(blocks.prod()) + 1, np.int64)
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    _gather(corners, low, step, reach, blocks, count, *nothing, False)
    first = np.cumsum(count)
    found = np.empty(first[-1], np.int64)
    block = np.empty(first[-1], np.int64)
    middle = np.empty(first[-1])
    _gather(corners, low, step, reach, blocks, first[:-1].copy(), found, block, middle, True)
    order = np.lexsort((found, middle, block))
    return first, found[order], middle[order]


@kernel
def _gather(
    corners: Array, low: Array, step: float, reach: float, blocks: NDArray[np.int64], at: NDArray[np.int64],
    found: NDArray[np.int64], block: NDArray[np.int64], middle: Array, write: bool,
) -> None:  # fmt: skip
    """Count into ``at[b + 1]`` the triangles within ``reach`` of block b's middle, or write them from ``at[b]`` on."""
    size = _BLOCK * step
    offset = 0.5 * (_BLOCK - 1) * step
    first = np.empty(3, np.int64)
    last = np.empty(3, np.int64)
    for t in range(corners.shape[0]):
        for axis in range(3):
            least = min(corners[t, 0, axis], min(corners[t, 1, axis], corners[t, 2, axis])) - low[axis] - offset
            most = max(corners[t, 0, axis], max(corners[t, 1, axis], corners[t, 2, axis])) - low[axis] - offset
            first[axis] = max(0, int(np.ceil((least - reach) / size)))
            last[axis] = min(blocks[axis] - 1, int(np.floor((most + reach) / size)))
        for i in range(first[0], last[0] + 1):
            for j in range(first[1], last[1] + 1):
                for k in range(first[2], last[2] + 1):
                    d = point_triangle(
                        low[0] + offset + size * i, low[1] + offset + size * j, low[2] + offset + size * k,
                        corners[t, 0, 0], corners[t, 0, 1], corners[t, 0, 2],
                        corners[t, 1, 0], corners[t, 1, 1], corners[t, 1, 2],
                        corners[t, 2, 0], corners[t, 2, 1], corners[t, 2, 2],
                    )  # fmt: skip
                    if d > reach:
                        continue
                    b = (i * blocks[1] + j) * blocks[2] + k
                    if write:
                        found[at[b]] = t
                        block[at[b]] = b
                        middle[at[b]] = d
                        at[b] += 1
                    else:
                        at[b + 1] += 1


@kernel
def _near(
    corners: Array, low: Array, step: float, band: float,
    normal: Array, box: Array, first: NDArray[np.int64], found: NDArray[np.int64], middle: Array,
    distance: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write the exact distances of all nodes that are within ``band`` of a triangle."""
    n0, n1, n2 = distance.shape
    b1, b2 = -(-n1 // _BLOCK), -(-n2 // _BLOCK)
    half = 0.5 * (_BLOCK - 1)
    for b in range(first.shape[0] - 1):
        if first[b] == first[b + 1]:
            continue
        last = found[first[b]]
        i0, j0, k0 = b // (b1 * b2) * _BLOCK, b // b2 % b1 * _BLOCK, b % b2 * _BLOCK
        for i in range(i0, min(n0, i0 + _BLOCK)):
            x = low[0] + step * i
            for j in range(j0, min(n1, j0 + _BLOCK)):
                y = low[1] + step * j
                for k in range(k0, min(n2, k0 + _BLOCK)):
                    z = low[2] + step * k
                    off = step * np.sqrt((i - i0 - half) ** 2 + (j - j0 - half) ** 2 + (k - k0 - half) ** 2)
                    best = band
                    for n in range(first[b] - 1, first[b + 1]):
                        # the triangle that was nearest to the node before comes first
                        t = int(last if n < first[b] else found[n])
                        if n >= first[b] and middle[n] - off > best:
                            break  # sorted by their distance from the block's middle: no later one can be nearer
                        height = (x - corners[t, 0, 0]) * normal[t, 0] + (y - corners[t, 0, 1]) * normal[t, 1]
                        if abs(height + (z - corners[t, 0, 2]) * normal[t, 2]) > best:
                            continue
                        ox = max(0.0, max(box[t, 0] - x, x - box[t, 3]))
                        oy = max(0.0, max(box[t, 1] - y, y - box[t, 4]))
                        oz = max(0.0, max(box[t, 2] - z, z - box[t, 5]))
                        if ox * ox + oy * oy + oz * oz > best * best:
                            continue
                        d = point_triangle(
                            x, y, z,
                            corners[t, 0, 0], corners[t, 0, 1], corners[t, 0, 2],
                            corners[t, 1, 0], corners[t, 1, 1], corners[t, 1, 2],
                            corners[t, 2, 0], corners[t, 2, 1], corners[t, 2, 2],
                        )  # fmt: skip
                        if d <= best:
                            best = d
                            last = t
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
def spread(square: NDArray[np.float32]) -> None:
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


@viewing
def look(
    distance: NDArray[np.float32], low: Array, step: float, inner: Array, x: float, y: float, z: float, enough: float
) -> float:
    """Return a distance [m] that the point (x, y, z) surely has from all bodies of the field.

    The nearest node answers when that is already more than ``enough``; else all eight nodes of the cell are asked.
    Outside the grid the box round the bodies answers.
    """
    n0, n1, n2 = distance.shape
    a_step = 1.0 / step
    u = (x - low[0]) * a_step
    v = (y - low[1]) * a_step
    w = (z - low[2]) * a_step
    if not (u >= 0.0 and v >= 0.0 and w >= 0.0 and u <= n0 - 1 and v <= n1 - 1 and w <= n2 - 1):
        return outside(x, y, z, inner)
    best = distance[int(u + 0.5), int(v + 0.5), int(w + 0.5)] - HALF * step
    if best > enough:
        return best
    i = min(int(u), n0 - 2)
    j = min(int(v), n1 - 2)
    k = min(int(w), n2 - 2)
    for a in range(2):
        e0 = (u - (i + a)) * (u - (i + a))
        for b in range(2):
            e1 = e0 + (v - (j + b)) * (v - (j + b))
            for c in range(2):
                e2 = e1 + (w - (k + c)) * (w - (k + c))
                best = max(best, distance[i + a, j + b, k + c] - step * np.sqrt(e2))
    return best
