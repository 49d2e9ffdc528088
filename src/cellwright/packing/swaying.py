"""How hard a load may be pushed sideways before something tips."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, settled

G = 9.80665  # [m/s2]
_ANGLES = 2 * np.pi * np.arange(16) / 16
WAYS = settled(np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1))
"""Directions in the plane in which a load is pushed (16, 2)."""


def least_sway(corner: Array, size: Array, mass: Array, *, level: float = 0.0) -> float:
    """Return the sideways acceleration [m/s2] at which the first case tips, with all that rests on it.

    A case hands its weight, and that of what it carries, to those below by the areas of contact; what rests on it moves
    with it as one body. It tips about the edge of the hull of its contacts.

    Args:
        corner, size: (n, 3) as the cases stand [m], in the order of stacking.
        mass: (n,) [kg].
        level: how far tops may differ that carry a case together [m].
    """
    n = len(mass)
    top = corner[:, 2] + size[:, 2]
    carried = mass.astype(float)
    moment = mass[:, None] * (corner + size / 2)  # of each case with its share of what it carries
    least = np.inf
    for k in reversed(range(n)):
        low = np.maximum(corner[:, :2], corner[k, :2])
        high = np.minimum(corner[:, :2] + size[:, :2], corner[k, :2] + size[k, :2])
        area = np.clip(high - low, 0.0, None).prod(1)
        on_deck = corner[k, 2] <= 1e-9
        held = (area > 0) & (top <= corner[k, 2] + 1e-9) & (top >= corner[k, 2] - level - 1e-9) & (not on_deck)
        if on_deck:
            corners = _rectangle(corner[k, :2], corner[k, :2] + size[k, :2])
        else:
            corners = np.concatenate([_rectangle(low[m], high[m]) for m in np.flatnonzero(held)])
            share = area * held / area[held].sum()
            carried += share * carried[k]
            moment += share[:, None] * moment[k]
        centre = moment[k] / carried[k]
        arm = (corners @ WAYS.T).max(0) - WAYS @ centre[:2]
        least = min(least, G * float(arm.min()) / max(float(centre[2] - corner[k, 2]), 1e-9))
    return float(least)


def _rectangle(low: Array, high: Array) -> Array:
    return np.array([[low[0], low[1]], [high[0], low[1]], [low[0], high[1]], [high[0], high[1]]])
