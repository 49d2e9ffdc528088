"""The ladder of one toolpath: edges between knots, on every branch, that the joints can follow and that are free.

A toolpath is cut at knots: the ends of its segments, and points between on long ones. A state at a knot is a variant
(how the tool is held, where the axes beside the arm stand), a branch of the inverse kinematics and a choice of joint
turns. Between knots the tool turns evenly, which is what controllers do between two programmed points, so a stroke
needs no more programmed points than knots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen, inv, pose, turn_z
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
from ..kinematics.inverse import solve
from ..processes.work import Segment, Toolpath, length, poses
from .external import External
from .ladder_kernel import measure, within
from .variants import Variants

Free = Callable[[Array], NDArray[np.bool_]]
"""Joint positions (n, dof) -> which are surely free of collision while the tool is at work."""

FreeTool = Callable[[Array], NDArray[np.bool_]]
"""Poses of the flange in the world (n, 4, 4) -> where the tool is surely free, whatever arm carries it."""

KNOT_SPACING = 0.15
SAMPLE_SPACING = 0.008
_JUMP = 0.6  # between two samples no joint moves further unless the branch jumps [rad]
_WRIST = 4  # the axis of a wrist that is singular when it is straight


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Where the flange must be along every edge of the ladder, and the joints that put it there.

    Attributes:
        pieces: (k,) segments between knots, nominal orientation; ``origin`` (k,) the segments they are pieces of.
        edge: (k, m, e) the edge of interval i from variant a; -1 where there is none. Edges that end on an interval
            are counted through: interval, kind, variant.
        target: (k, m, e) variant at the end of each edge; -1 likewise.
        first: (E + 1,) first sample of each edge.
        world_T_flange: (n, 4, 4) of the samples.
        along: (n,) arc length of the samples [m].
        q: (r, dof, n) the branches: axes beside the arm first, then the arm [rad or m]; NaN where there is none.
        miss: (n, r) how far the arm misses the sample [m].
        inside: (r, n) whether joint limits allow the branch.
    """

    pieces: tuple[Segment, ...]
    origin: tuple[int, ...]
    edge: NDArray[np.int64]
    target: NDArray[np.int64]
    first: NDArray[np.int64]
    world_T_flange: Array
    along: Array
    q: Array
    miss: Array
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder:
    """Edges with their costs, as the kernels take them.

    Attributes:
        valid, cost: (E, r) which edges can be followed on which branch, and joint travel on them [s].
        ends, extremes: (2, E, r, dof) first and last position; lowest and highest, unrolled [rad or m].
        wraps: (E, r, dof) full turns between the unrolled and the written last position.
        price: (k, m, e) of holding and turning the tool so [s].
        lower, upper: (dof,) limits; ``sliding`` (dof,) which joints have no turns.
    """

    samples: Samples
    variants: Variants
    valid: NDArray[np.bool_]
    cost: Array
    ends: Array
    extremes: Array
    wraps: NDArray[np.int64]
    price: Array
    lower: Array
    upper: Array
    sliding: NDArray[np.bool_]


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


