"""How far a rounded corner keeps from the corner itself, and the zone that keeps to a tolerance."""

from __future__ import annotations

import math

_LAST = 1e-6  # zones count whole micrometres [m]: what every language can write, so that a program says the same


def zone_within(turn: float, tolerance: float, most: float) -> float:
    """Return the largest zone [m] with which the tool misses a corner between two lines by ``tolerance`` at most.

    The curve in a corner lies in the triangle of the corner and of the two places where rounding begins and ends, a
    zone away from it: nothing in it is farther from the corner than the middle of the opposite side, which lies
    ``zone sin(turn / 2)`` away. A parabola passes at half of that. So the tolerance holds for any curve of a controller
    that keeps to this triangle, and with room for a parabola.

    Args:
        turn: by how much the direction changes in the corner [rad], 0 = runs straight on.
        tolerance: largest distance [m].
        most: largest zone [m] where the tolerance allows more.
    """
    across = math.sin(min(max(turn, 0.0), math.pi) / 2.0)
    zone = most if across * most <= tolerance else tolerance / across
    return math.floor(zone / _LAST + 1e-6) * _LAST


def missed(turn: float, zone: float) -> float:
    """Return how far [m] a parabola over ``zone`` [m] on both sides passes a corner that turns by ``turn`` [rad]."""
    return 0.5 * zone * math.sin(turn / 2.0)
