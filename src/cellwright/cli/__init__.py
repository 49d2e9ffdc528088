"""The command line: the same verbs as in Python. Results on standard output, progress and errors on standard error."""

from __future__ import annotations

import sys

import typer

from . import documents, jobs, plans, programs, robots, selection
from .endings import run_for_document

app = typer.Typer(
    name="cellwright",
    help="From a robot job to a proven cell: robot, base, motion, programs that were read back, findings.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verb in (
    plans.plan, selection.select, jobs.check, jobs.new, programs.program, programs.read, documents.report,
    documents.view, jobs.schema,
):  # fmt: skip
    app.command()(verb)
app.add_typer(robots.app, name="robots")


def main() -> None:
    """Run the command line: exit code 0 fine, 1 the plan is not ok or none exists, 2 the job or an input is wrong."""
    if "--json" in sys.argv[1:]:
        run_for_document(app)
    app()
