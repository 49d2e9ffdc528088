"""Where the solids of the example touch, against its drawing; edges as tracks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellwright.geometry import frozen
from cellwright.parts.contacts import find_contacts, touching
from cellwright.parts.model import Edge, Part
from cellwright.parts.reading import read_part
from cellwright.parts.surfaces import distance, normals, on_face, surfaces
from cellwright.parts.tracks import along, arc, cut, reverse, track

EXAMPLE = Path(__file__).parents[2] / "examples" / "parts" / "bracket.step"

# base s1, back s2, sides s3 and s4, cross plate s5, gusset s6, rib s7, lug s8, tube s9: all stand on the base; sides
# and gusset meet the back, the cross plate stands between the sides (in the file's order, here counted from 0)
TOUCHING = [(0, k) for k in range(1, 9)] + [(1, 2), (1, 3), (1, 5), (2, 4), (3, 4)]


@pytest.fixture(scope="module")
def bracket() -> Part:
    return read_part(EXAMPLE)


def test_the_solids_of_the_example_touch_as_drawn(bracket):
    assert sorted(touching(find_contacts(bracket))) == sorted(TOUCHING)


def test_a_contact_lies_on_both_faces_and_has_their_normals(bracket):
    faces = surfaces(bracket)
    for contact in find_contacts(bracket):
        points = along(contact.way, np.linspace(0.01, 0.99, 7))[0]
        for face, turned in zip(contact.faces, contact.normals, strict=True):
            assert on_face(faces[face], points, 1e-6, border=1e-6).all()
            np.testing.assert_allclose(normals(faces[face], contact.way.points), turned, atol=1e-9)


def test_the_same_part_gives_the_same_contacts_twice(bracket):
    one, other = find_contacts(bracket), find_contacts(bracket)

    assert [c.faces for c in one] == [c.faces for c in other]
    assert all(a.way.points.tobytes() == b.way.points.tobytes() for a, b in zip(one, other, strict=True))


def test_contacts_at_a_corner_end_exactly_in_it(bracket):
    drawn = {round(float(v), 6) for face in bracket.faces for v in face.mesh.vertices.ravel()}
    for contact in find_contacts(bracket):
        if contact.way.kind == "line":
            assert all(min(abs(v - d) for d in drawn) < 3e-6 for v in contact.way.points.ravel())


def test_the_distance_from_a_face_is_that_of_its_nearest_triangle(bracket):
    face = next(face for face in surfaces(bracket) if face.kind == "plane")
    middle = face.triangles[0].mean(0)
    points = middle + np.array([[0.0], [0.003], [-0.5]]) * face.normal

    np.testing.assert_allclose(distance(face, points)[0], [0.0, 0.003, 0.5], atol=1e-12)


def spline(points: np.ndarray) -> Edge:
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    return Edge(
        name="e1", solid=0, kind="curve", points=frozen(points), centre=None, axis=None, radius=None, faces=(0, 1),
        length=length, angle=np.pi / 2,
    )  # fmt: skip


@given(angle=st.floats(0.3, 6.0), radius=st.floats(0.002, 0.5))
def test_a_spline_through_a_circle_is_an_arc(angle, radius):
    drawn = arc(np.array([radius, 0.0, 0.1]), np.array([0.0, 0.0, 0.1]), np.array([0.0, 0.0, 1.0]), angle)
    found = track(spline(drawn.points))

    assert found.kind == "arc"
    assert found.angle == pytest.approx(angle, abs=1e-6)
    np.testing.assert_allclose(found.points[[0, -1]], drawn.points[[0, -1]], atol=1e-9)


@given(low=st.floats(0.0, 0.45), high=st.floats(0.55, 1.0))
def test_a_cut_is_the_same_way_between_its_shares(low, high):
    shape = np.array([[0, 0, 0], [0.1, 0, 0.02], [0.15, 0.1, 0.03], [0.1, 0.2, 0.0], [0.0, 0.25, 0.1]])
    for way in (
        arc(np.array([0.2, 0.0, 0.0]), np.zeros(3), np.array([0.0, 0.0, 1.0]), 4.0),
        track(spline(shape)),
    ):
        piece = cut(way, low, high)
        share = np.array([0.0, 1.0])
        np.testing.assert_allclose(along(piece, share)[0], along(way, low + share * (high - low))[0], atol=1e-9)
        assert piece.length == pytest.approx((high - low) * way.length, rel=1e-9)


def test_a_reversed_way_runs_back():
    way = arc(np.array([0.2, 0.0, 0.0]), np.zeros(3), np.array([0.0, 0.0, 1.0]), 4.0)
    share = np.linspace(0, 1, 9)

    np.testing.assert_allclose(along(reverse(way), share)[0], along(way, 1 - share)[0], atol=1e-12)
    np.testing.assert_allclose(along(reverse(way), share)[1], -along(way, 1 - share)[1], atol=1e-12)
