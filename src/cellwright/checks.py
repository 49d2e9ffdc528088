"""What is judged once a motion exists: distances, limits, singularities, speeds, accuracy on the seam, load, takt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cell import Cell
from .collision.judge import Judgement
from .collision.own_range import UNJUDGED
from .findings import Finding
from .geometry import Array, inv
from .kinematics.chain import base_T_flange
from .motion.model import Motion
from .paths.model import Path
from .processes.work import Segment, Work, circle
from .robots.beside import arm_of
from .robots.model import Robot

LIMIT_MARGIN = np.deg2rad(3.0)
WRIST_MARGIN = np.deg2rad(6.0)
SPEED_TOLERANCE = 0.01
CORNER = 1e-3  # so near to a corner what slows the tool is the corner [m]
KEPT = 0.97  # of the slowest mean between two rows: what the row in the middle of a corner keeps
RAMP = 0.002  # at both ends of a seam the tool gains and loses its speed on this way at most [m]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Findings, and the measured figures by name (SI)."""

    findings: tuple[Finding, ...]
    figures: dict[str, float]


def check(cell: Cell, work: Work, path: Path, motion: Motion, judgement: Judgement, *, takt: float | None) -> Checked:
    """Return everything there is to say about a motion; ``judgement`` is the exact engine's, on the same rows."""
    parts = (
        _distances(cell, motion, judgement),
        _limits(cell, motion),
        _wrist(cell, path, motion),
        _rates(cell, motion),
        _seams(cell, work, path, motion),
        _load(cell),
        _takt(motion, takt),
    )
    return Checked(
        findings=tuple(finding for part in parts for finding in part.findings),
        figures={name: value for part in parts for name, value in part.figures.items()},
    )


def _checked(*findings: Finding, **figures: float) -> Checked:
    return Checked(findings=findings, figures=figures)


def _at(motion: Motion, row: int) -> str:
    return f"t = {motion.t[row]:.2f} s, move {motion.move[row]}"


def _distances(cell: Cell, motion: Motion, judgement: Judgement) -> Checked:
    findings: list[Finding] = []
    links = {link.link for link in cell.robot.geometry}
    outer = [n for n in judgement.nearest if not (_own(n.bodies[0], links) and _own(n.bodies[1], links))]
    for near in judgement.nearest:
        own = near not in outer
        wanted = 0.0 if own else cell.tool_clearance if near.at_work else cell.clearance
        names = " and ".join(near.bodies)
        if near.distance <= 0.0:
            findings.append(
                Finding(
                    code="collision", severity="error", what=f"{names} collide", value=0.0, limit=wanted, unit="m",
                    where=_at(motion, near.row), fix="move what is named, or allow another base or more free turn",
                )
            )  # fmt: skip
        elif near.distance < wanted - 1e-9:
            findings.append(
                Finding(
                    code="clearance", severity="warning", what=f"{names} come nearer than wanted",
                    value=near.distance, limit=wanted, unit="m", where=_at(motion, near.row),
                    fix="accept it by a smaller `clearance` or `tool_clearance`, or give more room",
                )
            )  # fmt: skip
    findings += [
        Finding(
            code="pair-not-judged", severity="warning", what=f"{a} and {b} were {why}",
            fix="look at this pair on the real robot, or plan with the robot's meshes (a URDF)",
        )
        for a, b, why in cell.allowed if why.startswith(UNJUDGED)
    ]  # fmt: skip
    figures = {"pairs_judged": float(judgement.pairs), "pairs_allowed": float(len(judgement.allowed))}
    for name, at_work in (("tool_clearance", True), ("clearance", False)):
        distances = [n.distance for n in outer if n.at_work == at_work]
        if distances:
            figures[name] = min(distances)
    return Checked(findings=tuple(findings), figures=figures)


def _own(name: str, links: set[str]) -> bool:
    return name in links or name.startswith("tool.")


def _limits(cell: Cell, motion: Motion) -> Checked:
    robot = cell.robot
    margin = np.minimum(motion.q - robot.lower, robot.upper - motion.q)
    # an axis beside the arm may stand at its end: it waits there
    margin[:, : robot.beside] = np.where(margin[:, : robot.beside] < -1e-9, margin[:, : robot.beside], np.inf)
    row, joint = (int(i) for i in np.unravel_index(np.argmin(margin), margin.shape))
    least = float(margin[row, joint])
    if least >= LIMIT_MARGIN:
        return _checked(limit_margin=least)
    return _checked(
        Finding(
            code="joint-limit", severity="error" if least < -1e-9 else "warning",
            what=f"{robot.chain.joints[joint]} comes within {_amount(robot, joint, least)} of its limit",
            value=least, limit=LIMIT_MARGIN, unit="m" if robot.chain.prismatic[joint] else "rad",
            where=_at(motion, row), fix="another base place or more free turn",
        ),
        limit_margin=least,
    )  # fmt: skip


