"""What the compiled closed forms share: poses in blocks of rows, one arc tangent, the shoulder and the elbow.

Poses are worked on in blocks of fixed length, a row a quantity, without jumps and without calls into libm, so that the
compiler works on several poses at once. No fast-math and no fused multiply-add, so that the same poses give the same
bytes on every processor.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

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
    """Return atan2(y, x) to 3 ulp, with one division: a polynomial on [0, tan(pi / 8)], off by 4e-17 at most.

    Its coefficients are the minimax ones of (atan(t) / t - 1) / t^2 in t^2, found by Remez' exchange.
    """
    ax = abs(x)
    ay = abs(y)
    steep = ay > ax
    large = ay if steep else ax
    small = ax if steep else ay
    upper = small > 0.41421356237309503 * large
    t = (small - large if upper else small) / ((small + large if upper else large) + 1e-300)
    # in pairs (Estrin's scheme), so that no long chain of sums waits for each other
    z = t * t
    y2 = z * z
    y4 = y2 * y2
    p = (1.9999999999104573e-1 * z - 3.333333333333022e-1) + (1.111110670331974e-1 * z - 1.4285714196520202e-1) * y2
    r = (7.690083288388633e-2 * z - 9.09078352354335e-2) + (5.693162170043208e-2 * z - 6.641245710216405e-2) * y2
    p = p + (r + (2.12800592977206e-2 * z - 4.3608182328841706e-2) * y4) * y4
    angle = t + t * (z * p)
    angle = angle + 0.7853981633974483 if upper else angle
    angle = 1.5707963267948966 - angle if steep else angle
    angle = _PI - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle


@inline
def whole(angle: float) -> float:
    """Return an angle in [-3 pi, 3 pi] in [-pi, pi]."""
    angle = angle - _TURN if angle > _PI else angle
    return angle + _TURN if angle < -_PI else angle


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
def fill_rows(poses: Array, start: int, rows: Array) -> None:
    """Fill ``rows`` (12 * BLOCK) with the upper rows of poses (n, 4, 4), an entry a row; the last pose fills up."""
    size = min(_B, len(poses) - start)
    some = poses[start : start + size]
    for i in range(size):
        for r in range(3):
            for c in range(4):
                rows[(4 * r + c) * _B + i] = some[i, r, c]
    for j in range(12):
        row = rows[j * _B : (j + 1) * _B]
        last = row[size - 1]
        for i in range(size, _B):
            row[i] = last


@kernel
def fill_after(rows: Array, right: Array, out: Array) -> None:
    """Fill ``out`` with ``rows`` @ right (4, 4); both (12 * BLOCK)."""
    for r in range(3):
        a, b, d, e = rows[4 * r * _B :], rows[(4 * r + 1) * _B :], rows[(4 * r + 2) * _B :], rows[(4 * r + 3) * _B :]
        for c in range(4):
            to = out[(4 * r + c) * _B :]
            x, y, z, w = right[0, c], right[1, c], right[2, c], right[3, c]
            for i in range(_B):
                to[i] = x * a[i] + y * b[i] + z * d[i] + w * e[i]


@kernel
def fill_before(left: Array, rows: Array, out: Array) -> None:
    """Fill ``out`` with left (4, 4) @ ``rows``; both (12 * BLOCK)."""
    for c in range(4):
        a, b, d = rows[c * _B :], rows[(4 + c) * _B :], rows[(8 + c) * _B :]
        for r in range(3):
            to = out[(4 * r + c) * _B :]
            x, y, z, w = left[r, 0], left[r, 1], left[r, 2], left[r, 3] if c == 3 else 0.0
            for i in range(_B):
                to[i] = x * a[i] + y * b[i] + z * d[i] + w


@kernel
def fill_wrists(base_T_flange: Array, start: int, left: Array, right: Array, room: Array, out: Array) -> None:
    """Fill ``out`` (12 * BLOCK) with left @ base_T_flange @ right, a row an entry; ``room`` is as long."""
    fill_rows(base_T_flange, start, out)
    fill_after(out, right, room)
    fill_before(left, room, out)


@inline
def fill_tools(world_T_flange: Array, right: Array, room: Array, tools: Array) -> None:
    """Fill ``tools`` (blocks, 12 * BLOCK) with world_T_flange @ right, a block a row; ``room`` is one block."""
    for start in range(0, len(world_T_flange), _B):
        fill_rows(world_T_flange, start, room)
        fill_after(room, right, tools[start // _B])


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
def triangle(s: float, c2: float, k: float) -> tuple[float, float, float, float]:
    """Return cosine and sine of two angles of an arm of links c2 and k, for a wrist s away; neither is negative.

    The first is that of the first link from the line to the wrist, the second that of the elbow from stretched. Both
    come from one root, so that they close the triangle exactly, even where the arm is nearly stretched and the root has
    lost digits. A wrist out of reach is taken to the end of it.
    """
    far, near, square = c2 + k, abs(c2 - k), (c2 - k) * (c2 + k)
    s = far if s > far else s
    s = near if s < near else s
    s = AXIS if s < AXIS else s
    root = (far - s) * (far + s) * (s - near) * (s + near)
    root = math.sqrt(root if root > 0.0 else 0.0)
    over, fixed = (0.5 / c2) / s, 0.5 / (c2 * k)
    return (s * s + square) * over, root * over, (s * s - c2 * c2 - k * k) * fixed, root * fixed


@inline
def elbow(x: float, z: float, s: float, c2: float, k: float, bend: float) -> tuple[float, float, float, float]:
    """Return cosine and sine of joint 2, and of the elbow's angle from stretched, for a wrist at (x, z), s away."""
    over = 1.0 / (s + 1e-300)
    sin_b = 0.0 if s < AXIS else x * over
    cos_b = 1.0 if s < AXIS else z * over
    cos_g, sin_g, cos_e, sin_e = triangle(s, c2, k)
    sin_g, sin_e = bend * sin_g, bend * sin_e
    return cos_b * cos_g + sin_b * sin_g, sin_b * cos_g - cos_b * sin_g, cos_e, sin_e


