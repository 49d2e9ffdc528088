"""Reasons of a selection confirmed by somebody else: numeric inverse kinematics from many starts, and Coal.

Nothing here asks the package's own inverse kinematics or collision. A reason of reach or limits is confirmed when no
start of a bounded least-squares search (scipy) meets the pose that is said to be missed.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from cellwright.geometry import Array, inv
from cellwright.robots.model import Robot
from cellwright.selection.ground import Ground

STARTS = 24
MET = 1e-5


def flange(robot: Robot, q: Array) -> Array:
    """Return base_T_flange (4, 4) by the product of the joints' own transforms."""
    at = np.eye(4)
    for i, (step, axis) in enumerate(zip(robot.chain.parent_T_joint, robot.chain.axis, strict=True)):
        moved = np.eye(4)
        if robot.chain.prismatic[i]:
            moved[:3, 3] = axis * q[i]
        else:
            x, y, z = axis
            cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
            moved[:3, :3] = np.eye(3) + np.sin(q[i]) * cross + (1 - np.cos(q[i])) * cross @ cross
        at = at @ step @ moved
    return at @ robot.chain.last_T_flange


def met(robot: Robot, base_T_flange: Array, *, seed: int, starts: int = STARTS) -> bool:
    """Return whether some start of a search within the limits meets the pose (4, 4)."""
    low = np.where(np.isfinite(robot.lower), robot.lower, -2 * np.pi)
    high = np.where(np.isfinite(robot.upper), robot.upper, 2 * np.pi)

    def off(q: Array) -> Array:
        at = flange(robot, q)
        turn = base_T_flange[:3, :3].T @ at[:3, :3]
        angle = 0.5 * np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
        # an angle of 180 deg has no skew part either
        return np.concatenate([at[:3, 3] - base_T_flange[:3, 3], angle, [max(0.0, 1.0 - (np.trace(turn) - 1) / 2)]])

    random = np.random.default_rng(seed)
    for _ in range(starts):
        start = low + (high - low) * random.random(robot.dof)
        found = least_squares(off, start, bounds=(low, high), xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=200)
        if np.linalg.norm(found.fun) < MET:
            return True
    return False


def shift(robot: Robot, poses: Array, *, seed: int, starts: int = STARTS) -> float:
    """Return by how much (in m) the nearest of poses (n, 4, 4) has to be moved, unturned, for the arm to meet it."""
    low = np.where(np.isfinite(robot.lower), robot.lower, -2 * np.pi)
    high = np.where(np.isfinite(robot.upper), robot.upper, 2 * np.pi)
    random = np.random.default_rng(seed)
    least = np.inf
    for pose in poses:

        def off(q: Array, pose: Array = pose) -> Array:
            at = flange(robot, q)
            # columns weigh so much more than the place that only turns that are met are left
            return np.concatenate([at[:3, 3] - pose[:3, 3], 30.0 * (at[:3, :3] - pose[:3, :3]).ravel()])

        for _ in range(starts):
            start = low + (high - low) * random.random(robot.dof)
            found = least_squares(off, start, bounds=(low, high), max_nfev=200).fun
            if np.abs(found[3:]).max() / 30.0 < 2e-3:
                least = min(least, float(np.linalg.norm(found[:3])))
    return least


def misses(
    ground: Ground, robot: Robot, operation: str, world_T_base: Array, *, seed: int, starts: int = STARTS
) -> bool:
    """Return whether an operation really cannot be followed from a place, as far as a stranger's search tells.

    That is so where some sample along it is met with no turn of the tool.
    """
    index = [o.name for o in ground.work.operations].index(operation)
    samples = ground.turning[index]
    base_T_world = inv(world_T_base)
    for k in range(samples.samples):
        poses = samples.world_T_flange[samples.sample == k]
        if not any(met(robot, base_T_world @ pose, seed=seed, starts=starts) for pose in poses):
            return True
    # each sample alone is met: what is missed is one posture from end to end, with one turn of the tool
    return False
