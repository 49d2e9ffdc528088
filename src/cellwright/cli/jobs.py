"""Verbs on job files: check one, start one from a part, say what may stand in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import JobFile, Json, MeshUnit
from .endings import NOT_OK, failures, print_findings, print_json, refuse_taken


def check(job: JobFile, json_: Json = False) -> None:
    """Check a job file: everything that is wrong with it, its files and its names, at once, each with its line."""
    with failures(json_):
        from ..job.loading import load_job
        from ..planning.fitting import check as check_job

        read = load_job(job)
        findings = check_job(read)
        ok = not any(finding.severity == "error" for finding in findings)
        if json_:
            from ..planning.failure import finding_document

            documents = [finding_document(finding) for finding in findings]
            print_json({"ok": ok, "job": read.name, "findings": documents})
        else:
            typer.echo(f"{job}: {'nothing wrong' if ok else 'nothing wrong in it, but in the part'}")
            print_findings(findings)
        if not ok:
            raise typer.Exit(NOT_OK)


def new(
    part: Annotated[Path, typer.Argument(help="CAD or mesh file of the part", metavar="PART")],
    process: Annotated[str, typer.Option(help="what is to be done with the part")] = "arc_weld",
    robot: Annotated[str, typer.Option(help="brand/model or URDF")] = "kuka/KR8-R2100-2-arc-HW",
    unit: MeshUnit = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="job file to write; left out: print it")] = None,
    json_: Json = False,
) -> None:
    """Write a job file for a part, with the seams that were found in it."""
    with failures(json_):
        from ..job.new import new_job
        from ..saving import save

        if out is not None:
            refuse_taken(out)
        text, found = new_job(part, process=process, robot=robot, unit=unit, folder=out.parent if out else part.parent)
        if out is not None:
            save(out.parent, {out.name: text.encode()})
        if json_:
            print_json(found | {"ok": True, "files": [str(out)] if out else []})
        elif out is None:
            typer.echo(text, nl=False)
        else:
            weldable = sum(seam["reachable"] for seam in found["seams"])
            typer.echo(f"{out}: {weldable} seams in {len(found['seams'])} contacts; next: cellwright check {out}")


def schema() -> None:
    """Print the JSON schema of job files, for editors."""
    from ..job.schema import job_schema

    print_json(job_schema(), indent=2)
