"""From which places a robot reaches every operation: bounds first, then everything that they leave open.

A place whose middle poses are out of reach is out, so the full question is asked of the others alone. Nothing is lost
by that: the bound is never smaller than the margin itself. For an arm without a closed form one that has one stands in
(`stand_in`): where it reaches everything, the real one does or is asked first; only where none is found the real one is
asked elsewhere, at fewer places with fewer turns of the tool. How many is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, pose, turn_z
from ..job.model import FixedBase
from ..placement.candidates import candidates
from ..placement.margins import best_margins
from ..placement.model import Mount, Placement
from ..placement.samples import Samples
from ..placement.search import Stand
from ..robots.model import Robot
from .bounds import ball, within_ball
from .footing import stand_free
from .ground import Ground
from .stand_in import stand_in

LEAST = 2000
"""Placements that every robot is asked at, at least: where the mounts give fewer, the base is turned too."""

WANTED = 40
"""Places that reach everything, after which no more are asked."""

COSTLY = {"general_6r": 160, "seven_r": 80}
"""Places at which an arm without a closed form is asked at most where the one that stands in finds nothing."""

_CHUNK = 128
_UNASKED = -2.0
_QUANTUM, _ALIKE = 1e-4, 0.2  # [rad]
_TURNS = np.deg2rad((0.0, 90.0, 180.0, 270.0, 45.0, 135.0, 225.0, 315.0))
_THINNED = 6  # of the runs of an arm without a closed form one in so many is asked
_COSTLY_CHUNK, _COSTLY_WANTED = 40, 2
_VERIFIED, _VERIFIED_WANTED = 24, 8  # places that the real arm is asked at where the one that stands in reaches all
_STRETCHED = 0.65  # share of the reach at which such an arm is asked first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reached:
    """What the kinematics of one robot say.

    Attributes:
        mount: (p,) of each place.
        world_T_base: (p, 4, 4) every place.
        bound: (p, o) an upper bound of each operation's margin [rad]; negative where it is out of reach.
        best: indices of the places that reach everything, those with most margin first.
        margin: (len(best),) their smallest margins [rad].
        turning: the tool has to turn on its way.
        counts: how many places each stage took, by name.
        poses: how many poses were solved.
    """

    mount: tuple[Mount, ...]
    world_T_base: Array
    bound: Array
    best: tuple[int, ...]
    margin: Array
    turning: bool
    counts: dict[str, int]
    poses: int


def reached(ground: Ground, robot: Robot, standing: Stand) -> Reached:
    """Return from where a robot reaches every operation.

    Args:
        standing: gives its fast checks at a place: its foot has to stand free.
    """
    mount, places = every_place(ground, robot)
    near = within_ball(robot, ground.middle, places)

    def free(chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        return stands(standing, mount, places, chosen)

    search = _stood_in if robot.family in COSTLY else _bounded
    bound, best, margin, turning, asked, poses = search(ground, robot, places, np.flatnonzero(near), free)
    order = np.argsort(-np.round(margin / _QUANTUM), kind="stable")
    return Reached(
        mount=mount, world_T_base=frozen(places), bound=frozen(bound), best=tuple(int(i) for i in best[order]),
        margin=frozen(margin[order]), turning=turning and bool(len(best)), poses=poses,
        counts={"considered": len(places), "within_reach": int(near.sum()), **asked, "reaching": len(best)},
    )  # fmt: skip


def stands(
    standing: Stand, mount: tuple[Mount, ...], world_T_base: Array, chosen: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return at which of the chosen places the robot's foot stands free, by mount and height at once."""
    free = np.zeros(len(chosen), np.bool_)
    heights = [(mount[i], float(world_T_base[i, 2, 3])) for i in chosen]
    for key in dict.fromkeys(heights):
        mine = np.array([k for k, height in enumerate(heights) if height == key])
        places = world_T_base[chosen[mine]]
        somewhere = Placement(mount=key[0], world_T_base=places[0], score=0.0, reached=0)
        free[mine] = stand_free(standing(somewhere).moving, places)
    return free


