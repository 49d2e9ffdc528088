"""The fast check of a robot's position against everything around it: cautious, for the search only.

Every moving body is a set of balls, everything that stands still is a distance field; a position counts as free only
if it surely is. What the search finds here is judged by ``collision.judge``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cell import Body, Cell
from ..compiled import kernel
from ..geometry import Array, inv
from ..robots.model import Robot
from ..shapes import Box, Cylinder, Shape, bounds, moved, triangles
from .balls import Cover, constant, cover, in_groove
from .field import Grid, build, look

_FINE_CELLS, _COARSE_CELLS = 6_000_000, 3_000_000
_FINE_STEP, _COARSE_STEP = 0.0015, 0.015
_BAND = 0.02  # a tool's thickest balls that come close to the part are about this large [m]
_FREE = -1
_SAMPLES = 200
_TRANSIT = 0.008  # room of the tool in transits [m]
_SLACK = 0.0002  # what the tool may come nearer between two samples of a seam [m]
# pairs whose balls overlap more often than this are neighbours whose balls are too large to tell anything: they are
# left to the judge
_OVERLAP = 0.8


class Scene(NamedTuple):
    """Everything that stands still, as kernels take it: distances [m] in the world frame."""

    coarse: Grid
    fine: Grid
    floor: float


class Mover(NamedTuple):
    """A robot with its tool as kernels take it; body b is carried by frame ``frame[b]`` (dof + 1 = flange).

    ``margin`` is the distance [m] wanted from the scene, negative = not checked; ``low_margin`` from the floor;
    ``pairs`` (m, 2) of bodies that are checked against each other with ``self_margin``.
    """

    world_T_base: Array
    parent_T_joint: Array
    axis: Array
    prismatic: NDArray[np.bool_]
    last_T_flange: Array
    frame: NDArray[np.int64]
    balls: Array
    ball_first: NDArray[np.int64]
    groups: Array
    group_first: NDArray[np.int64]
    whole: Array
    margin: Array
    low_margin: Array
    pairs: NDArray[np.int64]
    self_margin: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checker:
    """A mover among its scene, and the names of its bodies in order."""

    scene: Scene
    mover: Mover
    names: tuple[str, ...]

    def blocked_by(self, q: Array) -> NDArray[np.int64]:
        """Return for each position ``q`` (n, dof) the index of the first body in the way, or -1 where it is free.

        From ``len(names)`` on, indices name a pair of ``mover.pairs``.
        """
        out = np.empty(len(q), np.int64)
        _check_all(np.ascontiguousarray(q, np.float64), self.mover, self.scene, out)
        return out

    def free(self, q: Array) -> NDArray[np.bool_]:
        """Return which of the positions ``q`` (n, dof) are surely free."""
        return self.blocked_by(q) == _FREE

    def name(self, code: int) -> str:
        """Return the body or the pair of bodies that a code of ``blocked_by`` stands for."""
        if code < len(self.names):
            return self.names[code]
        a, b = self.mover.pairs[code - len(self.names)]
        return f"{self.names[a]} and {self.names[b]}"


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
        shapes: tuple[Shape, ...] = link.capsules or ((link.mesh,) if link.mesh is not None else ())
        if not shapes:
            continue
        covers.append(cover(shapes, constant(0.025)))
        frame.append(i)
        # the base stands on what carries it and never moves
        margin.append(cell.clearance if i > 0 else -1.0)
        low.append(cell.clearance if i > 1 else -1.0)
    for body in tool.bodies:
        covers.append(cover(body.shapes, in_groove(tip, along, share=0.2, least=0.001, most=0.012)))
        frame.append(robot.dof + 1)
        free = body.working and working
        margin.append(-1.0 if free else near)
        low.append(-1.0 if free else cell.tool_clearance)
    for body in cell.bodies:
        if body.kind == "pedestal":
            base_T_body = inv(cell.world_T_base) @ body.world_T_body
            covers.append(cover(tuple(moved(s, base_T_body) for s in body.shapes), constant(0.06)))
            frame.append(0)
            margin.append(-1.0)
            low.append(-1.0)
    chain = robot.chain
    mover = Mover(
        world_T_base=np.array(cell.world_T_base),
        parent_T_joint=np.array(chain.parent_T_joint),
        axis=np.array(chain.axis),
        prismatic=np.array(chain.prismatic),
        last_T_flange=np.array(chain.last_T_flange),
        frame=np.array(frame),
        balls=np.concatenate([c.balls for c in covers]),
        ball_first=_joined([c.first for c in covers]),
        groups=np.concatenate([c.groups for c in covers]),
        group_first=np.cumsum([0, *[len(c.groups) for c in covers]]),
        whole=np.array([c.whole for c in covers]),
        margin=np.array(margin),
        low_margin=np.array(low),
        pairs=_pairs(cell, names, frame),
        self_margin=0.003,
    )
    return mover._replace(pairs=mover.pairs[_overlap(_random_joints(robot), mover) < _OVERLAP])


def _random_joints(robot: Robot) -> Array:
    low = np.where(np.isfinite(robot.lower), robot.lower, -np.pi)
    high = np.where(np.isfinite(robot.upper), robot.upper, np.pi)
    return low + (high - low) * np.random.default_rng(0).random((_SAMPLES, robot.dof))


@kernel
def _overlap(q: Array, mover: Mover) -> Array:
    """Return for each pair the share of the positions ``q`` (n, dof) at which its balls touch."""
    frames = np.empty((mover.axis.shape[0] + 2, 3, 4))
    share = np.zeros(mover.pairs.shape[0])
    for i in range(q.shape[0]):
        _frames(q[i], mover, frames)
        for p in range(mover.pairs.shape[0]):
            if _touch(mover.pairs[p, 0], mover.pairs[p, 1], mover, frames):
                share[p] += 1.0 / q.shape[0]
    return share


def make_checker(cell: Cell, scene: Scene, *, working: bool) -> Checker:
    """Return the check of ``cell``'s robot in ``scene``; ``working`` as in ``make_mover``."""
    return Checker(scene=scene, mover=make_mover(cell, working=working), names=body_names(cell))


