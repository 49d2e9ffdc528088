"""How near a joint position is to where the arm loses a direction of motion."""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from .chain import Chain, jacobian
from .family import recognise
from .opw import opw_geometry, opw_singularity
from .palletiser import palletiser_geometry, palletiser_singularity
from .scara import scara_geometry, scara_singularity
from .three_parallel import three_parallel_geometry, three_parallel_singularity


def smallest_gain(chain: Chain, q: Array, *, length: float = 1.0) -> Array:
    """Return the least speed of the flange (...) that a joint rate of norm 1 can bring about at ``q`` (..., dof).

    It is the smallest singular value of the Jacobian, 0 at a singular position; turn rates are multiplied by ``length``
    [m] to compare them with speeds.
    """
    rows = np.array(jacobian(chain, q))
    rows[..., 3:, :] *= length
    return np.asarray(np.linalg.svd(rows, compute_uv=False)[..., -1], dtype=np.float64)


def singularity(chain: Chain, q: Array) -> Array:
    """Return how far ``q`` (..., dof) is from each kind of singularity of its family, (..., m), none negative.

    - ``opw``: angle of the wrist from straight [rad], of the elbow from stretched [rad], distance of the wrist centre
      from axis 1 in the arm's plane [m];
    - ``three_parallel``: the same three, the third from the plane through axis 1 along axis 2;
    - ``palletiser_4``: angle of the elbow from stretched [rad], distance of axis 4 from axis 1 in the arm's plane [m];
    - ``scara``: angle of the second link from stretched [rad];
    - any other: `smallest_gain` alone.
    """
    q = np.asarray(q, dtype=np.float64)
    family = recognise(chain)
    if family == "opw":
        return opw_singularity(opw_geometry(chain), q)
    if family == "three_parallel":
        return three_parallel_singularity(three_parallel_geometry(chain), q)
    if family == "scara":
        return scara_singularity(scara_geometry(chain), q)
    if family == "palletiser_4":
        return palletiser_singularity(palletiser_geometry(chain), q)
    return smallest_gain(chain, q)[..., None]
