"""How a command ends: what is printed where, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import typer

if TYPE_CHECKING:
    from ..errors import CellwrightError
    from ..findings import Finding

FINE, NOT_OK, WRONG_INPUT = 0, 1, 2


def print_json(document: Mapping[str, Any] | list[Any], *, indent: int | None = None) -> None:
    """Print one JSON document in ASCII, which every terminal and pipe takes."""
    typer.echo(json.dumps(document, indent=indent, allow_nan=False))


def print_findings(findings: Iterable[Finding], *, severities: tuple[str, ...] = ("error", "warning")) -> None:
    """Print findings one a line, the grave ones first."""
    listed = list(findings)
    for severity in severities:
        for finding in listed:
            if finding.severity == severity:
                where = f" [{finding.where}]" if finding.where else ""
                advice = f" ({finding.fix})" if finding.fix else ""
                typer.echo(f"  {severity:<10} {finding.code}: {finding.what}{where}{advice}")


@contextmanager
def failures(json_: bool, *, program_is_input: bool = False) -> Generator[None]:
    """Turn errors into one message, or one JSON document, and the right exit code.

    Args:
        json_: print a document.
        program_is_input: a program that is not understood is what the user gave, not what became of a plan.
    """
    from ..errors import CellwrightError, InfeasibleError, NoPathError, ProgramError, UnreachableError

    try:
        yield
    except (InfeasibleError, NoPathError, ProgramError, UnreachableError) as error:
        _fail(error, json_, WRONG_INPUT if program_is_input and isinstance(error, ProgramError) else NOT_OK)
    except CellwrightError as error:
        _fail(error, json_, WRONG_INPUT)


def run_for_document(app: typer.Typer) -> Never:
    """Run the command line where a document is asked for: what is wrong with its words becomes one too."""
    from ..errors import CellwrightError

    # typer may bring its own copy of click: the class is found where typer has it
    click_error: Any = next(cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException")
    try:
        code = app(standalone_mode=False)
    except click_error as error:
        context = getattr(error, "ctx", None)
        fix = f"{context.command_path} --help tells what is known" if context else ""
        _document(CellwrightError(error.format_message(), fix=fix))
        sys.exit(WRONG_INPUT)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else FINE)


def refuse_taken(file: Path) -> None:
    """Refuse to write a file that is there already.

    Raises:
        InputError: it is.
    """
    from ..errors import InputError, Where

    if file.exists():
        raise InputError("exists already", fix="name another file; nothing is overwritten", where=Where(file))


def refuse_file(folder: Path) -> None:
    """Refuse a file where a folder is to be.

    Raises:
        InputError: it is a file.
    """
    from ..errors import InputError, Where

    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", fix="name a folder with --out", where=Where(folder))


def _fail(error: CellwrightError, json_: bool, code: int) -> Never:
    from ..errors import InfeasibleError

    if json_:
        _document(error)
    else:
        typer.echo(f"error: {error}", err=True)
        if isinstance(error, InfeasibleError):
            for finding in error.findings:
                advice = f" ({finding.fix})" if finding.fix else ""
                where = f"{finding.where}: " if finding.where else ""
                typer.echo(f"  {where}{finding.code}: {finding.what}{advice}", err=True)
    raise typer.Exit(code)


def _document(error: CellwrightError) -> None:
    from ..planning.failure import failure_document

    print_json(failure_document(error))
