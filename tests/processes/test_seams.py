"""Seams of made parts: what is found, where, and why the rest is not offered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import assembled, moved, plate, prism, tube

from cellwright.geometry import pose, turn
from cellwright.parts.tracks import along
from cellwright.processes.seams import Seam, find_seams

BASE = plate((-100, 100), (-60, 60), (0, 10))
TEE = assembled(BASE, plate((-80, 80), (-4, 4), (10, 60)))


def offered(seams: tuple[Seam, ...]) -> list[Seam]:
    return [seam for seam in seams if seam.weldable]


def shown(seams: tuple[Seam, ...]) -> list[tuple[str, float]]:
    return sorted((seam.joint, round(seam.length * 1e3, 2)) for seam in offered(seams))


def test_a_plate_standing_on_a_plate_has_a_fillet_on_either_side():
    seams = find_seams(TEE)

    assert shown(seams) == [("fillet", 160.0), ("fillet", 160.0)]
    assert [seam.reason for seam in seams if not seam.weldable] == ["the end of a plate, only 8.0 mm long"] * 2
    for seam in offered(seams):
        assert seam.bodies == ("s2", "s1")
        assert seam.opening == pytest.approx(np.pi / 2)
        np.testing.assert_allclose(seam.stretches[0].normals[1], [[0, 0, 1]] * 2, atol=1e-12)
        np.testing.assert_allclose(np.abs(seam.stretches[0].way.points[:, 1]), 0.004, atol=1e-9)


def test_a_tube_standing_on_a_plate_is_welded_outside_all_round_and_not_inside():
    seams = find_seams(assembled(BASE, tube((20, 10), (16, 20), (10, 80))))

    (outside,) = offered(seams)
    assert outside.closed
    assert outside.length == pytest.approx(2 * np.pi * 0.020, abs=1e-6)
    assert [seam.reason for seam in seams if not seam.weldable] == [
        "inside a round of 32.0 mm: no torch stands there at an angle"
    ]


def test_the_seam_ends_where_the_lower_plate_ends():
    part = assembled(BASE, plate((40, 160), (-4, 4), (10, 60)))

    assert shown(find_seams(part)) == [("fillet", 60.0), ("fillet", 60.0)]


def test_a_third_plate_on_the_seam_interrupts_it():
    part = assembled(BASE, plate((-80, 80), (-4, 4), (10, 60)), plate((0, 8), (4, 50), (10, 50)))
    lengths = [round(seam.length * 1e3, 2) for seam in offered(find_seams(part)) if set(seam.bodies) == {"s1", "s2"}]

    assert sorted(lengths) == [72.0, 80.0, 160.0]


def test_plates_that_overlap_make_lap_joints():
    part = assembled(BASE, plate((-50, 200), (-40, 40), (10, 18)))
    seams = find_seams(part)

    assert {seam.joint for seam in offered(seams)} == {"lap"}
    assert sorted(round(seam.length * 1e3, 2) for seam in offered(seams)) == [80.0, 80.0, 150.0, 150.0]


def test_plates_edge_to_edge_make_a_butt_joint_on_both_sides():
    part = assembled(BASE, plate((100, 300), (-60, 60), (0, 10)))
    seams = find_seams(part)

    assert shown(seams) == [("butt", 120.0), ("butt", 120.0)]
    for seam in offered(seams):
        assert seam.opening == pytest.approx(np.pi)


def test_blocks_level_with_each_other_have_no_groove():
    part = assembled(plate((0, 60), (0, 60), (0, 50)), plate((0, 60), (0, 60), (50, 100)))

    assert {seam.joint for seam in find_seams(part)} == {"flush"}
    assert not offered(find_seams(part))


def test_the_inner_corner_of_an_angle_is_a_seam_only_where_the_file_has_no_pieces():
    outline = [(0.0, 0.0), (60.0, 0.0), (60.0, 8.0), (8.0, 8.0), (8.0, 60.0), (0.0, 60.0)]
    alone = find_seams(assembled(prism(outline, (0, 100))))
    on_a_plate = find_seams(assembled(prism(outline, (0, 100)), plate((0, 60), (-10, 0), (-50, 150))))

    assert shown(alone) == [("fillet", 100.0)]
    inner = [seam for seam in on_a_plate if seam.bodies == ("s1", "s1")]
    assert [seam.weldable for seam in inner] == [False]
    assert "inner corner of s1" in inner[0].reason


def test_a_step_of_a_block_is_no_seam():
    outline = [(0.0, 0.0), (100.0, 0.0), (100.0, 60.0), (70.0, 60.0), (70.0, 80.0), (0.0, 80.0)]
    (step,) = find_seams(assembled(prism(outline, (0, 100))))

    assert not step.weldable
    assert "step" in step.reason


def test_pins_and_what_they_clamp_are_not_welds():
    washer = tube((0, 0), (8, 14), (10, 13))
    plate_with_hole = tube((0, 0), (8, 200), (0, 10), sides=180)
    part = assembled(plate_with_hole, washer, tube((0, 0), (8,), (-20, 40)))
    seams = find_seams(part)

    assert not offered(seams)
    kinds = {frozenset(seam.bodies): seam.joint for seam in seams}
    assert kinds[frozenset({"s1", "s2"})] == "fastener"
    assert kinds[frozenset({"s1", "s3"})] == kinds[frozenset({"s2", "s3"})] == "hole"


def test_a_boss_round_a_hole_is_a_weld_while_no_pin_runs_through():
    part = assembled(tube((0, 0), (8, 200), (0, 10), sides=180), tube((0, 0), (8, 14), (10, 30)))

    assert shown(find_seams(part)) == [("fillet", round(2 * np.pi * 14, 2))]


def test_a_gap_of_drawn_sheet_metal_is_bridged_and_a_wide_one_is_not():
    near = assembled(BASE, plate((-80, 80), (-4, 4), (10.15, 60)))
    far = assembled(BASE, plate((-80, 80), (-4, 4), (11, 60)))

    assert len(offered(find_seams(near))) == 2
    assert find_seams(far) == ()


def test_a_wall_right_in_front_of_the_root_leaves_no_room():
    part = assembled(BASE, plate((-80, 80), (-4, 4), (10, 60)), plate((-80, 80), (16, 24), (10, 80)))
    reasons = [seam.reason for seam in find_seams(part) if not seam.weldable and seam.length > 0.1]

    assert len(reasons) == 2
    assert all("no room for a torch" in reason for reason in reasons)


@settings(max_examples=10, deadline=None)
@given(
    axis=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    angle=st.floats(-3, 3),
    shift=st.tuples(*[st.floats(-2, 2)] * 3),
)
def test_seams_move_with_the_part(axis, angle, shift):
    part = assembled(BASE, plate((-80, 80), (-4, 4), (10, 60)), tube((50, 30), (12, 16), (10, 80)))
    new_T_old = pose(shift, turn(np.array(axis) / np.linalg.norm(axis), angle))
    new, old = find_seams(moved(part, new_T_old)), find_seams(part)

    assert [(seam.name, seam.joint, seam.bodies, seam.edges) for seam in new] == [
        (seam.name, seam.joint, seam.bodies, seam.edges) for seam in old
    ]
    for one, other in zip(new, old, strict=True):
        assert one.length == pytest.approx(other.length, abs=1e-6)
        share = np.linspace(0, 1, 5)
        expected = along(other.stretches[0].way, share)[0] @ new_T_old[:3, :3].T + new_T_old[:3, 3]
        np.testing.assert_allclose(along(one.stretches[0].way, share)[0], expected, atol=1e-6)
        normals = other.stretches[0].normals @ new_T_old[:3, :3].T
        np.testing.assert_allclose(one.stretches[0].normals, normals, atol=1e-6)


def test_the_free_wedge_lies_on_the_left():
    for seam in find_seams(TEE):
        for stretch in seam.stretches:
            (place,), (ahead,) = along(stretch.way, np.array([0.5]))
            left = np.cross(stretch.normals[1, 0], ahead)
            assert stretch.normals[0, 0] @ left > 0.99
            assert not np.isnan(place).any()
