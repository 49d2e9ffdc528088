"""ERP (RCS2, ERC)."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="estun",
    stop="FINE",
    ramps=RAMPS,
    zones=(
        Zone(
            word="ABSOLUTE",
            unit="length",
            most=None,
            corner=None,
            source=(
                "public .erp samples and reader; the meaning of B is told in two ways, so that it counts as "
                "a convention to verify"
            ),
            confidence="C",
        ),
        Zone(
            word="RELATIVE",
            unit="unknown",
            most=None,
            corner=None,
            source="the same; of which way the share is, is not told",
            confidence="C",
        ),
    ),
)
