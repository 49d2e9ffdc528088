"""Walks down the trees of balls: what the fields say there, and which balls of two bodies touch.

A body is asked about for one position at a time, the balls of a group side by side in single precision; a leaf that the
nearest node of a field does not settle is looked at closely in double precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee, inline, viewing
from ..geometry import Array
from .balls import WIDTH
from .field import HALF, Grid, look

STACK = 4096
"""What may wait to be asked at once: a tree of a body has far fewer levels than would fill it."""

_BLUNT = 5.0  # a ball so many steps large is told apart by the balls below it, not by a closer look
_F = np.float32


def fits_stack(depths: list[int]) -> None:
    """Check that walks down the trees, of two bodies at once, never put more on the stack than it holds.

    Raises:
        ValueError: they could.
    """
    deepest = sorted(depths, reverse=True)[:2]
    # at every level of either tree the balls of one group wait, three numbers each
    if 3 * WIDTH * (sum(deepest) + 1) > STACK:
        raise ValueError(f"trees of balls {deepest} levels deep do not fit on a stack of {STACK}")


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


class Work(NamedTuple):
    """Scratch of the kernels that go through trees."""

    stack: NDArray[np.int32]
    value: NDArray[np.float32]
    node: NDArray[np.int32]
    there: NDArray[np.float32]
    back: NDArray[np.float32]


@inline
def near(
    f: NDArray[np.float32], root: int, margin: float, low: float, group: NDArray[np.float32],
    below: NDArray[np.int32], scene: Scene, field_T_world: Array, work: Work,
) -> bool:  # fmt: skip
    """Return whether a ball from group ``root`` on is nearer to the scene than ``margin``, or to a height ``low``.

    Args:
        f: (12,) rows of the frame that carries the balls, in the world.
        field_T_world: (m, 3, 4) where the fields are that move.
    """
    stack = work.stack
    coarse = scene.coarse
    stack[0] = root
    top = 1
    while True:
        n0, n1, n2 = coarse.distance.shape
        top = _advance(
            f, margin, low, group, below, coarse.distance.reshape(-1), n0, n1, n2, coarse.low, coarse.step, stack, top,
            work.value, work.node,
        )  # fmt: skip
        if top == 0:
            break
        top -= 1
        node = -1 - stack[top]
        g, k = node // WIDTH, node % WIDTH
        r = float(group[g, 3 * WIDTH + k])
        x, y, z = _there(f, group, g, k)
        if z - r >= low and still(scene.coarse, scene.fine, x, y, z, r + margin) >= r + margin:
            continue
        if below[g, k] < 0:
            return True
        stack[top] = below[g, k]
        top += 1
    moving = scene.moving
    for m in range(field_T_world.shape[0]):
        _chain(field_T_world[m], f, work.back)
        nodes = moving.distance[moving.first[m] : moving.first[m + 1]]
        n0, n1, n2 = moving.shape[m, 0], moving.shape[m, 1], moving.shape[m, 2]
        stack[0] = root
        top = 1
        while True:
            top = _advance(
                work.back, margin, -np.inf, group, below, nodes, n0, n1, n2, moving.low[m], moving.step[m], stack, top,
                work.value, work.node,
            )  # fmt: skip
            if top == 0:
                break
            top -= 1
            node = -1 - stack[top]
            g, k = node // WIDTH, node % WIDTH
            enough = float(group[g, 3 * WIDTH + k]) + margin
            x, y, z = _there(work.back, group, g, k)
            grid = nodes.reshape((n0, n1, n2))
            if look(grid, moving.low[m], moving.step[m], moving.inner[m], x, y, z, enough) >= enough:
                continue
            if below[g, k] < 0:
                return True
            stack[top] = below[g, k]
            top += 1
    return False


@callee
def _advance(
    f: NDArray[np.float32], margin: float, low: float, group: NDArray[np.float32], below: NDArray[np.int32],
    nodes: NDArray[np.float32], n0: int, n1: int, n2: int, corner: Array, step: float, stack: NDArray[np.int32],
    top: int, value: NDArray[np.float32], node: NDArray[np.int32],
) -> int:  # fmt: skip
    """Go through the groups on the stack until a ball lies on it that has to be looked at closely; return its height.

    On the stack a group stands as its number, a ball as minus one less its own.
    """
    f00, f01, f02, f03 = f[0], f[1], f[2], f[3]
    f10, f11, f12, f13 = f[4], f[5], f[6], f[7]
    f20, f21, f22, f23 = f[8], f[9], f[10], f[11]
    a_step, blur, square = _F(1.0 / step), _F(HALF * step), _F(step * step)
    l0, l1, l2 = _F(corner[0]), _F(corner[1]), _F(corner[2])
    most0, most1, most2 = _F(n0 - 1), _F(n1 - 1), _F(n2 - 1)
    ny, nz = np.int32(n1), np.int32(n2)
    zero, half, wide, floor, blunt = _F(0.0), _F(0.5), _F(margin), _F(low), _F(_BLUNT * step)
    under, apart = -_F(1e18), _F(1e18)
    while top > 0 and stack[top - 1] >= 0:
        top -= 1
        g = stack[top]
        ball = group[np.uint64(g)]
        for k in range(WIDTH):  # apart from the look-up, so that this runs for all balls at once
            x, y, z = ball[k], ball[WIDTH + k], ball[2 * WIDTH + k]
            height = f20 * x + f21 * y + f22 * z + f23
            u = (f00 * x + f01 * y + f02 * z + f03 - l0) * a_step
            v = (f10 * x + f11 * y + f12 * z + f13 - l1) * a_step
            w = (height - l2) * a_step
            i, j, h = min(max(u, zero), most0), min(max(v, zero), most1), min(max(w, zero), most2)
            node[k] = (np.int32(i + half) * ny + np.int32(j + half)) * nz + np.int32(h + half)
            away = ((u - i) * (u - i) + (v - j) * (v - j) + (w - h) * (w - h)) * square
            # below the floor counts as touching
            value[k] = away if height - ball[3 * WIDTH + k] >= floor else under
        any_ = np.int32(0)
        for k in range(WIDTH):
            # from a point outside the grid, all bodies lie behind the nearest point of its rim
            room = max(nodes[np.uint64(node[k])] - blur, zero)
            radius = ball[3 * WIDTH + k]
            enough = max(radius + wide, zero)
            gap = room * room + value[k] - enough * enough
            value[k] = gap if radius >= zero else apart
            any_ |= np.int32(value[k] < zero)
        if any_ == 0:
            continue
        deepest, least = top, zero
        for k in range(WIDTH):
            if value[k] < zero:
                deeper = below[np.uint64(g), k]
                opened = deeper >= 0 and ball[3 * WIDTH + k] + wide > blunt
                stack[top] = deeper if opened else -1 - (g * WIDTH + k)
                if value[k] < least:
                    deepest, least = top, value[k]
                top += 1
        # what is deepest in is asked first: most likely it settles the matter
        stack[top - 1], stack[deepest] = stack[deepest], stack[top - 1]
    return top


@inline
def _there(f: NDArray[np.float32], group: NDArray[np.float32], g: int, k: int) -> tuple[float, float, float]:
    x, y, z = group[g, k], group[g, WIDTH + k], group[g, 2 * WIDTH + k]
    return (
        np.float64(f[0] * x + f[1] * y + f[2] * z + f[3]),
        np.float64(f[4] * x + f[5] * y + f[6] * z + f[7]),
        np.float64(f[8] * x + f[9] * y + f[10] * z + f[11]),
    )


@inline
def _chain(a_T_b: Array, b_T_c: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for r in range(3):
        for c in range(4):
            total = a_T_b[r, 0] * b_T_c[c] + a_T_b[r, 1] * b_T_c[4 + c] + a_T_b[r, 2] * b_T_c[8 + c]
            out[4 * r + c] = total + a_T_b[r, 3] if c == 3 else total


@callee
def touch(
    f: NDArray[np.float32], h: NDArray[np.float32], first: int, second: int, room: float, group: NDArray[np.float32],
    below: NDArray[np.int32], stack: NDArray[np.int32], value: NDArray[np.float32],
) -> bool:  # fmt: skip
    """Return whether a ball from group ``first`` on is nearer than ``room`` to one from group ``second`` on.

    Args:
        f, h: (12,) rows of the frames that carry the two, in one outer frame; ``f`` is overwritten.
    """
    # the first body seen from the second
    x, y, z = f[3] - h[3], f[7] - h[7], f[11] - h[11]
    d00 = h[0] * f[0] + h[4] * f[4] + h[8] * f[8]
    d01 = h[0] * f[1] + h[4] * f[5] + h[8] * f[9]
    d02 = h[0] * f[2] + h[4] * f[6] + h[8] * f[10]
    d10 = h[1] * f[0] + h[5] * f[4] + h[9] * f[8]
    d11 = h[1] * f[1] + h[5] * f[5] + h[9] * f[9]
    d12 = h[1] * f[2] + h[5] * f[6] + h[9] * f[10]
    d20 = h[2] * f[0] + h[6] * f[4] + h[10] * f[8]
    d21 = h[2] * f[1] + h[6] * f[5] + h[10] * f[9]
    d22 = h[2] * f[2] + h[6] * f[6] + h[10] * f[10]
    d03, d13, d23 = h[0] * x + h[4] * y + h[8] * z, h[1] * x + h[5] * y + h[9] * z, h[2] * x + h[6] * y + h[10] * z
    zero, wide = _F(0.0), _F(room)
    top = 0
    for k in range(WIDTH):
        if group[first, 3 * WIDTH + k] >= zero:
            stack[top] = first * WIDTH + k
            stack[top + 1] = second
            stack[top + 2] = 0
            top += 3
    while top > 0:
        top -= 3
        node, g, other = stack[top], stack[top + 1], stack[top + 2] == 1
        n, c = node // WIDTH, node % WIDTH
        x, y, z = group[n, c], group[n, WIDTH + c], group[n, 2 * WIDTH + c]
        size = group[n, 3 * WIDTH + c]
        r = size + wide
        if other:  # a ball of the second body among those of the first
            x, y, z = x - d03, y - d13, z - d23
            u, v, w = d00 * x + d10 * y + d20 * z, d01 * x + d11 * y + d21 * z, d02 * x + d12 * y + d22 * z
        else:
            u = d00 * x + d01 * y + d02 * z + d03
            v = d10 * x + d11 * y + d12 * z + d13
            w = d20 * x + d21 * y + d22 * z + d23
        ball = group[np.uint64(g)]
        any_ = np.int32(0)
        for k in range(WIDTH):
            s, t, q = ball[k] - u, ball[WIDTH + k] - v, ball[2 * WIDTH + k] - w
            reach = max(ball[3 * WIDTH + k] + r, zero)
            value[k] = s * s + t * t + q * q - reach * reach
            any_ |= np.int32(value[k] < zero)
        if any_ == 0:
            continue
        for k in range(WIDTH):
            if not value[k] < zero:
                continue
            if below[n, c] < 0 and below[g, k] < 0:
                return True
            if below[n, c] < 0 or (below[g, k] >= 0 and ball[3 * WIDTH + k] > size):
                stack[top], stack[top + 1], stack[top + 2] = node, below[g, k], np.int32(other)
            else:
                stack[top], stack[top + 1], stack[top + 2] = g * WIDTH + k, below[n, c], np.int32(not other)
            top += 3
    return False


@viewing
def distance(scene: Scene, x: float, y: float, z: float, enough: float) -> float:
    """Return a distance [m] that a point of the world surely has from all bodies; exact enough to tell ``enough``."""
    least = still(scene.coarse, scene.fine, x, y, z, enough)
    moving = scene.moving
    for m in range(moving.step.shape[0]):
        nodes = moving.distance[moving.first[m] : moving.first[m + 1]]
        grid = nodes.reshape((moving.shape[m, 0], moving.shape[m, 1], moving.shape[m, 2]))
        u, v, w = at(moving.field_T_world[m], (x, y, z))
        least = min(least, look(grid, moving.low[m], moving.step[m], moving.inner[m], u, v, w, enough))
    return least


@callee
def still(coarse: Grid, fine: Grid, x: float, y: float, z: float, enough: float) -> float:
    """Return a distance [m] that a point surely has from all bodies of two fields, of which the fine one knows more."""
    best = -np.inf
    if _within(fine.distance, fine.low, fine.step, x, y, z):
        best = look(fine.distance, fine.low, fine.step, fine.inner, x, y, z, enough)
        if best >= enough:
            return best
    # large balls reach beyond the fine region, where only the coarse field knows how much room there is
    return max(best, look(coarse.distance, coarse.low, coarse.step, coarse.inner, x, y, z, enough))


@callee
def _within(grid: NDArray[np.float32], low: Array, step: float, x: float, y: float, z: float) -> bool:
    u, v, w = x - low[0], y - low[1], z - low[2]
    n0, n1, n2 = grid.shape
    return u >= 0 and v >= 0 and w >= 0 and u <= (n0 - 1) * step and v <= (n1 - 1) * step and w <= (n2 - 1) * step


@callee
def at(f: Array, point: Array | tuple[float, float, float]) -> tuple[float, float, float]:
    """Return where a point is in the outer frame of the rows ``f`` (3, 4) [m]."""
    x, y, z = point[0], point[1], point[2]
    return (
        f[0, 0] * x + f[0, 1] * y + f[0, 2] * z + f[0, 3],
        f[1, 0] * x + f[1, 1] * y + f[1, 2] * z + f[1, 3],
        f[2, 0] * x + f[2, 1] * y + f[2, 2] * z + f[2, 3],
    )
