"""What the user wants done: the content of a job file as a frozen value that knows its lines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import numpy as np
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    StrictInt,
    Tag,
    ValidationInfo,
    model_validator,
)

from ..errors import FieldError, Where
from ..fields import Angle, Block, Length, Placement, Time
from ..geometry import Array, pose, turn_x, turn_y, turn_z
from ..processes import Task
from .bodies import RESERVED, Avoid, Name, Obstacle, Tool, Unit, unit_problems
from .document import Key, Value, key_text
from .files import ROBOT, Folder, PartFile, TableFile, checked_file, suffix
from .positioner import Positioner, positioner_problems
from .rules import Complaint, Raw, checked, repeated_names
from .track import Track, track_problems

Mount = Literal["floor", "pedestal", "wall", "ceiling"]
Auto = Annotated[Literal["auto"], Tag("(auto)")]
JointPositions = Annotated[tuple[Angle, ...], Field(min_length=1, max_length=12)]

_BRAND = re.compile(r"[A-Za-z0-9_-]+")
_KEY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.+-]+")


def _auto_or_value(value: object) -> str:
    return "(auto)" if isinstance(value, str) else "(value)"


def _base_kind(value: object) -> str:
    if isinstance(value, str):
        return "(auto)"
    fixed = isinstance(value, Mapping) and any(key in value for key in ("x", "y", "z", "yaw"))
    return "FixedBase" if fixed or isinstance(value, FixedBase) else "AutoBase"


def _robot(text: str, info: ValidationInfo) -> str:
    if text == "auto":
        return text
    if suffix(text) in ROBOT:
        return checked_file(text, info.context if isinstance(info.context, Folder) else None, ROBOT)
    if not _KEY.fullmatch(text):
        fix = "write brand/model as `cellwright robots` lists them, the path of a .urdf file, or `auto`"
        raise FieldError(f"{text[:60]!r} names no robot", fix=fix)
    return text


def _robots(text: str, info: ValidationInfo) -> str:
    return text if _BRAND.fullmatch(text) else _robot(text, info)


def _one_or_several(value: object) -> str:
    return "(value)" if isinstance(value, str) else "(list)"


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def yaw_R_base(mount: Mount) -> Array:
    """Return how a base is turned (3, 3) at yaw 0: Rx(pi) where it hangs, Ry(pi / 2) on a wall, which x points off."""
    if mount == "wall":
        return turn_y(np.pi / 2)
    return turn_x(np.pi) if mount == "ceiling" else np.eye(3)


class PartPlace(Block):
    """The part and where it stands."""

    file: PartFile = Field(
        description="CAD (.step, .iges, .brep) or mesh (.stl, .ply, .obj, .dae, .glb), seen from the job's folder",
        examples=["parts/bracket.step"],
    )
    unit: Unit | None = Field(
        default=None, description="unit of a mesh file; .stl, .ply and .obj do not say it", examples=["mm"]
    )
    at: Annotated[Auto | Annotated[Placement, Tag("(value)")], Discriminator(_auto_or_value)] = Field(
        default="auto",
        description="the part's frame seen from the world (z up, floor at z = 0); "
        "`auto` stands it on the floor as drawn, its middle over the origin",
        examples=[{"x": "0 mm", "y": "0 mm", "z": "750 mm", "yaw": "0 deg"}, "auto"],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _unit(cls, data: object, handler: ModelWrapValidatorHandler[PartPlace]) -> PartPlace:
        return checked(data, handler, lambda raw: unit_problems(raw, raw.get("file", "")))


class AutoBase(Block):
    """A base whose place is searched, on one of the mounts that are allowed."""

    mount: Annotated[
        tuple[Mount, ...], BeforeValidator(_listed, json_schema_input_type=Mount | list[Mount]), Field(min_length=1)
    ] = Field(description="what the robot may stand on or hang from", examples=[["floor", "pedestal"], "wall"])


class FixedBase(Block):
    """A base whose place is given."""

    mount: Mount = Field(description="what the robot stands on or hangs from", examples=["pedestal"])
    x: Length = Field(default=0.0, description="base origin along the world's x", examples=["1200 mm"])
    y: Length = Field(default=0.0, description="base origin along the world's y", examples=["0 mm"])
    z: Length = Field(default=0.0, description="height of the base over the floor", examples=["500 mm"])
    yaw: Angle = Field(default=0.0, description="turn of the base about the world's z", examples=["180 deg"])

    @property
    def matrix(self) -> Array:
        """(4, 4) ``world_T_base``: a hanging robot's z points down, that of one on a wall along x turned by yaw."""
        return pose((self.x, self.y, self.z), turn_z(self.yaw) @ yaw_R_base(self.mount))

    @model_validator(mode="wrap")
    @classmethod
    def _height(cls, data: object, handler: ModelWrapValidatorHandler[FixedBase]) -> FixedBase:
        return checked(data, handler, _height_problems)


