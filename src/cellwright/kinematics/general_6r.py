"""Inverse kinematics of six-axis arms without a closed form: offset wrists, and whatever else has an end that meets.

One joint is hidden, the others follow from it in closed form, and a search over the hidden one finds every solution, as
in the one-dimensional searches of Elias and Wen, "IK-Geo: Unified robot inverse kinematics using subproblem
decomposition" (2025). What differs here: the error is not searched on each of the four ways apart, whose ends are where
double roots lie, but as their product, which is smooth all around: a way that is not real is taken with its conjugate.

Axes 5 and 6 meet in a point W, whose place ``w`` is known from the pose; ``z`` is axis 6 in the base. With joint 4
hidden, ``u`` (W from axis 3's point) and ``t`` (axis 5) are known before joint 3, and three rotations are left:

    R1 (p12 + R2 (p23 + R3 u)) = w            z . R1 R2 R3 t = cosine between axes 5 and 6

With d = R1' w - p12 and v = p23 + R3 u the first says h2 . d = h2 . v and |d| = |v|. Both are linear in the cosines and
sines of joints 1 and 3, and in a real arm one of them has one unknown only: two neighbours of axes 1, 2, 3 are parallel
or meet. Joint 2 turns v to d. An arm whose axes 1 and 2 meet is also taken from the flange to the base.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, length, turn
from .branches import Branches
from .chain import Chain, base_T_flange
from .family import Lines, axis_lines, common_point
from .tracking import joint_steps
from .vectors import applied, crosses, dots

CLOSE = 1e-4
"""Axes that pass each other within this distance [m], or are parallel to this angle [rad], count as such here.

