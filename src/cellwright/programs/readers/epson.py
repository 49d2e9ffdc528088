"""SPEL+ programs (``.prg``) with their points (``.pts``) into neutral statements.

Conventions, none of them tried on a controller by us: mm and deg; U turns about z. Sources contradict each other on
how V and W turn, so a point with either is kept as missing; the third joint of a four-axis arm is a length [mm].
``Speed`` is a share of the joints' speeds, ``SpeedS`` the TCP's in mm/s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, arguments, expression, figure
from .playing import Trace, played
from .points import euler
from .tokens import Cursor, Token, scan

_TOKEN = re.compile(
    r"""(?P<skip>\s+)
      | (?P<text>"[^"]*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|&[HhBb][0-9A-Fa-f]+)
      | (?P<name>[A-Za-z_]\w*[$%]?)
      | (?P<sign><>|<=|>=|==|[-+*/^=<>(){}\[\],;:.\#@&!|])""",
    re.VERBOSE,
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"GO": "joint", "MOVE": "line", "ARC": "arc", "JUMP": "joint"}
_FLOW = {
    "IF", "ELSE", "ELSEIF", "ENDIF", "FOR", "NEXT", "DO", "LOOP", "WHILE", "WEND", "SELECT", "CASE", "SEND", "DEFAULT",
    "GOTO", "GOSUB", "RETURN", "EXIT", "HALT", "RESUME", "QUIT", "TRAP", "ONERR", "XQT", "ABORT", "RECOVER", "SYNCLOCK",
}  # fmt: skip
_QUIET = {
    "MOTOR", "ACCEL", "ACCELS", "ACCELR", "PRINT", "INTEGER", "REAL", "DOUBLE", "LONG", "STRING", "BOOLEAN", "BYTE",
    "SHORT", "GLOBAL", "PRESERVE", "RESET", "WEIGHT", "INERTIA", "FINE", "ARCH", "SETNET", "OPENNET", "CLOSENET",
    "WAITNET",
    "INPUT", "TMOUT", "TMRESET", "LIMZ", "CLS", "CALL", "ERESUME", "QP", "SPEEDR", "BRAKE", "ZEROFLG", "OPENCOM",
    "CLOSECOM",
    "SETCOM", "PAUSE", "WRITE", "READ", "LINE", "#DEFINE", "#INCLUDE", "#IFDEF", "#ENDIF", "SAVEPOINTS", "LOADPOINTS",
    "PLABEL", "ECLR", "TOOLDEF", "UBYTE", "INT32", "INT64", "LET", "SETSW", "TIME",
}  # fmt: skip
_MOTION = re.compile(
    r"GO|MOVE|T(GO|MOVE)|B(GO|MOVE)|JUMP|ARC|CVMOVE|PASS|PULSE|HOME|PTP|CURVE|SPEED|POWER|BASE|TOOL|LOCAL|TLSET|ARMSET|ARM\b|ECPSET|CP\b|JTRAN|PTRAN|VREG|FORCE|CNV"
)


@dataclass(slots=True)
class _State:
    routines: dict[str, list[tuple[Where, str]]]
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    tools: dict[int, Array] = field(default_factory=dict[int, Array])
    locals: dict[int, Array] = field(default_factory=dict[int, Array])
    share: float | None = None
    speed: float | None = None
    through: bool = False

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(name=self._value, call=self._called)

    def _value(self, name: str) -> Value:
        return {"ON": 1.0, "OFF": 0.0}.get(name.upper(), self.data.get(name.upper(), Missing(name)))

    def _called(self, name: str, given: Given, where: Where) -> Value:
        values = [v for v in given.placed if isinstance(v, float)]
        if name.upper() in ("XY", "JA") and len(values) == len(given.placed) and 4 <= len(values) <= 6:
            if not all(abs(v) < 1e6 for v in values):
                raise ProgramError("a point out of range", where=where)
            return {"point": list(values), "joints": name.upper() == "JA"}
        if name.upper() in ("P", "PN") and len(values) == 1:
            return self._value(f"P{values[0]:g}")
        return Missing(f"{name}()")


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a project: the function ``main`` first.

    Raises:
        ProgramError: a line is not well formed.
    """
    state = _State({})
    for name, text in sorted(files.items(), key=lambda item: PurePath(item[0]).suffix.lower() != ".pts"):
        if PurePath(name).suffix.lower() == ".pts":
            _points(state, name, text)
        else:
            _load(state, name, text)
    order = sorted(state.routines, key=lambda name: name != "MAIN")
    called = {
        name for rows in state.routines.values() for _, text in rows if (name := _callee(text, state.routines))
    } - {"MAIN"}
    return played("epson", order, called, lambda name: _play(state, name), state.trace)


def _callee(text: str, known: Mapping[str, object]) -> str:
    found = re.match(r"(?:call\s+)?([A-Za-z_]\w*)", text, re.IGNORECASE)
    return found[1].upper() if found and found[1].upper() in known else ""


def _points(state: _State, file: str, text: str) -> None:
    """Take the points of a point file: blocks of names and values."""
    values: dict[str, str] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"\s*(\w+)\s*=\s*(.*?)\s*$", line)
        if found:
            values[found[1]] = found[2].strip('"')
        elif line.strip() == "}" and "nNumber" in values:
            numbers = [values.get(key, "0") for key in ("rX", "rY", "rZ", "rU", "rV", "rW")]
            if not all(re.fullmatch(rf"{_NUMBER}(?:[eE][-+]?\d+)?", n) for n in numbers):
                raise ProgramError("a point with something that is no number", where=Where(Path(file), row))
            point: dict[str, Value] = {
                "point": [float(n) for n in numbers],
                "joints": False,
                "local": float(values.get("nLocal", "0")[:3]) if values.get("nLocal", "0").isdecimal() else 0.0,
            }
            if values.get("nHand", "").isdecimal():
                point["hand"] = float(values["nHand"])
            state.data[f"P{values['nNumber']}"] = point
            if values.get("sLabel"):
                state.data[values["sLabel"].upper()] = point
            values = {}
        elif line.strip().endswith("{"):
            values = {}


def _load(state: _State, file: str, text: str) -> None:
    rows: list[tuple[Where, str]] | None = None
    top: list[tuple[Where, str]] = []
    for row, line in enumerate(text.splitlines(), start=1):
        where, word = Where(Path(file), row), re.sub(r"""^((?:[^'"]|"[^"]*")*)'.*$""", r"\1", line).strip()
        if found := re.match(r"Function\s+(\w+)", word, re.IGNORECASE):
            rows = state.routines.setdefault(found[1].upper(), [])
        elif re.fullmatch(r"Fend", word, re.IGNORECASE):
            rows = None
        elif word:
            (top if rows is None else rows).append((where, word))
    for where, word in top:
        _statement(state, where, word)
    if not state.routines and not top and text.strip():
        raise ProgramError("no function in it", where=Where(Path(file), 1))


def _play(state: _State, name: str) -> None:
    rows = state.routines[name]
    state.trace.enter(name, rows[0][0] if rows else Where(Path(name)))
    for where, text in rows:
        for part in re.split(r"\s*;\s*(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text):
            if part:
                _statement(state, where, part)
    state.trace.leave()


def _tokens(where: Where, text: str) -> list[Token]:
    return list(scan(_TOKEN, str(where.file), text, first_line=where.line))


def _number(state: _State, where: Where, text: str) -> float | None:
    tokens = _tokens(where, text)
    return figure(expression(Cursor(tokens, where), state.meaning())) if tokens else None


def _statement(state: _State, where: Where, text: str) -> None:
    out = state.trace.out
    word = re.split(r"[\s(,]", text, maxsplit=1)[0].upper()
    rest = text[len(word) :].strip()
    if word in _MOVES:
        _motion(state, where, text, word, rest)
    elif word in ("SPEED", "SPEEDS") and rest:
        value = _number(state, where, rest.split(",")[0])
        if word == "SPEED":
            state.share = None if value is None else value / 100.0
        else:
            state.speed = None if value is None else from_mm(value)
        out.append(Setting(where=where, text=text))
    elif word in ("TOOL", "TLSET", "LOCAL", "BASE", "POWER", "CP"):
        _setting(state, where, text, word, rest)
    elif _signal(state, where, text, word, rest):
        pass
    elif (name := _callee(text, state.routines)) and not re.match(r"\w+\s*=", text):
        out.append(Call(where=where, routine=name, known=True))
        _play(state, name)
    elif word == "CALL":
        out.append(Call(where=where, routine=rest, known=False))
    elif word in _FLOW or re.fullmatch(r"\w+:", text):
        out.append(Flow(where=where, text=text))
    elif word in _QUIET:
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"([A-Za-z_]\w*[$%]?)(\([^)]*\))?\s*=(?!=)\s*(.*)$", text):
        name = found[1].upper() if not found[2] else f"P{found[2].strip('()')}"
        at = Cursor(_tokens(where, found[3]), where)
        state.data[name] = _point(state, at, where)
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))


def _setting(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    trace = state.trace
    found = re.match(r"(\d+)\s*,\s*(.*)$", rest)
    if word == "TOOL" and re.fullmatch(r"\d{1,2}", rest):
        number = int(rest)
        trace.tool = Frame(name=rest, outer_T_frame=frozen(np.eye(4)) if number == 0 else state.tools.get(number))
    elif word in ("TLSET", "LOCAL") and found:
        place = _pose_of(_point(state, Cursor(_tokens(where, found[2]), where), where), where)
        table = state.tools if word == "TLSET" else state.locals
        if place is None:
            table.pop(int(found[1][:3]), None)
        else:
            table[int(found[1][:3])] = place
        if word == "TLSET" and trace.tool.name == found[1]:
            trace.tool = Frame(name=found[1], outer_T_frame=place)
    elif word == "CP" and rest.upper() in ("ON", "OFF"):
        state.through = rest.upper() == "ON"
    elif not (word == "POWER" and rest.upper() == "HIGH"):
        trace.unknown_motion(where, text, "it changes how the robot moves")
        return
    trace.out.append(Setting(where=where, text=text))


def _signal(state: _State, where: Where, text: str, word: str, rest: str) -> bool:
    out = state.trace.out
    if word in ("ON", "OFF") and rest:
        port = rest.split(",")[0].strip()
        out.append(Signal(where=where, kind="set_output", values={"output": port, "value": float(word == "ON")}))
    elif word in ("OUT", "OUTW", "MEMON", "MEMOFF", "MEMOUT"):
        if word.startswith("MEM"):
            out.append(Setting(where=where, text=text))
        else:
            out.append(
                Signal(
                    where=where,
                    kind="set_output",
                    values={"output": f"{word} {rest.split(',')[0]}", "value": rest.split(",")[-1].strip()},
                )
            )
    elif word == "WAIT" and (time := _number(state, where, rest) if re.fullmatch(_NUMBER, rest) else None) is not None:
        out.append(Signal(where=where, kind="wait", values={"time": time}))
    elif word == "WAIT" and (found := re.match(r"Sw\(\s*(\w+)\s*\)\s*=\s*(On|Off|0|1)", rest, re.IGNORECASE)):
        level = float(found[2].lower() in ("on", "1"))
        out.append(Signal(where=where, kind="wait_input", values={"input": found[1], "value": level}))
    elif word == "WAIT":
        out.append(Signal(where=where, kind="wait_input", values={"input": rest, "value": 1.0}))
    else:
        return False
    return True


def _point(state: _State, at: Cursor, where: Where) -> Value:
    """Return a point: a name or ``XY(..)``, then shifts (``+X(5)``, ``:Z(0)``) and marks (``/L``, ``/1``)."""
    if at.done:
        raise ProgramError("a point belongs here", where=where)
    value = _head(state, at)
    while not at.done and at.peek() in ("+", "-", ":", "/"):
        sign = at.take().text
        if sign == "/":
            mark = at.take().text.upper()
            if isinstance(value, dict):
                value = {**value, **({"local": float(mark)} if mark.isdigit() else {"mark " + mark: 1.0})}
            continue
        if at.peek().upper() not in ("X", "Y", "Z", "U", "V", "W") or at.peek(1) != "(":
            return _sum(state, at, value, sign)
        axis = "XYZUVW".index(at.take().text.upper())
        at.take()
        by = figure(next(iter(arguments(at, state.meaning()).placed), Missing("")))
        value = _shifted(value, axis, sign, by)
    return value


def _head(state: _State, at: Cursor) -> Value:
    """Return what stands before any shift."""
    depth, ahead = 0, 0
    while at.kind(ahead):
        text = at.peek(ahead)
        depth += (text == "(") - (text == ")")
        if depth == 0 and ahead and text in ("+", "-", ":", "/"):
            break
        if depth == 0 and at.kind(ahead) == "name" and ahead and at.peek(ahead - 1) not in ("(", ","):
            break
        ahead += 1
    tokens = [at.take() for _ in range(ahead)]
    return expression(Cursor(tokens, tokens[-1].where), state.meaning())


def _sum(state: _State, at: Cursor, value: Value, sign: str) -> Value:
    """Return a number with what is added to it or taken from it."""
    other = expression(at, state.meaning())
    if isinstance(value, float) and isinstance(other, float) and sign in "+-":
        return value + other if sign == "+" else value - other
    return Missing("an expression")


def _shifted(value: Value, axis: int, sign: str, by: float | None) -> Value:
    if not isinstance(value, dict) or value.get("joints") is not False or by is None:
        return Missing("a shifted point")
    listed = value["point"]
    if not isinstance(listed, list):
        return Missing("a shifted point")
    numbers = [v if isinstance(v, float) else 0.0 for v in [*listed, 0.0, 0.0][:6]]
    numbers[axis] = by if sign == ":" else numbers[axis] + (by if sign == "+" else -by)
    return {**value, "point": list(numbers)}


def _pose_of(value: Value, where: Where) -> Array | None:
    """Return the pose of a point without V and W; None where these or the point are not known."""
    numbers = value.get("point") if isinstance(value, dict) and value.get("joints") is False else None
    if not isinstance(numbers, list):
        return None
    found = [v for v in numbers if isinstance(v, float)]
    if len(found) < 4 or any(found[4:]):
        return None
    return euler([*found[:3], found[3], 0.0, 0.0], "zyx", where)


def _motion(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    trace, kind = state.trace, _MOVES[word]
    found = re.search(r"\b(CP|ROT|ECP|TILL|FIND|SENSE|LIMZ|LJM|SYNC|C\d)\b|!", rest, re.IGNORECASE)
    targets, options = (rest, "") if found is None else (rest[: found.start()], rest[found.start() :])
    parts = _split(targets)
    if (
        len(parts) != (2 if kind == "arc" else 1)
        or "!" in options
        or re.search(r"\b(ECP|SENSE|FIND)\b", options, re.IGNORECASE)
    ):
        trace.unknown_motion(where, text, "targets or options that are not read")
        return
    values = [_point(state, Cursor(_tokens(where, part), where), where) for part in parts]
    end = values[-1]
    place, via = _pose_of(end, where), _pose_of(values[0], where)
    joints = _joints(end, where)
    number = figure(end.get("local", 0.0)) if isinstance(end, dict) else 0.0
    number = int(number) if number is not None and number < 100.0 else -1
    outer = frozen(np.eye(4)) if number == 0 else state.locals.get(number)
    frame = Frame(name=f"Local {number}", outer_T_frame=outer)
    tool = trace.tool if trace.tool.name else Frame(name="0", outer_T_frame=frozen(np.eye(4)))
    lost = [v.name for v in values if isinstance(v, Missing)]
    if not lost and joints is None and place is None:
        lost.append("how V and W turn")
    lost += [f"Tool {tool.name}"] if joints is None and tool.outer_T_frame is None else []
    lost += [frame.name] if joints is None and outer is None else []
    lost += ["the height of the jump"] if word == "JUMP" else []
    smooth = state.through or bool(re.search(r"\bCP\b", options, re.IGNORECASE))
    sides = {key[5:]: 1 for key in end if key.startswith("mark ")} if isinstance(end, dict) else {}
    trace.out.append(
        Move(
            where=where, kind=kind, tool=tool, frame=frame, joints=joints, frame_T_tcp=place,
            frame_T_via=via if kind == "arc" else None, configuration=sides,
            share=state.share if kind == "joint" else None,
            speed=state.speed if kind != "joint" else None, zone=None if smooth else 0.0, missing=tuple(lost),
        )
    )  # fmt: skip
    if re.search(r"\bTILL\b", options, re.IGNORECASE):
        trace.out.append(Flow(where=where, text=text))  # it may stop before the target


def _joints(value: Value, where: Where) -> Array | None:
    """Return the axes of ``JA(..)`` [rad], the third of a four-axis arm [m]."""
    numbers = value.get("point") if isinstance(value, dict) and value.get("joints") is True else None
    if not isinstance(numbers, list):
        return None
    found = [v for v in numbers if isinstance(v, float)]
    scara = len(found) == 4
    return frozen([from_mm(v) if scara and k == 2 else math.radians(v) for k, v in enumerate(found)])


def _split(text: str) -> list[str]:
    """Return the parts between commas that stand in no bracket."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]
