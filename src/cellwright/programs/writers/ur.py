"""URScript for Universal Robots: one ``.script`` with a function for the job.

A user frame is a pose that the moves multiply with (``pose_trans``), so nothing of the installation is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array, rotation_vector
from ...processes.work import Event
from ..names import identifier, shown
from .course import CALLS, ROUTINES, Leg, call, leading_rate, legs, numbered, start_rate, used_calls
from .numbers import Resolution, fixed
from .script import START_SPEED, Script, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
JOINT_ACCELERATION, ACCELERATION = 1.4, 1.2
"""The language's own defaults [rad/s2, m/s2]: nothing is known of this cell's."""

RESOLUTION = Resolution(length=1e-7, angle=1e-7, joint=1e-7, share=0.0)
UNVERIFIED = (
    "poses count from the frame 'base' of the robot",
    "v of movej is the rate of the joint that turns farthest",
    "the tool turns along movec at a constant rate about one axis (mode 0)",
    "a blend radius r begins r before the corner",
)
TO_FILL = ("cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: the welder's signals",)


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in URScript.
    """
    told = script(plan)
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT)
    frames: dict[str, str] = {}
    for frame in told.root_T_frame:
        frames[frame] = identifier(frame, prefix="cw_user_", limit=NAME_LIMIT, taken=frames.values())
    text = "".join(f"{line}\n" for line in _text(plan, told, name, frames))
    return {f"{name}.script": text.encode("ascii")}


def _text(plan: Plan, told: Script, name: str, frames: dict[str, str]) -> Iterator[str]:
    yield f"def {name}():"
    names = {name: told.job, "the tool": told.tool} | {declared: frame for frame, declared in frames.items()}
    for line in header(told, "URScript", names, UNVERIFIED):
        yield f"  # {line}"
    for kind in used_calls(told):
        parameters, meaning = ROUTINES[kind]
        yield f"  def cw_{kind}({parameters}):"
        yield f"    # {meaning}"
        yield "    # TO FILL: the welder's signals of this cell, such as set_standard_digital_out(..., True)"
        yield "    sync()"
        yield "  end"
    for frame, declared in frames.items():
        yield f"  {declared} = {_pose(told.root_T_frame[frame])}"
    yield f"  set_tcp({_pose(told.mount_T_tcp)})"
    if told.mass is None:
        yield "  # PLACEHOLDER: the mass of the tool is not known, the payload that is set stays:"
        yield "  # set_payload(..., [..., ..., ...])"
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        yield f"  set_payload({fixed(told.mass, 3)}, [{', '.join(fixed(float(v), 4) for v in centre)}])"
    rate = fixed(start_rate(plan.cell.robot, START_SPEED), 6)
    yield f"  movej({_joints(told.start)}, a={fixed(JOINT_ACCELERATION, 3)}, v={rate})"
    for event in told.events:
        yield from (f"  {line}" for line in _event(event, 0))
    for leg in legs(plan, told):
        if leg.heading is not None:
            yield f"  # {leg.heading}"
        yield f"  {_move(plan, leg, frames)}"
        for event in leg.step.events:
            yield from (f"  {line}" for line in _event(event, leg.seam))
    yield "end"
    yield ""
    yield f"{name}()"


def _move(plan: Plan, leg: Leg, frames: dict[str, str]) -> str:
    move = leg.step.move
    corner = f", r={fixed(leg.step.zone, 6)}" if leg.step.zone > 0.0 else ""
    if move.kind == "joint":
        rate = fixed(leading_rate(plan.cell.robot, leg), 6)
        return f"movej({_joints(leg.step.joints)}, a={fixed(JOINT_ACCELERATION, 3)}, v={rate}{corner})"
    frame = frames[move.frame]
    how = f"a={fixed(ACCELERATION, 3)}, v={fixed(move.speed, 6)}{corner}"
    end = f"pose_trans({frame}, {_pose(move.frame_T_tcp)})"
    if move.kind == "line":
        return f"movel({end}, {how})"
    if move.frame_T_via is None:
        raise ProgramError("an arc without a via point cannot be written", fix="report the plan")
    return f"movec(pose_trans({frame}, {_pose(move.frame_T_via)}), {end}, {how}, mode=0)"


def _joints(joints: Array) -> str:
    return f"[{', '.join(fixed(float(q), 7) for q in joints)}]"


def _pose(a_T_b: Array) -> str:
    """Return a pose in m with the rotation vector [rad]."""
    values = (*a_T_b[:3, 3], *rotation_vector(a_T_b[:3, :3]))
    return f"p[{', '.join(fixed(float(v), 7) for v in values)}]"


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
            yield f"set_standard_digital_out({numbered(port, 0, 7)}, {state})"
        case "wait_input":
            port, state = signal(event)
            yield f"while get_standard_digital_in({numbered(port, 0, 7)}) != {state}:"
            yield "  sync()"
            yield "end"
        case _:
            raise ProgramError(f"URScript has no words for {shown(event.kind)}", fix="leave the event out")
