"""Transits are free, reproducible, and say why there is none."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellwright.collision.judge import judge
from cellwright.geometry import Array, inv, pose, turn_x
from cellwright.kinematics.inverse import solve
from cellwright.paths.sweep import make_sweep
from cellwright.paths.sweep_kernel import lanes, way_blocked_by
from cellwright.paths.swept_kernel import FINEST
from cellwright.paths.transits import Transit, find_transit, make_roadmap
from small_cell import joints, moving, small_cell

RESOLUTION = 0.01

CELL = small_cell()
ROBOT = CELL.robot
LOWER, UPPER = ROBOT.lower, ROBOT.upper


def transit(
    start: Array, end: Array, *, seed: int = 0, lower: Array = ROBOT.lower, upper: Array = ROBOT.upper
) -> Transit:
    roadmap = make_roadmap(moving(), lower=lower, upper=upper, weight=1.0 / ROBOT.speed)
    return find_transit(roadmap, start, end, seed=seed)[0]


def dense(way: Array, step: float) -> Array:
    parts = [
        a + np.linspace(0, 1, int(np.ceil(np.abs(b - a).max() / step)) + 1)[:, None] * (b - a) for a, b in pairwise(way)
    ]
    return np.concatenate(parts)


def straight_is_free(a: Array, b: Array) -> bool:
    return bool(moving().free(dense(np.array([a, b]), RESOLUTION)).all())


@pytest.fixture(scope="module")
def sides() -> tuple[Array, Array]:
    """The torch points down left and right of the upright, below its top: a turn of axis 1 between them is blocked."""
    angle = np.arctan2(0.1, 1.35)
    world_T_tcp = pose((0.0, -0.1, 0.80), turn_x(np.pi))
    base_T_flange = inv(CELL.world_T_base) @ world_T_tcp @ inv(CELL.tool.flange_T_tcp)
    for q in np.asarray(solve(ROBOT.chain, base_T_flange[None]).q)[0]:
        other = [q + np.array([s * 2 * angle, 0, 0, 0, 0, 0]) for s in (1, -1)]
        for end in other:
            both = np.array([q, end])
            inside = (both >= ROBOT.lower).all() and (both <= ROBOT.upper).all()
            if inside and moving().free(both).all() and not straight_is_free(q, end):
                return q, end
    raise AssertionError("no such pair of positions")


@pytest.fixture(scope="module")
def found(sides) -> list[Transit]:
    q = joints(CELL, 600, seed=9)
    q = q[moving().free(q)]
    pairs = [(a, b) for a, b in zip(q[::2], q[1::2], strict=False) if not straight_is_free(a, b)][:4]
    assert len(pairs) >= 3
    return [transit(a, b) for a, b in [sides, *pairs]]


def test_a_way_goes_round_what_stands_between(found, sides):
    assert found[0].found
    assert len(found[0].q) > 2
    assert np.array_equal(found[0].q[[0, -1]], np.array(sides))


def test_ways_stay_inside_the_limits(found):
    for way in found:
        assert (way.q >= ROBOT.lower).all()
        assert (way.q <= ROBOT.upper).all()


def test_ways_are_free_at_the_steps_they_were_checked_at(found):
    assert sum(way.found for way in found) >= 4
    for way in found:
        if way.found:
            assert moving().free(dense(way.q, RESOLUTION / 1.001)).mean() > 0.99


def test_nothing_touches_at_ten_times_finer_steps(found):
    for way in found[:4]:
        if way.found:
            nearest = judge(CELL, dense(way.q, RESOLUTION / 10)).nearest
            outside = [near for near in nearest if near.bodies[1] in ("table", "floor", "part.s1", "part.s2")]

            assert all(near.distance > 0 for near in outside)


def test_the_same_seed_gives_the_same_bytes(sides, found):
    assert transit(*sides).q.tobytes() == found[0].q.tobytes()
    assert transit(*sides, seed=5).q.tobytes() != found[0].q.tobytes()


def test_a_free_straight_way_is_taken_as_it_is():
    end = CELL.home + np.array([0.3, 0, 0, 0.2, 0, 0])
    way = transit(CELL.home, end)

    assert way.found
    assert np.array_equal(way.q, [CELL.home, end])


def test_a_way_that_limits_leave_no_room_for_is_not_found(sides):
    way = transit(*sides, lower=np.minimum(*sides), upper=np.maximum(*sides))

    assert not way.found
    assert "no way was found in 200000 samples" in way.reason


@pytest.mark.parametrize(("which", "swap"), [("first", False), ("last", True)])
def test_a_blocked_end_is_named_with_what_is_too_near(which, swap):
    low = CELL.home.copy()
    low[1] = 0.5
    ends = (CELL.home, low) if swap else (low, CELL.home)
    way = transit(*ends)

    assert not way.found
    assert way.reason.startswith(f"its {which} position is too near: ")
    assert way.reason.split(": ")[1]


def narrower():
    """The fast check with every margin less by what a proven way may come nearer."""
    mover = moving().mover
    margin = np.where(mover.margin >= 0, mover.margin - FINEST, mover.margin)
    low = np.where(mover.low_margin >= 0, mover.low_margin - FINEST, mover.low_margin)
    return replace(
        moving(), mover=mover._replace(margin=margin, low_margin=low, self_margin=mover.self_margin - FINEST)
    )


def test_a_proven_way_is_free_between_the_positions_that_were_asked_about():
    sweep = make_sweep(moving(), lower=LOWER, upper=UPPER)
    q = joints(CELL, 120, seed=21)
    q = q[moving().free(q)]
    proven = 0
    for a, b in zip(q[::2], q[1::2], strict=False):
        near = a + 0.15 * (b - a)
        if way_blocked_by(sweep, a, near, lanes(sweep)) < 0:
            proven += 1

            assert narrower().free(dense(np.array([a, near]), RESOLUTION / 20)).all()
    assert proven > 10


def test_a_way_through_something_is_never_proven():
    sweep = make_sweep(moving(), lower=LOWER, upper=UPPER)
    q = joints(CELL, 60, seed=22)
    blocked = 0
    for a, b in zip(q[::2], q[1::2], strict=False):
        if not narrower().free(dense(np.array([a, b]), RESOLUTION)).all():
            blocked += 1

            assert way_blocked_by(sweep, a, b, lanes(sweep)) >= 0
    assert blocked > 5


def test_trees_of_earlier_searches_are_used_again(sides):
    roadmap = make_roadmap(moving(), lower=LOWER, upper=UPPER, weight=1.0 / ROBOT.speed)
    first, known = find_transit(roadmap, *sides, seed=0)
    again, more = find_transit(known, *sides[::-1], seed=3)

    assert first.found
    assert again.found
    assert len(more.node) == len(known.node) + 2  # both ends were planted, nothing grew
    assert narrower().free(dense(again.q, RESOLUTION / 10)).all()
