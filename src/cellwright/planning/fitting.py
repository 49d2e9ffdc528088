"""Does a job fit the files and the robot that it names? What can be known without planning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ..errors import CellwrightError, JobError
from ..findings import Finding
from ..job.model import Job
from ..processes.work import Work
from ..robots.beside import arm_of
from ..robots.model import Robot
from ..scene import job_bodies, job_part, job_robot, job_tool, job_work

T = TypeVar("T")


def check(job: Job) -> tuple[Finding, ...]:
    """Return what there is to say about the part of a job whose files, seams, edges and joint positions are all there.

    Raises:
        JobError: with everything that is wrong: robot, part and meshes that cannot be read, seams and edges that the
            part does not have, joint positions that the robot does not have.
    """
    problems: list[CellwrightError] = []

    def tried(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except JobError as error:
            problems.extend(error.problems)
        except CellwrightError as error:
            problems.append(error)
        return None

    robot = None if job.candidates else tried(lambda: job_robot(job))
    part = tried(lambda: job_part(job))
    tried(lambda: job_tool(job))
    work = None
    if part is not None:
        work = tried(lambda: job_work(job, part))
        tried(lambda: job_bodies(job, part))
    if robot is not None:
        tried(lambda: fits(job, robot, work))
    if problems:
        raise JobError(sorted(problems, key=lambda p: (p.where.line if p.where else 0, str(p.where))))
    return part.findings if part is not None else ()


def fits(job: Job, robot: Robot, work: Work | None = None) -> None:
    """Refuse joint positions that the robot does not have, and via points after operations that are not there.

    Args:
        job: as read.
        robot: that it names.
        work: its operations; None where they are not known, so that nothing is said of them.

    Raises:
        JobError: with every one of them.
    """
    problems: list[CellwrightError] = []
    robot = arm_of(robot)
    given = [(("home",), job.home)] if job.home is not None else []
    positions = [*given, *((("via", i, "q"), via.q) for i, via in enumerate(job.via))]
    for key, q in positions:
        if len(q) != robot.dof:
            what = f"{len(q)} joint positions, but {robot.key} has {robot.dof} joints"
            problems.append(CellwrightError(what, fix="give one position a joint", where=job.where(*key)))
            continue
        for i in np.flatnonzero((q < robot.lower) | (q > robot.upper)):
            low, high = np.rad2deg(robot.lower[i]), np.rad2deg(robot.upper[i])
            what = f"{np.rad2deg(q[i]):.1f} deg is outside the limits of {robot.chain.joints[i]}"
            fix = f"between {low:.1f} and {high:.1f} deg"
            problems.append(CellwrightError(what, fix=fix, where=job.where(*key, int(i))))
    names = [operation.name for operation in work.operations] if work is not None else []
    for i, via in enumerate(job.via if work is not None else ()):
        if via.after is not None and via.after not in names:
            what, fix = f"no operation {via.after!r}", f"one of {', '.join(names)}"
            problems.append(CellwrightError(what, fix=fix, where=job.where("via", i, "after")))
    if problems:
        raise JobError(problems)
