"""Which solids are pins in holes, and which are fasteners clamped by one: recognised by geometry, never by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..geometry import Array
from ..parts.model import Part
from ..parts.surfaces import Surface, surfaces

_PLAY = 5e-4  # [m] plus 15 % of the radius: the widest clearance hole (ISO 273 coarse: 18 mm for a bolt of 16 mm)
_HEAD = 4.0  # a nut, washer or head is at most this many hole diameters wide across the axis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pin:
    """A round solid in a hole of another.

    Attributes:
        pin, plate: indices of the solids.
        origin, axis: (3,) of the hole.
        radius: of the hole [m].
    """

    pin: int
    plate: int
    origin: Array
    axis: Array
    radius: float


def find_pins(part: Part) -> tuple[Pin, ...]:
    """Return every shaft that sits in a hole of another solid, in the order of the solids; bolts and rods alike."""
    faces = surfaces(part)
    shafts = [(part.faces[i].solid, face) for i, face in enumerate(faces) if face.shaft]
    holes = [(part.faces[i].solid, face) for i, face in enumerate(faces) if face.hole]
    holes = [(plate, hole) for plate, hole in holes if _surrounds(hole, [h for p, h in holes if p == plate])]
    found: list[Pin] = []
    for plate, hole in holes:
        for pin, shaft in shafts:
            if pin != plate and _sits_in(shaft, hole):
                fit = Pin(pin=pin, plate=plate, origin=hole.origin, axis=hole.axis, radius=hole.radius)
                if not any((p.pin, p.plate) == (pin, plate) and _same_axis(p, fit) for p in found):
                    found.append(fit)
    return tuple(sorted(found, key=lambda fit: (fit.pin, fit.plate)))


def unwelded(part: Part, pins: Sequence[Pin], one: int, other: int) -> tuple[Literal["hole", "fastener"], str] | None:
    """Return (``hole`` or ``fastener``, the reason) where nobody welds two solids, None where somebody may."""
    name = [solid.name for solid in part.solids]
    for pin in pins:
        if {pin.pin, pin.plate} == {one, other}:
            return "hole", f"{name[pin.pin]} sits in a hole of {name[pin.plate]} like a pin, rod or bolt"
    for pin in pins:
        for nut, plate in ((one, other), (other, one)):
            through = [p.pin for p in pins if p.plate == plate and _same_axis(p, pin)]
            if pin.plate == nut and pin.pin in through and _across(part, nut, pin.axis) <= _HEAD * 2 * pin.radius:
                return "fastener", (
                    f"{name[pin.pin]} runs through {name[nut]} and {name[plate]}: {name[nut]} is a nut, washer or head"
                )
    return None


def _surrounds(hole: Surface, holes: Sequence[Surface]) -> bool:
    """The hole's faces on this axis go round it by more than half: a saddle or a groove holds nothing."""
    x, y = np.linalg.svd(hole.axis[None])[2][1:]
    points = [h.triangles.reshape(-1, 3) for h in holes if _coaxial(h, hole) and abs(h.radius - hole.radius) < _PLAY]
    offset = np.concatenate(points) - hole.origin
    angles = np.sort(np.arctan2(offset @ y, offset @ x))
    return float(np.diff(angles, append=angles[0] + 2 * np.pi).max()) < np.pi - 0.1


def _coaxial(one: Surface, other: Surface) -> bool:
    offset = one.origin - other.origin
    away = offset - (offset @ other.axis) * other.axis
    return bool(abs(one.axis @ other.axis) > 0.9995) and float(np.linalg.norm(away)) <= _PLAY


def _sits_in(shaft: Surface, hole: Surface) -> bool:
    if not -1e-4 <= hole.radius - shaft.radius <= _PLAY + 0.15 * hole.radius:
        return False
    if abs(shaft.axis @ hole.axis) < 0.9995:
        return False
    low, high = np.sort(hole.triangles.reshape(-1, 3) @ hole.axis)[[0, -1]]
    span = np.sort(shaft.triangles.reshape(-1, 3) @ hole.axis)[[0, -1]]
    if min(high, span[1]) - max(low, span[0]) < 1e-4:
        return False
    middle = hole.box.mean(0)
    onto = shaft.origin + ((middle - shaft.origin) @ shaft.axis) * shaft.axis - hole.origin
    return float(np.linalg.norm(onto - (onto @ hole.axis) * hole.axis)) <= _PLAY + 0.15 * hole.radius


def _same_axis(one: Pin, other: Pin) -> bool:
    offset = one.origin - other.origin
    away = offset - (offset @ other.axis) * other.axis
    return bool(abs(one.axis @ other.axis) > 0.9995) and float(np.linalg.norm(away)) <= _PLAY + 0.15 * one.radius


def _across(part: Part, solid: int, axis: Array) -> float:
    """Return the largest width of the solid square to the axis [m]."""
    points = part.solids[solid].mesh.vertices
    flat = points - (points @ axis)[:, None] * axis
    x, y = np.linalg.svd(axis[None])[2][1:]
    turns = np.linspace(0, np.pi, 12, endpoint=False)
    spread = flat @ (np.cos(turns) * x[:, None] + np.sin(turns) * y[:, None])
    return float(np.ptp(spread, axis=0).max())
