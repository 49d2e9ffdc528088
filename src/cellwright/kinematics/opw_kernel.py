"""The compiled closed form of opw arms: eight branches a pose, written so that the compiler vectorises it.

What branches share is computed once: the shoulder's side has joint 1 and the reach, the elbow's bend joints 2 and 3,
and the wrist's other way is half a turn of joints 4 and 6 with joint 5 negative. Angles are the ideal arm's until they
leave the block as joints of the chain, or as margins, for which limits are seen as angles of the ideal arm instead.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel
from ..geometry import Array
from .blocks import (
    AXIS,
    BLOCK,
    STRAIGHT,
    any_within,
    arc,
    copy_joint,
    copy_miss,
    copy_row,
    fill_before,
    fill_room,
    fill_row,
    fill_runs,
    fill_told,
    fill_tools,
    fill_wrists,
    least,
    opposite,
    room,
    shoulder,
    start_runs,
    told,
    triangle,
    whole,
)

_B = BLOCK
_PI = math.pi


@inline
def _fill_side(
    i: int, px: float, py: float, pz: float, wrong: float, a1: float, b: float, c2: float, k: float, lean: float,
    cos_l: float, sin_l: float, side: float, arm: Array,
) -> None:  # fmt: skip
    """Fill entry ``i`` of the 12 rows of one side of the shoulder.

    Cosine, sine and angle of joint 1, how far out of reach; then for each bend of the elbow sine and cosine of the
    forearm's angle, which is that of joints 2 and 3 together, and the angles of both.
    """
    ahead, inside, cos1, sin1 = shoulder(px, py, b, side)
    x = ahead - a1
    s = math.sqrt(x * x + pz * pz)
    over = 1.0 / (s + 1e-300)
    sin_b = 0.0 if s < AXIS else x * over
    cos_b = 1.0 if s < AXIS else pz * over
    cos_g, sin_g, cos_e, sin_e = triangle(s, c2, k)
    # the forearm leans from the line to the wrist by the triangle's third angle, on the side of the bend
    cos_w, sin_w = cos_e * cos_g + sin_e * sin_g, sin_e * cos_g - cos_e * sin_g
    cos_f, sin_f = cos_b * cos_l + sin_b * sin_l, sin_b * cos_l - cos_b * sin_l
    line, away, bent = arc(sin_b, cos_b), arc(sin_g, cos_g), arc(sin_e, cos_e)
    outside = s - (c2 + k) if s > c2 + k else abs(c2 - k) - s
    arm[i] = cos1
    arm[_B + i] = sin1
    arm[2 * _B + i] = arc(sin1, cos1)
    arm[3 * _B + i] = (outside if outside > inside else inside) + wrong
    arm[4 * _B + i] = sin_f * cos_w + cos_f * sin_w
    arm[5 * _B + i] = cos_f * cos_w - sin_f * sin_w
    arm[6 * _B + i] = whole(line - away)
    arm[7 * _B + i] = whole(bent - lean)
    arm[8 * _B + i] = sin_f * cos_w - cos_f * sin_w
    arm[9 * _B + i] = cos_f * cos_w + sin_f * sin_w
    arm[10 * _B + i] = whole(line + away)
    arm[11 * _B + i] = whole(-bent - lean)


@kernel
def fill_arms(wrists: Array, measures: Array, front: Array, back: Array) -> None:
    """Fill the rows of both sides of the shoulder from the rows of the wrist."""
    a1, a2, b, c2, c3 = measures[0], measures[1], measures[2], measures[3], measures[4]
    k, lean = math.sqrt(a2 * a2 + c3 * c3), measures[5]
    cos_l, sin_l = c3 / k, a2 / k
    for i in range(_B):
        px, py, pz = wrists[3 * _B + i], wrists[7 * _B + i], wrists[11 * _B + i]
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        wrong = px + py + pz
        for j in range(3):
            wrong += wrists[j * _B + i] + wrists[(4 + j) * _B + i] + wrists[(8 + j) * _B + i]
        wrong *= 0.0
        _fill_side(i, px, py, pz, wrong, a1, b, c2, k, lean, cos_l, sin_l, 1.0, front)
        _fill_side(i, px, py, pz, wrong, a1, b, c2, k, lean, cos_l, sin_l, -1.0, back)


@kernel
def fill_hand(wrists: Array, arm: Array, bend: int, rest: float, hand: Array) -> None:
    """Fill the angles of joints 4, 5, 6 (3 rows) of one side and bend; joint 4 is at ``rest`` where 5 is straight."""
    rest_cos, rest_sin = math.cos(rest), math.sin(rest)
    turned = arm[(4 + 4 * bend) * _B :]
    for i in range(_B):
        cos1, sin1, sin23, cos23 = arm[i], arm[_B + i], turned[i], turned[_B + i]
        r00, r01, r02 = wrists[i], wrists[_B + i], wrists[2 * _B + i]
        r10, r11, r12 = wrists[4 * _B + i], wrists[5 * _B + i], wrists[6 * _B + i]
        r20, r21, r22 = wrists[8 * _B + i], wrists[9 * _B + i], wrists[10 * _B + i]
        # wrist seen from link 3; joint 6 is taken after joint 4, so that their sum stays exact when joint 5 is straight
        out = r02 * cos1 + r12 * sin1
        w02 = out * cos23 - r22 * sin23
        w12 = r12 * cos1 - r02 * sin1
        w22 = out * sin23 + r22 * cos23
        w00 = (r00 * cos1 + r10 * sin1) * cos23 - r20 * sin23
        w01 = (r01 * cos1 + r11 * sin1) * cos23 - r21 * sin23
        sin5 = math.sqrt(w02 * w02 + w12 * w12)
        over = 1.0 / (sin5 + 1e-300)
        cos4 = rest_cos if sin5 < STRAIGHT else w02 * over
        sin4 = rest_sin if sin5 < STRAIGHT else w12 * over
        hand[i] = arc(sin4, cos4)
        hand[_B + i] = arc(sin5, w22)
        hand[2 * _B + i] = arc(
            cos4 * (r10 * cos1 - r00 * sin1) - sin4 * w00, cos4 * (r11 * cos1 - r01 * sin1) - sin4 * w01
        )


@kernel
def fill_last(
    hand: Array, arm: Array, out: Array, middle: Array, half: Array, wanted: Array, one: Array, other: Array
) -> None:
    """Fill ``one`` and ``other`` (BLOCK,) with the least margin of either way of the wrist.

    That is the least of ``arm``, of the room of joints 4, 5, 6 (3 rows of ``hand``; the other way they are half a turn
    away, negative, half a turn away: ``middle`` (2, 6) says so of their limits) and of the angle of joint 5 from 0 or
    pi. ``wanted`` (5,) is that of `Limits`.
    """
    m3, m4, m5, n3, n4, n5 = middle[0, 3], middle[0, 4], middle[0, 5], middle[1, 3], middle[1, 4], middle[1, 5]
    h3, h4, h5 = half[3], half[4], half[5]
    weight, beyond, none, share = wanted[0], wanted[2], wanted[3], wanted[4]
    for i in range(_B):
        four, five, six = hand[i], hand[_B + i], hand[2 * _B + i]
        bent = abs(five)
        bent = weight * (bent if bent < _PI - bent else _PI - bent)
        here = least(bent if weight > 0.0 else arm[i], arm[i])
        a, b = least(room(four, m3, h3), here), least(room(four, n3, h3), here)
        a, b = least(room(five, m4, h4), a), least(room(five, n4, h4), b)
        a, b = least(room(six, m5, h5), a), least(room(six, n5, h5), b)
        one[i] = told(a, out[i], beyond, none, share)
        other[i] = told(b, out[i], beyond, none, share)


@kernel
def all_branches(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    beyond: float,
    work: Array,
    q: Array,
    miss: Array,
) -> None:
    """Fill ``q`` (8, 6, n) [rad] and ``miss`` (8, n) [m] with every branch of every pose.

    Args:
        base_T_flange: (n, 4, 4), contiguous.
        left: (4, 4) shoulder_T_base: opw frame lifted to the height of axis 2.
        right: (4, 4) flange_T_wrist.
        measures: (6,) a1, a2, b, c2, c3 [m], angle of the forearm's lean [rad].
        sign: (6,) of the joints.
        offset: (6,) of the joints [rad].
        beyond: a pose out of reach by no more than this [m] is solved at the end of the reach.
        work: (4, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    wrists, hand = work[0], work[3]
    for start in range(0, len(base_T_flange), _B):
        end = start + _B
        fill_wrists(base_T_flange, start, left, right, hand, wrists)
        fill_arms(wrists, measures, work[1], work[2])
        for k in range(4):
            arm, bend = work[1 + k // 2], k % 2
            fill_hand(wrists, arm, bend, offset[3], hand)
            out, of = arm[3 * _B : 4 * _B], arm[4 * (1 + bend) * _B :]
            for flip in range(2):
                at, way = k + 4 * flip, -1.0 if flip else 1.0
                copy_joint(arm[2 * _B :], out, beyond, sign[0], offset[0], q[at, 0, start:end])
                copy_joint(of[2 * _B :], out, beyond, sign[1], offset[1], q[at, 1, start:end])
                copy_joint(of[3 * _B :], out, beyond, sign[2], offset[2], q[at, 2, start:end])
                four, six = (opposite(offset[3]), opposite(offset[5])) if flip else (offset[3], offset[5])
                copy_joint(hand, out, beyond, sign[3], four, q[at, 3, start:end])
                copy_joint(hand[_B:], out, beyond, way * sign[4], way * offset[4], q[at, 4, start:end])
                copy_joint(hand[2 * _B :], out, beyond, sign[5], six, q[at, 5, start:end])
                copy_miss(out, beyond, miss[at, start:end])


@kernel
def fill_margins(
    wrists: Array, measures: Array, rest: float, middle: Array, half: Array, wanted: Array, work: Array, margins: Array
) -> None:
    """Fill ``margins`` (8, BLOCK) of the rows of the wrist; the arguments are those of `all_margins`."""
    hand, arm = work[3], work[3][3 * _B : 4 * _B]
    fill_arms(wrists, measures, work[1], work[2])
    for k in range(4):
        side, bend = work[1 + k // 2], k % 2
        if not any_within(side[3 * _B :], wanted[2]):
            for flip in range(2):
                fill_told(side, side[3 * _B :], wanted, margins[k + 4 * flip])
            continue
        of = side[4 * (1 + bend) * _B :]
        fill_hand(wrists, side, bend, rest, hand)
        fill_row(arm, wanted[1])
        for j in range(3):
            fill_room(side[2 * _B :] if j == 0 else of[(1 + j) * _B :], middle[0, j], half[j], arm)
        fill_last(hand, arm, side[3 * _B :], middle, half, wanted, margins[k], margins[k + 4])


@kernel
def all_margins(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    rest: float,
    middle: Array,
    half: Array,
    wanted: Array,
    work: Array,
    margin: Array,
) -> None:
    """Fill ``margin`` (8, n) [rad] with the smallest margin of every branch, without writing the branches.

    Args:
        base_T_flange: this and the next three as in `all_branches`.
        left: likewise.
        right: likewise.
        measures: likewise.
        rest: angle of joint 4 where the wrist is straight [rad].
        middle: (2, 6) of the joint limits as angles of the ideal arm [rad], for either way of the wrist.
        half: (6,) half the width of the limits [rad], infinite for a joint without end.
        wanted: (5,) weight of the wrist's angle from straight, largest margin that counts, by how much a pose may be
            out of reach [m], what stands for no branch, and what a metre out of reach is taken from that.
        work: (5, 12 * BLOCK) room for intermediate rows.
        margin: filled.
    """
    margins = work[4][: 8 * _B].reshape(8, _B)
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, work[3], work[0])
        fill_margins(work[0], measures, rest, middle, half, wanted, work, margins)
        for b in range(8):
            copy_row(margins[b], margin[b, start : start + _B])


@kernel
def best_margins(
    world_T_flange: Array,
    lefts: Array,
    right: Array,
    measures: Array,
    rest: float,
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

    Args:
        world_T_flange: (n, 4, 4), contiguous.
        lefts: (p, 4, 4) shoulder_T_world of each base.
        right: this and the next five as in `all_margins`.
        measures: likewise.
        rest: likewise.
        middle: likewise.
        half: likewise.
        wanted: likewise.
        ends: (n,) see `fill_runs`.
        operation: (n,) likewise.
        work: (6, 12 * BLOCK) room for intermediate rows.
        tools: (at least n / BLOCK, 12 * BLOCK) room for the wrist as it is seen from the world.
        best: filled.
    """
    margins, carried = work[4][: 8 * _B].reshape(8, _B), work[5]
    n = len(world_T_flange)
    fill_tools(world_T_flange, right, work[0], tools)
    for p in range(len(lefts)):
        start_runs(carried, best[p])
        for start in range(0, n, _B):
            end = min(start + _B, n)
            fill_before(lefts[p], tools[start // _B], work[0])
            fill_margins(work[0], measures, rest, middle, half, wanted, work, margins)
            fill_runs(margins, ends[start:end], operation[start:end], carried, best[p])
