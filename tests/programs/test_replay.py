"""Replaying a program through the robot's own conventions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import Where
from cellwright.geometry import frozen, inv, pose, turn_x, turn_y, turn_z
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.programs.readers import READERS
from cellwright.programs.replay import axes_of, follow, implied_share, joints_of, posture
from cellwright.programs.statements import Frame, Move
from cellwright.robots.catalogue import load_robot

WHERE = Where(Path("a"), 1)
ROBOTS = {"abb": "abb/IRB2600-12-1.65", "estun": "estun/iER20-1760", "kuka": "kuka/KR20-R1810-2"}
TOOL = Frame(name="torch", outer_T_frame=frozen(pose((0.05, 0.0, 0.3), turn_y(0.5))))
HERE = Frame(name="root", outer_T_frame=frozen(np.eye(4)))


@pytest.mark.parametrize("key", [*ROBOTS.values(), "fanuc/M-20iA", "yaskawa/GP25", "staubli/TX2-60L"])
def test_axes_and_joints_are_each_others_inverse(key: str) -> None:
    robot = load_robot(key)
    if robot.controller is None:
        pytest.skip("no controller map")
    q = np.random.default_rng(3).uniform(-2, 2, (50, robot.dof))

    assert joints_of(robot.controller, axes_of(robot.controller, q)) == pytest.approx(q, abs=1e-12)


@pytest.mark.parametrize(("brand", "name"), [("kuka", "S"), ("abb", "cfx")])
def test_the_eight_branches_of_a_pose_have_eight_different_configurations(brand: str, name: str) -> None:
    robot = load_robot(ROBOTS[brand])
    misfits = READERS[brand].misfits
    assert misfits is not None
    q = solve(robot.chain, pose((0.55, 0.1, 0.9), turn_y(2.5) @ turn_x(0.3))[None]).q[0]
    q = q[np.isfinite(q).all(-1)]
    assert len(q) == 8

    fitting = [
        [bits for bits in range(8) if not misfits({name: bits}, axes_of(robot.controller, row), posture(robot, row))]
        for row in q
    ]

    assert all(len(bits) == 1 for bits in fitting)
    assert sorted(bits[0] for bits in fitting) == list(range(8))


def test_the_usual_stand_of_a_kuka_is_status_2_turn_2() -> None:
    robot = load_robot(ROBOTS["kuka"])
    axes = np.radians([10.0, -80.0, 100.0, 5.0, 40.0, 5.0])
    stand = posture(robot, joints_of(robot.controller, axes))
    misfits = READERS["kuka"].misfits

    assert misfits({"S": 2, "T": 2}, axes, stand) == ()
    assert len(misfits({"S": 3, "T": 3}, axes, stand)) == 2


def test_the_usual_stand_of_an_abb_is_configuration_0() -> None:
    robot = load_robot(ROBOTS["abb"])
    axes = np.radians([10.0, 20.0, 10.0, 5.0, 40.0, -5.0])
    stand = posture(robot, joints_of(robot.controller, axes))
    misfits = READERS["abb"].misfits

    assert misfits({"cf1": 0, "cf4": 0, "cf6": -1, "cfx": 0}, axes, stand) == ()
    assert len(misfits({"cf1": 1, "cf4": 0, "cf6": 0, "cfx": 4}, axes, stand)) == 3


def test_quarters_of_a_turn_count_from_zero_downwards_and_an_edge_fits_both() -> None:
    misfits = READERS["abb"].misfits

    for degrees, fits in ((-91, {-2}), (-90, {-2, -1}), (-1, {-1}), (0, {-1, 0}), (1, {0}), (269, {2}), (361, {4})):
        axes = np.radians([degrees, 0, 0, 10, 10, 10])
        assert {k for k in range(-5, 6) if not misfits({"cf1": k}, axes, None)} == fits


@pytest.mark.parametrize("brand", ROBOTS)
def test_a_line_is_followed_on_its_branch_from_every_branch(brand: str) -> None:
    robot = load_robot(ROBOTS[brand])
    root_T_start = pose((0.75, 0.15, 0.7), turn_y(2.6) @ turn_x(0.2))
    root_T_end = pose((0.6, 0.35, 0.8), turn_y(2.4) @ turn_z(0.7))
    flange_T_tcp = robot.controller.flange_T_mount @ TOOL.outer_T_frame
    starts, ends = (
        solve(robot.chain, (robot.controller.base_T_root @ root_T @ inv(flange_T_tcp))[None]).q[0]
        for root_T in (root_T_start, root_T_end)
    )
    starts = starts[np.isfinite(starts).all(-1)]
    move = Move(where=WHERE, kind="line", tool=TOOL, frame=HERE, frame_T_tcp=root_T_end)

    q = follow(robot, [move] * len(starts), starts)

    kept = np.isfinite(q).all(-1)
    assert kept.sum() >= 4
    for start, end in zip(starts[kept], q[kept], strict=True):
        apart = np.abs((end - ends + np.pi) % (2 * np.pi) - np.pi).max(-1)
        assert np.nanmin(apart) < 1e-6
        assert np.abs(end - start).max() < 2.0
    assert base_T_flange(robot.chain, q[kept]) @ flange_T_tcp == pytest.approx(
        np.broadcast_to(robot.controller.base_T_root @ root_T_end, (int(kept.sum()), 4, 4)), abs=1e-8
    )


def test_a_target_out_of_reach_is_lost_and_not_guessed() -> None:
    robot = load_robot(ROBOTS["kuka"])
    move = Move(where=WHERE, kind="line", tool=TOOL, frame=HERE, frame_T_tcp=pose((9.0, 0.0, 0.5)))

    assert np.isnan(follow(robot, [move], np.array(robot.home)[None])).all()


def test_points_on_a_line_make_no_arc_and_are_lost() -> None:
    robot = load_robot(ROBOTS["kuka"])
    q = np.array(robot.home)
    start = base_T_flange(robot.chain, q) @ TOOL.outer_T_frame
    via, end = (start @ pose((0.0, 0.0, s)) for s in (0.01, 0.02))
    move = Move(where=WHERE, kind="arc", tool=TOOL, frame=HERE, frame_T_tcp=end, frame_T_via=via)

    assert np.isnan(follow(robot, [move], q[None])).all()


def test_a_tcp_speed_stands_for_the_share_at_which_the_tool_has_that_mean_speed() -> None:
    robot = load_robot(ROBOTS["abb"])
    start = np.array(robot.home)
    end = start.copy()
    end[0] += 0.5
    radius = float(np.linalg.norm((base_T_flange(robot.chain, start) @ TOOL.outer_T_frame)[:2, 3]))
    wanted = 0.3
    speed = wanted * float(robot.speed[0]) * radius
    move = Move(where=WHERE, kind="joint", tool=TOOL, frame=HERE, speed=speed, turn_speed=100.0)

    assert implied_share(robot, start, end, TOOL.outer_T_frame, move) == pytest.approx(wanted, rel=1e-4)
    slow = Move(where=WHERE, kind="joint", tool=TOOL, frame=HERE, speed=speed, turn_speed=0.1)
    assert implied_share(robot, start, end, TOOL.outer_T_frame, slow) == pytest.approx(
        0.1 / float(robot.speed[0]), rel=1e-4
    )
    assert math.isnan(implied_share(robot, start, start, TOOL.outer_T_frame, move))
