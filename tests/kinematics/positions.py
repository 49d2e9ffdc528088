"""Joint positions, those of opw arms that are hard on purpose, and how well branches meet them."""

from __future__ import annotations

import math

import numpy as np

from cellwright.geometry import Array
from cellwright.kinematics.branches import Branches
from cellwright.kinematics.chain import Chain, base_T_flange
from cellwright.kinematics.opw import OpwGeometry


def any_positions(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-math.pi, math.pi, (n, 6))


def singular_positions(g: OpwGeometry, n: int, seed: int = 0) -> Array:
    """Positions (n, 6), in turn on a wrist, an elbow and a shoulder singularity: half exactly, half within 1e-6."""
    rng = np.random.default_rng(seed)
    t = rng.uniform(-math.pi, math.pi, (n, 6))
    near = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(-1e-6, 1e-6, n))
    ends = rng.choice([0.0, math.pi], n)
    knee = math.atan2(g.a2, g.c3)
    t[0::3, 4] = (ends + near)[0::3]
    t[1::3, 2] = (ends + near)[1::3] - knee
    for i in range(2, n, 3):
        # turn the rigid triangle of shoulder, elbow, wrist about axis 2 until the wrist stands over axis 1
        while True:
            bent = t[i, 2] + knee
            up, out = g.c2 + g.forearm * math.cos(bent), g.forearm * math.sin(bent)
            if abs(g.a1) < math.hypot(up, out):
                break
            t[i, 2] = rng.uniform(-math.pi, math.pi)
        lean = math.asin(-g.a1 / math.hypot(up, out))
        t[i, 1] = (lean if ends[i] else math.pi - lean) - math.atan2(out, up) + near[i]
    return g.sign * (t - g.offset)


def exists(branches: Branches) -> Array:
    return np.isfinite(branches.q).all(-1)


def pose_error(chain: Chain, branches: Branches, wanted: Array) -> float:
    """Largest difference of any entry of the pose over all branches that exist."""
    there = exists(branches)
    back = base_T_flange(chain, np.where(there[..., None], branches.q, 0.0))
    return float(np.where(there, np.abs(back - wanted[:, None]).max((-1, -2)), 0.0).max())


def own_error(branches: Branches, q: Array) -> Array:
    """Distance (n,) of each position from its nearest branch, joint by joint on the circle [rad]."""
    off = np.abs(np.angle(np.exp(1j * (branches.q - q[:, None])))).max(-1)
    return np.nanmin(np.where(exists(branches), off, np.inf), -1)
