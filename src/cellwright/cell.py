"""The cell: where robot, tool, part and everything around them stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .geometry import Array
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
class Cell:
    """A robot with its tool at its place among bodies.

    Attributes:
        frames: named user frames (``part``) seen from the world.
        bodies: everything that stands still, the part's solids included.
        home: (dof,) where the robot starts and ends [rad or m].
        clearance: smallest distance wanted between bodies that may not touch [m].
        tool_clearance: the same between the tool and what stands at the part: part and fixtures [m].
        allowed: pairs of body names that may touch, with the reason. Links, tool bodies and bodies share one
            name space: link names as in the chain, tool bodies as ``tool.<name>``.
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
