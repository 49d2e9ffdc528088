"""The fast check against an exact engine that it does not use."""

from dataclasses import replace
from itertools import pairwise

import fcl
import numpy as np
import pytest

from cellwright.cell import Body, Cell
from cellwright.collision.blocking import blocked, distance, place
from cellwright.collision.fast import (
    Checker,
    make_checker,
    make_field,
    make_scene,
    may_touch,
    moved_to,
    with_moving,
)
from cellwright.collision.field import look
from cellwright.geometry import Array, pose, turn_z
from cellwright.kinematics.chain import Passive, base_T_links
from cellwright.shapes import Box, Capsule, Cylinder, Mesh, Shape, moved
from small_cell import FOCUS, cell_at, joints, moving, scene, small_cell, working

Pair = tuple[str, str]


def engine(shape: Shape) -> tuple[fcl.CollisionGeometry, Array]:
    """The exact primitive of the engine, not its triangles, and where it lies in the body's frame."""
    match shape:
        case Box(size=size, body_T_box=place):
            return fcl.Box(*size), place
        case Cylinder(radius=r, length=length, body_T_cylinder=place):
            return fcl.Cylinder(r, length), place
        case Capsule(start=a, end=b, radius=r):
            length = float(np.linalg.norm(b - a))
            z = (b - a) / length if length > 0 else np.array([0.0, 0.0, 1.0])
            x = np.cross(z, [1.0, 0, 0] if abs(z[0]) < 0.9 else [0, 1.0, 0])
            x /= np.linalg.norm(x)
            return fcl.Capsule(r, length), pose((a + b) / 2, np.stack([x, np.cross(z, x), z], -1))
        case Mesh(vertices=vertices, faces=faces):
            model = fcl.BVHModel()
            model.beginModel(len(vertices), len(faces))
            model.addSubModel(vertices, faces)
            model.endModel()
            return model, np.eye(4)
    raise AssertionError(shape)


class Exact:
    """The cell's bodies as exact primitives: whether pairs touch at a position."""

    def __init__(self, cell: Cell):
        self.cell = cell
        links = enumerate(cell.robot.geometry)
        own = [(link.link, i, shape) for i, link in links for shape in link.capsules]
        own += [(f"tool.{b.name}", cell.robot.dof + 1, shape) for b in cell.tool.bodies for shape in b.shapes]
        self.own = [(name, frame, *engine(shape)) for name, frame, shape in own]
        self.still = [
            (body.name, fcl.CollisionObject(g, fcl.Transform(*parts(body.world_T_body @ place))))
            for body in cell.bodies
            for g, place in map(engine, body.shapes)
        ]
        self.allowed = may_touch(cell)

    def touching(
        self, q: Array, *, selves: frozenset[tuple[str, str]], without: frozenset[str]
    ) -> set[tuple[str, str]]:
        """The pairs that touch at ``q`` (dof,), among bodies that the checker is to look after."""
        chain = self.cell.robot.chain
        frames = self.cell.world_T_base @ base_T_links(chain, q)
        frames = np.concatenate([frames, (frames[-1] @ chain.last_T_flange)[None]])
        objects = [(n, f, fcl.CollisionObject(g, fcl.Transform(*parts(frames[f] @ p)))) for n, f, g, p in self.own]
        pairs = [(a, b, oa, ob) for a, f, oa in objects for b, ob in self.still if f > (b == "floor")]
        pairs += [
            (a, b, oa, ob)
            for k, (a, f, oa) in enumerate(objects)
            for b, h, ob in objects[k + 1 :]
            if f != h and ((a, b) in selves or (b, a) in selves)
        ]
        return {
            (a, b)
            for a, b, oa, ob in pairs
            if (a, b) not in self.allowed
            and a not in without
            and fcl.collide(oa, ob, fcl.CollisionRequest(), fcl.CollisionResult()) > 0
        }


def parts(a_T_b: Array) -> tuple[Array, Array]:
    return a_T_b[:3, :3], a_T_b[:3, 3]


def pairs_of(checker: Checker) -> frozenset[tuple[str, str]]:
    return frozenset((checker.names[a], checker.names[b]) for a, b in checker.mover.pairs)


