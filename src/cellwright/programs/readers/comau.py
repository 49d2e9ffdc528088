"""PDL2 programs (``.pdl``) into neutral statements.

Conventions, none of them tried on a controller by us: mm and deg; a e r turn about z, the turned y, the turned z;
$LIN_SPD in m/s; $UFRAME and $TOOL hold the frames.
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
from ...geometry import frozen
from ...units import from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, expression, figure, figures, listed
from .playing import Trace, played
from .points import euler
from .tokens import Cursor, Token, scan

_TOKEN = re.compile(
    r"""(?P<skip>\s+)
      | (?P<text>'[^']*')
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[A-Za-z_$]\w*)
      | (?P<sign>:=|<>|<=|>=|[-+*/=<>(){}\[\],;:.^\#])""",
    re.VERBOSE,
)
_FLOW = {
    "IF", "ELSE", "ENDIF", "FOR", "ENDFOR", "WHILE", "ENDWHILE", "REPEAT", "UNTIL", "SELECT", "CASE", "ENDSELECT",
    "GOTO",
    "RETURN", "CYCLE", "EXIT", "CONDITION", "WHEN", "ENDCONDITION", "ENABLE", "DISABLE", "ACTIVATE",
}  # fmt: skip
_QUIET = {
    "WRITE",
    "READ",
    "PAUSE",
    "IMPORT",
    "VAR",
    "CONST",
    "TYPE",
    "OPEN",
    "CLOSE",
    "UNLOCK",
    "SIGNAL",
    "ATTACH",
    "DETACH",
    "EXPORTED",
    "WITH",
}
_STRAIGHT = re.compile(
    r"\$(ORNT_TYPE|JNT_MTURN|CNFG_CARE|TURN_CARE|SING_CARE|TERM_TYPE|FLY_TYPE|FLY_TRAJ|STRESS_PER|ROT_SPD|SPD_OPT|TIMER|"
    r"MOVE_TYPE|FLY_PER|LIN_ACC\w*|ACC_OVR|DEC_OVR|ARM_ACC\w*|PROG_\w+|AX_\w+|TOOL_MASS|TOOL_CNTR|TOOL_INERTIA)"
)
_MOTION = re.compile(r"MOVE|HAND|\$|HOLD|RESUME|CANCEL|RELEASE|SENSOR|CONVEYOR")


@dataclass(slots=True)
class _State:
    routines: dict[str, list[tuple[Where, str]]]
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    speed: float | None = None
    share: float | None = None
    fly: float | None = None
    way: str = "JOINT"

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(
            name=lambda name: self.data.get(name.upper(), Missing(name)), call=_function, special=_special,
            join=frozenset({"*"}),
        )  # fmt: skip


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of programs in the order in which they run.

    Raises:
        ProgramError: a line is not well formed.
    """
    state = _State({})
    mains: list[str] = []
    for name, text in files.items():
        mains += _load(state, name, text)
    called = {
        text.split("(")[0].strip().upper()
        for rows in state.routines.values() for _, text in rows
        if text.split("(")[0].strip().upper() in state.routines
    }  # fmt: skip
    order = sorted(state.routines, key=lambda name: name not in mains)
    return played("comau", order, called - set(mains), lambda name: _play(state, name), state.trace)


def _load(state: _State, file: str, text: str) -> list[str]:
    """Keep the routines and the program's own body; return the names of the bodies."""
    program, name, inside, mains = Path(file).stem.upper(), "", False, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        word, where = re.sub(r"^((?:[^'-]|'[^']*'|-(?!-))*)--.*$", r"\1", line).strip(), Where(Path(file), number)
        if found := re.match(r"PROGRAM\s+(\w+)", word, re.IGNORECASE):
            program, name, inside = found[1].upper(), f"{found[1].upper()} (body)", False
        elif found := re.match(r"ROUTINE\s+(\w+)(.*)", word, re.IGNORECASE):
            if not re.search(r"\bEXPORTED\s+FROM\b", found[2], re.IGNORECASE):
                name, inside = found[1].upper(), False
        elif re.fullmatch(r"BEGIN(\s+\w+)?", word, re.IGNORECASE):
            inside = True
            state.routines.setdefault(name or program, [])
            mains += [name] if name.endswith("(body)") or not name else []
        elif re.match(r"END\s+\w+\s*$", word, re.IGNORECASE):
            name, inside = f"{program} (body)", False
        elif word and inside:
            state.routines[name or program].append((where, word))
    if not state.routines and text.strip():
        raise ProgramError("no BEGIN in it", where=Where(Path(file), 1))
    return mains


def _function(name: str, given: Given, where: Where) -> Value:
    values = [v for v in given.placed[:6] if isinstance(v, float)]
    if name.upper() == "POS" and len(values) == 6:
        text = given.placed[6] if len(given.placed) > 6 else ""
        return {"pose": euler(values, "zyz", where), "configuration": text if isinstance(text, str) else ""}
    return next((v for v in given.placed if isinstance(v, Missing)), Missing(f"{name}()"))


def _special(at: Cursor, meaning: Meaning) -> Value | None:
    """Take joints ``{j1, j2, ...}``."""
    if at.peek() != "{":
        return None
    at.take()
    return {"joints": listed(at, meaning, "}")}


def _play(state: _State, name: str) -> None:
    rows = state.routines[name]
    state.trace.enter(name, rows[0][0] if rows else Where(Path(name)))
    for where, text in rows:
        _statement(state, where, text)
    state.trace.leave()


def _cursor(where: Where, text: str) -> Cursor:
    tokens: list[Token] = list(scan(_TOKEN, str(where.file), text, first_line=where.line))
    if not tokens:
        raise ProgramError("a value belongs here", where=where)
    return Cursor(tokens, where)


def _statement(state: _State, where: Where, text: str) -> None:
    out = state.trace.out
    word = re.split(r"[\s(\[:]", text, maxsplit=1)[0].upper()
    rest = text[len(word) :].strip()
    if word in ("MOVE", "MOVEFLY"):
        _motion(state, where, text, word, rest)
    elif found := re.match(r"(\$[DAF]OUT|\$GO)\[(\w+)\]\s*:=\s*(.+)$", text, re.IGNORECASE):
        port = found[2] if found[1].upper() == "$DOUT" else f"{found[1][1:].upper()} {found[2]}"
        level = {"ON": 1.0, "TRUE": 1.0, "OFF": 0.0, "FALSE": 0.0}.get(found[3].strip().upper(), found[3].strip())
        out.append(Signal(where=where, kind="set_output", values={"output": port, "value": level}))
    elif word == "DELAY":
        time = figure(expression(_cursor(where, rest), state.meaning()))
        out.append(Signal(where=where, kind="wait", values={"time": rest if time is None else time / 1000.0}))
    elif word == "WAIT":
        found = re.fullmatch(
            r"FOR\s+\(?\s*(NOT\s+)?\$DIN\[(\w+)\]\s*(?:=\s*(ON|OFF|TRUE|FALSE))?\s*\)?", rest, re.IGNORECASE
        )
        level = (found[3] or "ON").upper() in ("ON", "TRUE") if found else True
        values: dict[str, float | str] = {
            "input": found[2] if found else rest,
            "value": float(level != bool(found and found[1])),
        }
        out.append(Signal(where=where, kind="wait_input", values=values))
    elif found := re.match(r"(\$?\w+)(\[[^\]]*\])?\s*:=\s*(.+)$", text):
        _assign(state, where, text, found[1].upper(), found[2] or "", found[3])
    elif word in state.routines:
        out.append(Call(where=where, routine=word, known=True))
        _play(state, word)
    elif word == "CALL" or (re.fullmatch(r"\w+(\(.*\))?", text) and word not in _FLOW and word not in _QUIET):
        out.append(Call(where=where, routine=rest if word == "CALL" else word, known=False))
    elif word in _FLOW or re.fullmatch(r"\w+::", text):
        out.append(Flow(where=where, text=text))
    elif word in _QUIET:
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))


