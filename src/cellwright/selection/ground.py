"""What is the same for every robot: the part, the tool, the work and the space around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..cache import digest
from ..cell import Body
from ..geometry import frozen
from ..job.model import Job
from ..placement.samples import Samples, sampled
from ..planning.given import NOWHERE, Given, Progress, enterable, homes, read, stand, tool_free
from ..processes.work import Work
from ..robots.model import Robot
from .model import Requirements
from .requirements import requirements


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What every robot is asked on.

    Attributes:
        given: of the job, with some robot in it.
        even: the poses that stand for each operation with one turn of the tool from end to end.
        turning: the same where the tool may turn on its way.
        middle: of ``turning`` only the sample in the middle: who does not reach it, does not do the operation.
        key: tells this ground from others.
    """

    given: Given
    requirements: Requirements
    even: tuple[Samples, ...]
    turning: tuple[Samples, ...]
    middle: tuple[Samples, ...]
    key: bytes

    @property
    def job(self) -> Job:
        """As read."""
        return self.given.job

    @property
    def work(self) -> Work:
        """The operations that the tool can enter."""
        return self.given.work

    @property
    def bodies(self) -> tuple[Body, ...]:
        """What stands still."""
        return self.given.bodies


def make_ground(job: Job, *, progress: Progress) -> Ground:
    """Return what every robot is asked on.

    Args:
        job: that names one robot, any of those to be asked: arm and home are not kept.
        progress: is told what is being done.

    Raises:
        InfeasibleError: the tool cannot enter a seam, whatever arm carries it.
    """
    given = read(job, progress=progress)
    somewhere = stand(given, kept=False)(NOWHERE)
    given = enterable(given, somewhere, progress)
    free = tool_free(somewhere)
    even, turning = (
        tuple(
            sampled(operation, given.frames, given.tool.flange_T_tcp, free, turning=turns)
            for operation in given.work.operations
        )
        for turns in (False, True)
    )
    key = digest(
        (given.work, given.tool, given.bodies, given.frames, [s.world_T_flange for s in (*even, *turning)],
         str(job.base), job.home, job.clearance, job.tool_clearance, job.takt)
    )  # fmt: skip
    return Ground(
        given=given, requirements=requirements(job, given.work), even=even, turning=turning,
        middle=tuple(_middle(samples) for samples in turning), key=key,
    )  # fmt: skip


def with_robot(ground: Ground, robot: Robot) -> Given:
    """Return what is given with another robot in it."""
    return replace(ground.given, robot=robot, homes=homes(ground.job, robot), own=())


def _middle(samples: Samples) -> Samples:
    """Return the sample in the middle alone, each of its poses a run of its own."""
    kept = np.flatnonzero(samples.sample == samples.samples // 2)
    return Samples(
        world_T_flange=frozen(samples.world_T_flange[kept]), run=np.arange(len(kept)),
        sample=np.zeros(len(kept), np.int64), runs=len(kept), samples=1, turning=False,
    )  # fmt: skip
