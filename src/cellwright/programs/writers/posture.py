"""The posture of a six-axis arm, for languages that name it beside a pose: side of shoulder, of elbow, of wrist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry import Array, frozen
from ...kinematics.chain import base_T_links
from ...robots.model import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """How the arm stands, compared with the controller's zero position, where all three are False.

    Attributes:
        rear: the wrist centre is on the other side of axis 1.
        folded: the wrist centre is on the other side of the line from axis 2 to axis 3.
        flipped: axis 5 is negative as the controller counts.
    """

    rear: bool
    folded: bool
    flipped: bool


def posture(robot: Robot, q: Array) -> Posture:
    """Return the posture at ``q`` (6,) [rad] of an arm whose axes 4, 5 and 6 meet in a point."""
    controller = robot.controller
    assert controller is not None, "script() refuses robots without one"
    zero = frozen(np.linalg.solve(controller.axis_map, -controller.axis_zero))
    counted = controller.axis_map @ q + controller.axis_zero
    reach, bend = _sides(robot, q)
    reach_zero, bend_zero = _sides(robot, zero)
    return Posture(
        rear=reach * reach_zero < 0,
        folded=bend * bend_zero < 0,
        flipped=bool(round(np.degrees(counted[4]), 4) < 0),
    )


def _sides(robot: Robot, q: Array) -> tuple[float, float]:
    """Return how far the wrist centre reaches in front of axis 1, and how far beside the lower arm [m, m2]."""
    frames = base_T_links(robot.chain, q)
    points = frames[1:, :3, 3]
    axes = np.stack([frames[i + 1, :3, :3] @ robot.chain.axis[i] for i in range(6)])
    wrist = _nearest(points[4], axes[4], points[5], axes[5])
    # seen from the link that axis 1 carries: "in front" is across both axis 1 and axis 2
    ahead = np.cross(axes[1], axes[0])
    reach = float(ahead @ (wrist - points[0]))
    bend = float(axes[1] @ np.cross(points[2] - points[1], wrist - points[2]))
    return reach, bend


def _nearest(p: Array, u: Array, r: Array, v: Array) -> Array:
    """Return the point of the line p + s u that is nearest to the line r + t v."""
    normal = np.cross(u, v)
    s = float(np.cross(r - p, v) @ normal) / float(normal @ normal)
    return p + s * u
