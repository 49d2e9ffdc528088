"""A place for the base, and what a search for one found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..geometry import Array, pose
from ..shapes import Box, Shape

Mount = Literal["floor", "pedestal", "ceiling"]
MOUNTS: tuple[Mount, ...] = ("floor", "pedestal", "ceiling")

PEDESTAL_SIDE = 0.5


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """What a search found.

    Attributes:
        ranked: places where every operation passes the cheap tests, best first.
        nearest: the place where most operations pass; None where nothing stands free.
        failing: indices of the operations that do not pass there.
        never: indices of the operations that no place reaches, whatever is in the way.
        counts: how many places each stage took, by name, in order.
    """

    ranked: tuple[Placement, ...]
    nearest: Placement | None
    failing: tuple[int, ...]
    never: tuple[int, ...]
    counts: dict[str, int]


def pedestal(mount: Mount, world_T_base: Array) -> tuple[Shape, ...]:
    """Return the column that carries a base on a pedestal, in the world; nothing for other mounts."""
    height = float(world_T_base[2, 3])
    if mount != "pedestal" or height <= 0:
        return ()
    middle = pose((world_T_base[0, 3], world_T_base[1, 3], height / 2), world_T_base[:3, :3])
    return (Box(size=np.array([PEDESTAL_SIDE, PEDESTAL_SIDE, height]), body_T_box=middle),)
