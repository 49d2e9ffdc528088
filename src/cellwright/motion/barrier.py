"""The rows of the interior-point method: rooms, multipliers and derivatives of every limit at every station; compiled.

A loop a quantity, over all stations, on few arrays at a time: so that the compiler vectorises them.
"""

from __future__ import annotations

from ..compiled import kernel
from ..geometry import Array


@kernel
def rooms(
    state: Array, top: Array, a: Array, b: Array, c: Array, slope: Array, bend: Array, third: Array, over: Array
) -> None:
    """Fill one over the room (rows, S) of each limit: speed, then both sides of each linear one, then of each jerk."""
    count = state.shape[1]
    x, y, v = state[0], state[1], state[2]
    for i in range(count):
        over[0, i] = 1.0 / (1.0 - x[i] / top[i])
    row = 1
    for j in range(a.shape[0]):
        for i in range(count):
            value = 0.5 * a[j, i] * y[i] + b[j, i] * x[i] + c[j, i]
            over[row, i] = 1.0 / (1.0 - value)
            over[row + 1, i] = 1.0 / (1.0 + value)
        row += 2
    for j in range(slope.shape[0]):
        for i in range(count):
            value = 0.5 * slope[j, i] * v[i] + 1.5 * bend[j, i] * y[i] + third[j, i] * x[i]
            over[row, i] = 1.0 / (state[3, i] - value)
            over[row + 1, i] = 1.0 / (state[3, i] + value)
        row += 2


@kernel
def begin_rows(
    state: Array,
    weight: Array,
    top: Array,
    onward: float,
    ascent: Array,
    dual: Array,
    over: Array,
    hessian: Array,
    force: Array,
    pull: Array,
    products: Array,
) -> None:
    """Begin the second derivatives (6, S: xx, xy, yy, xv, yv, vv) and forces (3, S) with the time and largest speeds.

    ``pull`` is the barriers' force for one ``mu``; ``products`` sums rooms times multipliers.
    """
    x = state[0]
    hessian[1:] = 0.0
    force[1:] = 0.0
    pull[1:] = 0.0
    for i in range(len(x)):
        z = dual[i] + onward * ascent[i]
        room = 1.0 - x[i] / top[i]
        dual[i] = z
        over[i] = 1.0 / room
        products[i] = z * room
        steep = -2.0 * weight[i] * state[4, i]
        hessian[0, i] = 0.75 * steep / x[i] + z * over[i] / (top[i] * top[i])
        force[0, i] = 0.5 * steep
        pull[0, i] = -over[i] / top[i]


@kernel
def add_linear(
    state: Array,
    a: Array,
    b: Array,
    c: Array,
    onward: float,
    up: Array,
    down: Array,
    upper: Array,
    lower: Array,
    over: Array,
    under: Array,
    hessian: Array,
    pull: Array,
    products: Array,
) -> None:
    """Add both sides of one linear limit."""
    x, y = state[0], state[1]
    xx, xy, yy = hessian[0], hessian[1], hessian[2]
    fx, fy = pull[0], pull[1]
    for i in range(len(x)):
        gx, gy = b[i], 0.5 * a[i]
        value = gy * y[i] + gx * x[i] + c[i]
        z, other = upper[i] + onward * up[i], lower[i] + onward * down[i]
        one, two = 1.0 / (1.0 - value), 1.0 / (1.0 + value)
        upper[i], lower[i], over[i], under[i] = z, other, one, two
        products[i] += z * (1.0 - value) + other * (1.0 + value)
        w, e = z * one + other * two, two - one
        xx[i] += w * gx * gx
        xy[i] += w * gx * gy
        yy[i] += w * gy * gy
        fx[i] += e * gx
        fy[i] += e * gy


@kernel
def jerk_rooms(
    state: Array,
    slope: Array,
    bend: Array,
    third: Array,
    onward: float,
    up: Array,
    down: Array,
    upper: Array,
    lower: Array,
    over: Array,
    under: Array,
    products: Array,
) -> None:
    """Measure both sides of one joint's jerk."""
    x, y, v, pace = state[0], state[1], state[2], state[3]
    for i in range(len(x)):
        value = 0.5 * slope[i] * v[i] + 1.5 * bend[i] * y[i] + third[i] * x[i]
        z, other = upper[i] + onward * up[i], lower[i] + onward * down[i]
        upper[i], lower[i] = z, other
        over[i], under[i] = 1.0 / (pace[i] - value), 1.0 / (pace[i] + value)
        products[i] += z * (pace[i] - value) + other * (pace[i] + value)


