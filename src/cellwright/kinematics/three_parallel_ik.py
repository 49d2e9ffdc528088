"""Inverse kinematics of arms with axes 2, 3, 4 parallel."""

from __future__ import annotations

import math

import numpy as np

from ..geometry import Array, inv
from . import three_parallel_kernel as kernel
from .blocks import BLOCK, STRAIGHT
from .branches import NEAR, REACH, Branches, Limits
from .three_parallel import ThreeParallelGeometry


def solve_three_parallel(geometry: ThreeParallelGeometry, base_T_flange: Array, *, beyond: float = REACH) -> Branches:
    """Return all eight branches of the arm at the poses (n, 4, 4).

    The index of a branch is ``4 * wrist + 2 * shoulder + elbow``:

    - shoulder: 0 the wrist lies ahead of axis 1 in the plane of the arm, 1 behind it;
    - elbow: 0 the forearm is bent from z towards x of the arm's plane, 1 the other way; for a wrist ahead of an arm
      whose axis 1 points up 0 is elbow up;
    - wrist: 0 joint 5 turned to the one side of straight, 1 to the other.

    Where the wrist is straight joint 6 is free: it stays at zero, or as near to it as the arm reaches. A pose out of
    reach by no more than ``beyond`` [m] is solved at the end of the reach.
    """
    n = len(base_T_flange)
    q, miss = np.empty((8, 6, n)), np.empty((8, n))
    kernel.all_branches(*_arguments(geometry, base_T_flange, beyond), np.empty((6, 12 * BLOCK)), q, miss)
    q.setflags(write=False)
    miss.setflags(write=False)
    return Branches(q=q.transpose(2, 0, 1), miss=miss.T)


def three_parallel_margins(
    geometry: ThreeParallelGeometry, base_T_flange: Array, limits: Limits, *, beyond: float = REACH
) -> Array:
    """Return the smallest margin (n, 8) of every branch of `solve_three_parallel`: see `margins`."""
    margin = np.empty((8, len(base_T_flange)))
    kernel.all_margins(*_arguments(geometry, base_T_flange, beyond), *limits, np.empty((6, 12 * BLOCK)), margin)
    return margin.T


def _arguments(
    g: ThreeParallelGeometry, base_T_flange: Array, beyond: float
) -> tuple[Array, Array, Array, Array, Array, Array, float]:
    """Return what both kernels ask for first."""
    a, b = g.twist
    measures = [math.cos(g.lean), math.sin(g.lean), g.aside, g.ahead, g.up, g.upper, g.fore, g.wrist_x, g.wrist_z]
    measures += [math.cos(a), math.sin(a), math.cos(b), math.sin(b)]
    measures += [2.0 * math.sin(0.5 * (a - b)) ** 2, 2.0 * math.cos(0.5 * (a + b)) ** 2]
    measures += [NEAR, STRAIGHT if g.exact else max(STRAIGHT, g.tilt)]
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    left, right = inv(g.base_T_first), np.array(g.flange_T_wrist)
    return poses, left, right, np.array(measures), np.array(g.sign), np.array(g.offset), beyond
