"""Inverse kinematics of five-axis arms: the flange's place and the direction of its z axis are met.

The turn about the flange's z is what such an arm cannot choose. Two kinds are told apart by their last axis:

- It leans against the flange's z, or runs beside it: a sixth joint is thought to turn the flange about its z, and the
  six-axis arm's own solver finds every branch. A branch reaches the pose asked for up to a turn about z, and
  `base_T_flange` of the chain tells which.
- It is the flange's z: axis 5 spins the tool. Four joints are left for a place and a direction, which are five
  numbers: the arm moves in a plane, and only directions in it are reached. Joint 5 takes the turn that was asked for,
  so that the whole pose is met where the direction is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, turn
from .branches import Branches
from .chain import Chain, base_T_flange
from .family import ANGLE, axis_lines
from .vectors import applied, arcs, between, dots, lengths

NEAR = 1e-6
"""Of joint 5's axis to the line of the flange's z [m]: nearer than this it is that line."""

IN_PLANE = 1e-8
"""Of a direction to the arm's plane [rad]: nearer than this it lies in it."""

_REACH = 1e-9


@lru_cache(maxsize=64)
def with_sixth_joint(chain: Chain) -> Chain:
    """Return the six-axis arm that a five-axis one would be if its flange could turn about its z."""
    return Chain(
        joints=(*chain.joints, "turn_about_z"),
        links=(*chain.links, "turned_flange"),
        parent_T_joint=frozen(np.concatenate([chain.parent_T_joint, chain.last_T_flange[None]])),
        axis=frozen(np.concatenate([chain.axis, [[0.0, 0.0, 1.0]]])),
        prismatic=np.zeros(6, dtype=np.bool_),
        last_T_flange=frozen(np.eye(4)),
    )


def spins_the_tool(chain: Chain) -> bool:
    """Return whether axis 5 is the line of the flange's z."""
    lines = axis_lines(with_sixth_joint(chain))
    return lines.parallel(4, 5) and lines.gap(4, 5) < NEAR


def solve_five_axis(chain: Chain, base_T_flange: Array, six_axis: Callable[[Chain, Array], Branches]) -> Branches:
    """Return every branch of ``chain`` at the poses (n, 4, 4): place and z axis met, the turn about z where possible.

    ``six_axis`` solves six-axis arms, and branches are numbered as there. Where axis 5 spins the tool branch 2 s + e
    has the shoulder s and the elbow e; a z axis that leaves the arm's plane is missed by as many metres as radians.

    Raises:
        CellwrightError: axis 5 spins the tool and axes 2, 3 and 4 are not parallel.
    """
    if spins_the_tool(chain):
        return _in_plane(chain, np.asarray(base_T_flange, dtype=np.float64))
    found = six_axis(with_sixth_joint(chain), base_T_flange)
    return Branches(q=frozen(np.asarray(found.q)[..., :5]), miss=found.miss)


def _in_plane(chain: Chain, poses: Array) -> Branches:
    """Return four branches of an arm that moves in a plane about axis 1 and spins its tool."""
    lines, zero = axis_lines(chain), base_T_flange(chain, np.zeros(5))
    h, on = lines.along, lines.point
    if not (lines.parallel(1, 2) and lines.parallel(2, 3) and abs(dot(h[1], h[4])) < ANGLE):
        raise CellwrightError(
            "no inverse kinematics for a five-axis arm that spins its tool and does not move in a plane",
            fix="choose a six-axis robot",
        )
    n, side, same = len(poses), h[1], np.sign(dots(h[1:4], h[1]))
    motion = poses @ inv(zero)
    reach, z = poses[:, :3, 3] - on[0], applied(motion[:, :3, :3], h[4])
    q, miss = np.full((n, 4, 5), np.nan), np.zeros((n, 4))
    level = dot(side, h[0]) * dots(reach, h[0])
    lateral = dot(zero[:3, 3] - on[0], side) - level
    a, b = dots(reach, side) - level, -dots(np.cross(h[0], reach), side)
    size = np.sqrt(a * a + b * b)
    beside = np.abs(lateral) - size
    half, middle = arcs(np.sqrt(np.maximum(size**2 - lateral**2, 0.0)), lateral), arcs(b, a)
    for s, q1 in enumerate((middle + half, middle - half)):
        back = np.swapaxes(turn(h[0], q1), -1, -2)
        z1, flange = applied(back, z), applied(back, reach) + on[0]
        all_three = between(side, np.broadcast_to(h[4], z1.shape), z1)
        wrist = flange - applied(turn(side, all_three), zero[:3, 3] - on[3])
        to_wrist = _flat(side, wrist - on[1])
        upper, fore = _flat(side, on[2] - on[1]), _flat(side, on[3] - on[2])
        d, c2, c3 = (lengths(v) for v in (to_wrist, upper, fore))
        out = np.maximum(d - (c2 + c3), np.abs(c2 - c3) - d)
        near = np.clip(d, np.abs(c2 - c3), c2 + c3)
        root = np.sqrt((c2 + c3 - near) * (c2 + c3 + near) * (near - np.abs(c2 - c3)) * (near + np.abs(c2 - c3)))
        bent = arcs(root, near**2 - c2**2 - c3**2)
        level = between(side, upper[None], fore[None])
        off = np.abs(dots(z1, side) - dot(h[4], side))
        missed = np.maximum(
            np.where(np.maximum(out, beside) > _REACH, np.maximum(out, beside), 0.0), np.where(off > IN_PLANE, off, 0.0)
        )
        for e, bend in enumerate((bent, -bent)):
            t3 = bend - level
            t2 = between(side, upper + applied(turn(side, t3), fore), to_wrist)
            first = turn(h[0], q1) @ turn(side, all_three)
            spun = np.swapaxes(first, -1, -2) @ motion[:, :3, :3]
            across = np.cross(h[4], np.eye(3)[int(np.argmin(np.abs(h[4])))])
            q5 = between(h[4], np.broadcast_to(across, z1.shape), applied(spun, across))
            t = np.stack([q1, same[0] * t2, same[1] * t3, same[2] * (all_three - t2 - t3), q5], -1)
            q[:, 2 * s + e], miss[:, 2 * s + e] = t - 2.0 * np.pi * np.rint(t / (2.0 * np.pi)), missed
    miss[~np.isfinite(poses).all(axis=(1, 2))] = np.nan
    return Branches(q=frozen(np.where((miss <= 0.0)[..., None], q, np.nan)), miss=frozen(miss))


def _flat(normal: Array, vector: Array) -> Array:
    return vector - dots(vector, normal)[..., None] * normal
