"""What a robot would do with a program: each move followed from the last, against limits, reach and singularities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import CellwrightError
from ..findings import Finding
from ..geometry import Array, inv
from ..kinematics.chain import base_T_flange, jacobian
from ..kinematics.inverse import solve
from ..robots.model import ControllerMap, Robot
from .replay import base_T_flange_at, joints_of, root_T_target, ways, written_axes
from .statements import Frame, Move, Statements

SINGULAR = 0.05
"""Least gain of the arm, joints [rad] to motion of the flange [reach, rad], above which no move is singular."""

SHOWN = 5
"""Findings of one kind that are listed one by one; the others are counted."""

_SLACK = 1e-6  # [rad or m] a written limit is no violation of itself


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A program tried on a robot.

    Attributes:
        ends: (dof,) joints at the end of each move [rad or m]; None where the move could not be tried or made.
        findings: where the robot cannot run it as written, and what could not be tried.
    """

    ends: tuple[Array | None, ...]
    findings: tuple[Finding, ...]


def run(robot: Robot, said: Statements) -> Run:
    """Return where the robot cannot run the program as written; what could not be tried is said.

    A joint move to a pose is taken to the branch nearest to where the arm stands; a line or an arc is followed from
    there. Obstacles are not known, and neither are branches, loops and jumps: statements count in their order.
    """
    controller = robot.controller
    if controller is None:
        unknown = Finding(
            code="program-not-checked", severity="warning",
            what=f"the program was only read: nobody knows how the controller of {robot.key} counts",
            fix="name a robot of the catalogue, or add `controller` to its description",
        )  # fmt: skip
        return Run(ends=(None,) * len(said.moves), findings=(unknown,))
    found: list[Finding] = []
    unchecked: list[str] = []
    ends: list[Array | None] = []
    q: Array | None = None
    for move in said.moves:
        way = _way(robot, controller, move, q)
        if isinstance(way, str):
            unchecked.append(way)
            q = None
        elif isinstance(way, Finding):
            found.append(way)
            q = None
        else:
            found += _judged(robot, move, way)
            q = way[-1]
        ends.append(q)
    if unchecked:
        reasons = "; ".join(dict.fromkeys(unchecked))
        what = f"{len(unchecked)} of {len(said.moves)} moves were not checked: {reasons}"
        found.append(
            Finding(code="program-not-checked", severity="warning", what=what, value=float(len(unchecked)),
                    fix="read the files that hold these data together with the program")
        )  # fmt: skip
    return Run(ends=tuple(ends), findings=_counted(found))


def _way(robot: Robot, controller: ControllerMap, move: Move, q: Array | None) -> Array | Finding | str:
    """Return the joints (n, dof) on a move, the finding why the arm cannot make it, or why that is not known."""
    if move.joints is not None:
        axes = written_axes(robot, move)
        if axes is None or len(axes) != robot.dof:
            return f"a target of {len(move.joints)} axes for an arm of {robot.dof}"
        end = joints_of(controller, axes)
        if move.kind == "joint" or q is None or move.tool.outer_T_frame is None:
            return end[None] if q is None else np.linspace(q, end, 9)
        move = posed(robot, controller, move)
    if move.frame_T_tcp is None or move.tool.outer_T_frame is None or move.frame.outer_T_frame is None:
        return f"the files do not hold {', '.join(move.missing) or _unplaced(move)}"
    if move.kind != "joint" and q is not None:
        if robot.dof != 6:
            return f"a {move.kind} of an arm of {robot.dof} axes"
        way = ways(robot, [move], q[None])[:, 0]
        if np.isfinite(way).all():
            return way
        station = int(np.isnan(way).any(1).argmax())
        share = station / (len(way) - 1)
        return _finding("program-reach", move, f"the {move.kind} leaves the arm's reach after {share:.0%} of its way")
    flange = base_T_flange_at(controller, move, root_T_target(move))
    try:
        branches = solve(robot.chain, flange[None])
    except CellwrightError as error:
        return error.problem
    there = branches.q[0][np.isfinite(branches.q[0]).all(1)]
    if not len(there):
        short = float(np.nanmin(branches.miss[0])) if np.isfinite(branches.miss[0]).any() else None
        return _finding("program-reach", move, "the target is out of the arm's reach", value=short, unit="m")
    chosen = _nearest(robot, there, robot.home if q is None else q)
    return chosen[None] if q is None else np.linspace(q, chosen, 9)


def posed(robot: Robot, controller: ControllerMap, move: Move) -> Move:
    """Return a line or arc between joint targets with its poses, seen from the robot root."""
    assert move.joints is not None
    assert move.tool.outer_T_frame is not None
    targets = [joints for joints in (move.joints, move.joints_via) if joints is not None]
    q = joints_of(controller, np.stack(targets))
    mount_T_tcp = move.tool.outer_T_frame
    flange_T_tcp = controller.flange_T_mount @ mount_T_tcp
    root_T_tcp = inv(controller.base_T_root) @ base_T_flange(robot.chain, q) @ flange_T_tcp
    root = Frame(name="root", outer_T_frame=np.eye(4))
    via = root_T_tcp[1] if len(targets) > 1 else move.frame_T_via
    return replace(move, frame=root, frame_T_tcp=root_T_tcp[0], frame_T_via=via, joints=None)


