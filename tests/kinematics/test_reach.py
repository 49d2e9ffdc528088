"""Margins of the fused kernels are those of the written branches; distances from singular positions."""

import math

import arms
import numpy as np
import pytest
from positions import any_positions

from cellwright.geometry import Array, inv, pose, turn_z
from cellwright.kinematics.branches import Asked
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import NONE, best_margins, margins, shortfall, wrist_angle
from cellwright.kinematics.singularity import singularity, smallest_gain
from cellwright.kinematics.turns import limit_margin

LOWER, UPPER = np.radians([-180, -100, -60, -200, -120, -400]), np.radians([180, 110, 65, 200, 120, 400])
ARMS = {**arms.OPW, "UR10E": arms.UR10E}


@pytest.mark.parametrize("name", ARMS)
def test_margins_are_those_of_the_branches(name):
    chain = ARMS[name]
    wanted = base_T_flange(chain, any_positions(300))
    wanted[::7, :3, 3] *= 3.0  # some out of reach
    q = solve(chain, wanted).q
    room = limit_margin(q, LOWER, UPPER).min(-1)
    wrist = singularity(chain, np.where(np.isnan(q), 0.0, q))[..., 0]

    found = margins(chain, wanted, LOWER, UPPER)
    assert np.array_equal(found == -math.inf, np.isnan(room))
    assert np.allclose(np.where(np.isnan(room), 0, found), np.nan_to_num(room), atol=1e-12)
    found = margins(chain, wanted, LOWER, UPPER, wrist=2.0, most=0.5, none=-1.0)
    expected = np.minimum(np.minimum(room, 2.0 * wrist), 0.5)
    assert np.allclose(found, np.where(np.isnan(room), -1.0, expected), atol=1e-9)


def test_margins_of_a_scara_count_its_slide():
    wanted = base_T_flange(arms.SCARA, np.array([[0.5, 0.4, 0.1, 0.3], [0.5, 0.4, -0.1, 0.3]]))
    lower, upper = np.array([-2.0, -2.0, 0.0, -3.0]), np.array([2.0, 2.0, 0.3, 3.0])

    assert margins(arms.SCARA, wanted, lower, upper).max(-1) == pytest.approx([0.1, -0.1], abs=1e-9)
    q = solve(arms.SCARA, wanted).q
    turns = limit_margin(q, lower, upper, sliding=arms.SCARA.prismatic).min(-1)
    assert np.allclose(margins(arms.SCARA, wanted, lower, upper), turns, atol=1e-12)


def asked(chain: Chain, runs: int, seed: int = 0) -> Asked:
    """Poses near each other, three samples a run, of which the second has two to choose from, in two operations."""
    rng = np.random.default_rng(seed)
    q = rng.uniform(-1.5, 1.5, (runs, 1, chain.dof)) + rng.uniform(-0.1, 0.1, (runs, 4, chain.dof))
    return Asked(
        world_T_flange=base_T_flange(chain, np.where(chain.prismatic, 0.1 * q, q)).reshape(-1, 4, 4),
        ends=np.tile([1, 0, 1, 2], runs),
        operation=np.repeat(np.arange(runs) % 2, 4),
        count=2,
    )


def by_definition(chain: Chain, one: Asked, world_T_base: Array, lower: Array, upper: Array) -> list[float]:
    """What `best_margins` says of one base, from written branches, run by run."""
    found = solve(chain, inv(world_T_base) @ one.world_T_flange)
    room = limit_margin(found.q, lower, upper, sliding=chain.prismatic).min(-1)
    if chain.dof == 6:
        room = np.fmin(room, wrist_angle(chain, found.q))
    room = np.where(np.isnan(found.q[..., 0]), NONE - found.miss, np.minimum(room, 1.0)).reshape(-1, 4, room.shape[-1])
    samples = np.stack([room[:, 0], room[:, 1:3].max(1), room[:, 3]], 1)
    runs = samples.min(1).max(-1)
    return [runs[0::2].max(), runs[1::2].max()]


