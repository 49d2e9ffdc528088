"""Every robot of the catalogue is complete, sourced, and what its source says."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest

from cellwright.errors import InputError
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.family import axis_lines, common_point
from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.urdf import read_urdf

KEYS = [entry.key for entry in catalogue()]

DESCRIPTIONS = {
    "abb/IRB1200-5-0.9": "kinematics/abb_irb1200_5_90",
    "abb/IRB1600-6-1.2": "kinematics/abb_irb1600_6_12",
    "abb/IRB2600-12-1.65": "kinematics/abb_irb2600_12_165",
    "estun/iER12-1510": "robots/estun_iER12-1510/estun_iER12-1510",
    "estun/iER20-1760": "robots/estun_iER20-1760/estun_iER20-1760",
    "fanuc/M-10iA": "kinematics/fanuc_m10ia",
    "fanuc/M-20iA": "kinematics/fanuc_m20ia",
    "kawasaki/RS007L": "kinematics/kawasaki_rs007l",
    "kuka/KR10-R1100-2": "kinematics/kuka_kr10_r1100_2",
    "kuka/KR20-R1810-2": "kinematics/kuka_kr20_r1810_2",
    "kuka/KR8-R2100-2-arc-HW": "kinematics/kuka_kr8_r2100_2_arc_hw",
    "staubli/TX2-60L": "kinematics/staubli_tx2_60l",
    "yaskawa/AR2010": "kinematics/yaskawa_ar2010",
    "yaskawa/GP25": "kinematics/yaskawa_gp25",
}


def test_the_catalogue_has_enough_to_choose_from():
    assert len(KEYS) >= 12
    assert len({entry.brand for entry in catalogue()}) >= 6
    assert sum(entry.brand == "Estun" for entry in catalogue()) >= 2
    assert sorted(KEYS) == list(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_robot_is_complete_and_sourced(key):
    robot = load_robot(key)

    assert robot.family == "opw"
    assert robot.dof == 6
    assert (robot.lower < robot.upper).all()
    assert (robot.speed > 0).all()
    assert (np.minimum(robot.home - robot.lower, robot.upper - robot.home) > np.radians(20)).all()
    assert base_T_flange(robot.chain, robot.home)[2, 2] == pytest.approx(-1)  # the face looks down
    assert "github.com/" in robot.source
    assert {"payload", "reach", "weight", "repeatability", "kinematics", "speed", "acceleration"} <= set(robot.facts)
    for datum in robot.facts.values():
        assert datum.source
        assert (datum.value is None) == (datum.confidence is None)
    assert robot.controller.brand == key.partition("/")[0]
    assert robot.controller.source
    assert robot.controller.verified == (robot.controller.vectors > 0)
    assert abs(np.linalg.det(robot.controller.axis_map)) == pytest.approx(1)
    assert np.isnan(robot.acceleration).any() == ("acceleration-unknown" in {f.code for f in robot.findings})


@pytest.mark.parametrize("key", KEYS)
def test_every_link_has_a_body_and_neighbours_may_touch(key):
    robot = load_robot(key)

    assert [geometry.link for geometry in robot.geometry] == list(robot.chain.links)
    assert {(a, b) for a, b, _ in robot.allowed} >= set(pairwise(robot.chain.links))
    envelope = any(finding.code == "geometry-envelope" for finding in robot.findings)
    for geometry in robot.geometry:
        assert 1 <= len(geometry.capsules) <= 6
        assert geometry.basis == ("envelope" if envelope else "capsules")
        assert (geometry.overshoot is None) == envelope
        assert all(0.01 < capsule.radius < 0.6 for capsule in geometry.capsules)
        assert geometry.source


@pytest.mark.parametrize("key", [entry.key for entry in catalogue() if entry.reach])
def test_the_reach_of_the_designation_is_the_reach_of_the_kinematics(key):
    robot = load_robot(key)
    lines = axis_lines(robot.chain)
    wrist = common_point(lines, 3, 4, 5)[0]
    side = lines.along[1]
    across = np.eye(3) - np.outer(side, side)  # all of it lies in the arm's plane
    forearm = float(np.linalg.norm(across @ (wrist - lines.point[2])))

    # designations are rounded, or count from another point of the wrist
    assert lines.gap(0, 1) + lines.gap(1, 2) + forearm == pytest.approx(robot.facts["reach"].value, abs=0.03)


@pytest.mark.parametrize("key", KEYS)
def test_the_joint_table_is_the_description(real_data, key):
    robot = load_robot(key)
    described = read_urdf(real_data / f"{DESCRIPTIONS[key]}.urdf", meshes=False)
    random = np.random.default_rng(3)
    q = random.uniform(np.maximum(robot.lower, -3), np.minimum(robot.upper, 3), (50, 6))

    assert robot.chain.links == described.chain.links
    assert robot.chain.joints == described.chain.joints
    assert np.abs(base_T_flange(robot.chain, q) - base_T_flange(described.chain, q)).max() < 1e-9
    assert robot.speed == pytest.approx(described.speed)
    np.testing.assert_array_equal(np.isnan(robot.acceleration), np.isnan(described.acceleration))
    restricted = any(finding.code == "limit-restricted" for finding in robot.findings)
    assert (robot.lower >= described.lower).all()
    assert (robot.upper <= described.upper).all()
    assert restricted or (np.array_equal(robot.lower, described.lower) and np.array_equal(robot.upper, described.upper))


FITTED = [key for key in KEYS if load_robot(key).geometry[0].basis == "capsules"]


def samples_of(folder, key) -> dict[str, tuple[np.ndarray, float]]:
    """Link -> points on its surface (n, 3) and the radius within which they cover it [m]."""
    name = DESCRIPTIONS[key].rpartition("/")[2]
    with (folder / "links" / "links.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["robot"] == name]
    with np.load(folder / "links" / f"{name}.npz") as stored:
        return {row["link"]: (stored[row["link"]] / 1e4, float(row["covering_radius_mm"]) / 1e3) for row in rows}


@pytest.mark.parametrize("key", FITTED)
def test_capsules_hold_every_sample_with_its_covering_radius(real_data, key):
    samples = samples_of(real_data, key)
    for geometry in load_robot(key).geometry:
        points, radius = samples[geometry.link]
        inside = np.min([_distance(points, capsule) - capsule.radius for capsule in geometry.capsules], axis=0)
        assert inside.max() <= -radius + 1e-9, geometry.link


@pytest.mark.parametrize("key", FITTED)
def test_capsules_reach_no_farther_beyond_the_samples_than_stated(real_data, key):
    samples = samples_of(real_data, key)
    random = np.random.default_rng(5)
    for geometry in load_robot(key).geometry:
        points, _ = samples[geometry.link]
        surface = np.concatenate([_on(capsule, random.normal(size=(200, 3)), random) for capsule in geometry.capsules])
        free = np.min([_distance(surface, c) - c.radius for c in geometry.capsules], axis=0) > -1e-9
        nearest = np.linalg.norm(surface[free][:, None] - points[None], axis=-1).min(axis=1)
        assert nearest.max() <= geometry.overshoot + 0.003, geometry.link  # found on other points of the same surface


def _on(capsule, direction, random) -> np.ndarray:
    """Points of a capsule's surface: the farthest in a direction from a random point of its axis."""
    unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    start = capsule.start + random.uniform(size=(len(unit), 1)) * (capsule.end - capsule.start)
    length = np.full(len(unit), 4.0)
    low = np.zeros(len(unit))
    for _ in range(50):
        middle = (low + length) / 2
        inside = _distance(start + middle[:, None] * unit, capsule) <= capsule.radius
        low, length = np.where(inside, middle, low), np.where(inside, length, middle)
    return start + length[:, None] * unit


def _distance(points, capsule) -> np.ndarray:
    along = capsule.end - capsule.start
    length2 = float(along @ along)
    s = np.clip((points - capsule.start) @ along / length2, 0, 1) if length2 > 0 else np.zeros(len(points))
    return np.linalg.norm(points - capsule.start - s[:, None] * along, axis=1)


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(InputError, match="cellwright robots") as caught:
        load_robot("kuka/kr8-r2100-arc")

    assert "kuka/KR8-R2100-2-arc-HW" in caught.value.fix


def test_the_same_robot_twice_is_the_same():
    one, other = load_robot("abb/IRB2600-12-1.65"), load_robot("abb/IRB2600-12-1.65")

    np.testing.assert_array_equal(one.chain.parent_T_joint, other.chain.parent_T_joint)
    assert one.findings == other.findings
    assert not one.home.flags.writeable
