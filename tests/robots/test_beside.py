"""A robot on a track is one group: its kinematics are those of the arm, wherever the track stands."""

import numpy as np
import pytest

from cellwright.geometry import frozen, inv, pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.robots.beside import Track, arm_of, beside_chain, on_track
from cellwright.robots.catalogue import load_robot

ARMS = ("kuka/KR8-R2100-2-arc-HW", "rokae/xMate-CR12", "ufactory/xArm7")


def track(along: tuple[float, float, float] = (0.0, 1.0, 0.0)) -> Track:
    return Track(
        name="track", along=frozen(along), lower=-1.0, upper=3.0, rest=0.5, speed=1.5, acceleration=float("nan")
    )


@pytest.mark.parametrize("key", ARMS)
def test_the_track_carries_the_arm(key):
    robot = load_robot(key)
    group = on_track(robot, track((0.6, 0.8, 0.0)))
    rng = np.random.default_rng(0)
    e, q = rng.uniform(-1.0, 3.0, (50, 1)), rng.uniform(-1.0, 1.0, (50, robot.dof))
    shifted = pose(e * np.array([0.6, 0.8, 0.0])) @ base_T_flange(robot.chain, q)

    assert np.abs(base_T_flange(group.chain, np.concatenate([e, q], 1)) - shifted).max() < 1e-12
    assert (
        np.abs(base_T_flange(beside_chain(group.chain, 1), e) @ base_T_flange(robot.chain, q) - shifted).max() < 1e-12
    )


@pytest.mark.parametrize("key", ARMS)
def test_the_arm_of_a_group_is_the_arm_that_was_put_on_the_track(key):
    robot = load_robot(key)
    group = on_track(robot, track())
    arm = arm_of(group)

    assert arm_of(robot) is robot
    assert (group.dof, group.beside, group.home[0]) == (robot.dof + 1, 1, 0.5)
    assert (arm.family, arm.beside, arm.chain.joints, arm.chain.links) == (
        robot.family, 0, robot.chain.joints, robot.chain.links,
    )  # fmt: skip
    for name in ("lower", "upper", "speed", "acceleration", "home"):
        assert np.array_equal(getattr(arm, name), getattr(robot, name), equal_nan=True)
    assert len(group.geometry) == len(group.inertia) == len(group.chain.links)
    if robot.controller is not None:
        assert group.controller.axis_map.shape == (group.dof, group.dof)
        assert np.array_equal(arm.controller.axis_map, robot.controller.axis_map)


def test_an_arm_is_solved_where_its_track_stands():
    """What the group's joints reach, the arm alone reaches from where the track has carried it."""
    from cellwright.kinematics.inverse import solve

    group = on_track(load_robot(ARMS[0]), track())
    q = np.array([[1.2, 0.1, -1.2, 1.0, 0.3, 0.7, 0.2]])
    base_T_arm = base_T_flange(beside_chain(group.chain, 1), q[:, :1])
    found = np.asarray(solve(arm_of(group).chain, inv(base_T_arm) @ base_T_flange(group.chain, q)).q)[0]

    assert np.nanmin(np.abs(found - q[:, 1:]).max(1)) < 1e-9
