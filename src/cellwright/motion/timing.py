"""Time along a way: as fast as joint speeds, joint accelerations and the asked tool speed allow.

Time-optimal path parametrisation by reachability (Pham and Pham 2018): backwards the largest speeds from which the end
can still be reached, then forwards with the largest acceleration. ``x`` is the squared speed along the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..compiled import kernel
from ..controllers import accelerations, why_the_range
from ..errors import CellwrightError
from ..geometry import Array, frozen
from ..paths.model import Path
from .model import Duration, Motion
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
    clocks: list[list[Array]] = []
    for acceleration in choices:
        clocks.append([_clock(way, path, robot.speed, acceleration) for way in pieces])
        progress(len(clocks) / len(choices))
    low, nominal, high = (sum(float(t[-1]) for t in clock) + waits for clock in clocks)
    motion = _motion(path, pieces, clocks[1])
    return replace(motion, duration=Duration(low=low, nominal=nominal, high=high, reason=why_the_range(robot)))


def _clock(way: Way, path: Path, speed: Array, acceleration: Array) -> Array:
    """Return the time (n,) [s] at every row of a way."""
    step = np.sqrt((np.square(np.diff(way.q, axis=0) / speed)).sum(1))
    travel = np.linalg.norm(np.diff(way.tcp, axis=0), axis=1)
    cap = np.array([path.moves[k].speed if path.moves[k].kind != "joint" else np.inf for k in way.move[1:]])
    share = np.array([path.moves[k].speed if path.moves[k].kind == "joint" else 1.0 for k in way.move[1:]])
    limit = np.where(travel > 1e-12, cap * step / np.maximum(travel, 1e-12), np.inf)
    x = _profile(way.q, step, limit, share, speed, acceleration)
    root = np.sqrt(x)
    return np.concatenate([[0.0], np.cumsum(2.0 * step / (root[:-1] + root[1:]))])


@kernel
def _profile(q: Array, step: Array, limit: Array, share: Array, speed: Array, acceleration: Array) -> Array:
    """Return the squared speed (n,) along the way at its rows, at rest at both ends.

    ``step`` (n - 1,) is the way between rows, ``limit`` (n - 1,) its largest speed, ``share`` of the joints' speeds.
    """
    n, dof = q.shape
    slope = np.zeros((n, dof))
    bend = np.zeros((n, dof))
    most = np.empty(n)
    for i in range(1, n - 1):
        for j in range(dof):
            left = (q[i, j] - q[i - 1, j]) / step[i - 1]
            right = (q[i + 1, j] - q[i, j]) / step[i]
            slope[i, j] = (left * step[i] + right * step[i - 1]) / (step[i] + step[i - 1])
            bend[i, j] = 2.0 * (right - left) / (step[i] + step[i - 1])
    for j in range(dof):
        slope[0, j] = (q[1, j] - q[0, j]) / step[0]
        slope[n - 1, j] = (q[n - 1, j] - q[n - 2, j]) / step[n - 2]
    for i in range(n):
        before = limit[max(i - 1, 0)]
        after = limit[min(i, n - 2)]
        # between pieces of one seam the mean keeps the tool's own speed even; elsewhere the slower one counts
        top = 0.5 * (before + after) if after < 2.0 * before and before < 2.0 * after else min(before, after)
        part = min(share[max(i - 1, 0)], share[min(i, n - 2)])
        for j in range(dof):
            e = abs(slope[i, j])
            if e > 0.0:
                top = min(top, part * speed[j] / e)
        most[i] = min(top * top, 1e12)
    reach = np.zeros(n)
    for i in range(n - 2, 0, -1):
        low, high = 0.0, most[i]
        if _fits(slope, bend, i, acceleration, high, step[i], reach[i + 1]):
            reach[i] = high
            continue
        for _ in range(50):
            middle = 0.5 * (low + high)
            if _fits(slope, bend, i, acceleration, middle, step[i], reach[i + 1]):
                low = middle
            else:
                high = middle
        reach[i] = low
    x = np.zeros(n)
    for i in range(n - 1):
        _, u = _range(slope, bend, i, acceleration, x[i], step[i])
        x[i + 1] = max(0.0, min(x[i] + 2.0 * step[i] * u, reach[i + 1])) if i + 1 < n - 1 else 0.0
    # a row at rest in the middle would take for ever: let it creep
    for i in range(1, n - 1):
        x[i] = max(x[i], 1e-10)
    return x


@kernel
def _fits(slope: Array, bend: Array, i: int, acceleration: Array, x: float, step: float, after: float) -> bool:
    """Return whether from squared speed ``x`` at row i the limits can be kept and at most ``after`` be reached."""
    low, high = _range(slope, bend, i, acceleration, x, step)
    return max(low, -x / (2.0 * step)) <= min(high, (after - x) / (2.0 * step))


@kernel
def _range(slope: Array, bend: Array, i: int, acceleration: Array, x: float, step: float) -> tuple[float, float]:
    """Return the accelerations along the way that the joints allow between row i, at squared speed ``x``, and the next.

    The limits are asked at both rows: at the next one the squared speed is ``x + 2 step u``.
    """
    low, high = -1e18, 1e18
    for j in range(slope.shape[1]):
        for k in range(2):
            b = bend[i + k, j]
            a = slope[i + k, j] + 2.0 * step * b * k
            if a > 1e-12:
                low = max(low, (-acceleration[j] - b * x) / a)
                high = min(high, (acceleration[j] - b * x) / a)
            elif a < -1e-12:
                low = max(low, (acceleration[j] - b * x) / a)
                high = min(high, (-acceleration[j] - b * x) / a)
            elif abs(b * x) > acceleration[j]:
                return 1.0, -1.0
    return low, high


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
