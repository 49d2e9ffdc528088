"""The kernels of the fast check: where the bodies are, and which of them is in the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee, inline, kernel
from ..geometry import Array
from .balls import WIDTH
from .trees import STACK, Moving, Scene, Work, at, distance, near, touch

__all__ = ["PAD", "Mover", "Moving", "Scene", "Work", "blocked", "check_tool", "distance", "hit", "in_the_way", "place"]


PAD = 4e-6
"""Share of the robot's reach, seen from the world's origin, by which single precision may misplace a ball, with room to
spare; added to every margin."""


class Mover(NamedTuple):
    """A robot with its tool as kernels take it; body b is carried by frame ``frame[b]`` (dof + 1 = flange).

    Its balls are a tree, twice: ``group`` (n, 4 * WIDTH) and ``below`` as in ``balls.Cover``, from group ``root[b]``
    on, and ``balls[first[b]:first[b + 1]]``, each before those below it, where ``skip`` is the next ball that is not
    below one. ``whole`` (4,) is the ball round all of it. ``reach`` is how far the bodies get from the base [m].
    ``margin`` is the distance wanted from the scene [m], negative = not checked; ``low_margin`` from the floor;
    ``pairs`` (m, 2) of bodies that are checked against each other with ``self_margin``. ``passive`` are the joints that
    carry joint ``passive[i]`` and turn by ``passive_weights @ q``.
    """

    world_T_base: Array
    parent_T_joint: Array
    axis: Array
    prismatic: NDArray[np.bool_]
    last_T_flange: Array
    passive: NDArray[np.int64]
    parent_T_passive: Array
    passive_axis: Array
    passive_weights: Array
    frame: NDArray[np.int64]
    group: NDArray[np.float32]
    below: NDArray[np.int32]
    root: NDArray[np.int64]
    balls: Array
    skip: NDArray[np.int64]
    first: NDArray[np.int64]
    whole: Array
    reach: float
    margin: Array
    low_margin: Array
    pairs: NDArray[np.int64]
    self_margin: float


@kernel
def make_work() -> Work:
    """Return scratch; not to be shared between threads."""
    return Work(
        np.empty(STACK, np.int32), np.empty(WIDTH, np.float32), np.empty(WIDTH, np.int32), np.empty(12, np.float32),
        np.empty(12, np.float32),
    )  # fmt: skip


@inline
def pad_of(mover: Mover) -> float:
    """Return what single precision may misplace of a robot [m]."""
    base = mover.world_T_base
    return PAD * (mover.reach + abs(base[0, 3]) + abs(base[1, 3]) + abs(base[2, 3]))


@kernel
def overlap(q: Array, mover: Mover) -> Array:
    """Return for each pair the share of the positions ``q`` (n, dof) at which its balls touch."""
    frames = np.empty((mover.axis.shape[0] + 2, 3, 4))
    share = np.zeros(mover.pairs.shape[0])
    work = make_work()
    for i in range(q.shape[0]):
        place(q[i], mover, frames)
        for p in range(mover.pairs.shape[0]):
            if _touch(p, pad_of(mover), mover, frames, work):
                share[p] += 1.0 / q.shape[0]
    return share


@kernel
def check_tool(world_T_flange: Array, mover: Mover, scene: Scene, out: NDArray[np.int64]) -> None:
    """Write for each pose of the flange the first body on it that is too near to the scene, -1 where there is none."""
    flange = mover.axis.shape[0] + 1
    frames = np.empty((flange + 1, 3, 4))
    work = make_work()
    for i in range(world_T_flange.shape[0]):
        for r in range(3):
            for c in range(4):
                frames[flange, r, c] = world_T_flange[i, r, c]
        pad = PAD * (mover.reach + np.abs(frames[flange, :, 3]).sum())
        out[i] = -1
        for b in range(mover.frame.shape[0]):
            if mover.frame[b] == flange and _near(b, pad, mover, scene, frames, work):
                out[i] = b
                break


@kernel
def blocked(q: Array, mover: Mover, scene: Scene, frames: Array) -> int:
    """Return the first body in the way at ``q`` (dof,), or -1; ``frames`` (dof + 2, 3, 4) is scratch."""
    place(q, mover, frames)
    for item in range(mover.frame.shape[0] + mover.pairs.shape[0]):
        if hit(item, 0.0, mover, scene, frames):
            return item
    return -1


@kernel
def hit(item: int, more: float, mover: Mover, scene: Scene, frames: Array) -> bool:
    """Return whether one body or pair, counted as ``blocked`` does, is in the way with its margin widened by ``more``.

    ``frames`` (dof + 2, 3, 4) are those of ``place``.
    """
    return in_the_way(item, more + pad_of(mover), mover, scene, frames, make_work())


@callee
def in_the_way(item: int, more: float, mover: Mover, scene: Scene, frames: Array, work: Work) -> bool:
    """Return what ``hit`` does, with the pad in ``more`` and scratch of the caller's."""
    bodies = mover.frame.shape[0]
    if item < bodies:
        return _near(item, more, mover, scene, frames, work)
    return _touch(item - bodies, more, mover, frames, work)


