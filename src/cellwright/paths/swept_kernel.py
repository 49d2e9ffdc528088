"""Sixteen pieces of a way side by side: where a ball is in each, and how far it strays from there.

In a piece that takes ``2 h`` of the way, the centre of a ball that moves at ``v`` in its middle strays from there by at
most ``|v| h + c h^2 / 2``, where ``c`` bounds how sharply any point of its body is turned. A ball that is clear by that
much more than its margin is clear all through the piece.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collision.field import HALF, Grid
from ..collision.lane_frames import LANES, sine_cosine
from ..collision.trees import still
from ..compiled import callee
from ..geometry import Array

FINEST = 0.001  # what lies this near to a free position is taken as free too [m]
SURE = 1.0001  # more than single precision can make a speed too small
FREE, OPEN, HIT = 0, 1, 2
_BLUNT = 5.0
_LONG = 1.0  # a piece is divided, rather than its balls, where motion makes it longer than this many radii
_F = np.float32


class Steps(NamedTuple):
    """What carries what: step s writes frame ``target[s]`` behind frame ``source[s]``; mechanisms come before the arm.

    A step's joint, which rods may drive, is at ``weights[s] @ q`` (steps, dof); ``turn`` (steps, 4, 3, 4) is what its
    frame is made of: still, cosine, sine and slide parts. It ``slides`` or turns. The arm's steps begin at ``arm``;
    frame f is right after the first ``until[f]`` steps. Frame 0 is the arm's base, ``world`` the world.
    """

    turn: NDArray[np.float32]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weights: Array
    slides: NDArray[np.bool_]
    until: NDArray[np.int64]
    arm: int
    world: int


@callee
def place(
    a: Array, b: Array, count: int, base: Array, steps: Steps, middle: Array, sincos: NDArray[np.float32],
    frames: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write the frames of the first ``count`` steps (frames, 24 lanes), and how fast they move, in every middle."""
    for e in range(12):
        own, still = _F(base[e // 4, e % 4]), _F(1.0) if e % 5 == 0 else _F(0.0)
        for n in range(LANES):
            frames[0, e * LANES + n] = own
            frames[steps.world, e * LANES + n] = still
    for s in range(count):
        start, step = 0.0, 0.0
        for j in range(a.shape[0]):
            if steps.weights[s, j] != 0.0:
                start += steps.weights[s, j] * a[j]
                step += steps.weights[s, j] * (b[j] - a[j])
        for n in range(LANES):
            angle = start + step * middle[n]
            sincos[n], sincos[LANES + n] = sine_cosine(angle)
            sincos[2 * LANES + n] = angle
        _carry(frames[steps.source[s]], steps.turn[s], sincos, _F(step), frames[steps.target[s]])


@callee
def _carry(
    parent: NDArray[np.float32], turn: NDArray[np.float32], sincos: NDArray[np.float32], step: np.float32,
    out: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write a joint's frame and its speed in every lane; ``step`` is the joint's travel over the whole way."""
    for c in range(4):
        m0, m1, m2 = turn[0, 0, c], turn[0, 1, c], turn[0, 2, c]
        k0, k1, k2 = turn[1, 0, c], turn[1, 1, c], turn[1, 2, c]
        s0, s1, s2 = turn[2, 0, c], turn[2, 1, c], turn[2, 2, c]
        q0, q1, q2 = turn[3, 0, c], turn[3, 1, c], turn[3, 2, c]
        last = _F(1.0) if c == 3 else _F(0.0)
        o = out[c * LANES :]
        for n in range(LANES):
            s, k, q = sincos[n], sincos[LANES + n], sincos[2 * LANES + n]
            x, y, z = m0 + k * k0 + s * s0 + q * q0, m1 + k * k1 + s * s1 + q * q1, m2 + k * k2 + s * s2 + q * q2
            e, f, g = step * (k * s0 - s * k0 + q0), step * (k * s1 - s * k1 + q1), step * (k * s2 - s * k2 + q2)
            for r in range(3):
                u, v, w = parent[4 * r * LANES + n], parent[(4 * r + 1) * LANES + n], parent[(4 * r + 2) * LANES + n]
                o[4 * r * LANES + n] = u * x + v * y + w * z + last * parent[(4 * r + 3) * LANES + n]
                o[(12 + 4 * r) * LANES + n] = (
                    parent[(12 + 4 * r) * LANES + n] * x + parent[(13 + 4 * r) * LANES + n] * y
                    + parent[(14 + 4 * r) * LANES + n] * z + last * parent[(15 + 4 * r) * LANES + n]
                    + u * e + v * f + w * g
                )  # fmt: skip


@callee
def _swept(
    frame: NDArray[np.float32], ball: Array, bend: float, half: NDArray[np.float32], point: NDArray[np.float32],
    more: NDArray[np.float32],
) -> None:  # fmt: skip
    """Write where a ball's centre is in every lane, and how far it strays from there in the piece."""
    x, y, z, c = _F(ball[0]), _F(ball[1]), _F(ball[2]), _F(0.5 * bend)
    finest, nothing = _F(FINEST), _F(0.0)
    f, d = frame[: 12 * LANES], frame[12 * LANES :]
    for n in range(LANES):
        point[n] = f[n] * x + f[LANES + n] * y + f[2 * LANES + n] * z + f[3 * LANES + n]
        point[LANES + n] = f[4 * LANES + n] * x + f[5 * LANES + n] * y + f[6 * LANES + n] * z + f[7 * LANES + n]
        point[2 * LANES + n] = f[8 * LANES + n] * x + f[9 * LANES + n] * y + f[10 * LANES + n] * z + f[11 * LANES + n]
    for n in range(LANES):
        u = d[n] * x + d[LANES + n] * y + d[2 * LANES + n] * z + d[3 * LANES + n]
        v = d[4 * LANES + n] * x + d[5 * LANES + n] * y + d[6 * LANES + n] * z + d[7 * LANES + n]
        w = d[8 * LANES + n] * x + d[9 * LANES + n] * y + d[10 * LANES + n] * z + d[11 * LANES + n]
        far = (np.sqrt(u * u + v * v + w * w) + c * half[n]) * half[n]
        more[n] = far if far > finest else nothing


@callee
def near(
    frame: NDArray[np.float32], balls: Array, skip: NDArray[np.int64], first: int, last: int, margin: float, low: float,
    bend: float, coarse: Grid, fine: Grid, left: NDArray[np.float32], point: NDArray[np.float32],
    more: NDArray[np.float32], room: NDArray[np.float32], index: NDArray[np.int32], until: NDArray[np.int64],
    open_: NDArray[np.bool_],
) -> int:  # fmt: skip
    """Look whether a body, balls ``first`` to ``last``, keeps its margin from the fields, and stays above ``low``.

    Returns FREE, HIT where it does not in the middle of a piece, or OPEN where some pieces, ``open_``, are not told.
    ``left`` are half the pieces' lengths; it is used up, and so is all that follows.
    """
    blunt = _BLUNT * coarse.step
    result = FREE
    for n in range(LANES):
        until[n] = 0
    node = first
    while node < last:
        r = balls[node, 3]
        least = r + margin
        _swept(frame, balls[node], bend, left, point, more)
        if not _doubtful(point, more, coarse, least, low + r, until, node, room, index):
            node = skip[node]
            continue
        leaf = skip[node] == node + 1
        deeper = False
        for n in range(LANES):
            if index[n] == 0:
                continue
            wide = np.float64(more[n])
            if not leaf and least > blunt and wide <= _LONG * r:
                deeper = True
                continue
            x, y, z = np.float64(point[n]), np.float64(point[LANES + n]), np.float64(point[2 * LANES + n])
            height = z - r - low
            d = still(coarse, fine, x, y, z, least + wide)
            if d >= least + wide and height >= wide:
                until[n] = skip[node]
            elif d >= least and height >= 0.0 and (leaf or wide > _LONG * r):
                result = OPEN
                open_[n] = True
                left[n] = 0.0  # from here on only what is in the way right in the middle is looked for
                until[n] = skip[node]
            elif leaf:
                return HIT
            else:
                deeper = True
        if deeper:
            for n in range(LANES):
                if index[n] == 0 and until[n] <= node:
                    until[n] = skip[node]
            node += 1
        else:
            node = skip[node]
    return result


@callee
def _doubtful(
    point: NDArray[np.float32], more: NDArray[np.float32], grid: Grid, least: float, low: float,
    until: NDArray[np.int64], node: int, room: NDArray[np.float32], doubt: NDArray[np.int32],
) -> bool:  # fmt: skip
    """Flag the lanes, of those that ask about a node, in which the nearest node of the field does not settle it."""
    n0, n1, n2 = grid.distance.shape
    nodes = grid.distance.reshape(-1)
    blur, square, a_step = _F(HALF * grid.step), _F(grid.step * grid.step), _F(1.0 / grid.step)
    l0, l1, l2 = _F(grid.low[0]), _F(grid.low[1]), _F(grid.low[2])
    most0, most1, most2 = _F(n0 - 1), _F(n1 - 1), _F(n2 - 1)
    ny, nz = np.int32(n1), np.int32(n2)
    zero, middle, wanted, lowest = _F(0.0), _F(0.5), _F(least), _F(low)
    x, y, z = point[:LANES], point[LANES : 2 * LANES], point[2 * LANES : 3 * LANES]
    for n in range(LANES):  # apart from the look-up, so that this runs in all lanes at once
        u, v, w = (x[n] - l0) * a_step, (y[n] - l1) * a_step, (z[n] - l2) * a_step
        i, j, k = min(max(u, zero), most0), min(max(v, zero), most1), min(max(w, zero), most2)
        doubt[n] = (np.int32(i + middle) * ny + np.int32(j + middle)) * nz + np.int32(k + middle)
        room[n] = ((u - i) * (u - i) + (v - j) * (v - j) + (w - k) * (w - k)) * square
    any_ = np.int32(0)
    for n in range(LANES):
        # from a point outside the grid, all bodies lie behind the nearest point of its rim
        d = max(nodes[np.uint64(doubt[n])] - blur, zero)
        need = wanted + more[n]
        near = np.int32(d * d + room[n] < need * need) | np.int32(z[n] - more[n] < lowest)
        doubt[n] = near & np.int32(until[n] <= node)
        any_ |= doubt[n]
    return any_ != 0


@callee
def between(f: NDArray[np.float32], h: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write frame f seen from frame h, and how fast it moves there, in every lane."""
    for c in range(4):
        last = _F(1.0) if c == 3 else _F(0.0)
        v, o = f[c * LANES :], out[c * LANES :]
        for n in range(LANES):
            x, e = v[n] - last * h[3 * LANES + n], v[12 * LANES + n] - last * h[15 * LANES + n]
            y, g = v[4 * LANES + n] - last * h[7 * LANES + n], v[16 * LANES + n] - last * h[19 * LANES + n]
            z, k = v[8 * LANES + n] - last * h[11 * LANES + n], v[20 * LANES + n] - last * h[23 * LANES + n]
            for r in range(3):
                u, t, w = h[r * LANES + n], h[(4 + r) * LANES + n], h[(8 + r) * LANES + n]
                o[4 * r * LANES + n] = u * x + t * y + w * z
                o[(12 + 4 * r) * LANES + n] = (
                    h[(12 + r) * LANES + n] * x + h[(16 + r) * LANES + n] * y + h[(20 + r) * LANES + n] * z
                    + u * e + t * g + w * k
                )  # fmt: skip


@callee
def _far(f: NDArray[np.float32], h: NDArray[np.float32], a: Array, b: Array, room: float) -> bool:
    """Return whether ball a in frame f and ball b in frame h are further apart than ``room`` in every lane."""
    x, y, z, u, v, w = _F(a[0]), _F(a[1]), _F(a[2]), _F(b[0]), _F(b[1]), _F(b[2])
    square = _F((room + a[3] + b[3]) ** 2)
    near = np.int32(0)
    for n in range(LANES):
        gap = _F(0.0)
        for r in range(3):
            p = f[4 * r * LANES + n] * x + f[(4 * r + 1) * LANES + n] * y + f[(4 * r + 2) * LANES + n] * z
            q = h[4 * r * LANES + n] * u + h[(4 * r + 1) * LANES + n] * v + h[(4 * r + 2) * LANES + n] * w
            away = p + f[(4 * r + 3) * LANES + n] - q - h[(4 * r + 3) * LANES + n]
            gap += away * away
        near |= np.int32(gap < square)
    return near == 0


@callee
def touch(
    f: NDArray[np.float32], h: NDArray[np.float32], relative: NDArray[np.float32], balls: Array,
    skip: NDArray[np.int64], a_first: int, a_last: int, b_first: int, b_last: int, room: float, bend: float,
    travel: float, left: NDArray[np.float32], point: NDArray[np.float32], more: NDArray[np.float32],
    open_: NDArray[np.bool_],
) -> int:  # fmt: skip
    """Look whether body a in frame ``f`` keeps ``room`` from body b in frame ``h``; returns what ``near`` does.

    Args:
        f, h, relative: where both are, and scratch for where a is seen from b.
        balls, skip, a_first, a_last, b_first, b_last: those of both bodies.
        room: that is wanted [m].
        bend, travel: how sharply, and how far, a point of a moves over the whole way, seen from b.
        left, point, more, open_: as in ``near``.
    """
    x, y, z = point[:LANES], point[LANES : 2 * LANES], point[2 * LANES : 3 * LANES]
    longest = 0.0
    for n in range(LANES):
        longest = max(longest, np.float64(left[n]))
    if _far(f, h, balls[a_first], balls[b_first], room + travel * longest):
        return FREE
    between(f, h, relative)
    result = FREE
    i = a_first
    while i < a_last:
        _swept(relative, balls[i], bend, left, point, more)
        size = balls[i, 3]
        leaf = skip[i] == i + 1
        j = b_first
        apart = True
        while j < b_last:
            u, v, w, other = _F(balls[j, 0]), _F(balls[j, 1]), _F(balls[j, 2]), balls[j, 3]
            least = _F(size + other + room)
            near = np.int32(0)
            for n in range(LANES):
                s, t, r = x[n] - u, y[n] - v, z[n] - w
                need = least + more[n]
                near |= np.int32(s * s + t * t + r * r < need * need)
            if near == 0:
                j = skip[j]
                continue
            end = skip[j] == j + 1
            if not end and (leaf or other > size):
                j += 1
                continue
            both = leaf and end
            still = False
            for n in range(LANES):
                s, t, r = x[n] - u, y[n] - v, z[n] - w
                gap = s * s + t * t + r * r
                need = least + more[n]
                if gap >= need * need:
                    continue
                hits = gap < least * least
                if hits and both:
                    return HIT
                if both or (not hits and more[n] > _F(_LONG * size)):
                    result = OPEN
                    open_[n] = True
                    # what comes nearer only on the way is looked at again; here, only what hits right in the middle
                    left[n] = 0.0
                    more[n] = 0.0
                else:
                    still = True
            if still:
                apart = False
                break
            j = skip[j]
        i = skip[i] if apart else i + 1
    return result
