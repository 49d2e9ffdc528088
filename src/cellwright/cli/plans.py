"""``cellwright plan``: from a job to programs, ``plan.json`` and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import JobFile, Json, Quiet
from .endings import NOT_OK, failures, print_findings, print_json, refuse_file
from .progress import planned, programs_of

if TYPE_CHECKING:
    from ..findings import Finding
    from ..planning.model import Plan
    from ..programs.model import Program


def plan(
    job: JobFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for programs, plan.json and report.html")] = Path(
        "out"
    ),
    robot: Annotated[
        str | None, typer.Option(help="plan with this robot instead: a key of the catalogue, or a URDF beside the job")
    ] = None,
    diff: Annotated[Path | None, typer.Option(help="an older plan.json: say what moved since")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan a job: place the robot, find the motion, prove it, write programs and report."""
    with failures(json_):
        refuse_file(out)
        old = None
        if diff is not None:
            from ..planning.loading import read_plan_document

            old = read_plan_document(diff)
        made = planned(job, quiet=quiet or json_, robot=robot)
        programs, findings = programs_of(made)
        from ..documents.report import report
        from ..planning.changes import difference
        from ..planning.document import encoded, plan_document, summary
        from ..saving import save

        files = {name: content for program in programs for name, content in program.files.items()}
        names = tuple(sorted([*files, "plan.json", "report.html"]))
        document = plan_document(made, files=names, findings=findings)
        moved = difference(old, document) if old is not None else ()
        save(out, files, {"plan.json": encoded(document)}, report(made, programs))
        if json_:
            print_json(summary(document) | {"diff": list(moved)})
        else:
            _tell(made, programs, (*made.findings, *findings), f"{out}: {', '.join(names)}")
            for line in moved:
                typer.echo(f"  moved      {line}")
        if not document["ok"]:
            raise typer.Exit(NOT_OK)


def _tell(made: Plan, programs: Sequence[Program], findings: Sequence[Finding], written: str) -> None:
    """Print what a plan is worth, in the units people use."""
    from ..documents.amounts import amount, place

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
    rows += [("program", told(program)) for program in programs]
    for name, text in rows:
        typer.echo(f"  {name:<10} {text}")
    print_findings(findings)
    notes = sum(finding.severity == "info" for finding in findings)
    typer.echo(f"  {'findings':<10} {len(findings)}, {notes} of them notes: see the report")
    typer.echo(f"  {'written':<10} {written}")


def told(program: Program) -> str:
    """Return in one line how a program was read back."""
    from ..documents.amounts import amount
    from ..units import deg

    proof = program.proof
    far, turned = amount(proof.worst_distance, "m", digits=4), deg(proof.worst_angle)
    return f"{program.brand}, {len(proof.targets)} targets read back: {far}, {turned:.4f} deg at most"
