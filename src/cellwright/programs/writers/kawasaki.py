"""AS for Kawasaki controllers: one ``.as`` file with the program and the routines it calls.

The user frame is the base transformation (``BASE``), set back at the end. Exact stops are ``BREAK``: the accuracy
alone only says when an axis counts as arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import CALLS, ROUTINES, Leg, call, legs, numbered, percent, used_calls
from .numbers import Resolution, fixed, six, zyz_form
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 15
RESOLUTION = Resolution(length=1e-6, angle=1.7453292519943295e-6, joint=1.7453292519943295e-7, share=1e-4)
UNVERIFIED = (
    "BASE is the user frame seen from the robot's own base frame",
    "SPEED in percent counts for JMOVE, in MM/S for LMOVE and C1MOVE",
    "ACCURACY is the distance from the corner where it begins",
    "WEIGHT takes kg and mm seen from the face",
)
TO_FILL = ("cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: the welder's signals or arc instructions",)

_FORM = zyz_form(3, 4)


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in AS.
    """
    told = script(plan)
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT).lower()
    text = "".join(f"{line}\r\n" for line in _text(plan, told, name))
    return {f"{name}.as": text.encode("ascii")}


def _text(plan: Plan, told: Script, name: str) -> Iterator[str]:
    yield f".PROGRAM {name}()"
    frames = list(told.root_T_frame)
    names = {name: told.job, "TOOL": told.tool} | {f"BASE {i + 1}": frame for i, frame in enumerate(frames)}
    for line in header(told, "AS for Kawasaki", names, UNVERIFIED):
        yield f"  ; {line}"
    yield f"  TOOL {_trans(told.mount_T_tcp)}"
    if told.mass is None:
        yield "  ; PLACEHOLDER: the mass of the tool is not known, the load that is set stays:"
        yield "  ; WEIGHT ...,...,...,..."
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        yield f"  WEIGHT {fixed(told.mass, 3)},{','.join(fixed(mm(float(v)), 3) for v in centre)}"
    now: dict[str, str] = {}
    if frames:
        yield from _set(now, "BASE", f"BASE {_trans(told.root_T_frame[frames[0]])}")
    yield from _set(now, "SPEED", f"SPEED {percent(START_SPEED, 2)} ALWAYS")
    yield f"  JMOVE {_joints(told.start)}"
    yield "  BREAK"
    for event in told.events:
        yield from _event(event, 0)
    for leg in legs(plan, told):
        if leg.heading is not None:
            yield f"  ; {leg.heading}"
        yield from _move(told, leg, now)
        for event in leg.step.events:
            yield from _event(event, leg.seam)
    yield "  BASE NULL"
    yield ".END"
    for kind in used_calls(told):
        parameters, meaning = ROUTINES[kind]
        yield f".PROGRAM cw_{kind}({','.join(f'.{word}' for word in parameters.split(', '))})"
        yield f"  ; {meaning}"
        yield "  ; TO FILL: does nothing yet. With the arc option its instructions, else the welder's signals"
        yield ".END"


def _set(now: dict[str, str], what: str, instruction: str) -> Iterator[str]:
    if now.get(what) != instruction:
        now[what] = instruction
        yield f"  {instruction}"


def _move(told: Script, leg: Leg, now: dict[str, str]) -> Iterator[str]:
    move, zone = leg.step.move, leg.step.zone
    if move.kind != "joint":
        yield from _set(now, "BASE", f"BASE {_trans(told.root_T_frame[move.frame])}")
    if zone > 0.0:
        yield from _set(now, "ACCURACY", f"ACCURACY {fixed(mm(zone), 3)} ALWAYS")
    if move.kind == "joint":
        yield from _set(now, "SPEED", f"SPEED {percent(move.speed, 2)} ALWAYS")
        yield f"  JMOVE {_joints(leg.step.joints)}"
    else:
        yield from _set(now, "SPEED", f"SPEED {fixed(mm(move.speed), 3)} MM/S ALWAYS")
        if move.kind == "arc" and move.frame_T_via is not None:
            yield f"  C1MOVE {_trans(move.frame_T_via)}"
            yield f"  C2MOVE {_trans(move.frame_T_tcp)}"
        else:
            yield f"  LMOVE {_trans(move.frame_T_tcp)}"
    if zone <= 0.0:
        yield "  BREAK"


def _joints(joints: Array) -> str:
    return f"#[{','.join(fixed(angle, 5) for angle in degrees(joints))}]"


def _trans(a_T_b: Array) -> str:
    return f"TRANS({','.join(six(_FORM, a_T_b))})"


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"  ; {told_values(event)}"
            yield f"  CALL cw_{event.kind}({','.join(call(event, seam))})"
        case "wait":
            yield f"  TWAIT {fixed(number(event, 'time') or 0.0, 3)}"
        case "set_output":
            port, state = signal(event)
            yield f"  SIGNAL {'' if state else '-'}{numbered(port, 1, 960)}"
        case "wait_input":
            port, state = signal(event)
            yield f"  WAIT SIG({'' if state else '-'}{numbered(port, 1, 2960)})"
        case _:
            raise ProgramError(f"AS has no words for {shown(event.kind)}", fix="leave the event out")
