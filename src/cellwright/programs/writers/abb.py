"""RAPID for IRC5 and OmniCore: one module with its tool, work object, targets and a routine.

Welding uses the instructions of the arc option (ArcLStart, ArcL, ArcC, ArcLEnd). The work object's frames are seen from
the controller's world, which this module takes to be the robot's base frame, as it is from the factory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import deg, mm
from ..names import identifier, shown
from .numbers import Resolution, fixed, quaternion
from .posture import Posture, postures
from .script import START_SPEED, Script, Step, degrees, header, number, script, signal, told_values, travel

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
RESOLUTION = Resolution(length=1e-7, angle=2e-9, joint=1.7453292519943295e-8, share=0.0)
UNVERIFIED = (
    "cfx = 4 rear + 2 wrist behind the lower arm + 1 axis 5 negative, in this model",
    "MoveAbsJ takes the time that the way of the tool needs at v_tcp",
    "CirPathMode ObjectFrame turns the tool at a constant rate about one axis along an arc",
    "weld data are in mm/s, A and V (welding units of the arc configuration)",
)
TO_FILL = (
    "seamdata: gas, ignition and crater times are 0",
    "welddata: what the job does not give is 0 (the welder's schedule, wire feed, voltage or current)",
)

_ARC_NOTHING = "[0,0,0,0,0,0,0,0,0]"
_SIGNAL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_WEAVE_SHAPES = {"zigzag": 1, "v": 2, "triangle": 3}


@dataclass(slots=True)
class _Module:
    """Declarations that the instructions ask for, each once, in the order they were asked for."""

    declared: dict[str, str] = field(default_factory=dict[str, str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def name(self, prefix: str, storage: str, value: str) -> str:
        """Return the name of a declared value, declaring it first if it is new."""
        key = f"{storage} {value}"
        if key not in self.names:
            self.counts[prefix] = self.counts.get(prefix, 0) + 1
            self.names[key] = f"{prefix}{self.counts[prefix]}"
            self.declared[self.names[key]] = f"{storage} {self.names[key]}:={value};"
        return self.names[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weld:
    """The schedule and the weaving that are on."""

    schedule: Event
    weave: Event | None


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in RAPID.
    """
    told = script(plan, external=True)
    plan = told.plan
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT - 4)
    tool = identifier(told.tool, prefix="cw_tool_", limit=NAME_LIMIT)
    objects: dict[str, str] = {}
    for frame in told.root_T_frame:
        objects[frame] = identifier(frame, prefix="cw_wobj_", limit=NAME_LIMIT, taken=objects.values())
    module = _Module()
    body = list(_body(plan, told, module, tool, objects))
    text = "".join(f"{line}\r\n" for line in _text(told, name, tool, objects, module, body))
    return {f"{name}.mod": text.encode("ascii")}


def _text(
    told: Script, name: str, tool: str, objects: dict[str, str], module: _Module, body: list[str]
) -> Iterator[str]:
    yield f"MODULE {name}"
    names = {name: told.job, tool: told.tool} | {declared: frame for frame, declared in objects.items()}
    for line in header(told, "RAPID for IRC5 and OmniCore", names, UNVERIFIED):
        yield f"  ! {line}"
    yield "  ! The world frame of the controller must be the base frame of the robot, as it is from the factory."
    yield "  ! Welding needs the arc option of the controller. Block the process in its window for the dry run."
    if told.mass is None:
        yield "  ! PLACEHOLDER: the mass of the tool is not known, 0.001 kg stands for it."
    elif told.mount_p_centre is None:
        yield "  ! PLACEHOLDER: the centre of mass of the tool is not known, 1 mm before the face stands for it."
    yield f"  PERS tooldata {tool}:=[TRUE,{_pose(told.mount_T_tcp)},{_load(told)}];"
    for frame, declared in objects.items():
        pose = _pose(told.root_T_frame[frame])
        yield f'  PERS wobjdata {declared}:=[FALSE,TRUE,"",{pose},[[0,0,0],[1,0,0,0]]];'
    for line in module.declared.values():
        yield f"  {line}"
    yield ""
    yield f"  PROC run_{name}()"
    for line in body:
        yield f"    {line}"
    yield from ("  ENDPROC", "ENDMODULE")


def _body(plan: Plan, told: Script, module: _Module, tool: str, objects: dict[str, str]) -> Iterator[str]:
    yield from ("ConfJ\\On;", "ConfL\\On;")
    arcs = any(step.move.kind == "arc" for step in told.steps)
    if arcs:
        yield "CirPathMode\\ObjectFrame;"
    start = module.name("cw_j", "LOCAL CONST jointtarget", _jointtarget(told.start, told.start_external))
    yield f"MoveAbsJ {start}\\NoEOffs,{_approach_speed(module)},fine,{tool};"
    weld, weave = _after(None, None, told.events)
    yield from _events(told.events)
    q, operation = plan.path.start, None
    stands = postures(plan.cell.robot, np.array([step.move.q for step in told.steps]))
    for i, step in enumerate(told.steps):
        if step.move.operation != operation and step.move.operation is not None:
            yield f"! {shown(plan.work.operations[step.move.operation].name)}"
        operation = step.move.operation
        weld_after, weave = _after(weld, weave, step.events)
        follower = told.steps[i + 1] if i + 1 < len(told.steps) else None
        yield _move(plan, step, follower, q, stands[i], weld, weld_after, module, tool, objects)
        yield from _events(step.events)
        weld, q = weld_after, step.move.q
    if weld is not None:
        raise ProgramError("the process is still on at the end of the program", fix="report the plan")
    if arcs:
        yield "CirPathMode\\PathFrame;"


