"""The choice of a robot: coarse to fine over every robot that the job allows, then the plans of the best."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from ..errors import InputError, named_at
from ..job.model import Job
from ..planning.given import Progress
from ..robots.catalogue import load_robot
from ..robots.listing import catalogue
from .assess import assessed
from .candidates import candidates
from .figures import Figures, read_figures
from .ground import Ground, make_ground
from .model import CRITERIA, Assessment, Candidate, Outcome, Ranked, Reason, Selection
from .planned import planned
from .ranking import WEIGHTS, ranked, scores, values, weighed
from .reaching import reachability
from .workers import Asking, Tell, asking

PLANS = 4
"""Robots that are planned in full at a time."""

ROUNDS = 3
"""Times that so many are planned, until one proves."""

_STAGES = ("considered", "within_reach", "middle", "bounded", "standing", "solved", "reaching", "screened", "free")


def select(
    job: Job, *, weights: Mapping[str, float] | None = None, plans: int = PLANS, workers: int | None = None,
    cluster: str | None = None, progress: Progress = lambda _what, _share: None,
) -> Selection:  # fmt: skip
    """Return which robot does a job best, and of every other one why it is not chosen.

    Args:
        job: its ``robot`` says what is chosen from; the whole catalogue where it names a single robot.
        weights: criterion of `model.CRITERIA` -> weight; ``ranking.WEIGHTS`` where nothing is said.
        plans: robots that are planned in full at a time, the most promising first.
        workers: processes on this machine; one a core where nothing is said.
        cluster: address of a Ray cluster that does it instead.
        progress: is told what is being done and which share of the whole is done.

    Raises:
        JobError: the job does not fit its part, or its table of figures is wrong.
        InputError: a robot or a table that it names is not there or cannot be read, a weight is of no criterion, or the
            job has a track.
        InfeasibleError: the tool cannot enter a seam, whatever arm carries it.
    """
    counted = _checked(WEIGHTS if weights is None else weights)
    if job.track is not None:
        what = "a choice of the robot does not move it along a track"
        raise InputError(what, fix="leave out `track`, or plan one robot by name", where=job.where("track"))
    robots = candidates(job)
    usable = [one for one in robots if not one.only_listed]
    if not usable:
        raise InputError("none of the robots that the job allows can be planned with", where=job.where("robot"))
    said = _said(job, robots)
    ground = make_ground(job.named(_first(usable)), progress=lambda what, share: progress(what, 0.5 * share))
    many = workers if workers is not None else os.cpu_count() or 1

    with _asking(ground, many, cluster) as all_asked:
        found = all_asked(assessed, robots, lambda n, of: progress(f"asking {of} robots: {n}", 0.1 + 0.5 * n / of))
        open_ = _promising([one for one in found if one.reason is None], counted, said)
        outcomes: dict[str, Outcome] = {}
        for first in range(0, min(len(open_), plans * ROUNDS), max(1, plans)):
            now = [one.candidate for one in open_[first : first + plans]]
            made = all_asked(planned, now, _telling(progress, first, now))
            outcomes |= {c.key: o for c, o in zip(now, made, strict=True)}
            if any(outcome.ok for outcome in outcomes.values()):
                break
    return _selection(ground, found, open_, outcomes, counted, said)


def _asking(ground: Ground, workers: int, cluster: str | None) -> AbstractContextManager[Asking]:
    if cluster is None:
        return asking(ground, workers=workers)
    from .cluster import asking as asking_there

    return asking_there(ground, address=cluster)


def _telling(progress: Progress, first: int, now: Sequence[Candidate]) -> Tell:
    names = ", ".join(candidate.key for candidate in now)
    progress(f"planning {names}", 0.6 + 0.03 * first)
    return lambda n, of: progress(f"planning {names}", 0.6 + 0.03 * first + 0.35 * n / of)


def _first(usable: Sequence[Candidate]) -> str:
    """Return the key of a robot that can be loaded: which one does not matter, the ground keeps nothing of it."""
    return next((one.key for one in usable if one.load == one.key), usable[0].key)


def _checked(weights: Mapping[str, float]) -> dict[str, float]:
    for name, weight in weights.items():
        if name not in CRITERIA:
            raise InputError(f"nothing is known as {name!r} to weigh", fix=f"one of {', '.join(CRITERIA)}")
        if not 0.0 <= weight < 1e6:
            raise InputError(f"the weight of {name} is {weight:g}", fix="give 0 or more")
    return {name: float(weights[name]) for name in CRITERIA if name in weights}


def _said(job: Job, robots: Sequence[Candidate]) -> Figures:
    """Return what the job's table says of robots; nothing where it names none."""
    if job.figures is None:
        return {}
    keys = {entry.key for entry in catalogue()} | {one.key for one in robots}
    with named_at(job.where("figures")):
        return read_figures(job.path(job.figures), keys)


