"""Where the robot's base may stand so that every operation is reached with room to spare, best places first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .collision.balls import constant, cover
from .collision.blocking import Scene
from .collision.field import look
from .compiled import kernel
from .geometry import Array, frozen, inv, pose, turn_x, turn_z
from .kinematics.chain import base_T_links
from .kinematics.inverse import solve
from .processes.work import Operation, Work, poses
from .robots.model import Robot
from .shapes import Box, Shape

Mount = Literal["floor", "pedestal", "ceiling"]

PEDESTAL_HEIGHTS = (0.3, 0.5, 0.7, 0.9)
PEDESTAL_SIDE = 0.5
_TURNS = 12
_BATCH = 40
_SHOULDER = np.deg2rad((-50.0, -25.0, 0.0, 25.0, 50.0))  # turns of axis 1 that a part in front asks for
_ROOM = 0.02  # wanted round foot and shoulder [m]
_MARGIN_ENOUGH = 1.0  # more distance from a limit than this adds nothing [rad]
_QUANTUM = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """A place for the base.

    Attributes:
        mount: what the robot stands on or hangs from.
        world_T_base: (4, 4).
        score: smallest margin over the operations: distance to joint limits and from a straight wrist [rad];
            negative when an operation is not reached at all.
        reached: how many operations are reached.
    """

    mount: Mount
    world_T_base: Array
    score: float
    reached: int

    def __str__(self) -> str:
        x, y, z = self.world_T_base[:3, 3] * 1e3
        yaw = np.rad2deg(np.arctan2(self.world_T_base[1, 0], self.world_T_base[0, 0]))
        return f"{self.mount} at x {x:.0f} mm, y {y:.0f} mm, z {z:.0f} mm, turned {yaw:.0f} deg"


def reach(robot: Robot) -> float:
    """Return an upper bound of the flange's distance from the second axis [m], from the lengths of the links."""
    chain = robot.chain
    lengths = np.linalg.norm(chain.parent_T_joint[2:, :3, 3], axis=1)
    return float(lengths.sum() + np.linalg.norm(chain.last_T_flange[:3, 3]))


def placements(
    robot: Robot,
    flange_T_tcp: Array,
    work: Work,
    frames: dict[str, Array],
    scene: Scene,
    *,
    mounts: Sequence[Mount],
    count: int,
) -> tuple[Placement, ...]:
    """Return the best places, at most ``count``, no two of them close to each other.

    Args:
        flange_T_tcp: (4, 4) of the tool.
        frames: user frames seen from the world.
        scene: the base and its pedestal must keep clear of what stands there.
        mounts: what the robot may stand on or hang from.
    """
    candidates = _candidates(robot, work, frames, mounts)
    free = _stands_free(robot, candidates, scene)
    candidates = [c for c, ok in zip(candidates, free, strict=True) if ok]
    scored = _scored(robot, flange_T_tcp, work, frames, candidates)
    scored.sort(key=lambda p: (-p.reached, -round(p.score / _QUANTUM)))
    chosen: list[Placement] = []
    for place in scored:
        near = (np.linalg.norm(place.world_T_base[:3, 3] - other.world_T_base[:3, 3]) < 0.12 for other in chosen)
        if len(chosen) < count and not any(near):
            chosen.append(place)
    return tuple(chosen)


def score(
    robot: Robot, flange_T_tcp: Array, work: Work, frames: dict[str, Array], place: tuple[Mount, Array]
) -> Placement:
    """Return one given place with its score."""
    return _scored(robot, flange_T_tcp, work, frames, [place])[0]


def _candidates(
    robot: Robot, work: Work, frames: dict[str, Array], mounts: Sequence[Mount]
) -> list[tuple[Mount, Array]]:
    points = np.concatenate([_points(operation, frames) for operation in work.operations])
    centre = (points.min(0) + points.max(0)) / 2
    far = reach(robot)
    found: list[tuple[Mount, Array]] = []
    for mount in mounts:
        if mount == "floor":
            heights: tuple[float, ...] = (0.0,)
        elif mount == "pedestal":
            heights = PEDESTAL_HEIGHTS
        else:
            heights = tuple(float(centre[2] + share * far) for share in (0.6, 0.8, 1.0))
        for z in heights:
            for radius in np.linspace(0.25, 1.0, 10) * far:
                for angle in np.deg2rad(np.arange(0.0, 360.0, 15.0)):
                    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
                    world_R_base = turn_z(angle + np.pi)
                    if mount == "ceiling":
                        world_R_base = world_R_base @ turn_x(np.pi)
                    found.append((mount, frozen(pose((x, y, z), world_R_base))))
    return found


def _points(operation: Operation, frames: dict[str, Array]) -> Array:
    toolpath = operation.alternatives[0]
    ends = np.array([segment.frame_T_end[:, 3] for segment in toolpath.segments if segment.role == "process"])
    return (ends @ frames[toolpath.frame].T)[:, :3]


