"""Figures as people read them: mm, deg and s, never more digits than mean something."""

from __future__ import annotations

import math

from ..geometry import Array, rotation_angle
from ..units import deg, mm

_SHOWN = {
    "m": ("mm", mm(1.0), 2),
    "m/s": ("mm/s", mm(1.0), 2),
    "m/s2": ("mm/s²", mm(1.0), 0),
    "rad": ("°", deg(1.0), 2),
    "rad/s": ("°/s", deg(1.0), 1),
    "rad/s2": ("°/s²", deg(1.0), 0),
    "s": ("s", 1.0, 2),
    "kg": ("kg", 1.0, 2),
    "1": ("", 1.0, 3),
}


def amount(value: float | None, unit: str, *, digits: int | None = None) -> str:
    """Return an SI figure in the unit people use (m as mm, rad as °); a dash where there is none.

    Args:
        value: in ``unit``.
        unit: SI; a unit that is not known here is printed as it is.
        digits: decimals, where the usual number is not right.
    """
    if value is None or math.isnan(value):
        return "-"
    shown, factor, usual = _SHOWN.get(unit, (unit, 1.0, 3))
    if math.isinf(value):
        return "no limit"
    text = f"{value * factor:.{usual if digits is None else digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    space = "" if shown.startswith("°") or not shown else " "
    return f"{text}{space}{shown}"


def place(world_T_base: Array) -> str:
    """Return a base placement in words: position in mm, turn about the vertical in deg, upright or hanging."""
    x, y, z = (f"{mm(float(v)):.0f}" for v in world_T_base[:3, 3])
    r = world_T_base[:3, :3]
    up = float(r[2, 2])
    stand = "standing" if up > 0.999 else "hanging" if up < -0.999 else ""
    if not stand:
        return f"x {x}, y {y}, z {z} mm, tilted, turned {deg(float(rotation_angle(r))):.1f}° in all"
    return f"x {x}, y {y}, z {z} mm, turned {deg(math.atan2(float(r[1, 0]), float(r[0, 0]))):.1f}°, {stand}"
