# ruff: noqa: E501  # patterns of whole lines read better unbroken
"""Faults put into the text of robot programs: what goes wrong when somebody edits one, or a tool writes it wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def _numbers(between: str, count: int = 6) -> str:
    return between.join(rf"({NUMBER})" for _ in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Where the things that faults touch stand in the text of one language.

    Attributes:
        move: a line with a motion.
        point: six numbers of a pose in groups, lengths first.
        joints: six numbers of a joint target in groups.
        event, wait, dwell, call: a line that switches an output, waits for an input, waits, calls.
        speed, zone: one number in a group.
        numbered: tool and frame in force, one number or name in a group each.
        placed: six numbers of a tool's or a frame's pose in groups.
        sides: a word of the configuration or the turns -> what it is replaced by.
        kinds: words of motion -> another one.
        levels: how a level is written -> the other one.
        turn: a full turn in the unit of the joints.
        comment: how a line begins that says nothing.
    """

    move: str
    point: str = r"(?!)"
    joints: str = r"(?!)"
    event: str = r"(?!)"
    wait: str = r"(?!)"
    dwell: str = r"(?!)"
    call: str = r"(?!)"
    speed: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    sides: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    ports: str = r"(?!)"
    turn: float = 360.0
    comment: str = "!"


XYZ = _numbers(r"\s*,\s*")
GRAMMARS: dict[str, Grammar] = {
    "abb": Grammar(
        move=r"(?m)^[ \t]*(?:Move|Arc)\w+ .*$\n?", point=rf"Move[LJ] \[\[{_numbers(',', 3)}\],\[{_numbers(',', 4)}\]",
        joints=rf"MoveAbsJ \[\[{XYZ}\]", event=r"(?m)^[ \t]*SetDO .*$\n?", wait=r"(?m)^[ \t]*WaitDI .*$\n?",
        dwell=r"(?m)^[ \t]*WaitTime ({n}).*$\n?", call=r"(?m)^[ \t]*Subprog\w*;.*$\n?",
        speed=(r"speeddata\s+\w+\s*:=\s*\[({n})", r",v(\d+),"), zone=(r"zonedata\s+\w+\s*:=\s*\[FALSE,({n})", r",z(\d+),"),
        numbered=(r"WObj:=(\w+)",), placed=(rf"tooldata \w+\s*:=\s*\[TRUE,\[\[{_numbers(',', 3)}\],\[{_numbers(',', 4)}\]",
        rf"wobjdata \w+\s*:=\s*\[FALSE,TRUE,\"\",\[\[{_numbers(',', 3)}\],\[{_numbers(',', 4)}\]"),
        sides=((r"\[0,0,0,1\]", "[0,0,0,0]"), (r"\[0,0,0,", "[-1,0,0,"), (r"\[0,0,", "[0,1,")),
        kinds=((r"MoveL ", "MoveJ "),), levels=((r"(SetDO \w+,\s*)1", r"\g<1>0"), (r"(WaitDI \w+,\s*)1", r"\g<1>0")),
        ports=r"(?:SetDO|WaitDI) (\w+)",
    ),
    "comau": Grammar(
        comment='--',
        move=r"(?m)^[ \t]*MOVE .*$\n?", point=rf"TO POS\({XYZ}", joints=rf"TO \{{{XYZ}\}}", event=r"(?m)^[ \t]*\$DOUT.*$\n?",
        dwell=r"(?m)^[ \t]*DELAY ({n}).*$\n?", call=r"(?m)^[ \t]*R_Program1.*$\n?", speed=(),
        placed=(rf"\$UFRAME := POS\({XYZ}",), sides=((r"'W T1:0", "'T1:0"), (r"T1:0 T2:0", "T1:1 T2:0")),
        kinds=((r"MOVE LINEAR", "MOVE JOINT"),), levels=((r"(\$DOUT\[\d+\] := )ON", r"\g<1>OFF"),), ports=r"\$DOUT\[(\d+)\]",
    ),
    "estun": Grammar(
        comment='//',
        move=r"(?m)^[ \t]*(?:Mov\w+|ARC_Line|ARC_LW)\{.*$\n?",
        point=rf"x=({NUMBER}),y=({NUMBER}),z=({NUMBER}),a=({NUMBER}),b=({NUMBER}),c=({NUMBER})\b",
        joints=rf"a1=({NUMBER}),a2=({NUMBER}),a3=({NUMBER}),a4=({NUMBER}),a5=({NUMBER}),a6=({NUMBER})",
        event=r"(?m)^[ \t]*Set(?:Sim)?DO.*$\n?", wait=r"(?m)^[ \t]*Wait(?:Sim)?DI.*$\n?", dwell=r"(?m)^[ \t]*Wait(?:Time)?\{T=({n})\}.*$\n?",
        call=r"(?m)^[ \t]*CALL.*$\n?", speed=(r"V=t_s\.V(\d+)",), zone=(r"C=t_s\.C(\d+)",), numbered=(r"Tool=t_\w\.(\w+)", r"Coord=t_\w\.(\w+)"),
        ports=r"(?:Out|In)put(\d),", levels=((r"(Val=)1", r"\g<1>0"),),
        kinds=((r"MovL\{", "MovJ{"),), sides=((r'"RELATIVE"', '"FINE"'),),
    ),
    "fanuc": Grammar(
        move=r"(?m)^[ \t]*\d+:[JLC] .*$\n?",
        point=rf"X =\s*({NUMBER})\s*mm,\s*Y =\s*({NUMBER})\s*mm,\s*Z =\s*({NUMBER})\s*mm,\s*W =\s*({NUMBER}) deg,\s*P =\s*({NUMBER}) deg,\s*R =\s*({NUMBER}) deg",
        joints=rf"J1=\s*({NUMBER}) deg,\s*J2=\s*({NUMBER}) deg,\s*J3=\s*({NUMBER}) deg,\s*J4=\s*({NUMBER}) deg,\s*J5=\s*({NUMBER}) deg,\s*J6=\s*({NUMBER}) deg",
        event=r"(?m)^[ \t]*\d+:  DO.*$\n?", wait=r"(?m)^[ \t]*\d+:  WAIT DI.*$\n?", dwell=r"(?m)^[ \t]*\d+:  WAIT\s+({n})\(sec\).*$\n?",
        call=r"(?m)^[ \t]*\d+:  CALL.*$\n?", speed=(r"\] ({n})%", r"\] ({n})mm/sec"), zone=(r"sec (FINE)", r"% (FINE)"),
        numbered=(r"UFRAME_NUM=(\d)", r"UTOOL_NUM=(\d)", r"UF : (\d)", r"UT : (\d)", r"UTOOL\[(\d)\]"),
        placed=(), sides=(("'N U T", "'F U T"), ("'N U T", "'N D T"), ("'N U T", "'N U B"), (", 0, 0, 0'", ", 1, 0, 0'"), (", 0, 0, 0'", ", 0, -1, 0'")),
        kinds=((r":L ", ":J "), ("mm/sec", "cm/min")), levels=((r"(DO\[\d+\]=)ON", r"\g<1>OFF"), (r"(DI\[\d+\]=)ON", r"\g<1>OFF")),
        ports=r"D[IO]\[(\d+)\]",
    ),
    "kawasaki": Grammar(
        comment=';',
        move=r"(?m)^[ \t]*(?:[JL]MOVE|C[12]MOVE) .*$\n?", point=rf"MOVE TRANS\({XYZ}\)", joints=rf"#\[{XYZ}\]",
        event=r"(?m)^[ \t]*SIGNAL.*$\n?", wait=r"(?m)^[ \t]*WAIT SIG.*$\n?", dwell=r"(?m)^[ \t]*TWAIT ({n}).*$\n?",
        call=r"(?m)^[ \t]*CALL.*$\n?", placed=(rf"BASE TRANS\({XYZ}\)",), kinds=((r"LMOVE", "JMOVE"),),
        levels=((r"SIGNAL (\d)", r"SIGNAL -\1"), (r"SIG\((\d)", r"SIG(-\1")), ports=r"SIG(?:NAL )?\(?(\d+)",
    ),
    "kuka": Grammar(
        comment=';',
        move=r"(?m)^[ \t]*(?:PTP|LIN|CIRC) .*$\n?",
        point=rf"LIN \{{X ({NUMBER}),\s*Y ({NUMBER}),\s*Z ({NUMBER}),\s*A ({NUMBER}),\s*B ({NUMBER}),\s*C ({NUMBER})",
        joints=rf"A1 ({NUMBER}),\s*A2 ({NUMBER}),\s*A3 ({NUMBER}),\s*A4 ({NUMBER}),\s*A5 ({NUMBER}),\s*A6 ({NUMBER})",
        event=r"(?m)^[ \t]*\$OUT.*$\n?", wait=r"(?m)^[ \t]*WAIT FOR.*$\n?", dwell=r"(?m)^[ \t]*WAIT SEC ({n}).*$\n?",
        call=r"(?m)^[ \t]*Subprog.*$\n?", speed=(r"\$VEL\.CP\s*=\s*({n})", r"#VEL_PTP,\s*({n})"), zone=(r"\$APO\.CDIS\s*=\s*({n})", r"\$APO\.CPTP\s*=\s*({n})"),
        numbered=(r"TOOL_DATA\[(\d)", r"BASE_DATA\[(\d)"),
        placed=(rf"\$TOOL\s*=\s*\{{(?:FRAME: )?X ({NUMBER}),\s*Y ({NUMBER}),\s*Z ({NUMBER}),\s*A ({NUMBER}),\s*B ({NUMBER}),\s*C ({NUMBER})",
        rf"\$BASE\s*=\s*\{{(?:FRAME: )?X ({NUMBER}),\s*Y ({NUMBER}),\s*Z ({NUMBER}),\s*A ({NUMBER}),\s*B ({NUMBER}),\s*C ({NUMBER})"),
        kinds=((r"(?m)^([ \t]*)LIN ", r"\1PTP "),), levels=((r"(\$OUT\[\d+\]\s*=\s*)TRUE", r"\1FALSE"), (r"(\$IN\[\d+\]\s*==\s*)TRUE", r"\1FALSE")),
        ports=r"\$(?:OUT|IN)\[(\d+)\]", sides=((r" C_DIS", ""), (r" C_PTP", "")),
    ),
    "ur": Grammar(
        comment='#',
        move=r"(?m)^[ \t]*move[jlcp]\(.*$\n?", point=rf"move[lc]\(p\[{XYZ}\]", joints=rf"movej\(\[{XYZ}\]",
        event=r"(?m)^[ \t]*set_standard_digital_out\(\d.*$\n?", wait=r"(?m)^  while .*\n.*\n  end\n", dwell=r"(?m)^[ \t]*sleep\(({n})\).*$\n?",
        speed=(r"speed_ms    = ({n})", r"speed_rads  = ({n})"), zone=(r"blend_radius_m = ({n})",), placed=(),
        kinds=((r"movel\(", "movej("),), levels=((r"(digital_out\(\d, )True", r"\1False"), (r"\) != True", ") != False")), ports=r"digital_(?:out|in)\((\d)",
        turn=6.283185307, sides=((r"speed_ms,blend", "speed_rads,blend"),),
    ),
    "yaskawa": Grammar(
        comment="'",
        move=r"(?m)^MOV[JLC] .*$\n?", point=rf"(?m)^C0000[2-5]={XYZ}$", joints=rf"(?m)^C0000[01]={XYZ}$", event=r"(?m)^DOUT.*$\n?",
        wait=r"(?m)^WAIT.*$\n?", dwell=r"(?m)^TIMER T=({n}).*$\n?", call=r"(?m)^CALL.*$\n?", speed=(r"VJ=({n})", r"V=({n})"),
        numbered=(r"///TOOL (\d)", r"TL#\((\d)\)"), kinds=((r"MOVL", "MOVJ"),), levels=((r"(DOUT .*)ON", r"\1OFF"), (r"(WAIT .*)ON", r"\1OFF")),
        ports=r"(?:OT|IN)#\((\d)\)", sides=((r"RCONF 0", "RCONF 1"), (r"RCONF 0,0,0,0", "RCONF 0,0,0,1"), (r"POSTYPE BASE", "POSTYPE USER")),
        turn=1e5,
    ),
}  # fmt: skip

