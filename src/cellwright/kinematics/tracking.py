"""Following one solution from pose to pose, and branches from one set of poses to the next.

Arms without a closed form have no label of a branch that stays with it along a motion: some of them even pass from one
solution to another without meeting a singular position (they are cuspidal). What goes on is told by nearness instead.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, length
from .chain import Chain

MET = 1e-9
"""A position whose flange is further from the pose than this [m, rad] does not meet it."""

_MOST = 40  # steps of Newton's method from a seed


@lru_cache(maxsize=64)  # a chain is a value: the same one has the same steps
def joint_steps(chain: Chain) -> Array:
    """Return (dof + 1, 3, 4) from joint to joint at zero, with every joint along its own z; the flange is last."""
    z = np.eye(4)
    steps: list[Array] = []
    for parent_T_joint, axis in zip(chain.parent_T_joint, chain.axis, strict=True):
        joint_T_z = np.eye(4)
        aside = np.eye(3)[int(np.argmin(np.abs(axis)))]
        x = np.cross(aside, axis)
        x = x / length(x)
        joint_T_z[:3, :3] = np.stack([x, np.cross(axis, x), axis], -1)
        steps.append(z.T @ parent_T_joint @ joint_T_z)  # z is a turn without a shift: its inverse is z'
        z = joint_T_z
    steps.append(z.T @ chain.last_T_flange)
    return frozen(np.stack(steps)[:, :3, :])


def tracked(chain: Chain, seeds: Array, base_T_flange: Array, *, held: int | None = None) -> tuple[Array, Array]:
    """Return the positions (n, dof) in [-pi, pi] near ``seeds`` (n, dof) [rad], and what is left to the poses (n,).

    Newton's method from each seed to its own pose (n, 4, 4). What is left is the norm over distance [m] and angle
    [rad]; above ``MET`` the pose was not met, and the position is the best that was found. The joint ``held`` keeps its
    value.
    """
    from .tracking_kernel import track  # compiles: only when asked

    q = np.array(seeds, dtype=np.float64, order="C")
    left = np.empty(len(q))
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    track(joint_steps(chain), poses, q, _MOST, -1 if held is None else held, np.empty((16, max(6, chain.dof))), left)
    return frozen(q), frozen(left)


def matched(q: Array, q_next: Array, *, largest: float) -> NDArray[np.intp]:
    """Return for each branch of ``q`` (n, k, dof) the branch (n, k) of ``q_next`` (n, k', dof) that goes on with it.

    Pairs are made by the largest joint difference, whole turns apart, the nearest pair first, ties by index; a branch
    goes on as one other at most. -1 where it does not exist, or where no joint may differ by more than ``largest``
    [rad] and none does so.
    """
    off = np.abs(q_next[:, None, :, :] - q[:, :, None, :])
    off = np.abs(off - math.tau * np.rint(off / math.tau)).max(-1)
    off = np.where(off <= largest, off, np.inf)  # NaN, a branch that does not exist, is not near either
    n, k, k_next = off.shape
    goes_on = np.full((n, k), -1, dtype=np.intp)
    flat, rows = off.reshape(n, -1), np.arange(n)
    for _ in range(min(k, k_next)):
        nearest = np.argmin(flat, axis=1)
        a, b = nearest // k_next, nearest % k_next
        found = np.isfinite(flat[rows, nearest])
        goes_on[rows[found], a[found]] = b[found]
        off[rows, a, :] = np.inf
        off[rows, :, b] = np.inf
    return goes_on
