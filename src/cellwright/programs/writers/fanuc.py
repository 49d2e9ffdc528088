"""TP for FANUC controllers as ASCII ``.ls``: the program, and parts of it that it calls where it is long.

Tool and user frames are set from position registers at the start, as the numbers that stand in the program; nothing
else of the controller is changed. J3 counts from the horizontal, which the robot's axis map says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...controllers.ramps import RAMPS
from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import Frames, Leg, frames, joint_seconds, legs, narrow, numbered, parts, percent, swing
from .numbers import Resolution, fixed, fixed_xyz_form, six
from .posture import Posture, postures
from .script import START_SPEED, Script, degrees, header, number, script, signal, told_values, travel

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 24
COMMENT = 30
POINTS = 4000
"""Moves in one program; the rest goes to programs that the first one calls."""

TOOL, FIRST_FRAME, REGISTER = 9, 9, 99
"""Number of the tool frame, of the first user frame (the others count down), and of the register they pass through."""

RESOLUTION = Resolution(length=1e-6, angle=1.7453292519943295e-5, joint=1.7453292519943295e-5, share=0.01)
UNVERIFIED = (
    "J3 counts from the horizontal: J3 of the arm less J2",
    "W P R: Rz(R) Ry(P) Rx(W)",
    "CONFIG: N where J5 is 0 or less, turns of J1 J4 J6",
    "CNT n leaves n percent of the way in which the robot brakes",
    "Weave amplitude is to each side, a zigzag is Sine",
    "speeds in mm/sec with one decimal",
)
TO_FILL = (
    "Weld Start and Weld End: procedure 1 and the schedule that is the job's number must be set",
    "PAYLOAD[1] must hold the load that the program's header names",
)

_FORM = fixed_xyz_form(3, 3)
_PATTERNS = {"zigzag": "Sine"}


@dataclass(slots=True)
class _Program:
    """Lines of ``/MN`` and positions of ``/POS``."""

    lines: list[str] = field(default_factory=list[str])
    points: list[str] = field(default_factory=list[str])

    def say(self, text: str) -> None:
        """Add an instruction that does not move."""
        self.lines.append(f"{len(self.lines) + 1:4d}:  {text} ;")

    def remark(self, text: str) -> None:
        """Add comments."""
        for line in narrow(iter([text]), COMMENT):
            self.say(f"!{line}")

    def move(self, *texts: str) -> None:
        """Add a motion instruction, which may go on in a second line."""
        self.lines.append(f"{len(self.lines) + 1:4d}:" + "\r\n    :  ".join(texts) + " ;")

    def point(self, lines: Sequence[str]) -> str:
        """Add a position and return what refers to it."""
        self.points.append("\r\n".join([f"P[{len(self.points) + 1}]{{", "   GP1:", *lines, "};"]))
        return f"P[{len(self.points)}]"


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in TP.
    """
    told = script(plan)
    if len(told.root_T_frame) > FIRST_FRAME:
        raise ProgramError(f"more than {FIRST_FRAME} user frames cannot be set", fix="name fewer frames in the job")
    name = identifier(told.job, prefix="JOB_", limit=NAME_LIMIT - 4).upper()
    set_frames = frames(told, _FORM)
    numbers = {frame: FIRST_FRAME - i for i, frame in enumerate(told.root_T_frame)}
    stands = postures(plan.cell.robot, np.array([step.move.q for step in told.steps]))
    cut = parts(list(legs(plan, told)), POINTS)
    main = _opening(told, name, numbers, set_frames)
    files: dict[str, bytes] = {}
    if len(cut) == 1:
        _body(plan, cut[0], main, numbers, set_frames, stands)
    else:
        for n, part in enumerate(cut, start=1):
            below = _Program()
            _select(below, numbers)
            _body(plan, part, below, numbers, set_frames, stands)
            files[f"{name}_{n}.ls"] = _text(f"{name}_{n}", below, f"part {n} of {len(cut)}")
            main.say(f"CALL {name}_{n}")
    return {f"{name}.ls": _text(name, main, "Cellwright")} | files


