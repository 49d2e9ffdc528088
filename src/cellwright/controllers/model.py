"""What is known of a brand's controller, each fact with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..robots.model import Confidence

Unit = Literal["length", "share of half the way", "share of speed", "level", "unknown"]
"""What a zone's number counts: only a length says by itself where the corner begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """How one word of a language rounds corners.

    Attributes:
        word: as it stands in a program.
        unit: what its number counts.
        most: largest share of the way to either neighbour that the corner may take; None where unknown.
        corner: the curve in the corner; None where unknown.
        step: smallest difference that our programs say: [m] of a length, a share of a share.
        moves: kinds of moves whose end it can stand at.
    """

    word: str
    unit: Unit
    most: float | None
    corner: Literal["parabola"] | None
    source: str
    confidence: Confidence | None
    step: float = 1e-6
    moves: tuple[Literal["joint", "line", "arc"], ...] = ("joint", "line", "arc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """What a brand's controller does with a move, as far as it is known.

    Attributes:
        brand: key of the language.
        stop: word of an exact stop; None where unknown.
        zones: every way to round a corner, the one that programs are written with first.
        together: source of the statement that the joints of a joint move begin and end together, so that it is as long
            as its slowest joint needs; None where none was found (it is assumed all the same, and no cycle is shorter).
        ramps: low, nominal and high time from rest to full joint speed where no acceleration is published [s].
        share: low, nominal and high share of published accelerations that a loaded arm reaches, low time first.
    """

    brand: str
    stop: str | None = None
    zones: tuple[Zone, ...] = ()
    together: str | None = None
    ramps: tuple[float, float, float]
    share: tuple[float, float, float] = (1.0, 0.8, 0.5)

    def zone(self, kind: Literal["joint", "line", "arc"]) -> Zone | None:
        """Return how programs are written to round the corner after a move of ``kind``; None where nothing is known."""
        return next((zone for zone in self.zones if kind in zone.moves), None)
