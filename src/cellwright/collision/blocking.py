"""The kernels of the fast check: where the robot's balls are, and what the fields say there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from .field import Grid, look


class Scene(NamedTuple):
    """Everything that stands still, as kernels take it: distances [m] in the world frame."""

    coarse: Grid
    fine: Grid
    floor: float


class Mover(NamedTuple):
    """A robot with its tool as kernels take it; body b is carried by frame ``frame[b]`` (dof + 1 = flange).

    ``margin`` is the distance [m] wanted from the scene, negative = not checked; ``low_margin`` from the floor;
    ``pairs`` (m, 2) of bodies that are checked against each other with ``self_margin``.
    """

    world_T_base: Array
    parent_T_joint: Array
    axis: Array
    prismatic: NDArray[np.bool_]
    last_T_flange: Array
    frame: NDArray[np.int64]
    balls: Array
    ball_first: NDArray[np.int64]
    groups: Array
    group_first: NDArray[np.int64]
    whole: Array
    margin: Array
    low_margin: Array
    pairs: NDArray[np.int64]
    self_margin: float


@kernel
def overlap(q: Array, mover: Mover) -> Array:
    """Return for each pair the share of the positions ``q`` (n, dof) at which its balls touch."""
    frames = np.empty((mover.axis.shape[0] + 2, 3, 4))
    share = np.zeros(mover.pairs.shape[0])
    for i in range(q.shape[0]):
        place(q[i], mover, frames)
        for p in range(mover.pairs.shape[0]):
            if _touch(mover.pairs[p, 0], mover.pairs[p, 1], 0.0, mover, frames):
                share[p] += 1.0 / q.shape[0]
    return share


@kernel
def check_all(q: Array, mover: Mover, scene: Scene, out: NDArray[np.int64]) -> None:
    """Write for each position ``q`` (n, dof) what ``blocked`` says."""
    frames = np.empty((mover.axis.shape[0] + 2, 3, 4))
    for i in range(q.shape[0]):
        out[i] = blocked(q[i], mover, scene, frames)


@kernel
def check_tool(world_T_flange: Array, mover: Mover, scene: Scene, out: NDArray[np.int64]) -> None:
    """Write for each pose of the flange the first body on it that is too near to the scene, -1 where there is none."""
    flange = mover.axis.shape[0] + 1
    frames = np.empty((flange + 1, 3, 4))
    for i in range(world_T_flange.shape[0]):
        frames[flange] = world_T_flange[i, :3]
        out[i] = -1
        for b in range(mover.frame.shape[0]):
            if mover.frame[b] == flange and _near(b, 0.0, mover, scene, frames):
                out[i] = b
                break


@kernel
def blocked(q: Array, mover: Mover, scene: Scene, frames: Array) -> int:
    """Return the first body in the way at ``q`` (dof,), or -1; ``frames`` (dof + 2, 3, 4) is scratch."""
    place(q, mover, frames)
    bodies = mover.frame.shape[0]
    for b in range(bodies):
        if _near(b, 0.0, mover, scene, frames):
            return b
    for p in range(mover.pairs.shape[0]):
        if _touch(mover.pairs[p, 0], mover.pairs[p, 1], 0.0, mover, frames):
            return bodies + p
    return -1


@kernel
def hit(item: int, more: float, mover: Mover, scene: Scene, frames: Array) -> bool:
    """Return whether one body or pair, counted as ``blocked`` does, is in the way with its margin widened by ``more``.

    ``frames`` (dof + 2, 3, 4) are those of ``place``.
    """
    bodies = mover.frame.shape[0]
    if item < bodies:
        return _near(item, more, mover, scene, frames)
    return _touch(mover.pairs[item - bodies, 0], mover.pairs[item - bodies, 1], more, mover, frames)


@kernel
def _near(b: int, more: float, mover: Mover, scene: Scene, frames: Array) -> bool:
    """Return whether body b comes nearer to the scene or to the floor than its margins, both widened by ``more``."""
    if mover.margin[b] < 0.0:
        return False
    f = frames[mover.frame[b]]
    margin = mover.margin[b] + more
    low = mover.low_margin[b] + (more if mover.low_margin[b] >= 0.0 else 0.0)
    x, y, z = _at(f, mover.whole[b])
    r = mover.whole[b, 3]
    high = low < 0.0 or z - r - scene.floor >= low
    if high and _distance(scene, x, y, z, r + margin) >= r + margin:
        return False
    for g in range(mover.group_first[b], mover.group_first[b + 1]):
        x, y, z = _at(f, mover.groups[g])
        r = mover.groups[g, 3]
        high = low < 0.0 or z - r - scene.floor >= low
        if high and _distance(scene, x, y, z, r + margin) >= r + margin:
            continue
        for k in range(mover.ball_first[g], mover.ball_first[g + 1]):
            x, y, z = _at(f, mover.balls[k])
            r = mover.balls[k, 3]
            if low >= 0.0 and z - r - scene.floor < low:
                return True
            if _distance(scene, x, y, z, r + margin) < r + margin:
                return True
    return False


@kernel
def _distance(scene: Scene, x: float, y: float, z: float, enough: float) -> float:
    fine = scene.fine
    n0, n1, n2 = fine.distance.shape
    u = (x - fine.low[0]) / fine.step
    v = (y - fine.low[1]) / fine.step
    w = (z - fine.low[2]) / fine.step
    if u >= 0.0 and v >= 0.0 and w >= 0.0 and u <= n0 - 1 and v <= n1 - 1 and w <= n2 - 1:
        near = look(fine.distance, fine.low, fine.step, fine.inner, x, y, z, enough)
        if near >= enough:
            return near
        # large balls reach beyond the fine region, where only the coarse field knows how much room there is
        coarse = scene.coarse
        return max(near, look(coarse.distance, coarse.low, coarse.step, coarse.inner, x, y, z, enough))
    coarse = scene.coarse
    return look(coarse.distance, coarse.low, coarse.step, coarse.inner, x, y, z, enough)


@kernel
def place(q: Array, mover: Mover, frames: Array) -> None:
    """Write where base, links and flange are (dof + 2, 3, 4) in the world at ``q`` (dof,)."""
    dof = mover.axis.shape[0]
    for r in range(3):
        for c in range(4):
            frames[0, r, c] = mover.world_T_base[r, c]
    for i in range(dof):
        p = frames[i]
        o = mover.parent_T_joint[i]
        f = frames[i + 1]
        x = mover.axis[i, 0]
        y = mover.axis[i, 1]
        z = mover.axis[i, 2]
        slide = mover.prismatic[i]
        s = 0.0 if slide else np.sin(q[i])
        c = 1.0 if slide else np.cos(q[i])
        k = 1.0 - c
        m00, m01, m02 = c + x * x * k, x * y * k - z * s, x * z * k + y * s
        m10, m11, m12 = y * x * k + z * s, c + y * y * k, y * z * k - x * s
        m20, m21, m22 = z * x * k - y * s, z * y * k + x * s, c + z * z * k
        for r in range(3):
            a = p[r, 0] * o[0, 0] + p[r, 1] * o[1, 0] + p[r, 2] * o[2, 0]
            b = p[r, 0] * o[0, 1] + p[r, 1] * o[1, 1] + p[r, 2] * o[2, 1]
            e = p[r, 0] * o[0, 2] + p[r, 1] * o[1, 2] + p[r, 2] * o[2, 2]
            t = p[r, 0] * o[0, 3] + p[r, 1] * o[1, 3] + p[r, 2] * o[2, 3] + p[r, 3]
            if slide:
                t += (a * x + b * y + e * z) * q[i]
            f[r, 0] = a * m00 + b * m10 + e * m20
            f[r, 1] = a * m01 + b * m11 + e * m21
            f[r, 2] = a * m02 + b * m12 + e * m22
            f[r, 3] = t
    p = frames[dof]
    o = mover.last_T_flange
    f = frames[dof + 1]
    for r in range(3):
        for c in range(4):
            f[r, c] = p[r, 0] * o[0, c] + p[r, 1] * o[1, c] + p[r, 2] * o[2, c]
        f[r, 3] += p[r, 3]


@kernel
def _at(f: Array, ball: Array) -> tuple[float, float, float]:
    x, y, z = ball[0], ball[1], ball[2]
    return (
        f[0, 0] * x + f[0, 1] * y + f[0, 2] * z + f[0, 3],
        f[1, 0] * x + f[1, 1] * y + f[1, 2] * z + f[1, 3],
        f[2, 0] * x + f[2, 1] * y + f[2, 2] * z + f[2, 3],
    )


@kernel
def _touch(a: int, b: int, more: float, mover: Mover, frames: Array) -> bool:
    f, h = frames[mover.frame[a]], frames[mover.frame[b]]
    room = mover.self_margin + more
    if _gap(_at(f, mover.whole[a]), _at(h, mover.whole[b])) >= mover.whole[a, 3] + mover.whole[b, 3] + room:
        return False
    other = _at(h, mover.whole[b])
    reach = mover.whole[b, 3] + room
    for g in range(mover.group_first[a], mover.group_first[a + 1]):
        centre = _at(f, mover.groups[g])
        if _gap(centre, other) >= mover.groups[g, 3] + reach:
            continue
        for k in range(mover.group_first[b], mover.group_first[b + 1]):
            second = _at(h, mover.groups[k])
            if _gap(centre, second) >= mover.groups[g, 3] + mover.groups[k, 3] + room:
                continue
            for i in range(mover.ball_first[g], mover.ball_first[g + 1]):
                ball = _at(f, mover.balls[i])
                if _gap(ball, second) >= mover.balls[i, 3] + mover.groups[k, 3] + room:
                    continue
                for j in range(mover.ball_first[k], mover.ball_first[k + 1]):
                    if _gap(ball, _at(h, mover.balls[j])) < mover.balls[i, 3] + mover.balls[j, 3] + room:
                        return True
    return False


@kernel
def _gap(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return np.sqrt(x * x + y * y + z * z)
