"""Inverse kinematics of arms with axes 2, 3, 4 parallel."""

from __future__ import annotations

import math

import numpy as np

from ..geometry import Array, inv
from . import three_parallel_kernel as kernel
from .blocks import BLOCK, STRAIGHT
from .branches import NEAR, REACH, Asked, Branches, Limits, best_of
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
    g, n = geometry, len(base_T_flange)
    q, miss = np.empty((8, 6, n)), np.empty((8, n))
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    signs = np.array(g.sign), np.array(g.offset)
    kernel.all_branches(poses, *_frames(g), *signs, beyond, np.empty((3, 12 * BLOCK)), q, miss)
    q.setflags(write=False)
    miss.setflags(write=False)
    return Branches(q=q.transpose(2, 0, 1), miss=miss.T)


def three_parallel_margins(geometry: ThreeParallelGeometry, base_T_flange: Array, limits: Limits) -> Array:
    """Return the smallest margin (n, 8) of every branch of `solve_three_parallel`: see `margins`."""
    margin = np.empty((8, len(base_T_flange)))
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    seen = _seen(geometry, limits)
    kernel.all_margins(poses, *_frames(geometry), *seen, np.empty((4, 12 * BLOCK)), margin)
    return margin.T


def three_parallel_best(geometry: ThreeParallelGeometry, asked: Asked, world_T_base: Array, limits: Limits) -> Array:
    """Return the best margin (p, o) of every operation from every base (p, 4, 4): see `best_margins`."""
    room = np.empty((5, 12 * BLOCK))
    return best_of(kernel.best_margins, room, _frames(geometry), _seen(geometry, limits), asked, world_T_base)


def _frames(g: ThreeParallelGeometry) -> tuple[Array, Array, Array]:
    """Return first_T_base, flange_T_wrist and the measures, as the kernels ask for them."""
    a, b = g.twist
    measures = [math.cos(g.lean), math.sin(g.lean), g.aside, g.ahead, g.up, g.upper, g.fore, g.wrist_x, g.wrist_z]
    measures += [math.cos(a), math.sin(a), math.cos(b), math.sin(b)]
    measures += [2.0 * math.sin(0.5 * (a - b)) ** 2, 2.0 * math.cos(0.5 * (a + b)) ** 2]
    measures += [NEAR, STRAIGHT if g.exact else max(STRAIGHT, g.tilt)]
    return inv(g.base_T_first), np.array(g.flange_T_wrist), np.array(measures)


def _seen(g: ThreeParallelGeometry, limits: Limits) -> tuple[float, Array, Array, Array]:
    """Return by how much a pose may be out of reach, and the limits as angles of the ideal arm."""
    middle = np.asarray(g.sign * limits[0] + g.offset)
    wanted = limits[2].copy()
    wanted[2] = 0.0  # what exists is said by the rows already
    return float(limits[2][2]), middle - math.tau * np.rint(middle / math.tau), limits[1], wanted
