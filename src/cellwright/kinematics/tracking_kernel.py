"""The compiled Newton's method on a chain of turning joints: from a position nearby to the one that meets the pose.

Sines and cosines are computed here and not by the system's library, whose last digit differs between processors.
"""

from __future__ import annotations

import math

from ..compiled import kernel
from ..geometry import Array

CLOSE = 1e-12
"""A position is a solution when the flange is within this distance [m, rad] of the pose; steps end there."""

_STALLED = 4  # steps in a row that help but do not even halve the squared error: nothing is to be found here
_SHORTEST = 1e-5  # of a step that does not help when taken whole
_LARGEST = 0.6  # of a step [rad]
_LEAST = 1e-15  # damping that keeps an exactly singular system solvable
_TURN = 2.0 * math.pi


@kernel
def cosine_sine(angle: float) -> tuple[float, float]:
    """Return cos and sin to 2 ulp for angles of a few turns; series coefficients of S. Moshier's Cephes (sin.c)."""
    quarters = math.floor(angle * (2.0 / math.pi) + 0.5)
    x = ((angle - quarters * 1.5707963267341256) - quarters * 6.077100506303966e-11) - quarters * 2.022266248795951e-21
    z = x * x
    s = (
        (
            ((1.58962301576546568060e-10 * z - 2.50507477628578072866e-8) * z + 2.75573136213857245213e-6) * z
            - 1.98412698295895385996e-4
        )
        * z
        + 8.33333333332211858878e-3
    ) * z - 1.66666666666666307295e-1
    s = x + x * z * s
    c = (
        (
            ((-1.13585365213876817300e-11 * z + 2.08757008419747316778e-9) * z - 2.75573141792967388112e-7) * z
            + 2.48015872888517045348e-5
        )
        * z
        - 1.38888888888730564116e-3
    ) * z + 4.16666666666665929218e-2
    c = 1.0 - 0.5 * z + z * z * c
    quadrant = int(quarters) & 3
    odd, lower = quadrant & 1, quadrant >> 1
    cosine = s if odd else c
    cosine = -cosine if odd != lower else cosine
    sine = c if odd else s
    return cosine, -sine if lower else sine


@kernel
def angle_of(y: float, x: float) -> float:
    """Return atan2(y, x), 0 for a vector of no length: a coarse guess, then the arc sine of what is left of it."""
    size = math.sqrt(x * x + y * y)
    x, y = x / (size + 1e-300), y / (size + 1e-300)
    ax, ay = abs(x), abs(y)
    ratio = min(ax, ay) / (max(ax, ay) + 1e-300)
    angle = ratio * (0.9724 - 0.1919 * ratio * ratio)
    angle = 0.5 * math.pi - angle if ay > ax else angle
    angle = math.pi - angle if x < 0.0 else angle
    angle = -angle if y < 0.0 else angle
    c, s = cosine_sine(angle)
    d = y * c - x * s
    z = d * d
    return angle + d * (1.0 + z * (1.0 / 6.0 + z * (3.0 / 40.0 + z * (15.0 / 336.0))))


@kernel
def flange_error(steps: Array, q: Array, wanted: Array, jacobian: Array, error: Array) -> float:
    """Fill the flange's ``jacobian`` (6, dof) and ``error`` (6,) at ``q``; return the square of the error.

    Args:
        steps: (dof + 1, 3, 4) from joint to joint at zero, each joint turning about its own z; the flange is last.
        q: (dof,) [rad].
        wanted: (4, 4) base_T_flange.
        jacobian: filled, velocity then turn rate, in the base's directions.
        error: filled: what is missing of the position [m], and of the rotation as axis times 2 tan(angle / 2).
    """
    dof = len(q)
    xx, xy, xz, yx, yy, yz, zx, zy, zz = 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0
    px, py, pz = 0.0, 0.0, 0.0
    for i in range(dof + 1):
        a = steps[i]
        px += xx * a[0, 3] + yx * a[1, 3] + zx * a[2, 3]
        py += xy * a[0, 3] + yy * a[1, 3] + zy * a[2, 3]
        pz += xz * a[0, 3] + yz * a[1, 3] + zz * a[2, 3]
        ux, uy, uz = (
            xx * a[0, 0] + yx * a[1, 0] + zx * a[2, 0],
            xy * a[0, 0] + yy * a[1, 0] + zy * a[2, 0],
            xz * a[0, 0] + yz * a[1, 0] + zz * a[2, 0],
        )
        vx, vy, vz = (
            xx * a[0, 1] + yx * a[1, 1] + zx * a[2, 1],
            xy * a[0, 1] + yy * a[1, 1] + zy * a[2, 1],
            xz * a[0, 1] + yz * a[1, 1] + zz * a[2, 1],
        )
        zx, zy, zz = (
            xx * a[0, 2] + yx * a[1, 2] + zx * a[2, 2],
            xy * a[0, 2] + yy * a[1, 2] + zy * a[2, 2],
            xz * a[0, 2] + yz * a[1, 2] + zz * a[2, 2],
        )
        c, s = 1.0, 0.0
        if i < dof:
            c, s = cosine_sine(q[i])
            jacobian[0, i], jacobian[1, i], jacobian[2, i] = px, py, pz
            jacobian[3, i], jacobian[4, i], jacobian[5, i] = zx, zy, zz
        xx, xy, xz = c * ux + s * vx, c * uy + s * vy, c * uz + s * vz
        yx, yy, yz = c * vx - s * ux, c * vy - s * uy, c * vz - s * uz
    for i in range(dof):
        rx, ry, rz = px - jacobian[0, i], py - jacobian[1, i], pz - jacobian[2, i]
        ax, ay, az = jacobian[3, i], jacobian[4, i], jacobian[5, i]
        jacobian[0, i], jacobian[1, i], jacobian[2, i] = ay * rz - az * ry, az * rx - ax * rz, ax * ry - ay * rx
    w = wanted
    trace = xx * w[0, 0] + xy * w[1, 0] + xz * w[2, 0] + yx * w[0, 1] + yy * w[1, 1] + yz * w[2, 1]
    trace += zx * w[0, 2] + zy * w[1, 2] + zz * w[2, 2]
    scale = 2.0 / max(1.0 + trace, 0.05)  # (sin, 1 + cos) of the angle, both doubled
    error[0], error[1], error[2] = w[0, 3] - px, w[1, 3] - py, w[2, 3] - pz
    error[3] = scale * (xy * w[2, 0] - xz * w[1, 0] + yy * w[2, 1] - yz * w[1, 1] + zy * w[2, 2] - zz * w[1, 2])
    error[4] = scale * (xz * w[0, 0] - xx * w[2, 0] + yz * w[0, 1] - yx * w[2, 1] + zz * w[0, 2] - zx * w[2, 2])
    error[5] = scale * (xx * w[1, 0] - xy * w[0, 0] + yx * w[1, 1] - yy * w[0, 1] + zx * w[1, 2] - zy * w[0, 2])
    square = 0.0
    for i in range(6):
        square += error[i] * error[i]
    return square


