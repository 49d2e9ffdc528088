"""How far the arm stays from its limits and from a straight wrist along every operation, from many places at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, inv
from ..kinematics.branches import Branches
from ..kinematics.inverse import solve
from ..kinematics.opw import opw_geometry
from ..kinematics.opw_ik import REACH
from ..kinematics.turns import branch_margin
from ..robots.model import Robot
from .samples import Samples

ENOUGH = 1.0
"""More distance from a limit than this adds nothing [rad]."""

_BATCH = 100_000  # poses that are solved at once


def best_margins(robot: Robot, operations: tuple[Samples, ...], world_T_base: Array) -> Array:
    """Return the margin (p, o) [rad] of every operation from every base (p, 4, 4).

    It is the largest over runs and branches of the smallest over a run's samples; at a sample of a run with several
    turns the best of them counts. Negative where an operation is not reached; at most ``ENOUGH``.
    """
    if not sum(len(o.world_T_flange) for o in operations):
        return np.full((len(world_T_base), len(operations)), -1.0)
    world_T_flange = np.concatenate([o.world_T_flange for o in operations])
    operation = np.concatenate([np.full(len(o.run), i) for i, o in enumerate(operations)])
    ends = np.concatenate([_ends(o) for o in operations])
    if robot.family == "opw":
        return _opw(robot, world_T_flange, world_T_base, ends, operation, len(operations))
    found = np.empty((len(world_T_base), len(operations)))
    step = max(1, _BATCH // len(world_T_flange))
    for k in range(0, len(world_T_base), step):
        base_T_flange = inv(world_T_base[k : k + step])[:, None] @ world_T_flange
        margin = branch_margins(robot, solve(robot.chain, base_T_flange.reshape(-1, 4, 4)))
        found[k : k + step] = _reduced(margin.reshape(*base_T_flange.shape[:2], -1), ends, operation, len(operations))
    return found


def branch_margins(robot: Robot, branches: Branches) -> Array:
    """Return how far (n, k) each branch is from the limits and from a straight wrist [rad]; -1 where there is none."""
    margin = branch_margin(branches, robot.lower, robot.upper, sliding=robot.chain.prismatic)
    if robot.dof == 6:
        bend = branches.q[..., 4]
        if robot.family == "opw":
            geometry = opw_geometry(robot.chain)
            bend = geometry.sign[4] * bend + geometry.offset[4]
        margin = np.fmin(margin, np.abs(bend - np.pi * np.round(bend / np.pi)))
    return np.where(np.isnan(branches.q[..., 0]), -1.0, np.minimum(margin, ENOUGH))


def _ends(samples: Samples) -> NDArray[np.int64]:
    """Return (n,) 2 at the last pose of a run, else 1 at the last of a sample, else 0."""
    later = np.append(np.diff(samples.sample) != 0, True)
    last = np.append(np.diff(samples.run) != 0, True)
    return np.where(last, 2, np.where(later, 1, 0)) if len(samples.run) else np.zeros(0, np.int64)


def _opw(
    robot: Robot, world_T_flange: Array, world_T_base: Array,
    ends: NDArray[np.int64], operation: NDArray[np.int64], count: int,
) -> Array:  # fmt: skip
    from .margins_kernel import BLOCK, best_margins  # compiles: only when asked

    g = opw_geometry(robot.chain)
    shoulder_T_base, flange_T_wrist = inv(g.base_T_opw), inv(g.opw_flange_T_flange)
    shoulder_T_base[2, 3] -= g.c1
    flange_T_wrist[:3, 3] -= g.c4 * flange_T_wrist[:3, 2]
    finite = np.isfinite(robot.lower) & np.isfinite(robot.upper)
    low, high = np.where(finite, robot.lower, 0.0), np.where(finite, robot.upper, 0.0)
    best = np.empty((len(world_T_base), count))
    best_margins(
        np.ascontiguousarray(world_T_flange), np.ascontiguousarray(shoulder_T_base @ inv(world_T_base)), flange_T_wrist,
        np.array([g.a1, g.a2, g.b, g.c2, g.c3]), np.array(g.sign), np.array(g.offset),
        REACH if g.exact else 10.0 * g.residual,
        (low + high) / 2, np.where(finite, (high - low) / 2, np.inf), ENOUGH, ends, operation,
        np.empty((5, 12 * BLOCK)), best,
    )  # fmt: skip
    return best


def _reduced(margin: Array, ends: NDArray[np.int64], operation: NDArray[np.int64], count: int) -> Array:
    """Return (p, o) the best run and branch of each operation; ``margin`` is (p, n, k)."""
    sample_first = np.concatenate([[0], np.flatnonzero(ends[:-1] > 0) + 1])
    here = np.maximum.reduceat(margin, sample_first, axis=1)
    kind = ends[np.append(sample_first[1:] - 1, len(ends) - 1)]
    run_first = np.concatenate([[0], np.flatnonzero(kind[:-1] == 2) + 1])
    run = np.minimum.reduceat(here, run_first, axis=1).max(2)
    best = np.full((len(margin), count), -1.0)
    for i, o in enumerate(operation[sample_first[run_first]]):
        best[:, o] = np.maximum(best[:, o], run[:, i])
    return best
