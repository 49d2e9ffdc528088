"""Numbers as robot programs write them: fixed decimals, no minus zero, one way to write each rotation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...errors import ProgramError
from ...geometry import Array
from ...units import deg

_LARGEST = 1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The last digit of what a writer writes.

    Attributes:
        length: of positions [m].
        angle: of orientations [rad].
        joint: of joint targets [rad].
        share: of the speed of joint moves, as a share of the largest speed; 0 where it is not written as a share.
    """

    length: float
    angle: float
    joint: float
    share: float


def fixed(value: float, decimals: int) -> str:
    """Return ``value`` with so many decimals and never ``-0.000``.

    Raises:
        ProgramError: not finite, or larger than a robot could mean.
    """
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise ProgramError(f"{value} cannot stand in a robot program", fix="report the plan: a stage let it through")
    text = f"{value:.{decimals}f}"
    return text[1:] if text[0] == "-" and not text.strip("-0.") else text


def wrapped(radians: float, decimals: int) -> str:
    """Return an orientation angle in degrees within (-180, 180], so that +180 and -180 are written alike."""
    text = fixed(math.remainder(deg(radians), 360.0), decimals)
    return text[1:] if float(text) == -180.0 else text


def zyx(rotation: Array) -> tuple[float, float, float]:
    """Return (a, b, c) [rad] with ``rotation = Rz(a) Ry(b) Rx(c)``, b within a quarter turn.

    Where b is a quarter turn only a - c or a + c is defined; then a = 0.
    """
    r = rotation
    flat = math.hypot(r[0, 0], r[1, 0])
    a = math.atan2(r[1, 0], r[0, 0]) if flat > 1e-9 else 0.0
    b = math.atan2(-r[2, 0], flat)
    # with a known, what is left turns about x: no division, exact at b = 90 deg too
    c = math.atan2(math.sin(a) * r[0, 2] - math.cos(a) * r[1, 2], math.cos(a) * r[1, 1] - math.sin(a) * r[0, 1])
    return a, b, c


def quaternion(rotation: Array) -> tuple[float, float, float, float]:
    """Return the unit quaternion (w, x, y, z) of a rotation (3, 3), its first component that is not zero positive."""
    r = np.asarray(rotation, dtype=np.float64)
    # by the largest of four squares (Shepperd 1978): no cancellation; rounded, so that ties fall alike on every machine
    squares = np.array(
        [
            1.0 + r[0, 0] + r[1, 1] + r[2, 2],
            1.0 + r[0, 0] - r[1, 1] - r[2, 2],
            1.0 - r[0, 0] + r[1, 1] - r[2, 2],
            1.0 - r[0, 0] - r[1, 1] + r[2, 2],
        ]
    )
    products = np.array(
        [
            [squares[0], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
            [r[2, 1] - r[1, 2], squares[1], r[1, 0] + r[0, 1], r[0, 2] + r[2, 0]],
            [r[0, 2] - r[2, 0], r[1, 0] + r[0, 1], squares[2], r[2, 1] + r[1, 2]],
            [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[2, 1] + r[1, 2], squares[3]],
        ]
    )
    row = products[int(np.argmax(np.round(squares, 9)))]
    q = row / math.sqrt(float(row @ row))
    leading = next(component for component in q if abs(component) > 1e-9)
    w, x, y, z = (q if leading > 0 else -q).tolist()
    return w, x, y, z
