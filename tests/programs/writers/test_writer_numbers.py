"""Numbers of robot programs, against the converters of another vendor."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from robodk import robomath

from cellwright.errors import ProgramError
from cellwright.geometry import pose, rotation_angle, turn_x, turn_y, turn_z
from cellwright.programs.writers.numbers import fixed, quaternion, wrapped, zyx

ANGLES = st.floats(-math.pi, math.pi)
QUARTERS = st.integers(-2, 2).map(lambda n: n * math.pi / 2)
ROTATIONS = st.tuples(*[ANGLES | QUARTERS] * 3).map(lambda abc: turn_z(abc[0]) @ turn_y(abc[1]) @ turn_x(abc[2]))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6), st.integers(0, 9))
def test_a_fixed_number_is_near_and_never_minus_zero(value, decimals):
    text = fixed(value, decimals)

    assert abs(Decimal(text) - Decimal(value)) <= Decimal(5).scaleb(-decimals - 1)
    assert not (text.startswith("-") and float(text) == 0.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e12])
def test_what_is_no_number_of_a_robot_is_refused(value):
    with pytest.raises(ProgramError):
        fixed(value, 3)


def test_half_a_turn_is_written_in_one_way():
    assert wrapped(math.pi, 3) == wrapped(-math.pi, 3) == wrapped(-math.pi + 1e-12, 3) == "180.000"
    assert wrapped(-1e-12, 3) == "0.000"


@given(ROTATIONS)
def test_zyx_angles_give_the_rotation_back(rotation):
    a, b, c = zyx(rotation)

    assert rotation_angle(rotation.T @ turn_z(a) @ turn_y(b) @ turn_x(c)) < 1e-7
    assert abs(b) <= math.pi / 2


@given(ROTATIONS)
def test_zyx_angles_mean_to_another_vendor_what_they_mean_here(rotation):
    a, b, c = zyx(rotation)
    theirs = robomath.KUKA_2_Pose([0.0, 0.0, 0.0, *np.degrees([a, b, c]).tolist()])

    assert np.allclose(np.array(theirs.Rows())[:3, :3], rotation, atol=1e-7)


@given(st.floats(-3.1, 3.1), st.floats(-1.5, 1.5), st.floats(-3.1, 3.1))
def test_zyx_angles_are_those_of_another_vendor_away_from_the_poles(a, b, c):
    rotation = turn_z(a) @ turn_y(b) @ turn_x(c)

    theirs = robomath.Pose_2_KUKA(robomath.Mat(pose((0, 0, 0), rotation).tolist()))[3:]

    assert np.degrees(zyx(rotation)) == pytest.approx(theirs, abs=1e-6)


@given(ROTATIONS)
def test_a_quaternion_is_the_rotation_w_first_and_has_one_sign(rotation):
    q = quaternion(rotation)
    theirs = np.array(robomath.quaternion_2_pose(list(q)).Rows())[:3, :3]

    assert np.allclose(theirs, rotation, atol=1e-9)
    assert math.isclose(sum(v * v for v in q), 1.0, rel_tol=1e-12)
    assert next(v for v in q if abs(v) > 1e-9) > 0
