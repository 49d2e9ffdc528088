"""Real CAD files against the figures that were written beside them by another program."""

import numpy as np
import pytest

from cellwright.parts.reading import read_part

pytest.importorskip("OCP", reason="the CAD engine is not installed")

# solids, faces (free surfaces that carry notes included), extents [mm], volume [cm3]
FIGURES = {
    "nist/nist_ctc_01_asme1_ap242-e1.stp": (1, 117, (800.0, 450.0, 150.0), 14644.8),
    "nist/nist_ctc_04_asme1_ap242-e1.stp": (1, 484, (500.0, 780.0, 162.0), 17518.5),
    "nist/nist_ftc_07_asme1_ap242-e2.stp": (1, 306, (352.2, 136.3, 263.3), 1726.6),
    "nist/nist_stc_07_asme1_ap242-e3.stp": (1, 306, (352.1, 136.2, 263.2), 1726.6),
    "mechanical/featuretype.STEP": (1, 96, (127.7, 63.5, 34.9), 190.5),
    "mechanical/base_interface_AP203.STEP": (1, 30, (599.4, 638.7, 4.8), 1258.0),
    "mechanical/base_interface_AP214.STEP": (1, 30, (599.4, 638.7, 4.8), 1258.0),
    "mechanical/frame.step": (1, 375, (711.2, 292.1, 812.8), 10156.6),
    "mechanical/screw.step": (1, 10, (20.0, 20.0, 42.3), 3.8),
    "mechanical/as1-tu-203.stp": (18, 160, (200.0, 150.0, 84.0), 764.5),
    "mechanical/M6-1x12-countersunk-screw.step": (1, 28, (10.3, 10.4, 12.0), 0.3),
    "mechanical/CrankArm.brep": (2, 53, (156.5, 43.7, 74.9), 54.1),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_real_part_is_read_as_its_list_says(real_data, name):
    solids, faces, extents, volume = FIGURES[name]

    part = read_part(real_data / "parts" / name, unit="mm" if name.endswith("brep") else None)

    left_out = sum(int(f.value or 0) for f in part.findings if f.code == "surfaces-left-out")
    assert {f.code for f in part.findings} <= {"surfaces-left-out"}
    assert len(part.solids) == solids
    assert len(part.faces) + left_out == faces
    assert sum(solid.volume for solid in part.solids) * 1e6 == pytest.approx(volume, rel=1e-3, abs=0.06)
    points = np.concatenate([solid.mesh.vertices for solid in part.solids])
    size = np.ptp(points, axis=0) * 1e3
    # the list's boxes have room round curved faces, and hold the free surfaces
    assert (size <= np.array(extents) + 0.1).all()
    assert left_out or (size >= 0.93 * np.array(extents)).all()
    assert all(solid.mesh.closed for solid in part.solids)
    assert all(np.isfinite(face.normal).all() for face in part.faces)
    assert all(np.isfinite(edge.angle) and len(edge.faces) in (1, 2) for edge in part.edges)


def test_an_assembly_has_its_names_and_its_round_faces_though_they_are_splines(real_data):
    part = read_part(real_data / "parts" / "mechanical" / "as1-tu-203.stp")

    labels = [solid.label for solid in part.solids]
    assert {label: labels.count(label) for label in labels} == {
        "nut": 8,
        "rod": 1,
        "bolt": 6,
        "l-bracket": 2,
        "plate": 1,
    }
    for solid, label in zip(part.solids, labels, strict=True):
        radii = {round(part.faces[i].radius or 0.0, 9) for i in solid.faces if part.faces[i].kind == "cylinder"}
        assert radii == {"bolt": {0.005, 0.0075}}.get(label, {0.005})
    for face in part.faces:
        assert face.kind in ("plane", "cylinder")
        if face.axis is not None:
            out = face.mesh.vertices - face.origin
            out = out - (out @ face.axis)[:, None] * face.axis
            np.testing.assert_allclose(np.linalg.norm(out, axis=1), face.radius, atol=1e-9)


def test_mesh_parts_are_read_with_their_unit(real_data):
    process = real_data / "parts" / "process"

    bent = read_part(process / "puzzle_bent.dae")
    scan = read_part(process / "part_scan.ply", unit="m")

    assert (bent.unit, scan.unit) == ("m", "m")
    assert {f.code for f in scan.findings} == {"open-surface"}
    np.testing.assert_allclose(np.ptp(bent.solids[0].mesh.vertices, axis=0), [0.2069, 0.0692, 0.1866], atol=6e-5)
