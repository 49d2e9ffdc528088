"""Rigid things in the exact engine (FCL), and cheap bounds that tell where along a motion it need not be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from ..cell import Body, Cell, Kind, link_of, world_T_carried
from ..geometry import Array, inv
from ..kinematics.chain import base_T_links
from ..shapes import Box, Mesh, Shape, moved, triangles

_FINEST = 2e-4  # round faces may bulge outwards by this, or by 1 % of their radius [m]
_SLABS = 4  # a thing's ball bound is taken slab by slab along its longest side
_TURN = 0.15  # corners that are foremost in no direction within this of the one asked are bounded, not looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """A rigid thing of the cell.

    Attributes:
        engine: the engine's object; its place is set before every measurement.
        mesh: the triangles that the engine has, in the thing's frame [m].
        frame: what carries it: a link's index, the number of the robot's joints + 1 for the flange, more for a joint of
            a mechanism, -1 for the world.
        world_T_thing: (n, 4, 4) at every row, or (1, 4, 4) if it never moves.
        box: (2, 3) round it, in its frame.
        balls: (1 + k, 4) one that contains it, then smaller ones that do together, in its frame.
        middle: (n, 3) or (1, 3): the centre of the first ball at every row, in the world.
    """

    name: str
    kind: Kind | Literal["link", "tool"]
    engine: Any  # fcl.CollisionObject: the engine has no types
    mesh: Mesh
    frame: int
    world_T_thing: Array
    box: Array
    balls: Array
    middle: Array

    @property
    def own(self) -> bool:
        """A link or a piece of the tool."""
        return self.kind in ("link", "tool")

    @property
    def corners(self) -> Array:
        """(8, 3) of the box: no point of the thing moves further than the one of them that moves furthest."""
        return self.box[np.indices((2, 2, 2)).reshape(3, 8).T, np.arange(3)]


def moving(cell: Cell, q: Array) -> list[Thing]:
    """Return links and pieces of the tool along ``q`` (n, dof)."""
    robot = cell.robot
    world_T_links = cell.world_T_base @ base_T_links(robot.chain, q[:, : robot.dof])
    world_T_flange = world_T_links[:, -1] @ robot.chain.last_T_flange
    links = [
        _thing(link.link, "link", link.shapes, i, world_T_links[:, i] if i > 0 else world_T_links[:1, 0])
        for i, link in enumerate(robot.geometry)
        if link.shapes
    ]
    tool = [
        _thing(f"tool.{body.name}", "tool", body.shapes, robot.dof + 1, world_T_flange) for body in cell.tool.bodies
    ]
    return links + tool


def carried(cell: Cell, q: Array) -> list[Thing]:
    """Return what the cell's mechanisms and links carry along ``q`` (n, dof)."""
    at, frame = world_T_carried(cell, q), carriers(cell)
    return [_thing(b.name, b.kind, b.shapes, frame[b.name], at[b.name]) for b in cell.bodies if b.name in at]


def carriers(cell: Cell) -> dict[str, int]:
    """Return the number of what carries each body that moves, as ``Thing.frame`` counts them."""
    frame = {body.name: link for body in cell.bodies if (link := link_of(cell, body.name))}
    first = cell.robot.dof + 2
    for mechanism in cell.mechanisms:
        frame |= {name: first + joint for name, joint in mechanism.carries}
        first += mechanism.chain.dof
    return frame


def standing(bodies: Iterable[Body]) -> list[Thing]:
    """Return the bodies as they stand where nothing moves them."""
    return [
        _thing(body.name, body.kind, [moved(s, body.world_T_body) for s in body.shapes], -1, np.eye(4)[None])
        for body in bodies
    ]


def tool_piece(cell: Cell, world_T_flange: Array, name: str) -> Thing:
    """Return the piece ``tool.<name>`` of the tool at a pose of the flange (4, 4)."""
    piece = next(body for body in cell.tool.bodies if f"tool.{body.name}" == name)
    return _thing(name, "tool", piece.shapes, cell.robot.dof + 1, world_T_flange[None])


