"""Arms whose axes 2, 3 and 4 are parallel: their measures, read from the axes of any chain.

Every angle between axes 1 and 2, 4 and 5, 5 and 6 is allowed, and so is any distance between axes 1 and 2, 4 and 5: the
closed form asks only that 2, 3 and 4 are parallel and that 5 and 6 meet. Descriptions that round pi/2 to 1.5708 are so
solved exactly. The arm is seen at the chain's zero, its joints turn as the chain's own.

The way of solving: a turn about axes 2, 3, 4 keeps what lies along them. So the point in which axes 5 and 6 meet gives
joint 1, the angle between axes 2 and 6 joint 5, then the direction of axis 2 seen from the flange joint 6; what is left
is an arm of three joints in a plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, length, pose, rotated, rotation_angle, settled, turn
from .chain import Chain, base_T_flange
from .family import Lines, axis_lines, common_point, recognise
from .vectors import applied, lengths

EXACT = 1e-9
"""A chain that leaves its ideal arm by less than this [m, rad] is the ideal arm."""

_NONE = 1e-6  # a length [m] below this cannot tell a direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThreeParallelGeometry:
    """An arm with axes 2, 3, 4 parallel; its own angles t follow from ``t = sign * q + offset``.

    Frame ``first``: origin on axis 1 nearest to axis 2, z along axis 1, y along axis 2 as far as that is square to z.
    The *plane* of the arm is square to axis 2: its frame is ``first``, leaned about x until y lies along axis 2, and in
    it angles count from z towards x. Frame ``wrist``: origin where axes 5 and 6 meet, z along axis 6, x in the plane of
    axes 5 and 6.

    Attributes:
        base_T_first: (4, 4) at q1 = 0.
        flange_T_wrist: (4, 4).
        lean: angle of axis 2 from square to axis 1 [rad].
        aside: how far the wrist lies along axis 2 from the origin of ``first`` [m], never negative.
        ahead, up: where axis 2 crosses the plane of the arm, along its x and z [m].
        upper, fore: distances from axis 2 to 3, from 3 to 4 [m].
        wrist_x, wrist_z: from the wrist to axis 4 in the plane, z along axis 5 [m].
        twist: (2,) angles between axes 2 and 5, and 5 and 6 [rad] in (0, pi).
        sign: (6,) 1 or -1.
        offset: (6,) [rad].
        residual: how far the chain's flange leaves the ideal arm's at worst [m, rad], seen at fixed positions.
        tilt: the part of it that is an angle [rad].
    """

    base_T_first: Array
    flange_T_wrist: Array
    lean: float
    aside: float
    ahead: float
    up: float
    upper: float
    fore: float
    wrist_x: float
    wrist_z: float
    twist: Array
    sign: Array
    offset: Array
    residual: float
    tilt: float

    @property
    def exact(self) -> bool:
        """The closed form alone is the chain's own kinematics and needs no correction."""
        return self.residual < EXACT


@lru_cache(maxsize=64)  # a chain is a value: the same one has the same measures
def three_parallel_geometry(chain: Chain) -> ThreeParallelGeometry:
    """Return the measures of an arm with axes 2, 3, 4 parallel from its axes.

    Raises:
        CellwrightError: the chain is of another family.
    """
    if recognise(chain) != "three_parallel":
        raise CellwrightError("axes 2, 3 and 4 of the arm are not parallel", fix="see `recognise`")
    lines = axis_lines(chain)
    u = lines.along
    wrist = common_point(lines, 4, 5)[0]
    axis_2 = _mean(u[1], u[2], u[3])
    foot = _foot(lines)
    if dot(axis_2, wrist - foot) < -_NONE:
        axis_2 = -axis_2
    lean = math.asin(dot(axis_2, u[0]))
    y = axis_2 - dot(axis_2, u[0]) * u[0]
    y = y / length(y)
    base_T_first = pose(foot, np.stack([np.cross(y, u[0]), y, u[0]], -1))
    # the plane of the arm: x, axis 2, and what is square to both
    plane = np.stack([base_T_first[:3, 0], axis_2, np.cross(base_T_first[:3, 0], axis_2)])
    shoulder, elbow, last, at_wrist = (rotated(plane, p - foot) for p in (*lines.point[1:4], wrist))
    axis_5 = rotated(plane, u[4])
    angle_upper, angle_fore = _angle(elbow - shoulder), _angle(last - elbow)
    angle_5 = _angle(axis_5)
    to_last = last - at_wrist
    s, c = math.sin(angle_5), math.cos(angle_5)

    along_x = u[4] - dot(u[4], u[5]) * u[5]
    along_x = along_x / length(along_x)
    base_R_wrist = np.stack([along_x, np.cross(u[5], along_x), u[5]], -1)
    twist = [_between(axis_2, u[4]), _between(u[4], u[5])]
    towards = math.sin(twist[1]) * base_R_wrist[:, 2] - math.cos(twist[1]) * base_R_wrist[:, 0]
    sign = np.sign([1.0, *(dot(u[i], axis_2) for i in (1, 2, 3)), 1.0, 1.0])
    turned = [angle_upper, angle_fore - angle_upper, angle_5 - angle_fore]
    geometry = ThreeParallelGeometry(
        base_T_first=frozen(base_T_first),
        flange_T_wrist=frozen(inv(base_T_flange(chain, np.zeros(6))) @ pose(wrist, base_R_wrist)),
        lean=lean,
        aside=float(at_wrist[1]),
        ahead=float(shoulder[0]),
        up=float(shoulder[2]),
        upper=math.hypot(elbow[0] - shoulder[0], elbow[2] - shoulder[2]),
        fore=math.hypot(last[0] - elbow[0], last[2] - elbow[2]),
        wrist_x=float(to_last[0] * c - to_last[2] * s),
        wrist_z=float(to_last[0] * s + to_last[2] * c),
        twist=frozen(twist),
        sign=frozen(sign),
        offset=frozen(
            [
                0.0,
                *(math.remainder(a, math.tau) for a in turned),
                math.atan2(dot(axis_2, base_R_wrist[:, 1]), dot(axis_2, towards)),
                0.0,
            ]
        ),
        residual=0.0,
        tilt=0.0,
    )
    off, tilt = _residual(chain, lines, wrist, axis_2)
    return replace(geometry, residual=max(off, tilt), tilt=tilt)


