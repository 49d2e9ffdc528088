"""URScript into neutral statements.

Conventions: positions in m, rotation vectors and joints in rad; the speed of ``movej`` is that of the leading axis
[rad/s], that of ``movel``, ``movec`` and ``movep`` the TCP's [m/s]; poses stand in the base, a feature is a pose that
``pose_trans`` puts before them; the blend is a radius [m]. Accelerations are read and not kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Literal

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen, inv, pose
from ..statements import Frame, Move, Signal, Statements
from .expressions import Given, Meaning, Missing, Value, figure, figures, listed
from .points import about, placed
from .scripts import Dialect, State, run
from .tokens import Cursor

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v\ufeff]+|\#[^\n]*|\$\s*\d+\s*"[^\n]*)
      | (?P<line>\n)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|<=|>=|[-+*/%=<>(){}\[\],;:.^!])""",
    re.VERBOSE,
)
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {
    "movej": "joint", "movel": "line", "movep": "line", "movec": "arc",
}  # fmt: skip
_SPEEDS = {"joint": 1.05, "line": 0.25, "arc": 0.25}  # of moves that state none [rad/s, m/s]
_OUTPUT = re.compile(
    r"(?:modbus_set_output_(?:signal|register)|set_(standard_|configurable_|tool_)?(digital|analog)_out)$"
)
_QUIET = re.compile(
    r"set_payload(_mass|_cog)?|set_target_payload|set_gravity|set_(standard|tool)_analog_\w+|set_tool_voltage|textmsg|popup|sync|"
    r"set_(input|runstate|configurable|standard|tool)\w*_(action|domain|output_mode)\w*|socket_\w+|rpc_factory|write_\w+|"
    r"set_analog\w*_domain|set_safety_mode_transition_hardness|set_flag|modbus_\w+|rtde_set_watchdog|request_\w+|"
    r"assert|to_str|str_\w+|random|zero_ftsensor|power_down|interpreter_mode|clear_interpreter|var_\w+|get_\w+"
)  # fmt: skip
_MOTION = re.compile(
    r"mov|servo|speed|stop[jl]|force_|freedrive|teach_|conveyor|track_|path_|set_conveyor|reset_world|optimove|jog|"
    r"set_base_acc|screw|tool_contact|end_(force|freedrive|teach|screw)|run|join|kill"
)
_BASE = Frame(name="base", outer_T_frame=frozen(np.eye(4)))


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of scripts in the order in which they run.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    return run(_DIALECT, files)


def _pose(values: list[float], where: Where) -> Array:
    """Return the pose of x, y, z [m] and a rotation vector [rad]."""
    if not all(abs(v) < 1e6 for v in values):
        raise ProgramError("a pose out of range", where=where)
    return placed(values[:3], about(values[3:]))


def _special(at: Cursor, meaning: Meaning) -> Value | None:
    """Take a pose ``p[x, y, z, rx, ry, rz]``."""
    if at.peek() != "p" or at.peek(1) != "[":
        return None
    where = at.take().where
    at.take()
    values = listed(at, meaning, "]")
    if len(values) != 6:
        raise ProgramError("a pose is three lengths and a rotation vector", where=where)
    known = figures(values)
    if known is None:
        return next((v for v in values if isinstance(v, Missing)), Missing("a pose"))
    return _pose(known, where)


def _function(state: State, name: str, given: Given, where: Where) -> Value:
    """Return what a function of the controller makes of known values."""
    args = given.placed
    poses = [v for v in args if isinstance(v, np.ndarray)]
    numbers = [v for v in args if isinstance(v, float)]
    match name:
        case "pose_trans" if len(poses) == 2:
            return poses[0] @ poses[1]
        case "pose_inv" if len(poses) == 1:
            return inv(poses[0])
        case "pose_add" if len(poses) == 2:
            turned = poses[0][:3, :3] @ poses[1][:3, :3]
            return pose(poses[0][:3, 3] + poses[1][:3, 3], turned)
        case "d2r" if numbers:
            return math.radians(numbers[0])
        case "r2d" if numbers:
            return math.degrees(numbers[0])
        case "get_inverse_kin" if poses:
            return poses[0]
        case "sin" | "cos" | "tan" | "sqrt" | "floor" | "ceil" if len(numbers) == 1:
            return _computed(name, numbers[0])
        case _:
            pass
    return next((v for v in args if isinstance(v, Missing)), Missing(f"{name}()"))