def _promising(passing: Sequence[Assessment], weights: dict[str, float], said: Figures) -> list[Assessment]:
    """Return those that pass the cheap tests, the most promising first, those of unknown speed last.

    The bounds of time and margin stand for the figures of a plan; a robot of which the user says nothing that counts
    comes after those of which he does.
    """
    known = [one for one in passing if one.air_time is not None]
    given = [{name: figure.middle for name, figure in said.get(o.candidate.key, {}).items()} for o in known]
    counted = [name for name in weighed(weights) if any(name in row for row in given)]
    lacking = [any(name not in row for name in counted) for row in given]
    found = [0.0] * len(known)
    for apart in (False, True):
        mine = [i for i, lack in enumerate(lacking) if lack is apart]
        rough = [
            given[i] | {"cycle_time": 1.0 + (known[i].air_time or 0.0), "margin": max(known[i].margin or 0.0, 1e-3)}
            for i in mine
        ]
        names = {"cycle_time", "margin", *counted}
        near = {"margin": weights.get("margin", 0.0) + weights.get("robust_margin", 0.0)}
        part, _ = scores(rough, {n: w for n, w in (weights | near).items() if n in names} or {"cycle_time": 1.0})
        for i, score in zip(mine, part, strict=True):
            found[i] = score
    order = sorted(range(len(known)), key=lambda i: (lacking[i], -found[i], known[i].candidate.key))
    return [known[i] for i in order] + [one for one in passing if one.air_time is None]


def _selection(
    ground: Ground, found: Sequence[Assessment], open_: Sequence[Assessment], outcomes: Mapping[str, Outcome],
    weights: dict[str, float], said: Figures,
) -> Selection:  # fmt: skip
    proven = [(one, outcomes[one.candidate.key]) for one in open_ if one.candidate.key in outcomes]
    proven = [(one, outcome) for one, outcome in proven if outcome.ok]
    given = [said.get(one.candidate.key, {}) for one, _ in proven]
    table = [
        values(ground.requirements, one, outcome, {name: figure.middle for name, figure in mine.items()})
        for (one, outcome), mine in zip(proven, given, strict=True)
    ]
    ranking, left_out = ranked(proven, table, weights, given)
    kept = {row.key for row in ranking}
    rejected = [
        (one, one.reason or _unplanned(one, outcomes, ranking)) for one in found if one.candidate.key not in kept
    ]
    chosen = reachability(ground, load_robot(ranking[0].assessment.candidate.load)) if ranking else None
    return Selection(
        job=ground.job.name, requirements=ground.requirements, stages=_stages(found, open_, outcomes, ranking),
        ranking=ranking, rejected=tuple(rejected), weights=weights, unweighed=left_out,
        poses=sum(one.poses for one in found), reachability=chosen,
    )  # fmt: skip


def _unplanned(one: Assessment, outcomes: Mapping[str, Outcome], ranking: Sequence[Ranked]) -> Reason:
    outcome = outcomes.get(one.candidate.key)
    if outcome is not None and outcome.reason is not None:
        return outcome.reason
    if one.air_time is None:
        needs = ", ".join(f"J{i + 1} {_per_second(v)}" for i, v in enumerate(one.joint_speed) if v > 0)
        what = "it passes the cheap tests; its joint speeds are not published, so that its cycle time is unknown"
        fix = f"its data sheet's speeds; the strokes need {needs or 'no figure that was measured'}"
        return Reason(code="speed-unknown", what=what, fix=fix)
    first = ranking[0].key if ranking else "none"
    what = f"it passes the cheap tests; {len(outcomes)} more promising robots were planned ({first} is chosen)"
    return Reason(code="not-planned", what=what, fix="plan it by name, or more robots with --plans")


def _per_second(value: float) -> str:
    return f"{value * 57.29577951308232:.1f} deg/s"


def _stages(
    found: Sequence[Assessment], open_: Sequence[Assessment], outcomes: Mapping[str, Outcome], ranking: Sequence[Ranked]
) -> tuple[tuple[str, int, int], ...]:
    """Return (name, robots, placements) that each stage took."""
    usable = [one for one in found if not one.candidate.only_listed]
    listed = ("listed", len(found), 0)
    stages = [(name, [one for one in usable if one.counts.get(name)]) for name in _STAGES]
    counted = [(name, len(those), sum(one.counts[name] for one in those)) for name, those in stages]
    planned_ = ("planned", len(outcomes), len(outcomes))
    return (listed, ("with_joint_table", len(usable), 0), *counted, planned_, ("proven", len(ranking), len(ranking)))
