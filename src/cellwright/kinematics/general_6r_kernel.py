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
from .general_6r_product_kernel import BASE_MEET, MEET, PARALLEL, fill_hidden, fill_products
from .tracking_kernel import angle_of, cosine_sine, polish

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
_DIP = 0.05  # a near miss is this much lower than the nodes beside it
_BESIDE = 1e-6  # a wrist nearer to axis 1 [m^2, m^4] leaves joint 1 to chance
_FINER, _CELLS = 24, 32  # nodes in a cell that is looked into again, and such cells that may wait
_FLATTER, _STEEPER = 0.3, 2.5  # than the chord of a cell: more than one root may lie in it
_DEEP = 0.1  # a cell at one end so much lower than at the other may touch zero
_ASIDE = 1e-3  # of a step, to see the slope at a node
_SHIFT = 2e-3  # of the pose that is solved instead [m]


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
def _hidden_joint(arc: Array, at: float) -> float:
    """Return the hidden joint: the angle itself, or a swing over the arc, with which its ends are no corners."""
    if arc[1] == 0.0:
        return at
    _, s = cosine_sine(at)
    return arc[0] + arc[1] * s


@kernel
def value(kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, at: float) -> float:
    """Return the product at one place of an arc, and leave the functions of the hidden joint in ``h`` (22, 1)."""
    c4, s4 = cosine_sine(_hidden_joint(arc, at))
    h[20, 0], h[21, 0] = c4, s4
    fill_hidden(table, h[20], h[21], h)
    fill_products(kind, t, k, h, h[20])
    return h[20, 0]


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
def root_between(
    kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, a: float, fa: float, b: float, fb: float
) -> float:
    """Return where the product is zero between ``a`` and ``b``, by the regula falsi with the Illinois rule."""
    x = b
    for _ in range(40):
        x = b - fb * (b - a) / (fb - fa)
        fx = value(kind, table, t, k, h, arc, x)
        if fx == 0.0 or abs(x - b) < 1e-7 or abs(b - a) < 1e-7:
            break
        if (fx > 0.0) != (fb > 0.0):
            a, fa = b, fb
        else:
            fa *= 0.5
        b, fb = x, fx
    return x


@kernel
def lowest_between(kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, x: Array, f: Array) -> None:
    """Move the middle of three nodes ``x`` (3,) with values ``f`` (3,) of one sign to where the product is least.

    It ends early where the product changes its sign: two roots lie there.
    """
    for _ in range(24):
        left, right = x[1] - x[0], x[2] - x[1]
        if left + right < 1e-6:
            break
        down, up = f[0] - f[1], f[2] - f[1]
        bend = down * right + up * left
        at = x[1] + 0.5 * (down * right * right - up * left * left) / bend if bend != 0.0 else x[1]
        if abs(at - x[1]) < 1e-3 * (left + right) or not x[0] < at < x[2]:
            at = x[1] + (0.1 * right if right > left else -0.1 * left)
        y = value(kind, table, t, k, h, arc, at)
        crossed = (y > 0.0) != (f[1] > 0.0)
        if crossed or abs(y) < abs(f[1]):
            side = 0 if at > x[1] else 2
            x[side], f[side] = x[1], f[1]
            x[1], f[1] = at, y
        else:
            side = 2 if at > x[1] else 0
            x[side], f[side] = at, y
        if crossed:
            break


@kernel
def fill_nodes(
    kind: int, table: Array, t: Array, k: Array, arc: Array, low: float, high: float, n: int, work: Array
) -> None:
    """Fill rows 20 to 22 of ``work`` with ``n`` nodes, the product there, and its slope to the next node's side."""
    step = (high - low) / (n - 1)
    for i in range(n):
        work[20, i] = low + step * i
    for row in range(2):
        for i in range(n):
            # the slope at the last node is seen from within, for an end of an arc is an extremum
            aside = 0.0 if row == 1 else _ASIDE * step * (1.0 if i < n - 1 else -1.0)
            work[23, i], work[24, i] = cosine_sine(_hidden_joint(arc, work[20, i] + aside))
        fill_hidden(table, work[23, :n], work[24, :n], work)
        fill_products(kind, t, k, work, work[22 - row, :n])
    for i in range(n):
        work[22, i] = work[22, i] - work[21, i] if i < n - 1 else work[21, i] - work[22, i]


