"""Estun RCS2 / ERC: a program ``.erp`` with its data ``.erd``.

Everything the program refers to lies in its own data file, in the scope ``t_l``: points, speeds, zones, tool, frames.
Written from public samples; no controller has loaded it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import Leg, legs
from .numbers import Resolution, fixed, wrapped, zyx
from .posture import Posture, postures
from .script import START_SPEED, Script, Step, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 32
RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-8, joint=1.7453292519943295e-8, share=1e-6)
UNVERIFIED = (
    "rotation = Rz(a) Ry(b) Rx(c)",
    "B is the zone type: FINE stops, ABSOLUTE rounds by dis of the ZONE in mm",
    "POSCFG mode = 4 rear + 2 elbow folded + 1 axis 5 negative, cf1 to cf6 count turns beyond 180 deg",
    "TOOL, USERCOOR, PAYLOAD, SPEED and ZONE may lie in the program's own data (t_l)",
    "SPEED: per counts for MovJ, tcp in mm/s for lines and arcs",
    "SetTool and SetCoord hold until the next one, for ARC_Line and ARC_LW too",
    "ARC_SET takes A in ampere and V in volt; an arc is welded by MovC between ARC_ON and ARC_OFF",
)
TO_FILL = (
    "SetWelderMode: its parameters are those of the welder of this cell",
    "WEAVE Type: the number of the shape in this controller",
)

_FIRST, _LAST = 7, 16  # axes beside the arm are a7 to a16


@dataclass(slots=True)
class _Data:
    """Entries of the data file, each once, in the order they were asked for."""

    entries: dict[str, str] = field(default_factory=dict[str, str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def name(self, prefix: str, value: str) -> str:
        """Return the reference to an entry, writing it first if it is new."""
        if value not in self.names:
            self.counts[prefix] = self.counts.get(prefix, 0) + 1
            name = f"{prefix}{self.counts[prefix]}"
            self.names[value] = f"t_l.{name}"
            self.entries[name] = value
        return self.names[value]


def write(plan: Plan) -> dict[str, bytes]:
    """Return the program: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in this language.
    """
    told = script(plan, external=True)
    plan = told.plan
    name = identifier(told.job, prefix="JOB_", limit=NAME_LIMIT)
    tool = identifier(told.tool, prefix="CW_TOOL_", limit=NAME_LIMIT)
    frames: dict[str, str] = {}
    for frame in told.root_T_frame:
        frames[frame] = identifier(frame, prefix="CW_USER_", limit=NAME_LIMIT, taken=frames.values())
    data = _Data()
    data.entries[tool] = f'{{_type="TOOL",id=1,{_pose(told.mount_T_tcp)}}}'
    for i, (frame, declared) in enumerate(frames.items()):
        data.entries[declared] = f'{{_type="USERCOOR",id={i + 1},{_pose(told.root_T_frame[frame])}}}'
    if told.mass is not None:
        data.entries["CW_LOAD"] = _payload(told)
    body = list(_body(plan, told, data, tool, frames))
    names = {name: told.job, tool: told.tool} | {declared: frame for frame, declared in frames.items()}
    top = [f"// {line}" for line in header(told, "the language of Estun RCS2 controllers", names, UNVERIFIED)]
    program = ["// InstParseVersion: V1.02", *top, "Start:", *body, "End;"]
    entries = [*top, *(f"{entry}={value}" for entry, value in data.entries.items())]
    return {f"{name}.erp": _bytes(program), f"{name}.erd": _bytes(entries)}


def _bytes(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _body(plan: Plan, told: Script, data: _Data, tool: str, frames: dict[str, str]) -> Iterator[str]:
    yield f"SetTool{{Tool=t_l.{tool}}}"
    if told.mass is None:
        yield "// PLACEHOLDER: the mass of the tool is not known. The payload that is set in the controller stays:"
        yield "// SetPayload{PayLoad=t_g.PAYLOAD0}"
    else:
        yield "SetPayload{PayLoad=t_l.CW_LOAD}"
    frame = next(iter(frames), "")
    if frame:
        yield f"SetCoord{{Coord=t_l.{frames[frame]}}}"
    start = data.name("J", _apos(told.start, told.start_external))
    yield f'MovJ{{P={start},V={_joint_speed(data, START_SPEED)},B="FINE"}}'
    for event in told.events:
        yield from _event(event, data)
    stands = postures(plan.cell.robot, np.array([step.move.q for step in told.steps]))
    for leg in legs(plan, told):
        move = leg.step.move
        if leg.heading is not None:
            yield f"// {leg.heading}"
        if move.kind != "joint" and move.frame != frame:
            frame = move.frame
            yield f"SetCoord{{Coord=t_l.{frames[frame]}}}"
        yield _move(plan, leg, stands[leg.index], data)
        for event in leg.step.events:
            yield from _event(event, data)


def _move(plan: Plan, leg: Leg, stand: Posture, data: _Data) -> str:
    step, welding, weave = leg.step, leg.burning is not None, leg.weave
    move = step.move
    corner = 'B="FINE"'
    if step.zone > 0.0:
        reach = fixed(mm(step.zone), 3)
        zone = data.name("C", f'{{_type="ZONE",per=0.000,dis={reach},vConst=0}}')
        corner = f'B="ABSOLUTE",C={zone}'
    if move.kind == "joint":
        if welding:
            raise ProgramError("this language welds along lines and arcs only", fix="let a line lead away")
        return (
            f"MovJ{{P={data.name('J', _apos(step.joints, step.external))},V={_joint_speed(data, move.speed)},{corner}}}"
        )
    if welding and (move.operation is None or plan.work.operations[move.operation].process != "arc_weld"):
        raise ProgramError("only arc welding has instructions in this writer", fix="choose arc_weld")
    speed = data.name("S", _speed(100.0, mm(move.speed)))
    if move.kind == "arc" and move.frame_T_via is not None:
        if welding and weave is not None:
            raise ProgramError("no instruction is known that weaves along an arc", fix="weld this seam without weaving")
        via = data.name("P", _cpos(stand, step, move.frame_T_via))
        end = data.name("P", _cpos(stand, step, move.frame_T_tcp))
        return f"MovC{{A={via},P={end},V={speed},{corner}}}"
    end = data.name("P", _cpos(stand, step, move.frame_T_tcp))
    if not welding:
        return f"MovL{{P={end},V={speed},{corner}}}"
    if weave is None:
        return f"ARC_Line{{P={end},V={speed},{corner}}}"
    return f"ARC_LW{{P={end},V={speed},{corner},WEAVE={data.name('WEAVE', _weave(weave))}}}"


def _event(event: Event, data: _Data) -> Iterator[str]:
    match event.kind:
        case "process_on":
            current, voltage = number(event, "current"), number(event, "voltage")
            yield f"// {told_values(event)}"
            yield "// TO FILL: SetWelderMode{...} of the welder of this cell"
            if current is None or voltage is None:
                yield "// TO FILL: ARC_SET{A=...,V=...,H=0}: the job gives no current and voltage"
            else:
                yield f"ARC_SET{{A={fixed(current, 3)},V={fixed(voltage, 3)},H=0}}"
            yield "ARC_ON{}"
        case "process_off":
            yield "ARC_OFF{}"
        case "weave_on" | "weave_off":
            yield f"// {told_values(event)}"
        case "wait":
            yield f"Wait{{T={round((number(event, 'time') or 0.0) * 1e3)}}}"
        case "set_output":
            port, state = signal(event)
            yield f"SetSimDO{{SimIO={_port(data, 'SimDO', port)},Val={int(state)}}}"
        case "wait_input":
            port, state = signal(event)
            result = data.name("INT", '{_type="INT",value=0}')
            yield f"WaitSimDI{{SimIO={_port(data, 'SimDI', port)},Val={int(state)},T=0,InterEnable=0,Ret={result}}}"
        case _:
            raise ProgramError(f"this language has no words for {shown(event.kind)}", fix="leave the event out")


def _port(data: _Data, kind: str, port: float | str) -> str:
    if isinstance(port, str) or port != int(port) or not 0 <= port <= 65535:
        raise ProgramError(f"signal {shown(str(port))} is not the number of a port", fix="give the number of the port")
    name = f"{kind}{int(port)}"
    data.entries[name] = f'{{_type="{kind}",port={int(port)},value=0}}'
    return f"t_l.{name}"


def _weave(event: Event) -> str:
    amplitude, frequency = number(event, "amplitude"), number(event, "frequency")
    if not amplitude or not frequency:
        raise ProgramError("weaving needs an amplitude and a frequency", fix="give both in the job")
    side = fixed(mm(amplitude), 3)
    return (
        f'{{_type="WEAVE",Type=0,Freq={fixed(frequency, 3)},Amp_L={side},Amp_R={side},'
        "StopTime_L=0,StopTime_C=0,StopTime_R=0,RotAngle_X=0.000,RotAngle_Z=0.000}"
    )


def _joint_speed(data: _Data, share: float) -> str:
    if not 0.0 < share <= 1.0:
        raise ProgramError(f"a joint move at {share:g} of the largest speed cannot be written", fix="report the plan")
    return data.name("SJ", _speed(100.0 * share, 1000.0))


def _speed(percent: float, tcp: float) -> str:
    # turn rates as in the controller's own V speeds: they do not limit
    return f'{{_type="SPEED",per={fixed(percent, 4)},tcp={fixed(tcp, 4)},ori=360.0000,exj_l=360.0000,exj_r=180.0000}}'


def _apos(joints: Array, external: tuple[float, ...]) -> str:
    values = ",".join(f"a{i + 1}={fixed(angle, 6)}" for i, angle in enumerate(degrees(joints)))
    return f'{{_type="APOS",{values}{_external(external)}}}'


def _external(values: tuple[float, ...]) -> str:
    """Return the axes beside the arm [deg or mm]; 0 for those that are not there."""
    said = [*values, *[0.0] * (_LAST - _FIRST + 1 - len(values))]
    return "".join(f",a{_FIRST + i}={fixed(value, 6)}" for i, value in enumerate(said))


def _cpos(stand: Posture, step: Step, frame_T_tcp: Array) -> str:
    turns = ",".join(f"cf{i + 1}={_turn(angle)}" for i, angle in enumerate(degrees(step.joints)))
    mode = 4 * stand.rear + 2 * stand.folded + stand.flipped
    place = f"{_pose(frame_T_tcp)}{_external(step.external)}"
    return f'{{_type="CPOS",confdata={{_type="POSCFG",mode={mode},{turns}}},{place}}}'


def _turn(angle: float) -> int:
    """Return how many turns an axis [deg] is away from (-180, 180]."""
    return -int((180.0 - round(angle, 6)) // 360.0)


def _pose(a_T_b: Array) -> str:
    """Return x, y, z [mm] and a, b, c [deg] with rotation = Rz(a) Ry(b) Rx(c)."""
    a, b, c = zyx(a_T_b[:3, :3])
    x, y, z = (fixed(mm(float(v)), 4) for v in a_T_b[:3, 3])
    return f"x={x},y={y},z={z},a={wrapped(a, 6)},b={wrapped(b, 6)},c={wrapped(c, 6)}"


def _payload(told: Script) -> str:
    centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
    x, y, z = (fixed(mm(float(v)), 3) for v in centre)
    still = ",".join(f"I{axes}=0.000000" for axes in ("xx", "yy", "zz", "xy", "yz", "xz"))
    return (
        f'{{_type="PAYLOAD",id=1,dyn={{_type="LoadDyn",M={fixed(told.mass or 0.0, 3)},'
        f'pos={{_type="CenterPos",Mx={x},My={y},Mz={z}}},tensor={{_type="InertiaTensor",{still}}}}}}}'
    )
