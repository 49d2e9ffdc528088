"""What the validation of a job complains about, as sentences with a way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, cast

from ..errors import CellwrightError, FieldError, Where
from ..units import UNITS, usual
from .document import Key, key_text

Schema = Mapping[str, Any]
Complaint = Mapping[str, Any]
"""One entry of a validation error: type, loc, msg, input, ctx."""


def problem(complaint: Complaint, places: Mapping[Key, Where], schema: Schema) -> CellwrightError:
    """Return the complaint as an error with its place in the file.

    Args:
        complaint: an entry of ``ValidationError.errors()``.
        places: key path -> where it is written.
        schema: JSON schema of the file; it knows which keys and values would have been right.
    """
    key: Key = ()
    missing: Key = ()
    candidates = _resolved(schema, schema)
    for name in cast(Key, complaint["loc"]):
        member = _member(schema, candidates, name)
        if (*key, name) in places:
            key, inside = (*key, name), _inside(schema, candidates, name)
            candidates = inside if inside else candidates
        elif member:  # names of union members are in the loc but not in the file
            candidates = member
        elif isinstance(name, str):
            missing, candidates = (name,), _inside(schema, candidates, name)
    what, fix = _sentence(complaint, candidates, str(complaint["loc"][-1] if complaint["loc"] else ""))
    return CellwrightError(what, fix=fix, where=Where(places[key].file, places[key].line, key_text((*key, *missing))))


def _sentence(complaint: Complaint, candidates: list[Schema], name: str) -> tuple[str, str]:
    kind, context, value = complaint["type"], complaint.get("ctx", {}), complaint["input"]
    error = context.get("error")
    if isinstance(error, FieldError):
        return error.problem, error.fix
    if isinstance(error, ValueError):
        return str(error), ""
    if kind == "missing":
        return "is missing", f"add `{name}: {_example(candidates, name)}`"
    if kind == "extra_forbidden":
        return "no such key", _near(name, sorted(_properties(candidates)))
    if kind in ("literal_error", "union_tag_invalid"):
        word = value if kind == "literal_error" else context["tag"]
        return f"{_short(word)} is not known here", _choice(context, value)
    if kind == "union_tag_not_found":
        tag = str(context.get("discriminator", "kind")).strip("'")
        return f"the key `{tag}` is missing", f"add `{tag}: ...`"
    if kind in _BOUNDS:
        return _bound(complaint, candidates)
    if kind in _WANTED:
        wanted, fix = _WANTED[kind]
        return f"{_short(value)} is not {wanted}", fix
    return f"{_short(value)} does not fit here", str(complaint["msg"]).replace("Input should be", "write").lower()


_WANTED: Mapping[str, tuple[str, str]] = {
    "string_type": ("a text", "write a text, in quotes where YAML would read it otherwise"),
    "int_type": ("a whole number", "write a whole number without a unit"),
    "int_from_float": ("a whole number", "write a whole number without a unit"),
    "int_parsing": ("a whole number", "write a whole number without a unit"),
    "float_type": ("a number", "write a number"),
    "float_parsing": ("a number", "write a number"),
    "finite_number": ("a finite number", "write a finite number"),
    "bool_type": ("true or false", "write true or false"),
    "bool_parsing": ("true or false", "write true or false"),
    "model_type": ("a block of keys", "write `key: value` lines, indented, or {key: value}"),
    "model_attributes_type": ("a block of keys", "write `key: value` lines, indented, or {key: value}"),
    "dict_type": ("a block of keys", "write `key: value` lines, indented, or {key: value}"),
    "tuple_type": ("a list", "write `- ` before each item, or [a, b]"),
    "list_type": ("a list", "write `- ` before each item, or [a, b]"),
}
"""Kind of a complaint -> what was wanted, and how it is written."""

_BOUNDS: Mapping[str, tuple[str, str, str]] = {
    "greater_than": ("gt", "too small", "more than"),
    "greater_than_equal": ("ge", "too small", "at least"),
    "less_than": ("lt", "too large", "less than"),
    "less_than_equal": ("le", "too large", "at most"),
    "too_short": ("min_length", "too short", "at least"),
    "too_long": ("max_length", "too long", "at most"),
    "string_too_short": ("min_length", "too short", "at least"),
    "string_too_long": ("max_length", "too long", "at most"),
}


def _bound(complaint: Complaint, candidates: list[Schema]) -> tuple[str, str]:
    name, what, side = _BOUNDS[complaint["type"]]
    limit, value = complaint["ctx"][name], complaint["input"]
    if name in ("min_length", "max_length"):
        things = "characters" if isinstance(value, str) else "item" if limit == 1 else "items"
        return f"the {'text' if isinstance(value, str) else 'list'} is {what}", f"write {side} {limit} {things}"
    kind = next((kind for c in candidates for kind in UNITS if c.get("quantity") == kind), None)
    if kind is None or not isinstance(limit, float | int):
        return f"{_short(value)} is {what}", f"write {side} {limit:g}"
    return f"{_short(value)} is {what}", f"write {side} {usual(float(limit), kind)}"


def _choice(context: Mapping[str, Any], value: object) -> str:
    listed = str(context.get("expected") or context.get("expected_tags") or "")
    known = [word.strip().strip("'") for part in listed.split(" or ") for word in part.split(", ")]
    near = get_close_matches(str(value), known, n=1) if isinstance(value, str) else []
    if near:
        return f"did you mean {near[0]}?"
    return f"write {known[0]} or the values themselves" if known == ["auto"] else f"write one of {', '.join(known)}"


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"


def _example(candidates: list[Schema], name: str) -> str:
    for candidate in candidates:
        for example in candidate.get("examples", ()):
            return _flow(example)
    return "..."


def _flow(value: object) -> str:
    match value:
        case dict():
            entries = cast(dict[str, object], value)
            return "{" + ", ".join(f"{key}: {_flow(entry)}" for key, entry in entries.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(entry) for entry in cast(list[object], value)) + "]"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    if isinstance(value, dict | list | tuple):
        text = "a block of keys" if isinstance(value, dict) else "a list"
    return text if len(text) <= 40 else f"{text[:37]}..."


def _resolved(schema: Schema, node: Schema) -> list[Schema]:
    """Return the node's own alternatives, references followed."""
    if "$ref" in node:
        return [node, *_resolved(schema, schema["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]])]
    members = [m for word in ("anyOf", "oneOf", "allOf") for m in node.get(word, ())]
    return [node, *(found for member in members for found in _resolved(schema, member))]


def _inside(schema: Schema, candidates: list[Schema], name: int | str) -> list[Schema]:
    if isinstance(name, int):
        items: Callable[[Schema], Any] = lambda c: c.get("items")  # noqa: E731
    else:
        items = lambda c: c.get("properties", {}).get(name)  # noqa: E731
    return [found for c in candidates if isinstance(node := items(c), Mapping) for found in _resolved(schema, node)]


def _member(schema: Schema, candidates: list[Schema], name: int | str) -> list[Schema]:
    """Return what a union's member of this name looks like; empty where the name is no member's."""
    if isinstance(name, str) and name.startswith("("):
        return candidates
    if name in schema["$defs"]:
        return _resolved(schema, {"$ref": name})
    mappings = (candidate.get("discriminator", {}).get("mapping", {}) for candidate in candidates)
    return [found for m in mappings if name in m for found in _resolved(schema, {"$ref": m[name]})]


def _properties(candidates: list[Schema]) -> set[str]:
    return {name for c in candidates for name in c.get("properties", {})}
