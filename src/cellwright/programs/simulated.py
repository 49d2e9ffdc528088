"""A program that somebody wrote as a plan: its moves in a cell, on the clock, judged against what stands there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..cell import Cell, Tool
from ..checks import check
from ..collision.judge import judge
from ..errors import CellwrightError
from ..findings import Finding
from ..geometry import Array, frozen, inv
from ..job.model import Job
from ..kinematics.chain import base_T_flange
from ..motion.timing import time_path
from ..paths.model import Move as Planned
from ..paths.model import Path
from ..planning.model import Plan
from ..processes.work import Event, Work
from ..robots.model import ControllerMap, Datum, Robot
from .replay import implied_share, root_T_target
from .running import posed
from .statements import Move, Signal, Statements

SHOWN_SHARE, SHOWN_SPEED = 0.25, 0.1
"""Share of the joints' speeds and TCP speed [m/s] with which a move without a known speed is shown; it is not timed."""

NEAR = 1e-3  # a TCP that is no further from the cell's tool is its own [m]

ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """A program run in a cell.

    Attributes:
        plan: what a viewer needs; its findings hold collisions, where a cell was given.
        timed: every move says its speed, so that the plan's duration is an estimate of the cycle.
        findings: what stays open, and what the cell has against the program.
    """

    plan: Plan
    timed: bool
    findings: tuple[Finding, ...]


def simulated(
    robot: Robot, said: Statements, ends: tuple[Array | None, ...], *, name: str, cell: Cell | None
) -> Simulation:
    """Return the program run by the robot, up to the first move that it cannot make or that cannot be placed.

    Args:
        robot: with a controller map and known joint speeds.
        said: the program.
        ends: (dof,) joints at the end of each move, of ``running.run``.
        name: of the program.
        cell: what stands around the robot, with what it carries; None for a robot alone.

    Raises:
        CellwrightError: no move can be placed, or a joint's largest speed is not known.
    """
    controller = robot.controller
    placed = next((k for k, q in enumerate(ends) if q is None), len(ends))
    if controller is None or placed < 2:
        raise CellwrightError("fewer than two moves of the program can be placed", fix="give the files with its data")
    moves = said.moves[:placed]
    mount_T_tcp = next((m.tool.outer_T_frame for m in moves if m.tool.outer_T_frame is not None), None)
    findings = [_cut(said, placed)] if placed < len(ends) else []
    around = _cell(robot, controller, mount_T_tcp, np.asarray(ends[0]), cell)
    if cell is not None and mount_T_tcp is not None:
        findings += _tool(cell, around)
    path, unknown = _path(robot, controller, around, said, moves, ends)
    if unknown:
        what = f"{len(unknown)} of {len(moves)} moves say no speed that is known here, so no cycle time is told"
        findings.append(Finding(code="program-not-timed", severity="warning", what=what, where=str(unknown[0].where)))
    motion = time_path(around, path)
    plan = Plan(
        job=Job.model_construct(name=name), cell=around, work=Work(operations=()), path=path, motion=motion,
        findings=(),
        tried=(), figures={},
    )  # fmt: skip
    if cell is not None:
        seen = _judged(plan)
        plan, findings = replace(plan, findings=seen), [*findings, *seen]
    return Simulation(plan=plan, timed=not unknown, findings=tuple(findings))


def _cut(said: Statements, placed: int) -> Finding:
    what = f"the program is shown and timed up to its move {placed} of {len(said.moves)}"
    return Finding(code="program-not-checked", severity="warning", what=what, where=str(said.moves[placed].where))


def _cell(robot: Robot, controller: ControllerMap, mount_T_tcp: Array | None, start: Array, cell: Cell | None) -> Cell:
    """Return the cell of the program: its own tool and frame, and what stands in the given one."""
    flange_T_tcp = controller.flange_T_mount @ (np.eye(4) if mount_T_tcp is None else mount_T_tcp)
    mass = Datum(value=None, source="", confidence=None)
    alone = Tool(name="tool", flange_T_tcp=frozen(flange_T_tcp), bodies=(), mass=mass)
    if cell is None:
        return Cell(
            robot=robot, world_T_base=frozen(np.eye(4)), tool=alone, frames={ROOT: controller.base_T_root}, bodies=(),
            home=frozen(start), clearance=0.0, tool_clearance=0.0,
        )  # fmt: skip
    tool = cell.tool if mount_T_tcp is None else replace(cell.tool, flange_T_tcp=frozen(flange_T_tcp))
    frames = {**cell.frames, ROOT: frozen(cell.world_T_base @ controller.base_T_root)}
    return replace(cell, tool=tool, frames=frames, home=frozen(start))


