"""JAKA scripts (``.jks``) into neutral statements.

Conventions, read in one public post-processor and tried by none of us: mm and deg; rx, ry, rz turn about the fixed x,
y, z; ``movj(q, mode, speed, acceleration, tolerance)`` in deg/s, ``movl`` in mm/s, the tolerance is the corner's
radius [mm]; mode 1 is relative; ``movc`` names the point passed before the end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Literal

import numpy as np

from ...errors import Where
from ...geometry import Array, frozen
from ...units import from_deg, from_mm
from ..statements import Frame, Move, Setting, Signal, Statements
from .expressions import Given, Missing, Value, figure, figures
from .lua import degrees
from .points import euler
from .scripts import Dialect, State, run

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v\ufeff]+|\#[^\n]*|//[^\n]*)
      | (?P<line>\n)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|<=|>=|[-+*/%=<>(){}\[\],;:.^!])""",
    re.VERBOSE,
)
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"movj": "joint", "movl": "line", "movc": "arc"}


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a script.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    return run(_DIALECT, files)


def _pose(value: Value, where: Where) -> Array | None:
    values = figures(value)
    return None if values is None else euler(values, "zyx", where, listed="backward")


def _instruction(state: State, name: str, given: Given, where: Where, text: str) -> bool:
    out, trace, first = state.trace.out, state.trace, given.pick(0, "value")
    if name in _MOVES:
        _motion(state, name, given, where, text)
        return True
    if name in ("set_digital_output", "set_analog_output", "wait_input"):
        kind, port, level = (given.pick(k, key) for k, key in enumerate(("type", "index", "value")))
        label = f"{port:g}" if isinstance(port, float) else str(port)
        group = "" if kind == 0.0 else f"{figure(kind):g} " if isinstance(kind, float) else f"{kind} "
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        side = "input" if name == "wait_input" else "output"
        label = f"{'analog ' if 'analog' in name else ''}{group}{label}"
        kind_ = "wait_input" if side == "input" else "set_output"
        out.append(Signal(where=where, kind=kind_, values={side: label, "value": value}))
        return True
    if name in ("sleep", "wait"):
        out.append(Signal(where=where, kind="wait", values={"time": first if isinstance(first, float) else text}))
        return True
    match name:
        case "set_tool_id" | "set_user_frame_id":
            known = state.modal.get(f"{name[:-3]} {figure(first)}")
            number = figure(first)
            place = frozen(np.eye(4)) if number == 0.0 else known if isinstance(known, np.ndarray) else None
            frame = Frame(name="?" if number is None else f"{number:g}", outer_T_frame=place)
            trace.tool, trace.frame = (frame, trace.frame) if "tool" in name else (trace.tool, frame)
        case "set_tool" | "set_user_frame":
            value = given.placed[-1] if given.placed else first
            now = trace.tool if name == "set_tool" else trace.frame
            number = figure(first) if len(given.placed) > 1 else None
            frame = Frame(
                name=f"{number:g}" if number is not None else now.name or name[4:], outer_T_frame=_pose(value, where)
            )
            if frame.outer_T_frame is not None:
                state.modal[f"{name} {float(frame.name) if frame.name.isdecimal() else 0.0}"] = frame.outer_T_frame
            trace.tool, trace.frame = (frame, trace.frame) if name == "set_tool" else (trace.tool, frame)
        case _:
            return False
    out.append(Setting(where=where, text=text))
    return True


def _motion(state: State, name: str, given: Given, where: Where, text: str) -> None:
    kind, trace = _MOVES[name], state.trace
    ends = 2 if kind == "arc" else 1
    mode = figure(given.pick(ends, "mode", 0.0))
    if mode != 0.0 or given.named or not ends <= len(given.placed) <= ends + 6:
        trace.unknown_motion(where, text, "relative motion, or arguments that are not known")
        return
    targets = given.placed[:ends]
    joints = degrees(targets[0], where) if kind == "joint" else None
    poses = [_pose(value, where) for value in targets] if kind != "joint" else []
    speed, radius = figure(given.pick(ends + 1, "speed")), figure(given.pick(ends + 3, "tolerance", 0.0))
    lost = [
        t.name if isinstance(t, Missing) else "a target"
        for t, p in zip(targets, poses or [joints], strict=True)
        if p is None
    ]
    if kind != "joint":
        lost += [word for word, f in (("tool", trace.tool), ("user frame", trace.frame)) if f.outer_T_frame is None]
    trace.out.append(
        Move(
            where=where, kind=kind, tool=trace.tool, frame=trace.frame, joints=joints,
            frame_T_tcp=poses[-1] if poses else None, frame_T_via=poses[0] if len(poses) == 2 else None,
            speed=from_mm(speed) if speed is not None and kind != "joint" else None,
            axis_speed=(from_deg(speed),) if speed is not None and kind == "joint" else (),
            zone=None if radius is None else from_mm(radius) if kind != "joint" or radius == 0.0 else None,
            missing=tuple(lost),
        )
    )  # fmt: skip


_DIALECT = Dialect(
    brand="jaka", token=_TOKEN, style="python", instruction=_instruction,
    function=lambda state, name, given, where: Missing(f"{name}()"),
    quiet=re.compile(r"set_payload|print|log\w*|sync|set_tool_payload|get_\w+|popup|msg\w*|socket_\w+|pass|drag_teach_off"),
    motion=re.compile(r"mov|servo|circ|set_(rapid|user|tool|speed|traj|compliant|ft|tcp)|jog|drag|offset|conveyor"),
    constants={"pi": math.pi},
)  # fmt: skip
