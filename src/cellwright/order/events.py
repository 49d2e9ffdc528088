"""Discrete events: a routine done part after part, everybody taking what he takes in a fixed order.

Nothing is left to chance or to who asks first: the times are those of a timed event graph. Each is the latest of what
had to be there before, and what came last is the cause of the waiting. Times are whole microseconds.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import CellwrightError
from .routine import Activity, Duration, Resource, Routine

PER_SECOND = 1_000_000
"""Units of time of a run in a second."""

Instance = tuple[str, int]
"""An activity for a part, counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an activity needed, and since when that was there [s].

    Attributes:
        name: a resource, or an activity that had to be over.
        since: [s].
        by: the activity that gave the resource, or that had to be over; empty where it was free from the beginning.
    """

    name: str
    since: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An activity for a part, from ``start`` to ``end`` [s]; the latest of its ``needs`` is why not earlier."""

    activity: str
    part: int
    start: float
    end: float
    needs: tuple[Need, ...]


def shifts(routine: Routine, order: tuple[str, ...], later: Mapping[str, int]) -> dict[str, int]:
    """Return for every activity how many rounds after the part's first one it is done."""
    takers = {activity.name for activity in routine.activities if activity.takes}
    if set(order) != takers or len(order) != len(takers):
        raise CellwrightError("the order does not name every activity that takes something once",
                              fix=f"put in order: {', '.join(sorted(takers))}")  # fmt: skip
    place = {name: k for k, name in enumerate(order)}
    found: dict[str, tuple[int, int]] = {}
    for activity in routine.activities:
        latest = max((found[name] for name in activity.after), default=(0, -1))
        if activity.name in place:
            own = place[activity.name]
            latest = (latest[0] + (latest[1] >= own) + later.get(activity.name, 0), own)
        found[activity.name] = latest
    return {name: shift for name, (shift, _) in found.items()}


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of events, times in microseconds: made, then ``finished`` once, then read.

    Attributes:
        order: who takes first; ``shift`` as ``shifts`` gives it.
        case: low, nominal or high durations.
        started, ended: of every instance so far; the rest is the state of the run.
    """

    routine: Routine
    order: tuple[str, ...]
    shift: dict[str, int]
    parts: int
    case: str
    start: int
    activity: dict[str, Activity] = field(init=False)
    resource: dict[str, Resource] = field(init=False)
    following: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    queue: dict[str, list[Instance]] = field(default_factory=lambda: defaultdict[str, list[Instance]](list))
    head: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    free: dict[str, int] = field(init=False)
    ready: dict[str, int] = field(default_factory=dict[str, int])  # since when the head may have it
    by: dict[str, str] = field(default_factory=lambda: defaultdict[str, str](str))  # who gave it last
    holders: dict[str, list[Instance]] = field(default_factory=lambda: defaultdict[str, list[Instance]](list))
    started: dict[Instance, int] = field(default_factory=dict[Instance, int])
    ended: dict[Instance, int] = field(default_factory=dict[Instance, int])
    needs: dict[Instance, tuple[Need, ...]] = field(default_factory=dict[Instance, "tuple[Need, ...]"])
    events: list[tuple[int, int, Instance, str]] = field(default_factory=list["tuple[int, int, Instance, str]"])

    def __post_init__(self) -> None:
        self.activity = {activity.name: activity for activity in self.routine.activities}
        self.resource = {resource.name: resource for resource in self.routine.resources}
        self.free = {resource.name: resource.capacity for resource in self.routine.resources}
        for activity in self.routine.activities:
            for name in activity.after:
                self.following[name].append(activity.name)
        for turn in range(self.parts + max(self.shift.values())):
            for name in self.order:
                if 0 <= turn - self.shift[name] < self.parts:
                    for resource in dict.fromkeys(self.activity[name].takes):
                        self.queue[resource].append((name, turn - self.shift[name]))

    def lasting(self, duration: Duration) -> int:
        """Return a duration as the run's case has it."""
        return round(getattr(duration, self.case) * PER_SECOND)

    def waiting(self, resource: str) -> Instance | None:
        """Return whose turn it is."""
        queue, head = self.queue[resource], self.head[resource]
        return queue[head] if head < len(queue) else None

    def finished(self) -> bool:
        """Do everything that can be done, and return whether that is all."""
        for resource in self.resource:
            self.offer(resource, self.start)
        for name, activity in self.activity.items():
            if not activity.takes and not activity.after:
                for part in range(self.parts):
                    self.begin((name, part), self.start)
        while self.events:
            now, _, instance, resource = heapq.heappop(self.events)
            if resource:
                self.begin(instance, now)
                continue
            self.ended[instance] = now
            activity = self.activity[instance[0]]
            for name in activity.gives:
                self.free[name] += 1
                self.by[name] = activity.name
                held = self.holders[name]
                held.remove(next((one for one in held if one[1] == instance[1]), held[0]))
            for name in dict.fromkeys(activity.gives):
                self.offer(name, now)
            for name in self.following[activity.name]:
                self.begin((name, instance[1]), now)
        return len(self.ended) == self.parts * len(self.activity)

    def offer(self, resource: str, now: int) -> None:
        """Let the next have a resource, once it is free and has come to where it is needed."""
        instance = self.waiting(resource)
        if instance is None or resource in self.ready:
            return
        activity, given = self.activity[instance[0]], self.by[resource]
        if self.free[resource] < activity.takes.count(resource):
            return
        travel = self.resource[resource].travel
        way = (self.activity[given].ends, activity.begins) if travel and given else ("", "")
        self.ready[resource] = now + (self.lasting(travel[way]) if way[0] != way[1] else 0)
        if self.ready[resource] > now:
            heapq.heappush(self.events, (self.ready[resource], len(self.started), instance, resource))
        else:
            self.begin(instance, now)

    def begin(self, instance: Instance, now: int) -> None:
        """Begin an activity, if all that it needs is there."""
        name, part = instance
        activity = self.activity[name]
        takes = tuple(dict.fromkeys(activity.takes))
        if instance in self.started or any((before, part) not in self.ended for before in activity.after):
            return
        if any(self.waiting(one) != instance or self.ready.get(one, now + 1) > now for one in takes):
            return
        met = [(self.ended[before, part], before, before) for before in activity.after]
        met += [(self.ready[one], one, self.by[one]) for one in takes]
        self.needs[instance] = tuple(Need(name=who, since=t / PER_SECOND, by=by) for t, who, by in met)
        self.started[instance] = now
        heapq.heappush(self.events, (now + self.lasting(activity.duration), len(self.started), instance, ""))
        for one in takes:
            count = activity.takes.count(one)
            self.free[one] -= count
            self.holders[one] += [instance] * count
            self.head[one] += 1
            del self.ready[one]
        for one in takes:
            self.offer(one, now)

    def base(self, part: int) -> int:
        """Return when a part gets the first turn of a round."""
        return self.started[self.order[0], part]

    def between(self, first: int, last: int) -> float:
        """Return the mean time from part to part."""
        return (self.base(last) - self.base(first)) / (last - first)

    def spans(self) -> tuple[Span, ...]:
        """Return what was begun and has ended, in the order of beginning."""
        return tuple(
            Span(
                activity=one[0],
                part=one[1],
                start=t / PER_SECOND,
                end=self.ended[one] / PER_SECOND,
                needs=self.needs[one],
            )
            for one, t in self.started.items()
        )


def lacking(run: Run, instance: Instance) -> tuple[str, Instance]:
    """Return what an activity that cannot begin needs, and which one would have to come before it."""
    name, part = instance
    activity = run.activity[name]
    for before in activity.after:
        if (before, part) not in run.ended:
            return before, (before, part)
    for resource in activity.takes:
        ahead = run.waiting(resource)
        if ahead is not None and ahead != instance:
            return resource, ahead
        if resource not in run.ready:
            givers = [one.name for one in run.routine.activities if resource in one.gives]
            held = ((giver, one[1]) for one in run.holders[resource] for giver in givers)
            return resource, next(one for one in held if one not in run.ended)
    raise AssertionError(f"{name} lacks nothing")
