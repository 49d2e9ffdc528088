"""RAPID as a language: modules into routines and data, expressions into values; no word about what motion means."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import ProgramError, Where
from .points import external
from .tokens import Cursor, Token, joined, number, scan


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of something that the files do not hold."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string, apart from the names of things."""

    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function call with its arguments by place; ``options`` tells that it has others."""

    name: str
    arguments: tuple[Value, ...]
    options: bool


Value = bool | float | Text | Missing | Function | list["Value"]
"""Records and arrays are lists, as RAPID writes them."""

Lookup = Callable[[str], Value]


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of one statement without its semicolon; ``flow`` marks the words of IF, FOR, WHILE, TEST."""

    tokens: list[Token]
    flow: bool = False

    @property
    def where(self) -> Where:
        """Place of its first word."""
        return self.tokens[0].where

    @property
    def text(self) -> str:
        """The statement as one line."""
        return joined(self.tokens)


@dataclass(slots=True)
class Module:
    """Data and routines; a name is upper case, for RAPID knows no other."""

    data: dict[str, tuple[str, Value]] = field(default_factory=dict[str, "tuple[str, Value]"])
    names: dict[str, str] = field(default_factory=dict[str, str])
    routines: dict[str, list[Statement]] = field(default_factory=dict[str, list[Statement]])


_TOKEN = re.compile(
    r"""(?P<skip>\s+|!.*|%%%[^%]*%%%)
      | (?P<text>"(?:[^"\n]|"")*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[A-Za-z_\u00c0-\u024f][\w]*)
      | (?P<sign>:=|<>|<=|>=|[-+*/=<>()\[\]{},;:.\\?|<>&])""",
    re.VERBOSE,
)
_BLOCKS = {
    "IF": "THEN", "ELSEIF": "THEN", "ELSE": "", "ENDIF": "", "FOR": "DO", "ENDFOR": "", "WHILE": "DO", "ENDWHILE": "",
    "TEST": "", "CASE": ":", "DEFAULT": ":", "ENDTEST": "", "BACKWARD": "", "ERROR": "", "UNDO": "",
}  # fmt: skip
_STORAGE = ("PERS", "CONST", "VAR")
_ENDS = {"PROC": "ENDPROC", "FUNC": "ENDFUNC", "TRAP": "ENDTRAP", "RECORD": "ENDRECORD"}


def load(module: Module, file: str, text: str) -> None:
    """Add the data and routines of one file to ``module``.

    Raises:
        ProgramError: no module, or one that is not well formed.
    """
    tokens = list(scan(_TOKEN, file, text))
    at = Cursor(tokens, tokens[-1].where if tokens else Where(Path(file)))
    at.expect("MODULE")
    at.take()
    if at.peek() == "(":
        brackets(at)
    while not at.accept("ENDMODULE"):
        at.accept("LOCAL")
        at.accept("TASK")
        word = at.peek().upper()
        if word in _STORAGE:
            _data(at, module)
        elif word in _ENDS:
            _routine(at, module, _ENDS[word])
        elif word == "ALIAS":
            _until_semicolon(at)
        else:
            raise ProgramError(f"'{at.peek()}' stands where data or a routine belongs", where=at.where)
    if not at.done:
        raise ProgramError(f"'{at.peek()}' after the end of the module", where=at.where)


def _data(at: Cursor, module: Module) -> None:
    at.take()
    kind = at.take().text.lower()
    name = at.take()
    if name.kind != "name":
        raise ProgramError(f"{name} stands where a name belongs", where=name.where)
    if at.accept("{"):
        while not at.accept("}"):
            at.take()
    value: Value = Missing(name.text)
    if at.accept(":="):
        value = expression(at, lookup(module))
    at.expect(";")
    module.data[name.text.upper()] = (kind, value)
    module.names[name.text.upper()] = name.text


def lookup(module: Module) -> Lookup:
    """Return the function that knows the module's data by name."""

    def value(name: str) -> Value:
        return module.data.get(name.upper(), ("", Missing(name)))[1]

    return value


def _routine(at: Cursor, module: Module, end: str) -> None:
    at.take()
    name = at.take()
    if end == "ENDFUNC":  # the type stood before the name
        name = at.take()
    if at.peek() == "(":
        brackets(at)
    body: list[Statement] = []
    while not at.accept(end):
        word = at.peek().upper()
        if word in _STORAGE:
            _data(at, module)
        elif word in _BLOCKS:
            body.append(Statement(_block(at, _BLOCKS[word]), flow=True))
        elif at.kind() == "name" and at.peek(1) == ":":
            body.append(Statement([at.take(), at.take()], flow=True))
        elif at.accept(";"):
            continue
        else:
            body.append(Statement(_until_semicolon(at)))
    if end == "ENDPROC":
        module.routines[name.text.upper()] = body


def _block(at: Cursor, last: str) -> list[Token]:
    """Take the words of a block: up to THEN, DO or a colon; IF without THEN guards one statement."""
    taken = [at.take()]
    if taken[0].text.upper() == "TEST":
        line = taken[0].where.line
        while at.where.line == line and at.peek().upper() != "CASE":
            taken.append(at.take())
    depth = 0
    while last:
        token = at.take()
        taken.append(token)
        depth += (token.text == "(") - (token.text == ")")
        if (token.text.upper() == last and depth == 0) or token.text == ";":
            break
    return taken


