"""The schema for editors says the same as the reader, and explains every key."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cellwright.job import bodies, model
from cellwright.job.loading import load_job
from cellwright.job.schema import job_schema
from cellwright.units import quantity

from .conftest import GOOD
from .test_mistakes import EDITS


def blocks(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("Job", schema), *sorted(schema["$defs"].items())]


def properties() -> list[tuple[str, dict[str, Any]]]:
    found = [
        (f"{name}.{key}", node)
        for name, block in blocks(job_schema())
        for key, node in block.get("properties", {}).items()
    ]
    assert len(found) > 50
    return found


@pytest.mark.parametrize(("name", "node"), properties())
def test_every_key_is_explained_with_an_example(name: str, node: dict[str, Any]) -> None:
    if "const" in node or len(name.rpartition(".")[2]) == 1:  # x, y and z are explained by their block
        return
    assert node.get("description"), name
    assert node.get("examples") or "'enum'" in str(node) or node.get("type") == "boolean", name


def test_every_block_refuses_unknown_keys_and_says_what_it_is() -> None:
    for name, block in blocks(job_schema()):
        assert block["additionalProperties"] is False, name
        assert block["description"], name


def test_the_schema_accepts_a_right_job() -> None:
    validate = pytest.importorskip("jsonschema", reason="the package jsonschema is not installed").Draft202012Validator
    validate.check_schema(job_schema())

    assert [e.message for e in validate(job_schema()).iter_errors(yaml.safe_load(GOOD))] == []


SHAPES = [
    edit
    for edit in EDITS
    if any(word in edit[4] for word in ("no such key", "is missing", "has no unit", "is a speed"))
]


@pytest.mark.parametrize(("old", "new"), [edit[:2] for edit in SHAPES])
def test_an_editor_sees_what_the_reader_refuses(old: str, new: str) -> None:
    validate = pytest.importorskip("jsonschema", reason="the package jsonschema is not installed").Draft202012Validator

    assert list(validate(job_schema()).iter_errors(yaml.safe_load(GOOD.replace(old, new))))


FULL = (
    GOOD.replace("base: auto", "base: {mount: [floor, pedestal]}\nbranch: 3\ntool_clearance: 2 mm")
    + """\
    push_angle: 10 deg
    work_angle: auto
    stick_out: 15 mm
    turn: {from: -180 deg, to: 180 deg}
    lead_in: 0 mm
    lead_out: 0 mm
    approach: 60 mm
    retract: 60 mm
    order: free
    direction: free
    weave: {shape: zigzag, amplitude: 2 mm, frequency: 2 Hz}
    schedule: {job: 3, current: 220 A, voltage: 24 V}
  - kind: arc_weld
    speed: 30 cm/min
    seams:
      - {seam: seam_3, lock: true, work_angle: 40 deg}
      - {edge: e12, speed: 6 mm/s}
      - {points: [{x: 0 mm}, {x: 1 m}], normal: {y: -1, z: 1}}
avoid:
  - {name: walkway, box: {x: 1 m, y: 4 m, z: 2 m}, at: {x: 3 m, z: 1 m, yaw: 30 deg}}
  - {name: ball, sphere: {radius: 10 cm}}
via:
  - {after: seam_2, q: [0 deg, -90 deg, 90 deg, 0 deg, 0 deg, 0 deg]}
allow_outside: false
"""
)


def test_a_job_with_every_key_is_right_for_the_reader_and_for_an_editor(folder: Path) -> None:
    (folder / "full.yaml").write_text(FULL)
    assert load_job(folder / "full.yaml").branch == 3

    validate = pytest.importorskip("jsonschema", reason="the package jsonschema is not installed").Draft202012Validator
    assert [e.message for e in validate(job_schema()).iter_errors(yaml.safe_load(FULL))] == []


def test_every_example_of_the_job_is_right_for_an_editor() -> None:
    validate = pytest.importorskip("jsonschema", reason="the package jsonschema is not installed").Draft202012Validator
    schema = job_schema()
    own = {"Job", *(name for name in schema["$defs"] if hasattr(model, name) or hasattr(bodies, name))}

    for name, node in properties():
        if name.partition(".")[0] in own:
            alone = validate({**node, "$defs": schema["$defs"]})
            assert [e.message for example in node["examples"] for e in alone.iter_errors(example)] == [], name


def test_every_example_of_a_quantity_is_one() -> None:
    for name, node in properties():
        if "quantity" in node:
            for example in node["examples"]:
                assert quantity(example, node["quantity"]) is not None, name


def test_the_reference_is_up_to_date() -> None:
    root = Path(__file__).parents[2]
    script = runpy.run_path(str(root / "scripts" / "write_job_docs.py"))

    assert (root / "docs" / "job_file.md").read_text(encoding="utf-8") == script["reference"](job_schema())
