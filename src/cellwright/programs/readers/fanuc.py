"""TP programs (``.ls``) into neutral statements.

Conventions, none of them tried on a controller by us: positions in mm; W P R in deg about the fixed x, y, z; axis 3 is
counted against the horizontal (the coupling stands in the robot's data); CONFIG names the wrist (F where axis 5 is
positive), the elbow, the side of axis 1, and the turns of axes 1, 4 and 6.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen, pose
from ...units import from_deg, from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .fanuc_points import Point, PointOf, cartesian, points_of, weave_values, weld_values
from .playing import Trace, played

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_LINE = re.compile(r"\s*(\d*)\s*:\s?(.*)")
_MOVE = re.compile(rf"""
    (?P<kind>[JLC])\s+(?P<end>PR?\[[^\]]*(?:\][^\[\]]*)?\])
    (?:\s+(?P<end2>PR?\[[^\]]*(?:\][^\[\]]*)?\]))?
    \s+(?P<speed>{_NUMBER}|R\[[^\]]*\]|WELD_SPEED|max_speed)\s*(?P<unit>%|mm/sec|cm/min|inch/min|deg/sec|sec|msec|)
    (?:\s+(?P<zone>FINE|CNT\s*\d+|CNT\s*R\[[^\]]*\]|CR\s*{_NUMBER}\s*(?:mm)?))
    (?P<rest>.*)$""", re.VERBOSE)  # fmt: skip
_KINDS: Mapping[str, Literal["joint", "line", "arc"]] = {"J": "joint", "L": "line", "C": "arc"}
_OPTIONS = re.compile(rf"""\s*(?:
    (?P<quiet>ACC\s*(?:{_NUMBER}|R\[[^\]]*\])|Wjnt|PTH|BREAK|Ind\.EV\s*{_NUMBER}%|EV\s*{_NUMBER}%|RT_LD\s*{_NUMBER}(?:mm)?|AP_LD\s*{_NUMBER}(?:mm)?|Process_\w+|TA\s*{_NUMBER}sec,[^,]*$)
    |(?P<event>(?:TB|DB)\s*{_NUMBER}\s*(?:sec|mm),\s*(?P<what>(?:CALL\s+\w+(?:\([^)]*\))?|[A-Z]+\[[^\]]*\]\s*=\s*\w+)))
    |(?P<which>Offset|Tool_Offset|VOFFSET)(?:\s*,\s*(?P<by>V?PR\[[^\]]*\]))?
    |(?P<skip>Skip\s*,\s*LBL\[[^\]]*\](?:,\s*PR\[\d+\]=[LJ]POS)?)
    |(?P<weld>(?:Arc|Weld)\s+(?:Start|End)\s*\[[^\]]*\])
    )(?=\s|$)""", re.VERBOSE)  # fmt: skip
LARGEST = 1e9
"""Beyond this no number of a program means anything."""

_SPEEDS = {"mm/sec": 1e-3, "cm/min": 1e-2 / 60.0, "inch/min": 0.0254 / 60.0}
_FLOW = re.compile(r"(IF|ELSE|ENDIF|JMP|LBL\[|SELECT|FOR|ENDFOR|END\b|ABORT|=|DO_WHILE|MONITOR|RETURN)")
_QUIET = re.compile(
    r"(!|--|//|MESSAGE\[|PAUSE$|PAYLOAD\[|TIMER\[|UALM\[|COL\s+(DETECT|GUARD)|ERROR_PROG|RESUME_PROG|RSR\[|SR\[|R\[|"
    r"(UN)?LOCK\s|AR\[|STICK|Track\s+End|WAIT_MSG|MAINT_PROG|CLEAR|LOGBOOK|SKIP\s+CONDITION|STRLEN|\$WAITTMOUT|F\[)"
)
_MOTION = re.compile(
    r"([JLCAS]\s+P|OVERRIDE|TRACK|TAST|SOFTFLOAT|SEARCH|TOUCH|JOINT_MAX|LINEAR_MAX|OFFSET|TOOL_OFFSET|VOFFSET|"
    r"\$MCR|\$GROUP|\$SHELL|STITCH|MROT|LINE\[|RTCP|COORD|SYNC|INDEPENDENT|SIMULTANEOUS|WEAVE|VREG|VISION)",
    re.IGNORECASE
)  # fmt: skip


@dataclass(slots=True)
class _Program:
    name: str
    file: Path
    rows: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    points: dict[int, Point] = field(default_factory=dict[int, Point])


@dataclass(slots=True)
class _State:
    programs: dict[str, _Program]
    trace: Trace = field(default_factory=Trace)
    registers: dict[int, float] = field(default_factory=dict[int, float])
    places: dict[int, dict[int, float]] = field(default_factory=dict[int, dict[int, float]])
    joints: dict[int, Point] = field(default_factory=dict[int, Point])
    tools: dict[int, Array] = field(default_factory=dict[int, Array])
    frames: dict[int, Array] = field(default_factory=dict[int, Array])
    offset: Array | None = None


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of TP programs in the order in which they run.

    Raises:
        ProgramError: a line or a position is not well formed.
    """
    programs: dict[str, _Program] = {}
    for name, text in files.items():
        for program in _programs(name, text):
            programs.setdefault(program.name, program)
    state = _State(programs)
    called = {found[1].upper() for p in programs.values() for _, t in p.rows if (found := re.match(r"CALL\s+(\w+)", t))}
    return played("fanuc", programs, called, lambda name: _play(state, name), state.trace)


