"""Controllers' conventions against poses with joints that somebody else published."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cellwright.geometry import frozen, inv, pose, rotation_angle, turn_x, turn_y, turn_z
from cellwright.kinematics.chain import base_T_flange
from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.urdf import read_urdf

# one RSI frame of a real KUKA controller: AIPos [deg], RIst X Y Z [mm] A B C [deg]
RSI_AXES = (74.8478, -128.7977, 75.8236, 102.2260, 0.0987, -56.5347)
RSI_POSE = (93.9531, -347.9674, 1844.9703, -126.9460, 24.9226, -28.2871)

# IRB 4600-20/2.50: joints [deg], X Y Z [mm], RX RY RZ [deg] with Rz Ry Rx
ABB_POSES = [
    ((0, 0, 0, 0, 0, 0), (1490.50, 0.0, 1765.00, 0.00, 90.00, 0.00)),
    ((45, 45, 45, 45, 45, 45), (734.88, 794.99, -21.32, -144.74, -30.00, 125.26)),
    ((-45, -45, -45, -45, -45, -45), (-547.50, 607.60, 2559.89, 35.26, -30.00, -144.74)),
]


def kuka_frame(x, y, z, a, b, c) -> np.ndarray:
    return pose(np.array([x, y, z]) / 1e3, turn_z(np.radians(a)) @ turn_y(np.radians(b)) @ turn_x(np.radians(c)))


def root_T_mount(robot, controller_q) -> np.ndarray:
    """Where the controller says its face is, from what it says its joints are."""
    map_ = robot.controller
    q = np.linalg.solve(map_.axis_map, controller_q - map_.axis_zero)
    return inv(map_.base_T_root) @ base_T_flange(robot.chain, q) @ map_.flange_T_mount


def off(a_T_b, a_T_c) -> tuple[float, float]:
    """Distance [m] and angle [deg]."""
    turn = float(np.degrees(rotation_angle(a_T_b[:3, :3].T @ a_T_c[:3, :3])))
    return float(np.linalg.norm(a_T_b[:3, 3] - a_T_c[:3, 3])), turn


def test_a_real_kuka_controller_agrees_with_the_description_of_its_arm(real_data):
    chain = read_urdf(real_data / "kinematics" / "kuka_kr16_2.urdf", meshes=False).chain
    distance, angle = off(base_T_flange(chain, np.radians(RSI_AXES)), kuka_frame(*RSI_POSE))

    assert distance < 2e-6
    assert angle < 1e-3


OPW = [entry for entry in catalogue() if entry.family == "opw"]


@pytest.mark.parametrize("key", [entry.key for entry in catalogue() if entry.vectors and entry.brand == "KUKA"])
def test_every_kuka_turns_its_face_as_that_controller_says(key):
    robot = load_robot(key)

    assert robot.controller.vectors == 1
    assert off(root_T_mount(robot, np.radians(RSI_AXES)), kuka_frame(*RSI_POSE))[1] < 1e-3
    for axis in range(6):
        wrong = np.radians(RSI_AXES) * np.where(np.arange(6) == axis, -1, 1)
        assert off(root_T_mount(robot, wrong), kuka_frame(*RSI_POSE))[1] > 0.1, f"A{axis + 1}"


def irb4600(key):
    """The robot with the lengths of an IRB 4600-20/2.50: its zero position is ABB's, so only lengths differ."""
    robot = load_robot(key)
    origins = np.array(robot.chain.parent_T_joint)
    origins[:, :3, 3] = [[0, 0, 0], [0.175, 0, 0.495], [0, 0, 1.095], [0, 0, 0.175], [1.2305, 0, 0], [0.085, 0, 0]]
    flange = np.array(robot.chain.last_T_flange)
    flange[:3, 3] = 0
    chain = dataclasses.replace(robot.chain, parent_T_joint=frozen(origins), last_T_flange=frozen(flange))
    return dataclasses.replace(robot, chain=chain)


