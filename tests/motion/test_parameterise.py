"""Fastest runs: limits at fine steps, laws of scaling, hand-computed ramps, linear programs and toppra as oracles."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from cellwright.controllers import accelerations, s_curve_time
from cellwright.errors import CellwrightError
from cellwright.geometry import Array
from cellwright.motion.parameterise import Limits, Run, parameterise
from cellwright.motion.splines import bends, slopes, spline_at
from cellwright.motion.ways import FIRST, ways
from small_cell import path, small_cell

SPEED = np.array([2.6, 2.7, 3.0, 5.6, 6.0, 7.0])
LIMITS = Limits(speed=SPEED, acceleration=SPEED / 0.3)
SMOOTH = replace(LIMITS, jerk=SPEED / 0.03)


def waypoints(seed: int, n: int = 60) -> Array:
    """A smooth wander through joint space."""
    rng = np.random.default_rng(seed)
    s = np.linspace(0.0, 1.0, n)[:, None]
    waves = range(1, 5)
    return sum(rng.normal(size=6) / k**1.5 * np.sin(np.pi * k * s + rng.uniform(0, 6, 6)) for k in waves)


def shares(run: Run, limits: Limits) -> list[float]:
    """The largest speed, acceleration and jerk over their limits at fine steps."""
    t = np.linspace(0.0, run.duration, 40001)
    q, qd, qdd, jerk = run.at(t)
    assert np.abs(np.gradient(q, t, axis=0)[1:-1] - qd[1:-1]).max() < 1e-3 * np.abs(qd).max()
    found = [np.abs(qd) / limits.speed, np.abs(qdd) / limits.acceleration]
    if limits.jerk is not None:
        found.append(np.abs(jerk) / limits.jerk)
        steps = np.abs(np.diff(qdd, axis=0)) / np.diff(t)[:, None] / limits.jerk
        found.append(steps)
    return [float(x.max()) for x in found]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ratio", [3.0, 10.0, 40.0])
def test_limits_hold_between_the_waypoints(seed, ratio):
    limits = replace(LIMITS, jerk=LIMITS.acceleration * ratio)
    speed, acceleration, jerk, steps = shares(parameterise(waypoints(seed), limits), limits)

    assert speed <= 1.001
    assert acceleration <= 1.005
    assert jerk <= 1.001
    assert steps <= 1.001
    assert max(speed, acceleration, jerk) > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_without_jerk_the_waypoints_keep_their_limits(seed):
    run = parameterise(waypoints(seed), LIMITS)
    x = np.append(run.squared[:, 0], 0.0)
    bend = bends(run.s, run.q)
    slope = slopes(run.s, run.q, bend)
    u = run.squared[:, 1:2] / 2
    for k in (0, 1):  # at both ends of every step
        rows = slice(k, len(x) - 1 + k)
        acceleration = np.abs(slope[rows] * u + bend[rows] * x[rows, None])
        assert (acceleration <= LIMITS.acceleration * (1 + 1e-6)).all()
    assert (np.abs(slope) * np.sqrt(x)[:, None] <= SPEED * (1 + 1e-9)).all()


@pytest.mark.parametrize("seed", range(3))
def test_reachability_finds_the_optimum_of_the_linear_program(seed):
    q = waypoints(seed, 40)
    s = np.linspace(0.0, 1.0, 40)
    run = parameterise(q, LIMITS, s=s)
    bend = bends(s, q)
    slope = slopes(s, q, bend)
    h = np.diff(s)
    rows, right = [], []
    for i in range(39):
        for k in (i, i + 1):
            for j in range(6):
                row = np.zeros(40)
                row[i] -= slope[k, j] / (2 * h[i])
                row[i + 1] += slope[k, j] / (2 * h[i])
                row[k] += bend[k, j]
                for side in (1.0, -1.0):
                    rows.append(side * row / LIMITS.acceleration[j])
                    right.append(1.0)
    top = 1.0 / (np.abs(slope) / SPEED).max(1) ** 2
    bounds = [(0.0, 0.0 if i in (0, 39) else top[i]) for i in range(40)]
    best = linprog(-np.ones(40), A_ub=np.array(rows), b_ub=right, bounds=bounds, method="highs")
    x = np.append(run.squared[:, 0], 0.0)

    assert best.status == 0
    assert (np.array(rows) @ x).max() <= 1.0 + 1e-6
    # where a joint turns round, the greedy run may differ from the program's in single rows, not in the whole
    assert 0.995 * best.x.sum() <= x.sum() <= best.x.sum() * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_toppra_finds_the_same_optimum(seed):
    toppra = pytest.importorskip("toppra")
    toppra.setup_logging("ERROR")
    q, s = waypoints(seed, 100), np.linspace(0.0, 1.0, 100)
    path = toppra.SplineInterpolator(s, q, bc_type="natural")
    wanted = [
        toppra.constraint.JointVelocityConstraint(np.stack([-SPEED, SPEED], 1)),
        toppra.constraint.JointAccelerationConstraint(np.stack([-LIMITS.acceleration, LIMITS.acceleration], 1)),
    ]
    theirs = toppra.algorithm.TOPPRA(wanted, path, gridpoints=s, parametrizer="ParametrizeConstAccel")

    assert parameterise(q, LIMITS, s=s).duration == pytest.approx(theirs.compute_trajectory().duration, rel=1e-4)


@pytest.mark.parametrize("k", range(5))
def test_toppra_finds_the_same_optimum_on_the_ways_of_a_real_path(k):
    toppra = pytest.importorskip("toppra")
    toppra.setup_logging("ERROR")
    robot = small_cell().robot
    limits = Limits(speed=robot.speed, acceleration=accelerations(robot)[1])
    rows = ways(small_cell(), path())[k].q[len(FIRST) : -len(FIRST)]
    q = rows[np.unique(np.linspace(0, len(rows) - 1, 100).round().astype(int))]
    run = parameterise(q, limits)
    way = toppra.SplineInterpolator(run.s, q, bc_type="natural")
    wanted = [
        toppra.constraint.JointVelocityConstraint(np.stack([-limits.speed, limits.speed], 1)),
        toppra.constraint.JointAccelerationConstraint(np.stack([-limits.acceleration, limits.acceleration], 1)),
    ]
    theirs = toppra.algorithm.TOPPRA(wanted, way, gridpoints=run.s, parametrizer="ParametrizeConstAccel")

    assert run.duration == pytest.approx(theirs.compute_trajectory().duration, rel=5e-3)


def line(way: Array, n: int = 101) -> Array:
    return np.linspace(0.0, 1.0, n)[:, None] * way


@pytest.mark.parametrize("size", [0.1, 0.5, 2.0])
def test_a_straight_way_takes_the_trapezoid(size):
    way = size * np.array([1.0, -0.4, 0.2, 0.9, 0.3, -1.0])
    speed, acceleration = (1.0 / (np.abs(way) / x).max() for x in (SPEED, LIMITS.acceleration))
    by_hand = 1 / speed + speed / acceleration if speed**2 < acceleration else 2 / np.sqrt(acceleration)

    assert parameterise(line(way), LIMITS).duration == pytest.approx(by_hand, rel=2e-3)


@pytest.mark.parametrize("size", [0.02, 0.3, 2.0])
@pytest.mark.parametrize("ratio", [3.0, 20.0])
def test_a_straight_way_with_jerk_takes_the_s_curve(size, ratio):
    way = size * np.array([1.0, -0.4, 0.2, 0.9, 0.3, -1.0])
    limits = replace(LIMITS, jerk=LIMITS.acceleration * ratio)
    exact = s_curve_time(np.zeros(6), way, limits.speed, limits.acceleration, limits.jerk)
    found = parameterise(line(way), limits).duration

    assert exact <= found * (1 + 1e-6)
    assert found == pytest.approx(float(exact), rel=0.02)


def test_the_s_curve_is_ruckigs():
    ruckig = pytest.importorskip("ruckig")
    rng = np.random.default_rng(8)
    for _ in range(200):
        way = rng.normal(size=6) * rng.choice([0.01, 0.3, 2.0])
        jerk = LIMITS.acceleration * rng.uniform(2.0, 50.0)
        # the straight way in joint space as one degree of freedom
        scale = [1.0 / (np.abs(way) / x).max() for x in (SPEED, LIMITS.acceleration, jerk)]
        given = ruckig.InputParameter(1)
        given.current_position, given.target_position = [0.0], [1.0]
        given.max_velocity, given.max_acceleration, given.max_jerk = ([x] for x in scale)
        trajectory = ruckig.Trajectory(1)
        ruckig.Ruckig(1).calculate(given, trajectory)

        assert float(s_curve_time(np.zeros(6), way, SPEED, LIMITS.acceleration, jerk)) == pytest.approx(
            trajectory.duration, rel=1e-9
        )


@pytest.mark.parametrize("limits", [LIMITS, SMOOTH])
def test_twice_the_speed_with_limits_to_match_takes_half_the_time(limits):
    fast = Limits(
        speed=2 * limits.speed,
        acceleration=4 * limits.acceleration,
        jerk=None if limits.jerk is None else 8 * limits.jerk,
    )
    q = waypoints(1)
    slow, quick = (parameterise(q, given).duration for given in (limits, fast))

    assert quick == pytest.approx(slow / 2, rel=2e-3)


@pytest.mark.parametrize("limits", [LIMITS, SMOOTH])
def test_a_path_run_backwards_takes_the_same_time(limits):
    q = waypoints(2)

    assert parameterise(q[::-1], limits).duration == pytest.approx(parameterise(q, limits).duration, rel=5e-3)


def test_limited_jerk_takes_longer_and_ever_less_so():
    q = waypoints(3)
    times = [parameterise(q, replace(LIMITS, jerk=LIMITS.acceleration * k)).duration for k in (3.0, 10.0, 30.0)]

    assert all(a > b for a, b in pairwise(times))
    assert times[-1] > 0.99 * parameterise(q, LIMITS).duration


@pytest.mark.parametrize("name", ["speed", "acceleration", "jerk"])
def test_a_smaller_limit_is_noticed(name):
    q = waypoints(0)
    base = Limits(speed=SPEED * 0.5, acceleration=LIMITS.acceleration, jerk=LIMITS.acceleration * 20)
    whole = parameterise(q, base).duration
    slower = [
        parameterise(q, replace(base, **{name: getattr(base, name) * np.where(np.arange(6) == j, 0.3, 1.0)})).duration
        for j in range(6)
    ]

    assert max(slower) > 1.02 * whole
    assert min(slower) > 0.99 * whole


def test_an_asked_speed_is_kept_and_reached_on_its_part():
    q, s = waypoints(1, 80), np.linspace(0.0, 1.0, 80)
    q[:, 0] = s  # a spline through a line is that line: the first joint's speed is the parameter's
    cap = np.full(79, np.inf)
    cap[30:50] = 0.05
    run = parameterise(q, SMOOTH, s=s, cap=cap)
    t = np.linspace(0.0, run.duration, 20001)
    at, rate = run.at(t)[:2, :, 0]
    held = (at > s[30]) & (at < s[50])

    assert rate[held].max() <= 0.05 * (1 + 1e-6)
    steady = (at > s[33]) & (at < s[47])
    assert np.abs(rate[steady] / 0.05 * run.stretched - 1.0).max() < 0.01
    assert rate.max() > 0.1


def test_what_makes_no_run_is_refused():
    q = waypoints(0)
    for bad in (q[:2], np.concatenate([q[:5], q[4:]])):
        with pytest.raises(CellwrightError, match="three waypoints"):
            parameterise(bad, LIMITS)
    with pytest.raises(CellwrightError, match="positive limits"):
        parameterise(q, replace(LIMITS, acceleration=np.full(6, np.nan)))


def test_the_spline_is_scipys():
    from scipy.interpolate import CubicSpline

    q, s = waypoints(0, 20), np.sort(np.random.default_rng(0).uniform(0, 1, 20))
    at = np.linspace(s[0], s[-1], 333)
    theirs = CubicSpline(s, q, bc_type="natural")
    ours = spline_at(s, q, bends(s, q), at)

    for k in range(3):
        assert np.allclose(ours[k], theirs(at, k), rtol=1e-8, atol=1e-7 * np.abs(ours[k]).max())
    assert np.allclose(slopes(s, q, bends(s, q)), theirs(s, 1), atol=1e-8)


def test_the_same_waypoints_give_the_same_bytes():
    for limits in (LIMITS, SMOOTH):
        a, b = (parameterise(waypoints(0), limits) for _ in range(2))
        assert a.t.tobytes() == b.t.tobytes()
