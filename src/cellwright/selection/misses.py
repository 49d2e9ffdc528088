"""By how little a robot misses a job, measured at the place where it comes nearest to doing it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..collision.judge import judge
from ..geometry import Array, inv
from ..kinematics.inverse import solve
from ..kinematics.turns import limit_margin
from ..placement.margins import best_margins, branch_margins
from ..placement.model import Placement
from ..placement.samples import Samples
from ..placement.screening import Standing
from ..placement.search import Stand
from ..planning.given import Given, make_cell
from ..robots.model import Robot
from ..units import mm
from .bounds import degrees
from .ground import Ground
from .model import Reason
from .reaching import COSTLY, Reached, stands, thinned

PLACES = 4
"""Places that are measured at most."""

FAILING = 4
"""Operations that are measured at most at each of them."""

_QUANTUM = 1e-6
_LABELLED = ("opw", "three_parallel", "scara", "palletiser_4")  # a branch keeps its index along a run
_ASKED = 4  # positions in collision that are measured exactly at most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Miss:
    """One operation at one place: outside limits by ``limit`` [rad or m] at ``joint``, or out of reach by ``short``."""

    operation: int
    short: float
    limit: float
    joint: int

    @property
    def cost(self) -> tuple[float, float]:
        return (round(self.short, 6), round(self.limit, 6))


def kinematic_reason(ground: Ground, robot: Robot, found: Reached, standing: Stand) -> tuple[Reason, Placement]:
    """Return why a robot reaches everything from no place on which its foot stands free, and the nearest such place."""
    done = (found.bound > 0.0).sum(1)
    sizes = np.minimum(found.bound, 0.0).sum(1)
    order = np.lexsort((-np.round(sizes, 4), -done))
    free = order[stands(standing, found.mount, found.world_T_base, order)]
    share = 2 if robot.family in COSTLY else 1
    places = [int(i) for i in free[: PLACES // share]]
    if not places:
        return Reason(
            code="standing", what=f"its foot stands free at none of the {len(order)} places round the work",
            fix="room nearer to the part, or another mount",
        ), _at(found, int(order[0]))  # fmt: skip
    operations = ground.even  # every turn, of arms that were asked for a few as well
    measured: list[tuple[tuple[float, float], int, _Miss]] = []
    for place in places:
        base_T_world = inv(found.world_T_base[place])
        bound = found.bound[place]
        if robot.family in COSTLY:  # there it may be that of the arm that stands in
            (bound,) = best_margins(robot, ground.middle, found.world_T_base[[place]])
        failing = np.flatnonzero(bound <= 0.0)
        asked = failing if len(failing) else np.arange(len(operations))
        misses = [_miss(robot, operations[o], int(o), base_T_world) for o in asked[: FAILING // share]]
        worst = max(misses, key=lambda miss: miss.cost)
        measured.append((worst.cost, place, worst))
    _, place, miss = min(measured, key=lambda one: (one[0], one[1]))
    return _worded(ground, robot, miss), _at(found, place)


def _at(found: Reached, place: int) -> Placement:
    done = int((found.bound[place] > 0.0).sum())
    return Placement(mount=found.mount[place], world_T_base=found.world_T_base[place], score=-1.0, reached=done)


def collision_reason(ground: Ground, given: Given, place: Placement, standing: Standing, failing: int) -> Reason:
    """Return what is in the way of an operation that the arm reaches at a place, measured by the exact engine."""
    name = ground.work.operations[failing].name
    samples = thinned((ground.even[failing],), given.robot)[0]
    branches = solve(given.robot.chain, inv(place.world_T_base) @ samples.world_T_flange)
    margin = branch_margins(given.robot, branches)
    row, branch = np.nonzero(margin > 0.0)
    q = np.asarray(branches.q)[row, branch]
    codes = standing.working.blocked_by(q)
    by_sample = [(samples.sample[row] == k) for k in range(samples.samples)]
    stuck = [k for k, mine in enumerate(by_sample) if mine.any() and (codes[mine] >= 0).all()]
    mine = by_sample[stuck[0]] if stuck else np.ones(len(q), np.bool_)
    blocked = codes[mine & (codes >= 0)]
    if not len(blocked):
        return Reason(
            code="collision", what=f"no posture follows {name} from end to end free of collision",
            fix="another place for what stands around, or a slimmer tool", operation=name,
        )  # fmt: skip
    return _nearest(
        given, place, q[mine & (codes >= 0)], standing.working.name(int(np.bincount(blocked).argmax())), name
    )


def home_reason(given: Given, place: Placement, standing: Standing) -> Reason:
    """Return what is in the way of every position in which the robot may wait."""
    code = int(standing.moving.blocked_by(np.asarray(given.homes)[:1])[0])
    body = standing.moving.name(code) if code >= 0 else "a link"
    return Reason(
        code="home", what=f"no position to wait in is free at {place}: {body} is in the way", fix="give a `home`"
    )


def _nearest(given: Given, place: Placement, q: Array, body: str, name: str) -> Reason:
    """Return the reason with the pair that is least in each other's way, over positions (n, dof)."""
    cell = make_cell(given, place)
    rows = q[np.unique(np.linspace(0, len(q) - 1, min(len(q), _ASKED)).astype(np.int64))]
    wanted = max(cell.clearance, cell.tool_clearance)
    links = {link.link for link in cell.robot.geometry}
    least: tuple[float, tuple[str, str]] | None = None
    for one in rows:  # in the best of the postures the worst of the pairs is what is in the way
        near = [n for n in judge(cell, one[None], horizon=wanted).nearest if not set(n.bodies) <= links]
        tight = [(n.distance - (cell.tool_clearance if n.at_work else cell.clearance), n.bodies) for n in near]
        worst = min(tight, default=(0.0, (body, "itself")))
        if least is None or worst[0] > least[0]:
            least = worst
    gap, bodies = least if least is not None else (0.0, (body, "something"))
    if gap >= 0.0:
        return Reason(
            code="clearance", what=f"at {name} the search's balls leave no room for {body}, though nothing touches",
            fix="plan it by name: the judge is exact where the search is cautious", operation=name, bodies=(body,),
        )  # fmt: skip
    clear = cell.tool_clearance if bodies[0].startswith("tool.") else cell.clearance
    touching = gap <= -clear
    how = f"collides with {bodies[1]}" if touching else f"comes {mm(-gap):.1f} mm too near to {bodies[1]}"
    what = f"at {name} {bodies[0]} {how} in the best posture"
    fix = f"{'more than ' if touching else ''}{mm(-gap):.0f} mm more room between {bodies[0]} and {bodies[1]}"
    return Reason(code="collision", what=what, fix=fix, amount=-gap, unit="m", operation=name, bodies=bodies)


