"""Inverse kinematics of opw arms."""

from __future__ import annotations

import math

import numpy as np

from ..geometry import Array, inv
from . import opw_kernel
from .blocks import BLOCK
from .branches import REACH, Asked, Branches, Limits, best_of
from .opw import OpwGeometry


def solve_opw(geometry: OpwGeometry, base_T_flange: Array, *, beyond: float = REACH) -> Branches:
    """Return all eight branches of an opw arm at the poses (n, 4, 4).

    The index of a branch is ``4 * wrist + 2 * shoulder + elbow``:

    - shoulder: 0 the wrist centre lies ahead of axis 1 in the plane of the arm, 1 behind it (reaching over the back);
    - elbow: 0 the forearm is bent towards opw +q3, 1 the other way; for a wrist ahead of the arm 0 is elbow up;
    - wrist: 0 opw q5 in [0, pi], 1 in [-pi, 0].

    Where a joint is free the chain's own joint stays at zero: q4 when the wrist is straight (its other branch has q4
    half a turn away), q1 when the wrist centre lies on axis 1. A pose out of reach by no more than ``beyond`` [m] is
    solved at the end of the reach.
    """
    n = len(base_T_flange)
    q, miss = np.empty((8, 6, n)), np.empty((8, n))
    g = geometry
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    signs = np.array(g.sign), np.array(g.offset)
    opw_kernel.all_branches(poses, *_frames(g), *signs, beyond, np.empty((4, 12 * BLOCK)), q, miss)
    q.setflags(write=False)
    miss.setflags(write=False)
    return Branches(q=q.transpose(2, 0, 1), miss=miss.T)


def opw_margins(geometry: OpwGeometry, base_T_flange: Array, limits: Limits) -> Array:
    """Return the smallest margin (n, 8) of every branch of `solve_opw`, none of which is written: see `margins`."""
    margin = np.empty((8, len(base_T_flange)))
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    seen = _seen(geometry, limits)
    opw_kernel.all_margins(poses, *_frames(geometry), *seen, np.empty((5, 12 * BLOCK)), margin)
    return margin.T


def opw_best(geometry: OpwGeometry, asked: Asked, world_T_base: Array, limits: Limits) -> Array:
    """Return the best margin (p, o) of every operation from every base (p, 4, 4): see `best_margins`."""
    room = np.empty((6, 12 * BLOCK))
    return best_of(opw_kernel.best_margins, room, _frames(geometry), _seen(geometry, limits), asked, world_T_base)


def _frames(g: OpwGeometry) -> tuple[Array, Array, Array]:
    """Return shoulder_T_base, flange_T_wrist and the measures, as the kernels ask for them."""
    left, right = inv(g.base_T_opw), inv(g.opw_flange_T_flange)
    left[2, 3] -= g.c1
    right[:3, 3] -= g.c4 * right[:3, 2]
    return left, right, np.array([g.a1, g.a2, g.b, g.c2, g.c3, math.atan2(g.a2, g.c3)])


def _seen(g: OpwGeometry, limits: Limits) -> tuple[float, Array, Array, Array]:
    """Return joint 4 at a straight wrist, and the limits as angles of the ideal arm."""
    middle = np.asarray(g.sign * limits[0] + g.offset)
    both = np.stack([middle, middle])
    both[1, 3:] += math.pi, -2.0 * middle[4], math.pi
    return float(g.offset[3]), both - math.tau * np.rint(both / math.tau), limits[1], limits[2]
