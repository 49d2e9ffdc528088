"""Many positions at once: where the bodies are, sixteen positions side by side, then each by itself.

All in single precision, with a pad for it; the answers are those of ``blocking.blocked``, but for the pad.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, viewing
from ..geometry import Array
from .balls import WIDTH
from .blocking import PAD, Mover
from .trees import STACK, Scene, Work, near, touch

LANES = 16
_F = np.float32


def check_all(q: Array, mover: Mover, scene: Scene, field_T_world: Array | None = None) -> NDArray[np.int64]:
    """Return for each position ``q`` (n, dof) the first body in the way, as ``blocking.blocked`` counts them, or -1.

    Args:
        field_T_world: (n, m, 3, 4) where the moving fields are at each position; None: where the scene says.
    """
    out = np.empty(len(q), np.int64)
    if len(q):
        at = scene.moving.field_T_world[None] if field_T_world is None else field_T_world
        slides = float(np.abs(q[:, mover.prismatic]).max(0, initial=0.0).sum())
        pad = PAD * (mover.reach + slides + float(np.abs(mover.world_T_base[:3, 3]).sum()))
        scratch = _scratch(len(mover.axis), len(mover.frame))
        _check(np.ascontiguousarray(q, np.float64), mover, scene, *_parts(mover), at, pad, scratch, out)
    return out


class _Scratch(NamedTuple):
    frames: NDArray[np.float32]
    sincos: NDArray[np.float32]
    angle: Array
    wholes: NDArray[np.float32]
    close: NDArray[np.int32]
    work: Work


def _scratch(dof: int, bodies: int) -> _Scratch:
    single = np.float32
    return _Scratch(
        np.empty((dof + 2, 12 * LANES), single), np.empty(3 * LANES, single), np.empty(LANES),
        np.empty((bodies, 3 * LANES), single), np.empty(LANES, np.int32),
        Work(np.empty(STACK, np.int32), np.empty(2 * WIDTH, single), np.empty(12, single), np.empty(12, single)),
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
    field_T_world: Array, pad: float, scratch: _Scratch, out: NDArray[np.int64],
) -> None:  # fmt: skip
    dof = mover.axis.shape[0]
    bodies = mover.frame.shape[0]
    frames, sincos, angle, wholes, close, work = scratch
    f, h = work.there, work.back
    for e in range(12):
        for n in range(LANES):
            frames[0, e * LANES + n] = mover.world_T_base[e // 4, e % 4]
    for start in range(0, q.shape[0], LANES):
        count = min(LANES, q.shape[0] - start)
        before = 0
        for s in range(turn.shape[0]):
            for n in range(LANES):
                angle[n] = 0.0
            for j in range(dof):
                if weights[s, j] != 0.0:
                    for n in range(LANES):
                        angle[n] += weights[s, j] * q[min(start + n, q.shape[0] - 1), j]
            _sincos(angle, sincos)
            _carry(frames[before], turn[s], sincos, frames[target[s]])
            before = target[s]
        for n in range(count):
            out[start + n] = -1
        for b in range(bodies):
            if mover.margin[b] < 0.0:
                continue
            margin = mover.margin[b] + pad
            low = mover.low_margin[b] + scene.floor + pad if mover.low_margin[b] >= 0.0 else -np.inf
            for n in range(count):
                if out[start + n] >= 0:
                    continue
                for e in range(12):
                    f[e] = frames[mover.frame[b], e * LANES + n]
                at = field_T_world[min(start + n, field_T_world.shape[0] - 1)]
                if near(f, mover.root[b], margin, low, mover.group, mover.below, scene, at, work):
                    out[start + n] = b
        for b in range(bodies):
            _where(frames[mover.frame[b]], mover.whole[b], wholes[b])
        for p in range(mover.pairs.shape[0]):
            a, b = mover.pairs[p, 0], mover.pairs[p, 1]
            room = mover.self_margin + pad
            if not _close(wholes[a], wholes[b], mover.whole[a, 3] + mover.whole[b, 3] + room, close):
                continue
            for n in range(count):
                if close[n] == 0 or out[start + n] >= 0:
                    continue
                for e in range(12):
                    f[e] = frames[mover.frame[a], e * LANES + n]
                    h[e] = frames[mover.frame[b], e * LANES + n]
                root = mover.root
                if touch(f, h, int(root[a]), int(root[b]), room, mover.group, mover.below, work.stack, work.value):
                    out[start + n] = bodies + p


@inline
def sine_cosine(angle: float) -> tuple[float, float]:
    """Return both of an angle [rad], by their series within 45 deg of a multiple of a right angle; good for lanes."""
    k = np.floor(angle * 0.6366197723675814 + 0.5)
    y = (angle - k * 1.5707963267341256) - k * 6.077100506506192e-11
    t = y * y
    s = y * (1 + t * (-1 / 6 + t * (1 / 120 + t * (-1 / 5040 + t * (1 / 362880 - t / 39916800)))))
    c = 1 + t * (-1 / 2 + t * (1 / 24 + t * (-1 / 720 + t * (1 / 40320 - t / 3628800))))
    half = np.floor(k * 0.5)
    odd = k - 2.0 * half
    sign = 1.0 - 2.0 * (half - 2.0 * np.floor(half * 0.5))
    return sign * (s + odd * (c - s)), sign * (c - odd * (s + c))


@viewing
def _sincos(angle: Array, out: NDArray[np.float32]) -> None:
    for n in range(LANES):
        out[n], out[LANES + n] = sine_cosine(angle[n])
        out[2 * LANES + n] = angle[n]


@viewing
def _carry(
    parent: NDArray[np.float32], turn: NDArray[np.float32], sincos: NDArray[np.float32], out: NDArray[np.float32]
) -> None:  # fmt: skip
    """Write a joint's frame in every lane: its parent's times the joint's still, cosine, sine and slide parts."""
    a00, a01, a02, a03 = turn[0, 0, 0], turn[0, 0, 1], turn[0, 0, 2], turn[0, 0, 3]
    a10, a11, a12, a13 = turn[0, 1, 0], turn[0, 1, 1], turn[0, 1, 2], turn[0, 1, 3]
    a20, a21, a22, a23 = turn[0, 2, 0], turn[0, 2, 1], turn[0, 2, 2], turn[0, 2, 3]
    b00, b01, b02 = turn[1, 0, 0], turn[1, 0, 1], turn[1, 0, 2]
    b10, b11, b12 = turn[1, 1, 0], turn[1, 1, 1], turn[1, 1, 2]
    b20, b21, b22 = turn[1, 2, 0], turn[1, 2, 1], turn[1, 2, 2]
    d00, d01, d02 = turn[2, 0, 0], turn[2, 0, 1], turn[2, 0, 2]
    d10, d11, d12 = turn[2, 1, 0], turn[2, 1, 1], turn[2, 1, 2]
    d20, d21, d22 = turn[2, 2, 0], turn[2, 2, 1], turn[2, 2, 2]
    e0, e1, e2 = turn[3, 0, 3], turn[3, 1, 3], turn[3, 2, 3]
    for r in range(3):
        p = parent[4 * r * LANES : 4 * (r + 1) * LANES]
        o = out[4 * r * LANES : 4 * (r + 1) * LANES]
        for n in range(LANES):
            s, k, q = sincos[n], sincos[LANES + n], sincos[2 * LANES + n]
            x, y, z = p[n], p[LANES + n], p[2 * LANES + n]
            o[n] = x * (a00 + k * b00 + s * d00) + y * (a10 + k * b10 + s * d10) + z * (a20 + k * b20 + s * d20)
            o[LANES + n] = x * (a01 + k * b01 + s * d01) + y * (a11 + k * b11 + s * d11) + z * (a21 + k * b21 + s * d21)
            o[2 * LANES + n] = (
                x * (a02 + k * b02 + s * d02) + y * (a12 + k * b12 + s * d12) + z * (a22 + k * b22 + s * d22)
            )
            o[3 * LANES + n] = x * (a03 + q * e0) + y * (a13 + q * e1) + z * (a23 + q * e2) + p[3 * LANES + n]


