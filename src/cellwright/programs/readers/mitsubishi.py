"""MELFA BASIC programs (``.prg``) with their positions into neutral statements.

Conventions, none of them tried on a controller by us: mm and deg; A B C turn about the fixed x, y, z; Ovrd and JOvrd
are shares of the joints' speeds, Spd the TCP's in mm/s, reduced by Ovrd too; Cnt 1 with two lengths lets rounding
begin at the second of them after this target [mm].
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
from ...geometry import frozen, pose
from ...units import from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, arguments, expression, figure
from .playing import Trace, numbers_of, played
from .points import euler
from .tokens import Cursor, Token, scan

_TOKEN = re.compile(
    r"""(?P<skip>\s+)
      | (?P<text>"[^"]*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|&[HhBb][0-9A-Fa-f]+)
      | (?P<name>[A-Za-z_]\w*[$%!\#]?)
      | (?P<sign><>|<=|>=|==|[-+*/^=<>(){}\[\],;:.&])""",
    re.VERBOSE,
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_MOVES: Mapping[str, tuple[Literal["joint", "line", "arc"], int]] = {
    "MOV": ("joint", 1), "MVS": ("line", 1), "MVR": ("arc", 3),
}  # fmt: skip
_FLOW = {
    "IF", "ELSE", "ELSEIF", "ENDIF", "FOR", "NEXT", "WHILE", "WEND", "GOTO", "GOSUB", "RETURN", "SELECT", "CASE",
    "DEFAULT",
    "END", "HLT", "ON", "BREAK", "SKIP", "XRUN", "XSTP", "ACT", "DEF ACT", "THEN",
}  # fmt: skip
_QUIET = {
    "SERVO", "ACCEL", "FINE", "OADL", "LOADSET", "DEF", "DIM", "DLY", "PRINT", "OPEN", "CLOSE", "INPUT", "CMP", "ERROR",
    "REM", "GETM", "RELM", "PRIORITY", "RESET", "TITLE", "CAVCHK", "COLLVL", "COLCHK", "CLR", "COM", "HREF",
}  # fmt: skip
_MOTION = re.compile(
    r"MV|MOV|MXT|SPD|OVRD|JOVRD|CNT|TOOL|BASE|M_TOOL|PRM|SPLINE|MVSPL|EX_T|TRK|PLT|TORQ|JRC|CMP|MVTUNE|ARCH"
)


@dataclass(slots=True)
class _State:
    routines: dict[str, list[tuple[Where, str]]]
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    override: float = 1.0
    joint: float = 1.0
    speed: float | None = None
    zone: float | None = 0.0

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(name=self._value, call=self._called, special=_special, join=frozenset({"*"}))

    def _value(self, name: str) -> Value:
        head, _, part = name.upper().partition(".")
        value = self.data.get(head, np.eye(4) if head in ("P_NTOOL", "P_NBASE") else Missing(name))
        return Missing(name) if part else value

    def _called(self, name: str, given: Given, where: Where) -> Value:
        if name.upper() == "RAD" and isinstance(given.pick(0, "d"), float):
            return math.radians(figure(given.pick(0, "d")) or 0.0)
        return Missing(f"{name}()")


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of programs; every file is one, and its positions stand at its end.

    Raises:
        ProgramError: a line is not well formed.
    """
    state = _State({})
    for name, text in files.items():
        _load(state, name, text)
    found = (
        re.search(r'\bCALLP\s+"([^"]+)"', text, re.IGNORECASE) for rows in state.routines.values() for _, text in rows
    )
    called = {match[1].upper() for match in found if match}
    return played("mitsubishi", state.routines, called, lambda name: _play(state, name), state.trace)


def _load(state: _State, file: str, text: str) -> None:
    rows = state.routines.setdefault(Path(file).stem.upper(), [])
    for number, line in enumerate(text.splitlines(), start=1):
        where = Where(Path(file), number)
        word = re.sub(r"""^((?:[^'"]|"[^"]*")*)'.*$""", r"\1", line).strip()
        word = re.sub(r"^\d+(\s+|$)", "", word)
        if found := re.match(r"([PJ]\w*)(\(\d+\))?\s*=\s*\(", word, re.IGNORECASE):
            at = Cursor(_tokens(where, word[found.end() - 1 :]), where)
            at.expect("(")
            state.data[(found[1] + (found[2] or "")).upper()] = _listed(at, where, joints=word[0].upper() == "J")
        elif word:
            rows.append((where, word))


def _tokens(where: Where, text: str) -> list[Token]:
    return list(scan(_TOKEN, str(where.file), text, first_line=where.line))


def _listed(at: Cursor, where: Where, *, joints: bool) -> Value:
    """Return a position ``(x,y,z,a,b,c)(fl1,fl2)`` after its bracket, or joints ``(j1,...)``."""
    plain = Meaning(name=Missing, call=lambda name, given, place: Missing(name))
    values = arguments(at, plain).placed
    numbers = [v for v in values if isinstance(v, float)]
    if len(numbers) != len(values) or not 4 <= len(numbers) <= 8 or not all(abs(v) < 1e6 for v in numbers):
        raise ProgramError("numbers belong here", where=where)
    if joints:
        return {"joints": list(numbers)}
    six = numbers[:6] if len(numbers) >= 6 else [*numbers[:3], 0.0, 0.0, numbers[3]]
    value: dict[str, Value] = {"pose": euler(six, "zyx", where, listed="backward")}
    if at.accept("("):
        flags = [figure(v) for v in arguments(at, plain).placed]
        value |= {f"FL{k}": v for k, v in enumerate(flags, start=1) if v is not None}
    return value


def _special(at: Cursor, meaning: Meaning) -> Value | None:
    """Take a position that is written out: ``(x,y,z,a,b,c)(fl1,fl2)``, told from a bracket by its commas."""
    if at.peek() != "(":
        return None
    depth, ahead, commas = 0, 0, 0
    while at.kind(ahead):
        text = at.peek(ahead)
        depth += (text == "(") - (text == ")")
        commas += text == "," and depth == 1
        if depth == 0:
            break
        ahead += 1
    if commas < 3:
        return None
    where = at.take().where
    return _pose_only(_listed(at, where, joints=False))


def _pose_only(value: Value) -> Value:
    place = value.get("pose") if isinstance(value, dict) else None
    return place if isinstance(place, np.ndarray) else value


def _play(state: _State, name: str) -> None:
    rows = state.routines[name]
    state.trace.enter(name, rows[0][0] if rows else Where(Path(name)))
    for where, text in rows:
        _statement(state, where, text)
    state.trace.leave()


def _value(state: _State, where: Where, text: str) -> Value:
    tokens = _tokens(where, text)
    if not tokens:
        raise ProgramError("a value belongs here", where=where)
    if len(tokens) == 1 or re.fullmatch(r"\w+\(\d+\)", text.strip()):
        return state.data.get(text.strip().upper(), expression(Cursor(tokens, where), state.meaning()))
    return expression(Cursor(tokens, where), _posed(state))


def _posed(state: _State) -> Meaning:
    """Return the meaning of names inside a product of positions."""
    plain = state.meaning()
    return Meaning(name=lambda n: _pose_only(plain.name(n)), call=plain.call, special=_special, join=plain.join)


def _statement(state: _State, where: Where, text: str) -> None:
    out = state.trace.out
    word = re.split(r"[\s(=,]", text, maxsplit=1)[0].upper()
    rest = text[len(word) :].strip()
    if word in _MOVES:
        _motion(state, where, text, word, rest)
    elif word in ("OVRD", "JOVRD", "SPD", "CNT"):
        _speed(state, where, text, word, rest)
    elif word in ("TOOL", "BASE") and rest:
        value = _pose_only(_value(state, where, rest))
        name = rest if re.fullmatch(r"\w+", rest) else word.title()
        frame = Frame(name=name, outer_T_frame=frozen(value) if isinstance(value, np.ndarray) else None)
        if word == "BASE":
            frame = Frame(name=name, outer_T_frame=None if not isinstance(value, np.ndarray) else frozen(value))
            state.trace.frame = frame
        else:
            state.trace.tool = frame
        out.append(Setting(where=where, text=text))
    elif _signal(state, where, text, word, rest):
        pass
    elif found := re.match(r'CALLP\s+"([^"]+)"', text, re.IGNORECASE):
        name = found[1].upper()
        handed = numbers_of(text[found.end() :])
        out.append(Call(where=where, routine=found[1], known=name in state.routines, arguments=handed))
        if name in state.routines:
            _play(state, name)
    elif word in _FLOW or text.startswith("*"):
        if word != "END":
            out.append(Flow(where=where, text=text))
        else:
            out.append(Setting(where=where, text=text))
    elif word in _QUIET:
        out.append(Setting(where=where, text=text))
    elif found := re.match(r"([A-Za-z_]\w*[$%!#]?)(\([^)]*\))?(\.\w+)?\s*=(?!=)\s*(.*)$", text):
        _assign(state, where, text, found)
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))


