"""The controller model: times of joint moves and ranges of accelerations."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.controllers import (
    CONTROLLERS,
    accelerations,
    begins,
    controller_of,
    joint_time,
    rounding,
    why_the_range,
)
from cellwright.geometry import frozen
from cellwright.robots.catalogue import load_robot
from small_cell import KEY

ROBOT = load_robot(KEY)
SWIFT = replace(ROBOT, acceleration=frozen(np.full(6, 10.0)))


@pytest.mark.parametrize("robot", [ROBOT, SWIFT])
def test_the_shortest_time_has_the_largest_accelerations(robot):
    low, nominal, high = accelerations(robot)

    assert (low > nominal).all()
    assert (nominal > high).all()
    assert (high > 0).all()


def test_published_accelerations_are_never_exceeded():
    assert (accelerations(SWIFT)[0] <= SWIFT.acceleration).all()


def test_a_ramp_to_full_speed_takes_as_long_as_the_reason_says():
    for acceleration, ramp in zip(accelerations(ROBOT), controller_of(ROBOT).ramps, strict=True):
        assert np.allclose(ROBOT.speed / acceleration, ramp)
        assert f"{ramp:.2f}" in why_the_range(ROBOT)
    assert "maker's" in why_the_range(SWIFT)


def test_joint_time_is_the_trapezoid_by_integration():
    speed, acceleration = ROBOT.speed[1], accelerations(ROBOT)[1][1]
    for way in (0.01, 0.3, 0.899, 1.5, 3.0):
        end = np.zeros(6)
        end[1] = way
        # half of the way by small steps: gain speed until it is full
        h, x, v, t = 1e-5, 0.0, 0.0, 0.0
        while x < way / 2:
            v = min(speed, v + acceleration * h)
            x, t = x + v * h, t + h

        assert joint_time(ROBOT, np.zeros(6), end) == pytest.approx(2 * t, abs=1e-4)


def test_joint_time_is_a_distance():
    rng = np.random.default_rng(0)
    a, b, c = rng.uniform(-2, 2, (3, 200, 6))

    assert (joint_time(ROBOT, a, a) == 0).all()
    assert np.array_equal(joint_time(ROBOT, a, b), joint_time(ROBOT, b, a))
    assert (joint_time(ROBOT, a, c) <= joint_time(ROBOT, a, b) + joint_time(ROBOT, b, c) + 1e-12).all()


def test_the_slowest_joint_decides():
    rng = np.random.default_rng(1)
    start, end = rng.uniform(-2, 2, (2, 6))
    alone = [joint_time(ROBOT, start, np.where(np.arange(6) == j, end, start)) for j in range(6)]

    assert joint_time(ROBOT, start, end) == max(alone)


def test_unknown_speeds_still_compare():
    unknown = replace(ROBOT, speed=frozen(np.full(6, np.nan)))

    assert np.isfinite(joint_time(unknown, np.zeros(6), np.ones(6)))
    assert joint_time(unknown, np.zeros(6), np.ones(6)) < joint_time(unknown, np.zeros(6), 2 * np.ones(6))


def test_every_robot_has_a_controller_model():
    assert controller_of(replace(ROBOT, controller=None)).ramps == CONTROLLERS["kuka"].ramps


def test_no_zone_takes_more_than_half_of_the_shorter_way_nor_more_than_asked():
    for controller in CONTROLLERS.values():
        for kind in ("joint", "line", "arc"):
            zone = controller.zone(kind)
            for asked, before, after in ((0.01, 1.0, 1.0), (0.3, 0.1, 1.0), (0.3, 1.0, 0.1), (0.0, 1.0, 1.0)):
                found = rounding(zone, asked, before, after)

                assert 0.0 <= found <= min(asked, 0.5 * before, 0.5 * after) * (1 + 1e-12)


def test_a_share_of_half_the_way_is_said_in_whole_percents():
    share = CONTROLLERS["kuka"].zone("joint")

    assert share.word == "C_PTP"
    assert rounding(share, 0.010, 0.8, 1.0) == pytest.approx(0.02 * 0.4)
    assert rounding(share, 0.003, 0.8, 1.0) == 0.0
    assert begins(share, 0.02, 0.8) == pytest.approx(0.008)
    assert CONTROLLERS["kuka"].zone("line").word == "C_DIS"


@pytest.mark.parametrize("brand", sorted(CONTROLLERS))
def test_what_a_program_says_begins_where_the_timing_rounds(brand):
    zone = CONTROLLERS[brand].zone("joint")
    if zone.unit not in ("length", "share of half the way"):
        assert begins(zone, 0.5, 1.0) is None
        return
    timed = rounding(zone, 0.0123, 0.4, 2.0)
    number = timed if zone.unit == "length" else timed / 0.2

    assert begins(zone, number, 0.4) == pytest.approx(timed)
    assert 0.0123 - 0.01 * 0.2 < timed <= 0.0123
