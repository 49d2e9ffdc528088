"""Files that a job names: where they are looked for, and what may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from ..errors import FieldError
from ..meshes import OWN_UNIT, SUFFIXES

CAD = (".step", ".stp", ".iges", ".igs", ".brep")
MESH = SUFFIXES
UNITLESS = tuple(ending for ending in SUFFIXES if ending not in OWN_UNIT)
"""Mesh formats that do not say their unit."""
ROBOT = (".urdf", ".xacro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where a job's files are looked for; ``allow_outside`` permits files that lie elsewhere."""

    path: Path
    allow_outside: bool = False


def suffix(file: str) -> str:
    """Return the lower-case ending of a file's name, with its dot."""
    return PurePath(file).suffix.lower()


def checked_file(text: str, folder: Folder | None, suffixes: Sequence[str]) -> str:
    """Return the file's name as written once its ending, its place and its presence are right.

    Raises:
        FieldError: not a name, an ending that nobody reads here, outside of the folder, or no such file.
    """
    if not text.strip() or not text.isprintable():
        raise FieldError(f"{text[:40]!r} names no file", fix="write the file's name, seen from the job's folder")
    if len(text) > 240:
        raise FieldError(f"{text[:40]!r}... has {len(text)} characters", fix="give the file a shorter name")
    if suffix(text) not in suffixes:
        ending = suffix(text) or text[:40]
        raise FieldError(f"no reader for {ending!r} files here", fix=f"name a file that ends in {', '.join(suffixes)}")
    if folder is None:
        return text
    try:
        path, home = (folder.path / text).resolve(), folder.path.resolve()
        if not path.is_relative_to(home) and not folder.allow_outside:
            fix = "copy it into the folder, or write `allow_outside: true` in the job"
            raise FieldError(f"{text!r} lies outside of the job's folder", fix=fix)
        present = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, FieldError):
            raise
        raise FieldError(f"{text!r} cannot be looked up", fix="shorten the name, or mend the link") from None
    if not present:
        raise FieldError(f"no such file: {text}", fix=_near(folder.path, text))
    return text


def _near(folder: Path, text: str) -> str:
    if "\\" in text and "/" not in text:
        return f"write {text.replace(chr(92), '/')}"
    place = (folder / text).parent
    try:
        names = [entry.name for entry in place.iterdir()] if place.is_dir() else []
    except OSError:
        names = []
    near = get_close_matches(PurePath(text).name, sorted(names), n=1)
    return f"did you mean {near[0]}?" if near else "names are seen from the folder of the job file"


def _validator(*suffixes: str) -> AfterValidator:
    def validate(text: str, info: ValidationInfo) -> str:
        return checked_file(text, info.context if isinstance(info.context, Folder) else None, suffixes)

    return AfterValidator(validate)


PartFile = Annotated[str, _validator(*CAD, *MESH)]
MeshFile = Annotated[str, _validator(*MESH)]
StepFile = Annotated[str, _validator(*CAD)]
TableFile = Annotated[str, _validator(".csv")]
