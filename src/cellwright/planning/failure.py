"""Errors and findings as JSON documents: an error has the form of a plan that is not ok."""

from __future__ import annotations

import math
from typing import Any

from ..errors import CellwrightError, InfeasibleError, JobError
from ..findings import Finding

SCHEMA = "cellwright-plan/2"
"""Kind and version of ``plan.json``, and of what is printed in its place."""

_DIGITS = 9


def failure_document(error: CellwrightError) -> dict[str, Any]:
    """Return an error in the same form as a plan: not ok, with findings."""
    problems = error.problems if isinstance(error, JobError) else (error,)
    findings = [
        finding_document(
            Finding(
                code=_code(problem), severity="error", what=problem.problem,
                where=str(problem.where) if problem.where else "", fix=problem.fix,
            )
        )
        for problem in problems
    ]  # fmt: skip
    if isinstance(error, InfeasibleError):
        findings += [finding_document(finding) for finding in error.findings]
    return {"schema": SCHEMA, "ok": False, "robot": None, "cycle_time_s": None, "findings": findings, "files": []}


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return one finding as a JSON document."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "what": finding.what,
        "value": None if finding.value is None else rounded(finding.value),
        "limit": None if finding.limit is None else rounded(finding.limit),
        "unit": finding.unit,
        "where": finding.where,
        "fix": finding.fix,
    }


def _code(error: CellwrightError) -> str:
    name = type(error).__name__.removesuffix("Error")
    return {"Infeasible": "infeasible", "Cellwright": "job", "Input": "input"}.get(name, name.lower())


def rounded(value: float) -> float | None:
    """Return a figure as a plan's document writes it: nine decimals, no -0.0; None where there is none."""
    if not math.isfinite(value):
        return None
    short = round(float(value), _DIGITS)
    return 0.0 if short == 0.0 else short
