"""Estun RCS2 programs (``.erp`` with ``.erd`` data) into neutral statements.

Conventions, read in one family of public sources and tried by none of us: positions in mm, a b c in deg about z, y',
x''; joint values in deg; SPEED in mm/s and deg/s with a percentage for joint moves; zones in mm where B is ABSOLUTE,
shares where it is RELATIVE; the meaning of the configuration numbers is not known and they are kept as written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen, pose, turn_x, turn_y, turn_z
from ...units import from_deg, from_mm
from ..statements import NULL, Call, Flow, Frame, Move, Setting, Signal, Statement, Statements, Unknown
from .points import external
from .tokens import Cursor, Token, joined, number, scan

Value = bool | float | str | dict[str, "Value"]
"""A reference to a variable is a text that starts with ``t_``."""

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v\ufeff]+|//[^\n]*|/\*.*?\*/)
      | (?P<line>\n)
      | (?P<text>"[^"\n]*")
      | (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<sign>==|~=|!=|<=|>=|:=|[-+*/=<>(){}\[\],;:.!])""",
    re.VERBOSE | re.DOTALL,
)
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "MovJ": "joint", "MovL": "line", "MovLW": "line", "MovC": "arc", "MovCW": "arc", "MoveC": "arc", "Circle": "arc",
    "SearchL": "line", "MovLSearch": "line", "TriggL": "line", "ARC_Line": "line", "ARC_LW": "line",
    "ARC_Circle": "arc", "ARC_CW": "arc", "ARC_C": "arc",
}  # fmt: skip
_SEARCHES = {"SearchL", "MovLSearch"}
_MOTION_WORDS = (
    "Mov",
    "EMov",
    "RefRobotAxis",
    "Tracking",
    "SoftFloat",
    "Pallet",
    "SetMotionMode",
    "SetOverRide",
    "ARC_",
)
_QUIET = {
    "SetRtInfo", "SetRtToErr", "SetPayload", "SetCartDyn", "SetJointDyn", "SetColliEnable", "SetWelderMode",
    "SendMessage", "CLKStart", "CLKStop", "CLKReset", "Stop",
}  # fmt: skip
_FLOW = {"IF", "ELSIF", "ELSE", "ENDIF", "WHILE", "ENDWHILE", "GOTO", "RETURN", "BREAK", "RUN", "FOR", "ENDFOR"}
_SHARE = {5: 0.01, 10: 0.02, 30: 0.03, 50: 0.05, 60: 0.06, 80: 0.08}
"""Joint share of the system speeds; from V100 on a tenth of a percent for each mm/s, at most 100 %."""


