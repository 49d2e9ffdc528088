"""When everything happens in a routine that is done part after part in a fixed order: discrete events, and the takt.

Everybody who takes a resource takes it in the order that is given, so nothing is left to chance: the times are those of
a timed event graph. Each is the latest of what had to be there before, and what came last is the cause of the waiting.
Times are whole microseconds inside: a period is found exactly.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from ..errors import CellwrightError
from .routine import Activity, Duration, Resource, Routine

PARTS = 48
"""Parts that are run to find the takt."""
_QUANTUM = 1e-6
_PERIODS = 8
_LONGEST = 600  # parts that a run is made longer to, if it has no period
_NOTHING: Mapping[str, int] = MappingProxyType({})

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Who stands ready and waits, before which activity, for what; ``seconds`` a part in the steady state."""

    who: str
    activity: str
    cause: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A link of a deadlock: an activity needs what another one, that cannot begin either, would have to give."""

    activity: str
    part: int
    needs: str
    from_activity: str
    from_part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What happens when.

    Attributes:
        order: activities in the order in which they take resources.
        shift: how many rounds after the first activity of a part each one is done.
        spans: in the order in which they start, at nominal durations.
        takt: between two parts in the steady state [s]; None where the cell locks up.
        steady: whether a period was found, which then holds for ever; else the takt is a mean.
        utilisation: share of the time that each resource is busy, in the steady state.
        waits: the longest first.
        deadlock: the circle of who needs what from whom; empty for none.
    """

    order: tuple[str, ...]
    shift: dict[str, int]
    spans: tuple[Span, ...]
    takt: Duration | None
    steady: bool
    utilisation: dict[str, float]
    waits: tuple[Wait, ...]
    deadlock: tuple[Hold, ...]


def make_schedule(
    routine: Routine,
    order: tuple[str, ...],
    *,
    later: Mapping[str, int] = _NOTHING,
    parts: int = PARTS,
    start: float = 0.0,
) -> Schedule:
    """Return what happens when the routine is done for ``parts`` parts, everything free at ``start`` [s].

    Args:
        routine: what is done for every part.
        order: every activity that takes something, in the order of one round. One that stands before an activity that
            it waits for is done for the part before.
        later: rounds that an activity is done later than that; so that more than one part is in a buffer.

    Raises:
        CellwrightError: the order names other activities, or there are too few parts to tell a takt.
    """
    shift = _shifts(routine, order, later)
    needed = 4 * (max(shift.values()) + 1)
    if parts < needed:
        raise CellwrightError(f"{parts} parts tell no takt", fix=f"run {needed} or more")
    takts: list[float] = []
    steady = True
    for case in ("low", "high", "nominal"):
        run = _Run(routine=routine, order=order, shift=shift, parts=parts, case=case, start=round(start / _QUANTUM))
        if not run.finished():
            return Schedule(
                order=order, shift=shift, spans=run.spans(), takt=None, steady=False, utilisation={}, waits=(),
                deadlock=_circle(run),
            )  # fmt: skip
        settled, first, last, found = _settled(run)
        takts.append(settled.between(first, last) * _QUANTUM)
        steady &= found
    return Schedule(
        order=order, shift=shift, spans=run.spans(), steady=steady, utilisation=_utilisation(settled, first, last),
        takt=Duration(low=min(takts), nominal=takts[2], high=max(takts)), waits=_waits(settled, first, last),
        deadlock=(),
    )  # fmt: skip


def nominal_takt(routine: Routine, order: tuple[str, ...], *, later: Mapping[str, int] = _NOTHING) -> float:
    """Return the takt alone [s], from as many parts as are needed to tell it; infinite where the cell locks up."""
    shift = _shifts(routine, order, later)
    parts = 4 * (max(shift.values()) + 1) + 2 * _PERIODS
    run = _Run(routine=routine, order=order, shift=shift, parts=parts, case="nominal", start=0)
    if not run.finished():
        return inf
    settled, first, last, _ = _settled(run)
    return settled.between(first, last) * _QUANTUM


