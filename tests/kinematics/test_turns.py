"""Whole turns against enumeration by hand and against their laws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellwright.kinematics.turns import all_turns, coupled_margin, limit_margin, nearest_turn

ANGLE = st.floats(-math.pi, math.pi)
LIMIT = st.tuples(st.floats(-12, 12), st.floats(0.1, 15)).map(lambda t: (t[0], t[0] + t[1]))


def by_hand(q: float, low: float, high: float) -> list[float]:
    return [q + math.tau * k for k in range(-6, 7) if low - 1e-12 <= q + math.tau * k <= high + 1e-12]


@given(st.lists(st.tuples(ANGLE, LIMIT), min_size=1, max_size=3))
def test_all_turns_are_those_found_by_hand(joints):
    q = np.array([[q for q, _ in joints]])
    lower, upper = (np.array([limit[i] for _, limit in joints]) for i in (0, 1))
    row, found = all_turns(q, lower, upper)
    expected = list(itertools.product(*(by_hand(q, *limit) for q, limit in joints)))

    assert found.shape == (len(expected), len(joints))
    assert np.allclose(found, np.array(expected).reshape(found.shape), atol=1e-11)
    assert not row.any()


@given(ANGLE, LIMIT)
def test_margin_is_that_of_the_best_turn(q, limit):
    low, high = limit
    best = max(min(q + math.tau * k - low, high - q - math.tau * k) for k in range(-6, 7))

    assert limit_margin(np.array([q]), np.array([low]), np.array([high]))[0] == pytest.approx(best, abs=1e-12)


@given(ANGLE, st.floats(-12, 12), LIMIT)
def test_nearest_turn_is_the_nearest_of_all(q, near, limit):
    low, high = limit
    turns = by_hand(q, low, high)
    found = float(nearest_turn(np.array([q]), np.array([near]), np.array([low]), np.array([high]))[0])

    if turns:
        assert abs(found - near) == pytest.approx(min(abs(t - near) for t in turns), abs=1e-11)
        assert low <= found <= high
    else:
        assert math.isnan(found)


def test_rows_without_a_turn_or_with_nan_give_nothing():
    q = np.array([[0.0, 0.0], [3.0, 0.0], [np.nan, 0.0], [-0.5, 1.0]])
    row, found = all_turns(q, np.array([-1.0, -7.0]), np.array([1.0, 7.0]))

    assert row.tolist() == [0, 0, 0, 3, 3]
    assert np.allclose(found[:, 1], [-math.tau, 0, math.tau, 1 - math.tau, 1])


def test_joint_without_end_has_one_turn_and_no_margin():
    q, endless = np.array([[2.0]]), (np.array([-np.inf]), np.array([np.inf]))

    assert limit_margin(q, *endless)[0, 0] == np.inf
    assert all_turns(q, *endless)[1].tolist() == [[2.0]]
    assert nearest_turn(q, np.array([[20.0]]), *endless)[0, 0] == pytest.approx(2.0 + 3 * math.tau)


def test_sliding_joint_has_no_turns():
    q, lower, upper = np.array([[0.4]]), np.array([-20.0]), np.array([20.0])
    sliding = np.array([True])

    assert limit_margin(q, lower, upper, sliding=sliding)[0, 0] == pytest.approx(19.6)
    assert all_turns(q, lower, upper, sliding=sliding)[1].tolist() == [[0.4]]
    assert nearest_turn(q, np.array([[19.0]]), lower, upper, sliding=sliding)[0, 0] == 0.4


def test_limit_that_rounding_passes_by_a_hair_is_kept():
    lower, upper = np.array([-math.pi]), np.array([math.pi])
    _, found = all_turns(np.array([[math.nextafter(math.pi, 4)]]), lower, upper)

    assert found.shape == (2, 1)
    assert np.abs(found).max() <= math.pi


@given(st.lists(ANGLE, min_size=3, max_size=3), LIMIT, st.integers(-2, 2))
def test_margin_of_a_sum_does_not_see_whole_turns_of_a_joint(q, limit, turns):
    coupling, low, high = np.array([[0.0, 1.0, 1.0]]), np.array([limit[0]]), np.array([limit[1]])
    here = coupled_margin(np.array(q), coupling, low, high)
    there = coupled_margin(np.array([q[0], q[1], q[2] + turns * math.tau]), coupling, low, high)

    assert here == pytest.approx(there, abs=1e-9)
    assert here == pytest.approx(limit_margin(np.array([q[1] + q[2]]), low, high), abs=1e-12)
