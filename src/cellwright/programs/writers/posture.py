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
    return postures(robot, np.asarray(q)[None])[0]


def postures(robot: Robot, q: Array) -> list[Posture]:
    """Return the postures at ``q`` (n, 6) [rad], all at once."""
    controller = robot.controller
    assert controller is not None, "script() refuses robots without one"
    zero = np.linalg.solve(controller.axis_map, -controller.axis_zero)
    wrist = np.round(np.degrees(q @ controller.axis_map[4] + controller.axis_zero[4]), 4)
    reach, bend = _sides(robot, frozen(np.concatenate([zero[None], q])))
    rear, folded = reach[1:] * reach[0] < 0, bend[1:] * bend[0] < 0
    return [
        Posture(rear=bool(a), folded=bool(b), flipped=bool(c)) for a, b, c in zip(rear, folded, wrist < 0, strict=True)
    ]


def _sides(robot: Robot, q: Array) -> tuple[Array, Array]:
    """Return how far the wrist centre (n,) reaches in front of axis 1, and how far beside the lower arm [m, m2]."""
    frames = base_T_links(robot.chain, q)
    points = frames[:, 1:, :3, 3]
    axes = np.einsum("nikl,il->nik", frames[:, 1:, :3, :3], robot.chain.axis)
    wrist = _nearest(points[:, 4], axes[:, 4], points[:, 5], axes[:, 5])
    # seen from the link that axis 1 carries: "in front" is across both axis 1 and axis 2
    ahead = np.cross(axes[:, 1], axes[:, 0])
    reach = (ahead * (wrist - points[:, 0])).sum(-1)
    bend = (axes[:, 1] * np.cross(points[:, 2] - points[:, 1], wrist - points[:, 2])).sum(-1)
    return reach, bend


def _nearest(p: Array, u: Array, r: Array, v: Array) -> Array:
    """Return the points (n, 3) of the lines p + s u that are nearest to the lines r + t v."""
    normal = np.cross(u, v)
    s = (np.cross(r - p, v) * normal).sum(-1) / (normal * normal).sum(-1)
    return p + s[:, None] * u