def _unplaced(move: Move) -> str:
    if move.tool.outer_T_frame is None:
        return f"tool {move.tool.name or 'frame'}"
    return f"user frame {move.frame.name}".strip() if move.frame.outer_T_frame is None else "its target"


def _nearest(robot: Robot, there: Array, q: Array) -> Array:
    """Return the branch (dof,) within limits, or else any, that lies nearest to ``q``, turns added where they help."""
    turns = 2 * np.pi * np.rint((q - there) / (2 * np.pi)) * ~robot.chain.prismatic
    inside = (there + turns >= robot.lower - _SLACK) & (there + turns <= robot.upper + _SLACK)
    there = np.where(inside, there + turns, there)
    fits = ((there >= robot.lower - _SLACK) & (there <= robot.upper + _SLACK)).all(1)
    far = np.round(np.abs(there - q).max(1), 6)
    return there[np.lexsort((far, ~fits))[0]]


def _judged(robot: Robot, move: Move, way: Array) -> list[Finding]:
    """Return the findings of one move that the arm can make, joints (n, dof) on its way."""
    found: list[Finding] = []
    beyond = np.maximum(robot.lower - way, way - robot.upper).max(0)
    for i in np.flatnonzero(beyond > _SLACK):
        low, high = np.rad2deg(robot.lower[i]), np.rad2deg(robot.upper[i])
        joint, far = robot.chain.joints[i], np.rad2deg(beyond[i])
        what = f"{joint} leaves its limits of {low:.1f} to {high:.1f} deg by {far:.2f} deg"
        found.append(_finding("program-limit", move, what, value=float(beyond[i]), unit="rad"))
    if move.kind == "joint":
        return found
    least = _gain(robot, way)
    if least < SINGULAR:
        what = f"the {move.kind} passes near a singular position of the arm"
        found.append(
            _finding("program-singular", move, what, severity="warning", value=least, limit=SINGULAR, unit="1")
        )
    return found + _too_fast(robot, move, way)


def _too_fast(robot: Robot, move: Move, way: Array) -> list[Finding]:
    """Return whether a joint would have to turn faster than it can to keep the written speed of a line or an arc."""
    controller = robot.controller
    if not move.speed or controller is None or move.tool.outer_T_frame is None or len(way) < 2:
        return []
    tip = (base_T_flange(robot.chain, way) @ controller.flange_T_mount @ move.tool.outer_T_frame)[:, :3, 3]
    steps = np.maximum(np.linalg.norm(np.diff(tip, axis=0), axis=1), 1e-9)
    share = np.abs(np.diff(way, axis=0)) / steps[:, None] * move.speed / robot.speed
    share = np.where(steps[:, None] > 1e-6, np.nan_to_num(share, nan=0.0), 0.0)
    i = int(share.max(0).argmax())
    worst = float(share[:, i].max())
    if worst <= 1.0:
        return []
    what = f"{robot.chain.joints[i]} would need {worst:.0%} of its largest speed to keep what is written"
    return [_finding("program-joint-speed", move, what, severity="warning", value=worst, limit=1.0, unit="1")]


def _gain(robot: Robot, q: Array) -> float:
    """Return the least singular value of the Jacobian over ``q`` (n, dof), lengths as shares of the arm's."""
    reach = float(np.linalg.norm(robot.chain.parent_T_joint[:, :3, 3], axis=1).sum()) or 1.0
    scale = np.array([reach] * 3 + [1.0] * 3)[:, None]
    return float(np.linalg.svd(jacobian(robot.chain, q) / scale, compute_uv=False)[..., -1].min())


def _finding(
    code: str, move: Move, what: str, *, severity: Literal["error", "warning"] = "error", value: float | None = None,
    limit: float | None = None, unit: str = "",
) -> Finding:  # fmt: skip
    fix = {
        "program-reach": "move the user frame or the robot, or teach the target anew",
        "program-limit": "another configuration, or another place of the user frame",
        "program-singular": "a joint move there, or another orientation of the tool",
        "program-joint-speed": "a lower speed, or a way that keeps off singular positions",
    }[code]
    return Finding(
        code=code, severity=severity, what=what, value=value, limit=limit, unit=unit, where=str(move.where), fix=fix
    )


def _counted(found: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings, of each kind the first ones and the number of the others."""
    kept: list[Finding] = []
    for code in dict.fromkeys(finding.code for finding in found):
        kind = [finding for finding in found if finding.code == code]
        kept += kind[:SHOWN]
        if len(kind) > SHOWN:
            what = f"{len(kind) - SHOWN} more moves with {code}"
            kept.append(Finding(code=code, severity=kind[0].severity, what=what, value=float(len(kind) - SHOWN)))
    return tuple(kept)
