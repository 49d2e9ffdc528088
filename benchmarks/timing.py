"""Timing side by side with toppra, copp-py and ruckig in one run, and its growth with the waypoints.

Run it with ``python benchmarks/timing.py``. One thread; every figure is a median over rounds in which the rivals take
turns. The rivals are development tools alone; one that is not installed is left out aloud. All of them get the same
natural cubic spline through the same 100 waypoints of six joints.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cellwright.controllers import s_curve_time
from cellwright.geometry import Array
from cellwright.motion.parameterise import Limits, parameterise
from cellwright.motion.reachability import through
from cellwright.motion.splines import bends, spline_at

SPEED = np.array([2.6, 2.7, 3.0, 5.6, 6.0, 7.0])
LIMITS = Limits(speed=SPEED, acceleration=SPEED / 0.3, jerk=SPEED / 0.03)
ROUNDS = 15


def waypoints(n: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    s = np.linspace(0.0, 1.0, n)[:, None]
    return sum(rng.normal(size=6) / k**1.5 * np.sin(np.pi * k * s + rng.uniform(0, 6, 6)) for k in range(1, 7))


def timed(work: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each piece of work; in each round all take their turn."""
    spent: dict[str, list[float]] = {name: [] for name in work}
    for run in work.values():
        run()
    for _ in range(rounds):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            spent[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in spent.items()}


def toppra_time(s: Array, q: Array, wrapper: str) -> float:
    import toppra

    toppra.setup_logging("ERROR")
    path = toppra.SplineInterpolator(s, q, bc_type="natural")
    wanted = [
        toppra.constraint.JointVelocityConstraint(np.stack([-SPEED, SPEED], 1)),
        toppra.constraint.JointAccelerationConstraint(np.stack([-LIMITS.acceleration, LIMITS.acceleration], 1)),
    ]
    method = toppra.algorithm.TOPPRA(
        wanted, path, gridpoints=s, parametrizer="ParametrizeConstAccel", solver_wrapper=wrapper
    )
    return float(method.compute_trajectory().duration)


def copp_time(s: Array, q: Array, jerk: Array | None) -> float:
    """Duration by copp-py: reachability, then with jerk its linear program about that profile."""
    import copp_py
    from copp_py import interpolation, solver

    d = spline_at(s, q, bends(s, q), s)
    robot = copp_py.Robot(6)
    robot.append_s(s)
    robot.set_q(d[0], d[1], d[2], 0, dddq=d[3])
    robot.add_velocity_limits(SPEED, -SPEED, start_idx_s=0, length=len(s))
    robot.add_acceleration_limits(LIMITS.acceleration, -LIMITS.acceleration, start_idx_s=0, length=len(s))
    first = solver.topp2_ra.solve(solver.topp2_ra.Problem(robot.constraints, (0, len(s) - 1), (0.0, 0.0)))
    if jerk is None:
        return interpolation.s_to_t_topp2(s, first)[0]
    robot.add_jerk_limits(jerk, -jerk, start_idx_s=0, length=len(s))
    problem = solver.topp3_lp.Problem(robot.constraints, first)
    return interpolation.s_to_t_topp3(s, solver.topp3_lp.solve(problem))[0]


def accelerations_table(seeds: int = 5) -> None:
    s = np.linspace(0.0, 1.0, 100)
    cap = np.full(99, np.inf)
    rivals: dict[str, Callable[[Array], float]] = {}
    if installed("toppra"):
        rivals["toppra, seidel"] = lambda q: toppra_time(s, q, "seidel")
    if installed("copp_py"):
        rivals["copp-py TOPP2-RA"] = lambda q: copp_time(s, q, None)
    plain = replace(LIMITS, jerk=None)
    print("\n| speed and acceleration, 100 waypoints, six joints | time | ours is faster by | duration against ours |")
    print("|---|---|---|---|")
    q = waypoints(100, 0)
    work: dict[str, Callable[[], object]] = {
        "ours, kernel": lambda: through(s, q, SPEED, LIMITS.acceleration, cap),
        "ours, `parameterise`": lambda: parameterise(q, plain, s=s),
        **{name: (lambda run=run: run(q)) for name, run in rivals.items()},
    }
    spent = timed(work, 101)
    for name, seconds in spent.items():
        off = ""
        if name in rivals:
            worst = max(
                abs(rivals[name](waypoints(100, k)) / parameterise(waypoints(100, k), plain, s=s).duration - 1.0)
                for k in range(seeds)
            )
            off = f"within {worst:.1e}"
        print(f"| {name} | {seconds * 1e6:.1f} us | {seconds / spent['ours, kernel']:.0f} | {off} |")