@kernel
def jerk_bends(
    tangent: Array,
    slope: Array,
    bend: Array,
    third: Array,
    upper: Array,
    lower: Array,
    over: Array,
    under: Array,
    hessian: Array,
) -> None:
    """Add the second derivatives of one joint's jerk, the limit replaced by its tangent."""
    xx, xy, yy, xv, yv, vv = hessian[0], hessian[1], hessian[2], hessian[3], hessian[4], hessian[5]
    for i in range(len(tangent)):
        gx, gy, gv = third[i], 1.5 * bend[i], 0.5 * slope[i]
        p, q = upper[i] * over[i], lower[i] * under[i]
        w, cross = p + q, (p - q) * tangent[i]
        xx[i] += w * (gx * gx + tangent[i] * tangent[i]) - 2.0 * cross * gx
        xy[i] += (w * gx - cross) * gy
        yy[i] += w * gy * gy
        xv[i] += (w * gx - cross) * gv
        yv[i] += w * gy * gv
        vv[i] += w * gv * gv


@kernel
def jerk_forces(
    tangent: Array, slope: Array, bend: Array, third: Array, over: Array, under: Array, pull: Array
) -> None:
    """Add the barriers' force of one joint's jerk."""
    fx, fy, fv = pull[0], pull[1], pull[2]
    for i in range(len(tangent)):
        e = under[i] - over[i]
        fx[i] += e * third[i] + (over[i] + under[i]) * tangent[i]
        fy[i] += e * 1.5 * bend[i]
        fv[i] += e * 0.5 * slope[i]


@kernel
def slide_top(
    dx: Array, top: Array, mu: float, over: Array, dual: Array, ascent: Array, ahead: Array, behind: Array
) -> None:
    """Fill how the multipliers of the largest speeds change; keep the worst shares of room and multiplier lost."""
    for i in range(len(dx)):
        share = -dx[i] / top[i] * over[i]
        ascent[i] = mu * over[i] - dual[i] - dual[i] * share
        ahead[i] = min(ahead[i], share)
        behind[i] = min(behind[i], ascent[i] / dual[i])


@kernel
def slide_linear(
    moved: Array,
    a: Array,
    b: Array,
    mu: float,
    over: Array,
    under: Array,
    upper: Array,
    lower: Array,
    up: Array,
    down: Array,
    ahead: Array,
    behind: Array,
) -> None:
    """The same of one linear limit."""
    dx, dy = moved[0], moved[1]
    for i in range(len(dx)):
        value = 0.5 * a[i] * dy[i] + b[i] * dx[i]
        share, other = -value * over[i], value * under[i]
        up[i] = mu * over[i] - upper[i] - upper[i] * share
        down[i] = mu * under[i] - lower[i] - lower[i] * other
        ahead[i] = min(ahead[i], min(share, other))
        behind[i] = min(behind[i], min(up[i] / upper[i], down[i] / lower[i]))


@kernel
def slide_jerk(
    state: Array,
    moved: Array,
    slope: Array,
    bend: Array,
    third: Array,
    mu: float,
    over: Array,
    under: Array,
    upper: Array,
    lower: Array,
    up: Array,
    down: Array,
    ahead: Array,
    behind: Array,
) -> None:
    """The same of one joint's jerk."""
    tangent, dx, dy, dv = state[4], moved[0], moved[1], moved[2]
    for i in range(len(dx)):
        value = 0.5 * slope[i] * dv[i] + 1.5 * bend[i] * dy[i] + third[i] * dx[i]
        most = tangent[i] * dx[i]
        share, other = (most - value) * over[i], (most + value) * under[i]
        up[i] = mu * over[i] - upper[i] - upper[i] * share
        down[i] = mu * under[i] - lower[i] - lower[i] * other
        ahead[i] = min(ahead[i], min(share, other))
        behind[i] = min(behind[i], min(up[i] / upper[i], down[i] / lower[i]))
