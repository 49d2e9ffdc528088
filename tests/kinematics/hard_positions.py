"""Positions of any chain that are hard on purpose, and how positions are compared."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cellwright.geometry import Array
from cellwright.kinematics.chain import Chain, jacobian


def apart(a: Array, b: Array) -> Array:
    """The largest joint difference (...), whole turns apart; infinite where one of them is NaN."""
    off = a - b
    off = np.abs(off - math.tau * np.rint(off / math.tau)).max(-1)
    return np.where(np.isfinite(off), off, np.inf)


def among(branches: Array, q: Array, same: float = 1e-6) -> NDArray[np.bool_]:
    """Whether each ``q`` (n, dof) is one of its ``branches`` (n, k, dof)."""
    return apart(branches, q[:, None]).min(1) < same


def on_singularities(chain: Chain, n: int, seed: int = 0) -> Array:
    """Positions (n, 6) where the Jacobian loses rank, anywhere; every second one is off by up to 1e-6."""
    rng = np.random.default_rng(seed)
    found: list[Array] = []
    while len(found) < n:
        low, high = rng.uniform(-math.pi, math.pi, (2, 256, 6))
        start = np.linalg.det(jacobian(chain, low)) > 0
        crossed = start != (np.linalg.det(jacobian(chain, high)) > 0)
        low, high, start = low[crossed], high[crossed], start[crossed]
        for _ in range(60):
            middle = 0.5 * (low + high)
            same = ((np.linalg.det(jacobian(chain, middle)) > 0) == start)[:, None]
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        found.extend(low)
    q = np.array(found[:n])
    q[1::2] += rng.uniform(-1e-6, 1e-6, q[1::2].shape)
    return q
