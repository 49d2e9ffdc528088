"""TP."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="fanuc",
    stop="FINE",
    ramps=RAMPS,
    zones=(
        Zone(
            word="CNT",
            unit="share of speed",
            most=None,
            corner=None,
            source=(
                "public notes on CNT against CR: a share of the speed to keep, the corner follows from speed and way"
            ),
            confidence="C",
        ),
        Zone(
            word="CR",
            unit="length",
            most=None,
            corner=None,
            source="the same; an option of the controller",
            confidence="C",
        ),
    ),
)
