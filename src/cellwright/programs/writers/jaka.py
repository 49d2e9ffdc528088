"""JKS for JAKA controllers: one ``.jks`` script.

The language has no routines of its own: what switches the process is a call that the cell has to replace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import deg, mm
from ..names import identifier, shown
from .course import CALLS, Leg, call, leading_rate, legs, numbered, start_rate
from .numbers import Resolution, fixed, fixed_xyz_form, six
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
JOINT_ACCELERATION, ACCELERATION = 200.0, 500.0
"""Of examples of the language's own manual [deg/s2, mm/s2]: nothing is known of this cell's."""

RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-8, joint=1.7453292519943295e-8, share=0.0)
UNVERIFIED = (
    "rx ry rz: Rz Ry Rx",
    "the rate of movj is that of the joint that turns farthest",
    "tol is the distance from the corner where it begins [mm]",
    "set_user_frame and set_tool hold until the next one, the frame set first",
)
TO_FILL = ("the calls of cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: instructions of this cell's welder",)

_FORM = fixed_xyz_form(4, 6)


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in JKS.
    """
    told = script(plan)
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT)
    text = "".join(f"{line}\n" for line in _text(plan, told, name))
    return {f"{name}.jks": text.encode("ascii")}


def _text(plan: Plan, told: Script, name: str) -> Iterator[str]:
    yield "#Begin"
    frames = list(told.root_T_frame)
    names = {name: told.job, "set_tool": told.tool} | {f"user frame {i + 1}": f for i, f in enumerate(frames)}
    for line in header(told, "JKS for JAKA", names, UNVERIFIED):
        yield f"# {line}"
    if any(event.kind in CALLS for event in (*told.events, *(e for step in told.steps for e in step.events))):
        yield f"# TO FILL: {TO_FILL[0]}"
    if told.mass is None:
        yield "# PLACEHOLDER: the mass of the tool is not known, the payload that is set stays:"
        yield "# set_payload(..., [..., ..., ...])"
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        yield f"centroid = [{', '.join(fixed(mm(float(v)), 3) for v in centre)}]"
        yield f"set_payload({fixed(told.mass, 3)}, centroid)"
    now = next(iter(frames), "")
    yield from _frame(told, now)
    yield f"endPosJ = {_joints(told.start)}"
    rate = fixed(deg(start_rate(plan.cell.robot, START_SPEED)), 4)
    yield f"movj(endPosJ, 0, {rate}, {fixed(JOINT_ACCELERATION, 1)}, 0)"
    for event in told.events:
        yield from _event(event, 0)
    for leg in legs(plan, told):
        move = leg.step.move
        if leg.heading is not None:
            yield f"# {leg.heading}"
        if move.kind != "joint" and move.frame != now:
            now = move.frame
            yield from _frame(told, now)
        yield from _move(plan, leg)
        for event in leg.step.events:
            yield from _event(event, leg.seam)
    yield "#end"


def _frame(told: Script, frame: str) -> Iterator[str]:
    if frame:
        yield f"userFrame = {_pose(told.root_T_frame[frame])}"
        yield "set_user_frame(userFrame)"
    yield f"toolOffset = {_pose(told.mount_T_tcp)}"
    yield "set_tool(toolOffset)"


def _move(plan: Plan, leg: Leg) -> Iterator[str]:
    move = leg.step.move
    corner = fixed(mm(leg.step.zone), 3) if leg.step.zone > 0.0 else "0"
    if move.kind == "joint":
        yield f"endPosJ = {_joints(leg.step.joints)}"
        rate = fixed(deg(leading_rate(plan.cell.robot, leg)), 4)
        yield f"movj(endPosJ, 0, {rate}, {fixed(JOINT_ACCELERATION, 1)}, {corner})"
        return
    how = f"0, {fixed(mm(move.speed), 4)}, {fixed(ACCELERATION, 1)}, {corner}"
    if move.kind == "arc" and move.frame_T_via is not None:
        yield f"midPosL = {_pose(move.frame_T_via)}"
        yield f"endPosL = {_pose(move.frame_T_tcp)}"
        yield f"movc(midPosL, endPosL, {how})"
    else:
        yield f"endPosL = {_pose(move.frame_T_tcp)}"
        yield f"movl(endPosL, {how})"


def _joints(joints: Array) -> str:
    return f"[{', '.join(fixed(angle, 6) for angle in degrees(joints))}]"


def _pose(a_T_b: Array) -> str:
    return f"[{', '.join(six(_FORM, a_T_b))}]"


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"# {told_values(event)}"
            yield f"cw_{event.kind}({', '.join(call(event, seam))})"
        case "wait":
            yield f"sleep({fixed(number(event, 'time') or 0.0, 3)})"
        case "set_output":
            port, state = signal(event)
            yield f"set_digital_output(0, {numbered(port, 0, 127)}, {int(state)}, 1)"
        case "wait_input":
            port, state = signal(event)
            yield f"wait_input(0, {numbered(port, 0, 127)}, {int(state)}, 0)"
        case _:
            raise ProgramError(f"JKS has no words for {shown(event.kind)}", fix="leave the event out")
