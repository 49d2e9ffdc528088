"""Joint positions of opw arms that are hard on purpose."""

from __future__ import annotations

import math

import numpy as np

from cellwright.geometry import Array
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
