"""The cell: where robot, tool, part and everything around them stand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from .geometry import Array, frozen, inv
from .kinematics.chain import Chain, base_T_links
from .robots.model import Datum, Robot
from .shapes import Shape, moved

Kind = Literal["part", "fixture", "obstacle", "floor", "pedestal", "avoid"]

LEFT_OUT = {"left_out": True}
"""Marks a field that a file does not say where it is its default."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A rigid body that stands still in the world, unless a mechanism carries it.

    Attributes:
        name: unique in the cell.
        kind: ``avoid`` is a volume to keep out of, not a thing; ``pedestal`` carries the robot.
        shapes: in the body's frame [m].
        world_T_body: (4, 4); where a mechanism carries it, with all joints of that at 0.
    """

    name: str
    kind: Kind
    shapes: tuple[Shape, ...]
    world_T_body: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolBody:
    """A piece of the tool, in the flange's frame.

    ``working`` marks the end that may touch what it works on, ``held`` what the tool only carries for a while.
    """

    name: str
    shapes: tuple[Shape, ...]
    working: bool = False
    held: bool = field(default=False, metadata=LEFT_OUT)


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
class Mechanism:
    """What moves bodies of the cell and carries no robot: a positioner, a turntable, a belt, a door.

    Attributes:
        name: unique in the cell.
        chain: of its joints.
        world_T_base: (4, 4) where the chain's base is mounted.
        lower, upper: (dof,) limits of its joints [rad or m]; those of a joint that slides must be finite.
        carries: pairs of a body's name and the joint that moves it, from 0; each body at most once in the cell.
    """

    name: str
    chain: Chain
    world_T_base: Array
    lower: Array
    upper: Array
    carries: tuple[tuple[str, int], ...]


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

    Its ``q`` (n, dof) holds the robot's joints (those beside the arm first), then those of each mechanism in order.

    Attributes:
        frames: named user frames (``part``) seen from the world.
        bodies: everything but the robot and its tool, the part's solids included.
        home: (dof,) where the robot starts and ends [rad or m].
        clearance: smallest distance wanted between bodies that may not touch [m].
        tool_clearance: the same between the tool and what stands at the part: part and fixtures [m].
        allowed: pairs of body names that may touch, with the reason. Links, tool bodies and bodies share one
            name space: link names as in the chain, tool bodies as ``tool.<name>``.
        mechanisms: what moves some of the bodies.
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
    mechanisms: tuple[Mechanism, ...] = field(default=(), metadata=LEFT_OUT)
    positioner: Positioner | None = field(default=None, metadata=LEFT_OUT)

    @property
    def dof(self) -> int:
        """Number of joints of the robot and of all mechanisms."""
        return self.robot.dof + sum(mechanism.chain.dof for mechanism in self.mechanisms)


def link_of(cell: Cell, body: str) -> int:
    """Return the link of the group's chain that carries a body; 0 for what stands still, seen as ``Cell`` says."""
    if cell.positioner is None:
        return 0
    n = len(cell.positioner.joints)
    return next((n - 1 - i for i, names in enumerate(cell.positioner.carries) if body in names), n)


def links_moved(cell: Cell, q: Array) -> Array:
    """Return by how much the links (n, dof + 1, 4, 4) have moved from where they are at zero, at ``q`` (n, dof)."""
    chain, foot = cell.robot.chain, cell.world_T_base
    at_zero = foot @ base_T_links(chain, np.zeros(chain.dof))
    return foot @ base_T_links(chain, q[:, : chain.dof]) @ inv(at_zero)


def world_moved(cell: Cell, q: Array) -> Array:
    """Return by how much the world has moved (n, 4, 4), seen from what stands still, at ``q`` (n, dof).

    What ``Cell`` says to be at ``a`` is at ``inv(world_moved) @ a`` in the world; without a positioner nothing moves.
    """
    if cell.positioner is None:
        return np.broadcast_to(np.eye(4), (len(q), 4, 4))
    return links_moved(cell, q)[:, len(cell.positioner.joints)]


def world_T_carried(cell: Cell, q: Array) -> dict[str, Array]:
    """Return where each body that moves is (n, 4, 4) at ``q`` (n, dof), by its name: carried by a mechanism or a link.

    Raises:
        ValueError: ``q`` has not as many columns as the cell has joints, or a mechanism carries what is not there.
    """
    if q.shape[1] != cell.dof:
        raise ValueError(f"{q.shape[1]} joint positions for a cell of {cell.dof} joints")
    at_zero = {body.name: body.world_T_body for body in cell.bodies}
    first, found = cell.robot.dof, dict[str, Array]()
    for mechanism in cell.mechanisms:
        n = mechanism.chain.dof
        world_T_link = mechanism.world_T_base @ base_T_links(mechanism.chain, q[:, first : first + n])
        link_T_world = inv(mechanism.world_T_base @ base_T_links(mechanism.chain, np.zeros(n)))
        for name, joint in mechanism.carries:
            if name not in at_zero or name in found:
                raise ValueError(f"{mechanism.name} carries {name}, which is no body or is carried twice")
            found[name] = world_T_link[:, joint + 1] @ link_T_world[joint + 1] @ at_zero[name]
        first += n
    if cell.positioner is not None:
        moved_by = links_moved(cell, q)
        links = ((body.name, link_of(cell, body.name)) for body in cell.bodies)
        found |= {name: moved_by[:, link] @ at_zero[name] for name, link in links if link}
    return found


def attached(cell: Cell, name: str, flange_T_body: Array) -> Cell:
    """Return the cell with a body carried by the flange (4, 4), as ``tool.<name>``; what it may touch stays so.

    Raises:
        ValueError: no such body.
    """
    body = next((body for body in cell.bodies if body.name == name), None)
    if body is None:
        raise ValueError(f"no body {name!r}; known: {', '.join(body.name for body in cell.bodies)}")
    piece = ToolBody(name=name, shapes=tuple(moved(shape, flange_T_body) for shape in body.shapes), held=True)
    return replace(
        cell,
        bodies=tuple(other for other in cell.bodies if other is not body),
        tool=replace(cell.tool, bodies=(*cell.tool.bodies, piece)),
        mechanisms=tuple(
            replace(mechanism, carries=tuple(one for one in mechanism.carries if one[0] != name))
            for mechanism in cell.mechanisms
        ),
        allowed=_renamed(cell.allowed, name, f"tool.{name}"),
    )


def put_down(cell: Cell, body: Body, world_T_body: Array) -> Cell:
    """Return the cell in which the flange lets go of what was ``attached``, at ``world_T_body`` (4, 4).

    Args:
        body: as it was before.
    """
    pieces = tuple(piece for piece in cell.tool.bodies if piece.name != body.name)
    return replace(
        cell,
        bodies=(*cell.bodies, replace(body, world_T_body=frozen(world_T_body))),
        tool=replace(cell.tool, bodies=pieces),
        allowed=_renamed(cell.allowed, f"tool.{body.name}", body.name),
    )


def _renamed(pairs: tuple[tuple[str, str, str], ...], old: str, new: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((new if a == old else a, new if b == old else b, why) for a, b, why in pairs)
