"""The only module that converts units: inside, everything is m, rad, s, kg."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "length": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "in": 0.0254},
        "angle": {"rad": 1.0, "deg": math.pi / 180.0},
        "speed": {"m/s": 1.0, "mm/s": 1e-3, "cm/min": 1e-2 / 60.0, "m/min": 1.0 / 60.0, "in/min": 0.0254 / 60.0},
        "acceleration": {"m/s2": 1.0, "mm/s2": 1e-3},
        "angular speed": {"rad/s": 1.0, "deg/s": math.pi / 180.0},
        "mass": {"kg": 1.0, "g": 1e-3, "lb": 0.45359237},
        "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0},
        "current": {"A": 1.0},
        "voltage": {"V": 1.0},
        "frequency": {"Hz": 1.0},
    }
)
"""Quantity -> unit -> factor to SI."""

_VALUE = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*([^\s\d]\S*)\s*")


def quantity(text: object, kind: str) -> float:
    """Return the SI value of ``"8 mm/s"``; the unit is part of the value.

    Args:
        text: what stands in the file.
        kind: a key of ``UNITS``.

    Raises:
        ValueError: not a text, no unit, a unit of another quantity, or not finite.
    """
    units = UNITS[kind]
    known = ", ".join(units)
    if not isinstance(text, str):
        raise ValueError(f"{text!r} has no unit: a {kind} is a number with one of {known}")
    match = _VALUE.fullmatch(text)
    if match is None or match[2] not in units:
        raise ValueError(f"{text!r} is not a {kind}: write a number and one of {known}")
    value = float(match[1]) * units[match[2]]
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite {kind}")
    return value


def mm(metres: float) -> float:
    """Metres to millimetres, for the files that leave the package."""
    return metres * 1e3


def deg(radians: float) -> float:
    """Radians to degrees, for the files that leave the package."""
    return math.degrees(radians)


def from_mm(millimetres: float) -> float:
    """Millimetres, as read from a file, to metres."""
    return millimetres * 1e-3


def from_deg(degrees: float) -> float:
    """Degrees, as read from a file, to radians."""
    return math.radians(degrees)
