"""A place for the base, and what a search for one found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from ..geometry import Array, pose
from ..shapes import Box, Shape

Mount = Literal["floor", "pedestal", "wall", "ceiling"]
MOUNTS: tuple[Mount, ...] = ("floor", "pedestal", "wall", "ceiling")

PEDESTAL_SIDE = 0.5
WALL_SIDE, WALL_DEPTH = 1.5, 0.1
"""The piece of wall that is kept clear behind a base: its sides and its depth [m]."""

CARRIERS: Mapping[Mount, str] = MappingProxyType({"pedestal": "pedestal", "wall": "mounting wall"})
"""What the body that carries a base is called."""


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
        ahead = self.world_T_base[:3, 2 if self.mount == "wall" else 0]  # off the wall, else x of the base
        yaw = np.rad2deg(np.arctan2(ahead[1], ahead[0]))
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
    """Return what carries a base, in the world: a column, or the piece of wall behind it; nothing for other mounts."""
    if mount == "wall":
        middle = world_T_base @ pose((0.0, 0.0, -WALL_DEPTH / 2))
        return (Box(size=np.array([WALL_SIDE, WALL_SIDE, WALL_DEPTH]), body_T_box=middle),)
    height = float(world_T_base[2, 3])
    if mount != "pedestal" or height <= 0:
        return ()
    middle = pose((world_T_base[0, 3], world_T_base[1, 3], height / 2), world_T_base[:3, :3])
    return (Box(size=np.array([PEDESTAL_SIDE, PEDESTAL_SIDE, height]), body_T_box=middle),)
