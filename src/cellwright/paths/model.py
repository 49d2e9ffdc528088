"""A path: the moves of a robot, each in the terms a controller knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..geometry import Array
from ..processes.work import Event, Role


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Move:
    """One move from where the last one ended.

    Attributes:
        kind: joint move, or line or arc of the TCP.
        q: (dof,) joint positions at the end [rad or m], turns included.
        frame: name of the user frame of the poses.
        frame_T_tcp: (4, 4) TCP at the end.
        frame_T_via: (4, 4) TCP about half-way of an arc; None otherwise.
        speed: TCP speed [m/s] of a line or arc; share (0, 1] of the joints' largest speeds of a joint move.
        zone: how far from the end the controller may start to round the corner [m]; 0 = exact stop.
        role: ``transit`` or the role of the segment.
        operation: index into the work's operations; None for transits.
        events: what happens at the move's start and end, in order.
    """

    kind: Literal["joint", "line", "arc"]
    q: Array
    frame: str
    frame_T_tcp: Array
    frame_T_via: Array | None = None
    speed: float
    zone: float
    role: Role | Literal["transit"]
    operation: int | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """All moves of one robot from ``start`` (dof,) on."""

    start: Array
    moves: tuple[Move, ...]
