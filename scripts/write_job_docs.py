"""Write docs/job_file.md, the reference of the job file, from its schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cellwright.job.schema import job_schema

REFERENCE = Path(__file__).parents[1] / "docs" / "job_file.md"

INTRO = """\
# The job file

This page is written by `scripts/write_job_docs.py` from the schema that `cellwright schema` prints; editors that know
JSON schema complete and check a job file with it. `cellwright new PART` writes a job file to start from,
`cellwright check JOB` tells every mistake in it with its line and the way out ([errors](errors.md)).

- A job is YAML, read by the rules of YAML 1.2 (`no` and `1:30` are texts), at most 1 MB. Anchors and aliases work, tags
  and merge keys are refused.
- Every quantity carries its unit: `8 mm/s`. A bare number is refused.
- Poses: `x y z`, and the turns `roll` about x, `pitch` about y and `yaw` about z, in this order about the fixed axes of
  the outer frame; what is left out is 0. The world's z points up, the floor is at z = 0. See
  [frames and units](frames_and_units.md).
- Files are named as seen from the job file's folder and have to lie in it, unless `allow_outside: true`.
- Names of bodies are unique and hold no dot; `floor` and `pedestal` are taken.

## Units

| quantity | units |
|---|---|
"""


def reference(schema: dict[str, Any]) -> str:
    """Return the whole page."""
    from cellwright.units import UNITS

    units = "".join(f"| {kind} | {', '.join(f'`{unit}`' for unit in known)} |\n" for kind, known in UNITS.items())
    sections = [section("Job", schema, schema)]
    sections += [section(name, schema["$defs"][name], schema) for name in reached(schema, schema)]
    return INTRO + units + "".join(sections)


def reached(node: Any, schema: dict[str, Any], known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of all blocks in the order in which the job's keys lead to them."""
    if isinstance(node, list):
        for item in node:
            known = reached(item, schema, known)
    elif isinstance(node, dict):
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            if name not in known:
                known = reached(schema["$defs"][name], schema, (*known, name))
        for key, value in node.items():
            if key not in ("$defs", "examples", "default", "discriminator"):
                known = reached(value, schema, known)
    return known


def section(name: str, block: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return the section of one block: what it is, and its keys."""
    text = f"\n## {title(name)}\n\n{' '.join(block.get('description', '').split())}\n"
    if "properties" not in block:
        return text
    text += "\n| key | value | if left out | meaning | example |\n|---|---|---|---|---|\n"
    for key, node in block["properties"].items():
        if key in block.get("required", ()):
            default = "**needed**"
        else:
            default = code(node["default"]) if node.get("default") not in (None, [], {}) else ""
        example = code(node["examples"][0]) if node.get("examples") else ""
        meaning = node.get("description", "")
        text += f"| `{key}` | {kind(node)} | {default} | {cell(meaning)} | {example} |\n"
    return text


def kind(node: dict[str, Any]) -> str:
    """Return what may be written: a quantity, a list, a block with its link, a word."""
    if "quantity" in node:
        return str(node["quantity"])
    if "$ref" in node:
        name = title(node["$ref"].rsplit("/", 1)[-1])
        return f"[{name}](#{name.replace(' ', '-')})"
    members = [m for word in ("oneOf", "anyOf") for m in node.get(word, ()) if m.get("type") != "null"]
    if members:
        return " or ".join(dict.fromkeys(kind(member) for member in members))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{word}`" for word in node["enum"])
    if node.get("type") == "array":
        return f"list of {kind(node['items'])}" if "items" in node else "list"
    words = {"string": "text", "boolean": "`true` or `false`", "integer": "whole number", "number": "number"}
    return words.get(node.get("type", ""), node.get("type", ""))


def title(name: str) -> str:
    """Return the heading of a block: ``PartPlace`` is ``part place``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def code(value: Any) -> str:
    """Return a value as it stands in a job file, in code marks."""
    return f"`{cell(flow(value))}`"


def flow(value: Any) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(entry) for entry in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def cell(text: str) -> str:
    """Return text that does not break out of its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    REFERENCE.write_text(reference(job_schema()), encoding="utf-8", newline="\n")
