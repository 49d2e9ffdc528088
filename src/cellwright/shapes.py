"""Shapes of bodies: primitives and triangle meshes, all in the body's own frame, in metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .geometry import Array, frozen, pose


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A box centred on its frame; ``size`` (3,) are the full edge lengths [m]."""

    size: Array
    body_T_box: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cylinder:
    """A flat-ended cylinder along z, centred on its frame; lengths in m."""

    radius: float
    length: float
    body_T_cylinder: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sphere:
    """A ball round ``centre`` (3,) [m]."""

    radius: float
    centre: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capsule:
    """All points within ``radius`` of the segment from ``start`` (3,) to ``end`` (3,) [m]."""

    start: Array
    end: Array
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Triangles; ``closed`` tells that they bound a volume with normals outwards.

    Attributes:
        vertices: (n, 3) [m].
        faces: (m, 3) vertex indices, counter-clockwise seen from outside.
        closed: watertight and consistently turned.
    """

    vertices: Array
    faces: NDArray[np.int32]
    closed: bool


Shape = Box | Cylinder | Sphere | Capsule | Mesh


def moved(shape: Shape, a_T_body: Array) -> Shape:
    """Return the same shape given in frame a instead of the body's frame."""
    match shape:
        case Box(size=size, body_T_box=body_T_box):
            return Box(size=size, body_T_box=frozen(a_T_body @ body_T_box))
        case Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder):
            return Cylinder(radius=radius, length=length, body_T_cylinder=frozen(a_T_body @ body_T_cylinder))
        case Sphere(radius=radius, centre=centre):
            return Sphere(radius=radius, centre=frozen(_points(a_T_body, centre)))
        case Capsule(start=start, end=end, radius=radius):
            return Capsule(start=frozen(_points(a_T_body, start)), end=frozen(_points(a_T_body, end)), radius=radius)
        case Mesh(vertices=vertices, faces=faces, closed=closed):
            return Mesh(vertices=frozen(_points(a_T_body, vertices)), faces=faces, closed=closed)


def triangles(shape: Shape, *, tolerance: float = 2e-4) -> Mesh:
    """Return the shape as triangles that contain it: round faces bulge outwards by at most ``tolerance`` [m]."""
    match shape:
        case Mesh():
            return shape
        case Box(size=size, body_T_box=body_T_box):
            return _box(size, body_T_box)
        case Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder):
            profile = np.array([[0.0, -length / 2], [radius, -length / 2], [radius, length / 2], [0.0, length / 2]])
            return _lathe(profile, body_T_cylinder, _sides(radius, tolerance))
        case Sphere(radius=radius, centre=centre):
            return _lathe(_round(radius, 0.0, tolerance / 2), pose(centre), _sides(radius, tolerance / 2))
        case Capsule(start=start, end=end, radius=radius):
            along = end - start
            length = float(np.linalg.norm(along))
            body_T_axis = pose((start + end) / 2, _turn_z_to(along / length if length > 0 else np.array([0.0, 0, 1])))
            return _lathe(_round(radius, length, tolerance / 2), body_T_axis, _sides(radius, tolerance / 2))


def bounds(shape: Shape) -> Array:
    """Return the axis-aligned box (2, 3) round the shape in the body's frame [m]."""
    match shape:
        case Mesh(vertices=points):
            return np.stack([points.min(0), points.max(0)])
        case Sphere(radius=radius, centre=centre):
            return np.stack([centre - radius, centre + radius])
        case Capsule(start=start, end=end, radius=radius):
            return np.stack([np.minimum(start, end) - radius, np.maximum(start, end) + radius])
        case Box(size=size, body_T_box=body_T_box):
            half = np.abs(body_T_box[:3, :3]) @ (np.asarray(size) / 2)
            return np.stack([body_T_box[:3, 3] - half, body_T_box[:3, 3] + half])
        case Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder):
            z = body_T_cylinder[:3, 2]
            half = radius * np.sqrt(np.maximum(0.0, 1.0 - z * z)) + length / 2 * np.abs(z)
            return np.stack([body_T_cylinder[:3, 3] - half, body_T_cylinder[:3, 3] + half])


def _points(a_T_b: Array, b_points: Array) -> Array:
    return b_points @ a_T_b[:3, :3].T + a_T_b[:3, 3]


def _sides(radius: float, tolerance: float) -> int:
    # sides touch the circle from outside: corners stand off by r (1 / cos(pi / n) - 1)
    return max(12, int(np.ceil(np.pi / np.arccos(radius / (radius + tolerance)))))


def _round(radius: float, length: float, tolerance: float) -> Array:
    n = max(4, _sides(radius, tolerance) // 2)
    angle = np.linspace(-np.pi / 2, np.pi / 2, n + 1)
    outer = radius / np.cos(np.pi / n / 2)
    r, z = outer * np.cos(angle), outer * np.sin(angle)
    z = z + np.where(angle > 0, length / 2, -length / 2)
    if n % 2 == 0 and length > 0:
        r, z = np.insert(r, n // 2, outer), np.insert(z, n // 2, length / 2)[: n + 2]
        z[n // 2], z[n // 2 + 1] = -length / 2, length / 2
    r[0] = r[-1] = 0.0
    return np.stack([r, z], -1)


def _box(size: Array, body_T_box: Array) -> Mesh:
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Mesh(vertices=frozen(_points(body_T_box, corners)), faces=_indices(faces), closed=True)


def _lathe(profile: Array, body_T_axis: Array, sides: int) -> Mesh:
    """Turn a profile (k, 2) of (radius, z), from the lower pole to the upper one, about z."""
    angle = 2 * np.pi * np.arange(sides) / sides
    widen = 1.0 / np.cos(np.pi / sides)
    rings = profile[1:-1]
    ring = np.stack([np.cos(angle), np.sin(angle)], -1) * widen
    points = [np.concatenate([r * ring, np.full((sides, 1), z)], 1) for r, z in rings]
    poles = np.array([[0.0, 0.0, profile[0, 1]], [0.0, 0.0, profile[-1, 1]]])
    vertices = np.concatenate([poles, *points])
    faces: list[tuple[int, int, int]] = []
    for k in range(sides):
        j = (k + 1) % sides
        faces.append((0, 2 + j, 2 + k))
        top = 2 + (len(rings) - 1) * sides
        faces.append((1, top + k, top + j))
        for i in range(len(rings) - 1):
            a, b = 2 + i * sides, 2 + (i + 1) * sides
            faces += [(a + k, a + j, b + j), (a + k, b + j, b + k)]
    return Mesh(vertices=frozen(_points(body_T_axis, vertices)), faces=_indices(faces), closed=True)


def _indices(faces: list[tuple[int, int, int]]) -> NDArray[np.int32]:
    array = np.array(faces, dtype=np.int32)
    array.setflags(write=False)
    return array


def _turn_z_to(direction: Array) -> Array:
    hint = np.array([1.0, 0, 0]) if abs(direction[0]) < 0.9 else np.array([0.0, 1, 0])
    x = hint - (hint @ direction) * direction
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(direction, x), direction], -1)


__all__ = ["Box", "Capsule", "Cylinder", "Mesh", "Shape", "Sphere", "bounds", "moved", "triangles"]
