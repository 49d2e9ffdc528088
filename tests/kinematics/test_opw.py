"""Measures of opw arms read from their axes, and what they say about a joint position."""

import math
from pathlib import Path

import arms
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from positions import any_positions, singular_positions
from second_reader import read

from cellwright.errors import CellwrightError
from cellwright.geometry import pose
from cellwright.kinematics.chain import base_T_flange, manipulability
from cellwright.kinematics.family import recognise
from cellwright.kinematics.opw import opw_branch, opw_flange, opw_geometry, opw_singularity

LENGTHS = ("a1", "a2", "b", "c1", "c2", "c3", "c4")

PUBLISHED = {  # a1 a2 b c1 c2 c3 c4 [m], from the makers' dimension drawings by way of the descriptions
    "KR8_R2100": (0.16, -0.22, 0, 0.52, 0.98, 0.935, 0.08),
    "IRB2400": (0.1, -0.135, 0, 0.615, 0.705, 0.755, 0.085),
    "IER20_1760": (0.2, -0.16, 0, 0.5, 0.79, 0.749, 0.113),
    "TX2_60": (0, 0, 0.02, 0.375, 0.29, 0.31, 0.07),
}

SIGN = st.sampled_from([1.0, -1.0])


@st.composite
def opw_arms(draw):
    size = st.floats(0.05, 1.5)
    aside = st.one_of(st.just(0.0), st.floats(0.01, 0.5), st.floats(-0.5, -0.01))
    measures = {
        "a1": draw(aside),
        "a2": draw(aside),
        "b": draw(aside),
        "c1": draw(size),
        "c2": draw(size),
        "c3": draw(size),
        "c4": draw(size),
    }
    sign = np.array([draw(SIGN) for _ in range(6)])
    offset = np.array([draw(st.floats(-math.pi, math.pi)) for _ in range(6)])
    return arms.any_opw(measures, sign, offset, np.random.default_rng(draw(st.integers(0, 99)))), measures


@pytest.mark.parametrize("name", arms.OPW)
def test_measures_are_the_published_ones(name):
    g = opw_geometry(arms.OPW[name])

    assert [getattr(g, length) for length in LENGTHS] == pytest.approx(PUBLISHED[name], abs=1e-9)
    assert g.exact


@settings(deadline=None, max_examples=60)
@given(opw_arms())
def test_any_opw_arm_is_measured_and_mapped_exactly(case):
    chain, measures = case
    g = opw_geometry(chain)
    q = any_positions(20)

    assert np.abs(opw_flange(g, q) - base_T_flange(chain, q)).max() < 1e-9
    assert g.exact
    for length in ("c1", "c2", "c3", "c4"):
        assert getattr(g, length) == pytest.approx(measures[length], abs=1e-9)
    assert abs(g.b) == pytest.approx(abs(measures["b"]), abs=1e-9)
    assert abs(g.a1) == pytest.approx(abs(measures["a1"]), abs=1e-9)
    assert g.a1 > -1e-6


@pytest.mark.parametrize("name", arms.OPW)
def test_turning_the_base_changes_the_base_frame_only(name):
    rng = np.random.default_rng(1)
    new_T_base = pose(rng.uniform(-0.2, 0.2, 3), arms.any_rotation(rng))
    here, there = (
        opw_geometry(arms.OPW[name]),
        opw_geometry(arms.moved(arms.OPW[name], pose((0, 0, 0), new_T_base[:3, :3]))),
    )

    assert [getattr(there, length) for length in LENGTHS] == pytest.approx(
        [getattr(here, length) for length in LENGTHS]
    )
    assert np.allclose(there.offset, here.offset, atol=1e-9)
    assert np.array_equal(there.sign, here.sign)
    q = any_positions(50)
    assert np.array_equal(opw_branch(there, q), opw_branch(here, q))


def test_an_arm_of_another_family_is_refused():
    with pytest.raises(CellwrightError, match="spherical wrist"):
        opw_geometry(arms.UR10E)


@pytest.mark.parametrize("name", arms.OPW)
def test_singularity_distances_are_zero_where_the_jacobian_loses_rank(name):
    chain = arms.OPW[name]
    g = opw_geometry(chain)
    free, stuck = any_positions(300), singular_positions(g, 300)

    assert opw_singularity(g, stuck).min(-1).max() < 5e-6
    assert manipulability(chain, stuck).max() < 1e-5
    # the determinant is the product of the three measures, one for each way to be singular, times c2 and the forearm
    wrist, elbow, shoulder = np.moveaxis(opw_singularity(g, free), -1, 0)
    product = np.sin(wrist) * np.sin(elbow) * shoulder * g.c2 * g.forearm
    assert np.allclose(manipulability(chain, free), product, rtol=1e-9, atol=1e-12)


def test_branch_of_a_position_does_not_change_along_a_motion_without_singularity():
    g = opw_geometry(arms.KR8_R2100)
    start, end = np.radians([0, -90, 90, 0, 45, 0]), np.radians([60, -70, 60, 80, 80, 200])
    q = start + np.linspace(0, 1, 100)[:, None] * (end - start)

    assert opw_singularity(g, q).min() > 0.1
    assert len(set(opw_branch(g, q).tolist())) == 1


def test_every_real_opw_arm_follows_its_chain(real_data: Path):
    exact = rounded = 0
    for file in sorted((real_data / "kinematics").glob("*.urdf")):
        chain = read(file).chain
        if recognise(chain) != "opw":
            continue
        g = opw_geometry(chain)
        q = any_positions(50)
        off = np.abs(opw_flange(g, q) - base_T_flange(chain, q)).max()
        # descriptions that write pi/2 as 1.5708 are not quite opw arms: 3.7e-6 rad an axis
        assert off < (1e-9 if g.exact else 5e-5), file.name
        exact, rounded = exact + g.exact, rounded + (not g.exact)

    assert (exact, rounded) == (80, 7)