def _programs(file: str, text: str) -> list[_Program]:
    """Return the programs of a file: instructions joined over their continuation lines, positions read."""
    found: list[_Program] = []
    section, ended = "", True
    positions: list[tuple[int, str]] = []
    for row, line in enumerate(text.splitlines(), start=1):
        word = line.strip()
        if word.startswith("/"):
            section, _, rest = word.partition(" ")
            if section == "/PROG" and rest.split():
                found.append(_Program(rest.split()[0].upper(), Path(file)))
                positions = []
            elif section == "/END" and found:
                found[-1].points = points_of(Path(file), positions)
                positions, section = [], ""
        elif section == "/POS":
            positions.append((row, line))
        elif section == "/MN" and found and word:
            numbered = _LINE.match(line)
            if numbered is None:
                raise ProgramError("an instruction begins with its number and a colon", where=Where(Path(file), row))
            body = re.sub(r"\s*;\s*$", "", numbered[2])
            if numbered[1] or ended or not found[-1].rows:
                found[-1].rows.append((row, body.strip()))
            else:  # goes on from the line before, which had no semicolon
                first, so_far = found[-1].rows[-1]
                found[-1].rows[-1] = (first, f"{so_far} {body.strip()}")
            ended = line.rstrip().endswith(";")
    if positions and found:
        found[-1].points = points_of(Path(file), positions)
    if not found and text.strip():
        raise ProgramError("no /PROG in it", where=Where(Path(file), 1))
    return found


def _play(state: _State, name: str) -> None:
    program = state.programs[name]
    state.trace.enter(name, Where(program.file, program.rows[0][0] if program.rows else 1))
    for row, text in program.rows:
        if text and not text.startswith(("!", "--eg:", "//")):
            _statement(state, program, Where(program.file, row), text)
    state.trace.leave()


