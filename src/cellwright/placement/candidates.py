"""Places for the base round the part, and which of them the robot can stand at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..collision.balls import Cover, constant, cover
from ..collision.blocking import Scene
from ..collision.field import look
from ..compiled import kernel
from ..geometry import Array, pose, turn_x, turn_z
from ..kinematics.chain import base_T_links
from ..processes.work import Operation, Work
from ..robots.model import Robot
from ..shapes import Shape
from .model import Mount, pedestal

PEDESTAL_HEIGHTS = (0.3, 0.5, 0.7, 0.9)
CEILING_SHARES = (0.5, 0.65, 0.8, 0.95)
"""How far a hanging base is above the work, in shares of the reach."""

RADII = np.linspace(0.25, 1.0, 14)
"""How far a base is from the middle of the work, in shares of the reach."""

ANGLES = np.deg2rad(np.arange(0.0, 360.0, 10.0))
_SHOULDER = np.deg2rad((-50.0, -25.0, 0.0, 25.0, 50.0))  # turns of axis 1 that a part in front asks for
_ROOM = 0.02  # wanted round foot and shoulder [m]


def reach(robot: Robot) -> float:
    """Return an upper bound of the flange's distance from the second axis [m], from the lengths of the links."""
    chain = robot.chain
    lengths = np.linalg.norm(chain.parent_T_joint[2:, :3, 3], axis=1)
    return float(lengths.sum() + np.linalg.norm(chain.last_T_flange[:3, 3]))


def candidates(
    robot: Robot, work: Work, frames: dict[str, Array], mounts: Sequence[Mount]
) -> tuple[tuple[Mount, Array], ...]:
    """Return places as (mount, world_T_base (n, 4, 4)) on rings round the work, x of the base towards its middle.

    One entry a mount and height, so that all of an entry stand on the same column.
    """
    points = np.concatenate([_points(operation, frames) for operation in work.operations])
    centre = (points.min(0) + points.max(0)) / 2
    far = reach(robot)
    radius, angle = (grid.ravel() for grid in np.meshgrid(RADII * far, ANGLES, indexing="ij"))
    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    heights: dict[Mount, tuple[float, ...]] = {
        "floor": (0.0,),
        "pedestal": PEDESTAL_HEIGHTS,
        "ceiling": tuple(float(centre[2] + share * far) for share in CEILING_SHARES),
    }
    found: list[tuple[Mount, Array]] = []
    for mount in mounts:
        world_R_base = turn_z(angle + np.pi) @ (turn_x(np.pi) if mount == "ceiling" else np.eye(3))
        for z in heights[mount]:
            found.append((mount, pose(np.stack([x, y, np.full_like(x, z)], -1), world_R_base)))
    return tuple(found)


def _points(operation: Operation, frames: dict[str, Array]) -> Array:
    toolpath = operation.alternatives[0]
    ends = np.array([segment.frame_T_end[:, 3] for segment in toolpath.segments if segment.role == "process"])
    return (ends @ frames[toolpath.frame].T)[:, :3]


def stands_free(robot: Robot, mount: Mount, world_T_base: Array, scene: Scene) -> NDArray[np.bool_]:
    """Return for each place (n, 4, 4) of one height whether foot, shoulder and pedestal stand clear of everything."""
    turns = np.zeros((len(_SHOULDER), robot.dof))
    turns[:, 0] = _SHOULDER
    foot, shoulder = (_cover(robot.geometry[i].shapes, 0.05) for i in (0, 1))
    height = float(world_T_base[0, 2, 3])
    column = _cover(pedestal(mount, pose((0.0, 0.0, height))), 0.1)
    covers = [
        *((foot, np.eye(4)) for foot in foot),
        *((shoulder, frames[1]) for shoulder in shoulder for frames in base_T_links(robot.chain, turns)),
        *((column, pose((0.0, 0.0, -height))) for column in column),
    ]
    free = np.ones(len(world_T_base), np.bool_)
    for piece, base_T_piece in covers:
        _clear(np.ascontiguousarray(world_T_base), _carried(piece.nodes, base_T_piece), piece.skip, _ROOM, scene, free)
    return free


@lru_cache(maxsize=16)  # shapes are values: the same ones have the same balls
def _cover(shapes: tuple[Shape, ...], size: float) -> tuple[Cover, ...]:
    return (cover(shapes, constant(size)),) if shapes else ()


def _carried(balls: Array, a_T_b: Array) -> Array:
    return np.concatenate([balls[:, :3] @ a_T_b[:3, :3].T + a_T_b[:3, 3], balls[:, 3:]], 1)


@kernel
def _clear(
    world_T_base: Array, nodes: Array, skip: NDArray[np.int64], room: float, scene: Scene, free: NDArray[np.bool_]
) -> None:
    """Take from ``free`` (n,) the places at which a leaf of the tree of balls has less than ``room`` round it."""
    for p in range(world_T_base.shape[0]):
        n = 0
        while free[p] and n < nodes.shape[0]:
            if not _touches(world_T_base[p], nodes[n], room, scene):
                n = skip[n]
            elif skip[n] == n + 1:
                free[p] = False
            else:
                n += 1


@kernel
def _touches(t: Array, ball: Array, room: float, scene: Scene) -> bool:
    grid, r = scene.coarse, ball[3] + room
    x = t[0, 0] * ball[0] + t[0, 1] * ball[1] + t[0, 2] * ball[2] + t[0, 3]
    y = t[1, 0] * ball[0] + t[1, 1] * ball[1] + t[1, 2] * ball[2] + t[1, 3]
    z = t[2, 0] * ball[0] + t[2, 1] * ball[1] + t[2, 2] * ball[2] + t[2, 3]
    return bool(look(grid.distance, grid.low, grid.step, grid.inner, x, y, z, r) < r)
