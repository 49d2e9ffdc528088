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

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("01_weld_bracket", "02_weld_bracket_abb", "03_weld_bracket_estun")

SMALL = """\
name: small
part: {file: bracket.step, at: {z: 800 mm}}
robot: abb/IRB2600-12-1.65
base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}
tool:
  name: torch
  tcp: {x: 84 mm, z: 330 mm, pitch: 45 deg}
  mass: 3 kg
  bodies:
    - {name: neck, capsule: {from: {z: 80 mm}, to: {z: 246 mm}, radius: 13 mm}}
    - name: wire
      working: true
      cylinder: {radius: 0.6 mm, length: 15 mm}
      at: {x: 78.7 mm, z: 324.7 mm, pitch: 45 deg}
tasks:
  - kind: arc_weld
    speed: 8 mm/s
    seams:
      - seam: seam_3
      - seam: seam_7
"""


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
        text = SMALL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write
