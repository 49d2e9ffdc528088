"""RAPID programs (``.mod``, ``.modx``, ``.sys``) into neutral statements.

Conventions, none of them tried on a controller by us: positions in mm, quaternions with the scalar first, speeds in
mm/s and deg/s; cf1, cf4, cf6 are the quarter turn the axis stands in (0 from 0 to 90 deg, -1 from -90 to 0);
cfx = 4 (wrist centre behind axis 1) + 2 (behind the lower arm) + 1 (axis 5 negative); the world frame of the work
objects lies in the robot's base frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen, pose
from ...units import from_deg, from_mm
from ..statements import Call, Flow, Frame, Move, Posture, Setting, Signal, Statement, Statements, Unknown
from . import rapid
from .rapid import Function, Missing, Module, Value
from .rapid_data import PREDEFINED
from .tokens import DEEPEST, LONGEST

_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "MOVEABSJ": "joint", "MOVEJ": "joint", "MOVEL": "line", "MOVEC": "arc",
    "ARCL": "line", "ARCLSTART": "line", "ARCLEND": "line", "ARCC": "arc", "ARCCSTART": "arc", "ARCCEND": "arc",
}  # fmt: skip
_MOTION_WORDS = (
    "MOVE",
    "ARC",
    "TRIGG",
    "SEARCH",
    "SPOT",
    "PAINT",
    "EGM",
    "PDISP",
    "EOFFS",
    "ACTUNIT",
    "SOFTACT",
    "CORR",
)
_QUIET = {
    "CONFJ", "CONFL", "ACCSET", "GRIPLOAD", "TPWRITE", "TPERASE", "STOP", "CLKSTART", "CLKSTOP", "CLKRESET", "PDISPOFF",
    "EOFFSOFF", "SOFTDEACT", "INCR", "DECR", "ADD", "CLEAR", "PATHACCLIM", "WORLDACCLIM", "ERRWRITE", "WAITROB",
    "CIRPATHMODE",
}  # fmt: skip
_SHAPES = {1.0: "zigzag", 2.0: "v", 3.0: "triangle"}
_FLOW = {
    "RETURN",
    "GOTO",
    "EXIT",
    "EXITCYCLE",
    "BREAK",
    "RAISE",
    "RETRY",
    "TRYNEXT",
    "STOPMOVE",
    "STARTMOVE",
    "CONNECT",
}


@dataclass(slots=True)
class _State:
    """What a running program has set."""

    module: Module
    out: list[Statement] = field(default_factory=list[Statement])
    seen: set[str] = field(default_factory=set[str])
    override: float = 1.0
    largest: float = float("inf")
    weld: Mapping[str, float | str] | None = None
    weave: str = ""
    depth: int = 0


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of RAPID modules in the order in which they run, from ``main`` or the routine nobody calls.

    Raises:
        ProgramError: a module is not well formed.
    """
    module = Module()
    for name, text in files.items():
        rapid.load(module, name, text)
    state = _State(module)
    called = {s.tokens[0].text.upper() for body in module.routines.values() for s in body}
    order = [name for name in module.routines if name == "MAIN"]
    order += [name for name in module.routines if name not in called] + list(module.routines)
    uncalled: list[str] = []
    for k, name in enumerate(order):
        if name not in state.seen:
            uncalled += [name] if k else []
            _routine(state, name)
    return Statements(brand="abb", statements=tuple(state.out), uncalled=tuple(uncalled))


def _routine(state: _State, name: str) -> None:
    state.seen.add(name)
    state.depth += 1
    for statement in state.module.routines[name]:
        if state.depth > DEEPEST or len(state.out) > LONGEST:
            raise ProgramError(f"{name} calls itself, or the program is too long", where=statement.where)
        if statement.flow:
            state.out.append(Flow(where=statement.where, text=statement.text))
        else:
            _statement(state, statement)
    state.depth -= 1


