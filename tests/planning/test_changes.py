"""What a job that cannot be done is told, and what one changed line changes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InfeasibleError, JobError
from cellwright.job.loading import load_job
from cellwright.planning.changes import difference
from cellwright.planning.failure import failure_document
from cellwright.planning.stages import plan

from .conftest import made

Write = Callable[..., Path]
FAR = ("x: 1275 mm", "x: 5 m")


def refused(file: Path) -> InfeasibleError:
    with pytest.raises(InfeasibleError) as caught:
        plan(load_job(file))
    assert caught.value.fix
    assert caught.value.findings
    assert all(finding.severity == "error" and finding.fix for finding in caught.value.findings)
    json.dumps(failure_document(caught.value), allow_nan=False)
    return caught.value


def test_a_base_too_far_away_is_told_in_mm_for_every_seam(job: Write):
    error = refused(job(FAR))

    assert [finding.code for finding in error.findings] == ["reach", "reach"]
    for finding, line in zip(sorted(error.findings, key=lambda f: f.where), (19, 20), strict=True):
        assert f"small.yaml:{line}: tasks.0.seams.{line - 19}" in finding.where
        assert "mm are missing" in finding.what
        assert 2.5 < finding.value < 4.0
        assert finding.unit == "m"
        assert f"{finding.value * 1e3:.0f} mm" in finding.fix
    assert error.where.key == "base"
    assert error.where.line == 4


def test_moving_the_base_by_what_is_missing_brings_it_into_reach(job: Write):
    short = min(finding.value for finding in refused(job(FAR)).findings)
    closer = refused(job(("x: 1275 mm", f"x: {5 - short + 0.3:.3f} m")))

    assert 0.0 < min(finding.value for finding in closer.findings if finding.code == "reach") < 0.45


def test_a_seam_under_a_lid_names_the_two_bodies_in_the_way(job: Write):
    file = job()
    text = file.read_text(encoding="utf-8")
    lid = "obstacles: [{name: lid, box: {x: 900 mm, y: 900 mm, z: 20 mm}, at: {z: 960 mm}}]\n"
    file.write_text(text + lid, encoding="utf-8")
    error = refused(file)

    assert {finding.code for finding in error.findings} <= {"collision", "tool-entry"}
    assert all("neck is in the way of lid" in finding.what for finding in error.findings)
    assert all("small.yaml:" in finding.where for finding in error.findings)


def test_a_home_inside_something_is_told(job: Write):
    file = job()
    wall = "obstacles: [{name: wall, box: {x: 600 mm, y: 600 mm, z: 3 m}, at: {x: 1275 mm, z: 1.5 m}}]\n"
    file.write_text(file.read_text(encoding="utf-8") + wall, encoding="utf-8")
    error = refused(file)

    assert [finding.code for finding in error.findings] == ["home"]


def test_joints_that_the_robot_has_not_are_told_with_their_line(job: Write):
    file = job(("name: small\n", "name: small\nhome: [0 deg, 0 deg, 0 deg, 0 deg, 0 deg, 0 deg, 0 deg]\n"))
    with pytest.raises(JobError) as caught:
        plan(load_job(file))

    (problem,) = caught.value.problems
    assert problem.where.line == 2
    assert "7 joint positions, but abb/IRB2600-12-1.65 has 6 joints" in problem.problem


def test_a_cycle_over_the_takt_is_an_error_with_both_times(job: Write):
    planned = plan(load_job(job(("name: small\n", "name: small\ntakt: 5 s\n"))))
    (finding,) = (f for f in planned.findings if f.severity == "error")

    assert not planned.ok
    assert finding.code == "takt"
    assert finding.limit == 5.0
    assert finding.value == planned.motion.duration.nominal


def test_a_fixed_base_stays_where_it_was_put(job: Write):
    planned = plan(load_job(job(("yaw: 180 deg", "yaw: 170 deg"))))
    turn = np.deg2rad(170)

    assert planned.ok
    assert planned.tried == ()
    np.testing.assert_allclose(planned.cell.world_T_base[:3, 3], [1.275, 0, 0], atol=1e-12)
    np.testing.assert_allclose(planned.cell.world_T_base[:2, 0], [np.cos(turn), np.sin(turn)], atol=1e-12)


def test_a_branch_that_is_asked_for_is_taken_or_refused_with_those_that_do_it(job: Write):
    one_seam = ("      - seam: seam_7\n", "")
    made_with: dict[int, tuple[float, ...]] = {}
    refusals: dict[int, InfeasibleError] = {}
    for branch in range(8):
        asked = load_job(job(("name: small\n", f"name: small\nbranch: {branch}\n"), one_seam))
        try:
            motion = plan(asked).motion
        except InfeasibleError as error:
            refusals[branch] = error
        else:
            (_, start, _) = motion.strokes[0]
            made_with[branch] = tuple(np.round(motion.q[np.searchsorted(motion.t, start)], 3))

    assert made_with
    assert refusals
    assert len(set(made_with.values())) == len(made_with)
    for branch, error in refusals.items():
        for finding in (f for f in error.findings if f.code == "branch"):
            assert f"branch {branch} does not do it" in finding.what
            assert any(str(other) in finding.what for other in made_with)


def test_one_changed_line_changes_one_seam(job: Write):
    before = made(job())
    after = made(job(("- seam: seam_7", "- {seam: seam_7, speed: 6 mm/s}"), name="slow.yaml"))
    said = difference(before.document, after.document)

    assert difference(before.document, before.document) == ("nothing moved",)
    assert "seam_7: 8.00 mm/s -> 6.00 mm/s" in said
    assert not any("seam_3" in line for line in said)
    assert [line.partition(":")[0] for line in said] == ["cycle time", "seam_7"]
    strokes = {s["operation"]: s["t1"] - s["t0"] for s in before.document["strokes"]}
    longer = after.document["cycle_time_s"]["nominal"] - before.document["cycle_time_s"]["nominal"]
    assert longer == pytest.approx(strokes["seam_7"] / 3, abs=0.2)


def test_another_robot_changes_what_has_to_change(job: Write):
    before = made(job())
    after = made(job(("abb/IRB2600-12-1.65", "kuka/KR8-R2100-2-arc-HW"), name="kuka.yaml"))
    said = difference(before.document, after.document)

    assert "robot: abb/IRB2600-12-1.65 -> kuka/KR8-R2100-2-arc-HW" in said
    assert not any(line.startswith("base moved") for line in said)
    assert after.program.brand == "kuka"
