"""Do the process, the signals and the waits of a program happen where the plan wants them?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..findings import Finding
from ..paths.model import Move as Planned
from .statements import Move, Signal, Statement

Values = Mapping[str, float | str]
Happening = tuple[str, Values, str]
"""Kind, values, place."""


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
    for s in statements:
        if isinstance(s, Move):
            made += 1
        elif isinstance(s, Signal) and not (s.kind == "wait" and s.values.get("time") == 0.0):
            places.setdefault(max(made, 0), []).append((s.kind, s.values, str(s.where)))
    return places


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
                findings.append(Finding(code="program-event", severity="error", what=what, where=where))
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