_Free = Callable[[NDArray[np.intp]], NDArray[np.bool_]]
_Found = tuple[Array, NDArray[np.intp], Array, bool, dict[str, int], int]


def _bounded(ground: Ground, robot: Robot, places: Array, near: NDArray[np.intp], free: _Free) -> _Found:
    """Ask every place for the middle poses, then the open ones for everything, those with the best bound first."""
    bound = np.full((len(places), len(ground.middle)), -1.0)
    bound[near] = best_margins(robot, ground.middle, places[near])
    poses = len(near) * _size(ground.middle)
    open_ = np.flatnonzero((bound > 0.0).all(1))
    # what has about as much room is asked in a scattered order: neighbours fail together
    open_ = open_[np.random.default_rng(0).permutation(len(open_))]
    open_ = open_[np.argsort(-np.round(bound[open_].min(1) / _ALIKE), kind="stable")]
    stood: list[NDArray[np.intp]] = []  # a chunk of places after the other, those where the foot stands free
    asked, best, margin = 0, np.zeros(0, np.intp), np.zeros(0)
    turning, ways = False, (ground.even, ground.turning)
    for operations in ways:
        turning = operations is ground.turning
        for i, k in enumerate(range(0, len(open_), _CHUNK)):
            if i == len(stood):
                stood.append(open_[k : k + _CHUNK][free(open_[k : k + _CHUNK])])
            if not len(stood[i]):
                continue
            least = best_margins(robot, operations, places[stood[i]]).min(1, initial=1.0)
            asked, poses = asked + len(least), poses + len(least) * _size(operations)
            best, margin = np.append(best, stood[i][least > 0.0]), np.append(margin, least[least > 0.0])
            if len(best) >= WANTED:
                break
        if len(best):
            break
    standing = sum(len(chunk) for chunk in stood)
    counts = {"middle": len(near), "bounded": len(open_), "standing": standing, "solved": asked}
    return bound, best, margin, turning, counts, poses


def _stood_in(ground: Ground, robot: Robot, places: Array, near: NDArray[np.intp], free: _Free) -> _Found:
    """Ask the arm that stands in everywhere, and the real one where that one is hopeful."""
    other = stand_in(robot)
    if other is None:
        return _tried(ground, robot, places, near[np.argsort(_stretched(ground, robot, places[near]))], free)
    found = _bounded(ground, other.robot, places, near, free)
    bound, best, margin, turning, counts, poses = found
    if other.exact and len(best):
        return found
    operations = thinned(ground.turning if turning else ground.even, robot)
    kept: list[tuple[int, float]] = []
    for place in best[np.argsort(-np.round(margin / _QUANTUM), kind="stable")][:_VERIFIED]:
        least = float(best_margins(robot, operations, places[[place]]).min(initial=1.0))
        poses += _size(operations)
        kept += [(int(place), least)] if least > 0.0 else []
        if len(kept) >= _VERIFIED_WANTED:
            break
    if kept:
        which, least = (np.array(column) for column in zip(*kept, strict=True))
        return bound, which, least, turning, counts, poses
    hopeful = np.lexsort((_stretched(ground, robot, places[near]), -np.round(np.minimum(bound[near], 0.0).sum(1), 2)))
    after = _tried(ground, robot, places, near[hopeful], free)
    asked = after[0].max(1) > _UNASKED
    bound[asked] = after[0][asked]
    return bound, *after[1:4], _summed(counts, after[4]), poses + after[5]


