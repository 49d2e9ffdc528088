"""Fastest run along a way within speeds and limits that are linear in acceleration and squared speed: compiled.

Reachability (Pham and Pham 2018): backwards the largest squared speed from which the end can still be reached, then
forwards with the largest acceleration. ``x`` is the squared speed along the way, ``u`` the acceleration along it;
between two rows ``u`` is constant. A limit reads ``|a u + b x + c| <= 1`` at a row: for a joint's acceleration ``a`` is
the slope over the limit, ``b`` the bend over it and ``c`` zero; for a torque ``c`` is the share that holds the arm.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import inline, kernel
from ..geometry import Array
from .splines import bends, slopes

FLAT = 1e-9
"""Below this factor of ``u`` a limit says nothing about ``u`` and bounds ``x`` itself."""

FAR = 1e12
"""A squared speed or an acceleration that no limit bounds."""


@kernel
def squared_speeds(step: Array, top: Array, a: Array, b: Array, c: Array) -> Array:
    """Return the largest squared speeds (n,) along the way, at rest at both ends.

    Args:
        step: (n - 1,) way between the rows.
        top: (n,) largest squared speed at each row.
        a, b, c: (n, m) limits ``|a u + b x + c| <= 1``; they are asked at both rows of a step.

    Returns:
        NaN throughout where a limit cannot be kept even at rest.
    """
    n, m = a.shape
    middle, rate, width = _bounds(step, a, b, c)
    reach = np.zeros(n)
    for i in range(n - 2, -1, -1):
        half = 0.5 / step[i]
        x = top[i]
        for j in range(m):
            # only where u has no say: elsewhere it may make up for x
            if abs(a[i, j]) <= FLAT and abs(b[i, j]) > 0.0:
                x = min(x, (1.0 - abs(c[i, j])) / abs(b[i, j]))
        # most rows are run at their largest speed: whether they can is asked first, without asking which limit holds
        low, high = -half * x, half * (reach[i + 1] - x)
        for j in range(2 * m):
            u = middle[i, j] + rate[i, j] * x
            low, high = max(low, u - width[i, j]), min(high, u + width[i, j])
        tries = 40 if low - high > 1e-12 * (1.0 + abs(high)) else 0
        for _ in range(tries):
            # lowest and highest u are the ends of linear functions of x: Newton from above ends at the largest root
            low, low_rate = -half * x, -half
            high, high_rate = half * (reach[i + 1] - x), -half
            for j in range(2 * m):
                u = middle[i, j] + rate[i, j] * x
                if u - width[i, j] > low:
                    low, low_rate = u - width[i, j], rate[i, j]
                if u + width[i, j] < high:
                    high, high_rate = u + width[i, j], rate[i, j]
            if low - high <= 1e-12 * (1.0 + abs(high)):
                break
            if low_rate <= high_rate:
                x = math.nan
                break
            x -= (low - high) / (low_rate - high_rate)
        if not x >= -1e-9:
            return np.full(n, math.nan)
        reach[i] = max(x, 0.0)
    for i in range(n - 1):
        x = 0.0 if i == 0 else reach[i]  # from here on ``reach`` holds what is run
        high = 0.5 / step[i] * (reach[i + 1] - x)
        for j in range(2 * m):
            high = min(high, middle[i, j] + rate[i, j] * x + width[i, j])
        reach[i] = x
        reach[i + 1] = max(0.0, min(x + 2.0 * step[i] * high, reach[i + 1]))
    return reach


@inline
def _bounds(step: Array, a: Array, b: Array, c: Array) -> tuple[Array, Array, Array]:
    """Return for each step what holds ``u``: within ``width`` of ``middle + rate x``, each (n - 1, 2 m).

    At the row after the step ``x`` has become ``x + 2 step u``, so that there ``a`` counts ``a + 2 step b``.
    """
    n, m = a.shape
    middle = np.empty((n - 1, 2 * m))
    rate = np.empty((n - 1, 2 * m))
    width = np.empty((n - 1, 2 * m))
    for i in range(n - 1):
        for k in range(2):
            turn = 2.0 * step[i] * k
            for j in range(m):
                factor = a[i + k, j] + turn * b[i + k, j]
                over = 1.0 / (factor if abs(factor) > FLAT else math.inf)
                middle[i, k * m + j] = -c[i + k, j] * over
                rate[i, k * m + j] = -b[i + k, j] * over
                width[i, k * m + j] = abs(over) if over != 0.0 else FAR
    return middle, rate, width


@kernel
def clock(step: Array, x: Array) -> Array:
    """Return the times (n,) [s] at the rows of a way with constant acceleration between them."""
    t = np.zeros(len(x))
    for i in range(len(step)):
        t[i + 1] = t[i] + 2.0 * step[i] / (math.sqrt(x[i]) + math.sqrt(x[i + 1]))
    return t


@kernel
def largest_squares(slope: Array, speed: Array, cap: Array) -> Array:
    """Return the largest squared speed (n,) along the way that joint speeds and ``cap`` (n,) along the way allow."""
    n, dof = slope.shape
    top = np.empty(n)
    over = 1.0 / speed
    for i in range(n):
        # the joint nearest to its speed decides: one division a row
        share = 1.0 / cap[i]
        for j in range(dof):
            share = max(share, abs(slope[i, j]) * over[j])
        top[i] = min(1.0 / (share * share), FAR) if share > 0.0 else FAR
    return top


@kernel
def through(s: Array, q: Array, speed: Array, acceleration: Array, cap: Array) -> tuple[Array, Array]:
    """Return times (n,) [s] at waypoints ``q`` (n, dof) that a natural cubic spline joins, and squares (n - 1, 3).

    The squares are the squared speed of the parameter after each waypoint and its first two derivatives by it.

    Args:
        s: (n,) rising parameters of the waypoints.
        speed, acceleration: (dof,) limits of the joints.
        cap: (n - 1,) largest speed of the parameter itself after each waypoint; inf where none is asked.
    """
    n, dof = q.shape
    step = s[1:] - s[:-1]
    b = bends(s, q)
    a = slopes(s, q, b)
    most = np.full(n, np.inf)
    for i in range(n - 1):
        most[i] = min(most[i], cap[i])
        most[i + 1] = cap[i]
    top = largest_squares(a, speed, most)
    over = 1.0 / acceleration
    for i in range(n):
        for j in range(dof):
            a[i, j] *= over[j]
            b[i, j] *= over[j]
    x = squared_speeds(step, top, a, b, np.zeros((n, dof)))
    squared = np.zeros((n - 1, 3))
    for i in range(n - 1):
        squared[i, 0], squared[i, 1] = x[i], (x[i + 1] - x[i]) / step[i]
    return clock(step, x), squared


@kernel
def distances(q: Array, speed: Array) -> Array:
    """Return how far (n,) each waypoint ``q`` (n, dof) lies along the way, in seconds of all joints at full speed."""
    n, dof = q.shape
    s = np.zeros(n)
    for i in range(n - 1):
        square = 0.0
        for j in range(dof):
            part = (q[i + 1, j] - q[i, j]) / speed[j]
            square += part * part
        s[i + 1] = s[i] + math.sqrt(square)
    return s
