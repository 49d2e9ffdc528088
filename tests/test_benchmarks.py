"""The benchmarks can be imported, run in tiny sizes, and fill their page."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
COMMON = ("rows", "run", "growth", "collision_rivals", "transit_cells")
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in COMMON)
LONG = ("collision", "selection")  # even tiny they compile or ask for two minutes
TINY = [name for name in SCRIPTS if "TINY" in (FOLDER / f"{name}.py").read_text(encoding="utf-8")]


@pytest.fixture
def load(monkeypatch):
    """Return what imports a module of the benchmarks, as if it were run with no flags."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", ["benchmark"])

    def loaded(name):
        spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_can_be_imported(name, load):
    try:
        load(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("cellwright"):
            raise
        pytest.skip(f"{error.name} is not installed, which {name} is compared with")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.sweep) if n in LONG else n for n in TINY])
def test_a_tiny_run_tells_rows(name):
    command = [sys.executable, str(FOLDER / f"{name}.py"), "--tiny", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=300, check=False)
    missing = "ModuleNotFoundError" in run.stderr
    if missing and "cellwright" not in run.stderr.splitlines()[-1]:
        pytest.skip(f"{run.stderr.splitlines()[-1]}: what {name} is compared with")

    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"group"')]
    assert rows
    assert {tuple(sorted(row)) for row in rows} == {
        ("goal", "group", "ours", "ratio", "rival", "rival_name", "size", "unit", "what")
    }


def test_every_benchmark_is_run_and_described(load):
    run = load("run")
    described = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert sorted(run.NAMES) == SCRIPTS
    assert [name for name in SCRIPTS if f"`{name}.py`" not in described] == []


def test_a_ratio_says_how_many_times_better_ours_is(load):
    rows = load("rows")

    assert rows.row("g", "time", 2.0, "s", rival=6.0).ratio == 3.0
    assert rows.row("g", "poses", 6.0, "1/s", rival=2.0, more_is_better=True).ratio == 3.0
    assert rows.row("g", "alone", 6.0, "s").ratio is None


def test_the_page_holds_what_was_told_and_keeps_the_rest(load, tmp_path, monkeypatch):
    run, rows = load("run"), load("rows")
    (tmp_path / "images").mkdir()
    monkeypatch.setattr(run, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(run, "IMAGES", tmp_path / "images")
    told = [
        rows.row("seams", "whole", 0.0123456, "s", rival=0.5, rival_name="peer 1.0", goal=">= 20"),
        *(rows.row("growth", "poses", 1e-3 * n, "s", size=n) for n in (10, 100, 1000)),
    ]
    lines = [json.dumps({name: getattr(one, name) for name in one.__dataclass_fields__}) for one in told]
    done = subprocess.CompletedProcess([], 0, "\n".join(["a table", *lines]), "")
    broken = subprocess.CompletedProcess([], 1, "", "Traceback\nModuleNotFoundError: No module named 'peer'")
    run.write({"seams": run.section("seams", done), "timing": run.section("timing", broken)})
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")

    assert "| whole | 0.0123 s | 0.5 s | peer 1.0 | 40.5 | >= 20 |" in page
    assert "No module named 'peer'" in page
    assert "a table" in page
    drawing = (tmp_path / "images" / "growth_seams.svg").read_text(encoding="utf-8")
    assert "power 1.00" in drawing
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
