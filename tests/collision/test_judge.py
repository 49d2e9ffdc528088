"""The judge against distances measured at every row, and the laws of distances."""

from dataclasses import replace
from functools import cache

import fcl
import numpy as np
import pytest
from test_fast import Exact, parts

from cellwright.cell import Body, Cell
from cellwright.collision.containing import contained
from cellwright.collision.exact import between, distance_at, measure, moving, near_rows, standing
from cellwright.collision.judge import Judgement, judge, overlapping
from cellwright.geometry import Array, pose, turn_z
from cellwright.kinematics.chain import base_T_links
from cellwright.shapes import Mesh, Sphere, triangles
from small_cell import cell_at, joints, small_cell

LINKS = frozenset(link.link for link in small_cell().robot.geometry)


@cache
def over_the_part() -> Array:
    """A short motion (n, dof) across the table, near the part."""
    cell = small_cell()
    start, end = cell.home.copy(), cell.home.copy()
    start[:3], end[:3] = (-0.25, -1.2, 1.5), (0.25, -0.95, 1.35)
    return start + np.linspace(0, 1, 60)[:, None] * (end - start)


def own(name: str) -> bool:
    return name in LINKS or name.startswith("tool.")


def distances(cell: Cell, q: Array) -> dict[tuple[str, str], Array]:
    """Pair -> distance (n,) at every row, by a model of the engine built here."""
    exact = Exact(cell)
    chain = cell.robot.chain
    meshed = {}
    frame = {name: f for name, f, _, _ in exact.own}
    shapes = {link.link: link.capsules for link in cell.robot.geometry}
    shapes |= {f"tool.{body.name}": body.shapes for body in cell.tool.bodies}
    for name in frame:
        models = [triangles(s, tolerance=max(2e-4, 0.01 * s.radius)) for s in shapes[name]]
        meshed[name] = [model_of(mesh) for mesh in models]
    found = {(a, b): np.full(len(q), np.inf) for a in frame for b, _ in exact.still if (a, b) not in exact.allowed}
    for row, at in enumerate(q):
        frames = cell.world_T_base @ base_T_links(chain, at)
        frames = np.concatenate([frames, (frames[-1] @ chain.last_T_flange)[None]])
        for (a, b), values in found.items():
            body = next(body for body in cell.bodies if body.name == b)
            still = fcl.CollisionObject(model_of(triangles(body.shapes[0])), fcl.Transform(*parts(body.world_T_body)))
            for model in meshed[a]:
                moving = fcl.CollisionObject(model, fcl.Transform(*parts(frames[frame[a]])))
                values[row] = min(values[row], fcl.distance(moving, still, fcl.DistanceRequest(), fcl.DistanceResult()))
    return found


def model_of(mesh: Mesh) -> fcl.BVHModel:
    model = fcl.BVHModel()
    model.beginModel(len(mesh.vertices), len(mesh.faces))
    model.addSubModel(mesh.vertices, mesh.faces)
    model.endModel()
    return model


def by_pair(judgement: Judgement) -> dict[tuple[str, str], float]:
    return {near.bodies: near.distance for near in judgement.nearest}


def test_skipping_rows_loses_no_nearness():
    cell, q = small_cell(), over_the_part()
    truth = distances(cell, q)
    judgement = judge(cell, q, horizon=0.3)
    judged = {pair: d for pair, d in by_pair(judgement).items() if not (own(pair[0]) and own(pair[1]))}
    near = {pair: float(d.min()) for pair, d in truth.items() if d.min() < 0.3 and pair[0] != "base_link"}

    assert len(near) > 5
    assert {pair: max(0.0, d) for pair, d in near.items()} == pytest.approx(
        {pair: d for pair, d in judged.items() if pair[0] != "base_link"}, abs=1e-6
    )
    rows = {near.bodies: near.row for near in judgement.nearest}
    assert all(truth[pair][rows[pair]] == pytest.approx(d, abs=1e-6) for pair, d in near.items())
    assert judgement.measured < judgement.pairs * judgement.rows


def test_the_nearest_points_are_as_far_apart_as_the_bodies():
    judgement = judge(small_cell(), over_the_part(), horizon=0.3)

    for near in judgement.nearest:
        assert np.linalg.norm(np.subtract(*near.points)) == pytest.approx(near.distance, abs=1e-6)
    on_table = next(near.points[1] for near in judgement.nearest if near.bodies[1] == "table")
    assert on_table[2] == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize("lift", [0.0, 0.4])
def test_moving_the_whole_cell_changes_no_distance(lift):
    cell, q = small_cell(), over_the_part()
    new_T_old = pose((2.0, -3.0, lift), turn_z(0.83))
    there = replace(
        cell,
        world_T_base=new_T_old @ cell.world_T_base,
        frames={name: new_T_old @ frame for name, frame in cell.frames.items()},
        bodies=tuple(replace(body, world_T_body=new_T_old @ body.world_T_body) for body in cell.bodies),
    )
    here, moved = judge(cell, q, horizon=0.2), judge(there, q, horizon=0.2)

    assert by_pair(moved) == pytest.approx(by_pair(here), abs=1e-7)
    assert len(by_pair(here)) > 3


