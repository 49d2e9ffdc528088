"""How controllers move: ramps, corner zones, point-to-point moves. Timing, report and replay read it here alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from .geometry import Array
from .robots.model import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """What a brand's controller does with a move, as far as it is known.

    Attributes:
        brand: key of the language.
        ramps: low, nominal and high time from rest to full joint speed where no acceleration is published [s].
        share: low, nominal and high share of published accelerations that a loaded arm reaches, low time first.
        source: what the figures rest on.
    """

    brand: str
    ramps: tuple[float, float, float] = (0.15, 0.30, 0.60)
    share: tuple[float, float, float] = (1.0, 0.8, 0.5)
    source: str = (
        "two published pairs of speed and acceleration give ramps of 0.30 s and 0.42 s (CRS A255); "
        "no vendor publishes how payload and jerk limits lengthen them"
    )


CONTROLLERS: Mapping[str, Controller] = MappingProxyType(
    {brand: Controller(brand=brand) for brand in ("abb", "kuka", "fanuc", "yaskawa", "estun", "kawasaki", "staubli")}
)


def controller_of(robot: Robot) -> Controller:
    """Return the controller model of a robot; one without a known controller gets the general one."""
    brand = robot.controller.brand if robot.controller else ""
    return CONTROLLERS.get(brand, Controller(brand=brand))


def accelerations(robot: Robot) -> tuple[Array, Array, Array]:
    """Return joint accelerations (dof,) [rad/s2 or m/s2] for the shortest, the nominal and the longest time."""
    model = controller_of(robot)
    published = np.isfinite(robot.acceleration)
    low, nominal, high = (
        np.where(published, robot.acceleration * share, robot.speed / ramp)
        for share, ramp in zip(model.share, model.ramps, strict=True)
    )
    return low, nominal, high


def why_the_range(robot: Robot) -> str:
    """Return in one sentence why the cycle time is a range."""
    if np.isfinite(robot.acceleration).all():
        return "accelerations are the maker's; how far payload and jerk limits cut them is not published"
    low, nominal, high = controller_of(robot).ramps
    return (
        "the maker publishes no accelerations: ramps to full joint speed taken as "
        f"{low:.2f} / {nominal:.2f} / {high:.2f} s"
    )


def joint_time(robot: Robot, start: Array, end: Array) -> Array:
    """Return the nominal time (...) [s] of a synchronised point-to-point move from ``start`` to ``end`` (..., dof).

    Trapezoids of speed; the slowest joint decides. Unknown speeds count as 1 rad/s: fit to compare, not to tell.
    """
    speed = np.where(np.isfinite(robot.speed), robot.speed, 1.0)
    acceleration = accelerations(robot)[1]
    acceleration = np.where(np.isfinite(acceleration), acceleration, speed / 0.3)
    way = np.abs(end - start)
    full = speed**2 / acceleration
    return np.where(way < full, 2 * np.sqrt(way / acceleration), way / speed + speed / acceleration).max(-1)
