"""The command line: the same verbs as in Python. Results on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never

import typer

if TYPE_CHECKING:
    from .errors import CellwrightError
    from .findings import Finding
    from .planning.model import Plan
    from .programs.model import Program
    from .robots.listing import Entry
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
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="folder for programs, plan.json and report.html")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress bar")]


def main() -> None:
    """Run the command line: exit code 0 fine, 1 the plan is not ok or none exists, 2 the job or an input is wrong."""
    app()


@app.command()
def plan(
    job: JobFile,
    out: OutFolder = Path("out"),
    diff: Annotated[Path | None, typer.Option(help="an older plan.json: say what moved since")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan a job: place the robot, find the motion, prove it, write programs and report."""
    with _failures(json_):
        from .errors import InputError, Where
        from .planning.document import difference, encoded, plan_document, read_plan_document

        if out.exists() and not out.is_dir():
            raise InputError("is a file", fix="name a folder with --out", where=Where(out))
        old = read_plan_document(diff) if diff else None
        made = _planned(job, quiet=quiet or json_)
        programs, findings = _programs(made)
        from .documents.report import report
        from .saving import save

        files = {name: content for program in programs for name, content in program.files.items()}
        names = tuple(sorted([*files, "plan.json", "report.html"]))
        document = plan_document(made, files=names, findings=findings)
        moved = difference(old, document) if old is not None else ()
        save(out, files, {"plan.json": encoded(document)}, report(made, programs))
        if json_:
            typer.echo(json.dumps({k: v for k, v in document.items() if k != "tracks"} | {"diff": list(moved)}))
        else:
            _summary(made, programs, (*made.findings, *findings), f"{out}: {', '.join(names)}")
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
        from .errors import InputError, Where
        from .job.new import new_job
        from .saving import save

        if out is not None and out.exists():
            raise InputError("exists already", fix="name another file; nothing is overwritten", where=Where(out))
        text, found = new_job(part, process=process, robot=robot, unit=unit)
        if out is not None:
            save(out.parent, {out.name: text.encode()})
        if json_:
            typer.echo(json.dumps(found))
        elif out is None:
            typer.echo(text, nl=False)
        else:
            weldable = sum(seam["reachable"] for seam in found["seams"])
            typer.echo(f"{out}: {weldable} seams in {len(found['seams'])} contacts; next: cellwright check {out}")


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
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show a part with the name of every seam, edge and face, or the planned motion of a job, in the browser."""
    with _failures(json_):
        from .documents.view import offered, part_html, plan_html

        if what.suffix.lower() in (".yaml", ".yml"):
            content = plan_html(_planned(what, quiet=quiet or json_))
        else:
            from .parts.reading import read_part
            from .processes.seams import find_seams

            part = read_part(what, unit=unit)
            content = part_html(part, find_seams(part))
        if html is not None:
            from .saving import save

            save(html.parent, {html.name: content})
            typer.echo(json.dumps({"ok": True, "findings": [], "files": [str(html)]}) if json_ else f"written: {html}")
            return
        with offered(content) as url:
            told = f"{url}\nonly this machine and only with this address; Ctrl+C ends it"
            typer.echo(json.dumps({"ok": True, "findings": [], "url": url}) if json_ else told)
            typer.launch(url)
            _wait()


@robots_app.callback(invoke_without_command=True)
def robots(
    context: typer.Context,
    brand: Annotated[str, typer.Option(help="only this brand: first part of the key")] = "",
    family: Annotated[str, typer.Option(help="only this family: opw, three_parallel, scara, ...")] = "",
    payload: Annotated[float, typer.Option(help="at least so many kg, where it is known")] = 0.0,
    folder: Annotated[Path | None, typer.Option("--catalogue", help="a folder that extends the catalogue")] = None,
    json_: Json = False,
) -> None:
    """List the robots of the catalogue."""
    if context.invoked_subcommand is not None:
        return
    with _failures(json_):
        from .robots.listing import catalogue, chosen

        found = chosen(catalogue(folder), brand=brand, family=family, payload=payload)
        if json_:
            typer.echo(json.dumps([_entry(entry) for entry in found]))
            return
        for entry in found:
            known = [f"{v:g}" if v is not None else "?" for v in (entry.payload, entry.reach)]
            typer.echo(
                f"{entry.key:<28}  {'listed only' if entry.why else entry.family:<14} {known[0]:>6} kg  {known[1]:>6} m"
            )


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


def _planned(job: Path, *, quiet: bool) -> Plan:
    """Return the plan of a job; progress on standard error."""
    from .job.loading import load_job

    read = load_job(job)
    with _bar(quiet) as progress:
        from .compiled import cold
        from .planning.stages import plan as make

        if cold():
            progress("compiling the kernels for this machine, once", 0.0)
        return make(read, progress=progress)


def _programs(made: Plan) -> tuple[tuple[Program, ...], tuple[Finding, ...]]:
    """Return the programs of a plan with what reading them back found; a plan nobody can write down has none."""
    from .errors import ProgramError
    from .findings import Finding
    from .programs import program

    try:
        programs = (program(made),)
    except ProgramError as error:
        where = str(error.where or "")
        return (), (Finding(code="no-program", severity="warning", what=error.problem, where=where, fix=error.fix),)
    return programs, programs[0].proof.findings


@contextmanager
def _bar(quiet: bool) -> Generator[Callable[[str, float], None]]:
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


def _summary(made: Plan, programs: Sequence[Program], findings: Sequence[Finding], written: str) -> None:
    """Print what a plan is worth, in the units people use."""
    from .documents.amounts import amount, place
    from .units import deg

    duration, figures = made.motion.duration, made.figures
    verdict = "ok" if made.ok and all(program.proof.ok for program in programs) else "NOT ok"
    rows = [
        ("job", f"{made.job.name}: {verdict}"),
        ("robot", made.cell.robot.key),
        ("base", place(made.cell.world_T_base)),
        ("cycle", f"{duration.low:.1f} / {duration.nominal:.1f} / {duration.high:.1f} s ({duration.reason})"),
    ]
    for name, at_work in (("clearance", False), ("at work", True)):
        near = next((n for n in made.nearest if n.at_work == at_work), None)
        if near:
            rows.append((name, f"{amount(near.distance, 'm', digits=1)} between {' and '.join(near.bodies)}"))
    off, speed_off = amount(figures["seam_deviation"], "m", digits=4), figures["seam_speed_off"]
    rows.append(("seams", f"{len(made.motion.strokes)}, off by {off} and {speed_off:.2%} at most"))
    for program in programs:
        proof = program.proof
        far, turned = amount(proof.worst_distance, "m", digits=4), deg(proof.worst_angle)
        told = f"{program.brand}, {len(proof.targets)} targets read back: {far}, {turned:.4f} deg at most"
        rows.append(("program", told))
    for name, text in rows:
        typer.echo(f"  {name:<10} {text}")
    for severity in ("error", "warning"):
        for finding in findings:
            if finding.severity == severity:
                where = f" [{finding.where}]" if finding.where else ""
                advice = f" ({finding.fix})" if finding.fix else ""
                typer.echo(f"  {severity:<10} {finding.code}: {finding.what}{where}{advice}")
    notes = sum(finding.severity == "info" for finding in findings)
    typer.echo(f"  {'findings':<10} {len(findings)}, {notes} of them notes: see the report")
    typer.echo(f"  {'written':<10} {written}")


def _show(robot: Robot, json_: bool) -> None:
    document = _robot_document(robot)
    if json_:
        typer.echo(json.dumps(document))
        return
    from .documents.amounts import amount
    from .robots.model import worded

    typer.echo(f"{robot.key}: {robot.family}, {robot.dof} joints\n  source {robot.source}")
    for row, slides in zip(document["limits"], robot.chain.prismatic, strict=True):
        unit = "m" if slides else "rad"
        values = zip(("lower", "upper", "speed", "acceleration"), ("", "", "/s", "/s2"), strict=True)
        low, high, speed, ramp = (amount(row[key], unit + per, digits=1) for key, per in values)
        typer.echo(f"  {row['joint']:<16}{low:>9} ..{high:>9} {speed:>12} {ramp:>12}")
    for name, datum in robot.facts.items():
        typer.echo(f"  {name:<16}{worded(name, datum)}  [{datum.confidence or '-'}] {datum.source}")
    for finding in robot.findings:
        advice = f" ({finding.fix})" if finding.fix else ""
        typer.echo(f"  {finding.severity:<8} {finding.code}: {finding.what}{advice}")


def _robot_document(robot: Robot) -> dict[str, Any]:
    """Return what is known of a robot, in SI; what nobody knows, and a joint without an end, is None."""
    from math import isfinite

    from .planning.document import finding_document

    columns = (robot.lower, robot.upper, robot.speed, robot.acceleration)
    rows = ([float(v) if isfinite(v) else None for v in row] for row in zip(*columns, strict=True))
    names = ("lower", "upper", "speed", "acceleration")
    limits = [
        {"joint": joint, **dict(zip(names, row, strict=True))}
        for joint, row in zip(robot.chain.joints, rows, strict=True)
    ]
    controller = robot.controller
    return {
        "robot": robot.key,
        "family": robot.family,
        "dof": robot.dof,
        "limits": limits,
        "facts": {
            n: {"value": d.value, "source": d.source, "confidence": d.confidence} for n, d in robot.facts.items()
        },
        "geometry": [{"link": g.link, "basis": g.basis, "source": g.source} for g in robot.geometry],
        "controller": controller
        and {"brand": controller.brand, "vectors": controller.vectors, "source": controller.source},
        "source": robot.source,
        "warnings": [finding_document(finding) for finding in robot.findings],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "robot": entry.key,
        "brand": entry.brand,
        "model": entry.model,
        "language": entry.language,
        "family": entry.family,
        "dof": entry.dof,
        "payload_kg": entry.payload,
        "reach_m": entry.reach,
        "vectors": entry.vectors,
        "source": entry.source,
        "listed_only": entry.why,
    }


@contextmanager
def _failures(json_: bool) -> Generator[None]:
    """Turn errors into one message, or one JSON document, and the right exit code."""
    from .errors import CellwrightError, InfeasibleError, NoPathError, ProgramError, UnreachableError

    try:
        yield
    except (InfeasibleError, NoPathError, ProgramError, UnreachableError) as error:
        _fail(error, json_, NOT_OK)
    except CellwrightError as error:
        _fail(error, json_, WRONG_INPUT)


def _fail(error: CellwrightError, json_: bool, code: int) -> Never:
    from .errors import InfeasibleError

    if json_:
        from .planning.document import failure_document

        typer.echo(json.dumps(failure_document(error)))
    else:
        typer.echo(f"error: {error}", err=True)
        if isinstance(error, InfeasibleError):
            for finding in error.findings:
                advice = f" ({finding.fix})" if finding.fix else ""
                where = f"{finding.where}: " if finding.where else ""
                typer.echo(f"  {where}{finding.code}: {finding.what}{advice}", err=True)
    raise typer.Exit(code)


def _wait() -> None:
    import threading

    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
