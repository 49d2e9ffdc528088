"""What the compiled closed forms share: poses in blocks of rows, one arc tangent, the shoulder and the elbow.

Poses are worked on in blocks of fixed length, a row a quantity, without jumps and without calls into libm, so that the
compiler works on several poses at once. No fast-math and no fused multiply-add, so that the same poses give the same
bytes on every processor.
"""

from __future__ import annotations

import math

from ..compiled import inline, kernel
from ..geometry import Array

BLOCK = 128
"""Poses worked on at once."""

STRAIGHT = 1e-10
"""Below this sine of joint 5 the wrist counts as straight: two of its joints turn about one line."""

AXIS = 1e-10
"""A point within this distance [m] of an axis lies on it, and the joint's angle is free."""

_PI = math.pi
_TURN = 2.0 * math.pi
_B = BLOCK


@inline
def arc(y: float, x: float) -> float:
    """Return atan2(y, x) to 2 ulp; coefficients of the arc tangent in S. Moshier's Cephes library (atan.c)."""
    ax = abs(x)
    ay = abs(y)
    steep = ay > ax
    large = ay if steep else ax
    small = ax if steep else ay
    upper = small > 0.41421356237309503 * large
    t = (small - large if upper else small) / ((small + large if upper else large) + 1e-300)
    z = t * t
    p = -8.750608600031904122785e-1 * z - 1.615753718733365076637e1
    p = (p * z - 7.500855792314704667340e1) * z - 1.228866684490136173410e2
    p = p * z - 6.485021904942025371773e1
    q = (z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2
    q = (q * z + 4.328810604912902668951e2) * z + 4.853903996359136964868e2
    q = q * z + 1.945506571482613964425e2
    angle = t + t * (z * p / q)
    angle = angle + 0.7853981633974483 if upper else angle
    angle = 1.5707963267948966 - angle if steep else angle
    angle = _PI - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle


@inline
def joint(angle: float, sign: float, offset: float) -> float:
    """Return the chain's joint in [-pi, pi] of an opw angle in [-pi, pi]."""
    q = sign * (angle - offset)
    q = q - _TURN if q > _PI else q
    return q + _TURN if q < -_PI else q


@inline
def opposite(angle: float) -> float:
    """Return the angle half a turn away, in [-pi, pi]."""
    return angle - _PI if angle > 0.0 else angle + _PI


@kernel
def fill_wrists(
    base_T_flange: Array, start: int, left: Array, right: Array, raw: Array, half: Array, out: Array
) -> None:
    """Fill ``out`` with left @ base_T_flange @ right, a block of rows an entry (12, BLOCK), flat."""
    last = len(base_T_flange) - 1
    for i in range(_B):
        n = min(start + i, last)
        for r in range(3):
            for c in range(4):
                raw[(4 * r + c) * _B + i] = base_T_flange[n, r, c]
    for r in range(3):
        for c in range(4):
            a, b, d = raw[c * _B :], raw[(4 + c) * _B :], raw[(8 + c) * _B :]
            to = half[(4 * r + c) * _B :]
            x, y, z, w = left[r, 0], left[r, 1], left[r, 2], left[r, 3] if c == 3 else 0.0
            for i in range(_B):
                to[i] = x * a[i] + y * b[i] + z * d[i] + w
    for r in range(3):
        a, b, d, e = half[4 * r * _B :], half[(4 * r + 1) * _B :], half[(4 * r + 2) * _B :], half[(4 * r + 3) * _B :]
        for c in range(4):
            to = out[(4 * r + c) * _B :]
            x, y, z, w = right[0, c], right[1, c], right[2, c], right[3, c]
            for i in range(_B):
                to[i] = x * a[i] + y * b[i] + z * d[i] + w * e[i]


@inline
def shoulder(px: float, py: float, b: float, side: float) -> tuple[float, float, float, float]:
    """Return how far ahead the wrist is, how far it is inside the lateral offset, and joint 1's cosine and sine.

    Joint 1 puts the wrist centre at (ahead, b) in the frame that turns with it.
    """
    width = abs(b)
    rho = math.sqrt(px * px + py * py)
    square = (rho - width) * (rho + width)
    ahead = side * math.sqrt(square if square > 0.0 else 0.0)
    scale = 1.0 / (rho * (rho if rho > width else width) + 1e-300)
    cosine = side if rho < AXIS else (px * ahead + py * b) * scale
    sine = 0.0 if rho < AXIS else (py * ahead - px * b) * scale
    return ahead, width - rho, cosine, sine


@inline
def elbow(x: float, z: float, s: float, c2: float, k: float, bend: float) -> tuple[float, float, float, float]:
    """Return cosine and sine of joint 2, and of the elbow's angle from stretched, for a wrist at (x, z), s away.

    Both angles of the triangle of shoulder, elbow and wrist come from one root, so that they close it exactly, even
    where the arm is nearly stretched and the root has lost digits.
    """
    far, near, square = c2 + k, abs(c2 - k), (c2 - k) * (c2 + k)
    over = 1.0 / (s + 1e-300)
    sin_b = 0.0 if s < AXIS else x * over
    cos_b = 1.0 if s < AXIS else z * over
    s = far if s > far else s
    s = near if s < near else s
    s = AXIS if s < AXIS else s
    root = (far - s) * (far + s) * (s - near) * (s + near)
    root = bend * math.sqrt(root if root > 0.0 else 0.0)
    over_2c2 = 0.5 / c2
    cos_g = (s * s + square) * (over_2c2 / s)
    sin_g = root * (over_2c2 / s)
    cos_e = (s * s - c2 * c2 - k * k) * (over_2c2 / k)
    sin_e = root * (over_2c2 / k)
    return cos_b * cos_g + sin_b * sin_g, sin_b * cos_g - cos_b * sin_g, cos_e, sin_e


@inline
def copy_row(row: Array, to: Array) -> None:
    """Fill ``to`` with the start of ``row``."""
    for i in range(len(to)):
        to[i] = row[i]


@kernel
def fill_least(rows: Array, middle: float, half: float, turn: float, weight: float, least: Array) -> None:
    """Lower ``least`` (BLOCK,) to ``weight`` times what is left of ``half``: how near angles are to ``middle``.

    ``rows`` (BLOCK,) are angles [rad] that are the same again after ``turn``; NaN stays out.
    """
    over = 1.0 / turn
    for i in range(_B):
        off = rows[i] - middle
        off = abs(off - turn * math.floor(off * over + 0.5))
        here = weight * (half - off)
        least[i] = here if here < least[i] else least[i]


@kernel
def fill_margin(rows: Array, first: int, last: int, middle: Array, half: Array, least: Array) -> None:
    """Lower ``least`` (BLOCK,) to the margins of joints ``first`` to before ``last`` of a branch (rows of `joint`)."""
    for j in range(first, last):
        fill_least(rows[j * _B :], middle[j], half[j], _TURN, 1.0, least)


@kernel
def fill_straight(rows: Array, straight: float, weight: float, least: Array) -> None:
    """Lower ``least`` (BLOCK,) to ``weight`` times the angle of joint 5 from ``straight`` or folded; not if it is 0."""
    if weight > 0.0:
        # the angle from straight is what is left of a quarter turn when the angle from square is taken
        fill_least(rows[4 * _B :], straight + 0.5 * _PI, 0.5 * _PI, _PI, weight, least)


@kernel
def fill_row(row: Array, value: float) -> None:
    """Fill ``row`` (BLOCK,) with one value."""
    for i in range(_B):
        row[i] = value


@kernel
def copy_margin(least: Array, rows: Array, none: float, to: Array) -> None:
    """Fill ``to`` with the start of ``least``, and with ``none`` where the branch in ``rows`` is not."""
    for i in range(len(to)):
        to[i] = least[i] if rows[i] == rows[i] else none
