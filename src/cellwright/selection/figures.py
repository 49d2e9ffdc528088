"""What the user knows of robots and no public data says: price, payback, delivery, service, energy, in a dated table.

A table is a CSV file whose first row names its columns: ``robot``, ``source``, ``date`` (of the figures, YYYY-MM-DD)
and any of the criteria. A figure carries its unit and may be a range (``21000-24000 EUR``); an empty one is unknown.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from ..errors import CellwrightError, InputError, JobError, Where

UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "price": {},  # any one currency
        "payback": {"year": 1.0, "years": 1.0, "month": 1 / 12, "months": 1 / 12},
        "delivery": {"day": 1.0, "days": 1.0, "week": 7.0, "weeks": 7.0},
        "service": {"km": 1.0},
        "energy": {"kWh": 1.0, "Wh": 1e-3},
    }
)
"""Criterion -> unit that it may be written in -> factor to its first one."""

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "price": "21000-24000 EUR", "payback": "1.5 years", "delivery": "42 days", "service": "35 km",
        "energy": "0.4 kWh",
    }
)  # fmt: skip

_LARGEST_FILE = 4_000_000
_HEAD = ("robot", "source", "date")
_NUMBER = r"(\d{1,12}(?:\.\d{1,9})?)"
_FIGURE = re.compile(rf"\s*{_NUMBER}(?:\s*(?:-|to|\.\.)\s*{_NUMBER})?\s*([A-Za-z]+)\s*")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure that the user gives of a robot, from ``low`` to ``high`` in ``unit``."""

    low: float
    high: float
    unit: str
    source: str
    date: str

    @property
    def middle(self) -> float:
        """What it counts by."""
        return (self.low + self.high) / 2

    def __str__(self) -> str:
        numbers = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{numbers} {self.unit}"


Figures = Mapping[str, Mapping[str, Figure]]
"""Key of a robot -> criterion -> what the user says."""


def read_figures(file: Path, known: Collection[str]) -> Figures:
    """Return what a table says of robots.

    Args:
        file: the table.
        known: keys of the robots there are.

    Raises:
        InputError: the file cannot be read, or has no rows.
        JobError: with everything that is wrong in it, line by line.
    """
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise InputError("the table is larger than 4 MB", fix="leave out what is no offer", where=Where(file))
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the table cannot be read: {error}", fix="save it as CSV in UTF-8", where=Where(file)
        ) from None
    problems: list[CellwrightError] = []
    found: dict[str, dict[str, Figure]] = {}
    currency: dict[str, str] = {}
    rows = _rows(text, file, problems)
    for line, row in rows:
        key = row.get("robot", "")
        said = dict(_figures(row, Where(file, line), currency, problems))
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1)
            fix = f"did you mean {near[0]}?" if near else "`cellwright robots` lists the models"
            problems.append(InputError(f"no robot {key!r}", fix=fix, where=Where(file, line, "robot")))
        elif key in found:
            problems.append(InputError(f"{key} is named twice", fix="keep one", where=Where(file, line, "robot")))
        else:
            found[key] = said
    if problems:
        raise JobError(problems)
    if not found:
        raise InputError("the table has no rows", fix="a row a robot", where=Where(file))
    return found


def _rows(text: str, file: Path, problems: list[CellwrightError]) -> list[tuple[int, dict[str, str]]]:
    reader = csv.reader(text.splitlines(), strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    head: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if head is None:
                head = cells
                problems += _head_problems(head, Where(file, reader.line_num))
            elif len(cells) != len(head):
                what = f"{len(cells)} cells under {len(head)} columns"
                fix = "a cell a column; a comma inside a text needs quotes round it"
                problems.append(InputError(what, fix=fix, where=Where(file, reader.line_num)))
            else:
                found.append((reader.line_num, dict(zip(head, cells, strict=True))))
    except csv.Error as error:
        problems.append(InputError(f"no CSV: {error}", fix="mend the quotes", where=Where(file, reader.line_num)))
    return found


def _head_problems(head: list[str], where: Where) -> Iterator[CellwrightError]:
    known = (*_HEAD, *UNITS)
    for name in dict.fromkeys(head):
        if name not in known:
            yield InputError(f"no column {name!r} is known", fix=f"one of {', '.join(known)}", where=where)
        if head.count(name) > 1:
            yield InputError(f"the column {name!r} is there twice", fix="keep one", where=where)
    for name in _HEAD:
        if name not in head:
            yield InputError(f"the column {name!r} is missing", fix="add it: every figure has its source", where=where)


def _figures(
    row: Mapping[str, str], where: Where, currency: dict[str, str], problems: list[CellwrightError]
) -> Iterator[tuple[str, Figure]]:
    """Yield what a row says; what is wrong with it is added to ``problems``."""

    def complain(name: str, what: str, fix: str) -> None:
        problems.append(InputError(what, fix=fix, where=Where(where.file, where.line, name)))

    if not row.get("source"):
        complain("source", "the figures have no source", "who said it: an offer, a price list")
    try:
        day = date.fromisoformat(row.get("date", "")).isoformat()
    except ValueError:
        complain("date", f"{row.get('date', '')!r} is no date", "write the day of the figures as 2026-11-30")
        return
    for name in UNITS:
        text = row.get(name, "")
        if text in ("", "unknown"):
            continue
        match = _FIGURE.fullmatch(text)
        if match is None:
            complain(name, f"{text[:40]!r} is no {name}", f"write for example {EXAMPLES[name]}, or leave it empty")
            continue
        low, high, unit = float(match[1]), float(match[2] or match[1]), match[3]
        factors = UNITS[name] if name != "price" else {unit: 1.0} if _CURRENCY.fullmatch(unit) else {}
        if unit not in factors:
            units = "a currency of three letters" if name == "price" else ", ".join(UNITS[name])
            complain(name, f"{unit!r} is no unit of {name}", f"one of {units}" if name != "price" else f"write {units}")
        elif high < low or high <= 0.0:
            complain(name, f"{text!r} is no range", "the smaller figure first, and more than 0")
        elif name == "price" and unit != currency.setdefault("price", unit):
            complain(name, f"a price in {unit} beside prices in {currency['price']}", "one currency a table")
        else:
            said = next(iter(UNITS[name]), unit)
            factor = factors[unit]
            yield name, Figure(low=low * factor, high=high * factor, unit=said, source=row["source"], date=day)
