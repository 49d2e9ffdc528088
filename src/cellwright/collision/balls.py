"""Balls that cover a body: what the fast search asks the distance field about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel
from ..geometry import Array, frozen, pose, settled
from ..shapes import Capsule, Cylinder, Shape, Sphere, triangles
from .field import build, flood, spread

Size = Callable[[Array], Array]
"""Points (n, 3) [m] in the body's frame -> how large (n,) a ball may be there [m]."""

WIDTH = 16
"""Balls that are asked about together: as many as a vector of single-precision numbers holds."""

_DEPTHS = (0.0, 0.001, 0.002, 0.004, 0.008, 0.014, 0.024)  # how far below the surface a ball may lie [m]
_CELL = 0.006  # of the grid that tells what is inside [m]
_PROBE = 0.024  # the radius of what may enter a hollow; narrower ones count as inside [m]
NONE = -1e9  # the radius of a place in a group without a ball [m]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cover:
    """A tree of balls whose leaves together contain the surface of a body; every ball contains those below it.

    What touches the body crosses its surface first, so covering the surface is enough.

    Attributes:
        whole: (4,) centre and radius of a ball round everything [m].
        group: (n, 4, WIDTH) centres and radii [m] of balls that lie together; the first group is right below ``whole``.
            Single precision, radii rounded up; ``NONE`` is the radius of an empty place.
        below: (n, WIDTH) the group below each ball, -1 for a leaf.
    """

    whole: Array
    group: NDArray[np.float32]
    below: NDArray[np.int32]

    def in_order(self) -> tuple[Array, NDArray[np.int64]]:
        """Return all balls (k, 4), each before those below it, the whole first, and the next not below each (k,)."""
        nodes, skip = [np.asarray(self.whole, np.float64)], [0]

        def add(g: int) -> None:
            for k in range(WIDTH):
                if self.group[g, 3, k] >= 0.0:
                    at = len(nodes)
                    nodes.append(self.group[g, :, k].astype(np.float64))
                    skip.append(0)
                    if self.below[g, k] >= 0:
                        add(int(self.below[g, k]))
                    skip[at] = len(nodes)

        add(0)
        skip[0] = len(nodes)
        return np.stack(nodes), np.array(skip, np.int64)

    @property
    def depth(self) -> int:
        """How many groups lie below each other at most."""
        level, count = np.zeros(1, np.int64), 0
        while len(level):
            count += 1
            under = self.below[level]
            level = under[under >= 0]
        return count

    @property
    def balls(self) -> Array:
        """(k, 4) the leaves."""
        every = self.group.transpose(0, 2, 1)
        return np.asarray(every[(self.below < 0) & (every[:, :, 3] >= 0.0)], np.float64)


def cover(shapes: tuple[Shape, ...], size: Size, *, patch: float | None = None) -> Cover:
    """Return balls that cover the surfaces of ``shapes``, none much larger than ``size`` where it lies.

    Args:
        patch: closed meshes are covered in patches of this size [m] by balls that lie inside, whatever ``size`` says.

    Raises:
        ValueError: no shapes.
    """
    balls = np.concatenate([_cover_one(shape, size, patch) for shape in shapes])
    return _tree(settled(balls + np.array([0.0, 0.0, 0.0, 1e-9])))  # on the grid none is smaller than it was


def constant(size: float) -> Size:
    """Return a size rule that is the same everywhere [m]."""
    return lambda points: np.full(len(points), size)


def in_groove(tip: Array, along: Array, *, share: float, least: float, most: float) -> Size:
    """Return a size rule that is a ``share`` of the room round a tool that stands in a right-angled groove [m].

    Args:
        tip: (3,) working end, at the root of the groove; the tool works along ``along`` (3,), a unit vector.
        share: of the distance from the groove's walls.
        least, most: bounds of the size [m].
    """

    def size(points: Array) -> Array:
        behind = (tip - points) @ along
        beside = np.linalg.norm(points - tip + behind[:, None] * along, axis=1)
        return np.clip(share * (behind - beside) / np.sqrt(2.0), least, most)

    return size