class Via(Block):
    """Joint positions that a transit may pass."""

    q: JointPositions = Field(
        description="joint positions, one a joint", examples=[["0 deg", "-90 deg", "90 deg", "0 deg", "0 deg", "0 deg"]]
    )
    after: Name | None = Field(
        default=None,
        description="passed in the transit after this operation; left out: used by a transit that finds no other way",
        examples=["seam_2"],
    )


class Job(Block):
    """A robot job: a part, what is to be done with it, and where."""

    name: Name = Field(description="name of the job, also of its programs", examples=["bracket"])
    market: Name | None = Field(default=None, description="where the cell will stand", examples=["eu"])
    takt: Annotated[Time, Field(gt=0)] | None = Field(
        default=None, description="time that one part may take", examples=["180 s"]
    )
    part: PartPlace = Field(description="the part and where it stands", examples=[{"file": "parts/bracket.step"}])
    robot: Annotated[
        Annotated[str, AfterValidator(_robot), Tag("(value)")]
        | Annotated[
            tuple[Annotated[str, AfterValidator(_robots)], ...], Field(min_length=1, max_length=200), Tag("(list)")
        ],
        Discriminator(_one_or_several),
    ] = Field(
        description="brand/model of the catalogue, or the path of a URDF; `auto`: chosen from the whole catalogue; "
        "a list: chosen from brands, models and URDFs, `auto` among them for the whole catalogue",
        examples=["kuka/KR8-R2100-2-arc-HW", "my.urdf", "auto", ["estun", "kuka", "abb/IRB2600-12-1.65", "my.urdf"]],
    )
    figures: TableFile | None = Field(
        default=None,
        description="a dated table (.csv) of what you know of robots: price, payback, delivery, service, energy; "
        "`select` weighs it",
        examples=["offers.csv"],
    )
    base: Annotated[
        Auto | Annotated[AutoBase, Tag("AutoBase")] | Annotated[FixedBase, Tag("FixedBase")], Discriminator(_base_kind)
    ] = Field(
        default="auto",
        description="where the robot's base stands: `auto` searches on the floor and on a pedestal, "
        "`{mount: ...}` alone searches on those mounts, with coordinates it is fixed",
        examples=["auto", {"mount": ["floor", "pedestal"]}, {"mount": "floor", "x": "1200 mm", "yaw": "180 deg"}],
    )
    track: Track | None = Field(
        default=None,
        description="a track that carries the base, which then stands where `base` says at the track's 0",
        examples=[{"along": "y", "upper": "4000 mm", "speed": "1000 mm/s"}],
    )
    positioner: Positioner | None = Field(
        default=None,
        description="turning axes that the part is clamped on; the part and what is `on` an axis stand where they are "
        "said to stand while all axes are at zero",
        examples=[
            {
                "drawn": {"kind": "turntable", "height": "700 mm", "radius": "400 mm"},
                "axes": [{"name": "turn", "lower": "-180 deg", "upper": "180 deg", "speed": "90 deg/s"}],
            }
        ],
    )
    home: JointPositions | None = Field(
        default=None,
        description="joint positions where the robot starts and ends, without those of axes beside the arm; left out: "
        "the robot's own",
        examples=[["0 deg", "-90 deg", "90 deg", "0 deg", "45 deg", "0 deg"]],
    )
    branch: Annotated[Auto | Annotated[StrictInt, Field(ge=0, le=7), Tag("(value)")], Discriminator(_auto_or_value)] = (
        Field(default="auto", description="preferred branch of the inverse kinematics", examples=["auto", 0])
    )
    clearance: Annotated[Length, Field(ge=0)] = Field(
        default=0.010, description="smallest distance between bodies that may not touch", examples=["10 mm"]
    )
    tool_clearance: Annotated[Length, Field(ge=0)] = Field(
        default=0.002, description="the same between the tool and the part or a fixture", examples=["2 mm"]
    )
    tool: Tool = Field(
        description="what is on the flange; or `file:` with such a block", examples=[{"file": "torch.yaml"}]
    )
    obstacles: tuple[Obstacle, ...] = Field(
        default=(),
        description="what stands around: table, clamps, cabinet",
        examples=[[{"name": "table", "kind": "fixture", "box": {"x": "1200 mm", "y": "800 mm", "z": "40 mm"}}]],
    )
    avoid: tuple[Avoid, ...] = Field(
        default=(),
        description="volumes to keep out of though nothing stands there",
        examples=[[{"name": "walkway", "box": {"x": "1 m", "y": "4 m", "z": "2 m"}, "at": {"x": "3 m", "z": "1 m"}}]],
    )
    via: tuple[Via, ...] = Field(
        default=(),
        description="joint positions that transits may pass",
        examples=[[{"after": "seam_2", "q": ["0 deg", "-90 deg", "90 deg", "0 deg", "0 deg", "0 deg"]}]],
    )
    tasks: tuple[Task, ...] = Field(
        min_length=1,
        description="what is to be done",
        examples=[[{"kind": "arc_weld", "seams": "auto", "speed": "8 mm/s"}]],
    )
    allow_outside: StrictBool = Field(
        default=False, description="permit files outside of the job's folder", examples=[True]
    )

    _file: Path = PrivateAttr(default=Path("job"))
    _places: dict[Key, Where] = PrivateAttr(default_factory=dict[Key, Where])
    _digest: str = PrivateAttr(default="")
    _text: dict[str, Value] = PrivateAttr(default_factory=dict[str, Value])

    def placed(self, file: Path, places: Mapping[Key, Where], *, text: dict[str, Value], digest: str) -> Job:
        """Return the job as it is known where it was written: its file, the place of each key, its text as values."""
        job = self.model_copy()
        job._file, job._places, job._text, job._digest = file, dict(places), text, digest
        return job

    def where(self, *key: int | str) -> Where:
        """Return the place of ``key`` in the job file: the line of its nearest parent that is written there."""
        near = next((key[:n] for n in range(len(key), -1, -1) if key[:n] in self._places), None)
        place = Where(self._file) if near is None else self._places[near]
        return Where(place.file, place.line, key_text(key))

    @property
    def file(self) -> Path:
        """The job file as the user named it; ``job`` where there is none."""
        return self._file

    @property
    def places(self) -> Mapping[Key, Where]:
        """Where each key that is written in the file stands."""
        return MappingProxyType(self._places)

    @property
    def text(self) -> Mapping[str, Value]:
        """The file's content as plain values, units and all; empty for a job that no file holds."""
        return MappingProxyType(self._text)

    @property
    def folder(self) -> Path:
        """Where the job's files are looked for."""
        return self._file.parent

    def path(self, file: str) -> Path:
        """Return the path of a file that the job names."""
        return self.folder / file

    @property
    def digest(self) -> str:
        """SHA-256 over the job's values and the content of every file it names, as they were when it was read."""
        return self._digest

    @property
    def files(self) -> tuple[tuple[Key, str], ...]:
        """(key, file) of every file that the job names."""
        named: list[tuple[Key, str | None]] = [(("part", "file"), self.part.file)]
        if isinstance(self.robot, str):
            named += [(("robot",), self.robot if suffix(self.robot) in ROBOT else None)]
        else:
            named += [(("robot", i), name if suffix(name) in ROBOT else None) for i, name in enumerate(self.robot)]
        named += [(("figures",), self.figures)]
        named += [(("tool", "bodies", i, "mesh"), body.mesh) for i, body in enumerate(self.tool.bodies)]
        named += [(("obstacles", i, "mesh"), body.mesh) for i, body in enumerate(self.obstacles)]
        named += [(("obstacles", i, "step"), body.step) for i, body in enumerate(self.obstacles)]
        named += [(("avoid", i, "mesh"), body.mesh) for i, body in enumerate(self.avoid)]
        turned = () if self.positioner is None else self.positioner.bodies
        named += [(("positioner", "bodies", i, "mesh"), body.mesh) for i, body in enumerate(turned)]
        return tuple((key, file) for key, file in named if file is not None)

    @property
    def candidates(self) -> tuple[str, ...]:
        """What the robot is to be chosen from: ``auto``, brands, models, URDFs; empty where the job names one robot."""
        if isinstance(self.robot, str):
            return ("auto",) if self.robot == "auto" else ()
        return self.robot

    def named(self, robot: str) -> Job:
        """Return the job with a robot that was chosen, as if it were written there; the digest tells the choice."""
        job = self.model_copy(update={"robot": robot})
        digest = hashlib.sha256(f"{self.digest} {robot}".encode()).hexdigest()
        return job.placed(self.file, self.places, text=dict(self.text) | {"robot": robot}, digest=digest)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What the robot may stand on or hang from, in order of preference."""
        return ("floor", "pedestal") if self.base == "auto" else _mounts(self.base)

    @model_validator(mode="wrap")
    @classmethod
    def _names(cls, data: object, handler: ModelWrapValidatorHandler[Job]) -> Job:
        return checked(data, handler, _problems)


def _problems(raw: Raw) -> Iterator[Complaint]:
    yield from repeated_names(raw, "obstacles", "avoid", taken=RESERVED)
    yield from track_problems(raw)
    yield from positioner_problems(raw)


def _mounts(base: AutoBase | FixedBase) -> tuple[Mount, ...]:
    return base.mount if isinstance(base, AutoBase) else (base.mount,)


def _height_problems(raw: Raw) -> Iterator[Complaint]:
    mount = raw.get("mount")
    if mount in ("pedestal", "wall", "ceiling") and raw.get("z") is None:
        yield ("z",), FieldError(f"the height of the {mount} is missing", fix="add `z: 500 mm` or what it is")
