"""Postures to wait in: laws on every robot at hand, and no contact of the arm with itself as Coal sees its meshes."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cellwright.geometry import inv
from cellwright.kinematics.chain import base_T_flange, base_T_links
from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.home import MARGIN, STEP, postures
from cellwright.robots.model import Robot
from cellwright.robots.urdf import read_urdf

ARMS = {
    "abb_irb1200_5_90": "opw",
    "fanuc_m20ia": "opw",
    "kuka_kr10_r1100_2": "opw",
    "ur10e": "three_parallel",
    "dobot_cr10": "three_parallel",
    "rokae_xmate_cr12": "general_6r",
    "ufactory_xarm7": "seven_r",
    "denso_hsr065": "scara",
    "yaskawa_ar2010": "opw",
}


@pytest.fixture(params=ARMS)
def arm(request: pytest.FixtureRequest, real_data: Path) -> Robot:
    return read_urdf(real_data / "robots" / request.param / f"{request.param}.urdf", meshes=False)


def laws(robot: Robot) -> None:
    q = postures(robot.chain, robot.lower, robot.upper)
    inner = q[:, 1:-1][:, ~robot.chain.prismatic[1:-1]]

    assert len(q) >= 5
    room = np.where(robot.chain.prismatic, 0.0, MARGIN) - 1e-12
    assert (q >= robot.lower + room).all()
    assert (q <= robot.upper - room).all()
    assert np.abs(inner / STEP - np.round(inner / STEP)).max() < 1e-9
    assert len(np.unique(q, axis=0)) == len(q)
    np.testing.assert_array_equal(q, postures(robot.chain, robot.lower, robot.upper))


def test_postures_keep_the_laws(arm: Robot):
    laws(arm)
    np.testing.assert_array_equal(arm.home, postures(arm.chain, arm.lower, arm.upper)[0])


def test_the_first_posture_looks_ahead_and_down_with_its_elbow_up(arm: Robot):
    if arm.family == "scara":
        pytest.skip("a SCARA looks down whatever its joints")
    face, frames = base_T_flange(arm.chain, arm.home), base_T_links(arm.chain, arm.home)
    ahead = face[:2, 3] / np.linalg.norm(face[:2, 3])

    assert face[:2, 2] @ ahead > 0.5
    assert face[2, 2] < -0.5
    assert frames[(arm.dof - 1) // 2 + 1, 2, 3] > frames[1, 2, 3]


@pytest.mark.parametrize("key", [entry.key for entry in catalogue() if not entry.why])
def test_every_robot_of_the_catalogue_has_postures_too(key: str):
    laws(load_robot(key))


def test_narrow_limits_leave_one_posture_in_their_middle(real_data: Path):
    robot = read_urdf(real_data / "robots" / "ur10e" / "ur10e.urdf", meshes=False)
    lower, upper = np.full(6, 0.30), np.full(6, 0.40)

    np.testing.assert_allclose(postures(robot.chain, lower, upper), np.full((1, 6), 0.35))


@pytest.mark.parametrize("name", ["abb_irb1200_5_90", "fanuc_m20ia", "yaskawa_ar2010"])
def test_the_home_of_a_real_arm_touches_nothing_of_itself(name: str, real_data: Path):
    stranger = pytest.importorskip("stranger", reason="Coal and pinocchio judge, and are not installed")
    coal = pytest.importorskip("coal")
    file = real_data / "robots" / name / f"{name}.urdf"
    home, arm = read_urdf(file, meshes=False).home, stranger.read_arm(file)
    frames = {link: poses[0] for link, poses in arm.frames(home[None]).items()}
    order = [link for link, _, _ in arm.shapes]
    for (a, shape_a, a_T), (b, shape_b, b_T) in combinations(arm.shapes, 2):
        if abs(order.index(a) - order.index(b)) <= 1:
            continue
        a_T_b = inv(frames[a] @ a_T) @ frames[b] @ b_T
        result = coal.CollisionResult()
        there = coal.Transform3s(a_T_b[:3, :3], a_T_b[:3, 3])

        assert not coal.collide(shape_a, coal.Transform3s(), shape_b, there, coal.CollisionRequest(), result), (a, b)
