"""A plan from its ``plan.json``: as exact as it was saved, or a sentence that says what is wrong with the file."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, cast, get_type_hints

import numpy as np

from ..cell import Cell
from ..errors import FieldError, InputError, Where
from ..geometry import Array
from ..job.saved import restored
from ..robots.model import Robot
from ..shapes import Mesh, Shape
from .document import Document, document_digest, plan_document
from .failure import SCHEMA
from .model import Plan
from .plain import UnfitError, valued

LARGEST_FILE = 256 * 2**20
"""Bytes of a plan with every mesh in it that this version could have written."""

_MOST_JOINTS = 12
_FIX = "name a plan.json that this version wrote, or plan the job again"


def load_plan(file: str | os.PathLike[str]) -> Plan:
    """Return the plan that ``plan.json`` holds: programs and pages made from it are the same, byte for byte.

    The file is all that is read: robot, part and job are in it. Nothing in it can run.

    Raises:
        InputError: no such file, no plan of this version, damaged, or changed after it was written.
    """
    path = Path(file)
    document = read_plan_document(path)
    try:
        plan = _plan(document)
        for key in _unsound(plan):
            raise UnfitError("does not fit the rest of the plan", key)
        for key in _changed(document, plan):
            raise UnfitError("does not say what the plan's exact values say", key)
    except UnfitError as error:
        raise InputError(error.problem, fix=_FIX, where=Where(path, key=error.key)) from None
    except FieldError as error:
        raise InputError(error.problem, fix=error.fix or _FIX, where=Where(path, key="values.job")) from None
    return plan


def read_plan_document(file: Path) -> Document:
    """Return the document in a ``plan.json``.

    Raises:
        InputError: no such file, no plan of this version, or changed after it was written.
    """
    document = _document(file)
    if not isinstance(document, dict) or not str(cast("Document", document).get("schema")).startswith(
        "cellwright-plan/"
    ):
        _refuse(file, "not a plan.json")
    plan = cast("Document", document)
    if plan["schema"] != SCHEMA:
        _refuse(file, f"the plan is written as {str(plan['schema'])[:40]}, this version reads {SCHEMA}", key="schema")
    if "moves" not in plan:
        what = "; ".join(str(f.get("what"))[:200] for f in plan.get("findings", []) if isinstance(f, dict))
        _refuse(file, f"holds no plan, but why there is none: {what}" if what else "holds no plan")
    try:
        digest = document_digest(plan)
    except (ValueError, RecursionError):  # numbers that no JSON has
        digest = ""
    if plan.get("digest") != digest:
        _refuse(file, "was changed after it was written: what is in it is not proven", key="digest")
    return plan


def _document(file: Path) -> object:
    try:
        if not file.is_file():
            _refuse(file, "is a folder" if file.is_dir() else "no such file")
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        _refuse(file, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(content) > LARGEST_FILE:
        _refuse(file, f"has more than {LARGEST_FILE >> 20} MB")
    try:
        return json.loads(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        cut = not content.rstrip().endswith(b"}")
        what = "the file ends in the middle" if cut and content.lstrip()[:1] == b"{" else f"not JSON: {error.msg}"
        raise InputError(what, fix=_FIX, where=Where(file, error.lineno)) from None
    except (ValueError, RecursionError):  # not UTF-8, a number of thousands of digits, or nested without end
        _refuse(file, "not a JSON document")


def _refuse(file: Path, problem: str, *, key: str = "") -> NoReturn:
    raise InputError(problem, fix=_FIX, where=Where(file, key=key))


def _plan(document: Document) -> Plan:
    values: dict[str, Any] = document["values"] if isinstance(document.get("values"), dict) else {}
    hints = get_type_hints(Plan)
    names = [field.name for field in dataclasses.fields(Plan)]
    for name in names:
        if name not in values:
            raise UnfitError("is missing", f"values.{name}")
    job = restored(values["job"] if isinstance(values["job"], dict) else {})
    rest = {name: valued(hints[name], values[name], f"values.{name}") for name in names if name != "job"}
    return Plan(job=job, **rest)


def _changed(document: Document, plan: Plan) -> Iterator[str]:
    """Yield the keys under which strangers read something else than the plan's exact values say."""
    findings, files = document.get("findings"), document.get("files")
    if not isinstance(findings, list) or not isinstance(files, list):
        yield "findings" if isinstance(files, list) else "files"
        return
    again = plan_document(plan, files=tuple(cast("list[str]", files)))
    own = len(cast("list[object]", again["findings"]))
    programs = cast("list[Any]", findings[own:])
    again["findings"] += programs
    again["ok"] = again["ok"] and not any(isinstance(f, dict) and f.get("severity") == "error" for f in programs)
    for key in {*again, *document} - {"digest"}:
        if key != "values" and again.get(key) != document.get(key):
            yield key


