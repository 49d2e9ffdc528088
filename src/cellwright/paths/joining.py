"""The path: chosen strokes joined by collision-free transits, as moves that a controller knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..cell import Cell
from ..collision.fast import Checker
from ..controllers import zone_within
from ..errors import NoPathError
from ..geometry import Array, frozen, inv, pose, rotation_angle
from ..kinematics.chain import base_T_flange
from ..processes.work import Event, Segment, Toolpath, Work, circle, length, poses
from .model import Move, Path
from .strokes import Stroke
from .transits import Roadmap, Transit, find_transit, make_roadmap

DIGITS = 9  # of joint positions along strokes [rad or m], whose last bits differ by processor
TRANSIT_ZONE = 0.010  # corners of transits are rounded this far from the corner [m]
PROCESS_ZONE = {"line": 0.002, "arc": 0.0005}  # most between pieces of one seam, where they join smoothly [m]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Via:
    """A joint position ``q`` (dof,) [rad or m] for the transit after an operation, or for any where that is None."""

    q: Array
    after: str | None = None


def find_path(
    cell: Cell,
    work: Work,
    strokes: tuple[Stroke, ...],
    *,
    free: Checker,
    via: tuple[Via, ...] = (),
    seed: int,
    progress: Callable[[float], None],
) -> Path:
    """Return the moves from home over all strokes and back home.

    Args:
        strokes: in the order they are made.
        free: the fast check for transits.
        via: positions that the transit after an operation passes, or, without one, that any transit may use.
        seed: of the transit planner; the same seed gives the same path.
        progress: is told the share of transits found.

    Raises:
        NoPathError: a way between two strokes was not found; says between which, and what is in the way.
    """
    robot = cell.robot
    strokes = tuple(replace(stroke, q=frozen(np.round(stroke.q, DIGITS))) for stroke in strokes)
    weight = np.where(np.isfinite(robot.speed), 1.0 / np.where(np.isfinite(robot.speed), robot.speed, 1.0), 1.0)
    known = make_roadmap(free, lower=robot.lower, upper=robot.upper, weight=weight)
    moves: list[Move] = []
    here, came_from = cell.home, "home"
    stops = [*((stroke.q[0], work.operations[stroke.operation].name) for stroke in strokes), (cell.home, "home")]
    for i, (target, name) in enumerate(stops):
        named = [v.q for v in via if v.after == came_from]
        anywhere = [v.q for v in via if v.after is None]
        transit, known = _over(known, [here, *named, target], seed + i)
        if not transit.found and anywhere:
            transit, known = _over(known, [here, *anywhere, target], seed + i)
        if not transit.found:
            raise NoPathError(
                f"no way from {came_from} to {name}: {transit.reason}",
                fix="raise `approach` and `retract`, move what is named, or give a `via` position",
            )
        frame = work.operations[strokes[min(i, len(strokes) - 1)].operation].alternatives[0].frame
        moves += _transit_moves(cell, transit.q, frame, last_stops=i == len(strokes))
        if i < len(strokes):
            stroke = strokes[i]
            toolpath = work.operations[stroke.operation].alternatives[stroke.alternative]
            moves += _stroke_moves(cell, stroke, toolpath)
            here, came_from = stroke.q[-1], name
        progress((i + 1) / len(stops))
    return Path(start=frozen(cell.home), moves=tuple(moves))


def _over(known: Roadmap, stops: list[Array], seed: int) -> tuple[Transit, Roadmap]:
    """Return one transit over all ``stops``, and what was learned on the way."""
    corners = [stops[0][None]]
    for start, end in pairwise(stops):
        leg, known = find_transit(known, start, end, seed=seed)
        if not leg.found:
            return leg, known
        corners.append(leg.q[1:])
    return Transit(q=frozen(np.concatenate(corners)), found=True), known


def _transit_moves(cell: Cell, q: Array, frame: str, *, last_stops: bool) -> list[Move]:
    frame_T_base = inv(cell.frames[frame]) @ cell.world_T_base
    frame_T_tcp = frame_T_base @ base_T_flange(cell.robot.chain, q) @ cell.tool.flange_T_tcp
    return [
        Move(
            kind="joint",
            q=frozen(q[k]),
            frame=frame,
            frame_T_tcp=frozen(frame_T_tcp[k]),
            speed=1.0,
            zone=0.0 if last_stops and k == len(q) - 1 else TRANSIT_ZONE,
            role="transit",
        )
        for k in range(1, len(q))
    ]


def _stroke_moves(cell: Cell, stroke: Stroke, toolpath: Toolpath) -> list[Move]:
    pieces = _merged(stroke, cell.robot.beside)
    moves: list[Move] = []
    for n, (segment, origin, q) in enumerate(pieces):
        following = pieces[n + 1] if n + 1 < len(pieces) else None
        if following is None:
            zone = TRANSIT_ZONE
        elif following[0].role == segment.role == "process":
            most = min(PROCESS_ZONE[segment.kind], PROCESS_ZONE[following[0].kind])
            zone = zone_within(_turn(segment, following[0]), min(segment.tolerance, following[0].tolerance), most)
        else:
            zone = 0.0
        opens = n == 0 or pieces[n - 1][1] != origin
        closes = following is None or following[1] != origin
        events = [e for e in toolpath.events if e.segment == origin]
        via = None
        if segment.kind == "arc" and segment.via is not None:
            via = frozen(pose(segment.via, poses(segment, np.array([0.5]))[0, :3, :3]))
        moves.append(
            Move(
                kind=segment.kind,
                q=q,
                frame=toolpath.frame,
                frame_T_tcp=segment.frame_T_end,
                frame_T_via=via,
                speed=segment.speed,
                zone=zone,
                role=segment.role,
                operation=stroke.operation,
                events=(*_at("start", events, opens), *_at("end", events, closes)),
            )
        )
    return moves


def _at(when: str, events: list[Event], here: bool) -> list[Event]:
    return [event for event in events if here and event.when == when]


def _merged(stroke: Stroke, beside: int) -> list[tuple[Segment, int, Array]]:
    """Leave out knots that the moves on both sides pass through anyway; (segment, origin, q at its end).

    The first ``beside`` joints are no part of the arm: they run evenly along a move.
    """
    merged: list[tuple[Segment, int, Array]] = []
    before = stroke.q[0]
    for segment, origin, q in zip(stroke.segments, stroke.origin, stroke.q[1:], strict=True):
        if merged and merged[-1][1] == origin:
            first, _, knot = merged[-1]
            longer = _joined(first, segment)
            share = length(first) / (length(first) + length(segment))
            even = np.abs((before + share * (q - before) - knot)[:beside]).max(initial=0.0) < 1e-9
            if longer is not None and even:
                merged[-1] = (longer, origin, q)
                continue
        if merged:
            before = merged[-1][2]
        merged.append((segment, origin, q))
    return merged


def _joined(first: Segment, second: Segment) -> Segment | None:
    """Return one segment that runs through both, or None where that would be another way."""
    if first.kind == "arc" and first.via is not None and second.via is not None:
        angle = sum(
            circle(s.frame_T_start[:3, 3], s.via, s.frame_T_end[:3, 3])[3] for s in (first, second) if s.via is not None
        )
        if angle > np.pi / 2 + 1e-9:
            return None
    joined = replace(first, frame_T_end=second.frame_T_end)
    if first.kind == "arc":
        joined = replace(joined, via=first.frame_T_end[:3, 3])
    share = length(first) / (length(first) + length(second))
    if first.kind == "arc":
        middle = poses(joined, np.array([0.5]))[0, :3, 3]
        joined = replace(joined, via=frozen(middle))
    between = poses(joined, np.array([share]))[0]
    apart = float(np.linalg.norm(between[:3, 3] - first.frame_T_end[:3, 3]))
    turned = float(rotation_angle(between[:3, :3].T @ first.frame_T_end[:3, :3]))
    return joined if apart < 1e-8 and turned < 1e-7 else None


def _turn(first: Segment, second: Segment) -> float:
    """Return by how much the tool changes its direction from one segment into the other [rad]."""
    a = poses(first, np.array([0.999, 1.0]))[:, :3, 3]
    b = poses(second, np.array([0.0, 0.001]))[:, :3, 3]
    u, v = a[1] - a[0], b[1] - b[0]
    return float(np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v))