def _amount(robot: Robot, joint: int, value: float) -> str:
    return f"{value * 1e3:.1f} mm" if robot.chain.prismatic[joint] else f"{np.rad2deg(value):.1f} deg"


def _wrist(cell: Cell, path: Path, motion: Motion) -> Checked:
    if arm_of(cell.robot).family != "opw":
        return _checked()
    straight = np.array([path.moves[k].kind != "joint" for k in motion.move])
    if not straight.any():
        return _checked()
    bend = np.where(straight, np.abs(np.sin(motion.q[:, cell.robot.beside + 4])), 1.0)
    row = int(np.argmin(bend))
    angle = float(np.arcsin(bend[row]))
    if angle >= WRIST_MARGIN:
        return _checked(wrist_margin=angle)
    return _checked(
        Finding(
            code="singularity", severity="warning",
            what=f"the wrist is {np.rad2deg(angle):.1f} deg from straight while the tool runs on a line",
            value=angle, limit=WRIST_MARGIN, unit="rad", where=_at(motion, row), fix="allow more free turn",
        ),
        wrist_margin=angle,
    )  # fmt: skip


def _rates(cell: Cell, motion: Motion) -> Checked:
    share = np.abs(motion.qd) / cell.robot.speed
    row, joint = (int(i) for i in np.unravel_index(np.argmax(share), share.shape))
    most = float(share[row, joint])
    if most <= 1.0 + 1e-6:
        return _checked(speed_share=most)
    return _checked(
        Finding(
            code="joint-speed", severity="error",
            what=f"{cell.robot.chain.joints[joint]} runs at {most:.1%} of its speed",
            value=float(np.abs(motion.qd[row, joint])), limit=float(cell.robot.speed[joint]),
            unit="m/s" if cell.robot.chain.prismatic[joint] else "rad/s",
            where=_at(motion, row), fix="reduce the tool's speed",
        ),
        speed_share=most,
    )  # fmt: skip


def _seams(cell: Cell, work: Work, path: Path, motion: Motion) -> Checked:
    """Speed and place of the TCP along every seam, from the joint positions alone, between the rows too."""
    findings: list[Finding] = []
    worst_speed = worst_place = 0.0
    for index, t0, t1 in motion.strokes:
        rows = np.flatnonzero((motion.t >= t0 - 1e-9) & (motion.t <= t1 + 1e-9))
        q = motion.q[rows]
        tcp = _tcp(cell, q)
        operation = work.operations[index]
        slowest, speed_off = _speed_off(path, motion, index, rows, tcp)
        points = np.concatenate([tcp, _tcp(cell, (q[:-1] + q[1:]) / 2)])
        place_off = min(
            _deviation(cell, toolpath.frame, toolpath.segments, points) for toolpath in operation.alternatives
        )
        worst_speed, worst_place = max(worst_speed, speed_off), max(worst_place, place_off)
        if speed_off > SPEED_TOLERANCE:
            findings.append(_uneven(cell, path, motion, operation.name, rows, tcp, slowest, speed_off))
        tolerance = min(s.tolerance for p in operation.alternatives for s in p.segments if s.role == "process")
        if place_off > tolerance:
            what = f"the tool leaves {operation.name} by {place_off * 1e3:.3f} mm"
            findings.append(
                Finding(
                    code="seam-deviation", severity="error", what=what, value=place_off, limit=tolerance, unit="m",
                    where=operation.name, fix="a lower speed",
                )
            )  # fmt: skip
    return Checked(findings=tuple(findings), figures={"seam_speed_off": worst_speed, "seam_deviation": worst_place})


def _speed_off(path: Path, motion: Motion, operation: int, rows: NDArray[np.intp], tcp: Array) -> tuple[int, float]:
    """Return after which of a seam's ``rows`` the tool's speed is farthest from what is asked, and by which share."""
    way, seconds = np.linalg.norm(np.diff(tcp, axis=0), axis=1), np.diff(motion.t[rows])
    along = np.concatenate([[0.0], np.cumsum(way)])
    steady = (along[:-1] >= RAMP) & (along[1:] <= along[-1] - RAMP) & (seconds > 1e-9)
    wanted = next(m.speed for m in path.moves if m.operation == operation and m.role == "process")
    off = np.where(steady, np.abs(way / np.maximum(seconds, 1e-12) / wanted - 1.0), 0.0)
    return int(off.argmax()), float(off.max())


