"""The compiled search for every position of a six-axis arm at a pose: one joint is searched, the others follow.

`general_6r` has the equations and the names used here.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from .general_6r_pose_kernel import fill_pose, first_equation, position_at
from .general_6r_product_kernel import BASE_MEET, MEET, PARALLEL
from .general_6r_root_kernel import ASIDE, DIP, fill_nodes, hidden_joint, root_between, roots_between, value
from .tracking_kernel import angle_of, polish

MOST = 16
"""No six-axis arm has more isolated positions at a pose (Primrose, 1986)."""

SAME = 1e-5
"""Positions closer than this [rad] are one: the flange cannot tell them apart, not to 1e-10 m."""

MET = 1e-9
"""A position whose flange is further from the pose than this [m, rad] is none."""

NODES = 256
"""At which the product is computed, over a whole turn of the hidden joint or over an arc of it."""

_TURN = 2.0 * math.pi
_STEPS = 40  # of Newton's method
_SURE, _LIKELY = 2e-3, 0.1  # cosine missed between axes 5 and 6 at a root, and at a near miss
_BESIDE = 1e-6  # a wrist nearer to axis 1 [m^2, m^4] leaves joint 1 to chance
_FINER, _CELLS = 24, 32  # nodes in a cell that is looked into again, and such cells that may wait
_FLATTER, _STEEPER = 0.3, 2.5  # than the chord of a cell: more than one root may lie in it
_DEEP = 0.1  # a cell at one end so much lower than at the other may touch zero
_LOW = 0.5  # one whose lowest place, by its slopes, is so much lower than its ends, may too
_SHIFT = (2e-4, 2e-3, 2e-3)  # of the pose that is solved instead, one way and the other [m]
_ASKEW = ((0.48, 0.6, 0.64), (0.8, 0.0, -0.6), (-0.36, 0.8, -0.48))  # ways to shift it: no axis of an arm stands out


@kernel
def fill_arcs(kind: int, table: Array, t: Array, k: Array, h: Array, arcs: Array) -> int:
    """Fill ``arcs`` (2, 2), middle and half the length, of the hidden joint where the first joint is real.

    Returns their number. Where the first equation changes with the hidden joint in more than g, a level and a sine, or
    where the whole turn is real, it is one arc of half a length of 0.
    """
    arcs[0, 0], arcs[0, 1] = 0.0, 0.0
    if kind > MEET:
        return 1
    row, sign = (0, 1.0) if kind == PARALLEL else (18, -1.0)
    h[row, 0] = table[row, 0]
    a, b, level = first_equation(kind, t, k, h)
    swing_c, swing_s = sign * table[row, 1], sign * table[row, 2]
    swing, size = math.sqrt(swing_c * swing_c + swing_s * swing_s), math.sqrt(a * a + b * b)
    low, high = (-size - level) / (swing + 1e-30), (size - level) / (swing + 1e-30)
    if low <= -1.0 and high >= 1.0:
        return 1
    # out of reach by as much as rounding may do is the end of the reach
    low, high = min(low, 1.0), max(high, -1.0)
    if (low == 1.0 and (-size - level) > swing + 1e-9) or (high == -1.0 and (size - level) < -swing - 1e-9):
        return 0
    middle = angle_of(swing_s, swing_c)
    high, low = min(high, 1.0), max(low, -1.0)
    start, end = angle_of(math.sqrt(1.0 - high * high), high), angle_of(math.sqrt(1.0 - low * low), low)
    if high == 1.0:
        arcs[0, 0], arcs[0, 1] = middle, end + 1e-7
        return 1
    if low == -1.0:
        arcs[0, 0], arcs[0, 1] = middle + math.pi, math.pi - start + 1e-7
        return 1
    half = 0.5 * (end - start) + 1e-7
    arcs[0, 0], arcs[0, 1] = middle - 0.5 * (start + end), half
    arcs[1, 0], arcs[1, 1] = middle + 0.5 * (start + end), half
    return 2


@kernel
def add(q: Array, found: Array, many: NDArray[np.int64]) -> None:
    """Put ``q`` (6,) among the first ``many`` (1,) of ``found`` (MOST, 6), in order, unless it is there."""
    count = many[0]
    if count == MOST:
        return
    for i in range(count):
        far = 0.0
        for j in range(6):
            off = q[j] - found[i, j]
            far = max(far, abs(off - _TURN * math.floor(off / _TURN + 0.5)))
        if far < SAME:
            return
    at = count
    while at > 0:
        j = 0
        while j < 5 and found[at - 1, j] == q[j]:
            j += 1
        if found[at - 1, j] <= q[j]:
            break
        at -= 1
    for i in range(count, at, -1):
        for j in range(6):
            found[i, j] = found[i - 1, j]
    for j in range(6):
        found[at, j] = q[j]
    many[0] = count + 1


@kernel
def unsure(here: float, there: float, slope: float, slope_there: float) -> bool:
    """Return whether a cell may hide more roots than its ends tell, where the product is ``here`` and ``there``.

    The slopes count for `ASIDE` of the cell, as `fill_nodes` leaves them.
    """
    chord = ASIDE * abs(there - here)
    if (here > 0.0) != (there > 0.0):
        # one root alone leaves the slopes at both ends near that of the chord
        rises = 1.0 if there > here else -1.0
        least, most = min(rises * slope, rises * slope_there), max(rises * slope, rises * slope_there)
        return least < _FLATTER * chord or most > _STEEPER * chord
    sign = 1.0 if here > 0.0 else -1.0
    falls, climbs, lower = sign * slope, sign * slope_there, min(abs(here), abs(there))
    if lower < _DEEP * max(abs(here), abs(there)):
        return True
    if falls < 0.0 and climbs > 0.0:
        return abs(abs(here) - 0.5 * falls * falls / (ASIDE * (climbs - falls))) < _LOW * lower
    # it may touch zero, or cross it twice, beside another turn
    return falls * climbs > 0.0 and max(abs(falls), abs(climbs)) > _STEEPER * chord


@kernel
def take(
    kind: int,
    turned: bool,
    along: Array,
    points: Array,
    steps: Array,
    wanted: Array,
    t: Array,
    k: Array,
    v: Array,
    h: Array,
    hidden: float,
    limit: float,
    work: Array,
    found: Array,
    many: NDArray[np.int64],
) -> None:
    """Add the positions with the ``hidden`` joint, of which ``h`` tells, that miss axis 5's cosine by < ``limit``."""
    room, q, guess = work[25, :256].reshape(16, 16), work[26, 8:14], work[26, 14:20]
    for way in range(4):
        if position_at(kind, along, points, t, k, h, v, hidden, way, guess, room) < limit:
            for j in range(6):
                q[j] = guess[5 - j] if turned else guess[j]
            left = polish(steps, wanted, q, _STEPS, -1, room)
            k[7] = min(k[7], left)
            if left < MET:
                add(q, found, many)


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
    arc: Array,
    work: Array,
    h: Array,
    found: Array,
    many: NDArray[np.int64],
) -> None:
    """Add the positions whose hidden joint lies on the ``arc`` to the ``many`` (2,) in ``found``.

    A cell between two nodes is looked into again where the slopes at its ends tell of more than one root. ``many[1]``
    becomes 1 where the product comes close to zero, and nothing is found there.

    Args:
        work: (28, NODES) room, contiguous.
        h: (22, 1) room.
    """
    x, f, slope = work[20], work[21], work[22]
    nodes, values, roots = work[26, 0:3], work[26, 3:6], work[26, 6:8]
    cells = work[27, : 4 * _CELLS].reshape(_CELLS, 4)
    whole = arc[1] == 0.0
    end = math.pi if whole else 0.5 * math.pi
    cells[0, 0], cells[0, 1], cells[0, 2], cells[0, 3] = -end, end, 0.0, 0.0
    waiting = 1
    while waiting:
        waiting -= 1
        low, high, level, around = cells[waiting, 0], cells[waiting, 1], cells[waiting, 2], cells[waiting, 3]
        n = NODES if level == 0.0 else _FINER
        fill_nodes(kind, table, t, k, arc, low, high, n, work)
        step = (high - low) / (n - 1)
        for i in range(n - 1):
            here, there, limit, some = f[i], f[i + 1], _SURE, 0
            crosses = (here > 0.0) != (there > 0.0)
            if level < (3.0 if crosses else 2.0) and waiting < _CELLS and unsure(here, there, slope[i], slope[i + 1]):
                cells[waiting, 0], cells[waiting, 1], cells[waiting, 2] = x[i], x[i] + step, level + 1.0
                cells[waiting, 3] = max(around, abs(here) + abs(there))
                waiting += 1
                continue
            if crosses:
                some, roots[0] = 1, root_between(kind, table, t, k, h, arc, x[i], here, x[i] + step, there)
            else:
                sign = 1.0 if here > 0.0 else -1.0
                if sign * slope[i] < 0.0 and sign * slope[i + 1] > 0.0:
                    some = roots_between(
                        kind, table, t, k, h, arc, x[i], step, here, there, around, nodes, values, roots
                    )
                elif not whole and level == 0.0 and (i == 0 or i == n - 2):
                    first = i == 0
                    if abs(here if first else there) < DIP * abs(there if first else here):
                        some, roots[0] = -1, (x[i] if first else x[i + 1])
            if some < 0:
                some, limit = 1, _LIKELY
            before = many[0]
            for r in range(some):
                value(kind, table, t, k, h, arc, roots[r])
                take(
                    kind, turned, along, points, steps, wanted, t, k, v, h, hidden_joint(arc, roots[r]), limit, work,
                    found, many,
                )  # fmt: skip
            if limit == _LIKELY and many[0] == before:
                many[1] = 1