def _statement(state: _State, said: rapid.Statement) -> None:
    word, where, text = said.tokens[0].text.upper(), said.where, said.text
    rest = said.tokens[1:]
    if rest and rest[0].text == ":=":
        at = rapid.Cursor(rest[1:], where)
        value = rapid.expression(at, _lookup(state))
        kind = state.module.data.get(word, ("", value))[0]
        state.module.data[word] = (kind, value if at.done else Missing(word))
        state.out.append(Setting(where=where, text=text))
    elif word in _MOVES:
        state.out.extend(_motion(state, where, word, *rapid.arguments(rest, _lookup(state))))
    elif word in _INSTRUCTIONS:
        placed, _ = rapid.arguments(rest, _lookup(state))
        state.out.append(_INSTRUCTIONS[word](state, where, placed, text))
    elif word == "WAITUNTIL":
        state.out.append(Signal(where=where, kind="wait_input", values={"input": text, "value": 1.0}))
    elif word in _QUIET or (word == "SINGAREA" and [t.text.upper() for t in rest] == ["\\", "OFF"]):
        state.out.append(Setting(where=where, text=text))
    elif word in _FLOW:
        state.out.append(Flow(where=where, text=text))
    elif word in state.module.routines:
        state.out.append(Call(where=where, routine=word, known=True))
        _routine(state, word)
    elif word.startswith(_MOTION_WORDS) or word == "SINGAREA":
        state.out.append(Unknown(where=where, text=text, kind="motion"))
    elif not rest and said.tokens[0].kind == "name":
        state.out.append(Call(where=where, routine=said.tokens[0].text, known=False))
    else:
        state.out.append(Unknown(where=where, text=text, kind="other"))


def _lookup(state: _State) -> rapid.Lookup:
    own = rapid.lookup(state.module)

    def value(name: str) -> Value:
        found = own(name)
        return PREDEFINED.get(name.upper(), found) if isinstance(found, Missing) else found

    return value


Placed = list[tuple[str, Value]]


def _velset(state: _State, where: Where, placed: Placed, text: str) -> Statement:
    state.override, state.largest = _number(placed, 0, where) / 100.0, from_mm(_number(placed, 1, where))
    return Setting(where=where, text=text)


def _set(value: float | None) -> Callable[[_State, Where, Placed, str], Statement]:
    def act(state: _State, where: Where, placed: Placed, text: str) -> Statement:
        level = _number(placed, 1, where) if value is None else value
        return Signal(where=where, kind="set_output", values={"output": placed[0][0], "value": level})

    return act


def _wait_input(state: _State, where: Where, placed: Placed, text: str) -> Statement:
    return Signal(where=where, kind="wait_input", values={"input": placed[0][0], "value": _number(placed, 1, where)})


def _wait_time(state: _State, where: Where, placed: Placed, text: str) -> Statement:
    return Signal(where=where, kind="wait", values={"time": _number(placed, 0, where)})


_INSTRUCTIONS: Mapping[str, Callable[[_State, Where, Placed, str], Statement]] = {
    "VELSET": _velset, "SETDO": _set(None), "SETGO": _set(None), "SETAO": _set(None), "SET": _set(1.0),
    "RESET": _set(0.0), "WAITDI": _wait_input, "WAITTIME": _wait_time,
}  # fmt: skip


def _motion(
    state: _State, where: Where, word: str, placed: Placed, named: Mapping[str, tuple[str, Value]]
) -> list[Statement]:
    kind, welding = _MOVES[word], word.startswith("ARC")
    points = 2 if kind == "arc" else 1
    wanted = points + (5 if welding else 3)
    if len(placed) != wanted:
        raise ProgramError(f"{word} has {len(placed)} arguments, not {wanted}", where=where)
    tool, frame = _tool(placed[-1], where), _wobj(named.get("WOBJ", ("wobj0", PREDEFINED["WOBJ0"])), where)
    joints, poses, configuration, missing = _targets(word, [value for _, value in placed[:points]], where)
    missing += [f.name for f in (tool, frame) if f.outer_T_frame is None]
    weld = _weld(placed[points + 2][1]) if welding else {}
    speed, turn_speed, duration = _speed(state, placed[points], named, where)
    if welding and not word.endswith("START"):
        speed, turn_speed = (float(weld["speed"]) if "speed" in weld else None), None
    move = Move(
        where=where, kind=kind, tool=tool, frame=frame, joints=joints, frame_T_tcp=poses[-1] if poses else None,
        frame_T_via=poses[0] if len(poses) == 2 else None, configuration=configuration, missing=tuple(missing),
        speed=speed, turn_speed=turn_speed, duration=duration, zone=_zone(placed[-2][1], named, where),
        external=rapid.extjoint(placed[points - 1][1], 1 if word == "MOVEABSJ" else 3, where),
    )  # fmt: skip
    if not welding:
        return [move]
    return _arc(state, move, word, weld, named.get("WEAVE", ("", False)))


