"""Time along a way: as fast as joint speeds, joint accelerations and the asked tool speed allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..controllers import Calibration, accelerations, why_the_range
from ..errors import CellwrightError
from ..geometry import Array, frozen
from ..paths.model import Path
from ..robots.model import Robot
from .dynamics import cell_dynamics, missing_for_torque, torque_rows
from .easing import eased
from .model import Duration, Motion
from .parameterise import Limits, Run, parameterise
from .reachability import FAR, squared_speeds
from .ways import Way, ways

DIGITS = 8
TICKS = 10.0**DIGITS
"""Times are whole hundred-millionths of a second."""

TIGHTENED = 6
EVEN = 1.001  # a run this much slower than the search found it still keeps the tool's speed

STILL = 1e-6
"""A step in which the tool moves less turns it about its centre point; no speed of the tool says how fast [m]."""

Course = tuple[Array, Array, Array, Array]
Rows = tuple[Array, Array, Array]


def time_path(
    cell: Cell,
    path: Path,
    *,
    calibration: Calibration | None = None,
    takt: float | None = None,
    jerk: Array | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Motion:
    """Return the motion along ``path`` as the controller will run it, and how long it takes.

    Torques are kept where every inertia, every largest torque and the tool's mass are known; jerk where it is given.
    What is not kept is said in the reason of the duration.

    Args:
        calibration: of this robot's ramps; else its published accelerations or general ramps count.
        takt: wanted time of the cycle [s]; tells what an unknown joint speed had to be.
        jerk: (dof,) largest jerks [rad/s3 or m/s3]; torques do not count beside them.

    Raises:
        CellwrightError: a joint's largest speed is unknown: no time is invented for it.
        UnreachableError: a line or arc cannot be followed without a jump of the joints.
    """
    robot = cell.robot
    pieces = ways(cell, path)
    if not np.isfinite(robot.speed).all():
        raise _speed_unknown(robot, pieces, path, takt)
    choices = accelerations(robot, calibration)
    waits = sum(float(e.values.get("time", 0.0)) for move in path.moves for e in move.events if e.kind == "wait")
    courses = [_course(way, path, robot.speed) for way in pieces]
    torque, reason = _torques(cell, pieces, courses)
    clocks: list[list[Array]] = []
    smooth: list[list[Run]] = []
    for acceleration in choices:
        if jerk is None:
            clocks.append([_clock(*parts, acceleration, rows) for parts, rows in zip(courses, torque, strict=True)])
        else:
            limits = Limits(speed=robot.speed, acceleration=acceleration, jerk=jerk)
            runs = [_smooth_run(way, *parts[:2], limits) for way, parts in zip(pieces, courses, strict=True)]
            smooth.append(runs)
            clocks.append([_times(run) for run in runs])
        progress(len(clocks) / len(choices))
    low, _, high = (round(sum(float(t[-1]) for t in times) + waits, DIGITS) for times in clocks)
    motion = _motion(path, pieces, clocks[1], smooth[1] if smooth else [])
    why = why_the_range(robot, calibration) + (_without_jerk(len(pieces)) + reason if jerk is None else "")
    return replace(motion, duration=Duration(low=low, nominal=float(motion.t[-1]), high=high, reason=why))


def _without_jerk(ways: int) -> str:
    return (
        f"; jerk is not limited: every 0.01 s in which an acceleration builds up adds {0.01 * ways:.2f} s at least, "
        f"on {ways} ways from stop to stop"
    )


def _speed_unknown(robot: Robot, pieces: tuple[Way, ...], path: Path, takt: float | None) -> CellwrightError:
    unknown = [name for name, speed in zip(robot.chain.joints, robot.speed, strict=True) if not np.isfinite(speed)]
    needed = "" if takt is None else f"; {_needed(robot, pieces, path, takt)}"
    return CellwrightError(
        f"the largest speed of {', '.join(unknown)} of {robot.key} is not known, so no cycle time can be told{needed}",
        fix="add the speeds from the data sheet to a copy of the robot's description, with their source",
    )


def _needed(robot: Robot, pieces: tuple[Way, ...], path: Path, takt: float) -> str:
    speed = speed_needed(robot, pieces, path, takt)
    if np.isinf(speed):
        return f"no joint speed is enough for the takt of {takt:.1f} s: process, known joints and waits take it all"
    return f"for the takt of {takt:.1f} s these joints need {np.rad2deg(speed):.0f} deg/s at the very least"


def speed_needed(robot: Robot, pieces: tuple[Way, ...], path: Path, takt: float) -> float:
    """Return the speed [rad/s] that the joints of unknown speed need for a takt [s], ramps left out: a lower bound.

    Returns:
        inf where the takt cannot be kept at any speed.
    """
    known = np.isfinite(robot.speed)
    waits = sum(float(e.values.get("time", 0.0)) for move in path.moves for e in move.events if e.kind == "wait")
    turned: list[Array] = []
    fixed: list[Array] = []
    for way in pieces:
        asked = np.array([path.moves[k].speed for k in way.move[1:]])
        free = np.array([path.moves[k].kind == "joint" for k in way.move[1:]])
        travel = np.linalg.norm(np.diff(way.tcp, axis=0), axis=1)
        share = np.where(free, asked, 1.0)
        step = np.abs(np.diff(way.q, axis=0)) / share[:, None]
        least = np.where(known, step / np.where(known, robot.speed, 1.0), 0.0).max(1)
        fixed.append(np.maximum(least, np.where(free, 0.0, travel / asked)))
        turned.append(np.where(known, 0.0, step).max(1))
    way, least = np.concatenate(turned), np.concatenate(fixed)

    def fits(speed: float) -> bool:
        return waits + float(np.maximum(least, way / speed).sum()) <= takt

    low, high = 0.0, 1e4
    if not fits(high):
        return float("inf")
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if middle > 0.0 and fits(middle) else (middle, high)
    return high


def _torques(cell: Cell, pieces: tuple[Way, ...], courses: list[Course]) -> tuple[list[Rows | None], str]:
    """Return each way's limits of torque, None where they are not kept, and what is to be said about it."""
    none: list[Rows | None] = [None] * len(pieces)
    if missing_for_torque(cell.robot, cell.tool):
        return none, ""
    model = cell_dynamics(cell)
    rows = [torque_rows(model, way.q, course[2], course[3]) for way, course in zip(pieces, courses, strict=True)]
    held = max(float(np.abs(c).max()) for _, _, c in rows)
    if held >= 1.0:
        return none, f"; the published torques do not hold the arm at rest ({held:.0%}), so they are not used"
    return list(rows), "; torques stay within the published ones"


