"""Compiled Newton steps on a real chain, several positions at once, written so that the compiler vectorises them.

The chain is seen as a product of turns about its axes at zero: a position is where the product meets
``wanted_T = base_T_flange @ inv(base_T_flange at zero)``.
"""

from __future__ import annotations

import math

from ..compiled import inline, kernel
from ..geometry import Array

LANES = 64
"""Positions worked on at once."""

_L = LANES
_LEAST = 1e-16  # keeps a singular system solvable; far below what a regular one feels
_LONGEST = 0.3  # [rad] of one joint in one step


@inline
def _sine_cosine(angle: float) -> tuple[float, float]:
    """Return sine and cosine of an angle of a few turns; coefficients of S. Moshier's Cephes library (sin.c)."""
    k = math.floor(angle * 0.6366197723675814 + 0.5)
    x = ((angle - k * 1.5707962512969971) - k * 7.5497894158615964e-8) - k * 5.390302858158119e-15
    z = x * x
    s = 1.58962301576546568060e-10 * z - 2.50507477628578072866e-8
    s = ((s * z + 2.75573136213857245213e-6) * z - 1.98412698295895385996e-4) * z + 8.33333333332211858878e-3
    s = x + x * z * (s * z - 1.66666666666666307295e-1)
    c = -1.13585365213876817300e-11 * z + 2.08757008419747316778e-9
    c = ((c * z - 2.75573141792967388112e-7) * z + 2.48015872888517045348e-5) * z - 1.38888888888730564116e-3
    c = 1.0 - 0.5 * z + z * z * (c * z + 4.16666666666665929218e-2)
    quarter = k - 4.0 * math.floor(k * 0.25)
    odd = (quarter == 1.0) | (quarter == 3.0)
    sine, cosine = c if odd else s, s if odd else c
    return (-sine if quarter >= 2.0 else sine), (-cosine if (quarter == 1.0) | (quarter == 2.0) else cosine)


@kernel
def place(q: Array, axes: Array, frame: Array, jacobian: Array) -> None:
    """Fill ``frame`` (12 rows) with the product of turns at ``q`` (6 rows), and ``jacobian`` with where the axes are.

    Rows 6 j to 6 j + 5 of ``jacobian`` hold a point and the direction of axis j.
    """
    for i in range(_L):
        for j in range(12):
            frame[j * _L + i] = 1.0 if j % 4 == 0 and j < 9 else 0.0
    for j in range(6):
        u0, u1, u2, p0, p1, p2 = axes[j, 0], axes[j, 1], axes[j, 2], axes[j, 3], axes[j, 4], axes[j, 5]
        at = jacobian[6 * j * _L :]
        angle = q[j * _L :]
        for i in range(_L):
            r00, r10, r20 = frame[i], frame[_L + i], frame[2 * _L + i]
            r01, r11, r21 = frame[3 * _L + i], frame[4 * _L + i], frame[5 * _L + i]
            r02, r12, r22 = frame[6 * _L + i], frame[7 * _L + i], frame[8 * _L + i]
            z0 = r00 * u0 + r01 * u1 + r02 * u2
            z1 = r10 * u0 + r11 * u1 + r12 * u2
            z2 = r20 * u0 + r21 * u1 + r22 * u2
            x0 = r00 * p0 + r01 * p1 + r02 * p2 + frame[9 * _L + i]
            x1 = r10 * p0 + r11 * p1 + r12 * p2 + frame[10 * _L + i]
            x2 = r20 * p0 + r21 * p1 + r22 * p2 + frame[11 * _L + i]
            at[i], at[_L + i], at[2 * _L + i] = x0, x1, x2
            at[3 * _L + i], at[4 * _L + i], at[5 * _L + i] = z0, z1, z2
            s, c = _sine_cosine(angle[i])
            k0, k1, k2 = (1.0 - c) * u0, (1.0 - c) * u1, (1.0 - c) * u2
            n00, n10, n20 = _turned(r00, r10, r20, z0, z1, z2, s, c, k0)
            n01, n11, n21 = _turned(r01, r11, r21, z0, z1, z2, s, c, k1)
            n02, n12, n22 = _turned(r02, r12, r22, z0, z1, z2, s, c, k2)
            frame[i], frame[_L + i], frame[2 * _L + i] = n00, n10, n20
            frame[3 * _L + i], frame[4 * _L + i], frame[5 * _L + i] = n01, n11, n21
            frame[6 * _L + i], frame[7 * _L + i], frame[8 * _L + i] = n02, n12, n22
            frame[9 * _L + i] = x0 - (n00 * p0 + n01 * p1 + n02 * p2)
            frame[10 * _L + i] = x1 - (n10 * p0 + n11 * p1 + n12 * p2)
            frame[11 * _L + i] = x2 - (n20 * p0 + n21 * p1 + n22 * p2)


