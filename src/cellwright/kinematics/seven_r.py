"""Inverse kinematics of seven-axis arms: every branch at stated values of the one number that is free.

Three axes in a row that meet in a point turn like one ball joint. Where the first three meet in a shoulder S and
the last three in a wrist W, as in a human arm, the elbow is free to swing about the line from S to W: the free number
is the arm angle of that swing, and every angle gives up to eight branches (Shimizu and others, "Analytical
inverse kinematic computation for 7-DOF redundant manipulators with joint limits and its application to redundancy
resolution", 2008). Where only one end is such a point the free number is the joint at the other end, which leaves a
position problem of three joints, two of which meet (as He, Liu, "Analytical inverse kinematics for Franka Emika Panda",
2021). In any other arm joint 3 is held, and the six that are left are a `general_6r` arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from ..geometry import Array, dot, frozen, inv, pose, turn
from .branches import Branches
from .chain import Chain, base_T_flange
from .correction import corrected
from .family import Lines, axis_lines, common_point
from .general_6r import solve_general_6r
from .tracking import MET, tracked
from .vectors import (
    angles_of,
    applied,
    arcs,
    aside,
    between,
    circle,
    crosses,
    dots,
    lengths,
    shortest,
    turns_about,
    unit,
)

SAMPLES = 24
"""Values of the free number that `solve_seven_r` takes unless told, evenly over a turn from -pi on."""

MEET = 1e-6
"""Axes that pass each other within this distance [m] meet; a flange is met as closely as they do."""

EXACT = 1e-10
"""A chain that leaves its ideal arm by less than this [m, rad] is the ideal arm."""

_REACH = 1e-9  # a pose out of reach by no more than this [m] is solved at the end of the reach

Free = Literal["arm_angle", "last_joint", "first_joint", "third_joint"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Redundancy:
    """What is free in a seven-axis arm, and its axes at zero, seen from the end at which three of them meet.

    Attributes:
        free: the arm angle, or the joint that is given, all in rad.
        lines: the axes, joint 7 first where joint 1 is the free one.
        zero: (4, 4) base_T_flange at zero, or its inverse where joint 1 is the free one.
        off: how far the chain leaves the ideal arm that is solved [m, rad], seen at fixed positions.
    """

    free: Free
    lines: Lines
    zero: Array
    off: float

    @property
    def exact(self) -> bool:
        """The closed form alone is the chain's own kinematics and needs no correction."""
        return self.off < EXACT

    @property
    def beyond(self) -> float:
        """A pose that the ideal arm misses by no more than this [m] the real one may reach."""
        return _REACH if self.exact else 10.0 * self.off


@lru_cache(maxsize=64)  # a chain is a value: in the same one the same is free
def redundancy(chain: Chain) -> Redundancy:
    """Return what is free in ``chain``, told by where its axes meet."""
    lines, base_T_flange_0 = axis_lines(chain), base_T_flange(chain, np.zeros(7))
    flange_T_base = inv(base_T_flange_0)
    back = Lines(
        point=frozen((applied(flange_T_base[:3, :3], lines.point) + flange_T_base[:3, 3])[::-1]),
        along=frozen(-applied(flange_T_base[:3, :3], lines.along)[::-1]),
    )
    free: Free = "third_joint"
    if _ball(lines) and _meet(lines, 4):
        free = "arm_angle" if _ball(back) else "last_joint"
    elif _ball(back) and _meet(back, 4):
        free = "first_joint"
    seen = (back, flange_T_base) if free == "first_joint" else (lines, base_T_flange_0)
    arm = Redundancy(free=free, lines=seen[0], zero=frozen(seen[1]), off=0.0)
    if free == "third_joint":
        return arm
    poses = base_T_flange(chain, np.random.default_rng(0).uniform(-math.pi, math.pi, (16, 7)))
    q, miss = _closed(arm, poses, np.tile(np.linspace(-3.0, 3.0, 8), (16, 1)))
    exists = np.less_equal(miss, 0.0)
    off = np.abs(base_T_flange(chain, q[exists]) - poses[np.nonzero(exists)[0]])
    return replace(arm, off=float(off.max(initial=0.0)))


