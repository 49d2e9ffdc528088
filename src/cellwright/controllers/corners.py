"""Where a controller begins to round a corner, by what a plan asks or a program says, and how far it keeps from it.

Timing and the comparison of programs with plans both ask here: a corner is the same in both.
"""

from __future__ import annotations

import math

from .model import Zone

HALF = 0.5  # of the way to a neighbour: more than half from both sides would meet
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


def rounding(zone: Zone | None, asked: float, before: float, after: float) -> float:
    """Return how far from a corner [m] rounding begins and ends; 0 = exact stop.

    A program says it in whole steps of its language, never more than is asked, and no corner takes more than the zone's
    largest share of the way to either neighbour; half where that is not known.

    Args:
        zone: how the program says it; None where nothing is known of the controller.
        asked: by the plan [m].
        before, after: way of the TCP from the last corner and to the next [m].
    """
    share = HALF if zone is None or zone.most is None else zone.most
    most = share * min(before, after)
    if zone is None:
        return min(asked, most)
    step = zone.step * (HALF * before if zone.unit == "share of half the way" else 1.0)
    steps = math.floor(asked / step + 1e-6) if step > 0.0 else 0
    return min(round(steps * step, 12), most)  # 0.01, not the float beside it


def begins(zone: Zone, number: float, before: float) -> float | None:
    """Return how far from a corner [m] a program's ``number`` lets rounding begin; None where it does not say.

    Args:
        number: a length [m] or a share, as the zone counts.
        before: way of the TCP from the last corner [m].
    """
    if zone.unit == "length":
        return number
    return number * HALF * before if zone.unit == "share of half the way" else None
