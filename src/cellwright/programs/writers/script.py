"""A plan as its controller sees it, in no brand's words: frames from its root, joints as it counts, events in order."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ProgramError
from ...geometry import Array, frozen, inv, rotation_angle
from ...kinematics.chain import base_T_flange
from ...paths.model import Move, Path
from ...processes.work import Event
from ...robots.beside import arm_of, beside_chain
from ...robots.model import ControllerMap, Robot
from ...units import deg
from ..names import shown

if TYPE_CHECKING:
    from ...planning.model import Plan

UNCOUPLED = "frames lie where the external axes hold the part: none may be coupled to one of these axes"
"""What a program with axes beside the arm takes for granted."""

_STILL = 1e-9  # axes that move by less on a line stand still [rad or m]

START_SPEED = 0.1
"""Share of the joint speeds for the very first move, from wherever the robot happens to stand."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """A move and what happens between its end and the start of the next one.

    Attributes:
        move: as planned.
        joints: (6,) the move's end as the controller counts joints [rad].
        zone: the move's zone [m]; 0 where something happens at its end, and at the end of the program.
        events: in the order they happen.
        external: (x,) the axes beside the arm at the move's end, in the order of ``Script.external`` [deg or mm].
    """

    move: Move
    joints: Array
    zone: float
    events: tuple[Event, ...]
    external: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Script:
    """What a writer has to say.

    Attributes:
        job, tool: names as the user wrote them.
        robot: the model.
        controller: how it counts.
        root_T_frame: (4, 4) of each user frame that a line or arc is given in, seen from the controller's robot root.
        mount_T_tcp: (4, 4) the tool seen from the controller's mechanical face.
        mass: of the tool [kg]; None where unknown.
        mount_p_centre: (3,) its centre of mass [m]; None where unknown.
        start: (6,) where the program starts, as the controller counts joints [rad].
        events: what happens before the first move.
        steps: the moves.
        upright: the robot's base stands upright in the world.
        digest: of the path, the tool and the frames.
        plan: as the arm alone sees it: its own joints, frames where the axes beside it have brought them.
        external: names of these axes, as the controller is taken to number them: a track, then from the ground up.
        start_external: (x,) where they start [deg or mm].
    """

    job: str
    tool: str
    robot: Robot
    controller: ControllerMap
    root_T_frame: dict[str, Array]
    mount_T_tcp: Array
    mass: float | None
    mount_p_centre: Array | None
    start: Array
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    upright: bool
    digest: str
    plan: Plan
    external: tuple[str, ...] = ()
    start_external: tuple[float, ...] = ()


def script(plan: Plan, *, external: bool = False) -> Script:
    """Return the plan as its robot's controller sees it.

    Args:
        plan: what is to be said.
        external: the writer says the axes beside the arm too.

    Raises:
        ProgramError: no controller is known, the robot has not six turning joints, or a move's frame is unknown.
    """
    robot, whole, beside = plan.cell.robot, plan.path.moves, robot_beside(plan)
    if robot.beside and not external:
        axes = ", ".join(robot.chain.joints[: robot.beside])
        what = f"this writer has no words for axes beside the arm of {robot.key}: {axes} would be left out"
        raise ProgramError(what, fix="plan without `track` and `positioner`, or take the positions from plan.json")
    outer, start, names = _shown(robot, beside), plan.path.start, robot.chain.joints[: robot.beside]
    plan = _alone(plan, beside)
    cell, robot, moves = plan.cell, plan.cell.robot, plan.path.moves
    controller = robot.controller
    if controller is None:
        raise ProgramError(
            f"how the controller of {robot.key} counts joints is not known, so no program can be written",
            fix="add a controller map to the robot's catalogue entry",
        )
    if robot.dof != 6 or bool(robot.chain.prismatic.any()):
        raise ProgramError(f"{robot.key} is not a robot of six turning joints", fix="choose a six-axis robot")
    if not moves:
        raise ProgramError("the plan has no moves", fix="give the job a task")
    missing = sorted({move.frame for move in moves if move.kind != "joint"} - set(cell.frames))
    if missing:
        raise ProgramError(f"moves are given in a frame that the cell does not name: {', '.join(map(shown, missing))}")

    root_T_world = inv(controller.base_T_root) @ inv(cell.world_T_base)
    used = {move.frame for move in moves if move.kind != "joint"}
    mount_T_flange = inv(controller.flange_T_mount)
    centre = cell.tool.flange_p_centre
    mass = cell.tool.mass.value
    mount_T_tcp = frozen(mount_T_flange @ cell.tool.flange_T_tcp)
    root_T_frame = {name: frozen(root_T_world @ cell.frames[name]) for name in sorted(used)}
    return Script(
        job=plan.job.name,
        tool=cell.tool.name,
        robot=robot,
        controller=controller,
        root_T_frame=root_T_frame,
        mount_T_tcp=mount_T_tcp,
        mass=float(mass) if isinstance(mass, (int, float)) else None,
        mount_p_centre=None if centre is None else frozen(mount_T_flange[:3, :3] @ centre + mount_T_flange[:3, 3]),
        start=_counted(controller, plan.path.start),
        events=tuple(event for event in moves[0].events if event.when == "start"),
        steps=tuple(_steps(controller, moves, outer[1:])),
        upright=bool(cell.world_T_base[2, 2] > 1.0 - 1e-6),
        digest=_digest(start, whole, [mount_T_tcp, *root_T_frame.values()]),
        plan=plan,
        external=tuple(reversed(names)),
        start_external=outer[0],
    )


def robot_beside(plan: Plan) -> Array:
    """Return the axes beside the arm (moves + 1, x) at the start and at the end of each move, the group's order."""
    return np.array([q[: plan.cell.robot.beside] for q in (plan.path.start, *(move.q for move in plan.path.moves))])


