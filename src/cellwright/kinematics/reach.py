"""How well poses are reached, without writing the joints: what selection and placement rank millions of poses by."""

from __future__ import annotations

import math

import numpy as np

from ..geometry import Array
from .branches import REACH, Limits
from .chain import Chain
from .family import recognise
from .inverse import solve
from .opw import opw_geometry
from .three_parallel import three_parallel_geometry
from .turns import branch_margin, middle_and_half


def margins(
    chain: Chain,
    base_T_flange: Array,
    lower: Array,
    upper: Array,
    *,
    wrist: float = 0.0,
    most: float = math.inf,
    none: float = -math.inf,
) -> Array:
    """Return how much room each branch of each pose has (n, k) [rad].

    That is the smallest of its distances from the joint limits (each joint at its best turn) and, where ``wrist`` is
    not 0, of ``wrist`` times the angle of the wrist from straight or folded; ``most`` at most. It is negative where a
    joint is outside its limits, by so much. The branches are those of `solve` with their indices; an arm that is
    slightly off its ideal arm is judged as that one: its margins differ by about as little.

    Args:
        chain: of the families ``opw`` and ``three_parallel`` in one fused kernel; of others by way of `solve`, without
            the wrist.
        base_T_flange: (n, 4, 4).
        lower: (dof,) limits [rad or m]; infinite for a joint that turns without end.
        upper: likewise.
        wrist: weight of the wrist's angle.
        most: more room than this adds nothing.
        none: stands where there is no branch.

    Raises:
        CellwrightError: the chain's family has no solver.
    """
    poses = np.asarray(base_T_flange, dtype=np.float64)
    middle, half = middle_and_half(np.asarray(lower), np.asarray(upper))
    limits: Limits = (middle, half, np.array([wrist, most, none]))
    family = recognise(chain)
    if family == "opw":
        from .opw_ik import opw_margins  # compiles: only when asked

        opw = opw_geometry(chain)
        return opw_margins(opw, poses, limits, beyond=REACH if opw.exact else 10.0 * opw.residual)
    if family == "three_parallel":
        from .three_parallel_ik import three_parallel_margins  # compiles: only when asked

        arm = three_parallel_geometry(chain)
        return three_parallel_margins(arm, poses, limits, beyond=REACH if arm.exact else 10.0 * arm.residual)
    found = branch_margin(solve(chain, poses), lower, upper, sliding=chain.prismatic)
    return np.where(np.isnan(found), none, np.minimum(found, most))
