"""Newton's method from a seed, and which branch goes on as which."""

import math

import arms
import numba
import numpy as np
import pytest
from hard_positions import apart
from positions import any_positions

from cellwright.kinematics import tracking_kernel
from cellwright.kinematics.chain import base_T_flange, jacobian
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.tracking import joint_steps, matched, tracked

CHAINS = {"wrist offset": arms.OFFSET_WRIST, "UR10E": arms.UR10E, "IER20_1760": arms.IER20_1760}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_a_seed_nearby_leads_to_the_position(chain):
    q = any_positions(300)
    poses = base_T_flange(chain, q)
    found, left = tracked(chain, q + np.random.default_rng(0).uniform(-0.01, 0.01, q.shape), poses)
    off = apart(np.asarray(found), q)

    assert (np.asarray(left) < 1e-9).mean() > 0.99
    assert np.median(off) < 1e-10
    assert (off < 1e-6).mean() > 0.97  # the others are next to a singularity
    assert np.abs(found).max() <= math.pi


def test_a_joint_that_is_held_keeps_its_value():
    q = any_positions(100)[:, :6]
    chain = arms.OFFSET_WRIST
    seeds = q + np.where(np.arange(6) == 2, 0.0, 0.005)
    found, _ = tracked(chain, seeds, base_T_flange(chain, q), held=2)

    assert np.abs(np.asarray(found)[:, 2] - q[:, 2]).max() < 1e-15


def test_the_compiled_jacobian_and_error_are_those_of_the_chain():
    chain = arms.KR8_R2100
    for q in any_positions(20):
        rows, error = np.empty((6, 6)), np.empty(6)
        wanted = base_T_flange(chain, q + 1e-7)
        tracking_kernel.flange_error(joint_steps(chain), q, wanted, rows, error)

        assert np.abs(rows - jacobian(chain, q)).max() < 1e-12
        assert np.abs(error - rows @ np.full(6, 1e-7)).max() < 1e-12


def test_cosine_sine_and_angle_are_right_to_the_last_digits():
    @numba.njit
    def both(angle):
        c, s = tracking_kernel.cosine_sine(angle)
        return c, s, tracking_kernel.angle_of(s, c)

    for angle in np.linspace(-3.1, 3.1, 333):
        c, s, back = both(angle)
        assert abs(c - math.cos(angle)) < 5e-16
        assert abs(s - math.sin(angle)) < 5e-16
        assert abs(back - angle) < 2e-15


def test_branches_are_followed_along_a_motion():
    chain = arms.OFFSET_WRIST
    start = any_positions(1, seed=5)[0]
    q = start + np.linspace(0, 0.4, 60)[:, None] * np.array([1.0, -0.5, 0.7, 1.0, -0.8, 0.5])
    found = np.asarray(solve(chain, base_T_flange(chain, q)).q)
    goes_on = matched(found[:-1], found[1:], largest=0.1)
    k = int(np.argmin(apart(found[0], q[0])))
    for i in range(59):
        k = int(goes_on[i, k])
        assert apart(found[i + 1, k], q[i + 1]) < 1e-6

    assert k >= 0


def test_a_branch_goes_on_as_one_other_at_most_and_never_far():
    chain = arms.OFFSET_WRIST
    found = np.asarray(solve(chain, base_T_flange(chain, any_positions(30))).q)
    goes_on = matched(found, found[:, ::-1], largest=1e-9)

    for some, on in zip(found, goes_on, strict=True):
        assert np.array_equal(on >= 0, np.isfinite(some[:, 0]))
        assert np.array_equal(np.flatnonzero(on >= 0), (15 - on[on >= 0]))
    assert (matched(found, found + 0.2, largest=0.1) == -1).all()
