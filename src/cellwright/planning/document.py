"""``plan.json``: everything that a stranger's program needs to judge a plan, in SI, versioned."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from ..cell import Cell, Positioner
from ..findings import Finding
from ..geometry import Array
from ..job.saved import saved
from ..shapes import Box, Capsule, Cylinder, Mesh, Shape, Sphere
from .failure import SCHEMA, finding_document, rounded
from .model import Plan
from .plain import plain

_DIGITS = 9
T = TypeVar("T", Array, tuple[str, ...])

Document = dict[str, Any]
"""A JSON document."""


def plan_document(plan: Plan, *, files: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> Document:
    """Return the plan as a JSON document.

    Most of it is for strangers, rounded and in words that explain themselves. ``values`` is the same plan exact to
    the last bit, from which ``load_plan`` makes it again; ``digest`` tells whether somebody changed the file.

    Args:
        files: names of the files that go with it.
        findings: of the programs, added to the plan's own.
    """
    duration, robot, cell = plan.motion.duration, plan.cell.robot, plan.cell
    every = (*plan.findings, *findings)
    document: Document = {
        "schema": SCHEMA,
        "ok": not any(finding.severity == "error" for finding in every),
        "job": {"name": plan.job.name, "digest": plan.job.digest, "market": plan.job.market, "takt_s": plan.job.takt},
        "robot": robot.key,
        "cycle_time_s": {
            "low": rounded(duration.low),
            "nominal": rounded(duration.nominal),
            "high": rounded(duration.high),
            "reason": duration.reason,
        },
        "figures": {name: rounded(value) for name, value in sorted(plan.figures.items())},
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
        **({} if cell.positioner is None else {"positioner": _positioner(cell.positioner)}),
        "tool": [
            {"name": b.name, "working": b.working, "shapes": [_shape(s) for s in b.shapes]} for b in cell.tool.bodies
        ],
        "allowed": [list(pair) for pair in (*cell.allowed, *robot.allowed)],
        "nearest": [
            {"bodies": list(n.bodies), "distance": rounded(n.distance), "t": rounded(float(plan.motion.t[n.row]))}
            for n in plan.nearest
        ],
        "strokes": [
            {
                "operation": plan.work.operations[operation].name,
                "key": list(plan.work.operations[operation].key),
                "t0": rounded(t0),
                "t1": rounded(t1),
                "speed": next(m.speed for m in plan.path.moves if m.operation == operation and m.role == "process"),
            }
            for operation, t0, t1 in plan.motion.strokes
        ],
        "start": _array(_arm(cell, plan.path.start)),
        "moves": [
            {
                "kind": m.kind,
                "role": m.role,
                "operation": None if m.operation is None else plan.work.operations[m.operation].name,
                "q": _array(_arm(cell, m.q)),
                **({} if cell.positioner is None else {"positioner_q": _array(_turned(cell, m.q))}),
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
                "joints": list(_arm(cell, robot.chain.joints)),
                "t": _array(plan.motion.t),
                "q": _array(_arm(cell, plan.motion.q)),
                "move": [int(k) for k in plan.motion.move],
            },
            *_positioner_track(plan),
        ],
        "values": {
            **{
                field.name: plain(getattr(plan, field.name))
                for field in dataclasses.fields(plan)
                if field.name != "job"
            },
            "job": saved(plan.job),
        },
    }
    return document | {"digest": document_digest(document)}


def plan_file(plan: Plan, *, files: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> dict[str, bytes]:
    """Return ``plan.json``, from which ``load_plan`` makes the plan again.

    Args:
        plan: what is saved.
        files: names of the files that go with it.
        findings: of the programs, added to the plan's own.
    """
    return {"plan.json": encoded(plan_document(plan, files=files, findings=findings))}


def document_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 over everything in a plan's document but its own digest."""
    return hashlib.sha256(encoded({k: v for k, v in document.items() if k != "digest"})).hexdigest()


def summary(document: Mapping[str, Any]) -> Document:
    """Return a plan's document without what only files are good for: the motion row by row, the exact values."""
    return {key: value for key, value in document.items() if key not in ("tracks", "values", "digest")}


def encoded(document: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8 JSON, a line an entry, the same bytes for the same content."""
    lines = (f"{_dumped(key)}: {_dumped(value)}" for key, value in document.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8", "replace")


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _array(values: Array) -> list[Any]:
    # adding zero turns -0.0 into 0.0
    return (np.round(np.asarray(values, np.float64), _DIGITS) + 0.0).tolist()


def _positioner(positioner: Positioner) -> Document:
    """Return where a positioner's axes are in the world, from the ground up, all at zero, and what each carries."""
    axes = zip(positioner.joints, positioner.points, positioner.along, positioner.carries, strict=True)
    return {
        "axes": [
            {"name": name, "point": _array(point), "along": _array(along), "carries": list(bodies)}
            for name, point, along, bodies in axes
        ],
        "frames": ["part"],
    }


def _positioner_track(plan: Plan) -> list[Document]:
    positioner = plan.cell.positioner
    if positioner is None:
        return []
    q = _array(_turned(plan.cell, plan.motion.q))
    return [{"group": "positioner", "joints": list(positioner.joints), "t": _array(plan.motion.t), "q": q}]


def _arm(cell: Cell, q: T) -> T:
    """Return the columns of a group's joints that are the robot's, or its track's."""
    n = 0 if cell.positioner is None else len(cell.positioner.joints)
    return q[..., n:] if isinstance(q, np.ndarray) else q[n:]


def _turned(cell: Cell, q: Array) -> Array:
    """Return the columns that are the positioner's, from the ground up."""
    assert cell.positioner is not None
    return q[..., : len(cell.positioner.joints)][..., ::-1]


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
