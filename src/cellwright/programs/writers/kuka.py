"""KRL for KSS 8: a module of ``.src`` and ``.dat``.

Frames and tool are named in the ``.dat`` and set as numbers, so that no TOOL_DATA or BASE_DATA of the controller is
overwritten. Lines and arcs carry neither S nor T: their posture follows from the joint target before them. What
switches the process lies in subprograms at the end of the ``.src``, empty but for a stop of the advance run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .numbers import Resolution, fixed, wrapped, zyx
from .script import START_SPEED, Script, Step, degrees, header, number, script, signal, told_values, travel

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 24
RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-7, joint=1.7453292519943295e-7, share=0.01)
UNVERIFIED = (
    "C_PTP starts at $APO.CPTP percent of half the way of the tool",
    "$CIRC_TYPE=#BASE with $ORI_TYPE=#VAR turns the tool at a constant rate about one axis along a CIRC",
)
TO_FILL = ("CW_PROCESS_ON, CW_PROCESS_OFF, CW_WEAVE_ON, CW_WEAVE_OFF: the welder's signals or ArcTech calls",)

_UNKNOWN = -1.0
_SUBPROGRAMS = {
    "process_on": (
        "CW_PROCESS_ON(SEAM:IN,JOB:IN,CURRENT:IN,VOLTAGE:IN)",
        "SEAM counts from 1; JOB of the welder; CURRENT in A; VOLTAGE in V; -1 is not given",
    ),
    "process_off": ("CW_PROCESS_OFF(SEAM:IN)", "SEAM counts from 1"),
    "weave_on": (
        "CW_WEAVE_ON(SEAM:IN,AMPLITUDE:IN,FREQUENCY:IN)",
        "SEAM counts from 1; AMPLITUDE in mm to each side; FREQUENCY in Hz",
    ),
    "weave_off": ("CW_WEAVE_OFF(SEAM:IN)", "SEAM counts from 1"),
}


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in KRL.
    """
    told = script(plan, external=True)
    plan = told.plan
    name = identifier(told.job, prefix="JOB_", limit=NAME_LIMIT)
    tool = identifier(told.tool, prefix="CW_TOOL_", limit=NAME_LIMIT)
    frames: dict[str, str] = {}
    for frame in told.root_T_frame:
        frames[frame] = identifier(frame, prefix="CW_BASE_", limit=NAME_LIMIT, taken=frames.values())
    return {
        f"{name}.src": _bytes(_source(plan, told, name, tool, frames)),
        f"{name}.dat": _bytes(_data(told, name, tool, frames)),
    }


