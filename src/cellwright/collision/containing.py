"""What lies inside a closed body without touching it: there surfaces have a distance that means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell, world_T_carried
from ..geometry import Array
from ..kinematics.chain import base_T_links
from ..shapes import Box, Capsule, Cylinder, Mesh, Shape, Sphere, bounds, moved
from .exact import carriers
from .fast import may_touch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Placed:
    """A rigid thing with its shapes in the world, and one point (k, 3) of each connected piece of its surface."""

    name: str
    frame: int
    shapes: tuple[Shape, ...]
    points: Array


def contained(cell: Cell, q: Array) -> tuple[tuple[str, str], ...]:
    """Return the pairs (inner, outer) of which a piece of the first lies inside a closed shape of the second.

    At least one of the two moves; pairs that may touch are not asked. Bodies whose surfaces never cross along a motion
    stay inside or outside each other, so it is enough to ask where the motion starts. ``q`` is (dof,).
    """
    allowed = may_touch(cell)
    pairs = [
        pair
        for pair in combinations(_placed(cell, q), 2)
        if (pair[0].name, pair[1].name) not in allowed
        and pair[0].frame != pair[1].frame
        and max(pair[0].frame, pair[1].frame) > 0
    ]
    both = [order for a, b in pairs for order in ((a, b), (b, a))]
    return tuple((a.name, b.name) for a, b in both if any(bool(_inside(s, a.points).any()) for s in b.shapes))


def _placed(cell: Cell, q: Array) -> list[_Placed]:
    robot = cell.robot
    world_T_link = cell.world_T_base @ base_T_links(robot.chain, q[: robot.dof])
    carried, carrier = world_T_carried(cell, q[None]), carriers(cell)
    world_T_flange = world_T_link[-1] @ robot.chain.last_T_flange
    found = [
        *((link.link, i, link.shapes, world_T_link[i]) for i, link in enumerate(robot.geometry) if link.shapes),
        *((f"tool.{body.name}", robot.dof + 1, body.shapes, world_T_flange) for body in cell.tool.bodies),
        *(
            (body.name, carrier[body.name], body.shapes, carried[body.name][0])
            if body.name in carried
            else (body.name, -1, body.shapes, body.world_T_body)
            for body in cell.bodies
        ),
    ]
    placed: list[_Placed] = []
    for name, frame, shapes, world_T_thing in found:
        there = tuple(moved(shape, world_T_thing) for shape in shapes)
        placed.append(_Placed(name=name, frame=frame, shapes=there, points=np.concatenate([*map(_pieces, there)])))
    return placed


def _pieces(shape: Shape) -> Array:
    """Return one point (k, 3) of each connected piece of the surface."""
    match shape:
        case Sphere(radius=radius, centre=centre):
            return centre[None] + (radius, 0.0, 0.0)
        case Capsule(start=start, end=end, radius=radius):
            aside = np.asarray(np.cross(end - start, np.eye(3)[np.argmin(np.abs(end - start))]), np.float64)
            length = float(np.linalg.norm(aside))
            return start[None] + radius * np.asarray(aside / length if length > 0.0 else np.eye(3)[0], np.float64)
        case Box(size=size, body_T_box=place):
            return (place[:3, 3] + place[:3, :3] @ np.asarray(size) / 2)[None]
        case Cylinder(radius=radius, body_T_cylinder=place):
            return (place[:3, 3] + place[:3, 0] * radius)[None]
        case Mesh(vertices=vertices, faces=faces):
            points, same = np.unique(vertices, axis=0, return_inverse=True)
            joined = same.ravel()[faces]
            label = np.arange(len(points))
            while True:
                least = label.copy()
                np.minimum.at(least, joined.ravel(), np.repeat(label[joined].min(1), 3))
                least = least[least]
                if np.array_equal(least, label):
                    return points[np.unique(label[joined])]
                label = least


def _inside(shape: Shape, points: Array) -> NDArray[np.bool_]:
    """Return which points (n, 3) lie inside a closed shape; none lie inside an open one."""
    low, high = bounds(shape)
    near = ((points > low) & (points < high)).all(1)
    if not near.any():
        return near
    match shape:
        case Sphere(radius=radius, centre=centre):
            return np.asarray(np.linalg.norm(points - centre, axis=1) < radius)
        case Capsule(start=start, end=end, radius=radius):
            along = end - start
            share = np.clip((points - start) @ along / max(float(along @ along), 1e-300), 0.0, 1.0)
            return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1) < radius)
        case Box(size=size, body_T_box=place):
            return np.asarray((np.abs((points - place[:3, 3]) @ place[:3, :3]) < np.asarray(size) / 2).all(1))
        case Cylinder(radius=radius, length=length, body_T_cylinder=place):
            local = (points - place[:3, 3]) @ place[:3, :3]
            return (np.hypot(local[:, 0], local[:, 1]) < radius) & (np.abs(local[:, 2]) < length / 2)
        case Mesh(vertices=vertices, faces=faces, closed=closed):
            corners = vertices[faces]
            near[near] = [closed and abs(_winding(corners, point)) > 0.5 for point in points[near]]
            return near


def _winding(corners: Array, point: Array) -> float:
    """Return how often closed triangles (n, 3, 3) go round a point (van Oosterom and Strackee 1983)."""
    a, b, c = (corners[:, k] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    top = np.einsum("ni,ni->n", a, np.cross(b, c))
    bottom = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return float(np.arctan2(top, bottom).sum() / (2 * np.pi))
