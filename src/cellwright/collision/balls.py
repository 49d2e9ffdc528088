"""Balls that cover a body: what the fast search asks the distance field about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, pose
from ..shapes import Capsule, Cylinder, Shape, Sphere, triangles

Size = Callable[[Array], Array]
"""Points (n, 3) [m] in the body's frame -> how large (n,) a ball may be there [m]."""

_GROUP = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cover:
    """Balls whose union contains the surface of a body, in groups with a ball round each group.

    What touches the body crosses its surface first, so covering the surface is enough.

    Attributes:
        balls: (n, 4) centre and radius [m], sorted by group.
        groups: (g, 4) a ball round the balls of each group.
        first: (g + 1,) index of the first ball of each group.
        whole: (4,) a ball round everything.
    """

    balls: Array
    groups: Array
    first: NDArray[np.int64]
    whole: Array


def cover(shapes: tuple[Shape, ...], size: Size) -> Cover:
    """Return balls that cover the surfaces of ``shapes``, none much larger than ``size`` where it lies.

    Raises:
        ValueError: no shapes.
    """
    balls = np.concatenate([_cover_one(shape, size) for shape in shapes])
    order, first = _grouped(balls[:, :3])
    balls = balls[order]
    groups = np.array([_around(balls[a:b]) for a, b in pairwise(first)])
    return Cover(balls=frozen(balls), groups=frozen(groups), first=first, whole=frozen(_around(groups)))


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


def _cover_one(shape: Shape, size: Size) -> Array:
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
            return _cover_triangles(mesh.vertices[mesh.faces], size)


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
    radius = np.zeros(n)
    np.maximum.at(radius, owner, np.linalg.norm(corners - middle[owner][:, None], axis=2).max(1))
    return np.concatenate([middle, radius[:, None]], 1)


def _grouped(points: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Halve along the longest side until groups are small; return the order and the groups' first indices."""
    groups: list[NDArray[np.int64]] = []
    todo = [np.arange(len(points))]
    while todo:
        index = todo.pop()
        if len(index) <= _GROUP:
            groups.append(index)
            continue
        side = int(np.argmax(np.ptp(points[index], axis=0)))
        index = index[np.argsort(points[index, side], kind="stable")]
        todo += [index[: len(index) // 2], index[len(index) // 2 :]]
    first = np.cumsum([0, *[len(group) for group in groups]])
    return np.concatenate(groups), first


def _around(balls: Array) -> Array:
    low = (balls[:, :3] - balls[:, 3:]).min(0)
    high = (balls[:, :3] + balls[:, 3:]).max(0)
    centre = (low + high) / 2
    return np.array([*centre, (np.linalg.norm(balls[:, :3] - centre, axis=1) + balls[:, 3]).max()])
