"""Margins of the fused kernels are those of the written branches; distances from singular positions."""

import math

import arms
import numpy as np
import pytest
from positions import any_positions

from cellwright.kinematics.chain import base_T_flange, jacobian
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import margins
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


def test_margins_of_other_families_come_from_their_branches():
    wanted = base_T_flange(arms.SCARA, np.array([[0.5, 0.4, 0.1, 0.3], [0.5, 0.4, -0.1, 0.3]]))
    lower, upper = np.array([-2.0, -2.0, 0.0, -3.0]), np.array([2.0, 2.0, 0.3, 3.0])

    assert margins(arms.SCARA, wanted, lower, upper).max(-1) == pytest.approx([0.1, -0.1], abs=1e-9)


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
