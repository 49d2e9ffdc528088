"""The JSON schema of a job file, for editors and for the reference."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any, cast

from ..units import usual
from .model import Job

_DATA = ("default", "examples", "const", "enum")
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def job_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a job file.

    A quantity is a text with its unit; the keyword ``quantity`` names its kind, and no editor needs to know it.
    """
    return deepcopy(_schema())


@cache
def _schema() -> dict[str, Any]:
    schema = Job.model_json_schema(by_alias=True, mode="validation")
    schema["$defs"]["ToolFile"] = {
        "type": "object",
        "description": "A tool in a file of its own, to be shared between jobs.",
        "properties": {
            "file": {"type": "string", "description": "file with the tool's block", "examples": ["torch.yaml"]}
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    tool: dict[str, Any] = schema["properties"]["tool"]
    schema["properties"]["tool"] = {
        **{key: value for key, value in tool.items() if key != "$ref"},
        "oneOf": [{"$ref": tool["$ref"]}, {"$ref": "#/$defs/ToolFile"}],
    }
    _explain(schema)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Cellwright job"}
    return dialect | cast(dict[str, Any], _tidied(schema))


def _explain(schema: dict[str, Any]) -> None:
    """Give a key without words of its own, as one that replaces a task's value for one seam, the words of the task."""
    blocks: dict[str, dict[str, Any]] = schema["$defs"]
    for name, block in blocks.items():
        parents = [other for other in blocks.values() if other is not block and f"#/$defs/{name}'" in str(other)]
        for key, node in block.get("properties", {}).items():
            words = next((p["properties"][key] for p in parents if key in p.get("properties", {})), {})
            for word in ("description", "examples"):
                if word not in node and word in words:
                    node[word] = words[word]
            if "auto" in node.get("examples", ()) and {"type": "null"} in node.get("anyOf", ()):
                node["anyOf"].append({"const": "auto"})  # read as if nothing were given


def _tidied(node: Any) -> Any:
    """Return the node as it is written in a file: no generated titles, quantities as texts without numeric limits."""
    if isinstance(node, list):
        return [_tidied(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    block = cast(dict[str, Any], node)
    dropped = {"title", *(_NUMERIC if "quantity" in block else ())}
    kept = {key: value for key, value in block.items() if key not in dropped or isinstance(value, dict)}
    default: object = block.get("default")
    if isinstance(default, dict):
        del kept["default"]  # a block with nothing in it: its own keys say what they are when left out
    if "quantity" in block and isinstance(default, int | float):
        kept["default"] = usual(default, block["quantity"])
    return {key: value if key in _DATA else _tidied(value) for key, value in kept.items()}
