"""The compiled geometry of a pose: what the equations of `general_6r` need of it, and the joints that answer them."""

from __future__ import annotations

import math

from ..compiled import kernel
from ..geometry import Array
from .general_6r_product_kernel import BASE_MEET, MEET, PARALLEL
from .tracking_kernel import angle_of, cosine_sine


@kernel
def _dot(a: Array, b: Array) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel
def _cross(a: Array, b: Array, out: Array) -> None:
    out[0], out[1], out[2] = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@kernel
def _turn_about(h: Array, c: float, s: float, v: Array) -> None:
    """Turn ``v`` (3,) about the unit axis ``h``."""
    x, y, z = v[0], v[1], v[2]
    k = (1.0 - c) * (h[0] * x + h[1] * y + h[2] * z)
    v[0] = c * x + k * h[0] + s * (h[1] * z - h[2] * y)
    v[1] = c * y + k * h[1] + s * (h[2] * x - h[0] * z)
    v[2] = c * z + k * h[2] + s * (h[0] * y - h[1] * x)


@kernel
def _angle(h: Array, a: Array, b: Array) -> float:
    """Return the angle about ``h`` that turns ``a`` towards ``b``."""
    across = (
        h[0] * (a[1] * b[2] - a[2] * b[1]) + h[1] * (a[2] * b[0] - a[0] * b[2]) + h[2] * (a[0] * b[1] - a[1] * b[0])
    )
    return angle_of(across, _dot(a, b) - _dot(h, a) * _dot(h, b))


@kernel
def fill_pose(along: Array, points: Array, wanted: Array, zero_T: Array, t: Array, k: Array, v: Array) -> None:
    """Fill what the equations need of one pose.

    Args:
        along: (6, 3) axes at zero.
        points: (6, 3) see `Elimination`.
        wanted: (4, 4) of the flange.
        zero_T: (4, 4) flange_T_base at zero.
        t: (6, 3) filled: functions of joint 1, coefficients of 1, cos, sin.
        k: (8,) filled but the last: constants.
        v: (8, 3) filled: 0 W from axis 1's point, 1 axis 6, 2 their product, 3 a direction that joint 6 turns, 7 the
            same at zero; the others are room.
    """
    h1, h2, p12, p23 = along[0], along[1], points[1], points[2]
    w, z, wz, x, side = v[0], v[1], v[2], v[3], v[4]
    reach = points[5]
    for i in range(3):
        total = wanted[i, 3] - points[0, i]
        for j in range(3):
            total += wanted[i, j] * (
                zero_T[j, 0] * reach[0] + zero_T[j, 1] * reach[1] + zero_T[j, 2] * reach[2] + zero_T[j, 3]
            )
        w[i] = total
    aside = v[6]
    least = (
        0
        if abs(along[5, 0]) <= min(abs(along[5, 1]), abs(along[5, 2]))
        else (1 if abs(along[5, 1]) <= abs(along[5, 2]) else 2)
    )
    for j in range(3):
        aside[j] = 1.0 if j == least else 0.0
    _cross(along[5], aside, v[7])
    for i in range(3):
        z[i], x[i] = 0.0, 0.0
        for j in range(3):
            row = zero_T[j]
            z[i] += wanted[i, j] * _dot(row, along[5])
            x[i] += wanted[i, j] * _dot(row, v[7])
    _cross(z, w, wz)
    _cross(p12, h2, side)
    for i in range(6):
        left = p12 if i == 0 or i == 2 else (side if i == 5 else h2)
        right = w if i <= 1 else (wz if i == 4 else z)
        _cross(h1, right, v[5])
        t[i, 0] = _dot(left, h1) * _dot(right, h1)
        t[i, 1] = _dot(left, right) - t[i, 0]
        t[i, 2] = -_dot(left, v[5])
    k[0], k[1], k[2] = _dot(w, w), _dot(z, w), _dot(along[4], along[5])
    k[3], k[4], k[5], k[6] = _dot(h2, p12), _dot(h2, p23), _dot(p12, p12), _dot(p23, p23)


