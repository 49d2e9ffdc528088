"""Lua of controllers of generation 4."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="dobot",
    ramps=RAMPS,
    zones=(
        Zone(
            word="r",
            unit="length",
            most=0.5,
            corner=None,
            source="the maker's script manual in a public copy: a radius, half the shorter way to a neighbour at most",
            confidence="B",
            moves=("line", "arc"),
        ),
        Zone(
            word="cp",
            unit="share of speed",
            most=None,
            corner=None,
            source="the same: a ratio from 0 to 100, its corner follows from speed and way",
            confidence="B",
            moves=("joint",),
        ),
    ),
)
