"""What differs between two programs as read: a changed or damaged copy against the one that was proven."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence

import numpy as np

from ..findings import Finding
from ..geometry import Array
from .statements import Call, Flow, Frame, Move, Setting, Signal, Statement, Statements, Unknown

SAME = 1e-9
"""Numbers that differ by more are different [m, rad, 1]: both texts went through the same reader."""

LONGEST = 2000
"""Statements between the first and the last change that are aligned with each other; longer stretches go by rows."""

_FIGURES = ("speed", "share", "turn_speed", "duration", "zone", "zone_share")
_ARRAYS = ("joints", "frame_T_tcp", "frame_T_via", "joints_via", "counts")


def changes(before: Statements, after: Statements) -> tuple[Finding, ...]:
    """Return what the program ``after`` does otherwise than ``before``, in the order of ``after``; none if nothing.

    Statements without effect on motion count too, as information: their text is compared.
    """
    a, b = before.statements, after.statements
    found: list[Finding] = []
    if before.brand != after.brand:
        found.append(_changed(f"the language is {after.brand}, not {before.brand}", None))
    first = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if not _same(x, y)), min(len(a), len(b)))
    rest = min(len(a), len(b)) - first
    last = next((k for k in range(rest) if not _same(a[-1 - k], b[-1 - k])), rest)
    a, b = a[first : len(a) - last], b[first : len(b) - last]
    for i, j, k, m, together in _aligned([_key(s) for s in a], [_key(s) for s in b]):
        if together:
            found += [finding for x, y in zip(a[i:j], b[k:m], strict=True) for finding in _apart(x, y)]
            continue
        found += [_changed(f"gone: {_named(s)}", s) for s in a[i:j]]
        found += [_changed(f"new: {_named(s)}", s) for s in b[k:m]]
    if before.uncalled != after.uncalled:
        what = (
            f"nothing calls {', '.join(after.uncalled) or 'no routine'}, before {', '.join(before.uncalled) or 'none'}"
        )
        found.append(_changed(what, None))
    return tuple(found)


def _same(a: Statement, b: Statement) -> bool:
    return _key(a) == _key(b) and not _apart(a, b)


def _aligned(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int, bool]]:
    """Return pieces of two sequences with whether they belong together, row by row."""
    if max(len(a), len(b)) > LONGEST:  # the matcher's time grows with the square
        n = min(len(a), len(b))
        return [*((k, k + 1, k, k + 1, a[k] == b[k]) for k in range(n)), (n, len(a), n, len(b), False)]
    pieces = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [(i, j, k, m, tag == "equal") for tag, i, j, k, m in pieces]


def _key(statement: Statement) -> str:
    """Return what two statements must share to be compared with each other."""
    match statement:
        case Move():
            return f"move {statement.kind}"
        case Signal():
            return f"signal {statement.kind}"
        case Call():
            return f"call {statement.routine.casefold()} {statement.known}"
        case Setting():
            return "setting"
        case Flow():
            return f"flow {statement.text.split()[0] if statement.text else ''}"
        case _:
            return f"unknown {statement.kind}"


def _named(statement: Statement) -> str:
    match statement:
        case Move():
            return f"a {statement.kind} move"
        case Signal():
            values = ", ".join(f"{key} {value}" for key, value in statement.values.items())
            return f"{statement.kind} {values}".strip()
        case Call():
            return f"the call of {statement.routine}"
        case _:
            return f"'{statement.text[:80]}'"


def _apart(a: Statement, b: Statement) -> list[Finding]:
    if isinstance(a, Move) and isinstance(b, Move):
        return [_changed(what, b) for what in _moved(a, b)]
    if isinstance(a, Signal) and isinstance(b, Signal):
        return [] if dict(a.values) == dict(b.values) else [_changed(f"{_named(b)}, before {_named(a)}", b)]
    if (
        isinstance(a, (Setting, Flow, Unknown))
        and isinstance(b, (Setting, Flow, Unknown))
        and _plain(a.text) != _plain(b.text)
    ):
        harmless = isinstance(a, Setting)
        return [_changed(f"'{b.text[:80]}', before '{a.text[:80]}'", b, harmless=harmless)]
    return []


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _moved(a: Move, b: Move) -> list[str]:
    """Return what differs between two moves of the same kind."""
    said = [
        f"{name} {_shown(getattr(b, name))}, before {_shown(getattr(a, name))}"
        for name in _FIGURES
        if not _alike(getattr(a, name), getattr(b, name))
    ]
    said += [
        f"another {name}{_far(getattr(a, name), getattr(b, name))}"
        for name in _ARRAYS
        if not _equal(getattr(a, name), getattr(b, name))
    ]
    said += [
        f"{word} {there.name or 'none'}{_far(here.outer_T_frame, there.outer_T_frame)}, before {here.name or 'none'}"
        for word, here, there in (("tool", a.tool, b.tool), ("user frame", a.frame, b.frame))
        if not _framed(here, there)
    ]
    if not _listed(a.axis_speed, b.axis_speed):
        said.append(f"axis rates {b.axis_speed}, before {a.axis_speed}")
    if not _listed(a.external, b.external):
        said.append(f"external axes {b.external}, before {a.external}")
    if dict(a.configuration) != dict(b.configuration):
        said.append(f"configuration {dict(b.configuration)}, before {dict(a.configuration)}")
    if a.missing != b.missing:
        said.append(f"missing {', '.join(b.missing) or 'nothing'}, before {', '.join(a.missing) or 'nothing'}")
    return [f"a {b.kind} move: {what}" for what in said]


def _alike(a: float | None, b: float | None) -> bool:
    return (a is None and b is None) or (a is not None and b is not None and abs(a - b) <= SAME)


def _listed(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and all(
        abs(x - y) <= SAME or (math.isnan(x) and math.isnan(y)) for x, y in zip(a, b, strict=True)
    )


def _equal(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is None and b is None
    return a.shape == b.shape and bool(np.abs(a - b).max() <= SAME)


def _framed(a: Frame, b: Frame) -> bool:
    return a.name.casefold() == b.name.casefold() and _equal(a.outer_T_frame, b.outer_T_frame)


def _far(a: Array | None, b: Array | None) -> str:
    """Return how far two poses or joint targets lie from each other, as text; empty where that is not known."""
    if a is None or b is None or a.shape != b.shape:
        return ""
    if a.shape == (4, 4):
        return f" ({1e3 * float(np.linalg.norm(a[:3, 3] - b[:3, 3])):.3f} mm away)"
    return f" (by {float(np.abs(a - b).max()):.6g})"


def _shown(value: float | None) -> str:
    return "not said" if value is None else f"{value:.6g}"


def _changed(what: str, statement: Statement | None, *, harmless: bool = False) -> Finding:
    harmless = harmless or isinstance(statement, Setting)
    where = "" if statement is None else str(statement.where)
    return Finding(code="program-changed", severity="info" if harmless else "warning", what=what, where=where)