def body_names(cell: Cell) -> tuple[str, ...]:
    """Return the names of the moving bodies that have a shape, then of what carries the robot."""
    links = [link.link for link in cell.robot.geometry if link.capsules or link.mesh is not None]
    tools = [f"tool.{body.name}" for body in cell.tool.bodies]
    return (*links, *tools, *(body.name for body in cell.bodies if body.kind == "pedestal"))


def may_touch(cell: Cell) -> frozenset[tuple[str, str]]:
    """Return the pairs of names, both ways round, that are allowed to touch."""
    pairs = [(a, b) for a, b, _ in (*cell.allowed, *cell.robot.allowed)]
    return frozenset((*pairs, *((b, a) for a, b in pairs)))


def _pairs(cell: Cell, names: tuple[str, ...], frame: list[int]) -> NDArray[np.int64]:
    allowed = may_touch(cell)
    found = [
        (a, b)
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if frame[a] != frame[b] and (names[a], names[b]) not in allowed
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def _joined(firsts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    total = np.cumsum([0, *[int(first[-1]) for first in firsts]])
    parts = [first[:-1] + offset for first, offset in zip(firsts, total[:-1], strict=True)]
    return np.concatenate([*parts, total[-1:]])


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


@kernel
def _check_all(q: Array, mover: Mover, scene: Scene, out: NDArray[np.int64]) -> None:
    frames = np.empty((mover.axis.shape[0] + 2, 3, 4))
    for i in range(q.shape[0]):
        out[i] = blocked(q[i], mover, scene, frames)


@kernel
def blocked(q: Array, mover: Mover, scene: Scene, frames: Array) -> int:
    """Return the first body in the way at ``q`` (dof,), or -1; ``frames`` (dof + 2, 3, 4) is scratch."""
    _frames(q, mover, frames)
    bodies = mover.frame.shape[0]
    for b in range(bodies):
        if mover.margin[b] < 0.0:
            continue
        f = frames[mover.frame[b]]
        margin = mover.margin[b]
        low = mover.low_margin[b]
        x, y, z = _at(f, mover.whole[b])
        r = mover.whole[b, 3]
        high = low < 0.0 or z - r - scene.floor >= low
        if high and _distance(scene, x, y, z, r + margin) >= r + margin:
            continue
        for g in range(mover.group_first[b], mover.group_first[b + 1]):
            x, y, z = _at(f, mover.groups[g])
            r = mover.groups[g, 3]
            high = low < 0.0 or z - r - scene.floor >= low
            if high and _distance(scene, x, y, z, r + margin) >= r + margin:
                continue
            for k in range(mover.ball_first[g], mover.ball_first[g + 1]):
                x, y, z = _at(f, mover.balls[k])
                r = mover.balls[k, 3]
                if low >= 0.0 and z - r - scene.floor < low:
                    return b
                if _distance(scene, x, y, z, r + margin) < r + margin:
                    return b
    for p in range(mover.pairs.shape[0]):
        if _touch(mover.pairs[p, 0], mover.pairs[p, 1], mover, frames):
            return bodies + p
    return -1


@kernel
def _distance(scene: Scene, x: float, y: float, z: float, enough: float) -> float:
    fine = scene.fine
    n0, n1, n2 = fine.distance.shape
    u = (x - fine.low[0]) / fine.step
    v = (y - fine.low[1]) / fine.step
    w = (z - fine.low[2]) / fine.step
    if u >= 0.0 and v >= 0.0 and w >= 0.0 and u <= n0 - 1 and v <= n1 - 1 and w <= n2 - 1:
        near = look(fine.distance, fine.low, fine.step, fine.inner, x, y, z, enough)
        if near >= enough:
            return near
        # large balls reach beyond the fine region, where only the coarse field knows how much room there is
        coarse = scene.coarse
        return max(near, look(coarse.distance, coarse.low, coarse.step, coarse.inner, x, y, z, enough))
    coarse = scene.coarse
    return look(coarse.distance, coarse.low, coarse.step, coarse.inner, x, y, z, enough)


@kernel
def _frames(q: Array, mover: Mover, frames: Array) -> None:
    dof = mover.axis.shape[0]
    for r in range(3):
        for c in range(4):
            frames[0, r, c] = mover.world_T_base[r, c]
    for i in range(dof):
        p = frames[i]
        o = mover.parent_T_joint[i]
        f = frames[i + 1]
        x = mover.axis[i, 0]
        y = mover.axis[i, 1]
        z = mover.axis[i, 2]
        slide = mover.prismatic[i]
        s = 0.0 if slide else np.sin(q[i])
        c = 1.0 if slide else np.cos(q[i])
        k = 1.0 - c
        m00, m01, m02 = c + x * x * k, x * y * k - z * s, x * z * k + y * s
        m10, m11, m12 = y * x * k + z * s, c + y * y * k, y * z * k - x * s
        m20, m21, m22 = z * x * k - y * s, z * y * k + x * s, c + z * z * k
        for r in range(3):
            a = p[r, 0] * o[0, 0] + p[r, 1] * o[1, 0] + p[r, 2] * o[2, 0]
            b = p[r, 0] * o[0, 1] + p[r, 1] * o[1, 1] + p[r, 2] * o[2, 1]
            e = p[r, 0] * o[0, 2] + p[r, 1] * o[1, 2] + p[r, 2] * o[2, 2]
            t = p[r, 0] * o[0, 3] + p[r, 1] * o[1, 3] + p[r, 2] * o[2, 3] + p[r, 3]
            if slide:
                t += (a * x + b * y + e * z) * q[i]
            f[r, 0] = a * m00 + b * m10 + e * m20
            f[r, 1] = a * m01 + b * m11 + e * m21
            f[r, 2] = a * m02 + b * m12 + e * m22
            f[r, 3] = t
    p = frames[dof]
    o = mover.last_T_flange
    f = frames[dof + 1]
    for r in range(3):
        for c in range(4):
            f[r, c] = p[r, 0] * o[0, c] + p[r, 1] * o[1, c] + p[r, 2] * o[2, c]
        f[r, 3] += p[r, 3]


@kernel
def _at(f: Array, ball: Array) -> tuple[float, float, float]:
    x, y, z = ball[0], ball[1], ball[2]
    return (
        f[0, 0] * x + f[0, 1] * y + f[0, 2] * z + f[0, 3],
        f[1, 0] * x + f[1, 1] * y + f[1, 2] * z + f[1, 3],
        f[2, 0] * x + f[2, 1] * y + f[2, 2] * z + f[2, 3],
    )


@kernel
def _touch(a: int, b: int, mover: Mover, frames: Array) -> bool:
    f, h = frames[mover.frame[a]], frames[mover.frame[b]]
    room = mover.self_margin
    if _gap(_at(f, mover.whole[a]), _at(h, mover.whole[b])) >= mover.whole[a, 3] + mover.whole[b, 3] + room:
        return False
    other = _at(h, mover.whole[b])
    reach = mover.whole[b, 3] + room
    for g in range(mover.group_first[a], mover.group_first[a + 1]):
        centre = _at(f, mover.groups[g])
        if _gap(centre, other) >= mover.groups[g, 3] + reach:
            continue
        for k in range(mover.group_first[b], mover.group_first[b + 1]):
            second = _at(h, mover.groups[k])
            if _gap(centre, second) >= mover.groups[g, 3] + mover.groups[k, 3] + room:
                continue
            for i in range(mover.ball_first[g], mover.ball_first[g + 1]):
                ball = _at(f, mover.balls[i])
                if _gap(ball, second) >= mover.balls[i, 3] + mover.groups[k, 3] + room:
                    continue
                for j in range(mover.ball_first[k], mover.ball_first[k + 1]):
                    if _gap(ball, _at(h, mover.balls[j])) < mover.balls[i, 3] + mover.balls[j, 3] + room:
                        return True
    return False


@kernel
def _gap(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return np.sqrt(x * x + y * y + z * z)
