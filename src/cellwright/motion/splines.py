"""Natural cubic splines through waypoints: compiled."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel
from ..geometry import Array


@kernel
def bends(s: Array, q: Array) -> Array:
    """Return the second derivatives (n, dof) at the knots ``s`` (n,) of the natural spline through ``q`` (n, dof).

    Thomas's elimination of the tridiagonal system; both ends are free of bending.
    """
    n, dof = q.shape
    bend = np.zeros((n, dof))
    ratio = np.zeros(n)
    for i in range(1, n - 1):
        h, after = s[i] - s[i - 1], s[i + 1] - s[i]
        over = 1.0 / (2.0 * (h + after) - h * ratio[i - 1])
        ratio[i] = after * over
        up, down = 6.0 / after, 6.0 / h
        for j in range(dof):
            rise = (q[i + 1, j] - q[i, j]) * up - (q[i, j] - q[i - 1, j]) * down
            bend[i, j] = (rise - h * bend[i - 1, j]) * over
    for i in range(n - 2, 0, -1):
        for j in range(dof):
            bend[i, j] -= ratio[i] * bend[i + 1, j]
    return bend


@kernel
def slopes(s: Array, q: Array, bend: Array) -> Array:
    """Return the first derivatives (n, dof) at the knots of the spline with second derivatives ``bend`` (n, dof)."""
    n, dof = q.shape
    slope = np.empty((n, dof))
    for i in range(n - 1):
        h = s[i + 1] - s[i]
        over, part = 1.0 / h, h / 6.0
        for j in range(dof):
            slope[i, j] = (q[i + 1, j] - q[i, j]) * over - part * (2.0 * bend[i, j] + bend[i + 1, j])
    h = s[n - 1] - s[n - 2]
    for j in range(dof):
        slope[n - 1, j] = (q[n - 1, j] - q[n - 2, j]) / h + h * (bend[n - 2, j] + 2.0 * bend[n - 1, j]) / 6.0
    return slope


@kernel
def spline_at(s: Array, q: Array, bend: Array, at: Array) -> Array:
    """Return positions and three derivatives (4, k, dof) of the spline at rising ``at`` (k,)."""
    k, (n, dof) = len(at), q.shape
    found = np.empty((4, k, dof))
    i = 0
    for m in range(k):
        while i < n - 2 and s[i + 1] <= at[m]:
            i += 1
        h = s[i + 1] - s[i]
        over, part = 1.0 / h, h / 6.0
        after = at[m] - s[i]
        for j in range(dof):
            jump = (bend[i + 1, j] - bend[i, j]) * over
            slope = (q[i + 1, j] - q[i, j]) * over - part * (2.0 * bend[i, j] + bend[i + 1, j])
            found[0, m, j] = q[i, j] + after * (slope + after * (0.5 * bend[i, j] + after * jump / 6.0))
            found[1, m, j] = slope + after * (bend[i, j] + 0.5 * after * jump)
            found[2, m, j] = bend[i, j] + after * jump
            found[3, m, j] = jump
    return found
