"""Every error that Cellwright raises on purpose: what is wrong, where, and the way out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .findings import Finding


@dataclass(frozen=True, slots=True)
class Where:
    """A place in an input file.

    Attributes:
        file: the file as the user named it.
        line: counts from 1; 0 where the format has no lines (STEP bodies, binary meshes).
        key: the path of the value inside the file (``tasks.0.seams.2``), may be empty.
    """

    file: Path
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.key}" if self.key else place


class CellwrightError(Exception):
    """Catch this to catch everything that Cellwright raises on purpose."""

    def __init__(self, problem: str, *, fix: str = "", where: Where | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.fix})" if self.fix else ""
        return f"{place}{self.problem}{advice}"


class JobError(CellwrightError):
    """The job cannot be used as written; ``problems`` holds every complaint in file order."""

    def __init__(self, problems: Sequence[CellwrightError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class FieldError(ValueError):
    """What a validator of a field says is wrong with its value; whoever reads the file adds the place."""

    def __init__(self, problem: str, *, fix: str = "") -> None:
        super().__init__(f"{problem} ({fix})" if fix else problem)
        self.problem = problem
        self.fix = fix


class InputError(CellwrightError):
    """An input file (robot, part, mesh, program, catalogue) is damaged or not what it claims to be."""


class MissingEngineError(CellwrightError):
    """An optional engine is not installed; the fix is the pip command."""


class UnreachableError(CellwrightError):
    """No joint position puts the tool where the job wants it."""


class NoPathError(CellwrightError):
    """The way between two strokes is blocked."""


class ProgramError(CellwrightError):
    """A plan cannot be said in a robot language, or a program cannot be understood."""


class InfeasibleError(CellwrightError):
    """No cell can do the job; ``findings`` say what is in the way of each that was tried."""

    def __init__(
        self, problem: str, *, findings: Sequence[Finding] = (), fix: str = "", where: Where | None = None
    ) -> None:
        super().__init__(problem, fix=fix, where=where)
        self.findings = tuple(findings)


@contextmanager
def at(where: Where | None) -> Generator[None]:
    """Give any Cellwright error raised inside the place it belongs to, unless it already has one."""
    try:
        yield
    except CellwrightError as error:
        if error.where is None and not isinstance(error, JobError):
            error.where = where
        raise


@contextmanager
def named_at(where: Where | None) -> Generator[None]:
    """Give an error in a file the place in another one that names it; its own place goes into the words."""
    try:
        yield
    except CellwrightError as error:
        if where is not None and not isinstance(error, JobError):
            if error.where is not None:
                error.problem = f"{error.where}: {error.problem}"
            error.where = where
        raise