@pytest.mark.parametrize("at_work", [False, True])
def test_what_is_called_free_touches_nothing(at_work):
    checker = working() if at_work else moving()
    cell = small_cell()
    exact = Exact(cell)
    q = joints(cell, 2000, seed=4)
    free = q[checker.free(q)]
    without = frozenset({"tool.wire"} if at_work else ())
    wrong = {pair for row in free for pair in exact.touching(row, selves=pairs_of(checker), without=without)}

    assert len(free) > 500
    assert not wrong


def test_most_of_what_is_blocked_is_blocked():
    """Caution has its price: not more than a part of what is free may be lost."""
    cell, checker = small_cell(), moving()
    exact = Exact(cell)
    q = joints(cell, 400, seed=5)
    truly = np.array([not exact.touching(row, selves=pairs_of(checker), without=frozenset()) for row in q])

    assert checker.free(q)[truly].mean() > 0.75


def test_a_position_above_the_part_is_free_and_one_in_the_table_is_not():
    cell, checker = small_cell(), moving()
    low = cell.home.copy()
    low[1] = 0.5

    assert checker.free(cell.home[None]).all()
    assert not checker.free(low[None]).any()
    assert checker.name(int(checker.blocked_by(low[None])[0])) != ""


def test_a_name_is_one_body_or_a_pair():
    checker = moving()
    codes = np.unique(checker.blocked_by(joints(small_cell(), 2000, seed=6)))
    names = {int(code): checker.name(int(code)) for code in codes if code >= 0}

    assert all((" and " in name) == (code >= len(checker.names)) for code, name in names.items())
    assert set(" and ".join(names.values()).split(" and ")) <= set(checker.names)


def test_at_work_the_tool_may_come_nearer():
    q = joints(small_cell(), 4000, seed=7)
    loose, strict = working().free(q), moving().free(q)

    assert not (strict & ~loose).any()


def test_the_same_cell_gives_the_same_answers():
    cell = small_cell()
    q = joints(cell, 500, seed=8)
    again = make_checker(cell, make_scene(cell.bodies, focus=FOCUS), working=False)

    assert again.blocked_by(q).tobytes() == moving().blocked_by(q).tobytes()
    assert again.scene.fine.distance.tobytes() == scene().fine.distance.tobytes()


def test_allowed_pairs_count_in_both_orders():
    pairs = may_touch(cell_at(np.eye(4)))

    assert all((b, a) in pairs for a, b in pairs)
    assert ("tool.wire", "part.s1") in pairs


def one_by_one(checker: Checker, q: Array) -> Array:
    """What the kernel for a single position says."""
    frames = np.empty((q.shape[1] + 2, 3, 4))
    return np.array([blocked(row, checker.mover, checker.scene, frames) for row in q])


@pytest.mark.parametrize("at_work", [False, True])
def test_many_at_once_are_told_as_one_by_one_but_for_the_pad(at_work):
    checker, q = working() if at_work else moving(), joints(small_cell(), 3003, seed=9)
    together, single = checker.blocked_by(q), one_by_one(checker, q)

    assert (together[single >= 0] >= 0).all()
    assert (together != single).mean() < 0.002
    assert np.array_equal(checker.blocked_by(q[5:6]), together[5:6])


def door(at: Array) -> tuple[Body, Checker]:
    """A plate that is not part of the fields that stand still, at ``at``, as a body and in a checker."""
    cell = small_cell()
    plate = Box(size=np.array([0.02, 0.9, 0.7]), body_T_box=np.eye(4))
    with_door = with_moving(scene(), (make_field((plate,), step=0.01),))
    body = Body(name="door", kind="obstacle", shapes=(plate,), world_T_body=at)
    return body, make_checker(cell, moved_to(with_door, at[None]), working=False)


