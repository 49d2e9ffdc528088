"""The fastest run with limited jerk through waypoints: stations, optimum, proof between the stations; compiled."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from ..geometry import Array
from .easing import ease, eased, nodes
from .jerk import STATIONS, first_squares, smooth_squares
from .splines import bends, slopes, spline_at

DENSE = 10
"""Where the limits are proven in each interval."""

EDGE = 1e-7  # stations at an interval's ends lie so far inside of it: the jerk jumps at knots
GAP = 2e-3  # what the multipliers leave open; the time itself is then within a twentieth of that
FAR = 0.7  # about how much longer than the optimum the first run takes


@kernel
def run(
    s: Array, q: Array, speed: Array, acceleration: Array, jerk: Array, cap: Array
) -> tuple[Array, Array, float, float, int]:
    """Return nodes (N + 1,), coefficients (N + 2,), zone, worst share of a limit before the last stretch, and steps.

    Args:
        s: (n,) rising parameters of the waypoints.
        q: (n, dof) waypoints that a natural cubic spline joins.
        speed, acceleration, jerk: (dof,) limits of the joints.
        cap: (n - 1,) largest speed of the parameter on each interval; inf where none is asked.
    """
    bend = bends(s, q)
    zone = _zone(s, slopes(s, q, bend), acceleration, jerk)
    r = nodes(s, zone)
    at, derivatives = _stations(r, STATIONS, s, q, bend, zone)
    top, a, b, slope, curve, third = _limits(at, derivatives, s, speed, acceleration, jerk, cap, zone)
    begin = first_squares(r, top, a, b, slope, curve, third)
    coefficient, steps = smooth_squares(r, begin, FAR, top, a, b, slope, curve, third, GAP)
    worst = _proof(r, coefficient, s, q, bend, zone, speed, acceleration, jerk, cap)
    most = worst.max()
    # what is left over is taken out by running the whole a little slower: every limit then holds
    return r, coefficient / (max(most, 1.0) * max(most, 1.0)), zone, most, steps


@kernel
def _zone(s: Array, slope: Array, acceleration: Array, jerk: Array) -> float:
    """Return how long the zones at the ends are: a few times the way on which the acceleration builds up."""
    n, dof = slope.shape
    whole = s[n - 1] - s[0]
    most = 0.0
    for i in (0, n - 1):
        u, rate = np.inf, np.inf
        for j in range(dof):
            if abs(slope[i, j]) > 0.0:
                u = min(u, acceleration[j] / abs(slope[i, j]))
                rate = min(rate, jerk[j] / abs(slope[i, j]))
        if u < np.inf:
            most = max(most, u * u * u / (6.0 * rate * rate))
    return min(max(3.0 * most, 0.03 * whole), 0.3 * whole)


@kernel
def _stations(r: Array, each: int, s: Array, q: Array, bend: Array, zone: float) -> tuple[Array, Array]:
    """Return r (S,) of ``each`` stations an interval and the derivatives (3, S, dof) of the joints by r there."""
    n = len(r) - 1
    at = np.empty(n * each)
    for i in range(n):
        for k in range(each):
            share = min(max(k / (each - 1), EDGE), 1.0 - EDGE)
            at[i * each + k] = r[i] + (r[i + 1] - r[i]) * share
    way = eased(at, s[-1] - s[0], zone)
    found = spline_at(s, q, bend, s[0] + way[0])
    derivatives = np.empty((3, n * each, q.shape[1]))
    for i in range(n * each):
        w, w1, w2 = way[1, i], way[2, i], way[3, i]
        for j in range(q.shape[1]):
            d1, d2, d3 = found[1, i, j], found[2, i, j], found[3, i, j]
            derivatives[0, i, j] = d1 * w
            derivatives[1, i, j] = d2 * w * w + d1 * w1
            derivatives[2, i, j] = d3 * w * w * w + 3.0 * d2 * w * w1 + d1 * w2
    return at, derivatives


@kernel
def _limits(
    at: Array,
    derivatives: Array,
    s: Array,
    speed: Array,
    acceleration: Array,
    jerk: Array,
    cap: Array,
    zone: float,
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return largest squares (S,), then slopes, bends over accelerations, slopes, bends, thirds over jerks (dof, S)."""
    _, count, dof = derivatives.shape
    way = eased(at, s[-1] - s[0], zone)
    slow, weak, rough = 1.0 / speed, 1.0 / acceleration, 1.0 / jerk
    top = np.empty(count)
    rows = np.empty((5, dof, count))
    k = 0
    for i in range(count):
        while k < len(s) - 2 and s[k + 1] - s[0] <= way[0, i]:
            k += 1
        share = way[1, i] / cap[k]
        for j in range(dof):
            slope, bend = derivatives[0, i, j], derivatives[1, i, j]
            share = max(share, abs(slope) * slow[j])
            rows[0, j, i], rows[1, j, i] = slope * weak[j], bend * weak[j]
            rows[2, j, i], rows[3, j, i] = slope * rough[j], bend * rough[j]
            rows[4, j, i] = derivatives[2, i, j] * rough[j]
        top[i] = 1.0 / max(share * share, 1e-30)
    return top, rows[0], rows[1], rows[2], rows[3], rows[4]


