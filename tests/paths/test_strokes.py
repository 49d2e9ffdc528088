"""Strokes: ways to make an operation, against continuation of the joints and against enumeration."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from cellwright.geometry import Array, frozen, inv, pose, rotation_vector, turn_z
from cellwright.kinematics.chain import base_T_flange, jacobian
from cellwright.paths.climbing import cheapest
from cellwright.paths.course import held, make_course, split
from cellwright.paths.ladder import Ladder, make_ladder, settle
from cellwright.paths.strokes import everywhere, find_strokes
from cellwright.paths.variants import variants
from cellwright.processes.work import Freedom, Segment, length, poses
from small_cell import operation, seams, small_cell, strokes, toolpath, working

CELL = small_cell()


def part_T_tcp(q: Array) -> Array:
    return inv(CELL.frames["part"]) @ CELL.world_T_base @ base_T_flange(CELL.robot.chain, q) @ CELL.tool.flange_T_tcp


def nothing(q: Array) -> Array:
    return np.zeros(len(q), bool)


def test_joints_put_the_tool_at_every_knot():
    for stroke in (s for choice in strokes() for s in choice):
        wanted = np.array([*(s.frame_T_start for s in stroke.segments), stroke.segments[-1].frame_T_end])

        assert np.abs(part_T_tcp(stroke.q) - wanted).max() < 1e-7


def test_segments_of_a_stroke_join_and_lie_on_the_toolpath():
    for stroke in (s for choice in strokes() for s in choice):
        toolpath_ = seams().operations[stroke.operation].alternatives[stroke.alternative]
        for a, b in pairwise(stroke.segments):
            assert np.allclose(a.frame_T_end, b.frame_T_start, atol=1e-12)
        for segment, origin in zip(stroke.segments, stroke.origin, strict=True):
            nominal = toolpath_.segments[origin]
            assert (segment.speed, segment.role) == (nominal.speed, nominal.role)
            # the tool's axis stays, only its turn is free
            assert np.allclose(segment.frame_T_start[:3, 2], nominal.frame_T_start[:3, 2], atol=1e-12)
        ends = stroke.segments[0].frame_T_start[:3, 3], stroke.segments[-1].frame_T_end[:3, 3]
        assert np.allclose(ends[0], toolpath_.segments[0].frame_T_start[:3, 3], atol=1e-12)
        assert np.allclose(ends[1], toolpath_.segments[-1].frame_T_end[:3, 3], atol=1e-12)


def test_no_stroke_jumps_between_branches():
    """From knot to knot the joints are continued by Newton's method, which knows of no branches."""
    chain, base_T_part = CELL.robot.chain, inv(CELL.world_T_base) @ CELL.frames["part"]
    for stroke in strokes()[0][:3]:
        for segment, start, end in zip(stroke.segments, stroke.q[:-1], stroke.q[1:], strict=True):
            q = start.copy()
            for wanted in base_T_part @ poses(segment, np.linspace(0, 1, 31)) @ inv(CELL.tool.flange_T_tcp):
                before = q
                for _ in range(3):
                    flange = base_T_flange(chain, q)
                    miss = np.concatenate(
                        [wanted[:3, 3] - flange[:3, 3], rotation_vector(wanted[:3, :3] @ flange[:3, :3].T)]
                    )
                    q = q + np.linalg.solve(jacobian(chain, q), miss)
                assert np.abs(q - before).max() < 0.1
                assert (q >= CELL.robot.lower - 1e-9).all()
                assert (q <= CELL.robot.upper + 1e-9).all()
            assert np.abs(q - end).max() < 1e-6


def test_strokes_are_free_at_their_knots_and_cheapest_first():
    for i, choice in enumerate(strokes()):
        costs = [stroke.cost for stroke in choice]

        assert costs == sorted(costs)
        assert all(stroke.operation == i for stroke in choice)
        assert working().free(np.concatenate([stroke.q for stroke in choice])).all()


def test_a_seam_costs_as_much_backwards():
    cell_strokes = strokes()[0]
    there = [s.cost for s in cell_strokes if s.alternative == 0]
    back = [s.cost for s in cell_strokes if s.alternative == 1]

    # the free turn has steps of which twelve make half a turn: every way there is a way back
    assert there[:5] == pytest.approx(back[:5], abs=1e-4)