def three_parallel_singularity(geometry: ThreeParallelGeometry, q: Array) -> Array:
    """Return how far ``q`` (..., 6) [rad] is from the three singularities of the arm, (..., 3), none negative.

    - 0: angle of axis 6 from parallel to axes 2, 3, 4 [rad] (joint 5 straight or folded);
    - 1: angle of the elbow from stretched or folded [rad];
    - 2: distance of the wrist, where axes 5 and 6 meet, from the plane through axis 1 along axis 2 [m].
    """
    g = geometry
    t = g.sign * np.asarray(q, dtype=np.float64) + g.offset
    straight = [np.abs(np.arcsin(np.sin(angle))) for angle in (t[..., 4], t[..., 2])]
    return np.stack([*straight, np.abs(_ahead(g, t))], -1)


def three_parallel_branch(geometry: ThreeParallelGeometry, q: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Return the branch index (...) to which ``q`` (..., 6) [rad] belongs: 4 wrist + 2 shoulder + elbow.

    See `solve_three_parallel` for the meaning of the three bits.
    """
    g = geometry
    t = g.sign * np.asarray(q, dtype=np.float64) + g.offset
    bits = 4 * (np.sin(t[..., 4]) < 0) + 2 * (_ahead(g, t) < 0) + (np.sin(t[..., 2]) < 0)
    return np.asarray(bits, dtype=np.intp)


def _ahead(g: ThreeParallelGeometry, t: Array) -> Array:
    """Return how far ahead of axis 1 the wrist lies, in the plane of the arm [m]."""
    turn_23 = t[..., 1] + t[..., 2]
    turn_234 = turn_23 + t[..., 3]
    at_last = g.ahead + g.upper * np.sin(t[..., 1]) + g.fore * np.sin(turn_23)
    return at_last - g.wrist_x * np.cos(turn_234) - g.wrist_z * np.sin(turn_234)


def _foot(lines: Lines) -> Array:
    """Return the point of axis 1 that is nearest to axis 2 (3,)."""
    u1, u2 = lines.along[:2]
    between, cosine = lines.point[1] - lines.point[0], dot(u1, u2)
    return lines.point[0] + (dot(between, u1) - cosine * dot(between, u2)) / (1.0 - cosine * cosine) * u1


def _mean(first: Array, *others: Array) -> Array:
    """Return the mean (3,) of directions that are parallel or opposite, along the first."""
    total = first + sum((math.copysign(1.0, dot(u, first)) * u for u in others), np.zeros(3))
    return total / length(total)


def _angle(vector: Array) -> float:
    """Return the angle of a vector (3,) in the plane of the arm, from z towards x [rad]."""
    return math.atan2(vector[0], vector[2])


def _between(a: Array, b: Array) -> float:
    return math.atan2(length(np.cross(a, b)), dot(a, b))


def _residual(chain: Chain, lines: Lines, wrist: Array, axis_2: Array) -> tuple[float, float]:
    """Return how far [m, rad] the chain's flange leaves that of the arm with 2, 3, 4 parallel and 5 and 6 meeting."""
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (32, 6))
    ideal = np.broadcast_to(np.eye(4), (32, 4, 4))
    for i in range(6):
        along = math.copysign(1.0, dot(lines.along[i], axis_2)) * axis_2 if i in (1, 2, 3) else lines.along[i]
        point = wrist if i > 3 else lines.point[i]
        rotation = turn(along, q[:, i])
        ideal = ideal @ pose(point - applied(rotation, point), rotation)
    ideal = ideal @ base_T_flange(chain, np.zeros(6))
    real = base_T_flange(chain, q)
    off = lengths(ideal[:, :3, 3] - real[:, :3, 3])
    angle = rotation_angle(np.swapaxes(ideal[:, :3, :3], -1, -2) @ real[:, :3, :3])
    return float(settled(off.max())), float(settled(angle.max()))
