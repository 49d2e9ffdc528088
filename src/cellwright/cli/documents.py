"""Verbs for people who look: the report of a plan, the cell in motion, a part with its names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import Json, MeshUnit, PlanOrJob, Quiet
from .endings import failures, print_json, refuse_file
from .progress import plan_of, programs_of


def report(
    file: PlanOrJob,
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for report.html")] = Path("out"),
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the report of a plan: one page that opens from disk and asks no network."""
    with failures(json_):
        refuse_file(out)
        made = plan_of(file, quiet=quiet or json_)
        programs, _ = programs_of(made)
        from ..documents.report import report as write
        from ..saving import save

        files = [str(path) for path in save(out, write(made, programs))]
        ok = made.ok and all(program.proof.ok for program in programs)
        if json_:
            print_json({"ok": ok, "robot": made.cell.robot.key, "findings": [], "files": files})
        else:
            typer.echo(f"written: {', '.join(files)}")


def view(
    what: Annotated[Path, typer.Argument(help="a part, a plan.json, or a job to plan", metavar="PART|PLAN|JOB")],
    html: Annotated[Path | None, typer.Option(help="write a self-contained page instead of opening one")] = None,
    unit: MeshUnit = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show a part with the name of every seam, edge and face, or the planned motion, in the browser."""
    with failures(json_):
        content = _page(what, unit=unit, quiet=quiet or json_)
        if html is not None:
            from ..saving import save

            save(html.parent, {html.name: content})
            if json_:
                print_json({"ok": True, "findings": [], "files": [str(html)]})
            else:
                typer.echo(f"written: {html}")
            return
        from ..documents.view import offered

        with offered(content) as url:
            if json_:
                print_json({"ok": True, "findings": [], "files": [], "url": url})
            else:
                typer.echo(f"{url}\nonly this machine and only with this address; Ctrl+C ends it")
            typer.launch(url)
            _wait()


def _page(what: Path, *, unit: str | None, quiet: bool) -> bytes:
    if what.suffix.lower() in (".yaml", ".yml", ".json"):
        from ..documents.view import plan_html

        return plan_html(plan_of(what, quiet=quiet))
    from ..documents.view import part_html
    from ..parts.reading import read_part
    from ..processes.seams import find_seams

    part = read_part(what, unit=unit)
    return part_html(part, find_seams(part))


def _wait() -> None:
    import threading

    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