@pytest.mark.parametrize("key", [entry.key for entry in catalogue() if entry.vectors and entry.brand == "ABB"])
def test_abb_axes_agree_with_published_poses(key):
    robot = irb4600(key)

    assert robot.controller.vectors == len(ABB_POSES)
    for joints, published in ABB_POSES:
        x, y, z, rx, ry, rz = published
        distance, angle = off(root_T_mount(robot, np.radians(joints)), kuka_frame(x, y, z, rz, ry, rx))
        assert distance < 1e-5
        assert angle < 0.01
    joints, published = ABB_POSES[1]
    x, y, z, rx, ry, rz = published
    for axis in range(6):
        wrong = np.radians(joints) * np.where(np.arange(6) == axis, -1, 1)
        assert off(root_T_mount(robot, wrong), kuka_frame(x, y, z, rz, ry, rx))[1] > 10, axis


@pytest.mark.parametrize(
    "key", [entry.key for entry in catalogue() if entry.family == "opw" and entry.brand == "FANUC"]
)
def test_fanuc_joint_3_counts_from_the_horizontal(key):
    # the home target of one station, written for a FANUC (joints) and for a KUKA (the pose behind its joints)
    joints = np.radians([0.0, -24.355, -20.397, -180.0, -20.397, -180.0])
    face = root_T_mount(load_robot(key), joints)
    forward = face[:3, 2]

    assert forward == pytest.approx([1, 0, 0], abs=1e-5)  # the forearm's slope is J3 alone, and J5 takes it back


# Waypoint_3 of a program that an ARCS controller saved: joints [rad], x y z [m], turns about the fixed x, y, z [rad]
ARCS_JOINTS = (0.0, -0.2617973466375418, 1.745327891219924, 0.4363302752052282, 1.570796326794897, 0.0)
ARCS_POSE = (0.5488697627203878, -0.1215, 0.2631947853627901, 3.141591289447134, 0.0, 1.570796326794896)


def test_an_aubo_controller_agrees_with_the_description_of_its_arm():
    robot = load_robot("aubo/i5")
    x, y, z, rx, ry, rz = ARCS_POSE
    told = pose((x, y, z), turn_z(rz) @ turn_y(ry) @ turn_x(rx))
    distance, angle = off(root_T_mount(robot, np.array(ARCS_JOINTS)), told)

    assert distance < 4e-6
    assert angle < 1e-3
    for axis in (1, 2, 3, 4):
        wrong = np.array(ARCS_JOINTS) * np.where(np.arange(6) == axis, -1, 1)
        assert off(root_T_mount(robot, wrong), told)[0] > 0.01, axis


@pytest.mark.parametrize(
    "key", [entry.key for entry in catalogue() if entry.brand == "Universal Robots" and not entry.why]
)
def test_a_ur_arm_at_zero_reaches_along_minus_x_of_its_own_base(key):
    # as the maker's own Denavit-Hartenberg table has it: a2 and a3 are negative
    robot = load_robot(key)

    assert root_T_mount(robot, np.zeros(6))[0, 3] < -0.5


def test_what_nobody_showed_is_not_claimed():
    shown = {entry.brand for entry in catalogue() if entry.vectors}

    assert shown == {"KUKA", "ABB", "AUBO"}
    for entry in [e for e in catalogue() if not e.why]:
        claimed = "Convention unverified" in load_robot(entry.key).controller.source
        assert claimed == (entry.vectors == 0), entry.key


@pytest.mark.parametrize("entry", [entry for entry in OPW if entry.brand in ("FANUC", "Yaskawa")])
def test_the_root_is_at_the_height_of_axis_2(entry):
    robot = load_robot(entry.key)
    base_T_two = robot.chain.parent_T_joint[0] @ robot.chain.parent_T_joint[1]

    assert robot.controller.base_T_root[2, 3] == pytest.approx(base_T_two[2, 3])
