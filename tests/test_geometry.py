"""Laws of rigid transforms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from cellwright.geometry import (
    axes,
    frozen,
    interpolate,
    inv,
    pose,
    rotation_angle,
    rotation_vector,
    turn,
    turn_x,
    turn_y,
    turn_z,
)

UNIT = arrays(np.float64, 3, elements=st.floats(-1.0, 1.0)).filter(lambda v: np.linalg.norm(v) > 0.1)
UNIT = UNIT.map(lambda v: v / np.linalg.norm(v))
# the ends of the range and their neighbourhoods are where formulas break
ANGLE = st.one_of(
    st.floats(0.0, np.pi),
    st.sampled_from([0.0, 1e-12, 1e-9, 1e-6, 1e-3, np.pi - 1e-3, np.pi - 1e-6, np.pi - 1e-9, np.pi]),
)
POSITION = arrays(np.float64, 3, elements=st.floats(-5.0, 5.0))
ROTATION = st.builds(turn, UNIT, ANGLE)
POSE = st.builds(pose, POSITION, ROTATION)


@given(UNIT, ANGLE)
def test_the_rotation_vector_undoes_a_turn(axis, angle):
    vector = rotation_vector(turn(axis, angle))
    # a half turn is the same about both directions of its axis
    wrong = min(np.abs(vector - axis * angle).max(), np.abs(vector + axis * angle).max() + (np.pi - angle))

    assert wrong < 1e-9


@given(ROTATION)
def test_a_turn_undoes_the_rotation_vector(rotation):
    vector = rotation_vector(rotation)
    angle = float(np.linalg.norm(vector))

    assert angle <= np.pi + 1e-15
    assert np.allclose(turn(vector / angle if angle > 0 else [0, 0, 1], angle), rotation, rtol=0, atol=1e-12)


def test_the_rotation_vector_agrees_with_scipy():
    rotations = Rotation.random(500, rng=np.random.default_rng(0))

    assert np.allclose(rotation_vector(rotations.as_matrix()), rotations.as_rotvec(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("make", [turn_x, turn_y, turn_z])
def test_no_turn_and_half_turns_are_exact(make):
    assert (rotation_vector(np.eye(3)) == 0).all()
    assert rotation_angle(np.rint(make(np.pi))) == np.pi
    assert rotation_angle(make(1e-9)) == pytest.approx(1e-9, rel=1e-12)


def test_batches_of_turns_are_turned_one_by_one():
    angles = np.linspace(-3.0, 3.0, 12).reshape(3, 4)
    together = turn_y(angles)

    assert together.shape == (3, 4, 3, 3)
    assert np.array_equal(together[1, 2], turn_y(angles[1, 2]))
    assert np.allclose(rotation_angle(together), np.abs(angles))


@given(POSE, POSE)
def test_the_inverse_undoes_a_pose(a_T_b, b_T_c):
    assert np.allclose(inv(a_T_b) @ a_T_b, np.eye(4), atol=1e-12)
    assert np.allclose(inv(a_T_b @ b_T_c), inv(b_T_c) @ inv(a_T_b), atol=1e-12)


@given(POSE, POSE)
def test_interpolation_meets_both_ends(a_T_b, a_T_c):
    ends = interpolate(a_T_b, a_T_c, [0.0, 1.0])

    assert np.allclose(ends[0], a_T_b, rtol=0, atol=1e-11)
    assert np.allclose(ends[1], a_T_c, rtol=0, atol=1e-11)


@given(POSE, POSE)
def test_interpolation_moves_and_turns_at_a_constant_rate(a_T_b, a_T_c):
    way = interpolate(a_T_b, a_T_c, np.linspace(0.0, 1.0, 9))
    steps = inv(way[:-1]) @ way[1:]
    whole = float(rotation_angle(a_T_b[:3, :3].T @ a_T_c[:3, :3]))

    assert np.allclose(np.diff(way[:, :3, 3], axis=0), (a_T_c - a_T_b)[:3, 3] / 8, atol=1e-12)
    assert np.allclose(rotation_angle(steps[:, :3, :3]), whole / 8, atol=1e-8)


@given(UNIT, UNIT)
def test_axes_are_orthonormal_with_z_as_asked(z, x):
    if np.linalg.norm(np.cross(z, x)) < 1e-3:
        return
    rotation = axes(3.0 * z, x)

    assert np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert np.allclose(rotation[:, 2], z)
    assert rotation[:, 0] @ x > 0.0
    assert abs(rotation[:, 1] @ x) < 1e-9


@pytest.mark.parametrize(("z", "x"), [((0, 0, 1), (0, 0, -2)), ((0, 0, 0), (1, 0, 0)), ((0, 0, 1), (0, 0, 0))])
def test_axes_without_a_direction_are_refused(z, x):
    with pytest.raises(ValueError, match="no direction"):
        axes(z, x)


def test_frozen_arrays_are_copies_that_cannot_be_written():
    source = np.zeros(3)
    array = frozen(source)
    source[0] = 1.0

    assert array[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 2.0
