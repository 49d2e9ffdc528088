"""Time along a way: as fast as joint speeds, joint accelerations and the asked tool speed allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..controllers import accelerations, why_the_range
from ..errors import CellwrightError
from ..geometry import Array, frozen
from ..paths.model import Path
from .model import Duration, Motion
from .reachability import clock, course, squared_speeds
from .ways import Way, ways


def time_path(cell: Cell, path: Path, *, progress: Callable[[float], None] = lambda _: None) -> Motion:
    """Return the motion along ``path`` as the controller will run it, and how long it takes.

    Raises:
        CellwrightError: a joint's largest speed is unknown: no time is invented for it.
        UnreachableError: a line or arc cannot be followed without a jump of the joints.
    """
    robot = cell.robot
    if not np.isfinite(robot.speed).all():
        unknown = [name for name, speed in zip(robot.chain.joints, robot.speed, strict=True) if not np.isfinite(speed)]
        raise CellwrightError(
            f"the largest speed of {', '.join(unknown)} of {robot.key} is not known, so no cycle time can be told",
            fix="add the speeds from the data sheet to a copy of the robot's description, with their source",
        )
    pieces = ways(cell, path)
    choices = accelerations(robot)
    waits = sum(float(e.values.get("time", 0.0)) for move in path.moves for e in move.events if e.kind == "wait")
    courses = [_course(way, path, robot.speed) for way in pieces]
    clocks: list[list[Array]] = []
    for acceleration in choices:
        clocks.append([_clock(*course, acceleration) for course in courses])
        progress(len(clocks) / len(choices))
    low, nominal, high = (sum(float(t[-1]) for t in clock) + waits for clock in clocks)
    motion = _motion(path, pieces, clocks[1])
    return replace(motion, duration=Duration(low=low, nominal=nominal, high=high, reason=why_the_range(robot)))


def _course(way: Way, path: Path, speed: Array) -> tuple[Array, Array, Array, Array]:
    """Return steps (n - 1,), largest squared speeds (n,), slopes and bends (n, dof) along a way.

    A step is as long as the joints need for it at full speed, put together as a length.
    """
    step = np.sqrt((np.square(np.diff(way.q, axis=0) / speed)).sum(1))
    travel = np.linalg.norm(np.diff(way.tcp, axis=0), axis=1)
    asked = np.array([move.speed for move in path.moves])[way.move[1:]]
    free = np.array([move.kind == "joint" for move in path.moves])[way.move[1:]]
    limit = np.where(free | (travel <= 1e-12), np.inf, asked * step / np.maximum(travel, 1e-12))
    slope, bend, top = course(way.q, step, limit, np.where(free, asked, 1.0), speed)
    return step, top, slope, bend


def _clock(step: Array, top: Array, slope: Array, bend: Array, acceleration: Array) -> Array:
    """Return the time (n,) [s] at every row of a way."""
    x = squared_speeds(step, top, slope / acceleration, bend / acceleration, np.zeros_like(slope))
    x[1:-1] = np.maximum(x[1:-1], 1e-10)  # a row at rest in the middle would take for ever: let it creep
    return clock(step, x)


def _motion(path: Path, pieces: tuple[Way, ...], clocks: list[Array]) -> Motion:
    """Join the ways on one clock, with speeds and accelerations by differences, at rest at each exact stop."""
    dof = pieces[0].q.shape[1]
    rest = np.zeros((1, dof))
    q, t, move, qd, qdd = [pieces[0].q[:1]], [np.zeros(1)], [pieces[0].move[:1]], [rest], [rest]
    now = 0.0
    for way, clock in zip(pieces, clocks, strict=True):
        now += _waits(path, int(way.move[0]), "start")
        rate, change = _derivatives(clock, way.q)
        q.append(way.q[1:])
        t.append(clock[1:] + now)
        move.append(way.move[1:])
        qd.append(rate[1:])
        qdd.append(change[1:])
        now += float(clock[-1]) + _waits(path, int(way.move[-1]), "end")
    times, owner = np.concatenate(t), np.concatenate(move)
    return Motion(
        t=frozen(times),
        q=frozen(np.concatenate(q)),
        qd=frozen(np.concatenate(qd)),
        qdd=frozen(np.concatenate(qdd)),
        move=owner.astype(np.int32),
        duration=Duration(low=0.0, nominal=float(times[-1]), high=0.0, reason=""),
        strokes=_strokes(path, times, owner),
    )


def _waits(path: Path, move: int, when: str) -> float:
    """Return how long the events at one end of a move wait [s]."""
    return sum(float(e.values.get("time", 0.0)) for e in path.moves[move].events if e.kind == "wait" and e.when == when)


def _derivatives(t: Array, q: Array) -> tuple[Array, Array]:
    """Return speeds and accelerations (n, dof) at the rows by three-point differences; at rest at both ends."""
    h = np.diff(t)[:, None]
    rate = np.diff(q, axis=0) / np.maximum(h, 1e-12)
    qd, qdd = np.zeros_like(q), np.zeros_like(q)
    qd[1:-1] = (rate[:-1] * h[1:] + rate[1:] * h[:-1]) / (h[:-1] + h[1:])
    qdd[1:-1] = 2.0 * (rate[1:] - rate[:-1]) / (h[:-1] + h[1:])
    return qd, qdd


def _strokes(path: Path, t: Array, move: NDArray[np.int32]) -> tuple[tuple[int, float, float], ...]:
    found: list[tuple[int, float, float]] = []
    process = [(k, m.operation) for k, m in enumerate(path.moves) if m.role == "process" and m.operation is not None]
    for operation in dict.fromkeys(o for _, o in process):
        indices = [k for k, o in process if o == operation]
        rows = np.flatnonzero(np.isin(move, indices))
        found.append((operation, float(t[rows[0] - 1]), float(t[rows[-1]])))
    return tuple(found)
