"""A scene as a value: what is drawn where, and how it moves; no engine in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ..geometry import Array
from ..shapes import Mesh, Shape, triangles

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """A frame that things hang on.

    Attributes:
        name: ``robot/base_link/link_1``; the part before the last slash is the parent, which is the world if empty.
        parent_T_node: (4, 4), or (n, 4, 4) at the times of the scene.
    """

    name: str
    parent_T_node: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """A mesh in the frame of a node; ``faceted`` shows its triangles as flat faces."""

    name: str
    mesh: Mesh
    colour: Colour
    opacity: float | None = None
    faceted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """Straight pieces (n, 2, 3) [m] in the frame of a node, ``width`` in pixels; ``colours`` (n, 3) from 0 to 255."""

    name: str
    pieces: Array
    colours: Array
    width: float
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Label:
    """Text that faces the reader at ``position`` (3,) [m]; ``size`` 1 is that of the page's text."""

    name: str
    text: str
    position: Array
    size: float = 0.8
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What a reader sees.

    Attributes:
        nodes: parents before children.
        t: (n,) [s] the times of moving nodes; (1,) for a still.
        centre: (3,) [m] what the reader looks at; ``eye`` (3,) [m] from where, at an opening of ``OPENING``.
        floor: height [m] of the ground to draw; None for none.
        ground: (2,) [m] extent of the ground round the centre.
    """

    nodes: tuple[Node, ...] = ()
    solids: tuple[Solid, ...] = ()
    lines: tuple[Lines, ...] = ()
    labels: tuple[Label, ...] = ()
    t: Array = field(default_factory=lambda: np.zeros(1))
    centre: Array
    eye: Array
    floor: float | None = None
    ground: float = 0.0


OPENING = np.radians(40.0)
"""Vertical opening of the camera [rad]."""


def solids(
    name: str, shapes: Iterable[Shape], colour: Colour, *, opacity: float | None = None, tolerance: float = 1e-3
) -> list[Solid]:
    """Return shapes as solids below one node, round ones as triangles that stand off by at most ``tolerance`` [m]."""
    return [
        Solid(
            name=f"{name}/shape {i}",
            mesh=triangles(shape, tolerance=tolerance),
            colour=colour,
            opacity=opacity,
            faceted=True,
        )
        for i, shape in enumerate(shapes, 1)
    ]


def chain_of(points: Array) -> Array:
    """Return the pieces (n - 1, 2, 3) of a polyline (n, 3)."""
    return np.stack([points[:-1], points[1:]], 1)


def bead(name: str, points: Array, radius: float, colour: Colour) -> Solid:
    """Return a polyline (n, 3) as a round bead [m]: a line in a corner would hide behind the corner's own faces."""
    sides = 8
    steps = np.diff(points, axis=0)
    along = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    along = along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-12)
    across = np.eye(3)[int(np.abs(along[0]).argmin())]
    angle = 2 * np.pi * np.arange(sides) / sides
    rings: list[Array] = []
    for point, direction in zip(points, along, strict=True):
        across = across - (across @ direction) * direction  # carried along, so that the rings do not twist
        across = across / np.linalg.norm(across)
        spoke = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * np.cross(direction, across)
        rings.append(point + radius * spoke)
    k, j = np.arange(sides), (np.arange(sides) + 1) % sides
    quads = [
        np.stack([i + k, i + j, i + j + sides, i + k + sides], -1) for i in range(0, sides * (len(points) - 1), sides)
    ]
    around = np.concatenate(quads)
    faces = np.concatenate([around[:, [0, 1, 2]], around[:, [0, 2, 3]]]).astype(np.int32)
    mesh = Mesh(vertices=np.concatenate(rings), faces=faces, closed=False)
    return Solid(name=name, mesh=mesh, colour=colour, faceted=False)


def bead_radius(centre: Array, eye: Array) -> float:
    """Return how thick a bead has to be to be seen from the eye [m]."""
    return float(np.clip(0.0014 * np.linalg.norm(eye - centre), 5e-4, 5e-3))


def camera(points: Array, direction: ArrayLike, *, aspect: float = 1.6) -> tuple[Array, Array]:
    """Return centre and eye (3,) [m] from which all points are seen, as near as can be.

    Args:
        points: (n, 3) [m].
        direction: (3,) from what is looked at to the eye, not vertical.
        aspect: width of the picture by its height.
    """
    back = np.asarray(direction, dtype=np.float64)
    back = back / np.linalg.norm(back)
    right = np.cross([0.0, 0.0, 1.0], back)
    right = right / np.linalg.norm(right)
    up = np.cross(back, right)
    x, y, z = points @ right, points @ up, points @ back
    tall = float(np.tan(OPENING / 2)) * 0.92
    wide = tall * aspect
    # the four sides of the picture bound the eye: |x - ex| <= wide (ez - z) and the same upwards
    ez = max(_nearest(x, z, wide), _nearest(y, z, tall))
    ex = float((x + wide * z).max() + (x - wide * z).min()) / 2
    ey = float((y + tall * z).max() + (y - tall * z).min()) / 2
    eye = ex * right + ey * up + max(ez, float(z.max()) + 0.05) * back
    return eye - back * float(eye @ back - (z.min() + z.max()) / 2), eye


def _nearest(x: Array, z: Array, slope: float) -> float:
    return float((x + slope * z).max() - (x - slope * z).min()) / (2 * slope)
