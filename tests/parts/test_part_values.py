"""What is read of a part must be true of its own triangles: a second way to the same figures."""

import math
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellwright.meshes import signed_volume
from cellwright.parts.model import Part
from cellwright.parts.reading import read_part

from .conftest import BRACKET, winding

# by hand, mm: plates are boxes; the base has four holes of 14, the lug one of 20
VOLUMES = {
    "base_plate": 420 * 280 * 10 - 4 * math.pi * 7**2 * 10,
    "back_plate": 200 * 10 * 100,
    "side_plate_left": 10 * 110 * 60,
    "side_plate_right": 10 * 110 * 60,
    "cross_plate": 180 * 10 * 40,
    "gusset": 8 * (40 * 40 - 32 * 32 / 2),
    "rib": 100 * 10 * 50,
    "lug": 100 * 10 * 60 - math.pi * 10**2 * 10,
    "tube": math.pi * (30**2 - 25**2) * 70,
}


def test_the_bracket_holds_its_bodies_in_order_with_name_and_volume(bracket: Part):
    assert [solid.label for solid in bracket.solids] == list(VOLUMES)
    assert [solid.name for solid in bracket.solids] == [f"s{i + 1}" for i in range(9)]
    assert_allclose([solid.volume * 1e9 for solid in bracket.solids], list(VOLUMES.values()), rtol=1e-9)
    assert bracket.findings == ()
    assert (bracket.unit, bracket.exact) == ("mm", True)


def test_the_bracket_file_is_what_its_script_builds(tmp_path):
    pytest.importorskip("OCP", reason="the CAD engine is not installed")
    (tmp_path / "make.py").write_bytes((BRACKET.parent / "make_bracket.py").read_bytes())
    subprocess.run([sys.executable, tmp_path / "make.py"], check=True, stdout=subprocess.DEVNULL, timeout=120)

    assert (tmp_path / "bracket.step").read_bytes() == BRACKET.read_bytes()


def test_every_solid_is_closed_and_its_triangles_bound_its_volume(bracket: Part):
    for solid in bracket.solids:
        inside = signed_volume(solid.mesh.vertices, solid.mesh.faces)
        assert solid.mesh.closed
        assert inside == pytest.approx(solid.volume, rel=0.03)
        if all(bracket.faces[i].kind == "plane" for i in solid.faces):
            assert inside == pytest.approx(solid.volume, rel=1e-12)


def test_normals_point_out_of_the_material(bracket: Part):
    for solid in bracket.solids:
        faces = [bracket.faces[i] for i in solid.faces]
        points = np.array([face.point for face in faces])
        normals = np.array([face.normal for face in faces])
        assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
        assert_allclose(winding(solid.mesh, points + 1e-3 * normals), 0.0, atol=1e-6)
        assert_allclose(winding(solid.mesh, points - 1e-3 * normals), 1.0, atol=1e-6)


def test_edge_angles_are_the_share_of_material_round_the_edge(bracket: Part):
    """Count on a small circle round the middle of every straight edge how many points lie in the material."""
    for solid in bracket.solids:
        for edge in (bracket.edges[i] for i in solid.edges):
            if edge.kind != "line":
                continue
            start, end = edge.points[[0, -1]]
            along = (end - start) / np.linalg.norm(end - start)
            across = np.linalg.svd(along[None])[2][1:]
            turn = (np.arange(90) + 0.37) * 2 * np.pi / 90
            circle = (start + end) / 2 + 1e-3 * (np.cos(turn)[:, None] * across[0] + np.sin(turn)[:, None] * across[1])
            share = winding(solid.mesh, circle).round().mean()
            assert edge.angle == pytest.approx(share * 2 * np.pi, abs=2.1 * 2 * np.pi / 90)


def test_edges_lie_on_their_arc_or_line_and_between_their_faces(bracket: Part):
    for edge in bracket.edges:
        steps = np.linalg.norm(np.diff(edge.points, axis=0), axis=1)
        assert len(edge.faces) == 2
        assert edge.length == pytest.approx(steps.sum(), rel=0.02)
        if edge.kind == "line":
            assert len(edge.points) == 2
            assert edge.length == pytest.approx(steps.sum(), rel=1e-12)
        else:
            assert edge.centre is not None
            assert edge.axis is not None
            assert edge.radius is not None
            out = edge.points - edge.centre
            assert_allclose(np.linalg.norm(out, axis=1), edge.radius, rtol=1e-9)
            assert_allclose(out @ edge.axis, 0.0, atol=1e-12)
            bulge = edge.radius - np.linalg.norm((edge.points[1:] + edge.points[:-1]) / 2 - edge.centre, axis=1)
            assert bulge.max() <= bracket.tolerance
        for face in (bracket.faces[i] for i in edge.faces):
            if face.kind == "plane":
                assert_allclose((edge.points - face.point) @ face.normal, 0.0, atol=1e-9)
            else:
                from_axis = edge.points - face.origin
                from_axis -= (from_axis @ face.axis)[:, None] * face.axis
                assert_allclose(np.linalg.norm(from_axis, axis=1), face.radius, atol=1e-9)


def test_a_cylinder_of_the_tube_knows_axis_radius_and_side(bracket: Part):
    (tube,) = (solid for solid in bracket.solids if solid.label == "tube")
    round_ = sorted((bracket.faces[i] for i in tube.faces if bracket.faces[i].kind == "cylinder"), key=lambda f: f.area)
    for face, radius, outwards in zip(round_, (0.025, 0.030), (-1.0, 1.0), strict=True):
        assert face.axis is not None
        assert face.origin is not None
        assert face.radius == pytest.approx(radius)
        assert_allclose(np.abs(face.axis), [0.0, 0.0, 1.0], atol=1e-12)
        assert_allclose(face.origin[:2], [0.13, 0.05])
        assert (face.point - face.origin) @ face.normal * outwards == pytest.approx(radius)
        assert face.area == pytest.approx(2 * math.pi * radius * 0.07)


def test_reading_twice_gives_the_same_numbers(bracket: Part):
    again = read_part(BRACKET)

    assert [e.name for e in again.edges] == [e.name for e in bracket.edges]
    for mine, theirs in zip((*again.edges, *again.faces), (*bracket.edges, *bracket.faces), strict=True):
        assert mine.solid == theirs.solid
        assert mine.kind == theirs.kind
    for mine, theirs in zip(again.edges, bracket.edges, strict=True):
        assert np.array_equal(mine.points, theirs.points)
        assert mine.angle == theirs.angle
    for mine, theirs in zip(again.solids, bracket.solids, strict=True):
        assert np.array_equal(mine.mesh.vertices, theirs.mesh.vertices)
        assert np.array_equal(mine.mesh.faces, theirs.mesh.faces)