def _shifts(routine: Routine, order: tuple[str, ...], later: Mapping[str, int]) -> dict[str, int]:
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
class _Run:
    """One run of events, times in quanta; ``order`` is who takes first."""

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
        return round(getattr(duration, self.case) / _QUANTUM)

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
        self.needs[instance] = tuple(Need(name=who, since=t * _QUANTUM, by=by) for t, who, by in met)
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
        return tuple(
            Span(
                activity=one[0], part=one[1], start=t * _QUANTUM, end=self.ended[one] * _QUANTUM, needs=self.needs[one]
            )
            for one, t in self.started.items()
        )


def _settled(run: _Run) -> tuple[_Run, int, int, bool]:
    """Return a run, longer if need be, and two of its parts between which whole periods lie, if it has a period."""
    while True:
        first, last, found = _steady(run)
        if found or run.parts >= _LONGEST:
            return run, first, last, found
        run = _Run(
            routine=run.routine, order=run.order, shift=run.shift, parts=2 * run.parts, case=run.case, start=run.start
        )
        run.finished()


def _steady(run: _Run) -> tuple[int, int, bool]:
    """Return two parts between which whole periods lie, and whether there is a period.

    What happens is decided by the starts of the rounds before, as many as there are parts under way. Once so many have
    repeated themselves, all that follows does.
    """
    last = run.parts - 1 - max(run.shift.values())  # later ones miss followers that would hold them up
    rows = [tuple(run.started[name, k] - run.base(k) for name in run.order) for k in range(last + 1)]
    steps = [(run.base(k + 1) - run.base(k), rows[k + 1]) for k in range(last)]
    memory = 1 + max(run.shift.values()) + max(resource.capacity for resource in run.routine.resources)
    for period in range(1, _PERIODS + 1):
        same = 0
        while same + period < last and steps[-1 - same] == steps[-1 - same - period]:
            same += 1
        if same >= max(memory, period):
            return last - period * (same // period), last, True
    return last // 2, last, False


def _utilisation(run: _Run, first: int, last: int) -> dict[str, float]:
    begin, end = run.base(first), run.base(last)
    busy = dict.fromkeys(run.resource, 0)
    for instance, t in run.started.items():
        for resource in run.activity[instance[0]].at:
            busy[resource] += max(0, min(end, run.ended[instance]) - max(begin, t))
    return {name: time / (end - begin) / run.resource[name].capacity for name, time in busy.items()}


def _waits(run: _Run, first: int, last: int) -> tuple[Wait, ...]:
    spent: dict[tuple[str, str, str], float] = defaultdict(float)
    for (name, part), t in run.started.items():
        if first <= part < last:
            needs = run.needs[name, part]
            for need in needs:
                if round(need.since / _QUANTUM) < t:
                    cause = max(needs, key=lambda one: one.since)
                    spent[need.name, name, cause.name] += t * _QUANTUM - need.since
    waits = [
        Wait(who=who, activity=activity, cause=cause, seconds=seconds / (last - first))
        for (who, activity, cause), seconds in spent.items()
    ]
    return tuple(sorted(waits, key=lambda one: (-round(one.seconds / _QUANTUM), one.activity, one.who)))


def _circle(run: _Run) -> tuple[Hold, ...]:
    """Return the circle of a run that is stuck."""
    chain: list[Hold] = []
    instance = next(one for name in run.resource if (one := run.waiting(name)) is not None)
    while (instance[0], instance[1]) not in [(hold.activity, hold.part) for hold in chain]:
        needs, source = _lacking(run, instance)
        chain.append(
            Hold(activity=instance[0], part=instance[1], needs=needs, from_activity=source[0], from_part=source[1])
        )
        instance = source
    begin = [(hold.activity, hold.part) for hold in chain].index(instance)
    return tuple(chain[begin:])


def _lacking(run: _Run, instance: Instance) -> tuple[str, Instance]:
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
