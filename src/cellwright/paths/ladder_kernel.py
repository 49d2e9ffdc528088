"""The kernels of the ladder: what each edge costs, and the cheapest way through from every state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array

_TURN = 2.0 * np.pi
_ROUNDING = 1e-12
_TURNS = 3  # whole turns of a joint that may be chosen at most


@kernel
def within(q: Array, lower: Array, upper: Array, turning: NDArray[np.bool_], out: NDArray[np.bool_]) -> None:
    """Write which branches (r, n) of ``q`` (r, dof, n) have a whole turn of every joint inside its limits."""
    r, dof, n = q.shape
    for b in range(r):
        for i in range(n):
            out[b, i] = not np.isnan(q[b, 0, i])
        for j in range(dof):
            for i in range(n):
                x = q[b, j, i]
                turns = np.ceil((lower[j] - x) / _TURN - _ROUNDING) if turning[j] else 0.0
                if np.isfinite(turns):
                    x += _TURN * turns
                if not (x <= upper[j] + _ROUNDING and x >= lower[j] - _ROUNDING):
                    out[b, i] = False


@kernel
def measure(
    q: Array, good: NDArray[np.bool_], first: NDArray[np.int64], seconds: Array, weight: Array, fastest: Array,
    turning: NDArray[np.bool_], jump: float, wrist: int, valid: NDArray[np.bool_], cost: Array, ends: Array,
    extremes: Array, wraps: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write what every edge is on every branch.

    Args:
        q: (r, dof, n) samples of all edges one after the other, each joint in [-pi, pi] [rad or m].
        good: (r, n) which samples may be used.
        first: (E + 1,) first sample of each edge.
        seconds: (E,) between two samples, infinite where the tool's speed may give way to the joints'.
        weight, fastest: (dof,) speed that costs are counted at, and the largest allowed [rad/s or m/s].
        turning: (dof,) False for joints that slide.
        jump: a larger step of a joint between two samples is a jump of the branch [rad].
        wrist: joint whose sine is small at a singular position; -1 for none.
        valid: (E, r) written: every sample is good and no step is too large.
        cost: (E, r) written: joint travel at full speed, and what a singular wrist adds [s].
        ends, extremes: (2, E, r, dof) written: first and last sample; lowest and highest position, unrolled.
        wraps: (E, r, dof) written: full turns between the unrolled and the written last sample.
    """
    r, dof, _ = q.shape
    for e in range(first.shape[0] - 1):
        begin, end = first[e], first[e + 1]
        for b in range(r):
            usable = True
            for i in range(begin, end):
                if not good[b, i]:
                    usable = False
                    break
            valid[e, b] = usable
            if not usable:
                continue
            for j in range(dof):
                ends[0, e, b, j] = q[b, j, begin]
                ends[1, e, b, j] = q[b, j, end - 1]
                at = q[b, j, begin]
                least, most = at, at
                for i in range(begin + 1, end):
                    step = q[b, j, i] - q[b, j, i - 1]
                    if turning[j]:
                        step -= _TURN * np.rint(step / _TURN)
                    at += step
                    least, most = min(least, at), max(most, at)
                    if abs(step) >= jump or abs(step) / seconds[e] > fastest[j]:
                        usable = False
                extremes[0, e, b, j], extremes[1, e, b, j] = least, most
                wraps[e, b, j] = int(np.rint((at - q[b, j, end - 1]) / _TURN)) if turning[j] else 0
            valid[e, b] = usable
            travel = 0.0
            for i in range(begin + 1, end):
                largest = 0.0
                for j in range(dof):
                    step = q[b, j, i] - q[b, j, i - 1]
                    if turning[j]:
                        step -= _TURN * np.rint(step / _TURN)
                    largest = max(largest, abs(step) / weight[j])
                travel += largest
            bent = 1.0
            if wrist >= 0:
                for i in range(begin, end):
                    bent = min(bent, abs(np.sin(q[b, wrist, i])))
            cost[e, b] = travel + 0.3 * max(0.0, 1.0 - bent / 0.17)


@kernel
def _allowed(
    least: float, most: float, lower: float, upper: float, turn: int, wrap: int, count: int, left: Array
) -> tuple[int, int]:
    """Return the first and the last whole turn of a joint that its limits allow on an edge, counted from ``turn``.

    ``left`` (count,) is filled with what each of them leaves to the limits [rad or m]; where none is allowed the first
    comes after the last.
    """
    low, high = count, -1
    for t in range(max(0, -wrap), min(count, count - wrap)):
        whole = _TURN * (turn + t)
        left[t] = min(least + whole - lower, upper - (most + whole))
        if left[t] >= -_ROUNDING:
            low, high = min(low, t), t
    return low, high


