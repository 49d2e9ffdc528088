"""A YAML file as plain values, with the place of each; nothing in it can run, and nothing in it can grow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from ..errors import CellwrightError, JobError, Where

Key = tuple[int | str, ...]
Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

LARGEST_FILE = 1_000_000
"""Bytes of a file that a person could have written."""
MOST_VALUES = 20_000
"""Values in a file once every alias is written out."""
DEEPEST = 32
"""Blocks inside blocks, aliases written out."""

_INTEGER = re.compile(r"[-+]?\d{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as read.

    Attributes:
        value: plain values, duplicate keys left out.
        places: key path -> where it is written; of a block's entries the line of the key.
        problems: duplicate keys and what else is wrong but did not stop the reading.
    """

    value: Value
    places: dict[Key, Where]
    problems: tuple[CellwrightError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A value with its line; ``size`` and ``height`` count what it holds with aliases written out."""

    line: int
    value: bool | int | float | str | list[_Node] | dict[str, tuple[int, _Node]] | None
    size: int = 1
    height: int = 1


def read_document(file: Path) -> Document:
    """Read a YAML file by the rules of YAML 1.2 (``no`` and ``1:30`` are texts), without tags and merge keys.

    Raises:
        JobError: the file cannot be read at all, is not UTF-8, not YAML, empty, or larger than a person writes.
    """
    text = _text(file)
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    builder = _Builder(file, events)
    try:
        root = builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise JobError([*builder.problems, _broken(file, error, mark.line + 1 if mark else 1)]) from None
    except yaml.reader.ReaderError as error:
        where = Where(file, text.count("\n", 0, int(error.position)) + 1)
        problem = CellwrightError("a character that text must not hold", fix="delete it or write it anew", where=where)
        raise JobError([problem]) from None
    places: dict[Key, Where] = {}
    return Document(value=_written_out(file, root, (), root.line, places), places=places, problems=(*builder.problems,))


def key_text(key: Key) -> str:
    """Return a key path as text that is safe to print."""
    names = (str(name)[:60] for name in key)
    return ".".join(name if name.isprintable() else repr(name)[1:-1] for name in names)


def _text(file: Path) -> str:
    whole = Where(file)
    try:
        if not file.is_file():
            problem = "is a folder" if file.is_dir() else "no such file"
            raise JobError([CellwrightError(problem, fix="name a job file (.yaml)", where=whole)])
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise JobError([CellwrightError(f"cannot be read: {reason}", fix="name a job file", where=whole)]) from None
    if len(content) > LARGEST_FILE:
        problem = f"has more than {LARGEST_FILE / 1e6:g} MB"
        raise JobError([CellwrightError(problem, fix="put geometry into files of its own", where=whole)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = Where(file, content.count(b"\n", 0, error.start) + 1)
        problem = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise JobError([CellwrightError(problem, fix="save the file as UTF-8", where=where)]) from None
    if not text.strip():
        fix = "cellwright new PART writes a job file to start from"
        raise JobError([CellwrightError("the file is empty", fix=fix, where=Where(file, 1))])
    return text


def _broken(file: Path, error: yaml.MarkedYAMLError, line: int) -> CellwrightError:
    what = error.problem or "not YAML"
    if "'\\t'" in what:
        return CellwrightError(
            "a tab stands where YAML wants spaces", fix="indent with spaces", where=Where(file, line)
        )
    started = f" {error.context} of line {error.context_mark.line + 1}" if error.context and error.context_mark else ""
    fix = "check indentation, colons, quotes and brackets here and just above"
    return CellwrightError(f"not YAML:{started} {what}".replace(": ,", ":"), fix=fix, where=Where(file, line))


class _Builder:
    """Turns the stream of parser events into nodes, and gives up as soon as a limit is passed."""

    def __init__(self, file: Path, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.anchors: dict[str, _Node] = {}
        self.problems: list[CellwrightError] = []
        self.seen = 0

    def document(self) -> _Node:
        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            fix = "cellwright new PART writes a job file to start from"
            raise JobError([CellwrightError("the file has nothing but comments", fix=fix, where=Where(self.file, 1))])
        root = self.node(next(self.events), ())
        next(self.events)  # the document's end
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            self.complain("a second document begins", "keep one job in a file", _line(event), ())
        return root

    def node(self, event: yaml.Event, key: Key) -> _Node:
        self.seen += 1
        self.limit(self.seen, len(key) + 1, _line(event), key)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, key)
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event, key)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, key)
        else:
            node = self.mapping(cast(yaml.MappingStartEvent, event), key)
        self.limit(node.size, node.height, node.line, key)
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent, key: Key) -> _Node:
        node = self.anchors.get(str(event.anchor))
        if node is None:
            problem = f"*{event.anchor} refers to nothing above it, or to the block it stands in"
            self.complain(problem, f"put &{event.anchor} before a complete value above", _line(event), key)
            return _Node(line=_line(event), value=None)
        return node

    def scalar(self, event: yaml.ScalarEvent, key: Key) -> _Node:
        self.refuse_tag(event, key)
        plain = bool(event.implicit[0]) and event.style is None
        return _Node(line=_line(event), value=_scalar(event.value) if plain else event.value)

    def sequence(self, event: yaml.SequenceStartEvent, key: Key) -> _Node:
        self.refuse_tag(event, key)
        items: list[_Node] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(item, (*key, len(items))))
        return _block(_line(event), items, items)

    def mapping(self, event: yaml.MappingStartEvent, key: Key) -> _Node:
        self.refuse_tag(event, key)
        entries: dict[str, tuple[int, _Node]] = {}
        while not isinstance(name := next(self.events), yaml.MappingEndEvent):
            line = _line(name)
            if not isinstance(name, yaml.ScalarEvent):
                self.complain("a key must be a single word", "write `key: value`", line, key)
                self.node(name, (*key, "?"))
                self.node(next(self.events), (*key, "?"))
                continue
            self.refuse_tag(name, key)
            word = name.value
            value = self.node(next(self.events), (*key, word))
            if word in entries:
                problem = f"written a second time, first on line {entries[word][0]}"
                self.complain(problem, "delete one of the two", line, (*key, word))
            elif word == "<<":
                self.complain("merge keys are not read", "write the keys out", line, (*key, word))
            else:
                entries[word] = (line, value)
        return _block(_line(event), entries, [n for _, n in entries.values()])

    def refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, key: Key) -> None:
        tag = str(event.tag) if event.tag else "!"
        if tag not in ("!", "tag:yaml.org,2002:str"):
            name = tag.replace("tag:yaml.org,2002:", "!!")[:60]
            self.complain(f"the tag {name!r} is not read", "delete it: plain values are enough", _line(event), key)

    def limit(self, size: int, height: int, line: int, key: Key) -> None:
        if size > MOST_VALUES:
            self.complain(f"more than {MOST_VALUES} values", "put geometry into files of its own", line, key)
        elif height > DEEPEST:
            self.complain(f"more than {DEEPEST} blocks inside one another", "close the brackets", line, key)
        else:
            return
        raise JobError(self.problems)

    def complain(self, problem: str, fix: str, line: int, key: Key) -> None:
        self.problems.append(CellwrightError(problem, fix=fix, where=Where(self.file, line, key_text(key))))


def _block(line: int, value: list[_Node] | dict[str, tuple[int, _Node]], children: list[_Node]) -> _Node:
    size = 1 + sum(child.size for child in children)
    return _Node(line=line, value=value, size=size, height=1 + max((child.height for child in children), default=0))


def _scalar(text: str) -> bool | int | float | str | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text if text[-1] not in "fFnN" else text.replace(".", ""))  # .inf and .nan
    return text


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1


def _written_out(file: Path, node: _Node, key: Key, line: int, places: dict[Key, Where]) -> Value:
    places[key] = Where(file, line, key_text(key))
    if isinstance(node.value, dict):
        entries = node.value.items()
        return {word: _written_out(file, child, (*key, word), at, places) for word, (at, child) in entries}
    if isinstance(node.value, list):
        return [_written_out(file, child, (*key, i), child.line, places) for i, child in enumerate(node.value)]
    return node.value
