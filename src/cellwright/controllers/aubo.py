"""Lua of ARCS."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="aubo",
    ramps=RAMPS,
    zones=(
        Zone(
            word="blend_radius",
            unit="length",
            most=None,
            corner=None,
            source="programs that ARCS controllers saved, public: a length in m",
            confidence="C",
        ),
    ),
)