def _course(way: Way, path: Path, speed: Array) -> Course:
    """Return steps (n - 1,), largest squared speeds (n,), slopes and bends (n, dof) along a way.

    A step is as long as the joints need for it at full speed, put together as a length; along a way of lines and arcs
    alone it is the tool's own way, so that an even speed of the tool is exactly even.
    """
    travel = np.linalg.norm(np.diff(way.tcp, axis=0), axis=1)
    asked = np.array([move.speed for move in path.moves])[way.move[1:]]
    free = np.array([move.kind == "joint" for move in path.moves])[way.move[1:]]
    if free.any() or travel.min() < STILL:
        step = np.sqrt((np.square(np.diff(way.q, axis=0) / speed)).sum(1))
    else:
        step = travel / asked.max()
    limit = np.where(free | (travel <= 1e-12), np.inf, asked * step / np.maximum(travel, 1e-12))
    rate = np.diff(way.q, axis=0) / step[:, None]
    left, right = np.concatenate([rate[:1], rate]), np.concatenate([rate, rate[-1:]])
    before, after = np.append(step[0], step)[:, None], np.append(step, step[-1])[:, None]
    slope = (left * after + right * before) / (before + after)
    bend = 2.0 * (right - left) / (before + after)
    # the faster of the steps before and after a row counts, so that no joint is too fast between two rows either
    fastest = np.maximum(np.abs(left), np.abs(right))
    return step, _largest_squares(limit, np.where(free, asked, 1.0), fastest, speed), slope, bend


