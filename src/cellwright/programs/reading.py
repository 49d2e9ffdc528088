"""A robot program that somebody else may have written: what it says, and whether a robot can run it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..cell import Cell
from ..errors import CellwrightError, InputError, ProgramError, Where, at
from ..findings import Finding
from ..robots.model import Robot
from .readers import READERS, Reader, guess_brand, read
from .readers.tokens import LARGEST_FILE
from .running import run
from .simulated import Simulation, simulated
from .statements import Statements

MOST_FILES = 200
"""Files of a folder that are read as one program."""

_SHOWN = 5  # statements that are listed one by one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadProgram:
    """A program as read.

    Attributes:
        brand: key of its language.
        files: that were read, the data beside it included.
        statements: what they say.
        robot: whose limits and reach it was checked against; None where it was only read.
        simulation: the program run by the robot; None without a robot, or where too little of it is known.
        findings: what was not understood, and what the robot cannot do.
    """

    brand: str
    files: tuple[Path, ...]
    statements: Statements
    robot: Robot | None
    simulation: Simulation | None = None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


def read_program(
    file: str | os.PathLike[str], *, brand: str | None = None, robot: Robot | None = None, cell: Cell | None = None
) -> ReadProgram:
    """Return what a robot program says; with a robot also where it leaves its limits or reach, and how long it takes.

    Files beside it with the same name and another suffix of the language (a ``.dat`` beside a ``.src``) are read too.

    Args:
        file: a program, or a folder with the files of one.
        brand: key of its language; left out: recognised from the text.
        robot: that is to run it; left out: the cell's, or the program is only read.
        cell: to look for collisions in.

    Raises:
        InputError: no such file, no text, not well formed, or for another brand of robot.
        ProgramError: a language that nobody here reads, or that is not recognised.
    """
    path = Path(file)
    robot = cell.robot if robot is None and cell is not None else robot
    found = _folder(path) if path.is_dir() else {path.name: _content(path)}
    with at(Where(path)):
        key = _brand(found) if brand is None else brand
        folder = path if path.is_dir() else path.parent
        if path.is_file() and key in READERS:
            found |= _companions(path, READERS[key])
        said = read(found, brand=key)
        runs = robot.controller.brand if robot is not None and robot.controller is not None else key
        if robot is not None and runs not in (key, READERS[key].robots):
            raise InputError(
                f"a {key} program, but {robot.key} runs {runs}",
                fix="name a robot of the program's brand with --robot",
            )
    suffixes = READERS[key].suffixes
    read_files = tuple(folder / name for name in sorted(found) if PurePath(name).suffix.lower() in suffixes)
    simulation, findings = (None, ()) if robot is None else _tried(robot, said, path.stem, cell)
    return ReadProgram(
        brand=key,
        files=read_files,
        statements=said,
        robot=robot,
        simulation=simulation,
        findings=(*_unread(said), *_assumed(READERS[key]), *findings),
    )


def _tried(
    robot: Robot, said: Statements, name: str, cell: Cell | None
) -> tuple[Simulation | None, tuple[Finding, ...]]:
    """Return the program run by a robot, and what is to be said about it."""
    tried = run(robot, said)
    try:
        simulation = simulated(robot, said, tried.ends, name=name, cell=cell)
    except CellwrightError as error:
        untold = Finding(
            code="program-not-timed", severity="info", what=f"no cycle time: {error.problem}", fix=error.fix
        )
        return None, (*tried.findings, untold)
    return simulation, (*tried.findings, *simulation.findings)


def _brand(files: Mapping[str, bytes]) -> str:
    """Return the brand of the files; of a folder that of its first file that is recognised."""
    if len(files) == 1:
        ((name, content),) = files.items()
        return guess_brand(name, content.decode("latin-1"))
    for name, content in sorted(files.items()):
        with suppress(ProgramError):
            brand = guess_brand(name, content.decode("latin-1"))
            if PurePath(name).suffix.lower() in READERS[brand].suffixes:
                return brand
    known = ", ".join(sorted(READERS))
    raise InputError("no file in it is a program that is recognised", fix=f"name the brand; known: {known}")


def _folder(path: Path) -> dict[str, bytes]:
    known = {suffix for reader in READERS.values() for suffix in reader.suffixes}
    names = sorted(entry.name for entry in path.iterdir() if entry.suffix.lower() in known and entry.is_file())
    if len(names) > MOST_FILES:
        raise InputError(f"{len(names)} programs are more than {MOST_FILES}", fix="name one of them", where=Where(path))
    return {name: _content(path / name) for name in names}


def _companions(path: Path, reader: Reader) -> dict[str, bytes]:
    """Return the files beside a program that belong to it by their name, or whatever their name is."""
    beside = sorted(entry for entry in path.parent.iterdir() if entry.is_file() and entry.name != path.name)
    same = [
        entry
        for entry in beside
        if entry.suffix.lower() in reader.along
        or (
            entry.stem.lower() == path.stem.lower()
            and entry.suffix.lower() in reader.suffixes
            and entry.suffix.lower() != path.suffix.lower()
        )
    ]
    if len(same) > MOST_FILES:
        raise InputError(f"{len(same)} files beside it are more than {MOST_FILES}", fix="put the program alone")
    return {entry.name: _content(entry) for entry in same}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except OSError as error:
        what = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise InputError(what, fix="name a robot program", where=Where(path)) from None


def _assumed(reader: Reader) -> tuple[Finding, ...]:
    """Return what the reader takes for granted."""
    return tuple(
        Finding(
            code="program-assumed",
            severity="info",
            what=f"read as: {line}",
            fix="compare it with the controller's manual",
        )
        for line in reader.assumed
    )


def _unread(said: Statements) -> tuple[Finding, ...]:
    """Return what was not understood, the first statements one by one."""
    findings = [
        Finding(
            code="program-unknown", severity="warning", where=str(unknown.where),
            what=f"not understood: {unknown.text[:80]}" + (f" ({unknown.reason})" if unknown.reason else ""),
            fix="look at it: it may move the robot" if unknown.kind != "other" else "",
        )
        for unknown in said.unknown[:_SHOWN]
    ]  # fmt: skip
    rest = len(said.unknown) - len(findings)
    if rest:
        what = f"{rest} more statements were not understood"
        findings.append(Finding(code="program-unknown", severity="warning", what=what, value=float(rest)))
    return tuple(findings)
