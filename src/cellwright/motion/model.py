"""A motion: the path on the clock, as the controller will run it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A time with its range [s] and the reason for the width."""

    low: float
    nominal: float
    high: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """Joint positions over time, dense enough for 1 mm of tool travel and 0.25 deg of a joint between rows.

    Attributes:
        t: (n,) [s], strictly rising except where an event takes no time.
        q, qd, qdd: (n, dof) [rad, rad/s, rad/s2].
        move: (n,) index of the move being made.
        duration: of the whole cycle.
        strokes: (operation, t0, t1) of each process stroke, first to last row of its process moves [s].
    """

    t: Array
    q: Array
    qd: Array
    qdd: Array
    move: NDArray[np.int32]
    duration: Duration
    strokes: tuple[tuple[int, float, float], ...]
