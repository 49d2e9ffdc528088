"""A selection as one JSON document: the same bytes for the same job, however many did the work."""

from __future__ import annotations

from typing import Any

from ..planning.failure import rounded
from .model import Assessment, Fit, Ranked, Reason, Selection

SCHEMA = "cellwright-selection/1"


def document(selection: Selection) -> dict[str, Any]:
    """Return the selection as plain values, SI throughout, None where something is unknown."""
    chosen = selection.chosen
    considered = next(n for name, _, n in selection.stages if name == "considered")
    return {
        "schema": SCHEMA,
        "ok": chosen is not None,
        "job": selection.job,
        "chosen": chosen.key if chosen else None,
        "robots": next(robots for name, robots, _ in selection.stages if name == "with_joint_table"),
        "placements": considered,
        "poses": selection.poses,
        "requirements": [
            {"name": item.name, "value": item.value, "unit": item.unit, "source": item.source}
            for item in selection.requirements.items
        ],
        "stages": [{"stage": name, "robots": robots, "placements": n} for name, robots, n in selection.stages],
        "weights": selection.weights,
        "unweighed": list(selection.unweighed),
        "ranking": [_ranked(row) for row in selection.ranking],
        "rejected": [_rejected(one, reason) for one, reason in selection.rejected],
    }


def _ranked(row: Ranked) -> dict[str, Any]:
    time = row.outcome.cycle_time
    return {
        "robot": row.key,
        "score": row.score,
        "cycle_time_s": dict(zip(("low", "nominal", "high"), map(rounded, time), strict=True)) if time else None,
        "base": row.outcome.base,
        "values": {name: None if value is None else rounded(value) for name, value in row.values.items()},
        "said": {
            name: {"low": said.low, "high": said.high, "unit": said.unit, "source": said.source, "date": said.date}
            for name, said in row.said.items()
        },
        "apart": list(row.apart),
        "pareto": not row.dominated_by,
        "dominated_by": list(row.dominated_by),
        "why_not": _reason(row.reason) if row.reason else None,
        "fits": [_fit(fit) for fit in row.assessment.fits],
        "stages": row.assessment.counts,
    }


def _rejected(one: Assessment, reason: Reason) -> dict[str, Any]:
    return {
        "robot": one.candidate.key,
        **_reason(reason),
        "place": str(one.place) if one.place is not None else None,
        "unknown": list(one.missing),
        "stages": one.counts,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "reason": reason.what,
        "fix": reason.fix,
        "amount": None if reason.amount is None else rounded(reason.amount),
        "unit": reason.unit,
        "operation": reason.operation,
        "bodies": list(reason.bodies),
    }


def _fit(fit: Fit) -> dict[str, Any]:
    return {"name": fit.name, "state": fit.state, "has": fit.has, "source": fit.source}
