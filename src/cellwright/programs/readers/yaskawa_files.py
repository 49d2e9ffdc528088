"""The files of INFORM: positions and instructions of a job, tools and user frames of condition files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ...errors import ProgramError, Where
from ...geometry import Array
from .points import euler

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_POINT = re.compile(rf"((?:BC|EC|BP|EX|C|P)\d+)\s*=\s*({_NUMBER}(?:\s*,\s*{_NUMBER})*)\s*$")
_RCONF = ("noflip", "lower", "rear", "r180", "t180", "s180", "redundant", "l180")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A position: encoder counts, or the numbers of a pose, with the frame and the tool it was taught in."""

    counts: tuple[float, ...] | None
    values: tuple[float, ...]
    frame: str
    tool: str
    configuration: Mapping[str, int]


@dataclass(slots=True)
class Job:
    """A job: its positions by name, its numbered instructions, what one unit of V is [m/s]."""

    name: str
    file: Path
    points: dict[str, Point] = field(default_factory=dict[str, Point])
    rows: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    speed: float = 1e-3


def conditions(file: str, text: str) -> list[tuple[str, str, Array]]:
    """Return kind, number and pose of each tool or user frame of a condition file."""
    found: list[tuple[str, str, Array]] = []
    kind = number = ""
    for row, line in enumerate(text.splitlines(), start=1):
        where = Where(Path(file), row)
        if match := re.match(r"//(TOOL|UFRAME)\s+(\d+)", line):
            kind, number = match[1], str(int(match[2][:6]))
        elif match := re.match(rf"(?:////BUSER\s*=?\s*)?({_NUMBER}(?:\s*,\s*{_NUMBER}){{5}})\s*$", line.strip()):
            first = not any(k == kind and n == number for k, n, _ in found)
            if kind and first and (kind == "TOOL" or "BUSER" in line):
                found.append((kind, number, cartesian(_figures(match[1]), where)))
    return found


def _figures(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def cartesian(values: Sequence[float], where: Where) -> Array:
    """Return the pose of x, y, z [mm] and Rx, Ry, Rz [deg]: turns about the fixed x, then y, then z."""
    return euler(values, "zyx", where, listed="backward")


def job_of(file: str, text: str) -> Job | None:
    """Return the job of a file; None where the file is empty.

    Raises:
        ProgramError: it has no name, or a position is not well formed.
    """
    job: Job | None = None
    section, style, tool, user, postype = "", "PULSE", "", "", "PULSE"
    configuration: dict[str, int] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        word, where = line.strip(), Where(Path(file), row)
        if word.startswith("//NAME"):
            job = Job(word[6:].strip().upper() or PurePath(file).stem.upper(), Path(file))
        elif word in ("//POS", "//INST"):
            section = word
        elif word.startswith("/") and section != "//INST":
            key, _, rest = word.lstrip("/").partition(" ")
            match key:
                case "TOOL":
                    tool = rest.split(",")[0].strip()
                case "USER":
                    user = rest.strip()
                case "POSTYPE":
                    postype = rest.strip()
                case "PULSE" | "RECTAN" | "ANGLE":
                    style = key
                case "RCONF":
                    configuration = _configuration(rest, where)
                case _:
                    pass
        elif section == "//POS" and word:
            match = _POINT.match(word)
            if match is None or job is None:
                raise ProgramError("a position is a name, '=' and numbers", where=where)
            values = _figures(match[2])
            if any(abs(v) > 1e9 for v in values):
                raise ProgramError(f"{match[1]} is out of range", where=where)
            frame = f"USER {user}" if postype == "USER" else postype
            job.points[match[1]] = Point(
                counts=values if style == "PULSE" else None, values=values, frame=frame, tool=tool,
                configuration=configuration if style == "RECTAN" else {},
            )  # fmt: skip
        elif section == "//INST" and word and job is not None and not word.startswith("/"):
            if word.startswith("'"):
                if re.search(r"\bcm/min", word, re.IGNORECASE):
                    job.speed = 1e-2 / 60.0
            else:
                job.rows.append((row, word))
    if job is None and text.strip():
        raise ProgramError("no //NAME in it", where=Where(Path(file), 1))
    return job


def _configuration(text: str, where: Where) -> dict[str, int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"[-+]?\d{1,2}", part) for part in parts):
        raise ProgramError("RCONF is a list of small whole numbers", where=where)
    return {key: int(part) for key, part in zip(_RCONF, parts, strict=False)}
