"""Many positions at once: sixteen lanes side by side, in single precision and with a pad for it.

A lane is passed on to the double-precision look only where the nearest node of the coarse field does not settle it, so
that the answer is as sharp as that of ``blocking.blocked``, but for the pad.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..geometry import Array
from .blocking import Mover, Scene, distance
from .field import HALF

LANES = 16
PAD = 4e-6
"""Share of the robot's reach, seen from the world's origin, by which single precision may misplace a ball, with room to
spare; added to every margin here."""

_BLUNT = 5.0
_F = np.float32


def check_all(q: Array, mover: Mover, scene: Scene) -> NDArray[np.int64]:
    """Return for each position ``q`` (n, dof) the first body in the way, as ``blocking.blocked`` counts them, or -1."""
    out = np.empty(len(q), np.int64)
    if len(q):
        _check(np.ascontiguousarray(q, np.float64), mover, scene, _parts(mover), PAD * _extent(q, mover), out)
    return out


def _extent(q: Array, mover: Mover) -> float:
    """Return how far from the world's origin the robot's bodies get at ``q`` (n, dof) at most [m]."""
    steps = (mover.world_T_base[:3, 3], mover.last_T_flange[:3, 3], *mover.parent_T_joint[:, :3, 3])
    slides = np.abs(q[:, mover.prismatic]).max(0, initial=0.0).sum()
    return float(sum(np.linalg.norm(step) for step in steps) + slides + np.abs(mover.whole).sum(1).max(initial=0.0))


def _parts(mover: Mover) -> NDArray[np.float32]:
    """Return what each joint's frame, and the flange's, is made of (dof + 1, 4, 3, 4): still, cosine, sine, slide."""
    turn = np.zeros((len(mover.axis) + 1, 4, 3, 4))
    for i, (place, axis) in enumerate(zip(mover.parent_T_joint, mover.axis, strict=True)):
        along = np.eye(3) if mover.prismatic[i] else np.outer(axis, axis)
        turn[i, 0] = np.column_stack([place[:3, :3] @ along, place[:3, 3]])
        if mover.prismatic[i]:
            turn[i, 3, :, 3] = place[:3, :3] @ axis
        else:
            turn[i, 1, :, :3] = place[:3, :3] - place[:3, :3] @ along
            turn[i, 2, :, :3] = place[:3, :3] @ np.cross(axis, np.eye(3)).T
    turn[-1, 0] = mover.last_T_flange[:3]
    return turn.astype(np.float32)


@kernel
def _check(
    q: Array, mover: Mover, scene: Scene, turn: NDArray[np.float32], pad: float, out: NDArray[np.int64]
) -> None:  # fmt: skip
    dof = mover.axis.shape[0]
    bodies = mover.frame.shape[0]
    frames = np.empty((dof + 2, 12 * LANES), np.float32)
    sincos = np.empty(3 * LANES, np.float32)
    angle = np.empty(LANES)
    point = np.empty(3 * LANES, np.float32)
    wholes = np.empty((bodies, 3 * LANES), np.float32)
    relative = np.empty(12 * LANES, np.float32)
    beyond = np.empty(LANES, np.float32)
    flag = np.empty(LANES, np.int32)
    until = np.empty(LANES, np.int64)
    hit = np.empty(LANES, np.int32)
    for e in range(12):
        for n in range(LANES):
            frames[0, e * LANES + n] = mover.world_T_base[e // 4, e % 4]
    for start in range(0, q.shape[0], LANES):
        for i in range(dof):
            for n in range(LANES):
                angle[n] = q[min(start + n, q.shape[0] - 1), i]
            _sincos(angle, sincos)
            _carry(frames[i], turn[i], sincos, frames[i + 1])
        _carry(frames[dof], turn[dof], sincos, frames[dof + 1])
        for n in range(LANES):
            hit[n] = -1
        left = LANES
        for b in range(bodies):
            _where(frames[mover.frame[b]], mover.balls[mover.first[b]], wholes[b])
            if left > 0 and mover.margin[b] >= 0.0:
                left -= _near(b, pad, mover, scene, frames[mover.frame[b]], point, beyond, flag, until, hit)
        for p in range(mover.pairs.shape[0]):
            if left > 0:
                a, b = mover.pairs[p, 0], mover.pairs[p, 1]
                if _apart(wholes[a], wholes[b], hit, mover.whole[a, 3] + mover.whole[b, 3] + mover.self_margin + pad):
                    continue
                if mover.first[a + 1] - mover.first[a] > mover.first[b + 1] - mover.first[b]:
                    a, b = b, a
                _between(frames[mover.frame[a]], frames[mover.frame[b]], relative)
                left -= _touch(a, b, bodies + p, pad, mover, relative, point, hit)
        for n in range(min(LANES, q.shape[0] - start)):
            out[start + n] = hit[n]


@kernel
def _sincos(angle: Array, out: NDArray[np.float32]) -> None:
    """Write sine and cosine of angles [rad] by their series within 45 deg of a multiple of a right angle."""
    for n in range(LANES):
        k = np.floor(angle[n] * 0.6366197723675814 + 0.5)
        y = (angle[n] - k * 1.5707963267341256) - k * 6.077100506506192e-11
        t = y * y
        s = y * (1 + t * (-1 / 6 + t * (1 / 120 + t * (-1 / 5040 + t * (1 / 362880 - t / 39916800)))))
        c = 1 + t * (-1 / 2 + t * (1 / 24 + t * (-1 / 720 + t * (1 / 40320 - t / 3628800))))
        half = np.floor(k * 0.5)
        odd = k - 2.0 * half
        sign = 1.0 - 2.0 * (half - 2.0 * np.floor(half * 0.5))
        out[n] = sign * (s + odd * (c - s))
        out[LANES + n] = sign * (c - odd * (s + c))
        out[2 * LANES + n] = angle[n]


@kernel
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


@kernel
def _where(frame: NDArray[np.float32], ball: Array, out: NDArray[np.float32]) -> None:
    """Write where a ball's centre is in the outer frame, in every lane."""
    x, y, z = _F(ball[0]), _F(ball[1]), _F(ball[2])
    f = frame
    for n in range(LANES):
        out[n] = f[n] * x + f[LANES + n] * y + f[2 * LANES + n] * z + f[3 * LANES + n]
        out[LANES + n] = f[4 * LANES + n] * x + f[5 * LANES + n] * y + f[6 * LANES + n] * z + f[7 * LANES + n]
        out[2 * LANES + n] = f[8 * LANES + n] * x + f[9 * LANES + n] * y + f[10 * LANES + n] * z + f[11 * LANES + n]


