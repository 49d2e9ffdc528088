"""Where a point lies against a face, and how the face is turned there: exact for planes, cylinders and cones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from .model import Face, Part

_FIT = 1e-6  # [m] a free-form face whose points fit a cylinder this well is one (many exporters write splines only)
_BATCH = 128  # points compared with all triangles at once: bounds the memory
_EDGE = 2e-6  # [m] a point this far outside a face's border still counts as on it: CAD files round


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """A face made ready for questions.

    Attributes:
        kind: ``plane``, ``round`` (cylinder or cone: the normal turns with the point about the axis) or ``free``.
        origin, axis: of a round one (3,); axis is a unit vector.
        lean: (radial, axial) parts of the outward normal of a round one; radial < 0 is a hole.
        radius: of a cylinder [m]; 0 otherwise.
        triangles: (m, 3, 3) [m] corners.
        sides: (m, 3, 3) [m] in the triangle's plane, square to each side, inwards, as long as the side.
        normals: (m, 3) of the triangles, outwards.
        low, high: (m, 3) corners of the triangles' boxes [m].
        box: (2, 3) round the whole face [m].
        chord: how far the triangles may lie from the true face and its border [m].
    """

    kind: str
    point: Array
    normal: Array
    origin: Array
    axis: Array
    lean: tuple[float, float]
    radius: float
    triangles: Array
    sides: Array
    normals: Array
    low: Array
    high: Array
    box: Array
    chord: float

    @property
    def hole(self) -> bool:
        """A cylinder with the material outside."""
        return self.radius > 0 and self.lean[0] < 0

    @property
    def shaft(self) -> bool:
        """A cylinder with the material inside."""
        return self.radius > 0 and self.lean[0] > 0


def surfaces(part: Part) -> tuple[Surface, ...]:
    """Return all faces of the part in order, splines that are cylinders recognised as such."""
    straight = {i for i, face in enumerate(part.faces) if face.kind == "plane"}
    for edge in part.edges:
        if edge.kind != "line":
            straight -= set(edge.faces)
    return tuple(_surface(face, 0.0 if i in straight else part.tolerance) for i, face in enumerate(part.faces))


def on_face(surface: Surface, points: Array, gap: float, *, border: float = _EDGE) -> NDArray[np.bool_]:
    """Return which points (n, 3) lie on the face: at most ``gap`` off its surface, ``border`` outside its rim [m]."""
    foot = points
    if surface.kind == "plane":
        height = (points - surface.point) @ surface.normal
        foot = points - height[:, None] * surface.normal
    elif surface.radius > 0:
        radial = _radial(surface, points)
        height = np.linalg.norm(radial, axis=1) - surface.radius
        foot = points - radial * (height / np.maximum(height + surface.radius, 1e-12))[:, None]
    else:
        height = np.zeros(len(points))
        border = max(border, gap)
    inside = np.abs(height) <= gap
    if inside.any():
        reach = border + 1.5 * surface.chord
        inside[inside] = _within(surface, foot[inside], reach)
    return inside


def distance(surface: Surface, points: Array) -> tuple[Array, Array]:
    """Return the distance (n,) [m] of points (n, 3) from the face's triangles, and the normal (n, 3) of the nearest."""
    every = np.arange(len(surface.triangles))
    far = np.empty(len(points))
    nearest = np.empty(len(points), dtype=np.intp)
    for start in range(0, len(points), _BATCH):
        rows = _to_triangles(points[start : start + _BATCH], surface, every)
        nearest[start : start + _BATCH] = rows.argmin(1)
        far[start : start + _BATCH] = rows.min(1)
    return far, surface.normals[nearest]


def normals(surface: Surface, points: Array) -> Array:
    """Return the outward unit normals (n, 3) of the face at points (n, 3) on it."""
    if surface.kind == "plane":
        return np.tile(surface.normal, (len(points), 1))
    if surface.kind == "round":
        radial = _radial(surface, points)
        radial /= np.maximum(np.linalg.norm(radial, axis=1, keepdims=True), 1e-12)
        return surface.lean[0] * radial + surface.lean[1] * surface.axis
    return distance(surface, points)[1]


