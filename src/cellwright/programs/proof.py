"""Does a program say what the plan says? Read back by the other author's reader, replayed, compared move by move."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..errors import ProgramError
from ..findings import Finding
from ..geometry import Array, inv
from ..kinematics.chain import base_T_flange
from ..paths.model import Move as Planned
from ..planning.model import Plan
from ..robots.model import ControllerMap
from .events import compare_events, switched
from .external import compare_beside, of_the_arm, written_beside
from .judging import ANGLE, DISTANCE, apart, error, figures, judged, judged_zone, shortened
from .model import Proof, Target
from .readers import READERS, read
from .replay import (
    axes_of,
    base_T_flange_at,
    follow,
    implied_share,
    posture,
    root_T_target,
    rounded_from,
    written_axes,
)
from .statements import Call, Flow, Move, Statements, Unknown


def prove(plan: Plan, files: Mapping[str, bytes]) -> Proof:
    """Return the comparison of a program's files with the plan that they were made from.

    Raises:
        ProgramError: the robot has no controller map, its brand has no reader, or a file is not well formed.
    """
    controller = plan.cell.robot.controller
    if controller is None:
        raise ProgramError(
            f"{plan.cell.robot.key} has no controller map: nobody knows how its controller counts",
            fix="add 'controller' to the robot's description, or plan with a robot that has one",
        )
    said = read(files, brand=controller.brand)
    return compare(plan, controller, said)


def compare(plan: Plan, controller: ControllerMap, said: Statements) -> Proof:
    """Return the comparison of statements with a plan."""
    external = written_beside(plan)
    plan, controller = of_the_arm(plan, controller)
    lead, findings = _lead(plan, controller, said.moves)
    moves = said.moves[lead:]
    findings += _statements(said)
    findings += _order(plan.path.moves, moves)
    findings += compare_beside(external[0 if lead else 1 :], said.moves)
    names, tools, frames, frame_findings = _frames(plan, controller, said, lead)
    findings += frame_findings
    starts = np.array([plan.path.start, *(move.q for move in plan.path.moves)])
    targets, target_findings, checked = _targets(plan, controller, moves, starts, said.brand)
    event_findings, events = compare_events(plan.path.moves, said.statements, lead)
    findings += [*target_findings, *event_findings]
    return Proof(
        brand=said.brand,
        targets=targets,
        worst_distance=_worst(t.distance for t in targets),
        worst_via=_worst(t.via for t in targets),
        worst_angle=_worst(t.angle for t in targets),
        worst_joint=_worst(t.joint for t, move in zip(targets, moves, strict=False) if move.joints is not None),
        worst_speed=_worst(t.speed for t in targets),
        worst_zone=_worst(t.zone for t in targets),
        worst_tool=tools,
        worst_frame=frames,
        statements=len(said.statements),
        understood=said.understood,
        signals=events,
        configuration_checked=checked,
        names=names,
        findings=tuple(shortened(findings)),
    )


def _worst(values: Iterable[float]) -> float:
    return max((abs(v) for v in values if not math.isnan(v)), default=0.0)


def _lead(plan: Plan, controller: ControllerMap, moves: Sequence[Move]) -> tuple[int, list[Finding]]:
    """Return how many moves stand before the plan's own: 1 for an absolute joint move to its start, else 0."""
    planned = plan.path.moves
    if moves and planned and moves[0].kind == "joint" and moves[0].joints is None:
        return _lead_by_pose(plan, controller, moves)
    if not moves or moves[0].joints is None or not planned:
        return 0, []
    away = _axes_apart(plan, moves[0], plan.path.start)
    longer = len(moves) > len(planned)
    if away <= ANGLE and (longer or _axes_apart(plan, moves[0], planned[0].q) > ANGLE):
        return 1, []
    if not longer:
        return 0, []
    what = f"the first move ends {math.degrees(away):.3f} deg from the plan's start"
    return 1, [error("program-start", what, moves[0], value=away, limit=ANGLE, unit="rad")]


def _axes_apart(plan: Plan, move: Move, q: Array) -> float:
    """Return the largest difference [rad or m] between axes as the controller counts and the chain's joints."""
    robot = plan.cell.robot
    axes = written_axes(robot, move)
    if axes is None or robot.controller is None or axes.shape != q.shape:
        return math.inf
    return float(np.max(np.abs(axes - axes_of(robot.controller, q))))


