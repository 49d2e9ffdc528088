"""Lua for AUBO's ARCS controllers: one ``.lua`` script, as a script node of a program runs it.

A user frame is a pose that the moves multiply with (``poseTrans``), so nothing of the installation is changed. The
older language of AUBOPE (``move_joint``) is another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ..names import identifier, shown
from .course import CALLS, ROUTINES, Leg, call, leading_rate, legs, numbered, start_rate, used_calls
from .numbers import Resolution, fixed, fixed_xyz
from .script import START_SPEED, Script, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
JOINT_ACCELERATION, ACCELERATION = 0.523599, 1.2
"""Of the controller's own saved programs [rad/s2, m/s2]: nothing is known of this cell's."""

RESOLUTION = Resolution(length=1e-7, angle=1e-7, joint=1e-7, share=0.0)
UNVERIFIED = (
    "the rate of moveJoint is that of the joint that turns farthest",
    "a blend radius begins that far before the corner",
    "a move without a blend radius is over before the next statement",
    "setCirclePathMode(0) turns the tool at a constant rate about one axis",
)
TO_FILL = ("cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: the welder's signals",)


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in this language.
    """
    told = script(plan)
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT)
    frames: dict[str, str] = {}
    for frame in told.root_T_frame:
        frames[frame] = identifier(frame, prefix="cw_user_", limit=NAME_LIMIT, taken=frames.values())
    text = "".join(f"{line}\n" for line in _text(plan, told, name, frames))
    return {f"{name}.lua": text.encode("ascii")}


def _text(plan: Plan, told: Script, name: str, frames: dict[str, str]) -> Iterator[str]:
    names = {name: told.job, "the tool": told.tool} | {declared: frame for frame, declared in frames.items()}
    for line in header(told, "Lua for AUBO ARCS", names, UNVERIFIED):
        yield f"-- {line}"
    for kind in used_calls(told):
        parameters, meaning = ROUTINES[kind]
        yield f"local function cw_{kind}({parameters})"
        yield f"  -- {meaning}"
        yield "  -- TO FILL: does nothing yet, the welder's signals of this cell belong here"
        yield "end"
    yield from _body(plan, told, frames)


def _body(plan: Plan, told: Script, frames: dict[str, str]) -> Iterator[str]:
    for frame, declared in frames.items():
        yield f"local {declared} = {_pose(told.root_T_frame[frame])}"
    yield f"setTcpOffset({_pose(told.mount_T_tcp)})"
    if told.mass is None:
        yield "-- PLACEHOLDER: the mass of the tool is not known, the payload that is set stays:"
        yield "-- setPayload(..., {..., ..., ...}, {0,0,0}, {0,0,0,0,0,0})"
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        places = ", ".join(fixed(float(v), 4) for v in centre)
        yield f"setPayload({fixed(told.mass, 3)}, {{{places}}}, {{0, 0, 0}}, {{0, 0, 0, 0, 0, 0}})"
    if any(step.move.kind == "arc" for step in told.steps):
        yield "setCirclePathMode(0)"
    rate = fixed(start_rate(plan.cell.robot, START_SPEED), 6)
    yield f"moveJoint({_joints(told.start)}, {fixed(JOINT_ACCELERATION, 6)}, {rate}, 0, 0)"
    for event in told.events:
        yield from _event(event, 0)
    for leg in legs(plan, told):
        if leg.heading is not None:
            yield f"-- {leg.heading}"
        yield _move(plan, leg, frames)
        for event in leg.step.events:
            yield from _event(event, leg.seam)


def _move(plan: Plan, leg: Leg, frames: dict[str, str]) -> str:
    move = leg.step.move
    corner = fixed(leg.step.zone, 6) if leg.step.zone > 0.0 else "0"
    if move.kind == "joint":
        rate = fixed(leading_rate(plan.cell.robot, leg), 6)
        return f"moveJoint({_joints(leg.step.joints)}, {fixed(JOINT_ACCELERATION, 6)}, {rate}, {corner}, 0)"
    how = f"{fixed(ACCELERATION, 3)}, {fixed(move.speed, 6)}, {corner}, 0"
    end = f"poseTrans({frames[move.frame]}, {_pose(move.frame_T_tcp)})"
    if move.kind == "arc" and move.frame_T_via is not None:
        return f"moveCircle(poseTrans({frames[move.frame]}, {_pose(move.frame_T_via)}), {end}, {how})"
    return f"moveLine({end}, {how})"


def _joints(joints: Array) -> str:
    return f"{{{', '.join(fixed(float(q), 7) for q in joints)}}}"


def _pose(a_T_b: Array) -> str:
    """Return a pose in m with turns about the fixed axes x, y, z [rad]."""
    values = (*a_T_b[:3, 3], *fixed_xyz(a_T_b[:3, :3]))
    return f"{{{', '.join(fixed(float(v), 7) for v in values)}}}"


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"-- {told_values(event)}"
            yield f"cw_{event.kind}({', '.join(call(event, seam))})"
        case "wait":
            yield f"sleep({fixed(number(event, 'time') or 0.0, 3)})"
        case "set_output":
            port, state = signal(event)
            yield f"setStandardDigitalOutput({numbered(port, 0, 15)}, {'true' if state else 'false'})"
        case "wait_input":
            port, state = signal(event)
            yield f"while getStandardDigitalInput({numbered(port, 0, 15)}) ~= {'true' if state else 'false'} do"
            yield "  sync()"
            yield "end"
        case _:
            raise ProgramError(f"this language has no words for {shown(event.kind)}", fix="leave the event out")
