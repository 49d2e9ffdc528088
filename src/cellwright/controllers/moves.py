"""Point-to-point moves: all joints begin and end together on the straight way between two positions."""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from ..robots.model import Robot
from .ramps import RAMPS, accelerations


def joint_time(robot: Robot, start: Array, end: Array) -> Array:
    """Return the nominal time (...) [s] of a synchronised point-to-point move from ``start`` to ``end`` (..., dof).

    A trapezoid of speed along the straight way in joint space, as fast as every joint's speed and acceleration allow.
    Unknown speeds count as 1 rad/s: fit to compare, not to tell.
    """
    speed = np.where(np.isfinite(robot.speed), robot.speed, 1.0)
    acceleration = accelerations(robot)[1]
    acceleration = np.where(np.isfinite(acceleration), acceleration, speed / RAMPS[1])
    way = np.abs(end - start)
    slow, weak = (way / speed).max(-1), (way / acceleration).max(-1)
    full = slow**2 <= weak  # full speed is not reached
    return np.where(full, 2 * np.sqrt(weak), slow + weak / np.where(full, 1.0, slow))


def s_curve_time(start: Array, end: Array, speed: Array, acceleration: Array, jerk: Array) -> Array:
    """Return the time (...) [s] of the same move with limited jerk: up to seven phases of constant jerk.

    Args:
        start, end: (..., dof) [rad or m].
        speed, acceleration, jerk: (dof,) limits of the joints.
    """
    way = np.abs(end - start)
    v, a, j = (1.0 / np.maximum((way / limit).max(-1), 1e-300) for limit in (speed, acceleration, jerk))
    ramp = np.where(v * j >= a * a, a / j + v / a, 2.0 * np.sqrt(v / j))  # from rest to full speed
    cruise = 1.0 / v + ramp
    hold = a / j + 2.0 * np.sqrt(0.25 * (a / j) ** 2 + 1.0 / a)  # full speed is not reached, full acceleration is
    short = 4.0 * np.cbrt(0.5 / j)
    time = np.where(v * ramp <= 1.0, cruise, np.where(2.0 * a**3 <= j * j, hold, short))
    return np.where(way.max(-1) > 0.0, time, 0.0)