@viewing
def _where(frame: NDArray[np.float32], ball: Array, out: NDArray[np.float32]) -> None:
    """Write where a ball's centre is in the outer frame, in every lane."""
    x, y, z = _F(ball[0]), _F(ball[1]), _F(ball[2])
    f = frame
    for n in range(LANES):
        out[n] = f[n] * x + f[LANES + n] * y + f[2 * LANES + n] * z + f[3 * LANES + n]
        out[LANES + n] = f[4 * LANES + n] * x + f[5 * LANES + n] * y + f[6 * LANES + n] * z + f[7 * LANES + n]
        out[2 * LANES + n] = f[8 * LANES + n] * x + f[9 * LANES + n] * y + f[10 * LANES + n] * z + f[11 * LANES + n]


@viewing
def _close(a: NDArray[np.float32], b: NDArray[np.float32], room: float, close: NDArray[np.int32]) -> bool:
    """Flag the lanes in which two points are nearer than ``room``; return whether any is."""
    square = _F(room * room)
    any_ = np.int32(0)
    for n in range(LANES):
        x, y, z = a[n] - b[n], a[LANES + n] - b[LANES + n], a[2 * LANES + n] - b[2 * LANES + n]
        close[n] = np.int32(x * x + y * y + z * z < square)
        any_ |= close[n]
    return any_ != 0
