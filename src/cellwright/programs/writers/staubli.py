"""VAL 3 for CS8 and CS9: an application of a project (``.pjx``), its data (``.dtx``) and programs (``.pgx``).

The files belong in a folder of the project's name. Points carry the configuration "same": the posture comes from the
joint target before them and cannot change along a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import ProgramError
from ...geometry import Array
from ...processes.work import Event
from ...units import mm
from ..names import identifier, shown
from .course import CALLS, ROUTINES, Leg, call, legs, numbered, parts, percent, used_calls
from .numbers import Resolution, fixed, moving_xyz_form, six
from .script import START_SPEED, degrees, header, number, script, signal, told_values

if TYPE_CHECKING:
    from ...planning.model import Plan

NAME_LIMIT = 15
ENTRIES = 9000
"""Entries of one array of data; further points go to a further array."""

MOVES = 4000
"""Moves of one program; ``start`` calls the further ones."""

RESOLUTION = Resolution(length=1e-7, angle=1.7453292519943295e-8, joint=1.7453292519943295e-8, share=1e-4)
UNVERIFIED = (
    "rx ry rz: Rx Ry Rz, the axes move along",
    "frames count from world, which is the robot's own base frame",
    "vel counts for movej, tmax in mm/s for movel and movec",
    "leave and reach are distances from the corner in mm",
)
TO_FILL = (
    "cw_process_on, cw_process_off, cw_weave_on, cw_weave_off: the welder's signals",
    "links of dIn and dOut: the physical signals of this cell",
)

_FORM = moving_xyz_form(4, 6)
_DATA = "http://www.staubli.com/robotics/VAL3/Data/2"
_PROGRAM = "http://www.staubli.com/robotics/VAL3/Program/2"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_HEAD = '<?xml version="1.0" encoding="utf-8" ?>'
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


@dataclass(slots=True)
class _Data:
    """Entries of the data file by type, each once where ``once`` is asked."""

    entries: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    known: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def name(self, array: str, values: str) -> str:
        """Return the reference to an entry, adding it first if it is new."""
        if (array, values) not in self.known:
            rows = self.entries.setdefault(array, [])
            n = len(rows)
            rows.append(values)
            which = "" if n < ENTRIES else str(n // ENTRIES + 1)
            self.known[array, values] = f"{array}{which}[{n % ENTRIES}]"
        return self.known[array, values]

    def single(self, name: str, values: str) -> str:
        """Return the name of a variable of its own."""
        self.entries[name] = [values]
        return name


_TYPES = {"f": "frame", "t": "tool", "j": "jointRx", "p": "pointRx", "m": "mdesc", "d": "dio"}
"""Type of a variable by the first letter of its name, as the makers' own programs name them."""


def write(plan: Plan) -> dict[str, bytes]:
    """Return the application: file name -> bytes.

    Raises:
        ProgramError: the plan cannot be said in VAL 3.
    """
    told = script(plan)
    name = identifier(told.job, prefix="job_", limit=NAME_LIMIT)
    data = _Data()
    tool = data.single("tTool", _values(told.mount_T_tcp) + ' fatherId="flange[0]"')
    frames = {
        frame: data.single(f"fUser{i}", _values(pose) + ' fatherId="world[0]"')
        for i, (frame, pose) in enumerate(told.root_T_frame.items(), start=1)
    }
    names = {name: told.job, tool: told.tool} | {declared: frame for frame, declared in frames.items()}
    top = [f"// {line}" for line in header(told, "VAL 3 for Staubli", names, UNVERIFIED)]
    if told.mass is None:
        top.append("// PLACEHOLDER: the mass of the tool is not known. Set the load of the arm before the first move")
    else:
        centre = (0.0, 0.0, 0.0) if told.mount_p_centre is None else told.mount_p_centre
        places = ", ".join(fixed(mm(float(v)), 1) for v in centre)
        top.append(f"// The load of the arm must be set: {fixed(told.mass, 3)} kg at {places} mm seen from the flange")
    first = f"movej({_joint(data, told.start)},tTool,{_mdesc(data, percent(START_SPEED, 2), None, 0.0)})"
    opening = [*top, first, *(line for event in told.events for line in _event(data, event, 0))]
    programs: dict[str, list[str]] = {"start": opening}
    cut = parts(list(legs(plan, told)), MOVES)
    for n, part in enumerate(cut, start=1):
        lines = [line for leg in part for line in _move(data, leg, frames)]
        if len(cut) == 1:
            opening += lines
        else:
            programs[f"part_{n}"] = lines
            opening.append(f"call part_{n}()")
    opening.append("waitEndMove()")
    programs["stop"] = ["resetMotion()", "disablePower()"]
    calls = used_calls(told)
    files = {f"{program}.pgx": _program(program, (), lines) for program, lines in programs.items()}
    files |= {f"cw_{kind}.pgx": _routine(kind) for kind in calls}
    return {f"{name}.pjx": _project(name, list(files)), f"{name}.dtx": _database(data)} | files


def _project(name: str, programs: Sequence[str]) -> bytes:
    return _lines(
        _HEAD,
        '<Project xmlns="http://www.staubli.com/robotics/VAL3/Project/3">',
        '  <Parameters version="s7.3.1" stackSize="5000" millimeterUnit="true" />',
        "  <Programs>",
        *(f'    <Program file="{program}" />' for program in programs),
        "  </Programs>",
        "  <Database>",
        f'    <Data file="{name}.dtx" />',
        "  </Database>",
        "  <Libraries />",
        "</Project>",
    )


