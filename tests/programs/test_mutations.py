"""A fault in the text of a program is seen when its reading is held against that of the untouched one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from mutations import GRAMMARS, mutants

from cellwright.errors import CellwrightError
from cellwright.programs.changes import changes
from cellwright.programs.readers import READERS, read
from cellwright.programs.statements import Statements

MAIN = {
    "abb": "Program.mod",
    "comau": "Prog1.pdl",
    "estun": "sample.erp",
    "fanuc": "Program.LS",
    "kawasaki": "Kawasaki.pg",
    "kuka": "Program.src",
    "ur": "Prog1.script",
    "yaskawa": "PROGRAM.JBI",
}


def _files(folder: Path, brand: str, name: str) -> dict[str, str]:
    """Return the text of a sample and of the data beside it."""
    suffixes = READERS[brand].suffixes
    names = [f.name for f in sorted(folder.iterdir()) if f.stem == Path(name).stem and f.suffix.lower() in suffixes]
    return {n: (folder / n).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") for n in names}


def _used(text: str, files: dict[str, str]) -> str:
    """Return data without the lines that give a name nothing else says: a fault in them changes nothing."""
    others = "".join(files.values())
    lines = [
        line
        for line in text.splitlines(keepends=True)
        if not (m := re.match(r"(\w+)=\{", line)) or others.count(m[1]) > 1
    ]
    return "".join(lines)


def _read(brand: str, files: dict[str, str]) -> Statements | None:
    try:
        return read({name: text.encode() for name, text in files.items()}, brand=brand)
    except CellwrightError:
        return None


def _seen(brand: str, before: Statements, files: dict[str, str]) -> bool:
    after = _read(brand, files)
    return after is None or bool(changes(before, after))


def test_faults_in_real_programs_are_found(real_data: Path) -> None:
    kinds: Counter[str] = Counter()
    found: Counter[str] = Counter()
    lost: list[str] = []
    for folder in sorted((real_data / "programs").iterdir()):
        brand = folder.name.split("_")[0]
        if brand not in GRAMMARS:
            continue
        files = _files(folder, brand, MAIN[brand])
        files = {name: _used(text, files) for name, text in files.items()}
        before = _read(brand, files)
        assert before is not None
        here, seen = 0, 0
        for name, text in files.items():
            for kind, changed in mutants(brand, text):
                caught = _seen(brand, before, {**files, name: changed})
                kinds[kind] += 1
                found[kind] += caught
                here, seen = here + 1, seen + caught
                if not caught:
                    lost.append(f"{brand}: {kind}")
        print(f"{brand}: {seen} of {here} faults found")  # noqa: T201
        assert here >= 20
    total = sum(kinds.values())
    print(f"{len(kinds)} kinds, {sum(found.values())} of {total} found; lost: {Counter(lost)}")  # noqa: T201
    assert len(kinds) >= 20
    assert sum(found.values()) >= 0.99 * total


@pytest.mark.parametrize("brand", MAIN)
def test_what_says_the_same_is_no_change(brand: str, real_data: Path) -> None:
    folder = next(f for f in (real_data / "programs").iterdir() if f.name.split("_")[0] == brand)
    files = _files(folder, brand, MAIN[brand])
    before = _read(brand, files)
    after = _read(brand, {name: text.replace("\n", " \r\n") for name, text in files.items()})

    assert before is not None
    assert after is not None
    assert not changes(before, before)
    assert not changes(before, after)