def solve_seven_r(chain: Chain, base_T_flange: Array, values: Array | None = None) -> Branches:
    """Return the branches of ``chain`` at the poses (n, 4, 4) for each of ``values`` [rad] of the free number.

    The values (m,) are the same for all poses, or each pose's own (n, m). Value i has the branches ``8 i`` to
    ``8 i + 7``: 4 times one of two ways of the ball joint at the shoulder, plus 2 times the elbow's, plus the wrist's.
    An arm of which joint 3 is held has 16 a value, in order. ``miss`` is how far S and the meeting point at the wrist
    are out of the elbow's reach [m], infinite where only this value of the free number has no branch. What is free is
    told by `redundancy`; `arm_angle` tells the angle of a joint position.
    """
    poses = np.asarray(base_T_flange, dtype=np.float64)
    given = np.arange(SAMPLES, dtype=np.float64) * (math.tau / SAMPLES) - math.pi if values is None else values
    free = redundancy(chain)
    if free.free == "third_joint":
        return _with_third(chain, poses, given)
    given = np.broadcast_to(given, (len(poses), given.shape[-1]))
    # descriptions that write pi/2 as 1.5708 are not quite the arm that the closed form solves
    if not (free.exact or free.free == "arm_angle"):
        return _with_end(chain, free, poses, given)
    q, miss = _closed(free, poses, given)
    exists = np.less_equal(miss, 0.0)
    if not free.exact:
        q[exists], left = tracked(chain, q[exists], poses[np.nonzero(exists)[0]])
        miss[exists] = np.where(left < MET, 0.0, left)
        exists = miss <= 0.0
    q[~exists] = np.nan
    return Branches(q=frozen(q), miss=frozen(miss))


def arm_angle(chain: Chain, q: Array) -> Array:
    """Return the arm angle (n,) at ``q`` (n, 7) [rad] of an arm with shoulder and wrist.

    It is how far the elbow is swung about the line from S to W out of where the shortest turn of that line takes it,
    from joints 1 to 3 at zero and joint 4 as it is.
    """
    free = redundancy(chain)
    h = free.lines.along
    shoulder, wrist, elbow = _points(free.lines)
    bent = _turned(h[3], q[:, 3], wrist - elbow) + elbow - shoulder
    swing = turn(h[0], q[:, 0]) @ turn(h[1], q[:, 1]) @ turn(h[2], q[:, 2])
    reach = applied(swing, bent)
    return angles_of(unit(reach), swing @ np.swapaxes(shortest(bent, reach), -1, -2))


def _closed(free: Redundancy, poses: Array, given: Array) -> tuple[Array, Array]:
    """Return (n, 8 m, 7) in [-pi, pi] and the miss (n, 8 m) of the ideal arm at ``poses`` (n, 4, 4), values (n, m)."""
    n, m = given.shape
    every = np.repeat(poses if free.free != "first_joint" else inv(poses), m, axis=0)
    motion, value = every @ inv(free.zero), given.reshape(-1)
    q, miss = _by_arm_angle(free, motion, value) if free.free == "arm_angle" else _by_last(free, motion, value)
    q = q[..., ::-1] if free.free == "first_joint" else q
    q = q - math.tau * np.rint(q / math.tau)
    miss = np.where((miss <= 0.0) & ~np.isfinite(q).all(-1), np.inf, miss)
    miss[~np.isfinite(every).all(axis=(1, 2))] = np.nan
    return q.reshape(n, 8 * m, 7), miss.reshape(n, 8 * m)


def _points(lines: Lines) -> tuple[Array, Array, Array]:
    """Return S, the point where axes 5 and 6 meet, and a point of axis 4."""
    return common_point(lines, 0, 1, 2)[0], common_point(lines, 4, 5)[0], lines.point[3]


def _elbow(lines: Lines, distance: Array, beyond: float) -> tuple[tuple[Array, Array], Array]:
    """Return both angles of joint 4 that put S and the meeting point ``distance`` (n,) apart, and the miss (n,) [m]."""
    shoulder, meeting, elbow = _points(lines)
    h, arm, fore = lines.along[3], shoulder - elbow, meeting - elbow
    level = dot(arm, h) * dot(fore, h)
    a, b = -2.0 * (dot(arm, fore) - level), -2.0 * dot(arm, crosses(h, fore))
    middle, size = dot(arm, arm) + dot(fore, fore) - 2.0 * level, math.sqrt(a * a + b * b)
    near, far = math.sqrt(max(middle - size, 0.0)), math.sqrt(middle + size)
    miss = np.maximum(distance - far, near - distance)
    d = np.clip(distance, near, far)
    # the angle between both comes from all four differences, so that it keeps its digits where the arm is stretched
    root = np.sqrt((far - d) * (far + d) * (d - near) * (d + near))
    half, turned = arcs(root, d * d - middle), math.atan2(b, a)
    return (turned + half, turned - half), np.where(miss <= beyond, 0.0, miss)