def _database(data: _Data) -> bytes:
    def rows() -> Iterator[str]:
        for array, entries in sorted(data.entries.items()):
            for k in range(0, len(entries), ENTRIES):
                some, which = entries[k : k + ENTRIES], "" if k == 0 else str(k // ENTRIES + 1)
                kind = f'access="public" xsi:type="array" type="{_TYPES[array[0]]}" size="{len(some)}"'
                yield f'    <Data name="{array}{which}" {kind}>'
                for i, values in enumerate(some):
                    yield f'      <Value key="{i}" {values} />'
                yield "    </Data>"

    head = f'<Database xmlns:xsi="{_SCHEMA}" xmlns="{_DATA}">'
    return _lines(_HEAD, head, "  <Datas>", *rows(), "  </Datas>", "</Database>")


def _program(name: str, parameters: Sequence[str], lines: Sequence[str]) -> bytes:
    head = f'<Programs xmlns:xsi="{_SCHEMA}" xmlns="{_PROGRAM}">'
    access = "public" if name in {"start", "stop"} else "private"
    body = (*(f"  {line}" for line in lines),)
    code = ("    <Code><![CDATA[", "begin", *body, "end", "    ]]></Code>")
    return _lines(
        _HEAD, head, f'  <Program name="{name}" access="{access}">', *parameters, *code, "  </Program>", "</Programs>"
    )


def _routine(kind: str) -> bytes:
    words, meaning = ROUTINES[kind]
    parameters = (
        '    <Parameters xmlns="http://www.staubli.com/robotics/VAL3/Param/1">',
        *(f'      <Parameter name="x_n{word.title()}" type="num" xsi:type="element" />' for word in words.split(", ")),
        "    </Parameters>",
    )
    lines = (f"// {meaning}", "// TO FILL: does nothing yet, the welder's signals of this cell belong here")
    return _program(f"cw_{kind}", parameters, (*lines, "waitEndMove()"))


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _move(data: _Data, leg: Leg, frames: dict[str, str]) -> Iterator[str]:
    move, zone = leg.step.move, leg.step.zone
    if leg.heading is not None:
        yield f"// {leg.heading}"
    if move.kind == "joint":
        how = _mdesc(data, percent(move.speed, 2), None, zone)
        yield f"movej({_joint(data, leg.step.joints)},tTool,{how})"
    else:
        how = _mdesc(data, "100.00", move.speed, zone)
        end = _point(data, move.frame_T_tcp, frames[move.frame])
        if move.kind == "arc" and move.frame_T_via is not None:
            yield f"movec({_point(data, move.frame_T_via, frames[move.frame])},{end},tTool,{how})"
        else:
            yield f"movel({end},tTool,{how})"
    for event in leg.step.events:
        yield from _event(data, event, leg.seam)


def _mdesc(data: _Data, vel: str, speed: float | None, zone: float) -> str:
    """Return the motion descriptor; ``speed`` None leaves the tool's speed open."""
    tmax = "99999.0000" if speed is None else fixed(mm(speed), 4)
    # corners of the tool's path: leave and reach count along it
    blend, reach = ("off", "0.000") if zone <= 0.0 else ("joint" if speed is None else "Cartesian", fixed(mm(zone), 3))
    values = f'accel="100" vel="{vel}" decel="100" tmax="{tmax}" rmax="99999" blend="{blend}"'
    return data.name("mMove", f'{values} leave="{reach}" reach="{reach}"')


def _joint(data: _Data, joints: Array) -> str:
    return data.name("jPos", " ".join(f'j{i}="{fixed(q, 6)}"' for i, q in enumerate(degrees(joints), start=1)))


def _point(data: _Data, frame_T_tcp: Array, frame: str) -> str:
    same = 'shoulder="ssame" elbow="esame" wrist="wsame"'
    return data.name("pPos", f'{_values(frame_T_tcp)} {same} fatherId="{frame}[0]"')


def _values(a_T_b: Array) -> str:
    words = ("x", "y", "z", "rx", "ry", "rz")
    return " ".join(f'{word}="{text}"' for word, text in zip(words, six(_FORM, a_T_b), strict=True))


def _event(data: _Data, event: Event, seam: int) -> Iterator[str]:
    match event.kind:
        case kind if kind in CALLS:
            if event.values:
                yield f"// {told_values(event)}"
            yield "waitEndMove()"
            yield f"call cw_{event.kind}({','.join(call(event, seam))})"
        case "wait":
            yield "waitEndMove()"
            yield f"delay({fixed(number(event, 'time') or 0.0, 3)})"
        case "set_output":
            port, state = signal(event)
            yield "waitEndMove()"
            yield f"{_port(data, 'dOut', port)}={'true' if state else 'false'}"
        case "wait_input":
            port, state = signal(event)
            yield "waitEndMove()"
            yield f"wait({_port(data, 'dIn', port)}=={'true' if state else 'false'})"
        case _:
            raise ProgramError(f"VAL 3 has no words for {shown(event.kind)}", fix="leave the event out")


def _port(data: _Data, array: str, port: float | str) -> str:
    if isinstance(port, str) and _LINK.fullmatch(port):
        # short names stay, so that the program says what the cell says
        name = port if len(port) < NAME_LIMIT and port[0] == "d" else identifier(port, prefix="d", limit=NAME_LIMIT)
        return data.single(name, f'link="{port}"')
    letter = "Q" if array == "dOut" else "I"
    number_ = numbered(port, 0, 15)
    return data.single(f"{array}{number_}", f'link="BasicIO-1\\%{letter}{number_}"')
