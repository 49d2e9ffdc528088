"""Every position of six-axis arms without a closed form."""

import math
from pathlib import Path

import arms
import numpy as np
import pytest
from hard_positions import among, apart, on_singularities
from positions import any_positions
from second_reader import read

from cellwright.errors import CellwrightError
from cellwright.geometry import pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.family import recognise
from cellwright.kinematics.general_6r import eliminations, solve_general_6r
from cellwright.kinematics.general_6r_kernel import MOST, SAME
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.tracking import tracked

LEANING = arms.chain_of(  # axes 1 and 2 meet at an angle, 4 leans, 5 and 6 meet: no two axes parallel
    [
        (arms.frame((0, 0, 0.3)), arms.Z),
        (arms.frame((0, 0, 0), (0.2, 0, 0)), arms.Y),
        (arms.frame((0.05, 0.1, 0.4), (0.3, 0.1, 0)), arms.Y),
        (arms.frame((0.1, 0, 0.3), (0.2, 0, 0.1)), arms.X),
        (arms.frame((0.2, 0.07, 0), (0, 0.3, 0)), arms.Y),
        (arms.frame((0, 0, 0)), arms.Z),
    ],
    arms.frame((0, 0.02, 0.1), (0.3, 0, 0)),
)
FLANGE_OFFSET = arms.chain_of(  # axes 5 and 6 pass at a distance, 1 and 2 meet, 4 and 5 meet
    [
        (arms.frame((0, 0, 0.265)), arms.Z),
        (arms.frame((0, 0, 0)), arms.Y),
        (arms.frame((0, 0, 0.444)), arms.Y),
        (arms.frame((0.47, 0, 0.11)), arms.X),
        (arms.frame((0, 0, 0)), arms.Y),
        (arms.frame((0.101, 0, 0.08)), arms.X),
    ],
    np.eye(4),
)
CHAINS = {"wrist offset": arms.OFFSET_WRIST, "flange offset": FLANGE_OFFSET, "leaning": LEANING}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_joints_that_made_a_pose_are_found_and_every_branch_meets_it(chain):
    q = any_positions(200)
    poses = base_T_flange(chain, q)
    branches = solve(chain, poses)
    exists = np.isfinite(branches.q[..., 0])

    assert recognise(chain) == "general_6r"
    assert branches.q.shape == (200, MOST, 6)
    assert among(branches.q, q).all()
    assert np.abs(base_T_flange(chain, branches.q[exists]) - poses[np.nonzero(exists)[0]]).max() < 1e-9
    assert np.array_equal(branches.miss == 0.0, exists)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_branches_come_in_pairs_differ_and_are_in_order(chain):
    found = np.asarray(solve(chain, base_T_flange(chain, any_positions(100, seed=1))).q)

    assert not (np.isfinite(found[..., 0]).sum(1) % 2).any()
    for some in found:
        some = some[np.isfinite(some[:, 0])]
        assert apart(some[:, None], some[None])[~np.eye(len(some), dtype=bool)].min() > SAME
        assert [tuple(one) for one in some] == sorted(tuple(one) for one in some)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_nothing_is_lost_that_many_seeds_find(chain):
    rng = np.random.default_rng(0)
    poses = base_T_flange(chain, any_positions(6, seed=2))
    ours = np.asarray(solve(chain, poses).q)
    for i, goal in enumerate(poses):
        end, left = tracked(chain, rng.uniform(-math.pi, math.pi, (400, 6)), np.broadcast_to(goal, (400, 4, 4)))
        for one in np.asarray(end)[np.asarray(left) < 1e-9]:
            assert apart(ours[i], one).min() < 1e-5


@pytest.mark.parametrize(("name", "share"), [("wrist offset", 1.0), ("flange offset", 0.97), ("leaning", 1.0)])
def test_positions_on_and_near_singularities_are_found(name, share):
    q = on_singularities(CHAINS[name], 1000)
    branches = solve(CHAINS[name], base_T_flange(CHAINS[name], q))

    # at a double root a pose met to 1e-12 tells the joints to its square root
    assert among(branches.q, q, same=1e-4).mean() >= share


def test_a_pose_alone_has_the_same_branches_as_among_others():
    poses = base_T_flange(arms.OFFSET_WRIST, any_positions(5))
    together = solve(arms.OFFSET_WRIST, poses)

    for i in range(5):
        assert np.array_equal(solve(arms.OFFSET_WRIST, poses[i : i + 1]).q[0], together.q[i], equal_nan=True)


def test_wrist_over_axis_1_and_beside_it_loses_nothing():
    chain = arms.OFFSET_WRIST
    q = any_positions(40, seed=3)
    q[:, 3] = 0.5 * math.pi  # the lateral offset lies in the plane of the arm
    w = np.array([base_T_flange(chain, one) @ np.array([0, 0, -0.127, 1]) for one in q])
    assert np.abs(w[:, 1] * np.cos(q[:, 0]) - w[:, 0] * np.sin(q[:, 0])).max() < 1e-9
    # lean the arm until the point where axes 5 and 6 meet stands over axis 1
    shoulder = np.hypot(np.hypot(w[:, 0], w[:, 1]), w[:, 2] - 0.35)
    ahead = w[:, 0] * np.cos(q[:, 0]) + w[:, 1] * np.sin(q[:, 0])
    q[:, 1] -= np.arctan2(ahead, w[:, 2] - 0.35)
    near = q + np.random.default_rng(0).uniform(-1e-7, 1e-7, q.shape)
    assert shoulder.min() > 0.01

    for these in (q, near):
        assert among(solve(chain, base_T_flange(chain, these)).q, these, same=1e-4).mean() >= 0.95


def test_out_of_reach_says_by_how_much_and_not_finite_is_nan():
    poses = np.stack([pose((5.0, 0, 0)), np.full((4, 4), np.nan)])
    branches = solve(arms.OFFSET_WRIST, poses)

    assert np.isnan(branches.q).all()
    assert (np.asarray(branches.miss[0]) > 1.0).all()
    assert np.isnan(branches.miss[1]).all()


def test_an_arm_that_cannot_be_reduced_is_refused():
    rng = np.random.default_rng(0)
    chain = arms.chain_of(
        [(pose(rng.uniform(0.1, 0.4, 3), arms.any_rotation(rng)), arms.Z) for _ in range(6)], np.eye(4)
    )

    with pytest.raises(CellwrightError, match="search over one joint"):
        eliminations(chain)


def test_every_real_arm_of_the_family(real_data: Path):
    names = []
    for file in sorted((real_data / "kinematics").glob("*.urdf")):
        chain = read(file).chain
        if recognise(chain) != "general_6r":
            continue
        q = any_positions(50, seed=4)
        poses = base_T_flange(chain, q)
        found = np.asarray(solve_general_6r(chain, poses).q)
        exists = np.isfinite(found[..., 0])
        assert among(found, q, same=1e-5).all(), file.name
        assert np.abs(base_T_flange(chain, found[exists]) - poses[np.nonzero(exists)[0]]).max() < 1e-8, file.name
        names.append(file.stem)

    assert len(names) >= 10
