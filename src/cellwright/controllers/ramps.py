"""Accelerations: the maker's where published, else ramps whose range rests on the robots that publish them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..geometry import Array
from ..robots.model import Confidence, Robot

if TYPE_CHECKING:
    from .calibration import Calibration

RAMPS = (0.27, 0.42, 0.75)
"""Low, nominal and high time from rest to full joint speed [s].

8, 50 and 92 % of the ramps that explain random moves of the robots in `PUBLISHED`, rounded outwards. Bounds made from
five of them hold 83 % of the moves of the sixth, in the mean of all six, and are 57 % of the nominal time wide: an 80 %
interval, on few robots.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Published largest speeds [deg/s] and accelerations [deg/s2] of one robot's joints."""

    speed: tuple[float, ...]
    acceleration: tuple[float, ...]
    source: str
    confidence: Confidence


_ESTUN = "github.com/ESTUN-R-D/estun_description"

PUBLISHED: Mapping[str, Pairs] = MappingProxyType(
    {
        "estun/iER20-1760": Pairs(
            speed=(205, 205, 235, 480, 410, 705),
            acceleration=(600, 500, 1204, 6785, 1275, 5065),
            source=f"{_ESTUN}@bf61365e config/iER20-1760/joint_limits.yaml",
            confidence="A",
        ),
        "estun/iER12-1510": Pairs(
            speed=(235, 235, 285, 480, 410, 705),
            acceleration=(610, 270, 1030, 3000, 2000, 3000),
            source=f"{_ESTUN}@962e4c44",
            confidence="A",
        ),
        "estun/ER80B-2565-BD": Pairs(
            speed=(110, 105, 130, 245, 195, 285),
            acceleration=(250, 381, 450, 655, 800, 750),
            source=f"{_ESTUN}@c9d6822b",
            confidence="A",
        ),
        "estun/iER7-910-MI": Pairs(
            speed=(335, 330, 405, 500, 450, 705),
            acceleration=(1184, 551, 975, 2200, 3112, 2400),
            source=f"{_ESTUN}@962e4c44",
            confidence="A",
        ),
        "estun/iER30-2700": Pairs(
            speed=(170, 130, 185, 255, 330, 405),
            acceleration=(360, 175, 290, 3240, 1000, 3440),
            source=f"{_ESTUN}@5cf54fbd",
            confidence="A",
        ),
        "crs/A255": Pairs(
            speed=(210, 210, 210, 675, 675),
            acceleration=(498, 498, 498, 2240, 2240),
            source="CRS A255 user guide, page 14",
            confidence="A",
        ),
    }
)


def accelerations(robot: Robot, calibration: Calibration | None = None) -> tuple[Array, Array, Array]:
    """Return joint accelerations (dof,) [rad/s2 or m/s2] for the shortest, the nominal and the longest time.

    A ``calibration`` from cycles of this robot takes the place of published accelerations and of general ramps.
    """
    from .brands import controller_of  # the brands' files name their ramps from here

    model = controller_of(robot)
    if calibration is not None:
        low, nominal, high = (robot.speed / ramp for ramp in calibration.ramps)
        return low, nominal, high
    published = np.isfinite(robot.acceleration)
    low, nominal, high = (
        np.where(published, robot.acceleration * share, robot.speed / ramp)
        for share, ramp in zip(model.share, model.ramps, strict=True)
    )
    return low, nominal, high


def why_the_range(robot: Robot, calibration: Calibration | None = None) -> str:
    """Return in one sentence why the cycle time is a range."""
    from .brands import controller_of

    if calibration is not None:
        low, nominal, high = calibration.ramps
        return (
            f"ramps of {low:.2f} / {nominal:.2f} / {high:.2f} s to full joint speed, the 80 % interval from "
            f"{calibration.cycles} cycles of this robot ({calibration.source})"
        )
    if np.isfinite(robot.acceleration).all():
        return "accelerations are the maker's; how far payload and jerk limits cut them is not published"
    low, nominal, high = controller_of(robot).ramps
    return (
        "the maker publishes no accelerations: ramps to full joint speed taken as "
        f"{low:.2f} / {nominal:.2f} / {high:.2f} s, the 80 % interval of {len(PUBLISHED)} robots that publish them"
    )
