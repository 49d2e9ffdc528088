"""Transits out of a box through its window and into another one: each is found, and the exact judge agrees."""

from dataclasses import replace

import numpy as np
import pytest
from test_transits import dense

from cellwright.cell import Body, Cell, ToolBody
from cellwright.collision.fast import Checker, make_checker, make_scene, random_joints, undecided
from cellwright.collision.judge import judge, overlapping
from cellwright.geometry import Array, frozen, pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.paths.transits import Roadmap, find_transit, make_roadmap
from cellwright.shapes import Cylinder
from small_cell import box, small_cell

PROBLEMS = 6
STEP = 0.02
SIDE, WALL, GAP = 0.7, 0.02, 0.4


def open_box(name: str, x: float, y: float) -> tuple[Body, ...]:
    """A box of 0.7 m, its window of 0.4 m towards the robot."""
    frame, z = (SIDE - GAP) / 2, 0.9

    def wall(k: str, size: tuple[float, float, float], at: tuple[float, float, float]) -> Body:
        return Body(name=f"{name}.{k}", kind="obstacle", shapes=(box(size),), world_T_body=pose(at))

    return (
        wall("back", (WALL, SIDE, SIDE), (x + SIDE / 2, y, z)),
        *(wall(f"side{s}", (SIDE, WALL, SIDE), (x, y + s * SIDE / 2, z)) for s in (-1, 1)),
        *(wall(f"lid{s}", (SIDE, SIDE, WALL), (x, y, z + s * SIDE / 2)) for s in (-1, 1)),
        *(wall(f"frame{s}", (WALL, frame, SIDE), (x - SIDE / 2, y + s * (GAP + frame) / 2, z)) for s in (-1, 1)),
        *(wall(f"sill{s}", (WALL, SIDE, frame), (x - SIDE / 2, y, z + s * (GAP + frame) / 2)) for s in (-1, 1)),
    )


@pytest.fixture(scope="module")
def cell() -> Cell:
    made = small_cell()
    floor = [body for body in made.bodies if body.kind == "floor"]
    bodies = (*open_box("a", 1.35, -0.5), *open_box("b", 1.35, 0.5), *floor)
    shape = Cylinder(radius=0.02, length=0.3, body_T_cylinder=pose((0.0, 0.0, 0.15)))
    rod = replace(made.tool, flange_T_tcp=pose((0.0, 0.0, 0.3)), bodies=(ToolBody(name="rod", shapes=(shape,)),))
    mounted = (made.robot.chain.links[-1], "tool.rod", "mounted")
    made = replace(made, world_T_base=frozen(np.eye(4)), bodies=bodies, tool=rod, allowed=(*made.allowed, mounted))
    return replace(made, allowed=(*made.allowed, *overlapping(made, random_joints(made.robot, 40, seed=1))))


@pytest.fixture(scope="module")
def checker(cell) -> Checker:
    return make_checker(
        cell, make_scene(cell.bodies, focus=np.array([[0.9, -0.9, 0.5], [1.8, 0.9, 1.3]])), working=False
    )


@pytest.fixture(scope="module")
def inside(cell, checker) -> tuple[Array, Array]:
    """Free positions with the tool's tip in one box, and in the other."""
    q = random_joints(cell.robot, 150_000, seed=2)
    tip = (base_T_flange(cell.robot.chain, q) @ cell.tool.flange_T_tcp)[:, :3, 3]
    near = [q[np.abs(tip - (1.35, y, 0.9)).max(1) < 0.3] for y in (-0.5, 0.5)]
    a, b = (some[checker.free(some)][:PROBLEMS] for some in near)
    assert min(len(a), len(b)) >= 3
    n = min(len(a), len(b))
    return a[:n], b[:n]


@pytest.fixture(scope="module")
def roadmap(cell, checker) -> Roadmap:
    robot = cell.robot
    return make_roadmap(checker, lower=robot.lower, upper=robot.upper, weight=1.0 / robot.speed)


@pytest.fixture(scope="module")
def ways(roadmap, inside) -> list[Array]:
    found = [find_transit(roadmap, a, b, seed=0)[0] for a, b in zip(*inside, strict=True)]
    assert all(way.found for way in found)
    return [way.q for way in found]


def test_every_way_from_window_to_window_is_free_for_the_exact_judge(cell, ways):
    assert not undecided(cell)  # the fast check leaves no pair to the judge
    for way in ways:
        judged = judge(cell, dense(way, STEP))

        assert all(near.distance > 0.0 for near in judged.nearest)


def test_ways_begin_and_end_where_they_are_asked_to(ways, inside):
    for way, a, b in zip(ways, *inside, strict=True):
        assert np.array_equal(way[[0, -1]], [a, b])


def test_later_searches_use_the_trees_of_earlier_ones(roadmap, inside):
    known, alone = roadmap, 0
    for a, b in zip(*inside, strict=True):
        alone += len(find_transit(roadmap, a, b, seed=0)[1].node)
        way, known = find_transit(known, a, b, seed=0)

        assert way.found
    assert len(known.node) < alone
