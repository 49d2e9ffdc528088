"""Strokes: every good way for the arm to make one operation, from a ladder over branches and the tool's free turn.

A toolpath is cut at knots: the ends of its segments, and points between on long ones. A rung of the ladder is a knot,
a state on it is a branch of the inverse kinematics, a step of the free turn and a choice of joint turns. Between
knots the tool turns evenly, which is what controllers do between two programmed points, so a stroke needs no more
programmed points than knots. The shortest way through the ladder is exact (dynamic programming from the end).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen, inv, pose, turn_z
from ..kinematics.branches import Branches
from ..kinematics.inverse import solve
from ..processes.work import Operation, Segment, Toolpath, length, poses
from .obstructions import Obstruction, discontinuous, nearest_miss

Free = Callable[[Array], NDArray[np.bool_]]
"""Joint positions (n, dof) -> which are surely free of collision while the tool is at work."""

TURN_STEP = np.deg2rad(15.0)
KNOT_SPACING = 0.15
SAMPLE_SPACING = 0.008
_JUMP = 0.6  # between two samples no joint moves further unless the branch jumps [rad]
_QUANTUM = 1e-6  # costs are compared rounded to this, so that the last bit of a processor decides nothing [s]
_KEPT = 12
_TURNING = 0.3  # price of turning the tool between two knots: an even seam is worth some joint travel [s]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """One way to make an operation.

    Attributes:
        operation, alternative: indices into the work.
        segments: of the toolpath, cut at the knots, with the chosen free turn in their poses.
        origin: (k,) index of the toolpath's segment that each of ``segments`` is a piece of.
        q: (k + 1, dof) joint positions at the knots, turns included [rad].
        branch: of the inverse kinematics.
        cost: estimated joint travel [s] with penalties for limits and singularities.
    """

    operation: int
    alternative: int
    segments: tuple[Segment, ...]
    origin: tuple[int, ...]
    q: Array
    branch: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ladder:
    """Edges of one toolpath: interval i, turn step a at its start, step b = a + d - 1 at its end, branch r.

    Attributes:
        pieces: (k,) segments between knots, nominal orientation.
        angle: (m,) the steps of the free turn [rad].
        target: (k, m, 3) step at the end of each edge; -1 where there is none.
        valid: (k, m, 3, r); cost: the same shape [s].
        start, end: (k, m, 3, r, dof) joint positions at both ends, from the branches, in [-pi, pi].
        low, high: (k, m, 3, r, dof) extremes of the unrolled joint positions, counted from ``start``.
        wraps: (k, m, 3, r, dof) full turns between ``start`` unrolled to the end and ``end``.
    """

    pieces: tuple[Segment, ...]
    origin: tuple[int, ...]
    angle: Array
    target: NDArray[np.int64]
    valid: NDArray[np.bool_]
    cost: Array
    start: Array
    end: Array
    low: Array
    high: Array
    wraps: NDArray[np.int64]
    obstruction: Obstruction | None


def find_strokes(
    cell: Cell, operation: Operation, index: int, *, free: Free
) -> tuple[tuple[Stroke, ...], Obstruction | None]:
    """Return the best strokes for an operation, cheapest first, and why there is none where the first is empty.

    Args:
        cell: robot, base, tool and frames.
        operation: what to do; ``index`` is its place in the work.
        free: the fast collision check.
    """
    strokes: list[Stroke] = []
    obstructions: list[Obstruction] = []
    for alternative, toolpath in enumerate(operation.alternatives):
        # a tool that keeps its turn is the better weld and the cheaper search: it turns only where it must
        ladder = _ladder(cell, toolpath, free, turning=False)
        found = _through(cell, ladder, index, alternative)
        if not found and len(ladder.angle) > 1 and ladder.obstruction is None:
            ladder = _ladder(cell, toolpath, free, turning=True)
            found = _through(cell, ladder, index, alternative)
        strokes += found
        if not found:
            obstructions.append(ladder.obstruction or discontinuous(cell.robot.dof))
    strokes.sort(key=lambda stroke: (round(stroke.cost / _QUANTUM), stroke.alternative, stroke.branch))
    return tuple(strokes), (obstructions[0] if obstructions and not strokes else None)


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


def turned(segment: Segment, start: float, end: float) -> Segment:
    """Return the segment with the tool turned about its z by ``start`` and ``end`` [rad] at its two ends."""
    return replace(
        segment,
        frame_T_start=frozen(segment.frame_T_start @ pose(rotation=turn_z(start))),
        frame_T_end=frozen(segment.frame_T_end @ pose(rotation=turn_z(end))),
    )


def _tilts(segment: Segment) -> bool:
    """Return whether the nominal orientation changes along the segment."""
    return bool(np.abs(segment.frame_T_start[:3, :3] - segment.frame_T_end[:3, :3]).max() > 1e-12)


def base_T_flange_of(cell: Cell, frame: str, frame_T_tcp: Array) -> Array:
    """Return where the flange must be (..., 4, 4) for the TCP poses (..., 4, 4) given in a frame of the cell."""
    return inv(cell.world_T_base) @ cell.frames[frame] @ frame_T_tcp @ inv(cell.tool.flange_T_tcp)


def turn_steps(toolpath: Toolpath) -> tuple[Array, bool]:
    """Return the steps of the free turn [rad] and whether the last is next to the first."""
    lower, upper = toolpath.freedom.lower, toolpath.freedom.upper
    if upper - lower >= 2 * np.pi - 1e-9:
        n = round(2 * np.pi / TURN_STEP)
        return lower + 2 * np.pi * np.arange(n) / n, True
    n = max(1, round((upper - lower) / TURN_STEP) + 1)
    return np.linspace(lower, upper, n) if n > 1 else np.array([(lower + upper) / 2]), False


def _ladder(cell: Cell, toolpath: Toolpath, free: Free, *, turning: bool) -> _Ladder:
    angle, cyclic = turn_steps(toolpath)
    pieces: list[Segment] = []
    origin: list[int] = []
    for i, segment in enumerate(toolpath.segments):
        parts = split(segment, KNOT_SPACING)
        pieces += parts
        origin += [i] * len(parts)
    m = len(angle)
    target = np.full((len(pieces), m, 3), -1)
    for i, piece in enumerate(pieces):
        for d in (-1, 0, 1):
            if d != 0 and not (turning and piece.role == "process"):
                continue
            b = np.arange(m) + d
            target[i, :, d + 1] = b % m if cyclic and m > 2 else np.where((b >= 0) & (b < m), b, -1)
    samples: list[Array] = []
    owner: list[tuple[int, int, int]] = []
    for i, piece in enumerate(pieces):
        n = max(2, int(np.ceil(length(piece) / SAMPLE_SPACING)) + 1)
        fraction = np.linspace(0.0, 1.0, n)
        nominal = poses(piece, fraction)
        for d in range(3):
            for a in np.flatnonzero(target[i, :, d] >= 0):
                owner.append((i, int(a), d))
                step = (d - 1) * TURN_STEP if cyclic else float(angle[target[i, a, d]] - angle[a])
                if d == 1 or not _tilts(piece):
                    samples.append(nominal @ pose(rotation=turn_z(angle[a] + step * fraction)))
                else:
                    samples.append(poses(turned(piece, float(angle[a]), float(angle[a]) + step), fraction))
    branches = solve(cell.robot.chain, base_T_flange_of(cell, toolpath.frame, np.concatenate(samples)))
    return _edges(cell, toolpath, tuple(pieces), tuple(origin), angle, target, samples, owner, branches, free)


def _edges(
    cell: Cell,
    toolpath: Toolpath,
    pieces: tuple[Segment, ...],
    origin: tuple[int, ...],
    angle: Array,
    target: NDArray[np.int64],
    samples: list[Array],
    owner: list[tuple[int, int, int]],
    branches: Branches,
    free: Free,
) -> _Ladder:
    robot = cell.robot
    q = np.asarray(branches.q)
    _, r, dof = q.shape
    first = np.cumsum([0, *[len(s) for s in samples]])
    exists = ~np.isnan(q[:, :, 0])
    inside = exists & _within(q, robot.lower, robot.upper)
    clear = inside.copy()
    clear[inside] = free(q[inside])
    shape = (len(pieces), len(angle), 3, r)
    valid = np.zeros(shape, np.bool_)
    cost = np.full(shape, np.inf)
    start, end, low, high = (np.full((*shape, dof), np.nan) for _ in range(4))
    wraps = np.zeros((*shape, dof), np.int64)
    weight = np.where(np.isfinite(robot.speed), robot.speed, 2.0)
    turning = ~robot.chain.prismatic
    for (i, a, d), s0, s1 in zip(owner, first[:-1], first[1:], strict=True):
        good = clear[s0:s1].all(0)
        if not good.any():
            continue
        track = q[s0:s1, good]
        step = np.diff(track, axis=0)
        step = np.where(turning, step - 2 * np.pi * np.round(step / (2 * np.pi)), step)
        rolled = np.concatenate([track[:1], track[:1] + np.cumsum(step, 0)])
        smooth = np.abs(step).max((0, 2)) < _JUMP
        if pieces[i].role in ("process", "lead_in", "lead_out"):
            seconds = length(pieces[i]) / pieces[i].speed / (s1 - s0 - 1)
            smooth &= ~((np.abs(step) / seconds > 0.9 * robot.speed).any((0, 2)))
        index = np.flatnonzero(good)
        valid[i, a, d, index] = smooth
        singular = np.abs(np.sin(track[:, :, 4])).min(0) if dof == 6 else np.ones(len(index))
        cost[i, a, d, index] = (
            (np.abs(step) / weight).max(2).sum(0)
            + 0.3 * np.clip(1.0 - singular / 0.17, 0.0, None)
            + (_TURNING if d != 1 else 0.0)
        )
        start[i, a, d, index], end[i, a, d, index] = track[0], track[-1]
        low[i, a, d, index], high[i, a, d, index] = rolled.min(0), rolled.max(0)
        wraps[i, a, d, index] = np.round((rolled[-1] - track[-1]) / (2 * np.pi)).astype(np.int64)
    return _Ladder(
        pieces=pieces, origin=origin, angle=angle, target=target, valid=valid, cost=cost, start=start, end=end,
        low=low, high=high, wraps=wraps,
        obstruction=nearest_miss(cell, pieces, samples, owner, branches, inside, clear, first),
    )  # fmt: skip


def _within(q: Array, lower: Array, upper: Array) -> NDArray[np.bool_]:
    """Return where every joint has a full-turn equivalent inside its limits; q (..., dof) in [-pi, pi]."""
    k = np.ceil((lower - q) / (2 * np.pi) - 1e-12)
    k = np.where(np.isfinite(k), k, 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray((q + 2 * np.pi * k <= upper + 1e-12).all(-1))


def _through(cell: Cell, ladder: _Ladder, operation: int, alternative: int) -> list[Stroke]:
    """Return the cheapest ways through the ladder, at most one a branch, joint turns and start step."""
    robot = cell.robot
    vectors, strides = _turn_vectors(robot.lower, robot.upper)
    k, m, _, r = ladder.valid.shape
    best = np.zeros((m, r, len(vectors)))
    choice = np.zeros((k, m, r, len(vectors)), np.int64)
    for i in range(k - 1, -1, -1):
        total = np.full((3, m, r, len(vectors)), np.inf)
        for order, d in enumerate((1, 0, 2)):  # no turn first: it wins where costs tie
            total[order] = _edge_totals(robot.lower, robot.upper, ladder, i, d, best, vectors, strides)
        total = np.where(np.isfinite(total), np.round(total / _QUANTUM) * _QUANTUM, np.inf)
        choice[i] = np.array([1, 0, 2])[np.argmin(total, 0)]
        best = total.min(0)
    picks = _diverse(best)
    return [
        _stroke(ladder, choice, vectors, strides, pick, float(best[pick]), operation, alternative) for pick in picks
    ]


def _edge_totals(
    lower: Array, upper: Array, ladder: _Ladder, i: int, d: int, best: Array, vectors: Array, strides: NDArray[np.int64]
) -> Array:
    """Return the cost to the end (m, r, v) over edges of kind d of interval i, for every choice of joint turns."""
    low = ladder.low[i, :, d][:, :, None] + 2 * np.pi * vectors
    high = ladder.high[i, :, d][:, :, None] + 2 * np.pi * vectors
    with np.errstate(invalid="ignore"):
        margin = np.minimum(low - lower, upper - high).min(-1)
        fits = ladder.valid[i, :, d][:, :, None] & (margin >= -1e-12)
    target = ladder.target[i, :, d]
    after, known = _shifted(vectors, strides, ladder.wraps[i, :, d])
    rest = best[np.maximum(target, 0)]
    rest = np.take_along_axis(rest, after, axis=2)
    penalty = 0.3 * np.clip(1.0 - margin / 0.17, 0.0, None)
    ok = fits & known & (target >= 0)[:, None, None]
    return np.where(ok, ladder.cost[i, :, d][:, :, None] + penalty + rest, np.inf)


def _turn_vectors(lower: Array, upper: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return all full-turn offsets (v, dof) that limits may allow, and (2, dof) their counts and lowest values."""
    with np.errstate(invalid="ignore"):
        least = np.where(np.isfinite(lower), np.ceil((lower - np.pi) / (2 * np.pi)), 0).astype(np.int64)
        most = np.where(np.isfinite(upper), np.floor((upper + np.pi) / (2 * np.pi)), 0).astype(np.int64)
    least, most = np.maximum(np.minimum(least, 0), -1), np.minimum(np.maximum(most, 0), 1)
    grid = np.meshgrid(*[np.arange(a, b + 1) for a, b in zip(least, most, strict=True)], indexing="ij")
    vectors = np.stack([g.ravel() for g in grid], -1)
    return vectors.astype(np.float64), np.stack([most - least + 1, least])


