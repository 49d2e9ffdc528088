"""Timing side by side with toppra, copp-py and ruckig in one run, its growth, and how well its ranges hold.

Run it with ``python benchmarks/timing.py [acceleration] [jerk] [moves] [growth] [calibration]``; without a word it does
every table. One thread, processor time; every figure is a median over rounds in which
the rivals take turns. The rivals are development tools alone; one that is not installed is left out aloud. All of them
get the same natural cubic spline through the same 100 waypoints of six joints.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from cellwright.controllers import PUBLISHED, calibrate, gate_time, s_curve_time
from cellwright.geometry import Array
from cellwright.motion.parameterise import Limits, parameterise
from cellwright.motion.reachability import through
from cellwright.motion.splines import bends, spline_at
from rows import TINY, Row, row, tell

SPEED = np.array([2.6, 2.7, 3.0, 5.6, 6.0, 7.0])
LIMITS = Limits(speed=SPEED, acceleration=SPEED / 0.3, jerk=SPEED / 0.03)
ROUNDS = 2 if TINY else 15


def waypoints(n: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    s = np.linspace(0.0, 1.0, n)[:, None]
    return sum(rng.normal(size=6) / k**1.5 * np.sin(np.pi * k * s + rng.uniform(0, 6, 6)) for k in range(1, 7))


def timed(work: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each piece of work; in each round all take their turn."""
    spent: dict[str, list[float]] = {name: [] for name in work}
    times: dict[str, int] = {}
    for name, run in work.items():
        run()
        start = time.process_time()
        run()
        # short work is repeated: reading the clock takes microseconds itself
        times[name] = max(1, int(2e-3 / max(time.process_time() - start, 1e-5)))
    for _ in range(rounds):
        for name, run in work.items():
            start = time.process_time()
            for _ in range(times[name]):
                run()
            spent[name].append((time.process_time() - start) / times[name])
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


def accelerations_table(seeds: int = 5) -> list[Row]:
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
    spent = timed(work, 3 if TINY else 31)
    best = min((name for name in rivals), key=lambda name: spent[name], default="")
    for name, seconds in spent.items():
        off = ""
        if name in rivals:
            worst = max(
                abs(rivals[name](waypoints(100, k)) / parameterise(waypoints(100, k), plain, s=s).duration - 1.0)
                for k in range(seeds)
            )
            off = f"within {worst:.1e}"
        print(f"| {name} | {seconds * 1e6:.1f} us | {seconds / spent['ours, kernel']:.0f} | {off} |")
    group = "speed and acceleration, 100 waypoints, six joints"
    rows = [
        row(
            group, f"against {name}", 1e6 * spent["ours, kernel"], "us", rival=1e6 * spent[name], rival_name=name,
            goal="<= 20 us, >= 300 x" if "toppra" in name else "",
        )
        for name in rivals
    ]  # fmt: skip
    whole = 1e6 * spent["ours, `parameterise`"]
    public = row(group, "`parameterise`", whole, "us", rival=1e6 * spent[best] if best else None, rival_name=best)
    return [*rows, public]


def jerk_table(seeds: int = 1 if TINY else 4) -> list[Row]:
    s = np.linspace(0.0, 1.0, 100)
    print("\n| with jerk, 100 waypoints | ours | duration | worst jerk | copp-py TOPP3-LP | duration | faster by |")
    print("|---|---|---|---|---|---|---|")
    rows: list[Row] = []
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
        group, slow = "with jerk, 100 waypoints, six joints", 1e3 * other if "copp" in spent else None
        rows.append(
            row(
                group,
                f"path {seed}",
                1e3 * spent["ours"],
                "ms",
                rival=slow,
                rival_name="copp-py TOPP3-LP",
                goal="<= 2 ms, >= 20 x",
            )
        )
        rows.append(row(group, f"path {seed}, largest jerk over its limit", float(jerk.max()), "", goal="<= 1.001"))
    return rows


def point_to_point_table(moves: int = 10_000) -> list[Row]:
    if not installed("ruckig"):
        return []
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
    mine, theirs_ = (1e6 * spent[name] / moves for name in ("ours", "ruckig"))
    return [
        row("synchronised point-to-point moves with jerk", "a move", mine, "us", rival=theirs_, rival_name="ruckig")
    ]


def growth_table() -> list[Row]:
    print("\n| waypoints | speed and acceleration | with jerk |")
    print("|---|---|---|")
    rows: list[Row] = []
    for n in (50, 100) if TINY else (50, 100, 200, 400, 800, 1600, 3200):
        q = waypoints(n, 0)
        spent = timed(
            {
                "plain": lambda q=q: parameterise(q, replace(LIMITS, jerk=None)),
                "jerk": lambda q=q: parameterise(q, LIMITS),
            },
            5,
        )
        print(f"| {n} | {spent['plain'] * 1e6:.0f} us | {spent['jerk'] * 1e3:.1f} ms |")
        rows.append(row("growth with waypoints", "speed and acceleration", 1e3 * spent["plain"], "ms", size=n))
        rows.append(row("growth with waypoints", "with jerk", 1e3 * spent["jerk"], "ms", size=n))
    return rows


