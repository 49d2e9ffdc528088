"""Inverse kinematics: every branch brings the flange back to its pose, and the way it came is among them."""

import math

import arms
import numpy as np
import pytest
from hypothesis import given, settings
from positions import any_positions, exists, own_error, pose_error, singular_positions
from test_opw import opw_arms

from cellwright.errors import CellwrightError
from cellwright.geometry import inv, pose
from cellwright.kinematics.branches import Branches
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.opw import opw_branch, opw_geometry, opw_singularity
from cellwright.kinematics.turns import all_turns, branch_margin, limit_margin


def is_consistent(branches: Branches) -> bool:
    there = exists(branches)
    return bool(
        (np.isnan(branches.q).all(-1) == ~there).all()
        and (branches.miss[there] == 0).all()
        and (branches.miss[~there] > 0).all()
        and np.nanmax(np.abs(branches.q), initial=0.0) <= math.pi
    )


@pytest.mark.parametrize("name", arms.OPW)
def test_own_position_is_among_the_branches_and_all_meet_the_pose(name):
    chain = arms.OPW[name]
    g = opw_geometry(chain)
    q = any_positions(1000)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)

    assert branches.q.shape == (1000, 8, 6)
    assert own_error(branches, q).max() < 1e-8
    assert pose_error(chain, branches, wanted) < 1e-9
    assert is_consistent(branches)
    # and the own one is where the index says
    own = branches.q[np.arange(1000), opw_branch(g, q)]
    assert np.abs(np.angle(np.exp(1j * (own - q)))).max() < 1e-8


@pytest.mark.parametrize("name", arms.OPW)
def test_singular_poses_keep_their_branches(name):
    chain = arms.OPW[name]
    g = opw_geometry(chain)
    q = singular_positions(g, 600)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)
    there = exists(branches)

    assert pose_error(chain, branches, wanted) < 1e-8
    assert is_consistent(branches)
    assert there[np.arange(len(q)), opw_branch(g, q)].mean() > 0.9  # on the border the index is a toss-up
    assert (there.sum(-1) >= 4).all()


@settings(deadline=None, max_examples=60)
@given(opw_arms())
def test_any_opw_arm_is_solved(case):
    chain, _ = case
    g = opw_geometry(chain)
    q = any_positions(100)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)
    regular = opw_singularity(g, q).min(-1) > 1e-3

    assert own_error(branches, q)[regular].max() < 1e-8
    assert pose_error(chain, branches, wanted) < 1e-8
    assert is_consistent(branches)


@pytest.mark.parametrize("name", arms.OPW)
def test_straight_wrist_leaves_joint_4_at_zero(name):
    chain = arms.OPW[name]
    g = opw_geometry(chain)
    q = any_positions(100)
    q[:, 4] = -g.sign[4] * g.offset[4]
    branches = solve(chain, base_T_flange(chain, q))
    straight = np.abs(np.sin(g.sign[4] * branches.q[..., 4] + g.offset[4])) < 1e-9

    assert straight.any(-1).all()
    joint_4 = np.where(straight, branches.q[..., 3], 0.0)
    assert np.abs(joint_4[:, :4]).max() < 1e-12
    assert np.allclose(np.abs(joint_4[:, 4:]), np.where(straight[:, 4:], math.pi, 0.0), atol=1e-12)


@pytest.mark.parametrize("name", arms.OPW)
def test_moving_the_base_moves_nothing_in_the_joints(name):
    chain = arms.OPW[name]
    rng = np.random.default_rng(3)
    new_T_base = pose(rng.uniform(-0.2, 0.2, 3), arms.any_rotation(rng))
    wanted = base_T_flange(chain, any_positions(200))
    here, there = solve(chain, wanted), solve(arms.moved(chain, new_T_base), new_T_base @ wanted)

    assert np.array_equal(exists(here), exists(there))
    off = np.angle(np.exp(1j * (here.q - there.q)))
    assert np.nanmax(np.abs(off)) < 1e-8
    assert np.allclose(here.miss, there.miss, atol=1e-12)


