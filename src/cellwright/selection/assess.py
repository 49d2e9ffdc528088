"""One robot asked for one job, from coarse to fine, as far as it gets without a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..cache import remembered
from ..errors import CellwrightError, JobError
from ..geometry import Array, frozen, inv
from ..kinematics.inverse import solve
from ..placement.margins import branch_margins
from ..placement.model import Placement
from ..placement.samples import Samples
from ..placement.screening import Screened, Standing, screened
from ..placement.search import Stand
from ..planning.fitting import fits as fits_job
from ..planning.given import Given, stand
from ..processes.work import length
from ..robots.catalogue import load_robot
from ..robots.model import Robot
from .bounds import fits, listed, ruled_out
from .ground import Ground, with_robot
from .misses import collision_reason, home_reason, kinematic_reason
from .model import Assessment, Candidate, Reason
from .reaching import COSTLY, Reached, reached, thinned

SCREENED = 40
"""Places that are tested with bodies at most."""

COSTLY_SCREENED = 10
"""The same of an arm without a closed form."""

PASSING = 1
"""Places that pass, after which no more are tested."""

_WIDE = 0.15  # places that are tested stand at least this far from each other [m]
_KEPT = 4000  # assessments that are kept on this machine
_QUANTUM = 1e-4


def assessed(ground: Ground, candidate: Candidate) -> Assessment:
    """Return what the stages before planning say of a robot; kept on disk by its figures and the job's geometry."""
    needs = ground.requirements
    if candidate.only_listed:
        return Assessment(candidate=candidate, reason=listed(candidate, needs), counts={}, poses=0, fits=())
    try:
        robot = load_robot(candidate.load)
        fits_job(ground.job, robot)
    except JobError as error:
        return _refused(candidate, error.problems[0])
    except CellwrightError as error:
        return _refused(candidate, error)
    inputs = (ground.key, needs, candidate, figures(robot))
    return remembered("assessed", inputs, lambda: _assess(ground, candidate, robot), most=_KEPT)


def figures(robot: Robot) -> tuple[object, ...]:
    """Return everything of a robot that its assessment depends on."""
    return (
        robot.chain, robot.lower, robot.upper, robot.speed, robot.home, robot.geometry, robot.allowed, robot.facts,
    )  # fmt: skip


def _refused(candidate: Candidate, error: CellwrightError) -> Assessment:
    reason = Reason(code="unusable", what=error.problem, fix=error.fix)
    return Assessment(candidate=candidate, reason=reason, counts={}, poses=0, fits=())


def _assess(ground: Ground, candidate: Candidate, robot: Robot) -> Assessment:
    found = fits(robot, ground.requirements)
    said = Assessment(candidate=candidate, reason=None, counts={}, poses=0, fits=found)
    reason = ruled_out(candidate, found, ground.requirements)
    if reason is not None:
        return replace(said, reason=reason)
    given = with_robot(ground, robot)
    standing = stand(given, kept=False)
    reach = reached(ground, robot, standing)
    said = replace(said, counts=reach.counts, poses=reach.poses)
    if not reach.best:
        reason, place = kinematic_reason(ground, robot, reach, standing)
        return replace(said, reason=reason, place=place)
    return _with_bodies(ground, given, reach, standing, said)


def _with_bodies(ground: Ground, given: Given, reach: Reached, standing: Stand, said: Assessment) -> Assessment:
    """Test the places that reach everything with bodies, best first, until enough pass."""
    robot = given.robot
    operations = thinned(ground.turning if reach.turning else ground.even, robot)
    tested: list[tuple[Placement, Screened]] = []
    failures = np.zeros(len(operations), np.int64)
    passing = 0
    most = COSTLY_SCREENED if robot.family in COSTLY else SCREENED
    for place in _spread(reach, len(operations))[:most]:
        hardest = tuple(int(o) for o in np.argsort(-failures, kind="stable"))
        test = screened(robot, operations, place.world_T_base, standing(place), hardest)
        failures[[o for o in hardest if test.margin[o] <= 0.0][:1]] += 1
        tested.append((place, test))
        passing += test.passes
        if passing >= PASSING:
            break
    counts = said.counts | {"screened": len(tested), "free": passing}
    said = replace(said, counts=counts)
    if not passing:
        return _blocked(ground, given, operations, tested, standing, said)
    place, test = max((one for one in tested if one[1].passes), key=lambda one: round(float(one[1].margin.min()), 4))
    margin = float(test.margin.min())
    return _moving(ground, given, operations, replace(place, score=margin), standing(place), said)


