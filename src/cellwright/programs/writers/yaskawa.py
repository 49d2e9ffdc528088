"""INFORM for DX200 and YRC1000: a job ``.JBI`` with the tool and the user frames it counts on (``.CND``).

Pulses a degree are data of each robot's own controller (ALL.PRM), so every target is a pose with its RCONF, joint
moves too. A long path goes to jobs that the first one calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array, frozen, inv
from ...kinematics.chain import base_T_flange
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import Frames, Leg, frame_T_start, frames, legs, narrow, numbered, parts, percent, swing
from .numbers import Resolution, fixed, fixed_xyz_form, six
from .posture import Posture, postures
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
COMMENT = 30
POINTS = 4000
"""Moves in one job; the rest goes to jobs that the first one calls."""

TOOL, FIRST_FRAME = 9, 9
"""Number of the tool and of the first user frame; the other frames count down."""

RESOLUTION = Resolution(length=1e-6, angle=1.7453292519943295e-6, joint=1.7453292519943295e-6, share=1e-4)
UNVERIFIED = (
    "Rx Ry Rz: Rz Ry Rx",
    "RCONF upper and lower arm by the side of the elbow",
    "V counts in mm/s, whatever a parameter may say",
    "PL=1 is the narrowest corner",
    "WVON AMP= is to each side",
)
TO_FILL = (
    "TOOL.CND and UFRAME.CND replace tool and user frames of the same numbers: load them, or teach these numbers",
    "ASF and AEF files of the job's number: the welder's start and end conditions",
)

_FORM = fixed_xyz_form(3, 4)


@dataclass(slots=True)
class _Job:
    """Positions and instructions; a position knows what stands above it: user frame and RCONF."""

    points: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    lines: list[str] = field(default_factory=list[str])

    def point(self, values: Sequence[str], user: int | None, figure: str) -> str:
        """Add a position and return its name; ``user`` None counts from the robot's own frame."""
        place = "ROBOT" if user is None else f"USER {user}"
        self.points.append((place, figure, ",".join(values)))
        return f"C{len(self.points) - 1:05d}"

    def remark(self, text: str) -> None:
        """Add comments."""
        self.lines += (f"'{line}" for line in narrow(iter([text]), COMMENT))


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in INFORM.
    """
    told = script(plan)
    if len(told.root_T_frame) > FIRST_FRAME:
        raise ProgramError(f"more than {FIRST_FRAME} user frames cannot be set", fix="name fewer frames in the job")
    name = identifier(told.job, prefix="JOB_", limit=NAME_LIMIT - 4).upper()
    numbers = {frame: FIRST_FRAME - i for i, frame in enumerate(told.root_T_frame)}
    set_frames = frames(told, _FORM)
    q = np.array([plan.path.start, *(step.move.q for step in told.steps)])
    stands = postures(plan.cell.robot, q)
    figures = [
        _figure(stand, degrees(axes))
        for stand, axes in zip(stands, (told.start, *(step.joints for step in told.steps)), strict=True)
    ]
    cut = parts(list(legs(plan, told)), POINTS)
    main = _opening(plan, told, name, numbers, figures[0])
    files: dict[str, bytes] = {}
    if len(cut) == 1:
        _body(plan, told, cut[0], main, numbers, set_frames, figures)
    else:
        for n, part in enumerate(cut, start=1):
            below = _Job()
            _body(plan, told, part, below, numbers, set_frames, figures)
            files[f"{name}_{n}.JBI"] = _text(f"{name}_{n}", below)
            main.lines.append(f"CALL JOB:{name}_{n}")
    conditions = {"TOOL.CND": _tool(told, set_frames), "UFRAME.CND": _users(numbers, set_frames)}
    return {f"{name}.JBI": _text(name, main)} | files | conditions


def _text(name: str, job: _Job) -> bytes:
    lines = ["/JOB", f"//NAME {name}", "//POS", f"///NPOS {len(job.points)},0,0,0,0,0", f"///TOOL {TOOL}"]
    place, figure = "", ""
    for i, (where, rconf, values) in enumerate(job.points):
        if where != place:
            lines += [f"///{where}"] if where.startswith("USER") else []
            lines += [f"///POSTYPE {where.partition(' ')[0]}", "///RECTAN"]
            figure = ""
        if rconf != figure:
            lines.append(f"///RCONF {rconf}")
        place, figure = where, rconf
        lines.append(f"C{i:05d}={values}")
    lines += ["//INST", "///DATE 2024/01/01 00:00", "///COMM Cellwright", "///ATTR SC,RW", "///GROUP1 RB1", "NOP"]
    return "".join(f"{line}\r\n" for line in (*lines, *job.lines, "END")).encode("ascii")


def _opening(plan: Plan, told: Script, name: str, numbers: dict[str, int], figure: str) -> _Job:
    job = _Job()
    names = {name: told.job, f"TOOL {TOOL}": told.tool} | {f"USER {n}": frame for frame, n in numbers.items()}
    for line in header(told, "INFORM for DX200 and YRC1000", names, UNVERIFIED):
        job.remark(line)
    if told.mass is None:
        job.remark("PLACEHOLDER: the mass of the tool is not known, TOOL.CND says 0")
    cell = plan.cell
    base_T_tcp = base_T_flange(cell.robot.chain, plan.path.start) @ cell.tool.flange_T_tcp
    start = job.point(six(_FORM, frozen(inv(told.controller.base_T_root) @ base_T_tcp)), None, figure)
    job.lines.append(f"MOVJ {start} VJ={percent(START_SPEED, 2)}")
    for event in told.events:
        _event(job, event)
    return job


def _body(
    plan: Plan,
    told: Script,
    course: Sequence[Leg],
    job: _Job,
    numbers: dict[str, int],
    set_frames: Frames,
    figures: Sequence[str],
) -> None:
    arc = False
    for leg in course:
        move = leg.step.move
        figure = figures[leg.index + 1]
        if leg.heading is not None:
            job.remark(leg.heading)
        corner = " PL=1" if leg.step.zone > 0.0 else " PL=0"
        speed = f"V={_rate(move.speed)}"
        if move.kind == "joint":
            if leg.burning is not None:
                raise ProgramError("INFORM welds along lines and arcs only", fix="let a line lead away from the seam")
            if move.frame in numbers:
                frame_T_tcp = inv(told.root_T_frame[move.frame]) @ _root_T_tcp(plan, told, leg)
                values = six(_FORM, set_frames.written_T_frame[move.frame] @ frame_T_tcp)
                point = job.point(values, numbers[move.frame], figure)
            else:
                point = job.point(six(_FORM, _root_T_tcp(plan, told, leg)), None, figure)
            job.lines.append(f"MOVJ {point} VJ={percent(move.speed, 2)}{corner}")
        else:
            left, user = set_frames.written_T_frame[move.frame], numbers[move.frame]

            def place(frame_T_tcp: Array, figure: str = figure, left: Array = left, user: int = user) -> str:
                return job.point(six(_FORM, left @ frame_T_tcp), user, figure)

            if move.kind == "arc" and move.frame_T_via is not None:
                if arc:
                    # the last arc's end is this one's start: without a mark the controller takes three points of both
                    job.lines[_last_move(job.lines)] += " FPT"
                else:
                    start = place(frame_T_start(plan, leg), figures[leg.index])
                    job.lines.append(f"MOVC {start} {speed} PL=0")
                via, end = place(move.frame_T_via), place(move.frame_T_tcp)
                job.lines += [f"MOVC {via} {speed}", f"MOVC {end} {speed}{corner}"]
            else:
                job.lines.append(f"MOVL {place(move.frame_T_tcp)} {speed}{corner}")
        arc = move.kind == "arc"
        for event in leg.step.events:
            _event(job, event)


def _last_move(lines: Sequence[str]) -> int:
    return max(i for i, line in enumerate(lines) if line.startswith("MOVC "))


def _root_T_tcp(plan: Plan, told: Script, leg: Leg) -> Array:
    """Return the TCP at the end of a joint move, seen from the robot root."""
    cell = plan.cell
    base_T_tcp = base_T_flange(cell.robot.chain, leg.step.move.q) @ cell.tool.flange_T_tcp
    return frozen(inv(told.controller.base_T_root) @ base_T_tcp)


def _rate(speed: float) -> str:
    """Return a TCP speed in mm/s with the one decimal of the language, rounded down but not to nothing."""
    return fixed(max(1, int(mm(speed) * 10.0 + 1e-6)) / 10.0, 1)


def _figure(stand: Posture, angles: Sequence[float]) -> str:
    """Return RCONF: no flip (R points back), lower arm, rear, then R, T, S beyond 180 deg either way.

    Raises:
        ProgramError: an axis is a full turn or more from zero, which RCONF cannot say.
    """
    beyond: list[int] = []
    for axis in (3, 5, 0):
        angle = round(angles[axis], 4)
        if abs(angle) > 360.0:
            raise ProgramError(f"axis {axis + 1} at {angle:.1f} deg cannot be told by RCONF", fix="give a home nearer")
        beyond.append(int(not -180.0 < angle <= 180.0))
    turned = (round(angles[3], 4) + 270.0) % 360.0  # from the edge of flip, which reaches over half a turn
    flip = turned > 180.0 or turned == 0.0
    bits = [int(not flip), int(stand.folded), int(stand.rear), *beyond]
    return ",".join(map(str, [*bits, *([0] * 18)]))


def _event(job: _Job, event: Event) -> None:
    match event.kind:
        case "process_on":
            schedule, current, voltage = (number(event, key) for key in ("job", "current", "voltage"))
            job.remark(told_values(event))
            if schedule is not None:
                job.lines.append(f"ARCON ASF#({int(schedule)})")
            elif current is not None and voltage is not None:
                job.lines.append(f"ARCON AC={round(current)} AV={fixed(voltage, 1)}")
            else:
                raise ProgramError("ARCON needs a schedule, or current and voltage", fix="give one in the job")
        case "process_off":
            job.lines.append("ARCOF AEF#(1)")
        case "weave_on":
            amplitude, frequency = swing(event)
            job.remark(told_values(event))
            job.lines.append(f"WVON AMP={fixed(mm(amplitude), 1)} FREQ={fixed(frequency, 1)}")
        case "weave_off":
            job.lines.append("WVOF")
        case "wait":
            job.lines.append(f"TIMER T={fixed(number(event, 'time') or 0.0, 2)}")
        case "set_output":
            port, state = signal(event)
            job.lines.append(f"DOUT OT#({numbered(port, 1, 4096)}) {'ON' if state else 'OFF'}")
        case "wait_input":
            port, state = signal(event)
            job.lines.append(f"WAIT IN#({numbered(port, 1, 4096)})={'ON' if state else 'OFF'}")
        case _:
            raise ProgramError(f"INFORM has no words for {shown(event.kind)}", fix="leave the event out")


def _tool(told: Script, set_frames: Frames) -> bytes:
    centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
    return _condition(
        (
            f"//TOOL {TOOL}",
            f"///NAME {identifier(told.tool, prefix='CW_', limit=16)}",
            ",".join(set_frames.tool),
            ",".join(fixed(mm(float(v)), 3) for v in centre),
            fixed(told.mass or 0.0, 3),
            "0.000,0.000,0.000",
        )
    )


def _users(numbers: dict[str, int], set_frames: Frames) -> bytes:
    def lines() -> Iterator[str]:
        for frame, number_ in sorted(numbers.items(), key=lambda item: item[1]):
            yield f"//UFRAME {number_}"
            yield f"///NAME {identifier(frame, prefix='CW_', limit=16)}"
            yield f"///TOOL {TOOL}"
            yield "///GROUP 1,0,0,0,0,0,0,0"
            yield "////BUSER " + ",".join(set_frames.users[frame])

    return _condition(lines())


def _condition(lines: Sequence[str] | Iterator[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
