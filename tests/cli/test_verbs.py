"""Every verb: what it prints where, what it writes, and how it ends."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from small_job import EXAMPLES, SMALL

from .conftest import Run

FINE, NOT_OK, WRONG_INPUT = 0, 1, 2
BRACKET = EXAMPLES / "parts" / "bracket.step"
KUKA = "kuka/KR8-R2100-2-arc-HW"
ARM = '<robot name="arm"><link name="base_link"/>{links}</robot>'


def one_document(text: str) -> dict:
    """Return the only JSON document in a text."""
    document, end = json.JSONDecoder().raw_decode(text)
    assert text[end:].strip() == ""
    return document


def arm() -> str:
    """Return the description of a six-axis arm."""
    axes = ("0 0 1", "0 1 0", "0 1 0", "1 0 0", "0 1 0", "1 0 0")
    offsets = ("0 0 0.3", "0.1 0 0.2", "0 0 0.7", "0.1 0 0.1", "0.6 0 0", "0.1 0 0")
    links, parent = "", "base_link"
    for i, (axis, offset) in enumerate(zip(axes, offsets, strict=True), 1):
        links += (
            f'<link name="l{i}"/><joint name="j{i}" type="revolute"><parent link="{parent}"/><child link="l{i}"/>'
            f'<origin xyz="{offset}"/><axis xyz="{axis}"/><limit lower="-2" upper="2" velocity="3" effort="1"/></joint>'
        )
        parent = f"l{i}"
    return ARM.format(links=links)


def test_a_job_is_planned_written_and_compared_with_the_older_plan(run: Run, small: Path):
    first = run("plan", small, "--out", "a", "--quiet")
    small.write_text(SMALL.replace("speed: 8 mm/s", "speed: 6 mm/s"), encoding="utf-8")
    again = run("plan", small, "--out", "b", "--diff", "a/plan.json", "--json")

    assert first.exit_code == FINE, first.output
    assert "small: ok" in first.stdout
    assert first.stderr == ""
    assert sorted(file.name for file in Path("a").iterdir()) == ["job_small.mod", "plan.json", "report.html"]
    assert again.exit_code == FINE
    assert again.stderr == ""
    document = one_document(again.stdout)
    assert document["ok"] is True
    assert document["robot"] == "abb/IRB2600-12-1.65"
    times = document["cycle_time_s"]
    assert 0 < times["low"] <= times["nominal"] <= times["high"]
    assert document["files"] == sorted(file.name for file in Path("b").iterdir())
    assert all({"severity", "code", "what", "where", "fix"} <= set(finding) for finding in document["findings"])
    assert any(line.startswith("cycle time: ") for line in document["diff"])
    assert "seam_3: 8.00 mm/s -> 6.00 mm/s" in document["diff"]
    whole = one_document(Path("b/plan.json").read_text(encoding="utf-8"))
    assert whole["tracks"]
    for_files = {"tracks", "values", "digest"}
    assert {k: document[k] for k in document if k != "diff"} == {k: whole[k] for k in whole if k not in for_files}


def test_a_job_out_of_reach_ends_with_one_and_says_why(run: Run, small: Path):
    small.write_text(SMALL.replace("x: 1275 mm", "x: 5 m"), encoding="utf-8")
    told, document = run("plan", small, "--quiet"), run("plan", small, "--json")

    assert told.exit_code == document.exit_code == NOT_OK
    assert told.stdout == ""
    assert "small.yaml:19: tasks.0.seams.0: reach: seam_3" in told.stderr
    assert "mm are missing" in told.stderr
    findings = one_document(document.stdout)["findings"]
    assert [finding["code"] for finding in findings] == ["infeasible", "reach"]
    assert all(finding["fix"] for finding in findings)
    assert not Path("out").exists()


def test_a_plan_with_an_error_is_written_and_ends_with_one(run: Run, small: Path):
    small.write_text("takt: 5 s\n" + SMALL, encoding="utf-8")
    ended = run("plan", small, "--out", "late", "--quiet")

    assert ended.exit_code == NOT_OK
    assert "small: NOT ok" in ended.stdout
    assert "the takt is 5.0 s" in ended.stdout
    assert (Path("late") / "plan.json").is_file()


def test_a_robot_that_nobody_writes_programs_for_is_planned_and_told(run: Run, small: Path):
    small.write_text(SMALL.replace("abb/IRB2600-12-1.65", "arm.urdf"), encoding="utf-8")
    Path("arm.urdf").write_text(arm(), encoding="utf-8")
    ended = run("plan", small, "--json")
    document = one_document(ended.stdout)

    assert ended.exit_code in (FINE, NOT_OK)
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    if document["cycle_time_s"]:
        assert any(finding["code"] == "no-program" for finding in document["findings"])
        assert document["files"] == ["plan.json", "report.html"]


def test_a_job_that_is_right_is_said_to_be(run: Run, small: Path):
    assert run("check", small).stdout == f"{small}: nothing wrong\n"
    assert one_document(run("check", small, "--json").stdout) == {"ok": True, "job": "small", "findings": []}


def test_all_mistakes_are_told_as_text_and_as_findings(run: Run, small: Path):
    small.write_text(SMALL.replace("8 mm/s", "8").replace("yaw: 180 deg", "jaw: 180 deg"), encoding="utf-8")
    told, document = run("check", small), run("check", small, "--json")

    assert told.exit_code == document.exit_code == WRONG_INPUT
    assert told.stdout == document.stderr == ""
    assert told.stderr.startswith("error: ")
    assert f"{small}:4: base.jaw: no such key (did you mean yaw?)" in told.stderr
    findings = one_document(document.stdout)["findings"]
    assert [finding["where"] for finding in findings] == [f"{small}:4: base.jaw", f"{small}:17: tasks.0.speed"]
    assert one_document(document.stdout)["ok"] is False


def test_names_that_the_part_does_not_have_are_told_without_planning(run: Run, small: Path):
    text = SMALL.replace("- seam: seam_3", "- seam: seam_33\n      - edge: e99999")
    small.write_text(text.replace("abb/IRB2600-12-1.65", "abb/IRB2600-12-1.66"), encoding="utf-8")
    told, document = run("check", small), run("check", small, "--json")

    assert told.exit_code == document.exit_code == WRONG_INPUT
    assert f"{small}:3: robot: no robot 'abb/IRB2600-12-1.66' in the catalogue (did you mean abb/IRB2600" in told.stderr
    assert f"{small}:19: tasks.0.seams.0" in told.stderr
    assert "no seam 'seam_33' is found in the part (did you mean seam_3" in told.stderr
    assert f"{small}:20: tasks.0.seams.1" in told.stderr
    assert len(one_document(document.stdout)["findings"]) == 3


@pytest.fixture
def planned(run: Run, small: Path) -> Path:
    """Return the plan of the small job; the job and its part are gone."""
    assert run("plan", small, "--out", "first", "--quiet").exit_code == FINE
    small.unlink()
    (small.parent / "bracket.step").unlink()
    return Path("first/plan.json")


def test_every_later_verb_takes_the_plan_alone(run: Run, planned: Path):
    written = one_document(run("program", planned, "--out", "again", "--json").stdout)
    told = run("program", planned, "--out", "again")
    page = one_document(run("report", planned, "--out", "again", "--json").stdout)
    view = run("view", planned, "--html", "again/view.html")

    assert written["ok"] is True
    assert written["brand"] == "abb"
    assert written["files"] == ["job_small.mod"]
    assert written["proof"]["targets"] > 5
    assert written["proof"]["worst"]["distance"] < 1e-5
    assert "targets read back" in told.stdout
    assert page["ok"] is True
    assert view.exit_code == FINE
    for name in ("job_small.mod", "report.html"):
        assert Path("again", name).read_bytes() == Path("first", name).read_bytes()


def test_a_dry_run_and_a_start_in_the_middle_are_written_and_proven(run: Run, planned: Path):
    both = one_document(run("program", planned, "-o", "dry", "--dry-run", "--json").stdout)
    lost = run("program", planned, "-o", "lost", "--from", "seam_99")

    assert both["dry_run"]["ok"] is True
    assert both["dry_run"]["proof"]["signals"] == 0
    assert {"job_small.mod", "job_small_dry.mod"} <= {path.name for path in Path("dry").iterdir()}
    assert lost.exit_code != FINE
    assert "no operation is called" in lost.output


def test_a_program_is_read_alone_and_against_its_robot(run: Run, planned: Path):
    alone = one_document(run("read", "first/job_small.mod", "--json").stdout)
    robot = ("--robot", "abb/IRB2600-12-1.65")
    checked = run("read", "first/job_small.mod", *robot)
    other = run("read", "first/job_small.mod", "--robot", KUKA, "--json")

    assert alone["brand"] == "abb"
    assert alone["understood"] == 1.0
    assert alone["unknown"] == []
    assert alone["moves"] == len(alone["targets"]) > 5
    assert alone["statements"] > alone["moves"]
    assert checked.exit_code == FINE, checked.output
    assert "error" not in checked.stdout
    assert other.exit_code == WRONG_INPUT
    assert "runs kuka" in one_document(other.stdout)["findings"][0]["what"]


def test_a_program_that_leaves_the_robots_limits_ends_with_one(run: Run, planned: Path):
    text = Path("first/job_small.mod").read_text(encoding="utf-8")
    Path("bent.mod").write_text(re.sub(r"(jointtarget \w+:=\[\[)[-\d.]+", r"\g<1>999", text), encoding="utf-8")
    ended = run("read", "bent.mod", "--robot", "abb/IRB2600-12-1.65", "--json")
    document = one_document(ended.stdout)

    assert ended.exit_code == NOT_OK
    assert {"program-limit"} <= {finding["code"] for finding in document["findings"]}
    assert all("bent.mod:" in finding["where"] for finding in document["findings"] if finding["fix"])


def test_samples_of_other_makers_are_read(run: Run, real_data: Path):
    for file in sorted((real_data / "programs").rglob("*.*")):
        ended = run("read", file, "--json")
        document = one_document(ended.stdout)
        if file.suffix == ".md":
            assert ended.exit_code == WRONG_INPUT
            continue
        assert ended.exit_code == FINE
        assert document["understood"] >= 0.95
        assert document["moves"] >= 3 or document["brand"] == "staubli"  # whose sample has none


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "absent.yaml"),
        ("check", "absent.yaml"),
        ("new", "absent.step"),
        ("program", "absent.json"),
        ("program", "absent.txt"),
        ("report", "absent.json"),
        ("view", "absent.json"),
        ("view", "absent.step"),
        ("read", "absent.src"),
        ("robots", "show", "nobody/one"),
        ("robots", "import", "absent.urdf"),
        ("plan",),
        ("nonsense",),
        ("read", "--what", "x"),
    ],
    ids=" ".join,
)
def test_with_json_an_error_is_one_document_and_nothing_else(tmp_path: Path, words: tuple[str, ...]):
    command = [sys.executable, "-m", "cellwright", *words, "--json"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == WRONG_INPUT
    document = one_document(ended.stdout)
    assert document["ok"] is False
    assert document["findings"][0]["what"]
    assert ended.stderr == ""


def test_a_job_file_elsewhere_names_its_part_from_there(run: Run, tmp_path: Path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "bracket.step").write_bytes(BRACKET.read_bytes())
    run("new", "parts/bracket.step", "--out", "jobs/job.yaml")
    beside = run("new", "parts/bracket.step", "--out", "parts/job.yaml")

    assert beside.exit_code == FINE
    assert 'file: "../parts/bracket.step"' in Path("jobs/job.yaml").read_text(encoding="utf-8")
    assert "file: bracket.step" in Path("parts/job.yaml").read_text(encoding="utf-8")
    assert run("check", "jobs/job.yaml").exit_code == run("check", "parts/job.yaml").exit_code == FINE


def test_the_schema_is_one_document(run: Run):
    assert one_document(run("schema").stdout)["title"] == "Cellwright job"


def test_a_job_file_is_started_from_a_part_and_never_overwritten(run: Run, tmp_path: Path):
    (tmp_path / "bracket.step").write_bytes(BRACKET.read_bytes())
    printed = run("new", "bracket.step")
    written = run("new", "bracket.step", "--out", "job.yaml")
    again = run("new", "bracket.step", "--out", "job.yaml", "--robot", "abb/IRB2600-12-1.65")

    assert printed.exit_code == written.exit_code == FINE
    assert Path("job.yaml").read_text(encoding="utf-8") == printed.stdout
    assert run("check", "job.yaml").exit_code == FINE
    assert again.exit_code == WRONG_INPUT
    assert "job.yaml: exists already (name another file" in again.stderr
    assert Path("job.yaml").read_text(encoding="utf-8") == printed.stdout


def test_the_seams_of_a_part_are_told_in_its_own_frame(run: Run):
    document = one_document(run("new", BRACKET, "--json").stdout)

    assert len(document["seams"]) >= 16
    for seam in document["seams"]:
        assert {"name", "joint", "bodies", "points", "approach", "reachable", "reason"} <= set(seam)
        assert len(seam["points"]) == len(seam["approach"]) >= 2
        assert all(abs(sum(x * x for x in row) - 1) < 1e-6 for row in seam["approach"])
        assert seam["reason"]


def test_a_part_is_shown_on_a_page_of_its_own(run: Run):
    ended = run("view", BRACKET, "--html", "part.html")
    document = one_document(run("view", BRACKET, "--html", "same.html", "--json").stdout)

    assert ended.stdout == "written: part.html\n"
    assert document["files"] == ["same.html"]
    assert b"seam_16" in Path("part.html").read_bytes()
    assert Path("part.html").read_bytes() == Path("same.html").read_bytes()


def test_the_motion_of_a_job_is_shown_on_a_page_of_its_own(run: Run, small: Path):
    ended = run("view", small, "--html", "pages/motion.html", "--quiet")

    assert ended.exit_code == FINE
    assert Path("pages/motion.html").read_bytes().startswith(b"<!")


def test_the_catalogue_is_listed_and_shown(run: Run):
    listed = json.loads(run("robots", "--json").stdout)
    shown = one_document(run("robots", "show", KUKA, "--json").stdout)

    assert len(run("robots").stdout.splitlines()) == len(listed) >= 8
    assert {"robot", "family", "dof"} <= set(shown)
    assert len(shown["limits"]) == shown["dof"] == 6
    assert all(fact["source"] for fact in shown["facts"].values())
    assert KUKA in [row["robot"] for row in listed]
    assert "joint_6" in run("robots", "show", KUKA).stdout


def test_a_robot_that_nobody_knows_is_told_with_the_nearest(run: Run):
    ended = run("robots", "show", "kuka/KR8-R2100")

    assert ended.exit_code == WRONG_INPUT
    assert "did you mean " in ended.stderr
    assert KUKA in ended.stderr


def test_a_description_is_imported_and_says_what_it_lacks(run: Run):
    Path("arm.urdf").write_text(arm(), encoding="utf-8")
    document = one_document(run("robots", "import", "arm.urdf", "--json").stdout)

    assert document["dof"] == 6
    assert document["family"] == "opw"
    assert [limit["upper"] for limit in document["limits"]] == [2.0] * 6
    assert [limit["acceleration"] for limit in document["limits"]] == [None] * 6
    assert document["warnings"]
    assert "j6" in run("robots", "import", "arm.urdf").stdout


def test_the_owners_data_of_other_makers_are_imported(run: Run, real_data: Path):
    for file in sorted((real_data / "kinematics").glob("*.urdf"))[::12]:
        document = one_document(run("robots", "import", file, "--no-meshes", "--json").stdout)
        assert {"family", "dof", "limits", "warnings"} <= set(document)


@pytest.mark.parametrize(
    "words",
    [
        ("new", BRACKET, "--out", "taken/job.yaml"),
        ("view", BRACKET, "--html", "taken/part.html"),
        ("view", BRACKET, "--html", "."),
        ("plan", "small.yaml", "--out", "taken"),
        ("plan", "small.yaml", "--diff", "taken"),
        ("plan", "small.yaml", "--diff", "absent.json"),
        ("plan", "small.yaml", "--diff", "."),
        ("plan", "small.yaml", "--diff", "other.json"),
        ("plan", "small.yaml", "--diff", "list.json"),
        ("plan", "small.yaml", "--diff", "deep.json"),
        ("plan", "small.yaml", "--diff", "damaged.json"),
    ],
    ids=lambda words: " ".join(str(word).rpartition("/")[2] for word in words),
)
def test_what_cannot_be_read_or_written_is_told_before_anything_is_planned(run: Run, small: Path, words: tuple):
    Path("taken").write_bytes(b"\xff\x00")
    Path("other.json").write_text('{"schema": "another"}', encoding="utf-8")
    Path("list.json").write_text("[1]", encoding="utf-8")
    Path("deep.json").write_text("[" * 100_000, encoding="utf-8")
    Path("damaged.json").write_text('{"schema": "cellwright-plan/1", "moves": 3, "robot": 0}', encoding="utf-8")
    ended = run(*words, *(("--json",) if words[0] == "plan" else ()))

    assert ended.exit_code == WRONG_INPUT, ended.output
    assert isinstance(ended.exception, SystemExit)
    assert not Path("out").exists()
    if words[0] == "plan":
        (finding,) = one_document(ended.stdout)["findings"]
        assert finding["fix"]
        assert finding["where"]


@pytest.mark.parametrize("words", [("nonsense",), ("plan",), ("plan", "a", "b"), ("check", "--what"), ("robots", "x")])
def test_words_that_are_no_command_end_with_two(run: Run, words: tuple[str, ...]):
    ended = run(*words)

    assert ended.exit_code == WRONG_INPUT
    assert "Usage: " in ended.stderr


def test_help_is_quick():
    command = [sys.executable, "-c", "from cellwright.cli import main; main()", "--help"]
    spent = []
    for _ in range(5):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        spent.append(time.perf_counter() - started)

    assert all(
        f"\n  {verb} " in done.stdout
        for verb in ("plan", "check", "new", "program", "read", "report", "view", "schema", "robots")
    )
    assert min(spent) < 0.4  # 0.08 s on an idle machine


def test_a_job_is_planned_with_another_robot_than_it_names(run: Run, small: Path):
    other = run("plan", small, "--robot", KUKA, "--out", "a", "--json")
    nobody = run("plan", small, "--robot", "kuka/NONE", "--out", "b", "--json")

    assert one_document(other.stdout)["robot"] == KUKA
    assert "job_small.src" in {file.name.lower() for file in Path("a").iterdir()}
    assert nobody.exit_code == WRONG_INPUT
    (finding,) = one_document(nobody.stdout)["findings"]
    assert "kuka/NONE" in finding["what"]
    assert finding["where"].endswith("robot")
