"""The schema for editors says the same as the reader, and explains every key."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cellwright.job.schema import job_schema

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


def test_every_example_of_a_quantity_is_one() -> None:
    from cellwright.units import quantity

    for name, node in properties():
        if "quantity" in node:
            for example in node["examples"]:
                assert quantity(example, node["quantity"]) is not None, name


def test_the_reference_is_up_to_date() -> None:
    import runpy

    root = Path(__file__).parents[2]
    script = runpy.run_path(str(root / "scripts" / "write_job_docs.py"))

    assert (root / "docs" / "job_file.md").read_text(encoding="utf-8") == script["reference"](job_schema())