def _statement(state: _State, program: _Program, where: Where, text: str) -> None:
    out, word = state.trace.out, re.split(r"[\[=\s]", text, maxsplit=1)[0].upper()
    if found := _MOVE.match(text):
        _motion(state, program, where, text, found)
    elif found := re.match(r"(UFRAME|UTOOL)_NUM\s*=\s*(.*)$", text):
        _choose(state, where, text, found[1], found[2].strip())
    elif found := re.match(r"(UFRAME|UTOOL)\[(.+?)\]\s*=\s*(PR\[.*\]|\(?LPOS.*)$", text):
        _define(state, where, text, found[1], found[2], found[3])
    elif found := re.match(r"\$MNU(TOOL|FRAME)\[1,\s*(.+?)\]\s*=\s*(PR\[.*\])$", text):
        _define(state, where, text, "U" + found[1], found[2], found[3])
    elif found := re.match(r"PR\[(.+?)\]\s*=\s*(.*)$", text):
        _register(state, program, found[1], found[2])
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"(OFFSET|TOOL_OFFSET)\s+CONDITION\s+(.*)$", text):
        offset = _pose_of(state, found[2])
        state.offset = offset
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"(CALL|RUN)\s+(\w+)", text):
        name = found[2].upper()
        known = found[1] == "CALL" and name in state.programs
        out.append(Call(where=where, routine=found[2], known=known))
        if known:
            _play(state, name)
    elif _signal(state, where, text, word):
        pass
    elif _FLOW.match(text):
        out.append(Flow(where=where, text=text))
    elif _QUIET.match(text):
        if found := re.match(rf"R\[(\d+)[^\]]*\]\s*=\s*\(?({_NUMBER})\)?$", text):
            _keep(state, int(found[1][:9]), _figure(state, found[2]))
        elif found := re.match(r"R\[(\d+)", text):
            state.registers.pop(int(found[1][:9]), None)
        out.append(Setting(where=where, text=text))
    elif text.replace(" ", "").upper() == "OVERRIDE=100%":
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(text) else "other"))


def _signal(state: _State, where: Where, text: str, word: str) -> bool:
    """Take an instruction of inputs, outputs, waiting or welding; tell whether it was one."""
    out = state.trace.out
    if found := re.match(rf"WAIT\s+({_NUMBER}|R\[[^\]]*\])\s*\(sec\)", text):
        seconds = _figure(state, found[1])
        values: dict[str, float | str] = {"time": found[1] if seconds is None else seconds}
        out.append(Signal(where=where, kind="wait", values=values))
    elif found := re.match(r"WAIT\s+\(?\s*(!?)(DI|RI|SI|UI|GI|DO|RO|F)\[(\d+)[^\]]*\](?:\s*=\s*(\w+))?\s*\)?$", text):
        level = {"ON": 1.0, "OFF": 0.0, "": 0.0 if found[1] else 1.0}.get(found[4] or "")
        port = found[3] if found[2] == "DI" else f"{found[2]} {found[3]}"
        out.append(
            Signal(
                where=where, kind="wait_input", values={"input": port, "value": found[4] if level is None else level}
            )
        )
    elif word == "WAIT":
        jumps = "TIMEOUT" in text
        out.append(Signal(where=where, kind="wait_input", values={"input": text[4:].strip(), "value": 1.0}))
        if jumps:
            out.append(Flow(where=where, text=text))
    elif found := re.match(r"(DO|RO|SO|UO|GO|AO)\[(\d+)[^\]]*\]\s*=\s*(.+)$", text):
        port = found[2] if found[1] == "DO" else f"{found[1]} {found[2]}"
        level = {"ON": 1.0, "OFF": 0.0}.get(found[3].strip(" ()"), _figure(state, found[3].strip()))
        values = {"output": port, "value": found[3].strip() if level is None else level}
        out.append(Signal(where=where, kind="set_output", values=values))
    elif found := re.match(r"(?:Arc|Weld)\s+(Start|End)\s*\[([^\]]*)\]$", text):
        on = found[1] == "Start"
        kind = "process_on" if on else "process_off"
        out.append(Signal(where=where, kind=kind, values=weld_values(found[2]) if on else {}))
    elif found := re.match(r"Weave\s+(Sine|Figure 8|Circle|L|\w+)\s*(?:\[([^\]]*)\])?$", text, re.IGNORECASE):
        off = found[1].lower() == "end"
        values = {} if off else {"shape": found[1].lower(), **weave_values(found[2] or "")}
        out.append(Signal(where=where, kind="weave_off" if off else "weave_on", values=values))
    else:
        return False
    return True


def _keep(state: _State, register: int, value: float | None) -> None:
    if value is None:
        state.registers.pop(register, None)
    else:
        state.registers[register] = value


