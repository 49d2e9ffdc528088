"""``plan.json``: everything that a stranger's program needs to judge a plan, in SI, versioned."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CellwrightError, InfeasibleError, InputError, JobError, Where
from ..findings import Finding
from ..geometry import Array
from ..shapes import Box, Capsule, Cylinder, Mesh, Shape, Sphere
from ..units import mm
from .model import Plan

SCHEMA = "cellwright-plan/1"
_DIGITS = 9
_SAME = 1e-6  # [m, or an entry of a rotation, or m/s]: nobody sees less
_FIGURE = re.compile(r"-?[\d.]+")

Document = dict[str, Any]
"""A JSON document."""


def plan_document(plan: Plan, *, files: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> Document:
    """Return the plan as a JSON document.

    Args:
        files: names of the files that go with it.
        findings: of the programs, added to the plan's own.
    """
    duration, robot, cell = plan.motion.duration, plan.cell.robot, plan.cell
    every = (*plan.findings, *findings)
    return {
        "schema": SCHEMA,
        "ok": not any(finding.severity == "error" for finding in every),
        "job": {"name": plan.job.name, "digest": plan.job.digest, "market": plan.job.market, "takt_s": plan.job.takt},
        "robot": robot.key,
        "cycle_time_s": {
            "low": _number(duration.low),
            "nominal": _number(duration.nominal),
            "high": _number(duration.high),
            "reason": duration.reason,
        },
        "figures": {name: _number(value) for name, value in sorted(plan.figures.items())},
        "findings": [finding_document(finding) for finding in every],
        "files": list(files),
        "tried": [{"placement": attempt.placement, "reason": attempt.reason} for attempt in plan.tried],
        "world_T_base": _array(cell.world_T_base),
        "flange_T_tool": _array(cell.tool.flange_T_tcp),
        "frames": {name: _array(world_T_frame) for name, world_T_frame in sorted(cell.frames.items())},
        "bodies": [
            {"name": b.name, "kind": b.kind, "shapes": [_shape(s) for s in b.shapes], "world_T": _array(b.world_T_body)}
            for b in cell.bodies
        ],
        "tool": [
            {"name": b.name, "working": b.working, "shapes": [_shape(s) for s in b.shapes]} for b in cell.tool.bodies
        ],
        "allowed": [list(pair) for pair in (*cell.allowed, *robot.allowed)],
        "nearest": [
            {"bodies": list(n.bodies), "distance": _number(n.distance), "t": _number(float(plan.motion.t[n.row]))}
            for n in plan.nearest
        ],
        "strokes": [
            {
                "operation": plan.work.operations[operation].name,
                "key": list(plan.work.operations[operation].key),
                "t0": _number(t0),
                "t1": _number(t1),
                "speed": next(m.speed for m in plan.path.moves if m.operation == operation and m.role == "process"),
            }
            for operation, t0, t1 in plan.motion.strokes
        ],
        "start": _array(plan.path.start),
        "moves": [
            {
                "kind": m.kind,
                "role": m.role,
                "operation": None if m.operation is None else plan.work.operations[m.operation].name,
                "q": _array(m.q),
                "frame": m.frame,
                "frame_T_tcp": _array(m.frame_T_tcp),
                "frame_T_via": None if m.frame_T_via is None else _array(m.frame_T_via),
                "speed": m.speed,
                "zone": m.zone,
                "events": [{"kind": e.kind, "when": e.when, "values": dict(e.values)} for e in m.events],
            }
            for m in plan.path.moves
        ],
        "tracks": [
            {
                "group": "robot",
                "joints": list(robot.chain.joints),
                "t": _array(plan.motion.t),
                "q": _array(plan.motion.q),
                "move": [int(k) for k in plan.motion.move],
            }
        ],
    }


def failure_document(error: CellwrightError) -> Document:
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


def finding_document(finding: Finding) -> Document:
    """Return one finding as a JSON document."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "what": finding.what,
        "value": None if finding.value is None else _number(finding.value),
        "limit": None if finding.limit is None else _number(finding.limit),
        "unit": finding.unit,
        "where": finding.where,
        "fix": finding.fix,
    }