def _within(surface: Surface, points: Array, reach: float) -> NDArray[np.bool_]:
    """Return which points (n, 3) have a triangle within ``reach`` [m]."""
    close = np.zeros(len(points), dtype=bool)
    for start in range(0, len(points), _BATCH):
        batch = points[start : start + _BATCH]
        low, high = batch.min(0) - reach, batch.max(0) + reach
        near = np.flatnonzero(((surface.low <= high) & (surface.high >= low)).all(1))
        if len(near):
            close[start : start + _BATCH] = _to_triangles(batch, surface, near).min(1) <= reach
    return close


def _radial(surface: Surface, points: Array) -> Array:
    offset = points - surface.origin
    return offset - (offset @ surface.axis)[:, None] * surface.axis


def _surface(face: Face, chord: float) -> Surface:
    corners = face.mesh.vertices[face.mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1, keepdims=True)
    keep = size[:, 0] > 0
    corners, turned = corners[keep], cross[keep] / size[keep]
    kind, origin, axis, radius = "free", np.zeros(3), np.array([0.0, 0.0, 1.0]), 0.0
    if face.kind == "plane":
        kind = "plane"
    elif face.kind in ("cylinder", "cone") and face.axis is not None and face.origin is not None:
        kind, origin, axis = "round", face.origin, face.axis
        radius = face.radius or 0.0 if face.kind == "cylinder" else 0.0
    elif face.kind == "free":
        found = _cylinder(corners.reshape(-1, 3), turned, chord)
        if found is not None:
            kind, (origin, axis, radius) = "round", found
    lean = (1.0, 0.0)
    if kind == "round":
        offset = face.point - origin
        radial = offset - (offset @ axis) * axis
        radial = radial / max(float(np.linalg.norm(radial)), 1e-12)
        along = float(face.normal @ axis) if radius == 0 else 0.0
        lean = (float(np.copysign(np.sqrt(max(0.0, 1 - along * along)), face.normal @ radial)), along)
    box = np.stack([corners.min((0, 1)), corners.max((0, 1))])
    sides = np.cross(turned[:, None], np.roll(corners, -1, axis=1) - corners)
    return Surface(
        kind=kind, point=face.point, normal=face.normal, origin=origin, axis=axis, lean=lean, radius=radius,
        triangles=corners, sides=sides, normals=turned, low=corners.min(1), high=corners.max(1),
        box=box, chord=chord,
    )  # fmt: skip


def _cylinder(points: Array, turned: Array, chord: float) -> tuple[Array, Array, float] | None:
    """Return (origin, axis, radius) of the cylinder through the points, or None where there is none.

    The axis is the direction to which all normals are most nearly square; the circle is fitted by least squares.
    """
    axis = np.linalg.svd(turned)[2][2]
    if np.abs(turned @ axis).max() > 0.02:
        return None
    x, y = np.linalg.svd(axis[None])[2][1:]
    middle = points.mean(0)
    flat = (points - middle) @ np.stack([x, y], 1)
    rows = np.concatenate([2 * flat, np.ones((len(flat), 1))], 1)
    (u, v, w), _, rank, _ = np.linalg.lstsq(rows, (flat**2).sum(1), rcond=1e-9)
    if rank < 3:
        return None
    radius = float(np.sqrt(w + u * u + v * v))
    miss = np.abs(np.hypot(flat[:, 0] - u, flat[:, 1] - v) - radius).max()
    return (middle + u * x + v * y, axis, radius) if miss <= _FIT and radius > chord else None


def _to_triangles(points: Array, surface: Surface, which: NDArray[np.intp]) -> Array:
    """Return the distances (n, m) of points (n, 3) from some triangles: inside by height, else the nearest side."""
    corners, sides = surface.triangles[which], surface.sides[which]
    offset = points[:, None, None] - corners  # (n, m, side, 3)
    along = np.roll(corners, -1, axis=1) - corners
    share = np.einsum("nmkj,mkj->nmk", offset, along) / np.einsum("mkj,mkj->mk", along, along)
    gap = offset - np.clip(share, 0.0, 1.0)[..., None] * along
    outside = np.sqrt(np.einsum("nmkj,nmkj->nmk", gap, gap).min(-1))
    inside = (np.einsum("nmkj,mkj->nmk", offset, sides) >= 0).all(-1)
    height = np.abs(np.einsum("nmj,mj->nm", offset[:, :, 0], surface.normals[which]))
    return np.where(inside, height, outside)
