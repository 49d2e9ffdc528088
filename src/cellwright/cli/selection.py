"""The verb that chooses a robot."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import JobFile, Json, Quiet
from .endings import NOT_OK, failures, print_json, refuse_file
from .progress import bar

if TYPE_CHECKING:
    from ..selection.model import Selection


def select(
    job: JobFile,
    workers: Annotated[int | None, typer.Option(help="processes on this machine; left out: one a core", min=1)] = None,
    cluster: Annotated[str | None, typer.Option(help="address of a Ray cluster that does it instead")] = None,
    weigh: Annotated[list[str] | None, typer.Option(help="CRITERION=WEIGHT, several times", metavar="C=W")] = None,
    plans: Annotated[int | None, typer.Option(help="robots that are planned in full at a time", min=1)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="folder for report and selection.json")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Choose a robot for a job: ranking, and of every other robot why not and what would make it fit."""
    with failures(json_):
        if out is not None:
            refuse_file(out)
        start = perf_counter()
        with bar(quiet or json_) as progress:
            progress("reading the job", 0.0)
            from ..job.loading import load_job
            from ..selection.select import PLANS
            from ..selection.select import select as choose

            read = load_job(job)
            made = choose(
                read, weights=_weights(weigh), plans=plans or PLANS, workers=workers, cluster=cluster,
                progress=progress,
            )  # fmt: skip
        from ..selection.document import document

        said = document(made)
        seconds = round(perf_counter() - start, 3)
        if out is not None:
            from ..documents.selection_report import selection_report
            from ..planning.document import encoded
            from ..saving import save

            save(out, {"selection.json": encoded(said)}, selection_report(made, read))
        if json_:
            files = ["selection.html", "selection.json"] if out is not None else []
            print_json(said | {"seconds": seconds, "files": files})
        else:
            _tell(made, seconds)
        if made.chosen is None:
            raise typer.Exit(NOT_OK)


def _weights(said: list[str] | None) -> dict[str, float] | None:
    from ..errors import InputError

    if not said:
        return None
    found: dict[str, float] = {}
    for one in said:
        name, _, weight = one.partition("=")
        try:
            found[name] = float(weight)
        except ValueError:
            raise InputError(f"{one!r} is no weight", fix="write --weigh cycle_time=2") from None
    return found


def _tell(made: Selection, seconds: float) -> None:
    """Print ranking, stages and the nearest misses as tables."""
    placements = next(n for name, _, n in made.stages if name == "considered")
    typer.echo(f"  {'job':<10} {made.job}: {made.chosen.key if made.chosen else 'no robot does it'}")
    if made.chosen:
        typer.echo(f"  {'base at':<10} {made.chosen.outcome.base}")
    typer.echo(
        f"  {'asked':<10} {placements} placements, {made.poses} poses in {seconds:.1f} s "
        f"({placements / max(seconds, 1e-9):.0f} placements/s)"
    )
    steps = (f"{name} {robots}{f' at {n}' if n else ''}" for name, robots, n in made.stages)
    typer.echo(f"  {'robots':<10} " + ", ".join(steps).replace("_", " "))
    _tell_ranking(made)
    typer.echo("\n  not chosen, the nearest misses of each kind first")
    kinds = made.kinds
    for code, rows in kinds.items():
        if code != "only-listed":
            typer.echo(f"  {code} ({len(rows)})")
            if len({(reason.what, reason.fix) for _, reason in rows}) == 1 < len(rows):
                typer.echo(f"    {rows[0][1].what}; {rows[0][1].fix}:")
                names = ", ".join(one.candidate.key for one, _ in rows)
                typer.echo(fill(names, 110, initial_indent=" " * 6, subsequent_indent=" " * 6, break_on_hyphens=False))
                continue
            for one, reason in rows:
                typer.echo(f"    {one.candidate.key:<28} {reason.what}; {reason.fix}")
    only = kinds.get("only-listed", ())
    if only:
        typer.echo(f"  and {len(only)} that are only listed: no joint table of them is public")


def _tell_ranking(made: Selection) -> None:
    from ..selection.figures import UNITS

    said = [name for name in UNITS if any(name in row.said for row in made.ranking)]
    columns = "".join(f"{name:>24}" for name in said)
    typer.echo(
        "\n  rank  robot                          score   cycle [s]  room [mm]  to limits [deg]"
        f"  fixture off [deg]{columns}  Pareto"
    )
    for i, row in enumerate(made.ranking, 1):
        cycle, clearance, *margins = (row.values[n] for n in ("cycle_time", "clearance", "margin", "robust_margin"))
        figures = f"{_cell(cycle, 1.0, 1):>11}{_cell(clearance, 1e3, 1):>11}"
        figures += "".join(f"{_cell(v, 57.29578, 1):>{n}}" for v, n in zip(margins, (17, 19), strict=True))
        figures += "".join(f"{row.said.get(name, 'unknown')!s:>24}" for name in said)
        pareto = f"behind {row.dominated_by[0]}" if row.dominated_by else "yes"
        typer.echo(f"  {i:>4}  {row.key:<28} {row.score:>7.3f} {figures}  {pareto}")
        if row.reason:
            typer.echo(f"        {row.reason.what}: {row.reason.fix}")
    if made.ranking:
        typer.echo(
            "  room: least distance to anything; to limits: least way to a joint limit or a straight wrist;\n"
            "  fixture off: what is left of it where the fixture stands 5 mm and 0.5 deg wrong"
        )
    if made.unweighed:
        typer.echo(f"  not weighed, as nobody says it: {', '.join(made.unweighed)} (see `figures` in the job)")


def _cell(value: float | None, scale: float, digits: int) -> str:
    return "unknown" if value is None else f"{value * scale:.{digits}f}"
