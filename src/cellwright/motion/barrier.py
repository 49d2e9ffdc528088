"""The rows of the interior-point method: rooms, multipliers and derivatives of every limit at every station; compiled.

A loop a quantity, over all stations, on few arrays at a time: so that the compiler vectorises them.
"""

from __future__ import annotations

from ..compiled import kernel
from ..geometry import Array


@kernel
def rooms(state: Array, top: Array, a: Array, b: Array, slope: Array, bend: Array, third: Array, over: Array) -> None:
    """Fill one over the room (rows, S) of each limit: speed, then both sides of each linear one, then of each jerk."""
    count = state.shape[1]
    x, y, v = state[0], state[1], state[2]
    for i in range(count):
        over[0, i] = 1.0 / (1.0 - x[i] / top[i])
    row = 1
    for j in range(a.shape[0]):
        for i in range(count):
            value = 0.5 * a[j, i] * y[i] + b[j, i] * x[i]
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
    onward: float,
    ascent: Array,
    dual: Array,
    over: Array,
    hessian: Array,
    pull: Array,
    products: Array,
) -> None:
    """Add one linear limit; ``ascent``, ``dual`` and ``over`` (2, S) are of its upper and of its lower side."""
    x, y = state[0], state[1]
    xx, xy, yy = hessian[0], hessian[1], hessian[2]
    fx, fy = pull[0], pull[1]
    up, down, upper, lower, above, below = ascent[0], ascent[1], dual[0], dual[1], over[0], over[1]
    for i in range(len(x)):
        gx, gy = b[i], 0.5 * a[i]
        value = gy * y[i] + gx * x[i]
        z, other = upper[i] + onward * up[i], lower[i] + onward * down[i]
        one, two = 1.0 / (1.0 - value), 1.0 / (1.0 + value)
        upper[i], lower[i], above[i], below[i] = z, other, one, two
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
    ascent: Array,
    dual: Array,
    over: Array,
    products: Array,
) -> None:
    """Measure both sides of one joint's jerk."""
    x, y, v, pace = state[0], state[1], state[2], state[3]
    up, down, upper, lower, above, below = ascent[0], ascent[1], dual[0], dual[1], over[0], over[1]
    for i in range(len(x)):
        value = 0.5 * slope[i] * v[i] + 1.5 * bend[i] * y[i] + third[i] * x[i]
        z, other = upper[i] + onward * up[i], lower[i] + onward * down[i]
        upper[i], lower[i] = z, other
        above[i], below[i] = 1.0 / (pace[i] - value), 1.0 / (pace[i] + value)
        products[i] += z * (pace[i] - value) + other * (pace[i] + value)


@kernel
def jerk_bends(
    tangent: Array, slope: Array, bend: Array, third: Array, dual: Array, over: Array, hessian: Array
) -> None:
    """Add the second derivatives of one joint's jerk, the limit replaced by its tangent."""
    xx, xy, yy, xv, yv, vv = hessian[0], hessian[1], hessian[2], hessian[3], hessian[4], hessian[5]
    upper, lower, above, below = dual[0], dual[1], over[0], over[1]
    for i in range(len(tangent)):
        gx, gy, gv = third[i], 1.5 * bend[i], 0.5 * slope[i]
        p, q = upper[i] * above[i], lower[i] * below[i]
        w, cross = p + q, (p - q) * tangent[i]
        xx[i] += w * (gx * gx + tangent[i] * tangent[i]) - 2.0 * cross * gx
        xy[i] += (w * gx - cross) * gy
        yy[i] += w * gy * gy
        xv[i] += (w * gx - cross) * gv
        yv[i] += w * gy * gv
        vv[i] += w * gv * gv


@kernel
def jerk_forces(tangent: Array, slope: Array, bend: Array, third: Array, over: Array, pull: Array) -> None:
    """Add the barriers' force of one joint's jerk."""
    fx, fy, fv = pull[0], pull[1], pull[2]
    above, below = over[0], over[1]
    for i in range(len(tangent)):
        e = below[i] - above[i]
        fx[i] += e * third[i] + (above[i] + below[i]) * tangent[i]
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
def slide(
    moved: Array,
    tangent: Array,
    gx: Array,
    y: float,
    gy: Array,
    v: float,
    gv: Array,
    mu: float,
    over: Array,
    dual: Array,
    ascent: Array,
    ahead: Array,
    behind: Array,
) -> None:
    """The same of both sides of ``|gx dx + y gy dy + v gv dv| <= tangent dx``, one linear limit or one joint's jerk."""
    dx, dy, dv = moved[0], moved[1], moved[2]
    up, down, upper, lower, above, below = ascent[0], ascent[1], dual[0], dual[1], over[0], over[1]
    for i in range(len(dx)):
        value = v * gv[i] * dv[i] + y * gy[i] * dy[i] + gx[i] * dx[i]
        most = tangent[i] * dx[i]
        share, other = (most - value) * above[i], (most + value) * below[i]
        up[i] = mu * above[i] - upper[i] - upper[i] * share
        down[i] = mu * below[i] - lower[i] - lower[i] * other
        ahead[i] = min(ahead[i], min(share, other))
        behind[i] = min(behind[i], min(up[i] / upper[i], down[i] / lower[i]))