@kernel
def first_equation(kind: int, t: Array, k: Array, h: Array) -> tuple[float, float, float]:
    """Return a, b, g of a cos + b sin = g in the joint that is found first."""
    if kind == PARALLEL:
        return t[1, 1], t[1, 2], k[3] + k[4] + h[0, 0] - t[1, 0]
    if kind == MEET:
        return 2.0 * t[0, 1], 2.0 * t[0, 2], k[0] + k[5] - k[6] - 2.0 * t[0, 0] - h[18, 0]
    if kind == BASE_MEET:
        return 2.0 * h[4, 0], 2.0 * h[5, 0], k[0] + k[5] - k[6] - h[18, 0] - 2.0 * (t[0, 0] + h[3, 0])
    return h[1, 0], h[2, 0], t[1, 0] - k[3] - k[4] - h[0, 0]


@kernel
def _second(kind: int, t: Array, k: Array, h: Array, c: float, s: float) -> tuple[float, float, float]:
    """Return a, b, g of the equation in the other joint, for a cosine and a sine of the first."""
    if kind == PARALLEL:
        g = k[0] + k[5] - k[6] - h[18, 0] - 2.0 * (t[0, 0] + t[0, 1] * c + t[0, 2] * s + h[3, 0])
        return 2.0 * h[4, 0], 2.0 * h[5, 0], g
    if kind == MEET:
        return h[1, 0], h[2, 0], t[1, 0] + t[1, 1] * c + t[1, 2] * s - k[3] - k[4] - h[0, 0]
    if kind == BASE_MEET:
        return t[1, 1], t[1, 2], k[3] + k[4] + h[0, 0] + h[1, 0] * c + h[2, 0] * s - t[1, 0]
    g = k[0] + k[5] - k[6] - h[18, 0] - 2.0 * (t[0, 0] + h[3, 0] + h[4, 0] * c + h[5, 0] * s)
    return 2.0 * t[0, 1], 2.0 * t[0, 2], g


@kernel
def _cosine_sine_of(a: float, b: float, g: float, sign: float) -> tuple[float, float]:
    """Return the solution of a cos + b sin = g on one side; the nearest direction where there is none."""
    root = sign * math.sqrt(max(a * a + b * b - g * g, 0.0))
    c, s = a * g - b * root, b * g + a * root
    over = 1.0 / (math.sqrt(c * c + s * s) + 1e-300)
    return c * over, s * over


@kernel
def position_at(
    kind: int,
    along: Array,
    points: Array,
    t: Array,
    k: Array,
    h: Array,
    v: Array,
    q4: float,
    way: int,
    q: Array,
    room: Array,
) -> float:
    """Fill ``q`` (6,) at a value of the hidden joint and one of the four ways; return the cosine missed at axis 5."""
    c4, s4 = cosine_sine(q4)
    a, b, g = first_equation(kind, t, k, h)
    c, s = _cosine_sine_of(a, b, g, 1.0 if way < 2 else -1.0)
    a, b, g = _second(kind, t, k, h, c, s)
    c2, s2 = _cosine_sine_of(a, b, g, -1.0 if way % 2 else 1.0)
    if kind > MEET:
        c, s, c2, s2 = c2, s2, c, s
    arm, there, turned = room[0], room[1], room[2]
    for i in range(3):
        arm[i], there[i] = points[4, i], v[0, i]
    _turn_about(along[3], c4, s4, arm)
    for i in range(3):
        arm[i] += points[3, i]
    _turn_about(along[2], c2, s2, arm)
    _turn_about(along[0], c, -s, there)
    for i in range(3):
        arm[i] += points[2, i]
        there[i] -= points[1, i]
    q[0], q[2], q[3] = angle_of(s, c), angle_of(s2, c2), q4
    q[1] = _angle(along[1], arm, there)
    axis, side = room[0], room[1]
    for i in range(3):
        axis[i], side[i], turned[i] = v[1, i], v[3, i], along[5, i]
    for j in range(4):
        cj, sj = cosine_sine(q[j])
        _turn_about(along[j], cj, -sj, axis)
        _turn_about(along[j], cj, -sj, side)
    q[4] = _angle(along[4], turned, axis)
    cj, sj = cosine_sine(q[4])
    _turn_about(along[4], cj, -sj, side)
    q[5] = _angle(along[5], v[7], side)
    return abs(_dot(axis, along[4]) - k[2])
