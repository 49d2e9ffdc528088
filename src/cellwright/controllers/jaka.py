"""JKS."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="jaka",
    ramps=RAMPS,
    zones=(
        Zone(
            word="tol",
            unit="length",
            most=None,
            corner=None,
            source="the maker's script manual in a public copy: a tolerance of arrival, may blend with the next move",
            confidence="B",
        ),
    ),
)