def _until_semicolon(at: Cursor) -> list[Token]:
    begin = at.index
    while at.peek() != ";":
        at.take()
    taken = at.since(begin)
    at.expect(";")
    return taken


def brackets(at: Cursor) -> list[Token]:
    """Go past a round-bracketed list and return what stands inside."""
    at.expect("(")
    begin, depth = at.index, 1
    while depth:
        text = at.take().text
        depth += (text == "(") - (text == ")")
    return at.since(begin)[:-1]


def expression(at: Cursor, known: Lookup) -> Value:
    """Return the value of the expression at the cursor.

    Raises:
        ProgramError: it is not well formed.
    """
    at.down()
    left = _product(at, known)
    while at.peek() in ("+", "-"):
        sign = 1.0 if at.take().text == "+" else -1.0
        right = _product(at, known)
        left = _numeric(left, right, lambda a, b, sign=sign: a + sign * b)
    at.up()
    return left


def _product(at: Cursor, known: Lookup) -> Value:
    left = _primary(at, known)
    while at.peek() in ("*", "/"):
        where, sign = at.where, at.take().text
        right = _primary(at, known)
        if sign == "/" and right == 0.0:
            raise ProgramError("division by zero", where=where)
        left = _numeric(left, right, lambda a, b, sign=sign: a * b if sign == "*" else a / b)
    return left


def _primary(at: Cursor, known: Lookup) -> Value:
    where, kind, text = at.where, at.kind(), at.peek()
    if text in ("-", "+"):
        at.take()
        at.down()
        value = _primary(at, known)
        at.up()
        return value if text == "+" else _numeric(0.0, value, lambda a, b: a - b)
    if at.accept("("):
        value = expression(at, known)
        at.expect(")")
        return value
    if text == "[":
        at.take()
        return _list(at, known, "]")
    if kind == "number":
        return number(at.take())
    if kind == "text":
        return Text(at.take().text[1:-1].replace('""', '"'))
    if kind == "name":
        return _named(at, known)
    at.take()
    raise ProgramError(f"'{text}' stands where a value belongs", where=where)


def _list(at: Cursor, known: Lookup, end: str) -> list[Value]:
    at.down()
    values: list[Value] = []
    while at.peek() != end:
        values.append(expression(at, known))
        if not at.accept(","):
            break
    at.expect(end)
    at.up()
    return values


def _named(at: Cursor, known: Lookup) -> Value:
    name = at.take().text
    if name.upper() in ("TRUE", "FALSE"):
        return name.upper() == "TRUE"
    if at.peek() == "(":
        at.down()
        placed, named = arguments(brackets(at), known, depth=at.depth)
        at.up()
        return Function(name.upper(), tuple(value for _, value in placed), bool(named))
    value = known(name)
    while at.peek() in ("{", "."):
        if at.accept("."):
            return Missing(f"{name}.{at.take().text}")
        at.take()
        index = expression(at, known)
        at.expect("}")
        fits = isinstance(value, list) and isinstance(index, float) and 1 <= index <= len(value)
        value = (
            value[int(index) - 1] if fits and isinstance(value, list) and isinstance(index, float) else Missing(name)
        )
    return value


def _numeric(a: Value, b: Value, act: Callable[[float, float], float]) -> Value:
    if isinstance(a, float) and isinstance(b, float):
        return act(a, b)
    return next((v for v in (a, b) if isinstance(v, Missing)), Missing("arithmetic on something that is no number"))


def arguments(
    tokens: Sequence[Token], known: Lookup, *, depth: int = 0
) -> tuple[list[tuple[str, Value]], dict[str, tuple[str, Value]]]:
    """Return the arguments of an instruction: those by place, and those by name (WObj:=w), each with its text.

    Raises:
        ProgramError: the list is not well formed.
    """
    if not tokens:
        return [], {}
    at = Cursor(tokens, tokens[-1].where)
    at.depth = depth
    placed: list[tuple[str, Value]] = []
    named: dict[str, tuple[str, Value]] = {}
    while not at.done:
        if at.accept("\\"):
            option = at.take().text.upper()
            begin = at.index + 1
            value = expression(at, known) if at.accept(":=") else True
            named[option] = (joined(at.since(begin)), value)
        else:
            begin = at.index
            value = expression(at, known)
            placed.append((joined(at.since(begin)), value))
        if at.done:
            break
        where = at.where
        if not at.accept(",") and at.peek() != "\\":
            raise ProgramError(f"'{at.peek()}' in a list of arguments", where=where)
    return placed, named


def extjoint(point: Value, place: int, where: Where) -> tuple[float, ...]:
    """Return the external axes of a target as written; 9E9 stands for one that is not used.

    Raises:
        ProgramError: they are not six numbers.
    """
    point = point.arguments[0] if isinstance(point, Function) and point.arguments else point
    if not isinstance(point, list):
        return ()
    listed = point[place] if len(point) > place else None
    values = [v for v in listed if isinstance(v, float)] if isinstance(listed, list) else []
    if len(values) != 6:
        raise ProgramError("external axes are six numbers", where=where)
    return external([math.nan if abs(v) >= 8e9 else v for v in values])
