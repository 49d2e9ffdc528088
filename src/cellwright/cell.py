"""The cell: where robot, tool, part and everything around them stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .geometry import Array, inv
from .kinematics.chain import base_T_links
from .robots.model import Datum, Robot
from .shapes import Shape

Kind = Literal["part", "fixture", "obstacle", "floor", "pedestal", "avoid"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A rigid body that stands still in the world.

    Attributes:
        name: unique in the cell.
        kind: ``avoid`` is a volume to keep out of, not a thing; ``pedestal`` carries the robot.
        shapes: in the body's frame [m].
        world_T_body: (4, 4).
    """

    name: str
    kind: Kind
    shapes: tuple[Shape, ...]
    world_T_body: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolBody:
    """A piece of the tool, in the flange's frame; ``working`` marks the end that may touch what it works on."""

    name: str
    shapes: tuple[Shape, ...]
    working: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tool:
    """What is mounted on the flange.

    Attributes:
        flange_T_tcp: (4, 4); z points where the tool works.
        mass: [kg], may be unknown.
        flange_p_centre: (3,) centre of mass seen from the flange [m]; None where unknown.
    """

    name: str
    flange_T_tcp: Array
    bodies: tuple[ToolBody, ...]
    mass: Datum
    flange_p_centre: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positioner:
    """Turning axes under the part, moved by the robot's own controller; its joints are the first of the group.

    Attributes:
        joints: (n,) names of the axes from the ground up; the group counts them from the table down.
        points, along: (n, 3) each axis in the world with all of them at zero [m].
        carries: (n,) the names of the bodies that each axis carries; the last carries the part. What no axis carries
            stands in the world.
        own: (n + 1,) the names of its own bodies among all, those that stand on the ground first.
        coordinated: its axes may move while the tool works; else they stand still in every stroke.
    """

    joints: tuple[str, ...]
    points: Array
    along: Array
    carries: tuple[tuple[str, ...], ...]
    own: tuple[tuple[str, ...], ...]
    coordinated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """A robot with its tool at its place among bodies.

    Poses are seen from the world. Where a positioner moves the part they are seen from its table, which coincides with
    the world while all its axes are at zero: the part and its frames then stand still, and the world turns with the
    robot in it. ``world_moved`` tells how far.

    Attributes:
        frames: named user frames (``part``) seen from the world.
        bodies: everything that stands still, the part's solids included.
        home: (dof,) where the robot starts and ends [rad or m].
        clearance: smallest distance wanted between bodies that may not touch [m].
        tool_clearance: the same between the tool and what stands at the part: part and fixtures [m].
        allowed: pairs of body names that may touch, with the reason. Links, tool bodies and bodies share one
            name space: link names as in the chain, tool bodies as ``tool.<name>``.
        positioner: what the part is clamped on; None where the part stands still in the world.
    """

    robot: Robot
    world_T_base: Array
    tool: Tool
    frames: dict[str, Array]
    bodies: tuple[Body, ...]
    home: Array
    clearance: float
    tool_clearance: float
    allowed: tuple[tuple[str, str, str], ...] = ()
    positioner: Positioner | None = field(default=None, metadata={"left_out": True})


def link_of(cell: Cell, body: str) -> int:
    """Return the link of the group's chain that carries a body: 0 for what stands still, seen as ``Cell`` says."""
    if cell.positioner is None:
        return 0
    n = len(cell.positioner.joints)
    return next((n - 1 - i for i, names in enumerate(cell.positioner.carries) if body in names), n)


def links_moved(cell: Cell, q: Array) -> Array:
    """Return by how much the links (n, dof + 1, 4, 4) have moved from where they are at zero, at ``q`` (n, dof)."""
    chain, foot = cell.robot.chain, cell.world_T_base
    at_zero = foot @ base_T_links(chain, np.zeros(chain.dof))
    return foot @ base_T_links(chain, q) @ inv(at_zero)


def world_moved(cell: Cell, q: Array) -> Array:
    """Return by how much the world has moved (n, 4, 4), seen from what stands still, at ``q`` (n, dof).

    What ``Cell`` says to be at ``a`` is at ``inv(world_moved) @ a`` in the world; without a positioner nothing moves.
    """
    if cell.positioner is None:
        return np.broadcast_to(np.eye(4), (len(q), 4, 4))
    return links_moved(cell, q)[:, len(cell.positioner.joints)]
