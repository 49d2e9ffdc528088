"""Plans made from a plan for the hands of who commissions it: dry run, a start in the middle, the cell as it was built.

Each is a plan whose path is to be written, read back and compared like any other. Their motion is still that of the
plan they come from: nothing is timed or judged for collisions anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import ProgramError
from ..findings import Finding
from ..geometry import Array, frozen, inv, rotation_angle
from ..kinematics.chain import base_T_flange
from ..kinematics.inverse import solve
from ..paths.model import Move, Path
from ..planning.model import Plan
from ..processes.work import Event
from .names import shown

DRY_SPEED = 0.25
"""Largest speed of the TCP in a dry run [m/s]: what standards call reduced speed."""

NEAR = 0.35
"""A joint that would have to turn farther than this for the cell as built is on another branch [rad]."""

_SWITCHES = frozenset({"process_on", "process_off", "weave_on", "weave_off"})


def dry_run(plan: Plan, *, speed: float = DRY_SPEED) -> Plan:
    """Return the plan without its process, no TCP faster than ``speed`` [m/s]; signals and waits stay."""
    moves: list[Move] = []
    q = plan.path.start
    for move in plan.path.moves:
        events = tuple(event for event in move.events if event.kind not in _SWITCHES)
        slower = min(move.speed, _share(plan, q, move, speed) if move.kind == "joint" else speed)
        moves.append(replace(move, speed=slower, events=events))
        q = move.q
    return _named(replace(plan, path=Path(start=plan.path.start, moves=tuple(moves))), "dry")


def _share(plan: Plan, q: Array, move: Move, speed: float) -> float:
    """Return the share of the joints' largest speeds at which the TCP of a joint move keeps below ``speed`` [m/s]."""
    robot = plan.cell.robot
    limit = np.where(np.isfinite(robot.speed), robot.speed, 1.0)
    seconds = float(np.max(np.abs(move.q - q) / limit))
    if seconds <= 0.0:
        return move.speed
    fraction = np.linspace(0.0, 1.0, 65)[:, None]
    base_T_tcp = base_T_flange(robot.chain, q + fraction * (move.q - q)) @ plan.cell.tool.flange_T_tcp
    steps = np.linalg.norm(np.diff(base_T_tcp[:, :3, 3], axis=0), axis=1)
    fastest = float(steps.max()) * 64.0 / seconds
    # whole percents, as every language can say them
    return max(1, min(100, int(100.0 * speed / fastest))) / 100.0 if fastest > 0.0 else move.speed


