"""Which robots a job allows: the whole catalogue, brands, models, or a description of one's own."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError, named_at
from ..job.files import ROBOT, suffix
from ..job.model import Job
from ..robots.listing import Entry, catalogue
from .model import Candidate


def candidates(job: Job) -> tuple[Candidate, ...]:
    """Return the robots that a job allows, sorted by key; the whole catalogue where it names a single one.

    Raises:
        InputError: a name in the list is no brand and no robot of the catalogue.
    """
    entries = catalogue()
    found: dict[str, Candidate] = {}
    for i, name in enumerate(job.candidates or ("auto",)):
        with named_at(job.where("robot", i)):
            found |= {one.key: one for one in _named(job, name, entries)}
    return tuple(found[key] for key in sorted(found))


def _named(job: Job, name: str, entries: tuple[Entry, ...]) -> list[Candidate]:
    if suffix(name) in ROBOT:
        file = job.path(name)
        return [Candidate(key=name, load=str(file), brand="own", model=file.stem, family="")]
    brand = name.lower()
    chosen = [e for e in entries if name == "auto" or e.key == name or e.key.partition("/")[0] == brand]
    if not chosen:
        brands = sorted({entry.key.partition("/")[0] for entry in entries})
        what = f"no brand and no robot {name!r} in the catalogue"
        raise InputError(what, fix=f"brands: {', '.join(brands)}; `cellwright robots` lists the models")
    return [_candidate(entry) for entry in chosen]


def _candidate(entry: Entry) -> Candidate:
    made = Candidate(
        key=entry.key, load=entry.key, brand=entry.brand, model=entry.model, family=entry.family,
        payload=entry.payload, reach=entry.reach,
    )  # fmt: skip
    return replace(made, only_listed=entry.why) if entry.why else made
