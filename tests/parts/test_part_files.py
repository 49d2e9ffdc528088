"""Other formats and units, strange but readable parts, and damaged files."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellwright.errors import CellwrightError, InputError
from cellwright.parts.model import Part
from cellwright.parts.reading import read_part

from .conftest import BRACKET

pytest.importorskip("OCP", reason="the CAD engine is not installed")

BOX_MM = (10.0, 20.0, 30.0)


def box():
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

    return BRepPrimAPI_MakeBox(*BOX_MM).Shape()


def brep(path: Path, shape) -> Path:
    from OCP.BRepTools import BRepTools

    BRepTools.Write_s(shape, str(path))
    return path


def compound(*shapes):
    from OCP.BRep import BRep_Builder
    from OCP.TopoDS import TopoDS_Compound

    whole, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(whole)
    for shape in shapes:
        builder.Add(whole, shape)
    return whole


def faces_of(shape) -> list:
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    explorer = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE)
    found = []
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def size(part: Part) -> np.ndarray:
    points = np.concatenate([solid.mesh.vertices for solid in part.solids])
    return points.max(0) - points.min(0)


def codes(part: Part) -> set[str]:
    return {finding.code for finding in part.findings}


def test_a_brep_file_is_in_mm_unless_said(tmp_path):
    path = brep(tmp_path / "box.brep", box())
    in_mm, in_inch = read_part(path), read_part(path, unit="in")

    assert_allclose(size(in_mm), np.array(BOX_MM) * 1e-3)
    assert_allclose(size(in_inch), np.array(BOX_MM) * 0.0254)
    assert codes(in_mm) == {"unit-assumed"}
    assert codes(in_inch) == set()
    assert [edge.kind for edge in in_mm.edges] == ["line"] * 12
    assert_allclose([edge.angle for edge in in_mm.edges], np.pi / 2)


def test_an_inside_out_solid_is_turned_round_and_told(tmp_path):
    part = read_part(brep(tmp_path / "box.brep", box().Reversed()), unit="mm")

    assert codes(part) == {"inside-out"}
    assert part.solids[0].volume == pytest.approx(6e-6)
    assert part.solids[0].mesh.closed
    middle = np.array(BOX_MM) * 0.5e-3
    assert all((face.point - middle) @ face.normal > 0 for face in part.faces)


def test_an_open_surface_is_read_and_told(tmp_path):
    part = read_part(brep(tmp_path / "lid.brep", compound(*faces_of(box())[:5])), unit="mm")

    assert codes(part) == {"open-surface"}
    assert part.solids[0].volume == 0.0
    assert not part.solids[0].mesh.closed
    assert sorted({len(edge.faces) for edge in part.edges}) == [1, 2]
    assert all(np.isnan(edge.angle) == (len(edge.faces) == 1) for edge in part.edges)


def test_loose_faces_that_close_are_a_solid_and_told(tmp_path):
    part = read_part(brep(tmp_path / "skin.brep", compound(*faces_of(box()))), unit="mm")

    assert codes(part) == {"surfaces-filled"}
    assert part.solids[0].volume == pytest.approx(6e-6)


def test_a_surface_beside_a_solid_is_left_out_and_told(tmp_path):
    part = read_part(brep(tmp_path / "both.brep", compound(box(), faces_of(box())[0])), unit="mm")

    assert codes(part) == {"surfaces-left-out"}
    assert len(part.faces) == 6


@pytest.mark.parametrize(("solids_in_iges", "found"), [(0, {"surfaces-filled"}), (1, set())], ids=["faces", "solids"])
def test_iges_gives_the_same_bodies_as_step(tmp_path, bracket: Part, solids_in_iges, found):
    from OCP.IGESControl import IGESControl_Writer
    from OCP.STEPControl import STEPControl_Reader

    reader = STEPControl_Reader()
    reader.ReadFile(str(BRACKET))
    reader.TransferRoots()
    writer = IGESControl_Writer("MM", solids_in_iges)
    writer.AddShape(reader.OneShape())
    assert writer.Write(str(tmp_path / "bracket.igs"))

    part = read_part(tmp_path / "bracket.igs")

    assert (part.unit, codes(part)) == ("mm", found)
    assert_allclose([s.volume for s in part.solids], [s.volume for s in bracket.solids], rtol=1e-6)
    assert {face.kind for face in part.faces} == {"plane", "cylinder"}
    assert {edge.kind for edge in part.edges} == {"line", "arc"}


def test_the_unit_in_a_step_file_is_honoured(tmp_path, bracket: Part):
    path = tmp_path / "bracket.step"
    path.write_text(BRACKET.read_text(encoding="ascii").replace(".MILLI.", ".CENTI."), encoding="ascii")

    part = read_part(path)

    assert part.unit == "cm"
    assert_allclose(size(part), size(bracket) * 10, rtol=1e-9)
    with pytest.raises(InputError, match="its unit is cm, not mm"):
        read_part(path, unit="mm")


@pytest.mark.parametrize(("unit", "edge"), [("um", 30.0), ("m", 3000.0)])
def test_an_absurd_size_is_told_with_the_likely_unit(tmp_path, unit, edge):
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox

    part = read_part(brep(tmp_path / "box.brep", BRepPrimAPI_MakeBox(edge, edge, edge).Shape()), unit=unit)

    (finding,) = part.findings
    assert finding.code == "part-size"
    assert "in mm" in finding.what


def test_a_mesh_part_needs_its_unit(tmp_path):
    path = tmp_path / "box.obj"
    path.write_text("v 0 0 0\nv 10 0 0\nv 0 10 0\nv 0 0 10\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n", encoding="ascii")
    with pytest.raises(InputError, match="no unit") as caught:
        read_part(path)
    assert "unit: mm" in caught.value.fix

    part = read_part(path, unit="mm")

    assert not part.exact
    assert part.solids[0].volume == pytest.approx(1e-6 / 6)
    assert codes(read_part(path, unit="um")) == {"part-size"}


STEP = BRACKET.read_bytes()
EDGE = b"EDGE_CURVE"
DAMAGED: dict[str, bytes] = {
    "empty.step": b"",
    "header.step": STEP[:300],
    "half.step": STEP[: len(STEP) // 2],
    "tail.step": STEP[:-60],
    "no_data.step": b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n",
    "stl.step": bytes(80) + b"\x0c\0\0\0" + bytes(600),
    "words.step": b"a bracket of nine bodies\n" * 100,
    "links.step": STEP.replace(b"DATA;", b"DATA;\n#99999 = DOCUMENT_FILE('../../other.step','','',$,'',$);", 1),
    "no_edges.step": STEP.replace(EDGE, b"EDGE_CURSE"),
    "crossed.step": re.sub(rb"ADVANCED_FACE\('',\(#(\d+)", rb"ADVANCED_FACE('',(#1\1", STEP),
    "wrong_kind.step": re.sub(rb"(EDGE_CURVE\('',#\d+,#\d+),#\d+", rb"\1,#7", STEP),
    "empty.igs": b"",
    "words.igs": b"a bracket of nine bodies\n" * 100,
    "step.igs": STEP,
    "step.brep": STEP,
    "head.brep": b"DBRep_DrawableShape\n\nCASCADE Topology V1, (c) Matra-Datavision\nLocations 99999999\n1\n",
    "part.dxf": b"0\nSECTION\n",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_says_what_is_wrong(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    with pytest.raises(InputError) as caught:
        read_part(path)

    assert caught.value.where is not None
    assert caught.value.where.file == path
    assert caught.value.fix
    assert len(str(caught.value)) < 700


def test_a_solid_that_cannot_be_built_is_missed(tmp_path):
    path = tmp_path / "eight.step"
    path.write_bytes(re.sub(rb"CLOSED_SHELL\('',\([^)]*\)\)", b"CLOSED_SHELL('',())", STEP, count=1))

    part = read_part(path)

    assert len(part.solids) == 8
    assert [f.severity for f in part.findings if f.code == "solids-missing"] == ["error"]


@pytest.mark.parametrize(("name", "says"), [("missing.step", "no such file"), ("folder.step", "not a file")])
def test_what_is_not_a_file_is_refused(tmp_path, name, says):
    (tmp_path / "folder.step").mkdir()
    with pytest.raises(InputError, match=says):
        read_part(tmp_path / name)


@pytest.mark.parametrize("number", ["1.E+300", "-9.E+18", "NAN"])
def test_huge_numbers_end_in_an_error_or_a_finding(tmp_path, number):
    path = tmp_path / "huge.step"
    path.write_bytes(STEP.replace(b"(-210.,-140.,0.)", f"({number},-140.,0.)".encode()))
    try:
        part = read_part(path, seconds=60.0)
    except InputError:
        return
    assert part.findings


@pytest.mark.slow
def test_twenty_copies_with_five_changed_bytes_end_in_an_error_or_are_read(tmp_path):
    draw = random.Random(20)
    copies: list[Path] = []
    for i in range(20):
        data = bytearray(STEP)
        for _ in range(5):
            data[draw.randrange(200, len(data))] = draw.randrange(256)
        copies.append(tmp_path / f"copy{i}.step")
        copies[-1].write_bytes(data)

    def read(path: Path) -> Part | CellwrightError:
        try:
            return read_part(path)
        except CellwrightError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(read, copies))
    errors = [result for result in results if not isinstance(result, Part)]
    assert all(isinstance(error, InputError) and error.fix for error in errors)
    assert len(errors) >= 15
    for part in (result for result in results if isinstance(result, Part)):
        assert len(part.solids) == 9 or part.findings