def restarted(plan: Plan, operation: str) -> Plan:
    """Return the plan from an operation on, with the way to it and the outputs as they would stand by then.

    The program begins with an absolute joint move to where the operation before it ended: the robot must be brought
    near that place by hand, for nobody judged the way from elsewhere.

    Raises:
        ProgramError: no such operation.
    """
    names = [known.name for known in plan.work.operations]
    if operation not in names:
        listed = ", ".join(map(shown, names))
        raise ProgramError(f"no operation is called {shown(operation)}", fix=f"name one of {listed}")
    index, moves = names.index(operation), plan.path.moves
    first = next((k for k, move in enumerate(moves) if move.operation == index), None)
    if first is None:
        raise ProgramError(f"nothing of {shown(operation)} is done in this plan", fix="plan the operation")
    while first > 0 and moves[first - 1].role == "transit":
        first -= 1
    if first == 0:
        return plan
    standing = {
        event.values["signal"]: event
        for move in moves[:first]
        for event in move.events
        if event.kind == "set_output" and "signal" in event.values
    }
    outputs = tuple(Event(kind="set_output", segment=0, when="start", values=e.values) for e in standing.values())
    opening = replace(moves[first], events=(*outputs, *moves[first].events))
    path = Path(start=moves[first - 1].q, moves=(opening, *moves[first + 1 :]))
    return _named(replace(plan, path=path), f"from {operation}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AsBuilt:
    """A plan fitted to what was measured at the cell.

    Attributes:
        plan: with the measured tool and frames, and joints that reach the same points of them.
        distance: how far the flange moved at most [m].
        angle: how far it turned at most [rad].
        joint: largest change of a joint [rad].
        findings: that nobody judged the moved path for collisions.
    """

    plan: Plan
    distance: float
    angle: float
    joint: float
    findings: tuple[Finding, ...]


def as_built(
    plan: Plan, *, flange_T_tcp: Array | None = None, world_T_frames: Mapping[str, Array] | None = None
) -> AsBuilt:
    """Return the plan with a measured tool or measured frames: lines and arcs keep their points seen from the frame.

    Joint moves that lead to a line or an arc follow it, the others keep their joints.

    Args:
        plan: as planned.
        flange_T_tcp: (4, 4) the measured tool; None as planned.
        world_T_frames: (4, 4) measured frames by their names in the cell; those left out are as planned.

    Raises:
        ProgramError: a frame that the cell does not name, or a point that the robot does not reach as it did.
    """
    cell = plan.cell
    if cell.robot.beside:
        what = "a cell with axes beside the arm is not fitted to what was measured"
        raise ProgramError(what, fix="plan anew with the measured figures")
    unknown = sorted(set(world_T_frames or {}) - set(cell.frames))
    if unknown:
        raise ProgramError(f"the cell has no frame {', '.join(map(shown, unknown))}", fix="name a frame of the plan")
    tool = cell.tool if flange_T_tcp is None else replace(cell.tool, flange_T_tcp=frozen(flange_T_tcp))
    measured = replace(cell, tool=tool, frames={**cell.frames, **(world_T_frames or {})})
    moves = plan.path.moves
    follows = [
        move.kind != "joint" or (k + 1 < len(moves) and moves[k + 1].kind != "joint") for k, move in enumerate(moves)
    ]
    frame_T_tcp = np.array([move.frame_T_tcp for move in moves])
    world_T_frame = np.array([measured.frames[move.frame] for move in moves])
    flange = inv(measured.world_T_base) @ world_T_frame @ frame_T_tcp @ inv(tool.flange_T_tcp)
    before = np.array([move.q for move in moves])
    q = np.where(np.array(follows)[:, None], _nearest(plan, flange, before), before)
    lost = np.flatnonzero(~(np.abs(q - before).max(-1) <= NEAR))
    robot = cell.robot
    outside = np.flatnonzero(~((q >= robot.lower - 1e-9) & (q <= robot.upper + 1e-9)).all(-1))
    if lost.size or outside.size:
        k = int(lost[0] if lost.size else outside[0])
        why = "on the branch it was planned on" if lost.size else "within the joints' limits"
        raise ProgramError(f"with what was measured, move {k} is not reached {why}", fix="plan anew with these figures")
    now = base_T_flange(robot.chain, q)
    then = base_T_flange(robot.chain, before)
    base_T_frame = inv(measured.world_T_base) @ world_T_frame
    placed = np.where(np.array(follows)[:, None, None], frame_T_tcp, inv(base_T_frame) @ now @ tool.flange_T_tcp)
    path = Path(
        start=plan.path.start,
        moves=tuple(replace(move, q=frozen(q[k]), frame_T_tcp=frozen(placed[k])) for k, move in enumerate(moves)),
    )
    distance = float(np.linalg.norm(now[:, :3, 3] - then[:, :3, 3], axis=-1).max())
    angle = float(np.max(rotation_angle(np.swapaxes(then[:, :3, :3], 1, 2) @ now[:, :3, :3])))
    what = f"the path moved by up to {1e3 * distance:.2f} mm and {np.degrees(angle):.2f} deg; no collision was judged"
    finding = Finding(code="as-built-unjudged", severity="warning", what=what, fix="run it dry before the process")
    return AsBuilt(
        plan=_named(replace(plan, cell=measured, path=path), "as built"),
        distance=distance,
        angle=angle,
        joint=float(np.abs(q - before).max()),
        findings=(finding,),
    )


def _nearest(plan: Plan, base_T_flange_: Array, before: Array) -> Array:
    """Return the solutions (n, dof) nearest to ``before`` (n, dof), whole turns counted; NaN where there is none."""
    q = solve(plan.cell.robot.chain, base_T_flange_).q
    q = q + 2.0 * np.pi * np.round((before[:, None] - q) / (2.0 * np.pi))
    away = np.abs(q - before[:, None]).max(-1)
    best = np.argmin(np.where(np.isfinite(away), away, np.inf), axis=1)
    return np.take_along_axis(q, best[:, None, None], axis=1)[:, 0]


def _named(plan: Plan, suffix: str) -> Plan:
    """Return the plan under a name of its own, so that its files do not replace the others."""
    return replace(plan, job=plan.job.model_copy(update={"name": f"{plan.job.name} {suffix}"}))