@kernel
def roots_between(
    kind: int,
    table: Array,
    t: Array,
    k: Array,
    h: Array,
    arc: Array,
    x: float,
    step: float,
    here: float,
    there: float,
    around: float,
    nodes: Array,
    values: Array,
    roots: Array,
) -> int:
    """Fill ``roots`` with those of a cell in which the product falls and rises again; return how many there are.

    -1 where it comes close to zero only, against the cell's ends or what is ``around``, at the first of ``roots``.
    """
    nodes[0], nodes[1], nodes[2] = x, x + 0.5 * step, x + step
    values[0], values[2] = here, there
    values[1] = value(kind, table, t, k, h, arc, nodes[1])
    for _ in range(8):
        if (values[1] > 0.0) != (here > 0.0) or abs(values[1]) < min(abs(values[0]), abs(values[2])):
            break
        # the lowest place lies beside the lower end
        side = 2 if abs(values[0]) < abs(values[2]) else 0
        nodes[side], values[side] = nodes[1], values[1]
        nodes[1] = 0.5 * (nodes[0] + nodes[2])
        values[1] = value(kind, table, t, k, h, arc, nodes[1])
    if (values[1] > 0.0) == (here > 0.0):
        lowest_between(kind, table, t, k, h, arc, nodes, values)
    if (values[1] > 0.0) != (here > 0.0):
        roots[0] = root_between(kind, table, t, k, h, arc, nodes[0], values[0], nodes[1], values[1])
        roots[1] = root_between(kind, table, t, k, h, arc, nodes[1], values[1], nodes[2], values[2])
        return 2
    roots[0] = nodes[1]
    return -1 if abs(values[1]) < _DIP * max(around, abs(here) + abs(there)) else 0


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
    """Add the positions whose hidden joint lies on the ``arc`` to the ``many`` (1,) in ``found``.

    A cell between two nodes is looked into again where the slopes at its ends tell of more than one root.

    Args:
        work: (28, NODES) room, contiguous.
        h: (22, 1) room.
    """
    x, f, slope, room = work[20], work[21], work[22], work[25, :256].reshape(16, 16)
    nodes, values, roots, q, guess = work[26, 0:3], work[26, 3:6], work[26, 6:8], work[26, 8:14], work[26, 14:20]
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
            here, there, limit = f[i], f[i + 1], _SURE
            rises = 1.0 if there > here else -1.0
            some = 0
            if (here > 0.0) != (there > 0.0):
                # one root alone leaves the slopes at both ends near that of the chord
                chord = _ASIDE * abs(there - here)
                least, most = min(rises * slope[i], rises * slope[i + 1]), max(rises * slope[i], rises * slope[i + 1])
                if (least < _FLATTER * chord or most > _STEEPER * chord) and level < 3.0 and waiting < _CELLS:
                    cells[waiting, 0], cells[waiting, 1], cells[waiting, 2] = x[i], x[i] + step, level + 1.0
                    cells[waiting, 3] = max(around, abs(here) + abs(there))
                    waiting += 1
                    continue
                some, roots[0] = 1, root_between(kind, table, t, k, h, arc, x[i], here, x[i] + step, there)
            else:
                deep = min(abs(here), abs(there)) < _DEEP * max(abs(here), abs(there))
                if deep and level < 2.0 and waiting < _CELLS:
                    cells[waiting, 0], cells[waiting, 1], cells[waiting, 2] = x[i], x[i] + step, level + 1.0
                    cells[waiting, 3] = max(around, abs(here) + abs(there))
                    waiting += 1
                    continue
                sign = 1.0 if here > 0.0 else -1.0
                if sign * slope[i] < 0.0 and sign * slope[i + 1] > 0.0:
                    some = roots_between(
                        kind, table, t, k, h, arc, x[i], step, here, there, around, nodes, values, roots
                    )
                elif not whole and level == 0.0 and (i == 0 or i == n - 2):
                    first = i == 0
                    if abs(here if first else there) < _DIP * abs(there if first else here):
                        some, roots[0] = -1, (x[i] if first else x[i + 1])
            if some < 0:
                some, limit = 1, _LIKELY
            for r in range(some):
                value(kind, table, t, k, h, arc, roots[r])
                for way in range(4):
                    q4 = _hidden_joint(arc, roots[r])
                    if position_at(kind, along, points, t, k, h, v, q4, way, guess, room) < limit:
                        for j in range(6):
                            q[j] = guess[5 - j] if turned else guess[j]
                        left = polish(steps, wanted, q, _STEPS, -1, room)
                        k[7] = min(k[7], left)
                        if left < MET:
                            add(q, found, many)


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
        many: (1,) room.
        q: filled.
        miss: filled.
    """
    for i in range(base_T_flange.shape[0]):
        beside = False
        many[0], k[7] = 0, math.inf
        for attempt in range(7):
            # solutions come in pairs: where one is alone its mate is looked for from poses nearby
            if attempt and not beside and many[0] % 2 == 0:
                break
            for m in range(kinds.shape[0]):
                kind, turned = int(kinds[m, 0]), kinds[m, 1] == 1
                pose = flange_T_base if turned else base_T_flange
                for r in range(4):
                    for c in range(4):
                        goal[r, c] = pose[i, r, c]
                if attempt:
                    goal[(attempt - 1) % 3, 3] += _SHIFT if attempt < 4 else -_SHIFT
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