def test_branches_are_continuous_along_a_motion():
    chain = arms.KR8_R2100
    start, end = np.radians([0, -90, 90, 0, 45, 0]), np.radians([60, -70, 60, 80, 80, 170])
    q = start + np.linspace(0, 1, 500)[:, None] * (end - start)
    steps = np.angle(np.exp(1j * np.diff(solve(chain, base_T_flange(chain, q)).q, axis=0)))

    assert np.nanmax(np.abs(steps)) < 0.05


def test_miss_is_the_distance_to_the_reach():
    chain = arms.IRB2400
    g = opw_geometry(chain)
    reach = g.a1 + g.c2 + g.forearm
    for beyond in (0.001, 0.3):
        wrist = g.base_T_opw @ np.array([reach + beyond, 0.0, g.c1, 1.0])
        flange_T_wrist = inv(g.opw_flange_T_flange) @ pose((0, 0, -g.c4))
        branches = solve(chain, (pose(wrist[:3]) @ inv(flange_T_wrist))[None])

        assert branches.miss[0, :2] == pytest.approx(beyond, abs=1e-12)
        assert np.isnan(branches.q).all()


def test_poses_that_are_not_finite_have_no_branch():
    wanted = base_T_flange(arms.IRB2400, any_positions(12))
    for i, bad in enumerate((np.nan, np.inf, -np.inf)):
        for j, entry in enumerate(((0, 3), (1, 1), (2, 3), (0, 2))):
            wanted[4 * i + j][entry] = bad
    branches = solve(arms.IRB2400, wanted)

    assert np.isnan(branches.q).all()
    assert np.isnan(branches.miss).all()


@pytest.mark.parametrize("n", [0, 1, 127, 128, 129])
def test_any_number_of_poses_gives_the_same_bytes(n):
    wanted = base_T_flange(arms.TX2_60, any_positions(200))
    few, many = solve(arms.TX2_60, wanted[:n]), solve(arms.TX2_60, wanted)

    assert few.q.shape == (n, 8, 6)
    assert few.miss.shape == (n, 8)
    assert np.array_equal(few.q, many.q[:n], equal_nan=True)
    assert np.array_equal(few.miss, many.miss[:n])


@pytest.mark.parametrize("name", arms.OPW)
def test_margin_of_branches_is_the_smallest_of_the_joints(name):
    lower, upper = np.radians([-180, -100, -60, -200, -120, -400]), np.radians([180, 110, 65, 200, 120, 400])
    branches = solve(arms.OPW[name], base_T_flange(arms.OPW[name], any_positions(300)))
    margin = branch_margin(branches, lower, upper)

    assert np.allclose(margin, limit_margin(branches.q, lower, upper).min(-1), atol=1e-12, equal_nan=True)
    row, _ = all_turns(branches.q.reshape(-1, 6), lower, upper)
    assert np.array_equal(np.unique(row), np.flatnonzero(margin.reshape(-1) >= 0))


def test_margin_knows_endless_and_sliding_joints():
    q = np.array([[[0.4, 20.0]]])
    branches = Branches(q=q, miss=np.zeros((1, 1)))
    lower, upper = np.array([10.0, -np.inf]), np.array([30.0, np.inf])
    turn = 0.4 + 3 * math.tau

    assert branch_margin(branches, lower, upper, sliding=np.array([True, False]))[0, 0] == pytest.approx(0.4 - 10.0)
    assert branch_margin(branches, lower, upper)[0, 0] == pytest.approx(turn - 10.0)


def test_branches_are_read_only():
    branches = solve(arms.TX2_60, np.eye(4)[None])

    assert not branches.q.flags.writeable
    assert not branches.miss.flags.writeable


def test_family_without_a_solver_is_refused_with_those_that_have_one():
    with pytest.raises(CellwrightError, match=r"general.*opw"):
        solve(arms.prefix(arms.IRB2400, 3), np.eye(4)[None])


def test_single_pose_is_refused():
    with pytest.raises(ValueError, match=r"\(n, 4, 4\)"):
        solve(arms.IRB2400, np.eye(4))
