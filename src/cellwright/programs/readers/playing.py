"""Routines in the order in which a program runs them: calls written out, what nothing calls at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from ...errors import ProgramError, Where
from ..statements import NULL, Frame, Move, Statement, Statements, Unknown
from .tokens import DEEPEST, LONGEST


@dataclass(slots=True)
class Trace:
    """What a program has said so far, and the frames in force."""

    out: list[Statement] = field(default_factory=list[Statement])
    seen: set[str] = field(default_factory=set[str])
    tool: Frame = NULL
    frame: Frame = NULL
    depth: int = 0

    def enter(self, name: str, where: Where) -> None:
        """Begin a routine.

        Raises:
            ProgramError: it calls itself, or the calls written out are longer than any controller takes.
        """
        self.depth += 1
        self.seen.add(name)
        if self.depth > DEEPEST or len(self.out) > LONGEST:
            raise ProgramError(f"{name} calls itself, or the program is too long", where=where)

    def leave(self) -> None:
        """End a routine."""
        self.depth -= 1

    def unknown_motion(self, where: Where, text: str, reason: str) -> None:
        """Keep a motion statement that cannot be told."""
        self.out.append(Unknown(where=where, text=text, kind="motion", reason=reason))


def played(
    brand: str, names: Iterable[str], called: Collection[str], play: Callable[[str], None], trace: Trace
) -> Statements:
    """Return the statements of a program: first the routine that nothing calls, then what stays unplayed."""
    order = list(names)
    order = [name for name in order if name not in called] + [name for name in order if name in called]
    uncalled: list[str] = []
    for name in order:
        if name in trace.seen:
            continue
        if trace.seen:
            uncalled.append(name)
        play(name)
    return Statements(brand=brand, statements=tuple(trace.out), uncalled=tuple(uncalled))


def lost_frames(move: Move) -> tuple[str, ...]:
    """Return the names of the frames of a move whose place the files do not hold."""
    return tuple(f.name for f in (move.tool, move.frame) if f.outer_T_frame is None)


def hook(routine: str) -> bool:
    """Tell whether a routine is by its name the cell's own that switches the process or the weaving."""
    return re.fullmatch(r"cw_(proc\w*|weav\w*)_(on|off)", routine, re.IGNORECASE) is not None


def numbers_of(text: str) -> tuple[float, ...]:
    """Return the numbers that a call hands over, listed in its text; none where one of them is no number."""
    parts = [part.strip() for part in text.strip(" ,)").split(",")]
    known = all(re.fullmatch(r"-? ?\d+\.?\d*", part) for part in parts)
    return tuple(float(part.replace(" ", "")) for part in parts) if known else ()
