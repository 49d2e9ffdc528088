"""Why a job cannot be done, in words: what is in the way, where in the job file, and the way out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np

from ..cell import Cell
from ..collision.containing import contained
from ..collision.fast import Checker
from ..collision.judge import Judgement, judge
from ..collision.own_range import OwnRange
from ..errors import InfeasibleError
from ..findings import Finding
from ..geometry import Array
from ..job.model import FixedBase, Job
from ..paths.entry import NoEntry
from ..paths.obstructions import Obstruction
from ..placement.model import Mount, Placement, Places
from ..processes.work import Operation, Work
from .model import Attempt

_FIGURE = re.compile(r"-?[\d.]+")


def found_by_itself(job: Job, operation: Operation) -> bool:
    """Return whether the seam was found in the part and not named by the job, so that it may be left out."""
    return job.tasks[int(operation.key[1])].seams == "auto"


def left_out(finding: Finding, operation: Operation) -> Finding:
    """Return as a warning why an operation is not made."""
    why = finding.what.removeprefix(operation.name).lstrip(", ")
    return replace(finding, severity="warning", what=f"{operation.name} is left out: {why}")


def refusal(job: Job, operation: Operation, entry: NoEntry) -> Finding:
    """Return the finding for a seam that the tool cannot enter: an error where the job names it."""
    tool = entry.body.removeprefix("tool.")
    return Finding(
        code="tool-entry",
        severity="warning" if found_by_itself(job, operation) else "error",
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
    """Return the other body of a blocked position, by the exact engine; what stands still before the arm itself."""
    found: Judgement = judge(cell, q[: min(len(q), 8)], horizon=max(cell.clearance, cell.tool_clearance) * 2 + 0.005)
    still = {other.name for other in cell.bodies}
    near = [n for n in found.nearest if body in n.bodies]
    near.sort(key=lambda n: still.isdisjoint(n.bodies))
    for first in near[:1]:
        other = first.bodies[1] if first.bodies[0] == body else first.bodies[0]
        return f" of {other} ({first.distance * 1e3:.1f} mm)"
    return ""


def inside(cell: Cell, q: Array) -> tuple[Finding, ...]:
    """Return one finding a body that lies inside another one at ``q`` (dof,), where distances tell nothing."""
    return tuple(
        Finding(
            code="collision", severity="error", what=f"{a} starts inside {b}", where="home", fix="give another `home`"
        )
        for a, b in contained(cell, q)
    )


def home_blocked(cell: Cell, moving: Checker) -> Finding:
    """Return the finding for a cell in which the robot may wait nowhere: what is in the way of its first home."""
    code = int(moving.blocked_by(np.asarray(cell.home)[None])[0])
    return Finding(
        code="home", severity="error", what=f"the home position is blocked at {moving.name(code)}", where="home",
        fix="give a `home` with more room, or another base place",
    )  # fmt: skip


def home_chosen(job: Job, cell: Cell) -> tuple[Finding, ...]:
    """Return the finding that says where the robot waits, where the job does not say it."""
    if job.home is not None:
        return ()
    angles = ", ".join(
        f"{value * 1e3:.0f} mm" if slides else f"{np.rad2deg(value):.0f} deg"
        for value, slides in zip(cell.home, cell.robot.chain.prismatic, strict=True)
    )
    return (
        Finding(
            code="home-chosen", severity="info", where="home", fix="give a `home` to have it elsewhere",
            what=f"the job names no home: the robot starts and ends at [{angles}]",
        ),
    )  # fmt: skip


def nowhere(job: Job) -> InfeasibleError:
    """Return the error for a robot whose foot stands free nowhere."""
    return InfeasibleError(
        "the robot's foot stands free nowhere near the part",
        fix="move obstacles away from the part, or allow another mount",
        where=job.where("base"),
    )


def no_place(
    job: Job, robot: str, work: Work, places: Places, findings: list[Finding], elsewhere: dict[Mount, Placement]
) -> InfeasibleError:
    """Return the error for a job of which no place passes the cheap tests.

    Args:
        findings: what is in the way at the nearest place.
        elsewhere: places that do pass, on mounts that the job does not allow.
    """
    counts, names = places.counts, [operation.name for operation in work.operations]
    failing = ", ".join(names[i] for i in places.failing)
    if places.never:
        whole = f"{robot} reaches {', '.join(names[i] for i in places.never)} from none of"
    elif not counts["placements_reaching"]:
        whole = f"{robot} reaches all {len(names)} operations at once from none of"
    else:
        whole = f"something is in the way of {robot} at every one of the {counts['placements_screened']} best of"
    what = f"{whole} {counts['placements_standing']} places; nearest is {places.nearest}"
    if places.failing:
        what += f", where {len(places.failing)} of {len(names)} fail ({failing})"
    fixes = [f"allow `mount: {mount}`: {place} passes" for mount, place in elsewhere.items()]
    if places.failing and len(places.failing) < len(names):
        fixes.append(f"weld {failing} from another place")
    fixes += [finding.fix for finding in findings[:1]]
    fix = "; or ".join(fixes) or "another robot or mount"
    return InfeasibleError(what, findings=tuple(findings), fix=fix, where=job.where("robot"))


def infeasible(job: Job, robot: str, tried: list[Attempt], reasons: list[Finding]) -> InfeasibleError:
    """Return the error for a job that no placement does: what was most often in the way, and everything."""
    alike = [_FIGURE.sub("", attempt.reason) for attempt in tried]
    commonest = Counter(alike).most_common(1)  # the first of those that are equally common
    why = tried[alike.index(commonest[0][0])].reason if commonest else ""
    first = next((f for f in reasons if f.what in why), reasons[0] if reasons else None)
    fixed = isinstance(job.base, FixedBase)
    places = "at the place that the job gives" if fixed else f"at none of {len(tried)} places"
    verb = "does not do the job" if fixed else "does the job"
    return InfeasibleError(
        f"{robot} {verb} {places}" + (f": {why}" if why else ""),
        findings=tuple(reasons),
        fix=first.fix if first else "another robot or mount",
        where=job.where("base") if fixed else job.where("robot"),
    )


def narrowed(joint: str, own: OwnRange) -> Finding:
    """Return that a joint is used in a part of its range only, because the arm's own bodies meet beyond."""
    low, high = np.rad2deg(own.lower), np.rad2deg(own.upper)
    what = f"{joint} is used from {low:.0f} to {high:.0f} deg: beyond, {own.bodies[0]} and {own.bodies[1]} may meet"
    return Finding(
        code="own-range", severity="info", what=what, fix="a slimmer or longer mount leaves the wrist more room"
    )