def between(a: Thing, b: Thing, rows: NDArray[np.int64]) -> Array:
    """Return ``b_T_a`` (m, 4, 4) at some rows."""
    world_T_a = a.world_T_thing[rows if len(a.world_T_thing) > 1 else np.zeros_like(rows)]
    if b.frame < 0:
        return world_T_a
    return inv(b.world_T_thing[rows if len(b.world_T_thing) > 1 else np.zeros_like(rows)]) @ world_T_a


def distance(a: Thing, b: Thing, b_T_a: Array) -> tuple[float, Array, Array]:
    """Return the exact distance [m] with a at ``b_T_a`` (4, 4), not above 0 where they touch, and the nearest points.

    The points (3,) lie on a and on b and are seen from b.
    """
    import fcl

    a.engine.setTransform(fcl.Transform(b_T_a[:3, :3], b_T_a[:3, 3]))
    request, result = fcl.DistanceRequest(enable_nearest_points=True), fcl.DistanceResult()
    found = float(fcl.distance(a.engine, b.engine, request, result))
    first, second = cast("tuple[Array, Array]", result.nearest_points)
    return found, np.asarray(first), np.asarray(second)


def distance_at(a: Thing, b: Thing, row: int) -> float:
    """Return the exact distance of a and b at a row [m], not above 0 where they touch."""
    return distance(a, b, between(a, b, np.array([row]))[0])[0]


def near_rows(a: Thing, b: Thing, horizon: float) -> tuple[NDArray[np.int64], Array]:
    """Return the rows (n,) at which a and b may come within ``horizon``, and the distance (n,) they keep there [m].

    Only balls of a and the box of b are looked at: a first sieve.
    """
    if b.frame < 0:
        beyond = np.maximum(np.maximum(b.box[0] - a.middle, a.middle - b.box[1]), 0.0)
        room = a.balls[0, 3]
    else:
        beyond, room = a.middle - b.middle, a.balls[0, 3] + b.balls[0, 3]
    rows = np.flatnonzero(np.einsum("ni,ni->n", beyond, beyond) < (horizon + room) ** 2)
    least = _from_box(a.balls[1:], b.box, between(a, b, rows))
    return rows[least < horizon], least[least < horizon]


