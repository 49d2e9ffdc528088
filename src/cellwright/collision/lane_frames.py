"""Frames of sixteen positions side by side, in single precision: entry e of all frames stands from e * LANES on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee, inline
from ..geometry import Array

LANES = 16
_SURE = 1.0001  # more than single precision can make a distance too small
_F = np.float32


@callee
def strays(f: NDArray[np.float32], at: NDArray[np.float32], radius: float, first: int, last: int) -> float:
    """Return how far any point of a ball is at most, in a run of lanes, from where it is in the run's middle.

    It is carried by ``f``, its centre is ``at``. A turn moves no point by more than the radius times the largest
    stretch of the difference of the two rotations, which is their Frobenius distance over the root of two.
    """
    middle = (first + last) // 2
    most = _F(0.0)
    for n in range(first, last):
        square, shift = _F(0.0), _F(0.0)
        for r in range(3):
            for c in range(3):
                d = f[(4 * r + c) * LANES + n] - f[(4 * r + c) * LANES + middle]
                square += d * d
            d = at[r * LANES + n] - at[r * LANES + middle]
            shift += d * d
        most = max(most, np.sqrt(shift) + _F(radius) * np.sqrt(_F(0.5) * square))
    return np.float64(most) * _SURE


@callee
def between(f: NDArray[np.float32], h: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write frame f seen from frame h in every lane."""
    for c in range(4):
        for r in range(3):
            for n in range(LANES):
                total = _F(0.0)
                for i in range(3):
                    there = f[(4 * i + c) * LANES + n]
                    if c == 3:
                        there -= h[(4 * i + 3) * LANES + n]
                    total += h[(4 * i + r) * LANES + n] * there
                out[(4 * r + c) * LANES + n] = total


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


@callee
def sincos(angle: Array, out: NDArray[np.float32]) -> None:
    """Write sine, cosine and angle [rad] of every lane."""
    for n in range(LANES):
        out[n], out[LANES + n] = sine_cosine(angle[n])
        out[2 * LANES + n] = angle[n]


@callee
def carry(
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


@callee
def where(frame: NDArray[np.float32], ball: Array, out: NDArray[np.float32]) -> None:
    """Write where a ball's centre is in the outer frame, in every lane."""
    x, y, z = _F(ball[0]), _F(ball[1]), _F(ball[2])
    f = frame
    for n in range(LANES):
        out[n] = f[n] * x + f[LANES + n] * y + f[2 * LANES + n] * z + f[3 * LANES + n]
        out[LANES + n] = f[4 * LANES + n] * x + f[5 * LANES + n] * y + f[6 * LANES + n] * z + f[7 * LANES + n]
        out[2 * LANES + n] = f[8 * LANES + n] * x + f[9 * LANES + n] * y + f[10 * LANES + n] * z + f[11 * LANES + n]
