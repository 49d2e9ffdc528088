"""The family is told by the axes, whatever the names and however the base lies."""

import csv
from dataclasses import replace
from pathlib import Path

import arms
import numpy as np
import pytest
from second_reader import read

from cellwright.geometry import pose
from cellwright.kinematics.chain import Chain
from cellwright.kinematics.family import axis_lines, common_point, recognise

KNOWN: dict[str, tuple[Chain, str]] = {
    **{name: (chain, "opw") for name, chain in arms.OPW.items()},
    "UR10E": (arms.UR10E, "three_parallel"),
    "OFFSET_WRIST": (arms.OFFSET_WRIST, "general_6r"),
    "SCARA": (arms.SCARA, "scara"),
    "PALLETISER": (arms.PALLETISER, "palletiser_4"),
    "five of six": (arms.prefix(arms.IRB2400, 5), "five_axis"),
    "not kept level": (replace(arms.PALLETISER, passive=()), "general"),
    "three of six": (arms.prefix(arms.IRB2400, 3), "general"),
}

FAMILY_OF_TABLE = {
    "OPW": "opw",
    "UR-like": "three_parallel",
    "6R offset wrist": "general_6r",
    "6R general": "general_6r",
    "7R": "seven_r",
    "SCARA": "scara",
    "5-axis": "five_axis",
}


@pytest.mark.parametrize("name", KNOWN)
def test_family_is_recognised(name):
    chain, family = KNOWN[name]

    assert recognise(chain) == family


@pytest.mark.parametrize("name", KNOWN)
def test_family_is_the_same_from_any_base_frame(name):
    chain, family = KNOWN[name]
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert recognise(arms.moved(chain, pose(rng.uniform(-2, 2, 3), arms.any_rotation(rng)))) == family


@pytest.mark.parametrize("order", [(0,), (1,), (2,), (3,)], ids=["PRRR", "RPRR", "RRPR", "RRRP"])
def test_scara_slides_where_it_likes(order):
    joints = [(arms.frame((0.2, 0, 0)), arms.Z) for _ in range(4)]

    assert recognise(arms.chain_of(joints, np.eye(4), slides=order)) == "scara"


def test_wrist_that_misses_a_point_is_general():
    off = arms.chain_of(
        [(t + (i == 4) * np.outer([1, 0, 0, 0], [0, 0, 0, 2e-3]), tuple(a)) for i, (t, a) in enumerate(pairs())],
        np.eye(4),
    )
    _, distance = common_point(axis_lines(off), 3, 4, 5)

    assert recognise(off) == "general_6r"
    assert 0.5e-3 < distance < 2e-3


@pytest.mark.parametrize(("gap", "family"), [(3e-4, "three_parallel"), (0.05, "general_6r")])
def test_three_parallel_axes_need_a_wrist_whose_last_axes_meet(gap, family):
    frames = np.array(arms.UR10E.parent_T_joint)
    frames[5, 0, 3] += gap
    joints = list(zip(frames, map(tuple, arms.UR10E.axis), strict=True))

    assert recognise(arms.chain_of(joints, arms.UR10E.last_T_flange)) == family


def pairs():
    return list(zip(arms.TX2_60.parent_T_joint, arms.TX2_60.axis, strict=True))


def test_every_real_robot_is_what_the_table_says(real_data: Path):
    def plain(text: str) -> str:
        return text.lower().replace("-", "_").replace(" ", "_")

    with (real_data / "robots_table.csv").open() as file:
        table = {plain(row[0]): row for row in csv.reader(file)}
    wrong = []
    files = sorted((real_data / "kinematics").glob("*.urdf"))
    for file in files:
        name = max((n for n in table if plain(file.stem).endswith(n)), key=len)
        told = next(FAMILY_OF_TABLE[cell] for cell in table[name] if cell in FAMILY_OF_TABLE)
        if recognise(read(file).chain) != told:
            wrong.append(file.stem)

    assert len(files) == 142
    assert wrong == []
