"""A program move by move: where it starts, what burns, which operation begins, and what a joint move's speed means."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array, frozen, inv
from ...kinematics.chain import base_T_flange
from ...processes.work import Event
from ...robots.model import Robot
from ...units import mm
from ..names import shown
from .numbers import Form, as_said, fixed, six
from .script import Script, Step, number

if TYPE_CHECKING:
    from ...planning.model import Plan

UNKNOWN = -1.0
"""What a call of the cell's own process routines says where the job gives no value."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leg:
    """A move with what is in force while it runs.

    Attributes:
        index: of the move in the plan.
        step: the move, its end as the controller counts, and what happens there.
        q: (dof,) joints of the description before the move.
        heading: what the job calls the operation that begins here; None where none does.
        seam: number of the operation from 1 that the events at its end belong to; 0 where none.
        burning: the schedule that is on during the move.
        weave: the weaving that is on during the move.
    """

    index: int
    step: Step
    q: Array
    heading: str | None
    seam: int
    burning: Event | None
    weave: Event | None


def legs(plan: Plan, told: Script) -> Iterator[Leg]:
    """Yield the moves of a program in order.

    Raises:
        ProgramError: the process is still on at the end, or an arc has no via point.
    """
    burning, weave = _after(None, None, told.events)
    q, operation = plan.path.start, None
    for i, step in enumerate(told.steps):
        move = step.move
        if move.kind == "arc" and move.frame_T_via is None:
            raise ProgramError("an arc without a via point cannot be written", fix="report the plan")
        begins = move.operation is not None and move.operation != operation
        follower = told.steps[i + 1].move if i + 1 < len(told.steps) else None
        after = move.operation if move.operation is not None or follower is None else follower.operation
        yield Leg(
            index=i,
            step=step,
            q=q,
            heading=shown(plan.work.operations[move.operation].name) if begins and move.operation is not None else None,
            seam=0 if after is None else after + 1,
            burning=burning,
            weave=weave,
        )
        burning, weave = _after(burning, weave, step.events)
        q, operation = move.q, move.operation
    if burning is not None:
        raise ProgramError("the process is still on at the end of the program", fix="report the plan")


def _after(burning: Event | None, weave: Event | None, events: Sequence[Event]) -> tuple[Event | None, Event | None]:
    for event in events:
        if event.kind in {"process_on", "process_off"}:
            burning = event if event.kind == "process_on" else None
        elif event.kind in {"weave_on", "weave_off"}:
            weave = event if event.kind == "weave_on" else None
    return burning, weave


