"""Ramp times from cycles that were recorded or published: one a robot, with the interval in which the next lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array

STUDENT = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341)
"""90 % quantiles of Student's t for 1, 2, ... degrees of freedom: the two tails outside leave 80 %."""

NORMAL = 1.282
LONGEST = 10.0  # no arm takes longer to full speed [s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What cycles say of a robot's ramps.

    Attributes:
        ramps: low, nominal and high time from rest to full joint speed [s]: the next cycle's ramp lies within the
            outer two with 80 %; for a single cycle all three are the same and the interval is not known.
        cycles: how many cycles it rests on.
        source: where they come from.
    """

    ramps: tuple[float, float, float]
    cycles: int
    source: str


def calibrate(models: Sequence[Callable[[float], float]], seconds: Sequence[float], source: str) -> Calibration:
    """Return the ramps that explain cycles which took ``seconds``.

    Args:
        models: for each cycle the time [s] that it takes with a given ramp [s]; rising.
        seconds: how long the cycles took.
        source: where they come from.

    Raises:
        CellwrightError: no cycle is given, or one is shorter than full speed without any ramp allows.
    """
    if not models:
        raise CellwrightError("no cycle is given", fix="record at least one, three or more for a range")
    return pooled([ramp_of(model, time) for model, time in zip(models, seconds, strict=True)], source)


def pooled(ramps: Sequence[float], source: str) -> Calibration:
    """Return the 80 % interval of the next ramp (Student, on logarithms) from single ramps [s]."""
    logs = np.log(np.asarray(ramps, dtype=np.float64))
    n = len(logs)
    wide = 0.0
    if n > 1:
        factor = STUDENT[n - 2] if n - 2 < len(STUDENT) else NORMAL
        wide = factor * float(logs.std(ddof=1)) * float(np.sqrt(1.0 + 1.0 / n))
    middle = float(logs.mean())
    low, nominal, high = (float(np.exp(middle + side * wide)) for side in (-1.0, 0.0, 1.0))
    return Calibration(ramps=(low, nominal, high), cycles=n, source=source)


def ramp_of(model: Callable[[float], float], seconds: float) -> float:
    """Return the ramp [s] with which a cycle takes so many seconds, by bisection.

    Raises:
        CellwrightError: the cycle is shorter than without any ramp, or longer than with the slowest.
    """
    low, high = 1e-6, LONGEST
    if not model(low) <= seconds <= model(high):
        raise CellwrightError(
            f"a cycle of {seconds:.3f} s fits no ramp: it takes {model(low):.3f} s without one and {model(high):.3f} s "
            f"with one of {high:g} s",
            fix="check the joints' largest speeds, the load of the cycle and whether it stops where the model stops",
        )
    for _ in range(60):
        middle = 0.5 * (low + high)
        if model(middle) < seconds:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def stops_time(stops: Array, speed: Array, ramp: float) -> float:
    """Return the time [s] of joint moves over ``stops`` (n, dof) with one ramp to full ``speed`` (dof,)."""
    return sum(ramp_time(float(np.max(np.abs(b - a) / speed)), ramp) for a, b in pairwise(stops))


def gate_time(across: float, lift: float, speed: float, lift_speed: float, ramp: float) -> float:
    """Return the time [s] of a goal-post cycle: up, across, down and the same way back, with stops at its corners.

    Args:
        across, lift: the two ways [m], 0.3 and 0.025 in the common cycle.
        speed, lift_speed: largest speeds along them [m/s].
        ramp: to full speed [s]. As controllers round the corners, a ramp that is fitted to a published cycle is shorter
            than the arm's own: it tells other cycles of this kind.
    """
    return 2.0 * (ramp_time(across / speed, ramp) + 2.0 * ramp_time(lift / lift_speed, ramp))


def ramp_time(way: float, ramp: float) -> float:
    """Return the time [s] from rest to rest of a way that takes ``way`` seconds at full speed: a trapezoid."""
    return way + ramp if way > ramp else 2.0 * float(np.sqrt(way * ramp))