def _after(weld: _Weld | None, weave: Event | None, events: tuple[Event, ...]) -> tuple[_Weld | None, Event | None]:
    """Return schedule and weaving once these events have happened."""
    schedule = None if weld is None else weld.schedule
    stopped = False
    for event in events:
        if event.kind == "process_on":
            if schedule is not None or stopped:
                raise ProgramError("RAPID cannot end a weld and start one at the same point", fix="part the two seams")
            schedule = event
        elif event.kind == "process_off":
            schedule, stopped = None, True
        elif event.kind in {"weave_on", "weave_off"}:
            weave = event if event.kind == "weave_on" else None
    return None if schedule is None else _Weld(schedule=schedule, weave=weave), weave


def _move(
    plan: Plan,
    step: Step,
    follower: Step | None,
    q: Array,
    stand: Posture,
    before: _Weld | None,
    after: _Weld | None,
    module: _Module,
    tool: str,
    objects: dict[str, str],
) -> str:
    """Return one instruction; ``before`` and ``after`` are what is welded with during the move and from its end on."""
    move = step.move
    zone = _zone(module, step.zone)
    if move.kind == "joint":
        if before is not None or after is not None:
            raise ProgramError("RAPID welds along lines and arcs only", fix="let a line lead to the seam")
        target = module.name("cw_j", "LOCAL CONST jointtarget", _jointtarget(step.joints, step.external))
        speed = _joint_speed(plan, module, step, q)
        return f"MoveAbsJ {target}\\NoEOffs,{speed},{zone},{tool};"
    shape = "L" if move.kind == "line" else "C"
    word = f"Move{shape}"
    welding = ""
    if before is not None or after is not None:
        stage = "Start" if before is None else "End" if after is None else ""
        word = f"Arc{shape}{stage}"
        # the first instruction names the data that the weld starts with, so those of the move after it
        speed = move.speed if before is not None or follower is None else follower.move.speed
        welding = _weld(plan, step, follower, before or after, speed, module)
    via = ""
    if move.kind == "arc":
        if move.frame_T_via is None:
            raise ProgramError("an arc without a via point cannot be written", fix="report the plan")
        via = _point(stand, step, move.frame_T_via, module) + ","
    end = _point(stand, step, move.frame_T_tcp, module)
    return f"{word} {via}{end},{_line_speed(module, move.speed)}{welding},{zone},{tool}\\WObj:={objects[move.frame]};"


def _weld(plan: Plan, step: Step, follower: Step | None, weld: _Weld | None, speed: float, module: _Module) -> str:
    operation = step.move.operation if step.move.operation is not None or follower is None else follower.move.operation
    process = None if operation is None else plan.work.operations[operation].process
    if weld is None or process != "arc_weld":
        raise ProgramError(f"process {shown(str(process))} has no instruction in this writer", fix="choose arc_weld")
    job, current, voltage = (number(weld.schedule, key) or 0.0 for key in ("job", "current", "voltage"))
    main = f"[{int(job)},0,{fixed(voltage, 2)},0,0,{fixed(current, 2)},0,0,0]"
    data = module.name("cw_weld", "PERS welddata", f"[{fixed(mm(speed), 4)},0,{main},{_ARC_NOTHING}]")
    n = _ARC_NOTHING
    seam = module.name("cw_seam", "PERS seamdata", f"[0,0,{n},0,0,0,0,0,{n},0,0,{n},0,0,{n},0]")
    if weld.weave is None:
        return f",{seam},{data}"
    weave = module.name("cw_weave", "PERS weavedata", _weave(weld.weave, speed))
    return f",{seam},{data}\\Weave:={weave}"


def _weave(event: Event, speed: float) -> str:
    """Return weavedata: one period along the seam is speed / frequency, the width reaches from side to side [mm]."""
    amplitude, frequency = number(event, "amplitude"), number(event, "frequency")
    shape = event.values.get("shape", "zigzag")
    if not isinstance(shape, str) or shape not in _WEAVE_SHAPES:
        known = ", ".join(_WEAVE_SHAPES)
        raise ProgramError(f"RAPID has no weaving shape {shown(str(shape))}", fix=f"choose one of {known}")
    if not amplitude or not frequency:
        raise ProgramError("weaving needs an amplitude and a frequency", fix="give both in the job")
    length, width = fixed(mm(speed / frequency), 4), fixed(2.0 * mm(amplitude), 3)
    return f"[{_WEAVE_SHAPES[shape]},0,{length},{width},0,0,0,0,0,0,0,0,0,0,0]"


