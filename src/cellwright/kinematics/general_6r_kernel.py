"""The compiled search for every position of a six-axis arm at a pose: one joint is searched, the others follow.

`general_6r` has the equations and the names used here.
"""

from __future__ import annotations

import math

from ..compiled import inline, kernel
from ..geometry import Array
from .tracking_kernel import cosine_sine, polish

MOST = 16
"""No six-axis arm has more isolated positions at a pose (Primrose, 1986)."""

SAME = 1e-5
"""Positions closer than this [rad] are one: the flange cannot tell them apart, not to 1e-10 m."""

MET = 1e-9
"""A position whose flange is further from the pose than this [m, rad] is none."""

_TURN = 2.0 * math.pi
_NODES = 96  # over a whole turn of the hidden joint
_ARC_NODES = 56  # over a part of it
_STEPS = 40  # of Newton's method
_SURE, _LIKELY = 2e-3, 0.1  # of the angle between axes 5 and 6, at a root and at a near miss
_PARALLEL, _MEET, _BASE_MEET = 0, 1, 2


@inline
def _root(x: complex) -> complex:
    """Return a square root."""
    size = math.sqrt(math.sqrt(x.real * x.real + x.imag * x.imag))
    if size == 0.0:
        return 0j
    over = 1.0 / (size * size)
    c = x.real * over
    # half the angle, without cancellation on either side
    if c >= 0.0:
        re = math.sqrt(0.5 * (1.0 + c))
        im = 0.5 * x.imag * over / re
    else:
        im = math.sqrt(0.5 * (1.0 - c))
        re = 0.5 * x.imag * over / im
    return complex(size * re, size * im)


@kernel
def fill_hidden(table: Array, c4: float, s4: float, out: Array) -> None:
    """Fill ``out`` (20,) at a value of the hidden joint from its Fourier coefficients ``table`` (20, 5)."""
    c8, s8 = c4 * c4 - s4 * s4, 2.0 * c4 * s4
    for i in range(20):
        out[i] = table[i, 0] + table[i, 1] * c4 + table[i, 2] * s4 + table[i, 3] * c8 + table[i, 4] * s8


@inline
def _first(kind: int, t: Array, k: Array, h: Array) -> tuple[float, float, float]:
    """Return a, b, g of the equation a cos + b sin = g in one unknown joint."""
    if kind == _PARALLEL:
        return t[1, 1], t[1, 2], k[3] + k[4] + h[0] - t[1, 0]
    if kind == _MEET:
        return 2.0 * t[0, 1], 2.0 * t[0, 2], k[0] + k[5] - k[6] - 2.0 * t[0, 0] - h[18]
    if kind == _BASE_MEET:
        return 2.0 * h[4], 2.0 * h[5], k[0] + k[5] - 2.0 * t[0, 0] - k[6] - h[18] - 2.0 * h[3]
    return h[1], h[2], t[1, 0] - k[3] - k[4] - h[0]


@inline
def _second(kind: int, t: Array, k: Array, h: Array, c: complex, s: complex) -> tuple[float, float, complex]:
    """Return a, b, g of the equation in the other joint, once the first one's cosine and sine are known."""
    if kind == _PARALLEL:
        return 2.0 * h[4], 2.0 * h[5], k[0] + k[5] - k[6] - h[18] - 2.0 * (t[0, 0] + t[0, 1] * c + t[0, 2] * s + h[3])
    if kind == _MEET:
        return h[1], h[2], t[1, 0] + t[1, 1] * c + t[1, 2] * s - k[3] - k[4] - h[0]
    if kind == _BASE_MEET:
        return t[1, 1], t[1, 2], k[3] + k[4] + h[0] + h[1] * c + h[2] * s - t[1, 0]
    return 2.0 * t[0, 1], 2.0 * t[0, 2], k[0] + k[5] - k[6] - h[18] - 2.0 * (t[0, 0] + h[3] + h[4] * c + h[5] * s)


