"""A folder of one's own extends the catalogue; what is wrong in it is told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InputError
from cellwright.kinematics.chain import base_T_flange
from cellwright.robots.catalogue import catalogue, load_robot

MINE = """\
brand: Mine
language: mine
robots:
  Slider4:
    model: Slider 4
    family: scara
    description: {source: a drawing, confidence: A}
    base: base
    joints:
      - {name: a, link: la, xyz_m: [0, 0, 0.4], axis: [0, 0, 1], lower_rad: -2, upper_rad: 2}
      - {name: b, link: lb, xyz_m: [0.3, 0, 0], axis: [0, 0, 1], lower_rad: -2, upper_rad: 2}
      - {name: c, link: lc, xyz_m: [0.2, 0, 0], axis: [0, 0, 1], lower_m: -0.2, upper_m: 0, speed_m_s: 1}
      - {name: d, link: ld, rpy_rad: [3.141592653589793, 0, 0], axis: [0, 0, 1], lower_rad: null, upper_rad: null}
    flange: {}
    home: [0, 0.5, -0.1, 0]
    payload: {value: 4 kg, source: my data sheet, confidence: A}
    controller: {source: nobody looked}
"""

LINKS = """\
robots:
  Slider4:
    basis: capsules
    source: measured
    links:
      base: {capsules_m: [[0, 0, 0.1, 0, 0, 0.3, 0.1]], overshoot_m: 0.01}
"""


def own(folder: Path, text: str = MINE, links: str | None = None) -> Path:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    if links is not None:
        (folder / "links").mkdir()
        (folder / "links" / "mine.yaml").write_text(links, encoding="utf-8")
    return folder


def test_a_file_of_ones_own_extends_the_catalogue(tmp_path):
    folder = own(tmp_path)
    robot = load_robot("mine/Slider4", folder=folder)

    assert "mine/Slider4" in {entry.key for entry in catalogue(folder)}
    assert "mine/Slider4" not in {entry.key for entry in catalogue()}
    assert robot.family == "scara"
    np.testing.assert_allclose(base_T_flange(robot.chain, np.zeros(4))[:3, 3], [0.5, 0, 0.4])
    assert robot.upper[3] == np.inf
    assert {"no-mesh", "speed-unknown", "acceleration-unknown"} <= {finding.code for finding in robot.findings}


def test_capsules_of_ones_own_are_used(tmp_path):
    robot = load_robot("mine/Slider4", folder=own(tmp_path, links=LINKS))

    assert [len(link.capsules) for link in robot.geometry] == [1, 0, 0, 0, 0]


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLWRIGHT_CATALOGUE", str(own(tmp_path)))

    assert load_robot("mine/Slider4").brand == "Mine"


def test_a_description_in_the_folder_is_a_robot(tmp_path):
    links = "".join(f'<link name="l{i}"/>' for i in range(3))
    joints = "".join(
        f'<joint name="j{i}" type="revolute"><parent link="l{i}"/><child link="l{i + 1}"/><axis xyz="0 0 1"/>'
        '<limit lower="-1" upper="1" velocity="1" effort="1"/></joint>'
        for i in range(2)
    )
    (tmp_path / "two.urdf").write_text(f'<robot name="two">{links}{joints}</robot>', encoding="utf-8")

    assert load_robot("own/two", folder=tmp_path).dof == 2
    assert "own/two" in {entry.key for entry in catalogue(tmp_path)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lower_rad: -2", "lower_rad: low", r"mine\.yaml:10: robots\.Slider4\.joints\.0"),
        ("axis: [0, 0, 1]", "axis: [0, 0]", r"mine\.yaml:10: "),
        ("home: [0, 0.5, -0.1, 0]", "home: [0]", r"home has 1 values for 4 joints"),
        ("value: 4 kg", "value: 4", r"mine\.yaml:16: robots\.Slider4\.payload\.value"),
        (
            "confidence: A}\n    base",
            "confidence: Z}\n    base",
            r"mine\.yaml:7: .*description\.confidence",
        ),
        ("model: Slider 4", "modell: Slider 4", r"mine\.yaml:4: robots\.Slider4\.model"),
        ("  Slider4:", "\tSlider4:", r"mine\.yaml:4: not YAML"),
        ("brand: Mine\n", "", r"brand"),
    ],
)
def test_what_is_wrong_is_told_with_the_line(tmp_path, old, new, said):
    with pytest.raises(InputError) as caught:
        load_robot("mine/Slider4", folder=own(tmp_path, MINE.replace(old, new, 1)))

    assert re.search(said, str(caught.value)), caught.value
    assert caught.value.fix


def test_a_key_of_the_package_is_not_replaced_silently(tmp_path):
    text = MINE.replace("Slider4", "iER20-1760")
    (tmp_path / "estun.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="already"):
        catalogue(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        catalogue(tmp_path / "none")
