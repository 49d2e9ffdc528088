"""Elite EC jobs (``.jbi``) into neutral statements.

Conventions, read in one public post-processor and tried by none of us: SETPOSE in mm and rad, rx, ry, rz about the
fixed x, y, z; SETJOINT in deg; V in mm/s; CR is the corner's radius [mm]. A run of MOVC names where the arc begins,
the point passed and the end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .playing import Trace, played
from .points import placed, turned

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"MOVJ": "joint", "MOVL": "line", "MOVC": "arc"}
_OPTION = re.compile(rf"(VJ|V|CR|ACC|DEC|PL)=({_NUMBER})(%|MM/S|MM|CM/MIN)?$", re.IGNORECASE)
_FLOW = re.compile(r"(JUMP|IF|ELSE|ELSEIF|ENDIF|FOR|NEXT|WHILE|ENDWHILE|SWITCH|CASE|DEFAULT|ENDSWITCH|RET|ABORT)\b|\*")
_QUIET = re.compile(
    r"(NOP|END|SET|SETE|INC|DEC|ADD|SUB|MUL|DIV|CLEAR|TPWRITE|PAUSE|SETTOOLNUMBER|SETUSERNUMBER|SETPAYLOAD|PAYLOAD|MSG|GETPOS|STARTLUA|UNTIL)\b"
)
_MOTION = re.compile(r"(MOV|IMOV|SPEED|SHIFT|SERVO|TRACK|SYNC|DYN|SETTOOL|SETUSER)")


@dataclass(slots=True)
class _State:
    jobs: dict[str, list[tuple[Where, str]]]
    trace: Trace = field(default_factory=Trace)
    points: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    tools: dict[str, Array] = field(default_factory=dict[str, Array])
    frames: dict[str, Array] = field(default_factory=dict[str, Array])
    arc: list[tuple[Where, str, Move]] = field(default_factory=list[tuple[Where, str, Move]])
    last: Move | None = None


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of jobs in the order in which they run.

    Raises:
        ProgramError: a line is not well formed.
    """
    jobs: dict[str, list[tuple[Where, str]]] = {}
    for file, text in files.items():
        rows: list[tuple[Where, str]] | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            word = line.strip()
            if found := re.match(r"//NAME\s+(\S+)", word):
                rows = jobs.setdefault(found[1].upper(), [])
            elif word and not word.startswith("//"):
                rows = jobs.setdefault(PurePath(file).stem.upper(), []) if rows is None else rows
                rows.append((Where(Path(file), number), re.sub(r"\s+//.*$", "", word)))
    state = _State(jobs)
    found = (re.match(r"CALL\s+JOB:(\S+)", text) for rows in jobs.values() for _, text in rows)
    called = {match[1].upper() for match in found if match}
    return played("elite", jobs, called, lambda name: _play(state, name), state.trace)


def _play(state: _State, name: str) -> None:
    rows = state.jobs[name]
    state.trace.enter(name, rows[0][0] if rows else Where(Path(name)))
    for where, text in rows:
        if not text.startswith("MOVC") and not text.startswith("SET"):
            _end_arc(state)
        if text not in ("NOP", "END"):
            _statement(state, where, text)
    _end_arc(state)
    state.trace.leave()


def _figures(text: str, where: Where) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(_NUMBER, part) for part in parts) or not 6 <= len(parts) <= 8:
        raise ProgramError("six numbers belong here", where=where)
    values = tuple(float(part) for part in parts)
    if not all(abs(v) < 1e6 for v in values):
        raise ProgramError("a value out of range", where=where)
    return values


def _pose(values: tuple[float, ...]) -> Array:
    """Return the pose of x, y, z [mm] and rx, ry, rz [rad] about the fixed x, then y, then z."""
    return placed([from_mm(v) for v in values[:3]], turned("zyx", values[5:2:-1]))


def _statement(state: _State, where: Where, text: str) -> None:
    out, words, trace = state.trace.out, text.split(), state.trace
    word = words[0].upper()
    if word in _MOVES:
        _motion(state, where, text, word, words)
    elif found := re.match(r"(SETPOSE|SETJOINT)\s+([VP]\d+)\s+(.*)$", text):
        state.points[found[2]] = _figures(found[3], where)
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"(SETTOOLFRAME|SETUSERFRAME)\s+(?:TOOL|USER)\s*#\((\d+)\)\s+(V\d+)", text):
        known = state.points.get(found[3])
        table = state.tools if found[1] == "SETTOOLFRAME" else state.frames
        if known is None:
            table.pop(found[2], None)
        else:
            table[found[2]] = _pose(known)
        if found[1] == "SETUSERFRAME" or trace.tool.name == found[2]:
            _choose(state, found[1] == "SETTOOLFRAME", found[2])
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"SET(TOOL|USER)NUMBER\s+[TU]F\s*=\s*(\d+)", text):
        _choose(state, found[1] == "TOOL", found[2])
        out.append(Setting(where=where, text=text))
    elif found := re.match(rf"TIMER\s+T=({_NUMBER})\s*(MS|S)?$", text, re.IGNORECASE):
        seconds = float(found[1]) * (1e-3 if (found[2] or "S").upper() == "MS" else 1.0)
        out.append(Signal(where=where, kind="wait", values={"time": seconds}))
    elif found := re.match(rf"(?:DOUT|AOUT)\s+(\w+)#\((\w+)\)\s*=?\s*(ON|OFF|{_NUMBER})$", text):
        port = found[2] if found[1] == "OT" else f"{found[1]} {found[2]}"
        out.append(Signal(where=where, kind="set_output", values={"output": port, "value": _level(found[3])}))
    elif found := re.match(r"WAIT\s+(\w+)#\((\w+)\)\s*=\s*(\w+)(\s+T=.*)?$", text):
        port = found[2] if found[1] == "IN" else f"{found[1]} {found[2]}"
        out.append(Signal(where=where, kind="wait_input", values={"input": port, "value": _level(found[3])}))
    elif word == "WAIT":
        out.append(Signal(where=where, kind="wait_input", values={"input": text[4:].strip(), "value": 1.0}))
    elif found := re.match(r"CALL\s+JOB:(\S+)", text):
        name = found[1].upper()
        out.append(Call(where=where, routine=found[1], known=name in state.jobs))
        if name in state.jobs:
            _play(state, name)
    elif found := re.match(r"(ARCON|ARCOF|ARCSTART|ARCEND|WVON|WVOF)\b(.*)$", text):
        _weld(state, where, found[1], found[2])
    elif _FLOW.match(text):
        out.append(Flow(where=where, text=text))
    elif _QUIET.match(text):
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))


