"""The compiled closed form of opw arms: eight branches a pose, written so that the compiler vectorises it.

Poses are worked on in blocks of fixed length, a row a quantity, without jumps and without calls into libm: cosines and
sines of the first joints come from algebra, angles from one rational arc tangent. No fast-math and no fused
multiply-add, so that the same poses give the same bytes on every processor.
"""

from __future__ import annotations

import math

from ..compiled import inline, kernel
from ..geometry import Array

BLOCK = 128
"""Poses worked on at once."""

STRAIGHT = 1e-10
"""Below this sine of joint 5 the wrist counts as straight: joints 4 and 6 turn about one line, and joint 4 is 0."""

AXIS = 1e-10
"""A wrist centre within this distance [m] of axis 1 lies on it, and joint 1 is 0; likewise for axis 2."""

_PI = math.pi
_TURN = 2.0 * math.pi
_B = BLOCK


@inline
def _arc(y: float, x: float) -> float:
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
def _joint(angle: float, sign: float, offset: float) -> float:
    """Return the chain's joint in [-pi, pi] of an opw angle in [-pi, pi]."""
    q = sign * (angle - offset)
    q = q - _TURN if q > _PI else q
    return q + _TURN if q < -_PI else q


@inline
def _opposite(angle: float) -> float:
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
def _shoulder(px: float, py: float, b: float, side: float) -> tuple[float, float, float, float]:
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
def _elbow(x: float, z: float, s: float, c2: float, k: float, bend: float) -> tuple[float, float, float, float]:
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


@kernel
def fill_branch(
    wrists: Array,
    plain: Array,
    flipped: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    beyond: float,
    side: float,
    bend: float,
) -> None:
    """Fill ``plain`` and ``flipped`` (7 rows: q1 to q6, miss) of one shoulder side and elbow bend."""
    a1, a2, b, c2, c3 = measures[0], measures[1], measures[2], measures[3], measures[4]
    h0, h1, h2, h3, h4, h5 = sign[0], sign[1], sign[2], sign[3], sign[4], sign[5]
    f0, f1, f2, f3, f4, f5 = offset[0], offset[1], offset[2], offset[3], offset[4], offset[5]
    k = math.sqrt(a2 * a2 + c3 * c3)
    cos_k, sin_k = c3 / k, a2 / k
    rest_cos, rest_sin = math.cos(f3), math.sin(f3)
    for i in range(_B):
        r00, r01, r02, px = wrists[i], wrists[_B + i], wrists[2 * _B + i], wrists[3 * _B + i]
        r10, r11, r12, py = wrists[4 * _B + i], wrists[5 * _B + i], wrists[6 * _B + i], wrists[7 * _B + i]
        r20, r21, r22, pz = wrists[8 * _B + i], wrists[9 * _B + i], wrists[10 * _B + i], wrists[11 * _B + i]
        ahead, inside, cos1, sin1 = _shoulder(px, py, b, side)
        x = ahead - a1
        s = math.sqrt(x * x + pz * pz)
        cos2, sin2, cos_e, sin_e = _elbow(x, pz, s, c2, k, bend)
        sin3 = sin_e * cos_k - cos_e * sin_k
        cos3 = cos_e * cos_k + sin_e * sin_k
        sin23 = sin2 * cos3 + cos2 * sin3
        cos23 = cos2 * cos3 - sin2 * sin3

        # wrist seen from link 3; joint 6 is taken after joint 4, so that their sum stays exact when joint 5 is straight
        w00 = (r00 * cos1 + r10 * sin1) * cos23 - r20 * sin23
        w01 = (r01 * cos1 + r11 * sin1) * cos23 - r21 * sin23
        w02 = (r02 * cos1 + r12 * sin1) * cos23 - r22 * sin23
        w12 = r12 * cos1 - r02 * sin1
        w22 = (r02 * cos1 + r12 * sin1) * sin23 + r22 * cos23
        sin5 = math.sqrt(w02 * w02 + w12 * w12)
        over = 1.0 / (sin5 + 1e-300)
        cos4 = rest_cos if sin5 < STRAIGHT else w02 * over
        sin4 = rest_sin if sin5 < STRAIGHT else w12 * over
        t4 = _arc(sin4, cos4)
        t5 = _arc(sin5, w22)
        t6 = _arc(cos4 * (r10 * cos1 - r00 * sin1) - sin4 * w00, cos4 * (r11 * cos1 - r01 * sin1) - sin4 * w01)

        outside = s - (c2 + k) if s > c2 + k else abs(c2 - k) - s
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        miss = (outside if outside > inside else inside) + 0.0 * (px + py + pz + w22 + w00 + w01)
        exists = miss <= beyond
        miss = 0.0 if exists else miss
        q1 = _joint(_arc(sin1, cos1), h0, f0) if exists else math.nan
        q2 = _joint(_arc(sin2, cos2), h1, f1) if exists else math.nan
        q3 = _joint(_arc(sin3, cos3), h2, f2) if exists else math.nan
        plain[i], flipped[i] = q1, q1
        plain[_B + i], flipped[_B + i] = q2, q2
        plain[2 * _B + i], flipped[2 * _B + i] = q3, q3
        plain[3 * _B + i] = _joint(t4, h3, f3) if exists else math.nan
        plain[4 * _B + i] = _joint(t5, h4, f4) if exists else math.nan
        plain[5 * _B + i] = _joint(t6, h5, f5) if exists else math.nan
        flipped[3 * _B + i] = _joint(_opposite(t4), h3, f3) if exists else math.nan
        flipped[4 * _B + i] = _joint(-t5, h4, f4) if exists else math.nan
        flipped[5 * _B + i] = _joint(_opposite(t6), h5, f5) if exists else math.nan
        plain[6 * _B + i], flipped[6 * _B + i] = miss, miss


@inline
def copy_row(row: Array, to: Array) -> None:
    """Fill ``to`` with the start of ``row``."""
    for i in range(len(to)):
        to[i] = row[i]


@kernel
def all_branches(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    beyond: float,
    work: Array,
    q: Array,
    miss: Array,
) -> None:
    """Fill ``q`` (8, 6, n) [rad] and ``miss`` (8, n) [m] with every branch of every pose.

    Args:
        base_T_flange: (n, 4, 4), contiguous.
        left: (4, 4) shoulder_T_base: opw frame lifted to the height of axis 2.
        right: (4, 4) flange_T_wrist.
        measures: (5,) a1, a2, b, c2, c3 [m].
        sign: (6,) of the joints.
        offset: (6,) of the joints [rad].
        beyond: a pose out of reach by no more than this [m] is solved at the end of the reach.
        work: (4, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    raw, half, wrists = work[0], work[1], work[2]
    plain, flipped = work[3][: 7 * _B], work[0][: 7 * _B]
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, raw, half, wrists)
        for k in range(4):
            fill_branch(
                wrists, plain, flipped, measures, sign, offset, beyond, -1.0 if k >= 2 else 1.0, -1.0 if k % 2 else 1.0
            )
            for j in range(6):
                copy_row(plain[j * _B :], q[k, j, start : start + _B])
                copy_row(flipped[j * _B :], q[k + 4, j, start : start + _B])
            copy_row(plain[6 * _B :], miss[k, start : start + _B])
            copy_row(flipped[6 * _B :], miss[k + 4, start : start + _B])
