"""Field types of the files that people write: every quantity is a text with its unit, read into SI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from .geometry import Array, pose, turn_x, turn_y, turn_z
from .units import UNITS, a, quantity


def _reader(kind: str) -> Callable[[object], float]:
    return lambda text: quantity(text, kind)


def _schema(kind: str, example: str) -> WithJsonSchema:
    units = "|".join(UNITS[kind])
    return WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*({units})\s*$",
            "description": f"{a(kind)} with its unit",
            "examples": [example],
            "quantity": kind,
        }
    )


Length = Annotated[float, BeforeValidator(_reader("length")), _schema("length", "15 mm")]
Angle = Annotated[float, BeforeValidator(_reader("angle")), _schema("angle", "45 deg")]
Speed = Annotated[float, BeforeValidator(_reader("speed")), _schema("speed", "8 mm/s")]
Acceleration = Annotated[float, BeforeValidator(_reader("acceleration")), _schema("acceleration", "1500 mm/s2")]
AngularSpeed = Annotated[float, BeforeValidator(_reader("angular speed")), _schema("angular speed", "90 deg/s")]
AngularAcceleration = Annotated[
    float, BeforeValidator(_reader("angular acceleration")), _schema("angular acceleration", "180 deg/s2")
]
Mass = Annotated[float, BeforeValidator(_reader("mass")), _schema("mass", "2.5 kg")]
Time = Annotated[float, BeforeValidator(_reader("time")), _schema("time", "90 s")]
Current = Annotated[float, BeforeValidator(_reader("current")), _schema("current", "180 A")]
Voltage = Annotated[float, BeforeValidator(_reader("voltage")), _schema("voltage", "24 V")]
Frequency = Annotated[float, BeforeValidator(_reader("frequency")), _schema("frequency", "2 Hz")]


class Block(BaseModel):
    """A frozen block of a file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Point(Block):
    """A point; what is not named is 0."""

    x: Length = Field(default=0.0, description="along x of the outer frame", examples=["300 mm"])
    y: Length = Field(default=0.0, description="along y of the outer frame", examples=["0 mm"])
    z: Length = Field(default=0.0, description="along z of the outer frame", examples=["750 mm"])

    @property
    def position(self) -> Array:
        """(3,) [m]."""
        return np.array([self.x, self.y, self.z])


class Placement(Point):
    """A pose: a point, and the turns roll, pitch and yaw, in this order about the fixed axes of the outer frame."""

    roll: Angle = Field(default=0.0, description="first: turn about the outer x", examples=["0 deg"])
    pitch: Angle = Field(default=0.0, description="second: turn about the outer y", examples=["45 deg"])
    yaw: Angle = Field(default=0.0, description="third: turn about the outer z", examples=["90 deg"])

    @property
    def matrix(self) -> Array:
        """(4, 4): Rz(yaw) Ry(pitch) Rx(roll), seen from the outer frame."""
        return pose(self.position, turn_z(self.yaw) @ turn_y(self.pitch) @ turn_x(self.roll))