def sample(cell: Cell, toolpath: Toolpath, variants: Variants, *, moving: bool, external: External | None) -> Samples:
    """Return the samples of all edges.

    Args:
        cell: robot, base, tool and frames.
        toolpath: what is to be followed.
        variants: ways to hold the tool.
        moving: False keeps the first variant over the whole toolpath.
        external: the axes beside the arm; None for an arm alone.
    """
    pieces: list[Segment] = []
    origin: list[int] = []
    for i, segment in enumerate(toolpath.segments):
        parts = split(segment, KNOT_SPACING)
        pieces += parts
        origin += [i] * len(parts)
    m, kinds = variants.next.shape
    target = np.full((len(pieces), m, kinds if moving else 1), -1)
    edge = target.copy()
    frames: list[Array] = []
    beside: list[Array] = []
    along: list[Array] = []
    count = [0]
    way = 0.0
    edges = 0
    for i, piece in enumerate(pieces):
        span = length(piece)
        n = max(2, int(np.ceil(span / SAMPLE_SPACING)) + 1)
        fraction = np.linspace(0.0, 1.0, n)
        nominal = poses(piece, fraction)
        for d in range(target.shape[2]):
            if d > 0 and piece.role != "process":
                continue
            target[i, :, d] = variants.next[:, d]
            start = np.flatnonzero(target[i, :, d] >= 0)
            end = target[i, start, d]
            edge[i, start, d] = edges + np.arange(len(start))
            frames.append(_held_along(piece, nominal, fraction, variants, start, d).reshape(-1, 4, 4))
            from_, to = variants.external[start], variants.external[end]
            beside.append((from_[:, None] + fraction[:, None] * (to - from_)[:, None]).reshape(len(start) * n, -1))
            along += [way + span * fraction] * len(start)
            count += [n] * len(start)
            edges += len(start)
        way += span
    world_T_flange, base_T_flange = _flange(
        cell, toolpath.frame, np.concatenate(frames), np.concatenate(beside), external
    )
    q, miss = _branches(cell.robot.chain, base_T_flange, np.concatenate(beside))
    lower, upper, _, prismatic = axes_of(cell, external)
    inside = np.empty((q.shape[0], q.shape[2]), np.bool_)
    within(q, lower, upper, ~prismatic, inside)
    return Samples(
        pieces=tuple(pieces), origin=tuple(origin), edge=edge, target=target, first=np.cumsum(count),
        world_T_flange=world_T_flange, along=np.concatenate(along), q=q, miss=miss, inside=inside,
    )  # fmt: skip


def climbable(
    cell: Cell, samples: Samples, variants: Variants, *, free: Free, free_tool: FreeTool, external: External | None
) -> Ladder:
    """Return the ladder: edges that the joints can follow at the tool's speed and that are free."""
    lower, upper, speed, prismatic = axes_of(cell, external)
    r, dof, _ = samples.q.shape
    edges = len(samples.first) - 1
    shape = (edges, r, dof)
    valid, cost = np.empty((edges, r), np.bool_), np.full((edges, r), np.inf)
    ends, extremes = np.empty((2, *shape)), np.empty((2, *shape))
    wraps = np.zeros(shape, np.int64)
    family = recognise(cell.robot.chain)
    measure(
        samples.q, samples.inside, samples.first, _seconds(samples), np.where(np.isfinite(speed), speed, 2.0),
        0.9 * np.where(np.isnan(speed), np.inf, speed), ~prismatic, _JUMP,
        dof - 6 + _WRIST if family in ("opw", "three_parallel") else -1, valid, cost, ends, extremes, wraps,
    )  # fmt: skip
    _clear(samples, valid, free, free_tool)
    price = np.broadcast_to(variants.price[None, :, : samples.edge.shape[2]], samples.edge.shape)
    return Ladder(
        samples=samples, variants=variants, valid=valid, cost=cost, ends=ends, extremes=extremes, wraps=wraps,
        price=np.ascontiguousarray(price), lower=lower, upper=upper, sliding=prismatic,
    )  # fmt: skip


