"""The form of the catalogue's files; every figure names its unit, its source and how far it can be trusted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..fields import Block, Length, Mass, Placement
from ..geometry import Array, pose, turn_x, turn_y, turn_z
from .model import Confidence

Triple = tuple[float, float, float]
Six = tuple[float, float, float, float, float, float]


class Frame(Block):
    """A frame as URDF writes it: metres, and roll, pitch, yaw about the fixed axes of the outer frame."""

    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)

    @property
    def matrix(self) -> Array:
        """(4, 4) seen from the outer frame."""
        roll, pitch, yaw = self.rpy_rad
        return pose(self.xyz_m, turn_z(yaw) @ turn_y(pitch) @ turn_x(roll))


class Joint(Frame):
    """One turning joint; its frame is seen from the link before it, its axis from its own frame."""

    name: str
    link: str
    axis: Triple
    lower_rad: float
    upper_rad: float
    speed_rad_s: Annotated[float, Field(gt=0)] | None = None
    acceleration_rad_s2: Annotated[float, Field(gt=0)] | None = None
    effort_nm: Annotated[float, Field(gt=0)] | None = None


class Sourced(Block):
    """Where figures come from."""

    source: str
    confidence: Confidence


class LengthDatum(Sourced):
    """A length with its source."""

    value: Length


class MassDatum(Sourced):
    """A mass with its source."""

    value: Mass


class Doubt(Block):
    """Something in the figures that looks wrong and was not changed."""

    code: str
    what: str
    fix: str


class Controller(Block):
    """How the controller counts; see ``ControllerMap``. What is not named is the identity."""

    root: Placement = Placement()
    mount: Placement = Placement()
    axis_map: tuple[Six, Six, Six, Six, Six, Six] | None = None
    axis_zero_rad: Six = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    vectors: Annotated[int, Field(ge=0)] = 0
    source: str


class Model(Block):
    """One robot of a brand."""

    model: str
    description: Sourced
    base: str
    joints: Annotated[tuple[Joint, ...], Field(min_length=1)]
    flange: Frame
    home_rad: tuple[float, ...]
    acceleration: Sourced | None = None
    payload: MassDatum | None = None
    weight: MassDatum | None = None
    reach: LengthDatum | None = None
    repeatability: LengthDatum | None = None
    controller: Controller
    doubts: tuple[Doubt, ...] = ()


class Brand(Block):
    """One file of the catalogue."""

    brand: str
    language: str
    robots: dict[str, Model]


class LinkCapsules(Block):
    """Capsules round one link, rows of start, end, radius in metres."""

    capsules_m: Annotated[tuple[tuple[float, float, float, float, float, float, float], ...], Field(min_length=1)]
    overshoot_m: Annotated[float, Field(ge=0)] | None = None


class Geometry(Block):
    """Capsules of one robot; ``touching`` are pairs of links whose capsules overlap where the links do not."""

    basis: Literal["capsules", "envelope"]
    source: str
    licence: str = ""
    links: dict[str, LinkCapsules]
    touching: tuple[tuple[str, str], ...] = ()


class BrandGeometry(Block):
    """One file of link geometry."""

    robots: dict[str, Geometry]