@callee
def _near(b: int, more: float, mover: Mover, scene: Scene, frames: Array, work: Work) -> bool:
    """Return whether body b comes nearer to the scene or to the floor than its margins, both widened by ``more``."""
    if mover.margin[b] < 0.0:
        return False
    _narrow(frames[mover.frame[b]], work.there)
    low = mover.low_margin[b] + more + scene.floor if mover.low_margin[b] >= 0.0 else -np.inf
    return near(
        work.there, mover.root[b], mover.margin[b] + more, low, mover.group, mover.below, scene,
        scene.moving.field_T_world, work,
    )  # fmt: skip


@callee
def _touch(p: int, more: float, mover: Mover, frames: Array, work: Work) -> bool:
    a, b = mover.pairs[p, 0], mover.pairs[p, 1]
    f, h = frames[mover.frame[a]], frames[mover.frame[b]]
    room = mover.self_margin + more
    x, y, z = at(f, mover.whole[a])
    u, v, w = at(h, mover.whole[b])
    if np.sqrt((x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2) >= mover.whole[a, 3] + mover.whole[b, 3] + room:
        return False
    _narrow(f, work.there)
    _narrow(h, work.back)
    return touch(
        work.there,
        work.back,
        int(mover.root[a]),
        int(mover.root[b]),
        room,
        mover.group,
        mover.below,
        work.stack,
        work.value,
    )


@inline
def _narrow(frame: Array, out: NDArray[np.float32]) -> None:
    for r in range(3):
        for c in range(4):
            out[4 * r + c] = frame[r, c]


@kernel
def place(q: Array, mover: Mover, frames: Array) -> None:
    """Write where base, links and flange are (dof + 2, 3, 4) in the world at ``q`` (dof,)."""
    dof = mover.axis.shape[0]
    for r in range(3):
        for c in range(4):
            frames[0, r, c] = mover.world_T_base[r, c]
    for i in range(dof):
        carrier = i
        for p in range(mover.passive.shape[0]):
            if mover.passive[p] == i:
                angle = 0.0
                for j in range(dof):
                    angle += mover.passive_weights[p, j] * q[j]
                # the flange's frame, which is written last, serves for what carries the joint
                _turned(
                    frames[carrier], mover.parent_T_passive[p], mover.passive_axis[p], False, angle, frames[dof + 1]
                )
                carrier = dof + 1
        _turned(frames[carrier], mover.parent_T_joint[i], mover.axis[i], mover.prismatic[i], q[i], frames[i + 1])
    p = frames[dof]
    o = mover.last_T_flange
    f = frames[dof + 1]
    for r in range(3):
        for c in range(4):
            f[r, c] = p[r, 0] * o[0, c] + p[r, 1] * o[1, c] + p[r, 2] * o[2, c]
        f[r, 3] += p[r, 3]


@callee
def _turned(p: Array, o: Array, axis: Array, slide: bool, value: float, f: Array) -> None:
    """Write the frame ``f`` (3, 4) behind a joint at ``value``, with frame ``o`` at zero seen from its parent ``p``."""
    x, y, z = axis[0], axis[1], axis[2]
    s = 0.0 if slide else np.sin(value)
    c = 1.0 if slide else np.cos(value)
    k = 1.0 - c
    m00, m01, m02 = c + x * x * k, x * y * k - z * s, x * z * k + y * s
    m10, m11, m12 = y * x * k + z * s, c + y * y * k, y * z * k - x * s
    m20, m21, m22 = z * x * k - y * s, z * y * k + x * s, c + z * z * k
    for r in range(3):
        p0, p1, p2, p3 = p[r, 0], p[r, 1], p[r, 2], p[r, 3]
        a = p0 * o[0, 0] + p1 * o[1, 0] + p2 * o[2, 0]
        b = p0 * o[0, 1] + p1 * o[1, 1] + p2 * o[2, 1]
        e = p0 * o[0, 2] + p1 * o[1, 2] + p2 * o[2, 2]
        t = p0 * o[0, 3] + p1 * o[1, 3] + p2 * o[2, 3] + p3
        if slide:
            t += (a * x + b * y + e * z) * value
        f[r, 0] = a * m00 + b * m10 + e * m20
        f[r, 1] = a * m01 + b * m11 + e * m21
        f[r, 2] = a * m02 + b * m12 + e * m22
        f[r, 3] = t
