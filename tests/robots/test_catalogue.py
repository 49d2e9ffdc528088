"""Every robot of the catalogue is complete, sourced, and what its source says."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import yaml

from cellwright.errors import InputError
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.family import axis_lines, common_point
from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.form import FACTS
from cellwright.robots.listing import PACKAGE, brands, chosen, entries
from cellwright.robots.urdf import read_urdf

ENTRIES = [entry for entry in catalogue() if not entry.why]
KEYS = [entry.key for entry in ENTRIES]
DESCRIBED = [entry.key for entry in ENTRIES if "github.com/" in entry.source]


def test_the_catalogue_has_enough_to_choose_from():
    assert len(KEYS) >= 150
    assert len({entry.brand for entry in ENTRIES}) >= 18
    chinese = {
        "Estun",
        "JAKA",
        "Dobot",
        "AUBO",
        "Elite Robots",
        "Rokae",
        "Fairino",
        "RealMan",
        "Han's Robot",
        "UFACTORY",
    }
    assert chinese <= {entry.brand for entry in ENTRIES}
    assert {"opw", "three_parallel", "general_6r", "scara", "seven_r", "five_axis"} <= {e.family for e in ENTRIES}
    keys = [entry.key for entry in catalogue()]
    assert sorted(set(keys)) == keys


def test_the_index_is_what_the_files_hold():
    names = sorted(file.name.removesuffix(".yaml") for file in PACKAGE.iterdir() if file.name.endswith(".yaml"))
    held = [asdict(entry) for name in names for _, brand in brands(name) for entry in entries(name, brand)]

    assert json.loads((PACKAGE / "index.json").read_text(encoding="utf-8")) == sorted(held, key=lambda row: row["key"])


@pytest.mark.parametrize("key", KEYS)
def test_every_robot_is_complete_and_sourced(key):
    robot = load_robot(key)
    entry = next(entry for entry in ENTRIES if entry.key == key)

    assert (robot.family, robot.dof) == (entry.family, entry.dof)
    assert (robot.lower < robot.upper).all()
    assert not (robot.speed <= 0).any()
    assert not (robot.speed > 60).any(), "a placeholder"
    assert np.isnan(robot.speed).any() == ("speed-unknown" in {f.code for f in robot.findings})
    assert np.isnan(robot.acceleration).any() == ("acceleration-unknown" in {f.code for f in robot.findings})
    room = np.minimum(robot.home - robot.lower, robot.upper - robot.home)
    assert (room >= np.minimum(np.radians(20), 0.15 * (robot.upper - robot.lower))).all()
    assert set(FACTS) <= set(robot.facts)
    for datum in robot.facts.values():
        assert datum.source
        assert (datum.value is None) == (datum.confidence is None)
    assert robot.controller.brand == key.partition("/")[0]
    assert robot.controller.source
    assert robot.controller.verified == (robot.controller.vectors > 0)
    assert abs(np.linalg.det(robot.controller.axis_map)) == pytest.approx(1)
    if robot.family == "opw":
        assert base_T_flange(robot.chain, robot.home)[2, 2] == pytest.approx(-1, abs=1e-3)  # the face looks down


def test_nobody_guesses_the_speeds_that_are_not_published():
    for key in KEYS:
        if key.startswith(("dobot/", "aubo/")):
            assert np.isnan(load_robot(key).speed).all(), key


@pytest.mark.parametrize("key", KEYS)
def test_every_link_has_a_body_and_neighbours_may_touch(key):
    robot = load_robot(key)

    assert [geometry.link for geometry in robot.geometry] == list(robot.chain.links)
    assert {(a, b) for a, b, _ in robot.allowed} >= set(pairwise(robot.chain.links))
    bases = {geometry.basis for geometry in robot.geometry}
    assert bases <= {"capsules", "envelope"}
    assert ("envelope" in bases) == any(finding.code == "geometry-envelope" for finding in robot.findings)
    for geometry in robot.geometry:
        assert 1 <= len(geometry.capsules) <= 12
        assert (geometry.overshoot is None) == (geometry.basis == "envelope")
        assert all(0.003 < capsule.radius < 0.9 for capsule in geometry.capsules)
        assert geometry.source


@pytest.mark.parametrize(
    "key", [e.key for e in ENTRIES if e.reach and e.family == "opw" and not e.key.startswith("hans")]
)
def test_the_reach_of_the_data_is_the_reach_of_the_kinematics(key):
    robot = load_robot(key)
    lines = axis_lines(robot.chain)
    wrist = common_point(lines, 3, 4, 5)[0]
    side = lines.along[1]
    across = np.eye(3) - np.outer(side, side)  # all of it lies in the arm's plane
    forearm = float(np.linalg.norm(across @ (wrist - lines.point[2])))
    face = float(np.linalg.norm(base_T_flange(robot.chain, np.zeros(6))[:3, 3] - wrist))
    told = any(finding.code == "reach-contradiction" for finding in robot.findings)

    # designations are rounded, or count from axis 2, or to the face
    own = lines.gap(1, 2) + forearm
    assert told or own - 0.05 < robot.facts["reach"].value < lines.gap(0, 1) + own + face + 0.05


@cache
def _rows(folder) -> dict[str, dict[str, str]]:
    """Source as the catalogue names it -> row of the table of descriptions."""
    with (folder / "robots_table.csv").open(encoding="utf-8") as file:
        found = {}
        for row in csv.DictReader(file):
            arguments = " ".join(f"{k}:={v}" for k, v in yaml.safe_load(row["args"] or "{}").items())
            found[f"{row['source']}@{row['commit'][:8]} {row['path']} {arguments}".strip()] = row
        return found


def _description(folder, robot):
    """The description that a robot was taken from."""
    row = _rows(folder)[robot.source]
    tail = row["robot"].lower().replace("-", "_")
    own = folder / "robots" / f"estun_{row['robot']}" / f"estun_{row['robot']}.urdf"
    if own.exists():
        return own
    brand = row["brand"].replace("'", "").split()[0].lower()
    return folder / "kinematics" / f"{brand}_{tail}.urdf"


@pytest.mark.parametrize("key", DESCRIBED)
def test_the_joint_table_is_the_description(real_data, key):
    robot = load_robot(key)
    described = read_urdf(_description(real_data, robot), meshes=False)
    random = np.random.default_rng(3)
    q = random.uniform(np.maximum(robot.lower, -3), np.minimum(robot.upper, 3), (50, robot.dof))
    told = {finding.code for finding in robot.findings}

    assert robot.chain.links == described.chain.links
    assert robot.chain.joints == described.chain.joints
    assert np.abs(base_T_flange(robot.chain, q) - base_T_flange(described.chain, q)).max() < 1e-9
    if "speed-contradiction" in told:
        assert (robot.speed <= described.speed + 1e-9).all()
    else:
        np.testing.assert_allclose(robot.speed, described.speed, rtol=1e-9)
    np.testing.assert_array_equal(np.isnan(robot.acceleration), np.isnan(described.acceleration))
    assert (robot.lower >= described.lower - 1e-9).all()
    assert (robot.upper <= described.upper + 1e-9).all()
    if "limit-restricted" not in told:
        np.testing.assert_allclose(robot.lower, described.lower, atol=1e-9)
        np.testing.assert_allclose(robot.upper, described.upper, atol=1e-9)


def test_a_robot_that_is_only_listed_is_refused_with_the_way_out():
    key = next(entry.key for entry in catalogue() if entry.why)

    with pytest.raises(InputError, match="only listed") as caught:
        load_robot(key)

    assert "URDF" in caught.value.fix


def test_the_list_is_filtered():
    found = chosen(catalogue(), brand="kuka", payload=100)

    assert found
    assert all(entry.key.startswith("kuka/") for entry in found)
    assert all(entry.payload is None or entry.payload >= 100 for entry in found)
    with pytest.raises(InputError, match="no brand 'kuke'") as caught:
        chosen(catalogue(), brand="kuke")
    assert "kuka" in caught.value.fix


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(InputError, match="cellwright robots") as caught:
        load_robot("kuka/kr8-r2100-arc")

    assert "kuka/KR8-R2100-2-arc-HW" in caught.value.fix


def test_the_same_robot_twice_is_the_same():
    one, other = load_robot("abb/IRB2600-12-1.65"), load_robot("abb/IRB2600-12-1.65")

    np.testing.assert_array_equal(one.chain.parent_T_joint, other.chain.parent_T_joint)
    assert one.findings == other.findings
    assert not one.home.flags.writeable