@inline
def _turned(a: float, b: float, d: float, z0: float, z1: float, z2: float, s: float, c: float, k: float):
    """Return the vector (a, b, d) turned about z; k is 1 - c times its part along z."""
    return (
        c * a + s * (z1 * d - z2 * b) + k * z0,
        c * b + s * (z2 * a - z0 * d) + k * z1,
        c * d + s * (z0 * b - z1 * a) + k * z2,
    )


@kernel
def differ(wanted: Array, frame: Array, at: Array, error: Array) -> float:
    """Fill ``error`` (7 rows) with how far ``frame`` is from ``wanted`` (12 rows), and return the largest of all.

    Rows: distance at the point ``at`` (3,), turn as axis times sine of the angle, norm of the six.
    """
    x, y, z = at[0], at[1], at[2]
    for i in range(_L):
        for j in range(3):
            error[j * _L + i] = (
                (wanted[j * _L + i] - frame[j * _L + i]) * x
                + (wanted[(3 + j) * _L + i] - frame[(3 + j) * _L + i]) * y
                + (wanted[(6 + j) * _L + i] - frame[(6 + j) * _L + i]) * z
                + (wanted[(9 + j) * _L + i] - frame[(9 + j) * _L + i])
            )
        e0, e1, e2 = 0.0, 0.0, 0.0
        for j in range(0, 9, 3):
            a0, a1, a2 = frame[j * _L + i], frame[(j + 1) * _L + i], frame[(j + 2) * _L + i]
            b0, b1, b2 = wanted[j * _L + i], wanted[(j + 1) * _L + i], wanted[(j + 2) * _L + i]
            e0, e1, e2 = e0 + a1 * b2 - a2 * b1, e1 + a2 * b0 - a0 * b2, e2 + a0 * b1 - a1 * b0
        e0, e1, e2 = 0.5 * e0, 0.5 * e1, 0.5 * e2
        error[3 * _L + i], error[4 * _L + i], error[5 * _L + i] = e0, e1, e2
        d0, d1, d2 = error[i], error[_L + i], error[2 * _L + i]
        error[6 * _L + i] = math.sqrt(d0 * d0 + d1 * d1 + d2 * d2 + e0 * e0 + e1 * e1 + e2 * e2)
    worst = 0.0
    for i in range(_L):
        worst = max(worst, error[6 * _L + i] if error[6 * _L + i] == error[6 * _L + i] else 0.0)
    return worst


