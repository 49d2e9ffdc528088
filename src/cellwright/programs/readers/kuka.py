"""KRL programs (KSS 8: ``.src`` with ``.dat``) into neutral statements.

Conventions, none of them tried on a controller by us: positions in mm, A B C in deg about z, y', x''; $VEL.CP in m/s; T
bit i is set where axis i + 1 is negative; S bit 0 tells the wrist centre behind axis 1, bit 1 the wrist in front of the
lower arm, bit 2 a negative axis 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_deg, from_mm
from ..statements import Call, Flow, Frame, Move, Posture, Setting, Signal, Statements, Unknown
from .krl import Missing, Value, cursor, expression, frame, lines, plain, reference, skip_brackets
from .kuka_library import State, arc, bas, hook, lookup
from .points import external
from .tokens import DEEPEST, LONGEST, Cursor, Token, joined

_MOTION: Mapping[str, Literal["joint", "line", "arc"]] = {
    "PTP": "joint", "SPTP": "joint", "LIN": "line", "SLIN": "line", "CIRC": "arc", "SCIRC": "arc",
}  # fmt: skip
_RELATIVE = {
    "PTP_REL",
    "LIN_REL",
    "CIRC_REL",
    "SPTP_REL",
    "SLIN_REL",
    "SCIRC_REL",
    "SPL",
    "SPLINE",
    "ENDSPLINE",
    "ASYPTP",
}
_FLOW = {
    "IF", "ELSE", "ENDIF", "LOOP", "ENDLOOP", "FOR", "ENDFOR", "WHILE", "ENDWHILE", "REPEAT", "UNTIL", "SWITCH", "CASE",
    "DEFAULT", "ENDSWITCH", "GOTO", "EXIT", "RETURN", "RESUME", "BRAKE",
}  # fmt: skip
_QUIET = {"EXT", "EXTFCT", "STRUC", "ENUM", "SIGNAL", "CONTINUE", "HALT", "SET_CD_PARAMS", "IMPORT", "INTERRUPT"}
_TYPES = {"DECL", "GLOBAL", "CONST", "INT", "REAL", "BOOL", "CHAR", "FRAME", "POS", "E6POS", "AXIS", "E6AXIS", "LOAD"}
_STRAIGHT: Mapping[str, Value] = {
    "$IPO_MODE": "#BASE",
    "$ORI_TYPE": "#VAR",
    "$OV_PRO": 100.0,
}  # other values change where the tool goes
_BLENDS = {"C_PTP", "C_DIS", "C_VEL", "C_ORI", "C_SPL"}


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a KRL program in the order in which they run; ``.dat`` files give it data.

    Raises:
        ProgramError: a line is not well formed.
    """
    state = State({})
    for name in sorted(files, key=lambda n: PurePath(n).suffix.lower() == ".src"):
        _load(state, lines(name, files[name]))
    called = {call for body in state.routines.values() for call in _calls(body, state.routines)}
    order = [name for name in state.routines if name not in called] + list(state.routines)
    for name in order[:1]:
        _routine(state, name)
    uncalled: list[str] = []
    for name in order[1:]:
        if name not in state.seen:
            uncalled.append(name)
            _routine(state, name)
    return Statements(brand="kuka", statements=tuple(state.out), uncalled=tuple(uncalled))


def _load(state: State, rows: Sequence[list[Token]]) -> None:
    """Keep the routines, take the data lists at once."""
    body: list[list[Token]] | None = None
    for row in rows:
        words = [t.text.upper() for t in row if t.text.upper() not in ("GLOBAL", "PUBLIC")]
        match words[0] if words else "":
            case "DEF" | "DEFFCT":
                at = words.index("(") - 1 if "(" in words else len(words) - 1
                body = state.routines.setdefault(words[at], [])
                state.parameters[words[at]] = [word for word, mark in pairwise(words[at:]) if mark == ":"]
            case "DEFDAT" | "ENDDAT":
                body = None
            case "END" | "ENDFCT":
                body = None
            case _ if body is not None:
                body.append(row)
            case _:
                _statement(state, row)


def _calls(body: Sequence[list[Token]], known: Mapping[str, object]) -> set[str]:
    return {row[0].text.upper() for row in body if len(row) > 1 and row[1].text == "(" and row[0].text.upper() in known}


def _routine(state: State, name: str) -> None:
    body = state.routines[name]
    state.depth += 1
    state.seen.add(name)
    for row in body:
        if state.depth > DEEPEST or len(state.out) > LONGEST:
            raise ProgramError(f"{name} calls itself, or the program is too long", where=row[0].where)
        _statement(state, row)
    state.depth -= 1


