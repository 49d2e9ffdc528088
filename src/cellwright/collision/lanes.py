"""Many positions at once: where the bodies are, sixteen positions side by side, then each by itself.

All in single precision, with a pad for it; the answers are those of ``blocking.blocked``, but for the pad.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee, viewing
from ..geometry import Array
from .balls import WIDTH
from .blocking import PAD, Mover
from .field import HALF
from .lane_frames import LANES, between, carry, sincos, strays, where
from .trees import STACK, Scene, Work, near, touch

_WIDEST = 0.1  # positions further apart than this are not asked about together [m]
_APART = 0.5  # nor are those whose joints differ by more, all together [rad or m]
_F = np.float32


def check_all(
    q: Array,
    mover: Mover,
    scene: Scene,
    field_T_world: Array | None = None,
    *,
    outermost_first: bool = False,
    neighbours: bool = False,
) -> NDArray[np.int64]:
    """Return for each position ``q`` (n, dof) the first body in the way, as ``blocking.blocked`` counts them, or -1.

    Args:
        q: positions [rad or m].
        mover: the robot.
        scene: what is around it.
        field_T_world: (n, m, 3, 4) where the moving fields are at each position; None: where the scene says.
        outermost_first: ask the bodies from the tool on, which are most often in the way: another one may be named.
        neighbours: ask about positions that lie close together by the one in their middle, with room for all. What that
            calls free is so, though a position alone might not be told.
    """
    out = np.empty(len(q), np.int64)
    if len(q):
        at = scene.moving.field_T_world[None] if field_T_world is None else field_T_world
        slides = float(np.abs(q[:, mover.prismatic]).max(0, initial=0.0).sum())
        pad = PAD * (mover.reach + slides + float(np.abs(mover.world_T_base[:3, 3]).sum()))
        scratch = _scratch(len(mover.axis), len(mover.frame))
        bodies = np.arange(len(mover.frame))
        order = np.ascontiguousarray(bodies[::-1]) if outermost_first else bodies
        _check(
            np.ascontiguousarray(q, np.float64), mover, scene, *_parts(mover), at, order, neighbours, pad, scratch, out
        )
    return out


class _Scratch(NamedTuple):
    frames: NDArray[np.float32]
    sincos: NDArray[np.float32]
    angle: Array
    wholes: NDArray[np.float32]
    seen: NDArray[np.float32]
    close: NDArray[np.int32]
    runs: NDArray[np.int64]
    work: Work


def _scratch(dof: int, bodies: int) -> _Scratch:
    single = np.float32
    return _Scratch(
        np.empty((dof + 3, 12 * LANES), single), np.empty(3 * LANES, single), np.empty(LANES),
        np.empty((bodies, 3 * LANES), single), np.empty(3 * LANES, single), np.empty(LANES, np.int32),
        np.empty((2 * LANES, 2), np.int64),
        Work(
            np.empty(STACK, np.int32), np.empty(WIDTH, single), np.empty(WIDTH, np.int32), np.empty(12, single),
            np.empty(12, single),
        ),
    )  # fmt: skip


def _parts(mover: Mover) -> tuple[NDArray[np.float32], NDArray[np.int64], Array]:
    """Return what the steps of the chain (k, 4, 3, 4) are made of, the frame that each writes, and what turns it.

    A step has a still, a cosine, a sine and a slide part; it turns or slides by ``weights[step] @ q`` (k, dof). Frame
    dof + 1 holds what a passive joint carries until the last step, the flange, is written there.
    """
    dof = len(mover.axis)
    place, axis, slides = mover.parent_T_joint, mover.axis, mover.prismatic
    target, weights = np.arange(1, dof + 2), np.eye(dof + 1, dof)
    if len(mover.passive):  # a joint without a drive stands before the one that it carries
        before = mover.passive
        place = np.insert(place, before, mover.parent_T_passive, 0)
        axis = np.insert(axis, before, mover.passive_axis, 0)
        slides = np.insert(slides, before, False)
        target = np.insert(target, before, dof + 1)
        weights = np.insert(weights, before, mover.passive_weights, 0)
    flange = np.zeros((1, 4, 3, 4))
    flange[0, 0] = mover.last_T_flange[:3]
    steps = np.concatenate([_steps(place, axis, slides), flange])
    return steps.astype(np.float32), np.ascontiguousarray(target), np.ascontiguousarray(weights)


def _steps(place: Array, axis: Array, slides: NDArray[np.bool_]) -> Array:
    """Return the four parts (k, 4, 3, 4) of steps that turn, or slide, about ``axis`` (k, 3) after ``place``."""
    x, y, z = axis.T
    none = np.zeros(len(axis))
    cross = np.stack([none, -z, y, z, none, -x, -y, x, none], -1).reshape(-1, 3, 3)
    turns = ~slides[:, None, None]
    along = np.where(turns, axis[:, :, None] * axis[:, None, :], np.eye(3))
    step = np.zeros((len(axis), 4, 3, 4))
    step[:, 0, :, :3] = place[:, :3, :3] @ along
    step[:, 0, :, 3] = place[:, :3, 3]
    step[:, 1, :, :3] = np.where(turns, place[:, :3, :3] - step[:, 0, :, :3], 0.0)
    step[:, 2, :, :3] = np.where(turns, place[:, :3, :3] @ cross, 0.0)
    step[:, 3, :, 3] = np.where(slides[:, None], (place[:, :3, :3] @ axis[:, :, None])[:, :, 0], 0.0)
    return step


@viewing
def _check(
    q: Array, mover: Mover, scene: Scene, turn: NDArray[np.float32], target: NDArray[np.int64], weights: Array,
    field_T_world: Array, order: NDArray[np.int64], neighbours: bool, pad: float, scratch: _Scratch,
    out: NDArray[np.int64],
) -> None:  # fmt: skip
    bodies = mover.frame.shape[0]
    frames, wholes = scratch.frames, scratch.wholes
    for e in range(12):
        for n in range(LANES):
            frames[0, e * LANES + n] = mover.world_T_base[e // 4, e % 4]
    # what moves by itself moves from position to position
    still = field_T_world.shape[1] == 0 or field_T_world.shape[0] == 1
    for start in range(0, q.shape[0], LANES):
        count = min(LANES, q.shape[0] - start)
        _place(q, start, turn, target, weights, scratch)
        for b in range(bodies):
            where(frames[mover.frame[b]], mover.whole[b], wholes[b])
        told = out[start : start + count]
        for n in range(count):
            told[n] = -1
        together = neighbours and _together(q, start, count)
        first = min(start, field_T_world.shape[0] - 1)
        fields = field_T_world[first : min(first + count, field_T_world.shape[0])]
        for b in order:
            margin, radius, low = float(mover.margin[b]) + pad, mover.whole[b, 3], -np.inf
            if mover.low_margin[b] >= 0.0:
                low = float(mover.low_margin[b]) + scene.floor + pad
            if mover.margin[b] >= 0.0 and _doubtful(wholes[b], radius + margin, low + radius, scene, scratch.close):
                _ask_body(b, margin, low, mover, scene, fields, together and still, scratch, told)
        room = mover.self_margin + pad
        for p in range(mover.pairs.shape[0]):
            a, b = mover.pairs[p, 0], mover.pairs[p, 1]
            if _close(wholes[a], wholes[b], mover.whole[a, 3] + mover.whole[b, 3] + room, scratch.close):
                _ask_pair(p, room, mover, together, scratch, told)


@callee
def _place(
    q: Array, start: int, turn: NDArray[np.float32], target: NDArray[np.int64], weights: Array, scratch: _Scratch
) -> None:  # fmt: skip
    """Write the frames at positions from ``start`` on, one a lane; the last position fills what is left."""
    frames, angle = scratch.frames, scratch.angle
    before = 0
    for s in range(turn.shape[0]):
        for n in range(LANES):
            angle[n] = 0.0
        for j in range(q.shape[1]):
            if weights[s, j] != 0.0:
                for n in range(LANES):
                    angle[n] += weights[s, j] * q[min(start + n, q.shape[0] - 1), j]
        sincos(angle, scratch.sincos)
        carry(frames[before], turn[s], scratch.sincos, frames[target[s]])
        before = target[s]


@callee
def _ask_body(
    b: int, margin: float, low: float, mover: Mover, scene: Scene, field_T_world: Array, together: bool,
    scratch: _Scratch, out: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write a body's number in the lanes, of those that are ``close``, in which it is in the way and no other was."""
    frame, at, close, runs, work = (
        scratch.frames[mover.frame[b]], scratch.wholes[b], scratch.close, scratch.runs, scratch.work,
    )  # fmt: skip
    radius = mover.whole[b, 3]
    # neighbours first, by the one in their middle with room for all, then one by one
    top = _ask_all(runs, out.shape[0], together, close)
    while top > 0:
        top -= 1
        first, last = runs[top, 0], runs[top, 1]
        lane, more = (first + last) // 2, 0.0
        if last - first > 1:
            more = strays(frame, at, radius, first, last)
            if more > _WIDEST:
                top = _divide(runs, top, first, last)
                continue
        elif close[lane] == 0 or out[lane] >= 0:
            continue
        for e in range(12):
            work.there[e] = frame[e * LANES + lane]
        there = field_T_world[min(lane, field_T_world.shape[0] - 1)]
        if not near(
            work.there, mover.root[b], margin + more, low + more, mover.group, mover.below, scene, there, work
        ):  # fmt: skip
            continue
        if last - first > 1:
            top = _divide(runs, top, first, last)
        else:
            out[lane] = b