def _statements(said: Statements) -> list[Finding]:
    """Return a finding for everything that a straight replay does not prove."""
    findings: list[Finding] = []
    for s in said.statements:
        match s:
            case Unknown(kind="other"):
                what = f"'{s.text}' is not understood"
                findings.append(Finding(code="program-unknown", severity="warning", what=what, where=str(s.where)))
            case Unknown():
                what = f"a statement of {s.kind} is not understood: '{s.text}'" + (f" ({s.reason})" if s.reason else "")
                findings.append(Finding(code="program-unknown", severity="error", what=what, where=str(s.where)))
            case Flow():
                what = f"the program branches or loops: '{s.text}'"
                findings.append(Finding(code="program-flow", severity="error", what=what, where=str(s.where)))
            case Call(known=False) if switched(s) is None:
                what = f"the program calls {s.routine}, which is not among its files"
                findings.append(Finding(code="program-call", severity="error", what=what, where=str(s.where)))
            case _:
                pass
    for name in said.uncalled:
        what = f"nothing calls the routine {name}"
        findings.append(Finding(code="program-uncalled", severity="warning", what=what))
    return findings


def _lead_by_pose(plan: Plan, controller: ControllerMap, moves: Sequence[Move]) -> tuple[int, list[Finding]]:
    """Return the same of a language that says no axes: the first pose is where the plan's start puts the tool."""
    first = moves[0]
    known = all(pose is not None for pose in (first.frame_T_tcp, first.frame.outer_T_frame, first.tool.outer_T_frame))
    if not known or len(moves) <= len(plan.path.moves):
        return 0, []
    written = base_T_flange_at(controller, first, root_T_target(first))
    distance, angle = apart(base_T_flange(plan.cell.robot.chain, plan.path.start), written)
    if distance <= 5 * DISTANCE and angle <= 2 * ANGLE:
        return 1, []
    what = f"the first move ends {figures(distance, angle)} from the plan's start"
    return 1, [error("program-start", what, first, value=distance, limit=5 * DISTANCE, unit="m")]


def _order(planned: Sequence[Planned], moves: Sequence[Move]) -> list[Finding]:
    findings: list[Finding] = []
    if len(planned) != len(moves):
        what = f"the program has {len(moves)} moves, the plan {len(planned)}"
        findings.append(
            Finding(code="program-moves", severity="error", what=what, value=len(moves), limit=len(planned))
        )
    for k, (wanted, move) in enumerate(zip(planned, moves, strict=False)):
        if wanted.kind != move.kind:
            findings.append(error("program-kind", f"move {k} is a {move.kind} move, the plan says {wanted.kind}", move))
    return findings


def _frames(
    plan: Plan, controller: ControllerMap, said: Statements, lead: int
) -> tuple[dict[str, str], tuple[float, float], tuple[float, float], list[Finding]]:
    """Compare the tool and the user frame in force at each move with the plan's."""
    mount_T_tcp = inv(controller.flange_T_mount) @ plan.cell.tool.flange_T_tcp
    root_T_world = inv(controller.base_T_root) @ inv(plan.cell.world_T_base)
    names: dict[str, str] = {}
    worst = {"tool": (0.0, 0.0), "frame": (0.0, 0.0)}
    findings: list[Finding] = []
    framed = READERS[said.brand].framed
    for k, move in enumerate(said.moves):
        index = k - lead
        planned = plan.path.moves[index] if 0 <= index < len(plan.path.moves) else None
        pairs = [("tool", plan.cell.tool.name, move.tool, mount_T_tcp)]
        if planned is not None and move.joints is None and framed:
            pairs.append(("frame", planned.frame, move.frame, root_T_world @ plan.cell.frames[planned.frame]))
        for kind, name, read_frame, wanted in pairs:
            if read_frame.outer_T_frame is None:
                what = f"no {kind} with a known place is in force at move {index} ('{read_frame.name}')"
                findings.append(error(f"program-{kind}", what, move))
                continue
            distance, angle = apart(wanted, read_frame.outer_T_frame)
            worst[kind] = (max(worst[kind][0], distance), max(worst[kind][1], angle))
            names.setdefault(f"{kind} {name}", read_frame.name)
            if distance > DISTANCE or angle > ANGLE:
                what = f"the {kind} '{read_frame.name}' lies {figures(distance, angle)} from the plan's '{name}'"
                findings.append(error(f"program-{kind}", what, move, value=distance, limit=DISTANCE, unit="m"))
    return names, worst["tool"], worst["frame"], findings


