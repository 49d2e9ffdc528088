"""The compiled score of places for an opw arm: every branch of every pose from every base, reduced on the way."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from ..kinematics.opw_kernel import BLOCK, fill_branch, fill_wrists

_B = BLOCK
_TURN = 2.0 * math.pi


@kernel
def _least(row: Array, middle: float, half: float, before: Array, to: Array) -> None:
    """Fill ``to`` with the smaller of ``before`` and the room of each entry of a row within its joint's limits."""
    for i in range(_B):
        off = row[i] - middle
        room = half - abs(off - _TURN * math.floor(off * (1.0 / _TURN) + 0.5))
        to[i] = room if room < before[i] else before[i]


@kernel
def _bent(row: Array, sign: float, offset: float, to: Array) -> None:
    """Fill ``to`` with the smaller of itself and the angle of joint 5 from straight or folded; -1 where it is NaN."""
    for i in range(_B):
        angle = sign * row[i] + offset
        angle = abs(angle - math.pi * math.floor(angle * (1.0 / math.pi) + 0.5))
        least = angle if angle < to[i] else to[i]
        to[i] = least if angle >= 0.0 else -1.0


@kernel
def best_margins(
    world_T_flange: Array, lefts: Array, right: Array, measures: Array, sign: Array, offset: Array, beyond: float,
    middle: Array, half: Array, most: float, ends: NDArray[np.int64], operation: NDArray[np.int64], work: Array,
    best: Array,
) -> None:  # fmt: skip
    """Fill ``best`` (p, o) with the margin of every operation from every base, see `margins.best_margins`.

    Args:
        world_T_flange: (n, 4, 4), contiguous, sorted by operation, run and sample.
        lefts: (p, 4, 4) shoulder_T_world of each base.
        right: (4, 4) flange_T_wrist.
        measures, sign, offset, beyond: of the arm, see `opw_kernel.all_branches`.
        middle, half: (6,) of the joint limits.
        most: a larger margin counts as this.
        ends: (n,) 0 within a sample, 1 at its last pose, 2 at the last pose of a run.
        operation: (n,) of each pose.
        work: (5, 12 * BLOCK) room for intermediate rows.
        best: filled.
    """
    raw, half_way, wrists = work[0], work[1], work[2]
    plain, flipped = work[3][: 7 * _B], work[0][: 7 * _B]
    margins, arm, full = work[4][: 8 * _B], work[1][:_B], work[1][_B : 2 * _B]
    here, run = np.empty(8), np.empty(8)
    for p in range(len(lefts)):
        for o in range(best.shape[1]):
            best[p, o] = -1.0
        for b in range(8):
            here[b], run[b] = -1.0, most
        for start in range(0, len(world_T_flange), _B):
            fill_wrists(world_T_flange, start, lefts[p], right, raw, half_way, wrists)
            for i in range(_B):
                full[i] = most
            for k in range(4):
                fill_branch(
                    wrists, plain, flipped, measures, sign, offset, beyond,
                    -1.0 if k >= 2 else 1.0, -1.0 if k % 2 else 1.0,
                )  # fmt: skip
                _least(plain, middle[0], half[0], full, arm)
                _least(plain[_B:], middle[1], half[1], arm, arm)
                _least(plain[2 * _B :], middle[2], half[2], arm, arm)
                for wrist in range(2):
                    rows = flipped if wrist else plain
                    to = margins[(k + 4 * wrist) * _B : (k + 4 * wrist + 1) * _B]
                    _least(rows[3 * _B :], middle[3], half[3], arm, to)
                    _least(rows[4 * _B :], middle[4], half[4], to, to)
                    _least(rows[5 * _B :], middle[5], half[5], to, to)
                    _bent(rows[4 * _B :], sign[4], offset[4], to)
            for i in range(min(_B, len(world_T_flange) - start)):
                end = ends[start + i]
                for b in range(8):
                    value = margins[b * _B + i]
                    here[b] = value if value > here[b] else here[b]
                if end == 0:
                    continue
                for b in range(8):
                    run[b] = here[b] if here[b] < run[b] else run[b]
                    here[b] = -1.0
                if end == 2:
                    o = operation[start + i]
                    for b in range(8):
                        best[p, o] = run[b] if run[b] > best[p, o] else best[p, o]
                        run[b] = most
