"""Inverse kinematics: the one seam behind which every family has its solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, frozen
from .branches import Branches
from .chain import Chain, Family
from .correction import corrected
from .family import recognise
from .five_axis import solve_five_axis
from .general_6r import solve_general_6r
from .opw import opw_geometry
from .seven_r import solve_seven_r


def solve(chain: Chain, base_T_flange: Array) -> Branches:
    """Return every branch of ``chain`` at the poses (n, 4, 4) of its flange, limits disregarded.

    Raises:
        CellwrightError: the chain's family has no solver.
        ValueError: the poses have another shape.
    """
    poses = np.asarray(base_T_flange, dtype=np.float64)
    if poses.ndim != 3 or poses.shape[1:] != (4, 4):
        raise ValueError(f"poses must have the shape (n, 4, 4), not {poses.shape}")
    family = recognise(chain)
    if family not in SOLVERS:
        raise CellwrightError(
            f"no inverse kinematics for an arm of the family {family}",
            fix=f"choose a robot of one of the families: {', '.join(SOLVERS)}",
        )
    return SOLVERS[family](chain, poses)


def _solve_opw(chain: Chain, base_T_flange: Array) -> Branches:
    from .opw_ik import solve_opw  # compiles: only when asked

    geometry = opw_geometry(chain)
    if geometry.exact:
        return solve_opw(geometry, base_T_flange)
    # what the ideal arm just misses, the real one may reach
    slack = 10.0 * geometry.residual
    return _on_chain(chain, solve_opw(geometry, base_T_flange, beyond=slack), base_T_flange, slack)


def _on_chain(chain: Chain, ideal: Branches, base_T_flange: Array, slack: float) -> Branches:
    """Return the branches of an ideal arm corrected to those of the chain, which is slightly off it.

    Near a singular position no small correction may exist: there the pose is met to ``slack`` only.
    """
    exists = np.isfinite(ideal.q[..., 0])
    q, miss = np.array(ideal.q), np.array(ideal.miss)
    found, left = corrected(chain, q[exists], base_T_flange[np.nonzero(exists)[0]])
    far = left > slack
    found -= math.tau * np.rint(found / math.tau)
    q[exists] = np.where(far[:, None], np.nan, found)
    miss[exists] = np.where(far, left, 0.0)
    return Branches(q=frozen(q), miss=frozen(miss))


SOLVERS: Mapping[Family, Callable[[Chain, Array], Branches]] = MappingProxyType(
    {
        "opw": _solve_opw,
        "general_6r": solve_general_6r,
        "seven_r": solve_seven_r,
        "five_axis": lambda chain, poses: solve_five_axis(chain, poses, solve),
    }
)
"""Family -> its solver."""
