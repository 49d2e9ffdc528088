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
from ..geometry import Array, frozen, inv, rotation_vector
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
        dear: (E,) price of each edge beside its joint travel [s].
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
    dear: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Where the flange is, one edge after the other.

    Attributes:
        first: (edges + 1,) first place of each edge.
        base_T_flange: (n, 4, 4); the base is the arm's own, ``world_T_base`` (4, 4) or (n, 4, 4).
        beside: (n, x) axes beside the arm [rad or m].
        along: (n,) arc length [m].
    """

    first: NDArray[np.int64]
    world_T_base: Array
    base_T_flange: Array
    beside: Array
    along: Array

    def world_T_flange(self, rows: NDArray[np.int64]) -> Array:
        """Return the flange at some places (m, 4, 4)."""
        base = self.world_T_base if self.world_T_base.ndim == 2 else self.world_T_base[rows]
        return base @ self.base_T_flange[rows]


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


def cut_at_knots(toolpath: Toolpath) -> list[tuple[Segment, ...]]:
    """Return the pieces between knots of each segment."""
    return [split(segment, KNOT_SPACING) for segment in toolpath.segments]


def make_course(toolpath: Toolpath, variants: Variants, *, moving: bool) -> Course:
    """Return the course of a toolpath; not ``moving`` keeps the first variant all the way."""
    cut = cut_at_knots(toolpath)
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
        way=frozen(np.cumsum([0.0, *spans])), variants=variants, dear=np.zeros(len(start)),
    )  # fmt: skip


def knot_places(cell: Cell, course: Course, external: External | None) -> Places:
    """Return the flange at every knot with every variant ((k + 1) m of them, the variants of a knot together)."""
    held, beside = course.variants.tcp_T_held, course.variants.external
    nominal = np.array([*(p.frame_T_start for p in course.pieces), course.pieces[-1].frame_T_end])
    frame_T_flange = (nominal[:, None] @ (held @ inv(cell.tool.flange_T_tcp))).reshape(-1, 4, 4)
    along = np.repeat(course.way, len(beside))
    beside = np.tile(beside, (len(nominal), 1))
    world_T_base, base_T_frame = _frames(cell, course.frame, beside, external)
    return Places(
        first=np.arange(len(along) + 1), world_T_base=world_T_base, base_T_flange=base_T_frame @ frame_T_flange,
        beside=beside, along=along,
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
    variants, x = course.variants, course.variants.external.shape[1]
    tcp_T_flange = inv(cell.tool.flange_T_tcp)
    # where nothing moves beside the arm, the way from its base to the frame is a part of every pose
    still = np.eye(4) if external is not None else _frames(cell, course.frame, np.zeros((1, 0)), None)[1]
    flanges: list[Array] = [np.zeros((0, 4, 4))]
    beside: list[Array] = [np.zeros((0, x))]
    along: list[Array] = [np.zeros(0)]
    count: list[int] = [0]
    for i in np.unique(course.interval[edges]):
        mine = edges[course.interval[edges] == i]
        n = int(course.count[i])
        fraction = np.linspace(0.0, 1.0, n)[np.append(np.arange(0, n - 1, every), n - 1)]
        start, end = course.start[mine], course.end[mine]
        at_start, at_end = variants.tcp_T_held[start, :3, :3], variants.tcp_T_held[end, :3, :3]
        flanges.append(_flanges(course.pieces[i], fraction, at_start, at_end, still, tcp_T_flange))
        from_, to = variants.external[start, None], variants.external[end, None]
        beside.append((from_ + fraction[:, None] * (to - from_)).reshape(len(mine) * len(fraction), x))
        along.append(np.tile(course.way[i] + (course.way[i + 1] - course.way[i]) * fraction, len(mine)))
        count += [len(fraction)] * len(mine)
    there, base_T_flange = np.concatenate(beside), np.concatenate(flanges)
    world_T_base, base_T_frame = _frames(cell, course.frame, there, external)
    return Places(
        first=np.cumsum(count), world_T_base=world_T_base, beside=there, along=np.concatenate(along),
        base_T_flange=base_T_flange if external is None else base_T_frame @ base_T_flange,
    )  # fmt: skip


def _flanges(
    piece: Segment, fraction: Array, at_start: Array, at_end: Array, a_T_frame: Array, tcp_T_flange: Array
) -> Array:
    """Return ``a_T_flange`` (edges n, 4, 4) along a piece for edges with the tool held so at both ends (edges, 3, 3).

    Where the tool does not turn, and it mostly does not, this is two sums.
    """
    start, end = piece.frame_T_start[:3, 3], piece.frame_T_end[:3, 3]
    position = start + fraction[:, None] * (end - start) if piece.kind == "line" else poses(piece, fraction)[:, :3, 3]
    first = piece.frame_T_start[:3, :3] @ at_start
    last = piece.frame_T_end[:3, :3] @ at_end
    turned = (a_T_frame[:3, :3] @ first)[:, None]
    if np.abs(last - first).max() > _STILL:
        turned = turned @ _turns(np.swapaxes(first, -1, -2) @ last, fraction)
    found = np.zeros((len(first), len(fraction), 4, 4))
    found[..., :3, :3] = turned @ tcp_T_flange[:3, :3]
    found[..., :3, 3] = position @ a_T_frame[:3, :3].T + a_T_frame[:3, 3] + turned @ tcp_T_flange[:3, 3]
    found[..., 3, 3] = 1.0
    return found.reshape(-1, 4, 4)


def _turns(rotation: Array, fraction: Array) -> Array:
    """Return the shares ``fraction`` (n,) of rotations (edges, 3, 3), each about its one axis (edges, n, 3, 3)."""
    vector = rotation_vector(rotation)
    angle = np.linalg.norm(vector, axis=-1)
    x, y, z = (vector / np.where(angle > 0.0, angle, 1.0)[:, None]).T[..., None, None, None]
    still = np.zeros_like(x)
    cross = np.block([[still, -z, y], [z, still, -x], [-y, x, still]])
    theta = (angle[:, None] * fraction)[..., None, None]
    return np.eye(3) + np.sin(theta) * cross + (1.0 - np.cos(theta)) * (cross @ cross)


def _frames(cell: Cell, frame: str, beside: Array, external: External | None) -> tuple[Array, Array]:
    """Return ``world_T_base`` of the arm and ``base_T_frame``, (4, 4) or (n, 4, 4) for ``beside`` (n, x)."""
    world_T_base = cell.world_T_base if external is None else external.world_T_base(beside)
    turned = external if external is not None and external.positioner.dof else None
    world_T_frame = cell.frames[frame] if turned is None else turned.world_T_frame(beside)
    return world_T_base, inv(world_T_base) @ world_T_frame
