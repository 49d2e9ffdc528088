"""The numbered examples, planned once in a session each, and a small job for what is asked of one seam."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from cellwright.job.loading import load_job
from cellwright.planning.document import encoded, plan_document
from cellwright.planning.model import Plan
from cellwright.planning.stages import plan
from cellwright.programs import program
from cellwright.programs.model import Program
from small_job import EXAMPLES, TWO_SEAMS

NAMES = ("01_weld_bracket", "02_weld_bracket_abb", "03_weld_bracket_estun")


@dataclass(frozen=True)
class Made:
    """A plan, its program, and both as a stranger sees them: a document and files."""

    plan: Plan
    program: Program
    document: dict

    @property
    def content(self) -> bytes:
        return encoded(self.document)


def made(file: Path) -> Made:
    planned = plan(load_job(file))
    written = program(planned)
    document = plan_document(planned, files=tuple(sorted(written.files)), findings=written.proof.findings)
    return Made(plan=planned, program=written, document=json.loads(encoded(document)))


@cache
def _example(name: str) -> Made:
    return made(EXAMPLES / f"{name}.yaml")


@pytest.fixture(scope="session", params=NAMES)
def example(request: pytest.FixtureRequest) -> Made:
    """Return one of the examples as planned."""
    return _example(request.param)


@pytest.fixture(scope="session")
def kuka() -> Made:
    """Return the first example as planned."""
    return _example(NAMES[0])


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the small job with some of its text replaced."""
    shutil.copy(EXAMPLES / "parts" / "bracket.step", tmp_path)

    def write(*changes: tuple[str, str], name: str = "small.yaml") -> Path:
        text = TWO_SEAMS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write