@inline
def _off(t: Array, k: Array, h: Array, c1: complex, s1: complex, c3: complex, s3: complex) -> tuple[complex, complex]:
    """Return by how much the cosine between axes 5 and 6 is missed, times a square distance, and that square."""
    pw, hw = t[0, 0] + t[0, 1] * c1 + t[0, 2] * s1, t[1, 0] + t[1, 1] * c1 + t[1, 2] * s1
    pz, zl = t[2, 0] + t[2, 1] * c1 + t[2, 2] * s1, t[3, 0] + t[3, 1] * c1 + t[3, 2] * s1
    across_z = t[4, 0] - t[5, 0] + (t[4, 1] - t[5, 1]) * c1 + (t[4, 2] - t[5, 2]) * s1
    dl = hw - k[3]
    square = k[0] + k[5] - 2.0 * pw - dl * dl
    along_z = k[1] - pz - zl * dl
    vl = k[4] + h[0] + h[1] * c3 + h[2] * s3
    tl = h[6] + h[7] * c3 + h[8] * s3
    along_t = h[9] + h[10] * c3 + h[11] * s3 + h[19] - vl * tl
    across_t = h[12] + h[15] + (h[13] + h[16]) * c3 + (h[14] + h[17]) * s3
    return (k[2] - zl * tl) * square - along_z * along_t + across_z * across_t, square


@kernel
def product(kind: int, t: Array, k: Array, h: Array) -> float:
    """Return the product over the four ways to set the two joints: smooth in the hidden joint, zero at a solution.

    Where a way is not real the other root of its square root is its conjugate, so that the product stays real.
    """
    a, b, g = _first(kind, t, k, h)
    over = 1.0 / (a * a + b * b + 1e-30)
    inside = a * a + b * b - g * g
    root = complex(math.sqrt(inside), 0.0) if inside >= 0.0 else complex(0.0, math.sqrt(-inside))
    scale, result = 1.0 / over, 1.0
    for i in range(2):
        c, s = (a * g - b * root) * over, (b * g + a * root) * over
        a2, b2, g2 = _second(kind, t, k, h, c, s)
        n2 = a2 * a2 + b2 * b2 + 1e-30
        root2 = _root(n2 - g2 * g2)
        pair, o2 = 1.0 + 0.0j, 1.0 / n2
        for _ in range(2):
            c2, s2 = (a2 * g2 - b2 * root2) * o2, (b2 * g2 + a2 * root2) * o2
            one = kind <= _MEET
            off, _ = _off(t, k, h, c if one else c2, s if one else s2, c2 if one else c, s2 if one else s)
            pair *= off
            root2 = -root2
        scale *= n2
        if inside < 0.0:
            return (pair.real * pair.real + pair.imag * pair.imag) * (scale * n2) ** 2
        result *= pair.real
        root = -root
    return result * scale * scale


@inline
def _dot(a: Array, b: Array) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inline
def _cross(a: Array, b: Array, out: Array) -> None:
    out[0], out[1], out[2] = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@inline
def _turn_about(h: Array, c: float, s: float, v: Array) -> None:
    """Turn ``v`` (3,) about the unit axis ``h``."""
    x, y, z = v[0], v[1], v[2]
    k = (1.0 - c) * (h[0] * x + h[1] * y + h[2] * z)
    v[0] = c * x + k * h[0] + s * (h[1] * z - h[2] * y)
    v[1] = c * y + k * h[1] + s * (h[2] * x - h[0] * z)
    v[2] = c * z + k * h[2] + s * (h[0] * y - h[1] * x)


@inline
def _angle(h: Array, a: Array, b: Array) -> float:
    """Return the angle about ``h`` that turns ``a`` towards ``b``."""
    across = h[0] * (a[1] * b[2] - a[2] * b[1]) + h[1] * (a[2] * b[0] - a[0] * b[2]) + h[2] * (a[0] * b[1] - a[1] * b[0])
    return math.atan2(across, _dot(a, b) - _dot(h, a) * _dot(h, b))


