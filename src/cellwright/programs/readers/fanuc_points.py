"""Positions of TP programs: the section /POS into points."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from ...units import from_mm
from ..statements import Posture
from .points import placed, turned

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_BEGIN = re.compile(r"P\[\s*(\d+)[^\]]*\]\s*\{")
_GROUP = re.compile(r"GP(\d+)\s*:")
_FRAMES = re.compile(r"UF\s*:\s*(\w+)\s*,\s*UT\s*:\s*(\w+)")
_CONFIG = re.compile(r"CONFIG\s*:\s*'([^']*)'")
_ENTRY = re.compile(rf"([XYZWPR]|[JE]\d)\s*=\s*({_NUMBER}|\*+)\s*(mm|deg)?")
_SIDES = {"F": ("flip", 1), "N": ("flip", 0), "U": ("up", 1), "D": ("up", 0), "T": ("front", 1), "B": ("front", 0)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A taught position: axes of the arm or a pose, with the numbers of tool and frame it was taught with."""

    where: Where
    joints: Array | None = None
    frame_T_tcp: Array | None = None
    configuration: Mapping[str, int] = field(default_factory=dict[str, int])
    external: tuple[float, ...] = ()
    tool: str = ""
    frame: str = ""


PointOf = Point | str
"""A point, or the name of one that the files do not hold."""


def cartesian(values: Sequence[float]) -> Array:
    """Return the pose of X, Y, Z [mm] and W, P, R [deg]: turns about the fixed x, then y, then z."""
    x, y, z, w, p, r = values
    rows = turned("zyx", (math.radians(r), math.radians(p), math.radians(w)))
    return placed((from_mm(x), from_mm(y), from_mm(z)), rows)


def points_of(file: Path, rows: Sequence[tuple[int, str]]) -> dict[int, Point]:
    """Return the points of a section /POS, given as numbered lines.

    Raises:
        ProgramError: a point is not closed, stands twice, or holds no number where one belongs.
    """
    points: dict[int, Point] = {}
    number, first, inside = 0, 0, []
    for row, line in rows:
        if (begun := _BEGIN.match(line.strip())) is not None:
            if inside:
                raise ProgramError(f"position {number} is not closed", where=Where(file, first))
            number, first, inside = int(begun[1][:9]), row, []
            line = line[line.index("{") + 1 :]
            if number in points:
                raise ProgramError(f"position {number} stands twice", where=Where(file, row))
        elif not first:
            if line.strip():
                raise ProgramError("a position begins with P[number]{", where=Where(file, row))
            continue
        text, closed, _ = line.partition("}")
        inside.append(text)
        if closed:
            points[number] = _point(Where(file, first), "\n".join(inside))
            first, inside = 0, []
    if first:
        raise ProgramError(f"position {number} is not closed", where=Where(file, first))
    return points


def _point(where: Where, text: str) -> Point:
    parts = _GROUP.split(text)
    groups = {int(parts[k][:3]): parts[k + 1] for k in range(1, len(parts) - 1, 2)}
    if not groups:
        raise ProgramError("a position without a group (GP1:)", where=where)
    first = groups.pop(min(groups))
    values = _entries(first, where)
    frames, config = _FRAMES.search(first), _CONFIG.search(first)
    external = [values[key] for key in sorted(values) if key.startswith("E")]
    for number in sorted(groups):
        more = _entries(groups[number], where)
        external += [more[key] for key in sorted(more)]
    joints = [values[key] for key in sorted(values) if key.startswith("J")]
    if not joints and not set("XYZWPR") <= values.keys():
        raise ProgramError("a position is J1 to J6, or X, Y, Z, W, P and R", where=where)
    return Point(
        where=where,
        joints=frozen([math.radians(v) for v in joints]) if joints else None,
        frame_T_tcp=None if joints else cartesian([values[key] for key in "XYZWPR"]),
        configuration=_configuration(config[1], where) if config else {},
        external=tuple(external),
        tool=frames[2] if frames else "",
        frame=frames[1] if frames else "",
    )


def _entries(text: str, where: Where) -> dict[str, float]:
    values: dict[str, float] = {}
    for key, number, _ in _ENTRY.findall(text.replace("CONFIG", "")):
        if number.startswith("*"):
            raise ProgramError(f"{key} was never taught", where=where)
        value = float(number)
        if not abs(value) < 1e9:
            raise ProgramError(f"{key} = {number} is out of range", where=where)
        values[key] = value
    return values


def _configuration(text: str, where: Where) -> dict[str, int]:
    """Return the sides and turns of ``N U T, 0, 0, 0``."""
    letters, *turns = text.split(",")
    found: dict[str, int] = {}
    for letter in letters.split():
        if letter in _SIDES:
            key, value = _SIDES[letter]
            found[key] = value
        elif letter not in ("L", "R"):
            raise ProgramError(f"'{letter}' in a CONFIG", where=where)
        else:
            found["lefty"] = int(letter == "L")
    for k, turn in enumerate(turns, start=1):
        if not re.fullmatch(r"\s*[-+]?\d{1,3}\s*", turn):
            raise ProgramError(f"'{turn.strip()}' is no number of turns", where=where)
        found[f"turn{k}"] = int(turn)
    return found


def weld_values(inside: str) -> dict[str, float | str]:
    """Return the data of ``Weld Start[procedure,schedule]``, ``Arc Start[schedule]``, or values with their units."""
    values: dict[str, float | str] = {}
    plain: list[float] = []
    for part in inside.split(","):
        found = re.match(rf"\s*({_NUMBER})\s*([A-Za-z]*)", part)
        unit = found[2].lower() if found else "?"
        name = "voltage" if unit.startswith("v") else "current" if unit.startswith("a") else ""
        if found and name:
            values[name] = float(found[1])
        elif found and not unit:
            plain.append(float(found[1]))
    if plain:
        values["job"] = plain[-1]
        if len(plain) > 1:
            values["procedure"] = plain[0]
    return values


def weave_values(inside: str) -> dict[str, float | str]:
    """Return frequency [Hz] and amplitude [m] of ``Weave Sine[1.0Hz,3.0mm,0.0s,0.0s]``."""
    values: dict[str, float | str] = {}
    for part in inside.split(","):
        if found := re.match(rf"\s*({_NUMBER})\s*(Hz|mm)", part):
            hz = found[2] == "Hz"
            values["frequency" if hz else "amplitude"] = float(found[1]) if hz else from_mm(float(found[1]))
    return values


def misfits(configuration: Mapping[str, int], axes: Array, posture: Posture | None) -> tuple[str, ...]:
    """Return what of a written CONFIG the axes (6,) [rad] do not have; a value on the edge fits both sides."""
    wrong: list[str] = []
    if posture is not None:
        for key, side in (("flip", posture.wrist), ("up", posture.beyond), ("front", posture.ahead)):
            if key in configuration and bool(configuration[key]) != (side > 0) and abs(side) > 1e-4:
                wrong.append(f"{key} {configuration[key]} with that side at {side:.4f}")
    for k, axis in ((1, 0), (2, 3), (3, 5)):
        degrees = float(np.degrees(axes[axis]))
        turns = (abs(degrees) + 180.0) / 360.0
        said = configuration.get(f"turn{k}")
        low, high = int(turns - 1e-6), int(turns + 1e-6)
        if (said is not None and abs(said) not in (low, high)) or (said or 0) * degrees < 0:
            wrong.append(f"turn {said} but axis {axis + 1} at {degrees:.3f} deg")
    return tuple(wrong)
