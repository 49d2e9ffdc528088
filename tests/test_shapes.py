"""Shapes, their triangles and their bounds."""

import numpy as np
import pytest
import trimesh

from cellwright.geometry import pose, turn
from cellwright.shapes import Box, Capsule, Cylinder, Mesh, Shape, Sphere, bounds, moved, triangles

A_T_BODY = pose((0.3, -0.2, 0.5), turn(np.array([1.0, 2.0, 3.0]) / np.sqrt(14.0), 1.1))
PLACE = pose((0.1, 0.2, -0.3), turn(np.array([2.0, -1.0, 2.0]) / 3.0, 2.2))
SHAPES = {
    "box": Box(size=np.array([0.4, 0.2, 0.1]), body_T_box=PLACE),
    "cylinder": Cylinder(radius=0.05, length=0.3, body_T_cylinder=PLACE),
    "thin": Cylinder(radius=0.0006, length=0.015, body_T_cylinder=PLACE),
    "sphere": Sphere(radius=0.08, centre=np.array([0.1, 0.0, 0.2])),
    "capsule": Capsule(start=np.array([0.0, 0.1, 0.2]), end=np.array([0.3, 0.1, 0.0]), radius=0.06),
    "flat capsule": Capsule(start=np.array([0.0, 0.1, 0.2]), end=np.array([0.001, 0.1, 0.2]), radius=0.06),
    "ball capsule": Capsule(start=np.array([0.1, 0.1, 0.2]), end=np.array([0.1, 0.1, 0.2]), radius=0.06),
}
ANY = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def volume(shape: Shape) -> float:
    match shape:
        case Box(size=size):
            return float(np.prod(size))
        case Cylinder(radius=r, length=length):
            return np.pi * r * r * length
        case Sphere(radius=r):
            return 4 / 3 * np.pi * r**3
        case Capsule(start=a, end=b, radius=r):
            return np.pi * r * r * float(np.linalg.norm(b - a)) + 4 / 3 * np.pi * r**3
    raise AssertionError(shape)


def surface(shape: Shape, n: int, seed: int = 0) -> np.ndarray:
    """Points (n, 3) on the surface in the body's frame, by the definition of the shape and not by its triangles."""
    rng = np.random.default_rng(seed)
    ball = rng.normal(size=(n, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    match shape:
        case Box(size=size, body_T_box=body_T_box):
            points = rng.uniform(-0.5, 0.5, (n, 3))
            side = rng.integers(0, 3, n)
            points[np.arange(n), side] = np.sign(points[np.arange(n), side]) / 2
            return points * size @ body_T_box[:3, :3].T + body_T_box[:3, 3]
        case Cylinder(radius=r, length=length, body_T_cylinder=body_T_cylinder):
            angle, high = rng.uniform(0, 2 * np.pi, n), rng.uniform(-0.5, 0.5, n) * length
            reach = np.where(np.arange(n) % 3 == 0, r * np.sqrt(rng.random(n)), r)
            high = np.where(np.arange(n) % 3 == 0, np.sign(high) * length / 2, high)
            points = np.stack([reach * np.cos(angle), reach * np.sin(angle), high], -1)
            return points @ body_T_cylinder[:3, :3].T + body_T_cylinder[:3, 3]
        case Sphere(radius=r, centre=centre):
            return centre + r * ball
        case Capsule(start=a, end=b, radius=r):
            core = a + rng.random((n, 1)) * (b - a)
            along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-300)
            wall = ball - (ball @ along)[:, None] * along
            wall /= np.linalg.norm(wall, axis=1, keepdims=True)
            caps = np.where((ball @ along > 0)[:, None], b, a) + r * ball
            return np.where((np.arange(n) % 2 == 0)[:, None], core + r * wall, caps)
    raise AssertionError(shape)


@ANY
def test_triangles_bound_a_volume_with_normals_outwards(shape):
    mesh = triangles(shape)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)

    assert mesh.closed
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume > 0


@ANY
def test_triangles_have_nearly_the_volume_of_the_shape(shape):
    mesh = triangles(shape, tolerance=1e-4)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)

    # all that is too much lies within a skin of the tolerance, twice: round the axis and along the profile
    assert 0.9999 * volume(shape) <= solid.volume <= volume(shape) + 3e-4 * solid.area


@ANY
@pytest.mark.parametrize("tolerance", [2e-4, 2e-3])
def test_triangles_contain_the_shape(shape, tolerance):
    mesh = triangles(shape, tolerance=tolerance)
    corners = mesh.vertices[mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    # the shapes are convex, so inside is behind every face
    height = np.einsum("fi,pfi->pf", normal, surface(shape, 2000)[:, None] - corners[:, 0])

    assert height.max() < 1e-9


@pytest.mark.parametrize("tolerance", [2e-4, 2e-3])
def test_a_cylinder_bulges_by_the_tolerance_at_most(tolerance):
    shape = SHAPES["cylinder"]
    local = (triangles(shape, tolerance=tolerance).vertices - PLACE[:3, 3]) @ PLACE[:3, :3]

    assert (np.hypot(local[:, 0], local[:, 1]) - shape.radius).max() <= tolerance * (1 + 1e-9)
    assert np.abs(local[:, 2]).max() <= shape.length / 2 + 1e-12


def bulge(shape: Sphere | Capsule, tolerance: float) -> float:
    a, b = (shape.centre, shape.centre) if isinstance(shape, Sphere) else (shape.start, shape.end)
    points = triangles(shape, tolerance=tolerance).vertices
    share = np.clip((points - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-300), 0, 1)
    return float((np.linalg.norm(points - a - share[:, None] * (b - a), axis=1) - shape.radius).max())


@ANY
def test_moving_a_shape_is_moving_its_points(shape):
    there = moved(shape, A_T_BODY)
    points = surface(shape, 500)
    expected = points @ A_T_BODY[:3, :3].T + A_T_BODY[:3, 3]

    assert np.allclose(surface(there, 500) if isinstance(shape, Box | Cylinder) else expected, expected, atol=1e-12)
    assert np.allclose(bounds(triangles(there)), bounds(moved(triangles(shape), A_T_BODY)), atol=5e-4)


@ANY
def test_moving_there_and_back_changes_nothing(shape):
    back = moved(moved(shape, A_T_BODY), np.linalg.inv(A_T_BODY))

    assert np.allclose(bounds(back), bounds(shape), atol=1e-12)
    assert np.allclose(triangles(back).vertices, triangles(shape).vertices, atol=1e-12)


@ANY
def test_bounds_are_tight_round_the_shape(shape):
    low, high = bounds(shape)
    points = surface(shape, 20_000)

    assert (points >= low - 1e-12).all()
    assert (points <= high + 1e-12).all()
    size = float((high - low).max())
    assert np.allclose(points.min(0), low, atol=0.05 * size)
    assert np.allclose(points.max(0), high, atol=0.05 * size)


def test_a_mesh_is_its_own_triangles():
    mesh = triangles(SHAPES["box"])

    assert triangles(mesh) is mesh
    assert isinstance(moved(mesh, A_T_BODY), Mesh)
