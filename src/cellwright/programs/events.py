"""Do the process, the signals and the waits of a program happen where the plan wants them?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..findings import Finding
from ..paths.model import Move as Planned
from ..units import from_mm
from .statements import Call, Move, Signal, Statement

Values = Mapping[str, float | str]
Happening = tuple[str, Values, str]
"""Kind, values, place."""


ROUTINES: Mapping[str, tuple[str, ...]] = {
    "process_on": ("seam", "job", "current", "voltage"),
    "process_off": ("seam",),
    "weave_on": ("seam", "amplitude", "frequency"),
    "weave_off": ("seam",),
}
"""What programs hand to the cell's own routines ``cw_process_on`` and so on: A, V, mm to each side, Hz; -1 unknown."""


def switched(call: Call) -> Signal | None:
    """Return what a call of one of the cell's own routines stands for; None of any other call."""
    found = re.fullmatch(r"cw_(proc|weav)\w*_(on|off)", call.routine, re.IGNORECASE)
    if found is None or not call.arguments:
        return None
    kind = ("process_" if found[1].lower() == "proc" else "weave_") + found[2].lower()
    given = dict(zip(ROUTINES[kind], call.arguments, strict=False))
    given.pop("seam", None)
    if "amplitude" in given:
        given["amplitude"] = from_mm(given["amplitude"])
    values = {key: value for key, value in given.items() if value != -1.0}
    return Signal(where=call.where, kind=cast(Any, kind), values=values)


def compare_events(planned: Sequence[Planned], statements: Sequence[Statement], lead: int) -> tuple[list[Finding], int]:
    """Return what differs, and how many signals of the program were compared.

    What happens between two moves is compared in its order; weaving, which most languages join to a move or to the
    arc, has an order of its own.

    Args:
        planned: the plan's moves.
        statements: of the program.
        lead: moves of the program before the plan's first.
    """
    wanted, said = _planned(planned), _said(statements, lead)
    findings: list[Finding] = []
    lost: dict[str, str] = {}
    count = 0
    for place in sorted(wanted.keys() | said.keys()):
        for weave in (False, True):
            a = [e for e in wanted.get(place, []) if e[0].startswith("weave") == weave]
            b = [e for e in said.get(place, []) if e[0].startswith("weave") == weave]
            count += len(b)
            findings += _compare(place, a, b)
            for (kind, values, _), (_, found, _) in zip(a, b, strict=False):
                lost |= {f"{kind}: {key}": str(value) for key, value in values.items() if key not in found}
    if lost:
        what = "the program does not say what the plan has: " + ", ".join(f"{k} = {v}" for k, v in lost.items())
        findings.append(Finding(code="program-event-values", severity="info", what=what))
    return findings, count


def _planned(moves: Sequence[Planned]) -> dict[int, list[Happening]]:
    """Return the events by the number of moves made before them."""
    places: dict[int, list[Happening]] = {}
    for k, move in enumerate(moves):
        for event in move.events:
            places.setdefault(k + (event.when == "end"), []).append((event.kind, event.values, f"move {k}"))
    return places


def _said(statements: Sequence[Statement], lead: int) -> dict[int, list[Happening]]:
    places: dict[int, list[Happening]] = {}
    made = -lead
    for statement in statements:
        s = switched(statement) if isinstance(statement, Call) else statement
        if isinstance(s, Move):
            made += 1
        elif isinstance(s, Signal) and not (s.kind == "wait" and s.values.get("time") == 0.0):
            places.setdefault(max(made, 0), []).append((s.kind, _port(s.values), str(s.where)))
    return places


def _port(values: Values) -> Values:
    """Return the values with the signal's number or name under the plan's own key."""
    return {("signal" if key in {"input", "output"} else key): value for key, value in values.items()}


def _compare(place: int, wanted: Sequence[Happening], said: Sequence[Happening]) -> list[Finding]:
    if [kind for kind, _, _ in wanted] != [kind for kind, _, _ in said]:
        what = f"before move {place} the plan has {_listed(wanted)}, the program {_listed(said)}"
        where = said[0][2] if said else ""
        return [Finding(code="program-event", severity="error", what=what, where=where)]
    findings: list[Finding] = []
    for (kind, values, _), (_, found, where) in zip(wanted, said, strict=True):
        for key in sorted(values.keys() & found.keys()):
            if not _same(values[key], found[key]):
                what = f"{kind} before move {place}: {key} is {found[key]}, the plan says {values[key]}"
                # another form of swing is told, not refused: few languages have words for all of them
                severity = "warning" if key == "shape" else "error"
                findings.append(Finding(code="program-event", severity=severity, what=what, where=where))
    return findings


def _listed(happenings: Sequence[Happening]) -> str:
    return ", ".join(kind for kind, _, _ in happenings) or "nothing"


def _same(a: float | str, b: float | str) -> bool:
    """Numbers within half a percent; texts without regard to case; a number and a text by the number at its end."""
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold() == b.casefold()
    x, y = _figure(a), _figure(b)
    return x is not None and y is not None and abs(x - y) <= 0.005 * max(abs(x), abs(y)) + 1e-9


def _figure(value: float | str) -> float | None:
    if not isinstance(value, str):
        return float(value)
    match = re.search(r"[-+]?\d+(\.\d+)?$", value)
    return float(match[0]) if match else None