def _spread(reach: Reached, operations: int) -> list[Placement]:
    """Return the places that reach everything, best first, no two close to each other, then those left out."""
    first: list[Placement] = []
    later: list[Placement] = []
    for index, margin in zip(reach.best, reach.margin, strict=True):
        place = Placement(
            mount=reach.mount[index], world_T_base=reach.world_T_base[index], score=float(margin), reached=operations
        )
        near = (np.linalg.norm(place.world_T_base[:3, 3] - other.world_T_base[:3, 3]) < _WIDE for other in first)
        (later if any(near) else first).append(place)
    return [*first, *later]


def _blocked(
    ground: Ground, given: Given, operations: tuple[Samples, ...], tested: list[tuple[Placement, Screened]],
    standing: Stand, said: Assessment,
) -> Assessment:  # fmt: skip
    """Return why no tested place passes, measured at the one of the first few where most operations pass."""
    whole = [(place, screened(given.robot, operations, place.world_T_base, standing(place))) for place, _ in tested[:3]]
    place, test = max(whole, key=lambda one: (int((one[1].margin > 0.0).sum()), one[1].home >= 0))
    failing = np.flatnonzero(test.margin <= 0.0)
    if len(failing):
        reason = collision_reason(ground, given, place, standing(place), int(failing[0]))
    else:
        reason = home_reason(given, place, standing(place))
    return replace(said, reason=reason, place=place)


def _moving(
    ground: Ground, given: Given, operations: tuple[Samples, ...], place: Placement, standing: Standing,
    said: Assessment,
) -> Assessment:  # fmt: skip
    """Add what the strokes ask of the joints at a place, and a lower bound on the time between them."""
    robot = given.robot
    ends: list[Array] = []
    needed = np.zeros(robot.dof)
    for samples, operation in zip(operations, ground.work.operations, strict=True):
        q = _followed(robot, samples, inv(place.world_T_base), standing)
        if len(q) < 2:
            continue
        ends.append(q[[0, -1]])
        toolpath = operation.alternatives[0]
        seconds = sum(length(s) / s.speed for s in toolpath.segments if s.role == "process")
        needed = np.maximum(needed, np.abs(np.diff(q[1:-1], axis=0)).max(0, initial=0.0) * max(1, len(q) - 3) / seconds)
    speed = np.asarray(robot.speed)
    air = None if np.isnan(speed).any() or not ends else _tour(np.asarray(given.homes)[0], ends, speed)
    return replace(
        said, place=replace(place, world_T_base=frozen(place.world_T_base)), margin=place.score, air_time=air,
        joint_speed=tuple(round(float(v), 6) for v in needed),
    )  # fmt: skip


def _followed(robot: Robot, samples: Samples, base_T_world: Array, standing: Standing) -> Array:
    """Return positions (s, dof) along an operation in the posture with most margin that is free, (0, dof) if none."""
    if samples.turning:
        return np.zeros((0, robot.dof))
    branches = solve(robot.chain, base_T_world @ samples.world_T_flange)
    q = np.asarray(branches.q).reshape(samples.runs, samples.samples, -1, robot.dof)
    margin = branch_margins(robot, branches).reshape(q.shape[:3]).min(1)
    for flat in np.argsort(-np.round(margin.ravel() / _QUANTUM), kind="stable")[:_FOLLOWED]:
        run, branch = divmod(int(flat), margin.shape[1])
        if margin[run, branch] > 0.0 and bool(standing.working.free(q[run, :, branch]).all()):
            return q[run, :, branch]
    return np.zeros((0, robot.dof))


_FOLLOWED = 60


def _tour(home: Array, ends: list[Array], speed: Array) -> float:
    """Return the time of a tour over all strokes at full joint speed, the nearest one next [s]."""
    left, here, total = list(range(len(ends))), home, 0.0
    while left:
        ways = [float((np.abs(ends[i][0] - here) / speed).max()) for i in left]
        k = int(np.argmin(np.round(ways, 4)))
        total += ways[k]
        here = ends[left.pop(k)][1]
    return total + float((np.abs(home - here) / speed).max())