def parts(course: Sequence[Leg], most: int) -> list[Sequence[Leg]]:
    """Return the moves in programs of at most ``most``, cut where the robot stands and nothing burns if it can be."""
    cut: list[Sequence[Leg]] = []
    while len(course) > most:
        stands = (
            n + 1
            for n in range(most - 1, most // 2, -1)
            if course[n].step.zone == 0.0 and course[n + 1].burning is None and course[n + 1].weave is None
        )
        n = next(stands, most)
        cut.append(course[:n])
        course = course[n:]
    return [*cut, course]


def frame_T_start(plan: Plan, leg: Leg) -> Array:
    """Return where the TCP (4, 4) stands before a move, seen from the move's user frame."""
    cell = plan.cell
    move = leg.step.move
    if leg.index > 0:
        before = plan.path.moves[leg.index - 1]
        if before.frame == move.frame:
            return before.frame_T_tcp
    world_T_tcp = cell.world_T_base @ base_T_flange(cell.robot.chain, leg.q) @ cell.tool.flange_T_tcp
    return frozen(inv(cell.frames[move.frame]) @ world_T_tcp)


def joint_seconds(robot: Robot, leg: Leg) -> float:
    """Return how long a joint move's slowest joint needs at the planned share of its largest speed [s].

    Raises:
        ProgramError: the joint speeds of the robot are not known.
    """
    move = leg.step.move
    if not bool(np.all(np.isfinite(robot.speed))):
        raise ProgramError(f"the joint speeds of {robot.key} are not known", fix="add them to its data")
    if not 0.0 < move.speed <= 1.0:
        raise ProgramError(f"a joint move at {move.speed:g} of the largest speed cannot be written", fix="report it")
    return float(np.max(np.abs(move.q - leg.q) / robot.speed)) / move.speed


def leading_rate(robot: Robot, leg: Leg) -> float:
    """Return the rate [rad/s] of the joint that turns farthest in a joint move.

    Languages that give a joint speed as a rate mean this joint; the others follow it. A move on the spot gets the
    share of the slowest joint's largest speed.
    """
    time = joint_seconds(robot, leg)
    move = leg.step.move
    way = float(np.max(np.abs(move.q - leg.q)))
    return way / time if time > 0.0 and way > 0.0 else move.speed * float(np.min(robot.speed))


def start_rate(robot: Robot, share: float) -> float:
    """Return a rate [rad/s] that no joint finds faster than ``share`` of its largest speed."""
    if not bool(np.all(np.isfinite(robot.speed))):
        raise ProgramError(f"the joint speeds of {robot.key} are not known", fix="add them to its data")
    return share * float(np.min(robot.speed))


def percent(share: float, decimals: int = 0) -> str:
    """Return a share of the largest speed in percent, rounded down: never faster than planned, but one last digit.

    Raises:
        ProgramError: not a share.
    """
    if not 0.0 < share <= 1.0:
        raise ProgramError(f"a joint move at {share:g} of the largest speed cannot be written", fix="report the plan")
    digit = 10**decimals
    return fixed(max(1, int(100.0 * share * digit + 1e-6)) / digit, decimals)


def numbered(port: float | str, lowest: int, highest: int) -> int:
    """Return the number of a signal.

    Raises:
        ProgramError: a name, a fraction, or out of range.
    """
    if isinstance(port, str) or port != int(port) or not lowest <= port <= highest:
        raise ProgramError(
            f"signal {shown(str(port))} is not a number from {lowest} to {highest}",
            fix="give the number of the signal",
        )
    return int(port)


CALLS = ("process_on", "process_off", "weave_on", "weave_off")
"""Events that languages without words for them hand to routines of the cell."""

ROUTINES = {
    "process_on": ("seam, job, current, voltage", "seam counts from 1, current in A, voltage in V, -1 = not given"),
    "process_off": ("seam", "seam counts from 1"),
    "weave_on": ("seam, amplitude, frequency", "amplitude in mm to each side, frequency in Hz"),
    "weave_off": ("seam", "seam counts from 1"),
}
"""Parameters and their meaning of the routines ``cw_process_on`` and so on, which the cell has to fill."""


def call(event: Event, seam: int) -> list[str]:
    """Return the arguments with which a routine of the cell is called for an event of ``CALLS``.

    Raises:
        ProgramError: weaving without amplitude or frequency.
    """
    if event.kind == "process_on":
        job, current, voltage = (number(event, key) for key in ("job", "current", "voltage"))
        texts = (fixed(UNKNOWN if v is None else v, 3) for v in (current, voltage))
        return [str(seam), str(int(UNKNOWN if job is None else job)), *texts]
    if event.kind == "weave_on":
        amplitude, frequency = swing(event)
        return [str(seam), fixed(mm(amplitude), 3), fixed(frequency, 3)]
    return [str(seam)]


def swing(event: Event) -> tuple[float, float]:
    """Return amplitude to each side [m] and frequency [Hz] of weaving.

    Raises:
        ProgramError: one is missing.
    """
    amplitude, frequency = number(event, "amplitude"), number(event, "frequency")
    if not amplitude or not frequency:
        raise ProgramError("weaving needs an amplitude and a frequency", fix="give both in the job")
    return amplitude, frequency


def used_calls(told: Script) -> list[str]:
    """Return the events of ``CALLS`` that happen in a program, in the order of that table."""
    kinds = {event.kind for event in (*told.events, *(e for step in told.steps for e in step.events))}
    return [kind for kind in CALLS if kind in kinds]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """Tool and user frames to the digits that are written, and their texts.

    Attributes:
        tool: six texts of the tool seen from the face.
        users: six texts of each user frame seen from the root.
        written_T_frame: (4, 4) the planned frame seen from the written one: what the digits left out, which the
            points make good again.
    """

    tool: list[str]
    users: dict[str, list[str]]
    written_T_frame: dict[str, Array]


def frames(told: Script, form: Form) -> Frames:
    """Return tool and user frames as a language with few digits writes them."""
    users = {name: six(form, pose) for name, pose in told.root_T_frame.items()}
    left = {name: frozen(inv(as_said(form, users[name])) @ pose) for name, pose in told.root_T_frame.items()}
    return Frames(tool=six(form, told.mount_T_tcp), users=users, written_T_frame=left)


def narrow(lines: Iterator[str], width: int) -> Iterator[str]:
    """Yield texts in lines of at most ``width`` characters."""
    for line in lines:
        yield from textwrap.wrap(line, width, break_on_hyphens=False) or [""]