@kernel
def all_positions(
    kinds: NDArray[np.int64],
    along: Array,
    points: Array,
    tables: Array,
    zero_T: Array,
    steps: Array,
    base_T_flange: Array,
    flange_T_base: Array,
    t: Array,
    k: Array,
    v: Array,
    goal: Array,
    arcs: Array,
    work: Array,
    h: Array,
    found: Array,
    many: NDArray[np.int64],
    always: int,
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
        t, k, v, goal, arcs: (6, 3), (8,), (8, 3), (4, 4), (2, 2) room, see `fill_pose` and `fill_arcs`.
        work: (28, NODES) room.
        h: (22, 1) room.
        found: (MOST, 6) room.
        many: (2,) room.
        always: how many poses are solved for each, itself and others beside it.
        q: filled.
        miss: filled.
    """
    for i in range(base_T_flange.shape[0]):
        beside = False
        many[0], many[1], k[7] = 0, 0, math.inf
        for attempt in range(7):
            # solutions come in pairs: where one is alone, or a pair nearly seen, it is looked for from poses nearby
            if attempt >= always and not beside and many[0] % 2 == 0 and many[1] == 0:
                break
            for m in range(kinds.shape[0]):
                kind, turned = int(kinds[m, 0]), kinds[m, 1] == 1
                pose = flange_T_base if turned else base_T_flange
                for r in range(4):
                    for c in range(4):
                        goal[r, c] = pose[i, r, c]
                if attempt:
                    way, size = _ASKEW[(attempt - 1) // 2], _SHIFT[(attempt - 1) // 2]
                    for r in range(3):
                        goal[r, 3] += way[r] * (size if attempt % 2 else -size)
                fill_pose(along[m], points[m], goal, zero_T[m], t, k, v)
                row = 1 if kind in (PARALLEL, BASE_MEET) else 0
                beside = beside or t[row, 1] * t[row, 1] + t[row, 2] * t[row, 2] < _BESIDE
                for a in range(fill_arcs(kind, tables[m], t, k, h, arcs)):
                    search(
                        kind, turned, along[m], points[m], tables[m], steps, base_T_flange[i], t, k, v, arcs[a],
                        work, h, found, many,
                    )  # fmt: skip
        count = many[0]
        for b in range(MOST):
            miss[b, i] = 0.0 if b < count else (math.inf if count else k[7])
            for j in range(6):
                q[b, j, i] = found[b, j] if b < count else math.nan
