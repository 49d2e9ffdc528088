"""VAL 3."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="staubli",
    ramps=RAMPS,
    zones=(
        Zone(
            word="mdesc leave and reach",
            unit="length",
            most=None,
            corner=None,
            source="VAL 3 programs of public post-processors: lengths in mm before and after the corner",
            confidence="C",
        ),
    ),
)
