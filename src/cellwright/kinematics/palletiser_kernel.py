"""The compiled closed form of palletisers: four branches a pose."""

from __future__ import annotations

import math

from ..compiled import kernel
from ..geometry import Array
from .blocks import BLOCK, arc, copy_row, elbow, fill_wrists, joint, shoulder, whole

_B = BLOCK


@kernel
def fill_one(lasts: Array, measures: Array, sign: Array, offset: Array, side: float, bend: float, row: Array) -> None:
    """Fill ``row`` (5 rows: q1 to q4, miss) of one shoulder side and elbow bend from where axis 4 is."""
    aside, rest_x, rest_z, upper, fore = measures[0], measures[1], measures[2], measures[3], measures[4]
    beyond, lean = measures[5], measures[6]
    h2, h3, f1, f2 = sign[2], sign[3], offset[1], offset[2]
    for i in range(_B):
        ahead, inside, cos1, sin1 = shoulder(lasts[3 * _B + i], lasts[7 * _B + i], aside, side)
        x, z = ahead - rest_x, lasts[11 * _B + i] - rest_z
        s = math.sqrt(x * x + z * z)
        cos2, sin2, cos_e, sin_e = elbow(x, z, s, upper, fore, bend)
        t1 = arc(sin1, cos1)
        leaning = math.sqrt(lasts[2 * _B + i] ** 2 + lasts[6 * _B + i] ** 2)
        leaning = leaning if lasts[10 * _B + i] > 0.0 else math.pi - leaning
        outside = s - (upper + fore) if s > upper + fore else abs(upper - fore) - s
        outside = outside if outside > inside else inside
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        wrong = 0.0 * (s + leaning + lasts[i] + lasts[4 * _B + i] + lasts[3 * _B + i] + lasts[7 * _B + i])
        exists = (outside + wrong <= beyond) & (leaning <= lean)
        out = outside if outside > leaning else leaning
        row[i] = t1 if exists else math.nan
        row[_B + i] = joint(arc(sin2, cos2), 1.0, f1) if exists else math.nan
        row[2 * _B + i] = joint(arc(sin_e, cos_e), h2, f2) if exists else math.nan
        row[3 * _B + i] = h3 * whole(arc(lasts[4 * _B + i], lasts[i]) - t1) if exists else math.nan
        row[4 * _B + i] = (leaning if leaning > beyond else 0.0) if exists else out + wrong


@kernel
def four_branches(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    offset: Array,
    work: Array,
    q: Array,
    miss: Array,
) -> None:
    """Fill ``q`` (4, 4, n) [rad] and ``miss`` (4, n) [m, rad] with every branch of every pose.

    Args:
        base_T_flange: (n, 4, 4), contiguous.
        left: (4, 4) first_T_base.
        right: (4, 4) flange_T_last.
        measures: (7,) aside, ahead, up, upper, fore [m], how far out of reach [m] and how leaning [rad] is solved.
        sign: (4,) of the joints.
        offset: (4,) of the joints [rad].
        work: (3, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    room, lasts, row = work[0], work[1], work[2]
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, room, lasts)
        for k in range(4):
            fill_one(lasts, measures, sign, offset, -1.0 if k >= 2 else 1.0, -1.0 if k % 2 else 1.0, row)
            for j in range(4):
                copy_row(row[j * _B :], q[k, j, start : start + _B])
            copy_row(row[4 * _B :], miss[k, start : start + _B])
