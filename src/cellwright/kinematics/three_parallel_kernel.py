"""The compiled closed form of arms with axes 2, 3, 4 parallel: eight branches a pose, vectorised by the compiler."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel
from ..geometry import Array
from .blocks import (
    AXIS,
    BLOCK,
    arc,
    copy_joint,
    copy_row,
    fill_before,
    fill_bent,
    fill_room,
    fill_row,
    fill_runs,
    fill_told,
    fill_tools,
    fill_wrists,
    shoulder,
    start_runs,
    triangle,
    whole,
)

_B = BLOCK


@inline
def _plane(x: float, y: float, z: float, cos1: float, sin1: float, cos_l: float, sin_l: float):
    """Return a vector of frame ``first`` (x, y, z) seen from the arm's plane when joint 1 has turned: x, y, z."""
    across = y * cos1 - x * sin1
    return x * cos1 + y * sin1, across * cos_l + z * sin_l, z * cos_l - across * sin_l


@kernel
def fill_pair(  # noqa: PLR0915  one pass over the poses of a block
    wrists: Array,
    free: Array,
    row: Array,
    measures: Array,
    beyond: float,
    side: float,
    flip: float,
) -> None:
    """Fill ``row`` (10 rows) of one shoulder side and wrist flip, for either elbow.

    Angles of joints 1, 5, 6, of 2, 3, 4 together, of the line from axis 2 to 4, between that and the upper arm, of the
    elbow from stretched; what is out of reach, 0 where the branch exists; miss; square of the wrist's sine. ``free`` (2
    rows) is the cosine and the sine of joint 6 where the wrist is straight.
    """
    cos_l, sin_l, aside, x2, z2 = measures[0], measures[1], measures[2], measures[3], measures[4]
    upper, fore, wx, wz = measures[5], measures[6], measures[7], measures[8]
    cos_a, sin_a, cos_b, sin_b = measures[9], measures[10], measures[11], measures[12]
    near, far, narrow, loose = measures[13], measures[14], measures[15], measures[16]
    over_l, over_a, over_ab = 1.0 / cos_l, 1.0 / sin_a, 1.0 / (sin_a * sin_b)
    level = cos_a * cos_b
    for i in range(_B):
        px, py, pz = wrists[3 * _B + i], wrists[7 * _B + i], wrists[11 * _B + i]
        ahead, inside, cos1, sin1 = shoulder(px, py, (aside - sin_l * pz) * over_l, side)
        ax, ay, az = _plane(wrists[i], wrists[4 * _B + i], wrists[8 * _B + i], cos1, sin1, cos_l, sin_l)
        bx, by, bz = _plane(wrists[_B + i], wrists[5 * _B + i], wrists[9 * _B + i], cos1, sin1, cos_l, sin_l)
        cx, cy, cz = _plane(wrists[2 * _B + i], wrists[6 * _B + i], wrists[10 * _B + i], cos1, sin1, cos_l, sin_l)

        # joint 5 from the angle between axes 2 and 6: the half that is nearly nothing comes from the sine
        square = ay * ay + by * by
        steep = 1.0 + abs(cy)
        flat = square / steep
        low = (flat if cy > 0.0 else steep) - near
        high = (steep if cy > 0.0 else flat) - far
        product = low * high
        sin5 = flip * math.sqrt(product if product > 0.0 else 0.0) * over_ab
        cos5 = (cy - level) * over_ab
        nx, ny = cos_a * sin_b - sin_a * cos_b * cos5, sin_a * sin5
        straight = square < loose * loose
        # both lengths are the same sine, but one of them has lost digits where it is nearly nothing
        over = 1.0 / (math.sqrt((nx * nx + ny * ny) * square) + 1e-300)
        cos6 = free[i] if straight else (nx * ay + ny * by) * over
        sin6 = free[_B + i] if straight else (ny * ay - nx * by) * over

        # axis 5 gives the turn in the plane, and with it where axis 4 is
        ux, uy = sin_b * cos6, sin_b * sin6
        sin234 = (ax * ux - bx * uy + cx * cos_b) * over_a
        cos234 = (az * ux - bz * uy + cz * cos_b) * over_a
        across = py * cos1 - px * sin1
        x = ahead - x2 + wx * cos234 + wz * sin234
        z = pz * cos_l - across * sin_l - z2 + wz * cos234 - wx * sin234
        s = math.sqrt(x * x + z * z)
        over_s = 1.0 / (s + 1e-300)
        cos_s = 1.0 if s < AXIS else z * over_s
        sin_s = 0.0 if s < AXIS else x * over_s
        cos_g, sin_g, cos_e, sin_e = triangle(s, upper, fore)

        reach = upper + fore
        outside = s - reach if s > reach else abs(upper - fore) - s
        # a pose that is not finite must not pass for reachable: 0 * inf and 0 * NaN are NaN
        miss = (outside if outside > inside else inside) + 0.0 * (px + py + pz + cx + cz + ax + az + bx + bz)
        # twists that are not square leave cones that axis 6 does not enter: the edge of a narrow one serves
        short, edge = (low if low < high else high), (near if low < high else far)
        cone = (-2.0 * short if short < 0.0 else 0.0) / (math.sqrt(2.0 * edge) + math.sqrt(square) + 1e-300)
        reached = miss <= beyond
        row[i] = arc(sin1, cos1)
        row[_B + i] = arc(sin5, cos5)
        row[2 * _B + i] = arc(sin6, cos6)
        row[3 * _B + i] = arc(sin234, cos234)
        row[4 * _B + i] = arc(sin_s, cos_s)
        row[5 * _B + i] = arc(sin_g, cos_g)
        row[6 * _B + i] = arc(sin_e, cos_e)
        row[7 * _B + i] = (0.0 if cone <= narrow else cone) if reached else miss
        row[8 * _B + i] = (cone if cone > beyond else 0.0) if reached else miss
        row[9 * _B + i] = square


