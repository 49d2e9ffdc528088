"""KRL (KSS 8)."""

from __future__ import annotations

from .model import Controller, Zone
from .ramps import RAMPS

CONTROLLER = Controller(
    brand="kuka",
    stop="",  # a motion instruction without a word for rounding stops exactly
    ramps=RAMPS,
    zones=(
        Zone(
            word="C_DIS",
            unit="length",
            most=0.5,
            corner=None,
            source=(
                "KST PLC mxAutomation Logix 1.0, page 25: rounding starts at the earliest within this "
                "distance; the half way: public notes on LDAT.APO_DIST"
            ),
            confidence="B",
            moves=("line", "arc"),
        ),
        Zone(
            word="C_PTP",
            unit="share of half the way",
            most=0.5,
            corner=None,
            source="KST PLC mxAutomation Logix 1.0, page 25: 100 % is half the way between start and end",
            confidence="B",
            step=0.01,
            moves=("joint",),
        ),
    ),
)
