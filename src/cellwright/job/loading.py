"""Read a job file: every mistake at once, each with its line and the way out."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..errors import CellwrightError, FieldError, JobError, Where
from .document import Document, Value, key_text, read_document
from .files import Folder, checked_file
from .messages import problem
from .model import Job
from .schema import job_schema


def load_job(file: str | os.PathLike[str]) -> Job:
    """Return the job that a file describes.

    Raises:
        JobError: with every problem of the file, sorted by line.
    """
    path = Path(file)
    document = read_document(path)
    if not isinstance(document.value, dict):
        what = CellwrightError("a job is a block of keys", fix="write `key: value` lines", where=document.places[()])
        raise JobError([*document.problems, what])
    folder = Folder(path=path.parent, allow_outside=document.value.get("allow_outside") is True)
    document, has_tool = _with_tool(document, folder)
    problems = list(document.problems)
    try:
        job = Job.model_validate(document.value, context=folder)
    except ValidationError as error:
        complaints = [c for c in error.errors(include_url=False) if has_tool or c["loc"][:1] != ("tool",)]
        complaints = [c for c in complaints if not _only_wrong_items(c)]
        schema, told = job_schema(), {error.where for error in problems}
        found = [problem(complaint, document.places, schema) for complaint in complaints]
        problems += [error for error in found if error.where not in told]
        raise JobError(_sorted(problems, path)) from None
    if problems:
        raise JobError(_sorted(problems, path))
    text = cast("dict[str, Value]", document.value)
    job = job.placed(path, document.places, text=text, digest="")
    return job.placed(path, document.places, text=text, digest=_digest(job))


def _only_wrong_items(complaint: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items, complained about by themselves, did not count."""
    items, least = complaint["input"], complaint.get("ctx", {}).get("min_length", 0)
    return complaint["type"] == "too_short" and isinstance(items, list) and len(items) >= least


def _sorted(problems: list[CellwrightError], job: Path) -> list[CellwrightError]:
    def order(error: CellwrightError) -> tuple[bool, str, int, str]:
        where = error.where or Where(job)
        return where.file != job, str(where.file), where.line, where.key

    once = {str(error): error for error in problems}
    return sorted(once.values(), key=order)


def _with_tool(document: Document, folder: Folder) -> tuple[Document, bool]:
    """Return the document with the tool's own file in its place, where the job names one, and whether that worked."""
    tool = document.value.get("tool") if isinstance(document.value, dict) else None
    if not isinstance(document.value, dict) or not isinstance(tool, dict) or "file" not in tool:
        return document, True
    where = document.places[("tool", "file")]
    others = [document.places[("tool", key)] for key in tool if key != "file"]
    fix = "write it in the tool's file, or drop `file`"
    problems = [CellwrightError("a tool with a file takes no other key", fix=fix, where=place) for place in others]
    name = tool["file"]
    try:
        if not isinstance(name, str):
            raise FieldError("names no file", fix="write `file: torch.yaml`")
        file = folder.path / checked_file(name, folder, (".yaml", ".yml"))
        content = read_document(file)
        if not isinstance(content.value, dict):
            fix = "write `name:`, `tcp:` and `bodies:` into it"
            raise JobError([CellwrightError("a tool is a block of keys", fix=fix, where=Where(file, 1))])
    except FieldError as error:
        problems.append(CellwrightError(error.problem, fix=error.fix, where=where))
        return replace(document, problems=(*document.problems, *problems)), False
    except JobError as error:
        return replace(document, problems=(*document.problems, *problems, *error.problems)), False
    value: dict[str, Value] = {**document.value, "tool": _seen_from_job(content.value, name)}
    inner = {("tool", *key): Where(p.file, p.line, key_text(("tool", *key))) for key, p in content.places.items()}
    problems += content.problems
    return Document(value=value, places=document.places | inner, problems=(*document.problems, *problems)), True


def _seen_from_job(tool: dict[str, Value], file: str) -> dict[str, Value]:
    """Return the tool with the names of its mesh files, given from the tool's file, as seen from the job's folder."""
    bodies = tool.get("bodies")
    if not isinstance(bodies, list):
        return tool
    folder = Path(file).parent
    seen: list[Value] = []
    for body in bodies:
        if isinstance(body, dict) and isinstance(mesh := body.get("mesh"), str):
            seen.append({**body, "mesh": (folder / mesh).as_posix()})
        else:
            seen.append(body)
    return {**tool, "bodies": seen}


def _digest(job: Job) -> str:
    # words that only jobs with a positioner have: others keep their digest
    unsaid = {"positioner": True, "obstacles": {"__all__": {"on"}}} if job.positioner is None else None
    digest = hashlib.sha256(job.model_dump_json(by_alias=True, exclude=unsaid).encode())
    for key, name in job.files:
        try:
            with job.path(name).open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
        except OSError as error:
            what = f"{name} cannot be read: {error.strerror}"
            raise JobError([CellwrightError(what, fix="check its permissions", where=job.where(*key))]) from None
        digest.update(key_text(key).encode() + b"\0" + content)
    return digest.hexdigest()
