"""How low a load can be at best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .model import Case, Deck


def height_bound(cases: Sequence[Case], deck: Deck) -> float:
    """Return a height [m] that no load of all these cases can be lower than.

    The larger of the highest case, and of volumes after each length is changed by a dual feasible function: lengths
    that are too long to stand beside a counted one count as the whole deck, those that are short enough as nothing
    (Fekete and Schepers 2004). A case counts as it is turned best.
    """
    if not cases:
        return 0.0
    size = np.array([case.size for case in cases])
    turns = np.array([case.turns for case in cases])
    length, width = deck.size
    best = float(size[:, 2].max(initial=0.0))
    for cut_x in _cuts(size[:, :2], length):
        for cut_y in _cuts(size[:, :2], width):
            straight = _grown(size[:, 0], length, cut_x) * _grown(size[:, 1], width, cut_y)
            turned = _grown(size[:, 1], length, cut_x) * _grown(size[:, 0], width, cut_y)
            area = np.where(turns, np.minimum(straight, turned), straight)
            best = max(best, float((area * size[:, 2]).sum() / (length * width)))
    return best


def _cuts(lengths: np.ndarray, room: float) -> list[float]:
    """Return where lengths may be cut off: zero, every one up to half of the room, and what one leaves."""
    found = {round(float(one), 6) for one in lengths.flat} | {
        round(room - float(one) + 1e-6, 6) for one in lengths.flat
    }
    return [0.0, *sorted(one for one in found if 0 < one <= room / 2)]


def _grown(lengths: np.ndarray, room: float, cut: float) -> np.ndarray:
    """Return lengths as they count: nothing below the cut, all the room above the room less the cut."""
    lengths = np.round(lengths, 6)
    return np.where(lengths > round(room - cut, 6), room, np.where(lengths < cut, 0.0, lengths))
