"""The kernels of the ladder: what each edge costs, and the cheapest way through from every state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array

_TURN = 2.0 * np.pi
_ROUNDING = 1e-12


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
def climb(
    edge: NDArray[np.int64], target: NDArray[np.int64], price: Array, valid: NDArray[np.bool_], cost: Array,
    extremes: Array, wraps: NDArray[np.int64], turns: NDArray[np.int64], lower: Array, upper: Array, quantum: float,
    best: Array, choice: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write the least cost from every start state to the end, and the edge taken at every state.

    Costs are rounded to ``quantum``; where they tie, the first kind of edge is taken.

    Args:
        edge, target: (k, m, e) edge of interval i from variant a, and the variant at its end; -1 where there is none.
        price: (k, m, e) added to the edge's cost, whatever the branch [s].
        valid, cost, extremes, wraps: of ``measure``.
        turns: (v, dof) whole turns of the joints that may be chosen, in lexical order without gaps.
        lower, upper: (dof,) limits; a joint without any keeps no count of its turns.
        best: (m, r, v) written.
        choice: (k, m, r, v) written; -1 where there is no way.
    """
    k, m, kinds = edge.shape
    _, r, dof = wraps.shape
    v = turns.shape[0]
    count = turns[v - 1] - turns[0] + 1
    endless = np.empty(dof, np.bool_)
    for j in range(dof):
        endless[j] = np.isinf(lower[j]) and np.isinf(upper[j])
    rest = np.zeros((m, r, v))
    for i in range(k - 1, -1, -1):
        best[:] = np.inf
        for a in range(m):
            for d in range(kinds):
                e = edge[i, a, d]
                if e < 0:
                    continue
                for b in range(r):
                    if not valid[e, b]:
                        continue
                    for u in range(v):
                        margin = np.inf
                        after = 0
                        known = True
                        for j in range(dof):
                            whole = _TURN * turns[u, j]
                            margin = min(margin, extremes[0, e, b, j] + whole - lower[j])
                            margin = min(margin, upper[j] - (extremes[1, e, b, j] + whole))
                            digit = turns[u, j] - turns[0, j] + (0 if endless[j] else wraps[e, b, j])
                            known = known and digit >= 0 and digit < count[j]
                            after = after * count[j] + digit
                        if not known or margin < -_ROUNDING:
                            continue
                        total = cost[e, b] + price[i, a, d]
                        total += 0.3 * max(0.0, 1.0 - margin / 0.17)
                        total += rest[target[i, a, d], b, after]
                        if not np.isfinite(total):
                            continue
                        total = np.rint(total / quantum) * quantum
                        if total < best[a, b, u]:
                            best[a, b, u] = total
                            choice[i, a, b, u] = d
        rest[:] = best


@kernel
def walk(
    edge: NDArray[np.int64], target: NDArray[np.int64], choice: NDArray[np.int64], ends: Array,
    wraps: NDArray[np.int64], turns: NDArray[np.int64], endless: NDArray[np.bool_], pick: NDArray[np.int64],
    variant: NDArray[np.int64], q: Array,
) -> None:  # fmt: skip
    """Write the variants (k + 1,) and the joint positions (k + 1, dof) of the way from the state ``pick`` (3,)."""
    k = edge.shape[0]
    dof = q.shape[1]
    v = turns.shape[0]
    count = turns[v - 1] - turns[0] + 1
    a, b, u = pick[0], pick[1], pick[2]
    whole = turns[u].copy()
    variant[0] = a
    for i in range(k):
        d = choice[i, a, b, u]
        e = edge[i, a, d]
        if i == 0:
            for j in range(dof):
                q[0, j] = ends[0, e, b, j] + _TURN * whole[j]
        after = 0
        for j in range(dof):
            whole[j] += wraps[e, b, j]
            q[i + 1, j] = ends[1, e, b, j] + _TURN * whole[j]
            after = after * count[j] + (0 if endless[j] else whole[j] - turns[0, j])
        a = target[i, a, d]
        u = after
        variant[i + 1] = a
