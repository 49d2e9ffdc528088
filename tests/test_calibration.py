"""Ramps from cycles: made-up robots are found again, published standard cycles are told before they are seen."""

import csv
import re

import numpy as np
import pytest

from cellwright.controllers import (
    PUBLISHED,
    RAMPS,
    calibrate,
    gate_time,
    pooled,
    ramp_of,
    ramp_time,
    stops_time,
)
from cellwright.errors import CellwrightError

SPEED = np.array([2.6, 2.7, 3.0, 5.6, 6.0, 7.0])


def test_a_made_up_robots_ramp_is_found_again():
    rng = np.random.default_rng(0)
    cycles = [rng.uniform(-1.5, 1.5, (4, 6)) for _ in range(5)]
    models = [lambda ramp, stops=stops: stops_time(stops, SPEED, ramp) for stops in cycles]
    found = calibrate(models, [model(0.37) for model in models], "made up")

    assert found.ramps == pytest.approx((0.37, 0.37, 0.37), rel=1e-9)
    assert found.cycles == 5


def test_the_interval_holds_four_of_five_next_ramps():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(2000):
        ramps = np.exp(rng.normal(-1.0, 0.3, 6))
        low, _, high = pooled(ramps[:5], "").ramps
        held += low <= ramps[5] <= high

    assert held / 2000 == pytest.approx(0.8, abs=0.03)


def test_more_cycles_narrow_the_range():
    rng = np.random.default_rng(2)
    few, many = (
        np.mean([np.ptp(np.log(pooled(np.exp(rng.normal(-1.0, 0.3, n)), "").ramps)) for _ in range(100)])
        for n in (3, 40)
    )

    assert many < 0.75 * few


def test_a_cycle_that_no_ramp_explains_is_refused():
    with pytest.raises(CellwrightError, match="fits no ramp"):
        ramp_of(lambda ramp: ramp_time(2.0, ramp), 1.5)
    with pytest.raises(CellwrightError, match="no cycle"):
        calibrate([], [], "")


def test_the_goal_post_by_hand():
    # 0.3 m at 6 m/s never reaches full speed with 0.2 s ramps: 2 sqrt(0.05 * 0.2); 25 mm at 1 m/s: 2 sqrt(0.025 * 0.2)
    assert gate_time(0.3, 0.025, 6.0, 1.0, 0.2) == pytest.approx(2 * (0.2 + 4 * np.sqrt(0.005)))


def test_published_standard_cycles_are_told_from_the_others(real_data):
    """Leave one out over the maker's table: what is reported is how often the interval holds, and how wide it is."""
    with (real_data / "specs" / "robot_specs.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["std_cycle_s"]]
    assert len(rows) >= 10
    models, seconds = [], []
    for row in rows:
        across, lift = (
            float(re.search(pattern, row["extra"]).group(1)) / 1000
            for pattern in (r"J1\+J2 (\d+) mm/s", r"J3 (\d+) mm/s")
        )
        models.append(lambda ramp, v=across, w=lift: gate_time(0.3, 0.025, v, w, ramp))
        seconds.append(float(row["std_cycle_s"]))
    held, wide = [], []
    for k, (model, time) in enumerate(zip(models, seconds, strict=True)):
        others = [i for i in range(len(rows)) if i != k]
        low, nominal, high = calibrate([models[i] for i in others], [seconds[i] for i in others], "the others").ramps
        held.append(model(low) <= time <= model(high))
        wide.append((model(high) - model(low)) / model(nominal))

    assert 0.7 <= np.mean(held) <= 1.0
    assert np.mean(wide) < 0.7


def test_the_general_ramps_hold_the_moves_of_robots_that_publish_them():
    rng = np.random.default_rng(0)
    held, wide = [], []
    for pairs in PUBLISHED.values():
        speed, acceleration = np.radians(pairs.speed), np.radians(pairs.acceleration)
        for _ in range(400):
            way = np.abs(rng.uniform(-1.5, 1.5, len(speed))) * rng.uniform(0.1, 1.0)
            slow, weak = (way / speed).max(), (way / acceleration).max()
            time = 2 * np.sqrt(weak) if slow**2 <= weak else slow + weak / slow
            low, nominal, high = (ramp_time(slow, ramp) for ramp in RAMPS)
            held.append(low <= time <= high)
            wide.append((high - low) / nominal)

    assert 0.75 <= np.mean(held) <= 0.95
    assert np.mean(wide) < 0.6