@kernel
def fill_plane(row: Array, bend: float, plane: Array) -> None:
    """Fill ``plane`` (3 rows) with the angles of joints 2, 3, 4 of one elbow from what `fill_pair` made."""
    for i in range(_B):
        t2 = whole(row[4 * _B + i] - bend * row[5 * _B + i])
        t3 = bend * row[6 * _B + i]
        plane[i] = t2
        plane[_B + i] = t3
        plane[2 * _B + i] = whole(row[3 * _B + i] - t2 - t3)


@kernel
def free_wrists(wrists: Array, free: Array, row: Array, measures: Array, beyond: float, side: float) -> bool:
    """Turn ``free`` where the wrist is straight and joint 6, left at zero, would leave the elbow out of reach.

    Axis 4 then goes round the wrist with joint 6: the angle is taken that brings it just within reach.

    Args:
        wrists: rows of `fill_wrists`.
        free: (2 * BLOCK,) cosine and sine of joint 6, changed.
        row: what `fill_pair` made of them.
        measures: as in `all_branches`.
        beyond: as there.
        side: of the shoulder.

    Returns:
        Whether any was turned.
    """
    cos_l, sin_l, aside, x2, z2 = measures[0], measures[1], measures[2], measures[3], measures[4]
    upper, fore, wx, wz, loose = measures[5], measures[6], measures[7], measures[8], measures[16]
    found = False
    for i in range(_B):
        if not (row[9 * _B + i] < loose * loose and row[7 * _B + i] > 0.0):
            continue
        px, py, pz = wrists[3 * _B + i], wrists[7 * _B + i], wrists[11 * _B + i]
        ahead, inside, cos1, sin1 = shoulder(px, py, (aside - sin_l * pz) / cos_l, side)
        around = math.sqrt(wx * wx + wz * wz)
        x, z = ahead - x2, pz * cos_l - (py * cos1 - px * sin1) * sin_l - z2
        out = math.sqrt(x * x + z * z)
        if inside > beyond or out < AXIS or around < AXIS:
            continue
        ax, _, az = _plane(wrists[i], wrists[4 * _B + i], wrists[8 * _B + i], cos1, sin1, cos_l, sin_l)
        _, cy, _ = _plane(wrists[2 * _B + i], wrists[6 * _B + i], wrists[10 * _B + i], cos1, sin1, cos_l, sin_l)
        t234 = math.atan2(ax, az)
        now_x = x + wx * math.cos(t234) + wz * math.sin(t234)
        now_z = z + wz * math.cos(t234) - wx * math.sin(t234)
        now = math.sqrt(now_x * now_x + now_z * now_z)
        wanted = min(max(now, abs(upper - fore)), upper + fore)
        cosine = (wanted * wanted - out * out - around * around) / (2.0 * out * around)
        if abs(cosine) > 1.0:
            continue
        away = math.acos(cosine)
        middle = math.atan2(x, z) - math.atan2(wx, wz)
        up, down = whole(whole(middle + away - t234)), whole(whole(middle - away - t234))
        turned = -math.copysign(1.0, cy) * (up if abs(up) <= abs(down) else down)
        free[i], free[_B + i] = math.cos(turned), math.sin(turned)
        found = True
    return found


