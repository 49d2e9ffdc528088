"""AS."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="kawasaki",
    ramps=RAMPS,
    zones=(
        Zone(
            word="ACCURACY",
            unit="length",
            most=None,
            corner=None,
            source=(
                "AS programs of public post-processors; whether it is the corner or the tolerance of "
                "arrival is not told there"
            ),
            confidence="C",
        ),
    ),
)