@kernel
def newton_step(jacobian: Array, error: Array, damping: float, lower: Array, step: Array) -> float:
    """Fill ``step`` (dof,) with the damped least step; return the smallest pivot, small near singular positions.

    ``lower`` (6, 6) is room for Cholesky's factor of jacobian jacobian' + damping.
    """
    dof = len(step)
    least = math.inf
    for i in range(6):
        for j in range(i + 1):
            total = damping if i == j else 0.0
            for k in range(dof):
                total += jacobian[i, k] * jacobian[j, k]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                least = min(least, total)
                lower[i, i] = math.sqrt(max(total, _LEAST))
            else:
                lower[i, j] = total / lower[j, j]
    for i in range(6):
        total = error[i]
        for k in range(i):
            total -= lower[i, k] * error[k]
        error[i] = total / lower[i, i]
    for i in range(5, -1, -1):
        total = error[i]
        for k in range(i + 1, 6):
            total -= lower[k, i] * error[k]
        error[i] = total / lower[i, i]
    largest = 0.0
    for j in range(dof):
        total = 0.0
        for i in range(6):
            total += jacobian[i, j] * error[i]
        step[j] = total
        largest = max(largest, abs(total))
    if largest > _LARGEST:
        for j in range(dof):
            step[j] *= _LARGEST / largest
    return least


@kernel
def polish(steps: Array, wanted: Array, q: Array, most: int, held: int, room: Array) -> float:
    """Move ``q`` (dof,) to the nearest position whose flange is at ``wanted`` (4, 4); return the error left [m, rad].

    The damping is the square of the error, with which Newton's method converges quadratically even where solutions are
    not isolated (Yamashita and Fukushima, "On the rate of convergence of the Levenberg-Marquardt method", 2001). Where
    nothing is found ``q`` is the best position met.

    Args:
        most: steps.
        held: a joint that keeps its value; -1 for none.
        room: (16, max(6, dof)) for intermediate rows.
    """
    dof = len(q)
    jacobian, lower = room[0:6, :dof], room[6:12, :6]
    error, step, trial = room[12, :6], room[13, :dof], room[14, :dof]
    for j in range(dof):
        trial[j] = q[j]
    best, slow, shrink = math.inf, 0, 1.0
    for _ in range(most + 1):
        square = flange_error(steps, trial, wanted, jacobian, error)
        if square < best:
            slow = slow + 1 if square > 0.5 * best else 0
            best, shrink = square, 1.0
            for j in range(dof):
                q[j] = trial[j]
            if best < CLOSE * CLOSE:
                break
            if held >= 0:
                for j in range(6):
                    jacobian[j, held] = 0.0
            newton_step(jacobian, error, best + _LEAST, lower, step)
        else:
            shrink *= 0.25
        if slow > _STALLED or shrink < _SHORTEST:
            break
        for j in range(dof):
            trial[j] = q[j] + shrink * step[j]
    for j in range(dof):
        q[j] -= _TURN * math.floor(q[j] / _TURN + 0.5)
    return math.sqrt(best)


@kernel
def track(steps: Array, wanted: Array, q: Array, most: int, held: int, room: Array, left: Array) -> None:
    """Fill ``q`` (n, dof), the seeds, with the positions near them at ``wanted`` (n, 4, 4), and ``left`` (n,)."""
    for i in range(len(q)):
        left[i] = polish(steps, wanted[i], q[i], most, held, room)
