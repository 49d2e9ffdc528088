"""Planning: the stages from a job to a plan, placement after placement until one proves."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from ..checks import check
from ..collision.judge import judge
from ..errors import InfeasibleError, NoPathError, UnreachableError
from ..findings import Finding
from ..geometry import frozen
from ..job.model import FixedBase, Job
from ..kinematics.chain import base_T_flange
from ..motion.timing import time_path
from ..order import find_order
from ..paths.joining import Via, find_path
from ..placement.model import MOUNTS, Mount, Placement, Places
from ..placement.screening import Standing
from ..placement.search import Stand, find_places, score
from ..robots.beside import arm_of, beside_chain
from .choices import choices, largest_set, one_side, open_strokes
from .given import NOWHERE, Given, Progress, enterable, make_cell, read, stand, tool_free
from .model import Attempt, Plan
from .reasons import home_blocked, home_chosen, infeasible, inside, no_place, nowhere, obstructed
from .ways_out import helped

PLACEMENTS = 12
"""Places that are planned at most."""

SEED = 1
_SAME = 3  # places in a row with the same errors, after which no other is planned
_STOPS, _TURNED = 5, 3  # stops of a track, and of each axis of a positioner, at which a place is scored
_EXPLAINED = 4  # operations that are explained at most where no place passes


def plan(job: Job, *, progress: Progress = lambda _what, _share: None) -> Plan:
    """Return the first placement's plan that proves.

    Raises:
        JobError: the job does not fit the robot it names.
        InfeasibleError: no placement does the job; its findings say what is in the way, its fix what would help.
    """
    given = read(job, progress=progress)
    try:
        return _planned(given, progress)
    except InfeasibleError as error:
        progress("looking for what would help", 0.90)
        raise helped(error, given) from None


def _planned(given: Given, progress: Progress) -> Plan:
    job, standing = given.job, stand(given)
    given = enterable(given, standing(NOWHERE), progress)
    tried: list[Attempt] = []
    nearest: tuple[Placement, ...] = ()
    while True:
        progress("looking for places for the robot's base", 0.20)
        places = _places(given, standing)
        places = replace(places, ranked=(*nearest, *places.ranked))
        made, reasons = _first_that_proves(given, places, standing, tried, progress)
        if made is not None:
            return made
        progress("no place does every seam: looking for the most that one place does", 0.20)
        fewer = largest_set(given, places, standing)
        if fewer is None and places.ranked:
            raise infeasible(job, given.robot.key, tried, reasons)
        if fewer is None:
            raise _no_place(given, places, standing, progress)
        given, place = fewer
        nearest = () if isinstance(job.base, FixedBase) else (place,)


def _first_that_proves(
    given: Given, places: Places, standing: Stand, tried: list[Attempt], progress: Progress
) -> tuple[Plan | None, list[Finding]]:
    """Return the first place's plan that proves, or the last one with what is wrong; else why there is none."""
    reasons: list[Finding] = []
    hardest: list[int] = []
    faults: list[set[tuple[str, str]]] = []
    for i, place in enumerate(places.ranked):
        share = 0.25 + 0.70 * i / len(places.ranked)

        def tell(what: str, part: float, *, start: float = share, label: str = str(place)) -> None:
            progress(f"{what}: {label}", start + (1.0 - start) * part)

        try:
            made = _plan_at(given, place, places, standing(place), tried, hardest, tell)
        except InfeasibleError as error:
            tried.append(Attempt(placement=str(place), reason=error.problem))
            reasons += [f for f in error.findings if f not in reasons]
            continue
        errors = [f for f in made.findings if f.severity == "error"]
        faults.append({(f.code, f.where) for f in errors})
        # what is wrong at one place after the other is not the places' fault
        same = len(faults) >= _SAME and faults[-_SAME:] == [faults[-1]] * _SAME
        if i == len(places.ranked) - 1 or same or all(f.code == "takt" for f in errors):
            progress("done", 1.0)
            return made, reasons
        tried.append(Attempt(placement=str(place), reason="; ".join(f.what for f in errors)))
        reasons += [f for f in errors if f not in reasons]
    return None, reasons


def _places(given: Given, stand: Stand) -> Places:
    base, robot, tcp = given.job.base, given.robot, given.tool.flange_T_tcp
    if isinstance(base, FixedBase):
        n = robot.beside
        counts = [_STOPS if slides else _TURNED for slides in robot.chain.prismatic[:n]]
        ends = [np.linspace(a, b, k) for a, b, k in zip(robot.lower[:n], robot.upper[:n], counts, strict=True)]
        stops = np.array([*product(*ends)])  # one, empty, where nothing moves beside the arm
        world_T_bases = base.matrix @ base_T_flange(beside_chain(robot.chain, n), stops)
        scored = [
            score(arm_of(robot), tcp, given.work, given.frames, (base.mount, at), tool_free(stand(NOWHERE)))
            for at in world_T_bases
        ]
        # an arm on a track is as good as its best stop for all of the work
        place = replace(max(scored, key=lambda s: (s.reached, s.score)), world_T_base=frozen(base.matrix))
        return Places(ranked=(place,), nearest=None, failing=(), never=(), counts={})
    return _searched(given, stand, given.job.mounts)


