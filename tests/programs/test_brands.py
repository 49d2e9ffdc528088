"""Every language on three robots: what its writer writes, the other author's reader reads back as the plan."""

import math
import sys
from pathlib import Path as File

import pytest

sys.path.insert(0, str(File(__file__).parent))

from brand_paths import PATHS, ROBOTS, plan_of, robot_for

from cellwright.programs import program
from cellwright.programs.writers import WRITERS


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