def _uneven(
    cell: Cell, path: Path, motion: Motion, name: str, rows: NDArray[np.intp], tcp: Array, slowest: int, off: float
) -> Finding:
    """Return what is said of a tool's speed that is off by a share, most of all after row ``slowest``."""
    moves = dict.fromkeys(int(k) for k in motion.move[rows[1:]])
    wanted = path.moves[next(iter(moves))].speed
    seconds = float(np.diff(motion.t[rows[slowest : slowest + 2]])[0])
    speed = float(np.linalg.norm(tcp[slowest + 1] - tcp[slowest])) / seconds
    what, fix = f"the tool's speed on {name} is {off:.1%} off", "a lower speed, or more free turn"
    for k in list(moves)[:-1]:
        corner = cell.frames[path.moves[k].frame] @ path.moves[k].frame_T_tcp
        near = np.linalg.norm(tcp - corner[:3, 3], axis=1) <= max(path.moves[k].zone, CORNER)
        if near[slowest : slowest + 2].any() and speed < wanted:
            inside = np.flatnonzero(near)
            before, after = (tcp[i + 1] - tcp[i] for i in (max(inside[0] - 1, 0), min(inside[-1], len(tcp) - 2)))
            turn = np.rad2deg(np.arctan2(np.linalg.norm(np.cross(before, after)), before @ after))
            what = (
                f"in the corner of {turn:.0f} deg between moves {k} and {k + 1} of {name} the tool slows to "
                f"{speed * 1e3:.1f} mm/s, {wanted * 1e3:.1f} mm/s are asked"
            )
            keeps = np.floor(speed * KEPT * 1e4) / 10
            fix = f"at most {keeps:.1f} mm/s on this seam, or two seams that meet in this corner"
    return Finding(
        code="tool-speed", severity="error", what=what, value=off, limit=SPEED_TOLERANCE, where=name, fix=fix,
    )  # fmt: skip


def _tcp(cell: Cell, q: Array) -> Array:
    return (cell.world_T_base @ base_T_flange(cell.robot.chain, q) @ cell.tool.flange_T_tcp)[:, :3, 3]


def _deviation(cell: Cell, frame: str, segments: tuple[Segment, ...], world: Array) -> float:
    """Return how far the farthest of the points (n, 3) is from the nearest process segment [m]."""
    frame_T_world = inv(cell.frames[frame])
    points = world @ frame_T_world[:3, :3].T + frame_T_world[:3, 3]
    distances = [_from_segment(segment, points) for segment in segments if segment.role == "process"]
    return float(np.min(distances, axis=0).max())


def _from_segment(segment: Segment, points: Array) -> Array:
    a, b = segment.frame_T_start[:3, 3], segment.frame_T_end[:3, 3]
    if segment.kind == "line" or segment.via is None:
        share = np.clip((points - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-300), 0.0, 1.0)
        return np.linalg.norm(points - a - share[:, None] * (b - a), axis=1)
    centre, axis, radius, angle = circle(a, segment.via, b)
    x = (a - centre) / radius
    y = np.cross(axis, x)
    local = points - centre
    turn = np.mod(np.arctan2(local @ y, local @ x), 2 * np.pi)
    on_arc = np.hypot(np.hypot(local @ x, local @ y) - radius, local @ axis)
    ends = np.minimum(np.linalg.norm(points - a, axis=1), np.linalg.norm(points - b, axis=1))
    return np.where(turn <= angle, on_arc, ends)


def _load(cell: Cell) -> Checked:
    mass, payload = cell.tool.mass.value, cell.robot.facts.get("payload")
    if not isinstance(mass, float):
        what, fix = "the tool's mass is not known: the payload was not checked", "give `mass` and `centre` of the tool"
        return _checked(Finding(code="tool-mass-unknown", severity="info", what=what, fix=fix))
    if payload is None or not isinstance(payload.value, float):
        what = f"the payload of {cell.robot.key} is not known: the tool's {mass:.1f} kg were not checked"
        return _checked(
            Finding(code="payload-unknown", severity="info", what=what, value=mass, unit="kg"), tool_mass=mass
        )
    if mass > payload.value:
        what = f"the tool weighs {mass:.1f} kg, the robot carries {payload.value:.1f} kg"
        finding = Finding(
            code="payload", severity="error", what=what, value=mass, limit=payload.value, unit="kg",
            fix="a lighter tool or a stronger robot",
        )  # fmt: skip
        return _checked(finding, tool_mass=mass)
    return _checked(tool_mass=mass, payload=payload.value)


def _takt(motion: Motion, takt: float | None) -> Checked:
    duration = motion.duration
    if takt is None or duration.high <= takt:
        return _checked()
    severity = "error" if duration.low > takt else "warning"
    what = f"the cycle takes {duration.low:.1f} to {duration.high:.1f} s, the takt is {takt:.1f} s"
    fix = "a faster process speed, a second robot, or a longer takt"
    return _checked(
        Finding(code="takt", severity=severity, what=what, value=duration.nominal, limit=takt, unit="s", fix=fix)
    )