def _searched(given: Given, stand: Stand, mounts: tuple[Mount, ...]) -> Places:
    return find_places(
        given.robot, given.tool.flange_T_tcp, given.work, given.frames,
        mounts=mounts, count=PLACEMENTS, stand=stand, tool_free=tool_free(stand(NOWHERE)),
    )  # fmt: skip


def _no_place(given: Given, places: Places, stand: Stand, progress: Progress) -> InfeasibleError:
    """Return why no place passes the cheap tests: what is in the way at the nearest one, and what would help."""
    job = given.job
    if places.nearest is None:
        return nowhere(job)
    progress("no place passes: looking for what would help", 0.60)
    cell, standing = make_cell(given, places.nearest), stand(places.nearest)
    findings: list[Finding] = []
    for i in places.failing[:_EXPLAINED]:
        _, obstruction = open_strokes(given, cell, i, standing.working, standing.moving)
        if obstruction is not None:
            findings.append(obstructed(job, cell, given.work.operations[i], obstruction, standing.working))
    if not standing.moving.free(standing.homes).any():
        findings.append(home_blocked(cell, standing.moving))
    elsewhere: dict[Mount, Placement] = {
        mount: found.ranked[0]
        for mount in MOUNTS
        if mount not in job.mounts and (found := _searched(given, stand, (mount,))).ranked
    }
    return no_place(job, given.robot.key, given.work, places, findings, elsewhere)


def _plan_at(
    given: Given, place: Placement, places: Places, standing: Standing, tried: list[Attempt], hardest: list[int],
    tell: Progress,
) -> Plan:  # fmt: skip
    """Return the plan at one place, or raise why there is none there."""
    job, work = given.job, given.work
    cell = make_cell(given, place, _home(given, place, standing))
    working, moving = standing.working, standing.moving
    strokes = choices(given, cell, working, moving, hardest, tell)
    cell, strokes = one_side(given, cell, strokes, standing)
    tell("ordering the seams", 0.45)
    order = find_order(given.robot, cell.home, strokes, work.precedence, bounded=False)
    try:
        path = find_path(
            cell,
            work,
            order.strokes,
            free=moving,
            via=tuple(Via(q=frozen(v.q), after=v.after) for v in job.via),
            seed=SEED,
            progress=lambda s: tell("finding ways between", 0.5 + 0.2 * s),
        )
        tell("timing", 0.70)
        motion = time_path(cell, path, takt=job.takt, progress=lambda s: tell("timing", 0.70 + 0.1 * s))
    except (NoPathError, UnreachableError) as error:
        code = "no-path" if isinstance(error, NoPathError) else "continuity"
        finding = Finding(code=code, severity="error", what=error.problem, where=str(place), fix=error.fix)
        raise InfeasibleError(error.problem, findings=(finding,), fix=error.fix) from None
    judgement = judge(cell, motion.q, progress=lambda s: tell("judging every distance", 0.80 + 0.2 * s))
    checked = check(cell, work, path, motion, judgement, takt=job.takt)
    findings = (
        *given.refused,
        *inside(cell, motion.q[0]),
        *checked.findings,
        *home_chosen(job, cell),
        *given.part.findings,
        *given.robot.findings,
    )
    figures = {
        **checked.figures,
        **{name: float(count) for name, count in places.counts.items()},
        "placements_tried": float(len(tried) + 1),
        "seams_refused": float(len(given.refused)),
        "placement_score": place.score,
        "estimated_order_cost": order.cost,
        "rows_judged": float(judgement.rows),
    }
    return Plan(
        job=job, cell=cell, work=work, path=path, motion=motion, findings=findings, tried=tuple(tried), figures=figures,
        nearest=judgement.nearest, refused=given.closed,
    )  # fmt: skip


def _home(given: Given, place: Placement, standing: Standing) -> int:
    """Return the first home that is free at a place.

    Raises:
        InfeasibleError: none is.
    """
    free = standing.moving.free(standing.homes)
    if free.any():
        return int(np.argmax(free))
    finding = home_blocked(make_cell(given, place), standing.moving)
    raise InfeasibleError(finding.what, findings=(finding,), fix=finding.fix)
