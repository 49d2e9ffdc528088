"""Planning: the stages from a job to a plan, placement after placement until one proves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..cache import remembered
from ..cell import Body, Cell, Tool
from ..checks import check
from ..collision.blocking import Scene
from ..collision.fast import Checker, make_checker, make_scene, random_joints
from ..collision.judge import judge, overlapping
from ..errors import InfeasibleError, NoPathError, UnreachableError
from ..findings import Finding
from ..geometry import Array, frozen
from ..job.model import AutoBase, FixedBase, Job
from ..motion.timing import time_path
from ..order import find_order
from ..parts.model import Part
from ..paths.entry import no_entry
from ..paths.joining import Via, find_path
from ..paths.obstructions import Obstruction
from ..paths.strokes import Stroke, find_strokes
from ..placement import Mount, Placement, pedestal, placements, score
from ..processes.work import Operation, Work
from ..robots.model import Robot
from ..scene import job_bodies, job_part, job_robot, job_tool, job_work, world_T_part
from ..shapes import bounds, moved
from .fitting import fits
from .model import Attempt, Plan
from .reasons import closed_ends, infeasible, inside, obstructed, refusal

Progress = Callable[[str, float], None]
"""Is told what is being done and which share of the whole is done."""

PLACEMENTS = 40
SEED = 1
_SAMPLES = 60
_FOCUS = 0.06  # the fine field reaches this far round the part [m]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """What does not depend on where the robot stands."""

    job: Job
    part: Part
    robot: Robot
    tool: Tool
    work: Work
    bodies: tuple[Body, ...]
    frames: dict[str, Array]
    scene: Scene
    refused: tuple[Finding, ...] = ()
    closed: tuple[Operation, ...] = ()


def plan(job: Job, *, progress: Progress = lambda _what, _share: None) -> Plan:
    """Return the first placement's plan that proves.

    Raises:
        JobError: the job does not fit the robot it names.
        InfeasibleError: no placement does the job; its findings say what is in the way.
    """
    given = _enterable(read(job, progress=progress), progress)
    progress("looking for places for the robot's base", 0.20)
    places = _places(given)
    tried: list[Attempt] = []
    reasons: list[Finding] = []
    hardest: list[int] = []
    for i, place in enumerate(places):
        share = 0.25 + 0.70 * i / len(places)

        def tell(what: str, part: float, *, start: float = share, label: str = str(place)) -> None:
            progress(f"{what}: {label}", start + (1.0 - start) * part)

        try:
            made = _plan_at(given, place, tried, hardest, tell)
        except InfeasibleError as error:
            tried.append(Attempt(placement=str(place), reason=error.problem))
            reasons += [f for f in error.findings if f not in reasons]
            continue
        if made.ok or i == len(places) - 1:
            progress("done", 1.0)
            return made
        errors = [f for f in made.findings if f.severity == "error"]
        if len(places) == 1 or all(f.code == "takt" for f in errors):
            progress("done", 1.0)
            return made
        tried.append(Attempt(placement=str(place), reason="; ".join(f.what for f in errors)))
        reasons += [f for f in errors if f not in reasons]
    raise infeasible(given.job, given.robot.key, tried, reasons)


def read(job: Job, *, progress: Progress = lambda _what, _share: None) -> Given:
    """Return everything that the job names, read and turned into values."""
    progress("reading the robot", 0.01)
    robot = job_robot(job)
    progress("reading the part", 0.03)
    part = job_part(job)
    tool, work, bodies = job_tool(job), job_work(job, part), job_bodies(job, part)
    fits(job, robot, work)
    frames = {"part": frozen(world_T_part(job, part))}
    progress("measuring the space around the part", 0.10)
    focus = _focus(bodies)
    scene = remembered("scene", (bodies, focus), lambda: make_scene(bodies, focus=focus))
    return Given(job=job, part=part, robot=robot, tool=tool, work=work, bodies=bodies, frames=frames, scene=scene)


def _enterable(given: Given, progress: Progress) -> Given:
    """Return what is given without the seams that no arm's tool can enter.

    A seam that was found by itself is left out with a warning; one that the job names is an error.

    Raises:
        InfeasibleError: the tool cannot enter a named seam, or none at all.
    """
    progress("trying the tool on every seam", 0.17)
    cell = _bare_cell(given, Placement(mount="floor", world_T_base=np.eye(4), score=0.0, reached=0))
    checker = make_checker(cell, given.scene, working=True)
    closed = {i: no_entry(cell, operation, checker) for i, operation in enumerate(given.work.operations)}
    refused = {
        i: refusal(given.job, given.work.operations[i], entry) for i, entry in closed.items() if entry is not None
    }
    named = tuple(finding for finding in refused.values() if finding.severity == "error")
    if named or len(refused) == len(closed):
        first = next(iter(refused.values()))
        where = given.job.where(*given.work.operations[next(iter(refused))].key)
        findings = named or tuple(refused.values())
        raise InfeasibleError(first.what, findings=findings, fix=first.fix, where=where)
    kept = [i for i in closed if i not in refused]
    work = Work(
        operations=tuple(given.work.operations[i] for i in kept),
        precedence=tuple((kept.index(a), kept.index(b)) for a, b in given.work.precedence if a in kept and b in kept),
    )
    left_out = tuple(given.work.operations[i] for i in refused)
    return replace(given, work=work, refused=tuple(refused.values()), closed=left_out)


def make_cell(given: Given, place: Placement) -> Cell:
    """Return the cell with the robot at a place."""
    cell = _bare_cell(given, place)
    return replace(cell, allowed=(*cell.allowed, *overlapping(cell, random_joints(given.robot, _SAMPLES, seed=SEED))))


def _bare_cell(given: Given, place: Placement) -> Cell:
    job, robot = given.job, given.robot
    column = pedestal(place.mount, place.world_T_base)
    extra = (Body(name="pedestal", kind="pedestal", shapes=column, world_T_body=frozen(np.eye(4))),) if column else ()
    return Cell(
        robot=robot,
        world_T_base=frozen(place.world_T_base),
        tool=given.tool,
        frames=given.frames,
        bodies=(*given.bodies, *extra),
        home=frozen(robot.home if job.home is None else job.home),
        clearance=job.clearance,
        tool_clearance=job.tool_clearance,
        allowed=_allowed(given, bool(column)),
    )


def _focus(bodies: tuple[Body, ...]) -> Array:
    boxes = [bounds(moved(shape, body.world_T_body)) for body in bodies if body.kind == "part" for shape in body.shapes]
    low, high = np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)
    return np.stack([low - _FOCUS, high + _FOCUS])


def _places(given: Given) -> tuple[Placement, ...]:
    base, robot, tcp = given.job.base, given.robot, given.tool.flange_T_tcp
    if isinstance(base, FixedBase):
        return (score(robot, tcp, given.work, given.frames, (base.mount, frozen(base.matrix))),)
    mounts: tuple[Mount, ...] = base.mount if isinstance(base, AutoBase) else ("floor", "pedestal")
    found = placements(robot, tcp, given.work, given.frames, given.scene, mounts=mounts, count=PLACEMENTS)
    if not found:
        raise InfeasibleError(
            "the robot's foot stands free nowhere near the part",
            fix="move obstacles away from the part, or allow another mount",
            where=given.job.where("base"),
        )
    return found


def _allowed(given: Given, on_pedestal: bool) -> tuple[tuple[str, str, str], ...]:
    links = given.robot.chain.links
    tools = [f"tool.{body.name}" for body in given.tool.bodies]
    parts = [body.name for body in given.bodies if body.kind == "part"]
    floors = [body.name for body in given.bodies if body.kind == "floor"]
    working = [f"tool.{body.name}" for body in given.tool.bodies if body.working]
    return (
        *((links[0], name, "the robot stands there") for name in (*floors, *(["pedestal"] if on_pedestal else []))),
        *((links[-1], name, "the tool is mounted there") for name in tools),
        *((name, part, "the working end of the tool meets its seam") for name in working for part in parts),
    )


def _plan_at(given: Given, place: Placement, tried: list[Attempt], hardest: list[int], tell: Progress) -> Plan:
    """Return the plan at one place, or raise why there is none there."""
    job, work = given.job, given.work
    cell = make_cell(given, place)
    working, moving = (make_checker(cell, given.scene, working=w) for w in (True, False))
    _home_is_free(cell, moving)
    choices = _choices(given, cell, working, moving, hardest, tell)
    tell("ordering the seams", 0.45)
    order = find_order(given.robot, cell.home, choices, work.precedence)
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
        motion = time_path(cell, path, progress=lambda s: tell("timing", 0.70 + 0.1 * s))
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
        *given.part.findings,
        *given.robot.findings,
    )
    figures = {
        **checked.figures,
        "seams_refused": float(len(given.refused)),
        "placement_score": place.score,
        "estimated_order_cost": order.cost,
        "rows_judged": float(judgement.rows),
    }
    return Plan(
        job=job, cell=cell, work=work, path=path, motion=motion, findings=findings, tried=tuple(tried), figures=figures,
        nearest=judgement.nearest, refused=given.closed,
    )  # fmt: skip


def _home_is_free(cell: Cell, checker: Checker) -> None:
    code = int(checker.blocked_by(np.asarray(cell.home)[None])[0])
    if code >= 0:
        what = f"the home position is blocked at {checker.name(code)}"
        fix = "give a `home` with more room, or another base place"
        raise InfeasibleError(
            what, findings=(Finding(code="home", severity="error", what=what, where="home", fix=fix),), fix=fix
        )


def _choices(
    given: Given, cell: Cell, working: Checker, moving: Checker, hardest: list[int], tell: Progress
) -> tuple[tuple[Stroke, ...], ...]:
    """Return the strokes of every operation; those that failed at other places are tried first, and end the place."""
    work, fixed = given.work, isinstance(given.job.base, FixedBase)
    choices: dict[int, tuple[Stroke, ...]] = {}
    findings: list[Finding] = []
    for n, i in enumerate(sorted(range(len(work.operations)), key=lambda i: (-hardest.count(i), i))):
        operation = work.operations[i]
        choices[i], obstruction = _open_strokes(given, cell, i, working, moving)
        tell("finding strokes", 0.05 + 0.40 * (n + 1) / len(work.operations))
        if obstruction is not None:
            hardest.append(i)
            findings.append(obstructed(given.job, cell, operation, obstruction, working))
            if not fixed:
                break
    if findings:
        rest = f" and {len(findings) - 1} more operations" if len(findings) > 1 else ""
        raise InfeasibleError(f"{findings[0].what}{rest}", findings=findings, fix=findings[0].fix)
    return tuple(choices[i] for i in range(len(work.operations)))


def _open_strokes(
    given: Given, cell: Cell, i: int, working: Checker, moving: Checker
) -> tuple[tuple[Stroke, ...], Obstruction | None]:
    """Return the strokes of an operation from whose both ends the arm can leave, or what is in the way."""
    strokes, obstruction = find_strokes(cell, given.work.operations[i], i, free=working.free)
    if not strokes:
        return (), obstruction
    wanted = tuple(s for s in strokes if given.job.branch in ("auto", s.branch))
    if not wanted:
        known = ", ".join(str(b) for b in sorted({s.branch for s in strokes}))
        what = f"branch {given.job.branch} does not do it; these do: {known}"
        return (), Obstruction(code="branch", what=what, amount=None, at=0.0, q=np.zeros((0, given.robot.dof)))
    ends = np.array([q for stroke in wanted for q in (stroke.q[0], stroke.q[-1])])
    free = np.asarray(moving.free(ends).reshape(-1, 2).all(1))
    open_ = tuple(s for s, ok in zip(wanted, free, strict=True) if ok)
    return open_, None if open_ else closed_ends(ends, moving)
