"""What the robot does along each seam: the way it was asked for, against the way it goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array, inv
from ..kinematics.chain import base_T_flange, jacobian
from ..planning.model import Plan
from ..processes.work import Segment, Toolpath, circle, length


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """One seam as it runs on the clock.

    Attributes:
        operation: index into the work's operations.
        reversed: True where another alternative than the operation's first is run.
        t: (n,) [s] of the process rows.
        way: (n,) length of the seam covered so far [m].
        speed: (n,) of the tool's tip [m/s].
        asked: (n,) [m/s].
        deviation: (n,) distance of the tool's tip from the line or arc it was asked to follow [m].
        length: of the seam [m].
    """

    operation: int
    reversed: bool
    t: Array
    way: Array
    speed: Array
    asked: Array
    deviation: Array
    length: float


def chosen_toolpath(plan: Plan, operation: int) -> Toolpath:
    """Return the alternative that the motion runs; the first where the operation is not run at all."""
    for stroke_operation, t0, t1 in plan.motion.strokes:
        if stroke_operation == operation:
            return plan.work.operations[operation].alternatives[_chosen(plan, operation, _rows(plan, t0, t1))]
    return plan.work.operations[operation].alternatives[0]


def strokes(plan: Plan) -> tuple[Stroke, ...]:
    """Return every stroke of the motion in the order it runs."""
    return tuple(_stroke(plan, operation, _rows(plan, t0, t1)) for operation, t0, t1 in plan.motion.strokes)


def tip_speed(plan: Plan, rows: slice) -> Array:
    """Return the speed of the tool's tip (n,) [m/s] from the joint speeds: J qd, carried from the flange to the tip."""
    cell = plan.cell
    q, qd = plan.motion.q[rows], plan.motion.qd[rows]
    twist = (jacobian(cell.robot.chain, q) @ qd[..., None])[..., 0]
    lever = base_T_flange(cell.robot.chain, q)[:, :3, :3] @ cell.tool.flange_T_tcp[:3, 3]
    return np.linalg.norm(twist[:, :3] + np.cross(twist[:, 3:], lever), axis=-1)


def _stroke(plan: Plan, operation: int, rows: slice) -> Stroke:
    chosen = _chosen(plan, operation, rows)
    toolpath = plan.work.operations[operation].alternatives[chosen]
    segments = process(toolpath)
    tip = _tip(plan, toolpath.frame, rows)
    distance = np.stack([_distance(s, tip) for s in segments], -1)
    return Stroke(
        operation=operation,
        reversed=chosen != 0,
        t=plan.motion.t[rows],
        way=np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(tip, axis=0), axis=-1))]),
        speed=tip_speed(plan, rows),
        asked=np.array([s.speed for s in segments])[distance.argmin(-1)],
        deviation=distance.min(-1),
        length=sum(length(s) for s in segments),
    )


def process(toolpath: Toolpath) -> list[Segment]:
    """Return the segments on which the tool works."""
    return [s for s in toolpath.segments if s.role == "process"]


def _rows(plan: Plan, t0: float, t1: float) -> slice:
    t = plan.motion.t
    return slice(int(np.searchsorted(t, t0 - 1e-9)), int(np.searchsorted(t, t1 + 1e-9)))


def _tip(plan: Plan, frame: str, rows: slice) -> Array:
    cell = plan.cell
    base_T_tcp = base_T_flange(cell.robot.chain, plan.motion.q[rows]) @ cell.tool.flange_T_tcp
    return (inv(cell.frames[frame]) @ cell.world_T_base @ base_T_tcp)[:, :3, 3]


def _chosen(plan: Plan, operation: int, rows: slice) -> int:
    """The alternative whose ends are nearest to where the tip starts and ends to work."""
    gaps: list[float] = []
    for toolpath in plan.work.operations[operation].alternatives:
        tip, segments = _tip(plan, toolpath.frame, rows), process(toolpath)
        gap = tip[0] - segments[0].frame_T_start[:3, 3], tip[-1] - segments[-1].frame_T_end[:3, 3]
        gaps.append(float(np.linalg.norm(gap[0]) + np.linalg.norm(gap[1])))
    return int(np.argmin(np.round(gaps, 7)))


def _distance(segment: Segment, points: Array) -> Array:
    """Return the distances (n,) [m] of points (n, 3) from the line or the circle of a segment, its ends included."""
    start, end = segment.frame_T_start[:3, 3], segment.frame_T_end[:3, 3]
    if segment.kind == "line" or segment.via is None:
        along = end - start
        share = np.clip((points - start) @ along / max(float(along @ along), 1e-24), 0.0, 1.0)
        return np.linalg.norm(points - start - share[:, None] * along, axis=-1)
    centre, axis, radius, angle = circle(start, segment.via, end)
    relative = points - centre
    height = relative @ axis
    flat = relative - height[:, None] * axis
    x = (start - centre) / radius
    at = np.mod(np.arctan2(flat @ np.cross(axis, x), flat @ x), 2 * np.pi)
    on_arc = np.hypot(np.linalg.norm(flat, axis=-1) - radius, height)
    at_ends = np.minimum(np.linalg.norm(points - start, axis=-1), np.linalg.norm(points - end, axis=-1))
    return np.where(at <= angle, on_arc, at_ends)
