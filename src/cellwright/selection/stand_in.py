"""An arm of a closed form that stands in for one without: it tells in microseconds where to ask the real one first.

A seven-axis arm whose third joint stays at zero is a six-axis arm that moves in fewer ways: what that one reaches the
real one reaches. An arm whose wrist axes do not meet is near one whose wrist axes do: what that one reaches is worth
asking of the real one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..geometry import Array, frozen, inv, pose
from ..kinematics.chain import Chain, base_T_flange
from ..kinematics.family import Lines, axis_lines, recognise
from ..robots.model import Robot

CLOSED = ("opw", "three_parallel")
_HELD = 2  # the joint of a seven-axis arm that stays at zero


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandIn:
    """An arm of a closed form in the place of another.

    Attributes:
        robot: with chain, limits and family of the arm that stands in; everything else is the real one's.
        exact: all that it reaches the real one reaches, with as much room.
    """

    robot: Robot
    exact: bool


def stand_in(robot: Robot) -> StandIn | None:
    """Return the arm that stands in for one of the families ``seven_r`` and ``general_6r``, None where none does."""
    lines, flange = axis_lines(robot.chain), base_T_flange(robot.chain, np.zeros(robot.dof))
    keep = [i for i in range(robot.dof) if robot.dof == 6 or i != _HELD]
    if robot.dof == 7 and not robot.lower[_HELD] < 0.0 < robot.upper[_HELD]:
        return None
    lines = Lines(point=lines.point[keep], along=lines.along[keep])
    for exact in (True, False):
        if not exact:
            lines, flange = _met(lines, flange)
        chain = _chain(robot.chain, keep, lines, flange)
        if (family := recognise(chain)) in CLOSED:
            limits = {"lower": frozen(robot.lower[keep]), "upper": frozen(robot.upper[keep])}
            return StandIn(robot=replace(robot, chain=chain, family=family, **limits), exact=exact)
    return None


def _met(lines: Lines, flange: Array) -> tuple[Lines, Array]:
    """Return axes of which the last three meet where axis 5 passes axis 4, and the flange, which goes with axis 6."""
    four, five = lines.along[3], lines.along[4]
    normal = np.cross(four, five)
    between = lines.point[3] - lines.point[4]
    size = float(normal @ normal)
    along = float(np.cross(between, four) @ -normal) / size if size > 0.0 else 0.0
    wrist = lines.point[4] + along * five
    six = lines.point[5] + lines.along[5] * float(lines.along[5] @ (wrist - lines.point[5]))
    moved = np.array(lines.point)
    moved[3:] = wrist
    return Lines(point=frozen(moved), along=lines.along), pose(wrist - six) @ flange


def _chain(robot: Chain, keep: list[int], lines: Lines, flange: Array) -> Chain:
    """Return the chain whose axes at zero are ``lines``, its frames turned as the base."""
    steps = np.diff(lines.point, axis=0, prepend=np.zeros((1, 3)))
    return Chain(
        joints=tuple(robot.joints[i] for i in keep),
        links=(robot.links[0], *(robot.links[i + 1] for i in keep)),
        parent_T_joint=frozen(np.stack([pose(step) for step in steps])),
        axis=frozen(lines.along),
        prismatic=np.zeros(len(keep), np.bool_),
        last_T_flange=frozen(inv(pose(lines.point[-1])) @ flange),
    )
