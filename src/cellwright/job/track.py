"""The block of a job that puts the robot on a track."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, cast

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from ..errors import FieldError
from ..fields import Acceleration, Block, Length, Speed
from ..units import quantity
from .rules import Complaint, Raw, checked


class Track(Block):
    """A straight track under the robot's base, moved by the robot's own controller."""

    along: Literal["x", "y", "-x", "-y"] = Field(
        description="direction of positive motion, seen from the robot's base", examples=["y"]
    )
    lower: Length = Field(
        default=0.0, description="lower end of the travel; 0 is where `base` stands", examples=["0 mm"]
    )
    upper: Length = Field(description="upper end of the travel", examples=["4000 mm"])
    rest: Length | None = Field(
        default=None, description="where the track waits at home; left out: its lower end", examples=["0 mm"]
    )
    speed: Annotated[Speed, Field(gt=0)] = Field(description="largest speed of the track", examples=["1000 mm/s"])
    acceleration: Annotated[Acceleration, Field(gt=0)] | None = Field(
        default=None,
        description="largest acceleration of the track; left out: a range, as for joints whose maker says none",
        examples=["1500 mm/s2"],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _travel(cls, data: object, handler: ModelWrapValidatorHandler[Track]) -> Track:
        return checked(data, handler, _travel_problems)


def _travel_problems(raw: Raw) -> Iterator[Complaint]:
    lower, upper, rest = (_metres(raw.get(key, default)) for key, default in _ENDS)
    if lower is not None and upper is not None and upper <= lower:
        yield ("upper",), FieldError("the upper end is not above the lower one", fix="write the ends in order")
    elif rest is not None and lower is not None and upper is not None and not lower <= rest <= upper:
        yield ("rest",), FieldError("the track cannot wait beyond its ends", fix="between `lower` and `upper`")


_ENDS = (("lower", "0 mm"), ("upper", None), ("rest", None))


def _metres(text: object) -> float | None:
    """Return a length [m], None where there is none or it is no length, which its field says."""
    try:
        return quantity(text, "length")
    except FieldError:
        return None


def track_problems(raw: Raw) -> Iterator[Complaint]:
    """Yield what does not go together with a track in a job."""
    if raw.get("track") is None:
        return
    base = raw.get("base", "auto")
    placed = isinstance(base, Mapping) and any(key in cast(Raw, base) for key in ("x", "y", "z", "yaw"))
    if not placed or cast(Raw, base).get("mount") in ("pedestal", "wall"):
        fix = "give `base` with mount floor or ceiling and its coordinates at the track's 0"
        yield ("track",), FieldError("a track needs a base that is given, and no pedestal or wall", fix=fix)
    if raw.get("via"):
        fix = "leave out `via`, or the track"
        yield ("via",), FieldError("`via` positions say nothing of the track", fix=fix)
