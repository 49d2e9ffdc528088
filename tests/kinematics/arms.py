"""Chains written as numbers, so that the laws of kinematics are tested without any file.

Facts from the makers' robot descriptions: kroshu/kuka_robot_descriptions@7766e92 (KR 8 R2100-2 arc HW, rotated joint
frames), ros-industrial/abb@77db19b (IRB 2400), ESTUN-R-D/estun_description@bf61365 (iER20-1760, axes 1, 4, 6 down),
ros-industrial/staubli_experimental@256a71a (TX2-60, lateral offset), UniversalRobots ROS2 description@2221ec0 (UR10e).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cellwright.geometry import Array, frozen, inv, pose, turn, turn_x, turn_y, turn_z
from cellwright.kinematics.chain import Chain, Passive

HALF = math.pi / 2


def frame(xyz: tuple[float, float, float], rpy: tuple[float, float, float] = (0, 0, 0)) -> Array:
    return pose(xyz, turn_z(rpy[2]) @ turn_y(rpy[1]) @ turn_x(rpy[0]))


def chain_of(
    joints: list[tuple[Array, tuple[float, float, float]]], last_T_flange: Array, slides: tuple[int, ...] = ()
):
    """A chain from (parent_T_joint, axis) of each joint; ``slides`` are the indices of prismatic ones."""
    n = len(joints)
    return Chain(
        joints=tuple(f"joint_{i + 1}" for i in range(n)),
        links=("base_link", *(f"link_{i + 1}" for i in range(n))),
        parent_T_joint=frozen([parent_T_joint for parent_T_joint, _ in joints]),
        axis=frozen([axis for _, axis in joints]),
        prismatic=np.array([i in slides for i in range(n)]),
        last_T_flange=frozen(last_T_flange),
    )


X, Y, Z, DOWN = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)

KR8_R2100 = chain_of(
    [
        (frame((0, 0, 0.3127), (math.pi, 0, 0)), Z),
        (frame((0.16, 0.0643, -0.2073), (HALF, 0, 0)), Z),
        (frame((0.98, 0, -0.0123)), Z),
        (frame((0.4166, -0.22, 0.0766), (HALF, 0, -HALF)), Z),
        (frame((0, -0.0415, -0.5184), (0, HALF, HALF)), Z),
        (frame((0.0665, 0, 0.0415), (HALF, 0, -HALF)), Z),
    ],
    frame((0, 0, -0.0135), (math.pi, 0, math.pi)),
)
IRB2400 = chain_of(
    [
        (frame((0, 0, 0)), Z),
        (frame((0.1, 0, 0.615)), Y),
        (frame((0, 0, 0.705)), Y),
        (frame((0.258, 0, 0.135)), X),
        (frame((0.497, 0, 0)), Y),
        (frame((0.085, 0, 0)), X),
    ],
    frame((0, 0, 0), (0, 1.57079632679, 0)),
)
IER20_1760 = chain_of(
    [
        (frame((0, 0, 0.5)), DOWN),
        (frame((0.2, 0, 0)), Y),
        (frame((0, 0, 0.79)), Y),
        (frame((0, 0, 0.16), (0, 1.570796327, 0)), DOWN),
        (frame((0, 0, 0.749)), Y),
        (frame((0, 0, 0)), DOWN),
    ],
    frame((0, 0, 0.113)),
)
TX2_60 = chain_of(
    [
        (frame((0, 0, 0.375)), Z),
        (frame((0, 0, 0)), Y),
        (frame((0, 0.02, 0.29)), Y),
        (frame((0, 0, 0)), Z),
        (frame((0, 0, 0.31)), Y),
        (frame((0, 0, 0.07)), Z),
    ],
    np.eye(4),
)
UR10E = chain_of(
    [
        (frame((0, 0, 0.1807), (0, 0, math.pi)), Z),
        (frame((0, 0, 0), (HALF, 0, 0)), Z),
        (frame((-0.6127, 0, 0)), Z),
        (frame((-0.57155, 0, 0.17415)), Z),
        (frame((0, -0.11985, 0), (HALF, 0, 0)), Z),
        (frame((0, 0.11655, 0), (HALF, math.pi, math.pi)), Z),
    ],
    np.eye(4),
)
OFFSET_WRIST = chain_of(  # axis 5 passes axis 4 at a distance
    [
        (frame((0, 0, 0)), Z),
        (frame((0, 0, 0.35)), Y),
        (frame((0, 0, 0.76)), Y),
        (frame((0, 0, 0.54)), Z),
        (frame((0, -0.15, 0)), Y),
        (frame((0, 0, 0.127)), Z),
    ],
    np.eye(4),
)
SCARA = chain_of(
    [(frame((0, 0, 0.2)), Z), (frame((0.3, 0, 0)), Z), (frame((0.25, 0, 0)), Z), (frame((0, 0, 0)), DOWN)],
    np.eye(4),
    slides=(2,),
)
LEVEL = Passive(before=3, parent_T_pivot=pose((1.1, 0, 0.05)), axis=np.array(Y), weights=np.array([0, -1.0, -1.0, 0]))
PALLETISER = replace(  # synthetic: no maker's arm
    chain_of(
        [(frame((0, 0, 0.8)), Z), (frame((0.2, 0.03, 0)), Y), (frame((0, 0, 1.0)), Y), (frame((0.1, 0, 0)), DOWN)],
        frame((0, 0, -0.2), (math.pi, 0, 0)),
    ),
    passive=(LEVEL,),
)

HUMAN = chain_of(  # shoulder, elbow and wrist are points
    [
        (frame((0, 0, 0.36)), Z),
        (frame((0, 0, 0)), Y),
        (frame((0, 0, 0)), Z),
        (frame((0, 0, 0.42)), Y),
        (frame((0, 0, 0)), Z),
        (frame((0, 0, 0.4)), Y),
        (frame((0, 0, 0)), Z),
    ],
    frame((0, 0, 0.126)),
)
OFFSET_ELBOW = chain_of(  # a shoulder, then an elbow and a last axis beside
    [
        (frame((0, 0, 0.333)), Z),
        (frame((0, 0, 0)), Y),
        (frame((0, 0, 0.316)), Z),
        (frame((0.0825, 0, 0)), Y),
        (frame((-0.0825, 0, 0.384)), Z),
        (frame((0, 0, 0)), Y),
        (frame((0.088, 0, 0)), DOWN),
    ],
    frame((0, 0, -0.107), (math.pi, 0, 0)),
)
OFFSET_SHOULDER = chain_of(  # a wrist, and axis 2 beside axis 1
    [
        (frame((0, 0, 0.54)), Z),
        (frame((0.145, 0, 0)), Y),
        (frame((0, 0, 0.3)), Z),
        (frame((0, 0, 0.51)), Y),
        (frame((0, 0, 0.5)), Z),
        (frame((0, 0, 0)), Y),
        (frame((0, 0, 0)), Z),
    ],
    frame((0, 0, 0.18)),
)

OPW = {"KR8_R2100": KR8_R2100, "IRB2400": IRB2400, "IER20_1760": IER20_1760, "TX2_60": TX2_60}


def leaning(chain: Chain, angle: float = 4e-6) -> Chain:
    """The same arm as a description that rounds: axes 2, 4 and 6 lean, and pass others by half a micrometre."""
    joints = [(chain.parent_T_joint[i], tuple(chain.axis[i])) for i in range(chain.dof)]
    for i in (1, 3, 5):
        joints[i] = (joints[i][0] @ pose((5e-7, 5e-7, 5e-7), turn_x(angle) @ turn_z(angle)), joints[i][1])
    return chain_of(joints, chain.last_T_flange)


def prefix(chain: Chain, dof: int) -> Chain:
    """The first joints of a chain."""
    joints = [(chain.parent_T_joint[i], tuple(chain.axis[i])) for i in range(dof)]
    return chain_of(joints, np.eye(4), slides=tuple(np.flatnonzero(chain.prismatic[:dof])))


def moved(chain: Chain, new_T_base: Array) -> Chain:
    """The same arm, described from another base frame."""
    first = new_T_base @ chain.parent_T_joint[0]
    joints = [(first, tuple(chain.axis[0]))]
    joints += [(chain.parent_T_joint[i], tuple(chain.axis[i])) for i in range(1, chain.dof)]
    new = chain_of(joints, chain.last_T_flange, slides=tuple(np.flatnonzero(chain.prismatic)))
    return replace(new, passive=chain.passive)


def any_rotation(rng: np.random.Generator) -> Array:
    axis = rng.normal(size=3)
    return turn(axis / np.linalg.norm(axis), rng.uniform(-math.pi, math.pi))


def any_opw(measures: dict[str, float], sign: Array, offset: Array, rng: np.random.Generator) -> Chain:
    """An opw arm of these measures whose base, flange and joint frames lie anywhere on their axes, turned anyhow."""
    m = measures
    t2, t3 = offset[1], offset[1] + offset[2]
    shoulder = turn_z(offset[0]) @ np.array([m["a1"], 0.0, m["c1"]])
    arm = turn_z(offset[0]) @ turn_y(t2)
    elbow = shoulder + arm @ np.array([0.0, 0.0, m["c2"]])
    fore = turn_z(offset[0]) @ turn_y(t3)
    wrist = elbow + fore @ np.array([m["a2"], m["b"], m["c3"]])
    after_4 = fore @ turn_z(offset[3])
    out = after_4 @ turn_y(offset[4])
    along = [np.array([0, 0, 1.0]), arm[:, 1], fore[:, 1], fore[:, 2], after_4[:, 1], out[:, 2]]
    points = [np.zeros(3), shoulder, elbow, wrist, wrist, wrist]
    flange = pose(wrist + m["c4"] * out[:, 2] + out @ np.array([*rng.uniform(-0.1, 0.1, 2), 0.0]), any_rotation(rng))
    return any_chain([s * u for s, u in zip(sign, along, strict=True)], points, flange, rng)


def any_chain(along: list[Array], points: list[Array], flange: Array, rng: np.random.Generator) -> Chain:
    """A chain of these axes, its base turned anyhow, its joint frames anywhere on their axes."""
    new_T_old = pose(np.zeros(3), any_rotation(rng))
    before, joints = np.eye(4), []
    for u, point in zip(along, points, strict=True):
        base_T_joint = new_T_old @ pose(point + rng.uniform(-0.3, 0.3) * u, any_rotation(rng))
        joints.append((inv(before) @ base_T_joint, tuple(unit(base_T_joint[:3, :3].T @ new_T_old[:3, :3] @ u))))
        before = base_T_joint
    return chain_of(joints, inv(before) @ new_T_old @ flange)


def unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