def _cover_one(shape: Shape, size: Size, patch: float | None) -> Array:
    match shape:
        case Sphere(radius=radius, centre=centre):
            return np.array([[*centre, radius]])
        case Capsule(start=start, end=end, radius=radius):
            allowed = min(float(size((start + end)[None] / 2)[0]) / 4, radius / 10)
            step = 2.0 * np.sqrt((radius + allowed) ** 2 - radius**2)
            n = max(1, int(np.ceil(np.linalg.norm(end - start) / step)))
            # a ball at each end, so that the round caps are covered too
            middle = start + (end - start) * (np.arange(n + 1) / n)[:, None]
            reach = np.hypot(radius, float(np.linalg.norm(end - start)) / n / 2)
            return np.concatenate([middle, np.full((n + 1, 1), reach)], 1)
        case Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder):
            return _cover_cylinder(radius, length, body_T_cylinder, size)
        case _:
            mesh = triangles(shape)
            corners = mesh.vertices[mesh.faces]
            if patch is None or not mesh.closed:
                return _cover_triangles(corners, size)
            return _fill(np.ascontiguousarray(corners), patch)


def _cover_cylinder(radius: float, length: float, body_T_cylinder: Array, size: Size) -> Array:
    """Return balls along the axis, which hug the wall, and small ones for the flat ends, where they would stick out."""
    allowed = min(float(size(body_T_cylinder[None, :3, 3])[0]) / 8, radius / 20)
    reach = radius + allowed
    inner = length - 2 * reach
    if inner <= 0:
        mesh = triangles(Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder))
        return _cover_triangles(mesh.vertices[mesh.faces], size)
    n = int(np.ceil(inner / (2.0 * np.sqrt(reach**2 - radius**2))))
    along = inner * ((np.arange(n) + 0.5) / n - 0.5)
    middle = body_T_cylinder[:3, 3] + along[:, None] * body_T_cylinder[:3, 2]
    balls = [np.concatenate([middle, np.full((n, 1), np.hypot(radius, inner / n / 2))], 1)]
    for side in (-1.0, 1.0):
        body_T_end = body_T_cylinder @ pose((0.0, 0.0, side * (length - reach) / 2))
        mesh = triangles(Cylinder(radius=radius, length=reach, body_T_cylinder=body_T_end))
        balls.append(_cover_triangles(mesh.vertices[mesh.faces], size))
    return np.concatenate(balls)


def _cover_triangles(corners: Array, size: Size) -> Array:
    """Split triangles (n, 3, 3) until each is smaller than ``size``, then join neighbours in cells of that size."""
    corners = _split_triangles(corners, size)
    centre = corners.mean(1)
    cell = np.exp2(np.floor(np.log2(size(centre)))) / 2
    keys = np.concatenate([np.floor(centre / cell[:, None]), cell[:, None]], 1)
    _, owner = np.unique(keys, axis=0, return_inverse=True)
    owner = owner.ravel()
    n = int(owner.max()) + 1
    low, high = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    np.minimum.at(low, owner, corners.min(1))
    np.maximum.at(high, owner, corners.max(1))
    middle = (low + high) / 2
    radius = np.zeros(n)
    np.maximum.at(radius, owner, np.linalg.norm(corners - middle[owner][:, None], axis=2).max(1))
    return np.column_stack([middle, radius])


def _split_triangles(corners: Array, size: Size) -> Array:
    """Return the triangles (n, 3, 3) halved along their longest edges until each is smaller than ``size``."""
    done: list[Array] = []
    while len(corners):
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
        small = edges.max(1) <= size(corners.mean(1))
        done.append(corners[small])
        corners, edges = corners[~small], edges[~small]
        if not len(corners):
            break
        i = np.argmax(edges, 1)
        rows = np.arange(len(corners))
        a, b, c = (corners[rows, (i + k) % 3] for k in range(3))
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
    return np.concatenate(done)


