"""A plan, with what takes long started first: the part is read, and kernels compile, while engines load."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..ahead import compiling
from ..job.model import Job
from ..scene import job_part

if TYPE_CHECKING:
    from .model import Plan

Progress = Callable[[str, float], None]
"""Is told what is being done and which share of the whole is done."""


def plan(job: Job, *, progress: Progress = lambda _what, _share: None) -> Plan:
    """Return the plan of the first placement that proves.

    Args:
        job: as read.
        progress: is told what is being done and which share of the whole is done.

    Raises:
        JobError: the job does not fit the part or the robot it names.
        InputError: a file that the job names cannot be read.
        InfeasibleError: no placement does the job; its findings say what is in the way.
    """
    with compiling() as compiled, ThreadPoolExecutor(1) as pool:
        part = pool.submit(job_part, job)  # in a process of its own, and kept for the planner
        progress("loading the engines", 0.0)
        from .stages import plan as make

        progress("reading the part", 0.01)
        part.result()
        compiled(lambda n, all_: progress(f"compiling the kernels for this machine, once ({n} of {all_})", 0.02))
    return make(job, progress=progress)
