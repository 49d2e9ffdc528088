"""A sample of the sweep over real robots: the own position is among the branches, and every branch meets its pose."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from cellwright.kinematics.family import recognise
from cellwright.robots.urdf import read_urdf

SWEEP = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "sweep_kinematics.py"))


@pytest.mark.parametrize("brand", ["abb", "aubo", "denso", "dobot", "hans", "jaka", "kuka", "staubli", "universal"])
def test_real_arms_are_solved_everywhere(real_data: Path, brand):
    seen = 0
    for file in sorted((real_data / "kinematics").glob(f"{brand}_*.urdf")):
        chain = read_urdf(file).chain
        if recognise(chain) not in SWEEP["FAMILIES"]:
            continue
        rng = np.random.default_rng(1)
        free = SWEEP["judged"](chain, SWEEP["random_positions"](chain, 100, rng))
        seen += 1

        assert free.worst < 1e-8, file.name
        assert (free.own_missed, free.lost, free.kept) == (0, 0, 0), file.name
        if chain.dof == 6 and seen <= 2:
            stuck = SWEEP["judged"](chain, SWEEP["singular_positions"](chain, 60, rng))
            assert stuck.worst < 1e-8, file.name
            assert stuck.lost == 0, file.name
    assert seen
