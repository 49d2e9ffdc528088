"""Numbers as robot programs write them: fixed decimals, no minus zero, one way to write each rotation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import ProgramError
from ...geometry import Array, frozen, pose, turn_x, turn_y, turn_z
from ...units import deg, mm

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


def zyz(rotation: Array) -> tuple[float, float, float]:
    """Return (o, a, t) [rad] with ``rotation = Rz(o) Ry(a) Rz(t)``, a within 0 and a half turn.

    Where a is 0 or a half turn only o + t or t - o is defined; then o = 0.
    """
    r = rotation
    flat = math.hypot(r[0, 2], r[1, 2])
    o = math.atan2(r[1, 2], r[0, 2]) if flat > 1e-9 else 0.0
    a = math.atan2(flat, r[2, 2])
    t = math.atan2(-math.sin(o) * r[0, 0] + math.cos(o) * r[1, 0], -math.sin(o) * r[0, 1] + math.cos(o) * r[1, 1])
    return o, a, t


def xyz(rotation: Array) -> tuple[float, float, float]:
    """Return (x, y, z) [rad] with ``rotation = Rx(x) Ry(y) Rz(z)``, y within a quarter turn: the axes move along."""
    a, b, c = zyx(rotation.T)
    return -c, -b, -a


def fixed_xyz(rotation: Array) -> tuple[float, float, float]:
    """Return (x, y, z) [rad] with ``rotation = Rz(z) Ry(y) Rx(x)``: the axes stand still."""
    a, b, c = zyx(rotation)
    return c, b, a


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a language writes a pose: position in mm, three angles in degrees.

    Attributes:
        angles: rotation (3, 3) -> the angles [rad] in the order in which they stand.
        rotation: the inverse.
        decimals: of positions [mm] and of angles [deg].
    """

    angles: Callable[[Array], tuple[float, float, float]]
    rotation: Callable[[float, float, float], Array]
    decimals: tuple[int, int]


def fixed_xyz_form(length: int, angle: int) -> Form:
    """Return the form of languages that turn about x, y and z of the outer frame, in this order."""
    return Form(
        angles=fixed_xyz,
        rotation=lambda x, y, z: turn_z(z) @ turn_y(y) @ turn_x(x),
        decimals=(length, angle),
    )


def moving_xyz_form(length: int, angle: int) -> Form:
    """Return the form of languages that turn about x, the new y and the new z."""
    return Form(angles=xyz, rotation=lambda x, y, z: turn_x(x) @ turn_y(y) @ turn_z(z), decimals=(length, angle))


def zyz_form(length: int, angle: int) -> Form:
    """Return the form of languages that turn about z, the new y and the new z."""
    return Form(angles=zyz, rotation=lambda o, a, t: turn_z(o) @ turn_y(a) @ turn_z(t), decimals=(length, angle))


def six(form: Form, a_T_b: Array) -> list[str]:
    """Return x, y, z [mm] and the three angles [deg] of a pose."""
    length, angle = form.decimals
    x, y, z = (fixed(mm(float(v)), length) for v in a_T_b[:3, 3])
    return [x, y, z, *(wrapped(v, angle) for v in form.angles(a_T_b[:3, :3]))]


def as_said(form: Form, texts: Sequence[str]) -> Array:
    """Return the pose (4, 4) that six written numbers mean."""
    values = [float(text) for text in texts]
    rotation = form.rotation(*(math.radians(v) for v in values[3:6]))
    return frozen(pose(np.array(values[:3]) / 1e3, rotation))


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