@kernel
def _near(
    b: int, pad: float, mover: Mover, scene: Scene, frame: NDArray[np.float32], point: NDArray[np.float32],
    beyond: NDArray[np.float32], flag: NDArray[np.int32], until: NDArray[np.int64], hit: NDArray[np.int32],
) -> int:  # fmt: skip
    """Mark the free lanes in which body b is too near to something; return how many."""
    found = 0
    low = float(mover.low_margin[b] + scene.floor + pad) if mover.low_margin[b] >= 0.0 else -np.inf
    for n in range(LANES):
        until[n] = 0 if hit[n] < 0 else 1 << 60
    node = mover.first[b]
    while node < mover.first[b + 1]:
        r = float(mover.balls[node, 3])
        enough = r + mover.margin[b] + pad
        _where(frame, mover.balls[node], point)
        open_ = _doubtful(point, scene, enough, low + r, scene.moving.step.shape[0] > 0, beyond, flag)
        leaf = mover.skip[node] == node + 1
        # where the coarse field is sharp enough for a ball, the balls below it tell more than a closer look
        blunt = not leaf and enough > _BLUNT * scene.coarse.step
        deeper = False
        if open_:
            for n in range(LANES):
                if flag[n] == 0 or until[n] > node:
                    continue
                if blunt:
                    deeper = True
                    continue
                x, y, z = np.float64(point[n]), np.float64(point[LANES + n]), np.float64(point[2 * LANES + n])
                if z - r >= low and distance(scene, x, y, z, enough) >= enough:
                    until[n] = mover.skip[node]
                elif leaf:
                    hit[n] = b
                    until[n] = 1 << 60
                    found += 1
                else:
                    deeper = True
        if deeper:
            for n in range(LANES):
                if flag[n] == 0 and until[n] <= node:
                    until[n] = mover.skip[node]
            node += 1
        else:
            node = mover.skip[node]
    return found


