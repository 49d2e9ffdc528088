"""When everything happens in a routine that is done part after part in a fixed order, and its takt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

from ..errors import CellwrightError
from .events import PER_SECOND, Run, Span, lacking, shifts
from .routine import Duration, Routine

PARTS = 48
"""Parts that are run to find the takt."""
_PERIODS = 8
_LONGEST = 600  # parts that a run is made longer to, if it has no period
_NOTHING: Mapping[str, int] = MappingProxyType({})


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
    shift = shifts(routine, order, later)
    needed = 4 * (max(shift.values()) + 1)
    if parts < needed:
        raise CellwrightError(f"{parts} parts tell no takt", fix=f"run {needed} or more")
    takts: list[float] = []
    steady = True
    for case in ("low", "high", "nominal"):
        run = Run(routine=routine, order=order, shift=shift, parts=parts, case=case, start=round(start * PER_SECOND))
        if not run.finished():
            return Schedule(
                order=order, shift=shift, spans=run.spans(), takt=None, steady=False, utilisation={}, waits=(),
                deadlock=_circle(run),
            )  # fmt: skip
        settled, first, last, found = _settled(run)
        takts.append(settled.between(first, last) / PER_SECOND)
        steady &= found
    return Schedule(
        order=order, shift=shift, spans=run.spans(), steady=steady, utilisation=_utilisation(settled, first, last),
        takt=Duration(low=min(takts), nominal=takts[2], high=max(takts)), waits=_waits(settled, first, last),
        deadlock=(),
    )  # fmt: skip


def nominal_takt(routine: Routine, order: tuple[str, ...], *, later: Mapping[str, int] = _NOTHING) -> float:
    """Return the takt alone [s], from as many parts as are needed to tell it; infinite where the cell locks up."""
    shift = shifts(routine, order, later)
    parts = 4 * (max(shift.values()) + 1) + 2 * _PERIODS
    run = Run(routine=routine, order=order, shift=shift, parts=parts, case="nominal", start=0)
    if not run.finished():
        return inf
    settled, first, last, _ = _settled(run)
    return settled.between(first, last) / PER_SECOND


def _settled(run: Run) -> tuple[Run, int, int, bool]:
    """Return a run, longer if need be, and two of its parts between which whole periods lie, if it has a period."""
    while True:
        first, last, found = _steady(run)
        if found or run.parts >= _LONGEST:
            return run, first, last, found
        run = Run(
            routine=run.routine, order=run.order, shift=run.shift, parts=2 * run.parts, case=run.case, start=run.start
        )
        run.finished()


def _steady(run: Run) -> tuple[int, int, bool]:
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


def _utilisation(run: Run, first: int, last: int) -> dict[str, float]:
    begin, end = run.base(first), run.base(last)
    busy = dict.fromkeys(run.resource, 0)
    for instance, t in run.started.items():
        for resource in run.activity[instance[0]].at:
            busy[resource] += max(0, min(end, run.ended[instance]) - max(begin, t))
    return {name: time / (end - begin) / run.resource[name].capacity for name, time in busy.items()}


def _waits(run: Run, first: int, last: int) -> tuple[Wait, ...]:
    spent: dict[tuple[str, str, str], float] = defaultdict(float)
    for (name, part), t in run.started.items():
        if first <= part < last:
            needs = run.needs[name, part]
            for need in needs:
                if round(need.since * PER_SECOND) < t:
                    cause = max(needs, key=lambda one: one.since)
                    spent[need.name, name, cause.name] += t / PER_SECOND - need.since
    waits = [
        Wait(who=who, activity=activity, cause=cause, seconds=seconds / (last - first))
        for (who, activity, cause), seconds in spent.items()
    ]
    return tuple(sorted(waits, key=lambda one: (-round(one.seconds * PER_SECOND), one.activity, one.who)))


def _circle(run: Run) -> tuple[Hold, ...]:
    """Return the circle of a run that is stuck."""
    chain: list[Hold] = []
    instance = next(one for name in run.resource if (one := run.waiting(name)) is not None)
    while (instance[0], instance[1]) not in [(hold.activity, hold.part) for hold in chain]:
        needs, source = lacking(run, instance)
        chain.append(
            Hold(activity=instance[0], part=instance[1], needs=needs, from_activity=source[0], from_part=source[1])
        )
        instance = source
    begin = [(hold.activity, hold.part) for hold in chain].index(instance)
    return tuple(chain[begin:])
