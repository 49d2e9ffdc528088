"""Dobot's Lua (CR, MG400, M1) into neutral statements; ``point.json`` gives it its points.

Conventions, from the maker's public script reference and tried by none of us: mm and deg; ``v`` in percent, ``speed``
in mm/s; ``r`` is the corner's radius [mm], ``cp`` a share; times in ms. rx, ry, rz are read as turns about the fixed
x, y, z, which sources contradict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Literal, cast

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_mm
from ..statements import Flow, Frame, Move, Setting, Signal, Statements
from .expressions import Given, Missing, Value, figure
from .lua import TOKEN, degrees, named, numbers
from .points import euler
from .scripts import Dialect, State, run

_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "MovJ": "joint", "JointMovJ": "joint", "MovL": "line", "Arc": "arc", "Arc3": "arc", "MovJIO": "joint",
    "MovLIO": "line",
}  # fmt: skip
_KNOWN = {
    "user",
    "tool",
    "a",
    "v",
    "cp",
    "speed",
    "r",
    "stopcond",
    "sync",
    "speedj",
    "speedl",
    "accj",
    "accl",
    "speeds",
    "accs",
}


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a script; a ``.json`` file gives it named points.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    points: dict[str, Value] = {}
    for name, text in files.items():
        if PurePath(name).suffix.lower() == ".json":
            points |= _points(name, text)
    scripts = {name: text for name, text in files.items() if PurePath(name).suffix.lower() != ".json"}
    constants: dict[str, Value] = {"ON": 1.0, "OFF": 0.0, **points}
    return run(_dialect(constants), scripts)


def _points(file: str, text: str) -> dict[str, Value]:
    """Return the taught points by name, as tables of ``pose``, ``joint``, ``tool`` and ``user``."""
    where = Where(Path(file))
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        raise ProgramError("not a list of points", where=where) from None
    found: dict[str, Value] = {}
    for entry in cast("list[Any]", listed) if isinstance(listed, list) else []:
        if isinstance(entry, dict) and isinstance(name := cast("dict[str, Any]", entry).get("name"), str):
            table = {
                k: _plain(v) for k, v in cast("dict[str, Any]", entry).items() if k in ("pose", "joint", "tool", "user")
            }
            found[name] = table
    return found


def _plain(value: object) -> Value:
    if isinstance(value, list):
        return [_plain(v) for v in cast("list[object]", value)]
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e9 else Missing("a number")


def _instruction(state: State, name: str, given: Given, where: Where, text: str) -> bool:
    out = state.trace.out
    first = given.pick(0, "index")
    label = f"{first:g}" if isinstance(first, float) else str(first)
    if name in _MOVES:
        _motion(state, name, given, where, text)
        return True
    if name in ("DO", "DOInstant", "ToolDO", "ToolDOInstant", "AO"):
        level = given.pick(1, "status")
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        kind = "" if name.startswith("DO") else name.removesuffix("Instant")
        out.append(Signal(where=where, kind="set_output", values={"output": f"{kind} {label}".strip(), "value": value}))
        return True
    if name == "Wait" and (found := re.search(r"DI *\( *(\d+) *\) *== *(ON|OFF)", text)):
        values: dict[str, float | str] = {"input": found[1], "value": float(found[2] == "ON")}
        out.append(Signal(where=where, kind="wait_input", values=values))
        return True
    if name in ("Wait", "Sleep"):
        out.append(
            Signal(where=where, kind="wait", values={"time": first / 1000.0 if isinstance(first, float) else text})
        )
        return True
    match name:
        case "Tool":
            state.modal["tool"] = first
        case "User":
            state.modal["user"] = first
        case "SetTool" | "SetUser":
            table = numbers(given.pick(1, "table"))
            known = (
                euler(table, "zyx", where, listed="backward") if table is not None and len(table) == 6 else Missing("")
            )
            state.modal[f"{name[3:].lower()} {label}"] = known
        case "VelJ" | "VelL" | "CP" | "SpeedJ" | "SpeedL":
            state.modal[name.replace("Speed", "Vel")] = first
        case "AccJ" | "AccL" | "SetPayload" | "LoadSwitch":
            pass
        case _:
            return False
    out.append(Setting(where=where, text=text))
    return True


def _motion(state: State, name: str, given: Given, where: Where, text: str) -> None:
    kind = _MOVES[name]
    ends = 2 if kind == "arc" else 1
    rest = given.placed[ends:]
    along = numbers_of_outputs(rest.pop(0)) if name.endswith("IO") and rest else []
    options: Value = rest[0] if rest else {}
    if not isinstance(options, dict) or len(rest) > 1 or along is None:
        state.trace.unknown_motion(where, text, "arguments that are not known")
        return
    options = {key.lower(): value for key, value in options.items()}
    if not options.keys() <= _KNOWN:
        state.trace.unknown_motion(where, text, f"'{', '.join(sorted(options.keys() - _KNOWN))}' is not read")
        return
    targets = given.placed[:ends]
    joints = [degrees(named(t, "joint"), where) if _wants_joints(t) else None for t in targets]
    poses = [_pose(t, where) if q is None else None for t, q in zip(targets, joints, strict=True)]
    tool, frame = (_frame(state, key, options, targets[-1]) for key in ("tool", "user"))
    share, speed = (
        figure(options.get("v", options.get("speedj", state.modal.get("VelJ", Missing(""))))),
        figure(options.get("speed", Missing(""))),
    )
    radius, blend = figure(options.get("r", Missing(""))), figure(options.get("cp", state.modal.get("CP", Missing(""))))
    lost = [
        t.name if isinstance(t, Missing) else "a target"
        for t, q, p in zip(targets, joints, poses, strict=True)
        if q is None and p is None
    ]
    if joints[-1] is None:
        lost += [f"{word} {f.name}" for word, f in (("tool", tool), ("user", frame)) if f.outer_T_frame is None]
    state.trace.out.append(
        Move(
            where=where, kind=kind, tool=tool, frame=frame, joints=joints[-1], frame_T_tcp=poses[-1],
            joints_via=joints[0] if kind == "arc" else None, frame_T_via=poses[0] if kind == "arc" else None,
            share=share / 100.0 if share is not None and kind == "joint" else None,
            speed=from_mm(speed) if speed is not None and kind != "joint" else None,
            zone=from_mm(radius) if radius is not None and kind != "joint" else 0.0 if blend == 0.0 else None,
            missing=tuple(lost),
        )
    )  # fmt: skip
    for port, level in along:
        state.trace.out.append(Signal(where=where, kind="set_output", values={"output": f"{port:g}", "value": level}))
    if "stopcond" in options:
        state.trace.out.append(Flow(where=where, text=text))  # it may stop before the target


def _wants_joints(target: Value) -> bool:
    return isinstance(target, dict) and "joint" in target and "pose" not in target


def _pose(target: Value, where: Where) -> Array | None:
    """Return the pose of a point; four numbers are the position and the turn about z of a SCARA."""
    values = numbers(named(target, "pose")) if isinstance(target, dict) and "pose" in target else numbers(target)
    if values is not None and len(values) == 4:
        values = [*values[:3], 0.0, 0.0, values[3]]
    return euler(values, "zyx", where, listed="backward") if values is not None and len(values) == 6 else None


def numbers_of_outputs(value: Value) -> list[tuple[float, float]] | None:
    """Return the ports and levels that a move sets on its way; None where they are not known."""
    found: list[tuple[float, float]] = []
    for entry in value.values() if isinstance(value, dict) else [None]:
        four = numbers(entry) if entry is not None else None
        if four is None or len(four) != 4:
            return None
        found.append((four[2], four[3]))
    return found


def _frame(state: State, key: str, options: Mapping[str, Value], target: Value) -> Frame:
    number = options.get(
        key, named(target, key) if isinstance(target, dict) and key in target else state.modal.get(key, 0.0)
    )
    name = f"{number:g}" if isinstance(number, float) else "?"
    known = state.modal.get(f"{key} {name}")
    if name == "0" and known is None:
        return Frame(name=name, outer_T_frame=frozen(np.eye(4)))
    return Frame(name=name, outer_T_frame=known if isinstance(known, np.ndarray) else None)


def _dialect(constants: Mapping[str, Value]) -> Dialect:
    return Dialect(
        brand="dobot", token=TOKEN, style="lua", instruction=_instruction,
        function=lambda state, name, given, where: Missing(f"{name}()"),
        quiet=re.compile(r"print|Sync|ResetElapsedTime|ElapsedTime|Systime|Popup|SetCollisionLevel|TCP\w+|UDP\w+|Modbus\w+|"
                         r"SetPayload|Get\w+|Set(Modbus|SafeSkin|Back)\w*|Pause|EnableRobot|ClearError|tostring"),
        motion=re.compile(r"Mov|Rel|Circle|Servo|Speed|Set(Tool|User)|Path|StartPath|Jump|Drag|Force|FC|Weave|Arc|Conv"),
        constants=constants,
    )  # fmt: skip
