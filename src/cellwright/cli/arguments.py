"""Arguments that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JobFile = Annotated[Path, typer.Argument(help="job file (YAML)", metavar="JOB")]
PlanOrJob = Annotated[Path, typer.Argument(help="plan.json, or a job to plan", metavar="PLAN|JOB")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document on standard output and nothing else there")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="no progress bar")]
MeshUnit = Annotated[str | None, typer.Option(help="unit of a mesh file")]