def _statement(state: State, row: list[Token]) -> None:
    where, word, text = row[0].where, row[0].text.upper(), joined(row)
    at = cursor(row)
    if word in _MOTION:
        _motion(state, at, _MOTION[word], text)
    elif word in _RELATIVE:
        state.out.append(Unknown(where=where, text=text, kind="motion", reason="relative or spline motion"))
    elif word in _FLOW or (len(row) == 2 and row[1].text == ":"):
        state.out.append(Flow(where=where, text=text))
    elif word == "WAIT":
        _wait(state, at, text)
    elif word == "TRIGGER":
        quiet = any(token.text.upper() == "ARCMAINNG" for token in row)
        state.out.append(Setting(where=where, text=text) if quiet else Unknown(where=where, text=text, kind="other"))
    elif word in _QUIET or (word == "GLOBAL" and len(row) > 1 and row[1].text.upper() == "INTERRUPT"):
        state.out.append(Setting(where=where, text=text))
    elif word in _TYPES:
        _declare(state, at, text)
    elif len(row) > 1 and row[1].text == "(" and row[0].kind == "name":
        _call(state, at, text)
    elif row[0].kind == "name" and any(token.text == "=" for token in row):
        name = reference(at, lookup(state))
        at.expect("=")
        _assign(state, name, at, text)
        _ended(at)
    else:
        state.out.append(Unknown(where=where, text=text, kind="other"))


def _ended(at: Cursor) -> None:
    if not at.done:
        raise ProgramError(f"'{at.peek()}' is left over at the end of the line", where=at.where)


def _declare(state: State, at: Cursor, text: str) -> None:
    where = at.where
    while at.accept("DECL", "GLOBAL", "CONST"):
        pass
    if at.kind(1) == "name":
        at.take()  # the type
    while not at.done:
        name = reference(at, lookup(state))
        if at.accept("="):
            state.data[name] = expression(at, lookup(state))
        if not at.accept(","):
            break
    _ended(at)
    state.out.append(Setting(where=where, text=text))


def _assign(state: State, name: str, at: Cursor, text: str) -> None:
    where, source = at.where, at.peek() if at.kind() == "name" else ""
    begin = at.index
    value = expression(at, lookup(state))
    source = source if at.index - begin == 1 else ("".join(t.text for t in at.since(begin)) if source else "")
    head, _, index = name.partition("[")
    if head in ("$BASE", "$TOOL") and not index and name == head:
        known = Frame(
            name=source or head, outer_T_frame=None if isinstance(value, Missing) else frozen(frame(value, where))
        )
        if head == "$BASE":
            state.base = known
        else:
            state.tool = known
    elif name == "$VEL.CP":
        state.cp = plain(value, where)
    elif name == "$APO.CDIS":
        state.cdis = from_mm(plain(value, where))
    elif name == "$APO.CPTP":
        state.cptp = plain(value, where) / 100.0
    elif head == "$VEL_AXIS":
        state.share = plain(value, where) / 100.0
    elif head in ("$OUT", "$ANOUT"):
        known_value = float(value) if isinstance(value, (bool, float)) else str(value)
        port = index.rstrip("]")
        state.out.append(Signal(where=where, kind="set_output", values={"output": port, "value": known_value}))
        return
    elif name in _STRAIGHT and value != _STRAIGHT[name]:
        state.out.append(Unknown(where=where, text=text, kind="motion", reason=f"{name} changes how the robot moves"))
        return
    else:
        state.data[name] = value
    state.out.append(Setting(where=where, text=text))


def _call(state: State, at: Cursor, text: str) -> None:
    where, name = at.where, at.take().text.upper()
    arguments = _arguments(skip_brackets(at), state)
    _ended(at)
    first = arguments[0] if arguments else ""
    if name == "BAS":
        bas(state, where, str(first), arguments[1] if len(arguments) > 1 else 0.0, text)
    elif name in ("ARCMAINNG", "ARCMAIN"):
        state.out.append(Setting(where=where, text=text))
        arc(state, where, str(first), arguments[1] if len(arguments) > 1 else Missing("weld data"))
    elif name in _QUIET:
        state.out.append(Setting(where=where, text=text))
    else:
        state.out.append(Call(where=where, routine=name, known=name in state.routines))
        given = dict(zip(state.parameters.get(name, []), arguments, strict=False))
        hook(state, where, name, given)
        if name in state.routines:
            state.data |= given
            _routine(state, name)


def _arguments(inside: list[Token], state: State) -> list[Value]:
    if not inside:
        return []
    at = cursor(inside)
    values: list[Value] = []
    while not at.done:
        begin = at.where
        values.append(expression(at, lookup(state)))
        if not at.accept(",") and not at.done:
            raise ProgramError(f"'{at.peek()}' in a list of arguments", where=begin)
    return values