def _figure(state: _State, text: str) -> float | None:
    """Return a number or the value of a register; None where it is not known, or no controller takes it."""
    if found := re.fullmatch(r"R\[(\d{1,9})(?!\d)[^\]]*\]", text):
        return state.registers.get(int(found[1]))
    value = float(text) if re.fullmatch(_NUMBER, text) else math.inf
    return value if abs(value) < LARGEST else None


def _choose(state: _State, where: Where, text: str, which: str, number: str) -> None:
    value = _figure(state, number)
    if value is None:
        state.trace.unknown_motion(where, text, "the number is not known")
        return
    if which == "UTOOL":
        state.trace.tool = _frame(state.tools, int(value))
    else:
        state.trace.frame = _frame(state.frames, int(value))
    state.trace.out.append(Setting(where=where, text=text))


def _frame(known: Mapping[int, Array], number: int) -> Frame:
    return Frame(name=str(number), outer_T_frame=frozen(np.eye(4)) if number == 0 else known.get(number))


def _define(state: _State, where: Where, text: str, which: str, number: str, source: str) -> None:
    index, place = _figure(state, number.split(":")[0]), _pose_of(state, source)
    known = state.tools if which == "UTOOL" else state.frames
    if index is None:
        state.trace.unknown_motion(where, text, "the number is not known")
        return
    if place is None:
        known.pop(int(index), None)
    else:
        known[int(index)] = place
    trace = state.trace
    if which == "UTOOL" and trace.tool.name == str(int(index)):
        trace.tool = _frame(known, int(index))
    elif which == "UFRAME" and trace.frame.name == str(int(index)):
        trace.frame = _frame(known, int(index))
    trace.out.append(Setting(where=where, text=text))


def _register(state: _State, program: _Program, index: str, source: str) -> None:
    """Keep what a position register holds: of single elements, of a position, or nothing where that is not known."""
    parts = [part.split(":")[0].strip() for part in index.split(",")]
    numbers = [_figure(state, part) for part in parts]
    if any(n is None for n in numbers):
        state.places.clear()  # any register may have changed
        state.joints.clear()
        return
    n = int(numbers[0] or 0)
    if len(numbers) == 2:
        value = _figure(state, source.strip(" ()"))
        element = int(numbers[1] or 0)
        if value is None:
            state.places.get(n, {}).pop(element, None)
        else:
            state.places.setdefault(n, {})[element] = value
        state.joints.pop(n, None)
        return
    state.places.pop(n, None)
    state.joints.pop(n, None)
    if found := re.fullmatch(r"P\[(\d{1,9})(?!\d)[^\]]*\]", source.strip()):
        if (point := program.points.get(int(found[1]))) is not None:
            state.joints[n] = point
    elif (found := re.fullmatch(r"PR\[(\d{1,9})(?!\d)[^\]]*\]", source.strip())) and int(found[1]) in state.places:
        state.places[n] = dict(state.places[int(found[1])])


def _pose_of(state: _State, text: str) -> Array | None:
    """Return the pose that a position register holds; None where that is not known."""
    found = re.fullmatch(r"PR\[(\d{1,9})(?!\d)[^\]]*\]", text.strip())
    if found is None:
        return None
    n = int(found[1])
    if n in state.joints:
        return state.joints[n].frame_T_tcp
    place = state.places.get(n, {})
    return cartesian([place[k] for k in range(1, 7)]) if place.keys() >= set(range(1, 7)) else None


def _target(state: _State, program: _Program, text: str) -> PointOf:
    """Return the point that a motion names, or the name of what is not known of it."""
    found = re.match(r"(PR?)\[\s*(\d+|R\[[^\]]*\])", text)
    number = _figure(state, found[2]) if found else None
    if found is None or number is None:
        return text
    if found[1] == "P":
        return program.points.get(int(number), text)
    if int(number) in state.joints:
        return state.joints[int(number)]
    place = _pose_of(state, f"PR[{int(number)}]")
    return text if place is None else Point(where=Where(program.file), frame_T_tcp=place)


