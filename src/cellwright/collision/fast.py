"""The fast check of a robot's position against everything around it: cautious, for the search only.

Every moving body is a set of balls, everything that stands still is a distance field; a position counts as free only
if it surely is. What the search finds here is judged by ``collision.judge``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..cell import Body, Cell, world_T_carried
from ..geometry import Array, inv
from ..robots.model import Robot
from ..shapes import Box, Cylinder, Shape, bounds, moved, triangles
from .balls import Cover, constant, cover, in_groove
from .blocking import Mover, Moving, Scene, check_tool, overlap
from .field import Grid, build
from .lanes import check_all
from .trees import fits_stack
from .turned import own_bodies, turned_bodies, turned_cover

_FINE_CELLS, _COARSE_CELLS = 4_500_000, 2_000_000
_FINE_STEP, _COARSE_STEP = 0.0015, 0.015
_BAND = 0.02  # a tool's thickest balls that come close to the part are about this large [m]
_MOVING_STEP = 0.005
_MOVING_ROOM = 10  # steps round a moving body; further away the box round it answers
_FREE = -1
_SAMPLES = 200
_LINK = 0.025  # patches of a link's surface that share a ball, where it is no closed mesh [m]
_PATCH = 0.008  # patches of a closed link's surface that share a ball [m]
_FAR = 100.0  # how far a sliding joint without limits may go, for the precision of single numbers [m]
_TRANSIT = 0.008  # room of the tool in transits [m]
_SLACK = 0.0002  # what the tool may come nearer between two samples of a seam [m]
# pairs whose balls overlap more often than this are neighbours whose balls are too large to tell anything: they are
# left to the judge
_OVERLAP = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checker:
    """A mover among its scene, and the names of its bodies in order.

    Attributes:
        cell: whose mechanisms carry the scene's moving bodies; None where nothing in the cell moves by itself.
        carried: the bodies that the scene's moving fields stand for, in order.
    """

    scene: Scene
    mover: Mover
    names: tuple[str, ...]
    cell: Cell | None = None
    carried: tuple[str, ...] = ()

    def blocked_by(self, q: Array, *, world_T_field: Array | None = None) -> NDArray[np.int64]:
        """Return for each position ``q`` (n, dof) the index of the first body in the way, or -1 where it is free.

        From ``len(names)`` on, indices name a pair of ``mover.pairs``.

        Args:
            world_T_field: (n, m, 4, 4) where the moving bodies are at each position; None: where the cell's mechanisms
                carry them at ``q``, or, without any, where ``moved_to`` says.
        """
        at = self._field_T_world(q) if world_T_field is None else _rows(world_T_field)
        return check_all(q[:, : len(self.mover.axis)], self.mover, self.scene, at)

    def motion_blocked_by(self, q: Array) -> NDArray[np.int64]:
        """Return what ``blocked_by`` does for the states ``q`` (n, dof) of a motion, quicker where they lie close.

        A state that is clear because its neighbour has room for both is free, even where its own balls would not tell.
        """
        arm = q[:, : len(self.mover.axis)]
        return check_all(arm, self.mover, self.scene, self._field_T_world(q), neighbours=True)

    def _field_T_world(self, q: Array) -> Array | None:
        """Return where the moving fields are at positions ``q`` (n, m, 3, 4); None where the scene says."""
        if self.cell is None:
            return None
        at = world_T_carried(self.cell, q)
        still = {body.name: body.world_T_body for body in self.cell.bodies}
        places = [np.broadcast_to(at.get(name, still[name]), (len(q), 4, 4)) for name in self.carried]
        return _rows(np.stack(places, 1))

    def tool_blocked_by(self, world_T_flange: Array) -> NDArray[np.int64]:
        """Return for each pose of the flange (n, 4, 4) the first piece of the tool that is too near, or -1.

        The arm is not asked: this tells whether the tool gets there at all.
        """
        out = np.empty(len(world_T_flange), np.int64)
        check_tool(np.ascontiguousarray(world_T_flange, np.float64), self.mover, self.scene, out)
        return out

    def free(self, q: Array) -> NDArray[np.bool_]:
        """Return which of the positions ``q`` (n, dof) are surely free."""
        arm = q[:, : len(self.mover.axis)]
        return check_all(arm, self.mover, self.scene, self._field_T_world(q), outermost_first=True) == _FREE

    def free_arm(self, q: Array) -> NDArray[np.bool_]:
        """Return at which of the positions ``q`` (n, dof) the arm is surely free, the tool only asked against the arm.

        Where ``free_tool`` says yes at the flange's pose too, the whole robot is free.
        """
        tool = self.mover.frame == self.mover.axis.shape[0] + 1
        arm = self.mover._replace(margin=np.where(tool, -1.0, self.mover.margin))
        return check_all(q, arm, self.scene) == _FREE

    def free_tool(self, world_T_flange: Array) -> NDArray[np.bool_]:
        """Return at which poses of the flange (n, 4, 4) the tool is surely free of all that stands still."""
        return self.tool_blocked_by(world_T_flange) == _FREE

    def name(self, code: int) -> str:
        """Return the body or the pair of bodies that a code of ``blocked_by`` stands for."""
        if code < len(self.names):
            return self.names[code]
        a, b = self.mover.pairs[code - len(self.names)]
        return f"{self.names[a]} and {self.names[b]}"


def _rows(world_T_field: Array) -> Array:
    return np.ascontiguousarray(inv(world_T_field)[..., :3, :])


def make_scene(bodies: tuple[Body, ...], *, focus: Array) -> Scene:
    """Return the fields of everything that stands still except the floor and what carries the robot.

    Args:
        focus: (2, 3) box in the world where tools work close to bodies: it gets the fine field [m].
    """
    solid = [body for body in bodies if body.kind not in ("floor", "pedestal")]
    shapes = [moved(shape, body.world_T_body) for body in solid for shape in body.shapes]
    meshes = [triangles(shape) for shape in shapes]
    corners = np.concatenate([mesh.vertices[mesh.faces] for mesh in meshes]) if meshes else np.zeros((0, 3, 3))
    whole = np.stack([corners.reshape(-1, 3).min(0), corners.reshape(-1, 3).max(0)]) if meshes else focus
    region = np.stack([whole[0] - 0.2, whole[1] + 0.2])

    def inside(points: Array) -> NDArray[np.bool_]:
        return _inside(shapes, points)

    floors = [bounds(moved(s, body.world_T_body))[1, 2] for body in bodies if body.kind == "floor" for s in body.shapes]
    return Scene(
        coarse=build(corners, region, step=_step(region, _COARSE_CELLS, _COARSE_STEP)),
        fine=build(corners, focus, step=_step(focus, _FINE_CELLS, _FINE_STEP), band=_BAND, inside=inside),
        floor=max(floors, default=-np.inf),
        moving=_moving(()),
    )


def make_field(shapes: tuple[Shape, ...], *, step: float) -> Grid:
    """Return the field of a rigid body in its own frame, nodes ``step`` apart [m], for ``with_moving``."""
    meshes = [triangles(shape) for shape in shapes]
    corners = np.concatenate([mesh.vertices[mesh.faces] for mesh in meshes])
    points = corners.reshape(-1, 3)
    room = _MOVING_ROOM * step
    return build(corners, np.stack([points.min(0) - room, points.max(0) + room]), step=step)


def standing_bodies(cell: Cell, loose: tuple[str, ...] = ()) -> tuple[Body, ...]:
    """Return the bodies that no mechanism carries and nobody moves: what ``make_scene`` is asked with.

    Args:
        loose: names of bodies that are picked up and put down.
    """
    moved_ = {*loose, *(name for mechanism in cell.mechanisms for name, _ in mechanism.carries)}
    return tuple(body for body in cell.bodies if body.name not in moved_)


def make_fields(cell: Cell, loose: tuple[str, ...] = (), *, step: float = _MOVING_STEP) -> dict[str, Grid]:
    """Return the field of each body that moves, in its own frame: built once, whatever it does later.

    Args:
        cell: whose mechanisms carry some of its bodies.
        loose: names of bodies that are picked up and put down.
        step: between nodes, more where a body is large [m].
    """
    still = {body.name for body in standing_bodies(cell, loose)}
    found: dict[str, Grid] = {}
    for body in cell.bodies:
        if body.name not in still:
            boxes = np.stack([bounds(shape) for shape in body.shapes])
            region = np.stack([boxes[:, 0].min(0) - 0.1, boxes[:, 1].max(0) + 0.1])
            found[body.name] = make_field(body.shapes, step=_step(region, _FINE_CELLS, step))
    return found


def with_moving(scene: Scene, fields: tuple[Grid, ...]) -> Scene:
    """Return the scene with bodies that move by themselves; they lie at the world's origin until ``moved_to``."""
    return scene._replace(moving=_moving(fields))