@kernel
def pieces(r: Array, coefficient: Array) -> Array:
    """Return squared speed, its derivative and its second derivative (N, 3) at the beginning of every interval."""
    n = len(r) - 1
    found = np.empty((n, 3))
    for i in range(n):
        h = r[i + 1] - r[i]
        before = r[i] - r[i - 1] if i > 0 else h
        after = r[i + 2] - r[i + 1] if i < n - 1 else h
        y = 2.0 / (before + h) * (coefficient[i + 1] - coefficient[i])
        found[i, 0] = (h * coefficient[i] + before * coefficient[i + 1]) / (before + h)
        found[i, 1] = y
        found[i, 2] = (2.0 / (h + after) * (coefficient[i + 2] - coefficient[i + 1]) - y) / h
    return found


@kernel
def _proof(
    r: Array,
    coefficient: Array,
    s: Array,
    q: Array,
    bend: Array,
    zone: float,
    speed: Array,
    acceleration: Array,
    jerk: Array,
    cap: Array,
) -> Array:
    """Return for each interval (N,) how much slower than now it had to run to keep every limit between stations."""
    n, dof = len(r) - 1, q.shape[1]
    begin = pieces(r, coefficient)
    slow, weak, rough = 1.0 / speed, 1.0 / acceleration, 1.0 / jerk
    worst = np.zeros(n)
    i = 0
    for k in range(n):
        first, second, third = 0.0, 0.0, 0.0
        for m in range(DENSE):
            to = (r[k + 1] - r[k]) * min(max(m / (DENSE - 1), EDGE), 1.0 - EDGE)
            way, w, w1, w2 = ease(r[k] + to, s[-1] - s[0], zone)
            while i < len(s) - 2 and s[i + 1] <= s[0] + way:
                i += 1
            v = begin[k, 2]
            y = begin[k, 1] + to * v
            x = begin[k, 0] + 0.5 * to * (begin[k, 1] + y)
            if not x > 0.0:
                first = math.inf
                break
            root, h, after = math.sqrt(x), s[i + 1] - s[i], s[0] + way - s[i]
            over, part = 1.0 / h, h / 6.0
            first = max(first, root * w / cap[i])
            for j in range(dof):
                d3 = (bend[i + 1, j] - bend[i, j]) * over
                d1 = (q[i + 1, j] - q[i, j]) * over - part * (2.0 * bend[i, j] + bend[i + 1, j])
                d1 += after * (bend[i, j] + 0.5 * after * d3)
                d2 = bend[i, j] + after * d3
                a, b = d1 * w, d2 * w * w + d1 * w1
                c = d3 * w * w * w + 3.0 * d2 * w * w1 + d1 * w2
                first = max(first, root * abs(a) * slow[j])
                second = max(second, abs(0.5 * a * y + b * x) * weak[j])
                third = max(third, root * abs(0.5 * a * v + 1.5 * b * y + c * x) * rough[j])
        worst[k] = max(first, max(math.sqrt(second), third ** (1.0 / 3.0)))
    return worst


