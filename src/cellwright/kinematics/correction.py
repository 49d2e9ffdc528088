"""Newton's method on the real chain, for arms whose axes are slightly off the ideal that a closed form solves."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, rotation_vector
from .chain import Chain, base_T_flange, jacobian

CLOSE = 1e-11
"""A joint position is a solution when its flange is within this distance [m, rad] of the pose."""

_STEPS = 30
_LEAST = 1e-13  # damping that keeps an exactly singular system solvable


def corrected(chain: Chain, q: Array, wanted: Array) -> tuple[Array, Array]:
    """Return the joints (n, dof) near ``q`` (n, dof) with the flange at ``wanted`` (n, 4, 4), and what is left (n,).

    Levenberg and Marquardt's damping keeps the steps small near singular positions. Where the pose is not met to
    ``CLOSE``, the best position found is returned; what is left is the norm over distance [m] and angle [rad].
    """
    q = q.copy()
    error = _error(chain, q, wanted)
    left = np.linalg.norm(error, axis=-1)
    damping = np.full(len(q), _LEAST)
    for _ in range(_STEPS):
        todo = np.flatnonzero(left > CLOSE)
        if not len(todo):
            break
        rows = jacobian(chain, q[todo])
        columns = np.swapaxes(rows, -1, -2)
        damped = rows @ columns + damping[todo, None, None] * np.eye(6)
        step = columns @ np.linalg.solve(damped, error[todo, :, None])
        trial = q[todo] + step[:, :, 0]
        trial_error = _error(chain, trial, wanted[todo])
        trial_left = np.linalg.norm(trial_error, axis=-1)
        better = trial_left < left[todo]
        taken = todo[better]
        q[taken], error[taken], left[taken] = trial[better], trial_error[better], trial_left[better]
        damping[todo] = np.clip(damping[todo] * np.where(better, 0.1, 10.0), _LEAST, 1.0)
    return q, left


def _error(chain: Chain, q: Array, wanted: Array) -> Array:
    now = base_T_flange(chain, q)
    turned = wanted[:, :3, :3] @ np.swapaxes(now[:, :3, :3], -1, -2)
    return np.concatenate([wanted[:, :3, 3] - now[:, :3, 3], rotation_vector(turned)], -1)