def _from_box(balls: Array, box: Array, box_T_balls: Array) -> Array:
    """Return how far (n,) the nearest of balls (k, 4) is from a box (2, 3) in its frame, at places (n, 4, 4)."""
    at = balls[:, :3] @ box_T_balls[:, :3, :3].transpose(0, 2, 1) + box_T_balls[:, None, :3, 3]
    beyond = np.maximum(np.maximum(box[0] - at, at - box[1]), 0.0)
    return (np.sqrt(np.einsum("nki,nki->nk", beyond, beyond)) - balls[:, 3]).min(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """A distance of things a and b at one place of a, from which bounds at other places follow; all is seen from b.

    Attributes:
        distance: [m].
        corners: (8, 3) of a's box, in a's frame; ``corners_here`` where they are.
        normal: (3,) from b to a at their nearest points; ``normal_in_a`` the same seen from a.
        front: (3, k) the corners of a that are foremost against the normal, in a's frame.
        middle, radius: a ball that contains a, in a's frame.
        behind: how far before the middle, along the normal, all other corners are at least [m].
        reach: how far b reaches along the normal [m].
    """

    distance: float
    corners: Array
    corners_here: Array
    normal: Array
    normal_in_a: Array
    front: Array
    middle: Array
    radius: float
    behind: float
    reach: float

    def bound(self, b_T_a: Array) -> Array:
        """Return a distance (m,) [m] that the things keep at least with a at ``b_T_a`` (m, 4, 4).

        No point of a is further from where it was than a corner of its box is. And the plane that parted the things
        may still do so: a's foremost corner before b's reach tells more while one thing slides along the other.
        """
        turn, at = b_T_a[:, :3, :3], b_T_a[:, :3, 3]
        away = self.corners @ turn.transpose(0, 2, 1) + (at[:, None] - self.corners_here)
        travel = np.sqrt(np.einsum("mki,mki->mk", away, away).max(1))
        normal = self.normal @ turn
        lean = np.linalg.norm(normal - self.normal_in_a, axis=1)
        foremost = np.minimum((normal @ self.front).min(1), normal @ self.middle + self.behind - lean * self.radius)
        return np.maximum(self.distance - travel, foremost + at @ self.normal - self.reach)


def measure(a: Thing, b: Thing, row: int) -> tuple[Measured, tuple[Array, Array]]:
    """Return the exact distance of a and b at a row, with the nearest points (3,) on both, in the world."""
    b_T_a = between(a, b, np.array([row]))[0]
    length, on_a, on_b = distance(a, b, b_T_a)
    normal = (on_a - on_b) / max(length, 1e-12)
    normal_in_a = normal @ b_T_a[:3, :3]
    middle = (a.box[0] + a.box[1]) / 2
    radius = float(np.linalg.norm(a.box[1] - middle))
    ahead = (a.mesh.vertices - middle) @ normal_in_a
    behind = float(ahead.min()) + _TURN * radius
    corners = a.corners
    world_T_b = b.world_T_thing[min(row, len(b.world_T_thing) - 1)]
    return Measured(
        distance=length,
        corners=corners,
        corners_here=corners @ b_T_a[:3, :3].T + b_T_a[:3, 3],
        normal=normal,
        normal_in_a=normal_in_a,
        front=a.mesh.vertices[ahead <= behind].T,
        middle=middle,
        radius=radius,
        behind=behind,
        reach=float((b.mesh.vertices @ normal).max()),
    ), (world_T_b[:3, :3] @ on_a + world_T_b[:3, 3], world_T_b[:3, :3] @ on_b + world_T_b[:3, 3])


def _thing(
    name: str, kind: Kind | Literal["link", "tool"], shapes: Iterable[Shape], frame: int, world_T_thing: Array
) -> Thing:
    mesh = _together([triangles(shape, tolerance=max(_FINEST, 0.01 * _radius(shape))) for shape in shapes])
    balls = _balls(mesh.vertices[mesh.faces])
    return Thing(
        name=name,
        kind=kind,
        engine=_engine(mesh),
        mesh=mesh,
        frame=frame,
        world_T_thing=world_T_thing,
        box=np.stack([mesh.vertices.min(0), mesh.vertices.max(0)]),
        balls=balls,
        middle=world_T_thing[:, :3, :3] @ balls[0, :3] + world_T_thing[:, :3, 3],
    )


def _balls(corners: Array) -> Array:
    """Return a ball round triangles (n, 3, 3), then balls round those whose middle is in one slab: (1 + k, 4)."""
    middle = corners.mean(1)
    side = int(np.argmax(np.ptp(corners.reshape(-1, 3), axis=0)))
    low, high = middle[:, side].min(), middle[:, side].max()
    slab = np.minimum(((middle[:, side] - low) / max(high - low, 1e-12) * _SLABS).astype(np.int64), _SLABS - 1)
    balls: list[Array] = []
    for some in (slab >= 0, *(slab == k for k in np.unique(slab))):
        points = corners[some].reshape(-1, 3)
        centre = (points.min(0) + points.max(0)) / 2
        balls.append(np.array([*centre, np.linalg.norm(points - centre, axis=1).max()]))
    return np.array(balls)


def _engine(mesh: Mesh) -> Any:
    import fcl

    model = fcl.BVHModel()
    model.beginModel(len(mesh.vertices), len(mesh.faces))
    model.addSubModel(mesh.vertices, mesh.faces)
    model.endModel()
    return fcl.CollisionObject(model)


def _radius(shape: Shape) -> float:
    return 0.0 if isinstance(shape, Box | Mesh) else shape.radius


def _together(meshes: list[Mesh]) -> Mesh:
    if len(meshes) == 1:
        return meshes[0]
    offsets = np.cumsum([0, *[len(mesh.vertices) for mesh in meshes]])
    faces: list[NDArray[np.int32]] = [
        mesh.faces + np.int32(offset) for mesh, offset in zip(meshes, offsets[:-1], strict=True)
    ]
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        faces=np.concatenate(faces),
        closed=all(mesh.closed for mesh in meshes),
    )