@kernel
def fill_reachable(
    wrists: Array, free: Array, row: Array, measures: Array, beyond: float, side: float, flip: float
) -> None:  # fmt: skip
    """Fill as `fill_pair`; where the wrist is straight joint 6 stays at zero, or as near to it as the elbow reaches."""
    free[:_B], free[_B:] = 1.0, 0.0
    for _ in range(2):
        fill_pair(wrists, free, row, measures, beyond, side, flip)
        if not free_wrists(wrists, free, row, measures, beyond, side):
            break


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
        left: (4, 4) first_T_base.
        right: (4, 4) flange_T_wrist.
        measures: (17,) cosine and sine of the lean, aside, ahead, up, upper, fore, wrist_x, wrist_z [m], cosine and
            sine of the two twists, and what is missing to 1 of the cosine of their difference, to -1 of that of their
            sum, by how much [rad] axis 6 may miss its direction, and up to which
            angle of axis 6 from axis 2 [rad] the wrist counts as straight.
        sign: (6,) of the joints.
        offset: (6,) of the joints [rad].
        beyond: a pose out of reach by no more than this [m] is solved at the end of the reach.
        work: (3, 12 * BLOCK) room for intermediate rows.
        q: filled.
        miss: filled.
    """
    wrists, row, plane, free = work[0], work[1], work[2], work[2][3 * _B : 5 * _B]
    out = row[7 * _B : 8 * _B]
    for start in range(0, len(base_T_flange), _B):
        end = start + _B
        fill_wrists(base_T_flange, start, left, right, row, wrists)
        for k in range(4):
            side, flip = -1.0 if k % 2 else 1.0, -1.0 if k >= 2 else 1.0
            fill_reachable(wrists, free, row, measures, beyond, side, flip)
            for bend in range(2):
                at = 4 * (k // 2) + 2 * (k % 2) + bend
                fill_plane(row, -1.0 if bend else 1.0, plane)
                for j in range(6):
                    angles = plane[(j - 1) * _B :] if 0 < j < 4 else row[(j if j == 0 else j - 3) * _B :]
                    copy_joint(angles, out, 0.0, sign[j], offset[j], q[at, j, start:end])
                copy_row(row[8 * _B :], miss[at, start:end])


@kernel
def fill_margins(
    wrists: Array, measures: Array, beyond: float, middle: Array, half: Array, wanted: Array, work: Array,
    margins: Array,
) -> None:  # fmt: skip
    """Fill ``margins`` (8, BLOCK) of the rows of the wrist; the arguments are those of `all_margins`."""
    row, plane, free = work[1], work[2], work[2][3 * _B : 5 * _B]
    ends, least = work[2][5 * _B : 6 * _B], work[2][6 * _B : 7 * _B]
    for k in range(4):
        side, flip = -1.0 if k % 2 else 1.0, -1.0 if k >= 2 else 1.0
        fill_reachable(wrists, free, row, measures, beyond, side, flip)
        # both elbows have the same joints 1, 5 and 6
        fill_row(ends, wanted[1])
        fill_bent(row[_B:], wanted[0], ends)
        for j in range(3):
            at = j + 3 if j else 0
            fill_room(row[j * _B :], middle[at], half[at], ends)
        for bend in range(2):
            fill_plane(row, -1.0 if bend else 1.0, plane)
            copy_row(ends, least)
            for j in range(3):
                fill_room(plane[j * _B :], middle[j + 1], half[j + 1], least)
            fill_told(least, row[7 * _B :], wanted, margins[4 * (k // 2) + 2 * (k % 2) + bend])


@kernel
def all_margins(
    base_T_flange: Array,
    left: Array,
    right: Array,
    measures: Array,
    beyond: float,
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
        beyond: a pose out of reach by no more than this [m] is solved at the end of the reach.
        middle: (6,) of the joint limits as angles of the ideal arm [rad].
        half: (6,) half the width of the limits [rad], infinite for a joint without end.
        wanted: (5,) that of `Limits`, but for the third, which is 0.
        work: (4, 12 * BLOCK) room for intermediate rows.
        margin: filled.
    """
    margins = work[3][: 8 * _B].reshape(8, _B)
    for start in range(0, len(base_T_flange), _B):
        fill_wrists(base_T_flange, start, left, right, work[1], work[0])
        fill_margins(work[0], measures, beyond, middle, half, wanted, work, margins)
        for b in range(8):
            copy_row(margins[b], margin[b, start : start + _B])


@kernel
def best_margins(
    world_T_flange: Array,
    lefts: Array,
    right: Array,
    measures: Array,
    beyond: float,
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
    n = len(world_T_flange)
    fill_tools(world_T_flange, right, work[0], tools)
    for p in range(len(lefts)):
        start_runs(carried, best[p])
        for start in range(0, n, _B):
            end = min(start + _B, n)
            fill_before(lefts[p], tools[start // _B], work[0])
            fill_margins(work[0], measures, beyond, middle, half, wanted, work, margins)
            fill_runs(margins, ends[start:end], operation[start:end], carried, best[p])
