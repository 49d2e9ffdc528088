"""RAPID (IRC5, OmniCore)."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="abb",
    stop="fine",
    ramps=RAMPS,
    zones=(
        Zone(
            word="zonedata pzone_tcp",
            unit="length",
            most=0.5,
            corner="parabola",
            source=(
                "RAPID Reference Manual, zonedata, page 7-zonedata-1: a zone larger than half the way to a "
                "neighbour is reduced, the corner is a parabola; in joint moves the size may differ"
            ),
            confidence="B",
        ),
    ),
)