@callee
def _ask_pair(p: int, room: float, mover: Mover, together: bool, scratch: _Scratch, out: NDArray[np.int64]) -> None:
    """Write a pair's number in the lanes, of those that are ``close``, in which it is too near and nothing was."""
    frames, close, runs, work = scratch.frames, scratch.close, scratch.runs, scratch.work
    a, b = mover.pairs[p, 0], mover.pairs[p, 1]
    f, h, relative = frames[mover.frame[a]], frames[mover.frame[b]], frames[frames.shape[0] - 1]
    radius = mover.whole[a, 3]
    if together:
        between(f, h, relative)
        where(relative, mover.whole[a], scratch.seen)
    top = _ask_all(runs, out.shape[0], together, close)
    while top > 0:
        top -= 1
        first, last = runs[top, 0], runs[top, 1]
        lane, more = (first + last) // 2, 0.0
        if last - first > 1:
            more = strays(relative, scratch.seen, radius, first, last)
            if more > _WIDEST:
                top = _divide(runs, top, first, last)
                continue
        elif close[lane] == 0 or out[lane] >= 0:
            continue
        for e in range(12):
            work.there[e] = f[e * LANES + lane]
            work.back[e] = h[e * LANES + lane]
        if not touch(
            work.there, work.back, int(mover.root[a]), int(mover.root[b]), room + more, mover.group, mover.below,
            work.stack, work.value,
        ):  # fmt: skip
            continue
        if last - first > 1:
            top = _divide(runs, top, first, last)
        else:
            out[lane] = mover.frame.shape[0] + p


