"""Blocks of a job that have a shape: the tool and its bodies, obstacles, volumes to keep out of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, StrictBool, model_validator

from ..errors import FieldError
from ..fields import Block, Length, Mass, Placement, Point
from .files import UNITLESS, MeshFile, StepFile, suffix
from .rules import Complaint, Raw, checked, repeated_names

Unit = Literal["mm", "cm", "m", "um", "in"]
Size = Annotated[Length, Field(ge=1e-4)]

RESERVED = ("floor", "pedestal")
"""Names of bodies that a cell brings itself; ``part.*`` and ``tool.*`` are kept free by refusing dots."""


def _printable(text: str) -> str:
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise FieldError(f"{text[:40]!r} is no name", fix="write letters and digits, no blanks at the ends")
    if len(text) > 60:
        raise FieldError(f"the name has {len(text)} characters", fix="shorten it to 60 or fewer")
    return text


def _undotted(text: str) -> str:
    if "." in text:
        raise FieldError(f"{text!r} has a dot", fix=f"write {text.replace('.', '_')}")
    return text


Name = Annotated[str, AfterValidator(_printable)]
BodyName = Annotated[Name, AfterValidator(_undotted)]


class BoxShape(Block):
    """A box centred on the body's frame."""

    x: Size = Field(description="full edge length along x", examples=["1200 mm"])
    y: Size = Field(description="full edge length along y", examples=["800 mm"])
    z: Size = Field(description="full edge length along z", examples=["40 mm"])


class CylinderShape(Block):
    """A flat-ended cylinder along z, centred on the body's frame."""

    radius: Size = Field(description="radius", examples=["20 mm"])
    length: Size = Field(description="length along z", examples=["80 mm"])


class CapsuleShape(Block):
    """All points within a radius of the line between two points."""

    start: Point = Field(alias="from", description="one end of the middle line", examples=[{"z": "80 mm"}])
    end: Point = Field(alias="to", description="other end of the middle line", examples=[{"z": "250 mm"}])
    radius: Size = Field(description="radius", examples=["14 mm"])


class SphereShape(Block):
    """A ball centred on the body's frame."""

    radius: Size = Field(description="radius", examples=["50 mm"])


class Shaped(Block):
    """A named body with exactly one shape."""

    name: BodyName = Field(description="unique name, shown in findings", examples=["table"])
    at: Placement = Field(
        default=Placement(), description="where the shape's own frame stands", examples=[{"x": "300 mm", "z": "700 mm"}]
    )
    box: BoxShape | None = Field(
        default=None,
        description="a box centred on its frame",
        examples=[{"x": "1200 mm", "y": "800 mm", "z": "40 mm"}],
    )
    cylinder: CylinderShape | None = Field(
        default=None,
        description="a cylinder along z, centred on its frame",
        examples=[{"radius": "20 mm", "length": "80 mm"}],
    )
    capsule: CapsuleShape | None = Field(
        default=None,
        description="all points within a radius of a line",
        examples=[{"from": {"z": "80 mm"}, "to": {"z": "250 mm"}, "radius": "14 mm"}],
    )
    sphere: SphereShape | None = Field(
        default=None, description="a ball centred on its frame", examples=[{"radius": "50 mm"}]
    )
    mesh: MeshFile | None = Field(
        default=None, description="a triangle mesh (.stl, .ply, .obj, .dae, .glb)", examples=["jig.stl"]
    )
    unit: Unit | None = Field(
        default=None, description="unit of the mesh file; .stl, .ply and .obj do not say it", examples=["mm"]
    )

    @model_validator(mode="wrap")
    @classmethod
    def _shape_rules(cls, data: object, handler: ModelWrapValidatorHandler[Shaped]) -> Shaped:
        known = [
            shape for shape in ("box", "cylinder", "capsule", "sphere", "mesh", "step") if shape in cls.model_fields
        ]
        return checked(data, handler, lambda raw: _shape_problems(raw, known))


class ToolBody(Shaped):
    """A piece of the tool, in the flange's frame."""

    working: StrictBool = Field(
        default=False, description="the end that may touch what it works on (the wire)", examples=[True]
    )


class Obstacle(Shaped):
    """Something that stands still in the world, or on an axis of the positioner."""

    kind: Literal["fixture", "obstacle"] = Field(
        default="obstacle",
        description="`fixture` holds or carries the part: the tool may come as near as `tool_clearance`",
        examples=["fixture"],
    )
    step: StepFile | None = Field(default=None, description="a CAD file (.step, .iges, .brep)", examples=["jig.step"])
    on: BodyName | None = Field(
        default=None,
        description="the axis of the positioner that carries it, `at` then being said with all axes at zero; left out: "
        "it stands in the world",
        examples=["turn"],
    )


class Avoid(Shaped):
    """A volume that robot and tool keep out of, though nothing stands there."""


class Tool(Block):
    """What is mounted on the robot's flange."""

    name: Name = Field(description="name of the tool, also in programs", examples=["torch_45"])
    tcp: Placement = Field(
        description="tool centre point seen from the flange; z points where the tool works (along the wire)",
        examples=[{"z": "360 mm", "pitch": "45 deg"}],
    )
    mass: Annotated[Mass, Field(gt=0)] | None = Field(
        default=None, description="mass of everything on the flange; left out where unknown", examples=["2.5 kg"]
    )
    centre: Point | None = Field(
        default=None, description="centre of mass seen from the flange", examples=[{"z": "120 mm"}]
    )
    bodies: tuple[ToolBody, ...] = Field(
        min_length=1,
        description="shape of the tool, piece by piece, in the flange's frame",
        examples=[[{"name": "mount", "cylinder": {"radius": "45 mm", "length": "80 mm"}, "at": {"z": "40 mm"}}]],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _names(cls, data: object, handler: ModelWrapValidatorHandler[Tool]) -> Tool:
        return checked(data, handler, lambda raw: repeated_names(raw, "bodies"))


def unit_problems(raw: Raw, file: object) -> Iterator[Complaint]:
    """Yield a complaint where a mesh file lacks its unit, or a file that says its own is given one."""
    unit = raw.get("unit")
    if isinstance(file, str) and suffix(file) in UNITLESS and unit is None:
        yield ("unit",), FieldError(f"{suffix(file)} files do not say their unit", fix="add `unit: mm` or what it is")
    if unit is not None and (file is None or (isinstance(file, str) and suffix(file) not in (*UNITLESS, ".brep"))):
        yield ("unit",), FieldError("only files that do not say their unit take one", fix="delete `unit`")


def _shape_problems(raw: Raw, known: list[str]) -> Iterator[Complaint]:
    given = [shape for shape in known if raw.get(shape) is not None]
    if not given:
        yield (), FieldError("has no shape", fix=f"add one of {', '.join(known)}")
    for extra in given[1:]:
        yield (extra,), FieldError(f"a second shape beside `{given[0]}`", fix="write a body of its own for it")
    yield from unit_problems(raw, raw.get("mesh") or raw.get("step"))