@dataclass(slots=True)
class _State:
    data: Mapping[str, Mapping[str, Value]]
    program: str = ""
    tool: Frame = NULL
    frame: Frame = NULL
    arc: dict[str, float | str] = field(default_factory=dict[str, "float | str"])
    burning: bool = False
    weave: str = ""
    missing: list[str] = field(default_factory=list[str])


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of the ``.erp`` files; the ``.erd`` files give them data.

    Raises:
        ProgramError: a line is not well formed.
    """
    data = {PurePath(n).stem: _data(n, t) for n, t in files.items() if PurePath(n).suffix.lower() == ".erd"}
    out: list[Statement] = []
    uncalled: list[str] = []
    programs = [name for name in files if PurePath(name).suffix.lower() == ".erp"]
    for name in programs:
        state = _State(data, program=PurePath(name).stem)
        uncalled += [name] if out else []
        for row in _rows(name, files[name]):
            out.extend(_statement(state, row))
    return Statements(brand="estun", statements=tuple(out), uncalled=tuple(uncalled))


def _rows(file: str, text: str) -> list[list[Token]]:
    """Return the tokens of each statement: a line, or more where a brace is open."""
    rows: list[list[Token]] = [[]]
    depth = 0
    for token in scan(_TOKEN, file, text):
        depth += (token.text == "{") - (token.text == "}")
        if token.kind != "line":
            rows[-1].append(token)
        elif depth <= 0:
            rows.append([])
    if depth > 0:
        raise ProgramError("a brace is not closed", where=rows[-1][0].where)
    return [row for row in rows if row]


def _data(file: str, text: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for row in _rows(file, text):
        at = Cursor(row, row[-1].where)
        name = at.take()
        at.expect("=")
        values[name.text] = _value(at)
        if not at.done:
            raise ProgramError(f"'{at.peek()}' is left over", where=at.where)
    return values


def _value(at: Cursor) -> Value:
    kind, where = at.kind(), at.where
    if at.peek() == "{":
        return _table(at)
    token = at.take()
    if kind == "number":
        return number(token)
    if kind == "text":
        return token.text[1:-1]
    if kind == "name":
        return {"true": True, "false": False}.get(token.text.lower(), token.text)
    raise ProgramError(f"{token} stands where a value belongs", where=where)


def _table(at: Cursor) -> dict[str, Value]:
    at.down()
    at.expect("{")
    values: dict[str, Value] = {}
    while at.peek() != "}":
        name = at.take()
        if name.kind != "name" or name.text in values:
            raise ProgramError(f"{name} stands where a new field's name belongs", where=name.where)
        at.expect("=")
        values[name.text] = _value(at)
        if not at.accept(","):
            break
    at.expect("}")
    at.up()
    return values


def _statement(state: _State, row: list[Token]) -> list[Statement]:
    where, word, text = row[0].where, row[0].text, joined(row)
    rest = [token.text for token in row[1:]]
    if rest in ([":"], [":", ";"]):
        return [Setting(where=where, text=text) if word == "Start" else Flow(where=where, text=text)]
    if word == "End" and rest in ([], [";"]):
        return [Setting(where=where, text=text)]
    if word in _FLOW:
        return [Flow(where=where, text=text)]
    if word == "CALL":
        return [Call(where=where, routine=" ".join(t.strip('"') for t in rest if t not in "{}=File"), known=False)]
    if rest[:1] in (["="], [":="]):
        changes = not word.endswith(".value")  # counters may change, poses and speeds may not go unseen
        return [Unknown(where=where, text=text, kind="motion") if changes else Setting(where=where, text=text)]
    if rest[:1] != ["{"]:
        kind = "motion" if word.startswith(_MOTION_WORDS) else "other"
        return [Unknown(where=where, text=text, kind=kind)]
    at = Cursor(row[1:], row[-1].where)
    fields = _table(at)
    at.accept(";")
    if not at.done:
        raise ProgramError(f"'{at.peek()}' is left over", where=at.where)
    if word in _MOVES:
        return _motion(state, where, word, fields, text)
    return _instruction(state, where, word, fields, text)


def _instruction(state: _State, where: Where, word: str, fields: Mapping[str, Value], text: str) -> list[Statement]:
    match word:
        case "Wait" | "WaitTime" if isinstance(time := _number(state, fields.get("T")), float):
            return [Signal(where=where, kind="wait", values={"time": time / 1000.0})]
        case "WaitUntil" | "WaitCondition":
            condition = str(fields.get("Cond", fields.get("JudgeCondi", "")))
            return [Signal(where=where, kind="wait_input", values={"input": condition, "value": 1.0})]
        case "SetDO" | "SetSimDO" | "SetAO" | "SetSimAO" | "WaitDI" | "WaitSimDI":
            name = next((v for k, v in fields.items() if k in ("SimIO", "IO", "DO", "DI", "AO")), "")
            level = _number(state, fields.get("Val"))
            side, kind = ("output", "set_output") if word.startswith("Set") else ("input", "wait_input")
            value = level if level is not None else str(fields.get("Val", ""))
            return [Signal(where=where, kind=kind, values={side: _last(str(name)), "value": value})]
        case "SetTool" if "Tool" in fields:
            state.tool = _frame(state, fields["Tool"], where)
        case "SetCoord" if set(fields) == {"Coord"}:
            state.frame = _frame(state, fields["Coord"], where)
        case "ARC_SET":
            return [Setting(where=where, text=text), *_arc_set(state, where, fields)]
        case "ARC_ON":
            state.burning = True
            return [Signal(where=where, kind="process_on", values=dict(state.arc))]
        case "ARC_OFF":
            state.burning = False
            return [*_weaving(state, where, None), Signal(where=where, kind="process_off")]
        case _ if word not in _QUIET:
            kind = "motion" if word.startswith(_MOTION_WORDS) else "other"
            return [Unknown(where=where, text=text, kind=kind)]
        case _:
            pass
    return [Setting(where=where, text=text)]


def _arc_set(state: _State, where: Where, fields: Mapping[str, Value]) -> list[Statement]:
    """Current [A] and voltage [V] of the arc; a change while it burns is a process of its own."""
    arc: dict[str, float | str] = {}
    for key, name in (("A", "current"), ("V", "voltage"), ("H", "job")):
        value = _number(state, fields.get(key))
        if value is not None and (key != "H" or value != 0.0):
            arc[name] = value
    changed, state.arc = arc != state.arc, arc
    return [Signal(where=where, kind="process_on", values=dict(arc))] if state.burning and changed else []


def _weaving(state: _State, where: Where, data: Value | None) -> list[Statement]:
    name = str(data) if data is not None else ""
    if name == state.weave:
        return []
    said: list[Statement] = [Signal(where=where, kind="weave_off")] if state.weave else []
    state.weave = name
    if not name:
        return said
    table = _resolve(state, data)
    values: dict[str, float | str] = {}
    for key, neutral, factor in (("Freq", "frequency", 1.0), ("Amp_L", "amplitude", 1e-3)):
        size = table.get(key) if isinstance(table, dict) else None
        if isinstance(size, float):
            values[neutral] = size * factor
    return [*said, Signal(where=where, kind="weave_on", values=values)]


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _resolve(state: _State, value: Value | None) -> Value | None:
    """Return what a reference stands for; None where the files do not hold it."""
    if not isinstance(value, str) or not value.startswith("t_"):
        return value
    scope, *path = value.split(".")
    own = state.data.get(state.program, {})
    others = [table for name, table in state.data.items() if name != state.program]
    for table in [own, *others] if scope == "t_l" else [*others, own]:
        found: Value | None = table.get(path[0]) if path else None
        for part in path[1:]:
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def _number(state: _State, value: Value | None) -> float | None:
    found = _resolve(state, value)
    found = found.get("value") if isinstance(found, dict) else found
    return found if isinstance(found, float) else None


def rotation(a: float, b: float, c: float) -> Array:
    """Return the rotation (3, 3) of Estun's a, b, c [deg]: about z, then the turned y, then the turned x."""
    return turn_z(from_deg(a)) @ turn_y(from_deg(b)) @ turn_x(from_deg(c))


