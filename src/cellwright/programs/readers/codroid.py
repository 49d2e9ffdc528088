"""Estun's CODROID Lua (cobots) into neutral statements.

Conventions, read in one family of public sources and tried by none of us: joint targets ``jp`` in deg; ``v`` in deg/s
for ``movJ``, in mm/s for ``movL`` and ``movC``; ``rb`` is the corner's radius [mm]; times in ms. How the angles of
Cartesian targets (``cp``) turn is not known, so these targets stay missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Literal

from ...errors import Where
from ...units import from_deg, from_mm
from ..statements import Frame, Move, Signal, Statements
from .expressions import Given, Missing, Value, figure
from .lua import TOKEN, degrees, named
from .scripts import Dialect, State, run

_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"movJ": "joint", "movL": "line", "movC": "arc"}


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of a script.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    return run(_DIALECT, files)


def _instruction(state: State, name: str, given: Given, where: Where, text: str) -> bool:
    out = state.trace.out
    if name in _MOVES:
        _motion(state, name, given, where, text)
    elif name in ("setDO", "setAO", "setSimDO"):
        port, level = given.pick(0, "port"), given.pick(1, "value")
        kind = "" if name == "setDO" else name[3:]
        label = f"{port:g}" if isinstance(port, float) else str(port)
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        out.append(Signal(where=where, kind="set_output", values={"output": f"{kind} {label}".strip(), "value": value}))
    elif name in ("waitDI", "waitSimDI"):
        port, level = given.pick(0, "port"), given.pick(1, "value", 1.0)
        label = f"{port:g}" if isinstance(port, float) else str(port)
        value = float(level) if isinstance(level, (bool, float)) else str(level)
        out.append(Signal(where=where, kind="wait_input", values={"input": label, "value": value}))
    elif name in ("wait", "sleep", "delay"):
        time = figure(given.pick(0, "t"))
        out.append(Signal(where=where, kind="wait", values={"time": text if time is None else time / 1000.0}))
    else:
        return False
    return True


def _number(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else ""


def _motion(state: State, name: str, given: Given, where: Where, text: str) -> None:
    kind = _MOVES[name]
    ends = 2 if kind == "arc" else 1
    options = given.placed[ends] if len(given.placed) > ends else {}
    known = {"v", "a", "b", "rb", "coor", "tool", "j"}
    if len(given.placed) not in (ends, ends + 1) or not isinstance(options, dict) or not options.keys() <= known:
        state.trace.unknown_motion(where, text, "arguments that are not known")
        return
    joints = [degrees(named(target, "jp"), where) for target in given.placed[:ends]]
    speed, radius, blend = (figure(options.get(key, Missing(key))) for key in ("v", "rb", "b"))
    tool, frame = _number(options.get("tool", 0.0)), _number(options.get("coor", 0.0))
    state.trace.out.append(
        Move(
            where=where, kind=kind, tool=Frame(name=tool, outer_T_frame=None),
            frame=Frame(name=frame, outer_T_frame=None), joints=joints[-1],
            joints_via=joints[0] if kind == "arc" else None,
            speed=from_mm(speed) if speed is not None and kind != "joint" else None,
            axis_speed=(from_deg(speed),) if speed is not None and kind == "joint" else (),
            zone=from_mm(radius) if radius else 0.0 if not blend else None,
            missing=tuple("a target of joints" for q in joints if q is None),
        )
    )  # fmt: skip


_DIALECT = Dialect(
    brand="codroid", token=TOKEN, style="lua", instruction=_instruction,
    function=lambda state, name, given, where: Missing(f"{name}()"),
    quiet=re.compile(r"setNoBlender|setBlender|print|stopProject|pauseProject|setPayload|tostring|get\w+|send\w*|log\w*"),
    motion=re.compile(r"mov|Mov|servo|jog|set(Tool|Coor|User|Speed|Over)"), constants={"math.pi": math.pi},
)  # fmt: skip