def _tool(cell: Cell, around: Cell) -> list[Finding]:
    apart = float(np.linalg.norm((inv(cell.tool.flange_T_tcp) @ around.tool.flange_T_tcp)[:3, 3]))
    if apart <= NEAR:
        return []
    what = f"the program's TCP lies {1e3 * apart:.1f} mm from that of the cell's tool {cell.tool.name}"
    fix = "name the cell that the program was written for, or its tool"
    return [Finding(code="program-tool", severity="warning", what=what, value=apart, limit=NEAR, unit="m", fix=fix)]


def _path(
    robot: Robot, controller: ControllerMap, cell: Cell, said: Statements, moves: tuple[Move, ...],
    ends: tuple[Array | None, ...],
) -> tuple[Path, list[Move]]:  # fmt: skip
    """Return the path after the first move, which only tells where the robot starts, and moves without a speed."""
    planned: list[Planned] = []
    unknown: list[Move] = []
    waits = _waits(said)
    world_T_root = cell.frames[ROOT]
    q = [np.asarray(end) for end in ends[: len(moves)]]
    for k in range(1, len(moves)):
        move = moves[k]
        if move.kind != "joint" and move.joints is not None and move.tool.outer_T_frame is not None:
            move = posed(robot, controller, move)
        speed = _speed(robot, cell, move, q[k - 1], q[k])
        if speed is None:
            unknown.append(move)
            speed = SHOWN_SHARE if move.kind == "joint" else SHOWN_SPEED
        straight = move.kind != "joint" and move.frame_T_tcp is not None
        base_T_tcp = base_T_flange(robot.chain, q[k]) @ cell.tool.flange_T_tcp
        root_T_tcp = inv(world_T_root) @ cell.world_T_base @ base_T_tcp
        via = (
            move.frame.outer_T_frame @ move.frame_T_via
            if move.frame_T_via is not None and move.frame.outer_T_frame is not None
            else None
        )
        kind: Literal["joint", "line", "arc"] = (
            move.kind if straight and (move.kind == "line" or via is not None) else "joint"
        )
        planned.append(
            Planned(
                kind=kind, q=frozen(q[k]), frame=ROOT,
                frame_T_tcp=frozen(root_T_target(move) if kind != "joint" else root_T_tcp),
                frame_T_via=None if via is None or kind != "arc" else frozen(via), speed=speed, zone=move.zone or 0.0,
                role="transit", events=waits.get(id(moves[k]), ()),
            )
        )  # fmt: skip
    return Path(start=frozen(q[0]), moves=tuple(planned)), unknown


def _waits(said: Statements) -> dict[int, tuple[Event, ...]]:
    """Return the waits of known length before each move, by the move's identity."""
    found: dict[int, tuple[Event, ...]] = {}
    waiting: tuple[Event, ...] = ()
    for statement in said.statements:
        if isinstance(statement, Move):
            found[id(statement)], waiting = waiting, ()
        elif (
            isinstance(statement, Signal)
            and statement.kind == "wait"
            and isinstance(t := statement.values.get("time"), float)
        ):
            waiting = (*waiting, Event(kind="wait", segment=0, when="start", values={"time": t}))
    return found


def _speed(robot: Robot, cell: Cell, move: Move, start: Array, end: Array) -> float | None:
    """Return the share of a joint move, the TCP speed [m/s] of any other; None where it is not said."""
    tip = base_T_flange(robot.chain, np.stack([start, end])) @ cell.tool.flange_T_tcp
    way = float(np.linalg.norm(tip[1, :3, 3] - tip[0, :3, 3]))
    if move.kind != "joint":
        return way / move.duration if move.duration and way > 0 else move.speed or None
    if move.share is not None:
        return min(move.share, 1.0) or None
    said = implied_share(robot, start, end, cell.tool.flange_T_tcp, move)
    return None if not np.isfinite(said) or said <= 0 else min(said, 1.0)


def _judged(plan: Plan) -> tuple[Finding, ...]:
    """Return the collisions of the motion with its cell, and where it comes nearer than the cell wants."""
    judgement = judge(plan.cell, plan.motion.q)
    checked = check(plan.cell, plan.work, plan.path, plan.motion, judgement, takt=None)
    return tuple(f for f in checked.findings if f.code in ("collision", "clearance", "pair-not-judged"))
