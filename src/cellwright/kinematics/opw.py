"""Arms with an ortho-parallel base and a spherical wrist: their measures, read from the axes of any chain.

The frame and the seven measures are those of Brandstötter, Angerer, Hofbaur, "An Analytical Solution of the Inverse
Kinematics Problem of Industrial Serial Manipulators with an Ortho-parallel Basis and a Spherical Wrist" (2014): at
opw zero the arm stands straight up along z, joints 1, 4 and 6 turn about z, joints 2, 3 and 5 about y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, length, pose, rotated, rotation_angle, settled, turn_y, turn_z
from .chain import Chain, base_T_flange
from .family import Lines, axis_lines, common_point, recognise
from .vectors import applied, lengths

EXACT = 1e-9
"""A chain that leaves its ideal opw arm by less than this [m, rad] is the ideal arm."""

_NONE = 1e-6  # a length [m] or a cosine below this cannot tell a direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpwGeometry:
    """An opw arm: ``opw_q = sign * q + offset`` turns the chain's joints into those of the ideal arm.

    Attributes:
        a1: from axis 1 to axis 2, forward [m].
        a2: from axis 3 to axis 4, forward at opw zero [m]; negative: above axis 3 when the forearm points ahead.
        b: from axis 1 to the wrist, sideways (+y at opw zero) [m].
        c1: from the base's origin to axis 2 along axis 1 [m], never negative.
        c2: from axis 2 to axis 3 [m], positive.
        c3: from axis 3 to the wrist centre along axis 4 [m], never negative.
        c4: from the wrist centre to the flange along axis 6 [m], never negative.
        sign: (6,) 1 or -1.
        offset: (6,) [rad] in [-pi, pi]; 0 for joints 1 and 6.
        base_T_opw: (4, 4) the opw frame: z along axis 1 towards the shoulder, x forward at q1 = 0.
        opw_flange_T_flange: (4, 4) the chain's flange seen from the opw flange, whose z leaves the wrist along axis 6.
        residual: how far the chain's flange leaves the ideal arm's at worst [m, rad], seen at fixed positions.
    """

    a1: float
    a2: float
    b: float
    c1: float
    c2: float
    c3: float
    c4: float
    sign: Array
    offset: Array
    base_T_opw: Array
    opw_flange_T_flange: Array
    residual: float

    @property
    def exact(self) -> bool:
        """The closed form alone is the chain's own kinematics and needs no correction."""
        return self.residual < EXACT

    @property
    def forearm(self) -> float:
        """Distance from axis 3 to the wrist centre [m]."""
        return math.hypot(self.a2, self.c3)


@lru_cache(maxsize=64)  # a chain is a value: the same one has the same measures
def opw_geometry(chain: Chain) -> OpwGeometry:
    """Return the measures of an opw arm from its axes: any zero position, axis sign, base and flange frame.

    Forward is where axis 2 lies ahead of axis 1, else where the wrist lies at q = 0, and up is from the base's origin
    to axis 2: both come from the arm itself, so that branches keep their meaning however the base is turned.

    Raises:
        CellwrightError: the chain is not an opw arm.
    """
    if recognise(chain) != "opw":
        raise CellwrightError("the arm has no ortho-parallel base with a spherical wrist", fix="see `recognise`")
    lines = axis_lines(chain)
    wrist = common_point(lines, 3, 4, 5)[0]
    base_T_opw, shoulder = _base_frame(lines, wrist)
    opw_T_base = inv(base_T_opw)
    opw_R_base, away = opw_T_base[:3, :3], opw_T_base[:3, 3]
    u = np.array([rotated(opw_R_base, along) for along in lines.along])
    shoulder, elbow, wrist = (rotated(opw_R_base, p) + away for p in (shoulder, lines.point[2], wrist))
    flange = opw_T_base @ base_T_flange(chain, np.zeros(6))

    upper = elbow - shoulder
    turn_2 = math.atan2(upper[0], upper[2])
    along_4 = u[3] if dot(u[3], wrist - elbow) > -_NONE else -u[3]
    turn_23 = math.atan2(along_4[0], along_4[2])
    opw_R_3 = turn_y(turn_23)
    fore = rotated(opw_R_3.T, wrist - elbow)
    axis_5 = rotated(opw_R_3.T, u[4])
    axis_5 = axis_5 if axis_5[1] > -_NONE else -axis_5
    turn_4 = math.atan2(-axis_5[0], axis_5[1])
    opw_R_4 = opw_R_3 @ turn_z(turn_4)
    reach = dot(u[5], flange[:3, 3] - wrist)
    along_6 = u[5] if (reach if abs(reach) > _NONE else dot(u[5], flange[:3, 2])) > 0 else -u[5]
    axis_6 = rotated(opw_R_4.T, along_6)
    turn_5 = math.atan2(axis_6[0], axis_6[2])
    opw_R_flange = opw_R_4 @ turn_y(turn_5)
    c4 = dot(along_6, flange[:3, 3] - wrist)
    opw_T_flange = pose(wrist + c4 * opw_R_flange[:, 2], opw_R_flange)
    same = np.array([u[0, 2], u[1, 1], u[2, 1], dot(u[3], along_4), dot(u[4], opw_R_4[:, 1]), dot(u[5], along_6)])
    geometry = OpwGeometry(
        a1=float(shoulder[0]),
        a2=float(fore[0]),
        b=float(wrist[1]),
        c1=float(shoulder[2]),
        c2=math.hypot(upper[0], upper[2]),
        c3=float(fore[2]),
        c4=c4,
        sign=frozen(np.sign(same)),
        offset=frozen([0.0, turn_2, math.remainder(turn_23 - turn_2, math.tau), turn_4, turn_5, 0.0]),
        base_T_opw=frozen(base_T_opw),
        opw_flange_T_flange=frozen(inv(opw_T_flange) @ flange),
        residual=0.0,
    )
    return replace(geometry, residual=_residual(chain, geometry))