def jerk_table(seeds: int = 4) -> None:
    s = np.linspace(0.0, 1.0, 100)
    print("\n| with jerk, 100 waypoints | ours | duration | worst jerk | copp-py TOPP3-LP | duration | faster by |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(seeds):
        q = waypoints(100, seed)
        run = parameterise(q, LIMITS, s=s)
        jerk = np.abs(run.at(np.linspace(0.0, run.duration, 20001))[3]) / LIMITS.jerk
        work: dict[str, Callable[[], object]] = {"ours": lambda q=q: parameterise(q, LIMITS, s=s)}
        rival = float("nan")
        if installed("copp_py"):
            rival = copp_time(s, q, LIMITS.jerk)
            work["copp"] = lambda q=q: copp_time(s, q, LIMITS.jerk)
        spent = timed(work)
        other = spent.get("copp", float("nan"))
        print(
            f"| path {seed} | {spent['ours'] * 1e3:.2f} ms | {run.duration:.3f} s | {jerk.max():.4f} "
            f"| {other * 1e3:.1f} ms | {rival:.3f} s | {other / spent['ours']:.1f} |"
        )


def point_to_point_table(moves: int = 10_000) -> None:
    if not installed("ruckig"):
        return
    import ruckig

    rng = np.random.default_rng(0)
    start, end = rng.uniform(-2.0, 2.0, (2, moves, 6))
    scale = [1.0 / (np.abs(end - start) / x).max(1) for x in (SPEED, LIMITS.acceleration, LIMITS.jerk)]

    def theirs() -> Array:
        engine, trajectory, given = ruckig.Ruckig(1), ruckig.Trajectory(1), ruckig.InputParameter(1)
        found = np.empty(moves)
        given.current_position, given.target_position = [0.0], [1.0]
        for i in range(moves):
            given.max_velocity, given.max_acceleration, given.max_jerk = ([float(x[i])] for x in scale)
            engine.calculate(given, trajectory)
            found[i] = trajectory.duration
        return found

    def ours() -> Array:
        return s_curve_time(start, end, SPEED, LIMITS.acceleration, LIMITS.jerk)

    spent = timed({"ours": ours, "ruckig": theirs}, 5)
    apart = float(np.abs(ours() / theirs() - 1.0).max())
    print("\n| synchronised point-to-point moves with jerk | a move | duration |")
    print("|---|---|---|")
    print(f"| ours, `s_curve_time` | {spent['ours'] / moves * 1e6:.2f} us | |")
    print(f"| ruckig through Python, one axis | {spent['ruckig'] / moves * 1e6:.2f} us | within {apart:.0e} |")


def growth_table() -> None:
    print("\n| waypoints | speed and acceleration | with jerk |")
    print("|---|---|---|")
    for n in (50, 100, 200, 400, 800, 1600, 3200):
        q = waypoints(n, 0)
        spent = timed(
            {
                "plain": lambda q=q: parameterise(q, replace(LIMITS, jerk=None)),
                "jerk": lambda q=q: parameterise(q, LIMITS),
            },
            5,
        )
        print(f"| {n} | {spent['plain'] * 1e6:.0f} us | {spent['jerk'] * 1e3:.1f} ms |")


def installed(name: str) -> bool:
    found = importlib.util.find_spec(name) is not None
    if not found and name not in _TOLD:
        _TOLD.add(name)
        print(f"({name} is not installed: left out)")
    return found


_TOLD: set[str] = set()


if __name__ == "__main__":
    accelerations_table()
    jerk_table()
    point_to_point_table()
    growth_table()