@pytest.mark.parametrize("turn", [0.0, 0.7, 2.0])
def test_a_body_that_moves_takes_its_field_along(turn):
    body, checker = door(pose((-0.5, 0.1, 1.3), turn_z(turn)))
    cell = small_cell()
    exact = Exact(replace(cell, bodies=(*cell.bodies, body)))
    q = joints(cell, 1200, seed=10)
    free, without = checker.free(q), moving().free(q)
    lost = q[without & ~free]
    touching = [bool(exact.touching(row, selves=pairs_of(checker), without=frozenset())) for row in lost]

    assert not (free & ~without).any()
    assert not any(exact.touching(row, selves=pairs_of(checker), without=frozenset()) for row in q[free])
    assert len(lost) > 30
    assert np.mean(touching) > 0.6


def test_the_bodies_poses_may_differ_from_position_to_position():
    """Asking with a pose each is asking the scene that was moved there, one after the other."""
    plate = Box(size=np.array([0.02, 0.9, 0.7]), body_T_box=np.eye(4))
    cell, rng = small_cell(), np.random.default_rng(0)
    with_door = with_moving(scene(), (make_field((plate,), step=0.01),))
    q = joints(cell, 40, seed=11)
    places = np.stack([pose((-0.5, 0.1, 1.3), turn_z(angle)) for angle in rng.uniform(0, 3, len(q))])[:, None]
    together = make_checker(cell, with_door, working=False).blocked_by(q, world_T_field=places)
    one_each = [
        make_checker(cell, moved_to(with_door, place), working=False).blocked_by(row[None])[0]
        for row, place in zip(q, places, strict=True)
    ]

    assert np.array_equal(together, one_each)
    assert not np.array_equal(together, moving().blocked_by(q))


def test_a_field_that_moved_says_what_one_built_there_does_but_for_its_step():
    """Free with the moved field is free with a field built anew, and what it loses more is within three steps."""
    plate, at = Box(size=np.array([0.02, 0.9, 0.7]), body_T_box=np.eye(4)), pose((-0.5, 0.1, 1.3), turn_z(0.7))
    step, rng = 0.01, np.random.default_rng(1)
    shifted = moved_to(with_moving(scene(), (make_field((plate,), step=step),)), at[None])
    built = make_field((moved(plate, at),), step=step)
    nothing = shifted._replace(coarse=built._replace(distance=np.full_like(built.distance, 9.0)), fine=built)
    points = at[:3, 3] + rng.uniform(-0.12, 0.12, (4000, 3))
    there = np.array([distance(nothing._replace(fine=nothing.coarse), *p, np.inf) for p in points])
    anew = np.array([look(built.distance, built.low, built.step, built.inner, *p, np.inf) for p in points])

    assert np.abs(there - anew).max() < 3 * step


@pytest.mark.parametrize("at_work", [False, True])
def test_a_motion_is_told_as_its_states_are(at_work):
    checker, ends = working() if at_work else moving(), joints(small_cell(), 9, seed=12)
    q = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(ends)])
    told = checker.motion_blocked_by(q)

    assert ((told >= 0) == (checker.blocked_by(q) >= 0)).mean() > 0.999
    assert (told[checker.blocked_by(q) < 0] == -1).mean() > 0.999


def test_a_joint_without_a_drive_moves_what_it_carries():
    """A palletiser's rods: the kernels' frames are the chain's."""
    chain = replace(
        small_cell().robot.chain,
        passive=(
            Passive(
                before=3, parent_T_pivot=pose((0.1, 0.2, 0.3), turn_z(0.4)), axis=np.array([0.0, 1.0, 0.0]),
                weights=np.array([0.0, -1.0, 0.5, 0.0, 0.0, 0.0]),
            ),
        ),
    )  # fmt: skip
    cell = small_cell()
    cell = replace(cell, robot=replace(cell.robot, chain=chain))
    mover = make_checker(cell, scene(), working=False).mover
    frames = np.empty((chain.dof + 2, 3, 4))
    q = joints(cell, 300, seed=13)
    for row in q[:20]:
        place(row, mover, frames)
        expected = cell.world_T_base @ base_T_links(chain, row)
        assert np.allclose(frames[:-1], expected[:, :3], atol=1e-12)
        assert np.allclose(frames[-1], (expected[-1] @ chain.last_T_flange)[:3], atol=1e-12)
    checker = Checker(scene=scene(), mover=mover, names=moving().names)

    assert (checker.blocked_by(q) == one_by_one(checker, q)).mean() > 0.99