def _assign(state: _State, where: Where, text: str, name: str, index: str, source: str) -> None:
    value = expression(_cursor(where, source), state.meaning())
    number = figure(value)
    place = value.get("pose") if isinstance(value, dict) else value
    if name in ("$UFRAME", "$TOOL"):
        frame = Frame(name=name, outer_T_frame=frozen(place) if isinstance(place, np.ndarray) else None)
        if name == "$TOOL":
            state.trace.tool = frame
        else:
            state.trace.frame = frame
    elif name == "$LIN_SPD":
        state.speed = number
    elif name in ("$ARM_OVR", "$PROG_SPD_OVR", "$JNT_OVR"):
        state.share = None if number is None else number / 100.0
    elif name == "$FLY_DIST":
        state.fly = None if number is None or number < 0 else from_mm(number)
    elif name == "$MOVE_TYPE":
        state.way = source.strip().upper()
    elif name.startswith("$") and not _STRAIGHT.match(name):
        state.trace.unknown_motion(where, text, f"{name} may change how the robot moves")
        return
    elif not name.startswith("$"):
        state.data[name] = Missing(name) if index else value
    state.trace.out.append(Setting(where=where, text=text))


def _motion(state: _State, where: Where, text: str, word: str, rest: str) -> None:
    trace = state.trace
    found = re.match(
        r"(?:ARM\[\d+\]\s+)?(LINEAR|JOINT|CIRCULAR)?\s*TO\s+(.*?)(?:\s+VIA\s+(.*?))?(?:\s+ADVANCE)?(?:\s+(WITH|TIL|BREAK)\b.*)?$",
        rest, re.IGNORECASE,
    )  # fmt: skip
    if found is None or found[4]:
        trace.unknown_motion(where, text, "a form of motion that is not read")
        return
    kinds: Mapping[str, Literal["joint", "line", "arc"]] = {"LINEAR": "line", "JOINT": "joint", "CIRCULAR": "arc"}
    kind = kinds.get((found[1] or state.way).upper(), "joint")
    via = expression(_cursor(where, found[3]), state.meaning()) if found[3] else None
    value = expression(_cursor(where, found[2]), state.meaning())
    joints = figures(value.get("joints", Missing(""))) if isinstance(value, dict) else None
    place, middle = (v.get("pose") if isinstance(v, dict) else v for v in (value, via))
    lost = [v.name for v in (value, via) if isinstance(v, Missing)]
    lost += ["the point passed"] if kind == "arc" and not isinstance(middle, np.ndarray) and not lost else []
    if joints is None:
        lost += [name for name, f in (("$TOOL", trace.tool), ("$UFRAME", trace.frame)) if f.outer_T_frame is None]
    if joints is not None and not all(abs(v) < 1e5 for v in joints):
        raise ProgramError("joints out of range", where=where)
    trace.out.append(
        Move(
            where=where, kind=kind, tool=trace.tool, frame=trace.frame,
            joints=frozen([math.radians(v) for v in joints]) if joints is not None else None,
            frame_T_tcp=frozen(place) if isinstance(place, np.ndarray) else None,
            frame_T_via=frozen(middle) if isinstance(middle, np.ndarray) else None,
            configuration=_configuration(value), share=state.share if kind == "joint" else None,
            speed=state.speed if kind != "joint" else None, zone=0.0 if word == "MOVE" else state.fly,
            missing=tuple(lost),
        )
    )  # fmt: skip


def _configuration(value: Value) -> dict[str, int]:
    """Return the sides and turns of ``'S E W T1:0 T2:0 T3:0'``."""
    text = str(value.get("configuration", "")) if isinstance(value, dict) else ""
    found = {f"T{k}": int(turn) for k, turn in re.findall(r"T(\d):([-+]?\d{1,3})", text)}
    if text:
        found |= {side: int(side in text.split()) for side in ("S", "E", "W")}
    return found
