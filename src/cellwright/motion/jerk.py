"""Fastest run along a way with limited jerk: a primal-dual interior-point method on a banded problem, compiled.

``x``, the squared speed along the parameter ``r``, is a quadratic spline: ``y = dx/dr`` is continuous and
``v = d2x/dr2`` constant between nodes, so that speed, acceleration and jerk of every joint are known in closed form:

    acceleration = slope y / 2 + bend x          jerk = sqrt(x) (slope v / 2 + 3/2 bend y + third x)

Divided by ``sqrt(x)`` the jerk's limit becomes ``|linear in x, y, v| <= limit / sqrt(x)``. Its right side is convex, so
its tangent lies below it: each step solves with tangents and stays inside the true limits (Consolini et al. 2019 and
others use the same linearisation in a sequence of linear programs). Three neighbouring coefficients meet in a row, so
that a step costs a banded Cholesky factor and grows with the number of nodes alone.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from ..geometry import Array
from .barrier import (
    add_linear,
    begin_rows,
    jerk_bends,
    jerk_forces,
    jerk_rooms,
    rooms,
    slide,
    slide_top,
)

STATIONS = 4
"""Where limits are asked in each interval: both ends and two between."""

SHARES = (0.125, 0.375, 0.375, 0.125)  # Newton's quadrature of the time over the stations

STEPS = 80
BACK = 0.99  # share of the way to the nearest limit that a step may go
NEAREST = 0.3  # share of the distance to the optimum that a step after a full one aims to keep
SAFEST = 0.9  # the same after one that got nowhere: it goes back to the middle between the limits
KEEP = 0.85  # share of the largest squared speeds that the search begins with


@kernel
def basis(r: Array) -> Array:
    """Return what x, y and v at every station are of three coefficients: (S, 3, 3), last axis the coefficients.

    Nodes ``r`` (N + 1,); interval i has the coefficients i, i + 1, i + 2 and its stations lie evenly on it.
    """
    n = len(r) - 1
    found = np.zeros((n * STATIONS, 3, 3))
    for i in range(n):
        h = r[i + 1] - r[i]
        before = r[i] - r[i - 1] if i > 0 else h
        after = r[i + 2] - r[i + 1] if i < n - 1 else h
        left, right = 2.0 / (before + h), 2.0 / (h + after)
        share = h / (before + h)
        for m in range(STATIONS):
            to = h * m / (STATIONS - 1)
            at = found[i * STATIONS + m]
            at[2, 0], at[2, 1], at[2, 2] = left / h, -(left + right) / h, right / h
            at[1, 0], at[1, 1], at[1, 2] = -left + at[2, 0] * to, left + at[2, 1] * to, at[2, 2] * to
            at[0, 0] = share - left * to + 0.5 * at[2, 0] * to * to
            at[0, 1] = 1.0 - share + left * to + 0.5 * at[2, 1] * to * to
            at[0, 2] = 0.5 * at[2, 2] * to * to
    return found


@kernel
def smooth_squares(
    r: Array,
    begin: Array,
    far: float,
    top: Array,
    a: Array,
    b: Array,
    slope: Array,
    bend: Array,
    third: Array,
    gap: float,
) -> tuple[Array, int]:
    """Return the spline's coefficients (N + 2,) of the fastest squared speed, and the steps that it took.

    Args:
        r: (N + 1,) nodes.
        begin: (N + 2,) coefficients strictly within all limits.
        far: about how far, as a share of the time, ``begin`` is from the optimum.
        top: (S,) largest squared speed at each station, S = N STATIONS.
        a, b: (m, S) limits ``|a u + b x| <= 1`` with the acceleration ``u = y / 2`` along the way.
        slope, bend, third: (k, S) derivatives of the joints by ``r``, over their limits of jerk.
        gap: share of the time by which the optimum may still be shorter.
    """
    n, count = len(r) - 1, len(top)
    m, k = a.shape[0], slope.shape[0]
    rows = 2 * m + 2 * k + 1
    at = basis(r)
    weight = _weights(r)
    coefficient = begin.copy()
    state = _spread(at, coefficient)
    over = np.empty((rows, count))  # one over the room that each limit leaves
    dual = np.empty((rows, count))
    ascent = np.zeros((rows, count))
    products = np.zeros(count)
    hessian, force, pull = np.empty((6, count)), np.empty((3, count)), np.empty((3, count))
    none = np.zeros(count)
    rooms(state, top, a, b, slope, bend, third, over)
    mu = far * _time(weight, state) / (rows * count)
    for row in range(rows):
        for i in range(count):
            dual[row, i] = mu * over[row, i]
    forward, onward = 2.0 / 3.0, 0.0
    steps = 0
    while steps < STEPS:
        begin_rows(state, weight, top, onward, ascent[0], dual[0], over[0], hessian, force, pull, products)
        for j in range(m):
            pair = slice(2 * j + 1, 2 * j + 3)
            add_linear(state, a[j], b[j], onward, ascent[pair], dual[pair], over[pair], hessian, pull, products)
        for j in range(k):
            pair = slice(2 * (m + j) + 1, 2 * (m + j) + 3)
            rows_of, tangent = (slope[j], bend[j], third[j]), state[4]
            jerk_rooms(state, *rows_of, onward, ascent[pair], dual[pair], over[pair], products)
            jerk_bends(tangent, *rows_of, dual[pair], over[pair], hessian)
            jerk_forces(tangent, *rows_of, over[pair], pull)
        left = products.sum()
        if left <= gap * _time(weight, state) and steps > 2:
            break
        steps += 1
        mu = max(NEAREST, SAFEST - 0.6 * forward) * left / (rows * count)
        for row in range(3):
            for i in range(count):
                force[row, i] += mu * pull[row, i]
        step = _solve(at, hessian, force, n)
        moved = _spread(at, step)
        ahead, behind = np.full(count, -BACK), np.full(count, -BACK)
        slide_top(moved[0], top, mu, over[0], dual[0], ascent[0], ahead, behind)
        for j in range(m + k):
            pair = slice(2 * j + 1, 2 * j + 3)
            if j < m:
                slide(moved, none, b[j], 0.5, a[j], 0.0, a[j], mu, over[pair], dual[pair], ascent[pair], ahead, behind)
                continue
            gx, gy, gv = third[j - m], bend[j - m], slope[j - m]
            slide(moved, state[4], gx, 1.5, gy, 0.5, gv, mu, over[pair], dual[pair], ascent[pair], ahead, behind)
        for i in range(count):  # no more than ten times slower in one step
            ahead[i] = min(ahead[i], moved[0, i] / state[0, i] * (BACK / 0.9))
        forward, onward = BACK / -ahead.min(), BACK / -behind.min()
        for i in range(n + 2):
            coefficient[i] += forward * step[i]
        state = _spread(at, coefficient)
    return coefficient, steps


@kernel
def _weights(r: Array) -> Array:
    """Return Simpson's weights (S,) of the stations."""
    weight = np.empty((len(r) - 1) * STATIONS)
    for i in range(len(r) - 1):
        h = r[i + 1] - r[i]
        for k in range(STATIONS):
            weight[i * STATIONS + k] = h * SHARES[k]
    return weight