def test_arm_and_tool_asked_apart_give_the_same_strokes():
    for i, o in enumerate(seams().operations):
        apart, _ = find_strokes(CELL, o, i, free=working().free_arm, free_tool=working().free_tool)

        assert [s.q.tobytes() for s in apart] == [s.q.tobytes() for s in strokes()[i]]


def small_operation(*, steps: int):
    path = toolpath(np.array([-0.05, 0.005, 0.01]), np.array([0.05, 0.005, 0.01]), np.array([0.0, -1.0, -1.0]))
    spread = np.deg2rad(15.0) * (steps - 1) / 2
    return replace(path, freedom=Freedom(lower=np.pi / 2 - spread, upper=np.pi / 2 + spread))


def small_ladder(*, steps: int, moving: bool, tilt: float = 0.0, free=None) -> Ladder:
    path = small_operation(steps=steps)
    ways = variants(replace(path.freedom, tilt=tilt), tilting=tilt > 0.0)
    course = make_course(path, ways, moving=moving)
    return make_ladder(CELL, course, free=free or working().free, free_tool=everywhere, external=None)


def all_settled(ladder: Ladder) -> Ladder:
    settle(ladder, np.ones_like(ladder.settled))
    return ladder


@pytest.mark.parametrize("turning", [False, True])
def test_the_ladder_is_climbed_at_the_least_cost(turning):
    """Every way through a small ladder, by enumeration in unrolled joint positions."""
    ladder = all_settled(small_ladder(steps=5, moving=turning))
    course = ladder.course
    best = np.inf
    k, m, kinds = course.edge.shape
    offsets = [np.array(v) for v in product((-1, 0, 1), repeat=6)]
    for a0, branch in product(range(m), range(ladder.valid.shape[1])):
        for offset in offsets:
            # depth first over the choices of turn
            todo = [(0, a0, offset, 0.0)]
            while todo:
                i, a, turns, cost = todo.pop()
                if i == k:
                    best = min(best, cost)
                    continue
                for d in range(kinds):
                    e = course.edge[i, a, d]
                    if e < 0 or not ladder.valid[e, branch]:
                        continue
                    low = ladder.extremes[0, e, branch] + 2 * np.pi * turns
                    high = ladder.extremes[1, e, branch] + 2 * np.pi * turns
                    margin = min((low - CELL.robot.lower).min(), (CELL.robot.upper - high).min())
                    if margin < -1e-12:
                        continue
                    price = ladder.cost[e, branch] + course.variants.price[a, d] + 0.3 * max(0.0, 1.0 - margin / 0.17)
                    todo.append((i + 1, int(course.target[i, a, d]), turns + ladder.wraps[e, branch], cost + price))
    assert np.isfinite(best)
    assert min(way.cost for way in cheapest(ladder)) == pytest.approx(best, abs=1e-5)


def stripes(q: Array) -> Array:
    """Free in bands of the joints: much is blocked, without regard to what is near what."""
    return np.sin(q @ np.array([9.0, 7.0, 5.0, 11.0, 13.0, 3.0])) > -0.6


@pytest.mark.parametrize(
    ("moving", "tilt", "free"),
    [(False, 0.0, working().free), (True, 0.0, stripes), (True, 0.17, working().free), (True, 0.17, stripes)],
)
def test_settling_only_what_is_used_finds_the_same_ways_as_settling_everything(moving, tilt, free):
    lazy = small_ladder(steps=9, moving=moving, tilt=tilt, free=free)
    ways = cheapest(lazy)
    whole = all_settled(small_ladder(steps=9, moving=moving, tilt=tilt, free=free))
    wanted = cheapest(whole)

    assert ways
    assert [(w.cost, w.edges.tolist(), w.branches.tolist(), w.q.tobytes()) for w in ways] == [
        (w.cost, w.edges.tolist(), w.branches.tolist(), w.q.tobytes()) for w in wanted
    ]
    assert lazy.settled.sum() < whole.settled.sum()


