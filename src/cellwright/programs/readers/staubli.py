"""VAL3 projects (``.pjx``, ``.pgx``, ``.dtx``) into neutral statements.

Conventions, none of them tried on a controller by us: mm and deg (m where the project says so); rx ry rz turn about x,
then the turned y, then the turned z; ``tvel`` of a motion descriptor in mm/s, ``vel`` in percent; ``leave`` and
``reach`` are how far from the corner rounding begins and ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_deg, from_mm
from ..statements import Call, Flow, Frame, Move, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, arguments, expression, figure, figures
from .playing import Trace, numbers_of, played
from .points import euler
from .tokens import Cursor, Token, joined, scan
from .val3_files import Code, Datum, content_of

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v\ufeff]+|//[^\n]*)
      | (?P<line>\n)
      | (?P<text>"[^"\n]*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[A-Za-z_]\w*(?::[A-Za-z_]\w*)?)
      | (?P<sign>==|!=|<=|>=|\?=|[-+*/=<>(){}\[\],;:.&|!\#?%@^])""",
    re.VERBOSE,
)
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"movej": "joint", "movel": "line", "movec": "arc"}
_FLOW = {
    "if", "else", "elseif", "endif", "while", "endwhile", "do", "until", "for", "endfor", "switch", "case", "default",
    "endswitch", "return", "break", "goto", "waitendmove",
}  # fmt: skip
_QUIET = re.compile(
    r"waitEndMove|popUpMsg|logMsg|putln|put|cls|gotoxy|userPage|title|delay|enablePower|setPayload|resetMotion|disablePower|"
    r"getKey|isPowered|isCalibrated|setMonitorSpeed|autoConnectMove|task\w+|clearBuffer|sio\w+|aioSet|getMonitorSpeed|open|"
    r"\w*[lL]ibLoad|\w*libSave|\w*libDelete|rand\w*|size|resize|append|delete|insert|clock|setMutex|getMoveId|setMoveId",
    re.IGNORECASE,
)  # fmt: skip
_MOTION = re.compile(
    r"move|stopMove|restartMove|alter|setFrame|compliant|conveyor|track|setVel|setConfig|link", re.IGNORECASE
)


@dataclass(slots=True)
class _State:
    programs: dict[str, tuple[Code, list[list[Token]]]]
    unit: float = 1e-3
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(name=self._value, call=_function, special=_special, join=frozenset({"*"}))

    def _value(self, name: str) -> Value:
        head, _, rest = name.partition(".")
        value = self.data.get(head, Missing(name))
        if rest and isinstance(value, dict):
            value = value.get(rest, Missing(name))
        return value


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a project: the program ``start`` first, or else the one that nothing calls.

    Raises:
        ProgramError: XML or a line of a program is not well formed.
    """
    contents = {name: content_of(name, text) for name, text in files.items() if text.strip()}
    state = _State({}, unit=1.0 if any(c.metres for c in contents.values()) else 1e-3)
    for content in contents.values():
        for datum in content.data:
            state.data[datum.name] = _datum(state, datum)
    for name, content in contents.items():
        for code in content.programs:
            if PurePath(name).suffix.lower() != ".pjx":
                state.programs.setdefault(code.name, (code, _rows(name, code)))
    order = sorted(state.programs, key=lambda name: name.lower() not in ("start", "main"))
    called = {
        row[1].text
        for _, rows in state.programs.values()
        for row in rows
        if row[0].text.lower() == "call" and len(row) > 1
    } - {"start"}
    return played("staubli", order, called, lambda name: _play(state, name), state.trace)


def _rows(file: str, code: Code) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    for token in scan(_TOKEN, file, code.text, first_line=max(code.first, 1)):
        if token.kind == "line":
            rows.append([])
        else:
            rows[-1].append(token)
    return [row for row in rows if row and not (len(row) == 1 and row[0].text.lower() in ("begin", "end"))]


def _datum(state: _State, datum: Datum) -> Value:
    """Return a variable as a list of its values; poses hold ``trsf`` and, for points, the father's name."""
    values: list[Value] = []
    for key in sorted(datum.values, key=lambda k: (len(k), k)):
        given = datum.values[key]
        numbers = {
            name: float(text)
            for name, text in given.items()
            if re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", text) and text not in (".", "-")
        }
        if datum.kind in ("trsf", "frame", "tool", "pointRx", "point"):
            place = _trsf(state, [numbers.get(k, 0.0) for k in ("x", "y", "z", "rx", "ry", "rz")], datum.where)
            sides = {k: given[k] for k in ("shoulder", "elbow", "wrist") if k in given}
            values.append({"trsf": place, "father": given.get("fatherId", ""), "name": datum.name, **sides})
        elif datum.kind in ("jointRx", "joint", "jointRs"):
            values.append({"joints": [numbers.get(f"j{k}", numbers.get(f"J{k}", 0.0)) for k in range(1, 7)]})
        elif datum.kind == "mdesc":
            values.append({"mdesc": 1.0, **numbers, "blend": given.get("blend", "off")})
        elif datum.kind in ("dio", "aio"):
            values.append({"link": given.get("link", datum.name), "name": datum.name})
        elif "value" in numbers:
            values.append(numbers["value"])
        else:
            values.append(given.get("value", Missing(datum.name)))
    return values[0] if len(values) == 1 else values or Missing(datum.name)