def _text(name: str, program: _Program, comment: str) -> bytes:
    """Return a file; the dates are fixed, so that the same plan gives the same bytes."""
    head = [
        f"/PROG  {name}",
        "/ATTR",
        "OWNER\t\t= MNEDITOR;",
        f'COMMENT\t\t= "{comment[:16]}";',
        "PROG_SIZE\t= 0;",
        "CREATE\t\t= DATE 24-01-01  TIME 00:00:00;",
        "MODIFIED\t= DATE 24-01-01  TIME 00:00:00;",
        "FILE_NAME\t= ;",
        "VERSION\t\t= 0;",
        f"LINE_COUNT\t= {len(program.lines)};",
        "MEMORY_SIZE\t= 0;",
        "PROTECT\t\t= READ_WRITE;",
        "TCD:  STACK_SIZE\t= 0,",
        "      TASK_PRIORITY\t= 50,",
        "      TIME_SLICE\t= 0,",
        "      BUSY_LAMP_OFF\t= 0,",
        "      ABORT_REQUEST\t= 0,",
        "      PAUSE_REQUEST\t= 0;",
        "DEFAULT_GROUP\t= 1,*,*,*,*;",
        "CONTROL_CODE\t= 00000000 00000000;",
        "/MN",
    ]
    lines = [*head, *program.lines, "/POS", *program.points, "/END"]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _opening(told: Script, name: str, numbers: dict[str, int], set_frames: Frames) -> _Program:
    program = _Program()
    names = {name: told.job, f"UTOOL {TOOL}": told.tool} | {f"UFRAME {n}": frame for frame, n in numbers.items()}
    for line in header(told, "TP for FANUC", names, UNVERIFIED):
        program.remark(line)
    for what, n, texts in (
        ("UTOOL", TOOL, set_frames.tool),
        *(("UFRAME", n, set_frames.users[frame]) for frame, n in numbers.items()),
    ):
        for i, text in enumerate(texts, start=1):
            program.say(f"PR[{REGISTER},{i}]={text}")
        program.say(f"{what}[{n}]=PR[{REGISTER}]")
    _select(program, numbers)
    if told.mass is None or told.mount_p_centre is None:
        program.remark("PLACEHOLDER: the payload that is set stays, the load of the tool is not known")
    else:
        x, y, z = (fixed(mm(float(v)) / 10.0, 2) for v in told.mount_p_centre)
        program.remark(f"PAYLOAD[1] must be {fixed(told.mass, 2)} kg, centre {x} {y} {z} cm")
        program.say("PAYLOAD[1]")
    axes = _axes(degrees(told.start), numbers[next(iter(numbers))] if numbers else 0)
    program.move(f"J {program.point(axes)} {percent(START_SPEED)}% FINE")
    burning = None
    for event in told.events:
        _event(program, event, burning)
        burning = event if event.kind == "process_on" else burning
    return program


def _select(program: _Program, numbers: dict[str, int]) -> None:
    if numbers:
        program.say(f"UFRAME_NUM={next(iter(numbers.values()))}")
    program.say(f"UTOOL_NUM={TOOL}")


def _body(
    plan: Plan,
    course: Sequence[Leg],
    program: _Program,
    numbers: dict[str, int],
    set_frames: Frames,
    stands: Sequence[Posture],
) -> None:
    now = next(iter(numbers), "")
    for leg in course:
        move = leg.step.move
        if leg.heading is not None:
            program.remark(leg.heading)
        if move.kind != "joint" and move.frame != now:
            now = move.frame
            program.say(f"UFRAME_NUM={numbers[now]}")
        uframe = numbers.get(now, 0)
        if move.kind == "joint":
            if leg.burning is not None:
                raise ProgramError("TP welds along lines and arcs only", fix="let a line lead away from the seam")
            ending = _ending(plan, leg)
            point = program.point(_axes(degrees(leg.step.joints), uframe))
            program.move(f"J {point} {percent(move.speed)}% {ending}")
        else:
            left = set_frames.written_T_frame[move.frame]
            configuration = _configuration(stands[leg.index], degrees(leg.step.joints))
            speed = f"{_rate(move.speed)}mm/sec {_ending(plan, leg)}"
            if move.frame_T_via is not None and move.kind == "arc":
                via = program.point(_place(left @ move.frame_T_via, configuration, uframe))
                end = program.point(_place(left @ move.frame_T_tcp, configuration, uframe))
                program.move(f"C {via}", f"{end} {speed}")
            else:
                end = program.point(_place(left @ move.frame_T_tcp, configuration, uframe))
                program.move(f"L {end} {speed}")
        burning = leg.burning
        for event in leg.step.events:
            _event(program, event, burning)
            burning = event if event.kind == "process_on" else burning


