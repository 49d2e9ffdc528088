"""Why a toolpath cannot be followed: the nearest miss, and by how little it misses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cell import Cell
from ..geometry import Array
from ..kinematics.turns import limit_margin
from .external import External
from .following import Samples, axes_of, axis_names
from .ladder import Free, FreeTool


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstruction:
    """Why no stroke was found for an operation, from the nearest miss.

    Attributes:
        code: ``reach``, ``joint-limit``, ``collision`` or ``continuity``.
        what: one sentence with the figure.
        amount: how far the miss is [m or rad]; None where no figure says it.
        at: arc length along the toolpath [m].
        q: joint positions (n, dof) there that only fail by a collision, for the judge to name the bodies.
    """

    code: str
    what: str
    amount: float | None
    at: float
    q: Array


def discontinuous(dof: int) -> Obstruction:
    """Return what to say where only the way between the positions is missing."""
    return Obstruction(
        code="continuity",
        what="every position is reached, but not on one branch without a jump or more joint speed than there is",
        amount=None,
        at=0.0,
        q=np.zeros((0, dof)),
    )


def nearest_miss(
    cell: Cell, samples: Samples, free: Free, free_tool: FreeTool, external: External | None
) -> Obstruction | None:
    """Return the first place along the toolpath at which nothing is possible, and by how little the best fails.

    None where every place alone is possible, and only the way between them is missing.
    """
    lower, upper, _, sliding = axes_of(cell, external)
    place = np.round(samples.along, 6)
    for s in np.unique(place):
        here = np.flatnonzero(place == s)
        q = samples.q[:, :, here].transpose(2, 0, 1)
        inside = samples.inside[:, here].T
        if inside.any():
            tool = free_tool(samples.world_T_flange(here))
            if (inside & tool[:, None]).any() and free(q[inside & tool[:, None]]).any():
                continue
            what = "every position that the joints allow is blocked"
            return Obstruction(code="collision", what=what, amount=None, at=float(s), q=q[inside])
        q = q[~np.isnan(q[:, :, -1])]
        if not len(q):
            gap = float(np.nanmin(samples.miss[here]))
            what = f"no joint position reaches this point: {gap * 1e3:.0f} mm are missing"
            return Obstruction(code="reach", what=what, amount=gap, at=float(s), q=q)
        over = -limit_margin(q, lower, upper, sliding=sliding)
        least = int(np.argmin(np.round(over.max(1), 9)))
        joint = int(np.argmax(over[least]))
        amount = float(over[least, joint])
        what = f"{axis_names(cell, external)[joint]} is {np.rad2deg(amount):.1f} deg beyond its limit at best"
        return Obstruction(code="joint-limit", what=what, amount=amount, at=float(s), q=q[least : least + 1])
    return None
