"""Compiled kernels are kept where an edit of any kernel that they call does not find them."""

import importlib
from pathlib import Path

import pytest

import cellwright
from cellwright import compiled

ROOT = Path(cellwright.__file__).parent
MODULES = [
    ".".join(("cellwright", *file.relative_to(ROOT).with_suffix("").parts))
    for file in sorted(ROOT.rglob("*.py"))
    if "\n@kernel" in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_sources_of_a_module_hold_every_kernel_that_it_can_call(name):
    module = importlib.import_module(name)
    called = {Path(value.py_func.__code__.co_filename) for value in vars(module).values() if hasattr(value, "py_func")}

    assert called
    assert called <= set(compiled._sources(Path(module.__file__), {}))


def test_an_edit_far_below_moves_the_folder(tmp_path):
    (tmp_path / "far.py").write_text("from .compiled import kernel\n", encoding="utf-8")
    (tmp_path / "near.py").write_text("from .compiled import kernel\nfrom .far import x\n", encoding="utf-8")
    before = compiled._folder(tmp_path / "near.py")
    assert compiled._folder(tmp_path / "near.py") == before
    (tmp_path / "far.py").write_text("from .compiled import kernel  # edited\n", encoding="utf-8")

    assert compiled._folder(tmp_path / "near.py") != before
