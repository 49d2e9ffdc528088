"""Languages whose instructions are function calls (URScript, the Lua dialects, JAKA): blocks, variables, routines."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ...errors import ProgramError, Where
from ..statements import Call, Flow, Setting, Signal, Statements, Unknown
from .expressions import Given, Meaning, Missing, Value, arguments, entry, expression, figure
from .playing import Trace, hook, played
from .tokens import Cursor, Token, joined, scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One script-like language.

    Attributes:
        brand: its key.
        token: pattern of its tokens; groups ``skip``, ``line``, ``text``, ``number``, ``name``, ``sign``.
        style: how blocks are written: ``python`` (``def f():`` to ``end``) or ``lua`` (``function f()`` to ``end``).
        instruction: takes a call that stands alone and tells whether it knows the function.
        function: value of a call inside an expression.
        quiet: functions without effect on motion, as a pattern of the whole name.
        motion: begin of the names of functions that move the robot or change how it moves.
        special: see ``Meaning``.
        constants: names that the language knows.
        first: least index of a list.
    """

    brand: str
    token: re.Pattern[str]
    style: Literal["python", "lua"]
    instruction: Callable[[State, str, Given, Where, str], bool]
    function: Callable[[State, str, Given, Where], Value]
    quiet: re.Pattern[str]
    motion: re.Pattern[str]
    special: Callable[[Cursor, Meaning], Value | None] = lambda at, meaning: None
    constants: Mapping[str, Value] = field(default_factory=dict[str, Value])


@dataclass(slots=True)
class _Routine:
    where: Where
    parameters: list[str] = field(default_factory=list[str])
    rows: list[list[Token]] = field(default_factory=list[list[Token]])


@dataclass(slots=True)
class State:
    """What a running script has set; ``modal`` holds what a brand keeps between its instructions."""

    dialect: Dialect
    trace: Trace = field(default_factory=Trace)
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    modal: dict[str, Value] = field(default_factory=dict[str, Value])
    routines: dict[str, _Routine] = field(default_factory=dict[str, _Routine])

    def meaning(self) -> Meaning:
        """Return what names stand for now."""
        return Meaning(name=self._value, call=self._called, special=self.dialect.special)

    def _value(self, name: str) -> Value:
        if name in self.data:
            return self.data[name]
        if name in self.dialect.constants:
            return self.dialect.constants[name]
        head, _, rest = name.partition(".")
        return entry(self._value(head), rest) if rest else Missing(name)

    def _called(self, name: str, given: Given, where: Where) -> Value:
        return self.dialect.function(self, name, given, where)


_OPEN = {
    "python": {"def", "thread", "sec", "if", "while", "for", "switch"},
    "lua": {"function", "if", "while", "for", "do", "repeat"},
}
_WORDS = {
    "if", "elif", "elseif", "else", "while", "for", "do", "repeat", "until", "return", "break", "continue", "halt",
    "goto",
    "switch", "case", "default", "enter_critical", "exit_critical", "kill", "join",
}  # fmt: skip


def run(dialect: Dialect, files: Mapping[str, str]) -> Statements:
    """Return the statements of scripts; what stands outside of all routines comes first.

    Raises:
        ProgramError: a block or an expression is not well formed.
    """
    state = State(dialect)
    split = _python if dialect.style == "python" else _lua
    for name, text in files.items():
        _load(state, name, split(list(scan(dialect.token, name, text))))
    state.routines = {name: r for name, r in state.routines.items() if r.rows or name}
    called = {
        row[k].text
        for routine in state.routines.values()
        for row in routine.rows
        for k in range(len(row) - 1)
        if row[k + 1].text == "(" and row[k].text in state.routines
    }
    return played(dialect.brand, state.routines, called, lambda name: _play(state, name), state.trace)


def _rows(tokens: Sequence[Token], ends: frozenset[str] = frozenset()) -> list[list[Token]]:
    """Return the tokens of each line; a line goes on while a bracket is open."""
    rows: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
        if token.kind == "line":
            if depth <= 0:
                rows.append([])
                depth = 0
        elif token.text in ends and token.kind == "sign" and depth <= 0:
            rows.append([])
        else:
            rows[-1].append(token)
    if depth > 0 and rows[-1]:
        raise ProgramError("a bracket is not closed", where=rows[-1][0].where)
    return [row for row in rows if row]


