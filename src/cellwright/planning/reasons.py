"""Why a job cannot be done, in words: what is in the way, where in the job file, and the way out."""

from __future__ import annotations

import numpy as np

from ..cell import Cell
from ..collision.containing import contained
from ..collision.fast import Checker
from ..collision.judge import Judgement, judge
from ..errors import InfeasibleError
from ..findings import Finding
from ..geometry import Array
from ..job.model import FixedBase, Job
from ..paths.entry import NoEntry
from ..paths.obstructions import Obstruction
from ..processes.work import Operation
from .model import Attempt


def refusal(job: Job, operation: Operation, entry: NoEntry) -> Finding:
    """Return the finding for a seam that the tool cannot enter: an error where the job names it."""
    task = job.tasks[int(operation.key[1])]
    tool = entry.body.removeprefix("tool.")
    return Finding(
        code="tool-entry",
        severity="warning" if task.seams == "auto" else "error",
        what=f"{operation.name} is refused: at {entry.at * 1e3:.0f} mm no turn of the tool is free, "
        f"its {tool} is in the way of {entry.other} ({entry.distance * 1e3:.1f} mm)",
        value=entry.distance,
        limit=job.tool_clearance,
        unit="m",
        where=str(job.where(*operation.key)),
        fix="a slimmer tool, `stop_short` before corners, another `work_angle` or `push_angle`, or another seam",
    )


def closed_ends(ends: Array, moving: Checker) -> Obstruction:
    """Return what is in the way where strokes begin and end, at joint positions ``ends`` (n, dof)."""
    blockers = moving.blocked_by(ends)
    code = int(np.bincount(blockers[blockers >= 0]).argmax()) if (blockers >= 0).any() else 0
    return Obstruction(
        code="collision",
        what=f"where the tool arrives or leaves, {moving.name(code)} is too near to something",
        amount=None, at=0.0, q=ends[:0],
    )  # fmt: skip


def obstructed(
    job: Job,
    cell: Cell,
    operation: Operation,
    obstruction: Obstruction,
    checker: Checker,
) -> Finding:
    """Return the finding for an operation that cannot be made at this place, with the bodies and the way out."""
    what, fix = obstruction.what, "another base place, mount or robot"
    if obstruction.code == "collision" and len(obstruction.q):
        codes = checker.blocked_by(obstruction.q)
        codes = codes[codes >= 0]
        worst = int(np.bincount(codes).argmax()) if len(codes) else 0
        body = checker.name(worst)
        what = f"{what}; most often {body} is in the way{_against(cell, obstruction.q, body)}"
        fix = "move what is named, allow more free turn, or a slimmer tool"
    elif obstruction.code == "reach" and obstruction.amount is not None:
        fix = f"move the base or the part about {obstruction.amount * 1e3:.0f} mm nearer, or take a longer arm"
    elif obstruction.code == "joint-limit":
        fix = "turn the part or the base, or allow more free turn about the wire"
    where = job.where(*operation.key)
    return Finding(
        code=obstruction.code, severity="error", what=f"{operation.name}, {obstruction.at * 1e3:.0f} mm along: {what}",
        value=obstruction.amount, unit="rad" if obstruction.code == "joint-limit" else "m", where=str(where), fix=fix,
    )  # fmt: skip


def _against(cell: Cell, q: Array, body: str) -> str:
    """Return the other body of a blocked position, named by the exact engine."""
    found: Judgement = judge(cell, q[: min(len(q), 8)], horizon=max(cell.clearance, cell.tool_clearance) * 2 + 0.005)
    for near in found.nearest:
        if body in near.bodies:
            other = near.bodies[1] if near.bodies[0] == body else near.bodies[0]
            return f" of {other} ({near.distance * 1e3:.1f} mm)"
    return ""


def inside(cell: Cell, q: Array) -> tuple[Finding, ...]:
    """Return one finding a body that lies inside another one at ``q`` (dof,), where distances tell nothing."""
    return tuple(
        Finding(
            code="collision", severity="error", what=f"{a} starts inside {b}", where="home", fix="give another `home`"
        )
        for a, b in contained(cell, q)
    )


def infeasible(job: Job, robot: str, tried: list[Attempt], reasons: list[Finding]) -> InfeasibleError:
    """Return the error for a job that no placement does: what was in the way at the best of them, and everywhere."""
    first = reasons[0] if reasons else None
    fixed = isinstance(job.base, FixedBase)
    places = "at the place that the job gives" if fixed else f"at none of {len(tried)} places"
    verb = "does not do the job" if fixed else "does the job"
    return InfeasibleError(
        f"{robot} {verb} {places}" + (f": {tried[0].reason}" if tried else ""),
        findings=tuple(reasons),
        fix=first.fix if first else "another robot or mount",
        where=job.where("base") if fixed else job.where("robot"),
    )