def encoded(document: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8 JSON, the same bytes for the same content."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def read_plan_document(file: Path) -> Document:
    """Return the document in a ``plan.json``.

    Raises:
        InputError: no such file, or no plan of this version.
    """
    fix, where = "name a plan.json that this version wrote, or plan the old job again", Where(file)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", fix=fix, where=where) from None
    except (ValueError, RecursionError):
        raise InputError("not a JSON document", fix=fix, where=where) from None
    try:
        difference(document, document)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise InputError("the plan in it is damaged", fix=fix, where=where) from None
    except CellwrightError as error:
        raise InputError(error.problem, fix=fix, where=where) from None
    return document


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in sentences what moved from one plan document to another.

    Raises:
        CellwrightError: the old one is not a plan of this version.
    """
    if old.get("schema") != SCHEMA or "moves" not in old:
        raise CellwrightError("the old plan is not a plan.json of this version", fix="plan the old job again")
    said: list[str] = []
    if old["robot"] != new["robot"]:
        said.append(f"robot: {old['robot']} -> {new['robot']}")
    apart = np.reshape(new["world_T_base"], (4, 4)) - np.reshape(old["world_T_base"], (4, 4))
    if np.abs(apart).max() > _SAME:
        said.append(f"base moved by {mm(float(np.linalg.norm(apart[:3, 3]))):.1f} mm")
    before, after = (float(document["cycle_time_s"]["nominal"]) for document in (old, new))
    if abs(before - after) > 5e-3:
        said.append(f"cycle time: {before:.2f} s -> {after:.2f} s ({after - before:+.2f} s)")
    was, now = ([str(s["operation"]) for s in document["strokes"]] for document in (old, new))
    if was != now:
        said.append(f"order: {', '.join(was)} -> {', '.join(now)}")
    said += _moved_seams(old, new)
    missed, found = ({_statement(f): f for f in document["findings"]} for document in (old, new))
    said += [f"new finding: {f['code']}: {f['what']}" for key, f in found.items() if key not in missed]
    said += [f"gone: {f['code']}: {f['what']}" for key, f in missed.items() if key not in found]
    return tuple(said) or ("nothing moved",)


def _statement(finding: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells a finding from others: its figures, its time and its line move with everything else."""
    return str(finding["code"]), _FIGURE.sub("", str(finding["what"]))


def _moved_seams(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return one line for each operation whose targets moved, in the part's frame."""
    said: list[str] = []
    names = [s["operation"] for s in new["strokes"]]
    for name in names:
        targets = [
            np.array([m["frame_T_tcp"] for m in document["moves"] if m["operation"] == name]).reshape(-1, 4, 4)
            for document in (old, new)
        ]
        if not len(targets[0]):
            said.append(f"{name}: new")
            continue
        paces = [{s["operation"]: float(s["speed"]) for s in document["strokes"]}[name] for document in (old, new)]
        if abs(paces[0] - paces[1]) > _SAME:
            said.append(f"{name}: {mm(paces[0]):.2f} mm/s -> {mm(paces[1]):.2f} mm/s")
        if len(targets[0]) != len(targets[1]):
            said.append(f"{name}: {len(targets[0])} -> {len(targets[1])} moves")
        else:
            far = float(np.linalg.norm(targets[1][:, :3, 3] - targets[0][:, :3, 3], axis=1).max())
            turned = float(np.abs(targets[1][:, :3, :3] - targets[0][:, :3, :3]).max())
            if far > _SAME or turned > _SAME:
                also = ", turned" if turned > _SAME else ""
                said.append(f"{name}: targets moved by up to {mm(far):.2f} mm{also}")
    gone = {s["operation"] for s in old["strokes"]} - set(names)
    return [*said, *(f"{name}: gone" for name in sorted(gone))]


def _code(error: CellwrightError) -> str:
    name = type(error).__name__.removesuffix("Error")
    return {"Infeasible": "infeasible", "Cellwright": "job", "Input": "input"}.get(name, name.lower())


def _number(value: float) -> float:
    rounded = round(float(value), _DIGITS)
    return 0.0 if rounded == 0.0 else rounded


def _array(values: Array) -> list[Any]:
    # adding zero turns -0.0 into 0.0
    return (np.round(np.asarray(values, np.float64), _DIGITS) + 0.0).tolist()


def _shape(shape: Shape) -> Document:
    match shape:
        case Box():
            return {"box": {"size": _array(shape.size), "body_T_box": _array(shape.body_T_box)}}
        case Cylinder():
            return {
                "cylinder": {
                    "radius": shape.radius,
                    "length": shape.length,
                    "body_T_cylinder": _array(shape.body_T_cylinder),
                }
            }
        case Sphere():
            return {"sphere": {"radius": shape.radius, "centre": _array(shape.centre)}}
        case Capsule():
            return {"capsule": {"radius": shape.radius, "start": _array(shape.start), "end": _array(shape.end)}}
        case Mesh():
            return {"mesh": {"vertices": _array(shape.vertices), "faces": shape.faces.tolist()}}
