"""The course of a toolpath: its knots, the edges between them, and where the flange is along an edge.

A toolpath is cut at knots: the ends of its segments, and points between on long ones. At a knot the tool is held as one
of the variants says (how it is turned and tilted, where the axes beside the arm stand). Between knots it turns evenly,
which is what controllers do between two programmed points, so a stroke needs no more programmed points than knots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen, inv, pose, rotation_vector
from ..processes.work import Segment, Toolpath, length, poses
from .external import External
from .variants import Variants

KNOT_SPACING = 0.15
SAMPLE_SPACING = 0.008
_STILL = 1e-12  # axes of the tool that change by less do not turn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """The edges of a ladder, before anybody asks what the arm does on them.

    Attributes:
        frame: name of the frame that the pieces are given in.
        pieces: (k,) segments between knots, nominal orientation; ``origin`` (k,) the segments they are pieces of.
        edge: (k, m, e) the edge of interval i from variant a; -1 where there is none.
        target: (k, m, e) variant at the end of each edge; -1 likewise.
        interval, start, end: (E,) of every edge, and its variants at both ends.
        count: (k,) samples along an edge of each interval, both ends included.
        way: (k + 1,) arc length at the knots [m].
        variants: ways to hold the tool.
    """

    frame: str
    pieces: tuple[Segment, ...]
    origin: tuple[int, ...]
    edge: NDArray[np.int64]
    target: NDArray[np.int64]
    interval: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    count: NDArray[np.int64]
    way: Array
    variants: Variants


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Where the flange is, one edge after the other.

    Attributes:
        first: (edges + 1,) first place of each edge.
        world_T_flange, base_T_flange: (n, 4, 4).
        beside: (n, x) axes beside the arm [rad or m].
        along: (n,) arc length [m].
    """

    first: NDArray[np.int64]
    world_T_flange: Array
    base_T_flange: Array
    beside: Array
    along: Array


def split(segment: Segment, spacing: float) -> tuple[Segment, ...]:
    """Return the segment in equal pieces no longer than ``spacing`` [m]."""
    n = max(1, int(np.ceil(length(segment) / spacing - 1e-9)))
    if n == 1:
        return (segment,)
    frames = poses(segment, np.linspace(0.0, 1.0, 2 * n + 1))
    return tuple(
        replace(
            segment,
            frame_T_start=frozen(frames[2 * k]),
            frame_T_end=frozen(frames[2 * k + 2]),
            via=frozen(frames[2 * k + 1, :3, 3]) if segment.kind == "arc" else None,
        )
        for k in range(n)
    )


def held(segment: Segment, tcp_T_start: Array, tcp_T_end: Array) -> Segment:
    """Return the segment with the tool held otherwise at its two ends: both (4, 4), seen from the nominal TCP."""
    return replace(
        segment,
        frame_T_start=frozen(segment.frame_T_start @ tcp_T_start),
        frame_T_end=frozen(segment.frame_T_end @ tcp_T_end),
    )


def make_course(toolpath: Toolpath, variants: Variants, *, moving: bool) -> Course:
    """Return the course of a toolpath; not ``moving`` keeps the first variant all the way."""
    cut = [split(segment, KNOT_SPACING) for segment in toolpath.segments]
    pieces = tuple(piece for parts in cut for piece in parts)
    m, kinds = variants.next.shape
    target = np.full((len(pieces), m, kinds if moving else 1), -1)
    for i, piece in enumerate(pieces):
        some = target.shape[2] if piece.role == "process" else 1
        target[i, :, :some] = variants.next[:, :some]
    exists = target >= 0
    edge = np.full(target.shape, -1)
    edge[exists] = np.arange(int(exists.sum()))
    interval, start, _ = np.nonzero(exists)
    spans = np.array([length(piece) for piece in pieces])
    return Course(
        frame=toolpath.frame, pieces=pieces, origin=tuple(i for i, parts in enumerate(cut) for _ in parts), edge=edge,
        target=target, interval=interval, start=start, end=target[exists],
        count=np.maximum(2, np.ceil(spans / SAMPLE_SPACING).astype(np.int64) + 1),
        way=frozen(np.cumsum([0.0, *spans])), variants=variants,
    )  # fmt: skip


