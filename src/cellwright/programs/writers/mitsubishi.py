"""MELFA-BASIC V for Mitsubishi controllers: one ``.prg`` with its steps and, after them, its position data.

Positions count from the robot's own base frame: whether ``Base`` takes a user frame or its inverse, public sources
say both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import CALLS, Leg, call, frame_T_start, legs, narrow, numbered, percent
from .numbers import Resolution, fixed, fixed_xyz_form, six
from .posture import Posture, postures
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 12
COMMENT = 110
STEPS = 32767
"""Largest number of a step."""

RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-7, joint=1.7453292519943295e-7, share=1e-3)
UNVERIFIED = (
    "A B C: Rz(C) Ry(B) Rx(A)",
    "positions count from the robot's own base frame (Base P_NBase)",
    "FL1: 4 right + 2 above + 1 not flipped; FL2: whole turns, 4 bits an axis",
    "Cnt 1,r,r begins a corner r before it",
)
TO_FILL = ("programs CW_PROC_ON, CW_PROC_OFF, CW_WEAV_ON, CW_WEAV_OFF: the welder's signals",)

_ROUTINES = {
    "process_on": "CW_PROC_ON",
    "process_off": "CW_PROC_OFF",
    "weave_on": "CW_WEAV_ON",
    "weave_off": "CW_WEAV_OFF",
}
_FORM = fixed_xyz_form(4, 5)


@dataclass(slots=True)
class _Program:
    """Steps, and position data in the order they were asked for."""

    steps: list[str] = field(default_factory=list[str])
    data: list[str] = field(default_factory=list[str])

    def say(self, *instructions: str) -> None:
        """Add steps."""
        self.steps += instructions

    def position(self, letter: str, value: str) -> str:
        """Add a position and return its name."""
        name = f"{letter}{len(self.data) + 1}"
        self.data.append(f"{name}={value}")
        return name


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in MELFA-BASIC, or is longer than its step numbers reach.
    """
    told = script(plan)
    name = identifier(told.job, prefix="JOB_", limit=NAME_LIMIT).upper()
    program = _Program()
    names = {name: told.job, "Tool": told.tool}
    program.say(*(f"'{line}" for line in narrow(header(told, "MELFA-BASIC V", names, UNVERIFIED), COMMENT)))
    _open(program, told)
    stands = postures(plan.cell.robot, np.array([step.move.q for step in told.steps]))
    now = {"Cnt": "0", "JOvrd": percent(START_SPEED, 1)}
    for leg in legs(plan, told):
        _move(plan, told, program, leg, stands[leg.index], now)
        for event in leg.step.events:
            program.say(*_event(event, leg.seam))
    program.say("End")
    if len(program.steps) > STEPS:
        what = f"{len(program.steps)} steps are more than the {STEPS} that MELFA-BASIC counts"
        raise ProgramError(what, fix="part the job in two")
    lines = [*(f"{i} {step}" for i, step in enumerate(program.steps, start=1)), *program.data]
    return {f"{name}.prg": "".join(f"{line}\r\n" for line in lines).encode("ascii")}


def _open(program: _Program, told: Script) -> None:
    program.say("Servo On", "Ovrd 100", f"Tool {_values(told.mount_T_tcp)}")
    if told.mass is None:
        program.say("'PLACEHOLDER: the mass of the tool is not known, the load that is set stays")
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        places = ", ".join(fixed(mm(float(v)), 1) for v in centre)
        program.say(f"'The hand's load must be set: {fixed(told.mass, 3)} kg at {places} mm seen from the face")
    program.say(
        "Base P_NBase", "Cnt 0", f"JOvrd {percent(START_SPEED, 1)}", f"Mov {program.position('J', _joints(told.start))}"
    )
    for event in told.events:
        program.say(*_event(event, 0))


def _move(plan: Plan, told: Script, program: _Program, leg: Leg, stand: Posture, now: dict[str, str]) -> None:
    move, zone = leg.step.move, leg.step.zone

    def setting(what: str, value: str, text: str) -> None:
        if now.get(what) != value:
            now[what] = value
            program.say(text)

    if leg.heading is not None:
        program.say(f"'{leg.heading}")
    corner = "0" if zone <= 0.0 else f"1,{fixed(mm(zone), 3)},{fixed(mm(zone), 3)}"
    setting("Cnt", corner, f"Cnt {corner}")
    if move.kind == "joint":
        setting("JOvrd", percent(move.speed, 1), f"JOvrd {percent(move.speed, 1)}")
        program.say(f"Mov {program.position('J', _joints(leg.step.joints))}")
        return
    setting("Spd", fixed(mm(move.speed), 3), f"Spd {fixed(mm(move.speed), 3)}")
    root_T_frame = told.root_T_frame[move.frame]
    flags = _flags(stand, degrees(leg.step.joints))

    def place(frame_T_tcp: Array) -> str:
        return program.position("P", f"{_values(root_T_frame @ frame_T_tcp)}{flags}")

    if move.kind == "arc" and move.frame_T_via is not None:
        points = (frame_T_start(plan, leg), move.frame_T_via, move.frame_T_tcp)
        program.say(f"Mvr {','.join(map(place, points))}")
    else:
        program.say(f"Mvs {place(move.frame_T_tcp)}")


def _joints(joints: Array) -> str:
    return f"({','.join(fixed(angle, 5) for angle in degrees(joints))})"


def _values(a_T_b: Array) -> str:
    return f"({','.join(six(_FORM, a_T_b))})"


def _flags(stand: Posture, angles: Sequence[float]) -> str:
    first = 4 * (not stand.rear) + 2 * (not stand.folded) + (not stand.flipped)
    turns = (-int((180.0 - round(angle, 6)) // 360.0) for angle in angles)
    second = sum((turn & 0xF) << (4 * i) for i, turn in enumerate(turns))
    return f"({first},{second})"


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"'{told_values(event)}"
            yield f'CallP "{_ROUTINES[event.kind]}",{",".join(call(event, seam))}'
        case "wait":
            yield f"Dly {fixed(number(event, 'time') or 0.0, 3)}"
        case "set_output":
            port, state = signal(event)
            yield f"M_Out({numbered(port, 0, 32767)})={int(state)}"
        case "wait_input":
            port, state = signal(event)
            yield f"Wait M_In({numbered(port, 0, 32767)})={int(state)}"
        case _:
            raise ProgramError(f"MELFA-BASIC has no words for {shown(event.kind)}", fix="leave the event out")
