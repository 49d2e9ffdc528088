"""Places for the base round the part, and which of them the robot can stand at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..collision.fast import Checker
from ..geometry import Array, pose, turn_z
from ..job.model import yaw_R_base
from ..processes.work import Operation, Work
from ..robots.model import Robot
from .model import Mount

PEDESTAL_HEIGHTS = (0.3, 0.5, 0.7, 0.9)
CEILING_SHARES = (0.5, 0.65, 0.8, 0.95)
"""How far a hanging base is above the work, in shares of the reach."""

WALL_SHARES = (0.0, 0.2, 0.4, 0.6)
"""How far a base on a wall is above the work, in shares of the reach."""

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

    On a wall it is z of the base that points there: the wall is behind it.

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
        "wall": tuple(float(centre[2] + share * far) for share in WALL_SHARES),
        "ceiling": tuple(float(centre[2] + share * far) for share in CEILING_SHARES),
    }
    found: list[tuple[Mount, Array]] = []
    for mount in mounts:
        world_R_base = turn_z(angle + np.pi) @ yaw_R_base(mount)
        for z in heights[mount]:
            found.append((mount, pose(np.stack([x, y, np.full_like(x, z)], -1), world_R_base)))
    return tuple(found)


def _points(operation: Operation, frames: dict[str, Array]) -> Array:
    toolpath = operation.alternatives[0]
    ends = np.array([segment.frame_T_end[:, 3] for segment in toolpath.segments if segment.role == "process"])
    return (ends @ frames[toolpath.frame].T)[:, :3]


def stands_free(standing: Checker, world_T_base: Array) -> NDArray[np.bool_]:
    """Return for each place (n, 4, 4) of one height whether foot, shoulder and pedestal stand clear of everything.

    Args:
        standing: the fast check of the robot on that height's column, wherever it stands.
    """
    mover = standing.mover
    turns = np.zeros((len(_SHOULDER), len(mover.axis)))
    turns[:, 0] = _SHOULDER
    low = mover._replace(
        margin=np.where(mover.frame <= 1, _ROOM, -1.0),
        low_margin=np.full(len(mover.frame), -1.0),
        pairs=mover.pairs[:0],
    )
    free = [
        bool(replace(standing, mover=low._replace(world_T_base=np.array(place))).free(turns).all())
        for place in world_T_base
    ]
    return np.array(free, np.bool_)
