"""The only module that converts units: inside, everything is m, rad, s, kg."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from .errors import FieldError

UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "length": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "in": 0.0254},
        "angle": {"rad": 1.0, "deg": math.pi / 180.0},
        "speed": {"m/s": 1.0, "mm/s": 1e-3, "cm/min": 1e-2 / 60.0, "m/min": 1.0 / 60.0, "in/min": 0.0254 / 60.0},
        "acceleration": {"m/s2": 1.0, "mm/s2": 1e-3},
        "angular speed": {"rad/s": 1.0, "deg/s": math.pi / 180.0},
        "angular acceleration": {"rad/s2": 1.0, "deg/s2": math.pi / 180.0},
        "mass": {"kg": 1.0, "g": 1e-3, "lb": 0.45359237},
        "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0},
        "current": {"A": 1.0},
        "voltage": {"V": 1.0},
        "frequency": {"Hz": 1.0},
    }
)
"""Quantity -> unit -> factor to SI."""

USUAL: Mapping[str, str] = MappingProxyType(
    {
        "length": "mm",
        "angle": "deg",
        "speed": "mm/s",
        "acceleration": "mm/s2",
        "angular speed": "deg/s",
        "angular acceleration": "deg/s2",
        "mass": "kg",
        "time": "s",
        "current": "A",
        "voltage": "V",
        "frequency": "Hz",
    }
)
"""Quantity -> the unit that people write it in."""

LARGEST = 1e6
"""No quantity of a robot cell is larger, in SI units; beyond it, squares and products lose their meaning."""

_VALUE = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*([^\W\d_]\S*)?\s*")


def quantity(text: object, kind: str) -> float:
    """Return the SI value of ``"8 mm/s"``; the unit is part of the value.

    Args:
        text: what stands in the file.
        kind: a key of ``UNITS``.

    Raises:
        FieldError: not a text, no unit, a unit of another quantity, not finite, or larger than ``LARGEST``.
    """
    known = f"write a number and one of {', '.join(UNITS[kind])}"
    if isinstance(text, float) and not math.isfinite(text):
        raise FieldError(f"{text} is not a finite {kind}", fix=known)
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise FieldError(f"{text} has no unit", fix=f"write {text} {USUAL[kind]}")
    if not isinstance(text, str) or len(text) > 100:
        raise FieldError(f"{_shortened(text)} is not {a(kind)}", fix=known)
    match = _VALUE.fullmatch(text)
    if match is None:
        comma = _VALUE.fullmatch(text.replace(",", "."))
        raise FieldError(
            f"{_shortened(text)} is not {a(kind)}", fix=f"write {text.replace(',', '.')}" if comma else known
        )
    number, unit = match.groups()
    if unit is None:
        raise FieldError(f"{_shortened(text)} has no unit", fix=f"write {number} {USUAL[kind]}")
    if unit not in UNITS[kind]:
        raise _wrong_unit(text, unit, kind)
    value = float(number) * UNITS[kind][unit]
    if not abs(value) <= LARGEST:
        largest = f"{LARGEST / UNITS[kind][USUAL[kind]]:g} {USUAL[kind]}"
        raise FieldError(f"{_shortened(text)} is too large for {a(kind)}", fix=f"write at most {largest}")
    return value


def usual(value: float, kind: str) -> str:
    """Return the text of an SI value in the unit that people write it in: 0.008 m/s is ``8 mm/s``."""
    return f"{value / UNITS[kind][USUAL[kind]]:.12g} {USUAL[kind]}"


def a(noun: str) -> str:
    """Return the noun with its article: ``a length``, ``an angle``."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _wrong_unit(text: str, unit: str, kind: str) -> FieldError:
    known = f"write one of {', '.join(UNITS[kind])}"
    for other, units in UNITS.items():
        if unit in units:
            return FieldError(f"{_shortened(text)} is {a(other)}, not {a(kind)}", fix=known)
    near = next((known for known in UNITS[kind] if known.lower() == unit.lower()), None)
    return FieldError(f"{unit[:20]!r} is no unit of {a(kind)}", fix=f"did you mean {near}?" if near else known)


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


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
