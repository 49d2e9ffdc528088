"""The compiled closed form of opw arms: eight branches a pose, written so that the compiler vectorises it."""

from __future__ import annotations

import math

from ..compiled import kernel
from ..geometry import Array
from .blocks import (
    BLOCK,
    STRAIGHT,
    arc,
    copy_margin,
    copy_row,
    elbow,
    fill_margin,
    fill_row,
    fill_straight,
    fill_wrists,
    joint,
    opposite,
    shoulder,
)

_B = BLOCK


@kernel
def fill_branch(
    wrists: Array,
    plain: Array,
    flipped: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    beyond: float,
    side: float,
    bend: float,
) -> None:
    """Fill ``plain`` and ``flipped`` (7 rows: q1 to q6, miss) of one shoulder side and elbow bend."""
    a1, a2, b, c2, c3 = measures[0], measures[1], measures[2], measures[3], measures[4]
    h0, h1, h2, h3, h4, h5 = sign[0], sign[1], sign[2], sign[3], sign[4], sign[5]
    f0, f1, f2, f3, f4, f5 = offset[0], offset[1], offset[2], offset[3], offset[4], offset[5]
    k = math.sqrt(a2 * a2 + c3 * c3)
    cos_k, sin_k = c3 / k, a2 / k
    rest_cos, rest_sin = math.cos(f3), math.sin(f3)
    for i in range(_B):
        r00, r01, r02, px = wrists[i], wrists[_B + i], wrists[2 * _B + i], wrists[3 * _B + i]
        r10, r11, r12, py = wrists[4 * _B + i], wrists[5 * _B + i], wrists[6 * _B + i], wrists[7 * _B + i]
        r20, r21, r22, pz = wrists[8 * _B + i], wrists[9 * _B + i], wrists[10 * _B + i], wrists[11 * _B + i]
        ahead, inside, cos1, sin1 = shoulder(px, py, b, side)
        x = ahead - a1
        s = math.sqrt(x * x + pz * pz)
        cos2, sin2, cos_e, sin_e = elbow(x, pz, s, c2, k, bend)
        sin3 = sin_e * cos_k - cos_e * sin_k
        cos3 = cos_e * cos_k + sin_e * sin_k
        sin23 = sin2 * cos3 + cos2 * sin3
        cos23 = cos2 * cos3 - sin2 * sin3

        # wrist seen from link 3; joint 6 is taken after joint 4, so that their sum stays exact when joint 5 is straight
        w00 = (r00 * cos1 + r10 * sin1) * cos23 - r20 * sin23
        w01 = (r01 * cos1 + r11 * sin1) * cos23 - r21 * sin23
        w02 = (r02 * cos1 + r12 * sin1) * cos23 - r22 * sin23
        w12 = r12 * cos1 - r02 * sin1
        w22 = (r02 * cos1 + r12 * sin1) * sin23 + r22 * cos23
        sin5 = math.sqrt(w02 * w02 + w12 * w12)
        over = 1.0 / (sin5 + 1e-300)
        cos4 = rest_cos if sin5 < STRAIGHT else w02 * over
        sin4 = rest_sin if sin5 < STRAIGHT else w12 * over
        t4 = arc(sin4, cos4)
        t5 = arc(sin5, w22)
        t6 = arc(cos4 * (r10 * cos1 - r00 * sin1) - sin4 * w00, cos4 * (r11 * cos1 - r01 * sin1) - sin4 * w01)

        outside = s - (c2 + k) if s > c2 + k else abs(c2 - k) - s
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        miss = (outside if outside > inside else inside) + 0.0 * (px + py + pz + w22 + w00 + w01)
        exists = miss <= beyond
        miss = 0.0 if exists else miss
        q1 = joint(arc(sin1, cos1), h0, f0) if exists else math.nan
        q2 = joint(arc(sin2, cos2), h1, f1) if exists else math.nan
        q3 = joint(arc(sin3, cos3), h2, f2) if exists else math.nan
        plain[i], flipped[i] = q1, q1
        plain[_B + i], flipped[_B + i] = q2, q2
        plain[2 * _B + i], flipped[2 * _B + i] = q3, q3
        plain[3 * _B + i] = joint(t4, h3, f3) if exists else math.nan
        plain[4 * _B + i] = joint(t5, h4, f4) if exists else math.nan
        plain[5 * _B + i] = joint(t6, h5, f5) if exists else math.nan
        flipped[3 * _B + i] = joint(opposite(t4), h3, f3) if exists else math.nan
        flipped[4 * _B + i] = joint(-t5, h4, f4) if exists else math.nan
        flipped[5 * _B + i] = joint(opposite(t6), h5, f5) if exists else math.nan
        plain[6 * _B + i], flipped[6 * _B + i] = miss, miss


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
        measures: (5,) a1, a2, b, c2, c3 [m].
        sign: (6,) of the joints.
        offset: (6,) of the joints [rad].
        beyond: a pose out of reach by no more than this [m] is solved at the end of the reach.
        work: (4, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    raw, half, wrists = work[0], work[1], work[2]
    plain, flipped = work[3][: 7 * _B], work[0][: 7 * _B]
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, raw, half, wrists)
        for k in range(4):
            fill_branch(
                wrists, plain, flipped, measures, sign, offset, beyond, -1.0 if k >= 2 else 1.0, -1.0 if k % 2 else 1.0
            )
            for j in range(6):
                copy_row(plain[j * _B :], q[k, j, start : start + _B])
                copy_row(flipped[j * _B :], q[k + 4, j, start : start + _B])
            copy_row(plain[6 * _B :], miss[k, start : start + _B])
            copy_row(flipped[6 * _B :], miss[k + 4, start : start + _B])


@kernel
def all_margins(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    beyond: float,
    middle: Array,
    half: Array,
    wanted: Array,
    work: Array,
    margin: Array,
) -> None:
    """Fill ``margin`` (8, n) [rad] with the smallest margin of every branch, without writing the branches.

    Args:
        base_T_flange: this and the next six as in `all_branches`.
        left: likewise.
        right: likewise.
        measures: likewise.
        sign: likewise.
        offset: likewise.
        beyond: likewise.
        middle: (6,) of the joint limits [rad].
        half: (6,) half the width of the limits [rad], infinite for a joint without end.
        wanted: (3,) weight of the wrist's angle from straight, largest margin that counts, what stands for no branch.
        work: (5, 12 * BLOCK) room for intermediate rows.
        margin: filled.
    """
    raw, part, wrists = work[0], work[1], work[2]
    plain, flipped = work[3][: 7 * _B], work[0][: 7 * _B]
    arm, least = work[4][:_B], work[4][_B : 2 * _B]
    straight = -sign[4] * offset[4]
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, raw, part, wrists)
        for k in range(4):
            fill_branch(
                wrists, plain, flipped, measures, sign, offset, beyond, -1.0 if k >= 2 else 1.0, -1.0 if k % 2 else 1.0
            )
            # the arm, and how far the wrist is from straight, are the same for both ways of the wrist
            fill_row(arm, wanted[1])
            fill_margin(plain, 0, 3, middle, half, arm)
            fill_straight(plain, straight, wanted[0], arm)
            for flip in range(2):
                rows = flipped if flip else plain
                copy_row(arm, least)
                fill_margin(rows, 3, 6, middle, half, least)
                copy_margin(least, rows, wanted[2], margin[k + 4 * flip, start : start + _B])
