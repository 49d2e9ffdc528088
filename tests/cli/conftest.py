"""The command line, called in this process, and a small job that it can plan in a few seconds."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cellwright.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"

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
"""

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the command line as a function; it works in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path) -> Any:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a job with one seam and a base that stands, in a folder with its part."""
    shutil.copy(EXAMPLES / "parts" / "bracket.step", tmp_path)
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file