@kernel
def climb(
    edge: NDArray[np.int64], target: NDArray[np.int64], price: Array, valid: NDArray[np.bool_], cost: Array,
    goes_on: NDArray[np.int64], extremes: Array, wraps: NDArray[np.int64], turns: NDArray[np.int64], lower: Array,
    upper: Array, quantum: float, rest: Array, choice: NDArray[np.int8],
) -> None:  # fmt: skip
    """Write the least cost from every state to the end, and the edge taken at every state.

    Costs are rounded to ``quantum``; where they tie, the first kind of edge is taken.

    Args:
        edge, target: (k, m, e) edge of interval i from variant a, and the variant at its end; -1 where there is none.
        price: (m, e) added to the edge's cost, whatever the branch [s].
        valid, cost, extremes, wraps: of ``measure``.
        goes_on: (E, r) branch at the end of an edge, by the branch at its start.
        turns: (3, dof) of each joint: the first whole turn that may be chosen, how many there are, and how far apart
            two neighbours are in the list of all choices.
        lower, upper: (dof,) limits; a joint without any keeps no count of its turns.
        rest: (k + 1, m, r, v) infinite but for the zeros of the last knot; filled.
        choice: (k, m, r, v) filled where there is a way.
    """
    dof = turns.shape[1]
    left = np.empty((dof, _TURNS))  # what a turn of a joint leaves to its limits
    low, high, digit = np.empty(dof, np.int64), np.empty(dof, np.int64), np.empty(dof, np.int64)
    for i in range(edge.shape[0] - 1, -1, -1):
        for a in range(edge.shape[1]):
            for d in range(edge.shape[2]):
                e = edge[i, a, d]
                for b in range(valid.shape[1] if e >= 0 else 0):
                    if not valid[e, b]:
                        continue
                    here, there, some = 0, 0, True
                    for j in range(dof):
                        wrap = 0 if np.isinf(lower[j]) and np.isinf(upper[j]) else wraps[e, b, j]
                        low[j], high[j] = _allowed(
                            extremes[0, e, b, j], extremes[1, e, b, j], lower[j], upper[j], turns[0, j], wrap,
                            turns[1, j], left[j],
                        )  # fmt: skip
                        digit[j] = low[j]
                        here += low[j] * turns[2, j]
                        there += (low[j] + wrap) * turns[2, j]
                        some = some and low[j] <= high[j]
                    own, after = cost[e, b] + price[a, d], rest[i + 1, target[i, a, d], goes_on[e, b]]
                    while some:
                        margin = np.inf
                        for j in range(dof):
                            margin = min(margin, left[j, digit[j]])
                        total = own + 0.3 * max(0.0, 1.0 - margin / 0.17) + after[there]
                        total = np.rint(total / quantum) * quantum
                        if total < rest[i, a, b, here]:
                            rest[i, a, b, here] = total
                            choice[i, a, b, here] = d
                        j = dof - 1
                        while j >= 0 and digit[j] == high[j]:
                            step = (high[j] - low[j]) * turns[2, j]
                            here, there = here - step, there - step
                            digit[j] = low[j]
                            j -= 1
                        some = j >= 0
                        if some:
                            digit[j] += 1
                            here, there = here + turns[2, j], there + turns[2, j]


@kernel
def walk(
    edge: NDArray[np.int64], target: NDArray[np.int64], choice: NDArray[np.int8], goes_on: NDArray[np.int64],
    ends: Array, wraps: NDArray[np.int64], turns: NDArray[np.int64], lower: Array, upper: Array,
    picks: NDArray[np.int64], taken: NDArray[np.int64], branch: NDArray[np.int64], q: Array,
) -> None:  # fmt: skip
    """Write the edges (p, k), the branches at their starts (p, k) and the joint positions (p, k + 1, dof) of ways.

    They start in the states ``picks`` (p, 3): variant, branch and choice of turns; the rest is as in ``climb``.
    """
    dof = q.shape[2]
    whole = np.empty(dof, np.int64)
    for p in range(picks.shape[0]):
        a, b, u = picks[p, 0], picks[p, 1], picks[p, 2]
        for j in range(dof):
            whole[j] = turns[0, j] + u // turns[2, j] % turns[1, j]
        for i in range(edge.shape[0]):
            d = choice[i, a, b, u]
            e = edge[i, a, d]
            taken[p, i], branch[p, i] = e, b
            u = 0
            for j in range(dof):
                if i == 0:
                    q[p, 0, j] = ends[0, e, b, j] + _TURN * whole[j]
                whole[j] += wraps[e, b, j]
                q[p, i + 1, j] = ends[1, e, b, j] + _TURN * whole[j]
                u += 0 if np.isinf(lower[j]) and np.isinf(upper[j]) else (whole[j] - turns[0, j]) * turns[2, j]
            a, b = target[i, a, d], goes_on[e, b]
