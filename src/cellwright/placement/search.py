"""The search for places, from coarse to fine; every budget is a count."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..geometry import Array, frozen
from ..processes.work import Work
from ..robots.model import Robot
from .candidates import candidates, stands_free
from .margins import best_margins
from .model import Mount, Placement, Places
from .samples import Samples, ToolFree, everywhere, sampled
from .screening import Screened, Standing, screened

SCREENED = 120
"""Places that are tested with bodies at most."""

_ROUND = 12  # places that are tested before it is asked whether enough were found
_PARTLY = 5  # places that are tested for every operation, to tell what is in the way where none passes
_WIDE = 0.2  # places that are tested stand at least this far from each other [m]
_APART = 0.12  # two places that are tried stand at least this far from each other [m]
_QUANTUM = 1e-4

Stand = Callable[[Placement], Standing]
"""The fast checks of the robot at a place."""


def find_places(
    robot: Robot, flange_T_tcp: Array, work: Work, frames: dict[str, Array], *,
    mounts: Sequence[Mount], count: int, stand: Stand, tool_free: ToolFree = everywhere,
) -> Places:  # fmt: skip
    """Return the places that pass the cheap tests, at most ``count``, no two of them close to each other.

    Args:
        flange_T_tcp: (4, 4) of the tool.
        frames: user frames seen from the world.
        mounts: what the robot may stand on or hang from.
        stand: gives the fast checks of the robot at a place; base and pedestal must keep clear of what stands there.
        tool_free: where the tool itself is free, whatever arm carries it.
    """
    groups = candidates(robot, work, frames, mounts)
    free = [
        stands_free(stand(_somewhere(mount, world_T_base[0])).moving, world_T_base) for mount, world_T_base in groups
    ]
    standing: list[tuple[Mount, Array]] = [
        (mount, t) for (mount, places), ok in zip(groups, free, strict=True) for t in places[ok]
    ]
    counts = {"placements_considered": sum(len(ok) for ok in free), "placements_standing": len(standing)}
    found = Places(ranked=(), nearest=None, failing=(), never=(), counts=counts)
    for turning in (False, True):  # a tool that turns on its way is asked for where it has to
        if not standing or found.ranked:
            break
        operations = tuple(
            sampled(operation, frames, flange_T_tcp, tool_free, turning=turning) for operation in work.operations
        )
        found = _searched(robot, operations, standing, stand, count, counts)
    return found


def _searched(
    robot: Robot, operations: tuple[Samples, ...], standing: list[tuple[Mount, Array]], stand: Stand, count: int,
    counts: dict[str, int],
) -> Places:  # fmt: skip
    margin = best_margins(robot, operations, np.array([world_T_base for _, world_T_base in standing]))
    reached, least = (margin > 0.0).sum(1), margin.min(1, initial=1.0)
    order = np.lexsort((_away(operations, standing), -np.round(least / _QUANTUM), -reached))
    places = [
        Placement(
            mount=standing[k][0], world_T_base=frozen(standing[k][1]), score=float(least[k]), reached=int(reached[k])
        )
        for k in order
    ]
    full = [place for place in places if place.reached == len(operations)]
    asked = _spread(full, SCREENED, _WIDE)
    tested, passing = _tested(robot, operations, asked, stand, count)
    ranked = _spread([_scored(place, test) for place, test in passing], count, _APART)
    if ranked:
        nearest, failing = None, ()
    else:
        nearest, failing = _nearest(robot, operations, tested, _spread(places, _PARTLY, _WIDE), stand)
    return Places(
        ranked=ranked,
        nearest=nearest,
        failing=failing,
        never=tuple(int(o) for o in np.flatnonzero((margin <= 0.0).all(0))),
        counts=counts
        | {
            "placements_reaching": len(full),
            "placements_screened": len(tested),
            "placements_free": len(passing),
        },
    )


def score(
    robot: Robot, flange_T_tcp: Array, work: Work, frames: dict[str, Array], place: tuple[Mount, Array],
    tool_free: ToolFree = everywhere,
) -> Placement:  # fmt: skip
    """Return one given place with its score."""
    operations = tuple(sampled(operation, frames, flange_T_tcp, tool_free) for operation in work.operations)
    mount, world_T_base = place
    (margin,) = best_margins(robot, operations, world_T_base[None])
    return Placement(
        mount=mount,
        world_T_base=frozen(world_T_base),
        score=float(margin.min(initial=1.0)),
        reached=int((margin > 0.0).sum()),
    )


def _away(operations: tuple[Samples, ...], standing: list[tuple[Mount, Array]]) -> Array:
    """Return how far (p,) each base is from the farthest corner of the work, in steps of 1 mm."""
    points = np.concatenate([o.world_T_flange[:, :3, 3] for o in operations])
    base = np.array([world_T_base[:3, 3] for _, world_T_base in standing])
    if not len(points):
        return np.zeros(len(base))
    middle, half = (points.max(0) + points.min(0)) / 2, np.ptp(points, axis=0) / 2
    return np.round(np.linalg.norm(np.abs(base - middle) + half, axis=1), 3)


def _somewhere(mount: Mount, world_T_base: Array) -> Placement:
    return Placement(mount=mount, world_T_base=world_T_base, score=0.0, reached=0)


def _tested(
    robot: Robot, operations: tuple[Samples, ...], places: tuple[Placement, ...], stand: Stand, count: int
) -> tuple[list[tuple[Placement, Screened]], list[tuple[Placement, Screened]]]:
    """Return what the fast check says of the first places, until enough pass, and those that do, best first."""
    tested: list[tuple[Placement, Screened]] = []
    failures = np.zeros(len(operations), np.int64)
    for i, place in enumerate(places):
        hardest = tuple(int(o) for o in np.argsort(-failures, kind="stable"))
        test = screened(robot, operations, place.world_T_base, stand(place), hardest)
        tested.append((place, test))
        failures[[o for o in hardest if test.margin[o] <= 0.0][:1]] += 1
        if i % _ROUND == _ROUND - 1 and sum(t.passes and bool(t.even.all()) for _, t in tested) >= count:
            break
    passing = [pair for pair in tested if pair[1].passes]
    passing.sort(key=lambda pair: (-int(pair[1].even.sum()), -round(float(pair[1].margin.min()) / _QUANTUM)))
    return tested, passing


def _nearest(
    robot: Robot, operations: tuple[Samples, ...], tested: list[tuple[Placement, Screened]],
    others: tuple[Placement, ...], stand: Stand,
) -> tuple[Placement, tuple[int, ...]]:  # fmt: skip
    """Return the place where most operations pass, and those that do not pass there."""
    longest = sorted(tested, key=lambda pair: -int((pair[1].margin > 0.0).sum()))[:_PARTLY]
    places = [place for place, _ in longest] or list(others)
    tests = [screened(robot, operations, place.world_T_base, stand(place)) for place in places]
    best = max(range(len(places)), key=lambda k: (int((tests[k].margin > 0.0).sum()), tests[k].home >= 0))
    return places[best], tuple(int(o) for o in np.flatnonzero(tests[best].margin <= 0.0))


def _scored(place: Placement, test: Screened) -> Placement:
    return Placement(
        mount=place.mount,
        world_T_base=place.world_T_base,
        score=float(test.margin.min(initial=1.0)),
        reached=place.reached,
    )


def _spread(places: Sequence[Placement], count: int, apart: float) -> tuple[Placement, ...]:
    """Return the first places, at most ``count``, that stand at least ``apart`` [m] from each other."""
    chosen: list[Placement] = []
    for place in places:
        near = (np.linalg.norm(place.world_T_base[:3, 3] - other.world_T_base[:3, 3]) < apart for other in chosen)
        if len(chosen) < count and not any(near):
            chosen.append(place)
    return tuple(chosen)