def _samples(operation: Operation, frames: dict[str, Array]) -> Array:
    """Return TCP poses (alternatives, turns, s, 4, 4) in the world that stand for the operation."""
    found: list[Array] = []
    for toolpath in operation.alternatives:
        process = [segment for segment in toolpath.segments if segment.role == "process"]
        few = process if len(process) <= 3 else [process[0], process[len(process) // 2], process[-1]]
        tcp = np.concatenate([poses(segment, np.array([0.0, 0.5, 1.0])) for segment in few])
        tcp = np.concatenate([tcp, toolpath.segments[0].frame_T_start[None], toolpath.segments[-1].frame_T_end[None]])
        lower, upper = toolpath.freedom.lower, toolpath.freedom.upper
        full = upper - lower >= 2 * np.pi - 1e-9
        turns = np.linspace(lower, upper, _TURNS, endpoint=not full)
        found.append(frames[toolpath.frame] @ tcp[None] @ pose(rotation=turn_z(turns))[:, None])
    least = min(len(f[0]) for f in found)
    return np.array([f[:, :least] for f in found])


def _scored(
    robot: Robot, flange_T_tcp: Array, work: Work, frames: dict[str, Array], candidates: list[tuple[Mount, Array]]
) -> list[Placement]:
    world_T_flange = [_samples(operation, frames) @ inv(flange_T_tcp) for operation in work.operations]
    flat = np.concatenate([w.reshape(-1, 4, 4) for w in world_T_flange])
    placed: list[Placement] = []
    for k in range(0, len(candidates), _BATCH):
        batch = candidates[k : k + _BATCH]
        base_T_world = inv(np.array([world_T_base for _, world_T_base in batch]))
        wanted = base_T_world[:, None] @ flat
        q = np.asarray(solve(robot.chain, wanted.reshape(-1, 4, 4)).q)
        margin = _margins(q, robot.lower, robot.upper, robot.dof == 6, _MARGIN_ENOUGH).reshape(
            len(batch), len(flat), -1
        )
        first = 0
        best = np.empty((len(batch), len(world_T_flange)))
        for i, samples in enumerate(world_T_flange):
            n = samples[..., 0, 0].size
            part = margin[:, first : first + n].reshape(len(batch), -1, samples.shape[2], margin.shape[2])
            best[:, i] = part.min(2).max((1, 2))
            first += n
        placed += [
            Placement(mount=mount, world_T_base=world_T_base, score=float(b.min()), reached=int((b > 0).sum()))
            for (mount, world_T_base), b in zip(batch, best, strict=True)
        ]
    return placed


@kernel
def _margins(q: Array, lower: Array, upper: Array, wrist: bool, most: float) -> Array:
    """Return how far (n, k) each branch is from its limits and from a straight wrist [rad]; -1 where there is none."""
    n, k, dof = q.shape
    margin = np.full((n, k), -1.0)
    for i in range(n):
        for b in range(k):
            if np.isnan(q[i, b, 0]):
                continue
            worst = most
            for j in range(dof):
                best = -np.inf
                for turn in range(-1, 2):
                    here = q[i, b, j] + 2.0 * np.pi * turn
                    best = max(best, min(here - lower[j], upper[j] - here))
                worst = min(worst, best)
            if wrist:
                worst = min(worst, 2.0 * abs(np.sin(q[i, b, 4])))
            margin[i, b] = worst
    return margin


def pedestal(mount: Mount, world_T_base: Array) -> tuple[Shape, ...]:
    """Return the column that carries a base on a pedestal, in the world; nothing for other mounts."""
    height = float(world_T_base[2, 3])
    if mount != "pedestal" or height <= 0:
        return ()
    middle = pose((world_T_base[0, 3], world_T_base[1, 3], height / 2), world_T_base[:3, :3])
    return (Box(size=np.array([PEDESTAL_SIDE, PEDESTAL_SIDE, height]), body_T_box=middle),)


def _stands_free(robot: Robot, candidates: list[tuple[Mount, Array]], scene: Scene) -> list[bool]:
    """Return for each place whether foot, shoulder and pedestal stand clear of everything else, turned to the part."""
    turns = np.zeros((len(_SHOULDER), robot.dof))
    turns[:, 0] = _SHOULDER
    base_T_link = base_T_links(robot.chain, turns)
    body = np.concatenate([_balls(robot, 0, np.eye(4)), *(_balls(robot, 1, frames[1]) for frames in base_T_link)])
    body[:, 3] += _ROOM
    columns: dict[float, Array] = {}
    free: list[bool] = []
    for mount, world_T_base in candidates:
        balls = _carried(body, world_T_base)
        if mount == "pedestal":
            height = float(world_T_base[2, 3])
            if height not in columns:
                shapes = pedestal(mount, pose((0.0, 0.0, height)))
                columns[height] = np.array(cover(shapes, constant(0.1)).balls)
            balls = np.concatenate([balls, _carried(columns[height], _upright(world_T_base))])
        free.append(bool(_clear(balls, scene)) if len(balls) else True)
    return free


def _upright(world_T_base: Array) -> Array:
    """Return the frame on the floor below a base."""
    world_T_foot = world_T_base.copy()
    world_T_foot[2, 3] = 0.0
    return world_T_foot


def _balls(robot: Robot, link: int, base_T_link: Array) -> Array:
    geometry = robot.geometry[link]
    return _carried(cover(geometry.shapes, constant(0.05)).balls, base_T_link) if geometry.shapes else np.zeros((0, 4))


def _carried(balls: Array, a_T_b: Array) -> Array:
    return np.concatenate([balls[:, :3] @ a_T_b[:3, :3].T + a_T_b[:3, 3], balls[:, 3:]], 1)


@kernel
def _clear(balls: Array, scene: Scene) -> bool:
    grid = scene.coarse
    for i in range(balls.shape[0]):
        r = balls[i, 3]
        if look(grid.distance, grid.low, grid.step, grid.inner, balls[i, 0], balls[i, 1], balls[i, 2], r) < r:
            return False
    return True
