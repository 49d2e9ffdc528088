"""What a job gives before the robot has a place, and the cell that comes of it at one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..cache import remembered
from ..cell import Body, Cell, Positioner, Tool
from ..collision.blocking import Scene
from ..collision.fast import Checker, body_names, make_mover, make_scene, random_joints, turned_bodies
from ..collision.judge import overlapping
from ..collision.own_range import own_ranges, within
from ..errors import InfeasibleError
from ..findings import Finding
from ..geometry import Array, frozen
from ..job.model import Job
from ..parts.model import Part
from ..paths.entry import no_entry
from ..placement.model import CARRIERS, Placement, pedestal
from ..placement.samples import ToolFree
from ..placement.screening import Standing
from ..processes.work import Operation, Work
from ..robots.beside import arm_of
from ..robots.home import postures
from ..robots.model import Robot
from ..scene import job_bodies, job_part, job_positioner, job_robot, job_tool, job_work, world_T_part
from ..shapes import bounds, moved
from .fitting import fits
from .reasons import narrowed, refusal

Progress = Callable[[str, float], None]
"""Is told what is being done and which share of the whole is done."""

_SEED = 1
_SAMPLES = 60
_FOCUS = 0.06  # the fine field reaches this far round the part [m]
NOWHERE = Placement(mount="floor", world_T_base=frozen(np.eye(4)), score=0.0, reached=0)
"""Stands for a place where none is asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """What does not depend on where the robot stands.

    Attributes:
        work: without the seams that were found and cannot be made; those are ``closed``, with why in ``refused``.
        homes: (k, dof) where the robot may wait, best first: the job's, else the robot's own and standard postures.
        positioner: what the part is clamped on; None where it stands still.
        own: pairs of the robot's own bodies that are not judged, with the reason.
    """

    job: Job
    part: Part
    robot: Robot
    tool: Tool
    work: Work
    bodies: tuple[Body, ...]
    frames: dict[str, Array]
    scene: Scene
    homes: Array
    positioner: Positioner | None = None
    own: tuple[tuple[str, str, str], ...] = ()
    refused: tuple[Finding, ...] = ()
    closed: tuple[Operation, ...] = ()


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
    near = focus(bodies)
    positioner = job_positioner(job, part)
    # what its last axis carries is what all else is seen from
    still = bodies if positioner is None else tuple(body for body in bodies if body.name in positioner.carries[-1])
    scene = remembered("scene", (still, near), lambda: make_scene(still, focus=near))
    given = Given(
        job=job, part=part, robot=robot, tool=tool, work=work, bodies=bodies, frames=frames, scene=scene,
        homes=homes(job, robot), positioner=positioner,
    )  # fmt: skip
    # pairs that overlap wherever the arm is, which no place changes
    own = overlapping(make_cell(given, NOWHERE), random_joints(robot, _SAMPLES, seed=_SEED))
    return _kept_apart(replace(given, own=own))


def _kept_apart(given: Given) -> Given:
    """Return what is given with the robot's limits where its own bodies stay apart, and a finding for each."""
    robot = given.robot
    cell = make_cell(given, NOWHERE)
    inputs = (
        robot.chain, robot.lower, robot.upper, robot.geometry, robot.allowed, cell.tool, cell.allowed, cell.home,
    )  # fmt: skip
    ranges, unjudged = remembered("own-range", inputs, lambda: own_ranges(cell))
    lower, upper = within(robot.lower, robot.upper, ranges)
    homes = given.homes[((given.homes >= lower) & (given.homes <= upper)).all(1)]
    findings = tuple(narrowed(robot.chain.joints[one.joint], one) for one in ranges)
    robot = replace(robot, lower=frozen(lower), upper=frozen(upper), findings=(*robot.findings, *findings))
    return replace(given, robot=robot, homes=frozen(homes), own=(*given.own, *unjudged))


def homes(job: Job, robot: Robot) -> Array:
    """Return where the robot may wait (k, dof), best first."""
    arm, rest = arm_of(robot), robot.home[: robot.beside]
    positions = np.array([job.home]) if job.home is not None else postures(arm.chain, arm.lower, arm.upper)
    if job.home is None:
        positions = np.concatenate([arm.home[None], positions])
    return frozen(np.concatenate([np.tile(rest, (len(positions), 1)), positions], 1))


def enterable(given: Given, standing: Standing, progress: Progress) -> Given:
    """Return what is given without the seams that no arm's tool can enter.

    A seam that was found by itself is left out with a warning; one that the job names is an error.

    Args:
        standing: the fast checks at any place: the arm is not asked.

    Raises:
        InfeasibleError: the tool cannot enter a named seam, or none at all.
    """
    progress("trying the tool on every seam", 0.17)
    cell = make_cell(given, NOWHERE)
    closed = {i: no_entry(cell, operation, standing.working) for i, operation in enumerate(given.work.operations)}
    refused = {
        i: refusal(given.job, given.work.operations[i], entry) for i, entry in closed.items() if entry is not None
    }
    named = tuple(finding for finding in refused.values() if finding.severity == "error")
    if named or len(refused) == len(closed):
        first = next(iter(refused.values()))
        where = given.job.where(*given.work.operations[next(iter(refused))].key)
        findings = named or tuple(refused.values())
        raise InfeasibleError(first.what, findings=findings, fix=first.fix, where=where)
    return without(given, refused)


