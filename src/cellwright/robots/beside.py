"""An arm and the axes beside it as one group: what one controller moves together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np

from ..geometry import Array, frozen, inv, pose
from ..kinematics.chain import Chain, Passive
from ..kinematics.family import recognise
from ..shapes import Capsule, Mesh, moved
from .model import LinkGeometry, Robot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """A straight track that carries the arm's base.

    Attributes:
        name: of its joint.
        along: (3,) unit direction of positive motion, seen from the base.
        lower, upper, rest: limits, and where it waits [m]; 0 is where the base is said to stand.
        speed: largest [m/s].
        acceleration: largest [m/s2]; NaN where unknown.
    """

    name: str
    along: Array
    lower: float
    upper: float
    rest: float
    speed: float
    acceleration: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turning:
    """A turning axis of a positioner under the part.

    Attributes:
        name: of its joint.
        point, along: (3,) a point on the axis and the direction of positive turns, seen from the arm's base, with all
            axes of the positioner at zero [m].
        lower, upper, rest: limits, and where it waits [rad].
        speed: largest [rad/s].
        acceleration: largest [rad/s2]; NaN where unknown.
    """

    name: str
    point: Array
    along: Array
    lower: float
    upper: float
    rest: float
    speed: float
    acceleration: float


def on_track(robot: Robot, track: Track) -> Robot:
    """Return the robot with a track as its first joint; nothing is known of the track's own shape and masses."""
    chain = robot.chain
    group = Chain(
        joints=(track.name, *chain.joints),
        links=(track.name, *chain.links),
        parent_T_joint=frozen(np.concatenate([np.eye(4)[None], chain.parent_T_joint])),
        axis=frozen(np.concatenate([track.along[None], chain.axis])),
        prismatic=np.concatenate([[True], chain.prismatic]),
        last_T_flange=chain.last_T_flange,
        passive=_later(chain, 1),
    )
    foot = LinkGeometry(link=track.name, basis="none", source="the job says nothing of it")
    return _widened(
        robot, group, geometry=(foot, *robot.geometry), lower=[track.lower], upper=[track.upper], speed=[track.speed],
        acceleration=[track.acceleration], rest=[track.rest],
    )  # fmt: skip


def facing(robot: Robot, axes: Sequence[Turning], table: str) -> Robot:
    """Return the robot with the axes of a positioner as its first joints, the table that it faces as its first link.

    Seen from the table it is the world that turns, with the robot in it: the group is one chain from what is worked
    on to the flange, and what stands on the table stands still. Its first joint is the axis next to the table. With
    all of them at zero nothing is moved, and a positive position turns the table by it as seen from the world.

    Args:
        robot: with its track, if it has one.
        axes: of the positioner, from the ground up.
        table: name of the link that carries the part.
    """
    chain, n = robot.chain, len(axes)
    down = tuple(reversed(axes))
    points = np.array([axis.point for axis in down])
    steps = pose(np.diff(points, axis=0, prepend=np.zeros((1, 3))))
    foot = pose(-points[-1])  # the robot's own foot, seen from the last of these joints
    first, *others = robot.geometry
    group = Chain(
        joints=(*(axis.name for axis in down), *chain.joints),
        links=(table, *(axis.name for axis in down[1:]), *chain.links),
        parent_T_joint=frozen(
            np.concatenate([steps, (foot @ chain.parent_T_joint[0])[None], chain.parent_T_joint[1:]])
        ),
        axis=frozen(np.concatenate([[-axis.along for axis in down], chain.axis])),
        prismatic=np.concatenate([np.zeros(n, np.bool_), chain.prismatic]),
        last_T_flange=chain.last_T_flange,
        passive=_later(chain, n),
    )
    bare = (LinkGeometry(link=link, basis="none", source="a body of the cell") for link in group.links[:n])
    return _widened(
        robot, group, geometry=(*bare, _shifted(first, foot), *others),
        **{name: [getattr(axis, name) for axis in down] for name in ("lower", "upper", "speed", "acceleration")},
        rest=[axis.rest for axis in down],
    )  # fmt: skip


