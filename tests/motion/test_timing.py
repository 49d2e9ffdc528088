"""The clock: limits kept, the asked tool speed held, and a trapezoid by hand."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellwright.controllers import accelerations, controller_of
from cellwright.errors import CellwrightError
from cellwright.geometry import Array, frozen, inv
from cellwright.kinematics.chain import base_T_flange
from cellwright.motion.timing import time_path
from cellwright.motion.ways import JOINT_STEP, TOOL_STEP, tcp_of, ways
from cellwright.paths.model import Move, Path
from small_cell import APPROACH, WELD, motion, path, small_cell

CELL = small_cell()
ROBOT = CELL.robot


def joint_move(q: Array, *, speed: float = 1.0, zone: float = 0.0) -> Move:
    frame_T_tcp = inv(CELL.frames["part"]) @ CELL.world_T_base @ base_T_flange(ROBOT.chain, q) @ CELL.tool.flange_T_tcp
    return Move(
        kind="joint", q=frozen(q), frame="part", frame_T_tcp=frozen(frame_T_tcp), speed=speed, zone=zone, role="transit"
    )


def trapezoid(way: float, speed: float, acceleration: float) -> float:
    if way < speed**2 / acceleration:
        return 2.0 * np.sqrt(way / acceleration)
    return way / speed + speed / acceleration


def test_joints_never_run_faster_than_they_may():
    found = motion()

    assert (np.abs(found.qd) <= ROBOT.speed * (1 + 1e-6)).all()
    between = np.abs(np.diff(found.q, axis=0)) / np.maximum(np.diff(found.t), 1e-12)[:, None]
    assert (between <= ROBOT.speed * (1 + 1e-6)).all()


def test_joints_accelerate_hardly_more_than_they_may():
    _, nominal, _ = accelerations(ROBOT)

    assert (np.abs(motion().qdd) / nominal).max() <= 1.03


def test_rows_are_dense_and_time_rises():
    found = motion()

    assert (np.diff(found.t) > 0).all()
    assert np.abs(np.diff(found.q, axis=0)).max() <= JOINT_STEP * 1.001
    tcp = tcp_of(CELL, found.q)[:, :3, 3]
    assert np.linalg.norm(np.diff(tcp, axis=0), axis=1).max() <= TOOL_STEP * 1.05
    assert found.t[0] == 0.0
    assert (found.qd[[0, -1]] == 0).all()


def test_the_tool_holds_its_speed_on_a_seam():
    found = motion()
    for operation, t0, t1 in found.strokes:
        rows = (found.t >= t0 - 1e-9) & (found.t <= t1 + 1e-9)
        tcp = tcp_of(CELL, found.q[rows])[:, :3, 3]
        way = np.linalg.norm(np.diff(tcp, axis=0), axis=1)
        speed = way / np.diff(found.t[rows])
        along = np.cumsum(way)
        steady = (along > 0.003) & (along < along[-1] - 0.003)

        assert operation in (0, 1)
        assert steady.sum() > 100
        assert np.abs(speed[steady] / WELD - 1.0).max() < 1e-3
        assert speed.max() < WELD * 1.001


def test_the_tool_is_hardly_faster_than_asked_on_a_line():
    found = motion()
    tcp = tcp_of(CELL, found.q)[:, :3, 3]
    speed = np.linalg.norm(np.diff(tcp, axis=0), axis=1) / np.diff(found.t)
    lines = np.array([path().moves[k].role in ("approach", "retract") for k in found.move[1:]])

    # in the rounded corner to a joint move the rows are not on the line: there it may be a percent more
    assert speed[lines].max() <= APPROACH * 1.01
    assert np.median(speed[lines]) == pytest.approx(APPROACH, rel=1e-3)


def test_the_tool_stays_on_the_seam():
    found = motion()
    for operation, t0, t1 in found.strokes:
        rows = (found.t >= t0 - 1e-9) & (found.t <= t1 + 1e-9)
        local = inv(CELL.frames["part"]) @ tcp_of(CELL, found.q[rows])
        y = 0.005 if operation == 0 else -0.005

        assert np.abs(local[:, 1, 3] - y).max() < 1e-6
        assert np.abs(local[:, 2, 3] - 0.01).max() < 1e-6


def test_the_duration_is_a_range_round_the_nominal_time():
    duration = motion().duration

    assert duration.low < duration.nominal < duration.high
    assert duration.nominal == pytest.approx(motion().t[-1])
    assert duration.reason


@pytest.mark.parametrize("joint", range(6))
@pytest.mark.parametrize("way", [0.05, 0.8])
def test_one_joint_moves_by_the_trapezoid(joint, way):
    end = CELL.home.copy()
    end[joint] += way * (-1 if joint == 1 else 1)
    found = time_path(CELL, Path(start=frozen(CELL.home), moves=(joint_move(end),)))
    ramps = controller_of(ROBOT).ramps
    expected = [trapezoid(way, ROBOT.speed[joint], ROBOT.speed[joint] / ramp) for ramp in ramps]

    assert [found.duration.low, found.duration.nominal, found.duration.high] == pytest.approx(expected, rel=0.01)


def test_the_slowest_joint_of_many_decides():
    end = CELL.home + np.array([0.5, -0.2, 0.1, 0.4, -0.3, 0.9])
    found = time_path(CELL, Path(start=frozen(CELL.home), moves=(joint_move(end),)))
    alone = [
        trapezoid(way, v, a)
        for way, v, a in zip(np.abs(end - CELL.home), ROBOT.speed, accelerations(ROBOT)[1], strict=True)
    ]

    assert max(alone) * 0.99 <= found.duration.nominal <= max(alone) * 1.35


def test_half_the_speed_makes_a_long_move_nearly_twice_as_long():
    end = CELL.home + np.array([2.0, 0, 0, 0, 0, 0])
    full, half = (
        time_path(CELL, Path(start=frozen(CELL.home), moves=(joint_move(end, speed=share),))) for share in (1.0, 0.5)
    )
    speed, acceleration = ROBOT.speed[0], accelerations(ROBOT)[1][0]

    assert full.duration.nominal == pytest.approx(trapezoid(2.0, speed, acceleration), rel=0.01)
    assert half.duration.nominal == pytest.approx(trapezoid(2.0, speed / 2, acceleration), rel=0.01)
    assert np.abs(half.qd[:, 0]).max() <= speed / 2 * (1 + 1e-6)


def test_a_way_there_and_back_takes_the_same_time():
    end = CELL.home + np.array([0.5, -0.2, 0.1, 0.4, -0.3, 0.9])
    there = time_path(CELL, Path(start=frozen(CELL.home), moves=(joint_move(end),)))
    back = time_path(CELL, Path(start=frozen(end), moves=(joint_move(CELL.home),)))

    assert there.duration.nominal == pytest.approx(back.duration.nominal, rel=1e-3)


def test_a_rounded_corner_is_faster_and_stays_in_its_zone():
    middle, end = CELL.home + np.array([0.5, 0, 0, 0, 0, 0]), CELL.home + np.array([0.5, -0.3, 0, 0, 0, 0])
    sharp, soft = (
        Path(start=frozen(CELL.home), moves=(joint_move(middle, zone=zone), joint_move(end))) for zone in (0.0, 0.02)
    )
    corner = tcp_of(CELL, middle[None])[0, :3, 3]
    (rounded,) = ways(CELL, soft)
    straight = np.concatenate([way.tcp for way in ways(CELL, sharp)])
    off = np.linalg.norm(rounded.tcp[:, None] - straight, axis=2).min(1)

    assert time_path(CELL, soft).duration.nominal < time_path(CELL, sharp).duration.nominal
    assert len(ways(CELL, sharp)) == 2
    assert 1e-4 < np.linalg.norm(rounded.tcp - corner, axis=1).min() < 0.02
    assert (np.linalg.norm(rounded.tcp - corner, axis=1)[off > 2 * TOOL_STEP] < 0.02 + TOOL_STEP).all()


def test_ways_begin_and_end_where_the_moves_do():
    pieces = ways(CELL, path())

    assert np.array_equal(pieces[0].q[0], path().start)
    assert np.abs(pieces[-1].q[-1] - path().moves[-1].q).max() < 1e-9
    for a, b in pairwise(pieces):
        assert np.abs(a.q[-1] - b.q[0]).max() < 1e-9


def test_jerk_is_limited_where_it_is_given_and_else_told():
    _, nominal, _ = accelerations(ROBOT)
    jerk = nominal / 0.08
    found = time_path(CELL, path(), jerk=jerk)
    between = np.abs(np.diff(found.qdd, axis=0)) / np.diff(found.t)[:, None]

    assert (between / jerk).max() <= 1.001
    assert (np.abs(found.qdd) / nominal).max() <= 1.001
    assert (np.abs(found.qd) / ROBOT.speed).max() <= 1.001
    assert found.duration.nominal > motion().duration.nominal + 0.08
    assert "jerk" not in found.duration.reason
    assert "jerk is not limited" in motion().duration.reason
    for _, t0, t1 in found.strokes:
        rows = (found.t >= t0 - 1e-9) & (found.t <= t1 + 1e-9)
        way = np.linalg.norm(np.diff(tcp_of(CELL, found.q[rows])[:, :3, 3], axis=0), axis=1)
        along = np.cumsum(way)
        steady = (along > 0.003) & (along < along[-1] - 0.003)
        assert np.abs(way / np.diff(found.t[rows]) / WELD - 1.0)[steady].max() < 0.005


def test_unknown_speeds_give_no_time():
    unknown = replace(CELL, robot=replace(ROBOT, speed=frozen(np.where(np.arange(6) == 2, np.nan, ROBOT.speed))))
    with pytest.raises(CellwrightError, match=f"largest speed of {ROBOT.chain.joints[2]} ") as refused:
        time_path(unknown, path())
    assert "source" in refused.value.fix


def test_the_same_path_gives_the_same_bytes():
    assert time_path(CELL, path()).t.tobytes() == motion().t.tobytes()
