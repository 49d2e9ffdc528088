"""The Lua of robot makers: its tokens, and how numbers stand in its tables."""

from __future__ import annotations

import math
import re

from ...errors import ProgramError, Where
from ...geometry import Array, frozen
from .expressions import Missing, Value

TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v\ufeff]+|--\[\[.*?\]\]|--[^\n]*)
      | (?P<line>\n)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<number>(?:\d+\.?\d*|\.(?=\d)\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|~=|<=|>=|\.\.|//|[-+*/%=<>(){}\[\],;:.^\#])""",
    re.VERBOSE | re.DOTALL,
)


def numbers(value: Value) -> list[float] | None:
    """Return the numbers of a list or of a table's positional entries; None where one is not known."""
    if isinstance(value, dict):
        value = [value[f"{k}"] for k in range(1, len(value) + 1) if f"{k}" in value]
    if not isinstance(value, list) or not value:
        return None
    found = [v for v in value if isinstance(v, float)]
    return found if len(found) == len(value) else None


def degrees(value: Value, where: Where) -> Array | None:
    """Return the joints [rad] of a list of 4 to 7 angles [deg]; None where they are not known.

    Raises:
        ProgramError: out of range.
    """
    found = numbers(value)
    if found is None or not 4 <= len(found) <= 7:
        return None
    if not all(abs(v) < 1e5 for v in found):
        raise ProgramError("joints out of range", where=where)
    return frozen([math.radians(v) for v in found])


def named(value: Value, *keys: str) -> Value:
    """Return the entry of a table under the first of ``keys`` that it has; a missing value where it has none."""
    if isinstance(value, dict):
        for key in keys:
            if key in value:
                return value[key]
    return value if isinstance(value, Missing) else Missing(keys[0])
