"""AS programs (``.as``, ``.pg``) into neutral statements.

Conventions, none of them tried on a controller by us: mm and deg; O A T turn about z, the turned y, the turned z;
BASE is the frame in which poses stand; the last SPEED counts, in percent or in mm/s; ACCURACY is how near the target
the next move may begin [mm].
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen, pose
from ...units import from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, expression, figure, figures, listed
from .playing import Trace, numbers_of, played
from .points import euler
from .tokens import Cursor, Token, scan

_TOKEN = re.compile(
    r"""(?P<skip>\s+)
      | (?P<text>"[^"]*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[\#$]?[A-Za-z_][\w.]*)
      | (?P<sign>==|<>|<=|>=|=<|=>|[-+*/^=<>(){}\[\],;:\#@&!])""",
    re.VERBOSE,
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "JMOVE": "joint", "LMOVE": "line", "HMOVE": "joint", "C1MOVE": "arc", "C2MOVE": "arc", "JAPPRO": "joint",
    "LAPPRO": "line", "LWS": "line", "LWC": "line", "LWE": "line",
}  # fmt: skip
_FLOW = {
    "IF", "ELSE", "END", "GOTO", "FOR", "WHILE", "DO", "UNTIL", "CASE", "VALUE", "ANY", "RETURN", "SVALUE", "SCASE",
    "STOP",
    "HALT", "ON", "ONI", "IGNORE", "ELSEIF", "RETURNE", "EXTCALL", "PCEXECUTE", "EXECUTE", "NEXT", "MONITOR",
}  # fmt: skip
_QUIET = {
    "TYPE", "PRINT", "PAUSE", "ACCEL", "DECEL", "WEIGHT", "BREAK", "PROMPT", "CP", "RESET", "BITS", "SCREEN",
    "MESSAGES",
    "STABLE", "DECOMPOSE", "TIMER", "UTIMER", "LOCK", "IFPLABEL", "IFPWPRINT", "ABS.SPEED", "TRACE", "OPENINFO",
    "RESPONSE",
    "LEFTY", "RIGHTY", "ABOVE", "BELOW", "UWRIST", "DWRIST", "HERE", "ZPOWER", "CLOSEINFO", "KILL", "TWAITOFF",
    "STRTOPOS",
}  # fmt: skip
_MOTION = re.compile(
    r"[A-Z0-9]*MOVE|JDEPART|LDEPART|DRAW|TDRAW|DRIVE|ALIGN|HOME|[JL]APPRO|SPIN|PALLET|XMOVE|XFORM|SLIM|LIMIT|MSPEED|CONV|LW|"
    r"CVTOFF|ULIMIT|LLIMIT|MC|OX|FRAME|TRACK|SFLOW|FORCE|SPLINE|WS|ACCU|SPEED|BASE|TOOL", re.IGNORECASE
)  # fmt: skip
_SIDES = {"LEFTY": ("lefty", 1), "RIGHTY": ("lefty", 0), "ABOVE": ("above", 1), "BELOW": ("above", 0),
"UWRIST": ("upper", 1), "DWRIST": ("upper", 0)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Joints:
    values: tuple[float, ...]


@dataclass(slots=True)
class _State:
    routines: dict[str, list[tuple[Where, str]]]
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    joints: dict[str, _Joints] = field(default_factory=dict[str, _Joints])
    speed: tuple[float | None, float | None] = (None, None)
    once: tuple[float | None, float | None] | None = None
    accuracy: float | None = None
    accuracy_once: float | None = None
    sides: dict[str, int] = field(default_factory=dict[str, int])
    via: tuple[Where, str, Array | None] | None = None

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(name=self._value, call=_function, special=_special(self), join=frozenset({"+"}))

    def _value(self, name: str) -> Value:
        return self.data.get(name.lower(), np.eye(4) if name.upper() == "NULL" else Missing(name))


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of AS programs; sections with data give them points.

    Raises:
        ProgramError: a line is not well formed.
    """
    state = _State({})
    for name, text in files.items():
        _load(state, name, text)
    found = (
        re.match(r"CALL\s+(\w[\w.]*)", text, re.IGNORECASE) for rows in state.routines.values() for _, text in rows
    )
    called = {match[1].lower() for match in found if match}
    return played("kawasaki", state.routines, called, lambda name: _play(state, name), state.trace)


def _load(state: _State, file: str, text: str) -> None:
    """Keep the programs, take the data of ``.TRANS``, ``.JOINTS`` and ``.REALS``."""
    section, rows, numbered = "", [], list(enumerate(text.splitlines(), start=1))
    for row, line in numbered:
        word, where = _without_comment(line).strip(), Where(Path(file), row)
        if found := re.match(r"\.PROGRAM\s+([\w.]+)", word, re.IGNORECASE):
            section, rows = "program", state.routines.setdefault(found[1].lower(), [])
        elif found := re.match(r"\.(\w+)", word):
            section = "" if found[1].upper() == "END" else found[1].upper()
        elif not word or word.startswith(".*"):
            continue
        elif section == "program":
            rows.append((where, word))
        elif section in ("TRANS", "JOINTS", "REALS"):
            _datum(state, section, word, where)
    if not state.routines and not state.data and not state.joints and text.strip():
        raise ProgramError("no .PROGRAM in it", where=Where(Path(file), 1))


def _without_comment(line: str) -> str:
    if ";" not in line:
        return line
    return re.sub(r'^((?:[^";]|"[^"]*")*);.*$', r"\1", line)


def _datum(state: _State, section: str, word: str, where: Where) -> None:
    name, _, rest = word.partition("=" if section == "REALS" else " ")
    numbers = re.split(r"[\s,]+", rest.strip())
    if not all(re.fullmatch(rf"{_NUMBER}(?:[eE][-+]?\d+)?", part) for part in numbers):
        raise ProgramError("a name and numbers belong here", where=where)
    values = [float(part) for part in numbers]
    if section == "REALS":
        state.data[name.strip().lower()] = values[0]
    elif section == "JOINTS":
        state.joints[name.strip().lower()] = _Joints(tuple(values))
    else:
        state.data[name.strip().lower()] = _trans(values, where)


def _trans(values: list[float], where: Where) -> Array:
    """Return the pose of X, Y, Z [mm] and O, A, T [deg]: about z, the turned y, the turned z."""
    return euler([*values[:6], *[0.0] * (6 - len(values))], "zyz", where)


def _function(name: str, given: Given, where: Where) -> Value:
    values = [v for v in given.placed if isinstance(v, float)]
    lost = next((v for v in given.placed if isinstance(v, Missing)), Missing(f"{name}()"))
    match name.upper():
        case "TRANS" if len(values) == len(given.placed) <= 6:
            return _trans(values, where)
        case "RX" | "RY" | "RZ" if len(values) == 1:
            return euler([0.0, 0.0, 0.0, values[0], 0.0, 0.0], f"{name[1].lower()}yz", where)
        case _:
            return lost


def _special(state: _State) -> Callable[[Cursor, Meaning], Value | None]:
    """Take joint targets (``#[..]``, ``#name``, ``#PPOINT(..)``) and ``SHIFT(t BY x, y, z)``."""

    def special(at: Cursor, meaning: Meaning) -> Value | None:
        word = at.peek().upper()
        if word == "#" and at.peek(1) == "[":
            at.take()
            at.take()
            return {"joints": listed(at, meaning, "]")}
        if word == "#PPOINT" and at.peek(1) == "(":
            at.take()
            at.take()
            return {"joints": listed(at, meaning, ")")}
        if at.peek(1) == "[" and at.kind(2) == "number" and at.peek(3) == "]":
            key = "".join(at.take().text for _ in range(4)).lower()  # a point of an array
            found = state.joints.get(key)
            return {"joints": list(found.values)} if found else state.data.get(key, Missing(key))
        if word.startswith("#") and len(word) > 1:
            found = state.joints.get(at.take().text.lower())
            return Missing(word) if found is None else {"joints": list(found.values)}
        if word == "SHIFT" and at.peek(1) == "(":
            at.take()
            at.take()
            place = expression(at, meaning)
            at.expect("BY")
            by = figures(listed(at, meaning, ")"), 3)
            if not isinstance(place, np.ndarray) or by is None:
                return Missing("SHIFT")
            return pose([from_mm(v) for v in by]) @ place
        return None

    return special


def _play(state: _State, name: str) -> None:
    rows = state.routines[name]
    state.trace.enter(name, rows[0][0] if rows else Where(Path(name)))
    for where, text in rows:
        _statement(state, where, text)
    state.trace.leave()


def _tokens(where: Where, text: str) -> list[Token]:
    return list(scan(_TOKEN, str(where.file), text, first_line=where.line))


def _statement(state: _State, where: Where, text: str) -> None:
    out = state.trace.out
    word = text.split()[0].upper().split("(")[0]
    rest = text[len(word) :].strip()
    if word in _MOVES:
        _motion(state, where, text, word, rest)
    elif word == "SPEED" and _speed(state, rest):
        out.append(Setting(where=where, text=text))
    elif word == "ACCURACY" and (found := re.fullmatch(rf"({_NUMBER})(\s+ALWAYS)?(\s+FINE)?", rest, re.IGNORECASE)):
        size = from_mm(float(found[1]))
        state.accuracy_once = None if found[2] else size
        state.accuracy = size if found[2] else state.accuracy
        out.append(Setting(where=where, text=text))
    elif word in ("TOOL", "BASE") and rest:
        _frame(state, where, word, rest)
        out.append(Setting(where=where, text=text))
    elif word == "POINT" and "=" in rest:
        _point(state, where, rest)
        out.append(Setting(where=where, text=text))
    elif _signal(state, where, word, rest):
        pass
    elif word == "CALL":
        name = re.split(r"[\s(]", rest)[0].lower()
        handed = numbers_of(rest.partition("(")[2])
        out.append(Call(where=where, routine=name, known=name in state.routines, arguments=handed))
        if name in state.routines:
            _play(state, name)
    elif word in _FLOW or re.fullmatch(r"[\w.]+:", text):
        out.append(Flow(where=where, text=text))
    elif word in _QUIET:
        if word == "BREAK":  # the next step waits until the robot is there
            last = next((k for k in range(len(out) - 1, -1, -1) if isinstance(out[k], Move)), None)
            if last is not None:
                out[last] = replace(cast(Move, out[last]), zone=0.0)
        if word in _SIDES:
            state.sides[_SIDES[word][0]] = _SIDES[word][1]
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"(\$?[A-Za-z_][\w.]*)(\[.*?\])?\s*=(?!=)\s*(.*)$", text):
        tokens = _tokens(where, found[3])
        at = Cursor(tokens, where)
        state.data[found[1].lower()] = expression(at, state.meaning()) if tokens and not found[2] else Missing(found[1])
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))


def _speed(state: _State, rest: str) -> bool:
    found = re.fullmatch(
        rf"({_NUMBER})\s*(MM/S|MM/MIN|S|%)?(\s*,\s*{_NUMBER}\s*DEG/S)?(\s+ALWAYS)?", rest, re.IGNORECASE
    )
    if found is None:
        return False
    value, unit = float(found[1]), (found[2] or "%").upper()
    factors = {"MM/S": 1e-3, "MM/MIN": 1e-3 / 60.0}
    said = (value / 100.0, None) if unit == "%" else (None, value * factors[unit]) if unit in factors else (None, None)
    if found[4]:
        state.speed = said
    else:
        state.once = said
    return True


def _frame(state: _State, where: Where, word: str, rest: str) -> None:
    value = _value(state, where, rest)
    name = rest if re.fullmatch(r"[\w.]+", rest) else word
    frame = Frame(name=name, outer_T_frame=frozen(value) if isinstance(value, np.ndarray) else None)
    if word == "TOOL":
        state.trace.tool = frame
    else:
        state.trace.frame = frame


def _value(state: _State, where: Where, text: str) -> Value:
    tokens = _tokens(where, text)
    if not tokens:
        raise ProgramError("a target belongs here", where=where)
    at = Cursor(tokens, where)
    return expression(at, state.meaning())


def _point(state: _State, where: Where, rest: str) -> None:
    name, _, source = rest.partition("=")
    key, value = name.strip().lower(), _value(state, where, source)
    if key.startswith("#"):
        found = figures(value.get("joints", Missing(key))) if isinstance(value, dict) else None
        if found is None:
            state.joints.pop(key, None)
        else:
            state.joints[key] = _Joints(tuple(found))
    else:
        state.data[key] = value


def _signal(state: _State, where: Where, word: str, rest: str) -> bool:
    out = state.trace.out
    if word in ("SIGNAL", "PULSE", "DLYSIG", "SWAIT"):
        parts = [part.strip() for part in rest.split(",")]
        side, kind = ("input", "wait_input") if word == "SWAIT" else ("output", "set_output")
        for part in parts[:1] if word in ("PULSE", "DLYSIG") else parts:
            value: dict[str, float | str] = {side: part.lstrip("-"), "value": 0.0 if part.startswith("-") else 1.0}
            out.append(Signal(where=where, kind=kind, values=value))
    elif word == "WAIT" and (
        found := re.fullmatch(
            r"\(?\s*(NOT\s+)?SIG\(\s*(-?\w+)\s*\)\s*\)?(?:\s*(?:==|=)\s*(TRUE|ON|FALSE|OFF))?", rest, re.IGNORECASE
        )
    ):
        level = (found[1] is None) == (not found[2].startswith("-")) == ((found[3] or "ON").upper() in ("TRUE", "ON"))
        out.append(
            Signal(where=where, kind="wait_input", values={"input": found[2].lstrip("-"), "value": float(level)})
        )
    elif word == "WAIT":
        out.append(Signal(where=where, kind="wait_input", values={"input": rest, "value": 1.0}))
    elif word in ("TWAIT", "DELAY"):
        time = float(rest) if re.fullmatch(_NUMBER, rest) else rest
        out.append(Signal(where=where, kind="wait", values={"time": time}))
    elif word in ("OPEN", "OPENI", "CLOSE", "CLOSEI", "RELAX", "RELAXI"):
        level = 1.0 if word.startswith("CLOSE") else 0.0
        out.append(Signal(where=where, kind="set_output", values={"output": f"clamp {rest or 1}", "value": level}))
    else:
        return False
    return True


def _motion(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    trace, kind = state.trace, _MOVES[word]
    tokens = _tokens(where, rest)
    if not tokens:
        raise ProgramError("a target belongs here", where=where)
    at = Cursor(tokens, where)
    value = expression(at, state.meaning())
    more = _behind(at, state)
    if word == "C1MOVE":
        state.via = (where, text, frozen(value) if isinstance(value, np.ndarray) else None)
        trace.out.append(Setting(where=where, text=text))
        return
    if word in ("JAPPRO", "LAPPRO"):
        by = figure(more[0]) if more else None
        value = (
            value @ pose((0.0, 0.0, -from_mm(by)))
            if isinstance(value, np.ndarray) and by is not None
            else Missing(text)
        )
    values = figures(value["joints"]) if isinstance(value, dict) and "joints" in value else None
    target = frozen(value) if isinstance(value, np.ndarray) else None
    lost = [value.name if isinstance(value, Missing) else "the target"] if values is None and target is None else []
    if target is not None:
        lost += [name for name, f in (("TOOL", trace.tool), ("BASE", trace.frame)) if f.outer_T_frame is None]
    via, state.via = (state.via, None) if word == "C2MOVE" else (None, state.via)
    if word == "C2MOVE" and (via is None or via[2] is None):
        lost.append("the point passed")
    (share, speed), state.once = state.once or state.speed, None
    zone, state.accuracy_once = state.accuracy_once if state.accuracy_once is not None else state.accuracy, None
    trace.out.append(
        Move(
            where=where, kind=kind, tool=trace.tool, frame=trace.frame, frame_T_tcp=target,
            joints=frozen([math.radians(v) for v in values]) if values is not None and _sane(values, where) else None,
            frame_T_via=via[2] if via is not None else None, configuration=dict(state.sides),
            share=share if kind == "joint" else None, speed=speed if kind != "joint" else None, zone=zone,
            missing=tuple(lost),
        )
    )  # fmt: skip
    if word in ("LWS", "LWE"):
        trace.out.append(
            Signal(where=where, kind="process_on" if word == "LWS" else "process_off", values=_conditions(more))
        )


def _sane(values: list[float], where: Where) -> bool:
    if not all(abs(v) < 1e5 for v in values):
        raise ProgramError("joints out of range", where=where)
    return True


def _conditions(more: list[Value]) -> dict[str, float | str]:
    """Return the number of the weld condition that stands behind the target."""
    number = figure(more[0]) if more else None
    return {} if number is None else {"job": number}


def _behind(at: Cursor, state: _State) -> list[Value]:
    """Return what stands behind a target, after commas."""
    values: list[Value] = []
    while at.accept(","):
        values.append(expression(at, state.meaning()))
    if not at.done:
        raise ProgramError(f"'{at.peek()}' is left over at the end of the line", where=at.where)
    return values
