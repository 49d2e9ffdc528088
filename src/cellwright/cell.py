"""The cell: where robot, tool, part and everything around them stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from .geometry import Array, frozen, inv
from .kinematics.chain import Chain, base_T_links
from .robots.model import Datum, Robot
from .shapes import Shape, moved

Kind = Literal["part", "fixture", "obstacle", "floor", "pedestal", "avoid"]


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
    held: bool = False


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
class Cell:
    """A robot with its tool at its place among bodies.

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
    mechanisms: tuple[Mechanism, ...] = ()

    @property
    def dof(self) -> int:
        """Number of joints of the robot and of all mechanisms."""
        return self.robot.dof + sum(mechanism.chain.dof for mechanism in self.mechanisms)


def world_T_carried(cell: Cell, q: Array) -> dict[str, Array]:
    """Return where each body that a mechanism carries is (n, 4, 4) at ``q`` (n, dof), by its name.

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
