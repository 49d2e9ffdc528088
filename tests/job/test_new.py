"""A job file written round a part is a right job file, and says what was found."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InputError
from cellwright.job.loading import load_job
from cellwright.job.new import new_job
from cellwright.parts.reading import read_part
from cellwright.processes.seams import find_seams
from cellwright.scene import job_bodies, job_part
from cellwright.shapes import bounds, moved

TETRAHEDRON = """\
solid t
facet normal 0 0 -1
outer loop
vertex 0 0 0
vertex 0 100 0
vertex 100 0 0
endloop
endfacet
facet normal 0 -1 0
outer loop
vertex 0 0 0
vertex 100 0 0
vertex 0 0 100
endloop
endfacet
facet normal -1 0 0
outer loop
vertex 0 0 0
vertex 0 0 100
vertex 0 100 0
endloop
endfacet
facet normal 1 1 1
outer loop
vertex 100 0 0
vertex 0 100 0
vertex 0 0 100
endloop
endfacet
endsolid t
"""


@pytest.fixture
def tee(tmp_path: Path) -> Path:
    """Return a STEP file of a plate that stands on another: two fillets of 100 mm and two short ends."""
    from OCP.BRep import BRep_Builder
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt
    from OCP.STEPControl import STEPControl_AsIs, STEPControl_Writer
    from OCP.TopoDS import TopoDS_Compound

    pieces = TopoDS_Compound()
    builder = BRep_Builder()
    builder.MakeCompound(pieces)
    builder.Add(pieces, BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(100, 100, 8)).Shape())
    builder.Add(pieces, BRepPrimAPI_MakeBox(gp_Pnt(0, 46, 8), gp_Pnt(100, 54, 88)).Shape())
    writer = STEPControl_Writer()
    writer.Transfer(pieces, STEPControl_AsIs)
    file = tmp_path / "a tee: piece #1.step"  # a name that YAML would read as something else
    writer.Write(str(file))
    return file


def test_the_written_file_is_a_right_job(tee: Path) -> None:
    text, _ = new_job(tee)
    file = tee.with_name("job.yaml")
    file.write_text(text)

    job = load_job(file)

    assert job.name == "a tee: piece #1"
    assert job.path(job.part.file) == tee


def test_the_written_job_puts_the_part_on_its_table(tee: Path) -> None:
    file = tee.with_name("job.yaml")
    file.write_text(new_job(tee)[0])
    job = load_job(file)

    bodies = {body.name: body for body in job_bodies(job, job_part(job))}
    box = {name: bounds(moved(body.shapes[0], body.world_T_body)) for name, body in bodies.items()}

    assert box["part.s1"][0, 2] == pytest.approx(box["table"][1, 2], abs=1e-6)
    assert box["table"][0, 2] == pytest.approx(box["floor"][1, 2], abs=1e-9)
    assert (box["table"][0, :2] < box["part.s1"][0, :2]).all()
    assert (box["table"][1, :2] > box["part.s1"][1, :2]).all()


def test_every_seam_stands_in_the_file_and_in_the_summary(tee: Path) -> None:
    text, summary = new_job(tee)
    seams = find_seams(read_part(tee))

    assert [seam["name"] for seam in summary["seams"]] == [seam.name for seam in seams]
    for seam in seams:
        line = next(line for line in text.splitlines() if f" {seam.name} " in line)
        assert line.lstrip().startswith("#")
        assert seam.joint in line
        assert seam.reason in line
    assert json.loads(json.dumps(summary)) == summary


def test_the_fillets_of_a_tee_are_found_where_they_are(tee: Path) -> None:
    _, summary = new_job(tee)
    long = [seam for seam in summary["seams"] if seam["reachable"] and seam["length"] == pytest.approx(0.1)]

    assert len(long) == 2
    for seam in long:
        points, approach = np.array(seam["points"]), np.array(seam["approach"])
        assert seam["joint"] == "fillet"
        assert seam["bodies"] == ["s2", "s1"]
        assert points.shape == approach.shape == (len(points), 3)
        assert points[:, 2] == pytest.approx(0.008)
        assert abs(points[:, 1] - 0.05) == pytest.approx(0.004)
        # the middle of the wedge between a plate that lies and one that stands: 45 deg up and away
        away = np.sign(points[0, 1] - 0.05)
        assert approach == pytest.approx(np.tile([0.0, away * np.sqrt(0.5), np.sqrt(0.5)], (len(points), 1)), abs=1e-6)


def test_a_listed_seam_can_be_uncommented(tee: Path) -> None:
    text, _ = new_job(tee)
    lines = []
    for line in text.splitlines():
        if line.lstrip().startswith("seams: auto"):
            continue
        wanted = line.startswith(("    # seams:", "    #   - seam: seam_"))
        lines.append(line.replace("# ", "", 1).replace("#   ", "  ", 1) if wanted else line)
    file = tee.with_name("job.yaml")
    file.write_text("\n".join(lines))

    seams = load_job(file).tasks[0].seams

    assert seams != "auto"
    assert {seam.seam for seam in seams} == {seam.name for seam in find_seams(read_part(tee)) if seam.weldable}


def test_a_mesh_gets_a_job_that_says_how_to_go_on(tmp_path: Path) -> None:
    part = tmp_path / "block.stl"
    part.write_text(TETRAHEDRON)

    text, summary = new_job(part, unit="mm", robot="robots/my arm.urdf")

    assert summary["seams"] == []
    assert "a mesh has no edges" in text
    (tmp_path / "robots").mkdir()
    (tmp_path / "robots" / "my arm.urdf").write_text("<robot/>")
    (tmp_path / "job.yaml").write_text(text)
    job = load_job(tmp_path / "job.yaml")
    assert job.part.unit == "mm"
    assert job.robot == "robots/my arm.urdf"


def test_what_cannot_be_started_from_is_told(tmp_path: Path) -> None:
    part = tmp_path / "block.stl"
    part.write_text(TETRAHEDRON)

    with pytest.raises(InputError, match="unit"):
        new_job(part)
    with pytest.raises(InputError, match=r"no process 'arc_wield' \(known: arc_weld\)"):
        new_job(part, process="arc_wield", unit="mm")
    with pytest.raises(InputError, match="no such file"):
        new_job(tmp_path / "absent.step")


def test_a_real_assembly_gives_a_right_job(real_data: Path, tmp_path: Path) -> None:
    part = tmp_path / "as1-tu-203.stp"
    shutil.copy(real_data / "parts" / "mechanical" / part.name, part)

    text, summary = new_job(part)
    (tmp_path / "job.yaml").write_text(text)

    assert load_job(tmp_path / "job.yaml").tasks
    assert len(summary["solids"]) == 18
    for seam in summary["seams"]:
        assert np.linalg.norm(seam["approach"], axis=1) == pytest.approx(1.0, abs=1e-6)
        assert np.isfinite(seam["points"]).all()
