"""INFORM."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="yaskawa",
    stop="PL=0",
    ramps=RAMPS,
    zones=(
        Zone(
            word="PL",
            unit="level",
            most=None,
            corner=None,
            source=("INFORM programs of public post-processors; how far a level reaches is a parameter of each robot"),
            confidence="C",
        ),
    ),
)