def _level(text: str) -> float | str:
    if text.upper() in ("ON", "OFF"):
        return float(text.upper() == "ON")
    return float(text) if re.fullmatch(_NUMBER, text) else text


def _weld(state: _State, where: Where, word: str, rest: str) -> None:
    values: dict[str, float | str] = {}
    for key, value in re.findall(rf"\b(AC|AV)=({_NUMBER})", rest):
        values["current" if key == "AC" else "voltage"] = float(value)
    if found := re.search(r"#\((\d+)\)", rest):
        values["job"] = float(found[1])
    match word:
        case "ARCON" | "ARCSTART":
            state.trace.out.append(Signal(where=where, kind="process_on", values=values))
        case "ARCOF" | "ARCEND":
            state.trace.out.append(Signal(where=where, kind="process_off"))
        case "WVON":
            state.trace.out.append(Signal(where=where, kind="weave_on", values=values))
        case _:
            state.trace.out.append(Signal(where=where, kind="weave_off"))


def _choose(state: _State, tool: bool, number: str) -> None:
    table = state.tools if tool else state.frames
    frame = Frame(name=number, outer_T_frame=table.get(number, frozen(np.eye(4)) if number == "0" else None))
    if tool:
        state.trace.tool = frame
    else:
        state.trace.frame = frame


def _motion(state: _State, where: Where, text: str, word: str, words: list[str]) -> None:
    trace, kind = state.trace, _MOVES[word]
    options: dict[str, tuple[float, str]] = {}
    for part in words[2:]:
        found = _OPTION.match(part)
        if found is None:
            trace.unknown_motion(where, text, f"'{part}' of a motion is not read")
            return
        options[found[1].upper()] = (float(found[2]), (found[3] or "").upper())
    name = words[1] if len(words) > 1 else ""
    values = state.points.get(name)
    joints = name.startswith("P")
    lost = [name] if values is None else []
    if not joints:
        lost += [label for label, f in (("tool", trace.tool), ("user frame", trace.frame)) if f.outer_T_frame is None]
    speed, unit = options.get("V", (math.nan, ""))
    factor = 1e-2 / 60.0 if unit == "CM/MIN" else 1e-3
    zone = 0.0 if options.get("PL", (1.0, ""))[0] == 0.0 else None
    move = Move(
        where=where, kind=kind, tool=trace.tool, frame=trace.frame,
        joints=frozen([math.radians(v) for v in values[:6]]) if joints and values is not None else None,
        frame_T_tcp=_pose(values) if values is not None and not joints else None,
        speed=None if math.isnan(speed) else speed * factor,
        share=options["VJ"][0] / 100.0 if "VJ" in options else None,
        zone=from_mm(options["CR"][0]) if "CR" in options else zone, missing=tuple(lost),
    )  # fmt: skip
    if kind == "arc":
        state.arc.append((where, text, move))
        return
    trace.out.append(move)
    state.last = move


def _end_arc(state: _State) -> None:
    """Tell a run of MOVC: where the arc begins, then the points passed and the ends in turn."""
    run, state.arc = state.arc, []
    if not run:
        return
    out, first = state.trace.out, run[0][2]
    if state.last is not None and _same(state.last, first):
        out.append(Setting(where=run[0][0], text=run[0][1]))
    else:
        out.append(replace(first, kind="line"))
    if len(run) % 2 == 0:
        for where, text, _ in run[1:]:
            state.trace.unknown_motion(where, text, f"{len(run)} circular points in a row are no arcs")
        return
    for k in range(1, len(run), 2):
        via, end = run[k][2], run[k + 1][2]
        one = via.speed == end.speed
        out.append(Setting(where=via.where, text=run[k][1]))
        out.append(
            replace(end, frame_T_via=via.frame_T_tcp, joints_via=via.joints, speed=end.speed if one else None,
                    missing=(*end.missing, *(() if one else ("one speed of the arc",))))
        )  # fmt: skip
    state.last = run[-1][2]


def _same(a: Move, b: Move) -> bool:
    pairs = ((a.frame_T_tcp, b.frame_T_tcp), (a.joints, b.joints))
    return any(x is not None and y is not None and np.array_equal(x, y) for x, y in pairs)