def _bytes(lines: Iterator[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _data(told: Script, name: str, tool: str, frames: dict[str, str]) -> Iterator[str]:
    yield from ("&ACCESS RVP", "&REL 1", f"DEFDAT {name} PUBLIC")
    yield from (
        ";FOLD EXTERNAL DECLARATIONS",
        "EXT BAS (BAS_COMMAND :IN,REAL :IN)",
        ";ENDFOLD (EXTERNAL DECLARATIONS)",
    )
    yield f"; tool seen from the flange: {shown(told.tool)}"
    yield f"DECL FRAME {tool}={_frame(told.mount_T_tcp)}"
    if told.mass is None:
        yield "; PLACEHOLDER: the mass of the tool is not known. M -1 makes the controller reckon with its rated load."
    elif told.mount_p_centre is None:
        yield "; PLACEHOLDER: the centre of mass of the tool is not known, CM is the flange's centre."
    yield f"DECL LOAD CW_LOAD={_load(told)}"
    for frame, declared in frames.items():
        yield f"; user frame seen from $ROBROOT: {shown(frame)}"
        yield f"DECL FRAME {declared}={_frame(told.root_T_frame[frame])}"
    yield "ENDDAT"


def _source(plan: Plan, told: Script, name: str, tool: str, frames: dict[str, str]) -> Iterator[str]:
    yield from ("&ACCESS RVP", "&REL 1", r"&PARAM TEMPLATE = C:\KRC\Roboter\Template\vorgabe", "&PARAM EDITMASK = *")
    yield f"DEF {name} ( )"
    names = {name: told.job, tool: told.tool} | {declared: frame for frame, declared in frames.items()}
    for line in header(told, "KRL for KSS 8", names, UNVERIFIED):
        yield f"; {line}"
    yield "; To run with measured data: $TOOL=TOOL_DATA[n], $LOAD=LOAD_DATA[n], $BASE=BASE_DATA[n] below."
    yield from (
        ";FOLD INI",
        ";FOLD BASISTECH INI",
        "GLOBAL INTERRUPT DECL 3 WHEN $STOPMESS==TRUE DO IR_STOPM ( )",
        "INTERRUPT ON 3",
        "BAS (#INITMOV,0)",
        ";ENDFOLD (BASISTECH INI)",
        ";ENDFOLD (INI)",
        "$IPO_MODE=#BASE",
        "$ORI_TYPE=#VAR",
        "$CIRC_TYPE=#BASE",
        "$ADVANCE=3",
        "$LOAD=CW_LOAD",
        f"$TOOL={tool}",
    )
    if frames:
        yield f"$BASE={next(iter(frames.values()))}"
    yield from _moves(plan, told, frames)
    yield "END"
    used = {event.kind for event in (*told.events, *(e for step in told.steps for e in step.events))}
    for kind, (signature, meaning) in _SUBPROGRAMS.items():
        if kind in used:
            yield from _subprogram(signature, meaning)


def _moves(plan: Plan, told: Script, frames: dict[str, str]) -> Iterator[str]:
    now: dict[str, str] = {"$BASE": next(iter(frames.values()), "")}
    yield f"BAS (#VEL_PTP,{_percent(START_SPEED)})"
    now["VEL_PTP"] = _percent(START_SPEED)
    yield f"PTP {_axes(told.start, told.start_external)}"
    for event in told.events:
        yield from _event(event, 0)
    q = plan.path.start
    operation: int | None = None
    for i, step in enumerate(told.steps):
        if step.move.operation != operation and step.move.operation is not None:
            yield f"; {shown(plan.work.operations[step.move.operation].name)}"
        operation = step.move.operation
        follower = told.steps[i + 1] if i + 1 < len(told.steps) else None
        yield from _move(plan, step, follower, q, frames, now)
        for event in step.events:
            yield from _event(event, _seam(step, follower))
        q = step.move.q


def _move(
    plan: Plan, step: Step, follower: Step | None, q: Array, frames: dict[str, str], now: dict[str, str]
) -> Iterator[str]:
    """Yield a move and the settings that change before it; ``now`` is what is set."""
    move = step.move
    if move.kind == "joint":
        share = _corner(plan, step, q)
        yield from _set(now, "VEL_PTP", _percent(move.speed), "BAS (#VEL_PTP,{})")
        target, flyby = f"PTP {_axes(step.joints, step.external)}", ""
        if share > 0:
            yield from _set(now, "$APO.CPTP", str(share))
            flyby = " C_PTP"
            if follower is not None and follower.move.kind != "joint":
                yield from _set(now, "$APO.CDIS", fixed(mm(step.zone), 3))
                flyby = " C_PTP C_DIS"
        yield target + flyby
        return
    yield from _set(now, "$BASE", frames[move.frame])
    yield from _set(now, "$VEL.CP", fixed(move.speed, 6))
    if step.zone > 0:
        yield from _set(now, "$APO.CDIS", fixed(mm(step.zone), 3))
    end = f"{_point(move.frame_T_tcp, step)}{' C_DIS' if step.zone > 0 else ''}"
    if move.kind == "line":
        yield f"LIN {end}"
    else:
        if move.frame_T_via is None:
            raise ProgramError("an arc without a via point cannot be written", fix="report the plan")
        yield f"CIRC {_point(move.frame_T_via, step)},{end}"


def _set(now: dict[str, str], what: str, value: str, form: str = "") -> Iterator[str]:
    if now.get(what) != value:
        now[what] = value
        yield form.format(value) if form else f"{what}={value}"


def _corner(plan: Plan, step: Step, q: Array) -> int:
    """Return the zone of a joint move as percent of half its way, rounded down."""
    if step.zone <= 0:
        return 0
    way, _ = travel(plan, q, step.move.q)
    return min(100, int(100.0 * step.zone / (way / 2.0) + 1e-6)) if way > 1e-6 else 0


def _percent(share: float) -> str:
    # whole percents, rounded down: never faster than planned, unless less than one percent was planned
    if not 0.0 < share <= 1.0:
        raise ProgramError(f"a joint move at {share:g} of the largest speed cannot be written", fix="report the plan")
    return str(max(1, int(100.0 * share + 1e-6)))


def _seam(step: Step, follower: Step | None) -> int:
    """Return the number of the operation that an event between two moves belongs to, from 1."""
    operation = step.move.operation
    if operation is None and follower is not None:
        operation = follower.move.operation
    return 0 if operation is None else operation + 1


def _event(event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case "process_on":
            job, current, voltage = (number(event, key) for key in ("job", "current", "voltage"))
            yield f"; {told_values(event)}"
            numbers = ",".join(fixed(_UNKNOWN if v is None else v, 3) for v in (current, voltage))
            yield f"CW_PROCESS_ON({seam},{int(_UNKNOWN if job is None else job)},{numbers})"
        case "process_off":
            yield f"CW_PROCESS_OFF({seam})"
        case "weave_on":
            amplitude, frequency = number(event, "amplitude"), number(event, "frequency")
            if amplitude is None or frequency is None:
                raise ProgramError("weaving needs an amplitude and a frequency", fix="give both in the job")
            yield f"; {told_values(event)}"
            yield f"CW_WEAVE_ON({seam},{fixed(mm(amplitude), 3)},{fixed(frequency, 3)})"
        case "weave_off":
            yield f"CW_WEAVE_OFF({seam})"
        case "wait":
            yield f"WAIT SEC {fixed(number(event, 'time') or 0.0, 3)}"
        case "set_output":
            port, state = signal(event)
            yield f"$OUT[{_port(port)}]={'TRUE' if state else 'FALSE'}"
        case "wait_input":
            port, state = signal(event)
            yield f"WAIT FOR $IN[{_port(port)}]=={'TRUE' if state else 'FALSE'}"
        case _:
            raise ProgramError(f"KRL has no words for {shown(event.kind)}", fix="leave the event out")


def _port(port: float | str) -> int:
    if isinstance(port, str) or port != int(port) or not 1 <= port <= 8192:
        raise ProgramError(
            f"signal {shown(str(port))} is not a number from 1 to 8192", fix="give the number of the signal"
        )
    return int(port)


def _subprogram(signature: str, meaning: str) -> Iterator[str]:
    name = signature.partition("(")[0]
    reals = [word for word in ("CURRENT", "VOLTAGE", "AMPLITUDE", "FREQUENCY") if f"{word}:" in signature]
    whole = [word for word in ("SEAM", "JOB") if f"{word}:" in signature]
    yield ""
    yield f"DEF {signature}"
    yield f"DECL INT {','.join(whole)}"
    if reals:
        yield f"DECL REAL {','.join(reals)}"
    yield f"; {meaning}"
    yield "WAIT SEC 0.0 ; keeps the advance run from switching before the robot is there"
    yield f"; TO FILL: {name} does nothing yet. With ArcTech: its folds; else the welder's signals, such as"
    yield "; $OUT[...]=TRUE and WAIT FOR $IN[...]==TRUE, with the numbers of this cell"
    yield "END"


def _axes(joints: Array, external: tuple[float, ...]) -> str:
    values = ",".join(f"A{i + 1} {fixed(angle, 5)}" for i, angle in enumerate(degrees(joints)))
    return f"{{{values}{_external(external)}}}"


def _external(values: tuple[float, ...]) -> str:
    """Return E1 to E6 [deg or mm] of an E6AXIS or E6POS; nothing where there are none: they then stay as they are."""
    return "".join(f",E{i + 1} {fixed(value, 5)}" for i, value in enumerate(values))


def _point(frame_T_tcp: Array, step: Step) -> str:
    """Return a target pose, with the external axes where they are held."""
    return f"{_pose(frame_T_tcp)[:-1]}{_external(step.external)}}}"


def _pose(a_T_b: Array) -> str:
    """Return X, Y, Z [mm] and A, B, C [deg] with rotation = Rz(A) Ry(B) Rx(C)."""
    a, b, c = zyx(a_T_b[:3, :3])
    x, y, z = (fixed(mm(float(v)), 4) for v in a_T_b[:3, 3])
    return f"{{X {x},Y {y},Z {z},A {wrapped(a, 5)},B {wrapped(b, 5)},C {wrapped(c, 5)}}}"


_frame = _pose


def _load(told: Script) -> str:
    mass = _UNKNOWN if told.mass is None else told.mass
    centre = (0.0, 0.0, 0.0) if told.mass is None or told.mount_p_centre is None else told.mount_p_centre
    x, y, z = (fixed(mm(float(v)), 3) for v in centre)
    return f"{{M {fixed(mass, 3)},CM {{X {x},Y {y},Z {z},A 0.0,B 0.0,C 0.0}},J {{X 0.0,Y 0.0,Z 0.0}}}}"
