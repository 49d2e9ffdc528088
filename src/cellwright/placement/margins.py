"""How far the arm stays from its limits and from a straight wrist along every operation, from many places at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from ..kinematics import reach
from ..kinematics.branches import Asked, Branches
from ..robots.model import Robot
from .samples import Samples

ENOUGH = 1.0
"""More distance from a limit than this adds nothing [rad]."""

UNREACHED = -1.0
"""The least margin that is told: more negative ones, and no branch at all, count as this."""


def best_margins(robot: Robot, operations: tuple[Samples, ...], world_T_base: Array) -> Array:
    """Return the margin (p, o) [rad] of every operation from every base (p, 4, 4).

    It is the largest over runs and branches of the smallest over a run's samples; at a sample of a run with several
    turns the best of them counts. Negative where an operation is not reached, ``UNREACHED`` at least; at most
    ``ENOUGH``. `kinematics.reach.best_margins` of `asked` tells also how far out of reach an operation is.
    """
    found = reach.best_margins(robot.chain, asked(operations), world_T_base, robot.lower, robot.upper, most=ENOUGH)
    return np.maximum(found, UNREACHED)


def branch_margins(robot: Robot, branches: Branches) -> Array:
    """Return how far (n, k) each branch is from the limits and from a straight wrist [rad]; -1 where there is none."""
    margin = reach.rooms(robot.chain, branches, robot.lower, robot.upper, wrist=1.0, most=ENOUGH)
    return np.where(np.isnan(margin), UNREACHED, margin)


def asked(operations: tuple[Samples, ...]) -> Asked:
    """Return the poses of all operations as `kinematics.reach.best_margins` asks for them."""
    poses = np.concatenate([np.empty((0, 4, 4)), *(o.world_T_flange for o in operations)])
    return Asked(
        world_T_flange=poses,
        ends=np.concatenate([np.zeros(0, np.int64), *(_ends(o) for o in operations)]),
        operation=np.repeat(np.arange(len(operations), dtype=np.int64), [len(o.run) for o in operations]),
        count=len(operations),
    )


def _ends(samples: Samples) -> NDArray[np.int64]:
    """Return (n,) 2 at the last pose of a run, else 1 at the last of a sample, else 0."""
    later = np.append(np.diff(samples.sample) != 0, True)
    last = np.append(np.diff(samples.run) != 0, True)
    return np.where(last, 2, np.where(later, 1, 0)) if len(samples.run) else np.zeros(0, np.int64)