def _summed(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Return the counts of both passes, each stage as far as either took it."""
    return {name: max(one[name], other[name]) for name in one}


def _stretched(ground: Ground, robot: Robot, world_T_base: Array) -> Array:
    """Return how far (p,) a robot is from standing half stretched at the work, from each base."""
    centre, radius = ball(robot)
    work = np.concatenate([samples.world_T_flange[:, :3, 3] for samples in ground.middle]).mean(0)
    far = np.linalg.norm(world_T_base[:, :3, :3] @ centre + world_T_base[:, :3, 3] - work, axis=1)
    return np.round(np.abs(far / radius - _STRETCHED), 3)


def _tried(ground: Ground, robot: Robot, places: Array, order: NDArray[np.intp], free: _Free) -> _Found:
    """Ask places in order, one operation after the other, until enough reach everything: each pose costs a hundred."""
    middle, even = thinned(ground.middle, robot), thinned(ground.even, robot)
    order = order[free(order)][: COSTLY[robot.family]]
    bound = np.full((len(places), len(middle)), _UNASKED)
    best, margin = np.zeros(0, np.intp), np.zeros(0)
    asked = solved = poses = bounded = 0
    hardest = np.arange(len(middle))
    failed = np.zeros(len(middle), np.int64)
    for k in range(0, len(order), _COSTLY_CHUNK):
        chunk = order[k : k + _COSTLY_CHUNK]
        asked, alive = asked + len(chunk), chunk
        for o in hardest:
            if len(alive):
                bound[alive, o] = best_margins(robot, (middle[o],), places[alive])[:, 0]
                poses, left = poses + len(alive) * len(middle[o].run), alive[bound[alive, o] > 0.0]
                failed[o] += len(alive) - len(left)
                alive = left
        hardest = np.argsort(-failed, kind="stable")
        bounded += len(alive)
        for place in alive[np.argsort(-np.round(bound[alive].min(1) / _QUANTUM), kind="stable")][:_COSTLY_WANTED]:
            least = float(best_margins(robot, even, places[[place]]).min(initial=1.0))
            solved, poses = solved + 1, poses + _size(even)
            if least > 0.0:
                best, margin = np.append(best, place), np.append(margin, least)
        if len(best) >= _COSTLY_WANTED:
            break
    counts = {"middle": asked, "bounded": bounded, "standing": bounded, "solved": solved}
    return bound, best, margin, False, counts, poses


def every_place(ground: Ground, robot: Robot) -> tuple[tuple[Mount, ...], Array]:
    """Return every place that is considered: mounts and ``world_T_base`` (p, 4, 4), ``LEAST`` at least.

    Where the job fixes the base, that is the one place.
    """
    base = ground.job.base
    if isinstance(base, FixedBase):
        return (base.mount,), base.matrix[None]
    groups = candidates(robot, ground.work, ground.given.frames, ground.job.mounts)
    mount: list[Mount] = [kind for kind, places in groups for _ in places]
    places = np.concatenate([placed for _, placed in groups])
    turns = min(len(_TURNS), -(-LEAST // len(places)))
    turned = [places @ pose(rotation=turn_z(turn)) for turn in _TURNS[:turns]]
    return tuple(mount * turns), np.concatenate(turned)


def thinned(operations: tuple[Samples, ...], robot: Robot) -> tuple[Samples, ...]:
    """Return every run for an arm of closed form, one in six for the others, whose poses cost more."""
    return tuple(_fewer(samples) for samples in operations) if robot.family in COSTLY else operations


def _fewer(samples: Samples) -> Samples:
    runs = np.arange(0, samples.runs, _THINNED)
    kept = np.isin(samples.run, runs)
    return Samples(
        world_T_flange=frozen(samples.world_T_flange[kept]), run=np.searchsorted(runs, samples.run[kept]),
        sample=samples.sample[kept], runs=len(runs), samples=samples.samples, turning=samples.turning,
    )  # fmt: skip


def _size(operations: tuple[Samples, ...]) -> int:
    return sum(len(samples.run) for samples in operations)


def reachability(ground: Ground, robot: Robot) -> tuple[Array, Array]:
    """Return base positions (p, 3) [m] and how many operations (p,) a robot may reach from each, bodies disregarded."""
    _, places = every_place(ground, robot)
    near = np.flatnonzero(within_ball(robot, ground.middle, places))
    other = stand_in(robot) if robot.family in COSTLY else None
    arm = robot if other is None else other.robot
    if arm.family in COSTLY:
        near = near[:: max(1, len(near) // COSTLY[arm.family])]
    done = np.zeros(len(places))
    done[near] = (best_margins(arm, thinned(ground.middle, arm), places[near]) > 0.0).sum(1)
    return frozen(places[:, :3, 3]), frozen(done)