def opw_flange(geometry: OpwGeometry, q: Array) -> Array:
    """Return ``base_T_flange`` (..., 4, 4) of the ideal arm at the chain's ``q`` (..., 6) [rad]."""
    g = geometry
    t = g.sign * q + g.offset
    zero = np.zeros(t.shape[:-1])
    opw_R_1 = turn_z(t[..., 0])
    opw_R_2 = opw_R_1 @ turn_y(t[..., 1])
    opw_R_3 = opw_R_2 @ turn_y(t[..., 2])
    opw_R_flange = opw_R_3 @ turn_z(t[..., 3]) @ turn_y(t[..., 4]) @ turn_z(t[..., 5])
    ways = (
        applied(opw_R_1, np.array([g.a1, g.b, g.c1])),
        applied(opw_R_2, np.array([0.0, 0.0, g.c2])),
        applied(opw_R_3, np.array([g.a2, 0.0, g.c3])),
        applied(opw_R_flange, np.array([0.0, 0.0, g.c4])),
    )
    opw_T_flange = pose(sum(ways, zero[..., None]), opw_R_flange)
    return g.base_T_opw @ opw_T_flange @ g.opw_flange_T_flange


def opw_singularity(geometry: OpwGeometry, q: Array) -> Array:
    """Return how far ``q`` (..., 6) [rad] is from the three singularities of an opw arm, (..., 3), none negative.

    - 0: angle of the wrist from straight or folded [rad]; at 0 axes 4 and 6 are one line.
    - 1: angle of the elbow from stretched or folded [rad]; at 0 the reach is at its end.
    - 2: distance of the wrist centre from axis 1, in the plane in which the arm moves [m]; without a lateral offset
      this is the whole distance.
    """
    g = geometry
    t = g.sign * np.asarray(q, dtype=np.float64) + g.offset
    bent = t[..., 2] + math.atan2(g.a2, g.c3)
    ahead = _ahead(g, t)
    straight = [np.abs(np.arcsin(np.sin(angle))) for angle in (t[..., 4], bent)]
    return np.stack([*straight, np.abs(ahead)], -1)


def opw_branch(geometry: OpwGeometry, q: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Return the branch index (...) to which ``q`` (..., 6) [rad] belongs: 4 wrist + 2 shoulder + elbow.

    See `solve_opw` for the meaning of the three bits.
    """
    g = geometry
    t = g.sign * np.asarray(q, dtype=np.float64) + g.offset
    wrist = np.sin(t[..., 4]) < 0
    shoulder = _ahead(g, t) < 0
    elbow = np.sin(t[..., 2] + math.atan2(g.a2, g.c3)) < 0
    return np.asarray(4 * wrist + 2 * shoulder + elbow, dtype=np.intp)


def _ahead(g: OpwGeometry, t: Array) -> Array:
    """Return how far ahead of axis 1 the wrist lies, in the arm's plane [m]."""
    turn_23 = t[..., 1] + t[..., 2]
    return g.a1 + g.c2 * np.sin(t[..., 1]) + g.a2 * np.cos(turn_23) + g.c3 * np.sin(turn_23)


def _base_frame(lines: Lines, wrist: Array) -> tuple[Array, Array]:
    """Return base_T_opw (4, 4) and the point of axis 2 that is nearest to axis 1 (3,)."""
    u1, u2 = lines.along[:2]
    between = lines.point[1] - lines.point[0]
    # the two axes are square (to the tolerance of `recognise`): a two by two system gives the common normal
    cosine, near, far = dot(u1, u2), dot(between, u1), dot(between, u2)
    s = (near - cosine * far) / (1.0 - cosine * cosine)
    foot, shoulder = lines.point[0] + s * u1, lines.point[1] + (cosine * s - far) * u2
    height = dot(foot, u1)
    z = u1 if height > -_NONE else -u1
    y = u2 - dot(u2, z) * z
    y = y / length(y)
    x = np.cross(y, z)
    ahead = [dot(p - foot, x) for p in (shoulder, wrist)]
    if next((a for a in ahead if abs(a) > _NONE), 1.0) < 0:
        x, y = -x, -y
    return pose(foot - dot(foot, z) * z, np.stack([x, y, z], -1)), shoulder


def _residual(chain: Chain, geometry: OpwGeometry) -> float:
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (32, 6))
    ideal, real = opw_flange(geometry, q), base_T_flange(chain, q)
    off = lengths(ideal[:, :3, 3] - real[:, :3, 3])
    angle = rotation_angle(np.swapaxes(ideal[:, :3, :3], -1, -2) @ real[:, :3, :3])
    return float(settled(max(off.max(), angle.max())))