def _pose(table: Mapping[str, Value], where: Where) -> Array:
    """Return the pose of a table with x y z and either a b c or a quaternion with the scalar first."""
    x, y, z = (_entry(table, key, where) for key in "xyz")
    position = (from_mm(x), from_mm(y), from_mm(z))
    if "q1" not in table:
        return frozen(pose(position, rotation(*(_entry(table, key, where) for key in "abc"))))
    w, *axis = (_entry(table, f"q{k}", where) for k in range(1, 5))
    v = np.array(axis)
    if abs(w * w + float(v @ v) - 1.0) > 1e-3:
        raise ProgramError("a quaternion that is not of length 1", where=where)
    cross = np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
    return frozen(pose(position, np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross))


def _entry(table: Mapping[str, Value], key: str, where: Where) -> float:
    value = table.get(key)
    if not isinstance(value, float):
        raise ProgramError(f"a number '{key}' is wanted here", where=where)
    return value


def _frame(state: _State, value: Value, where: Where) -> Frame:
    name = _last(str(value))
    if name in ("nullTool", "World"):
        return Frame(name=name, outer_T_frame=frozen(np.eye(4)))
    table = _resolve(state, value)
    if not isinstance(table, dict):
        return Frame(name=name, outer_T_frame=None)
    inner = table.get("tframe", table)
    return Frame(name=name, outer_T_frame=_pose(inner if isinstance(inner, dict) else table, where))


