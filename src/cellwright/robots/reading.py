"""A file of the catalogue read into its form; what is wrong is told with the line."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import InputError, Where

File = TypeVar("File", bound=BaseModel)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a fast one where PyYAML was built with libyaml


def read_form(file: Traversable, form: type[File]) -> File:
    """Return the content of a YAML file.

    Raises:
        InputError: not readable, not YAML, or not of the form; the first thing that is wrong, with its line.
    """
    path = Path(str(file))
    fix = "correct the file; docs/catalogue.md shows the form"
    try:
        text = file.read_text(encoding="utf-8")
        content = yaml.load(text, _LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"not readable: {error}", fix="check the file", where=Where(path)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InputError(f"not YAML: {error.problem}", fix=fix, where=Where(path, line)) from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", fix=fix, where=Where(path)) from error
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        where = Where(path, _line(text, first["loc"]), ".".join(map(str, first["loc"])))
        raise InputError(first["msg"] + more, fix=fix, where=where) from error


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """Return the line of a value, or of the nearest thing around it."""
    node: Any = yaml.compose(text, _LOADER)
    line = 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if found:
                line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