def _events(events: tuple[Event, ...]) -> Iterator[str]:
    for event in events:
        match event.kind:
            case "process_on" | "process_off" | "weave_on" | "weave_off":
                yield f"! {told_values(event)}"
            case "wait":
                yield f"WaitTime {fixed(number(event, 'time') or 0.0, 3)};"
            case "set_output":
                port, state = signal(event)
                yield f"SetDO {_signal(port)},{int(state)};"
            case "wait_input":
                port, state = signal(event)
                yield f"WaitDI {_signal(port)},{int(state)};"
            case _:
                raise ProgramError(f"RAPID has no words for {shown(event.kind)}", fix="leave the event out")


def _signal(port: float | str) -> str:
    if isinstance(port, str) and _SIGNAL.fullmatch(port):
        return port
    raise ProgramError(f"signal {shown(str(port))} is no RAPID name", fix="give the name it has in the controller")


def _point(stand: Posture, step: Step, frame_T_tcp: Array, module: _Module) -> str:
    """Return the name of a robtarget; its configuration is that of the move's end."""
    # quarter turns, as the controller counts; rounded first, so that -1e-9 deg is not another quarter than 0
    q1, _, _, q4, _, q6 = (math.floor(round(angle, 6) / 90.0) for angle in degrees(step.joints))
    cfx = 4 * stand.rear + 2 * stand.folded + stand.flipped
    position, rotation = _position(frame_T_tcp), _orient(frame_T_tcp)
    return module.name(
        "cw_p", "LOCAL CONST robtarget", f"[{position},{rotation},[{q1},{q4},{q6},{cfx}],{_external(step.external)}]"
    )


def _jointtarget(joints: Array, external: tuple[float, ...]) -> str:
    return f"[[{','.join(fixed(angle, 6) for angle in degrees(joints))}],{_external(external)}]"


def _external(values: tuple[float, ...]) -> str:
    """Return extjoint data eax_a to eax_f [deg or mm]; 9E+09 says that there is no such axis."""
    said = [fixed(value, 6) for value in values]
    return f"[{','.join([*said, *['9E+09'] * (6 - len(said))])}]"


def _joint_speed(plan: Plan, module: _Module, step: Step, q: Array) -> str:
    """Return speed data that let the tool's way take as long as the joints need at their share of the largest speed."""
    move = step.move
    limit = plan.cell.robot.speed
    if not bool(np.all(np.isfinite(limit))) or not 0.0 < move.speed <= 1.0:
        raise ProgramError(f"the joint speeds of {plan.cell.robot.key} are not known", fix="add them to its data")
    time = float(np.max(np.abs(move.q - q) / limit)) / move.speed
    way, turn = travel(plan, q, move.q)
    if time <= 0.0:
        return _approach_speed(module)
    tcp = min(max(mm(way / time), 1.0), 7000.0)
    ori = min(max(deg(turn / time), 1.0), 1000.0)
    return module.name("cw_v", "LOCAL CONST speeddata", f"[{fixed(tcp, 3)},{fixed(ori, 3)},5000,1000]")


def _approach_speed(module: _Module) -> str:
    value = f"[{fixed(1000.0 * START_SPEED, 3)},{fixed(500.0 * START_SPEED, 3)},5000,1000]"
    return module.name("cw_v", "LOCAL CONST speeddata", value)


def _line_speed(module: _Module, speed: float) -> str:
    return module.name("cw_v", "LOCAL CONST speeddata", f"[{fixed(mm(speed), 4)},500,5000,1000]")


def _zone(module: _Module, zone: float) -> str:
    """Return ``fine`` or zone data in the proportions of the predefined ones: orientation 1.5 times, 0.15 deg a mm."""
    if zone <= 0.0:
        return "fine"
    r, wide, turn = (fixed(mm(zone) * factor, 3) for factor in (1.0, 1.5, 0.15))
    return module.name("cw_z", "LOCAL CONST zonedata", f"[FALSE,{r},{wide},{wide},{turn},{wide},{turn}]")


def _pose(a_T_b: Array) -> str:
    return f"[{_position(a_T_b)},{_orient(a_T_b)}]"


def _position(a_T_b: Array) -> str:
    return f"[{','.join(fixed(mm(float(v)), 4) for v in a_T_b[:3, 3])}]"


def _orient(a_T_b: Array) -> str:
    """Return q1 to q4: w first."""
    return f"[{','.join(fixed(component, 9) for component in quaternion(a_T_b[:3, :3]))}]"


def _load(told: Script) -> str:
    if told.mass is None:
        return "[0.001,[0,0,0.001],[1,0,0,0],0,0,0]"
    centre = (0.0, 0.0, 0.001) if told.mount_p_centre is None else told.mount_p_centre
    # a load needs a centre off the face: the controller refuses one at zero
    values = [mm(float(v)) for v in centre]
    if max(map(abs, values)) < 0.001:
        values[2] = 0.001
    return f"[{fixed(told.mass, 3)},[{','.join(fixed(v, 3) for v in values)}],[1,0,0,0],0,0,0]"
