"""Every language on three robots: what its writer writes, the other author's reader reads back as the plan."""

import math
import sys
from dataclasses import replace
from pathlib import Path as File

import numpy as np
import pytest

sys.path.insert(0, str(File(__file__).parent))

from brand_paths import PATHS, ROBOTS, plan_of, robot_for

from cellwright.geometry import frozen, pose, rotation_vector
from cellwright.programs import program
from cellwright.programs.proof import prove
from cellwright.programs.writers import WRITERS, aubo, dobot, fanuc, jaka, kawasaki, mitsubishi, staubli, ur, yaskawa
from cellwright.programs.writers.numbers import fixed_xyz, fixed_xyz_form, moving_xyz_form, zyz_form


def test_every_language_has_three_robots():
    assert set(ROBOTS) == set(WRITERS)
    assert all(len(set(keys)) == 3 for keys in ROBOTS.values())


# each robot of a brand makes two of the six paths; the sweep makes them all (scripts/prove_brands.py)
SAMPLE = [
    (brand, key, PATHS[(2 * k + n) % len(PATHS)])
    for brand, keys in ROBOTS.items()
    for k, key in enumerate(keys)
    for n in range(2)
]


@pytest.mark.parametrize(("brand", "key", "path"), SAMPLE)
def test_the_program_says_what_the_plan_says(brand, key, path):
    plan = plan_of(robot_for(brand, key), path)
    proof = program(plan).proof

    assert proof.ok, [(finding.code, finding.what, finding.where) for finding in proof.findings]
    assert proof.worst_distance <= 1e-5
    assert proof.worst_via <= 1e-5
    assert max(proof.worst_angle, proof.worst_joint) <= math.radians(0.01)
    assert proof.signals == sum(len(move.events) for move in plan.path.moves)
    assert proof.understood == 1.0


WRONG = [
    (fanuc, "_FORM", moving_xyz_form(3, 3)),
    (fanuc, "_FORM", zyz_form(3, 3)),
    (yaskawa, "_FORM", moving_xyz_form(3, 4)),
    (kawasaki, "_FORM", fixed_xyz_form(3, 4)),
    (staubli, "_FORM", fixed_xyz_form(4, 6)),
    (jaka, "_FORM", moving_xyz_form(4, 6)),
    (dobot, "_FORM", zyz_form(4, 6)),
    (mitsubishi, "_FORM", moving_xyz_form(4, 5)),
    (aubo, "fixed_xyz", lambda rotation: tuple(rotation_vector(rotation))),
    (ur, "rotation_vector", lambda rotation: np.array(fixed_xyz(rotation))),
]


@pytest.mark.parametrize(("module", "name", "wrong"), WRONG)
def test_a_wrong_convention_of_orientation_in_the_writer_alone_is_found(module, name, wrong, monkeypatch):
    brand = module.__name__.rpartition(".")[2]
    monkeypatch.setattr(module, name, wrong)

    assert not program(plan_of(robot_for(brand, ROBOTS[brand][0]), "arc")).proof.ok


@pytest.mark.parametrize("brand", sorted(ROBOTS))
def test_a_wrong_axis_root_or_face_in_the_writer_alone_is_found(brand):
    robot = robot_for(brand, ROBOTS[brand][1])
    plan = plan_of(robot, "line")
    right = robot.controller
    shifted = frozen(pose((0.0, 0.0, 0.00003)))
    wrongs = [replace(right, base_T_root=frozen(right.base_T_root @ shifted)), replace(right, flange_T_mount=shifted)]
    if brand != "yaskawa":  # its joint targets are poses
        for axis in range(6):
            turned = right.axis_map.copy()
            turned[axis] *= -1.0
            zero = right.axis_zero.copy()
            zero[axis] += math.radians(0.02)
            wrongs += [replace(right, axis_map=frozen(turned)), replace(right, axis_zero=frozen(zero))]
    for wrong in wrongs:
        other = replace(plan, cell=replace(plan.cell, robot=replace(robot, controller=wrong)))
        assert not prove(plan, WRITERS[brand](other)).ok
