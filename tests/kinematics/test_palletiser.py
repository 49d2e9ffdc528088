"""Palletisers: the flange stays level, four branches meet every pose. The arm is synthetic."""

import arms
import numpy as np
import pytest
from positions import exists, pose_error

from cellwright.geometry import pose, turn_x
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.palletiser import palletiser_geometry, palletiser_singularity


def any_q(n: int) -> np.ndarray:
    return np.random.default_rng(5).uniform(-np.pi, np.pi, (n, 4))


def test_the_flange_stays_level():
    assert np.allclose(base_T_flange(arms.PALLETISER, any_q(100))[:, :3, 2], (0, 0, -1))


@pytest.mark.parametrize("seed", range(4))
def test_own_position_is_among_the_branches_and_all_meet_the_pose(seed):
    rng = np.random.default_rng(seed)
    chain = arms.moved(arms.PALLETISER, pose(rng.uniform(-1, 1, 3), arms.any_rotation(rng)))
    q = any_q(500)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)
    own = np.abs(np.angle(np.exp(1j * (branches.q - q[:, None])))).max(-1)
    regular = palletiser_singularity(palletiser_geometry(chain), q).min(-1) > 1e-3

    assert branches.q.shape == (500, 4, 4)
    assert np.nanmin(own, -1)[regular].max() < 1e-8
    assert pose_error(chain, branches, wanted) < 1e-12
    assert (branches.miss[~exists(branches)] > 0).all()


def test_singular_poses_keep_their_branches():
    q = any_q(400)
    q[:, 2] = palletiser_geometry(arms.PALLETISER).offset[2] * -1.0 + np.where(np.arange(400) % 2, 0.0, 1e-6)
    wanted = base_T_flange(arms.PALLETISER, q)
    branches = solve(arms.PALLETISER, wanted)

    assert (exists(branches).sum(-1) >= 2).all()
    assert pose_error(arms.PALLETISER, branches, wanted) < 1e-8


def test_a_pose_that_leans_is_missed_by_so_much():
    leaning = base_T_flange(arms.PALLETISER, any_q(1))
    leaning[:, :3, :3] = turn_x(0.01) @ leaning[:, :3, :3]

    assert np.isnan(solve(arms.PALLETISER, leaning).q).all()
    assert np.nanmin(solve(arms.PALLETISER, leaning).miss) == pytest.approx(0.01, abs=1e-5)
