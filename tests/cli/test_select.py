"""The verb that chooses a robot: one document on standard output, a table for people, files on request."""

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture
def open_job(small: Path) -> Path:
    text = small.read_text(encoding="utf-8")
    few = "robot: [abb/IRB2600-12-1.65, fanuc/M-430iA-2P]"
    small.write_text(text.replace("robot: abb/IRB2600-12-1.65", few), encoding="utf-8")
    return small


def test_select_prints_one_document_and_writes_what_is_asked_for(run: Run, open_job: Path, tmp_path: Path) -> None:
    ran = run("select", open_job, "--workers", "1", "--json", "--out", tmp_path / "out")
    said = json.loads(ran.stdout)

    assert ran.exit_code == 0, ran.output
    assert {"robots", "placements", "seconds", "ranking", "rejected"} <= set(said)
    assert [row["robot"] for row in said["ranking"]] == ["abb/IRB2600-12-1.65"]
    assert {"robot", "code", "reason", "fix"} <= set(said["rejected"][0])
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["selection.html", "selection.json"]


def test_select_prints_a_table_for_people(run: Run, open_job: Path) -> None:
    ran = run("select", open_job, "--workers", "1", "--quiet", "--weigh", "cycle_time=2")

    assert ran.exit_code == 0, ran.output
    assert "abb/IRB2600-12-1.65" in ran.stdout
    assert "payload 2 kg of 3 kg needed" in ran.stdout


def test_a_weight_that_is_none_is_told(run: Run, open_job: Path) -> None:
    ran = run("select", open_job, "--weigh", "beauty")

    assert ran.exit_code == 2
    assert "--weigh cycle_time=2" in ran.output


def test_check_takes_a_job_whose_robot_is_open(run: Run, open_job: Path) -> None:
    ran = run("check", open_job)

    assert ran.exit_code == 0, ran.output