def without(given: Given, refused: Mapping[int, Finding]) -> Given:
    """Return what is given without some operations, by index; each with the finding that says why."""
    operations, precedence = given.work.operations, given.work.precedence
    kept = [i for i in range(len(operations)) if i not in refused]
    work = Work(
        operations=tuple(operations[i] for i in kept),
        precedence=tuple((kept.index(a), kept.index(b)) for a, b in precedence if a in kept and b in kept),
    )
    return replace(
        given,
        work=work,
        refused=(*given.refused, *refused.values()),
        closed=(*given.closed, *(operations[i] for i in refused)),
    )


def make_cell(given: Given, place: Placement, home: int = 0) -> Cell:
    """Return the cell with the robot at a place, waiting at one of its homes."""
    job = given.job
    column = pedestal(place.mount, place.world_T_base)
    name = CARRIERS.get(place.mount, "")
    extra = (Body(name=name, kind="pedestal", shapes=column, world_T_body=frozen(np.eye(4))),) if column else ()
    return Cell(
        robot=given.robot,
        world_T_base=frozen(place.world_T_base),
        tool=given.tool,
        frames=given.frames,
        bodies=(*given.bodies, *extra),
        home=frozen(given.homes[home]),
        clearance=job.clearance,
        tool_clearance=job.tool_clearance,
        allowed=(*_allowed(given, name if column else None), *given.own),
        positioner=given.positioner,
    )


def stand(given: Given, *, kept: bool = True) -> Callable[[Placement], Standing]:
    """Return what gives the fast checks at a place: made once a height, for a robot moves with its column.

    Args:
        kept: the robot's balls are kept for the next job, and found there if they were.
    """
    made: dict[tuple[object, ...], Standing] = {}

    def standing(place: Placement) -> Standing:
        key: tuple[object, ...] = (place.mount, float(place.world_T_base[2, 3]))
        if given.positioner is not None:  # what turns about its axes is seen from the base too
            key = (place.mount, place.world_T_base.tobytes())
        if key not in made:
            cell = make_cell(given, place)
            working, moving = (_checker(given, cell, working, kept) for working in (True, False))
            made[key] = Standing(working=working, moving=moving, homes=given.homes)
        return made[key].at(place.world_T_base)

    return standing


def _checker(given: Given, cell: Cell, working: bool, kept: bool) -> Checker:
    """Return the fast check of a cell; where ``kept``, its robot's balls are those made for the same robot before."""
    if not kept:
        return Checker(scene=given.scene, mover=make_mover(cell, working=working), names=body_names(cell))
    robot = given.robot
    turned = [(b.name, b.kind, b.shapes, link, np.round(link_T, 9)) for b, link, link_T in turned_bodies(cell)]
    inputs = (
        robot.chain, robot.lower, robot.upper, robot.geometry, robot.allowed, cell.tool, cell.allowed,
        cell.clearance, cell.tool_clearance, turned, cell.positioner, working,
    )  # fmt: skip
    mover = remembered("mover", inputs, lambda: make_mover(cell, working=working))
    return Checker(scene=given.scene, mover=mover, names=body_names(cell))


def tool_free(standing: Standing) -> ToolFree:
    """Return what tells where the tool itself is free, whatever arm carries it."""
    checkers = {True: standing.working, False: standing.moving}

    def free(world_T_flange: Array, working: bool) -> NDArray[np.bool_]:
        return checkers[working].tool_blocked_by(world_T_flange) < 0

    return free


def _allowed(given: Given, carrier: str | None) -> tuple[tuple[str, str, str], ...]:
    links = given.robot.chain.links
    tools = [f"tool.{body.name}" for body in given.tool.bodies]
    parts = [body.name for body in given.bodies if body.kind == "part"]
    floors = [body.name for body in given.bodies if body.kind == "floor"]
    working = [f"tool.{body.name}" for body in given.tool.bodies if body.working]
    base = links[given.robot.beside]
    return (
        *((base, name, "the robot stands there") for name in (*floors, *([carrier] if carrier else []))),
        *((links[-1], name, "the tool is mounted there") for name in tools),
        *((name, part, "the working end of the tool meets its seam") for name in working for part in parts),
        *_jointed(given.positioner),
    )


def _jointed(positioner: Positioner | None) -> tuple[tuple[str, str, str], ...]:
    """Return the pairs of a positioner's own bodies that one of its axes joins."""
    if positioner is None:
        return ()
    joined = "an axis of the positioner joins them"
    return tuple((a, b, joined) for low, high in pairwise(positioner.own) for a in low for b in high)


def focus(bodies: tuple[Body, ...]) -> Array:
    """Return the box (2, 3) round the part in which distances are measured finely [m]."""
    boxes = [bounds(moved(shape, body.world_T_body)) for body in bodies if body.kind == "part" for shape in body.shapes]
    low, high = np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)
    return np.stack([low - _FOCUS, high + _FOCUS])
