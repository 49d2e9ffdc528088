"""What a cell does for every part where somebody may wait: resources, and activities that take and give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import CellwrightError


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long something lasts [s]: the range, as the models of controllers and machines tell it, and the nominal."""

    low: float
    nominal: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.nominal <= self.high:
            problem = f"no duration: {self.low} to {self.high} s with {self.nominal} s between them"
            raise CellwrightError(problem, fix="give 0 <= low <= nominal <= high")


def always(seconds: float) -> Duration:
    """Return a duration that is known exactly [s]."""
    return Duration(low=seconds, nominal=seconds, high=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that activities take and give back: a robot, a machine, a buffer, the positions of a gripper.

    Attributes:
        name: unique in the routine.
        capacity: units; all are free at the beginning.
        travel: (from, to) -> duration between places of activities, for what moves by itself; empty for what does not.
    """

    name: str
    capacity: int = 1
    travel: Mapping[tuple[str, str], Duration] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that is done once for every part.

    Attributes:
        name: unique in the routine.
        duration: once it has begun.
        takes: resources of which it takes a unit when it begins; a name twice for two units.
        gives: resources of which it gives a unit back when it ends, also ones that an earlier activity took.
        after: activities of the same part that have to be over.
        at: resources that are busy with it, for utilisation.
        begins, ends: places, for the travel of the resources that it takes.
    """

    name: str
    duration: Duration
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """What is done for every part; each activity stands after those that it waits for.

    Raises:
        CellwrightError: a name is unknown or twice there, an activity stands before one that it waits for, a resource
            is not given as often as taken, or the way between two places is missing.
    """

    resources: tuple[Resource, ...]
    activities: tuple[Activity, ...]

    def __post_init__(self) -> None:
        known = [resource.name for resource in self.resources]
        seen: list[str] = []
        for activity in self.activities:
            strange = {*activity.takes, *activity.gives, *activity.at}.difference(known)
            if strange:
                raise CellwrightError(
                    f"{activity.name}: no resource {min(strange)!r}", fix=f"known: {', '.join(known)}"
                )
            early = set(activity.after).difference(seen)
            if early:
                raise CellwrightError(f"{activity.name} waits for {min(early)!r}, which does not stand before it")
            seen.append(activity.name)
        if len({*known, *seen}) < len(known) + len(seen):
            raise CellwrightError("a name is given twice", fix="name resources and activities apart")
        for resource in self.resources:
            _check(resource, self.activities)


def _check(resource: Resource, activities: tuple[Activity, ...]) -> None:
    takers = [a for a in activities if resource.name in a.takes]
    taken = sum(a.takes.count(resource.name) for a in takers)
    given = sum(a.gives.count(resource.name) for a in activities)
    if taken != given:
        raise CellwrightError(f"{resource.name} is taken {taken} times for a part, and given {given} times")
    most = max((a.takes.count(resource.name) for a in takers), default=0)
    if most > resource.capacity:
        raise CellwrightError(f"{resource.name} has {resource.capacity} units, and {most} are taken at once")
    if resource.travel and resource.capacity > 1:
        raise CellwrightError(f"{resource.name} moves, and has more than one unit", fix="name each one a resource")
    ways = {(a.ends, b.begins) for a in takers for b in takers if a.ends != b.begins}
    missing = ways.difference(resource.travel) if resource.travel else ()
    if missing:
        raise CellwrightError(f"{resource.name}: no duration of the way {' -> '.join(min(missing))}")
