"""What a process wants done, in the part's frame: operations, their toolpaths, and the freedom they leave."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ..geometry import Array, interpolate, pose, settled, turn

_GRID = 2.0**-30
"""Poses that a process hands on are whole multiples of this [m, or an entry of a rotation]: a nanometre."""

Role = Literal["approach", "lead_in", "process", "lead_out", "retract"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A line or an arc of the TCP at one speed.

    Attributes:
        kind: ``arc`` turns about one axis by less than 180 deg.
        frame_T_start, frame_T_end: (4, 4) TCP at both ends, nominal orientation (z points where the tool works).
        via: (3,) [m] a point about half-way of an arc; None for a line.
        speed: of the TCP [m/s].
        tolerance: largest allowed distance of the TCP from the segment [m].
    """

    kind: Literal["line", "arc"]
    frame_T_start: Array
    frame_T_end: Array
    via: Array | None = None
    speed: float
    tolerance: float
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens at the start or the end of a segment, in no brand's words.

    Attributes:
        kind: ``process_on``, ``process_off``, ``weave_on``, ``weave_off``, ``set_output``, ``wait_input``, ``wait``.
        segment: index into ``Toolpath.segments``.
        when: before the segment starts or after it has ended.
        values: parameters in SI, or plain text.
    """

    kind: str
    segment: int
    when: Literal["start", "end"]
    values: Mapping[str, float | str] = field(default_factory=dict[str, float | str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Freedom:
    """How the tool may deviate from the nominal orientation.

    Attributes:
        lower, upper: range of the turn about the tool's own z [rad].
        tilt: how far the tool's z may lean away from the nominal one, in any direction [rad].
        steps: where not empty, the only turns allowed [rad], kept over the whole toolpath.
    """

    lower: float
    upper: float
    tilt: float = 0.0
    steps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Toolpath:
    """One way to do an operation.

    Attributes:
        frame: name of the frame the poses are given in (``part``).
        segments: joined end to start, from approach to retract.
        freedom: turn about the tool's z.
        events: in the order they happen.
    """

    frame: str
    segments: tuple[Segment, ...]
    freedom: Freedom
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One thing to do, with the alternatives for doing it (both directions of a seam, say).

    Attributes:
        name: short and unique in the job (``seam_3``).
        key: path into the job file (``("tasks", 0, "seams", 2)``).
        alternatives: any one of them does the operation; the first is preferred where costs tie.
        process: kind of the task (``arc_weld``).
        contact: names of bodies that the tool's working end may touch while it works.
    """

    name: str
    key: tuple[str | int, ...]
    alternatives: tuple[Toolpath, ...]
    process: str
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """All operations of a job; ``precedence`` holds pairs (before, after) of operation indices."""

    operations: tuple[Operation, ...]
    precedence: tuple[tuple[int, int], ...] = ()


def settled_work(work: Work) -> Work:
    """Return the work with every pose on a grid of a nanometre.

    All that follows is then computed alike on every processor.
    """
    return replace(
        work,
        operations=tuple(
            replace(
                operation,
                alternatives=tuple(
                    replace(toolpath, segments=tuple(map(_settled, toolpath.segments)))
                    for toolpath in operation.alternatives
                ),
            )
            for operation in work.operations
        ),
    )


def _settled(segment: Segment) -> Segment:
    return replace(
        segment,
        frame_T_start=settled(segment.frame_T_start, _GRID),
        frame_T_end=settled(segment.frame_T_end, _GRID),
        via=None if segment.via is None else settled(segment.via, _GRID),
    )


def length(segment: Segment) -> float:
    """Return the way of the TCP along the segment [m]."""
    start, end = segment.frame_T_start[:3, 3], segment.frame_T_end[:3, 3]
    if segment.kind == "line" or segment.via is None:
        return float(np.linalg.norm(end - start))
    _, _, radius, angle = circle(start, segment.via, end)
    return radius * angle


def poses(segment: Segment, fraction: Array) -> Array:
    """Return the TCP's nominal poses (n, 4, 4) at ``fraction`` (n,) of the segment's length."""
    turned = interpolate(segment.frame_T_start, segment.frame_T_end, fraction)
    if segment.kind == "line" or segment.via is None:
        return turned
    start = segment.frame_T_start[:3, 3]
    centre, axis, _, angle = circle(start, segment.via, segment.frame_T_end[:3, 3])
    position = centre + turn(axis, np.asarray(fraction) * angle) @ (start - centre)
    return pose(position, turned[:, :3, :3])


def circle(start: Array, via: Array, end: Array) -> tuple[Array, Array, float, float]:
    """Return centre (3,), axis (3,), radius [m] and angle [rad] of the arc from start over via to end.

    Raises:
        ValueError: the three points lie on a line.
    """
    a, b = via - start, end - start
    normal = np.cross(a, b)
    square = float(normal @ normal)
    if square < 1e-24:
        raise ValueError("three points on a line make no arc")
    to_centre = np.cross(normal, a) * float(b @ b) - np.cross(normal, b) * float(a @ a)
    centre, axis = settled(start + to_centre / (2.0 * square)), settled(normal / np.sqrt(square))
    x = start - centre
    y = np.cross(axis, x)
    angle = math.atan2(float((end - centre) @ y), float((end - centre) @ x))
    radius, angle = settled([float(np.linalg.norm(x)), angle if angle > 0 else angle + 2 * np.pi]).tolist()
    return centre, axis, radius, angle