@kernel
def _doubtful(
    point: NDArray[np.float32], scene: Scene, enough: float, low: float, all_: bool,
    beyond: NDArray[np.float32], flag: NDArray[np.int32],
) -> bool:  # fmt: skip
    """Flag the lanes whose point may be nearer than ``enough`` to the scene or below ``low``; return whether any is."""
    grid = scene.coarse
    n0, n1, n2 = grid.distance.shape
    nodes = grid.distance.reshape(-1)
    blur, wanted, square = _F(HALF * grid.step), _F(enough * enough), _F(grid.step * grid.step)
    a_step = _F(1.0 / grid.step)
    l0, l1, l2 = _F(grid.low[0]), _F(grid.low[1]), _F(grid.low[2])
    most0, most1, most2 = _F(n0 - 1), _F(n1 - 1), _F(n2 - 1)
    ny, nz = np.int32(n1), np.int32(n2)
    zero, half = _F(0.0), _F(0.5)
    floor = _F(low)
    x, y, z = point[:LANES], point[LANES : 2 * LANES], point[2 * LANES : 3 * LANES]
    for n in range(LANES):  # apart from the look-up, so that this runs in all lanes at once
        u, v, w = (x[n] - l0) * a_step, (y[n] - l1) * a_step, (z[n] - l2) * a_step
        i, j, k = min(max(u, zero), most0), min(max(v, zero), most1), min(max(w, zero), most2)
        flag[n] = (np.int32(i + half) * ny + np.int32(j + half)) * nz + np.int32(k + half)
        beyond[n] = ((u - i) * (u - i) + (v - j) * (v - j) + (w - k) * (w - k)) * square
    always = np.int32(1) if all_ else np.int32(0)
    any_ = np.int32(0)
    for n in range(LANES):
        # from a point outside the grid, all bodies lie behind the nearest point of its rim
        room = max(nodes[np.uint64(flag[n])] - blur, zero)
        flag[n] = np.int32(room * room + beyond[n] < wanted) | np.int32(z[n] < floor) | always
        any_ |= flag[n]
    return any_ != 0


@kernel
def _apart(a: NDArray[np.float32], b: NDArray[np.float32], hit: NDArray[np.int32], room: float) -> bool:
    square = _F(room * room)
    near = np.int32(0)
    for n in range(LANES):
        x, y, z = a[n] - b[n], a[LANES + n] - b[LANES + n], a[2 * LANES + n] - b[2 * LANES + n]
        near |= np.int32(x * x + y * y + z * z < square) & np.int32(hit[n] < 0)
    return near == 0


@kernel
def _between(f: NDArray[np.float32], h: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write frame f seen from frame h, in every lane."""
    for r in range(3):
        for c in range(4):
            o = out[(4 * r + c) * LANES : (4 * r + c + 1) * LANES]
            for n in range(LANES):
                o[n] = 0.0
            for k in range(3):
                u = h[(4 * k + r) * LANES : (4 * k + r + 1) * LANES]
                v = f[(4 * k + c) * LANES : (4 * k + c + 1) * LANES]
                w = h[(4 * k + 3) * LANES : (4 * k + 4) * LANES]
                if c < 3:
                    for n in range(LANES):
                        o[n] += u[n] * v[n]
                else:
                    for n in range(LANES):
                        o[n] += u[n] * (v[n] - w[n])


@kernel
def _touch(
    a: int, b: int, code: int, pad: float, mover: Mover, b_T_a: NDArray[np.float32], point: NDArray[np.float32],
    hit: NDArray[np.int32],
) -> int:  # fmt: skip
    """Mark the free lanes in which balls of bodies a and b are nearer than the margin; return how many."""
    found = 0
    i = mover.first[a]
    x, y, z = point[:LANES], point[LANES : 2 * LANES], point[2 * LANES : 3 * LANES]
    while i < mover.first[a + 1]:
        _where(b_T_a, mover.balls[i], point)
        reach = mover.balls[i, 3] + mover.self_margin + pad
        leaf = mover.skip[i] == i + 1
        j = mover.first[b]
        end = mover.first[b + 1] if leaf else j + 1
        apart = True
        while j < end:
            u, v, w = _F(mover.balls[j, 0]), _F(mover.balls[j, 1]), _F(mover.balls[j, 2])
            square = _F((reach + mover.balls[j, 3]) ** 2)
            near = np.int32(0)
            for n in range(LANES):
                s, t, r = x[n] - u, y[n] - v, z[n] - w
                near |= np.int32(s * s + t * t + r * r < square) & np.int32(hit[n] < 0)
            if near == 0:
                j = mover.skip[j]
                continue
            apart = False
            if leaf and mover.skip[j] == j + 1:
                for n in range(LANES):
                    s, t, r = x[n] - u, y[n] - v, z[n] - w
                    if hit[n] < 0 and s * s + t * t + r * r < square:
                        hit[n] = code
                        found += 1
            j += 1
        i = mover.skip[i] if apart else i + 1
    return found
