"""The command line: the same verbs as in Python. Results on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never

import typer

if TYPE_CHECKING:
    from .errors import CellwrightError
    from .plan.model import Plan
    from .programs.model import Program
    from .robots.model import Robot

FINE, NOT_OK, WRONG_INPUT = 0, 1, 2

app = typer.Typer(
    name="cellwright",
    help="From a robot job to a proven cell: robot, base, motion, programs that were read back, findings.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
robots_app = typer.Typer(help="List the catalogue, show a model, import a description.", rich_markup_mode=None)
app.add_typer(robots_app, name="robots")

JobFile = Annotated[Path, typer.Argument(help="job file (YAML)", metavar="JOB")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document on standard output and nothing else there")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress bar")]


def main() -> None:
    """Run the command line: exit code 0 fine, 1 the plan is not ok or none exists, 2 the job or an input is wrong."""
    app()


@app.command()
def plan(
    job: JobFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for programs, plan.json and report.html")] = Path(
        "out"
    ),
    diff: Annotated[Path | None, typer.Option(help="an older plan.json: say what moved since")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan a job: place the robot, find the motion, prove it, write programs and report."""
    with _failures(json_):
        from .saving import save

        made, programs, files = _planned(job, out, quiet=quiet or json_)
        old = _read_json(diff) if diff else None
        from .documents.report import report
        from .plan.document import difference, encoded, plan_document

        findings = tuple(finding for program in programs for finding in program.proof.findings)
        names = tuple(sorted([*files, "plan.json", "report.html"]))
        document = plan_document(made, files=names, findings=findings)
        moved = difference(old, document) if old is not None else ()
        save(out, files, {"plan.json": encoded(document)}, report(made, programs))
        if json_:
            typer.echo(json.dumps({k: v for k, v in document.items() if k != "tracks"} | {"diff": list(moved)}))
        else:
            _summary(made, programs, out, names)
            for line in moved:
                typer.echo(f"  moved      {line}")
        if not document["ok"]:
            raise typer.Exit(NOT_OK)


@app.command()
def check(job: JobFile, json_: Json = False) -> None:
    """Check a job file: everything that is wrong with it at once, each with its line."""
    with _failures(json_):
        from .job.loading import load_job

        read = load_job(job)
        if json_:
            typer.echo(json.dumps({"ok": True, "job": read.name, "findings": []}))
        else:
            typer.echo(f"{job}: nothing wrong")


@app.command()
def new(
    part: Annotated[Path, typer.Argument(help="CAD or mesh file of the part", metavar="PART")],
    process: Annotated[str, typer.Option(help="what is to be done with the part")] = "arc_weld",
    robot: Annotated[str, typer.Option(help="brand/model or URDF")] = "kuka/KR8-R2100-2-arc-HW",
    unit: Annotated[str | None, typer.Option(help="unit of a mesh file")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="job file to write; left out: print it")] = None,
    json_: Json = False,
) -> None:
    """Write a job file for a part, with the seams that were found in it."""
    with _failures(json_):
        from .errors import CellwrightError
        from .job.new import new_job

        text, found = new_job(part, process=process, robot=robot, unit=unit)
        if out is not None:
            if out.exists():
                raise CellwrightError(f"{out} exists already", fix="name another file; nothing is overwritten")
            out.write_text(text, encoding="utf-8")
        if json_:
            typer.echo(json.dumps(found))
        elif out is None:
            typer.echo(text, nl=False)
        else:
            typer.echo(f"{out}: {len(found['seams'])} seams; next: cellwright check {out}")


@app.command()
def schema() -> None:
    """Print the JSON schema of job files, for editors."""
    from .job.schema import job_schema

    typer.echo(json.dumps(job_schema(), indent=2))


@app.command()
def view(
    what: Annotated[Path, typer.Argument(help="a part, or a job to plan", metavar="PART|JOB")],
    html: Annotated[Path | None, typer.Option(help="write a self-contained page instead of opening one")] = None,
    unit: Annotated[str | None, typer.Option(help="unit of a mesh file")] = None,
) -> None:
    """Show a part with the name of every seam, edge and face, or the planned motion of a job, in the browser."""
    with _failures(False):
        from .documents.view import part_html, plan_html, served

        if what.suffix.lower() in (".yaml", ".yml"):
            made, _, _ = _planned(what, Path("out"), quiet=False)
            page = plan_html(made)
        else:
            from .parts.reading import read_part
            from .processes.seams import find_seams

            part = read_part(what, unit=unit)
            page = part_html(part, find_seams(part))
        if html is not None:
            html.write_bytes(page)
            typer.echo(f"written: {html}")
            return
        with served(page) as url:
            typer.echo(f"{url}\nonly this machine and only with this address; Ctrl+C ends it")
            typer.launch(url)
            _wait()