def _wait(state: State, at: Cursor, text: str) -> None:
    where = at.take().where
    if at.accept("SEC"):
        seconds = expression(at, lookup(state))
        state.out.append(Signal(where=where, kind="wait", values={"time": plain(seconds, where)}))
        return
    words = [t.text.upper() for t in at.rest() if t.text not in ("(", ")")]
    if words[:1] != ["FOR"]:
        state.out.append(Unknown(where=where, text=text, kind="flow"))
    elif words[1:4] == ["$IN", "[", words[3] if len(words) > 3 else ""] and len(words) in (5, 7):
        wanted = 0.0 if words[-1] == "FALSE" else 1.0
        state.out.append(Signal(where=where, kind="wait_input", values={"input": words[3], "value": wanted}))
    else:
        state.out.append(Signal(where=where, kind="wait_input", values={"input": " ".join(words[1:]), "value": 1.0}))


def _motion(state: State, at: Cursor, kind: Literal["joint", "line", "arc"], text: str) -> None:
    where = at.take().where
    if at.peek().upper() in ("$AXIS_ACT", "$POS_ACT"):  # block coincidence: the robot is there already
        state.out.append(Setting(where=where, text=text))
        return
    names: list[str] = []
    points: list[Value] = []
    for _ in range(2 if kind == "arc" else 1):
        names.append(at.peek().upper() if at.kind() == "name" else "")
        points.append(expression(at, lookup(state)))
        if kind == "arc" and len(points) == 1:
            at.expect(",")
    blends: set[str] = set()
    while at.peek().upper() in _BLENDS:
        blends.add(at.take().text.upper())
    if not at.done:
        reason = f"'{at.peek()}' of a motion statement is not read"
        state.out.append(Unknown(where=where, text=text, kind="motion", reason=reason))
        return
    missing = [p.name for p in points if isinstance(p, Missing)]
    missing += [f.name for f in (state.tool, state.base) if f.name and f.outer_T_frame is None]
    zone: float | None = 0.0
    zone_share: float | None = None
    if blends:
        zone = state.cdis if blends == {"C_DIS"} else None  # C_PTP, C_VEL and C_ORI are shares, not lengths
        zone_share = state.cptp if kind == "joint" and "C_PTP" in blends else None
    joints, poses, configuration = _target(state, points, where)
    state.out.append(
        Move(
            where=where, kind=kind, tool=state.tool, frame=state.base, joints=joints,
            frame_T_tcp=poses[-1] if poses else None,
            frame_T_via=poses[0] if kind == "arc" and len(poses) == 2 else None,
            configuration=configuration, zone=zone, zone_share=zone_share, missing=tuple(missing),
            external=_external(points[-1], where),
            speed=None if kind == "joint" else state.cp, share=state.share if kind == "joint" else None,
        )
    )  # fmt: skip


def _target(state: State, points: list[Value], where: Where) -> tuple[Array | None, list[Array], dict[str, int]]:
    """Return axis values or poses, and status and turn; nothing where a point is missing."""
    configuration: dict[str, int] = {}
    poses: list[Array] = []
    for point in points:
        if isinstance(point, Missing):
            return None, [], {}
        if isinstance(point, dict):
            if "A1" in point:
                axes = [plain(point.get(f"A{i}", 0.0), where) for i in range(1, 7)]
                return frozen([from_deg(v) for v in axes]), [], {}
            if not set("XYZABC") <= point.keys():
                point = {**(state.last or {}), **point}  # KRL keeps what is not named
            if not set("XYZABC") <= point.keys():
                raise ProgramError("a pose that leaves out what no earlier pose has said", where=where)
            state.last = point
            configuration = {k: int(v) for k in "ST" if isinstance(v := point.get(k), float)}
        poses.append(frozen(frame(point, where)))
    return None, poses, configuration


def _external(point: Value, where: Where) -> tuple[float, ...]:
    """Return E1 to E6 of a target as written."""
    return external([plain(point.get(f"E{k}", 0.0), where) for k in range(1, 7)]) if isinstance(point, dict) else ()


def misfits(configuration: Mapping[str, int], axes: Array, posture: Posture | None) -> tuple[str, ...]:
    """Return what of a written status and turn the axes (6,) [rad] do not have; a value on the edge fits both sides."""
    wrong: list[str] = []
    for axis, value in enumerate(axes):
        if "T" in configuration and bool(configuration["T"] >> axis & 1) != (value < 0) and abs(value) > 2e-4:
            wrong.append(f"T {configuration['T']} but axis {axis + 1} at {np.degrees(value):.3f} deg")
    if "S" in configuration and posture is not None:
        sides = ((1, -posture.ahead, "axis 1"), (2, posture.beyond, "lower arm"), (4, -posture.wrist, "wrist"))
        for bit, side, word in sides:
            if bool(configuration["S"] & bit) != (side > 0) and abs(side) > 1e-4:
                wrong.append(f"S {configuration['S']} with the {word} on the other side")
    return tuple(wrong)
