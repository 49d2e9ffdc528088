"""Bodies that move by themselves: fast check and judge are asked with the joints of all, the robot's and theirs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from test_fast import Exact, pairs_of

from cellwright.cell import Body, Cell, Mechanism, attached, put_down, world_T_carried
from cellwright.collision.containing import contained
from cellwright.collision.fast import Checker, body_names, make_checker, make_fields, make_scene, standing_bodies
from cellwright.collision.judge import judge
from cellwright.geometry import Array, frozen, inv, pose, turn_y, turn_z
from cellwright.kinematics.chain import Chain
from cellwright.shapes import Box
from small_cell import FOCUS, joints, small_cell


def chain_of(*kinds: str) -> Chain:
    """Joints in a row, each 0.1 m above the one before: ``turn`` about z, ``tilt`` about y, ``slide`` along x."""
    axes = {"turn": (0.0, 0.0, 1.0), "tilt": (0.0, 1.0, 0.0), "slide": (1.0, 0.0, 0.0)}
    return Chain(
        joints=kinds, links=("foot", *kinds), parent_T_joint=np.array([pose((0.0, 0.0, 0.1)) for _ in kinds]),
        axis=np.array([axes[kind] for kind in kinds]), prismatic=np.array([kind == "slide" for kind in kinds]),
        last_T_flange=np.eye(4),
    )  # fmt: skip


def block(name: str, size: tuple[float, float, float], at: Array) -> Body:
    return Body(name=name, kind="fixture", shapes=(Box(size=np.array(size), body_T_box=np.eye(4)),), world_T_body=at)


def mechanism(name: str, at: Array, *kinds: str, carries: tuple[tuple[str, int], ...]) -> Mechanism:
    n = len(kinds)
    return Mechanism(
        name=name, chain=chain_of(*kinds), world_T_base=at, lower=np.full(n, -1.5), upper=np.full(n, 1.5),
        carries=carries,
    )  # fmt: skip


@cache
def cell_with_two() -> Cell:
    """The small cell with a door on a hinge and a plate on a table that tilts, then turns."""
    cell = small_cell()
    door = block("door", (0.02, 0.9, 0.7), pose((-0.5, 0.5, 1.3)))
    plate = block("plate", (0.5, 0.4, 0.02), pose((0.45, 0.6, 1.3)))
    post = block("post", (0.05, 0.05, 0.3), pose((0.45, 0.75, 1.45)))
    return replace(
        cell,
        bodies=(*cell.bodies, door, plate, post),
        mechanisms=(
            mechanism("hinge", pose((-0.5, 0.95, 1.0)), "turn", carries=(("door", 0),)),
            mechanism("table", pose((0.45, 0.6, 1.0)), "tilt", "turn", carries=(("plate", 1), ("post", 1))),
        ),
    )


@cache
def checker() -> Checker:
    cell = cell_with_two()
    scene = make_scene(standing_bodies(cell), focus=FOCUS)
    return make_checker(cell, scene, working=False, fields=make_fields(cell))


def positions(count: int, *, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return np.concatenate([joints(small_cell(), count, seed=seed), rng.uniform(-1.5, 1.5, (count, 3))], 1)


def frozen_at(cell: Cell, q: Array) -> Cell:
    """The cell with everything standing still where the mechanisms have it at ``q`` (dof,)."""
    at = world_T_carried(cell, q[None])
    bodies = (replace(body, world_T_body=at.get(body.name, body.world_T_body[None])[0]) for body in cell.bodies)
    return replace(cell, bodies=tuple(bodies), mechanisms=())


def test_what_a_joint_carries_turns_about_its_axis():
    at = world_T_carried(cell_with_two(), np.array([[0.0] * 6 + [0.7, 0.3, -1.1]]))
    hinge, table = pose((-0.5, 0.95, 1.1)), pose((0.45, 0.6, 1.1))
    tilt, turned = pose(rotation=turn_y(0.3)), pose(rotation=turn_z(-1.1))
    up = pose((0.0, 0.0, 0.1))

    assert np.allclose(at["door"][0], hinge @ pose(rotation=turn_z(0.7)) @ inv(hinge) @ pose((-0.5, 0.5, 1.3)))
    assert np.allclose(inv(at["plate"][0]) @ at["post"][0], pose((0.0, 0.15, 0.15)))
    assert np.allclose(at["plate"][0], table @ tilt @ up @ turned @ inv(table @ up) @ pose((0.45, 0.6, 1.3)))


def test_as_many_joints_as_the_cell_has_are_asked_for():
    with pytest.raises(ValueError, match="6 joint positions for a cell of 9"):
        checker().free(joints(small_cell(), 3, seed=0))


def test_nothing_that_moves_is_missed():
    """What is called free touches nothing by the exact primitives, wherever the mechanisms have taken the bodies."""
    cell, q = cell_with_two(), positions(1500, seed=1)
    free = checker().free(q)
    still = make_checker(small_cell(), make_scene(small_cell().bodies, focus=FOCUS), working=False).free(q[:, :6])
    exact = [Exact(frozen_at(cell, row)) for row in q[free][:300]]
    wrong = [
        pair
        for row, one in zip(q[free], exact, strict=False)
        for pair in one.touching(row[:6], selves=pairs_of(checker()), without=frozenset())
    ]

    assert not wrong
    assert (still & ~free).sum() > 30
    assert not (free & ~still).any()


def test_the_judge_says_of_a_moving_body_what_it_says_of_one_that_stands_there():
    cell, start = cell_with_two(), np.concatenate([small_cell().home, [0.0, 0.0, 0.0]])
    end = start + np.array([0.4, 0.1, -0.2, 0.3, 0.2, 0.1, 0.9, -0.6, 1.2])
    q = start + np.linspace(0, 1, 12)[:, None] * (end - start)
    whole = judge(cell, q, horizon=0.6)
    each = [judge(frozen_at(cell, row), row[None, :6], horizon=0.6) for row in q]
    names = {link.link for link in cell.robot.geometry} | {f"tool.{body.name}" for body in cell.tool.bodies}
    found = [near for near in whole.nearest if {"door", "plate", "post"} & set(near.bodies)]

    assert any(set(near.bodies) & names for near in found)
    for near in found:
        if not set(near.bodies) & names:
            continue
        there = min(n.distance for one in each for n in one.nearest if set(n.bodies) == set(near.bodies))
        assert near.distance == pytest.approx(there, abs=2e-7)
        if near.distance > 0.0:
            apart = np.linalg.norm(np.subtract(*near.points))
            assert apart == pytest.approx(near.distance, abs=1e-6)


def test_the_judge_sees_two_moving_bodies_meet():
    cell = cell_with_two()
    wall = block("wall", (0.02, 0.5, 0.5), pose((0.16, 0.6, 1.3)))
    cell = replace(cell, bodies=(*cell.bodies, wall))
    q = np.tile(np.concatenate([cell.home, [0.0, 0.0, 0.0]]), (30, 1))
    q[:, 8] = np.linspace(0.0, 1.5, 30)
    found = {frozenset(near.bodies): near.distance for near in judge(cell, q).nearest}

    assert found[frozenset(("wall", "plate"))] == 0.0
    assert frozenset(("plate", "post")) not in found


def test_a_body_that_a_mechanism_brings_inside_another_is_found():
    cell = cell_with_two()
    cell = replace(cell, bodies=(*cell.bodies, block("chest", (1.0, 1.0, 1.0), pose((0.45, 0.6, 4.0)))))
    lift = mechanism("lift", pose((0.45, 0.6, 0.0)), "slide", carries=(("chest", 0),))
    up = replace(lift, chain=replace(lift.chain, axis=np.array([[0.0, 0.0, 1.0]])))
    cell = replace(cell, mechanisms=(*cell.mechanisms, up))
    home = np.concatenate([cell.home, [0.0, 0.0, 0.0]])

    assert ("post", "chest") in contained(cell, np.array([*home, -2.6]))
    assert ("post", "chest") not in contained(cell, np.array([*home, 0.0]))


def test_what_is_picked_up_moves_with_the_flange_and_stays_where_it_is_put():
    cell = small_cell()
    box = block("crate", (0.2, 0.15, 0.1), pose((0.3, 0.3, 1.2)))
    cell = replace(cell, bodies=(*cell.bodies, box), allowed=(*cell.allowed, ("crate", "table", "it lies there")))
    scene = make_scene(standing_bodies(cell, ("crate",)), focus=FOCUS)
    fields = make_fields(cell, ("crate",))
    q = joints(cell, 1500, seed=3)
    standing = make_checker(cell, scene, working=False, fields=fields)
    held = attached(cell, "crate", pose((0.0, 0.0, 0.45)))
    holding = make_checker(held, scene, working=False, fields=fields)
    there = put_down(held, box, frozen(pose((-0.3, 0.4, 1.25))))
    after = make_checker(there, scene, working=False, fields=fields)

    assert ("tool.crate", "table", "it lies there") in held.allowed
    assert there.allowed == cell.allowed
    assert there.tool.bodies == cell.tool.bodies
    for one, here in ((standing, cell), (holding, held), (after, there)):
        free = one.free(q)
        exact = Exact(here)
        assert free.sum() > 100
        assert not any(exact.touching(row, selves=pairs_of(one), without=frozenset()) for row in q[free][:250])
    assert "tool.crate" in body_names(held)
    assert (standing.free(q) & ~holding.free(q)).sum() > 20
    assert (standing.free(q) != after.free(q)).any()