@kernel
def step(q: Array, frame: Array, at: Array, error: Array, close: float, jacobian: Array, normal: Array) -> None:
    """Take one damped Newton step of ``q`` (6 rows) where more than ``close`` is missing; ``normal`` (27 rows) is room.

    What is close stays, so that a position ends the same whatever it is worked on with.
    """
    for j in range(6):
        col = jacobian[6 * j * _L :]
        for i in range(_L):
            px = frame[i] * at[0] + frame[3 * _L + i] * at[1] + frame[6 * _L + i] * at[2] + frame[9 * _L + i]
            py = frame[_L + i] * at[0] + frame[4 * _L + i] * at[1] + frame[7 * _L + i] * at[2] + frame[10 * _L + i]
            pz = frame[2 * _L + i] * at[0] + frame[5 * _L + i] * at[1] + frame[8 * _L + i] * at[2] + frame[11 * _L + i]
            x, y, z = px - col[i], py - col[_L + i], pz - col[2 * _L + i]
            u, v, w = col[3 * _L + i], col[4 * _L + i], col[5 * _L + i]
            col[i], col[_L + i], col[2 * _L + i] = v * z - w * y, w * x - u * z, u * y - v * x
    # Cholesky's factor of J J^T + damping, a row of the lower triangle after the other
    for r in range(6):
        for c in range(r + 1):
            to = normal[(r * (r + 1) // 2 + c) * _L :]
            for i in range(_L):
                total = _LEAST + error[6 * _L + i] * error[6 * _L + i] if r == c else 0.0
                for j in range(6):
                    total += jacobian[(6 * j + r) * _L + i] * jacobian[(6 * j + c) * _L + i]
                to[i] = total
            for k in range(c):
                a, b = normal[(r * (r + 1) // 2 + k) * _L :], normal[(c * (c + 1) // 2 + k) * _L :]
                for i in range(_L):
                    to[i] -= a[i] * b[i]
            if r == c:
                for i in range(_L):
                    # the diagonal is kept as its inverse
                    to[i] = 1.0 / math.sqrt(to[i] if to[i] > _LEAST else _LEAST)
            else:
                d = normal[(c * (c + 1) // 2 + c) * _L :]
                for i in range(_L):
                    to[i] *= d[i]
    y = normal[21 * _L :]
    for r in range(6):
        for i in range(_L):
            total = error[r * _L + i]
            for k in range(r):
                total -= normal[(r * (r + 1) // 2 + k) * _L + i] * y[k * _L + i]
            y[r * _L + i] = total * normal[(r * (r + 1) // 2 + r) * _L + i]
    for r in range(5, -1, -1):
        for i in range(_L):
            total = y[r * _L + i]
            for k in range(r + 1, 6):
                total -= normal[(k * (k + 1) // 2 + r) * _L + i] * y[k * _L + i]
            y[r * _L + i] = total * normal[(r * (r + 1) // 2 + r) * _L + i]
    for j in range(6):
        for i in range(_L):
            total = 0.0
            for r in range(6):
                total += jacobian[(6 * j + r) * _L + i] * y[r * _L + i]
            total = total if total < _LONGEST else _LONGEST
            total = total if total > -_LONGEST else -_LONGEST
            q[j * _L + i] += total if error[6 * _L + i] > close else 0.0


@kernel
def newton(wanted: Array, axes: Array, at: Array, close: float, steps: int, work: Array, q: Array, left: Array) -> None:
    """Move ``q`` (k, 6, n) to where the chain meets the poses, and fill ``left`` (k, n) with what is missing [m, rad].

    Args:
        wanted: (12, n) rows of ``wanted_T``: three columns of its rotation, then its position [m].
        axes: (6, 6) direction of each axis at zero and a point on it [m], in the base frame.
        at: (3,) the point at which distance is measured [m], at zero in the base frame.
        close: positions that miss by no more than this are left alone.
        steps: most steps.
        work: (100, LANES) room.
        q: changed; NaN stays NaN.
        left: filled.
    """
    flat = work.reshape(-1)
    here, pose, frame = flat[: 6 * _L], flat[6 * _L : 18 * _L], flat[18 * _L : 30 * _L]
    error, jacobian, normal = flat[30 * _L : 37 * _L], flat[37 * _L : 73 * _L], flat[73 * _L :]
    n = wanted.shape[1]
    for start in range(0, n, _L):
        size = min(_L, n - start)
        for j in range(12):
            for i in range(_L):
                pose[j * _L + i] = wanted[j, start + min(i, size - 1)]
        for b in range(q.shape[0]):
            for j in range(6):
                for i in range(_L):
                    here[j * _L + i] = q[b, j, start + min(i, size - 1)]
            place(here, axes, frame, jacobian)
            worst = differ(pose, frame, at, error)
            for _ in range(steps):
                if worst <= close:
                    break
                step(here, frame, at, error, close, jacobian, normal)
                place(here, axes, frame, jacobian)
                worst = differ(pose, frame, at, error)
            for j in range(6):
                for i in range(size):
                    q[b, j, start + i] = here[j * _L + i]
            for i in range(size):
                left[b, start + i] = error[6 * _L + i]