def _unsound(plan: Plan) -> Iterator[str]:
    """Yield the keys of values that the stages never make: sizes that do not match, indices that lead nowhere."""
    dof, motion, path, operations = plan.cell.robot.dof, plan.motion, plan.path, plan.work.operations
    rows, known = len(motion.t), range(len(operations))
    columns = {f"values.motion.{name}": (getattr(motion, name), (rows, dof)) for name in ("q", "qd", "qdd")}
    sizes: dict[str, tuple[Array, tuple[int, ...]]] = {
        "values.motion.t": (motion.t, (rows,)),
        **columns,
        "values.path.start": (path.start, (dof,)),
        "values.cell.home": (plan.cell.home, (dof,)),
        **{f"values.path.moves.{i}.q": (move.q, (dof,)) for i, move in enumerate(path.moves)},
    }
    for key, (array, shape) in sizes.items():
        if array.shape != shape or not np.isfinite(array).all():
            yield key
    if rows < 2 or not path.moves or (np.diff(motion.t) < 0).any():
        yield "values.motion.t"
    elif motion.move.shape != (rows,) or motion.move.min() < 0 or motion.move.max() >= len(path.moves):
        yield "values.motion.move"
    if any(move.operation is not None and move.operation not in known for move in path.moves):
        yield "values.path.moves"
    if any(operation not in known for operation, _, _ in motion.strokes):
        yield "values.motion.strokes"
    if any(near.row not in range(rows) for near in plan.nearest):
        yield "values.nearest"
    if not operations or not all(way.segments for o in operations for way in o.alternatives or ()):
        yield "values.work.operations"
    yield from _unsound_robot(plan.cell.robot)
    yield from _unsound_cell(plan.cell, plan)


def _unsound_robot(robot: Robot) -> Iterator[str]:
    dof, chain, controller = robot.dof, robot.chain, robot.controller
    columns = (robot.lower, robot.upper, robot.speed, robot.acceleration, robot.home)
    if any(column.shape != (dof,) for column in columns) or not 1 <= dof <= _MOST_JOINTS or len(chain.links) != dof + 1:
        yield "values.cell.robot"
    frames = (*chain.parent_T_joint, chain.last_T_flange)
    if len(frames) != dof + 1 or not all(map(_rigid, frames)) or chain.axis.shape != (dof, 3):
        yield "values.cell.robot.chain"
    if controller is not None:
        frames = (controller.base_T_root, controller.flange_T_mount)
        fits = controller.axis_map.shape == (dof, dof) and controller.axis_zero.shape == (dof,)
        if not fits or not all(map(_rigid, frames)):
            yield "values.cell.robot.controller"
    drawn = (link.visual for link in robot.geometry if link.visual is not None)
    if not all(map(_sound, (*drawn, *(shape for link in robot.geometry for shape in link.shapes)))):
        yield "values.cell.robot.geometry"


def _unsound_cell(cell: Cell, plan: Plan) -> Iterator[str]:
    frames = [cell.world_T_base, cell.tool.flange_T_tcp, *cell.frames.values(), *(b.world_T_body for b in cell.bodies)]
    frames += [move.frame_T_tcp for move in plan.path.moves]
    frames += [move.frame_T_via for move in plan.path.moves if move.frame_T_via is not None]
    if not all(map(_rigid, frames)):
        yield "values.cell"
    named = {m.frame for m in plan.path.moves} | {way.frame for o in plan.work.operations for way in o.alternatives}
    if not named <= cell.frames.keys():
        yield "values.cell.frames"
    if not all(_sound(shape) for body in (*cell.bodies, *cell.tool.bodies) for shape in body.shapes):
        yield "values.cell.bodies"


def _rigid(frame: Array) -> bool:
    """Whether (4, 4) is a turn and a shift of finite size."""
    if frame.shape != (4, 4) or not np.isfinite(frame).all():
        return False
    turned = frame[:3, :3]
    return bool(np.abs(turned @ turned.T - np.eye(3)).max() < 1e-6) and bool((frame[3] == [0, 0, 0, 1]).all())


def _sound(shape: Shape) -> bool:
    if not isinstance(shape, Mesh):
        return True
    vertices, faces = shape.vertices, shape.faces
    if vertices.ndim != 2 or faces.ndim != 2 or vertices.shape[1] != 3 or faces.shape[1] != 3 or not len(faces):
        return False
    return bool(np.isfinite(vertices).all()) and int(faces.min()) >= 0 and int(faces.max()) < len(vertices)
