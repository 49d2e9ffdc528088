"""Inverse kinematics: the one seam behind which every family has its solver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array
from .branches import Branches
from .chain import Chain, Family
from .correction import corrected, measured
from .family import recognise
from .five_axis import solve_five_axis
from .general_6r import solve_general_6r
from .opw import opw_geometry
from .palletiser import palletiser_geometry, solve_palletiser
from .scara import scara_geometry, solve_scara
from .seven_r import solve_seven_r
from .three_parallel import three_parallel_geometry


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
    ideal = partial(solve_opw, geometry, beyond=10.0 * geometry.residual)
    return corrected(chain, ideal, base_T_flange, residual=geometry.residual, tilt=geometry.residual)


def _solve_three_parallel(chain: Chain, base_T_flange: Array) -> Branches:
    from .three_parallel_ik import solve_three_parallel  # compiles: only when asked

    geometry = three_parallel_geometry(chain)
    if geometry.exact:
        return solve_three_parallel(geometry, base_T_flange)
    ideal = partial(solve_three_parallel, geometry, beyond=10.0 * geometry.residual)
    return corrected(chain, ideal, base_T_flange, residual=geometry.residual, tilt=geometry.tilt)


def _solve_scara(chain: Chain, base_T_flange: Array) -> Branches:
    geometry = scara_geometry(chain)
    branches = solve_scara(geometry, base_T_flange)
    return branches if geometry.exact else measured(chain, branches, base_T_flange)


def _solve_palletiser(chain: Chain, base_T_flange: Array) -> Branches:
    geometry = palletiser_geometry(chain)
    branches = solve_palletiser(geometry, base_T_flange)
    return branches if geometry.exact else measured(chain, branches, base_T_flange)


SOLVERS: Mapping[Family, Callable[[Chain, Array], Branches]] = MappingProxyType(
    {
        "opw": _solve_opw,
        "three_parallel": _solve_three_parallel,
        "scara": _solve_scara,
        "general_6r": solve_general_6r,
        "seven_r": solve_seven_r,
        "five_axis": lambda chain, poses: solve_five_axis(chain, poses, solve),
        "palletiser_4": _solve_palletiser,
    }
)
"""Family -> its solver."""
