"""A plan comes back from its file as it was, or the file is refused with the place and the way out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellwright.documents.report import report
from cellwright.errors import InputError
from cellwright.planning.document import document_digest, encoded, plan_document
from cellwright.planning.loading import LARGEST_FILE, load_plan
from cellwright.programs import program

from .conftest import Made

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def file(kuka: Made, tmp_path: Path) -> Path:
    (tmp_path / "plan.json").write_bytes(kuka.content)
    return tmp_path / "plan.json"


def test_a_plan_read_back_gives_the_same_bytes_everywhere(kuka: Made, file: Path):
    plan = load_plan(file)
    again = program(plan)

    assert again.files == kuka.program.files
    assert report(plan, [again]) == report(kuka.plan, [kuka.program])
    document = plan_document(plan, files=tuple(sorted(again.files)), findings=again.proof.findings)
    assert encoded(document) == kuka.content
    np.testing.assert_array_equal(plan.motion.qd, kuka.plan.motion.qd)


def test_a_plan_read_back_still_knows_the_lines_of_its_job(kuka: Made, file: Path):
    plan = load_plan(file)

    assert plan.job == kuka.plan.job
    assert plan.job.where("tool", "tcp") == kuka.plan.job.where("tool", "tcp")
    assert plan.job.where("tasks", 0).line > 1
    assert plan.job.digest == kuka.plan.job.digest


def test_reading_a_plan_looks_at_no_other_file(kuka: Made, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # the part of the job is not here

    assert load_plan(Path("plan.json")).work.operations


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda c: c[: len(c) // 2], "ends in the middle"),
    "empty": (lambda _: b"", "not JSON"),
    "a list": (lambda _: b"[1, 2]", "not a plan.json"),
    "another document": (lambda _: b'{"schema": "another"}', "not a plan.json"),
    "not utf-8": (lambda _: b'{"schema": "\xff"}', "not a JSON document"),
    "nested without end": (lambda _: b"[" * 100_000, "not a JSON document"),
    "a number of many digits": (lambda _: b'{"schema": ' + b"9" * 5000 + b"}", "not a JSON document"),
    "an older version": (lambda c: c.replace(b"cellwright-plan/2", b"cellwright-plan/1", 1), "this version reads"),
    "edited": (lambda c: c.replace(b'"ok": true', b'"ok":  false', 1), "changed after it was written"),
    "no number": (lambda c: c.replace(b'"ok": true', b'"ok": NaN', 1), "changed after it was written"),
    "why there is none": (
        lambda _: b'{"schema": "cellwright-plan/2", "ok": false, "findings": [{"what": "too far"}]}',
        "holds no plan, but why there is none: too far",
    ),
}


@pytest.mark.parametrize("what", BYTES)
def test_a_damaged_file_is_refused_with_its_name_and_the_way_out(file: Path, what: str):
    change, said = BYTES[what]
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(InputError, match=said) as caught:
        load_plan(file)

    assert caught.value.where
    assert caught.value.where.file == file
    assert caught.value.fix


def values(document: dict[str, Any]) -> dict[str, Any]:
    return document["values"]


CHANGES: dict[str, tuple[Change, str]] = {
    "strangers are told another base": (lambda d: d["world_T_base"][0].__setitem__(3, 9.0), "world_T_base"),
    "strangers are told another robot": (lambda d: d.update(robot="abb/IRB2600-12-1.65"), "robot"),
    "strangers are told more": (lambda d: d.update(extra=1), "extra"),
    "no values": (lambda d: d.pop("values"), "values.job"),
    "no motion": (lambda d: values(d).pop("motion"), "values.motion"),
    "no findings": (lambda d: d.pop("findings"), "findings"),
    "a class of somebody": (lambda d: values(d)["motion"].update({"is": "os.system"}), "values.motion"),
    "a field too many": (lambda d: values(d)["cell"].update(command="rm"), "values.cell"),
    "a field too few": (lambda d: values(d)["path"].pop("start"), "values.path"),
    "a text for a number": (lambda d: values(d)["cell"].update(clearance="10 mm"), "values.cell.clearance"),
    "a kind of move that is none": (lambda d: values(d)["path"]["moves"][0].update(kind="jump"), "values.path.moves.0"),
    "a size that lies": (lambda d: values(d)["motion"]["q"]["shape"].__setitem__(0, 2**39), "values.motion.q"),
    "a size below nothing": (lambda d: values(d)["motion"]["q"].update(shape=[-1, -6]), "values.motion.q"),
    "bytes that are none": (lambda d: values(d)["motion"]["q"].update(data="%%%"), "values.motion.q"),
    "objects in an array": (lambda d: values(d)["motion"]["q"].update(array="|O"), "values.motion.q"),
    "five joints": (lambda d: values(d)["path"]["start"].update(shape=[5], data="AAAAAAAA" * 6 + "AAAAAA=="), "values"),
    "a job that is none": (lambda d: values(d)["job"]["text"].pop("tasks"), "values.job"),
    "lines that are none": (lambda d: values(d)["job"].update(places=[[1, 2]]), "values.job"),
    "an operation that is not there": (
        lambda d: values(d)["path"]["moves"][3].update(operation=99),
        "values.path.moves",
    ),
    "a frame that is not there": (
        lambda d: [m.update(frame="moon") for m in values(d)["path"]["moves"]],
        "values.cell.frames",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_lies_and_counts_its_digest_anew_is_refused_with_the_place(file: Path, what: str):
    change, key = CHANGES[what]
    document = json.loads(file.read_bytes())
    change(document)
    document["digest"] = document_digest(document)
    file.write_bytes(encoded(document))
    with pytest.raises(InputError) as caught:
        load_plan(file)

    assert caught.value.where
    assert caught.value.where.key.startswith(key)
    assert caught.value.fix


def test_what_is_no_file_or_far_too_large_is_refused(tmp_path: Path):
    with (tmp_path / "huge.json").open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    for name, said in ((".", "is a folder"), ("absent.json", "no such file"), ("huge.json", "more than 256 MB")):
        with pytest.raises(InputError, match=said):
            load_plan(tmp_path / name)