@kernel
def _time(weight: Array, state: Array) -> float:
    total = 0.0
    for i in range(len(weight)):
        total += weight[i] * state[3, i]
    return total


@kernel
def first_squares(r: Array, top: Array, a: Array, b: Array, slope: Array, bend: Array, third: Array) -> Array:
    """Return coefficients (N + 2,) strictly within all limits: what even speed allows here and near, smoothed.

    Near is a fiftieth of the way. What the smoothed speed still breaks is taken out by running the whole slower.
    """
    n = len(r) - 1
    most = np.empty(n)
    for i in range(n):
        most[i] = np.inf
        for k in range(i * STATIONS, (i + 1) * STATIONS):
            share, rough = 1.0 / top[k], 0.0
            for j in range(b.shape[0]):
                share = max(share, abs(b[j, k]))
            for j in range(third.shape[0]):
                rough = max(rough, abs(third[j, k]))
            most[i] = min(most[i], 1.0 / max(share, rough ** (2.0 / 3.0)))
    near = max(2, n // 50)
    found = np.empty(n + 2)
    for i in range(n + 2):
        found[i] = most[max(i - 2 * near - 1, 0) : i + 2 * near].min()
    for _ in range(2):
        total = np.zeros(n + 3)
        for i in range(n + 2):
            total[i + 1] = total[i] + found[i]
        for i in range(n + 2):
            low, high = max(i - near, 0), min(i + near + 1, n + 2)
            found[i] = (total[high] - total[low]) / (high - low)
    state = _spread(basis(r), found)
    share, rough = 0.0, 0.0
    for i in range(len(top)):
        x, y, v = state[0, i], state[1, i], state[2, i]
        share = max(share, x / top[i])
        for j in range(b.shape[0]):
            share = max(share, abs(0.5 * a[j, i] * y + b[j, i] * x))
        for j in range(third.shape[0]):
            rough = max(rough, math.sqrt(x) * abs(0.5 * slope[j, i] * v + 1.5 * bend[j, i] * y + third[j, i] * x))
    return found * (KEEP / max(share, rough ** (2.0 / 3.0)))


@kernel
def _spread(at: Array, coefficient: Array) -> Array:
    """Return x, y, v, 1 / sqrt(x) and the last one's derivative (5, S) at the stations."""
    count = at.shape[0]
    state = np.empty((5, count))
    for i in range(count):
        k = i // STATIONS
        for row in range(3):
            state[row, i] = (
                at[i, row, 0] * coefficient[k] + at[i, row, 1] * coefficient[k + 1] + at[i, row, 2] * coefficient[k + 2]
            )
    for i in range(count):
        state[3, i] = 1.0 / math.sqrt(state[0, i])
        state[4, i] = -0.5 * state[3, i] / state[0, i]
    return state


@kernel
def _solve(at: Array, hessian: Array, force: Array, n: int) -> Array:
    """Return the step (n + 2,) of the coefficients: gathered in bands, Cholesky factor, two substitutions."""
    band = np.zeros((n + 2, 3))  # row k: (k, k), (k, k - 1), (k, k - 2)
    step = np.zeros(n + 2)
    for i in range(at.shape[0]):
        k = i // STATIONS
        xx, xy, yy, xv, yv, vv = (
            hessian[0, i],
            hessian[1, i],
            hessian[2, i],
            hessian[3, i],
            hessian[4, i],
            hessian[5, i],
        )
        for p in range(3):
            x, y, v = at[i, 0, p], at[i, 1, p], at[i, 2, p]
            step[k + p] += x * force[0, i] + y * force[1, i] + v * force[2, i]
            hx, hy, hv = x * xx + y * xy + v * xv, x * xy + y * yy + v * yv, x * xv + y * yv + v * vv
            for o in range(p + 1):
                band[k + p, p - o] += hx * at[i, 0, o] + hy * at[i, 1, o] + hv * at[i, 2, o]
    for k in range(n + 2):
        if k > 1:
            band[k, 2] /= band[k - 2, 0]
        if k > 0:
            band[k, 1] = (band[k, 1] - (band[k, 2] * band[k - 1, 1] if k > 1 else 0.0)) / band[k - 1, 0]
        rest = band[k, 0] - band[k, 1] * band[k, 1] - band[k, 2] * band[k, 2]
        band[k, 0] = math.sqrt(max(rest, 1e-14 * band[k, 0]))
    for k in range(n + 2):
        if k > 0:
            step[k] -= band[k, 1] * step[k - 1]
        if k > 1:
            step[k] -= band[k, 2] * step[k - 2]
        step[k] /= band[k, 0]
    for k in range(n + 1, -1, -1):
        if k < n + 1:
            step[k] -= band[k + 1, 1] * step[k + 1]
        if k < n:
            step[k] -= band[k + 2, 2] * step[k + 2]
        step[k] /= band[k, 0]
    return step
