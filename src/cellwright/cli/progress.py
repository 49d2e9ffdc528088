"""Plans for the verbs that need one, with a bar that says what is being done."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..findings import Finding
    from ..planning.model import Plan
    from ..programs.model import Program


def planned(job: Path, *, quiet: bool, robot: str | None = None) -> Plan:
    """Return the plan of a job, with another robot than it names if one is given; progress on standard error."""
    with bar(quiet) as progress:
        progress("reading the job", 0.0)
        from ..job.loading import load_job
        from ..selection.start import plan

        read = load_job(job)
        return plan(read if robot is None else read.named(robot), progress=progress)


def plan_of(file: Path, *, quiet: bool) -> Plan:
    """Return the plan that a ``plan.json`` holds, or the plan of a job.

    Raises:
        InputError: the file is neither.
    """
    from ..errors import InputError, Where

    match file.suffix.lower():
        case ".json":
            from ..planning.loading import load_plan

            return load_plan(file)
        case ".yaml" | ".yml":
            return planned(file, quiet=quiet)
        case ending:
            what = f"{ending or 'a name without an ending'} is neither a plan nor a job"
            raise InputError(what, fix="name a plan.json, or a job (.yaml)", where=Where(file))


def programs_of(made: Plan) -> tuple[tuple[Program, ...], tuple[Finding, ...]]:
    """Return the programs of a plan with what reading them back found; a plan nobody can write down has none."""
    from ..errors import ProgramError
    from ..findings import Finding
    from ..programs import program

    try:
        programs = (program(made),)
    except ProgramError as error:
        where = str(error.where or "")
        return (), (Finding(code="no-program", severity="warning", what=error.problem, where=where, fix=error.fix),)
    return programs, programs[0].proof.findings


@contextmanager
def bar(quiet: bool) -> Generator[Callable[[str, float], None]]:
    """Show a bar on standard error while the context lasts; gives what is told what is being done and how far it is."""
    if quiet:
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f}% {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(what: str, share: float) -> None:
            bar.update(task, completed=share, description=what)

        yield tell
