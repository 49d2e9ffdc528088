"""Five-axis arms: place and z axis of the flange."""

import math
from pathlib import Path

import arms
import numpy as np
import pytest
from hard_positions import among
from second_reader import read

from cellwright.geometry import turn_z
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.five_axis import spins_the_tool
from cellwright.kinematics.inverse import solve

SPINS = arms.chain_of(
    [
        (arms.frame((0, 0, 0.33)), arms.Z),
        (arms.frame((0.075, 0, 0)), arms.Y),
        (arms.frame((0, 0, 0.3)), (0, -1, 0)),
        (arms.frame((0.32, 0, 0.075)), (0, -1, 0)),
        (arms.frame((0.08, 0, 0)), (-1, 0, 0)),
    ],
    arms.frame((0.02, 0, 0), (math.pi, -math.pi / 2, 0)),
)
LEANS = arms.prefix(arms.IRB2400, 5)
OFFSET = arms.prefix(arms.OFFSET_WRIST, 5)
CHAINS = {"spins": SPINS, "leans": LEANS, "offset": OFFSET}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_joints_that_made_a_pose_are_found_and_every_branch_meets_place_and_axis(chain):
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (100, 5))
    poses = base_T_flange(chain, q)
    found = np.asarray(solve(chain, poses).q)
    exists = np.isfinite(found[..., 0])
    off = np.abs(base_T_flange(chain, found[exists]) - poses[np.nonzero(exists)[0]])

    assert among(found, q).all()
    assert off[:, :3, 2:].max() < 1e-9


@pytest.mark.parametrize("chain", [LEANS, OFFSET], ids=["leans", "offset"])
def test_the_turn_about_z_plays_no_part(chain):
    q = np.random.default_rng(1).uniform(-math.pi, math.pi, (20, 5))
    poses = base_T_flange(chain, q)
    turned = poses.copy()
    turned[:, :3, :3] = poses[:, :3, :3] @ turn_z(1.0)

    assert among(np.asarray(solve(chain, turned).q), q).all()


def test_an_arm_that_spins_its_tool_meets_the_whole_pose_and_misses_axes_out_of_its_plane():
    q = np.random.default_rng(2).uniform(-math.pi, math.pi, (20, 5))
    poses = base_T_flange(SPINS, q)
    branches = solve(SPINS, poses)
    exists = np.isfinite(branches.q[..., 0])
    leaning = poses.copy()
    side = np.stack([-np.sin(q[:, 0]), np.cos(q[:, 0]), np.zeros(20)], -1)
    z = poses[:, :3, 2] * math.cos(0.1) + side * math.sin(0.1)
    leaning[:, :3, :3] = np.stack(
        [np.cross(side, z) / math.cos(0.1), np.cross(z, np.cross(side, z)) / math.cos(0.1), z], -1
    )
    missed = solve(SPINS, leaning)

    assert spins_the_tool(SPINS)
    assert np.abs(base_T_flange(SPINS, branches.q[exists]) - poses[np.nonzero(exists)[0]]).max() < 1e-9
    assert np.isnan(missed.q).all()
    assert np.asarray(missed.miss).min() == pytest.approx(math.sin(0.1), abs=1e-9)


def test_the_real_arm_of_the_family(real_data: Path):
    chain = read(real_data / "kinematics" / "fanuc_lrmate200ic5h.urdf").chain
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (100, 5))

    assert spins_the_tool(chain)
    assert among(np.asarray(solve(chain, base_T_flange(chain, q)).q), q).all()
