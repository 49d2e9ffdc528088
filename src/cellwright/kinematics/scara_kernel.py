"""The compiled closed form of SCARAs: two branches a pose, vectorised by the compiler."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel
from ..geometry import Array
from .blocks import BLOCK, arc, copy_row, elbow, fill_wrists

_B = BLOCK
_TURN = 2.0 * math.pi


@inline
def _whole(angle: float) -> float:
    """Return an angle in [-5 pi, 5 pi] in [-pi, pi]."""
    angle = angle - _TURN if angle > math.pi else angle
    angle = angle - _TURN if angle > math.pi else angle
    angle = angle + _TURN if angle < -math.pi else angle
    return angle + _TURN if angle < -math.pi else angle


@kernel
def fill_hands(lasts: Array, left: Array, right: Array, measures: Array, signs: Array) -> None:
    """Fill ``left`` and ``right`` (5 rows: the three turns, the slide, miss) from where the last turning axis is."""
    upper, fore, bend, beyond, lean = measures[0], measures[1], measures[2], measures[3], measures[4]
    h1, h2, h3, h4 = signs[0], signs[1], signs[2], signs[3]
    for i in range(_B):
        x, y, z = lasts[3 * _B + i], lasts[7 * _B + i], lasts[11 * _B + i]
        s = math.sqrt(x * x + y * y)
        cos_1, sin_1, cos_e, sin_e = elbow(y, x, s, upper, fore, 1.0)
        over = 1.0 / (s + 1e-300)
        cos_s = 1.0 if s < 1e-10 else x * over
        sin_s = 0.0 if s < 1e-10 else y * over
        twice_c, twice_s = cos_s * cos_s - sin_s * sin_s, 2.0 * sin_s * cos_s
        t1, bent = arc(sin_1, cos_1), arc(sin_e, cos_e)
        u1 = arc(twice_s * cos_1 - twice_c * sin_1, twice_c * cos_1 + twice_s * sin_1)
        turned = arc(lasts[4 * _B + i], lasts[i])
        leaning = math.sqrt(lasts[2 * _B + i] ** 2 + lasts[6 * _B + i] ** 2)
        leaning = leaning if lasts[10 * _B + i] > 0.0 else math.pi - leaning
        reach = upper + fore
        outside = s - reach if s > reach else abs(upper - fore) - s
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        wrong = 0.0 * (x + y + z + leaning + lasts[i] + lasts[4 * _B + i])
        exists = (outside + wrong <= beyond) & (leaning <= lean)
        out = outside if outside > leaning else leaning
        miss = (leaning if leaning > beyond else 0.0) if exists else out + wrong
        slide = h4 * z if exists else math.nan
        left[i] = h1 * t1 if exists else math.nan
        right[i] = h1 * u1 if exists else math.nan
        left[_B + i] = h2 * _whole(bent - bend) if exists else math.nan
        right[_B + i] = h2 * _whole(-bent - bend) if exists else math.nan
        left[2 * _B + i] = h3 * _whole(turned - t1 - bent + bend) if exists else math.nan
        right[2 * _B + i] = h3 * _whole(turned - u1 + bent + bend) if exists else math.nan
        left[3 * _B + i], right[3 * _B + i] = slide, slide
        left[4 * _B + i], right[4 * _B + i] = miss, miss


@kernel
def both_hands(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    sign: Array,
    order: NDArray[np.intp],
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
        work: (4, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    raw, half, lasts = work[0], work[1], work[2]
    one, other = work[3][: 5 * _B], work[0][: 5 * _B]
    signs = work[3][11 * _B : 11 * _B + 4]
    for j in range(4):
        signs[j] = sign[order[j]]
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, raw, half, lasts)
        fill_hands(lasts, one, other, measures, signs)
        for j in range(4):
            copy_row(one[j * _B :], q[0, order[j], start : start + _B])
            copy_row(other[j * _B :], q[1, order[j], start : start + _B])
        copy_row(one[4 * _B :], miss[0, start : start + _B])
        copy_row(other[4 * _B :], miss[1, start : start + _B])
