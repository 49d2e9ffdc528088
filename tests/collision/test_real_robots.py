"""Real robots with their own meshes in cluttered cells, against Coal: a sample of the sweep in ``benchmarks``."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("coal", reason="Coal judges, and is not installed")
pytest.importorskip("pinocchio", reason="pinocchio moves the rival, and is not installed")


@pytest.fixture(scope="module")
def sweep() -> ModuleType:
    file = Path(__file__).parents[2] / "benchmarks" / "collision.py"
    spec = importlib.util.spec_from_file_location("collision_sweep", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(file.parent)
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "cell"), [("kuka_kr10_r1100_2", "benches"), ("abb_irb1200_5_90", "shelves")])
def test_no_position_called_free_touches_and_few_are_lost(sweep, real_data, name, cell):
    made = sweep.robot(name)
    there = sweep.make_cell(made, tuple(sweep.CELLS[cell]()))
    checker = sweep.make_ours(there)
    exact = sweep.Exact(there, checker)
    q = sweep.random_joints(made, 600, seed=3)
    free = checker.free(q)
    lost = [row for row in q[~free] if not exact.touches(row)]

    assert free.sum() > 200
    assert not any(exact.touches(row) for row in q[free])
    assert len(lost) <= 0.06 * len(q)  # the whole sweep of the benchmark loses 0.8 to 3.6 %
    assert sum(exact.room(row) > sweep.MARGIN for row in lost) < 0.02 * len(q)
