"""URScript."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="ur",
    ramps=RAMPS,
    zones=(
        Zone(
            word="r",
            unit="length",
            most=0.5,
            corner=None,
            source="URScript programs of public post-processors: a blend radius of half the way to a neighbour at most",
            confidence="C",
        ),
    ),
)
