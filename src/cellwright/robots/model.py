"""A robot as a value: kinematics, limits, link geometry and how its controller counts, each datum with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..findings import Finding
from ..geometry import Array
from ..kinematics.chain import Chain, Family
from ..shapes import Capsule, Mesh

Confidence = Literal["A", "B", "C", "D"]
"""A: vendor's own document; B: copy of one, or two agreeing copies; C: unreviewed table; D: designation or rule."""

Basis = Literal["mesh", "capsules", "envelope", "none"]
"""What the geometry of a link rests on: the user's meshes, capsules round real meshes, a rule on the kinematics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One published figure or fact; ``value`` None means unknown. Numbers are SI."""

    value: float | str | None
    source: str
    confidence: Confidence | None


def worded(name: str, datum: Datum) -> str:
    """Return a fact of a robot in the units people use."""
    if datum.value is None:
        return "unknown"
    if isinstance(datum.value, str):
        return datum.value
    if name == "repeatability":
        return f"{datum.value * 1e3:g} mm"
    return f"{datum.value:g} {'m' if name == 'reach' else 'kg'}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkGeometry:
    """What a link looks like, in its own frame.

    Attributes:
        link: name, one of ``Chain.links``.
        capsules: contain the whole link; empty when ``basis`` is ``mesh`` or ``none``.
        mesh: the collision mesh [m] when ``basis`` is ``mesh``, else None.
        visual: what to draw where it differs from the collision geometry.
        basis: what the geometry rests on.
        overshoot: how far the capsules reach beyond the real surface at most [m]; None where no surface is known.
        source: repository and commit, or the rule.
    """

    link: str
    capsules: tuple[Capsule, ...] = ()
    mesh: Mesh | None = None
    visual: Mesh | None = None
    basis: Basis
    overshoot: float | None = None
    source: str = ""

    @property
    def shapes(self) -> tuple[Capsule | Mesh, ...]:
        """What the link is judged by: its capsules, else its mesh, else nothing."""
        return self.capsules or ((self.mesh,) if self.mesh is not None else ())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inertia:
    """Mass [kg], centre (3,) [m] and inertia tensor (3, 3) [kg m2] about the centre, in the link's frame."""

    mass: float
    centre: Array
    tensor: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControllerMap:
    """How the controller of this model counts joints and places its frames, against the description's.

    Attributes:
        brand: key of the robot language (``abb``, ``kuka``, ``estun``, ...).
        base_T_root: (4, 4) where the controller's robot root lies, seen from the description's base.
        flange_T_mount: (4, 4) the controller's mechanical face, seen from the description's flange.
        axis_map: (dof, dof) sign and coupling: ``controller_q = axis_map @ q + axis_zero``.
        axis_zero: (dof,) [rad or m].
        vectors: number of independent test vectors (joints with a pose that somebody else published) that agree.
        source: where the map comes from.
    """

    brand: str
    base_T_root: Array
    flange_T_mount: Array
    axis_map: Array
    axis_zero: Array
    vectors: int
    source: str

    @property
    def verified(self) -> bool:
        """At least one independent test vector agrees."""
        return self.vectors > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Robot:
    """One robot model.

    Attributes:
        key: ``brand/model`` in the catalogue, or the URDF's path.
        chain: joints from ``base_link`` to the flange (tool0: z leaves the face).
        family: recognised from the axes.
        lower, upper: (dof,) joint limits [rad or m]; -inf and inf for a joint that turns without end.
        speed: (dof,) largest joint speeds [rad/s or m/s]; NaN where unknown.
        acceleration: (dof,) [rad/s2 or m/s2]; NaN where unknown.
        effort: (dof,) largest joint torques or forces [N m or N], NaN where unknown; None where none is published.
        home: (dof,) a position with room around it; a job may name another.
        geometry: one entry a link of the chain, base first.
        inertia: one entry a link of the chain; None where unknown.
        allowed: pairs of link names that may touch because they always do (adjacent, or by sampling), with the reason.
        facts: payload [kg], reach [m], weight [kg], repeatability [m], ... by name.
        findings: what the description lacks or what looks like a placeholder.
        beside: how many of the first joints are axes beside the arm, which the same controller moves: a track.
    """

    key: str
    brand: str
    model: str
    chain: Chain
    family: Family
    lower: Array
    upper: Array
    speed: Array
    acceleration: Array
    home: Array
    geometry: tuple[LinkGeometry, ...]
    inertia: tuple[Inertia | None, ...]
    controller: ControllerMap | None
    effort: Array | None = None
    allowed: tuple[tuple[str, str, str], ...] = ()
    facts: dict[str, Datum] = field(default_factory=dict[str, Datum])
    findings: tuple[Finding, ...] = ()
    source: str = ""
    beside: int = 0

    @property
    def dof(self) -> int:
        """Number of joints."""
        return self.chain.dof