def moved_to(scene: Scene, world_T_field: Array) -> Scene:
    """Return the scene with its moving bodies at ``world_T_field`` (m, 4, 4); no field is built anew."""
    return scene._replace(moving=scene.moving._replace(field_T_world=np.ascontiguousarray(inv(world_T_field)[:, :3])))


def _moving(fields: tuple[Grid, ...]) -> Moving:
    return Moving(
        distance=np.concatenate([np.zeros(0, np.float32), *(field.distance.ravel() for field in fields)]),
        first=np.cumsum([0, *(field.distance.size for field in fields)]),
        shape=np.array([field.distance.shape for field in fields], np.int64).reshape(-1, 3),
        low=np.array([field.low for field in fields]).reshape(-1, 3),
        step=np.array([field.step for field in fields]),
        inner=np.array([field.inner for field in fields]).reshape(-1, 2, 3),
        field_T_world=np.tile(np.eye(4)[:3], (len(fields), 1, 1)),
    )


def make_mover(cell: Cell, *, working: bool) -> Mover:
    """Return the robot of ``cell`` with its tool as balls.

    Args:
        working: the tool is at work: its working end may touch what it works on.
    """
    robot, tool = cell.robot, cell.tool
    tip, along = tool.flange_T_tcp[:3, 3], tool.flange_T_tcp[:3, 2]
    covers: list[Cover] = []
    frame: list[int] = []
    margin: list[float] = []
    low: list[float] = []
    names = body_names(cell)
    # only at work does the tool need to come close; on its way there it keeps room for what lies between two samples
    near = cell.tool_clearance + _SLACK if working else max(cell.tool_clearance, min(cell.clearance, _TRANSIT))
    for i, link in enumerate(robot.geometry):
        if not link.shapes:
            continue
        covers.append(_link_cover(link.shapes))
        frame.append(i)
        # the base stands on what carries it and never moves
        margin.append(cell.clearance if i > 0 else -1.0)
        low.append(cell.clearance if i > 1 else -1.0)
    for body in tool.bodies:
        if body.held:
            covers.append(_link_cover(body.shapes))
        else:
            covers.append(_tool_cover(body.shapes, tuple(map(float, tip)), tuple(map(float, along))))
        frame.append(robot.dof + 1)
        free = body.working and working
        margin.append(-1.0 if free else near)
        low.append(-1.0 if free else cell.tool_clearance)
    for body, link, link_T_body in turned_bodies(cell):
        covers.append(turned_cover(cell, body, link_T_body))
        frame.append(link)
        # what stands at a positioner's axes meets what they carry as a pair of bodies, all else as it meets the scene
        margin.append(cell.clearance if link and body.name not in own_bodies(cell) else -1.0)
        low.append(-1.0)
    fits_stack([c.depth for c in covers])
    chain = robot.chain
    ordered = [_in_order(c) for c in covers]
    first = np.cumsum([0, *[len(nodes) for nodes, _ in ordered]])
    root = np.cumsum([0, *[len(c.group) for c in covers]])
    slides = np.where(chain.prismatic, np.maximum(np.abs(robot.lower), np.abs(robot.upper)), 0.0)
    steps = [*chain.parent_T_joint[:, :3, 3], chain.last_T_flange[:3, 3]]
    steps += [passive.parent_T_pivot[:3, 3] for passive in chain.passive]
    mover = Mover(
        world_T_base=np.array(cell.world_T_base),
        parent_T_joint=np.array(chain.parent_T_joint),
        axis=np.array(chain.axis),
        prismatic=np.array(chain.prismatic),
        last_T_flange=np.array(chain.last_T_flange),
        passive=np.array([passive.before for passive in chain.passive], np.int64),
        parent_T_passive=np.array([p.parent_T_pivot for p in chain.passive]).reshape(-1, 4, 4),
        passive_axis=np.array([p.axis for p in chain.passive], np.float64).reshape(-1, 3),
        passive_weights=np.array([p.weights for p in chain.passive], np.float64).reshape(-1, chain.dof),
        frame=np.array(frame),
        group=np.concatenate([c.group.reshape(len(c.group), -1) for c in covers]),
        below=np.concatenate(
            [np.where(c.below >= 0, c.below + at, -1).astype(np.int32) for c, at in zip(covers, root[:-1], strict=True)]
        ),
        root=root[:-1].astype(np.int64),
        balls=np.concatenate([nodes for nodes, _ in ordered]),
        skip=np.concatenate([skip + at for (_, skip), at in zip(ordered, first[:-1], strict=True)]),
        first=first,
        whole=np.array([c.whole for c in covers]),
        reach=float(
            sum(np.linalg.norm(step) for step in steps)
            + np.where(np.isfinite(slides), slides, _FAR).sum()
            + max(np.abs(c.whole).sum() for c in covers)
        ),
        margin=np.array(margin),
        low_margin=np.array(low),
        pairs=_pairs(cell, names, frame),
        self_margin=0.003,
    )
    return mover._replace(pairs=mover.pairs[overlap(random_joints(robot, _SAMPLES, seed=0), mover) < _OVERLAP])