def _shifted(
    vectors: Array, strides: NDArray[np.int64], wraps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the index (m, r, v) of ``vectors + wraps`` and whether that choice is in the table."""
    digits = vectors.astype(np.int64) - strides[1] + wraps[:, :, None]
    known = ((digits >= 0) & (digits < strides[0])).all(-1)
    factor = np.concatenate([np.cumprod(strides[0][::-1])[::-1][1:], [1]])
    return np.where(known, (digits * factor).sum(-1), 0), known


def _diverse(best: Array) -> list[tuple[int, int, int]]:
    """Return start states (step, branch, turns): the best of each branch and turns first, then the next best."""
    m, r, v = best.shape
    flat = best.transpose(1, 2, 0).reshape(r * v, m)
    firsts = [(float(row.min()), int(row.argmin()), g) for g, row in enumerate(flat) if np.isfinite(row.min())]
    firsts.sort()
    picks = [(a, g // v, g % v) for _, a, g in firsts[:_KEPT]]
    rest = sorted((float(flat[g, a]), a, g) for g in range(r * v) for a in range(m) if np.isfinite(flat[g, a]))
    for _, a, g in rest:
        if len(picks) >= 2 * _KEPT:
            break
        if (a, g // v, g % v) not in picks:
            picks.append((a, g // v, g % v))
    return picks


def _stroke(
    ladder: _Ladder, choice: NDArray[np.int64], vectors: Array, strides: NDArray[np.int64],
    pick: tuple[int, int, int], cost: float, operation: int, alternative: int,
) -> Stroke:  # fmt: skip
    a, r, v = pick
    angle = float(ladder.angle[a])
    q: list[Array] = []
    segments: list[Segment] = []
    for i, piece in enumerate(ladder.pieces):
        d = int(choice[i, a, r, v])
        b = int(ladder.target[i, a, d])
        if not q:
            q.append(ladder.start[i, a, d, r] + 2 * np.pi * vectors[v])
        step = 0.0 if d == 1 else float(np.remainder(ladder.angle[b] - ladder.angle[a] + np.pi, 2 * np.pi) - np.pi)
        segments.append(turned(piece, angle, angle + step))
        angle += step
        after, _ = _shifted(vectors[v : v + 1], strides, ladder.wraps[i, a, d, r][None, None])
        v = int(after[0, 0, 0])
        q.append(ladder.end[i, a, d, r] + 2 * np.pi * vectors[v])
        a = b
    return Stroke(
        operation=operation, alternative=alternative, segments=tuple(segments), origin=ladder.origin,
        q=frozen(np.array(q)), branch=r, cost=cost,
    )  # fmt: skip