def held_out(ramps: dict[str, Array], ways: dict[str, Array]) -> tuple[float, float]:
    """Return how often the interval from the other robots' ramps holds a robot's moves, and its mean width."""
    held, wide = [], []
    for name, own in ramps.items():
        low, middle, high = np.quantile(np.concatenate([r for k, r in ramps.items() if k != name]), [0.08, 0.5, 0.92])
        held.append(np.mean((own >= low) & (own <= high)))
        times = [np.where(ways[name] > r, ways[name] + r, 2.0 * np.sqrt(ways[name] * r)) for r in (low, middle, high)]
        wide.append(np.mean((times[2] - times[0]) / times[1]))
    return float(np.mean(held)), float(np.mean(wide))


def calibration_table(moves: int = 2000) -> list[Row]:
    """How often stated 80 % intervals hold what they were not made from."""
    rng = np.random.default_rng(0)
    ramps: dict[str, Array] = {}
    ways: dict[str, Array] = {}
    for name, pairs in PUBLISHED.items():
        speed, acceleration = np.radians(pairs.speed), np.radians(pairs.acceleration)
        way = np.abs(rng.uniform(-1.5, 1.5, (moves, len(speed)))) * rng.uniform(0.1, 1.0, (moves, 1))
        slow, weak = (way / speed).max(1), (way / acceleration).max(1)
        time_ = np.where(slow**2 <= weak, 2 * np.sqrt(weak), slow + weak / slow)
        ways[name], ramps[name] = slow, np.where(time_ < 2 * slow, time_ - slow, time_**2 / (4 * slow))
    held, wide = held_out(ramps, ways)
    print("\n| 80 % intervals on what was held out | rows | held | width over nominal |")
    print("|---|---|---|---|")
    print(f"| general ramps, one robot from the other {len(ramps) - 1} | {len(ramps)} | {held:.0%} | {wide:.0%} |")
    told = held_rows(f"general ramps, one robot from the other {len(ramps) - 1}", held, wide)
    rows = standard_cycles()
    if not rows:
        print("| published standard cycles: their table is not on this machine | | | |")
        return told
    models = [lambda ramp, v=v, w=w: gate_time(0.3, 0.025, v, w, ramp) for v, w, _ in rows]
    inside, widths = [], []
    for k, (model, (_, _, seconds)) in enumerate(zip(models, rows, strict=True)):
        others = [i for i in range(len(rows)) if i != k]
        low, middle, high = calibrate([models[i] for i in others], [rows[i][2] for i in others], "the others").ramps
        inside.append(model(low) <= seconds <= model(high))
        widths.append((model(high) - model(low)) / model(middle))
    held, wide = float(np.mean(inside)), float(np.mean(widths))
    print(f"| 25/300/25 mm cycles of one maker | {len(rows)} | {held:.0%} | {wide:.0%} |")
    return [*told, *held_rows(f"25/300/25 mm cycles of one maker, each from the other {len(rows) - 1}", held, wide)]


def held_rows(what: str, held: float, wide: float) -> list[Row]:
    """Return how often the 80 % intervals held what was held out, and how wide they are."""
    group = "80 % intervals of cycle times on rows that were held out"
    return [
        row(group, f"{what}: held", 100.0 * held, "%", goal="about 80"),
        row(group, f"{what}: width over nominal", 100.0 * wide, "%"),
    ]


def standard_cycles() -> list[tuple[float, float, float]]:
    """Return speed across and of the lift [m/s] and seconds of every published 25/300/25 mm cycle."""
    folder = Path(os.environ.get("CELLWRIGHT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    table = folder / "specs" / "robot_specs.csv"
    if not table.is_file():
        return []
    found = []
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            speeds = [re.search(pattern, row["extra"]) for pattern in (r"J1\+J2 (\d+) mm/s", r"J3 (\d+) mm/s")]
            if row["std_cycle_s"] and all(speeds):
                across, lift = (float(speed.group(1)) / 1000.0 for speed in speeds if speed)
                found.append((across, lift, float(row["std_cycle_s"])))
    return found


def installed(name: str) -> bool:
    found = importlib.util.find_spec(name) is not None
    if not found and name not in _TOLD:
        _TOLD.add(name)
        print(f"({name} is not installed: left out)")
    return found


_TOLD: set[str] = set()


TABLES: dict[str, Callable[[], list[Row]]] = {
    "acceleration": accelerations_table,
    "jerk": jerk_table,
    "moves": point_to_point_table,
    "growth": growth_table,
    "calibration": calibration_table,
}

if __name__ == "__main__":
    tell([one for name in sys.argv[1:] or TABLES for one in TABLES[name]()])