def _miss(robot: Robot, samples: Samples, operation: int, base_T_world: Array) -> _Miss:
    """Return the smallest miss over an operation's runs and branches, each as bad as its worst sample."""
    if not len(samples.run):
        return _Miss(operation=operation, short=np.inf, limit=np.inf, joint=0)
    branches = solve(robot.chain, base_T_world @ samples.world_T_flange)
    q = np.asarray(branches.q)
    room = limit_margin(q, robot.lower, robot.upper, sliding=robot.chain.prismatic)
    none = np.isnan(room).any(-1)
    room = np.where(np.isnan(room), 0.0, room)
    joint = room.argmin(-1)
    limit = np.maximum(0.0, -np.take_along_axis(room, joint[..., None], -1)[..., 0])
    short = np.where(none, np.where(np.isfinite(branches.miss), branches.miss, np.inf), 0.0)
    cost = np.where(short > 0.0, 1e3 + short, limit)  # who is out of reach is worse off than who is out of limits
    groups = samples.run * samples.samples + samples.sample
    if robot.family not in _LABELLED:
        keep = cost.argmin(1)[:, None]
        cost, limit, short, joint = (np.take_along_axis(a, keep, 1) for a in (cost, limit, short, joint))
    best, chosen = np.inf, (0, 0)
    for run in range(samples.runs):
        rows = np.flatnonzero(groups // samples.samples == run)
        worst = cost[rows].max(0)
        k = int(np.argmin(np.round(worst / _QUANTUM)))
        if worst[k] < best - _QUANTUM:
            best, chosen = float(worst[k]), (int(rows[int(np.argmax(cost[rows, k]))]), k)
    return _Miss(operation=operation, short=float(short[chosen]), limit=float(limit[chosen]), joint=int(joint[chosen]))


def _worded(ground: Ground, robot: Robot, miss: _Miss) -> Reason:
    name = ground.work.operations[miss.operation].name
    if miss.short > 0.0:
        if not np.isfinite(miss.short):
            what, fix = f"no joint position holds the tool as {name} asks", "an arm of another kind"
            return Reason(code="reach", what=what, fix=fix, operation=name)
        far = mm(miss.short)
        return Reason(
            code="reach", what=f"reach {far:.0f} mm short at {name}",
            fix=f"an arm {far:.0f} mm longer at least, or {name} as much nearer to the rest",
            amount=miss.short, unit="m", operation=name,
        )  # fmt: skip
    joint = robot.chain.joints[miss.joint]
    if miss.limit > 0.0:
        slides = bool(robot.chain.prismatic[miss.joint])
        far = f"{mm(miss.limit):.0f} mm" if slides else degrees(miss.limit)
        return Reason(
            code="joint-limit", what=f"J{miss.joint + 1} ({joint}) {far} beyond its limit at {name}",
            fix=f"{far} more travel of J{miss.joint + 1}, or {name} turned by as much",
            amount=miss.limit, unit="m" if slides else "rad", operation=name,
        )  # fmt: skip
    return Reason(
        code="continuity", what=f"each pose of {name} is reached, but not all in one posture from one place",
        fix=f"weld {name} in two pieces, or from a second place", operation=name,
    )  # fmt: skip
