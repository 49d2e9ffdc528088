"""What an inverse solution is: every way in which a chain reaches a pose."""

from __future__ import annotations

from dataclasses import dataclass

from ..geometry import Array

REACH = 1e-9
"""A pose that is out of reach by no more than this [m], as by rounding, is solved at the end of the reach."""

NEAR = 2e-5
"""A branch that is met to within this [m, rad] at best is kept, and says by how much: robots repeat no better."""

Limits = tuple[Array, Array, Array]
"""What the margin kernels ask for: middle (dof,) and half the width (dof,) of the joint limits [rad], and (3,) the
weight of the wrist, the largest margin that counts, and what stands where there is no branch."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branches:
    """Every branch of every pose; a branch keeps its index along a motion that passes no singularity.

    Attributes:
        q: (n, k, dof) joints in [-pi, pi] [rad], without regard to limits; NaN where the branch does not exist.
        miss: (n, k) how far the pose is out of this branch's reach [m]; 0 where it is met, NaN for a pose that is not
            finite. Arms whose wrist axes are not square leave directions near the straight wrist that they cannot
            take: there a branch of finite ``q`` misses the pose by ``miss`` [m, rad], at most ``NEAR``.
    """

    q: Array
    miss: Array