def _motion(state: _State, program: _Program, where: Where, text: str, found: re.Match[str]) -> None:
    kind, after, skips = found["kind"], [], False
    trace, offset, tool_offset = state.trace, None, None
    rest, position = found["rest"], 0
    while rest[position:].strip():
        option = _OPTIONS.match(rest, position)
        if option is None:
            trace.unknown_motion(where, text, f"'{rest[position:].strip()[:40]}' of a motion is not read")
            return
        position = option.end()
        if option["weld"] or option["event"]:
            after.append(option["weld"] or option["what"])
        skips = skips or option["skip"] is not None
        if option["which"]:
            by = _pose_of(state, option["by"]) if option["by"] else state.offset
            if by is None or not np.allclose(by[:3, :3], np.eye(3), atol=1e-12):
                trace.unknown_motion(where, text, "an offset that is not known or turns the tool")
                return
            offset, tool_offset = (offset, by) if option["which"] == "Tool_Offset" else (by, tool_offset)
    point = _target(state, program, found["end"])
    via: PointOf | None = None
    if kind == "C":
        if found["end2"] is None:
            trace.unknown_motion(where, text, "an arc without its end")
            return
        via, point = point, _target(state, program, found["end2"])
    taught = next((p for p in (point, via) if isinstance(p, Point) and not _fits(trace, p)), None)
    if taught is not None:
        reason = (
            f"taught in frame {taught.frame} with tool {taught.tool}, {trace.frame.name} and {trace.tool.name} hold"
        )
        trace.unknown_motion(where, text, reason)
        return
    trace.out.append(_move(state, where, _KINDS[kind], found, point, via, (offset, tool_offset)))
    if skips:
        trace.out.append(Flow(where=where, text=text))  # it may stop before the target
    for instruction in after:
        _statement(state, program, where, instruction)


def _fits(trace: Trace, point: Point) -> bool:
    """Tell whether the point was taught with the tool and the frame in force; a program may leave both to the point."""
    pairs = ((trace.tool, point.tool), (trace.frame, point.frame))
    return all(frame.name in ("", number) or number in ("", "F") for frame, number in pairs)


def _move(
    state: _State,
    where: Where,
    kind: Literal["joint", "line", "arc"],
    found: re.Match[str],
    point: PointOf,
    via: PointOf | None,
    offsets: tuple[Array | None, Array | None],
) -> Move:
    trace = state.trace
    end = point if isinstance(point, Point) else Point(where=where)
    middle = via.frame_T_tcp if isinstance(via, Point) else None
    tool = trace.tool if trace.tool.name or not end.tool else _frame(state.tools, int(end.tool))
    frame = trace.frame if trace.frame.name or not end.frame else _frame(state.frames, int(end.frame))
    missing = [p for p in (point, via) if isinstance(p, str)]
    missing += [
        f"{word} {f.name}".strip() for word, f in (("UTOOL", tool), ("UFRAME", frame)) if f.outer_T_frame is None
    ]
    value, unit = _figure(state, found["speed"]), found["unit"]
    zone = found["zone"].replace(" ", "")
    size = re.fullmatch(rf"CR({_NUMBER})(?:mm)?", zone)
    target = end.frame_T_tcp
    if target is not None:
        before, behind = (np.eye(4) if o is None else pose(o[:3, 3]) for o in offsets)
        target = frozen(before @ target @ behind)
    elif any(o is not None for o in offsets):
        missing.append("an offset of a joint target")
    return Move(
        where=where, kind=kind, tool=tool, frame=frame, joints=end.joints if target is None else None,
        frame_T_tcp=target, frame_T_via=middle, configuration=end.configuration, external=end.external,
        speed=value * _SPEEDS[unit] if value is not None and unit in _SPEEDS else None,
        share=value / 100.0 if value is not None and unit == "%" else None,
        turn_speed=from_deg(value) if value is not None and unit == "deg/sec" else None,
        duration=value * (1.0 if unit == "sec" else 1e-3) if value is not None and unit in ("sec", "msec") else None,
        zone=0.0 if zone in ("FINE", "CNT0") else from_mm(float(size[1])) if size else None,
        missing=tuple(missing),
    )  # fmt: skip