def _largest_squares(limit: Array, share: Array, fastest: Array, speed: Array) -> Array:
    """Return the largest squared speeds (n,) at the rows; ``limit`` and ``share`` (n - 1,) count between them.

    ``fastest`` (n, dof) is how much the joints change at each row by the way, at most.
    """
    before, after = np.append(limit[0], limit), np.append(limit, limit[-1])
    # between pieces of one seam the mean keeps the tool's own speed even; elsewhere the slower one counts
    even = (after < 2.0 * before) & (before < 2.0 * after) & np.isfinite(before + after)
    asked = np.where(even, 0.5 * (before + after), np.minimum(before, after))
    part = np.minimum(np.append(share[0], share), np.append(share, share[-1]))
    joints = part / np.maximum((fastest / speed).max(1), 1e-300)
    return np.minimum(np.square(np.minimum(np.minimum(asked, joints), 1e100)), FAR)


def _clock(step: Array, top: Array, slope: Array, bend: Array, acceleration: Array, torque: Rows | None) -> Array:
    """Return the time (n,) [s] at every row of a way."""
    a, b, c = slope / acceleration, bend / acceleration, np.zeros_like(slope)
    if torque is not None:
        a, b, c = (np.concatenate([rows, more], axis=1) for rows, more in zip((a, b, c), torque, strict=True))
    x = squared_speeds(step, top, a, b, c)
    x[1:-1] = np.maximum(x[1:-1], 1e-10)  # a row at rest in the middle would take for ever: let it creep
    root = np.sqrt(x)
    # counted in whole ticks, each step rounded up: no limit is passed, and the last bits of a sum show nowhere
    ticks = np.ceil(2.0 * step / (root[:-1] + root[1:]) * TICKS - 1e-3)
    return np.concatenate([[0.0], np.cumsum(ticks)]) / TICKS


def _smooth_run(way: Way, step: Array, top: Array, limits: Limits) -> Run:
    """Return the run along a way on which the jerk is limited too.

    What is proven between the rows may ask for a little less: the limits are tightened for it, not the tool's speed.
    """
    s = np.concatenate([[0.0], np.cumsum(step)])
    root = np.sqrt(top)
    cap = np.minimum(root[:-1], root[1:])
    assert limits.jerk is not None
    run, tight = parameterise(way.q, limits, s=s, cap=cap), limits
    for _ in range(TIGHTENED):
        if run.stretched <= EVEN:
            break
        slower = run.stretched**2
        tight = replace(tight, acceleration=tight.acceleration / slower, jerk=limits.jerk / slower**1.5)
        run = parameterise(way.q, tight, s=s, cap=cap)
    return run


def _times(run: Run) -> Array:
    """Return the times (n,) [s] at the waypoints of a run."""
    along = eased(np.array(run.r), float(run.s[-1] - run.s[0]), run.zone)[0]
    return np.round(np.interp(run.s - run.s[0], along, run.t), DIGITS)


def _motion(path: Path, pieces: tuple[Way, ...], clocks: list[Array], smooth: list[Run]) -> Motion:
    """Join the ways on one clock, at rest at each exact stop; rates by differences, or of the runs where there are."""
    dof = pieces[0].q.shape[1]
    rest = np.zeros((1, dof))
    q, t, move, qd, qdd = [pieces[0].q[:1]], [np.zeros(1)], [pieces[0].move[:1]], [rest], [rest]
    now = 0.0
    for k, (way, times) in enumerate(zip(pieces, clocks, strict=True)):
        now += _waits(path, int(way.move[0]), "start")
        rate, change = smooth[k].at(times)[1:3] if smooth else _derivatives(times, way.q)
        q.append(way.q[1:])
        t.append(np.round(times[1:] + now, DIGITS))
        move.append(way.move[1:])
        qd.append(rate[1:])
        qdd.append(change[1:])
        now += float(times[-1]) + _waits(path, int(way.move[-1]), "end")
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
        found.append((operation, float(t[max(rows[0] - 1, 0)]), float(t[rows[-1]])))
    return tuple(found)
