"""Seven-axis arms by what is free in them."""

import math
from pathlib import Path

import arms
import numpy as np
import pytest
from hard_positions import among
from second_reader import read

from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.family import recognise
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.seven_r import SAMPLES, arm_angle, redundancy, solve_seven_r

CHAINS = {"human": arms.HUMAN, "offset elbow": arms.OFFSET_ELBOW, "offset shoulder": arms.OFFSET_SHOULDER}
FREE = {"arm_angle": arm_angle, "last_joint": lambda _, q: q[:, 6], "first_joint": lambda _, q: q[:, 0]}


def positions(n: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-math.pi, math.pi, (n, 7))


def made_again(chain, q):
    """Whether each position is among the branches at its own value of what is free."""
    poses, value = base_T_flange(chain, q), FREE[redundancy(chain).free](chain, q)
    found = [solve_seven_r(chain, poses[i : i + 1], value[i : i + 1]).q for i in range(len(q))]
    return among(np.concatenate(found), q)


@pytest.mark.parametrize(("name", "free"), list(zip(CHAINS, FREE, strict=True)))
def test_what_is_free_is_told_by_the_axes(name, free):
    assert recognise(CHAINS[name]) == "seven_r"
    assert redundancy(CHAINS[name]).free == free


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_joints_that_made_a_pose_are_found_at_their_own_value(chain):
    assert made_again(chain, positions(60)).all()


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_straight_wrist_and_stretched_elbow_are_found(chain):
    q = positions(30)
    q[0::3, 3] = 0.0
    q[1::3, 5] = 0.0
    q[2::3, 1] = 0.0

    # on a singular position other joints may make the same pose: every branch meets it all the same
    poses, value = base_T_flange(chain, q), FREE[redundancy(chain).free](chain, q)
    for i in range(len(q)):
        found = np.asarray(solve_seven_r(chain, poses[i : i + 1], value[i : i + 1]).q[0])
        exists = np.isfinite(found[:, 0])
        assert exists.any()
        assert np.abs(base_T_flange(chain, found[exists]) - poses[i]).max() < 1e-7


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_every_branch_of_every_sample_meets_the_pose(chain):
    poses = base_T_flange(chain, positions(50))
    branches = solve(chain, poses)
    exists = np.isfinite(branches.q[..., 0])

    assert branches.q.shape == (50, 8 * SAMPLES, 7)
    assert exists.any(1).mean() > 0.9  # a given joint alone may have no branch at any of the samples
    assert np.array_equal(branches.miss == 0.0, exists)
    assert np.abs(base_T_flange(chain, branches.q[exists]) - poses[np.nonzero(exists)[0]]).max() < 1e-10


def test_branches_have_the_arm_angle_that_was_asked_for():
    poses = base_T_flange(arms.HUMAN, positions(20))
    found = np.asarray(solve_seven_r(arms.HUMAN, poses, np.array([-2.0, 0.5, 1.2])).q).reshape(20, 3, 8, 7)
    for i, value in enumerate((-2.0, 0.5, 1.2)):
        angle = arm_angle(arms.HUMAN, found[:, i].reshape(-1, 7))
        assert np.abs(np.remainder(angle - value + math.pi, math.tau) - math.pi).max() < 1e-9


def test_out_of_reach_says_by_how_much():
    far = np.eye(4)[None].copy()
    far[0, :3, 3] = 0.0, 0.0, 0.36 + 0.82 + 0.126 + 0.25

    assert np.asarray(solve_seven_r(arms.HUMAN, far).miss) == pytest.approx(0.25, abs=1e-12)


def test_every_real_arm_of_the_family(real_data: Path):
    kinds = set()
    for file in sorted((real_data / "kinematics").glob("*.urdf")):
        chain = read(file).chain
        if recognise(chain) != "seven_r":
            continue
        assert made_again(chain, positions(20)).all(), file.name
        kinds.add(redundancy(chain).free)

    assert kinds == {"arm_angle", "last_joint", "first_joint"}


@pytest.mark.parametrize("name", ["offset elbow", "offset shoulder"])
def test_an_arm_off_its_ideal_one_is_solved_everywhere(name):
    chain = arms.leaning(CHAINS[name])
    q = positions(1000)  # in some of them the arm is stretched, where the ideal one has no branch, or others
    poses, value = base_T_flange(chain, q), FREE[redundancy(chain).free](chain, q)
    found = solve_seven_r(chain, poses, value[:, None])
    met = found.miss == 0.0
    back = base_T_flange(chain, np.where(met[..., None], found.q, 0.0))

    assert not redundancy(chain).exact
    assert among(np.where(met[..., None], found.q, np.nan), q).all()
    assert np.abs(back - poses[:, None])[met].max() < 1e-9


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_values_of_each_pose_are_its_own(chain):
    poses, values = base_T_flange(chain, positions(3)), np.array([[0.1, -2.0], [1.3, 0.4], [3.0, -0.7]])
    found = solve_seven_r(chain, poses, values)
    for i in range(3):
        alone = solve_seven_r(chain, poses[i : i + 1], values[i])
        np.testing.assert_array_equal(found.q[i], alone.q[0])
        np.testing.assert_array_equal(found.miss[i], alone.miss[0])
