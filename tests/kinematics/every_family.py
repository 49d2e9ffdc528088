"""Arms of every family, and what is asked of each: all branches, margins, the best margins from five bases."""

from __future__ import annotations

import math

import arms
import numpy as np
from test_five_axis import LEANS, SPINS

from cellwright.geometry import Array, pose
from cellwright.kinematics.branches import Asked
from cellwright.kinematics.chain import Chain, base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import best_margins, margins

ARMS: dict[str, Chain] = {
    "opw": arms.IRB2400,
    "opw, lateral": arms.TX2_60,
    "opw, off": arms.leaning(arms.IRB2400),
    "three_parallel": arms.UR10E,
    "three_parallel, off": arms.leaning(arms.UR10E),
    "general_6r": arms.OFFSET_WRIST,
    "scara": arms.SCARA,
    "palletiser_4": arms.PALLETISER,
    "five_axis, spins": SPINS,
    "five_axis, leans": LEANS,
    "seven_r, arm angle": arms.HUMAN,
    "seven_r, last joint": arms.OFFSET_ELBOW,
    "seven_r, first joint": arms.OFFSET_SHOULDER,
    "seven_r, off": arms.leaning(arms.OFFSET_ELBOW),
}
FEW = ("general_6r", "seven_r", "five_axis")
"""Families that are asked at fewer poses."""


def poses_of(name: str, n: int = 200) -> Array:
    """Poses (n, 4, 4) of a family's arm; fewer of a slow one."""
    chain = ARMS[name]
    n = n // 10 if name.startswith(FEW) else n
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (n, chain.dof))
    return base_T_flange(chain, np.round(q, 3))


def told(name: str, poses: Array) -> tuple[Array, Array, Array]:
    """All branches, their miss and their margins."""
    chain = ARMS[name]
    found = solve(chain, poses)
    lower, upper = np.full(chain.dof, -2.0), np.full(chain.dof, 2.5)
    return found.q, found.miss, margins(chain, poses, lower, upper, wrist=1.0)


def best(name: str, poses: Array, bases: Array) -> Array:
    """The best margins from each base."""
    chain, n = ARMS[name], len(poses)
    asked = Asked(
        world_T_flange=poses, ends=np.where(np.arange(n) % 2, 1, 2), operation=np.arange(n) * 4 // n, count=4
    )  # fmt: skip
    return best_margins(chain, asked, bases, np.full(chain.dof, -2.0), np.full(chain.dof, 2.5))


BASES = pose(np.linspace(-0.4, 0.4, 5)[:, None] * [1.0, 0.5, 0.1])