def _by_last(free: Redundancy, motion: Array, q7: Array) -> tuple[Array, Array]:
    """Return (n, 8, 7) and the miss (n, 8) for joint 7 given: ``motion`` (n, 4, 4) is the pose against that at zero.

    Joint 4 alone decides how far S is from where axes 5 and 6 meet; joint 5 brings S to its height along axis 6.
    """
    h, lines = free.lines.along, free.lines
    shoulder, meeting, elbow = _points(lines)
    undone = turn(h[6], -q7)
    six = motion.copy()
    six[:, :3, :3] = motion[:, :3, :3] @ undone
    six[:, :3, 3] = motion[:, :3, 3] + applied(motion[:, :3, :3], lines.point[6] - applied(undone, lines.point[6]))
    offset = applied(np.swapaxes(six[:, :3, :3], -1, -2), shoulder - six[:, :3, 3]) - meeting
    both, out = _elbow(lines, lengths(offset), free.beyond)
    q, miss = np.empty((len(motion), 8, 7)), np.empty((len(motion), 8))
    for e, q4 in enumerate(both):
        arm = _turned(h[3], -q4, shoulder - elbow) + elbow - meeting
        along = dots(arm, h[4])
        a, b = dots(arm, h[5]) - along * dot(h[4], h[5]), dots(crosses(arm, h[4]), h[5])
        for w, q5 in enumerate(circle(a, b, dots(offset, h[5]) - along * dot(h[4], h[5]), free.beyond)):
            q6 = between(h[5], offset, _turned(h[4], -q5, arm))
            rest = turn(h[3], q4) @ turn(h[4], q5) @ turn(h[5], q6)
            for s, first in enumerate(_ball_angles(h[:3], six[:, :3, :3] @ np.swapaxes(rest, -1, -2), free.beyond)):
                k = 4 * s + 2 * e + w
                q[:, k, :3], q[:, k, 3:] = first, np.stack([q4, q5, q6, q7], -1)
                miss[:, k] = out
    return q, miss


def _by_arm_angle(free: Redundancy, motion: Array, angle: Array) -> tuple[Array, Array]:
    """Return (n, 8, 7) and the miss (n, 8) for the arm angle: ``motion`` (n, 4, 4) is the pose against that at zero."""
    h, lines = free.lines.along, free.lines
    shoulder, wrist, elbow = _points(lines)
    reach = applied(motion[:, :3, :3], wrist) + motion[:, :3, 3] - shoulder
    both, out = _elbow(lines, lengths(reach), free.beyond)
    q, miss = np.empty((len(motion), 8, 7)), np.empty((len(motion), 8))
    for e, q4 in enumerate(both):
        bent = _turned(h[3], q4, wrist - elbow) + elbow - shoulder
        swing = turns_about(unit(reach), angle) @ shortest(bent, reach)
        rest = np.swapaxes(swing @ turn(h[3], q4), -1, -2) @ motion[:, :3, :3]
        for s, first in enumerate(_ball_angles(h[:3], swing, free.beyond)):
            for w, last in enumerate(_ball_angles(h[4:], rest, free.beyond)):
                k = 4 * s + 2 * e + w
                q[:, k, :3], q[:, k, 3], q[:, k, 4:] = first, q4, last
                miss[:, k] = out
    return q, miss


def _with_end(chain: Chain, free: Redundancy, poses: Array, given: Array) -> Branches:
    """Return the branches (n, 8 m, 7) with the first or the last joint held at (n, m): six are left, and made exact.

    One arm of six joints is asked for every value: the joint that is held moves the pose.
    """
    (n, m), last = given.shape, free.free == "last_joint"
    six, joint = _without(chain, 6 if last else 0), 6 if last else 0
    before, after = chain.parent_T_joint[joint], chain.last_T_flange if last else np.eye(4)
    end = before @ pose(rotation=turn(chain.axis[joint], given)) @ after
    wanted = (poses[:, None] @ inv(end) if last else inv(end) @ poses[:, None]).reshape(-1, 4, 4)
    at_zero = before @ after

    def ideal(some: Array) -> Branches:
        q, miss = _closed(free, some @ at_zero if last else at_zero @ some, np.zeros((len(some), 1)))
        q[~np.less_equal(miss, 0.0)] = np.nan
        return Branches(q=q[..., :6] if last else q[..., 1:], miss=miss)

    found = corrected(six, ideal, wanted, residual=free.off, tilt=free.off)
    rest, held = np.asarray(found.q).reshape(n, m, 8, 6), np.broadcast_to(given[:, :, None, None], (n, m, 8, 1))
    q = np.concatenate([rest, held] if last else [held, rest], -1)
    q[np.isnan(rest[..., 0])] = np.nan
    return Branches(q=frozen(q.reshape(n, 8 * m, 7)), miss=frozen(np.asarray(found.miss).reshape(n, 8 * m)))


