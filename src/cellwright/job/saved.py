"""A job as plain JSON, as it was written and with its lines, for plans that are read without their job's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from ..errors import FieldError, Where
from .document import Key, Value, key_text
from .messages import problem
from .model import Job
from .schema import job_schema


def saved(job: Job) -> dict[str, Any]:
    """Return the job's text as values, where each stands, and the digest of the files it names."""
    places = [[list(key), where.file.as_posix(), where.line] for key, where in job.places.items()]
    return {"file": job.file.as_posix(), "digest": job.digest, "text": dict(job.text), "places": places}


def restored(said: dict[str, Any]) -> Job:
    """Return the job that was saved; none of the files it names is looked at.

    Raises:
        FieldError: what is said is no job.
    """
    file, digest, text = said.get("file"), said.get("digest"), said.get("text")
    if not isinstance(file, str) or not isinstance(digest, str) or not isinstance(text, dict):
        raise FieldError("the job in it is damaged")
    places = _places(said.get("places"))
    try:
        job = Job.model_validate(text)
    except ValidationError as error:
        told = problem(error.errors(include_url=False)[0], {(): Where(Path(file)), **places}, job_schema())
        raise FieldError(f"the job in it is wrong: {told.problem}", fix=told.fix) from None
    return job.placed(Path(file), places, text=cast("dict[str, Value]", text), digest=digest)


def _places(said: object) -> dict[Key, Where]:
    places: dict[Key, Where] = {}
    for entry in cast("list[Any]", said) if isinstance(said, list) else [None]:
        match entry:
            case [[*names], str(file), int(line)] if all(isinstance(name, str | int) for name in names):
                key = cast("Key", tuple(names))
                places[key] = Where(Path(file), line, key_text(key))
            case _:
                raise FieldError("the lines of the job in it are damaged")
    return places
