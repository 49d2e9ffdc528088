"""What a robot program says, in no brand's words: the neutral form that every reader returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..errors import Where
from ..geometry import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A tool or user frame in force.

    Attributes:
        name: as the program calls it; a number where it has no name; empty for the controller's own null frame.
        outer_T_frame: (4, 4) ``mount_T_tcp`` of a tool, ``root_T_frame`` of a user frame; None where the files do not
            say where it lies.
    """

    name: str
    outer_T_frame: Array | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Move:
    """A motion to a joint target or to a pose; neither where the files do not hold the target.

    Attributes:
        kind: how the TCP gets there.
        joints: (dof,) the controller's own axis values [rad], its zero and signs.
        frame_T_tcp: (4, 4) target pose in the user frame.
        frame_T_via: (4, 4) the point an arc passes.
        joints_via: (dof,) the same at the point an arc passes.
        counts: (dof,) encoder counts of the axes, where the program says these and not angles; None otherwise.
        external: external axes as written, [mm] or [deg]: most languages do not say which of the two.
        configuration: bits and turns as written, by the language's names.
        speed: TCP speed [m/s]; None where not said or where a share is said.
        share: share (0, 1] of the joints' largest speeds; None where not said.
        axis_speed: rates of the axes [rad/s] where the program says these: one of the axis that leads, or one an axis.
        turn_speed: largest turn rate of the tool [rad/s]; None where not said.
        duration: [s] where the program states the time instead of a speed.
        zone: where rounding of the corner may start [m]; 0 = exact stop; None where it is relative or unknown.
        zone_share: the same as a share of half the way of a joint move, where the program says that; None otherwise.
        missing: names of data that the files do not hold.
    """

    where: Where
    kind: Literal["joint", "line", "arc"]
    tool: Frame
    frame: Frame
    joints: Array | None = None
    frame_T_tcp: Array | None = None
    frame_T_via: Array | None = None
    joints_via: Array | None = None
    counts: Array | None = None
    external: tuple[float, ...] = ()
    configuration: Mapping[str, int] = field(default_factory=dict[str, int])
    speed: float | None = None
    share: float | None = None
    axis_speed: tuple[float, ...] = ()
    turn_speed: float | None = None
    duration: float | None = None
    zone: float | None = 0.0
    zone_share: float | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that happens at a place of the path.

    Attributes:
        kind: the words of ``processes.work.Event``.
        values: parameters in SI by neutral name (``current``, ``voltage``, ``job``, ...), or plain text.
    """

    where: Where
    kind: Literal["process_on", "process_off", "weave_on", "weave_off", "set_output", "wait_input", "wait"]
    values: Mapping[str, float | str] = field(default_factory=dict[str, float | str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of another routine.

    Attributes:
        routine: its name.
        known: its statements follow, read from these files.
        arguments: the numbers that are handed over, NaN where one is not known; empty where they are not read.
    """

    where: Where
    routine: str
    known: bool
    arguments: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A branch, loop or jump: kept as text, what it governs is read once in the order of the file."""

    where: Where
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A statement that changes the state (tool, speed, data) or is known to have no effect on motion."""

    where: Where
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A statement that the reader does not understand; ``motion`` and ``flow`` may change where the robot goes."""

    where: Where
    text: str
    kind: Literal["motion", "flow", "other"]
    reason: str = ""


Statement = Move | Signal | Call | Flow | Setting | Unknown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statements:
    """A program as read: every statement in the order in which it runs.

    Attributes:
        brand: key of the robot language.
        statements: comments and headers left out.
        uncalled: names of routines that nothing calls; their statements follow the program's own.
    """

    brand: str
    statements: tuple[Statement, ...]
    uncalled: tuple[str, ...] = ()

    @property
    def moves(self) -> tuple[Move, ...]:
        """The understood motion statements."""
        return tuple(s for s in self.statements if isinstance(s, Move))

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What the reader did not understand."""
        return tuple(s for s in self.statements if isinstance(s, Unknown))

    @property
    def understood(self) -> float:
        """Share [0, 1] of all statements that were understood; 1 for an empty program."""
        return 1.0 - len(self.unknown) / len(self.statements) if self.statements else 1.0

    @property
    def motion_understood(self) -> float:
        """Share [0, 1] of the motion statements that were understood; 1 where there are none."""
        lost = sum(s.kind == "motion" for s in self.unknown)
        total = len(self.moves) + lost
        return 1.0 - lost / total if total else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """On which side the wrist stands; the sign of each tells a bit of the languages' configurations.

    Attributes:
        ahead: how far the wrist centre lies before axis 1, on the side the arm faces [m]; negative = behind.
        beyond: how far it lies before the line from axis 2 to axis 3 [m]; negative = behind.
        wrist: axis 5 as the controller counts it [rad].
    """

    ahead: float
    beyond: float
    wrist: float


NULL = Frame(name="", outer_T_frame=None)
"""No frame chosen yet."""