def _without(chain: Chain, end: int) -> Chain:
    """Return the arm of six joints without its first or its last one."""
    first, last = (1, 7) if end == 0 else (0, 6)
    return Chain(
        joints=chain.joints[first:last],
        links=chain.links[first : last + 1],
        parent_T_joint=frozen(chain.parent_T_joint[first:last]),
        axis=frozen(chain.axis[first:last]),
        prismatic=np.zeros(6, dtype=np.bool_),
        last_T_flange=chain.last_T_flange if end == 0 else frozen(np.eye(4)),
    )


def _with_third(chain: Chain, poses: Array, given: Array) -> Branches:
    """Return the branches (n, 16 m, 7) with joint 3 held at (m,) or (n, m): another arm of six joints a value."""
    if given.ndim == 2:
        each = [_with_third(chain, one[None], values) for one, values in zip(poses, given, strict=True)]
        return Branches(q=np.concatenate([one.q for one in each]), miss=np.concatenate([one.miss for one in each]))
    found = [solve_general_6r(_third_held(chain, float(value)), poses) for value in given]
    q = [np.insert(np.asarray(one.q), 2, value, axis=-1) for one, value in zip(found, given, strict=True)]
    all_q = np.concatenate(q, 1)
    all_q[np.isnan(all_q[..., 0])] = np.nan
    return Branches(q=frozen(all_q), miss=frozen(np.concatenate([one.miss for one in found], 1)))


def _third_held(chain: Chain, value: float) -> Chain:
    keep = [0, 1, 3, 4, 5, 6]
    held = np.array(chain.parent_T_joint[2])
    held[:3, :3] = held[:3, :3] @ turn(chain.axis[2], value)
    parents = np.array(chain.parent_T_joint)[keep]
    parents[2] = held @ parents[2]
    return Chain(
        joints=tuple(chain.joints[i] for i in keep),
        links=tuple(chain.links[i] for i in (0, 1, 2, 4, 5, 6, 7)),
        parent_T_joint=frozen(parents),
        axis=frozen(np.array(chain.axis)[keep]),
        prismatic=np.zeros(6, dtype=np.bool_),
        last_T_flange=chain.last_T_flange,
    )


def _ball(lines: Lines) -> bool:
    """Axes 1, 2 and 3 meet in a point, and no two neighbours are parallel."""
    return not (lines.parallel(0, 1) or lines.parallel(1, 2)) and common_point(lines, 0, 1, 2)[1] < MEET


def _meet(lines: Lines, i: int) -> bool:
    return not lines.parallel(i, i + 1) and lines.gap(i, i + 1) < MEET


def _ball_angles(h: Array, rotation: Array, beyond: float) -> tuple[Array, Array]:
    """Return both (n, 3) angles about the axes ``h`` (3, 3) whose turns make ``rotation`` (n, 3, 3).

    Where the first and the last axis are one line the first stays at zero and the last does all.
    """
    first, mid, last = h
    a, b = dot(first, last) - dot(first, mid) * dot(mid, last), dot(first, np.cross(mid, last))
    across, wanted = aside(last), applied(rotation, last)
    angles: list[Array] = []
    for q2 in circle(a, b, dots(wanted, first) - dot(first, mid) * dot(mid, last), beyond):
        q1 = between(first, _turned(mid, q2, last), wanted)
        left = np.swapaxes(turn(first, q1) @ turn(mid, q2), -1, -2) @ rotation
        angles.append(
            np.stack([q1, q2, between(last, np.broadcast_to(across, (len(q1), 3)), applied(left, across))], -1)
        )
    return angles[0], angles[1]


def _turned(axis: Array, angle: Array, vector: Array) -> Array:
    """Return ``vector``, (3,) or (n, 3), turned about ``axis`` (3,) by ``angle`` (n,)."""
    return applied(turn(axis, angle), vector)
