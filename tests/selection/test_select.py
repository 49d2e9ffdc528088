"""A selection over a few robots: why not, the same bytes however many work at it, and a robot of one's own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import cellwright as cw
from cellwright.job.model import Job
from cellwright.planning.document import encoded
from cellwright.selection.document import document
from cellwright.selection.model import Selection

from .conftest import ROBOTS

LIST = f"[{', '.join(ROBOTS)}]"


@pytest.fixture(scope="module")
def job(make_job: Callable[..., Job]) -> Job:
    return make_job(LIST)


@pytest.fixture(scope="module")
def selection(job: Job) -> Selection:
    return cw.select(job, workers=1, plans=1)


def test_every_robot_is_ranked_or_told_why_not(selection: Selection) -> None:
    said = document(selection)
    names = [row["robot"] for row in said["ranking"]] + [row["robot"] for row in said["rejected"]]

    assert sorted(names) == sorted(ROBOTS)
    assert selection.chosen is not None
    assert all(row["code"] and row["reason"] and row["fix"] for row in said["rejected"])
    codes = {row["robot"]: row["code"] for row in said["rejected"]}
    assert codes["epson/T3-401S"] in ("axes", "joint-limit", "reach")
    assert codes["fanuc/M-430iA-2P"] == "payload"


def test_the_document_has_what_programs_ask_for(selection: Selection) -> None:
    said = json.loads(json.dumps(document(selection), allow_nan=False))

    assert said["robots"] == len(ROBOTS)
    assert said["placements"] >= 2000 * 4
    assert [stage["stage"] for stage in said["stages"]][-2:] == ["planned", "proven"]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 4])
def test_the_answer_is_the_same_bytes_however_many_work_at_it(
    selection: Selection, job: Job, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cellwright.compiled import cache_folder

    (tmp_path / "kernels").symlink_to(cache_folder() / "kernels")
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))  # nothing is remembered: all is asked anew

    again = cw.select(job, workers=workers, plans=1)

    assert encoded(document(again)) == encoded(document(selection))


def test_a_robot_of_ones_own_enters_by_one_line(make_job: Callable[..., Job], real_data: Path) -> None:
    file = real_data / "kinematics" / "abb_irb2600_12_165.urdf"
    job = make_job(f"[fanuc/M-430iA-2P, {file.name}]", "", file)
    said = document(cw.select(job, workers=1, plans=1))
    names = [row["robot"] for row in (*said["ranking"], *said["rejected"])]

    assert file.name in names
    assert said["robots"] == 2


def test_a_plan_of_an_open_job_names_the_robot_that_was_chosen(job: Job, selection: Selection) -> None:
    assert selection.chosen is not None
    plan = cw.plan(job.named(selection.chosen.key))

    assert plan.ok
    assert plan.cell.robot.key == selection.chosen.key
    assert selection.chosen.values["cycle_time"] == pytest.approx(plan.motion.duration.nominal, abs=1e-6)


@pytest.mark.slow
def test_planning_an_open_job_chooses_first(make_job: Callable[..., Job]) -> None:
    plan = cw.plan(make_job("[abb/IRB2600-12-1.65, fanuc/M-430iA-2P]"))

    assert plan.ok
    assert plan.cell.robot.key == plan.job.robot == "abb/IRB2600-12-1.65"


def test_an_open_job_that_nobody_does_tells_why_of_each(make_job: Callable[..., Job]) -> None:
    with pytest.raises(cw.InfeasibleError, match="none of 1 robots") as caught:
        cw.plan(make_job("[fanuc/M-430iA-2P]"))

    assert [finding.code for finding in caught.value.findings] == ["robot-rejected"]
    assert "payload 2 kg of 3 kg needed" in caught.value.findings[0].what


def test_a_name_that_nobody_knows_is_told_with_its_place(make_job: Callable[..., Job]) -> None:
    with pytest.raises(cw.InputError, match="no brand and no robot 'nobody'"):
        cw.select(make_job("[nobody]"))


def test_a_weight_of_nothing_known_is_refused(job: Job) -> None:
    with pytest.raises(cw.InputError, match="beauty"):
        cw.select(job, weights={"beauty": 1.0})


def test_the_report_opens_from_disk_and_names_everyone(selection: Selection, job: Job) -> None:
    from cellwright.documents.selection_report import selection_report

    files = selection_report(selection, job)
    page = files["selection.html"].decode()

    assert list(files) == ["selection.html"]
    assert all(key in page for key in ROBOTS)
    assert "<svg" in page
    assert "Reachability" in page


def test_a_track_is_refused_in_words(make_job: Callable[..., Job]) -> None:
    base = "base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}\n"
    track = "track: {along: y, upper: 2000 mm, speed: 1000 mm/s}\n"
    with pytest.raises(cw.InputError, match="track"):
        cw.select(make_job("[ur]", base + track))