def knot_places(cell: Cell, course: Course, external: External | None) -> Places:
    """Return the flange at every knot with every variant ((k + 1) m of them, the variants of a knot together)."""
    tcp_T_held, beside = course.variants.tcp_T_held, course.variants.external
    nominal = np.array([*(p.frame_T_start for p in course.pieces), course.pieces[-1].frame_T_end])
    frame_T_tcp = (nominal[:, None] @ tcp_T_held).reshape(-1, 4, 4)
    m = len(beside)
    return _places(
        cell, course.frame, np.arange(len(frame_T_tcp) + 1), frame_T_tcp, np.tile(beside, (len(nominal), 1)),
        np.repeat(course.way, m), external,
    )  # fmt: skip


def edge_places(
    cell: Cell, course: Course, edges: NDArray[np.int64], external: External | None, *, every: int = 1
) -> Places:
    """Return the flange along ``edges``, in ascending order.

    Args:
        cell: robot, base, tool and frames.
        course: of the toolpath.
        edges: which of its edges.
        external: the axes beside the arm; None for an arm alone.
        every: 1 for all samples; else one in so many, and the last.
    """
    variants = course.variants
    frames: list[Array] = [np.zeros((0, 4, 4))]
    beside: list[Array] = [np.zeros((0, variants.external.shape[1]))]
    along: list[Array] = [np.zeros(0)]
    count: list[int] = [0]
    for i in np.unique(course.interval[edges]):
        mine = edges[course.interval[edges] == i]
        n = int(course.count[i])
        fraction = np.linspace(0.0, 1.0, n)[np.append(np.arange(0, n - 1, every), n - 1)]
        start, end = course.start[mine], course.end[mine]
        frames.append(_held_along(course.pieces[i], fraction, variants.tcp_T_held[start], variants.tcp_T_held[end]))
        from_, to = variants.external[start, None], variants.external[end, None]
        beside.append((from_ + fraction[:, None] * (to - from_)).reshape(len(mine) * len(fraction), from_.shape[-1]))
        along.append(np.tile(course.way[i] + (course.way[i + 1] - course.way[i]) * fraction, len(mine)))
        count += [len(fraction)] * len(mine)
    return _places(
        cell, course.frame, np.cumsum(count), np.concatenate(frames), np.concatenate(beside), np.concatenate(along),
        external,
    )  # fmt: skip


def _held_along(piece: Segment, fraction: Array, tcp_T_start: Array, tcp_T_end: Array) -> Array:
    """Return TCP poses (edges n, 4, 4) along a piece for edges that hold the tool so at both ends (edges, 4, 4)."""
    start, end = piece.frame_T_start[:3, 3], piece.frame_T_end[:3, 3]
    position = start + fraction[:, None] * (end - start) if piece.kind == "line" else poses(piece, fraction)[:, :3, 3]
    at_start = piece.frame_T_start[:3, :3] @ tcp_T_start[:, :3, :3]
    at_end = piece.frame_T_end[:3, :3] @ tcp_T_end[:, :3, :3]
    rotation = np.broadcast_to(at_start[:, None], (len(at_start), len(fraction), 3, 3))
    if np.abs(at_end - at_start).max() > _STILL:
        vector = rotation_vector(np.swapaxes(at_start, -1, -2) @ at_end)
        angle = np.linalg.norm(vector, axis=-1)
        turning = angle > 0.0
        x, y, z = (vector / np.where(turning, angle, 1.0)[:, None]).T[..., None, None, None]
        still = np.zeros_like(x)
        cross = np.block([[still, -z, y], [z, still, -x], [-y, x, still]])
        theta = (angle[:, None] * fraction)[..., None, None]
        rotation = rotation @ (np.eye(3) + np.sin(theta) * cross + (1.0 - np.cos(theta)) * (cross @ cross))
    return pose(position, rotation).reshape(-1, 4, 4)


def _places(
    cell: Cell, frame: str, first: NDArray[np.int64], frame_T_tcp: Array, beside: Array, along: Array,
    external: External | None,
) -> Places:  # fmt: skip
    """Return the places of the flange for TCP poses (n, 4, 4) with the axes beside the arm at ``beside`` (n, x)."""
    base_T_world = inv(cell.world_T_base if external is None else external.world_T_base(beside))
    turned = external if external is not None and external.positioner.dof else None
    world_T_frame = cell.frames[frame] if turned is None else turned.world_T_frame(beside)
    world_T_flange = world_T_frame @ (frame_T_tcp @ inv(cell.tool.flange_T_tcp))
    return Places(
        first=first, world_T_flange=world_T_flange, base_T_flange=base_T_world @ world_T_flange, beside=beside,
        along=along,
    )  # fmt: skip