def _fill(corners: Array, edge: float) -> Array:
    """Return a ball for each patch of the closed surface ``corners`` (n, 3, 3), as deep inside as it sticks out least.

    A ball round a flat patch of radius r, lying h deep, sticks out by ``hypot(r, h) - h`` only. Inside is what a ball
    of the size ``_PROBE`` cannot reach from far away: smaller hollows count as solid.
    """
    volume = float(np.einsum("ni,ni->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))
    region = np.stack([corners.min((0, 1)) - 2 * _PROBE, corners.max((0, 1)) + 2 * _PROBE])
    grid = build(corners, region, step=_CELL, band=_PROBE + _CELL)
    split = _split_triangles(corners, constant(edge))
    _, owner = np.unique(np.floor(split.mean(1) / edge), axis=0, return_inverse=True)
    owner = owner.ravel()
    order = np.argsort(owner, kind="stable")
    split, owner = split[order], owner[order]
    first = np.searchsorted(owner, np.arange(int(owner[-1]) + 2))
    normal = np.add.reduceat(np.cross(split[:, 1] - split[:, 0], split[:, 2] - split[:, 0]), first[:-1])
    normal *= np.sign(volume) / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    middle = (np.minimum.reduceat(split.min(1), first[:-1]) + np.maximum.reduceat(split.max(1), first[:-1])) / 2
    skin = middle[np.argsort(middle[:, 0], kind="stable")]
    balls = np.empty((len(middle), 4))
    points = np.ascontiguousarray(split).reshape(-1, 3)
    _sink(
        points, 3 * first, middle, normal, skin, np.array(_DEPTHS), _swept(grid.distance, _CELL), grid.low, _CELL, balls
    )
    return balls


def _swept(distance: NDArray[np.float32], step: float) -> NDArray[np.bool_]:
    """Return the nodes that a ball of the size ``_PROBE`` sweeps that comes from far away."""
    state = (distance >= np.float32(_PROBE)).astype(np.int8)
    for axis in range(3):
        for side in (0, -1):
            np.moveaxis(state, axis, 0)[side] = 2
    flood(state)
    square = np.where(state == 2, np.float32(0), np.float32(1e12))
    spread(square)
    return square <= np.float32((_PROBE / step) ** 2)


@kernel
def _sink(
    points: Array, first: NDArray[np.int64], middle: Array, normal: Array, skin: Array, depths: Array,
    outside: NDArray[np.bool_], low: Array, step: float, balls: Array,
) -> None:  # fmt: skip
    """Write a ball (n, 4) for each patch, whose triangles have the corners ``points[first[p]:first[p + 1]]``.

    How far it sticks out is judged by ``skin`` (n, 3), the patches' middles from the least x on.
    """
    centre = np.empty(3)
    for p in range(middle.shape[0]):
        least = np.inf
        for depth in depths:
            for axis in range(3):
                centre[axis] = middle[p, axis] - depth * normal[p, axis]
            if depth > 0.0:
                i, j, k = _node(centre, low, step)
                if not (0 <= i < outside.shape[0] and 0 <= j < outside.shape[1] and 0 <= k < outside.shape[2]):
                    break
                if outside[i, j, k] or _nearer(centre, 0.9 * depth, skin):
                    break
            reach = 0.0
            for i in range(first[p], first[p + 1]):
                reach = max(reach, _square(centre, points[i]))
            reach = np.sqrt(reach) + 1e-9
            if reach - depth < least:
                least = reach - depth
                for axis in range(3):
                    balls[p, axis] = centre[axis]
                balls[p, 3] = reach


@kernel
def _nearer(centre: Array, distance: float, skin: Array) -> bool:
    """Return whether one of the points ``skin`` (n, 3), sorted by x, is nearer than ``distance``."""
    first, last = 0, skin.shape[0]
    while first < last:
        half = (first + last) // 2
        if skin[half, 0] < centre[0] - distance:
            first = half + 1
        else:
            last = half
    while first < skin.shape[0] and skin[first, 0] < centre[0] + distance:
        if _square(centre, skin[first]) < distance * distance:
            return True
        first += 1
    return False


@inline
def _node(point: Array, low: Array, step: float) -> tuple[int, int, int]:
    return (
        int((point[0] - low[0]) / step + 0.5),
        int((point[1] - low[1]) / step + 0.5),
        int((point[2] - low[2]) / step + 0.5),
    )


@inline
def _square(a: Array, b: Array) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2


def _tree(balls: Array) -> Cover:
    """Return the balls in groups of ``WIDTH`` that lie together, and larger ones round them, up to one round all."""
    parts = [np.arange(len(balls))]
    leaf: list[NDArray[np.int64]] = []
    below: list[NDArray[np.int32]] = []
    for members in parts:  # grows as it is gone through; group g holds what part g is split into
        leaf.append(np.full(WIDTH, -1))
        below.append(np.full(WIDTH, -1, np.int32))
        for k, part in enumerate(_split(balls, members)):
            if len(part) == 1:
                leaf[-1][k] = part[0]
            else:
                below[-1][k] = len(parts)
                parts.append(part)
    leaves, under, round_ = np.stack(leaf), np.stack(below), _round_all(balls, parts)
    every = np.where((leaves >= 0)[:, :, None], balls[leaves], [0.0, 0.0, 0.0, NONE])
    every = np.where((under >= 0)[:, :, None], round_[under], every)
    centre = every[:, :, :3].astype(np.float32)
    # what rounding moved the centre is added to the radius, which is rounded up
    radius = every[:, :, 3] + np.linalg.norm(centre - every[:, :, :3], axis=2)
    radius = np.nextafter(radius.astype(np.float32), np.float32(np.inf))
    group = np.concatenate([centre, radius[:, :, None]], 2).transpose(0, 2, 1)
    return Cover(whole=frozen(round_[0]), group=np.ascontiguousarray(group), below=under)


def _split(balls: Array, members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return up to ``WIDTH`` parts: the largest in space is halved along its longest side, again and again."""
    parts, spans = [members], [np.ptp(balls[members, :3], axis=0)]
    while len(parts) < min(WIDTH, len(members)):
        largest = max(range(len(parts)), key=lambda k: spans[k].max() if len(parts[k]) > 1 else -1.0)
        part, side = parts.pop(largest), int(np.argmax(spans.pop(largest)))
        part = part[np.argsort(balls[part, side], kind="stable")]
        for half in (part[: len(part) // 2], part[len(part) // 2 :]):
            parts.append(half)
            spans.append(np.ptp(balls[half, :3], axis=0))
    return parts


def _round_all(balls: Array, parts: list[NDArray[np.int64]]) -> Array:
    """Return a ball (k, 4) round the balls of each part: its centre moves to the farthest, less and less."""
    size = np.array([len(part) for part in parts])
    first, owner = np.cumsum(size) - size, np.repeat(np.arange(len(parts)), size)
    some = balls[np.concatenate(parts)]
    low = np.minimum.reduceat(some[:, :3] - some[:, 3:], first)
    centre = (low + np.maximum.reduceat(some[:, :3] + some[:, 3:], first)) / 2
    best = np.concatenate([centre, np.full((len(parts), 1), np.inf)], 1)
    for k in range(20):
        reach = np.linalg.norm(some[:, :3] - centre[owner], axis=1) + some[:, 3]
        most = np.maximum.reduceat(reach, first)
        best = np.where((most < best[:, 3])[:, None], np.column_stack([centre, most]), best)
        at = np.flatnonzero(reach == most[owner])
        far = at[np.unique(owner[at], return_index=True)[1]]  # the first of those that are equally far
        centre = centre + (some[far, :3] - centre) / (k + 5)
    return best
