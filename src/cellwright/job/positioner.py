"""The block of a job that clamps the part on a positioner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, cast

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from ..errors import FieldError
from ..fields import Angle, AngularAcceleration, AngularSpeed, Block, Placement, Point
from ..units import quantity
from .bodies import BodyName, Shaped, Size
from .rules import Complaint, Raw, blocks, checked, repeated_names

Form = Literal["turntable", "headstock", "tilt_turn"]
AXES: Mapping[str, int] = {"turntable": 1, "headstock": 1, "tilt_turn": 2}
"""How many axes each drawn form has."""


class Axis(Block):
    """A turning axis of a positioner, moved by the robot's own controller."""

    name: BodyName = Field(description="name of the axis", examples=["tilt"])
    about: Literal["x", "y", "z", "-x", "-y", "-z"] | None = Field(
        default=None,
        description="direction of the axis in the positioner's frame with all axes at zero; a drawn `form` has its own",
        examples=["x"],
    )
    at: Point | None = Field(default=None, description="a point on the axis, likewise", examples=[{"z": "750 mm"}])
    lower: Angle = Field(description="lower end of the range", examples=["-90 deg"])
    upper: Angle = Field(description="upper end of the range", examples=["90 deg"])
    rest: Angle = Field(default=0.0, description="where the axis waits at home", examples=["0 deg"])
    speed: Annotated[AngularSpeed, Field(gt=0)] = Field(description="largest speed", examples=["90 deg/s"])
    acceleration: Annotated[AngularAcceleration, Field(gt=0)] | None = Field(
        default=None,
        description="largest acceleration; left out: a range, as for joints whose maker says none",
        examples=["180 deg/s2"],
    )


class Drawn(Block):
    """A positioner drawn by formula: its bodies and axes follow from two lengths."""

    kind: Form = Field(
        description="`turntable`: a disc that turns about z; `headstock`: a face plate that turns about x; "
        "`tilt_turn`: a disc that turns on a cradle that tilts about x",
        examples=["tilt_turn"],
    )
    height: Size = Field(
        description="of the disc's top, or of the face plate's axis, over its foot", examples=["800 mm"]
    )
    radius: Size = Field(description="of the disc or the face plate", examples=["400 mm"])


class PositionerBody(Shaped):
    """A piece of the positioner, in the positioner's frame with all axes at zero."""

    on: BodyName | None = Field(
        default=None, description="the axis that carries it; left out: it stands on the ground", examples=["tilt"]
    )


class Positioner(Block):
    """Turning axes under the part: what the part is clamped on, with everything that moves with it."""

    at: Placement = Field(
        default=Placement(), description="where the positioner's frame stands in the world", examples=[{"x": "0 mm"}]
    )
    drawn: Drawn | None = Field(
        default=None,
        description="a common form drawn by formula; left out: `about` and `at` of each axis, and `bodies`",
        examples=[{"kind": "tilt_turn", "height": "800 mm", "radius": "400 mm"}],
    )
    axes: tuple[Axis, ...] = Field(
        min_length=1,
        max_length=2,
        description="from the ground up; the last one carries the part",
        examples=[[{"name": "turn", "about": "z", "lower": "-180 deg", "upper": "180 deg", "speed": "90 deg/s"}]],
    )
    bodies: tuple[PositionerBody, ...] = Field(
        default=(),
        description="its shape, piece by piece",
        examples=[[{"name": "disc", "on": "turn", "cylinder": {"radius": "400 mm", "length": "40 mm"}}]],
    )
    moves: Literal["indexed", "coordinated"] = Field(
        default="indexed",
        description="`indexed`: its axes stand still while the tool works; `coordinated`: they may move then too",
        examples=["indexed"],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _rules(cls, data: object, handler: ModelWrapValidatorHandler[Positioner]) -> Positioner:
        return checked(data, handler, _own_problems)


def _own_problems(raw: Raw) -> Iterator[Complaint]:
    yield from repeated_names(raw, "axes", "bodies")
    names = [block.get("name") for _, block in blocks(raw, "axes")]
    drawn = raw.get("drawn")
    kind = cast(Raw, drawn).get("kind") if isinstance(drawn, Mapping) else None
    for i, block in blocks(raw, "axes"):
        if drawn is None and block.get("about") is None:
            yield ("axes", i, "about"), FieldError("the direction of the axis is missing", fix="write `about: z`")
        if drawn is not None and (block.get("about") is not None or block.get("at") is not None):
            yield ("axes", i), FieldError("a drawn form has its own axes", fix="delete `about` and `at`")
        lower, upper = _angle(block.get("lower")), _angle(block.get("upper"))
        rest = _angle(block.get("rest", "0 deg"))
        if lower is not None and upper is not None and upper <= lower:
            yield (
                ("axes", i, "upper"),
                FieldError("the upper end is not above the lower one", fix="write them in order"),
            )
        elif rest is not None and lower is not None and upper is not None and not lower <= rest <= upper:
            yield ("axes", i, "rest"), FieldError("the axis cannot wait beyond its ends", fix="between the two ends")
    if isinstance(kind, str) and len(names) != AXES.get(kind, len(names)):
        what = f"a {kind} has {AXES[kind]} axes, {len(names)} are given"
        yield ("axes",), FieldError(what, fix="give its axes, from the ground up")
    for i, block in blocks(raw, "bodies"):
        if block.get("on") is not None and block.get("on") not in names:
            yield ("bodies", i, "on"), FieldError(f"no axis {str(block.get('on'))[:60]!r}", fix="name one of `axes`")


def _angle(text: object) -> float | None:
    """Return an angle [rad], None where there is none or it is no angle, which its field says."""
    try:
        return quantity(text, "angle")
    except FieldError:
        return None


def positioner_problems(raw: Raw) -> Iterator[Complaint]:
    """Yield what does not go together with a positioner in a job, and what goes with nothing else."""
    given = raw.get("positioner")
    names = [b.get("name") for _, b in blocks(cast(Raw, given), "axes")] if isinstance(given, Mapping) else []
    for i, block in blocks(raw, "obstacles"):
        on = block.get("on")
        if on is not None and on not in names:
            fix = "name an axis of the `positioner`" if names else "delete `on`, or add a `positioner`"
            yield ("obstacles", i, "on"), FieldError(f"no axis {str(on)[:60]!r} carries it", fix=fix)
    if given is None:
        return
    base = raw.get("base", "auto")
    if not (isinstance(base, Mapping) and any(key in cast(Raw, base) for key in ("x", "y", "z", "yaw"))):
        fix = "give `base` with its mount and coordinates"
        yield ("positioner",), FieldError("a positioner needs a robot whose base is given", fix=fix)
    robot = raw.get("robot")
    if robot == "auto" or not isinstance(robot, str):
        yield ("positioner",), FieldError("a positioner needs a robot that is named", fix="name one under `robot`")
    if raw.get("via"):
        yield ("via",), FieldError("`via` positions say nothing of the positioner", fix="leave out `via`")
    if isinstance(given, Mapping):
        taken = [b.get("name") for key in ("obstacles", "avoid") for _, b in blocks(raw, key)] + ["floor", "pedestal"]
        for i, block in blocks(cast(Raw, given), "bodies"):
            if block.get("name") in taken:
                what = f"the name {str(block.get('name'))[:60]!r} is taken"
                yield ("positioner", "bodies", i, "name"), FieldError(what, fix="write another name")