def _targets(
    plan: Plan, controller: ControllerMap, moves: Sequence[Move], starts: Array, brand: str
) -> tuple[tuple[Target, ...], list[Finding], int]:
    """Compare the targets, speeds, zones and configurations of the moves that both have."""
    pairs = list(zip(plan.path.moves, moves, strict=False))
    joints = _replayed(plan, pairs, starts)
    misfits = READERS[brand].misfits
    targets: list[Target] = []
    findings: list[Finding] = []
    checked = 0
    for k, (planned, move) in enumerate(pairs):
        corner = rounded_from(plan.cell.robot, starts[k], plan.cell.tool.flange_T_tcp, planned, move)
        target = _target(plan, controller, k, planned, move, starts[k], joints[k], abs(corner[0] - corner[1]))
        targets.append(target)
        findings += [*judged(target, planned, move), *judged_zone(target, planned, move, *corner)]
        findings += _consistent(plan, controller, k, planned, move)
        if move.configuration and misfits is not None:
            checked += 1
            axes, stand = axes_of(controller, planned.q), posture(plan.cell.robot, planned.q)
            for misfit in misfits(move.configuration, axes, stand):
                findings.append(error("program-configuration", f"move {k} says {misfit}", move))
    return tuple(targets), findings, checked


def _replayed(plan: Plan, pairs: Sequence[tuple[Planned, Move]], starts: Array) -> Array:
    """Return the joints (n, dof) at the end of each line and arc that can be followed; NaN elsewhere."""
    robot = plan.cell.robot
    q = np.full((len(pairs), robot.dof), np.nan)
    can = [
        k
        for k, (_, move) in enumerate(pairs)
        if robot.dof == 6
        and move.kind != "joint"
        and move.frame_T_tcp is not None
        and move.frame.outer_T_frame is not None
        and move.tool.outer_T_frame is not None
    ]
    if can:
        q[can] = follow(robot, [pairs[k][1] for k in can], starts[can])
    return q


def _target(
    plan: Plan,
    controller: ControllerMap,
    k: int,
    planned: Planned,
    move: Move,
    start: Array,
    followed: Array,
    zone: float,
) -> Target:
    distance = angle = joint = via = math.nan
    if move.joints is not None:
        joint = _axes_apart(plan, move, planned.q)
    elif move.frame_T_tcp is not None and move.frame.outer_T_frame is not None:
        root_T_frame = inv(controller.base_T_root) @ inv(plan.cell.world_T_base) @ plan.cell.frames[planned.frame]
        distance, angle = apart(root_T_frame @ planned.frame_T_tcp, root_T_target(move))
        joint = float(np.max(np.abs(followed - planned.q)))
        if move.frame_T_via is not None and planned.frame_T_via is not None:
            read_via = move.frame.outer_T_frame @ move.frame_T_via
            via = float(np.linalg.norm(read_via[:3, 3] - (root_T_frame @ planned.frame_T_via)[:3, 3]))
    return Target(
        move=k,
        file=str(move.where.file),
        line=move.where.line,
        kind=move.kind,
        distance=distance,
        angle=angle,
        joint=joint,
        via=via,
        speed=_speed(plan, planned, move, start),
        zone=zone,
    )


def _speed(plan: Plan, planned: Planned, move: Move, start: Array) -> float:
    """Return the relative difference of the speed; NaN where the program does not say one that can be compared."""
    if move.kind == "line":
        said = _line_speed(plan, planned, move, start)
    elif move.kind == "arc":
        said = move.speed
    elif move.share is not None:
        said = move.share
    else:
        said = implied_share(plan.cell.robot, start, planned.q, plan.cell.tool.flange_T_tcp, move)
    return math.nan if said is None else said / planned.speed - 1.0


def _line_speed(plan: Plan, planned: Planned, move: Move, start: Array) -> float | None:
    """Return the TCP speed [m/s] of a line, which a written turn rate or duration may bring down."""
    ends = base_T_flange(plan.cell.robot.chain, np.stack([start, planned.q])) @ plan.cell.tool.flange_T_tcp
    way, turned = apart(ends[0], ends[1])
    if move.duration is not None:
        return way / move.duration if move.duration > 0 else None
    if move.speed is None or not move.turn_speed or turned * move.speed <= way * move.turn_speed or way < 1e-6:
        return move.speed
    return way * move.turn_speed / turned


def _consistent(plan: Plan, controller: ControllerMap, k: int, planned: Planned, move: Move) -> list[Finding]:
    """Return a finding where the flange of the written pose is not where the plan's joints put it."""
    if move.frame_T_tcp is None or move.frame.outer_T_frame is None or move.tool.outer_T_frame is None:
        return []
    written = base_T_flange_at(controller, move, root_T_target(move))
    distance, angle = apart(base_T_flange(plan.cell.robot.chain, planned.q), written)
    if distance <= 5 * DISTANCE and angle <= 2 * ANGLE:
        return []
    what = f"the plan's joints put the flange {figures(distance, angle)} from where move {k} of the program puts it"
    return [error("program-flange", what, move, value=distance, limit=5 * DISTANCE, unit="m")]
