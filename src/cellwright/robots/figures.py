"""Numbers as descriptions write them: finite, plausible, in m and rad."""

from __future__ import annotations

import math
import re

import numpy as np

from ..errors import InputError
from ..geometry import Array, pose, turn_x, turn_y, turn_z
from .markup import Element

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_FARTHEST = 100.0  # m: more is a description in millimetres
_WIDEST = 1000.0  # rad


def number(element: Element, name: str) -> float:
    """Return the finite number in attribute ``name``.

    Raises:
        InputError: missing, not a number, or not finite.
    """
    return _floats(element, name, 1)[0]


def numbers(element: Element, name: str, default: tuple[float, float, float]) -> Array:
    """Return the three finite numbers in attribute ``name`` (3,), or ``default`` where it is missing.

    Raises:
        InputError: not three finite numbers.
    """
    if name not in element.attributes:
        return np.array(default)
    return np.array(_floats(element, name, 3))


def placement(origin: Element | None) -> Array:
    """Return ``parent_T_child`` (4, 4) of an ``<origin>``; the identity where there is none.

    Roll, pitch and yaw turn about the fixed axes x, y, z of the parent, in this order (URDF).

    Raises:
        InputError: not numbers, farther than 100 m or turned by more than 1000 rad.
    """
    if origin is None:
        return np.eye(4)
    xyz = numbers(origin, "xyz", (0.0, 0.0, 0.0))
    rpy = numbers(origin, "rpy", (0.0, 0.0, 0.0))
    if np.abs(xyz).max() > _FARTHEST or np.abs(rpy).max() > _WIDEST:
        raise InputError(
            f"an origin {np.abs(xyz).max():g} m and {np.abs(rpy).max():g} rad away is absurd",
            fix="a URDF is in metres and radians",
            where=origin.where,
        )
    return pose(xyz, turn_z(rpy[2]) @ turn_y(rpy[1]) @ turn_x(rpy[0]))


def direction(axis: Element, kind: str) -> Array:
    """Return the unit vector (3,) of an ``<axis>``; it may be zero where the joint is fixed or floating.

    Raises:
        InputError: not numbers, or no direction.
    """
    xyz = numbers(axis, "xyz", (1.0, 0.0, 0.0))
    length = math.sqrt(float(xyz @ xyz))
    if length > 1e-6:
        return xyz / length
    if kind in ("fixed", "floating"):
        return np.array([1.0, 0.0, 0.0])
    raise InputError("the axis has no direction", fix='write for example xyz="0 0 1"', where=axis.where)


def _floats(element: Element, name: str, count: int) -> list[float]:
    text = element.text(name)
    words = text.split()
    if len(words) != count or not all(_NUMBER.fullmatch(word) for word in words):
        wanted = "a number" if count == 1 else f"{count} numbers"
        raise InputError(
            f"<{element.tag}> {name}={text[:60]!r} is not {wanted}", fix="write finite numbers", where=element.where
        )
    values = [float(word) for word in words]
    if not all(map(math.isfinite, values)):
        raise InputError(
            f"<{element.tag}> {name}={text[:60]!r} is too large", fix="write finite numbers", where=element.where
        )
    return values