def _shown(robot: Robot, beside: Array) -> list[tuple[float, ...]]:
    """Return the axes beside the arm as people count them: a track first, then from the ground up [deg or mm]."""
    slides = robot.chain.prismatic[: robot.beside]
    return [tuple(float(v) for v in np.where(slides, 1e3 * row, np.rad2deg(row))[::-1]) for row in beside]


def _alone(plan: Plan, beside: Array) -> Plan:
    """Return the plan of the arm alone, each frame of a line or arc where the axes beside it hold it in that move.

    Raises:
        ProgramError: one of them moves on a line or arc: a frame would have to move with it, which only a controller
            that knows the axes' own machine data does.
    """
    cell, n = plan.cell, plan.cell.robot.beside
    if not n:
        return plan
    chain = cell.robot.chain
    frames: dict[str, Array] = {}
    known: dict[tuple[str, bytes], str] = {}
    moves: list[Move] = []
    for i, move in enumerate(plan.path.moves):
        name = move.frame
        if move.kind != "joint":
            moved = np.abs(beside[i + 1] - beside[i])
            if moved.max() > _STILL:
                what = f"move {i} is a {move.kind} on which {chain.joints[int(moved.argmax())]} moves"
                fix = "plan with `moves: indexed`: then all axes beside the arm stand still while the tool works"
                raise ProgramError(f"{what}: its frame would have to be coupled to that axis", fix=fix)
            key = move.frame, np.round(beside[i + 1], 9).tobytes()
            if key not in known:
                known[key] = f"{move.frame}_{sum(frame == move.frame for frame, _ in known) + 1}"
                stand = base_T_flange(beside_chain(chain, n), beside[i + 1])
                back = cell.world_T_base @ inv(stand) @ inv(cell.world_T_base)
                frames[known[key]] = frozen(back @ cell.frames[name])
            name = known[key]
        moves.append(replace(move, q=frozen(move.q[n:]), frame=name))
    arm = replace(
        cell, robot=arm_of(cell.robot), home=frozen(cell.home[n:]), frames=cell.frames | frames, positioner=None
    )
    return replace(plan, cell=arm, path=Path(start=frozen(plan.path.start[n:]), moves=tuple(moves)))


