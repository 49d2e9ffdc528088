"""Arms with axes 2, 3, 4 parallel: any measures, any twists, and what remains of a branch at singular positions."""

import math

import arms
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from positions import any_positions, own_error, pose_error

from cellwright.errors import CellwrightError
from cellwright.geometry import inv, pose
from cellwright.kinematics.chain import base_T_flange, manipulability
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.three_parallel import (
    three_parallel_branch,
    three_parallel_geometry,
    three_parallel_singularity,
)

LEAN = st.floats(-0.5, 0.5)
LENGTH = st.floats(0.1, 0.8)
SIGN = st.sampled_from([1.0, -1.0])


@st.composite
def three_parallel_arms(draw, twist=LEAN):
    """An arm of any measures: axes 1, 5 and 6 lean out of square, every frame lies anywhere on its axis."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    upper, fore, aside, last = (draw(LENGTH) for _ in range(4))
    ahead, between = draw(st.floats(-0.2, 0.2)), draw(st.floats(-0.1, 0.1))
    lean_1, lean_5, lean_6 = draw(twist), draw(twist), draw(twist)
    y = np.array([0.0, 1.0, 0.0])
    first = np.array([0.0, math.sin(lean_1), math.cos(lean_1)])
    fifth = np.array([math.sin(0.4) * math.cos(lean_5), math.sin(lean_5), math.cos(0.4) * math.cos(lean_5)])
    sixth = arms.any_rotation(rng) @ fifth
    sixth = sixth - (sixth @ fifth - math.sin(lean_6)) * fifth
    sixth = math.sin(lean_6) * fifth + math.cos(lean_6) * arms.unit(sixth - (sixth @ fifth) * fifth)
    shoulder = np.array([ahead, 0.0, 0.3])
    elbow = shoulder + upper * np.array([math.sin(0.7), 0.0, math.cos(0.7)])
    knuckle = elbow + fore * np.array([math.cos(0.2), 0.0, math.sin(0.2)])
    wrist = knuckle + np.array([between, aside, 0.0]) + last * fifth
    along = [first, y, y, y, fifth, sixth]
    points = [np.array([0.0, 0.0, 0.3]), shoulder, elbow, knuckle, wrist, wrist]
    signs = [draw(SIGN) for _ in range(6)]
    flange = pose(wrist + rng.uniform(-0.1, 0.1, 3), arms.any_rotation(rng))
    return arms.any_chain([s * u for s, u in zip(signs, along, strict=True)], points, flange, rng)


@settings(deadline=None, max_examples=40)
@given(three_parallel_arms())
def test_any_arm_with_three_parallel_axes_is_solved(chain):
    g = three_parallel_geometry(chain)
    q = any_positions(100)
    wanted = base_T_flange(chain, q)
    branches = solve(chain, wanted)
    regular = three_parallel_singularity(g, q).min(-1) > 1e-3

    assert g.exact
    assert branches.q.shape == (100, 8, 6)
    assert own_error(branches, q)[regular].max() < 1e-8
    assert pose_error(chain, branches, wanted) < 1e-9
    own = branches.q[np.arange(100), three_parallel_branch(g, q)]
    assert np.abs(np.angle(np.exp(1j * (own - q))))[regular].max() < 1e-8


@settings(deadline=None, max_examples=20)
@given(three_parallel_arms(st.just(0.0)))
def test_singularity_distances_are_zero_where_the_jacobian_loses_rank(chain):
    g = three_parallel_geometry(chain)
    q = any_positions(50)
    wrist, elbow, shoulder = np.moveaxis(three_parallel_singularity(g, q), -1, 0)

    # the determinant is the product of the three measures, one for each way to be singular, times upper and forearm
    product = np.sin(wrist) * np.sin(elbow) * shoulder * g.upper * g.fore
    assert np.allclose(manipulability(chain, q), product, rtol=1e-8, atol=1e-12)


def test_moving_the_base_moves_nothing_in_the_joints():
    rng = np.random.default_rng(3)
    new_T_base = pose(rng.uniform(-2, 2, 3), arms.any_rotation(rng))
    wanted = base_T_flange(arms.UR10E, any_positions(200))
    here, there = solve(arms.UR10E, wanted), solve(arms.moved(arms.UR10E, new_T_base), new_T_base @ wanted)

    assert np.array_equal(np.isnan(here.q), np.isnan(there.q))
    assert np.nanmax(np.abs(np.angle(np.exp(1j * (here.q - there.q))))) < 1e-8


def test_straight_wrist_leaves_joint_6_at_zero_where_the_elbow_reaches():
    q = any_positions(300)
    q[:, 4] = np.where(np.arange(300) % 2, 0.0, math.pi)
    wanted = base_T_flange(arms.UR10E, q)
    branches = solve(arms.UR10E, wanted)
    straight = np.abs(np.sin(branches.q[..., 4])) < 1e-8

    assert (straight & (branches.miss == 0)).any(-1).all()  # no pose is lost, wherever its own joint 6 was
    assert (branches.q[..., 5][straight] == 0).mean() > 0.5
    assert pose_error(arms.UR10E, branches, wanted) < 1e-9


def test_miss_is_the_distance_to_the_reach():
    g = three_parallel_geometry(arms.UR10E)
    wanted = base_T_flange(arms.UR10E, any_positions(50))
    away = wanted.copy()
    away[:, :3, 3] += 10.0 * wanted[:, :3, 3] / np.linalg.norm(wanted[:, :3, 3], axis=1, keepdims=True)
    branches = solve(arms.UR10E, away)

    assert np.isnan(branches.q).all()
    assert (branches.miss > 10.0 - 2.0 * (g.upper + g.fore)).all()
    near = solve(arms.UR10E, inv(g.base_T_first)[None] @ pose((0.0, 0.0, 0.1)))  # wrist inside the column round axis 1
    assert (near.miss >= 0.0).all()


def test_an_arm_of_another_family_is_refused():
    with pytest.raises(CellwrightError, match="not parallel"):
        three_parallel_geometry(arms.IRB2400)