def axes_of(cell: Cell, external: External | None) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Return limits, speeds and which joints slide (dof,) of the group: axes beside the arm first, then the arm."""
    robot = cell.robot
    if external is None:
        return np.array(robot.lower), np.array(robot.upper), np.array(robot.speed), np.array(robot.chain.prismatic)
    return (
        np.concatenate([external.lower, robot.lower]),
        np.concatenate([external.upper, robot.upper]),
        np.concatenate([external.speed, robot.speed]),
        np.concatenate([external.prismatic, robot.chain.prismatic]),
    )


def axis_names(cell: Cell, external: External | None) -> tuple[str, ...]:
    """Return the names of the joints of the group."""
    beside = (*external.track.joints, *external.positioner.joints) if external is not None else ()
    return (*beside, *cell.robot.chain.joints)


def _held_along(
    piece: Segment, nominal: Array, fraction: Array, variants: Variants, start: NDArray[np.int64], kind: int
) -> Array:
    """Return TCP poses (len(start), n, 4, 4) along a piece for edges of one kind from the variants ``start``."""
    if kind == 0:
        return nominal @ variants.tcp_T_held[start][:, None]
    by = variants.turn_by[start, kind]
    end = variants.next[start, kind]
    turns = np.abs(piece.frame_T_start[:3, :3] - piece.frame_T_end[:3, :3]).max() <= 1e-12
    if turns and not np.isnan(by).any():
        step = pose(rotation=turn_z(by[:, None] * fraction))
        return nominal @ variants.tcp_T_held[start][:, None] @ step
    return np.array(
        [
            poses(held(piece, variants.tcp_T_held[a], variants.tcp_T_held[b]), fraction)
            for a, b in zip(start, end, strict=True)
        ]
    )


def _flange(
    cell: Cell, frame: str, frame_T_tcp: Array, beside: Array, external: External | None
) -> tuple[Array, Array]:
    """Return the flange (n, 4, 4) seen from the world and from the arm's base."""
    if external is None:
        world_T_frame, base_T_world = cell.frames[frame], inv(cell.world_T_base)
    else:
        world_T_frame, base_T_world = external.world_T_frame(beside), inv(external.world_T_base(beside))
    world_T_flange = world_T_frame @ (frame_T_tcp @ inv(cell.tool.flange_T_tcp))
    return world_T_flange, base_T_world @ world_T_flange


def _branches(chain: Chain, base_T_flange: Array, beside: Array) -> tuple[Array, Array]:
    """Return the joints (r, dof, n) of every branch, axes beside the arm first, and what the arm misses (n, r) [m]."""
    found = solve(chain, base_T_flange)
    arm = np.asarray(found.q).transpose(1, 2, 0)
    q = np.empty((arm.shape[0], beside.shape[1] + arm.shape[1], arm.shape[2]))
    q[:, : beside.shape[1]] = np.where(np.isnan(arm[:, :1]), np.nan, beside.T)
    q[:, beside.shape[1] :] = arm
    return q, np.asarray(found.miss)


def _seconds(samples: Samples) -> Array:
    """Return the time (E,) between two samples of each edge [s]; infinite where the tool's speed is no matter."""
    seconds = np.full(len(samples.first) - 1, np.inf)
    count = np.diff(samples.first)
    for i, piece in enumerate(samples.pieces):
        if piece.role in ("process", "lead_in", "lead_out"):
            mine = samples.edge[i][samples.edge[i] >= 0]
            seconds[mine] = length(piece) / piece.speed / (count[mine] - 1)
    return seconds


def _clear(samples: Samples, valid: NDArray[np.bool_], free: Free, free_tool: FreeTool) -> None:
    """Take from ``valid`` (E, r) the edges that are not free, asking as little as possible.

    Ends and middles are asked first: what is blocked is mostly found there. The tool is asked once a pose, whatever
    branch of the arm holds it there.
    """
    first, last = samples.first[:-1], samples.first[1:] - 1
    owner = np.repeat(np.arange(len(first)), np.diff(samples.first))
    few = np.zeros(len(owner), np.bool_)
    few[np.concatenate([first, last, (first + last) // 2])] = True
    for some in (few, np.logical_not(few)):
        asked = np.flatnonzero(some & np.asarray(valid.any(1))[owner])
        closed = asked[~free_tool(samples.world_T_flange[asked])] if len(asked) else asked
        valid[owner[closed]] = False
        rows, branches = np.nonzero(valid[owner] & some[:, None])
        if len(rows):
            closed = np.logical_not(free(samples.q[branches, :, rows]))
            valid[owner[rows[closed]], branches[closed]] = False
