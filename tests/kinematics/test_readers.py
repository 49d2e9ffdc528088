"""The package's reader of robot descriptions against the second one: the same axes, flange motion and limits."""

from pathlib import Path

import numpy as np
from second_reader import read

from cellwright.geometry import inv
from cellwright.kinematics.chain import base_T_links
from cellwright.robots.urdf import read_urdf


def test_both_readers_see_the_same_robots(real_data: Path):
    files = sorted((real_data / "kinematics").glob("*.urdf"))
    for file in files:
        ours, second = read_urdf(file), read(file)
        assert ours.chain.joints == second.chain.joints, file.name
        assert np.array_equal(ours.lower, second.lower), file.name
        assert np.array_equal(ours.upper, second.upper), file.name

        # base and flange are a choice, the links between them are not
        q = np.random.default_rng(0).uniform(-2, 2, (5, ours.dof))
        a, b = (base_T_links(chain, q)[:, 1:] for chain in (ours.chain, second.chain))
        between_a, between_b = (inv(links[:, :1]) @ links for links in (a, b))
        assert np.abs(between_a - between_b).max() < 1e-12, file.name

    assert len(files) == 142