def _assign(state: _State, where: Where, text: str, found: re.Match[str]) -> None:
    name = (found[1] + (found[2] or "")).upper()
    if name.startswith("M_TOOL") or name.startswith("M_BASE"):
        state.trace.unknown_motion(where, text, "a tool or base by its number")
        return
    value = _value(state, where, found[4])
    if found[3]:
        state.data[name] = Missing(name)
    else:
        state.data[name] = {"pose": value} if isinstance(value, np.ndarray) else value
    state.trace.out.append(Setting(where=where, text=text))


def _speed(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    parts = [part.strip() for part in rest.split(",")]
    numbers = [figure(_value(state, where, part)) for part in parts if part]
    match word:
        case "OVRD" if numbers and numbers[0] is not None:
            state.override = numbers[0] / 100.0
        case "JOVRD" if numbers and numbers[0] is not None:
            state.joint = numbers[0] / 100.0
        case "SPD" if parts[0].upper() == "M_NSPD":
            state.speed = None
        case "SPD" if numbers and numbers[0] is not None:
            state.speed = from_mm(numbers[0])
        case "CNT" if numbers and numbers[0] is not None:
            sizes = [n for n in numbers[1:] if n is not None]
            state.zone = 0.0 if numbers[0] == 0.0 else from_mm(sizes[0]) if sizes and len(set(sizes)) == 1 else None
        case _:
            state.trace.unknown_motion(where, text, "a value that is not known")
            return
    state.trace.out.append(Setting(where=where, text=text))


def _signal(state: _State, where: Where, text: str, word: str, rest: str) -> bool:
    out = state.trace.out
    if found := re.match(
        rf"(M_OUT|M_OUTB|M_OUTW|M_DOUT|M_AOUT)\((\w+)\)\s*=\s*(\w+)(?:\s+DLY\s+({_NUMBER}))?$", text, re.IGNORECASE
    ):
        port = found[2] if found[1].upper() == "M_OUT" else f"{found[1].upper()} {found[2]}"
        value = float(found[3]) if re.fullmatch(_NUMBER, found[3]) else found[3]
        out.append(Signal(where=where, kind="set_output", values={"output": port, "value": value}))
        if found[4] and isinstance(value, float):
            out.append(Signal(where=where, kind="set_output", values={"output": port, "value": 1.0 - value}))
    elif word == "WAIT" and (found := re.match(r"M_IN\((\w+)\)\s*=\s*(\d+)$", rest, re.IGNORECASE)):
        out.append(Signal(where=where, kind="wait_input", values={"input": found[1], "value": float(found[2])}))
    elif word == "WAIT":
        out.append(Signal(where=where, kind="wait_input", values={"input": rest, "value": 1.0}))
    elif word == "DLY":
        time = figure(_value(state, where, rest))
        out.append(Signal(where=where, kind="wait", values={"time": rest if time is None else time}))
    elif word in ("HOPEN", "HCLOSE"):
        out.append(
            Signal(
                where=where,
                kind="set_output",
                values={"output": f"hand {rest.split(',')[0]}", "value": float(word == "HCLOSE")},
            )
        )
    else:
        return False
    return True


def _motion(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    trace, (kind, ends) = state.trace, _MOVES[word]
    body, _, tail = re.sub(r"\bTYPE\s+\d+\s*,\s*\d+", "", rest, flags=re.IGNORECASE).partition(" WTH")
    if tail or re.search(r"\bWTHIF\b", rest, re.IGNORECASE):
        trace.unknown_motion(where, text, "something that happens with the motion")
        return
    parts = _split(body)
    near = _number(parts.pop()) if len(parts) == ends + 1 else None
    if len(parts) != ends or (len(_split(body)) > ends and near is None):
        trace.unknown_motion(where, text, "targets that are not read")
        return
    values = [_value(state, where, part) for part in parts]
    end = values[-1]
    joints = end.get("joints") if isinstance(end, dict) else None
    numbers = [v for v in joints if isinstance(v, float)] if isinstance(joints, list) else None
    places = [p if isinstance(p := _pose_only(v), np.ndarray) else None for v in values]
    place = places[-1]
    if place is not None and near is not None:
        place = place @ pose((0.0, 0.0, from_mm(near)))
    lost = [v.name for v in values if isinstance(v, Missing)]
    tool = trace.tool if trace.tool.name else Frame(name="", outer_T_frame=None)
    frame = trace.frame if trace.frame.name else Frame(name="base", outer_T_frame=frozen(np.eye(4)))
    lost += [label for label, f in (("Tool", tool), ("Base", frame)) if numbers is None and f.outer_T_frame is None]
    flags = {key: int(v) for key in ("FL1", "FL2") if isinstance(end, dict) and isinstance(v := end.get(key), float)}
    first = _pose_only(values[0])
    if kind == "arc" and trace.out and not _stands(trace, first):
        lost.append("a line to where the arc begins")
    trace.out.append(
        Move(
            where=where, kind=kind, tool=tool, frame=frame,
            joints=frozen([math.radians(v) for v in numbers]) if numbers else None,
            frame_T_tcp=None if place is None else frozen(place),
            frame_T_via=frozen(places[1]) if kind == "arc" and places[1] is not None else None, configuration=flags,
            share=state.override * state.joint if kind == "joint" else None,
            speed=state.speed * state.override if kind != "joint" and state.speed is not None else None,
            zone=state.zone, missing=tuple(lost),
        )
    )  # fmt: skip


def _stands(trace: Trace, first: Value) -> bool:
    """Tell whether the robot stands at the first point of an arc already."""
    last = next((s for s in reversed(trace.out) if isinstance(s, Move)), None)
    if last is None or last.frame_T_tcp is None or not isinstance(first, np.ndarray):
        return False
    return bool(np.allclose(last.frame_T_tcp, first, atol=1e-9))


def _number(text: str) -> float | None:
    plain = text.replace(" ", "")
    return float(plain) if re.fullmatch(_NUMBER, plain) and abs(float(plain)) < 1e6 else None


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