@robots_app.callback(invoke_without_command=True)
def robots(context: typer.Context, json_: Json = False) -> None:
    """List the robots of the catalogue."""
    if context.invoked_subcommand is not None:
        return
    with _failures(json_):
        from .robots.catalogue import robots as entries

        found = entries()
        if json_:
            typer.echo(json.dumps([_entry(entry) for entry in found]))
            return
        width = max(len(entry.key) for entry in found)
        for entry in found:
            row = _entry(entry)
            payload, reach = (f"{row[k]:g}" if row[k] is not None else "?" for k in ("payload_kg", "reach_m"))
            typer.echo(f"{entry.key:<{width}}  {row['family']:<14} {payload:>5} kg  {reach:>6} m")


@robots_app.command()
def show(
    key: Annotated[str, typer.Argument(help="brand/model, or a URDF", metavar="ROBOT")], json_: Json = False
) -> None:
    """Show what is known of a robot, each datum with its source and confidence."""
    with _failures(json_):
        from .robots.catalogue import load_robot

        _show(load_robot(key), json_)


@robots_app.command("import")
def import_(
    urdf: Annotated[Path, typer.Argument(help="URDF file", metavar="URDF")],
    meshes: Annotated[bool, typer.Option(help="read the meshes too")] = True,
    json_: Json = False,
) -> None:
    """Read a robot description and say what it is and what it lacks."""
    with _failures(json_):
        from .robots.urdf import read_urdf

        _show(read_urdf(urdf, meshes=meshes), json_)


def _planned(job: Path, out: Path, *, quiet: bool) -> tuple[Plan, tuple[Program, ...], dict[str, bytes]]:
    """Return the plan of a job with its programs; progress on standard error."""
    from .job.loading import load_job

    read = load_job(job)
    with _bar(quiet) as progress:
        from .compiled import cold

        if cold:
            progress("compiling the kernels for this machine, once", 0.0)
        from .errors import ProgramError
        from .plan.planning import plan as make

        made = make(read, progress=progress)
        progress("writing and reading back the program", 1.0)
        from .programs import program

        try:
            programs = (program(made),)
        except ProgramError as error:
            print(f"no program: {error}", file=sys.stderr)
            return made, (), {}
    return made, programs, dict(programs[0].files)


@contextmanager
def _bar(quiet: bool) -> Generator[Callable[[str, float], None]]:
    if quiet:
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda what, share: bar.update(task, completed=share, description=what)


def _summary(made: Plan, programs: tuple[Program, ...], out: Path, names: tuple[str, ...]) -> None:
    from .documents.amounts import place

    duration, figures = made.motion.duration, made.figures
    verdict = "ok" if made.ok and all(program.proof.ok for program in programs) else "NOT ok"
    rows = [
        ("job", f"{made.job.name}: {verdict}"),
        ("robot", made.cell.robot.key),
        ("base", place(made.cell.world_T_base)),
        ("cycle", f"{duration.low:.1f} / {duration.nominal:.1f} / {duration.high:.1f} s ({duration.reason})"),
    ]
    if made.nearest:
        near = next((n for n in made.nearest if not n.at_work), None)
        tool = next((n for n in made.nearest if n.at_work), None)
        if near:
            rows.append(("clearance", f"{near.distance * 1e3:.1f} mm between {' and '.join(near.bodies)}"))
        if tool:
            rows.append(("at work", f"{tool.distance * 1e3:.1f} mm between {' and '.join(tool.bodies)}"))
    rows.append(
        (
            "seams",
            f"{len(made.motion.strokes)}, off by {figures['seam_deviation'] * 1e3:.4f} mm and {figures['seam_speed_off']:.2%} at most",
        )
    )
    for program in programs:
        proof = program.proof
        rows.append(
            (
                "program",
                f"{program.brand}, {len(proof.targets)} targets read back: "
                f"{proof.worst_distance * 1e3:.4f} mm, {proof.worst_angle * 57.29578:.4f} deg at most",
            )
        )
    for name, text in rows:
        typer.echo(f"  {name:<10} {text}")
    findings = [*made.findings, *(finding for program in programs for finding in program.proof.findings)]
    for severity in ("error", "warning"):
        for finding in findings:
            if finding.severity == severity:
                where = f" [{finding.where}]" if finding.where else ""
                typer.echo(
                    f"  {severity:<10} {finding.code}: {finding.what}{where}"
                    + (f" ({finding.fix})" if finding.fix else "")
                )
    notes = sum(finding.severity == "info" for finding in findings)
    typer.echo(f"  {'findings':<10} {len(findings)}, {notes} of them notes: see the report")
    typer.echo(f"  {'written':<10} {out}: {', '.join(names)}")


