"""The best order of a routine that is done part after part: who is served when, so that the takt is least."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import factorial, inf

from ..errors import CellwrightError
from .events import PER_SECOND
from .routine import Activity, Resource, Routine
from .schedule import PARTS, Schedule, make_schedule, nominal_takt

TRIES = 1_000
"""Orders that are run at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    order: tuple[str, ...]
    later: Mapping[str, int]


def find_dispatch(routine: Routine, *, tries: int = TRIES, parts: int = PARTS) -> Schedule:
    """Return the schedule of the order with the least nominal takt; among equal ones of the first that was tried.

    The order in which the routine names its activities is run, the one that serves the last first, and all others where
    ``tries`` allows it. From the best, one activity after the other is moved, or done a round later, as long as that
    helps. It ends early where the takt meets ``least_takt``.

    Raises:
        CellwrightError: every order that was tried locks up.
    """
    takers = tuple(activity.name for activity in routine.activities if activity.takes)
    least = round(least_takt(routine) * PER_SECOND)
    # as named, and the last served first: what is downstream makes room
    orders: list[tuple[str, ...]] = [takers, takers[:1] + takers[:0:-1]]
    if factorial(max(0, len(takers) - 1)) <= tries:  # an order is a circle: it may begin anywhere
        orders += [takers[:1] + rest for rest in permutations(takers[1:])]
    best, takt, left = _Turns(order=takers, later={}), inf, tries
    for order in orders:
        if takt <= least:
            break
        left -= 1
        if (found := _takt(routine, order, {})) < takt:
            best, takt = _Turns(order=order, later={}), found
    helped = True
    while helped and takt > least:
        helped = False
        for turns in _neighbours(best, routine):
            left -= 1
            if left < 0:
                break
            if (found := _takt(routine, turns.order, turns.later)) < takt:
                best, takt, helped = turns, found, True
                break
    schedule = make_schedule(routine, best.order, later=best.later, parts=parts)
    if schedule.takt is None:
        links = (
            f"{hold.activity} needs {hold.needs}, which waits for {hold.from_activity}" for hold in schedule.deadlock
        )
        raise CellwrightError(
            f"every order that was tried locks up: {'; '.join(links)}", fix="add a buffer or a gripper position"
        )
    return schedule


def _takt(routine: Routine, order: tuple[str, ...], later: Mapping[str, int]) -> float:
    """Return the nominal takt in whole microseconds, infinite where the cell locks up."""
    return round(nominal_takt(routine, order, later=later) * PER_SECOND, 0)


def _neighbours(turns: _Turns, routine: Routine) -> Iterator[_Turns]:
    """Yield the orders with one activity moved, or done a round later or earlier."""
    order, most = turns.order, max(resource.capacity for resource in routine.resources) - 1
    for name in order[1:]:
        for step in (1, -1):
            rounds = turns.later.get(name, 0) + step
            if 0 <= rounds <= most:
                yield _Turns(order=order, later={**turns.later, name: rounds})
    for i in range(1, len(order)):
        rest = order[:i] + order[i + 1 :]
        for k in range(1, len(order)):
            if k != i:
                yield _Turns(order=(*rest[:k], order[i], *rest[k:]), later=turns.later)


def least_takt(routine: Routine) -> float:
    """Return what no order can be faster than [s]: the time for which a part holds each resource, a unit.

    From the activity that takes to the one that gives it passes at least the longest chain between them; and whoever
    moves, and has just given something that there is one of, has to come to where it is taken again.
    """
    ways = {resource.name: _ways(routine, resource) for resource in routine.resources if resource.travel}
    return max((_held(routine, resource, ways) / resource.capacity for resource in routine.resources), default=0.0)


def _held(routine: Routine, resource: Resource, ways: Mapping[str, Mapping[tuple[str, str], float]]) -> float:
    takers = [a for a in routine.activities for _ in range(a.takes.count(resource.name))]
    left, total = list(takers), 0.0
    for giver in (a for a in routine.activities for _ in range(a.gives.count(resource.name))):
        chains = ((taker, _chain(routine, taker, giver)) for taker in left)
        linked = next(((taker, chain) for taker, chain in chains if chain > 0.0 or taker == giver), None)
        if linked is None:
            return 0.0  # nothing is known of when it is given
        left.remove(linked[0])
        total += linked[1]
        if resource.capacity == 1:
            total += min(
                max(
                    (
                        way[giver.ends, taker.begins]
                        for name, way in ways.items()
                        if name in giver.gives and name in taker.takes
                    ),
                    default=0.0,
                )
                for taker in takers
            )
    return total


def _ways(routine: Routine, resource: Resource) -> dict[tuple[str, str], float]:
    """Return the shortest times between places for what moves, by itself or with what it does [s]."""
    uses = [a for a in routine.activities if resource.name in (*a.takes, *a.gives)]
    places = sorted({place for a in uses for place in (a.begins, a.ends)})
    way = {(a, b): 0.0 if a == b else inf for a in places for b in places}
    for pair, duration in resource.travel.items():
        if pair in way:
            way[pair] = min(way[pair], duration.nominal)
    for activity in uses:
        pair = activity.begins, activity.ends
        way[pair] = min(way[pair], activity.duration.nominal)
    for k in places:
        way |= {(a, b): min(way[a, b], way[a, k] + way[k, b]) for a in places for b in places}
    return way


def _chain(routine: Routine, first: Activity, last: Activity) -> float:
    """Return the longest time from the beginning of an activity to the end of another, 0 where none follows [s]."""
    length = {first.name: first.duration.nominal}
    for activity in routine.activities:
        before = [length[name] for name in activity.after if name in length]
        if before and activity.name not in length:
            length[activity.name] = max(before) + activity.duration.nominal
    return length.get(last.name, 0.0)
