"""Expressions of the script-like languages: tokens into values; never run, only read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ...errors import ProgramError, Where
from ...geometry import Array
from .tokens import Cursor, number


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of something that the files do not hold."""

    name: str


Value = bool | float | str | Missing | Array | list["Value"] | dict[str, "Value"]
"""Texts have no quotes; an array (4, 4) is a pose; a table keeps its positional entries as "1", "2", ..."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an instruction was given: values by place, values by name, and how those by place were written."""

    placed: list[Value] = field(default_factory=list[Value])
    named: dict[str, Value] = field(default_factory=dict[str, Value])
    written: list[str] = field(default_factory=list[str])

    def pick(self, place: int, name: str, default: Value = Missing("not given")) -> Value:
        """Return an argument by its name or its place."""
        if name in self.named:
            return self.named[name]
        return self.placed[place] if 0 <= place < len(self.placed) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What the names of a language stand for.

    Attributes:
        name: value of a variable.
        call: value of a function.
        special: value of a form that only this language has at the cursor; None where there is none.
        join: operators that put one pose behind another.
    """

    name: Callable[[str], Value]
    call: Callable[[str, Given, Where], Value]
    special: Callable[[Cursor, Meaning], Value | None] = lambda at, meaning: None
    join: frozenset[str] = frozenset()


_LEVELS: Mapping[str, int] = {
    "OR": 1, "||": 1, "AND": 2, "&&": 2, "==": 3, "~=": 3, "!=": 3, "<>": 3, "<": 3, ">": 3, "<=": 3, ">=": 3,
    "..": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "MOD": 6, "^": 8,
}  # fmt: skip
_UNARY = 7
ENDS = frozenset({",", ")", "]", "}", ""})
"""After a number these leave nothing to look for."""


def expression(at: Cursor, meaning: Meaning, level: int = 0) -> Value:
    """Return the value of the expression at the cursor.

    Raises:
        ProgramError: it is not well formed.
    """
    if at.kind() == "number" and at.peek(1) in ENDS:
        return number(at.take())
    at.down()
    left = _unary(at, meaning)
    while not at.done and (strength := _LEVELS.get(at.peek().upper(), 0)) > level and at.kind() in ("sign", "name"):
        where, word = at.where, at.take().text.upper()
        right = expression(at, meaning, strength if word != "^" else strength - 1)
        left = _joined(word, left, right, where, meaning)
    at.up()
    return left


def _unary(at: Cursor, meaning: Meaning) -> Value:
    word = at.peek().upper()
    if word in ("-", "+") and at.kind() == "sign":
        at.take()
        value = expression(at, meaning, _UNARY)
        if word == "+" or not isinstance(value, (bool, float)):
            return value if word == "+" else _lost(value)
        return -float(value)
    if word in ("NOT", "!") and at.kind() in ("sign", "name"):
        at.take()
        value = expression(at, meaning, _UNARY)
        return (not value) if isinstance(value, (bool, float)) else _lost(value)
    return _after(at, meaning, _atom(at, meaning))


def _joined(word: str, a: Value, b: Value, where: Where, meaning: Meaning) -> Value:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and word in meaning.join:
        return a @ b
    if word == ".." and isinstance(a, (str, float)) and isinstance(b, (str, float)):
        return f"{a}{b}"
    if word in ("==", "~=", "!=", "<>") and isinstance(a, (str, bool, float)) and isinstance(b, (str, bool, float)):
        return (a == b) == (word == "==")
    if isinstance(a, (bool, float)) and isinstance(b, (bool, float)):
        return _figured(word, float(a), float(b), where)
    return _lost(a if isinstance(a, Missing) else b)


def _figured(word: str, a: float, b: float, where: Where) -> Value:
    """Return what an operator makes of two numbers."""
    match word:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/" | "//" | "%" | "MOD":
            if b == 0.0:
                raise ProgramError("division by zero", where=where)
            return a / b if word == "/" else float(a // b) if word == "//" else a % b
        case "^":
            return a**b if abs(a) < 1e6 and 0.0 <= b <= 8.0 else Missing("a power")
        case "OR" | "||":
            return bool(a) or bool(b)
        case "AND" | "&&":
            return bool(a) and bool(b)
        case "<":
            return a < b
        case ">":
            return a > b
        case "<=":
            return a <= b
        case _:
            return a >= b


def _lost(value: Value) -> Missing:
    return value if isinstance(value, Missing) else Missing("arithmetic on something that is no number")


def _atom(at: Cursor, meaning: Meaning) -> Value:
    where, kind, text = at.where, at.kind(), at.peek()
    if (value := meaning.special(at, meaning)) is not None:
        return value
    if text == "(":
        at.take()
        value = expression(at, meaning)
        at.expect(")")
        return value
    if text == "[":
        at.take()
        return listed(at, meaning, "]")
    if text == "{":
        at.take()
        return _table(at, meaning)
    if kind == "number":
        return number(at.take())
    if kind == "text":
        return at.take().text[1:-1]
    if kind == "name":
        return _named(at, meaning)
    at.take()
    raise ProgramError(f"'{text}' stands where a value belongs", where=where)


def _named(at: Cursor, meaning: Meaning) -> Value:
    where, name = at.where, at.take().text
    if name.upper() in ("TRUE", "FALSE"):
        return name.upper() == "TRUE"
    while at.peek() in (".", ":") and at.kind(1) == "name" and _adjacent(at, name):
        name += at.take().text + at.take().text
    if at.peek() == "(":
        at.take()
        return meaning.call(name, arguments(at, meaning), where)
    return meaning.name(name)


def _adjacent(at: Cursor, name: str) -> bool:
    """Tell whether a colon joins two names; elsewhere it ends a statement."""
    return at.peek() == "." or at.peek(2) == "("


def _after(at: Cursor, meaning: Meaning, value: Value) -> Value:
    """Return the entry of a list or a table that brackets or a dot behind it name."""
    while at.peek() in ("[", ".") and not at.done:
        if at.accept("."):
            key: Value = at.take().text
        else:
            at.take()
            key = expression(at, meaning)
            at.expect("]")
        value = entry(value, key)
    return value


def entry(value: Value, key: Value) -> Value:
    """Return an entry of a list, counted from 0, or of a table, by its name."""
    if isinstance(value, dict):
        word = f"{int(key)}" if isinstance(key, float) and abs(key) < 1e9 else str(key)
        return value.get(word, Missing(f"entry {word}"))
    if isinstance(value, list) and isinstance(key, float) and 0 <= key < len(value):
        return value[int(key)]
    return value if isinstance(value, Missing) else Missing(f"entry {key}")


def listed(at: Cursor, meaning: Meaning, end: str) -> list[Value]:
    """Return the values up to a closing bracket.

    Raises:
        ProgramError: it does not come.
    """
    at.down()
    values: list[Value] = []
    while at.peek() != end:
        values.append(expression(at, meaning))
        if not at.accept(",", ";"):
            break
    at.expect(end)
    at.up()
    return values


def _table(at: Cursor, meaning: Meaning) -> dict[str, Value]:
    at.down()
    values: dict[str, Value] = {}
    count = 0
    while at.peek() != "}":
        if at.kind() == "name" and at.peek(1) == "=":
            key = at.take().text
            at.take()
        elif at.peek() == "[":
            at.take()
            named = expression(at, meaning)
            at.expect("]")
            at.expect("=")
            key = f"{int(named)}" if isinstance(named, float) and abs(named) < 1e9 else str(named)
        else:
            count += 1
            key = f"{count}"
        values[key] = expression(at, meaning)
        if not at.accept(",", ";"):
            break
    at.expect("}")
    at.up()
    return values


def arguments(at: Cursor, meaning: Meaning, end: str = ")") -> Given:
    """Return the arguments up to a closing bracket, which is taken too.

    Raises:
        ProgramError: the list is not well formed.
    """
    at.down()
    given = Given()
    while at.peek() != end:
        if at.kind() == "name" and at.peek(1) == "=":
            name = at.take().text
            at.take()
            given.named[name] = expression(at, meaning)
        else:
            begin = at.index
            given.placed.append(expression(at, meaning))
            given.written.append("".join(token.text for token in at.since(begin)))
        if not at.accept(",", ";"):
            break
    at.expect(end)
    at.up()
    return given


def figures(value: Value, count: int = 6) -> list[float] | None:
    """Return ``count`` numbers of a list or of a table's positional entries; None where they are not all known."""
    if isinstance(value, dict):
        value = [value.get(f"{k}", Missing("")) for k in range(1, count + 1)]
    if not isinstance(value, list) or len(value) < count:
        return None
    found = [v for v in value[:count] if isinstance(v, float)]
    return found if len(found) == count else None


def figure(value: Value) -> float | None:
    """Return a number; None for anything else."""
    return value if isinstance(value, float) else None