Edit = Callable[[re.Match[str]], str | None]


def mutants(brand: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each program with one fault in it."""
    g = GRAMMARS[brand]
    n = NUMBER

    def every(kind: str, pattern: str, edit: Edit) -> Iterator[tuple[str, str]]:
        for found in re.finditer(pattern.replace("{n}", n), text):
            new = edit(found)
            begin = text.rfind("\n", 0, found.start() + 1) + 1
            if text[begin : found.end()].lstrip().startswith(g.comment):
                continue  # a comment says nothing
            if new is not None and new != found[0]:
                yield kind, text[: found.start()] + new + text[found.end() :]

    for word, pattern in (("move", g.move), ("event", g.event), ("wait", g.wait), ("dwell", g.dwell), ("call", g.call)):
        yield from every(f"{word} dropped", pattern, lambda _: "")
        yield from every(f"{word} doubled", pattern, lambda m: m[0] + m[0])
    lines = list(re.finditer(g.move, text))
    for a, b in pairwise(lines):
        if a[0].strip() != b[0].strip():
            yield "moves swapped", text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]
    for pattern, what in ((g.point, "pose"), (g.joints, "joints"), *((p, "frame or tool") for p in g.placed)):
        for k in range(6):
            yield from every(f"{what} sign", pattern, lambda m, k=k: _number(m, k, lambda v: -v))
            yield from every(f"{what} a little off", pattern, lambda m, k=k: _number(m, k, lambda v: v + 0.1))
        for a, b in ((0, 1), (1, 2), (3, 4), (4, 5), (3, 5)):
            yield from every(f"{what} swapped", pattern, lambda m, a=a, b=b: _swapped(m, a, b))
    for k in (3, 5):
        yield from every("a turn more", g.joints, lambda m, k=k: _number(m, k, lambda v: v + g.turn))
    for pattern in g.speed:
        yield from every("speed x 10", pattern, lambda m: _group(m, lambda v: v * 10))
        yield from every("speed / 10", pattern, lambda m: _group(m, lambda v: v / 10))
    for pattern in g.zone:
        yield from every(
            "zone", pattern, lambda m: m[0].replace("FINE", "CNT50") if "FINE" in m[0] else _group(m, lambda v: v + 5)
        )
    for pattern in g.numbered:
        yield from every(
            "another tool or frame",
            pattern,
            lambda m: _group(m, lambda v: v % 9 + 1) if m[1].isdigit() else m[0].replace(m[1], m[1] + "X"),
        )
    yield from every(
        "another port",
        g.ports,
        lambda m: _group(m, lambda v: v + 1) if m[1].isdigit() else m[0].replace(m[1], m[1] + "X"),
    )
    yield from every("wait x 10", g.dwell, lambda m: _group(m, lambda v: v * 10))
    for kind, table in (("side or turn", g.sides), ("kind of motion", g.kinds), ("level", g.levels)):
        for pattern, new in table:
            yield from every(kind, pattern, lambda m, p=pattern, new=new: re.sub(p, new, m[0]))


def _number(m: re.Match[str], k: int, change: Callable[[float], float]) -> str | None:
    """Return the match with its group ``k`` changed; None where that says the same."""
    if k + 1 > (m.re.groups or 0) or m[k + 1] is None:
        return None
    value = float(m[k + 1])
    new = change(value)
    if new == value or (new == -value and abs(value) in (180.0, 3.14159265)):
        return None  # half a turn to either side is the same
    begin, end = m.start(k + 1) - m.start(), m.end(k + 1) - m.start()
    return m[0][:begin] + f"{new:.9g}" + m[0][end:]


def _swapped(m: re.Match[str], a: int, b: int) -> str | None:
    if max(a, b) + 1 > m.re.groups or float(m[a + 1]) == float(m[b + 1]):
        return None
    (i, j), (k, n) = ((m.start(g + 1) - m.start(), m.end(g + 1) - m.start()) for g in (a, b))
    return m[0][:i] + m[b + 1] + m[0][j:k] + m[a + 1] + m[0][n:]


def _group(m: re.Match[str], change: Callable[[float], float]) -> str:
    begin, end = m.start(1) - m.start(), m.end(1) - m.start()
    return m[0][:begin] + f"{change(float(m[1])):g}" + m[0][end:]
