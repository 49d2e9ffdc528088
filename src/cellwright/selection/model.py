"""What a selection says: of the job, of each robot, and of all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..geometry import Array
from ..placement.model import Placement
from .figures import Figure

State = Literal["met", "short", "unknown"]

CRITERIA = (
    "cycle_time", "clearance", "margin", "robust_margin", "payload_reserve",
    "price", "payback", "delivery", "service", "energy",
)  # fmt: skip
"""What robots can be ranked by. The first five are measured here; the others are known only where somebody says so."""

COSTS = frozenset({"cycle_time", "price", "payback", "delivery", "service", "energy"})
"""Criteria of which less is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that the job asks of a robot.

    Attributes:
        name: ``payload``, ``wrist_moment``, ``wrist_inertia``, ``reach``, ``speed``, ``air_time``, ``repeatability``,
            ``axes``, ``protection``, ``certificates``.
        value: in ``unit``, or a word; None where the job does not say.
        unit: SI, may be empty.
        source: where in the job it comes from, and how.
    """

    name: str
    value: float | str | None
    unit: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """Everything that the job asks of a robot, whichever it is."""

    items: tuple[Requirement, ...]

    def __getitem__(self, name: str) -> Requirement:
        return next(item for item in self.items if item.name == name)

    def figure(self, name: str) -> float | None:
        """Return the figure of a requirement, None where the job does not give one."""
        value = self[name].value
        return value if isinstance(value, float) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a robot meets one requirement.

    Attributes:
        name: of the requirement.
        state: ``unknown`` where the job or the robot's data do not say.
        has: what the robot has, in the requirement's unit; None where unknown.
        source: of the robot's datum.
    """

    name: str
    state: State
    has: float | str | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a robot is not chosen, and the smallest change that would make it fit.

    Attributes:
        code: short stable name (``payload``, ``reach``, ``joint-limit``, ``collision``, ``slower``, ...).
        what: one sentence with the measured figure.
        fix: the smallest change that would make it fit.
        amount: how much is missing, in ``unit``; None where no figure says it.
        unit: SI, may be empty.
        operation: name of the operation at which it fails; empty where it is not one.
        bodies: that are in each other's way, nearest pair first.
    """

    code: str
    what: str
    fix: str
    amount: float | None = None
    unit: str = ""
    operation: str = ""
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A robot that the job allows: its key, what to load it by, and why nobody can plan with it (else empty)."""

    key: str
    load: str
    brand: str
    model: str
    family: str
    only_listed: str = ""
    payload: float | None = None
    reach: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assessment:
    """What the stages before planning say of one robot.

    Attributes:
        reason: why it is out; None where it passes.
        counts: how many placements each stage took, by name, in order.
        poses: how many poses were solved.
        fits: one entry a requirement.
        place: the best place; the nearest miss where it is out, None where no place was asked.
        margin: smallest distance from limits and from a straight wrist at the best place [rad].
        air_time: a lower bound on the time between the strokes [s]; None where a joint's speed is unknown.
        joint_speed: what the strokes ask of each joint at the best place [rad/s or m/s]; empty where it is out.
    """

    candidate: Candidate
    reason: Reason | None
    counts: dict[str, int]
    poses: int
    fits: tuple[Fit, ...]
    place: Placement | None = None
    margin: float | None = None
    air_time: float | None = None
    joint_speed: tuple[float, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of what the job asks and the robot's data do not say."""
        return tuple(fit.name for fit in self.fits if fit.state == "unknown")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of the full plan of a robot.

    Attributes:
        ok: the judge found nothing against it.
        cycle_time: low, nominal, high [s]; None where there is no plan.
        figures: of the plan, by name [SI].
        base: where it stands, in words.
        reason: why there is no plan that proves; None where there is.
    """

    ok: bool
    cycle_time: tuple[float, float, float] | None
    figures: dict[str, float]
    base: str
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """A robot whose plan proves.

    Attributes:
        score: weighted mean over the criteria that count, 1 is best; of one that stands apart among those.
        values: criterion -> figure (SI), None where unknown.
        dominated_by: keys of ranked robots that are no worse in any criterion and better in one; empty in the Pareto
            set.
        reason: why it is not the one that is chosen; None for the chosen one.
        apart: criteria that count and that nobody knows of it: it is ranked after those of which all are known.
        said: what the user says of it, by criterion.
    """

    assessment: Assessment
    outcome: Outcome
    score: float
    values: dict[str, float | None]
    dominated_by: tuple[str, ...]
    reason: Reason | None
    apart: tuple[str, ...] = ()
    said: Mapping[str, Figure] = field(default_factory=dict[str, Figure])

    @property
    def key(self) -> str:
        """Of the robot."""
        return self.assessment.candidate.key


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """What ``cellwright.select(job)`` returns.

    Attributes:
        requirements: what the job asks.
        stages: (name, robots, placements) that each stage took, in order.
        ranking: robots whose plan proves, best first: the first is chosen.
        rejected: every other robot with the reason, by key.
        weights: criterion -> weight, as asked.
        unweighed: criteria that have a weight but are not known of every ranked robot, so that they do not count.
        poses: how many poses were solved in all.
        reachability: of the chosen robot: (p, 3) base positions [m] and (p,) operations reached from each.
    """

    job: str
    requirements: Requirements
    stages: tuple[tuple[str, int, int], ...]
    ranking: tuple[Ranked, ...]
    rejected: tuple[tuple[Assessment, Reason], ...]
    weights: dict[str, float]
    unweighed: tuple[str, ...]
    poses: int
    reachability: tuple[Array, Array] | None = field(default=None)

    @property
    def chosen(self) -> Ranked | None:
        """The best robot; None where no plan proves."""
        return self.ranking[0] if self.ranking else None

    @property
    def kinds(self) -> dict[str, tuple[tuple[Assessment, Reason], ...]]:
        """The rejected robots by the code of the reason, those that miss by least first; the commonest code first."""
        codes: dict[str, list[tuple[Assessment, Reason]]] = {}
        for one, reason in self.rejected:
            codes.setdefault(reason.code, []).append((one, reason))

        def miss(row: tuple[Assessment, Reason]) -> tuple[bool, float, str]:
            amount = row[1].amount
            return amount is None, amount or 0.0, row[0].candidate.key

        order = sorted(codes, key=lambda code: (-len(codes[code]), code))
        return {code: tuple(sorted(codes[code], key=miss)) for code in order}
