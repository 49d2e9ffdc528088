"""The nearest change that makes a place on a toolpath possible: tried, not guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..cell import Cell
from ..geometry import Array, frozen
from ..processes.work import Freedom, Toolpath
from .external import apart
from .ladder import Free, FreeTool, sample
from .variants import variants

_TURNS = np.deg2rad((15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0))
_TILTS = np.deg2rad((5.0, 10.0, 15.0, 20.0, 30.0))
_SHIFTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
_DIRECTIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Remedy:
    """One change that makes every sampled place of a toolpath possible on its own.

    The way between the places is not asked, and for a shift of the base no collision: what stands round the robot
    would have to be measured anew.

    Attributes:
        kind: ``turn`` (wider range of the turn about the tool), ``tilt`` or ``base``.
        amount: by how much [rad or m].
        freedom: the freedom that does it; None for a shift.
        world_p_shift: (3,) of the base [m]; None for the others.
    """

    kind: str
    amount: float
    freedom: Freedom | None = None
    world_p_shift: Array | None = None


def remedies(cell: Cell, toolpath: Toolpath, *, free: Free, free_tool: FreeTool) -> tuple[Remedy, ...]:
    """Return the smallest change of each kind that helps; nothing of a kind where none of those tried does."""
    found: list[Remedy] = []
    freedom = toolpath.freedom
    middle, half = (freedom.lower + freedom.upper) / 2, (freedom.upper - freedom.lower) / 2
    for more in _TURNS:
        wide = min(np.pi, half + more)
        wider = replace(freedom, lower=middle - wide, upper=middle + wide, steps=())
        if half < np.pi - 1e-9 and _possible(cell, replace(toolpath, freedom=wider), free, free_tool):
            found.append(Remedy(kind="turn", amount=float(wide - half), freedom=wider))
            break
    for tilt in _TILTS:
        leaning = replace(freedom, tilt=float(tilt))
        if tilt > freedom.tilt and _possible(cell, replace(toolpath, freedom=leaning), free, free_tool):
            found.append(Remedy(kind="tilt", amount=float(tilt - freedom.tilt), freedom=leaning))
            break
    shift = _shift(cell, toolpath)
    if shift is not None:
        found.append(Remedy(kind="base", amount=float(np.linalg.norm(shift)), world_p_shift=frozen(shift)))
    return tuple(found)


def _possible(cell: Cell, toolpath: Toolpath, free: Free, free_tool: FreeTool) -> bool:
    """Return whether at every sampled place some way to hold the tool is within limits and free."""
    cell, beside = apart(cell)
    ways = variants(toolpath.freedom, external=beside, tilting=toolpath.freedom.tilt > 0.0)
    samples = sample(cell, toolpath, ways, external=beside)
    place = np.round(samples.along, 6)
    # the worst places first: most changes that do not help are found out early
    options = {float(s): int(samples.inside[:, place == s].sum()) for s in np.unique(place)}
    for s, _ in sorted(options.items(), key=lambda item: (item[1], item[0])):
        here = np.flatnonzero(place == s)
        inside = samples.inside[:, here].T
        allowed = inside & free_tool(samples.world_T_flange(here))[:, None]
        if not allowed.any() or not free(samples.q[:, :, here].transpose(2, 0, 1)[allowed]).any():
            return False
    return True


def _shift(cell: Cell, toolpath: Toolpath) -> Array | None:
    """Return the shortest level shift of the base (3,) [m] with which joint limits allow every place, if one does."""
    _, beside = apart(cell)
    ways = variants(toolpath.freedom, external=beside)
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    for far in (0.0, *_SHIFTS):
        for angle in angles[: 1 if far == 0.0 else None]:
            shift = far * np.array([np.cos(angle), np.sin(angle), 0.0])
            world_T_base = np.array(cell.world_T_base)
            world_T_base[:3, 3] += shift
            arm, beside = apart(replace(cell, world_T_base=frozen(world_T_base)))
            samples = sample(arm, toolpath, ways, external=beside)
            place = np.round(samples.along, 6)
            if set(place[samples.inside.any(0)]) == set(place):
                return shift if far > 0.0 else None
    return None
