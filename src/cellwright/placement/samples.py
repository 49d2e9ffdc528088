"""A few poses that stand for an operation wherever the robot stands: those at which the tool itself is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, inv, pose, turn_z
from ..processes.work import Operation, Segment, Toolpath, length, poses

ToolFree = Callable[[Array, bool], NDArray[np.bool_]]
"""Poses of the flange (n, 4, 4) in the world, whether the tool is at work there -> where the tool is free."""

TURN_STEP = np.deg2rad(15.0)
_SPACING = 0.05  # of the samples along what is done [m]
_FEWEST, _MOST = 3, 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Poses of the flange that stand for an operation, in the order in which they are reduced to one figure.

    A *run* is what one branch of the arm has to follow from end to end: one alternative with one turn of the tool, or,
    where the tool may turn on its way, one alternative with any of its turns at each sample.

    Attributes:
        world_T_flange: (n, 4, 4), sorted by run, then by sample.
        run: (n,) index of the run.
        sample: (n,) index of the sample; 0 and the last are where the tool comes from and goes to.
        runs, samples: how many there are.
        turning: the tool may turn on its way; else each sample of a run has one pose.
    """

    world_T_flange: Array
    run: NDArray[np.int64]
    sample: NDArray[np.int64]
    runs: int
    samples: int
    turning: bool


def everywhere(world_T_flange: Array, working: bool) -> NDArray[np.bool_]:
    """Return that the tool is free at every pose: for cells in which it is not asked."""
    return np.ones(len(world_T_flange), np.bool_)


def sampled(
    operation: Operation, frames: dict[str, Array], flange_T_tcp: Array, tool_free: ToolFree = everywhere, *,
    turning: bool = False,
) -> Samples:  # fmt: skip
    """Return the poses that stand for an operation.

    Args:
        frames: user frames seen from the world.
        flange_T_tcp: (4, 4) of the tool.
        tool_free: where the tool itself is free, whatever arm carries it.
        turning: the tool may turn on its way; it may anyway where no turn is free from end to end.
    """
    tcp = [_along(toolpath) for toolpath in operation.alternatives]
    count = min(len(poses_of) for poses_of in tcp)
    turns = [_turns(toolpath) for toolpath in operation.alternatives]
    found = [
        frames[toolpath.frame] @ along[None, :count] @ pose(rotation=turn_z(angle))[:, None] @ inv(flange_T_tcp)
        for toolpath, along, angle in zip(operation.alternatives, tcp, turns, strict=True)
    ]
    world_T_flange = np.concatenate(found)
    owner = np.concatenate([np.full(len(angle), i) for i, angle in enumerate(turns)])
    free = np.empty(world_T_flange.shape[:2], np.bool_)
    for columns, working in ((slice(None), True), ([0, count - 1], False)):
        asked = world_T_flange[:, columns]
        answer = tool_free(asked.reshape(-1, 4, 4), working).reshape(asked.shape[:2])
        free[:, columns] = answer if working else free[:, columns] & answer
    turning = turning or not free.all(1).any()
    if not turning:
        kept = np.flatnonzero(free.all(1))
        run, sample = np.repeat(np.arange(len(kept)), count), np.tile(np.arange(count), len(kept))
        row = np.repeat(kept, count)
    else:
        row, sample = np.nonzero(free)
        order = np.lexsort((row, sample, owner[row]))
        row, sample = row[order], sample[order]
        whole = [a for a in range(len(tcp)) if len(np.unique(sample[owner[row] == a])) == count]
        kept = np.isin(owner[row], whole)
        row, sample = row[kept], sample[kept]
        run = np.searchsorted(np.array(whole), owner[row]) if whole else np.zeros(0, np.int64)
    return Samples(
        world_T_flange=frozen(world_T_flange[row, sample]), run=run.astype(np.int64), sample=sample.astype(np.int64),
        runs=int(run.max()) + 1 if len(run) else 0, samples=count, turning=turning,
    )  # fmt: skip


def _turns(toolpath: Toolpath) -> Array:
    """Return the steps of the free turn [rad]."""
    lower, upper = toolpath.freedom.lower, toolpath.freedom.upper
    full = upper - lower >= 2 * np.pi - 1e-9
    n = round((upper - lower) / TURN_STEP) + (0 if full else 1)
    return np.linspace(lower, upper, n, endpoint=not full) if n > 1 else np.array([(lower + upper) / 2])


def _along(toolpath: Toolpath) -> Array:
    """Return TCP poses (n, 4, 4): where it comes from, evenly along what is done, where it goes to."""
    inner = [s for s in toolpath.segments if s.role not in ("approach", "retract")]
    ways = np.array([length(segment) for segment in inner])
    n = int(np.clip(np.ceil(ways.sum() / _SPACING) + 1, _FEWEST, _MOST))
    first = np.concatenate([[0.0], np.cumsum(ways)])
    found = [toolpath.segments[0].frame_T_start]
    for way in np.linspace(0.0, first[-1], n):
        i = min(int(np.searchsorted(first, way, side="right")) - 1, len(inner) - 1)
        found.append(_pose(inner[i], (way - first[i]) / ways[i] if ways[i] > 0 else 0.0))
    found.append(toolpath.segments[-1].frame_T_end)
    return np.array(found)


def _pose(segment: Segment, fraction: float) -> Array:
    return poses(segment, np.array([min(max(fraction, 0.0), 1.0)]))[0]