@callee
def _together(q: Array, start: int, count: int) -> bool:
    """Return whether positions lie so close that it is worth to ask about them together."""
    middle, away = start + count // 2, 0.0
    for j in range(q.shape[1]):
        far = 0.0
        for n in range(start, start + count):
            far = max(far, abs(q[n, j] - q[middle, j]))
        away += far
    return count > 1 and away < _APART


@callee
def _ask_all(runs: NDArray[np.int64], count: int, together: bool, close: NDArray[np.int32]) -> int:
    """Put all lanes on the stack, as one run or one by one; return its height."""
    if together:
        return _ask(runs, 0, 0, count)
    top = 0
    for n in range(count):
        if close[n] != 0:
            top = _ask(runs, top, n, n + 1)
    return top


@callee
def _ask(runs: NDArray[np.int64], top: int, first: int, last: int) -> int:
    """Put a run of lanes on the stack; return the stack's height."""
    runs[top, 0], runs[top, 1] = first, last
    return top + 1


@callee
def _divide(runs: NDArray[np.int64], top: int, first: int, last: int) -> int:
    """Put the quarters of a run on the stack, the first on top; return its height."""
    part = max(1, (last - first + 3) // 4)
    begin = first + (last - first - 1) // part * part
    while begin >= first:
        top = _ask(runs, top, begin, min(begin + part, last))
        begin -= part
    return top


@callee
def _doubtful(at: NDArray[np.float32], least: float, low: float, scene: Scene, doubt: NDArray[np.int32]) -> bool:
    """Flag the lanes in which the nearest node of the field does not tell that a ball round a body is clear.

    Args:
        at: where its centre is in every lane.
        least, low: how far it must be from everything, and how high [m].
        scene: what moves by itself is not asked about, but always doubtful.
        doubt: (LANES,) is written.
    """
    grid = scene.coarse
    n0, n1, n2 = grid.distance.shape
    nodes = grid.distance.reshape(-1)
    a_step, blur, square = _F(1.0 / grid.step), _F(HALF * grid.step), _F(grid.step * grid.step)
    l0, l1, l2 = _F(grid.low[0]), _F(grid.low[1]), _F(grid.low[2])
    most0, most1, most2 = _F(n0 - 1), _F(n1 - 1), _F(n2 - 1)
    ny, nz = np.int32(n1), np.int32(n2)
    zero, half, wanted, lowest = _F(0.0), _F(0.5), _F(least * least), _F(low)
    always = np.int32(1) if scene.moving.step.shape[0] > 0 else np.int32(0)
    any_ = np.int32(0)
    for n in range(LANES):
        u, v, w = (at[n] - l0) * a_step, (at[LANES + n] - l1) * a_step, (at[2 * LANES + n] - l2) * a_step
        i, j, k = min(max(u, zero), most0), min(max(v, zero), most1), min(max(w, zero), most2)
        node = (np.int32(i + half) * ny + np.int32(j + half)) * nz + np.int32(k + half)
        away = ((u - i) * (u - i) + (v - j) * (v - j) + (w - k) * (w - k)) * square
        room = max(nodes[np.uint64(node)] - blur, zero)
        doubt[n] = np.int32(room * room + away < wanted) | np.int32(at[2 * LANES + n] < lowest) | always
        any_ |= doubt[n]
    return any_ != 0


@callee
def _close(a: NDArray[np.float32], b: NDArray[np.float32], room: float, close: NDArray[np.int32]) -> bool:
    """Flag the lanes in which two points are nearer than ``room``; return whether any is."""
    square = _F(room * room)
    any_ = np.int32(0)
    for n in range(LANES):
        x, y, z = a[n] - b[n], a[LANES + n] - b[LANES + n], a[2 * LANES + n] - b[2 * LANES + n]
        close[n] = np.int32(x * x + y * y + z * z < square)
        any_ |= close[n]
    return any_ != 0
