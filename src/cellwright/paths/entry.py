"""Whether the tool can get to an operation at all, whatever arm carries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cell import Cell
from ..collision.fast import Checker
from ..collision.judge import nearest_to_tool
from ..geometry import Array, inv, pose, turn_z
from ..processes.work import Operation, Toolpath, length, poses
from .course import SAMPLE_SPACING
from .variants import turn_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEntry:
    """No turn of the tool is free ``at`` metres along the seam.

    Attributes:
        body: piece of the tool that is most often too near.
        other, distance: what stands nearest to it in one such turn, by the exact engine [m].
    """

    body: str
    at: float
    other: str
    distance: float


def no_entry(cell: Cell, operation: Operation, checker: Checker) -> NoEntry | None:
    """Return where the tool cannot follow the operation, or None where it can by at least one alternative.

    Args:
        cell: for its tool and frames; where the robot stands is not asked.
        operation: what is to be done.
        checker: the fast check with the tool at work.
    """
    found: list[NoEntry] = []
    for toolpath in operation.alternatives:
        world_T_tcp, along = _tool(cell, toolpath)
        world_T_flange = world_T_tcp @ inv(cell.tool.flange_T_tcp)
        codes = checker.tool_blocked_by(world_T_flange.reshape(-1, 4, 4)).reshape(world_T_flange.shape[:2])
        closed = np.flatnonzero((codes >= 0).all(0))
        if not len(closed):
            return None
        first = int(closed[0])
        code = int(np.bincount(codes[:, first]).argmax())
        turn = int(np.flatnonzero(codes[:, first] == code)[0])
        other, distance = nearest_to_tool(cell, world_T_flange[turn, first], checker.name(code))
        found.append(NoEntry(body=checker.name(code), at=float(along[first]), other=other, distance=distance))
    return found[0]


def _tool(cell: Cell, toolpath: Toolpath) -> tuple[Array, Array]:
    """Return TCP poses (turns, n, 4, 4) in the world along the process, and how far along each is [m]."""
    turns, _ = turn_steps(toolpath.freedom)
    frames: list[Array] = []
    along: list[Array] = []
    done = 0.0
    for segment in toolpath.segments:
        if segment.role != "process":
            continue
        way = length(segment)
        fraction = np.linspace(0.0, 1.0, max(2, int(np.ceil(way / SAMPLE_SPACING)) + 1))
        frames.append(poses(segment, fraction))
        along.append(done + way * fraction)
        done += way
    frame_T_tcp = np.concatenate(frames)[None] @ pose(rotation=turn_z(turns))[:, None]
    return cell.frames[toolpath.frame] @ frame_T_tcp, np.concatenate(along)
