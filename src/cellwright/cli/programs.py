"""Verbs on robot programs: write them from a plan, read what somebody wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .arguments import Json, PlanOrJob, Quiet
from .endings import NOT_OK, failures, print_findings, print_json, refuse_file
from .plans import told
from .progress import plan_of

if TYPE_CHECKING:
    from ..findings import Finding
    from ..programs.model import Program
    from ..programs.reading import ReadProgram
    from ..programs.statements import Move


def program(
    file: PlanOrJob,
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for the program")] = Path("out"),
    start: Annotated[str | None, typer.Option("--from", help="operation to start again from")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="also one without the process, at 250 mm/s at most")] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the robot's program of a plan, read it back and compare the two."""
    with failures(json_):
        refuse_file(out)
        made = plan_of(file, quiet=quiet or json_)
        from ..programs import program as write
        from ..programs.variants import dry_run, restarted
        from ..saving import save

        made = made if start is None else restarted(made, start)
        written = write(made)
        rehearsal = write(dry_run(made)) if dry else None
        files = dict(written.files) | (dict(rehearsal.files) if rehearsal is not None else {})
        save(out, files)
        if json_:
            document = _program_document(written, made.cell.robot.key)
            if rehearsal is not None:
                document["dry_run"] = _program_document(rehearsal, made.cell.robot.key)
            print_json(document)
        else:
            for name, one in (("program", written), ("dry run", rehearsal)):
                if one is not None:
                    typer.echo(f"  {name:<10} {told(one)}")
                    print_findings(one.proof.findings)
            for line in written.unverified:
                typer.echo(f"  {'unverified':<10} {line}")
            typer.echo(f"  {'written':<10} {out}: {', '.join(sorted(files))}")
        if not written.proof.ok or (rehearsal is not None and not rehearsal.proof.ok):
            raise typer.Exit(NOT_OK)


def read(
    file: Annotated[Path, typer.Argument(help="robot program, or a folder with its files", metavar="PROGRAM")],
    brand: Annotated[str | None, typer.Option(help="language; left out: recognised from the text")] = None,
    robot: Annotated[str | None, typer.Option(help="check it against this brand/model or URDF")] = None,
    cell: Annotated[Path | None, typer.Option(help="plan.json, or a job: look for collisions in its cell")] = None,
    against: Annotated[Path | None, typer.Option(help="program it was made from: say what has changed")] = None,
    html: Annotated[Path | None, typer.Option(help="write a page that shows the robot running it")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read a robot program: what it says, what is not understood, and whether a robot can run it, and how long."""
    with failures(json_, program_is_input=True):
        from ..programs.reading import read_program
        from ..robots.catalogue import load_robot

        around = plan_of(cell, quiet=quiet or json_).cell if cell is not None else None
        said = read_program(file, brand=brand, robot=load_robot(robot) if robot else None, cell=around)
        changed = _against(against, said) if against is not None else ()
        said = replace(said, findings=(*said.findings, *changed))
        written = _shown(said, html) if html is not None else []
        if json_:
            print_json({**_reading_document(said), "written": written})
        else:
            statements, moves = said.statements, said.statements.moves
            count, share = len(statements.statements), statements.understood
            typer.echo(f"{file}: {said.brand}, {count} statements, {share:.1%} understood, {len(moves)} moves")
            print_findings(said.findings)
            if said.simulation is not None and said.simulation.timed:
                time = said.simulation.plan.motion.duration
                typer.echo(f"  {'takes':<10} {time.nominal:.2f} s ({time.low:.2f} to {time.high:.2f} s)")
            for name in written:
                typer.echo(f"  {'written':<10} {name}")
            if said.robot is not None and not any(f.severity != "info" for f in said.findings):
                typer.echo(f"  {'fine':<10} every move lies within the limits and the reach of {said.robot.key}")
        if not said.ok:
            raise typer.Exit(NOT_OK)


def _against(original: Path, said: ReadProgram) -> tuple[Finding, ...]:
    from ..programs.changes import changes
    from ..programs.reading import read_program

    return changes(read_program(original, brand=said.brand).statements, said.statements)


def _shown(said: ReadProgram, html: Path) -> list[str]:
    """Write the page that shows a program being run; there is none without a robot."""
    from ..errors import InputError

    if said.simulation is None:
        raise InputError("nothing to show: no robot runs this program", fix="name one with --robot")
    from ..documents.view import plan_html
    from ..saving import save

    save(html.parent, {html.name: plan_html(said.simulation.plan)})
    return [str(html)]


def _program_document(written: Program, robot: str) -> dict[str, Any]:
    from ..planning.failure import finding_document, rounded

    proof = written.proof
    worst = ("distance", "via", "angle", "joint", "speed", "zone")
    return {
        "ok": proof.ok,
        "robot": robot,
        "brand": written.brand,
        "files": sorted(written.files),
        "names": dict(written.names),
        "proof": {
            "targets": len(proof.targets),
            "signals": proof.signals,
            "statements": proof.statements,
            "understood": proof.understood,
            "configurations": proof.configuration_checked,
            "worst": {name: rounded(getattr(proof, f"worst_{name}")) for name in worst},
            "resolution": written.resolution,
        },
        "unverified": list(written.unverified),
        "findings": [finding_document(finding) for finding in proof.findings],
    }


def _reading_document(said: ReadProgram) -> dict[str, Any]:
    from ..planning.failure import finding_document

    statements = said.statements
    return {
        "ok": said.ok,
        "brand": said.brand,
        "robot": said.robot.key if said.robot is not None else None,
        "files": [str(file) for file in said.files],
        "statements": len(statements.statements),
        "understood": statements.understood,
        "unknown": [
            {"file": str(u.where.file), "line": u.where.line, "text": u.text, "kind": u.kind, "reason": u.reason}
            for u in statements.unknown
        ],
        "moves": len(statements.moves),
        "targets": [_target_document(move) for move in statements.moves],
        "uncalled": list(statements.uncalled),
        "cycle_time_s": _cycle(said),
        "findings": [finding_document(finding) for finding in said.findings],
    }


def _cycle(said: ReadProgram) -> dict[str, float] | None:
    if said.simulation is None or not said.simulation.timed:
        return None
    time = said.simulation.plan.motion.duration
    return {"low": time.low, "nominal": time.nominal, "high": time.high}


def _target_document(move: Move) -> dict[str, Any]:
    """Return a move in SI, with the axes as the controller counts them."""
    return {
        "file": str(move.where.file),
        "line": move.where.line,
        "kind": move.kind,
        "tool": move.tool.name,
        "frame": move.frame.name,
        "axes": None if move.joints is None else move.joints.tolist(),
        "frame_T_tcp": None if move.frame_T_tcp is None else move.frame_T_tcp.tolist(),
        "speed": move.speed,
        "share": move.share,
        "axis_speed": list(move.axis_speed),
        "external": [None if value != value else value for value in move.external],  # NaN: not used
        "counts": None if move.counts is None else move.counts.tolist(),
        "zone": move.zone,
        "missing": list(move.missing),
    }