def arm_of(robot: Robot) -> Robot:
    """Return the arm alone, as it stands on its base: what inverse kinematics knows."""
    n = robot.beside
    if not n:
        return robot
    chain, controller = arm_chain(robot.chain, n), robot.controller
    if controller is not None:
        controller = replace(controller, axis_map=controller.axis_map[n:, n:], axis_zero=controller.axis_zero[n:])
    return replace(
        robot,
        chain=chain,
        family=recognise(chain),
        lower=robot.lower[n:],
        upper=robot.upper[n:],
        speed=robot.speed[n:],
        acceleration=robot.acceleration[n:],
        effort=None if robot.effort is None else robot.effort[n:],
        home=robot.home[n:],
        geometry=(_shifted(robot.geometry[n], inv(_foot(robot.chain, n))), *robot.geometry[n + 1 :]),
        inertia=robot.inertia[n:],
        controller=controller,
        beside=0,
    )


@lru_cache(maxsize=64)  # a chain is a value: what is known of an arm is kept by it
def arm_chain(chain: Chain, beside: int) -> Chain:
    """Return the joints of a group's chain from the arm's base on."""
    first = inv(_foot(chain, beside)) @ chain.parent_T_joint[beside]
    return Chain(
        joints=chain.joints[beside:],
        links=chain.links[beside:],
        parent_T_joint=frozen(np.concatenate([first[None], chain.parent_T_joint[beside + 1 :]])),
        axis=frozen(chain.axis[beside:]),
        prismatic=chain.prismatic[beside:],
        last_T_flange=chain.last_T_flange,
        passive=tuple(
            replace(one, before=one.before - beside, weights=frozen(one.weights[beside:])) for one in chain.passive
        ),
    )


@lru_cache(maxsize=64)
def beside_chain(chain: Chain, beside: int) -> Chain:
    """Return the first joints of a group's chain, which carry the arm's base as their flange."""
    return Chain(
        joints=chain.joints[:beside],
        links=chain.links[: beside + 1],
        parent_T_joint=frozen(chain.parent_T_joint[:beside]),
        axis=frozen(chain.axis[:beside]),
        prismatic=chain.prismatic[:beside],
        last_T_flange=frozen(_foot(chain, beside)),
    )


def _foot(chain: Chain, beside: int) -> Array:
    """Return the arm's base (4, 4) seen from the last joint beside it: with these at zero it is the chain's own."""
    foot = np.eye(4)
    for step in chain.parent_T_joint[:beside]:
        foot = inv(step) @ foot
    return foot


def _later(chain: Chain, more: int) -> tuple[Passive, ...]:
    """Return a chain's joints without a drive as they are behind so many more joints."""
    none = np.zeros(more)
    return tuple(
        replace(one, before=one.before + more, weights=frozen(np.concatenate([none, one.weights])))
        for one in chain.passive
    )


def _shifted(link: LinkGeometry, frame_T_link: Array) -> LinkGeometry:
    """Return a link's geometry in another frame of the same rigid body."""
    if np.array_equal(frame_T_link, np.eye(4)):
        return link
    return replace(
        link,
        capsules=tuple(cast(Capsule, moved(capsule, frame_T_link)) for capsule in link.capsules),
        mesh=None if link.mesh is None else cast(Mesh, moved(link.mesh, frame_T_link)),
        visual=None if link.visual is None else cast(Mesh, moved(link.visual, frame_T_link)),
    )


def _widened(
    robot: Robot, group: Chain, *, geometry: tuple[LinkGeometry, ...], lower: list[float], upper: list[float],
    speed: list[float], acceleration: list[float], rest: list[float],
) -> Robot:  # fmt: skip
    """Return the robot with more joints before its own; nothing is known of their masses."""
    n, controller = len(rest), robot.controller
    if controller is not None:
        axis_map = np.eye(group.dof)
        axis_map[n:, n:] = controller.axis_map
        controller = replace(
            controller, axis_map=frozen(axis_map), axis_zero=frozen([*np.zeros(n), *controller.axis_zero])
        )
    return replace(
        robot,
        chain=group,
        family="general",
        lower=frozen([*lower, *robot.lower]),
        upper=frozen([*upper, *robot.upper]),
        speed=frozen([*speed, *robot.speed]),
        acceleration=frozen([*acceleration, *robot.acceleration]),
        effort=None if robot.effort is None else frozen([*np.full(n, np.nan), *robot.effort]),
        home=frozen([*rest, *robot.home]),
        geometry=geometry,
        inertia=(*(None for _ in range(n)), *robot.inertia),
        controller=controller,
        beside=robot.beside + n,
    )
