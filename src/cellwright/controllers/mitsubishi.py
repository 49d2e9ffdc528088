"""MELFA-BASIC V."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="mitsubishi",
    ramps=RAMPS,
    zones=(
        Zone(
            word="Cnt 1",
            unit="length",
            most=None,
            corner=None,
            source="public post-processors: a distance in mm before the corner",
            confidence="C",
        ),
    ),
)
