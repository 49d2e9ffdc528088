"""Where the tool centre point runs while the joints do: compiled, for thousands of rows."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from ..geometry import Array
from ..kinematics.chain import Chain


def tcp_positions(chain: Chain, world_T_base: Array, flange_T_tcp: Array, q: Array) -> Array:
    """Return the TCP (n, 3) [m] at joint positions ``q`` (n, dof), seen from the world.

    Args:
        world_T_base, flange_T_tcp: (4, 4).
    """
    last = chain.last_T_flange @ flange_T_tcp
    return _positions(
        np.ascontiguousarray(chain.parent_T_joint),
        np.ascontiguousarray(chain.axis),
        np.ascontiguousarray(chain.prismatic, dtype=np.float64),
        np.ascontiguousarray(world_T_base),
        np.ascontiguousarray(last[:3, 3]),
        np.ascontiguousarray(q),
    )


@kernel
def _positions(parent: Array, axis: Array, prismatic: Array, base: Array, point: Array, q: Array) -> Array:
    """Return the point of the last link (n, 3): carried backwards through the joints, one rotation each."""
    n, dof = q.shape
    found = np.empty((n, 3))
    for i in range(n):
        x, y, z = point[0], point[1], point[2]
        for k in range(dof - 1, -1, -1):
            u, v, w = axis[k, 0], axis[k, 1], axis[k, 2]
            if prismatic[k] > 0.0:
                x, y, z = x + u * q[i, k], y + v * q[i, k], z + w * q[i, k]
            else:
                s, c = math.sin(q[i, k]), math.cos(q[i, k])
                along = (u * x + v * y + w * z) * (1.0 - c)
                x, y, z = (
                    x * c + (v * z - w * y) * s + u * along,
                    y * c + (w * x - u * z) * s + v * along,
                    z * c + (u * y - v * x) * s + w * along,
                )
            m = parent[k]
            x, y, z = (
                m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3],
                m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3],
                m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3],
            )
        for j in range(3):
            found[i, j] = base[j, 0] * x + base[j, 1] * y + base[j, 2] * z + base[j, 3]
    return found