What is found on the arm so idealised is corrected on the real one.
"""

_PARALLEL, _MEET, _BASE_MEET, _BASE_PARALLEL = 0, 1, 2, 3
_EXACT = 1e-9
_BESIDE = 5  # poses solved for one where the arm is not the ideal one: which may have no solution where that has two


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elimination:
    """One way to reduce an arm to a search over one joint.

    Attributes:
        kind: which equation has one unknown: 0 axes 2 and 3 parallel, 1 they meet, 2 axes 1 and 2 meet, 3 parallel.
        turned: the arm is taken from the flange to the base, joint 6 first.
        along: (6, 3) axes at zero in the order taken.
        points: (6, 3) at zero: on axis 1; from there to axis 2; on to axis 3; on to axis 4; on to W; W itself [m].
        table: (20, 5) functions of the hidden joint, coefficients of 1, cos, sin, cos 2, sin 2.
        zero_T: (4, 4) the flange's frame seen from the base at zero, inverted, in the order taken.
        off: how far the arm is off the ideal [m, rad].
    """

    kind: int
    turned: bool
    along: Array
    points: Array
    table: Array
    zero_T: Array
    off: float


@lru_cache(maxsize=64)
def eliminations(chain: Chain) -> tuple[Elimination, ...]:
    """Return the ways to reduce ``chain``, best first, at most one from each end.

    Raises:
        CellwrightError: neither do the last two axes meet nor the first two, or no two others are parallel or meet.
    """
    lines, zero = axis_lines(chain), base_T_flange(chain, np.zeros(6))
    flange_T_base = inv(zero)
    back = Lines(
        point=frozen((applied(flange_T_base[:3, :3], lines.point) + flange_T_base[:3, 3])[::-1]),
        along=frozen(-applied(flange_T_base[:3, :3], lines.along)[::-1]),
    )
    ways = [
        *_from_one_end(lines, flange_T_base, turned=False),
        *_from_one_end(back, zero, turned=True),
    ]
    ways.sort(key=lambda way: (way.off > _EXACT, way.kind > _MEET, way.turned))
    if not ways:
        raise CellwrightError(
            "the arm cannot be reduced to a search over one joint: no two axes meet at its base or at its flange",
            fix="follow one solution with `tracked`, or name a robot of another family",
        )
    exact = [way for way in ways if way.off <= _EXACT] or ways
    return exact[0], *[way for way in exact if way.turned != exact[0].turned][:1]


def solve_general_6r(chain: Chain, base_T_flange: Array) -> Branches:
    """Return up to 16 branches of ``chain`` at the poses (n, 4, 4), in order of their joints, the first joint first.

    No label follows a branch of such an arm along every motion without a singular position: between neighbouring poses
    `matched` says which branch goes on as which. ``miss`` of a pose without a branch is the least distance [m, rad]
    that the search met, which need not be the least there is; beside branches that exist it is infinite.
    """
    from .general_6r_kernel import MOST, NODES, all_positions  # compiles: only when asked

    ways = eliminations(chain)
    n = len(base_T_flange)
    poses = np.array(base_T_flange, dtype=np.float64, order="C")
    finite = np.isfinite(poses).all(axis=(1, 2))
    poses[~finite] = np.eye(4)
    q, miss = np.empty((MOST, 6, n)), np.empty((MOST, n))
    all_positions(
        np.array([[way.kind, way.turned] for way in ways], dtype=np.int64),
        np.array([way.along for way in ways], order="C"),
        np.array([way.points for way in ways], order="C"),
        np.array([way.table for way in ways], order="C"),
        np.array([way.zero_T for way in ways], order="C"),
        joint_steps(chain),
        poses,
        np.ascontiguousarray(inv(poses)),
        np.empty((6, 3)),
        np.empty(8),
        np.empty((8, 3)),
        np.empty((4, 4)),
        np.empty((2, 2)),
        np.empty((28, NODES)),
        np.empty((22, 1)),
        np.empty((MOST, 6)),
        np.zeros(2, dtype=np.int64),
        1 if ways[0].off <= _EXACT else _BESIDE,
        q,
        miss,
    )
    q[:, :, ~finite], miss[:, ~finite] = np.nan, np.nan
    return Branches(q=frozen(q.transpose(2, 0, 1)), miss=frozen(miss.T))


def _from_one_end(lines: Lines, flange_T_base: Array, *, turned: bool) -> list[Elimination]:
    """Return the ways to reduce an arm whose last two axes meet; ``flange_T_base`` at zero."""
    if lines.parallel(4, 5) or lines.gap(4, 5) > CLOSE:
        return []
    wrist, off = common_point(lines, 4, 5)
    kinds: list[tuple[int, float]] = []
    for kind, i, parallel in (
        (_PARALLEL, 1, True),
        (_MEET, 1, False),
        (_BASE_MEET, 0, False),
        (_BASE_PARALLEL, 0, True),
    ):
        if lines.parallel(i, i + 1) != parallel:
            continue
        here = length(np.cross(lines.along[i], lines.along[i + 1])) if parallel else lines.gap(i, i + 1)
        if here < CLOSE:
            kinds.append((kind, here))
    return [_elimination(lines, wrist, kind, flange_T_base, turned, max(off, here)) for kind, here in kinds]


def _elimination(lines: Lines, wrist: Array, kind: int, flange_T_base: Array, turned: bool, off: float) -> Elimination:
    h = lines.along
    on = [lines.point[i] for i in range(4)]
    if kind == _MEET:
        on[1] = on[2] = common_point(lines, 1, 2)[0]
        on[0] = _foot(lines, 0, on[1])
    elif kind == _BASE_MEET:
        on[0] = on[1] = common_point(lines, 0, 1)[0]
        on[2] = _foot(lines, 2, on[1])
    else:
        on[1] = _foot(lines, 1, on[0]) if lines.parallel(0, 1) else _nearest(lines, 1, 0)
        on[0] = _foot(lines, 0, on[1])
        on[2] = _foot(lines, 2, on[1])
    on[3] = _foot(lines, 3, wrist)
    points = frozen([on[0], on[1] - on[0], on[2] - on[1], on[3] - on[2], wrist - on[3], wrist])
    return Elimination(
        kind=kind,
        turned=turned,
        along=frozen(h),
        points=points,
        table=frozen(_hidden_table(h, points)),
        zero_T=frozen(flange_T_base),
        off=off,
    )


def _hidden_table(h: Array, points: Array) -> Array:
    """Return the Fourier coefficients (20, 5) of what the equations need of the hidden joint."""
    angles = math.tau / 5.0 * np.arange(5)
    rotation = turn(h[3], angles)
    u = points[3] + applied(rotation, points[4])
    t = applied(rotation, h[4])
    p23, h2, h3 = points[2], h[1], h[2]
    functions = [(h2, u), (p23, u), (h2, t), (p23, t), (np.cross(h2, p23), t), (h2, np.cross(u, t))]
    rows: list[Array] = []
    for left, right in functions:
        level = dots(left, h3) * dots(right, h3)
        rows += [level, dots(right, left) - level, dots(crosses(h3, right), left)]
    rows += [dots(u, u), dots(u, t)]
    waves = [np.full(5, 0.5), np.cos(angles), np.sin(angles), np.cos(2 * angles), np.sin(2 * angles)]
    values = np.stack([np.broadcast_to(row, 5) for row in rows])
    return 0.4 * np.stack([sum((values[:, i] * wave[i] for i in range(5)), np.zeros(20)) for wave in waves], -1)


def _foot(lines: Lines, i: int, point: Array) -> Array:
    """Return the point of axis i that is nearest to ``point``."""
    return lines.point[i] + dot(point - lines.point[i], lines.along[i]) * lines.along[i]


def _nearest(lines: Lines, i: int, j: int) -> Array:
    """Return the point of axis i that is nearest to axis j."""
    u, w = lines.along[i], lines.along[j]
    between = lines.point[j] - lines.point[i]
    cosine = dot(u, w)
    return lines.point[i] + (dot(between, u) - cosine * dot(between, w)) / (1.0 - cosine * cosine) * u