def undecided(cell: Cell) -> tuple[tuple[str, str], ...]:
    """Return the pairs of bodies that a mover leaves to the judge because their balls touch nearly everywhere."""
    names = body_names(cell)
    kept = {(int(a), int(b)) for a, b in make_mover(cell, working=False).pairs}
    frames = [i for i, link in enumerate(cell.robot.geometry) if link.shapes]
    frames += [cell.robot.dof + 1] * len(cell.tool.bodies)
    asked = _pairs(cell, names[: len(frames)], frames)
    return tuple((names[a], names[b]) for a, b in asked if (int(a), int(b)) not in kept)


@lru_cache(maxsize=64)
def _link_cover(shapes: tuple[Shape, ...]) -> Cover:
    """Return balls that do not depend on where the robot stands: place after place asks for the same ones."""
    return cover(shapes, constant(_LINK), patch=_PATCH)


@lru_cache(maxsize=64)
def _tool_cover(shapes: tuple[Shape, ...], tip: tuple[float, ...], along: tuple[float, ...]) -> Cover:
    return cover(shapes, in_groove(np.array(tip), np.array(along), share=0.2, least=0.001, most=0.012))


@lru_cache(maxsize=256)
def _in_order(balls: Cover) -> tuple[Array, NDArray[np.int64]]:
    return balls.in_order()