def _trsf(state: _State, values: list[float], where: Where) -> Array:
    """Return the pose of x, y, z and rx, ry, rz [deg]: about x, the turned y, the turned z."""
    lengths = [v * state.unit * 1e3 for v in values[:3]]
    return euler([*lengths, *values[3:]], "xyz", where)


def _special(at: Cursor, meaning: Meaning) -> Value | None:
    """Take ``{a, b, ...}``: the same brackets are joints, transformations, configurations."""
    if at.peek() != "{":
        return None
    at.take()
    return arguments(at, meaning, "}").placed


def _function(name: str, given: Given, where: Where) -> Value:
    parts = given.placed
    match name:
        case "appro" if len(parts) == 2 and isinstance(parts[0], dict):
            place, by = parts[0].get("trsf"), figures(parts[1])
            by = by if by is None else by[:6]
            if isinstance(place, np.ndarray) and by is not None:
                step = euler(by, "xyz", where)
                return {**parts[0], "trsf": place @ step}
        case "compose" if len(parts) == 3 and isinstance(parts[0], dict):
            place, by = parts[0].get("trsf"), figures(parts[2])
            if isinstance(place, np.ndarray) and by is not None:
                return {**parts[0], "trsf": euler(by, "xyz", where) @ place}
        case _:
            pass
    return next((v for v in parts if isinstance(v, Missing)), Missing(f"{name}()"))


def _play(state: _State, name: str) -> None:
    code, rows = state.programs[name]
    state.trace.enter(name, code.where)
    for row in rows:
        _statement(state, row)
    state.trace.leave()


def _statement(state: _State, row: list[Token]) -> None:
    where, text, word, out = row[0].where, joined(row), row[0].text, state.trace.out
    at = Cursor(row, row[-1].where)
    if word.lower() == "call" and len(row) > 1:
        name = row[1].text
        handed = numbers_of(text.partition("(")[2])
        out.append(Call(where=where, routine=name, known=name in state.programs, arguments=handed))
        if name in state.programs:
            _play(state, name)
    elif word.lower() == "wait" and len(row) > 1:
        _wait(state, where, row)
    elif word.lower() in _FLOW and word != "waitEndMove":
        out.append(Flow(where=where, text=text))
    elif word in _MOVES and len(row) > 1 and row[1].text == "(":
        at.index = 2
        _motion(state, word, arguments(at, state.meaning()), where, text)
    elif (cut := _assigned(row)) is not None:
        target = joined(row[:cut]).replace(" ", "")
        at.index = cut + 1
        value = expression(at, state.meaning())
        _assign(state, target, value, where, text)
    elif len(row) > 1 and row[1].text == "(":
        at.index = 2
        given = arguments(at, state.meaning())
        if word == "delay":
            time = figure(given.pick(0, "s"))
            out.append(Signal(where=where, kind="wait", values={"time": text if time is None else time}))
        elif word == "setPayload" or _QUIET.fullmatch(word.split(":")[-1]):
            out.append(Setting(where=where, text=text))
        else:
            out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(word) else "other"))
    elif all(token.kind in ("name", "sign") for token in row) and len(row) <= 2:
        out.append(Setting(where=where, text=text))  # a declaration
    else:
        out.append(Unknown(where=where, text=text, kind="other"))


def _assigned(row: list[Token]) -> int | None:
    """Return the place of the ``=`` of an assignment; None for anything else."""
    depth = 0
    for k, token in enumerate(row):
        if token.kind == "sign":
            if token.text == "=" and depth == 0:
                return k
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "(":
                return None
    return None


def _assign(state: _State, target: str, value: Value, where: Where, text: str) -> None:
    out = state.trace.out
    head, _, part = target.partition(".")
    plain = re.sub(r"\[[^\]]*\]", "", head)
    known = state.data.get(plain)
    if isinstance(known, dict) and "link" in known:
        level = float(value) if isinstance(value, (bool, float)) else str(value)
        out.append(Signal(where=where, kind="set_output", values={"output": plain, "value": level}))
        return
    whole = re.sub(r"\[[^\]]*\]", "", part)
    if "[" in target and "[0]" not in target:
        state.data[plain] = Missing(plain)
    elif whole and isinstance(known, dict):
        if whole == "trsf" and isinstance(value, list):
            values = figures(value)
            value = Missing(target) if values is None else _trsf(state, values, where)
        state.data[plain] = {**known, whole: value}
    elif whole:
        state.data[plain] = Missing(plain)
    else:
        state.data[plain] = value
    out.append(Setting(where=where, text=text))


