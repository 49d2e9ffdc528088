"""At which of many places a robot's foot stands free, in one pass: the base's own place becomes three more joints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..collision.fast import Checker
from ..geometry import Array, pose

ROOM = 0.02
"""Wanted round foot and shoulder [m], as `placement.candidates.stands_free` wants it."""

_SHOULDER = np.deg2rad((-50.0, -25.0, 0.0, 25.0, 50.0))  # turns of axis 1 that a part in front asks for


def stand_free(moving: Checker, world_T_base: Array) -> NDArray[np.bool_]:
    """Return for each place (n, 4, 4) of one mount and height whether foot, shoulder and pedestal stand clear.

    The same as `placement.candidates.stands_free` place by place. A place is two slides and a turn about the world's z
    before the first axis, so that all of them are positions of one longer arm.

    Args:
        moving: the fast check of the robot on that mount at that height, wherever it stands.
        world_T_base: that differ by a move and a turn in the floor's plane.
    """
    if not len(world_T_base):
        return np.zeros(0, np.bool_)
    mover, first = moving.mover, world_T_base[0]
    up = first[:3, :3].T @ np.array([0.0, 0.0, 1.0])  # the world's z seen from the base
    level = pose((0.0, 0.0, float(first[2, 3])), first[:3, :3])
    still = np.eye(4)
    longer = mover._replace(
        world_T_base=still,
        parent_T_joint=np.concatenate([[still, still, level], mover.parent_T_joint]),
        axis=np.concatenate([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], up], mover.axis]),
        prismatic=np.concatenate([[True, True, False], mover.prismatic]),
        frame=mover.frame + 3,
        margin=np.where(mover.frame <= 1, ROOM, -1.0),
        low_margin=np.full(len(mover.frame), -1.0),
        pairs=mover.pairs[:0],
    )
    turn = world_T_base[:, :3, :3] @ first[:3, :3].T
    q = np.zeros((len(world_T_base), len(_SHOULDER), len(longer.axis)))
    q[:, :, :2] = world_T_base[:, None, :2, 3]
    q[:, :, 2] = np.arctan2(turn[:, 1, 0], turn[:, 0, 0])[:, None]
    q[:, :, 3] = _SHOULDER
    free = replace(moving, mover=longer).free(q.reshape(-1, q.shape[-1]))
    return np.asarray(free.reshape(q.shape[:2]).all(1))
