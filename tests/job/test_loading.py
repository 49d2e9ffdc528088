"""What a right job file becomes, and that no text at all gets past the reader as anything else."""

import hashlib
import json
import math
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellwright.errors import JobError
from cellwright.job.document import read_document
from cellwright.job.loading import load_job
from cellwright.job.model import FixedBase, Job

from .conftest import GOOD


def load(text: str, folder: Path) -> Job:
    file = folder / "job.yaml"
    file.write_text(text)
    return load_job(file)


def test_every_quantity_is_si(good: Path) -> None:
    job = load_job(good)

    assert job.takt == 180.0
    assert job.part.at != "auto"
    assert job.part.at.z == pytest.approx(0.75)
    assert job.home == pytest.approx((0, -math.pi / 2, math.pi / 2, 0, math.pi / 4, 0))
    assert job.tool.tcp.pitch == pytest.approx(math.pi / 4)
    assert (job.clearance, job.tool_clearance) == (0.010, 0.002)


def test_every_key_knows_its_line_and_an_absent_one_its_parents(good: Path) -> None:
    job = load_job(good)

    lines = GOOD.splitlines()
    for key in [("tool", "bodies", 1), ("obstacles", 1, "mesh"), ("tasks", 0, "speed"), ("part", "at", "z")]:
        line = job.where(*key).line
        assert str(key[-1]) in lines[line - 1] or key[-1] == 1
    assert job.where("tasks", 0, "seams", 3).line == job.where("tasks", 0, "seams").line
    assert str(job.where("obstacles", 7, "at")) == f"{good}:17: obstacles.7.at"


def test_paths_are_seen_from_the_jobs_folder(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(good.parent.parent)
    job = load_job("job/bracket.yaml")

    assert job.folder == Path("job")
    assert job.path(job.part.file).read_text().startswith("ISO")
    assert str(job.where("name")) == f"{Path('job/bracket.yaml')}:1: name"


def test_how_a_job_is_written_does_not_matter(folder: Path) -> None:
    plain = load(GOOD, folder)
    values = yaml.safe_load(GOOD)

    for text in [
        json.dumps(values),
        json.dumps(values, indent=1),
        yaml.safe_dump(values),
        yaml.safe_dump(values, default_flow_style=True),
        "# a comment\n\n" + GOOD.replace("\n", "  # why\n"),
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace("10 mm", "1 cm"),
    ]:
        again = load(text, folder)
        assert again.model_dump() == plain.model_dump()
        assert again.digest == plain.digest


def test_the_digest_moves_with_every_value_and_every_named_file(folder: Path) -> None:
    digests = [load(GOOD, folder).digest]
    digests.append(load(GOOD.replace("180 s", "181 s"), folder).digest)
    for file in ("jig.stl", "parts/bracket.step"):
        with (folder / file).open("a") as stream:
            stream.write(" ")
        digests.append(load(GOOD, folder).digest)
    digests.append(load(GOOD.replace("kuka/KR8-R2100-2-arc-HW", "robots/arm.urdf"), folder).digest)
    before = digests[-1]
    (folder / "robots" / "arm.urdf").write_text("<robot name='b'/>")
    digests.append(load(GOOD.replace("kuka/KR8-R2100-2-arc-HW", "robots/arm.urdf"), folder).digest)

    assert before != digests[-1]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == hashlib.sha256().digest_size * 2 for digest in digests)


def test_the_digest_does_not_move_with_the_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")

    assert load(GOOD, folder).digest == load(GOOD, tmp_path / "copy").digest


TORCH = """\
name: torch
tcp: {z: 360 mm}
bodies:
  - {name: neck, mesh: neck.stl, unit: mm}
"""


def test_a_tool_in_its_own_file_is_as_if_it_stood_in_the_job(folder: Path) -> None:
    (folder / "tools").mkdir()
    (folder / "tools" / "neck.stl").write_text("solid\nendsolid\n")
    (folder / "tools" / "torch.yaml").write_text(TORCH)
    start, end = GOOD.index("tool:"), GOOD.index("obstacles:")

    shared = load(GOOD[:start] + "tool: {file: tools/torch.yaml}\n" + GOOD[end:], folder)
    inside = TORCH.replace("neck.stl", "tools/neck.stl").replace("\n", "\n  ").rstrip()
    inline = load(GOOD[:start] + f"tool:\n  {inside}\n" + GOOD[end:], folder)

    assert shared.model_dump() == inline.model_dump()
    assert shared.digest == inline.digest
    assert shared.path(shared.tool.bodies[0].mesh or "") == folder / "tools" / "neck.stl"
    assert str(shared.where("tool", "tcp", "z")) == f"{folder / 'tools' / 'torch.yaml'}:2: tool.tcp.z"
    assert str(shared.where("tool", "mass")) == f"{folder / 'tools' / 'torch.yaml'}:1: tool.mass"


