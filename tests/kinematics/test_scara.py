"""SCARAs: the slide anywhere in the chain, both hands, and the height and angle of the flange."""

import arms
import numpy as np
import pytest
from positions import exists, pose_error

from cellwright.errors import CellwrightError
from cellwright.geometry import pose, turn_x
from cellwright.kinematics.chain import Chain, base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.scara import scara_geometry, scara_singularity


def any_scara(slide: int, seed: int) -> Chain:
    rng = np.random.default_rng(seed)
    joints = [
        (arms.frame(tuple(rng.uniform(-0.4, 0.4, 3)), (0, 0, rng.uniform(-3, 3))), rng.choice([arms.Z, arms.DOWN]))
        for _ in range(4)
    ]
    flange = pose(rng.uniform(-0.1, 0.1, 3), arms.any_rotation(rng))
    return arms.moved(arms.chain_of(joints, flange, slides=(slide,)), pose((0.3, 0.1, 1), arms.any_rotation(rng)))


def any_q(chain: Chain, n: int) -> np.ndarray:
    return np.random.default_rng(5).uniform(-np.pi, np.pi, (n, 4)) * np.where(chain.prismatic, 0.1, 1.0)


@pytest.mark.parametrize("slide", range(4))
@pytest.mark.parametrize("seed", range(4))
def test_both_hands_reach_every_pose_of_the_arm(slide, seed):
    chain = any_scara(slide, seed)
    q = any_q(chain, 200)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)
    off = branches.q - q[:, None]
    own = np.abs(np.where(chain.prismatic, off, np.angle(np.exp(1j * off)))).max(-1).min(-1)

    assert branches.q.shape == (200, 2, 4)
    assert exists(branches).all()
    assert (branches.miss == 0).all()
    assert own[scara_singularity(scara_geometry(chain), q)[:, 0] > 1e-3].max() < 1e-9
    assert pose_error(chain, branches, wanted) < 1e-12


def test_stretched_and_folded_arms_keep_both_branches():
    q = any_q(arms.SCARA, 400)
    q[:, 1] = np.where(np.arange(400) % 2, 0.0, np.pi) + np.where(np.arange(400) % 4 < 2, 0.0, 1e-6)
    wanted = base_T_flange(arms.SCARA, q)
    branches = solve(arms.SCARA, wanted)

    assert exists(branches).all()
    assert pose_error(arms.SCARA, branches, wanted) < 1e-9


def test_a_pose_that_leans_or_lies_too_far_is_missed_by_so_much():
    wanted = base_T_flange(arms.SCARA, any_q(arms.SCARA, 1))
    leaning, far = wanted.copy(), wanted.copy()
    leaning[:, :3, :3] = turn_x(0.01) @ leaning[:, :3, :3]
    far[:, :2, 3] *= (0.55 + 0.2) / np.linalg.norm(far[:, :2, 3])

    assert np.isnan(solve(arms.SCARA, leaning).q).all()
    assert solve(arms.SCARA, leaning).miss == pytest.approx(0.01, abs=1e-5)
    assert solve(arms.SCARA, far).miss == pytest.approx(0.2, abs=1e-12)


def test_two_axes_on_one_line_are_refused():
    joints = [(arms.frame((x, 0, 0)), arms.Z) for x in (0.0, 0.3, 0.0, 0.0)]
    with pytest.raises(CellwrightError, match="one line"):
        solve(arms.chain_of(joints, np.eye(4), slides=(2,)), np.eye(4)[None])