def _motion(state: _State, where: Where, word: str, fields: Mapping[str, Value], text: str) -> list[Statement]:
    kind = _MOVES[word]
    ends = [fields[key] for key in ("A", "P1", "P", "P2") if key in fields]
    known = {"A", "P", "P1", "P2", "V", "B", "C", "Tool", "Coord", "WEAVE", "Zone", "SearchDir", "Dist", "StopDist"}
    known |= {"ProbeSignal", "ProbeVal", "TriggIO", "TriggVal"}
    if len(ends) != (2 if kind == "arc" else 1) or not fields.keys() <= known:
        return [Unknown(where=where, text=text, kind="motion", reason="targets or fields that are not known")]
    if "Tool" in fields:
        state.tool = _frame(state, fields["Tool"], where)
    if "Coord" in fields:
        state.frame = _frame(state, fields["Coord"], where)
    tables = [_resolve(state, end) for end in ends]
    missing = [str(end) for end, table in zip(ends, tables, strict=True) if not isinstance(table, dict)]
    missing += [f.name for f in (state.tool, state.frame) if f.name and f.outer_T_frame is None]
    joints, poses, configuration = _targets(tables, where)
    tcp, turn_speed, share = _speed(state, fields.get("V"))
    if word.startswith("ARC_") or "WEAVE" in fields or state.weave:
        before = _weaving(state, where, fields.get("WEAVE"))
    else:
        before = []
    move = Move(
        where=where, kind=kind, tool=state.tool, frame=state.frame, joints=joints,
        frame_T_tcp=poses[-1] if poses else None, frame_T_via=poses[0] if len(poses) == 2 else None,
        configuration=configuration, speed=None if kind == "joint" else tcp, share=share if kind == "joint" else None,
        turn_speed=turn_speed, zone=_zone(state, fields), missing=tuple(missing), external=_external(tables[-1]),
    )  # fmt: skip
    said: list[Statement] = [*before, move]
    if word in _SEARCHES:
        said.append(Flow(where=where, text=text))  # it may stop before the target
    if "TriggIO" in fields:
        level = _number(state, fields.get("TriggVal"))
        values: dict[str, float | str] = {"output": _last(str(fields["TriggIO"])), "value": level or 0.0}
        said.append(Signal(where=where, kind="set_output", values=values))
    return said


def _targets(tables: Sequence[Value | None], where: Where) -> tuple[Array | None, list[Array], dict[str, int]]:
    poses: list[Array] = []
    configuration: dict[str, int] = {}
    for table in tables:
        if not isinstance(table, dict):
            return None, [], {}
        if table.get("_type") == "APOS":
            return frozen([from_deg(_entry(table, f"a{k}", where)) for k in range(1, 7)]), [], {}
        poses.append(_pose(table, where))
        bits = table.get("confdata")
        if isinstance(bits, dict):
            configuration = {key: int(v) for key, v in bits.items() if isinstance(v, float)}
    return None, poses, configuration


def _external(table: Value | None) -> tuple[float, ...]:
    """Return a7 to a16 of a target as written."""
    values = [table.get(f"a{k}", 0.0) for k in range(7, 17)] if isinstance(table, dict) else []
    return external([v if isinstance(v, float) else math.nan for v in values])


def _speed(state: _State, value: Value | None) -> tuple[float | None, float | None, float | None]:
    """Return TCP speed [m/s], turn rate [rad/s] and the joints' share; None where not said."""
    table = _resolve(state, value)
    if isinstance(table, dict):
        tcp, turn = (_either(table, *keys) for keys in (("v_tcp", "tcp"), ("v_ori", "ori")))
        share = _either(table, "per", "v_per", "v_j")
        return (
            None if tcp is None else from_mm(tcp),
            None if turn is None else from_deg(turn),
            None if share is None else share / 100.0,
        )
    match = re.fullmatch(r"t_s\.V(\d{1,9})", str(value))
    if match is None:
        return None, None, None
    mm_s = int(match[1])
    return from_mm(mm_s), from_deg(360.0), _SHARE.get(mm_s, min(1.0, mm_s / 1000.0))


def _either(table: Mapping[str, Value], *keys: str) -> float | None:
    return next((v for key in keys if isinstance(v := table.get(key), float)), None)


def _zone(state: _State, fields: Mapping[str, Value]) -> float | None:
    blend = fields.get("B")
    if blend == "FINE":
        return 0.0
    corner = fields.get("C", fields.get("Zone"))
    if blend != "ABSOLUTE" or corner is None:
        return None
    table = _resolve(state, corner)
    if isinstance(table, dict):
        size = _either(table, "pzone_tcp", "zone_tcp", "dis")
        return None if size is None else from_mm(size)
    match = re.fullmatch(r"t_s\.C(\d{1,9})", str(corner))
    return from_mm(int(match[1])) if match else None
