"""What the catalogue holds, without building a robot.

A folder of one's own extends it: files of the same form, ``BRAND.yaml`` with or without ``links/BRAND.yaml``, and
URDFs, which are called ``own/NAME``. The folder is named by the call or by the environment variable
CELLWRIGHT_CATALOGUE. The package's own list is kept ready in ``catalogue/index.json``, written with the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, Where

if TYPE_CHECKING:
    from .form import Brand, Facts, LengthDatum, MassDatum

OWN = "CELLWRIGHT_CATALOGUE"
"""Environment variable: a folder that extends the catalogue."""

PACKAGE: Traversable = resources.files("cellwright.robots") / "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue; lengths in m, masses in kg, None where unknown.

    Attributes:
        family: as the axes say; ``unknown`` for a robot that is only listed: no joint table of it is public.
        why: why it is only listed; empty for a robot that can be planned with.
    """

    key: str
    brand: str
    model: str
    language: str
    family: str
    dof: int | None
    payload: float | None
    reach: float | None
    weight: float | None
    repeatability: float | None
    vectors: int
    source: str
    why: str = ""


def catalogue(folder: Path | None = None) -> tuple[Entry, ...]:
    """Return every robot of the catalogue, sorted by key, without building any.

    Args:
        folder: of one's own, see above.

    Raises:
        InputError: a file in the folder is not of the form, or names a robot that is known already.
    """
    found = [Entry(**row) for row in json.loads((PACKAGE / "index.json").read_text(encoding="utf-8"))]
    own = _own(folder)
    if own is not None:
        found += [entry for name in _names(own) for entry in entries(name, _added(own, name))]
        found += [_described(file) for file in descriptions(folder)]
    return tuple(sorted(found, key=lambda entry: entry.key))


def chosen(found: tuple[Entry, ...], *, brand: str = "", family: str = "", payload: float = 0.0) -> tuple[Entry, ...]:
    """Return the entries of a brand and family with at least that payload [kg], or an unknown one.

    Raises:
        InputError: no entry has that brand or family.
    """
    for name, value, known in (
        ("brand", brand, {entry.key.partition("/")[0] for entry in found}),
        ("family", family, {entry.family for entry in found}),
    ):
        if value and value.lower() not in known:
            raise InputError(f"no {name} {value!r} in the catalogue", fix=f"known: {', '.join(sorted(known))}")
    return tuple(
        entry
        for entry in found
        if brand.lower() in ("", entry.key.partition("/")[0])
        and family.lower() in ("", entry.family)
        and (entry.payload is None or entry.payload >= payload)
    )


def brands(name: str, folder: Path | None = None) -> Iterator[tuple[Traversable, Brand]]:
    """Yield the files of a brand, each with the folder that it lies in, the package's own first.

    Raises:
        InputError: as ``catalogue``.
    """
    if name in _names(PACKAGE):
        yield PACKAGE, packaged(name)
    own = _own(folder)
    if own is not None and name in _names(own):
        yield own, _added(own, name)


@cache
def packaged(name: str) -> Brand:
    """Return one file of the package, whose own data do not change while it runs."""
    from .form import Brand
    from .reading import read_form

    return read_form(PACKAGE / f"{name}.yaml", Brand)


def _added(own: Path, name: str) -> Brand:
    from .form import Brand
    from .reading import read_form

    brand = read_form(own / f"{name}.yaml", Brand)
    if name in _names(PACKAGE):
        known = packaged(name)
        twice = sorted({*brand.robots, *brand.listed} & {*known.robots, *known.listed})
        if twice:
            what = f"{name}/{twice[0]} is in the catalogue already"
            raise InputError(what, fix="give yours a key of its own", where=Where(own / f"{name}.yaml", key=twice[0]))
    return brand


def entries(name: str, brand: Brand) -> Iterator[Entry]:
    """Yield what a brand's file lists."""
    from .form import Model

    rows = [
        *((key, model, model.family, len(model.joints), "") for key, model in brand.robots.items()),
        *((key, listed, "unknown", listed.dof, listed.why) for key, listed in brand.listed.items()),
    ]
    for key, facts, family, dof, why in rows:
        yield Entry(
            key=f"{name}/{key}",
            brand=brand.brand,
            model=facts.model,
            language=brand.language,
            family=family,
            dof=dof,
            payload=_figure(facts.payload),
            reach=_figure(facts.reach),
            weight=_figure(facts.weight),
            repeatability=_figure(facts.repeatability),
            vectors=facts.controller.vectors if isinstance(facts, Model) else 0,
            source=facts.description.source if isinstance(facts, Model) else _listed_source(facts),
            why=why,
        )


def _figure(datum: LengthDatum | MassDatum | None) -> float | None:
    return round(datum.value, 9) if datum else None  # 1650 mm is 1.65 m, whatever the product of the floats is


def _listed_source(facts: Facts) -> str:
    from .form import FACTS

    return next((datum.source for name in FACTS if (datum := getattr(facts, name)) is not None), "")


def _described(file: Path) -> Entry:
    from .urdf import read_urdf

    robot = read_urdf(file, meshes=False)
    return Entry(
        key=f"own/{file.stem}",
        brand="own",
        model=robot.model,
        language="",
        family=robot.family,
        dof=robot.dof,
        payload=None,
        reach=None,
        weight=None,
        repeatability=None,
        vectors=0,
        source=str(file),
    )


def _own(folder: Path | None) -> Path | None:
    named = folder if folder is not None else Path(os.environ[OWN]) if os.environ.get(OWN) else None
    if named is not None and not named.is_dir():
        raise InputError(f"no folder {named}", fix=f"check the path, or {OWN} in the environment")
    return named


def descriptions(folder: Path | None) -> tuple[Path, ...]:
    """Return the URDFs of a folder of one's own."""
    own = _own(folder)
    return tuple(sorted(own.glob("*.urdf"))) if own is not None else ()


def _names(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))
