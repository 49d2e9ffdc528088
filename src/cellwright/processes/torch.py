"""Where the torch goes along a seam: poses, lines and arcs of the wire's tip, in the part's frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry import Array, axes, frozen, pose, turn
from ..parts.tracks import Track, along, cut
from .seams import Seam, Stretch
from .work import Role, Segment, length, poses

TOLERANCE = 1e-4
"""Largest distance of the wire's tip from the seam [m]."""

_AIR = 1e-3  # [m] the same on the way to the seam and back
_QUARTER = np.pi / 2 + 1e-9  # an arc up to this long turns the tool about its own axis when poses are interpolated


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How the torch is held and moved along a seam.

    Attributes:
        work_angle: between the wire and the second surface, square to the seam [rad]; None = half the opening.
        push_angle: lean of the wire along the travel [rad]; > 0 the wire points ahead (push), < 0 back (drag).
        speed, air_speed: of the tip while it welds and while it approaches [m/s].
        lead_in, lead_out: straight run before and after the seam without arc [m].
        approach, retract: straight way along the wire to the seam and back [m].
    """

    work_angle: float | None
    push_angle: float
    speed: float
    air_speed: float
    lead_in: float
    lead_out: float
    approach: float
    retract: float


def seam_poses(seam: Seam, aim: Aim, step: float = 1e-3) -> Array:
    """Return the nominal poses ``part_T_tcp`` (n, 4, 4) along the whole seam, at most ``step`` [m] apart."""
    rows: list[Array] = []
    for segment in weld(seam, aim, 0.0, seam.length):
        n = max(2, int(np.ceil(length(segment) / step)) + 1)
        rows.append(poses(segment, np.linspace(0.0, 1.0, n)))
    return np.concatenate(rows)


def weld(seam: Seam, aim: Aim, start: float, end: float, *, forward: bool = True) -> tuple[Segment, ...]:
    """Return the process segments from ``start`` to ``end`` [m] along the seam, joined end to start.

    A closed seam may start anywhere and run on past its own start. ``forward=False`` is the same line run back.
    """
    primitives = [piece for stretch in _pieces(seam, start, end) for piece in _primitives(stretch)]
    if not forward:
        primitives.reverse()
    segments: list[Segment] = []
    for piece in primitives:
        first, last = (0.0, 1.0) if forward else (1.0, 0.0)
        part_T_start, part_T_end = (_pose(piece, share, aim, forward) for share in (first, last))
        if segments:
            part_T_start = segments[-1].frame_T_end
        arc = piece.way.kind == "arc"
        segments.append(
            Segment(
                kind="arc" if arc else "line",
                frame_T_start=frozen(part_T_start),
                frame_T_end=frozen(part_T_end),
                via=frozen(along(piece.way, np.array([0.5]))[0][0]) if arc else None,
                speed=aim.speed,
                tolerance=TOLERANCE,
                role="process",
            )
        )
    return tuple(segments)


def with_ways(process: Sequence[Segment], aim: Aim) -> tuple[Segment, ...]:
    """Return the process segments with approach and lead-in before, lead-out and retract after them."""
    first, last = process[0].frame_T_start, process[-1].frame_T_end
    part_T_in = _shifted(first, -aim.lead_in * _travel(process[0], at_end=False))
    part_T_out = _shifted(last, aim.lead_out * _travel(process[-1], at_end=True))
    before = [_line(_shifted(part_T_in, -aim.approach * part_T_in[:3, 2]), part_T_in, aim.air_speed, "approach")]
    after = [_line(part_T_out, _shifted(part_T_out, -aim.retract * part_T_out[:3, 2]), aim.air_speed, "retract")]
    if aim.lead_in > 0:
        before.append(_line(part_T_in, first, aim.speed, "lead_in"))
    if aim.lead_out > 0:
        after.insert(0, _line(last, part_T_out, aim.speed, "lead_out"))
    return (*before, *process, *after)


def opening(stretch: Stretch, k: int, ahead: Array) -> float:
    """Return the angle of the free wedge [rad] at point ``k`` of the stretch, where it runs along ``ahead`` (3,)."""
    over = np.cross(stretch.normals[1, k], ahead)
    up = np.cross(ahead, stretch.normals[0, k])
    return float(np.arctan2(up @ stretch.normals[1, k], up @ over)) % (2 * np.pi)


def _pieces(seam: Seam, start: float, end: float) -> list[Stretch]:
    """Return the stretches between two places along the seam [m], cut at both ends."""
    laps = int(np.ceil(end / seam.length - 1e-9)) if seam.closed else 1
    pieces: list[Stretch] = []
    before = 0.0
    for stretch in [*seam.stretches] * max(laps, 1):
        size = stretch.way.length
        low, high = max(start - before, 0.0) / size, min(end - before, size) / size
        before += size
        if (high - low) * size > 1e-6:
            pieces.append(_part_of(stretch, low, high))
    return pieces


def _part_of(stretch: Stretch, low: float, high: float) -> Stretch:
    if low <= 0.0 and high >= 1.0:
        return stretch
    way = cut(stretch.way, low, high)
    return Stretch(way=way, normals=_normals_at(stretch, low + (high - low) * _shares(way)), edge=stretch.edge)


def _primitives(stretch: Stretch) -> list[Stretch]:
    """Return the stretch as lines and as arcs of at most 90 deg; what is neither becomes short lines."""
    way = stretch.way
    if way.kind == "line":
        return [stretch]
    if way.kind == "arc" and _rigid(stretch):
        n = int(np.ceil(way.angle / _QUARTER))
        return [_part_of(stretch, k / n, (k + 1) / n) for k in range(n)]
    shares = _shares(way)
    pieces: list[Stretch] = []
    for k in range(len(shares) - 1):
        a, b = way.points[k], way.points[k + 1]
        zero = np.zeros(3)
        chord = Track(
            kind="curve", points=np.stack([a, b]), centre=zero, axis=zero, angle=0.0,
            length=float(np.linalg.norm(b - a)), closed=False,
        )  # fmt: skip
        ahead = along(way, shares[[k, k + 1]])[1]
        pieces.append(_Chord(way=chord, normals=stretch.normals[:, [k, k + 1]], edge=stretch.edge, ahead=ahead))
    return pieces


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Chord(Stretch):
    """A short line of a curve; ``ahead`` (2, 3) are the curve's own directions at its ends."""

    ahead: Array