def random_joints(robot: Robot, count: int, *, seed: int) -> Array:
    """Return joint positions (count, dof) evenly drawn within the limits; a joint without any turns once [rad or m]."""
    low = np.where(np.isfinite(robot.lower), robot.lower, -np.pi)
    high = np.where(np.isfinite(robot.upper), robot.upper, np.pi)
    return low + (high - low) * np.random.default_rng(seed).random((count, robot.dof))


def make_checker(cell: Cell, scene: Scene, *, working: bool, fields: Mapping[str, Grid] | None = None) -> Checker:
    """Return the check of ``cell``'s robot in ``scene``.

    Args:
        cell: its ``q`` is what the checker is asked about.
        scene: of the bodies that never move.
        working: as in ``make_mover``.
        fields: of those that do, by name (``make_fields``); what the robot holds by now is left out.
    """
    return among(Checker(scene=scene, mover=make_mover(cell, working=working), names=body_names(cell)), cell, fields)


def among(checker: Checker, cell: Cell, fields: Mapping[str, Grid] | None) -> Checker:
    """Return the checker with the bodies of ``cell`` that have a field of their own, where they are."""
    there = {body.name: body.world_T_body for body in cell.bodies if fields is not None and body.name in fields}
    if fields is None or not there:
        return checker
    scene = with_moving(checker.scene, tuple(fields[name] for name in there))
    scene = moved_to(scene, np.stack([*there.values()]))
    # where no mechanism is, they stay where the scene says
    return replace(checker, scene=scene, cell=cell if cell.mechanisms else None, carried=tuple(there))


def body_names(cell: Cell) -> tuple[str, ...]:
    """Return the names of the moving bodies that have a shape, then of what carries the robot."""
    links = [link.link for link in cell.robot.geometry if link.capsules or link.mesh is not None]
    tools = [f"tool.{body.name}" for body in cell.tool.bodies]
    return (*links, *tools, *(body.name for body, _, _ in turned_bodies(cell)))


def may_touch(cell: Cell) -> frozenset[tuple[str, str]]:
    """Return the pairs of names, both ways round, that are allowed to touch."""
    pairs = [(a, b) for a, b, _ in (*cell.allowed, *cell.robot.allowed)]
    return frozenset((*pairs, *((b, a) for a, b in pairs)))


def _pairs(cell: Cell, names: tuple[str, ...], frame: list[int]) -> NDArray[np.int64]:
    allowed, own = may_touch(cell), own_bodies(cell)
    found = [
        (a, b)
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if frame[a] != frame[b]
        and (names[a], names[b]) not in allowed
        # what meets the scene as a body of its own needs no pair for it
        and (not own or min(frame[a], frame[b]) > 0 or {names[a], names[b]} <= own)
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def _step(region: Array, cells: int, least: float) -> float:
    volume = float(np.prod(region[1] - region[0]))
    return max(least, (volume / cells) ** (1 / 3))


def _inside(shapes: list[Shape], points: Array) -> NDArray[np.bool_]:
    """Return which points lie in a box or a cylinder (meshes lie within the region, so nobody asks about them)."""
    found = np.zeros(len(points), np.bool_)
    for shape in shapes:
        match shape:
            case Box(size=size, body_T_box=body_T_box):
                local = (points - body_T_box[:3, 3]) @ body_T_box[:3, :3]
                found |= (np.abs(local) < size / 2).all(1)
            case Cylinder(radius=radius, length=length, body_T_cylinder=body_T_cylinder):
                local = (points - body_T_cylinder[:3, 3]) @ body_T_cylinder[:3, :3]
                found |= (np.hypot(local[:, 0], local[:, 1]) < radius) & (np.abs(local[:, 2]) < length / 2)
            case _:
                pass
    return found