def test_files_elsewhere_are_read_once_the_job_allows_it(folder: Path) -> None:
    text = GOOD.replace("mesh: jig.stl", "mesh: ../elsewhere.stl")

    with pytest.raises(JobError, match="outside of the job's folder"):
        load(text, folder)
    assert load(text + "allow_outside: true\n", folder).files[1][1] == "../elsewhere.stl"


@pytest.mark.parametrize(
    ("text", "mounts"),
    [
        ("auto", ("floor", "pedestal")),
        ("{mount: ceiling}", ("ceiling",)),
        ("{mount: [pedestal, floor]}", ("pedestal", "floor")),
        ("{mount: floor, x: 1 m}", ("floor",)),
    ],
)
def test_a_base_says_where_it_may_stand(folder: Path, text: str, mounts: tuple[str, ...]) -> None:
    job = load(GOOD.replace("base: auto", f"base: {text}"), folder)

    assert job.mounts == mounts
    assert isinstance(job.base, FixedBase) == ("x:" in text)


def test_a_hanging_base_looks_down(folder: Path) -> None:
    base = load(GOOD.replace("base: auto", "base: {mount: ceiling, z: 3 m, yaw: 90 deg}"), folder).base

    assert isinstance(base, FixedBase)
    assert base.matrix[:3, 2] == pytest.approx([0, 0, -1])
    assert base.matrix[:3, 0] == pytest.approx([0, 1, 0])
    assert base.matrix[:3, 3] == pytest.approx([0, 0, 3])


def test_an_alias_is_its_anchors_value(folder: Path) -> None:
    text = GOOD.replace("clearance: 10 mm", "clearance: &gap 10 mm\ntool_clearance: *gap")

    job = load(text, folder)

    assert job.tool_clearance == job.clearance
    assert job.where("tool_clearance").line == 11


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2024-01-31", "2024-01-31"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("012", 12),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ("-.inf", -math.inf),
        ("9" * 400, math.inf),
    ],
)
def test_a_word_is_what_it_looks_like(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "a.yaml").write_text(f"a: {text}\n")

    read = read_document(tmp_path / "a.yaml").value

    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


TOKENS = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#\n\t ",
        *"\x00\x1b\ud7ff\u202eü",
        *("&a ", "*a", "<<: ", "!!int ", "---\n", "...\n", ".nan", "9e999", " mm", " deg", "null", "true"),
        *("../", "auto", "5", "[[[[", "{a: ", "\n  - ", "\n\n", "x: "),
    ]
)
EDIT = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.one_of(TOKENS, st.text(max_size=3)))


def told_or_a_job(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    try:
        result: Job | JobError = load_job(file)
    except JobError as error:
        result = error
    if isinstance(result, JobError):
        assert result.problems
        assert all(p.where is not None and p.problem for p in result.problems)
        assert all(part.isprintable() and len(part) < 500 for p in result.problems for part in (p.problem, p.fix))


@pytest.mark.parametrize("key", ["name", "takt", "market", "robot", "branch", "home", "base", "clearance", "tool"])
@pytest.mark.parametrize("value", ["x" * 9999, "9" * 9999, "1," * 9999, "a/" * 9999, "x" * 9999 + ".urdf", "\x1b[2J"])
def test_a_very_long_or_unprintable_value_makes_a_short_sentence(folder: Path, key: str, value: str) -> None:
    for written in (value, [value], {value: value}):
        text = json.dumps({**yaml.safe_load(GOOD), key: written})

        told_or_a_job(text.encode(), folder / "job.yaml")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_is_a_job_or_a_job_error(folder: Path, text: str) -> None:
    told_or_a_job(text.encode("utf-8", "surrogatepass"), folder / "job.yaml")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_job_or_a_job_error(folder: Path, content: bytes) -> None:
    told_or_a_job(content, folder / "job.yaml")


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, max_size=4))
def test_a_damaged_job_is_a_job_or_a_job_error(folder: Path, edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for place, removed, added in edits:
        text = text[:place] + added + text[place + removed :]

    told_or_a_job(text.encode("utf-8", "surrogatepass"), folder / "job.yaml")


KEYS = st.sampled_from(["x", "z", "name", "box", "mesh", "unit", "mount", "kind", "file", "q"])
WORDS = st.sampled_from(["auto", "5 mm", "floor", "a/b", ""])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(list(yaml.safe_load(GOOD))), value=VALUES)
def test_a_wrong_value_anywhere_is_told(folder: Path, key: str, value: object) -> None:
    text = json.dumps({**yaml.safe_load(GOOD), key: value})

    told_or_a_job(text.encode(), folder / "job.yaml")