def _wait(state: _State, where: Where, row: list[Token]) -> None:
    text = "".join(token.text for token in row[2:-1])
    found = re.fullmatch(r"(!?)([A-Za-z_]\w*)(?:\[0\])?(?:==(true|false))?", text)
    if found is None:
        state.trace.out.append(Signal(where=where, kind="wait_input", values={"input": text, "value": 1.0}))
        return
    level = (found[3] or "true") == "true"
    level = not level if found[1] else level
    state.trace.out.append(Signal(where=where, kind="wait_input", values={"input": found[2], "value": float(level)}))


def _place(state: _State, value: Value) -> tuple[Array | None, Frame]:
    """Return the pose of a point in its frame, and the frame with all its fathers."""
    if not isinstance(value, dict) or not isinstance(trsf := value.get("trsf"), np.ndarray):
        return None, Frame(name="", outer_T_frame=None)
    father = str(value.get("father", "")).split("[")[0]
    outer: Array | None = np.eye(4)
    name, current = father, father
    for _ in range(20):
        if current in ("world", "flange", ""):
            break
        frame = state.data.get(current)
        place = frame.get("trsf") if isinstance(frame, dict) else None
        if not isinstance(frame, dict) or not isinstance(place, np.ndarray):
            outer = None
            break
        outer = place @ outer
        current = str(frame.get("father", "")).split("[")[0]
    return frozen(trsf), Frame(name=name or "world", outer_T_frame=None if outer is None else frozen(outer))


def _motion(state: _State, name: str, given: Given, where: Where, text: str) -> None:
    kind, trace = _MOVES[name], state.trace
    ends = 2 if kind == "arc" else 1
    if len(given.placed) != ends + 2 or given.named:
        trace.unknown_motion(where, text, "arguments that are not known")
        return
    *targets, tool, described = given.placed
    end = targets[-1]
    listed = end if isinstance(end, list) else end.get("joints") if isinstance(end, dict) else None
    joints = figures(listed) if isinstance(listed, list) else None
    if joints is not None and not all(abs(v) < 1e5 for v in joints):
        raise ProgramError("joints out of range", where=where)
    (target, frame), (via, _) = _place(state, end), _place(state, targets[0])
    mount, root = _place(state, tool)
    lost = [v.name for v in (*targets, tool) if isinstance(v, Missing)]
    if joints is None and target is None and not lost:
        lost.append("the target")
    lost += [frame.name] if target is not None and frame.outer_T_frame is None else []
    speed, share, turn, zone = _described(state, described)
    outer = root.outer_T_frame @ mount if mount is not None and root.outer_T_frame is not None else None
    label = given.written[-2] if given.written else ""
    trace.tool = Frame(name=label, outer_T_frame=None if outer is None else frozen(outer))
    trace.out.append(
        Move(
            where=where, kind=kind, tool=trace.tool, frame=frame,
            joints=frozen([math.radians(v) for v in joints]) if joints else None,
            frame_T_tcp=target, frame_T_via=via if kind == "arc" else None, speed=speed if kind != "joint" else None,
            share=share if kind == "joint" else None, turn_speed=turn, zone=zone, missing=tuple(lost),
            configuration=_sides(end),
        )
    )  # fmt: skip


def _sides(end: Value) -> dict[str, int]:
    """Return the sides that a point names, as 1 (righty, positive) or 0; what is free or the same is left out."""
    found: dict[str, int] = {}
    for key in ("shoulder", "elbow", "wrist"):
        word = str(end.get(key, "")).lower() if isinstance(end, dict) else ""
        if word in ("righty", "epositive", "wpositive", "positive"):
            found[key] = 1
        elif word in ("lefty", "enegative", "wnegative", "negative"):
            found[key] = 0
    return found


def _described(state: _State, value: Value) -> tuple[float | None, float | None, float | None, float | None]:
    """Return TCP speed [m/s], share, turn rate [rad/s] and zone [m] of a motion descriptor."""
    if not isinstance(value, dict) or "mdesc" not in value:
        return None, None, None, None
    tvel, vel, rvel = (figure(value.get(key, Missing(key))) for key in ("tmax", "vel", "rmax"))
    tvel, rvel = (
        figure(value.get(key, Missing(key))) if key in value else old for key, old in (("tvel", tvel), ("rvel", rvel))
    )
    blend = str(value.get("blend", "off")).lower().strip('"')
    leave, reach = (figure(value.get(key, Missing(key))) for key in ("leave", "reach"))
    zone = (
        0.0
        if blend in ("off", "false")
        else None
        if leave is None or leave != reach
        else from_mm(leave) * state.unit * 1e3
    )
    free = tvel is None or tvel >= 9999.0  # the largest number stands for no limit of its own
    return (
        None if free else from_mm(tvel or 0.0) * state.unit * 1e3,
        None if vel is None else vel / 100.0,
        None if rvel is None or rvel >= 9999.0 else from_deg(rvel),
        zone,
    )
