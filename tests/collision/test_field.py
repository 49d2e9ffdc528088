"""Distance fields never promise more room than there is."""

import numpy as np
import pytest
import trimesh

from cellwright.collision.field import Grid, build, look
from cellwright.geometry import Array, pose, turn
from cellwright.shapes import Box, Cylinder, Shape, Sphere, triangles
from test_shapes import SHAPES

STEP = 0.02
BODIES = {
    "box": (SHAPES["box"],),
    "cylinder": (SHAPES["cylinder"],),
    "ball": (SHAPES["sphere"],),
    "thin plate": (Box(size=np.array([0.5, 0.4, 0.003]), body_T_box=pose((0, 0, 0), turn((0.6, 0.8, 0), 0.7))),),
    "three": (
        Box(size=np.array([0.6, 0.1, 0.1]), body_T_box=np.eye(4)),
        Cylinder(radius=0.06, length=0.4, body_T_cylinder=pose((0.1, 0.0, 0.1))),
        Sphere(radius=0.1, centre=np.array([-0.3, 0.2, 0.0])),
    ),
}
ANY = pytest.mark.parametrize("name", BODIES)


def corners_of(shapes: tuple[Shape, ...]) -> Array:
    meshes = [triangles(shape, tolerance=2e-3) for shape in shapes]
    return np.concatenate([mesh.vertices[mesh.faces] for mesh in meshes])


def field(corners: Array, *, room: float = 0.2, band: float = 0.0) -> Grid:
    points = corners.reshape(-1, 3)
    return build(corners, np.stack([points.min(0) - room, points.max(0) + room]), step=STEP, band=band)


def ask(grid: Grid, points: Array, *, enough: float = np.inf) -> Array:
    return np.array([look(grid.distance, grid.low, grid.step, grid.inner, *point, enough) for point in points])


def truth(corners: Array, points: Array) -> Array:
    """Distances (n,) from all triangles by brute force, by another library."""
    best = np.full(len(points), np.inf)
    for triangle in corners:
        nearest = trimesh.triangles.closest_point(np.broadcast_to(triangle, (len(points), 3, 3)), points)
        best = np.minimum(best, np.linalg.norm(nearest - points, axis=1))
    return best


def inside(shapes: tuple[Shape, ...], points: Array) -> np.ndarray:
    found = np.zeros(len(points), bool)
    for shape in shapes:
        mesh = triangles(shape, tolerance=2e-3)
        planes = mesh.vertices[mesh.faces]
        normal = np.cross(planes[:, 1] - planes[:, 0], planes[:, 2] - planes[:, 0])
        found |= (np.einsum("fi,pfi->pf", normal, points[:, None] - planes[:, 0]) < 0).all(1)
    return found


@pytest.fixture(scope="module")
def known():
    """Name -> field, points all around, near the surface too, their true distances, whether they are inside."""
    found = {}
    for name, shapes in BODIES.items():
        corners, rng = corners_of(shapes), np.random.default_rng(3)
        low, high = corners.reshape(-1, 3).min(0) - 0.35, corners.reshape(-1, 3).max(0) + 0.35
        near = corners[rng.integers(0, len(corners), 1500)]
        weight = rng.dirichlet((1, 1, 1), 1500)
        near = np.einsum("nk,nki->ni", weight, near) + rng.normal(scale=STEP, size=(1500, 3))
        points = np.concatenate([rng.uniform(low, high, (1500, 3)), near])
        found[name] = field(corners), points, truth(corners, points), inside(shapes, points)
    return found


@ANY
def test_a_field_never_exceeds_the_true_distance(known, name):
    grid, points, distance, _ = known[name]

    assert (ask(grid, points) - distance).max() < 1e-6


@ANY
@pytest.mark.parametrize("enough", [0.0, 0.05])
def test_asking_for_little_never_exceeds_the_true_distance(known, name, enough):
    grid, points, distance, _ = known[name]
    quick, full = ask(grid, points, enough=enough), ask(grid, points)

    assert (quick - distance).max() < 1e-6
    assert np.array_equal(quick > enough, full > enough)


@ANY
def test_points_inside_closed_bodies_have_no_room(known, name):
    grid, points, _, within = known[name]

    assert ask(grid, points[within]).max(initial=-1.0) <= STEP / 2


@ANY
def test_near_the_surface_at_most_a_step_is_lost(known, name):
    grid, points, distance, within = known[name]
    near = (distance < 2 * STEP) & ~within

    assert near.sum() > 500
    assert (distance - ask(grid, points))[near].max() <= STEP


def lost(known, name: str) -> float:
    grid, points, distance, within = known[name]
    seen = ((points > grid.low) & (points < grid.low + grid.step * (np.array(grid.distance.shape) - 1))).all(1)
    return float((distance - ask(grid, points))[seen & ~within].max())


@ANY
def test_farther_away_the_band_and_two_steps_are_lost_at_most(known, name):
    assert lost(known, name) <= (3.0 + 2.2) * STEP


@ANY
def test_farther_away_little_more_than_two_steps_are_lost(known, name):
    assert lost(known, name) <= 2.7 * STEP


def test_a_wider_band_is_exact_at_the_nodes_within_it():
    corners = corners_of(BODIES["three"])
    grid = field(corners, band=0.1)
    rng = np.random.default_rng(0)
    nodes = np.stack([rng.integers(0, n, 800) for n in grid.distance.shape], -1)
    value = grid.distance[tuple(nodes.T)]
    distance = truth(corners, grid.low + grid.step * nodes)
    exact = (distance < 0.1) & (value >= 0)

    assert exact.sum() > 50
    assert np.allclose(value[exact], distance[exact], atol=1e-6)


def test_an_open_surface_has_no_inside():
    open_box = corners_of(BODIES["box"])[2:]

    assert (field(open_box).distance >= 0).all()


def test_a_closed_body_has_an_inside_where_it_is_thick():
    grid = field(corners_of(BODIES["ball"]))
    middle = np.rint((SHAPES["sphere"].centre - grid.low) / grid.step).astype(int)

    assert grid.distance[tuple(middle)] < -0.05


def test_no_bodies_leave_all_the_room():
    grid = build(np.zeros((0, 3, 3)), np.array([[-0.1] * 3, [0.1] * 3]), step=STEP)

    assert (grid.distance > 1.0).all()


def test_a_field_that_no_kernel_could_count_is_refused():
    corners = np.zeros((1, 3, 3))

    with pytest.raises(ValueError, match=r"a field of 10 x 10 x 10 m with nodes 0\.001 m apart"):
        build(corners, np.array([[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]]), step=0.001)