def _arc(
    state: _State, move: Move, word: str, weld: Mapping[str, float | str], weave: tuple[str, Value]
) -> list[Statement]:
    """The arc burns from the end of ArcLStart to the end of ArcLEnd; what is between carries its own data."""
    where = move.where
    if word.endswith("START"):
        state.weld = weld
        return [move, Signal(where=where, kind="process_on", values=weld)]
    said: list[Statement] = []
    if weave[0] != state.weave:
        said += [Signal(where=where, kind="weave_off")] if state.weave else []
        said += (
            [Signal(where=where, kind="weave_on", values=_weave(weave[1], float(weld.get("speed", 0.0))))]
            if weave[0]
            else []
        )
        state.weave = weave[0]
    if state.weld is not None and {**weld, "speed": 0.0} != {**state.weld, "speed": 0.0}:
        said.append(Signal(where=where, kind="process_on", values=weld))
        state.weld = weld
    said.append(move)
    if word.endswith("END"):
        said += [Signal(where=where, kind="weave_off")] if state.weave else []
        said.append(Signal(where=where, kind="process_off"))
        state.weave, state.weld = "", None
    return said


def _number(placed: Placed, index: int, where: Where) -> float:
    value = placed[index][1] if index < len(placed) else None
    if isinstance(value, bool) or not isinstance(value, float):
        raise ProgramError("a number is wanted here", where=where)
    return value


def _numbers(value: Value, count: int, where: Where) -> list[float]:
    """Return the first ``count`` entries of a list of numbers."""
    found = [v for v in value if isinstance(v, float)] if isinstance(value, list) else []
    if len(found) < count:
        raise ProgramError(f"a list of {count} numbers is wanted here", where=where)
    return found[:count]


def _record(value: Value, index: int, where: Where) -> Value:
    if not isinstance(value, list) or index >= len(value):
        raise ProgramError("a record with more entries is wanted here", where=where)
    return value[index]