@pytest.mark.parametrize("name", [*ARMS, "SCARA", "PALLETISER"])
def test_best_margins_are_those_of_the_definition(name):
    chain = {**ARMS, "SCARA": arms.SCARA, "PALLETISER": arms.PALLETISER}[name]
    one = asked(chain, 40)
    lower, upper = np.full(chain.dof, -2.0), np.full(chain.dof, 2.2)
    rng = np.random.default_rng(1)
    bases = pose(rng.uniform(-0.4, 0.4, (7, 3)) * [1, 1, 0.2], turn_z(rng.uniform(-3, 3, 7)))
    bases[0], bases[1, :3, 3] = np.eye(4), (9.0, 0.0, 0.0)
    best = best_margins(chain, one, bases, lower, upper)

    assert np.allclose(best, [by_definition(chain, one, base, lower, upper) for base in bases], atol=1e-9)
    assert (best[0] > 0).any()
    assert (best[1] < NONE).all()
    assert ((shortfall(best[1]) > 3.0) & (shortfall(best[1]) < 9.0)).all()
    assert (shortfall(best[0]) == 0.0).all()


def test_a_branch_without_label_is_followed_along_its_run():
    """The motion that made the poses is a branch that follows them; few are lost, where two branches nearly meet."""
    chain, rng = arms.OFFSET_WRIST, np.random.default_rng(2)
    start, step = rng.uniform(-1.5, 1.5, (30, 1, 6)), rng.uniform(-0.08, 0.08, (30, 1, 6))
    q = start + step * np.arange(6)[:, None]
    one = Asked(
        world_T_flange=base_T_flange(chain, q).reshape(-1, 4, 4),
        ends=np.tile([1, 1, 1, 1, 1, 2], 30),
        operation=np.repeat(np.arange(30), 6),
        count=30,
    )
    lower, upper = np.full(6, -1.9), np.full(6, 1.9)
    own = np.minimum(limit_margin(q, lower, upper).min(-1), np.minimum(wrist_angle(chain, q), 1.0)).min(-1)
    best = best_margins(chain, one, np.stack([np.eye(4), pose((9.0, 0.0, 0.0))]), lower, upper)

    assert (best[0] >= own - 1e-9).sum() >= 29
    assert (best[0] > 0).sum() > 5
    assert (best[1] <= NONE).all()


def test_nothing_asked_is_nothing_reached():
    none = Asked(world_T_flange=np.empty((0, 4, 4)), ends=np.zeros(0, int), operation=np.zeros(0, int), count=2)

    assert (best_margins(arms.IRB2400, none, np.eye(4)[None], LOWER, UPPER) == -math.inf).all()


def test_an_operation_that_is_far_away_is_short_by_as_much_as_the_base_has_to_move():
    straight_ahead = base_T_flange(arms.IRB2400, np.array([[0.0, 0.6, 0.0, 0.0, 0.5, 0.0]]))
    one = Asked(world_T_flange=straight_ahead, ends=np.array([2]), operation=np.array([0]), count=1)
    away = pose(np.stack([-np.linspace(0.0, 3.0, 31), np.zeros(31), np.zeros(31)], -1))
    short = shortfall(best_margins(arms.IRB2400, one, away, LOWER, UPPER))[:, 0]

    assert short[0] == 0.0
    assert (np.diff(short) >= 0.0).all()
    assert np.diff(short)[-5:] == pytest.approx(0.1, abs=0.01)


def test_joint_without_end_has_no_margin_of_its_own():
    wanted = base_T_flange(arms.IRB2400, any_positions(20))
    endless = np.full(6, np.inf)

    assert np.isin(margins(arms.IRB2400, wanted, -endless, endless), (math.inf, -math.inf)).all()


@pytest.mark.parametrize("name", ARMS)
def test_gain_is_nothing_where_the_arm_is_singular(name):
    chain = ARMS[name]
    q = any_positions(50)
    assert np.allclose(smallest_gain(chain, q), np.linalg.norm(jacobian(chain, q), -2, axis=(-2, -1)))

    near = singularity(chain, q)
    assert near.shape == (50, 3)
    assert (smallest_gain(chain, q) <= near.min(-1) + 1e-9).all()