def _computed(name: str, x: float) -> Value:
    if name == "sqrt" and x < 0:
        return Missing("sqrt()")
    return float(getattr(math, name)(x))


def _instruction(state: State, name: str, given: Given, where: Where, text: str) -> bool:
    out = state.trace.out
    if name in _MOVES:
        _motion(state, name, given, where, text)
    elif name == "set_tcp":
        value = given.pick(0, "pose")
        label = given.written[0] if given.written and given.written[0].isidentifier() else "tcp"
        state.trace.tool = Frame(name=label, outer_T_frame=value if isinstance(value, np.ndarray) else None)
        return False  # told as a setting
    elif name == "sleep":
        seconds = figure(given.pick(0, "t"))
        out.append(Signal(where=where, kind="wait", values={"time": text if seconds is None else seconds}))
    elif found := _OUTPUT.match(name):
        port = given.pick(0, "n")
        label = f"{port:g}" if isinstance(port, float) else str(port.name if isinstance(port, Missing) else port)
        kind = " ".join(
            w.strip("_") for w in (found[1] or "", found[2] or "modbus") if w not in ("standard_", "digital")
        )
        level = given.pick(1, "b")
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        out.append(Signal(where=where, kind="set_output", values={"output": f"{kind} {label}".strip(), "value": value}))
    else:
        return False
    return True


def _motion(state: State, name: str, given: Given, where: Where, text: str) -> None:
    kind, trace = _MOVES[name], state.trace
    ends = 2 if kind == "arc" else 1
    order = {"movej": "avtr", "movel": "avtr", "movep": "avr", "movec": "avr"}[name]
    known = {*order, "q", "pose", "pose_via", "pose_to", "mode"}
    if not given.named.keys() <= known or len(given.placed) > ends + len(order) + (name == "movec"):
        trace.unknown_motion(where, text, "arguments that are not known")
        return
    targets = [given.pick(0, "pose_via"), given.pick(1, "pose_to")] if kind == "arc" else [given.pick(0, "pose")]
    if kind != "arc" and isinstance(targets[0], Missing):
        targets = [given.named.get("q", targets[0])]
    option = {key: given.pick(ends + k, key, 0.0) for k, key in enumerate(order)}
    mode = figure(given.pick(5, "mode", 0.0))
    end = targets[-1]
    joints = figures(end) if isinstance(end, list) else None
    if joints is not None and not all(abs(v) < 1e3 for v in joints):
        raise ProgramError("joints out of range", where=where)
    target = frozen(end) if isinstance(end, np.ndarray) else None
    said = figure(option["v"]) if not isinstance(given.pick(ends + 1, "v"), Missing) else _SPEEDS[kind]
    said = None if isinstance(option["v"], Missing) else said
    seconds, radius = figure(option.get("t", 0.0)), figure(option["r"])
    lost = [v.name for v in targets if isinstance(v, Missing)]
    lost += ["the target"] if not lost and joints is None and target is None else []
    lost += ["TCP"] if joints is None and trace.tool.outer_T_frame is None else []
    trace.out.append(Move(
        where=where, kind=kind, tool=trace.tool, frame=_BASE, joints=frozen(joints) if joints is not None else None,
        frame_T_tcp=target,
        frame_T_via=frozen(targets[0]) if kind == "arc" and isinstance(targets[0], np.ndarray) else None,
        speed=said if kind != "joint" and not seconds else None,
        axis_speed=(said,) if kind == "joint" and said is not None and not seconds else (),
        duration=seconds or None, zone=radius, configuration={"mode": 1} if mode == 1.0 else {},
        missing=tuple(lost),
    ))  # fmt: skip


_DIALECT = Dialect(
    brand="ur", token=_TOKEN, style="python", instruction=_instruction, function=_function, quiet=re.compile(
        rf"set_tcp|{_QUIET.pattern}"), motion=_MOTION, special=_special, constants={"pi": math.pi},
)  # fmt: skip
