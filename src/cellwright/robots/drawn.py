"""Positioners drawn by formula from their height and radius, where nobody has the maker's own shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..geometry import Array, frozen, pose, turn_y
from ..shapes import Box, Cylinder, Shape

Form = Literal["turntable", "headstock", "tilt_turn"]

_PLATE, _GAP, _ARM, _STAND = 0.04, 0.02, 0.08, 0.4  # disc; between what turns and what does not; beams; foot [m]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """A positioner in its own frame: z up, its foot at z = 0, all axes at zero.

    Attributes:
        points, along: (n, 3) its axes from the ground up [m].
        bodies: (name, index of the axis that carries it or -1 for the ground, shape).
    """

    points: Array
    along: Array
    bodies: tuple[tuple[str, int, Shape], ...]


def drawing(form: Form, height: float, radius: float) -> Drawing:
    """Return a positioner by the height of its disc's top, or its face plate's axis, and that disc's radius [m]."""
    match form:
        case "turntable":
            foot = height - _PLATE - _GAP
            stand = Cylinder(radius=radius / 2, length=foot, body_T_cylinder=frozen(pose((0.0, 0.0, foot / 2))))
            bodies = (("stand", -1, stand), ("disc", 0, _disc(radius, height)))
            return _drawing([(0.0, 0.0, height)], [(0.0, 0.0, 1.0)], bodies)
        case "headstock":
            plate = Cylinder(
                radius=radius, length=_PLATE,
                body_T_cylinder=frozen(pose((-_PLATE / 2, 0.0, height), turn_y(np.pi / 2))),
            )  # fmt: skip
            back = -_PLATE - _GAP
            stand = _box((back - _STAND, back), (-radius / 2, radius / 2), (0.0, height + radius / 2))
            return _drawing([(0.0, 0.0, height)], [(1.0, 0.0, 0.0)], (("stand", -1, stand), ("plate", 0, plate)))
        case "tilt_turn":
            # the tilting axis lies in the disc's top, so that parts stay where they are when they tilt
            side, wide, low = -radius - _GAP, radius / 2, height - _PLATE - _GAP
            bodies = (
                (
                    "stand",
                    -1,
                    _box((side - _ARM - _GAP - _STAND, side - _ARM - _GAP), (-wide, wide), (0.0, height + wide)),
                ),
                ("arm", 0, _box((side - _ARM, side), (-wide / 2, wide / 2), (low - _ARM, height + wide / 2))),
                ("cradle", 0, _box((side, wide), (-wide / 2, wide / 2), (low - _ARM, low))),
                ("disc", 1, _disc(radius, height)),
            )
            return _drawing([(0.0, 0.0, height)] * 2, [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)], bodies)


def _drawing(
    points: list[tuple[float, ...]], along: list[tuple[float, ...]], bodies: tuple[tuple[str, int, Shape], ...]
) -> Drawing:
    return Drawing(points=frozen(points), along=frozen(along), bodies=bodies)


def _disc(radius: float, top: float) -> Cylinder:
    middle = frozen(pose((0.0, 0.0, top - _PLATE / 2)))
    return Cylinder(radius=radius, length=_PLATE, body_T_cylinder=middle)


def _box(*ends: tuple[float, float]) -> Box:
    low, high = np.array(ends).T
    return Box(size=frozen(high - low), body_T_box=frozen(pose((low + high) / 2)))
