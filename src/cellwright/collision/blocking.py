"""The kernels of the fast check: where the robot's balls are, and what the fields say there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from .field import Grid, look


class Moving(NamedTuple):
    """Fields of rigid bodies that move by themselves: doors, positioners, what lies on a belt.

    Field f has the nodes ``distance[first[f]:first[f + 1]]``, in the shape ``shape[f]``; ``field_T_world`` (m, 3, 4) is
    all that changes when its body moves. What is carried by the robot is no part of the scene but of the mover.
    """

    distance: NDArray[np.float32]
    first: NDArray[np.int64]
    shape: NDArray[np.int64]
    low: Array
    step: Array
    inner: Array
    field_T_world: Array


class Scene(NamedTuple):
    """What surrounds the robot, as kernels take it: fields of what stands still, in the world, and what moves [m]."""

    coarse: Grid
    fine: Grid
    floor: float
    moving: Moving


class Mover(NamedTuple):
    """A robot with its tool as kernels take it; body b is carried by frame ``frame[b]`` (dof + 1 = flange).

    Its balls are the tree ``balls[first[b]:first[b + 1]]``, each before those below it; ``skip`` is the next ball that
    is not below one. ``whole`` are the first balls. ``margin`` is the distance wanted from the scene [m], negative =
    not checked; ``low_margin`` from the floor; ``pairs`` (m, 2) of bodies that are checked against each other with
    ``self_margin``.
    """

    world_T_base: Array
    parent_T_joint: Array
    axis: Array
    prismatic: NDArray[np.bool_]
    last_T_flange: Array
    frame: NDArray[np.int64]
    balls: Array
    skip: NDArray[np.int64]
    first: NDArray[np.int64]
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
def check_tool(world_T_flange: Array, mover: Mover, scene: Scene, out: NDArray[np.int64]) -> None:
    """Write for each pose of the flange the first body on it that is too near to the scene, -1 where there is none."""
    flange = mover.axis.shape[0] + 1
    frames = np.empty((flange + 1, 3, 4))
    for i in range(world_T_flange.shape[0]):
        for r in range(3):
            for c in range(4):
                frames[flange, r, c] = world_T_flange[i, r, c]
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
    low = mover.low_margin[b] + more + scene.floor if mover.low_margin[b] >= 0.0 else -np.inf
    n = mover.first[b]
    while n < mover.first[b + 1]:
        x, y, z = _at(f, mover.balls[n])
        r = mover.balls[n, 3]
        if z - r >= low and distance(scene, x, y, z, r + margin) >= r + margin:
            n = mover.skip[n]
        elif mover.skip[n] == n + 1:
            return True
        else:
            n += 1
    return False


@kernel
def distance(scene: Scene, x: float, y: float, z: float, enough: float) -> float:
    """Return a distance [m] that a point of the world surely has from all bodies; exact enough to tell ``enough``."""
    least = np.inf
    still = -np.inf
    for g in range(2 + scene.moving.step.shape[0]):
        grid, low, step, inner = scene.fine.distance, scene.fine.low, scene.fine.step, scene.fine.inner
        u, v, w = x, y, z
        if g == 1:
            # large balls reach beyond the fine region, where only the coarse field knows how much room there is
            grid, low, step, inner = scene.coarse.distance, scene.coarse.low, scene.coarse.step, scene.coarse.inner
        elif g > 1:
            k = g - 2
            shape = scene.moving.shape[k]
            nodes = scene.moving.distance[scene.moving.first[k] : scene.moving.first[k + 1]]
            grid = nodes.reshape((shape[0], shape[1], shape[2]))
            low, step, inner = scene.moving.low[k], scene.moving.step[k], scene.moving.inner[k]
            u, v, w = _at(scene.moving.field_T_world[k], (x, y, z))
        elif not _within(grid, low, step, x, y, z):
            continue
        if g == 1 and still >= enough:
            least = still
            continue
        found = look(grid, low, step, inner, u, v, w, enough)
        if g == 0:
            still = found
        else:
            least = min(least, max(still, found) if g == 1 else found)
            if least < enough:
                break
    return least


@kernel
def _within(grid: NDArray[np.float32], low: Array, step: float, x: float, y: float, z: float) -> bool:
    u, v, w = x - low[0], y - low[1], z - low[2]
    n0, n1, n2 = grid.shape
    return u >= 0 and v >= 0 and w >= 0 and u <= (n0 - 1) * step and v <= (n1 - 1) * step and w <= (n2 - 1) * step


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
def _at(f: Array, point: Array | tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = point[0], point[1], point[2]
    return (
        f[0, 0] * x + f[0, 1] * y + f[0, 2] * z + f[0, 3],
        f[1, 0] * x + f[1, 1] * y + f[1, 2] * z + f[1, 3],
        f[2, 0] * x + f[2, 1] * y + f[2, 2] * z + f[2, 3],
    )


@kernel
def _touch(a: int, b: int, more: float, mover: Mover, frames: Array) -> bool:
    """Return whether a ball of body a is nearer to one of body b than the margin, widened by ``more``."""
    if mover.first[a + 1] - mover.first[a] > mover.first[b + 1] - mover.first[b]:
        a, b = b, a
    f, h = frames[mover.frame[a]], frames[mover.frame[b]]
    room = mover.self_margin + more
    i = mover.first[a]
    while i < mover.first[a + 1]:
        x, y, z = _at(f, mover.balls[i])
        reach = mover.balls[i, 3] + room
        leaf = mover.skip[i] == i + 1
        j = mover.first[b]
        end = mover.first[b + 1] if leaf else j + 1
        apart = True
        while j < end:
            u, v, w = _at(h, mover.balls[j])
            r = reach + mover.balls[j, 3]
            if (u - x) * (u - x) + (v - y) * (v - y) + (w - z) * (w - z) >= r * r:
                j = mover.skip[j]
                continue
            apart = False
            if leaf and mover.skip[j] == j + 1:
                return True
            j += 1
        i = mover.skip[i] if apart else i + 1
    return False
