"""The compiled closed form of SCARAs: two branches a pose, vectorised by the compiler."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from .blocks import (
    AXIS,
    BLOCK,
    arc,
    copy_joint,
    copy_row,
    fill_before,
    fill_room,
    fill_row,
    fill_runs,
    fill_told,
    fill_tools,
    fill_wrists,
    least,
    start_runs,
    triangle,
    whole,
)

_B = BLOCK


@kernel
def fill_hands(lasts: Array, measures: Array, row: Array) -> None:
    """Fill ``row`` (7 rows) from where the last turning axis is.

    Angles of the line from the first to the last turning axis, between that and the first link, of the second link from
    stretched, of the flange; the slide; what is out of reach, 0 where both branches exist; miss.
    """
    upper, fore, beyond, lean = measures[0], measures[1], measures[3], measures[4]
    for i in range(_B):
        x, y, z = lasts[3 * _B + i], lasts[7 * _B + i], lasts[11 * _B + i]
        s = math.sqrt(x * x + y * y)
        cos_g, sin_g, cos_e, sin_e = triangle(s, upper, fore)
        leaning = math.sqrt(lasts[2 * _B + i] * lasts[2 * _B + i] + lasts[6 * _B + i] * lasts[6 * _B + i])
        leaning = leaning if lasts[10 * _B + i] > 0.0 else math.pi - leaning
        reach = upper + fore
        outside = s - reach if s > reach else abs(upper - fore) - s
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        wrong = 0.0 * (x + y + z + leaning + lasts[i] + lasts[4 * _B + i])
        exists = (outside + wrong <= beyond) & (leaning <= lean)
        out = (outside if outside > leaning else leaning) + wrong
        row[i] = arc(0.0 if s < AXIS else y, 1.0 if s < AXIS else x)
        row[_B + i] = arc(sin_g, cos_g)
        row[2 * _B + i] = arc(sin_e, cos_e)
        row[3 * _B + i] = arc(lasts[4 * _B + i], lasts[i])
        row[4 * _B + i] = z
        row[5 * _B + i] = 0.0 if exists else out
        row[6 * _B + i] = (leaning if leaning > beyond else 0.0) if exists else out


@kernel
def fill_hand(row: Array, bend: float, level: float, hand: Array) -> None:
    """Fill ``hand`` (3 rows) with the angles of the turning joints of one hand; the second's is ``level`` at 0."""
    for i in range(_B):
        t1, t2 = whole(row[i] - bend * row[_B + i]), whole(bend * row[2 * _B + i] - level)
        hand[i] = t1
        hand[_B + i] = t2
        hand[2 * _B + i] = whole(row[3 * _B + i] - t1 - t2)


@kernel
def fill_slide(slide: Array, middle: float, half: float, to: Array) -> None:
    """Lower ``to`` (BLOCK,) to what the ``slide`` leaves of ``half`` the width of its limits."""
    for i in range(_B):
        to[i] = least(half - abs(slide[i] - middle), to[i])


@kernel
def both_hands(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    order: NDArray[np.int64],
    work: Array,
    q: Array,
    miss: Array,
) -> None:
    """Fill ``q`` (2, 4, n) [rad, m] and ``miss`` (2, n) [m, rad] with both branches of every pose.

    Args:
        base_T_flange: (n, 4, 4), contiguous.
        left: (4, 4) first_T_base.
        right: (4, 4) flange_T_last.
        measures: (5,) upper, fore [m], bend [rad], how far out of reach [m] and how leaning [rad] is still solved.
        sign: (4,) of the joints.
        order: (4,) indices of the three turning joints and of the sliding one.
        work: (3, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    lasts, row, hand = work[0], work[1], work[2]
    for start in range(0, len(base_T_flange), _B):
        end = start + _B
        fill_wrists(base_T_flange, start, left, right, row, lasts)
        fill_hands(lasts, measures, row)
        for side in range(2):
            fill_hand(row, -1.0 if side else 1.0, measures[2], hand)
            for j in range(4):
                at = int(order[j])
                if j < 3:
                    copy_joint(hand[j * _B :], row[5 * _B :], 0.0, sign[at], 0.0, q[side, at, start:end])
                else:
                    copy_slide(row[4 * _B :], row[5 * _B :], sign[at], q[side, at, start:end])
            copy_row(row[6 * _B :], miss[side, start:end])


@kernel
def copy_slide(slide: Array, out: Array, sign: float, to: Array) -> None:
    """Fill ``to`` with the start of the sliding joint; NaN where the pose is ``out`` of reach."""
    for i in range(len(to)):
        to[i] = sign * slide[i] if out[i] <= 0.0 else math.nan


@kernel
def fill_margins(
    lasts: Array, measures: Array, middle: Array, half: Array, wanted: Array, work: Array, margins: Array
) -> None:  # fmt: skip
    """Fill two rows of ``margins`` (8, BLOCK) of the rows of the last turning axis, as `all_margins` says."""
    row, hand, before = work[1], work[2], work[2][3 * _B : 4 * _B]
    fill_hands(lasts, measures, row)
    for side in range(2):
        fill_hand(row, -1.0 if side else 1.0, measures[2], hand)
        fill_row(before, wanted[1])
        for j in range(3):
            fill_room(hand[j * _B :], middle[j], half[j], before)
        fill_slide(row[4 * _B :], middle[3], half[3], before)
        fill_told(before, row[5 * _B :], wanted, margins[side])


@kernel
def all_margins(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    middle: Array,
    half: Array,
    wanted: Array,
    work: Array,
    margin: Array,
) -> None:
    """Fill ``margin`` (2, n) [rad, m] with the smallest margin of either branch, without writing the branches.

    Args:
        base_T_flange: this and the next three as in `both_hands`.
        left: likewise.
        right: likewise.
        measures: likewise.
        middle: (4,) of the limits as the arm's own angles, and of its slide, in the order of ``order`` there.
        half: (4,) half the width of the limits, likewise; infinite for a joint without end.
        wanted: (5,) that of `Limits`, but for the third, which is 0.
        work: (4, 12 * BLOCK) room for intermediate rows.
        margin: filled.
    """
    margins = work[3][: 8 * _B].reshape(8, _B)
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, work[1], work[0])
        fill_margins(work[0], measures, middle, half, wanted, work, margins)
        for b in range(2):
            copy_row(margins[b], margin[b, start : start + _B])


@kernel
def best_margins(
    world_T_flange: Array,
    lefts: Array,
    right: Array,
    measures: Array,
    middle: Array,
    half: Array,
    wanted: Array,
    ends: NDArray[np.int64],
    operation: NDArray[np.int64],
    work: Array,
    tools: Array,
    best: Array,
) -> None:
    """Fill ``best`` (p, o) with what `fill_runs` makes of the margins of all poses from every base.

    Arguments as in `all_margins` and `opw_kernel.best_margins`; ``work`` is (5, 12 * BLOCK).
    """
    margins, carried = work[3][: 8 * _B].reshape(8, _B), work[4]
    margins[:] = -math.inf
    n = len(world_T_flange)
    fill_tools(world_T_flange, right, work[0], tools)
    for p in range(len(lefts)):
        start_runs(carried, best[p])
        for start in range(0, n, _B):
            end = min(start + _B, n)
            fill_before(lefts[p], tools[start // _B], work[0])
            fill_margins(work[0], measures, middle, half, wanted, work, margins)
            fill_runs(margins, ends[start:end], operation[start:end], carried, best[p])
