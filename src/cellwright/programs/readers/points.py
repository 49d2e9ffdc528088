"""Positions and angles as programs write them into poses; about which axis an angle turns every reader says itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_mm

_TURNS = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}


def turned(order: str, angles: Sequence[float]) -> list[list[float]]:
    """Return the product of turns about the axes of ``order`` by ``angles`` [rad], the first one leftmost, as rows."""
    rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    for axis, angle in zip(order, angles, strict=True):
        i, j = _TURNS[axis]
        c, s = math.cos(angle), math.sin(angle)
        for row in rows:
            row[i], row[j] = row[i] * c + row[j] * s, row[j] * c - row[i] * s
    return rows


def about(vector: Sequence[float]) -> list[list[float]]:
    """Return the rotation by a rotation vector [rad] as rows (Rodrigues)."""
    angle = math.sqrt(sum(v * v for v in vector))
    if angle < 1e-12:
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    x, y, z = (v / angle for v in vector)
    c, s = math.cos(angle), math.sin(angle)
    k = 1.0 - c
    return [
        [c + x * x * k, x * y * k - z * s, x * z * k + y * s],
        [y * x * k + z * s, c + y * y * k, y * z * k - x * s],
        [z * x * k - y * s, z * y * k + x * s, c + z * z * k],
    ]


def placed(position: Sequence[float], rows: Sequence[Sequence[float]]) -> Array:
    """Return the pose (4, 4) of a position (3,) [m] and a rotation (3, 3) as rows."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rows
    x, y, z = position
    return frozen(np.array([[xx, xy, xz, x], [yx, yy, yz, y], [zx, zy, zz, z], [0.0, 0.0, 0.0, 1.0]]))


def external(values: Sequence[float]) -> tuple[float, ...]:
    """Return external axes [mm or deg] without the last ones that are zero or, as NaN, not used."""
    kept = len(values)
    while kept and not values[kept - 1] > 0.0 and not values[kept - 1] < 0.0:
        kept -= 1
    return tuple(values[:kept])


def euler(values: Sequence[float], order: str, where: Where, *, listed: str = "forward") -> Array:
    """Return the pose (4, 4) of x, y, z [mm] and three angles [deg].

    Args:
        values: (6,) as written.
        order: of the turns in the product, the leftmost first.
        where: of the values, for the message.
        listed: ``forward`` where the angles are written in that order, ``backward`` where the last belongs leftmost.

    Raises:
        ProgramError: not six finite numbers.
    """
    if len(values) != 6 or not all(abs(v) < 1e9 for v in values):
        raise ProgramError("a pose is three lengths and three angles", where=where)
    angles = [math.radians(v) for v in values[3:]]
    return placed([from_mm(v) for v in values[:3]], turned(order, angles if listed == "forward" else angles[::-1]))