def _show(robot: Robot, json_: bool) -> None:
    import numpy as np

    def limit(value: float) -> float | None:
        return round(float(value), 9) if np.isfinite(value) else None

    limits = [
        {"joint": name, "lower": limit(a), "upper": limit(b), "speed": limit(v), "acceleration": limit(w)}
        for name, a, b, v, w in zip(
            robot.chain.joints, robot.lower, robot.upper, robot.speed, robot.acceleration, strict=True
        )
    ]
    document: dict[str, Any] = {
        "robot": robot.key,
        "family": robot.family,
        "dof": robot.dof,
        "limits": limits,
        "facts": {
            n: {"value": d.value, "source": d.source, "confidence": d.confidence} for n, d in robot.facts.items()
        },
        "geometry": [{"link": g.link, "basis": g.basis, "source": g.source} for g in robot.geometry],
        "controller": None
        if robot.controller is None
        else {"brand": robot.controller.brand, "vectors": robot.controller.vectors, "source": robot.controller.source},
        "source": robot.source,
        "warnings": [{"code": f.code, "severity": f.severity, "what": f.what, "fix": f.fix} for f in robot.findings],
    }
    if json_:
        typer.echo(json.dumps(document))
        return
    typer.echo(f"{robot.key}: {robot.family}, {robot.dof} joints\n  source {robot.source}")
    for i, row in enumerate(limits):
        values = [
            np.rad2deg(row[k]) if row[k] is not None and not robot.chain.prismatic[i] else row[k]
            for k in ("lower", "upper", "speed", "acceleration")
        ]
        low, high, speed, acceleration = (f"{v:9.1f}" if v is not None else "        ?" for v in values)
        typer.echo(f"  {row['joint']:<12}{low} ..{high} deg {speed} deg/s {acceleration} deg/s2")
    for name, datum in robot.facts.items():
        typer.echo(
            f"  {name:<12} {datum.value if datum.value is not None else 'unknown'}  [{datum.confidence or '-'}] {datum.source}"
        )
    for finding in robot.findings:
        typer.echo(f"  {finding.severity:<8} {finding.code}: {finding.what}")


def _entry(entry: Any) -> dict[str, Any]:
    fields = ("key", "brand", "model", "family", "payload", "reach")
    values = {name: getattr(entry, name, None) for name in fields}
    return {
        "robot": values["key"],
        "brand": values["brand"],
        "model": values["model"],
        "family": values["family"],
        "payload_kg": _value(values["payload"]),
        "reach_m": _value(values["reach"]),
    }


def _value(datum: Any) -> Any:
    return getattr(datum, "value", datum)


def _read_json(path: Path) -> dict[str, Any]:
    from .errors import InputError, Where

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"not a plan: {error}", fix="name a plan.json that Cellwright wrote", where=Where(path)
        ) from None


@contextmanager
def _failures(json_: bool) -> Generator[None]:
    """Turn errors into one message, or one JSON document, and the right exit code."""
    from .errors import CellwrightError, InfeasibleError

    try:
        yield
    except CellwrightError as error:
        _fail(error, json_, NOT_OK if isinstance(error, InfeasibleError) else WRONG_INPUT)


def _fail(error: CellwrightError, json_: bool, code: int) -> Never:
    from .errors import InfeasibleError

    if json_:
        from .plan.document import failure_document

        typer.echo(json.dumps(failure_document(error)))
    else:
        typer.echo(f"error: {error}", err=True)
        if isinstance(error, InfeasibleError):
            for finding in error.findings:
                advice = f" ({finding.fix})" if finding.fix else ""
                typer.echo(f"  {finding.where}: {finding.code}: {finding.what}{advice}", err=True)
    raise typer.Exit(code)


def _wait() -> None:
    import threading

    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
