"""The command line, called in this process, and a small job that it can plan in a few seconds."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cellwright.cli import app
from small_job import EXAMPLES, SMALL

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
