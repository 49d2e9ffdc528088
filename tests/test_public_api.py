"""The public face: importing it costs nothing, and its names are functions."""

import ast
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cellwright as cw

SOURCE = Path(cw.__file__).read_text(encoding="utf-8")
ARM = ("fk", "ik", "jacobian", "manipulability", "singularity")
HEAVY = ("numpy", "numba", "pydantic", "yaml", "trimesh", "fcl", "viser", "OCP", "rich", "typer")


def promised() -> dict[str, str]:
    """Return name -> module of what the block for type checkers promises again under its own name."""
    (block,) = (node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    return {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.asname
    }


def run(code: str) -> str:
    """Return what a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy():
    loaded = run("import sys, cellwright; print(*sorted({m.split('.')[0] for m in sys.modules}))").split()

    assert set(loaded).isdisjoint(HEAVY)


def test_the_help_of_the_command_line_loads_no_engine():
    code = "import sys\nfrom cellwright.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
    loaded = run(code + "print(*sorted({m.split('.')[0] for m in sys.modules}))").splitlines()[-1].split()

    assert "typer" in loaded
    assert set(loaded).isdisjoint(set(HEAVY) - {"typer"})


def test_what_type_checkers_are_told_is_what_is_there():
    assert promised() == cw._HOMES


@pytest.mark.parametrize("name", sorted([*cw._HOMES, *ARM]))
def test_every_public_name_is_a_function_or_a_class_with_a_docstring(name):
    value = getattr(cw, name)

    assert callable(value)
    assert value.__doc__
    assert name in dir(cw)


def test_no_public_name_is_hidden_by_a_module_of_the_same_name():
    modules = {module.name for module in pkgutil.iter_modules(cw.__path__)}

    assert modules.isdisjoint({*cw._HOMES, *ARM})


def test_a_name_that_nobody_has_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        cw.fly  # noqa: B018  the access is the test


@pytest.fixture(scope="module")
def robot():
    return cw.load_robot("estun/iER20-1760")


def test_ik_turns_fk_around(robot):
    rng = np.random.default_rng(0)
    q = rng.uniform(0.6 * robot.lower, 0.6 * robot.upper, (50, robot.dof))
    wanted = cw.fk(robot, q)

    found = cw.ik(robot, wanted)

    assert wanted.shape == (50, 4, 4)
    assert found.q.shape == (50, 8, robot.dof)
    there = np.isfinite(found.q).all(-1)
    assert there.any(1).all()
    np.testing.assert_allclose(cw.fk(robot, found.q[there]), np.repeat(wanted, there.sum(1), axis=0), atol=1e-9)


def test_fk_takes_plain_lists_and_any_number_of_leading_axes(robot):
    home = robot.home.tolist()

    assert cw.fk(robot, home).shape == (4, 4)
    assert cw.fk(robot, [[home, home]]).shape == (1, 2, 4, 4)


def test_ik_of_one_pose_without_its_leading_axis_is_refused(robot):
    with pytest.raises(ValueError, match="shape"):
        cw.ik(robot, np.eye(4))
