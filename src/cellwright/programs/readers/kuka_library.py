"""What the routines do that every KUKA controller brings along (BAS, ArcTech), and the state they set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ...errors import Where
from ...geometry import frozen
from ...units import from_mm
from ..statements import NULL, Frame, Setting, Signal, Statement, Unknown
from .krl import Missing, Value, frame, plain
from .tokens import Token

_WELD = {"JOBMODEID": "mode", "PARAMSETID": "job", "VELOCITY": "speed"}
_KINDS: Mapping[str, Literal["process_on", "process_off", "weave_on", "weave_off"]] = {
    "PROCESS_ON": "process_on", "PROCESS_OFF": "process_off", "WEAVE_ON": "weave_on", "WEAVE_OFF": "weave_off",
}  # fmt: skip
_HOOK = re.compile(rf"({'|'.join(_KINDS)})$")  # a routine of this name is the cell's own; -1 is "not given"
_LENGTHS = ("amplitude", "length", "width")
"""Parameters of such a routine that are lengths; they are in mm, as all lengths of the language."""


@dataclass(slots=True)
class State:
    """What a running program has set; frames and speeds are modal in KRL."""

    routines: dict[str, list[list[Token]]]
    parameters: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    out: list[Statement] = field(default_factory=list[Statement])
    seen: set[str] = field(default_factory=set[str])
    tool: Frame = NULL
    base: Frame = NULL
    cp: float | None = None
    share: float | None = None
    cdis: float | None = None
    cptp: float | None = None
    weld_speed: float | None = None
    weaving: bool = False
    last: dict[str, Value] | None = None
    depth: int = 0


def lookup(state: State) -> Callable[[str], Value]:
    """Return the function that knows the program's data by canonical name."""

    def value(name: str) -> Value:
        if name in state.data:
            return state.data[name]
        if name == "$NULLFRAME":
            return dict.fromkeys("XYZABC", 0.0)
        head, _, part = name.rpartition(".")
        whole = state.data.get(head)
        return whole.get(part, Missing(name)) if isinstance(whole, dict) else Missing(name)

    return value


def hook(state: State, where: Where, routine: str, given: Mapping[str, Value]) -> None:
    """Add the signal that a routine of the cell stands for by its name; an argument of -1 is "not given"."""
    found = _HOOK.search(routine)
    if found is not None:
        values = {k.lower(): v for k, v in given.items() if isinstance(v, (float, str)) and v != -1.0}
        values |= {k: from_mm(v) for k in _LENGTHS if isinstance(v := values.get(k), float)}
        state.out.append(Signal(where=where, kind=_KINDS[found[1]], values=values))


def bas(state: State, where: Where, command: str, value: Value, text: str) -> None:
    """What ``bas.src`` of the controller does with each command."""
    match command:
        case "#INITMOV":
            state.tool = state.base = NULL
        case "#VEL_PTP":
            state.share = plain(value, where) / 100.0
        case "#VEL_CP":
            state.cp = plain(value, where)
        case "#TOOL":
            state.tool = numbered(state, "TOOL_DATA", value, where)
        case "#BASE":
            state.base = numbered(state, "BASE_DATA", value, where)
        case "#PTP_PARAMS":
            state.share = plain(value, where) / 100.0
            _active_frames(state, where)
        case "#CP_PARAMS":
            state.cp = state.weld_speed if isinstance(value, Missing) else plain(value, where)
            distance = lookup(state)("LDAT_ACT.APO_DIST")
            state.cdis = from_mm(distance) if isinstance(distance, float) else state.cdis
            _active_frames(state, where)
        case "#FRAMES":
            _active_frames(state, where)
        case "#PTP_DAT" | "#CP_DAT" | "#ACC_PTP" | "#ACC_CP" | "#ACC_GLUE" | "#EX_BASE" | "#JERK":
            pass
        case _:
            state.out.append(Unknown(where=where, text=text, kind="motion", reason=f"BAS({command}) is not known"))
            return
    state.out.append(Setting(where=where, text=text))


def _active_frames(state: State, where: Where) -> None:
    for table, key in (("TOOL_DATA", "TOOL_NO"), ("BASE_DATA", "BASE_NO")):
        value = lookup(state)(f"FDAT_ACT.{key}")
        if isinstance(value, Missing):
            continue
        chosen = numbered(state, table, value, where)
        if table == "TOOL_DATA":
            state.tool = chosen
        else:
            state.base = chosen


def numbered(state: State, table: str, value: Value, where: Where) -> Frame:
    """Return entry ``value`` of ``TOOL_DATA`` or ``BASE_DATA``; number 0 is the null frame."""
    n = int(plain(value, where))
    if n == 0:
        return Frame(name=f"{table}[0]", outer_T_frame=frozen(np.eye(4)))
    data = lookup(state)(f"{table}[{n}]")
    return Frame(name=f"{table}[{n}]", outer_T_frame=None if isinstance(data, Missing) else frozen(frame(data, where)))


def arc(state: State, where: Where, command: str, weld: Value) -> None:
    """ArcTech: the arc burns from after the move of ARCON to after the move of ARCOFF."""
    if command in ("#ARCONAFTERMOVESTD", "#ARCONAFTERSPLSINGLE"):
        seam = weld.get("WELD") if isinstance(weld, dict) else None
        weave = weld.get("WEAVE") if isinstance(weld, dict) else None
        seam, weave = seam if isinstance(seam, dict) else {}, weave if isinstance(weave, dict) else {}
        speed = seam.get("VELOCITY")
        state.weld_speed = speed if isinstance(speed, float) else None
        names = {
            "JOBMODEID": "mode",
            "PARAMSETID": "job",
            "VELOCITY": "speed",
            "CHANNEL1": "channel1",
            "CHANNEL2": "channel2",
        }
        values = {names[k]: v for k, v in seam.items() if k in names and isinstance(v, (float, str))}
        state.out.append(Signal(where=where, kind="process_on", values=values))
        if weave.get("PATTERN", "#NONE") != "#NONE":
            state.weaving = True
            lengths = {"LENGTH": "length", "AMPLITUDE": "amplitude"}
            sizes = {lengths[k]: from_mm(v) for k, v in weave.items() if k in lengths and isinstance(v, float)}
            state.out.append(
                Signal(
                    where=where, kind="weave_on", values={**sizes, "shape": str(weave["PATTERN"]).strip("#").lower()}
                )
            )
    elif command in ("#ARCOFFAFTERMOVESTD", "#ARCOFFAFTERSPLSINGLE"):
        if state.weaving:
            state.weaving = False
            state.out.append(Signal(where=where, kind="weave_off"))
        state.out.append(Signal(where=where, kind="process_off"))
