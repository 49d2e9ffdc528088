"""What a job says stands where it says."""

from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InputError, JobError
from cellwright.job.loading import load_job
from cellwright.job.model import Job
from cellwright.scene import FLOOR_MARGIN, job_bodies, job_part, job_robot, job_tool, job_work, world_T_part
from cellwright.shapes import bounds, moved

from .conftest import GOOD
from .test_new import TETRAHEDRON


@pytest.fixture
def job(folder: Path) -> Job:
    """Return the small job with a tetrahedron of 100 mm for its part and for its jig, welded along taught points."""
    (folder / "parts" / "block.stl").write_text(TETRAHEDRON)
    (folder / "jig.stl").write_text(TETRAHEDRON)
    text = GOOD.replace("parts/bracket.step", "parts/block.stl\n  unit: mm")
    text = text.replace("    unit: mm\ntasks", "    unit: cm\n    at: {x: 2 m, yaw: 90 deg}\ntasks")
    text = text.replace("tasks:", "avoid:\n  - {name: way, sphere: {radius: 1 m}, at: {y: 4 m, z: 1 m}}\ntasks:")
    points = "[{x: 0 mm, y: 50 mm, z: 0 mm}, {x: 100 mm, y: 50 mm, z: 0 mm}]"
    text = text.replace("seams: auto", f"seams:\n      - points: {points}\n        normal: {{y: -1, z: 1}}")
    task = text[text.index("  - kind: arc_weld") :]
    (folder / "job.yaml").write_text(text + task)
    return load_job(folder / "job.yaml")


def test_bodies_stand_where_the_job_puts_them(job: Job) -> None:
    bodies = {body.name: body for body in job_bodies(job, job_part(job))}
    box = {name: bounds(moved(body.shapes[0], body.world_T_body)) for name, body in bodies.items()}

    assert {name: body.kind for name, body in bodies.items()} == {
        "part.s1": "part",
        "table": "fixture",
        "jig": "obstacle",
        "way": "avoid",
        "floor": "floor",
    }
    assert box["part.s1"] == pytest.approx(np.array([[0, 0, 0.75], [0.1, 0.1, 0.85]]), abs=1e-9)
    assert box["table"] == pytest.approx(np.array([[-0.6, -0.4, 0.68], [0.6, 0.4, 0.72]]), abs=1e-9)
    assert box["jig"] == pytest.approx(np.array([[1.0, 0, 0], [2, 1, 1]]), abs=1e-9)  # 100 cm, turned to -x
    assert box["way"] == pytest.approx(np.array([[-1, 3, 0], [1, 5, 2]]), abs=1e-9)
    reach = 5.0 + FLOOR_MARGIN
    assert box["floor"] == pytest.approx(np.array([[-reach, -reach, -0.1], [reach, reach, 0]]), abs=1e-9)


def test_a_part_placed_by_itself_stands_on_the_floor_over_the_origin(job: Job) -> None:
    auto = job.model_copy(update={"part": job.part.model_copy(update={"at": "auto"})})
    part = job_part(job)

    box = bounds(moved(part.solids[0].mesh, world_T_part(auto, part)))

    assert box == pytest.approx(np.array([[-0.05, -0.05, 0], [0.05, 0.05, 0.1]]), abs=1e-9)


def test_the_tool_is_seen_from_the_flange(job: Job) -> None:
    tool = job_tool(job)
    wire = next(body for body in tool.bodies if body.working)

    assert tool.name == "torch"
    assert tool.flange_T_tcp[:3, 3] == pytest.approx([0, 0, 0.36])
    assert tool.flange_T_tcp[:3, 2] == pytest.approx([np.sqrt(0.5), 0, np.sqrt(0.5)])  # 45 deg about y leads z to x
    assert bounds(wire.shapes[0]) == pytest.approx(
        np.array([[-0.001, -0.001, 0.3445], [0.001, 0.001, 0.3595]]), abs=1e-9
    )
    assert tool.mass.value is None
    assert tool.flange_p_centre is None


def test_operations_of_two_tasks_have_names_of_their_own_and_know_their_task(job: Job) -> None:
    work = job_work(job, job_part(job))

    names = [operation.name for operation in work.operations]
    assert len(names) == len(set(names)) == 2
    assert [operation.key[:2] for operation in work.operations] == [("tasks", 0), ("tasks", 1)]
    lines = [job.where(*operation.key).line for operation in work.operations]
    assert lines == sorted(lines)
    assert lines[0] < lines[1]


def test_a_seam_that_a_mesh_does_not_have_is_told_with_its_line(job: Job, folder: Path) -> None:
    text = (folder / "job.yaml").read_text()
    start = text.rindex("      - points:")
    (folder / "job.yaml").write_text(text[:start] + "      - seam: seam_1\n    speed: 8 mm/s\n")
    job = load_job(folder / "job.yaml")

    with pytest.raises(JobError) as caught:
        job_work(job, job_part(job))

    (problem,) = caught.value.problems
    assert problem.where == job.where("tasks", 1, "seams", 0)
    assert problem.fix


def test_a_robot_that_nobody_has_is_told_with_its_line(job: Job, folder: Path) -> None:
    text = (folder / "job.yaml").read_text().replace("kuka/KR8-R2100-2-arc-HW", "kuka/KR9")
    (folder / "job.yaml").write_text(text)

    with pytest.raises(InputError) as caught:
        job_robot(load_job(folder / "job.yaml"))

    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.key) == (8, "robot")


def test_the_catalogues_robot_is_found(job: Job) -> None:
    assert job_robot(job).dof == 6
