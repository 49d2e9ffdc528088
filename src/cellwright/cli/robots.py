"""Verbs on robots: list the catalogue, show a model, import a description."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .arguments import Json
from .endings import failures, print_json

if TYPE_CHECKING:
    from ..robots.listing import Entry
    from ..robots.model import Robot

app = typer.Typer(help="List the catalogue, show a model, import a description.", rich_markup_mode=None)

Folder = Annotated[Path | None, typer.Option("--catalogue", help="a folder that extends the catalogue")]


@app.callback(invoke_without_command=True)
def robots(
    context: typer.Context,
    brand: Annotated[str, typer.Option(help="only this brand: first part of the key")] = "",
    family: Annotated[str, typer.Option(help="only this family: opw, three_parallel, scara, ...")] = "",
    payload: Annotated[float, typer.Option(help="at least so many kg, where it is known")] = 0.0,
    folder: Folder = None,
    json_: Json = False,
) -> None:
    """List the robots of the catalogue."""
    if context.invoked_subcommand is not None:
        return
    with failures(json_):
        from ..robots.listing import catalogue, chosen

        found = chosen(catalogue(folder), brand=brand, family=family, payload=payload)
        if json_:
            print_json([_entry(entry) for entry in found])
            return
        for entry in found:
            payload_kg, reach_m = (f"{v:g}" if v is not None else "?" for v in (entry.payload, entry.reach))
            kind = "listed only" if entry.why else entry.family
            typer.echo(f"{entry.key:<28}  {kind:<14} {payload_kg:>6} kg  {reach_m:>6} m")


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="brand/model, or a URDF", metavar="ROBOT")],
    folder: Folder = None,
    json_: Json = False,
) -> None:
    """Show what is known of a robot, each datum with its source and confidence."""
    with failures(json_):
        from ..robots.catalogue import load_robot

        _show(load_robot(key, folder=folder), json_)


@app.command("import")
def import_(
    urdf: Annotated[Path, typer.Argument(help="URDF file", metavar="URDF")],
    meshes: Annotated[bool, typer.Option(help="read the meshes too")] = True,
    json_: Json = False,
) -> None:
    """Read a robot description and say what it is and what it lacks."""
    with failures(json_):
        from ..robots.urdf import read_urdf

        _show(read_urdf(urdf, meshes=meshes), json_)


def _show(robot: Robot, json_: bool) -> None:
    document = _robot_document(robot)
    if json_:
        print_json(document)
        return
    from ..documents.amounts import amount
    from ..robots.model import worded

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

    from ..planning.failure import finding_document

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
