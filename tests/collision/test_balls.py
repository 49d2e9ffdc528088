"""Balls cover the surfaces of shapes; the balls of the tree contain those below them."""

import numpy as np
import pytest

from cellwright.collision.balls import Cover, constant, cover, in_groove
from cellwright.geometry import pose, turn_y
from cellwright.shapes import Box, Sphere, triangles
from small_cell import small_cell, torch
from test_shapes import SHAPES, surface


def uncovered(found: Cover, points: np.ndarray) -> float:
    """How far the worst of the points (n, 3) is outside all balls [m]; negative = inside."""
    gaps = np.linalg.norm(points[:, None] - found.balls[:, :3], axis=2) - found.balls[:, 3]
    return float(gaps.min(1).max())


FLAT = [name for name in SHAPES if name not in ("capsule", "flat capsule")]


@pytest.mark.parametrize("size", [0.015, 0.05, 0.2])
@pytest.mark.parametrize("name", FLAT)
def test_every_point_of_the_surface_is_in_a_ball(name, size):
    assert uncovered(cover((SHAPES[name],), constant(size)), surface(SHAPES[name], 1500)) < 1e-9


@pytest.mark.parametrize("size", [0.015, 0.05, 0.2])
@pytest.mark.parametrize("name", ["capsule", "flat capsule"])
def test_every_point_of_a_capsule_is_in_a_ball(name, size):
    assert uncovered(cover((SHAPES[name],), constant(size)), surface(SHAPES[name], 1500)) < 1e-9


def test_many_shapes_are_covered_together():
    shapes = tuple(SHAPES[name] for name in FLAT)
    found = cover(shapes, constant(0.02))

    assert uncovered(found, np.concatenate([surface(shape, 300) for shape in shapes])) < 1e-9


@pytest.mark.parametrize("name", ["mount", "neck", "nozzle", "wire"])
def test_every_point_of_the_torch_is_in_a_ball(name):
    tool = torch()
    tip, along = tool.flange_T_tcp[:3, 3], tool.flange_T_tcp[:3, 2]
    (shape,) = next(body.shapes for body in tool.bodies if body.name == name)
    found = cover((shape,), in_groove(tip, along, share=0.2, least=0.001, most=0.012))

    assert uncovered(found, surface(shape, 1000)) < 1e-9


def test_every_point_of_the_arm_is_in_a_ball():
    for link in small_cell().robot.geometry:
        for capsule in link.capsules:
            assert uncovered(cover((capsule,), constant(0.025)), surface(capsule, 500)) < 1e-9


def test_a_mesh_is_covered_like_the_box_it_is():
    box = Box(size=np.array([0.3, 0.02, 0.1]), body_T_box=pose((0.1, 0, 0), turn_y(0.3)))

    assert uncovered(cover((triangles(box),), constant(0.03)), surface(box, 3000)) < 1e-9


@pytest.mark.parametrize("patch", [0.02, 0.04])
@pytest.mark.parametrize("name", SHAPES)
def test_balls_of_closed_meshes_cover_the_surface_and_stick_out_by_less_than_a_patch(name, patch):
    """A plane that touches the shape from outside is passed by hardly more than the corner of a patch."""
    mesh = triangles(SHAPES[name])
    found = cover((mesh,), constant(0.03), patch=patch)
    around = np.array([*np.eye(3), *-np.eye(3)])
    passed = (found.balls[:, :3] @ around.T + found.balls[:, 3:]).max(0) - (mesh.vertices @ around.T).max(0)

    assert uncovered(found, surface(SHAPES[name], 1500)) < 1e-9
    assert passed.max() <= patch


@pytest.mark.parametrize("size", [0.015, 0.05])
def test_balls_are_not_much_larger_than_asked(size):
    for name in ("box", "cylinder"):
        balls = cover((SHAPES[name],), constant(size)).balls
        # a cell of triangles of this size in a lattice of half of it
        assert balls[:, 3].max() < max(2 * size, 0.056)


def test_every_ball_of_the_tree_contains_the_leaves_below_it():
    found = cover(tuple(SHAPES.values()), constant(0.01))
    nodes, after = found.in_order()
    leaf = after == np.arange(1, len(after) + 1)

    assert after[0] == len(nodes)
    assert (after > np.arange(len(after))).all()
    assert sorted(map(tuple, nodes[leaf])) == sorted(map(tuple, found.balls))
    for node, (ball, skip) in enumerate(zip(nodes, after, strict=True)):
        below = nodes[node:skip][leaf[node:skip]]
        assert (np.linalg.norm(below[:, :3] - ball[:3], axis=1) + below[:, 3]).max() <= ball[3] + 1e-6


@pytest.mark.parametrize("count", [1, 2, 3, 5, 17, 100])
def test_a_tree_has_every_ball_as_a_leaf(count):
    shapes = tuple(Sphere(radius=0.01 + 0.001 * i, centre=np.array([0.1 * i, 0.0, 0.0])) for i in range(count))
    found = cover(shapes, constant(0.01))

    assert sorted(found.balls[:, 3]) == pytest.approx([0.01 + 0.001 * i for i in range(count)], rel=1e-5)
    assert len(found.in_order()[0]) <= 2 * count


def test_the_same_shapes_give_the_same_balls():
    shapes = tuple(shape for body in small_cell().bodies[:2] for shape in body.shapes)

    assert cover(shapes, constant(0.01)).balls.tobytes() == cover(shapes, constant(0.01)).balls.tobytes()


def test_a_tree_is_as_deep_as_its_longest_row_of_groups():
    """Halving keeps trees flat: what walks down them needs no more room than that."""
    found = cover((SHAPES["box"],), constant(0.01))
    n = len(found.balls)

    assert n > 256
    assert 16 ** (found.depth - 1) < n
    assert found.depth <= 2 + np.log(n) / np.log(16)
