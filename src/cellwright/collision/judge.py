"""The judge: exact distances along a motion, by an engine that the search does not use (FCL).

A pair of bodies is not measured again before one of them has moved far enough to matter: a body that moved by at
most ``m`` since its distance was ``d`` is still ``d - m`` away. No row of the motion is left out by this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array
from ..kinematics.chain import base_T_links
from ..shapes import Box, Mesh, Shape, bounds, triangles
from .fast import may_touch

_OWN_HORIZON = 0.002
_FINEST = 2e-4  # round faces may bulge outwards by this, or by 1 % of their radius [m]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near two bodies come.

    Attributes:
        bodies: their names.
        distance: smallest distance over the motion [m]; 0 when they touch.
        row: of the motion where that is.
        points: the two nearest points in the world there [m].
        at_work: one of them is the tool or the arm next to what is being worked on (part, fixture).
    """

    bodies: tuple[str, str]
    distance: float
    row: int
    points: tuple[tuple[float, float, float], tuple[float, float, float]]
    at_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the judge found.

    Attributes:
        nearest: one entry a pair of bodies that came within ``horizon``, nearest first.
        allowed: the pairs that were allowed to touch, with the reason.
        pairs: how many pairs were judged.
        rows: how many positions each pair was judged at (skipped ones are bounded, not left out).
        measured: how many exact distances that took.
    """

    nearest: tuple[Nearness, ...]
    allowed: tuple[tuple[str, str, str], ...]
    pairs: int
    rows: int
    measured: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Thing:
    """A rigid thing: engine object, where it is at every row (one row if it never moves), how far it has moved."""

    name: str
    kind: str
    engine: Any  # fcl.BVHModel: the engine has no types
    world_T_thing: Array
    travelled: Array

    @property
    def own(self) -> bool:
        """A link or a piece of the tool."""
        return self.kind in ("link", "tool")


def judge(
    cell: Cell, q: Array, *, horizon: float = 0.03, progress: Callable[[float], None] = lambda _: None
) -> Judgement:
    """Return how near the bodies of ``cell`` come to each other along ``q`` (n, dof).

    Args:
        q: joint positions, dense: between two rows no body moves further than the clearance that matters.
        horizon: pairs that stay further apart than this are not reported [m].
        progress: is told the share that is done.
    """
    moving, still = _moving(cell, q), _still(cell)
    allowed = may_touch(cell)
    pairs = [(a, b) for a in moving for b in still] + [
        (a, b) for i, a in enumerate(moving) for b in moving[i + 1 :] if not _same_frame(a, b)
    ]
    pairs = [(a, b) for a, b in pairs if (a.name, b.name) not in allowed and not _fixed(a, b)]
    nearest: list[Nearness] = []
    measured = 0
    for k, (a, b) in enumerate(pairs):
        # a robot's own bodies are near each other by design: only their contact is of interest
        found, count = _pair(a, b, len(q), _OWN_HORIZON if a.own and b.own else horizon)
        measured += count
        if found is not None:
            nearest.append(found)
        progress((k + 1) / len(pairs))
    nearest.sort(key=lambda near: (round(near.distance, 7), near.bodies))
    reasons = tuple(sorted({(a, b, why) for a, b, why in (*cell.allowed, *cell.robot.allowed)}))
    return Judgement(nearest=tuple(nearest), allowed=reasons, pairs=len(pairs), rows=len(q), measured=measured)


def _pair(a: _Thing, b: _Thing, rows: int, horizon: float) -> tuple[Nearness | None, int]:
    """Return the nearest approach of a pair if it is within ``horizon``, and how often it was measured."""
    travelled = a.travelled + b.travelled
    best, best_row, points = horizon, -1, (np.zeros(3), np.zeros(3))
    row = count = 0
    while row < rows:
        distance, here = _distance(a, b, row)
        count += 1
        if distance < best:
            best, best_row, points = distance, row, here
        if best <= 0.0:
            break
        # the next row at which the pair could be nearer than the nearest so far
        limit = travelled[row] + distance - best
        row = max(row + 1, int(np.searchsorted(travelled, limit, side="right")))
    if best_row < 0:
        return None, count
    at_work = a.name.startswith("tool.") and b.kind in ("part", "fixture")
    return (
        Nearness(
            bodies=(a.name, b.name),
            distance=max(0.0, best),
            row=best_row,
            points=(_triple(points[0]), _triple(points[1])),
            at_work=at_work,
        ),
        count,
    )


def _triple(point: Array) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])


def _distance(a: _Thing, b: _Thing, row: int) -> tuple[float, tuple[Array, Array]]:
    import fcl

    objects: list[Any] = []
    for thing in (a, b):
        world_T_thing = thing.world_T_thing[min(row, len(thing.world_T_thing) - 1)]
        where = fcl.Transform(world_T_thing[:3, :3], world_T_thing[:3, 3])
        objects.append(fcl.CollisionObject(thing.engine, where))
    request, result = fcl.DistanceRequest(enable_nearest_points=True), fcl.DistanceResult()
    distance = float(fcl.distance(objects[0], objects[1], request, result))
    first, second = cast("tuple[Array, Array]", result.nearest_points)  # in the world already
    return distance, (np.asarray(first), np.asarray(second))


def _moving(cell: Cell, q: Array) -> list[_Thing]:
    robot = cell.robot
    world_T_links = cell.world_T_base @ base_T_links(robot.chain, q)
    world_T_flange = world_T_links[:, -1] @ robot.chain.last_T_flange
    things: list[_Thing] = []
    for i, link in enumerate(robot.geometry):
        if link.shapes:
            frames = world_T_links[:, i] if i > 0 else world_T_links[:1, 0]
            things.append(_thing(link.link, "link", link.shapes, frames, len(q)))
    return [
        *things,
        *(_thing(f"tool.{body.name}", "tool", body.shapes, world_T_flange, len(q)) for body in cell.tool.bodies),
    ]


def _still(cell: Cell) -> list[_Thing]:
    return [_thing(body.name, body.kind, body.shapes, body.world_T_body[None], 1) for body in cell.bodies]


def _thing(name: str, kind: str, shapes: Iterable[Shape], frames: Array, rows: int) -> _Thing:
    shapes = tuple(shapes)
    boxes = np.array([bounds(shape) for shape in shapes])
    low, high = boxes[:, 0].min(0), boxes[:, 1].max(0)
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    if len(frames) == 1:
        travelled = np.zeros(rows)
    else:
        places = np.einsum("nij,kj->nki", frames[:, :3, :3], corners) + frames[:, None, :3, 3]
        step = np.linalg.norm(np.diff(places, axis=0), axis=2).max(1)
        travelled = np.concatenate([[0.0], np.cumsum(step)])
    return _Thing(name=name, kind=kind, engine=_engine(shapes), world_T_thing=frames, travelled=travelled)


def _engine(shapes: tuple[Shape, ...]) -> Any:
    import fcl

    meshes = [triangles(shape, tolerance=max(_FINEST, 0.01 * _radius(shape))) for shape in shapes]
    vertices, faces = _together(meshes)
    model = fcl.BVHModel()
    model.beginModel(len(vertices), len(faces))
    model.addSubModel(vertices, faces)
    model.endModel()
    return model


def _radius(shape: Shape) -> float:
    return 0.0 if isinstance(shape, Box | Mesh) else shape.radius


def _together(meshes: list[Mesh]) -> tuple[Array, NDArray[np.int32]]:
    offsets = np.cumsum([0, *[len(mesh.vertices) for mesh in meshes]])
    faces = [mesh.faces + np.int32(offset) for mesh, offset in zip(meshes, offsets[:-1], strict=True)]
    return np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces)


def _same_frame(a: _Thing, b: _Thing) -> bool:
    return a.kind == b.kind == "tool"


def _fixed(a: _Thing, b: _Thing) -> bool:
    return len(a.world_T_thing) == 1 and len(b.world_T_thing) == 1


def nearest_to_tool(cell: Cell, world_T_flange: Array, body: str) -> tuple[str, float]:
    """Return the standing body nearest to one piece of the tool at a pose of the flange (4, 4), and its distance [m].

    Args:
        body: name of the piece, ``tool.<name>``.
    """
    piece = next(b for b in cell.tool.bodies if f"tool.{b.name}" == body)
    thing = _thing(body, "tool", piece.shapes, world_T_flange[None], 1)
    allowed = may_touch(cell)
    found = [(_distance(thing, o, 0)[0], o.name) for o in _still(cell) if (body, o.name) not in allowed]
    distance, name = min(found)
    return name, max(0.0, distance)


def contained(cell: Cell, q: Array) -> tuple[tuple[str, str], ...]:
    """Return the pairs (moving body, closed body that stands still) of which the first starts inside the second.

    Surfaces that do not cross have a distance; this tells a distance outside from one inside. ``q`` is (dof,).
    """
    allowed = may_touch(cell)
    found: list[tuple[str, str]] = []
    for a in _moving_points(cell, q):
        for body in cell.bodies:
            if (a[0], body.name) in allowed:
                continue
            for shape in body.shapes:
                mesh = triangles(shape)
                vertices = mesh.vertices @ body.world_T_body[:3, :3].T + body.world_T_body[:3, 3]
                if mesh.closed and abs(_winding(vertices[mesh.faces], a[1])) > 0.5:
                    found.append((a[0], body.name))
    return tuple(found)


def _moving_points(cell: Cell, q: Array) -> list[tuple[str, Array]]:
    return [
        (thing.name, thing.world_T_thing[0][:3, :3] @ _first_vertex(cell, thing.name) + thing.world_T_thing[0][:3, 3])
        for thing in _moving(cell, q[None])
    ]


def _first_vertex(cell: Cell, name: str) -> Array:
    for link in cell.robot.geometry:
        if link.link == name:
            return triangles(link.capsules[0] if link.capsules else link.mesh).vertices[0]  # pyright: ignore[reportArgumentType]
    body = next(body for body in cell.tool.bodies if f"tool.{body.name}" == name)
    return triangles(body.shapes[0]).vertices[0]


def _winding(corners: Array, point: Array) -> float:
    """Return how often closed triangles (n, 3, 3) go round a point (van Oosterom and Strackee 1983)."""
    a, b, c = (corners[:, k] - point for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    top = np.einsum("ni,ni->n", a, np.cross(b, c))
    bottom = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return float(np.arctan2(top, bottom).sum() / (2 * np.pi))


def overlapping(cell: Cell, q: Array) -> tuple[tuple[str, str, str], ...]:
    """Return the pairs of the robot's own bodies that touch at every one of ``q`` (n, dof), each with the reason.

    Such a pair says nothing: two links that are drawn into each other wherever the arm is.
    """
    moving = _moving(cell, q)
    allowed = may_touch(cell)
    return tuple(
        (a.name, b.name, f"they overlap in all of {len(q)} random positions")
        for i, a in enumerate(moving)
        for b in moving[i + 1 :]
        if (a.name, b.name) not in allowed
        and not _same_frame(a, b)
        and all(_distance(a, b, row)[0] <= 0.0 for row in range(len(q)))
    )
