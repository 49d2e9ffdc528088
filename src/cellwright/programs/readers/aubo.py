"""AUBO's Lua, both generations (``move_joint`` of the pendant, ``moveJoint`` of ARCS), into neutral statements.

Conventions, read in public scripts and tried by none of us: m and rad; rx, ry, rz turn about the fixed x, y, z
(public waypoints have angles that no rotation vector has); the older ``move_line`` takes joints, or a pose by
``get_target_pose``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ..statements import Frame, Move, Setting, Signal, Statements
from .expressions import Given, Missing, Value, figure
from .lua import TOKEN, numbers
from .points import placed, turned
from .scripts import Dialect, State, run

_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "move_joint": "joint", "move_line": "line", "moveJoint": "joint", "moveLine": "line", "moveCircle": "arc",
}  # fmt: skip
_BASE = Frame(name="base", outer_T_frame=frozen(np.eye(4)))


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a script.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    return run(_DIALECT, files)


def _pose(values: list[float] | None, where: Where) -> Array | None:
    """Return the pose of x, y, z [m] and rx, ry, rz [rad]; None where it is not known."""
    if values is None or len(values) != 6:
        return None
    if not all(abs(v) < 1e6 for v in values):
        raise ProgramError("a pose out of range", where=where)
    return placed(values[:3], turned("zyx", values[:2:-1]))


def _function(state: State, name: str, given: Given, where: Where) -> Value:
    """``get_target_pose({x,y,z}, {w,x,y,z}, ...)`` is a pose, ``rpy2quaternion`` a quaternion of angles [rad]."""
    parts = [numbers(value) for value in given.placed]
    if name == "rpy2quaternion" and parts and parts[0] is not None and len(parts[0]) == 3:
        return list(parts[0])  # kept as the angles, which say the same
    if (
        name == "get_target_pose"
        and len(parts) > 1
        and parts[0] is not None
        and parts[1] is not None
        and len(parts[0]) == 3
    ):
        position, turn = parts[0], parts[1]
        if len(turn) == 3:
            return placed(position, turned("zyx", turn[::-1]))
        if len(turn) == 4 and abs(sum(v * v for v in turn) - 1.0) < 1e-3:
            return placed(position, _of_quaternion(turn))
    if name == "poseTrans" and len(parts) == 2:  # the second pose, told in the first one's frame
        outer, inner = (_pose(part, where) for part in parts)
        if outer is not None and inner is not None:
            return outer @ inner
    if name == "d2r" and isinstance(given.pick(0, "d"), float):
        return math.radians(figure(given.pick(0, "d")) or 0.0)
    return Missing(f"{name}()")


def _of_quaternion(q: list[float]) -> list[list[float]]:
    w, x, y, z = (v / math.sqrt(sum(u * u for u in q)) for v in q)
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]


def _instruction(state: State, name: str, given: Given, where: Where, text: str) -> bool:
    out, first = state.trace.out, given.pick(0, "value")
    if name in _MOVES:
        _motion(state, name, given, where, text)
        return True
    if name == "move_track":
        _track(state, where, text)
        return True
    if name in ("setStandardDigitalOutput", "setDigitalOutput", "set_robot_io_status", "setToolDigitalOutput"):
        port, level = given.placed[-2:] if len(given.placed) > 1 else (first, Missing("level"))
        label = f"{port:g}" if isinstance(port, float) else str(port)
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        kind = "tool " if name.startswith("setTool") else ""
        out.append(Signal(where=where, kind="set_output", values={"output": kind + label, "value": value}))
        return True
    if name == "sleep":
        out.append(Signal(where=where, kind="wait", values={"time": first if isinstance(first, float) else text}))
        return True
    match name:
        case "init_global_move_profile":
            state.modal.clear()
        case "set_joint_maxvelc" | "set_end_maxvelc" | "set_blend_radius":
            state.modal[name] = first
        case "add_waypoint":
            points = state.modal.setdefault("waypoints", [])
            state.modal["waypoints"] = [*points, first] if isinstance(points, list) else [first]
        case "clear_global_waypoint_list":
            state.modal["waypoints"] = []
        case "setTcpOffset":
            place = _pose(numbers(first), where)
            state.trace.tool = Frame(name="tcp", outer_T_frame=place)
        case "set_tool_kinematics_param":
            position, turn = numbers(first), numbers(given.pick(1, "orientation"))
            known = position is not None and turn is not None and len(position) == 3 and len(turn) == 4
            place = placed(position, _of_quaternion(turn)) if known and position and turn else None
            state.trace.tool = Frame(name="tcp", outer_T_frame=place)
        case _:
            return False
    out.append(Setting(where=where, text=text))
    return True


def _target(move: Move, value: Value, where: Where, *, posed: bool) -> Move:
    """Return the move with its target: joints [rad], or a pose where ``posed`` or where a function made one."""
    if isinstance(value, np.ndarray):
        return replace(move, frame_T_tcp=frozen(value))
    values = numbers(value)
    if posed:
        place = _pose(values, where)
        return replace(move, frame_T_tcp=place) if place is not None else replace(move, missing=("the target",))
    if values is None or len(values) not in (6, 7):
        return replace(move, missing=(value.name if isinstance(value, Missing) else "the target",))
    if not all(abs(v) < 1e3 for v in values):
        raise ProgramError("joints out of range", where=where)
    return replace(move, joints=frozen(values))


def _motion(state: State, name: str, given: Given, where: Where, text: str) -> None:
    kind, modern = _MOVES[name], name.startswith("moveJ") or name.startswith("moveL") or name.startswith("moveC")
    ends = 2 if kind == "arc" else 1
    if not given.placed or len(given.placed) < ends or given.named:
        state.trace.unknown_motion(where, text, "arguments that are not known")
        return
    speed = figure(given.pick(ends + 1, "v")) if modern else figure(state.modal.get("set_end_maxvelc", Missing("")))
    limits = numbers(state.modal.get("set_joint_maxvelc", Missing("")))
    leading = (speed,) if modern and speed is not None else tuple(limits or ()) if not modern else ()
    radius = given.pick(ends + 2, "blend", 0.0) if modern else state.modal.get("set_blend_radius", 0.0)
    move = Move(
        where=where, kind=kind, tool=state.trace.tool, frame=_BASE, speed=speed if kind != "joint" else None,
        axis_speed=leading if kind == "joint" else (), zone=figure(radius),
        duration=(figure(given.pick(ends + 3, "duration", 0.0)) or None) if modern else None,
    )  # fmt: skip
    move = _target(move, given.placed[ends - 1], where, posed=modern and kind != "joint")
    if kind == "arc":
        middle = given.placed[0]
        via = frozen(middle) if isinstance(middle, np.ndarray) else _pose(numbers(middle), where)
        move = replace(move, frame_T_via=via)
    if move.frame_T_tcp is not None and move.tool.outer_T_frame is None:
        move = replace(move, missing=(*move.missing, "TCP"))
    state.trace.out.append(move)


def _track(state: State, where: Where, text: str) -> None:
    """An arc through three waypoints, the first of which is where the robot stands."""
    points = state.modal.get("waypoints")
    if "ARC" not in text.upper() or not isinstance(points, list) or len(points) != 3:
        state.trace.unknown_motion(where, text, "a track that is no arc through three waypoints")
        return
    via, end = (numbers(point) for point in points[1:])
    if via is None or end is None:
        state.trace.unknown_motion(where, text, "waypoints that are not known")
        return
    state.trace.out.append(
        Move(
            where=where, kind="arc", tool=state.trace.tool, frame=_BASE, joints=frozen(end), joints_via=frozen(via),
            speed=figure(state.modal.get("set_end_maxvelc", Missing(""))),
            zone=figure(state.modal.get("set_blend_radius", 0.0)),
        )
    )  # fmt: skip


_DIALECT = Dialect(
    brand="aubo", token=TOKEN, style="lua", instruction=_instruction, function=_function,
    quiet=re.compile(r"set_joint_maxacc|set_end_maxacc|set_end_max_angle_\w+|set_arrival_ahead\w*|print|textmsg|setPlanContext|"
                     r"set_current_logic_tree_item|set_step_breakpoint|setPayload|set_tool_dynamics_param|sync|sched\.\w+|"
                     r"set\w*(Default|Runstate\w*)|setCirclePathMode|setCollision\w+|modbus\w+|set_global_variable|tcp\.\w+(\.\w+)?|get\w+|require"),
    motion=re.compile(r"move|servo|speed|follow|set_relative|set_circular|rs_|set_no_arrival|path|add_way|track"),
    constants={"math.pi": math.pi, "pi": math.pi},
)  # fmt: skip
