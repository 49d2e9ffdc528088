"""What a toolpath leaves free is used: turns of a set, a tilt, axes beside the arm, and a change that is proposed."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.geometry import Array, frozen, inv, pose, turn_z
from cellwright.kinematics.chain import Chain, base_T_flange
from cellwright.paths.climbing import cheapest
from cellwright.paths.course import make_course
from cellwright.paths.external import External, external, no_axes
from cellwright.paths.ladder import make_ladder, settle
from cellwright.paths.strokes import everywhere, find_strokes
from cellwright.paths.variants import variants
from cellwright.processes.work import Freedom
from small_cell import WORLD_T_PART, operation, seams, small_cell

CELL = small_cell()
NOMINAL = seams().operations[0].alternatives[0]


def only(freedom: Freedom):
    path = replace(NOMINAL, freedom=freedom)
    return replace(seams().operations[0], alternatives=(path,))


def test_a_set_of_turns_is_kept_to():
    steps = (np.pi / 2 - 0.3, np.pi / 2 + 0.4)
    found, _ = find_strokes(CELL, only(Freedom(lower=0.0, upper=np.pi, steps=steps)), 0, free=everywhere)
    allowed = [NOMINAL.segments[0].frame_T_start @ pose(rotation=turn_z(step)) for step in steps]

    assert found
    for stroke in found:
        assert min(np.abs(stroke.segments[0].frame_T_start - frame).max() for frame in allowed) < 1e-12


def test_a_tool_that_must_lean_leans_no_further_than_it_may():
    tilt = np.deg2rad(10.0)
    upright = NOMINAL.segments[0].frame_T_start[:3, 2]

    def leaning(world_T_flange: Array) -> Array:
        z = (inv(WORLD_T_PART) @ world_T_flange @ CELL.tool.flange_T_tcp)[:, :3, 2]
        return z @ upright < np.cos(np.deg2rad(5.0))

    for allowed in (0.0, tilt):
        freedom = Freedom(lower=np.pi / 2 - 0.5, upper=np.pi / 2 + 0.5, tilt=allowed)
        found, why = find_strokes(CELL, only(freedom), 0, free=everywhere, free_tool=leaning)
        assert bool(found) == (allowed > 0.0)
        assert (why is None) == bool(found)
        for stroke in found:
            for segment, origin in zip(stroke.segments, stroke.origin, strict=True):
                nominal = NOMINAL.segments[origin]
                angle = np.arccos(np.clip(segment.frame_T_end[:3, 2] @ nominal.frame_T_end[:3, 2], -1.0, 1.0))
                assert angle == pytest.approx(tilt, abs=1e-7)


def slide(axis: tuple[float, float, float]) -> Chain:
    return Chain(
        joints=("track",), links=("rail", "carriage"), parent_T_joint=frozen(pose()[None]), axis=frozen([axis]),
        prismatic=np.array([True]), last_T_flange=frozen(pose()),
    )  # fmt: skip


def table() -> Chain:
    return Chain(
        joints=("table",), links=("stand", "plate"), parent_T_joint=frozen(pose()[None]), axis=frozen([(0, 0, 1.0)]),
        prismatic=np.array([False]), last_T_flange=frozen(pose()),
    )  # fmt: skip


def tool_at(beside: External, q: Array) -> Array:
    x = beside.samples.shape[1]
    world_T_tcp = beside.world_T_base(q[:, :x]) @ base_T_flange(CELL.robot.chain, q[:, x:]) @ CELL.tool.flange_T_tcp
    return inv(beside.world_T_frame(q[:, :x])) @ world_T_tcp


def test_a_track_brings_the_arm_to_a_seam_out_of_reach():
    far = operation(0, np.array([-0.05, 3.0, 0.2]), np.array([0.05, 3.0, 0.2]), np.array([0.0, -1.0, -1.0]))
    beside = external(
        track=slide((0.0, 1.0, 0.0)), positioner=no_axes(), world_T_track=CELL.world_T_base,
        world_T_positioner=WORLD_T_PART, lower=np.array([0.0]),
        upper=np.array([3.0]), speed=np.array([1.0]), counts=(4,),
    )  # fmt: skip
    alone, _ = find_strokes(CELL, far, 0, free=everywhere)
    found, _ = find_strokes(CELL, far, 0, free=everywhere, external=beside)

    assert not alone
    assert found
    for stroke in found:
        wanted = np.array([*(s.frame_T_start for s in stroke.segments), stroke.segments[-1].frame_T_end])
        assert stroke.q.shape[1] == 7
        assert np.abs(tool_at(beside, stroke.q) - wanted).max() < 1e-7
        assert ((stroke.q[:, 0] >= 0.0) & (stroke.q[:, 0] <= 3.0)).all()


def test_a_ladder_with_a_track_is_climbed_lazily_to_the_same_ways():
    """Also where the track moves between knots, and where half of its places are blocked."""
    path = replace(NOMINAL, freedom=Freedom(lower=np.pi / 2 - 0.5, upper=np.pi / 2 + 0.5))
    beside = external(
        track=slide((0.0, 1.0, 0.0)), positioner=no_axes(), world_T_track=CELL.world_T_base,
        world_T_positioner=WORLD_T_PART, lower=np.array([-0.4]), upper=np.array([0.4]), speed=np.array([1.0]),
        counts=(5,),
    )  # fmt: skip
    course = make_course(path, variants(path.freedom, external=beside), moving=True)

    def striped(q: Array) -> np.ndarray:
        return np.sin(9.0 * q[:, 0] + 7.0 * q[:, 1]) > -0.3

    def found(*, whole: bool) -> tuple[list[tuple[float, bytes]], int]:
        ladder = make_ladder(CELL, course, free=striped, free_tool=everywhere, external=beside)
        if whole:
            settle(ladder, np.ones_like(ladder.settled))
        ways = [(way.cost, way.q.tobytes()) for way in cheapest(ladder)]
        return ways, int(ladder.settled.sum())

    lazy, few = found(whole=False)
    every, all_ = found(whole=True)
    assert lazy
    assert lazy == every
    assert few < all_ / 4


def test_a_positioner_turns_the_part_to_the_arm():
    behind = operation(0, np.array([2.0, -0.05, 0.1]), np.array([2.0, 0.05, 0.1]), np.array([1.0, 0.0, -1.0]))
    beside = external(
        track=no_axes(), positioner=table(), world_T_track=CELL.world_T_base, world_T_positioner=WORLD_T_PART,
        lower=np.array([-np.pi]), upper=np.array([np.pi]), speed=np.array([1.0]), counts=(9,),
    )  # fmt: skip
    alone, _ = find_strokes(CELL, behind, 0, free=everywhere)
    found, _ = find_strokes(CELL, behind, 0, free=everywhere, external=beside)

    assert not alone
    assert found
    for stroke in found:
        wanted = np.array([*(s.frame_T_start for s in stroke.segments), stroke.segments[-1].frame_T_end])
        assert np.abs(tool_at(beside, stroke.q) - wanted).max() < 1e-7
