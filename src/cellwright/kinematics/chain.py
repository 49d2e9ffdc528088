"""A plain chain of joints from a base to a flange: what every family of kinematics is computed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array

Family = Literal["opw", "three_parallel", "general_6r", "five_axis", "scara", "seven_r", "palletiser_4", "general"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passive:
    """A turning joint without a drive, which rods move with the others: what keeps a palletiser's flange level.

    Attributes:
        before: the joint of the chain that it carries, from 0.
        parent_T_pivot: (4, 4) its frame at zero, seen from the link before; ``parent_T_joint`` of the carried joint is
            then seen from the frame after it.
        axis: (3,) unit axis in its own frame.
        weights: (dof,) it turns by ``weights @ q``.
    """

    before: int
    parent_T_pivot: Array
    axis: Array
    weights: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """Joints in series; fixed joints are folded into the transforms.

    Attributes:
        joints: (dof,) joint names.
        links: (dof + 1,) names of the base link and of the link that each joint moves.
        parent_T_joint: (dof, 4, 4) frame of joint i at zero, seen from link i (the link before it).
        axis: (dof, 3) unit axis in the joint's own frame.
        prismatic: (dof,) True where the joint slides (q in m), False where it turns (q in rad).
        last_T_flange: (4, 4) the flange (tool0) seen from the last link.
        passive: joints without a drive.
    """

    joints: tuple[str, ...]
    links: tuple[str, ...]
    parent_T_joint: Array
    axis: Array
    prismatic: NDArray[np.bool_]
    last_T_flange: Array
    passive: tuple[Passive, ...] = ()

    @property
    def dof(self) -> int:
        """Number of joints."""
        return len(self.joints)


def base_T_links(chain: Chain, q: Array) -> Array:
    """Return the frames (..., dof + 1, 4, 4) of all links, the base first, at ``q`` (..., dof) [rad or m]."""
    q = np.asarray(q, dtype=np.float64)
    base_T_link = np.zeros((*q.shape[:-1], chain.dof + 1, 4, 4))
    base_T_link[..., 0, :, :] = np.eye(4)
    for i in range(chain.dof):
        carrier = base_T_link[..., i, :, :]
        for passive in chain.passive:
            if passive.before == i:
                carrier = carrier @ passive.parent_T_pivot @ _joint(passive.axis, False, q @ passive.weights)
        at_zero = carrier @ chain.parent_T_joint[i]
        base_T_link[..., i + 1, :, :] = at_zero @ _joint(chain.axis[i], bool(chain.prismatic[i]), q[..., i])
    return base_T_link


def base_T_flange(chain: Chain, q: Array) -> Array:
    """Return the flange (..., 4, 4) at ``q`` (..., dof) [rad or m]."""
    return base_T_links(chain, q)[..., -1, :, :] @ chain.last_T_flange


def jacobian(chain: Chain, q: Array) -> Array:
    """Return the flange's (..., 6, dof) Jacobian in the base frame: rows are velocity [m/s], then turn rate [rad/s]."""
    frames = base_T_links(chain, q)
    p = (frames[..., -1, :, :] @ chain.last_T_flange)[..., :3, 3]
    columns: list[Array] = []
    for i in range(chain.dof):
        z = (frames[..., i + 1, :3, :3] @ chain.axis[i][:, None])[..., 0]
        if chain.prismatic[i]:
            columns.append(np.concatenate([z, np.zeros_like(z)], -1))
        else:
            columns.append(np.concatenate([np.cross(z, p - frames[..., i + 1, :3, 3]), z], -1))
    for passive in chain.passive:
        pivot = frames[..., passive.before, :, :] @ passive.parent_T_pivot
        z = (pivot[..., :3, :3] @ passive.axis[:, None])[..., 0]
        moved = np.concatenate([np.cross(z, p - pivot[..., :3, 3]), z], -1)
        columns = [column + w * moved for column, w in zip(columns, passive.weights, strict=True)]
    return np.stack(columns, -1)


def manipulability(chain: Chain, q: Array) -> Array:
    """Return Yoshikawa's measure (...) at ``q`` (..., dof): the product of the Jacobian's singular values.

    It is 0 at a singular position. Its unit follows from the joints (m^3 for six turning ones): it compares positions
    of one robot, not robots.
    """
    return np.prod(np.linalg.svd(jacobian(chain, q), compute_uv=False), axis=-1)


def _joint(axis: Array, prismatic: bool, value: Array) -> Array:
    before_T_after = np.zeros((*value.shape, 4, 4))
    before_T_after[..., 3, 3] = 1.0
    if prismatic:
        before_T_after[..., :3, :3] = np.eye(3)
        before_T_after[..., :3, 3] = value[..., None] * axis
        return before_T_after
    x, y, z = axis
    s, c = np.sin(value), np.cos(value)
    k = 1.0 - c
    rows = [
        [c + x * x * k, x * y * k - z * s, x * z * k + y * s],
        [y * x * k + z * s, c + y * y * k, y * z * k - x * s],
        [z * x * k - y * s, z * y * k + x * s, c + z * z * k],
    ]
    before_T_after[..., :3, :3] = np.stack([np.stack(row, -1) for row in rows], -2)
    return before_T_after