_AT = np.array([0.04691007703066802, 0.23076534494715845, 0.5, 0.7692346550528415, 0.953089922969332])
_WEIGHT = np.array(
    [0.11846344252809454, 0.23931433524968324, 0.28444444444444444, 0.23931433524968324, 0.11846344252809454]
)


@kernel
def lasting(begin: Array, to: float) -> float:
    """Return the time [s] from the beginning of an interval, whose ``begin`` (3,) `pieces` gives, on ``to``.

    Gauss's quadrature with five points; in closed form where the acceleration is constant.
    """
    x, y, v = begin[0], begin[1], begin[2]
    if v == 0.0:
        return 2.0 * to / (math.sqrt(x) + math.sqrt(max(x + y * to, 0.0)))
    total = 0.0
    for k in range(5):
        at = to * _AT[k]
        total += _WEIGHT[k] / math.sqrt(x + at * (y + 0.5 * at * v))
    return to * total


@kernel
def stamps(r: Array, begin: Array) -> Array:
    """Return the times (N + 1,) [s] at the nodes."""
    t = np.zeros(len(r))
    for i in range(len(r) - 1):
        t[i + 1] = t[i] + lasting(begin[i], r[i + 1] - r[i])
    return t


@kernel
def sample(r: Array, begin: Array, t: Array, s: Array, q: Array, zone: float, when: Array) -> Array:
    """Return positions, speeds, accelerations and jerks (4, k, dof) of the joints at rising times ``when`` (k,) [s]."""
    k, dof = len(when), q.shape[1]
    at = np.empty(k)
    rate = np.empty((3, k))
    i = 0
    for m in range(k):
        while i < len(r) - 2 and t[i + 1] <= when[m]:
            i += 1
        h, left = r[i + 1] - r[i], min(max(when[m] - t[i], 0.0), t[i + 1] - t[i])
        x, y, v = begin[i, 0], begin[i, 1], begin[i, 2]
        if v == 0.0:
            to = math.sqrt(x) * left + 0.25 * y * left * left
        else:
            to = h * left / (t[i + 1] - t[i])
            for _ in range(30):
                miss = lasting(begin[i], to) - left
                to = min(max(to - miss * math.sqrt(x + to * (y + 0.5 * to * v)), 0.0), h)
                if abs(miss) < 1e-15:
                    break
        at[m] = r[i] + min(to, h)
        here = max(x + to * (y + 0.5 * to * v), 0.0)
        rate[0, m], rate[1, m], rate[2, m] = math.sqrt(here), 0.5 * (y + to * v), 0.5 * math.sqrt(here) * v
    way = eased(at, s[-1] - s[0], zone)
    found = spline_at(s, q, bends(s, q), s[0] + way[0])
    for m in range(k):
        w, w1, w2 = way[1, m], way[2, m], way[3, m]
        d, dd, ddd = rate[0, m], rate[1, m], rate[2, m]
        for j in range(dof):
            d1, d2, d3 = found[1, m, j], found[2, m, j], found[3, m, j]
            a, b = d1 * w, d2 * w * w + d1 * w1
            c = d3 * w * w * w + 3.0 * d2 * w * w1 + d1 * w2
            found[1, m, j] = a * d
            found[2, m, j] = a * dd + b * d * d
            found[3, m, j] = a * ddd + 3.0 * b * d * dd + c * d * d * d
    return found