def header(told: Script, language: str, names: dict[str, str], unverified: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines that open every program, without the language's comment mark.

    Args:
        told: the plan.
        language: what the program is written in.
        names: identifier in the program -> what the job calls it.
        unverified: what no independent source supports.
    """
    yield f"Written by Cellwright in {language}"
    yield f"robot {shown(told.robot.key)}, model {shown(told.robot.model)}"
    yield f"job {shown(told.job)}, plan {told.digest}"
    for name, meant in names.items():
        yield f"{name} is {shown(meant)}"
    if told.controller.verified:
        yield f"axis map: {told.controller.vectors} independent test vectors agree"
    else:
        yield "CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model"
    for convention in unverified:
        yield f"UNVERIFIED: {convention}"
    for i, name in enumerate(told.external):
        yield f"CHECK BEFORE USE: external axis {i + 1} is {shown(name)}, its zero and direction those of the job"
    if told.external:
        yield f"UNVERIFIED: {UNCOUPLED}"
    if told.mass is None:
        yield "SET BEFORE USE: the mass of the tool is not known, the load below is a placeholder"
    elif told.mount_p_centre is None:
        yield "SET BEFORE USE: the centre of mass of the tool is not known, the load below is a placeholder"
    if not told.upright:
        yield "CHECK BEFORE USE: the robot does not stand upright, its mounting must be set in the controller"
    yield "Run it first without the process, at reduced speed, with a hand on the enabling switch."


def number(event: Event, key: str) -> float | None:
    """Return the value of an event as a finite number; None where it has none.

    Raises:
        ProgramError: a text or not finite.
    """
    value = event.values.get(key)
    if value is None:
        return None
    if isinstance(value, str) or not math.isfinite(value):
        raise ProgramError(f"{shown(key)} of {event.kind} is {shown(str(value))}, not a number", fix="give a number")
    return float(value)


def signal(event: Event) -> tuple[float | str, bool]:
    """Return number or name of the signal of ``set_output`` and ``wait_input``, and its state.

    Raises:
        ProgramError: no signal is named.
    """
    port = event.values.get("signal")
    if port is None:
        raise ProgramError(f"{event.kind} names no signal", fix="add `signal` to the event")
    return port, bool(number(event, "value") if "value" in event.values else 1)


def told_values(event: Event) -> str:
    """Return what an event carries as one harmless line, for a comment."""
    values = ", ".join(
        f"{shown(key)[1:-1]}={shown(value) if isinstance(value, str) else f'{value:g}'}"
        for key, value in sorted(event.values.items())
    )
    return f"{shown(event.kind)[1:-1]} ({values})" if values else shown(event.kind)[1:-1]


def travel(plan: Plan, before: Array, after: Array) -> tuple[float, float]:
    """Return way [m] and turn [rad] of the TCP in a joint move between two positions (6,) [rad] of the description."""
    share = np.linspace(0.0, 1.0, 65)[:, None]
    q = before + share * (after - before)
    base_T_tcp = base_T_flange(plan.cell.robot.chain, q) @ plan.cell.tool.flange_T_tcp
    way = float(np.linalg.norm(np.diff(base_T_tcp[:, :3, 3], axis=0), axis=1).sum())
    step_R = np.swapaxes(base_T_tcp[:-1, :3, :3], 1, 2) @ base_T_tcp[1:, :3, :3]
    return way, float(rotation_angle(step_R).sum())


def degrees(joints: Array) -> list[float]:
    """Return joint positions [rad] in degrees."""
    return [deg(float(q)) for q in joints]


def _counted(controller: ControllerMap, q: Array) -> Array:
    return frozen(controller.axis_map @ q + controller.axis_zero)


def _steps(controller: ControllerMap, moves: tuple[Move, ...], external: Sequence[tuple[float, ...]]) -> Iterator[Step]:
    for i, move in enumerate(moves):
        last = i + 1 == len(moves)
        following = () if last else tuple(event for event in moves[i + 1].events if event.when == "start")
        events = (*(event for event in move.events if event.when == "end"), *following)
        # nothing can happen at a corner that is rounded, and a program ends where it says
        zone = 0.0 if events or last else move.zone
        joints = _counted(controller, move.q)
        yield Step(move=move, joints=joints, zone=zone, events=events, external=external[i])


def _digest(start: Array, moves: tuple[Move, ...], poses: list[Array]) -> str:
    def plain(values: Array | None) -> list[float] | None:
        return None if values is None else (np.round(values, 9) + 0.0).ravel().tolist()

    record = hashlib.sha256()
    record.update(repr([plain(values) for values in (start, *poses)]).encode())
    for move in moves:
        events = [(event.kind, event.when, sorted(event.values.items())) for event in move.events]
        record.update(repr((move.kind, move.frame, move.role, move.operation, events)).encode())
        record.update(repr([plain(values) for values in (move.q, move.frame_T_tcp, move.frame_T_via)]).encode())
        record.update(repr((round(move.speed, 9), round(move.zone, 9))).encode())
    return record.hexdigest()[:16]
