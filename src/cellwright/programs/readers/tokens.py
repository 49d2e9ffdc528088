"""Text into tokens, the same for all languages: bounded in size, every token with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import ProgramError, Where

LARGEST_FILE = 20_000_000
"""Characters; a program of a million points is larger than any controller takes."""

DEEPEST = 32
"""Nested brackets and calls; real programs stay below ten."""

LONGEST = 200_000
"""Statements of a program with all its calls written out."""


class Token(NamedTuple):
    """A piece of text: ``kind`` is the name of the pattern's group that matched it."""

    kind: str
    text: str
    where: Where

    def __str__(self) -> str:
        return f"'{self.text}'"


def scan(pattern: re.Pattern[str], file: str, text: str, *, first_line: int = 1) -> Iterator[Token]:
    """Yield the tokens of ``text``; groups named ``skip`` are left out.

    Raises:
        ProgramError: the file is too large, or a character belongs to no token.
    """
    if len(text) > LARGEST_FILE:
        raise ProgramError(
            f"{len(text)} characters are more than a reader takes ({LARGEST_FILE})", where=Where(Path(file))
        )
    line, position, end = first_line, 0, len(text)
    path = Path(file)
    where, match = Where(path, line), pattern.match
    while position < end:
        found = match(text, position)
        if found is None or (kind := found.lastgroup) is None:
            raise ProgramError(f"unexpected character {text[position]!r}", where=where)
        piece = found[0]
        if kind != "skip":
            yield Token(kind, piece, where)
        if "\n" in piece:
            line += piece.count("\n")
            where = Where(path, line)
        position = found.end()


class Cursor:
    """A place in a list of tokens; runs out with an error that names the last line."""

    def __init__(self, tokens: Sequence[Token], end: Where) -> None:
        self._tokens = tokens
        self._end = end
        self.index = 0
        self.depth = 0

    @property
    def done(self) -> bool:
        """Nothing left."""
        return self.index >= len(self._tokens)

    @property
    def where(self) -> Where:
        """Place of the next token, or of the end."""
        return self._end if self.done else self._tokens[self.index].where

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come; empty at the end."""
        at = self.index + ahead
        return self._tokens[at].text if at < len(self._tokens) else ""

    def kind(self, ahead: int = 0) -> str:
        """Return the kind of a token to come; empty at the end."""
        at = self.index + ahead
        return self._tokens[at].kind if at < len(self._tokens) else ""

    def take(self) -> Token:
        """Return the next token and go on.

        Raises:
            ProgramError: nothing is left.
        """
        if self.done:
            raise ProgramError("the statement ends too early", where=self._end)
        token = self._tokens[self.index]
        self.index += 1
        return token

    def accept(self, *texts: str) -> bool:
        """Go past the next token if it is one of ``texts`` (compared without case)."""
        if not self.done and self.peek().upper() in texts:
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Return the next token, which must read ``text``.

        Raises:
            ProgramError: it does not.
        """
        where = self.where
        token = self.take()
        if token.text.upper() != text:
            raise ProgramError(f"{token} stands where '{text}' belongs", where=where)
        return token

    def since(self, begin: int) -> list[Token]:
        """Return the tokens from ``begin`` up to here."""
        return list(self._tokens[begin : self.index])

    def rest(self) -> list[Token]:
        """Return all that is left and go to the end."""
        begin, self.index = self.index, len(self._tokens)
        return list(self._tokens[begin:])

    def down(self) -> None:
        """Go one bracket deeper.

        Raises:
            ProgramError: deeper than any real program.
        """
        self.depth += 1
        if self.depth > DEEPEST:
            raise ProgramError(f"brackets nested deeper than {DEEPEST}", where=self.where)

    def up(self) -> None:
        """Leave a bracket."""
        self.depth -= 1


def number(token: Token) -> float:
    """Return the value of a decimal number.

    Raises:
        ProgramError: it is not finite.
    """
    try:
        value = float(token.text)
    except ValueError:
        raise ProgramError(f"{token} is not a number", where=token.where) from None
    if not abs(value) < 1e30:
        raise ProgramError(f"{token} is out of range", where=token.where)
    return value


def joined(tokens: Sequence[Token]) -> str:
    """Return the tokens as one line of text, for messages."""
    text = " ".join(token.text for token in tokens)
    return text if len(text) <= 120 else text[:117] + "..."
