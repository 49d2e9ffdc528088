"""What an inverse solution is: every way in which a chain reaches a pose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, inv

REACH = 1e-9
"""A pose that is out of reach by no more than this [m], as by rounding, is solved at the end of the reach."""

NEAR = 2e-5
"""A branch that is met to within this [m, rad] at best is kept, and says by how much: robots repeat no better."""

Limits = tuple[Array, Array, Array]
"""What the margin kernels ask for: middle (dof,) and half the width (dof,) of the joint limits [rad], and (5,) the
weight of the wrist, the largest margin that counts, by how much a pose may be out of reach [m], what stands where there
is no branch, and what of each metre out of reach is taken from that."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Poses of the flange that stand for operations, asked of many bases at once: see `best_margins`.

    A *run* is what one branch has to follow from end to end, as one turn of the tool; at a sample of it there may be
    several poses to choose from.

    Attributes:
        world_T_flange: (n, 4, 4), sorted by run, then by sample.
        ends: (n,) 2 at the last pose of a run, 1 at the last of any other sample, else 0.
        operation: (n,) which operation each pose belongs to.
        count: how many operations there are.
    """

    world_T_flange: Array
    ends: NDArray[np.int64]
    operation: NDArray[np.int64]
    count: int


def best_of(
    kernel: Callable[..., None], room: Array, frames: tuple[Array, Array, Array], seen: tuple[Any, ...], asked: Asked,
    world_T_base: Array,
) -> Array:  # fmt: skip
    """Return the best margin (p, o) of every operation from every base (p, 4, 4), by a family's fused kernel.

    Args:
        kernel: ``best_margins`` of the family.
        room: (rows, 12 * BLOCK) that it works in.
        frames: the arm's first frame seen from the base, the tool side of its wrist, and its measures.
        seen: the limits as the family's own angles, and what else its kernel asks for.
    """
    left, right, measures = frames
    best = np.empty((len(world_T_base), asked.count))
    width = room.shape[1]
    blocks = -(-len(asked.ends) // (width // 12))
    kernel(
        np.array(asked.world_T_flange), np.ascontiguousarray(left @ inv(world_T_base)), right, measures, *seen,
        asked.ends, asked.operation, room, np.empty((blocks, width)), best,
    )  # fmt: skip
    return best
