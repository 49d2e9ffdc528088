"""KRL as a language: lines into tokens, expressions into values, frames into poses; no word about what motion means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array, pose, turn_x, turn_y, turn_z
from ...units import from_deg, from_mm
from .tokens import LARGEST_FILE, Cursor, Token, number, scan


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of something that the files do not hold."""

    name: str


Value = bool | float | str | Missing | Array | dict[str, "Value"]
"""Enums keep their ``#``; texts do not keep their quotes; an array is a pose made by the geometric operator."""

Lookup = Callable[[str], Value]

_TOKEN = re.compile(
    r"""(?P<skip>\s+|;.*)
      | (?P<bits>'[BHbh]\s*[0-9A-Fa-f]{1,32}\s*')
      | (?P<text>"[^"]*")
      | (?P<enum>\#\s*[A-Za-z_]\w*)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[A-Za-z_$][\w$]*)
      | (?P<sign>==|<>|<=|>=|[-+*/:=<>(){}\[\],.!?&@%^~'|])""",
    re.VERBOSE,
)


def lines(file: str, text: str) -> list[list[Token]]:
    """Return the tokens of each line that says something; headers (``&``) and comments are left out.

    Raises:
        ProgramError: file too large, or a character that is no part of the language.
    """
    if len(text) > LARGEST_FILE:
        raise ProgramError(f"{len(text)} characters are more than a reader takes", where=Where(Path(file)))
    found: list[list[Token]] = []
    for row, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("&"):
            continue
        if tokens := list(scan(_TOKEN, file, line, first_line=row)):
            found.append(tokens)
    return found


def cursor(tokens: Sequence[Token]) -> Cursor:
    """Return a cursor over the tokens of one line."""
    return Cursor(tokens, tokens[-1].where)


def reference(at: Cursor, lookup: Lookup) -> str:
    """Return the canonical name of the variable at the cursor: ``NAME``, ``NAME[2]``, ``NAME.PART``."""
    name = at.take().text.upper()
    while at.peek() in (".", "["):
        if at.accept("."):
            name += "." + at.take().text.upper()
            continue
        at.expect("[")
        indices: list[str] = []
        while at.peek() != "]":
            index = expression(at, lookup)
            indices.append(str(int(index)) if isinstance(index, float) else "?")
            if not at.accept(","):
                break
        at.expect("]")
        name += f"[{','.join(indices)}]" if indices else "[]"
    return name


def expression(at: Cursor, lookup: Lookup) -> Value:
    """Return the value of the arithmetic, geometric or plain expression at the cursor.

    Raises:
        ProgramError: it is not well formed.
    """
    at.down()
    left = _product(at, lookup)
    while at.peek() in ("+", "-"):
        sign = at.take().text
        right = _product(at, lookup)
        left = _numeric(left, right, lambda a, b, sign=sign: a + b if sign == "+" else a - b)
    at.up()
    return left


def _product(at: Cursor, lookup: Lookup) -> Value:
    left = _geometric(at, lookup)
    while at.peek() in ("*", "/"):
        where, sign = at.where, at.take().text
        right = _geometric(at, lookup)
        if sign == "/" and right == 0.0:
            raise ProgramError("division by zero", where=where)
        left = _numeric(left, right, lambda a, b, sign=sign: a * b if sign == "*" else a / b)
    return left


def _geometric(at: Cursor, lookup: Lookup) -> Value:
    left = _primary(at, lookup)
    while at.peek() == ":":
        where = at.take().where
        right = _primary(at, lookup)
        missing = next((v for v in (left, right) if isinstance(v, Missing)), None)
        left = missing if missing else frame(left, where) @ frame(right, where)
    return left


def _primary(at: Cursor, lookup: Lookup) -> Value:
    where, kind, text = at.where, at.kind(), at.peek()
    if text in ("-", "+"):
        at.take()
        at.down()
        value = _primary(at, lookup)
        at.up()
        return value if text == "+" else _numeric(0.0, value, lambda a, b: a - b)
    if text == "(":
        at.take()
        value = expression(at, lookup)
        at.expect(")")
        return value
    if text == "{":
        return _aggregate(at, lookup)
    if kind == "number":
        return number(at.take())
    if kind == "bits":
        digits = at.take().text.strip("'")
        return float(int(digits[1:].strip(), 2 if digits[0] in "Bb" else 16)) if _digits_fit(digits) else Missing(text)
    if kind == "text":
        return at.take().text[1:-1]
    if kind == "enum":
        return at.take().text.upper().replace(" ", "")
    if kind == "name":
        return _named(at, lookup)
    at.take()
    raise ProgramError(f"'{text}' stands where a value belongs", where=where)


def _digits_fit(digits: str) -> bool:
    return digits[0] in "Hh" or set(digits[1:].strip()) <= {"0", "1"}


def _named(at: Cursor, lookup: Lookup) -> Value:
    upper = at.peek().upper()
    if upper in ("TRUE", "FALSE"):
        at.take()
        return upper == "TRUE"
    name = reference(at, lookup)
    if at.peek() == "(":
        skip_brackets(at)
        return Missing(f"{name}(...)")
    return lookup(name)


def skip_brackets(at: Cursor) -> list[Token]:
    """Go past a bracketed list and return what stands inside."""
    at.expect("(")
    inside: list[Token] = []
    open_brackets = 1
    while open_brackets:
        token = at.take()
        open_brackets += (token.text == "(") - (token.text == ")")
        inside.append(token)
    return inside[:-1]


def _aggregate(at: Cursor, lookup: Lookup) -> Value:
    at.down()
    at.expect("{")
    if at.kind() == "name" and at.peek(1) == ":":  # a type before the fields
        at.take()
        at.take()
    fields: dict[str, Value] = {}
    while at.peek() != "}":
        where = at.where
        name = at.take()
        if name.kind != "name":
            raise ProgramError(f"{name} stands where a field's name belongs", where=where)
        if at.accept("["):
            at.expect("]")
        fields[name.text.upper()] = expression(at, lookup)
        if not at.accept(","):
            break
    at.expect("}")
    at.up()
    return fields


def _numeric(a: Value, b: Value, act: Callable[[float, float], float]) -> Value:
    for value in (a, b):
        if isinstance(value, Missing):
            return value
    if isinstance(a, float) and isinstance(b, float):
        return act(a, b)
    return Missing("arithmetic on something that is no number")


def rotation(a: float, b: float, c: float) -> Array:
    """Return the rotation (3, 3) of KUKA's A, B, C [deg]: about z, then the turned y, then the turned x."""
    return turn_z(from_deg(a)) @ turn_y(from_deg(b)) @ turn_x(from_deg(c))


def frame(value: Value, where: Where) -> Array:
    """Return the pose (4, 4) of a FRAME, POS or E6POS [mm, deg]; fields that are not named are 0.

    Raises:
        ProgramError: the value is no frame.
    """
    if isinstance(value, dict):
        x, y, z, a, b, c = (plain(value.get(key, 0.0), where) for key in ("X", "Y", "Z", "A", "B", "C"))
        return pose((from_mm(x), from_mm(y), from_mm(z)), rotation(a, b, c))
    if not isinstance(value, np.ndarray):
        raise ProgramError("a frame is wanted here", where=where)
    return value


def plain(value: Value, where: Where) -> float:
    """Return a number.

    Raises:
        ProgramError: the value is none.
    """
    if isinstance(value, bool) or not isinstance(value, float):
        raise ProgramError("a number is wanted here", where=where)
    return value
