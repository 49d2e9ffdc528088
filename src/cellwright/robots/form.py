"""The form of the catalogue's files; every figure names its unit, its source and how far it can be trusted."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..fields import Block, Length, Mass, Placement
from ..geometry import Array, pose, turn_x, turn_y, turn_z
from ..kinematics.chain import Family
from .model import Confidence

Triple = tuple[float, float, float]


class Frame(Block):
    """A frame as URDF writes it: metres, and roll, pitch, yaw about the fixed axes of the outer frame."""

    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)

    @property
    def matrix(self) -> Array:
        """(4, 4) seen from the outer frame."""
        roll, pitch, yaw = self.rpy_rad
        return pose(self.xyz_m, turn_z(yaw) @ turn_y(pitch) @ turn_x(roll))


class Turning(Frame):
    """One turning joint; its frame is seen from the link before it, its axis from its own frame.

    A limit that is None is no limit: the joint turns without end.
    """

    name: str
    link: str
    axis: Triple
    lower_rad: float | None
    upper_rad: float | None
    speed_rad_s: Annotated[float, Field(gt=0)] | None = None
    acceleration_rad_s2: Annotated[float, Field(gt=0)] | None = None
    effort_nm: Annotated[float, Field(gt=0)] | None = None

    @property
    def figures(self) -> tuple[float | None, ...]:
        """Lower and upper limit, speed, acceleration, effort [rad, s, N m]."""
        return self.lower_rad, self.upper_rad, self.speed_rad_s, self.acceleration_rad_s2, self.effort_nm


class Sliding(Frame):
    """One sliding joint; see ``Turning``."""

    name: str
    link: str
    axis: Triple
    lower_m: float
    upper_m: float
    speed_m_s: Annotated[float, Field(gt=0)] | None = None
    acceleration_m_s2: Annotated[float, Field(gt=0)] | None = None
    effort_n: Annotated[float, Field(gt=0)] | None = None

    @property
    def figures(self) -> tuple[float | None, ...]:
        """Lower and upper limit, speed, acceleration, effort [m, s, N]."""
        return self.lower_m, self.upper_m, self.speed_m_s, self.acceleration_m_s2, self.effort_n


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


class TextDatum(Sourced):
    """A word with its source."""

    value: Annotated[str, Field(min_length=1)]


class Doubt(Block):
    """Something in the figures that looks wrong and was not changed."""

    code: str
    what: str
    fix: str
    severity: Literal["info", "warning"] = "warning"


class Controller(Block):
    """How the controller counts; see ``ControllerMap``. What is not named is the identity; zeros in rad or m."""

    root: Placement = Placement()
    mount: Placement = Placement()
    axis_map: tuple[tuple[float, ...], ...] | None = None
    axis_zero: tuple[float, ...] | None = None
    vectors: Annotated[int, Field(ge=0)] = 0
    source: str


FACTS = ("payload", "reach", "weight", "repeatability", "protection", "mounting", "generation")
"""The fields of ``Facts`` that carry their source."""


class Facts(Block):
    """What a data sheet says beside the joints; None where nobody said it."""

    model: str
    payload: MassDatum | None = None
    weight: MassDatum | None = None
    reach: LengthDatum | None = None
    repeatability: LengthDatum | None = None
    protection: TextDatum | None = None
    mounting: TextDatum | None = None
    generation: TextDatum | None = None


class Model(Facts):
    """One robot of a brand; ``home`` in rad or m a joint, ``family`` as its axes say."""

    family: Family
    description: Sourced
    base: str
    joints: Annotated[tuple[Turning | Sliding, ...], Field(min_length=1)]
    flange: Frame
    home: tuple[float, ...]
    acceleration: Sourced | None = None
    controller: Controller
    doubts: tuple[Doubt, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        dof = len(self.joints)
        if len(self.home) != dof:
            raise ValueError(f"home has {len(self.home)} values for {dof} joints")
        rows = self.controller.axis_map
        if rows is not None and (len(rows) != dof or any(len(row) != dof for row in rows)):
            raise ValueError(f"axis_map is not {dof} x {dof}")
        if self.controller.axis_zero is not None and len(self.controller.axis_zero) != dof:
            raise ValueError(f"axis_zero has not {dof} values")
        return self


class Listed(Facts):
    """A robot whose joint table nobody has published in a form that can be used: listed, not planned with."""

    kind: str
    dof: Annotated[int, Field(ge=1)] | None = None
    why: str


class Brand(Block):
    """One file of the catalogue; ``tongue`` is the name of the controller's language."""

    brand: str
    language: str
    tongue: TextDatum | None = None
    robots: dict[str, Model] = Field(default_factory=dict[str, Model])
    listed: dict[str, Listed] = Field(default_factory=dict[str, Listed])


class LinkCapsules(Block):
    """Capsules round one link, rows of start, end, radius in metres; ``basis`` where it is not the robot's."""

    capsules_m: Annotated[tuple[tuple[float, float, float, float, float, float, float], ...], Field(min_length=1)]
    overshoot_m: Annotated[float, Field(ge=0)] | None = None
    basis: Literal["capsules", "envelope"] | None = None


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