def test_the_way_back_is_as_near_as_the_way_there():
    cell, q = small_cell(), over_the_part()

    assert by_pair(judge(cell, q[::-1], horizon=0.2)) == pytest.approx(by_pair(judge(cell, q, horizon=0.2)), abs=1e-7)


def test_a_wider_horizon_reports_the_same_distances_and_more_pairs():
    cell, q = small_cell(), over_the_part()
    narrow, wide = by_pair(judge(cell, q, horizon=0.1)), by_pair(judge(cell, q, horizon=0.4))

    assert narrow.keys() < wide.keys()
    assert {pair: wide[pair] for pair in narrow} == pytest.approx(narrow, abs=1e-6)
    assert all(d < 0.1 for d in narrow.values())


def test_the_nearest_comes_first_and_the_tool_at_the_part_is_at_work():
    judgement = judge(small_cell(), over_the_part(), horizon=0.3)

    assert [n.distance for n in judgement.nearest] == sorted(n.distance for n in judgement.nearest)
    assert all(
        near.at_work == (near.bodies[0].startswith("tool.") and near.bodies[1] in ("part.s1", "part.s2", "table"))
        for near in judgement.nearest
    )


def test_allowed_pairs_are_not_judged_and_are_told():
    cell = small_cell()
    judgement = judge(cell, over_the_part(), horizon=1.0)
    allowed = {(a, b) for a, b, _ in judgement.allowed}

    assert not allowed & {near.bodies for near in judgement.nearest}
    assert {(a, b) for a, b, _ in cell.allowed} <= allowed


def with_ball(cell: Cell, centre: Array, radius: float) -> Cell:
    ball = triangles(Sphere(radius=radius, centre=np.zeros(3)))
    return replace(
        cell, bodies=(*cell.bodies, Body(name="ball", kind="obstacle", shapes=(ball,), world_T_body=pose(centre)))
    )


def test_what_starts_inside_a_body_is_told():
    cell, q = small_cell(), small_cell().home
    wrist = (cell.world_T_base @ base_T_links(cell.robot.chain, q))[5, :3, 3]
    swallowed = contained(with_ball(cell, wrist, 0.9), q)

    assert ("link_5", "ball") in swallowed
    assert ("base_link", "ball") not in swallowed  # neither moves
    assert not contained(cell, q)
    assert not contained(with_ball(cell, wrist + np.array([0.0, 0.0, 2.0]), 0.3), q)


def test_only_pairs_that_always_overlap_are_left_out():
    cell = cell_at(pose((-1.35, 0.0, 0.0)))
    q = joints(cell, 40, seed=1)
    found = overlapping(cell, q)
    wider = replace(cell, allowed=(*cell.allowed, *found))

    assert all(own(a) and own(b) and "all of 40 random positions" in why for a, b, why in found)
    assert not overlapping(wider, q)
    assert ("link_4", "tool.mount") not in {(a, b) for a, b, _ in wider.allowed}


def test_turning_the_first_joint_changes_no_distance_within_the_robot():
    """Turning the first joint is turning the arm: without walls only the self distances matter, which stay."""
    cell = replace(small_cell(), bodies=())
    q = over_the_part()
    turned = q + np.array([0.4, 0, 0, 0, 0, 0])

    assert by_pair(judge(cell, turned)) == pytest.approx(by_pair(judge(cell, q)), abs=1e-7)


def test_a_measurement_bounds_every_other_place():
    cell, q = small_cell(), joints(small_cell(), 40, seed=2)
    things = moving(cell, q)
    nozzle, neck = (next(t for t in things if t.name == f"tool.{name}") for name in ("nozzle", "neck"))
    forearm = next(t for t in things if t.name == "link_3")
    for a, b in ((nozzle, standing(cell.bodies)[0]), (neck, standing(cell.bodies)[1]), (forearm, nozzle)):
        rows = np.arange(len(q))
        truth = np.array([distance_at(a, b, int(row)) for row in rows])
        found = [measure(a, b, int(row))[0] for row in rows[:8] if truth[row] > 0]
        assert len(found) > 3
        assert all((here.bound(between(a, b, rows)) <= np.maximum(truth, 0.0) + 1e-9).all() for here in found)
        assert all(here.bound(between(a, b, rows))[k] == pytest.approx(truth[k]) for k, here in enumerate(found))
        near, least = near_rows(a, b, 0.5)
        assert (least <= np.maximum(truth, 0.0)[near] + 1e-12).all()
        assert set(np.flatnonzero(truth < 0.5)) <= set(near)


def test_one_position_is_judged_too():
    cell, q = small_cell(), over_the_part()

    assert by_pair(judge(cell, q[:1], horizon=0.3)).keys() >= {("tool.wire", "table")}
