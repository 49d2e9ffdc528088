"""An arm and the axes beside it as one group: what one controller moves together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..geometry import Array, frozen
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
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


def on_track(robot: Robot, track: Track) -> Robot:
    """Return the robot with a track as its first joint; nothing is known of the track's own shape and masses."""
    chain, controller = robot.chain, robot.controller
    if controller is not None:
        axis_map = np.eye(chain.dof + 1)
        axis_map[1:, 1:] = controller.axis_map
        controller = replace(controller, axis_map=frozen(axis_map), axis_zero=_with(0.0, controller.axis_zero))
    group = Chain(
        joints=(track.name, *chain.joints),
        links=(track.name, *chain.links),
        parent_T_joint=frozen(np.concatenate([np.eye(4)[None], chain.parent_T_joint])),
        axis=frozen(np.concatenate([track.along[None], chain.axis])),
        prismatic=np.concatenate([[True], chain.prismatic]),
        last_T_flange=chain.last_T_flange,
        passive=tuple(
            replace(one, before=one.before + 1, weights=frozen(np.concatenate([[0.0], one.weights])))
            for one in chain.passive
        ),
    )
    return replace(
        robot,
        chain=group,
        family=recognise(group),
        lower=_with(track.lower, robot.lower),
        upper=_with(track.upper, robot.upper),
        speed=_with(track.speed, robot.speed),
        acceleration=_with(track.acceleration, robot.acceleration),
        effort=None if robot.effort is None else _with(np.nan, robot.effort),
        home=_with(track.rest, robot.home),
        geometry=(LinkGeometry(link=track.name, basis="none", source="the job says nothing of it"), *robot.geometry),
        inertia=(None, *robot.inertia),
        controller=controller,
        beside=robot.beside + 1,
    )


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
        geometry=robot.geometry[n:],
        inertia=robot.inertia[n:],
        controller=controller,
        beside=0,
    )


@lru_cache(maxsize=64)  # a chain is a value: what is known of an arm is kept by it
def arm_chain(chain: Chain, beside: int) -> Chain:
    """Return the joints of a group's chain from the arm's base on."""
    return Chain(
        joints=chain.joints[beside:],
        links=chain.links[beside:],
        parent_T_joint=frozen(chain.parent_T_joint[beside:]),
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
        last_T_flange=frozen(np.eye(4)),
    )


def _with(first: float, rest: Array) -> Array:
    return frozen([first, *rest])
