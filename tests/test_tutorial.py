"""The tutorial is run as it stands: its job file, its commands, their output."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def steps() -> list[tuple[str, str]]:
    """Return each command of the page with the output that the page shows; ``...`` stands for anything."""
    blocks = re.findall(r"(?s)```console\n(.*?)```", TEXT)
    return [(step[0], step[1]) for block in blocks for step in re.findall(r"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)", block)]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are for a POSIX shell")
def test_every_command_of_the_tutorial_says_what_the_page_says(tmp_path):
    (job,) = re.findall(r"(?s)```yaml\n(.*?)```", TEXT)
    (tmp_path / "job.yaml").write_text(job, encoding="utf-8")
    shutil.copy(ROOT / "examples" / "parts" / "bracket.step", tmp_path)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    for command, shown in steps():
        run = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, text=True, timeout=240, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        told = doctest.OutputChecker().check_output(shown, run.stdout, doctest.ELLIPSIS)
        assert told, f"$ {command}\n{run.stdout}"


def test_the_tutorial_has_commands():
    assert len(steps()) >= 8
