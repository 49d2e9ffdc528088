"""INFORM jobs (``.jbi``) into neutral statements.

Conventions, none of them tried on a controller by us: positions in mm, Rx Ry Rz in deg about the fixed x, y, z; PULSE
positions are encoder counts, which only the robot's own data make angles; VJ in percent; V in mm/s unless a comment of
the job says cm/min; positions of SETE in micrometres, its angles in a unit that depends on the controller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from ...errors import Where
from ...geometry import Array, frozen
from ...units import from_deg, from_mm
from ..statements import NULL, Call, Flow, Frame, Move, Posture, Setting, Signal, Statements, Unknown
from .playing import Trace, played
from .points import euler
from .yaskawa_files import Job, cartesian, conditions, job_of

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_TARGET = re.compile(r"(?:BC|EC|BP|EX|C|P)\d+$")
_MOVES: Mapping[str, Literal["joint", "line", "arc"]] = {"MOVJ": "joint", "MOVL": "line", "MOVC": "arc"}
_OPTION = re.compile(rf"(VJ|VR|VE|V|PL|CR|ACC|DEC)=({_NUMBER}|[BID]\d+)$")
_FLOW = re.compile(
    r"\*|(JUMP|IFTHEN|IFTHENEXP|ELSE|ELSEIF|ELSEIFEXP|ENDIF|FOR|NEXT|WHILE|WHILEEXP|ENDWHILE|SWITCH|CASE|DEFAULT|"
    r"ENDSWITCH|RET|ABORT|PSTART|PWAIT|LABEL)(?![A-Z])"
)
_QUIET = re.compile(
    r"('|NOP|END|MSG|CLS|PAUSE|INC|DEC|SET|SETE|GETE|ADD|SUB|MUL|DIV|CLEAR|AND|OR|NOT|XOR|CNVRT|GETS|GETPOS|SETREG|"
    r"GETREG|REFP|DIN|AIN|ADVINIT|ADVSTOP|NWAIT|CONT|SPEED|COMM|DIALOG|SETFILE|GETFILE|VAL|ASC|CHR\$|MID\$|LEN|CAT\$|"
    r"SQRT|SIN|COS|ATAN|ARCCTS|ARCCTE|PUSH|POP)(?![A-Z])"
)
_MOTION = re.compile(r"(\+|S?MOV|IMOV|EIMOV|SHIFT|SFT|MFRAME|SYMOV|SREFP|COMARC|TOOL|FWELD|MSHIFT|MULMAT|PATN|SETTOOL)")


@dataclass(slots=True)
class _State:
    jobs: dict[str, Job]
    tools: dict[str, Frame]
    frames: dict[str, Array]
    trace: Trace = field(default_factory=Trace)
    positions: dict[str, dict[int, float]] = field(default_factory=dict[str, dict[int, float]])
    arc: list[tuple[Where, str, Move]] = field(default_factory=list[tuple[Where, str, Move]])
    welding: dict[str, float | str] = field(default_factory=dict[str, "float | str"])
    last: Move | None = None


def read(files: Mapping[str, str]) -> Statements:
    """Return the statements of the jobs; ``TOOL.CND`` and ``UFRAME.CND`` give them tools and user frames.

    Raises:
        ProgramError: a line is not well formed.
    """
    jobs: dict[str, Job] = {}
    tools: dict[str, Frame] = {}
    frames: dict[str, Array] = {}
    for name, text in files.items():
        if PurePath(name).suffix.lower() == ".cnd":
            for kind, number, place in conditions(name, text):
                if kind == "TOOL":
                    tools[number] = Frame(name=number, outer_T_frame=place)
                else:
                    frames[number] = place
        else:
            job = job_of(name, text)
            if job is not None:
                jobs.setdefault(job.name, job)
    state = _State(jobs, tools, frames)
    found = (re.match(r"CALL\s+JOB:(\S+)", text) for job in jobs.values() for _, text in job.rows)
    called = {match[1].upper() for match in found if match}
    return played("yaskawa", jobs, called, lambda name: _play(state, name), state.trace)


def _play(state: _State, name: str) -> None:
    job = state.jobs[name]
    state.trace.enter(name, Where(job.file, job.rows[0][0] if job.rows else 1))
    for row, text in job.rows:
        where = Where(job.file, row)
        if not text.startswith("MOVC"):
            _end_arc(state)
        if text not in ("NOP", "END"):
            _statement(state, job, where, re.sub(r"\s+//.*$", "", text))
    _end_arc(state)
    state.trace.leave()


def _statement(state: _State, job: Job, where: Where, text: str) -> None:
    out, words = state.trace.out, text.split()
    word = words[0]
    if word in _MOVES:
        _motion(state, job, where, text, words)
    elif word == "IMOV":
        state.trace.unknown_motion(where, text, "relative motion")
    elif found := re.match(r"CALL\s+JOB:(\S+)(\s+IF\s.*)?", text):
        if found[2]:
            out.append(Flow(where=where, text=text))
        name = found[1].upper()
        out.append(Call(where=where, routine=found[1], known=name in state.jobs))
        if name in state.jobs:
            _play(state, name)
    elif word in ("ARCON", "ARCOF", "ARCSET", "WVON", "WVOF"):
        _weld(state, where, word, text)
    elif _signal(state, where, text, word):
        pass
    elif found := re.match(r"SETTOOL\s+TL#\((\d+)\)\s+(P\d+)", text):
        _set_tool(state, str(int(found[1][:6])), found[2])
        out.append(Setting(where=where, text=text))
    elif _FLOW.match(text):
        out.append(Flow(where=where, text=text))
    elif _QUIET.match(text):
        if found := re.match(rf"SETE\s+(P\d+)\s*\((\d)\)\s*({_NUMBER})$", text):
            state.positions.setdefault(found[1], {})[int(found[2])] = float(found[3])
        elif found := re.match(r"(?:SET|GETS|CNVRT|ADD|SUB|MUL|DIV|GETPOS|SETE)\s+\$?(P\d+)", text):
            state.positions.pop(found[1], None)
        out.append(Setting(where=where, text=text))
    else:
        out.append(Unknown(where=where, text=text, kind="motion" if _MOTION.match(text) else "other"))


def _signal(state: _State, where: Where, text: str, word: str) -> bool:
    """Take an instruction of inputs, outputs or waiting; tell whether it was one."""
    out = state.trace.out
    if found := re.match(rf"TIMER\s+T=({_NUMBER})$", text):
        out.append(Signal(where=where, kind="wait", values={"time": float(found[1])}))
    elif found := re.match(rf"(?:DOUT|AOUT)\s+(\w+)#\(([^)]*)\)\s*=?\s*(ON|OFF|{_NUMBER}|[BID]\d+)$", text):
        port = found[2] if found[1] == "OT" else f"{found[1]} {found[2]}"
        out.append(Signal(where=where, kind="set_output", values={"output": port, "value": _level(found[3])}))
    elif found := re.match(rf"PULSE\s+OT#\((\d+)\)(?:\s+T=({_NUMBER}))?$", text):
        for level in (1.0, 0.0):
            out.append(Signal(where=where, kind="set_output", values={"output": found[1], "value": level}))
    elif found := re.match(r"WAIT\s+(\w+)#\(([^)]*)\)\s*=\s*(\w+)(\s+T=.*)?$", text):
        port = found[2] if found[1] == "IN" else f"{found[1]} {found[2]}"
        out.append(Signal(where=where, kind="wait_input", values={"input": port, "value": _level(found[3])}))
    elif word == "WAIT":
        out.append(Signal(where=where, kind="wait_input", values={"input": text[4:].strip(), "value": 1.0}))
    elif found := re.match(r"(HAND|HSEN|GUNCL|TOOLON|TOOLOF)\s+(.*)$", text):
        values: dict[str, float | str] = {
            "output": f"{found[1]} {found[2]}",
            "value": 0.0 if "OFF" in found[2] else 1.0,
        }
        out.append(Signal(where=where, kind="set_output", values=values))
    else:
        return False
    return True


def _level(text: str) -> float | str:
    if text in ("ON", "OFF"):
        return float(text == "ON")
    return float(text) if re.fullmatch(_NUMBER, text) else text


def _weld(state: _State, where: Where, word: str, text: str) -> None:
    values: dict[str, float | str] = {}
    names = {
        "AC": ("current", 1.0),
        "AV": ("voltage", 1.0),
        "AVP": ("voltage_share", 0.01),
        "V": ("speed", 1e-2 / 60.0),
    }
    for key, figure in re.findall(rf"\b(AC|AVP|AV|V)=({_NUMBER})", text):
        values[names[key][0]] = float(figure) * names[key][1]
    if found := re.search(r"(?:ASF|AEF|WEV)#\((\d+)\)", text):
        values["job"] = float(found[1])
    out = state.trace.out
    if word == "ARCON" or (word == "ARCSET" and state.welding):
        state.welding = {**state.welding, **values, "on": 1.0} if word == "ARCSET" else {**values, "on": 1.0}
        told = {k: v for k, v in state.welding.items() if k != "on"}
        out.append(Signal(where=where, kind="process_on", values=told))
    elif word == "ARCSET":
        out.append(Setting(where=where, text=text))
    elif word == "ARCOF":
        state.welding = {}
        out.append(Signal(where=where, kind="process_off"))
    elif word == "WVON":
        out.append(Signal(where=where, kind="weave_on", values=_weave(text) or values))
    else:
        out.append(Signal(where=where, kind="weave_off"))


def _weave(text: str) -> dict[str, float | str]:
    """``WVON AMP=3.0 FREQ=2.0 ANGL=45``: the weave said in the job, in mm and Hz."""
    names = {"AMP": ("amplitude", 1e-3), "FREQ": ("frequency", 1.0)}
    found = re.findall(rf"\b(AMP|FREQ)=({_NUMBER})", text)
    return {names[key][0]: float(figure) * names[key][1] for key, figure in found}


def _set_tool(state: _State, number: str, variable: str) -> None:
    """Take a tool from a position variable; its angles have no unit that the job tells, so they must be zero."""
    place = state.positions.get(variable, {})
    known = place.keys() >= set(range(1, 7)) and not any(place[k] for k in (4, 5, 6))
    lengths = [place[k] / 1000.0 for k in (1, 2, 3)] if known else []
    outer = euler([*lengths, 0.0, 0.0, 0.0], "zyx", Where(Path("SETTOOL"))) if known else None
    state.tools[number] = Frame(name=number, outer_T_frame=outer)


def _frame(state: _State, name: str) -> Frame:
    """Return the frame of a position's type; a base frame is the robot's own where no track moves the robot."""
    if name.startswith("USER "):
        return Frame(name=name, outer_T_frame=state.frames.get(name[5:]))
    return Frame(name=name, outer_T_frame=frozen(np.eye(4)) if name in ("ROBOT", "BASE") else None)


def _motion(state: _State, job: Job, where: Where, text: str, words: Sequence[str]) -> None:
    trace, kind = state.trace, _MOVES[words[0]]
    targets = [word for word in words[1:] if _TARGET.match(word)]
    options = {found[1]: found[2] for word in words[1:] if (found := _OPTION.match(word))}
    rest = [w for w in words[1:] if w not in targets and not _OPTION.match(w) and w not in ("NWAIT", "FPT", "RB1")]
    stops = rest.index("UNTIL") if "UNTIL" in rest else len(rest)
    if rest[:stops] or not targets:
        trace.unknown_motion(where, text, f"'{' '.join(rest[:stops])}' of a motion is not read")
        return
    point = job.points.get(targets[0])
    external = [job.points.get(name) for name in targets[1:]]
    missing = [name for name, p in zip(targets[1:], external, strict=True) if p is None]
    poses = cartesian(point.values, where) if point is not None and point.counts is None else None
    frame = (
        _frame(state, point.frame) if poses is not None and point is not None else Frame(name="", outer_T_frame=None)
    )
    tool = NULL if point is None or not point.tool else state.tools.get(point.tool, _unknown_tool(point.tool))
    if point is None:
        missing.append(targets[0])
    elif point.counts is not None:
        missing.append("counts per degree")
    elif frame.outer_T_frame is None:
        missing.append(frame.name)
    if tool.name and tool.outer_T_frame is None:
        missing.append(f"TOOL {tool.name}")
    figures = {key: float(value) for key, value in options.items() if re.fullmatch(_NUMBER, value)}
    zone = from_mm(figures["CR"]) if "CR" in figures else 0.0 if figures.get("PL") == 0.0 else None
    move = Move(
        where=where, kind=kind, tool=tool, frame=frame, frame_T_tcp=poses,
        counts=frozen(point.counts) if point is not None and point.counts is not None else None,
        external=tuple(value for p in external if p is not None for value in p.values),
        configuration=point.configuration if point is not None else {},
        speed=figures["V"] * job.speed if "V" in figures else None,
        share=figures["VJ"] / 100.0 if "VJ" in figures else None,
        turn_speed=from_deg(figures["VR"]) if "VR" in figures else None,
        zone=zone, missing=tuple(missing),
    )  # fmt: skip
    if kind == "arc":
        state.arc.append((where, text, move))
        if "FPT" in words:
            _end_arc(state)
            state.arc = [(where, "", move)]  # where the next arc begins
        return
    trace.out.append(move)
    state.last = move
    if stops < len(rest):
        trace.out.append(Flow(where=where, text=text))  # it may stop before the target


def _unknown_tool(number: str) -> Frame:
    return Frame(name=number, outer_T_frame=frozen(np.eye(4)) if number == "0" else None)


def _end_arc(state: _State) -> None:
    """Tell a run of MOVC: the first point is where the arc begins, then come the point passed and the end."""
    run, state.arc = state.arc, []
    if not run:
        return
    first, out = run[0][2], state.trace.out
    if _same(state.last, first):
        out += [Setting(where=run[0][0], text=run[0][1])] if run[0][1] else []
    else:
        out.append(replace(first, kind="line"))
    state.last = first
    if len(run) == 3:
        via, end = run[1][2], run[2][2]
        known = via.speed == end.speed
        out.append(Setting(where=via.where, text=run[1][1]))
        lost = () if via.frame_T_tcp is not None else (*via.missing, "the point passed")
        out.append(
            replace(end, frame_T_via=via.frame_T_tcp, speed=end.speed if known else None,
                    missing=(*end.missing, *lost, *(() if known else ("one speed of the arc",))))
        )  # fmt: skip
        state.last = end
        return
    for where, text, _ in run[1:]:
        state.trace.unknown_motion(where, text, f"{len(run)} circular points in a row are not one arc")


def _same(a: Move | None, b: Move) -> bool:
    if a is None:
        return False
    pairs = ((a.frame_T_tcp, b.frame_T_tcp), (a.counts, b.counts))
    return any(x is not None and y is not None and np.array_equal(x, y) for x, y in pairs)


def misfits(configuration: Mapping[str, int], axes: Array, posture: Posture | None) -> tuple[str, ...]:
    """Return what of a written RCONF the axes (6,) [rad] do not have; a value on the edge fits both sides.

    Read: flip while axis R (4) points ahead; upper and lower by the elbow; front and rear by axis S; R, T and S beyond
    180 deg.
    """
    wrong: list[str] = []
    if posture is not None:
        for key, side in (("lower", -posture.beyond), ("rear", -posture.ahead), ("noflip", -float(np.cos(axes[3])))):
            if key in configuration and bool(configuration[key]) != (side > 0) and abs(side) > 1e-4:
                wrong.append(f"{key} {configuration[key]} with that side at {side:.4f}")
    for key, axis in (("r180", 3), ("t180", 5), ("s180", 0)):
        degrees = float(np.degrees(axes[axis]))
        if (
            key in configuration
            and bool(configuration[key]) != (abs(degrees) > 180.0)
            and abs(abs(degrees) - 180) > 0.01
        ):
            wrong.append(f"{key} {configuration[key]} but axis {axis + 1} at {degrees:.3f} deg")
    return tuple(wrong)
