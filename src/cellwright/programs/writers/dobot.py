"""Lua for Dobot's six-axis arms (controllers of generation 4): one ``.lua`` script.

Tool and user frames are written into the numbers 9 and down at the start, for the run of the program.
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
from .numbers import Resolution, fixed, fixed_xyz_form, six
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
TOOL, FIRST_FRAME = 9, 9
RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-8, joint=1.7453292519943295e-8, share=0.01)
UNVERIFIED = (
    "SetUser and SetTool hold for the run of the program",
    "r begins a corner of MovL and Arc r mm before it; MovJ has a share cp only, 1 is the narrowest",
    "v of MovJ counts of the largest speed, with the speed that is chosen at the pendant",
)
TO_FILL = ("cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: the welder's signals",)

_FORM = fixed_xyz_form(4, 6)


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in this language.
    """
    told = script(plan)
    if len(told.root_T_frame) > FIRST_FRAME:
        raise ProgramError(f"more than {FIRST_FRAME} user frames cannot be set", fix="name fewer frames in the job")
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT)
    text = "".join(f"{line}\n" for line in _text(plan, told, name))
    return {f"{name}.lua": text.encode("ascii")}


def _text(plan: Plan, told: Script, name: str) -> Iterator[str]:
    numbers = {frame: FIRST_FRAME - i for i, frame in enumerate(told.root_T_frame)}
    names = {name: told.job, f"tool {TOOL}": told.tool} | {f"user {n}": frame for frame, n in numbers.items()}
    for line in header(told, "Lua for Dobot", names, UNVERIFIED):
        yield f"-- {line}"
    for kind in used_calls(told):
        parameters, meaning = ROUTINES[kind]
        yield f"function cw_{kind}({parameters})"
        yield f"  -- {meaning}"
        yield "  -- TO FILL: does nothing yet, the welder's signals of this cell belong here, such as DO(..., ON)"
        yield "end"
    for frame, user in numbers.items():
        yield f"SetUser({user}, {{{_values(told.root_T_frame[frame])}}})"
    yield f"SetTool({TOOL}, {{{_values(told.mount_T_tcp)}}})"
    if told.mass is None:
        yield "-- PLACEHOLDER: the mass of the tool is not known, the payload that is set stays:"
        yield "-- SetPayload(..., {..., ..., ...})"
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        yield f"SetPayload({fixed(told.mass, 3)}, {{{', '.join(fixed(mm(float(v)), 3) for v in centre)}}})"
    user = next(iter(numbers.values()), 0)
    yield f"MovJ({_joints(told.start)}, {{user={user}, tool={TOOL}, v={percent(START_SPEED)}, cp=0}})"
    for event in told.events:
        yield from _event(event, 0)
    for leg in legs(plan, told):
        if leg.heading is not None:
            yield f"-- {leg.heading}"
        yield _move(leg, numbers, user)
        for event in leg.step.events:
            yield from _event(event, leg.seam)


def _move(leg: Leg, numbers: dict[str, int], user: int) -> str:
    move, zone = leg.step.move, leg.step.zone
    if move.kind == "joint":
        how = f"user={user}, tool={TOOL}, v={percent(move.speed)}, cp={1 if zone > 0.0 else 0}"
        return f"MovJ({_joints(leg.step.joints)}, {{{how}}})"
    corner = f"r={fixed(mm(zone), 3)}" if zone > 0.0 else "cp=0"
    how = f"user={numbers[move.frame]}, tool={TOOL}, speed={fixed(mm(move.speed), 4)}, {corner}"
    end = f"{{pose={{{_values(move.frame_T_tcp)}}}}}"
    if move.kind == "arc" and move.frame_T_via is not None:
        return f"Arc({{pose={{{_values(move.frame_T_via)}}}}}, {end}, {{{how}}})"
    return f"MovL({end}, {{{how}}})"


def _joints(joints: Array) -> str:
    return f"{{joint={{{', '.join(fixed(angle, 6) for angle in degrees(joints))}}}}}"


def _values(a_T_b: Array) -> str:
    return ", ".join(six(_FORM, a_T_b))


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"-- {told_values(event)}"
            yield f"cw_{event.kind}({', '.join(call(event, seam))})"
        case "wait":
            yield f"Wait({round((number(event, 'time') or 0.0) * 1e3)})"
        case "set_output":
            port, state = signal(event)
            yield f"DO({numbered(port, 1, 64)}, {'ON' if state else 'OFF'})"
        case "wait_input":
            port, state = signal(event)
            yield f'Wait("DI({numbered(port, 1, 64)}) == {"ON" if state else "OFF"}")'
        case _:
            raise ProgramError(f"this language has no words for {shown(event.kind)}", fix="leave the event out")