def _rate(speed: float) -> str:
    """Return a TCP speed [mm/s] with one decimal where it is not whole, rounded down but not to nothing."""
    tenths = max(1, int(mm(speed) * 10.0 + 1e-6))
    return fixed(tenths / 10.0, 1) if tenths % 10 else str(tenths // 10)


def _ending(plan: Plan, leg: Leg) -> str:
    """Return FINE or CNT n: as far from the corner as was planned, if the robot brakes no longer than ``RAMPS`` says.

    A robot that follows CNT n begins the corner n percent of its braking way before it, so a slow ramp makes the
    corner wide and n small.
    """
    zone, move = leg.step.zone, leg.step.move
    if zone <= 0.0:
        return "FINE"
    speed = move.speed
    if move.kind == "joint":
        way, _ = travel(plan, leg.q, move.q)
        seconds = joint_seconds(plan.cell.robot, leg)
        speed = way / seconds if seconds > 0.0 else 0.0
    braking = 0.5 * speed * RAMPS[2]
    return f"CNT{max(1, min(100, math.floor(100.0 * zone / braking + 1e-6))) if braking > 0.0 else 100}"


def _axes(angles: Sequence[float], uframe: int) -> list[str]:
    texts = [f"J{i}={fixed(angle, 3):>10} deg" for i, angle in enumerate(angles, start=1)]
    rows = [",\t".join(texts[:3]) + ",", ",\t".join(texts[3:])]
    return [f"\tUF : {uframe}, UT : {TOOL},", *(f"\t{row}" for row in rows)]


def _place(frame_T_tcp: Array, configuration: str, uframe: int) -> list[str]:
    x, y, z, w, p, r = six(_FORM, frame_T_tcp)
    return [
        f"\tUF : {uframe}, UT : {TOOL},\t\tCONFIG : '{configuration}',",
        f"\tX ={x:>10}  mm,\tY ={y:>10}  mm,\tZ ={z:>10}  mm,",
        f"\tW ={w:>10} deg,\tP ={p:>10} deg,\tR ={r:>10} deg",
    ]


def _configuration(stand: Posture, angles: Sequence[float]) -> str:
    wrist = "N" if round(angles[4], 4) <= 0.0 else "F"
    elbow, base = "D" if stand.folded else "U", "B" if stand.rear else "T"
    return f"{wrist} {elbow} {base}, {_turn(angles[0])}, {_turn(angles[3])}, {_turn(angles[5])}"


def _turn(angle: float) -> int:
    """Return how many turns an axis [deg] is away from (-180, 180)."""
    return int(math.copysign(math.floor((abs(round(angle, 4)) + 180.0) / 360.0), angle))


def _schedule(event: Event | None) -> int:
    job = None if event is None else number(event, "job")
    return 1 if job is None else int(job)


def _event(program: _Program, event: Event, burning: Event | None) -> None:
    match event.kind:
        case "process_on":
            program.remark(told_values(event))
            program.say(f"Weld Start[1,{_schedule(event)}]")
        case "process_off":
            program.say(f"Weld End[1,{_schedule(burning)}]")
        case "weave_on":
            amplitude, frequency = swing(event)
            pattern = _PATTERNS.get(str(event.values.get("shape", "zigzag")))
            if pattern is None:
                shape = shown(str(event.values.get("shape")))
                raise ProgramError(f"TP has no weaving shape {shape}", fix="choose zigzag")
            program.say(f"Weave {pattern}[{fixed(frequency, 1)}Hz,{fixed(mm(amplitude), 1)}mm,0.0s,0.0s]")
        case "weave_off":
            program.say("Weave End")
        case "wait":
            program.say(f"WAIT {fixed(number(event, 'time') or 0.0, 2):>6}(sec)")
        case "set_output":
            port, state = signal(event)
            program.say(f"DO[{numbered(port, 1, 9999)}]={'ON' if state else 'OFF'}")
        case "wait_input":
            port, state = signal(event)
            program.say(f"WAIT DI[{numbered(port, 1, 9999)}]={'ON' if state else 'OFF'}")
        case _:
            raise ProgramError(f"TP has no words for {shown(event.kind)}", fix="leave the event out")
