"""What is wrong where a program differs from its plan, and by how much a difference matters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..findings import Finding
from ..geometry import Array, rotation_angle
from ..paths.model import Move as Planned
from .model import Target
from .statements import Move

DISTANCE = 1e-5
"""Largest deviation of a written position [m]."""

ANGLE = math.radians(0.01)
"""Largest deviation of a written orientation or axis [rad]."""

SPEED = 0.005
"""Largest relative deviation of a speed."""

ZONE = 1e-5
"""Largest deviation of a zone [m]."""

BRANCH = math.radians(1.0)
"""A joint further than this from the plan's, after inverse kinematics, stands on another branch or turn [rad]."""

SHOWN = 5
"""Findings of one kind that are listed one by one; the others are counted."""


def judged(target: Target, planned: Planned, move: Move) -> list[Finding]:
    """Return what is wrong with one target."""
    k = target.move
    findings: list[Finding] = []
    if move.joints is None and move.frame_T_tcp is None:
        missing = ", ".join(move.missing) or "the target"
        findings.append(error("program-target", f"move {k}: {missing} is not in the files", move))
    if target.distance > DISTANCE or target.angle > ANGLE:
        what = f"move {k} ends {figures(target.distance, target.angle)} from the plan"
        findings.append(error("program-pose", what, move, value=target.distance, limit=DISTANCE, unit="m"))
    if target.via > DISTANCE or (planned.kind == "arc" and move.kind == "arc" and move.frame_T_via is None):
        what = f"the arc of move {k} passes {1e3 * target.via:.4f} mm from the plan's point"
        findings.append(error("program-via", what, move, value=target.via, limit=DISTANCE, unit="m"))
    if move.joints is not None and target.joint > ANGLE:
        what = f"an axis of move {k} stands {math.degrees(target.joint):.4f} deg from the plan"
        findings.append(error("program-joints", what, move, value=target.joint, limit=ANGLE, unit="rad"))
    if move.joints is None and move.kind != "joint" and move.frame_T_tcp is not None and not target.joint <= BRANCH:
        what = f"followed from its start, move {k} ends on another branch or turn than the plan, or is lost on the way"
        findings.append(error("program-branch", what, move, value=target.joint, limit=BRANCH, unit="rad"))
    return [*findings, *_judge_speed(target, planned, move)]


def _judge_speed(target: Target, planned: Planned, move: Move) -> list[Finding]:
    if math.isnan(target.speed):
        what = f"the speed of move {target.move} cannot be compared with the plan's"
        severity = "error" if move.kind != "joint" else "warning"
        return [Finding(code="program-speed-unknown", severity=severity, what=what, where=str(move.where))]
    if abs(target.speed) <= SPEED:
        return []
    what = f"move {target.move} runs at {100 + 100 * target.speed:.1f} % of the planned speed"
    if move.kind == "joint" and move.share is None and target.speed < 0:  # a TCP speed can only stand for a share
        return [Finding(code="program-speed-slower", severity="warning", what=what, where=str(move.where))]
    return [error("program-speed", what, move, value=target.speed, limit=SPEED)]


def judged_zone(target: Target, planned: Planned, move: Move, said: float, timed: float) -> list[Finding]:
    """Return what is wrong with where the corner begins [m], as the program says and as the plan was timed."""
    if math.isnan(said):
        if planned.zone == 0.0:
            return [error("program-zone", f"move {target.move} rounds the corner where the plan stops", move)]
        what = f"the zone of move {target.move} is a share, which is no length to compare"
        return [Finding(code="program-zone-relative", severity="info", what=what, where=str(move.where))]
    if target.zone <= ZONE and (said == 0.0) == (timed == 0.0):
        return []
    what = f"move {target.move} has a zone of {1e3 * said:.3f} mm, the plan {1e3 * timed:.3f} mm"
    return [error("program-zone", what, move, value=said, limit=timed, unit="m")]


def apart(a_T_b: Array, a_T_c: Array) -> tuple[float, float]:
    """Return how far two frames are from each other: origins [m], axes [rad]."""
    return (
        float(np.linalg.norm(a_T_b[:3, 3] - a_T_c[:3, 3])),
        float(rotation_angle(a_T_b[:3, :3].T @ a_T_c[:3, :3])),
    )


def figures(distance: float, angle: float) -> str:
    """Return a distance [m] and an angle [rad] as people read them."""
    return f"{1e3 * distance:.4f} mm and {math.degrees(angle):.4f} deg"


def error(
    code: str, what: str, move: Move, *, value: float | None = None, limit: float | None = None, unit: str = ""
) -> Finding:
    """Return the finding of one move."""
    figure = None if value is None or math.isnan(value) else value  # JSON has no NaN
    return Finding(code=code, severity="error", what=what, value=figure, limit=limit, unit=unit, where=str(move.where))


def shortened(findings: Sequence[Finding]) -> list[Finding]:
    """Return the first findings of each kind, and one that counts the others."""
    seen: dict[tuple[str, str], int] = {}
    kept: list[Finding] = []
    for finding in findings:
        key = (finding.code, finding.severity)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= SHOWN:
            kept.append(finding)
    for (code, severity), count in seen.items():
        if count > SHOWN:
            first = next(f for f in findings if (f.code, f.severity) == (code, severity))
            what = f"and {count - SHOWN} more like this: {first.what}"
            kept.append(Finding(code=code, severity=first.severity, what=what))
    return kept