def _rigid(stretch: Stretch) -> bool:
    """The surfaces turn with the arc: true on planes and round bodies about its axis."""
    turned = stretch.normals[:, 0] @ turn(stretch.way.axis, stretch.way.angle).T
    return bool((turned * stretch.normals[:, -1]).sum(-1).min() > np.cos(np.radians(0.5)))


def _pose(piece: Stretch, share: float, aim: Aim, forward: bool) -> Array:
    """Return ``part_T_tcp`` (4, 4) at one end of a primitive: z along the wire into the joint, x near the travel."""
    (place,), (ahead,) = along(piece.way, np.array([share]))
    k = 0 if share == 0.0 else -1
    if isinstance(piece, _Chord):
        ahead = piece.ahead[k]
    base = piece.normals[1, k]
    angle = aim.work_angle if aim.work_angle is not None else opening(piece, k, ahead) / 2
    over = np.cross(base, ahead)
    over = over / np.linalg.norm(over)
    into = -(np.cos(angle) * over + np.sin(angle) * base)
    travel = ahead if forward else -ahead
    wire = np.cos(aim.push_angle) * into + np.sin(aim.push_angle) * travel
    return pose(place, axes(wire, travel))


def _normals_at(stretch: Stretch, shares: Array) -> Array:
    knots = _shares(stretch.way)
    wrapped = np.where(shares > 1.0 + 1e-9, shares - 1.0, shares) if stretch.way.closed else shares
    if stretch.way.kind == "arc" and _rigid(stretch):
        turned = turn(stretch.way.axis, shares * stretch.way.angle)
        return np.stack([turned @ stretch.normals[i, 0] for i in (0, 1)])
    rows = np.stack([[np.interp(wrapped, knots, n[:, j]) for j in range(3)] for n in stretch.normals])
    rows = np.swapaxes(rows, 1, 2)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _shares(way: Track) -> Array:
    sizes = np.linalg.norm(np.diff(way.points, axis=0), axis=1)
    knots = np.concatenate([[0.0], np.cumsum(sizes)])
    return knots / knots[-1]


def _travel(segment: Segment, *, at_end: bool) -> Array:
    near = poses(segment, np.array([1.0 - 1e-6, 1.0] if at_end else [0.0, 1e-6]))[:, :3, 3]
    return (near[1] - near[0]) / np.linalg.norm(near[1] - near[0])


def _shifted(part_T_tcp: Array, offset: Array) -> Array:
    return pose(part_T_tcp[:3, 3] + offset, part_T_tcp[:3, :3])


def _line(part_T_start: Array, part_T_end: Array, speed: float, role: Role) -> Segment:
    air = role in ("approach", "retract")
    return Segment(
        kind="line", frame_T_start=frozen(part_T_start), frame_T_end=frozen(part_T_end), speed=speed,
        tolerance=_AIR if air else TOLERANCE, role=role,
    )  # fmt: skip