@kernel
def fill_pose(along: Array, points: Array, wanted: Array, zero_T: Array, t: Array, k: Array, v: Array) -> None:
    """Fill what the equations need of one pose.

    Args:
        along: (6, 3) axes at zero.
        points: (6, 3) see `Elimination`.
        wanted: (4, 4) of the flange.
        zero_T: (4, 4) flange_T_base at zero.
        t: (6, 3) filled: functions of joint 1, coefficients of 1, cos, sin.
        k: (8,) filled: constants.
        v: (8, 3) filled: 0 to the wrist from axis 1's point, 1 axis 6, 2 their product, 3 a direction turned by joint 6.
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
    least = 0 if abs(along[5, 0]) <= min(abs(along[5, 1]), abs(along[5, 2])) else (
        1 if abs(along[5, 1]) <= abs(along[5, 2]) else 2
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
    k[7] = 0.0


@kernel
def fill_arcs(kind: int, table: Array, t: Array, k: Array, h: Array, arcs: Array) -> int:
    """Fill ``arcs`` (2, 2) with the ranges of the hidden joint in which the first joint is real; return their number.

    Only where its equation does not change with the hidden joint but in g, a level plus a sine; -1 is a whole turn.
    """
    if kind > _MEET:
        return -1
    row = 0 if kind == _PARALLEL else 18
    sign = 1.0 if kind == _PARALLEL else -1.0
    fill_hidden(table, 1.0, 0.0, h)
    a, b, g = _first(kind, t, k, h)
    swing_c, swing_s = sign * table[row, 1], sign * table[row, 2]
    level, swing = g - swing_c, math.sqrt(swing_c * swing_c + swing_s * swing_s)
    size = math.sqrt(a * a + b * b)
    low, high = (-size - level) / (swing + 1e-30), (size - level) / (swing + 1e-30)
    if low > 1.0 + 1e-6 or high < -1.0 - 1e-6:
        return 0
    if low <= -1.0 and high >= 1.0:
        return -1
    middle = math.atan2(swing_s, swing_c)
    start, end = math.acos(min(high, 1.0)), math.acos(max(min(low, 1.0), -1.0))
    if high >= 1.0:
        arcs[0, 0], arcs[0, 1] = middle - end, middle + end
        return 1
    if low <= -1.0:
        arcs[0, 0], arcs[0, 1] = middle + start, middle + _TURN - start
        return 1
    arcs[0, 0], arcs[0, 1], arcs[1, 0], arcs[1, 1] = middle - end, middle - start, middle + start, middle + end
    return 2


@kernel
def position_at(kind: int, along: Array, points: Array, t: Array, k: Array, h: Array, v: Array, q4: float, way: int,
                q: Array, room: Array) -> float:
    """Fill ``q`` (6,) at a value of the hidden joint and one of the four ways; return the cosine missed at axis 5."""
    c4, s4 = cosine_sine(q4)
    a, b, g = _first(kind, t, k, h)
    over = 1.0 / (a * a + b * b + 1e-30)
    root = math.sqrt(max(a * a + b * b - g * g, 0.0)) * (1.0 if way < 2 else -1.0)
    c, s = (a * g - b * root) * over, (b * g + a * root) * over
    over = 1.0 / (math.sqrt(c * c + s * s) + 1e-30)
    c, s = c * over, s * over
    a, b, g2 = _second(kind, t, k, h, complex(c, 0.0), complex(s, 0.0))
    over = 1.0 / (a * a + b * b + 1e-30)
    root = math.sqrt(max(a * a + b * b - g2.real * g2.real, 0.0)) * (-1.0 if way % 2 else 1.0)
    c2, s2 = (a * g2.real - b * root) * over, (b * g2.real + a * root) * over
    over = 1.0 / (math.sqrt(c2 * c2 + s2 * s2) + 1e-30)
    c2, s2 = c2 * over, s2 * over
    if kind > _MEET:
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
    q[0], q[2], q[3] = math.atan2(s, c), math.atan2(s2, c2), q4
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


@kernel
def add(q: Array, found: Array, count: int) -> int:
    """Put ``q`` (6,) among the first ``count`` of ``found`` (MOST, 6), in order; return how many there are now."""
    if count == MOST:
        return count
    for i in range(count):
        far = 0.0
        for j in range(6):
            off = q[j] - found[i, j]
            far = max(far, abs(off - _TURN * math.floor(off / _TURN + 0.5)))
        if far < SAME:
            return count
    at = count
    while at > 0:
        before, j = found[at - 1], 0
        while j < 5 and before[j] == q[j]:
            j += 1
        if before[j] <= q[j]:
            break
        at -= 1
    for i in range(count, at, -1):
        for j in range(6):
            found[i, j] = found[i - 1, j]
    for j in range(6):
        found[at, j] = q[j]
    return count + 1


@kernel
def value(kind: int, table: Array, t: Array, k: Array, h: Array, q4: float) -> float:
    """Return `product` at a value of the hidden joint."""
    c4, s4 = cosine_sine(q4)
    fill_hidden(table, c4, s4, h)
    return product(kind, t, k, h)


@kernel
def root_between(
    kind: int, table: Array, t: Array, k: Array, h: Array, a: float, fa: float, b: float, fb: float
) -> float:
    """Return where the product is zero between ``a`` and ``b``, by the regula falsi with the Illinois rule."""
    x = b
    for _ in range(30):
        if abs(b - a) < 1e-7:
            break
        x = b - fb * (b - a) / (fb - fa)
        fx = value(kind, table, t, k, h, x)
        if fx == 0.0 or abs(x - b) < 1e-9:
            break
        if (fx > 0.0) != (fb > 0.0):
            a, fa = b, fb
        else:
            fa *= 0.5
        b, fb = x, fx
    return x


@kernel
def lowest_between(
    kind: int, table: Array, t: Array, k: Array, h: Array, x: Array, f: Array
) -> None:
    """Move the middle of three nodes ``x`` (3,) with values ``f`` (3,) of one sign to where the product is least.

    It ends early where the product changes its sign: two roots lie there.
    """
    for _ in range(14):
        left, right = x[1] - x[0], x[2] - x[1]
        down, up = f[0] - f[1], f[2] - f[1]
        bend = down * right + up * left
        at = x[1] + 0.5 * (down * right * right - up * left * left) / bend if bend != 0.0 else x[1]
        least = 1e-4 * (x[2] - x[0])
        if abs(at - x[1]) < least or not x[0] < at < x[2]:
            at = x[1] + (0.1 * right if right > left else -0.1 * left)
        if x[2] - x[0] < 1e-7:
            break
        y = value(kind, table, t, k, h, at)
        better = abs(y) < abs(f[1]) or (y > 0.0) != (f[1] > 0.0)
        if better:
            if at > x[1]:
                x[0], f[0] = x[1], f[1]
            else:
                x[2], f[2] = x[1], f[1]
            x[1], f[1] = at, y
            if (y > 0.0) != (f[0] > 0.0):
                break
        elif at > x[1]:
            x[2], f[2] = at, y
        else:
            x[0], f[0] = at, y


@kernel
def search(
    kind: int,
    turned: bool,
    along: Array,
    points: Array,
    table: Array,
    steps: Array,
    wanted: Array,
    t: Array,
    k: Array,
    v: Array,
    low: float,
    high: float,
    whole: bool,
    found: Array,
    count: int,
    work: Array,
) -> int:
    """Add the positions whose hidden joint lies between ``low`` and ``high`` to ``found``; return how many there are.

    Args:
        work: (49, 128) room; the first of row 7 is the least error met.
    """
    n = _NODES if whole else _ARC_NODES
    x, f, h = work[0], work[1], work[2]
    nodes, values, q, guess = work[3, :3], work[4, :3], work[5, :6], work[6, :6]
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    for i in range(n + 2):
        if whole:
            x[i] = low + _TURN * i / n
        else:
            _, s = cosine_sine(math.pi * (i / (n + 1.0) - 0.5))
            x[i] = middle + half * 1.0005 * s
        f[i] = value(kind, table, t, k, h, x[i])
    for i in range(n):
        some, first, second, limit = 0, 0.0, 0.0, _SURE
        if (f[i] > 0.0) != (f[i + 1] > 0.0):
            some, first = 1, root_between(kind, table, t, k, h, x[i], f[i], x[i + 1], f[i + 1])
        elif abs(f[i + 1]) <= abs(f[i]) and abs(f[i + 1]) <= abs(f[i + 2]) and (f[i + 1] > 0.0) == (f[i + 2] > 0.0):
            for j in range(3):
                nodes[j], values[j] = x[i + j], f[i + j]
            lowest_between(kind, table, t, k, h, nodes, values)
            if (values[1] > 0.0) != (values[0] > 0.0):
                some = 2
                first = root_between(kind, table, t, k, h, nodes[0], values[0], nodes[1], values[1])
                second = root_between(kind, table, t, k, h, nodes[1], values[1], nodes[2], values[2])
            elif abs(values[1]) < 0.02 * (abs(f[i]) + abs(f[i + 2])):
                some, first, limit = 1, nodes[1], _LIKELY
        for r in range(some):
            at = first if r == 0 else second
            c4, s4 = cosine_sine(at)
            fill_hidden(table, c4, s4, h)
            for way in range(4):
                off = position_at(kind, along, points, t, k, h, v, at, way, guess, work[8:16])
                if not off < limit:
                    continue
                for j in range(6):
                    q[j] = guess[5 - j] if turned else guess[j]
                left = polish(steps, wanted, q, _STEPS, work[16:32])
                work[7, 0] = min(work[7, 0], left)
                work[7, 1] += 1.0
                if left < MET:
                    count = add(q, found, count)
    return count


@kernel
def all_positions(
    kinds: Array,
    along: Array,
    points: Array,
    tables: Array,
    zero_T: Array,
    steps: Array,
    base_T_flange: Array,
    flange_T_base: Array,
    work: Array,
    found: Array,
    q: Array,
    miss: Array,
) -> None:
    """Fill ``q`` (MOST, 6, n) and ``miss`` (MOST, n) with every position at every pose, in order of the joints.

    Args:
        kinds: (m, 2) which equation has one unknown; 1 where the arm is taken from the flange to the base.
        along: (m, 6, 3).
        points: (m, 6, 3).
        tables: (m, 20, 5).
        zero_T: (m, 4, 4).
        steps: (7, 3, 4) of the chain.
        base_T_flange: (n, 4, 4).
        flange_T_base: (n, 4, 4) its inverse.
        work: (49, 128) room.
        found: (MOST, 6) room.
        q: filled.
        miss: filled.
    """
    t, k, v, h, arcs = work[32:38, :3], work[38], work[39:47, :3], work[2], work[47:49, :2]
    for i in range(base_T_flange.shape[0]):
        count = 0
        work[7, 0] = math.inf
        for m in range(kinds.shape[0]):
            kind, turned = int(kinds[m, 0]), kinds[m, 1] == 1
            goal = flange_T_base[i] if turned else base_T_flange[i]
            fill_pose(along[m], points[m], goal, zero_T[m], t, k, v)
            many = fill_arcs(kind, tables[m], t, k, h, arcs)
            for a in range(abs(many)):
                low, high = (-math.pi, math.pi) if many < 0 else (arcs[a, 0], arcs[a, 1])
                count = search(
                    kind, turned, along[m], points[m], tables[m], steps, base_T_flange[i], t, k, v,
                    low, high, many < 0, found, count, work,
                )
        for b in range(MOST):
            miss[b, i] = 0.0 if b < count else (math.inf if count else work[7, 0])
            for j in range(6):
                q[b, j, i] = found[b, j] if b < count else math.nan
