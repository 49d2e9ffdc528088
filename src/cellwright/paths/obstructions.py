"""Why a toolpath cannot be followed: the nearest miss, and by how little it misses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array
from ..kinematics.branches import Branches
from ..processes.work import Segment, length


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
    cell: Cell, pieces: tuple[Segment, ...], samples: list[Array], owner: list[tuple[int, int, int]],
    branches: Branches, inside: NDArray[np.bool_], clear: NDArray[np.bool_], first: NDArray[np.int64],
) -> Obstruction | None:  # fmt: skip
    """Return the nearest miss: the sample at which most choices fail, and by how little the best of them fails."""
    q, miss = np.asarray(branches.q), np.asarray(branches.miss)
    arc = np.cumsum([0.0, *[length(piece) for piece in pieces]])
    along = np.concatenate(
        [arc[i] + length(pieces[i]) * np.linspace(0, 1, len(s)) for (i, _, _), s in zip(owner, samples, strict=True)]
    )
    straight = np.concatenate([np.full(b - a, o[2] == 1) for o, a, b in zip(owner, first[:-1], first[1:], strict=True)])
    place = np.round(along, 6)
    robot = cell.robot
    for s in np.unique(place[straight]):
        here = straight & (place == s)
        if clear[here].any():
            continue
        if not (~np.isnan(q[here, :, 0])).any():
            gap = float(np.nanmin(miss[here]))
            return Obstruction(
                code="reach", what=f"no joint position reaches this point: {gap * 1e3:.0f} mm are missing",
                amount=gap, at=float(s), q=np.zeros((0, robot.dof)),
            )  # fmt: skip
        if not inside[here].any():
            here_q = q[here].reshape(-1, robot.dof)
            here_q = here_q[~np.isnan(here_q[:, 0])]
            over = np.maximum(robot.lower - here_q, here_q - robot.upper)
            over = np.minimum(over, np.maximum(robot.lower - here_q - 2 * np.pi, here_q + 2 * np.pi - robot.upper))
            over = np.minimum(over, np.maximum(robot.lower - here_q + 2 * np.pi, here_q - 2 * np.pi - robot.upper))
            least = int(np.argmin(np.round(over.max(1), 9)))
            joint = int(np.argmax(over[least]))
            amount = float(over[least, joint])
            return Obstruction(
                code="joint-limit",
                what=f"{robot.chain.joints[joint]} is {np.rad2deg(amount):.1f} deg beyond its limit at best",
                amount=amount, at=float(s), q=here_q[least : least + 1],
            )  # fmt: skip
        blocked = q[here][inside[here]]
        return Obstruction(
            code="collision",
            what="every position that the joints allow is blocked",
            amount=None,
            at=float(s),
            q=blocked,
        )
    return None