def test_a_few_samples_never_cost_more_than_all_of_them():
    lazy = small_ladder(steps=9, moving=True, tilt=0.17, free=everywhere)
    whole = all_settled(small_ladder(steps=9, moving=True, tilt=0.17, free=everywhere))

    assert whole.valid.any()
    assert lazy.valid[whole.valid].all()
    assert (lazy.cost[whole.valid] <= whole.cost[whole.valid]).all()
    assert (lazy.wraps[whole.valid] == whole.wraps[whole.valid]).all()


def test_a_tool_that_may_not_turn_keeps_its_turn():
    path = toolpath(np.array([-0.05, 0.005, 0.01]), np.array([0.05, 0.005, 0.01]), np.array([0.0, -1.0, -1.0]))
    fixed = replace(path, freedom=Freedom(lower=np.pi / 2, upper=np.pi / 2))
    op = replace(operation(0, np.zeros(3), np.ones(3), np.array([0, 0, -1.0])), alternatives=(fixed,))
    found, _ = find_strokes(CELL, op, 0, free=everywhere)

    quarter = pose(rotation=turn_z(np.pi / 2))
    assert found
    for stroke in found:
        expected = held(fixed.segments[1], quarter, quarter)
        assert np.allclose(part_T_tcp(stroke.q)[1], expected.frame_T_start, atol=1e-7)


def test_a_seam_out_of_reach_says_by_how_much():
    far = operation(0, np.array([4.0, 0.0, 0.2]), np.array([4.2, 0.0, 0.2]), np.array([0.0, -1.0, -1.0]))
    found, why = find_strokes(CELL, far, 0, free=everywhere)

    assert not found
    assert why.code == "reach"
    assert 2.0 < why.amount < 4.0
    assert why.at == 0.0


def test_a_blocked_seam_names_the_positions_that_only_fail_by_a_collision():
    found, why = find_strokes(CELL, seams().operations[0], 0, free=nothing)

    assert not found
    assert why.code == "collision"
    assert len(why.q) > 0
    assert ((why.q >= CELL.robot.lower - 7) & (why.q <= CELL.robot.upper + 7)).all()


def test_limits_in_the_way_are_named_with_the_angle():
    robot = CELL.robot
    first = np.arange(6) == 0
    tight = replace(
        robot, lower=frozen(np.where(first, 1.2, robot.lower)), upper=frozen(np.where(first, 1.8, robot.upper))
    )
    found, why = find_strokes(replace(CELL, robot=tight), seams().operations[0], 0, free=everywhere)

    assert not found
    assert why.code == "joint-limit"
    assert robot.chain.joints[0] in why.what
    assert why.amount == pytest.approx(max(1.2 - why.q[0, 0], why.q[0, 0] - 1.8))


def test_the_same_operation_gives_the_same_strokes():
    again, _ = find_strokes(CELL, seams().operations[0], 0, free=working().free)

    assert [s.q.tobytes() for s in again] == [s.q.tobytes() for s in strokes()[0]]


LINE = toolpath(np.zeros(3), np.array([0.5, 0.0, 0.0]), np.array([0.0, 0.0, -1.0])).segments[1]
ARC = Segment(
    kind="arc",
    frame_T_start=pose((0.1, 0, 0)),
    via=np.array([0.1, 0.1, 0.0]) / np.sqrt(2),
    frame_T_end=pose((0.0, 0.1, 0)),
    speed=0.01,
    tolerance=1e-4,
    role="process",
)


@pytest.mark.parametrize("segment", [LINE, ARC], ids=["line", "arc"])
@pytest.mark.parametrize("spacing", [1.0, 0.15, 0.04])
def test_pieces_are_the_segment(segment, spacing):
    pieces = split(segment, spacing)

    assert sum(map(length, pieces)) == pytest.approx(length(segment))
    assert all(length(piece) <= spacing * (1 + 1e-9) for piece in pieces)
    n = len(pieces)
    for k, piece in enumerate(pieces):
        whole = poses(segment, (k + np.linspace(0, 1, 5)) / n)
        assert np.allclose(poses(piece, np.linspace(0, 1, 5)), whole, atol=1e-12)
