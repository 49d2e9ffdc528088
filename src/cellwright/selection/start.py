"""A plan of any job: the robot is chosen first where the job leaves it open."""

from __future__ import annotations

from ..errors import InfeasibleError
from ..findings import Finding
from ..job.model import Job
from ..planning.model import Plan
from ..planning.start import Progress
from ..planning.start import plan as plan_named
from .model import Selection


def plan(job: Job, *, progress: Progress = lambda _what, _share: None) -> Plan:
    """Return the plan of the first placement that proves, with the robot that does it best where the job says `auto`.

    Args:
        job: as read.
        progress: is told what is being done and which share of the whole is done.

    Raises:
        JobError: the job does not fit the part or the robot it names.
        InputError: a file that the job names cannot be read.
        InfeasibleError: no placement, or no robot, does the job; its findings say what is in the way.
    """
    if not job.candidates:
        return plan_named(job, progress=progress)
    from .select import select

    selection = select(job, progress=lambda what, share: progress(what, 0.8 * share))
    if selection.chosen is None:
        raise none_does(job, selection)
    return plan_named(job.named(selection.chosen.key), progress=progress)


def none_does(job: Job, selection: Selection) -> InfeasibleError:
    """Return the error for a job that none of the robots does, with the reason of each."""
    findings = tuple(
        Finding(
            code="robot-rejected", severity="error", what=f"{one.candidate.key}: {reason.what}", fix=reason.fix,
            value=reason.amount, unit=reason.unit,
        )
        for one, reason in selection.rejected
    )  # fmt: skip
    what = f"none of {len(selection.rejected)} robots does the job"
    return InfeasibleError(what, findings=findings, fix="see what each of them misses", where=job.where("robot"))