def _python(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the statements of a script whose blocks begin with a colon and end with ``end``."""
    found: list[list[Token]] = []
    for row in _rows(tokens, frozenset({";"})):
        while row and row[0].text in (
            "def",
            "thread",
            "sec",
            "if",
            "elif",
            "else",
            "while",
            "for",
            "switch",
            "case",
            "default",
        ):
            depth, cut = 0, len(row)
            for k, token in enumerate(row):
                depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
                if token.text == ":" and depth == 0:
                    cut = k
                    break
            found.append(row[:cut])
            row = row[cut + 1 :]
        if len(row) > 1 and row[-1].text == "end":
            found += [row[:-1], row[-1:]]
        elif row:
            found.append(row)
    return found


def _lua(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the statements of a Lua chunk; reserved words divide them where lines do not."""
    found: list[list[Token]] = []
    for row in _rows(tokens, frozenset({";"})):
        found.append([])
        head = ""
        for token in row:
            word = token.text if token.kind == "name" else ""
            if word in ("end", "else", "elseif", "until") and found[-1]:
                found.append([])
            if not found[-1]:
                head = word
            if word in ("then", "do") and head in ("if", "elseif", "while", "for"):
                found.append([])
                continue
            found[-1].append(token)
            if word in ("do", "else", "repeat", "end") and len(found[-1]) == 1:
                found.append([])
            elif token.text == ")" and "function" in (head, found[-1][1].text if len(found[-1]) > 1 else ""):
                found.append([])
                head = ""
    return [row for row in found if row]


def _load(state: State, file: str, rows: Sequence[list[Token]]) -> None:
    """Put every statement into the routine that it belongs to."""
    style = state.dialect.style
    top = state.routines.setdefault("", _Routine(Where(Path(file), 1)))
    inside: list[_Routine] = [top]
    blocks: list[tuple[str, Where]] = []
    for row in rows:
        words = [token.text for token in row]
        if words[0] == "local" and words[1:2] == ["function"]:
            words, row = words[1:], row[1:]
        if words[0] in ("def", "thread", "function") and len(words) > 1:
            name, parameters = _heading(row)
            inside.append(state.routines.setdefault(name, _Routine(row[0].where, parameters)))
            blocks.append(("routine", row[0].where))
        elif words[0] in _OPEN[style]:
            blocks.append((words[0], row[0].where))
            inside[-1].rows.append(row)
        elif words[0] == "end" or (words[0] == "until" and style == "lua"):
            if not blocks:
                raise ProgramError(f"'{words[0]}' without a beginning", where=row[0].where)
            kind, _ = blocks.pop()
            if kind == "routine":
                inside.pop()
            else:
                inside[-1].rows.append(row)
        else:
            inside[-1].rows.append(row)
    if blocks:
        raise ProgramError(f"this {blocks[-1][0]} has no end", where=blocks[-1][1])


def _heading(row: Sequence[Token]) -> tuple[str, list[str]]:
    words = [token.text for token in row[1:]]
    cut = words.index("(") if "(" in words else len(words)
    return "".join(words[:cut]), [token.text for token in row[cut + 2 :] if token.kind == "name"]


def _play(state: State, name: str) -> None:
    routine = state.routines[name]
    state.trace.enter(name, routine.where)
    rows, k = routine.rows, 0
    while k < len(rows):
        k += _waiting(state, rows, k) or _statement(state, rows[k])
    state.trace.leave()


def _waiting(state: State, rows: Sequence[list[Token]], k: int) -> int:
    """Take a loop that does nothing but wait for an input; return how many statements it has, 0 for anything else."""
    if rows[k][0].text != "while":
        return 0
    n = k + 1
    while n < len(rows) and rows[n][0].text in ("sync", "sleep", "wait", "Wait", "Sleep", "pass"):
        n += 1
    if n >= len(rows) or rows[n][0].text != "end" or n > k + 3:
        return 0
    text = "".join(token.text for token in rows[k][1:])
    while text.startswith("(") and text.endswith(")") and _whole(text):
        text = text[1:-1]
    found = re.fullmatch(
        r"(not\s*\(?|!)?([A-Za-z_]\w*)\(([^()]*)\)(?:(==|!=|~=)(True|False|true|false|0|1|ON|OFF))?\)?", text
    )
    if found is None or not re.search(r"(?i)(_in|di|input|get\w*d\w*i\w*)$", found[2]):
        return 0
    level = found[5] is None or found[5].lower() in ("true", "1", "on")
    running = level if found[4] in (None, "==") else not level
    running = not running if found[1] else running  # it waits while this is the input's level
    port = found[3].split(",")[-1].strip()
    value = state.meaning().name(port) if re.fullmatch(r"[A-Za-z_]\w*", port) else None
    known = f"{value:g}" if isinstance(value, float) else port
    kind = next((word for word in ("configurable", "tool") if word in found[2].lower()), "")
    values: dict[str, float | str] = {"input": f"{kind} {known}".strip(), "value": float(not running)}
    state.trace.out.append(Signal(where=rows[k][0].where, kind="wait_input", values=values))
    return n - k + 1


def _whole(text: str) -> bool:
    """Tell whether the first bracket closes with the last."""
    depth = 0
    for k, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return k == len(text) - 1
    return False


def _statement(state: State, row: list[Token]) -> int:
    where, text, out = row[0].where, joined(row), state.trace.out
    while row and row[0].text in ("global", "local"):
        row = row[1:]
    if not row or row[0].text == "end":
        out += [] if row else [Setting(where=where, text=text)]
        return 1
    word = row[0].text
    if word in _WORDS or any(token.text == "run" and token.kind == "name" for token in row[:-1]):
        out.append(Flow(where=where, text=text))
        return 1
    at = Cursor(row, row[-1].where)
    names = _targets(row)
    if names is not None:
        at.index = names[1]
        _assign(state, at, names[0], where, text)
    elif row[0].kind == "name" and any(token.text == "(" for token in row):
        _called(state, at, where, text)
    elif len(row) == 1 and row[0].kind == "name":
        out.append(Setting(where=where, text=text))  # a declaration
    else:
        out.append(Unknown(where=where, text=text, kind="other"))
    return 1


def _targets(row: Sequence[Token]) -> tuple[list[str], int] | None:
    """Return the names that a statement sets, and where its value begins; None where it sets none."""
    depth = 0
    for k, token in enumerate(row):
        if token.kind == "sign":
            if token.text == "=" and depth == 0:
                return "".join(t.text for t in row[:k]).split(","), k + 1
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "(":
                return None
    return None


def _assign(state: State, at: Cursor, names: list[str], where: Where, text: str) -> None:
    """Keep a value; of a call whose result is kept also what it does."""
    alone = at.kind() == "name" and at.peek(1) == "(" and at.peek() in state.routines
    values = [expression(at, state.meaning())]
    while at.accept(","):
        values.append(expression(at, state.meaning()))
    if not at.done:
        raise ProgramError(f"'{at.peek()}' is left over at the end of the line", where=at.where)
    for k, name in enumerate(names):
        head, bracket, index = name.partition("[")
        if bracket and isinstance(whole := state.data.get(head), (dict, list)):
            state.data[head] = _changed(whole, index.rstrip("]"), values[k] if k < len(values) else Missing(name))
        else:
            state.data[name] = values[k] if k < len(values) else Missing(name)
    state.trace.out.append(Call(where=where, routine=text, known=False) if alone else Setting(where=where, text=text))


def _changed(whole: dict[str, Value] | list[Value], index: str, value: Value) -> Value:
    """Return a table or a list with one entry set; nothing is known of it where the entry is not."""
    if not index.isdecimal():
        return Missing(f"entry {index}")
    if isinstance(whole, dict):
        return {**whole, index: value}
    k = int(index[:9])
    return [*whole[:k], value, *whole[k + 1 :]] if k < len(whole) else Missing(f"entry {index}")


def _called(state: State, at: Cursor, where: Where, text: str) -> None:
    name = at.take().text
    while at.peek() in (".", ":") and not at.done:
        name += at.take().text + at.take().text
    at.expect("(")
    given = arguments(at, state.meaning())
    if not at.done:
        raise ProgramError(f"'{at.peek()}' is left over at the end of the line", where=at.where)
    dialect, out = state.dialect, state.trace.out
    if name in state.routines:
        routine = state.routines[name]
        out.append(Call(where=where, routine=name, known=True, arguments=_handed(given)))
        state.data |= dict(zip(routine.parameters, given.placed, strict=False))
        _play(state, name)
    elif dialect.instruction(state, name, given, where, text):
        pass
    elif dialect.quiet.fullmatch(name):
        out.append(Setting(where=where, text=text))
    elif hook(name):
        out.append(Call(where=where, routine=name, known=False, arguments=_handed(given)))
    else:
        kind = "motion" if dialect.motion.match(name) else "flow"
        reason = "a function that is not known, nor in the files" if kind == "flow" else ""
        out.append(Unknown(where=where, text=text, kind=kind, reason=reason))


def _handed(given: Given) -> tuple[float, ...]:
    values = (figure(value) for value in given.placed)
    return tuple(math.nan if value is None else value for value in values)
