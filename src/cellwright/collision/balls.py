"""Balls that cover a body: what the fast search asks the distance field about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, pose
from ..shapes import Capsule, Cylinder, Shape, Sphere, triangles

Size = Callable[[Array], Array]
"""Points (n, 3) [m] in the body's frame -> how large (n,) a ball may be there [m]."""

_DEPTHS = (0.001, 0.005, 0.02)  # how far below the surface a sunk ball may lie [m]
_EVERY = 2  # levels of halving between two levels of the tree


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cover:
    """A tree of balls whose leaves together contain the surface of a body; every ball contains those below it.

    What touches the body crosses its surface first, so covering the surface is enough.

    Attributes:
        nodes: (n, 4) centre and radius [m], each before those below it; the first is round everything.
        skip: (n,) index of the first node that is not below a node; a leaf's is the next.
    """

    nodes: Array
    skip: NDArray[np.int64]

    @property
    def balls(self) -> Array:
        """(k, 4) the leaves."""
        return self.nodes[self.skip == np.arange(1, len(self.skip) + 1)]


def cover(shapes: tuple[Shape, ...], size: Size, *, sunk: bool = False) -> Cover:
    """Return balls that cover the surfaces of ``shapes``, none much larger than ``size`` where it lies.

    Args:
        sunk: the balls of closed meshes may be larger and lie inside, where they stick out less.

    Raises:
        ValueError: no shapes.
    """
    return _tree(np.concatenate([_cover_one(shape, size, sunk) for shape in shapes]))


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


def _cover_one(shape: Shape, size: Size, sunk: bool) -> Array:
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
            return _cover_triangles(mesh.vertices[mesh.faces], size, sunk=sunk and mesh.closed)


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


def _cover_triangles(corners: Array, size: Size, *, sunk: bool = False) -> Array:
    """Split triangles (n, 3, 3) until each is smaller than ``size``, then join neighbours in cells of that size."""
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
    corners = np.concatenate(done)
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
    radius = _radius(corners, owner, middle)
    return np.concatenate([middle, radius[:, None]], 1) if not sunk else _sunk(corners, owner, middle, radius)


def _radius(corners: Array, owner: NDArray[np.int64], middle: Array) -> Array:
    """Return how large (n,) balls round ``middle`` (n, 3) must be to contain the triangles that they own."""
    radius = np.zeros(len(middle))
    np.maximum.at(radius, owner, np.linalg.norm(corners - middle[owner][:, None], axis=2).max(1))
    return radius


def _sunk(corners: Array, owner: NDArray[np.int64], middle: Array, radius: Array) -> Array:
    """Return the balls moved inwards as long as their own patch stays what is nearest.

    A ball round a flat patch of radius r, lying h deep, sticks out by ``hypot(r, h) - h`` only.
    """
    normal = np.zeros_like(middle)
    np.add.at(normal, owner, np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    best, out = np.column_stack([middle, radius]), radius.copy()
    inside = np.ones(len(middle), np.bool_)
    for depth in _DEPTHS:
        centre = middle - depth * normal
        room = np.zeros(len(centre))
        room[inside] = [np.sqrt(((middle - point) ** 2).sum(1).min()) for point in centre[inside]]
        reach = _radius(corners, owner, centre)
        inside &= room > 0.9 * depth
        better = inside & (reach - room < out)
        best[better] = np.column_stack([centre, reach])[better]
        out[better] = (reach - room)[better]
    return best


def _tree(balls: Array) -> Cover:
    """Halve the balls along the longest side until each is alone; every second level is kept."""
    n = len(balls)
    order, first, level = np.arange(n), np.array([0]), 0
    nodes: list[Array] = []
    places: list[NDArray[np.int64]] = []  # (k, 3): where a node's balls begin, how deep it is, where they end
    while True:
        count = np.diff(np.append(first, n))
        here = balls[order]
        low = np.minimum.reduceat(here[:, :3] - here[:, 3:], first)
        high = np.maximum.reduceat(here[:, :3] + here[:, 3:], first)
        keep = (count == 1) | (level % _EVERY == 0)
        known = np.concatenate([p[p[:, 2] - p[:, 0] == 1, 0] for p in places]) if places else np.zeros(0, np.int64)
        keep &= ~np.isin(first, known)  # a ball that is alone stays so on deeper levels
        owner = np.repeat(np.arange(len(first)), count)
        centre = (low + high) / 2
        radius = np.maximum.reduceat(np.linalg.norm(here[:, :3] - centre[owner], axis=1) + here[:, 3], first)
        nodes.append(np.where((count == 1)[:, None], here[first], np.column_stack([centre, radius]))[keep])
        places.append(np.column_stack([first, np.full(len(first), level), first + count])[keep])
        if count.max() == 1:
            break
        side = np.argmax(high - low, axis=1)[owner]
        order = order[np.lexsort((order, here[np.arange(n), side], owner))]
        first = np.unique(np.concatenate([first, first + (count + 1) // 2]))
        first = first[first < n]
        level += 1
    place = np.concatenate(places)
    sort = np.lexsort((place[:, 1], place[:, 0]))
    skip = np.searchsorted(place[sort, 0], place[sort, 2])
    return Cover(nodes=frozen(np.concatenate(nodes)[sort]), skip=skip)