@inline
def copy_row(row: Array, to: Array) -> None:
    """Fill ``to`` with the start of ``row``."""
    for i in range(len(to)):
        to[i] = row[i]


@kernel
def copy_joint(angles: Array, out: Array, beyond: float, sign: float, offset: float, to: Array) -> None:
    """Fill ``to`` with the joints of the start of ``angles``; NaN where the pose is ``out`` of reach by too much."""
    for i in range(len(to)):
        to[i] = joint(angles[i], sign, offset) if out[i] <= beyond else math.nan


@kernel
def copy_miss(out: Array, beyond: float, to: Array) -> None:
    """Fill ``to`` with the start of ``out`` where it counts as out of reach."""
    for i in range(len(to)):
        to[i] = 0.0 if out[i] <= beyond else out[i]


@inline
def room(angle: float, middle: float, half: float) -> float:
    """Return what an angle, at its best turn, leaves of ``half`` the width of its limits round the ``middle``.

    Both angles lie in [-pi, pi].
    """
    off = abs(angle - middle)
    return half - (off if off < _TURN - off else _TURN - off)


@inline
def least(a: float, b: float) -> float:
    """Return the smaller one; the second where the first is NaN."""
    return a if a < b else b


@inline
def told(margin: float, out: float, beyond: float, none: float, share: float) -> float:
    """Return a margin, or what stands for a pose ``out`` of reach: ``none`` less a share of how far, NaN as 0."""
    gone = share * out
    return margin if out <= beyond else none - (gone if gone > 0.0 else 0.0)


@kernel
def fill_row(row: Array, value: float) -> None:
    """Fill ``row`` (BLOCK,) with one value."""
    for i in range(_B):
        row[i] = value


@kernel
def fill_room(row: Array, middle: float, half: float, to: Array) -> None:
    """Lower ``to`` (BLOCK,) to the room of the angles in ``row``."""
    for i in range(_B):
        to[i] = least(room(row[i], middle, half), to[i])


@kernel
def fill_bent(row: Array, weight: float, to: Array) -> None:
    """Lower ``to`` (BLOCK,) to ``weight`` times the angle of ``row``, in [-pi, pi], from 0 or pi; not if that is 0."""
    if weight > 0.0:
        for i in range(_B):
            bent = abs(row[i])
            to[i] = least(weight * (bent if bent < _PI - bent else _PI - bent), to[i])


@kernel
def fill_told(row: Array, out: Array, wanted: Array, to: Array) -> None:
    """Fill ``to`` (BLOCK,) with what `told` says of the margins in ``row``; ``wanted`` is that of `Limits`."""
    beyond, none, share = wanted[2], wanted[3], wanted[4]
    for i in range(_B):
        to[i] = told(row[i], out[i], beyond, none, share)


@kernel
def any_within(out: Array, beyond: float) -> bool:
    """Return whether an entry of ``out`` (at least BLOCK) is no larger than ``beyond``; NaN is none."""
    found = False
    for i in range(_B):
        found |= out[i] <= beyond
    return found


@kernel
def fill_runs(
    margins: Array, ends: NDArray[np.int64], operation: NDArray[np.int64], room: Array, best: Array
) -> None:  # fmt: skip
    """Raise ``best`` (o,) by what branches that are followed along whole runs leave at worst.

    Args:
        margins: (8, BLOCK) of the poses, in order.
        ends: (m,) 0 within a sample, 1 at the last pose of one, 2 at the last pose of a run; at most BLOCK.
        operation: (m,) index of each pose's entry in ``best``.
        room: (at least 8 * BLOCK + 16,) carried on between calls: see `start_runs`.
        best: changed.
    """
    here, run, side_by_side = room[:8], room[8:16], room[16 : 16 + 8 * _B]
    for b in range(8):
        row = margins[b]
        for i in range(_B):
            side_by_side[8 * i + b] = row[i]
    for i in range(len(ends)):
        values = side_by_side[8 * i : 8 * i + 8]
        for b in range(8):
            here[b] = values[b] if values[b] > here[b] else here[b]
        if ends[i] == 0:
            continue
        for b in range(8):
            run[b] = here[b] if here[b] < run[b] else run[b]
            here[b] = -math.inf
        if ends[i] == 2:
            most = best[operation[i]]
            for b in range(8):
                most = run[b] if run[b] > most else most
                run[b] = math.inf
            best[operation[i]] = most


@kernel
def start_runs(room: Array, best: Array) -> None:
    """Fill what `fill_runs` carries on: the best margin of each branch at a sample, and the least along a run."""
    room[:8], room[8:16] = -math.inf, math.inf
    best[:] = -math.inf