def rotation(q1: float, q2: float, q3: float, q4: float) -> Array:
    """Return the rotation (3, 3) of ABB's quaternion, the scalar first."""
    w, x, y, z = q1, q2, q3, q4
    return np.array(
        [
            [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
        ]
    )


def _pose(position: Value, orientation: Value, where: Where) -> Array:
    q = np.array(_numbers(orientation, 4, where))
    length = float(np.linalg.norm(q))
    if abs(length - 1.0) > 1e-3:
        raise ProgramError(f"a quaternion of length {length:.4f} is no orientation", where=where)
    q1, q2, q3, q4 = q / length
    x, y, z = _numbers(position, 3, where)
    return pose((from_mm(x), from_mm(y), from_mm(z)), rotation(q1, q2, q3, q4))


def _tool(said: tuple[str, Value], where: Where) -> Frame:
    name, value = said
    if isinstance(value, Missing):
        return Frame(name=name, outer_T_frame=None)
    if _record(value, 0, where) is not True:
        raise ProgramError(f"{name} is a tool that stands still: not read", where=where)
    frame = _record(value, 1, where)
    return Frame(name=name, outer_T_frame=frozen(_pose(_record(frame, 0, where), _record(frame, 1, where), where)))


def _wobj(said: tuple[str, Value], where: Where) -> Frame:
    name, value = said
    if isinstance(value, Missing):
        return Frame(name=name, outer_T_frame=None)
    if _record(value, 0, where) is not False or _record(value, 1, where) is not True:
        raise ProgramError(f"{name} is held by a robot or moved by a unit: not read", where=where)
    user, work = _record(value, 3, where), _record(value, 4, where)
    root_T_user = _pose(_record(user, 0, where), _record(user, 1, where), where)
    user_T_object = _pose(_record(work, 0, where), _record(work, 1, where), where)
    return Frame(name=name, outer_T_frame=frozen(root_T_user @ user_T_object))


def _targets(
    word: str, points: list[Value], where: Where
) -> tuple[Array | None, list[Array], dict[str, int], list[str]]:
    """Return axis values or poses, the configuration of the last one, and what is missing."""
    poses: list[Array] = []
    configuration: dict[str, int] = {}
    for point in points:
        offset = np.eye(4)
        if isinstance(point, Function):
            known = point.name == "OFFS" and len(point.arguments) == 4 and not point.options
            if not known:
                return None, [], {}, [f"{point.name}(...)"]
            x, y, z = _numbers(list(point.arguments[1:]), 3, where)
            point, offset = point.arguments[0], pose((from_mm(x), from_mm(y), from_mm(z)))
        if isinstance(point, Missing):
            return None, [], {}, [point.name]
        if word == "MOVEABSJ":
            axes = _numbers(_record(point, 0, where), 6, where)
            return frozen([from_deg(v) for v in axes]), [], {}, []
        poses.append(frozen(offset @ _pose(_record(point, 0, where), _record(point, 1, where), where)))
        turns = _numbers(_record(point, 2, where), 4, where)
        configuration = dict(zip(("cf1", "cf4", "cf6", "cfx"), (int(v) for v in turns), strict=True))
    return None, poses, configuration, []


def _speed(
    state: _State, said: tuple[str, Value], named: Mapping[str, tuple[str, Value]], where: Where
) -> tuple[float | None, float | None, float | None]:
    """Return TCP speed [m/s], turn rate [rad/s] and duration [s]; None where not said."""
    duration = named.get("T", ("", None))[1]
    if isinstance(duration, float):
        return None, None, duration
    override = named.get("V", ("", None))[1]
    if isinstance(said[1], Missing):
        return None, None, None
    tcp, turn_rate = _numbers(said[1], 2, where)
    tcp = override if isinstance(override, float) else tcp
    return min(from_mm(tcp) * state.override, state.largest), from_deg(turn_rate) * state.override, None


def _zone(value: Value, named: Mapping[str, tuple[str, Value]], where: Where) -> float | None:
    override = named.get("Z", ("", None))[1]
    if isinstance(value, Missing):
        return None
    if _record(value, 0, where) is True:
        return 0.0
    size = override if isinstance(override, float) else _record(value, 1, where)
    return from_mm(size) if isinstance(size, float) else None


def _weld(value: Value) -> dict[str, float | str]:
    """Weld data: speed, then the arc's schedule, mode, voltage, wire feed, control, current; 0 says nothing."""
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], float):
        return {}
    values: dict[str, float | str] = {"speed": from_mm(value[0])}
    arc = value[2] if isinstance(value[2], list) else []
    for name, part in zip(("job", "mode", "voltage", "wire_feed", "control", "current"), arc, strict=False):
        if isinstance(part, float) and part != 0.0:
            values[name] = from_mm(part) if name == "wire_feed" else part
    return values


def _weave(value: Value, speed: float) -> dict[str, float | str]:
    """Weave data: shape, type, length of one swing along the seam, width between its ends [mm]."""
    if not isinstance(value, list) or len(value) < 4:
        return {}
    shape, _, length, width = value[:4]
    values: dict[str, float | str] = {}
    if isinstance(shape, float):
        values["shape"] = _SHAPES.get(shape, f"{shape:g}")
    if isinstance(length, float) and isinstance(width, float):
        values |= {"length": from_mm(length), "amplitude": from_mm(width) / 2}
        if length > 0 and speed > 0:
            values["frequency"] = speed / from_mm(length)
    return values


def misfits(configuration: Mapping[str, int], axes: Array, posture: Posture | None) -> tuple[str, ...]:
    """Return what of a written configuration the axes (6,) [rad] do not have; a value on the edge fits both sides."""
    wrong: list[str] = []
    for name, axis in (("cf1", 0), ("cf4", 3), ("cf6", 5)):
        quarters = float(axes[axis]) / (np.pi / 2)
        if name in configuration and not -1e-4 <= quarters - configuration[name] <= 1.0 + 1e-4:
            wrong.append(f"{name} {configuration[name]} but axis {axis + 1} at {90 * quarters:.3f} deg")
    if "cfx" in configuration and posture is not None:
        for bit, side, word in (
            (4, -posture.ahead, "axis 1"),
            (2, -posture.beyond, "lower arm"),
            (1, -posture.wrist, "wrist"),
        ):
            if bool(configuration["cfx"] & bit) != (side > 0) and abs(side) > 1e-4:
                wrong.append(f"cfx {configuration['cfx']} with the {word} on the other side")
    return tuple(wrong)
