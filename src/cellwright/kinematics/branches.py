"""What an inverse solution is: every way in which a chain reaches a pose."""

from __future__ import annotations

from dataclasses import dataclass

from ..geometry import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branches:
    """Every branch of every pose; a branch keeps its index along a motion that passes no singularity.

    Attributes:
        q: (n, k, dof) joints in [-pi, pi] [rad], without regard to limits; NaN where the branch does not exist.
        miss: (n, k) how far the pose is out of this branch's reach [m]; 0 where it exists, NaN for a pose that is not
            finite.
    """

    q: Array
    miss: Array
