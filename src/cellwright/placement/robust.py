"""What is left of the margins when the fixture does not stand exactly where the job says."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..geometry import Array, inv, pose, turn_x, turn_y, turn_z
from ..robots.model import Robot
from .margins import asked, best_margins
from .samples import Samples

SHIFT = 0.005
"""By how much a fixture may stand aside along each axis unless told [m]."""

TURN = float(np.deg2rad(0.5))
"""By how much it may be turned about each axis unless told [rad]."""


def robust_margins(
    robot: Robot,
    operations: tuple[Samples, ...],
    world_T_base: Array,
    *,
    shift: float = SHIFT,
    turn: float = TURN,
    about: Array | None = None,
) -> Array:
    """Return the least margin (p, o) [rad] of every operation from every base while the fixture stands wrong.

    The fixture is put into each of the 64 corners of the box of errors, and where it should be. The program is taken to
    be made anew for where it stands: at each the best run and branch count, as in `best_margins`.

    Args:
        robot: the arm.
        operations: what it does, on the fixture where it should stand.
        world_T_base: (p, 4, 4).
        shift: error along each of the world's axes, either way [m].
        turn: error about each of them, either way [rad].
        about: (3,) the point in the world about which the fixture is turned; by default the middle of the work.
    """
    points = asked(operations).world_T_flange[:, :3, 3]
    middle = (points.min(0) + points.max(0)) / 2 if len(points) else np.zeros(3)
    point = middle if about is None else about
    bases = np.asarray(world_T_base, dtype=np.float64)
    least = best_margins(robot, operations, bases)
    for corner in product((-1.0, 1.0), repeat=6):
        x, y, z = turn * np.array(corner[3:])
        wrong = pose(point + shift * np.array(corner[:3]), turn_z(z) @ turn_y(y) @ turn_x(x)) @ pose(-point)
        # a fixture that is moved is a base that is moved the other way
        least = np.minimum(least, best_margins(robot, operations, inv(wrong) @ bases))
    return least
