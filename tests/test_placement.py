"""Places for the base: scores against joints counted independently, and laws of moving everything together."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cellwright.cell import Body
from cellwright.collision.fast import make_checker, make_scene
from cellwright.geometry import Array, inv, pose, rotation_vector, turn_x, turn_y, turn_z
from cellwright.kinematics.chain import base_T_flange, jacobian
from cellwright.kinematics.inverse import solve
from cellwright.placement.candidates import candidates, reach
from cellwright.placement.margins import ENOUGH, best_margins, branch_margins
from cellwright.placement.model import Placement, Places, pedestal
from cellwright.placement.robust import robust_margins
from cellwright.placement.samples import Samples, sampled
from cellwright.placement.screening import Standing, screened
from cellwright.placement.search import find_places, score
from cellwright.processes.work import Work
from cellwright.shapes import Box
from small_cell import FOCUS, WORLD_T_PART, bodies, moving, operation, scene, seams, small_cell, working

CELL = small_cell()
ROBOT, TCP = CELL.robot, CELL.tool.flange_T_tcp
FRAMES = {"part": WORLD_T_PART}
PLANAR = pose((1.7, -0.6, 0.0), turn_z(0.9))


def standing(there=None):
    """Return the fast checks at a place among the bodies of the cell, or in another scene."""
    made = Standing(working=working(), moving=moving(), homes=CELL.home[None])
    if there is not None:
        made = replace(made, working=replace(working(), scene=there), moving=replace(moving(), scene=there))
    return lambda place: made.at(place.world_T_base)


def found(work: Work | None = None, frames=FRAMES, there=None, mounts=("floor", "pedestal"), count=5) -> Places:
    return find_places(ROBOT, TCP, work or seams(), frames, mounts=mounts, count=count, stand=standing(there))


@cache
def best() -> tuple[Placement, ...]:
    return found().ranked


def by_newton(base_T_wanted: Array, start: Array) -> Array | None:
    q = start.copy()
    for _ in range(60):
        flange = base_T_flange(ROBOT.chain, q)
        miss = np.concatenate(
            [
                base_T_wanted[:3, 3] - flange[:3, 3],
                rotation_vector(base_T_wanted[:3, :3] @ flange[:3, :3].T),
            ]
        )
        if np.abs(miss).max() < 1e-10:
            return q
        j = jacobian(ROBOT.chain, q)
        q = q + np.clip(j.T @ np.linalg.solve(j @ j.T + 1e-6 * np.eye(6), miss), -0.3, 0.3)
    return None


def test_every_place_reaches_all_it_says():
    assert len(best()) == 5
    assert all(place.reached == 2 for place in best())
    assert all(place.score > 0 for place in best())


def test_the_middle_of_every_seam_is_reached_by_newton():
    """Joints by an iteration that knows nothing of branches, from a few starts and turns of the tool."""
    rng = np.random.default_rng(0)
    for place in best()[:2]:
        for seam in seams().operations:
            segment = seam.alternatives[0].segments[1]
            middle = segment.frame_T_start.copy()
            middle[:3, 3] = (segment.frame_T_start[:3, 3] + segment.frame_T_end[:3, 3]) / 2
            found = False
            for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
                base_T_wanted = inv(place.world_T_base) @ WORLD_T_PART @ middle @ pose(rotation=turn_z(turn)) @ inv(TCP)
                for start in [ROBOT.home, *rng.uniform(-1, 1, (2, 6)) + ROBOT.home]:
                    q = by_newton(base_T_wanted, start)
                    if q is not None and (q > ROBOT.lower).all() and (q < ROBOT.upper).all():
                        found = True
                        break
                if found:
                    break
            assert found


def test_moving_everything_in_the_plane_moves_no_score():
    work, there = seams(), {"part": PLANAR @ WORLD_T_PART}
    for place in best():
        moved = score(ROBOT, TCP, work, there, (place.mount, PLANAR @ place.world_T_base))

        assert moved.score == pytest.approx(place.score, abs=1e-9)
        assert moved.reached == place.reached


def test_a_place_scores_alone_as_among_others():
    for place in best():
        assert score(ROBOT, TCP, seams(), FRAMES, (place.mount, place.world_T_base)).score == place.score


def test_shifting_part_and_obstacles_finds_the_shifted_places():
    """Candidates lie round the part, so a shift in the plane keeps them all (a turn would turn their raster)."""
    shift = pose((1.7, -0.6, 0.0))
    there = make_scene(
        tuple(replace(body, world_T_body=shift @ body.world_T_body) for body in bodies()),
        focus=FOCUS + np.array([1.7, -0.6, 0.0]),
    )
    moved = found(frames={"part": shift @ WORLD_T_PART}, there=there).ranked

    assert [p.reached for p in moved] == [p.reached for p in best()]
    assert [p.score for p in moved] == pytest.approx([p.score for p in best()], abs=1e-3)


def test_the_best_comes_first_and_none_stands_next_to_another():
    order = [-round(place.score, 3) for place in best()]
    origins = np.array([place.world_T_base[:3, 3] for place in best()])
    apart = np.linalg.norm(origins[:, None] - origins, axis=2) + 9.0 * np.eye(len(origins))

    assert order == sorted(order)
    assert apart.min() >= 0.12


def test_a_part_out_of_reach_scores_below_nothing():
    far = score(ROBOT, TCP, seams(), FRAMES, ("floor", pose((9.0, 0.0, 0.0))))

    assert far.score < 0
    assert far.reached == 0


def test_one_operation_out_of_reach_is_counted():
    near = best()[0]
    away = operation(2, np.array([7.0, 0.0, 0.1]), np.array([7.1, 0.0, 0.1]), np.array([0.0, -1.0, -1.0]))
    work = Work(operations=(*seams().operations, away))
    found = score(ROBOT, TCP, work, FRAMES, (near.mount, near.world_T_base))

    assert found.reached == near.reached
    assert found.score < 0


def test_a_place_never_stands_in_what_is_there_already():
    block = Body(
        name="block",
        kind="obstacle",
        shapes=(Box(size=np.array([1.0, 1.0, 2.0]), body_T_box=np.eye(4)),),
        world_T_body=pose((*best()[0].world_T_base[:2, 3], 1.0)),
    )
    there = make_scene((*bodies(), block), focus=FOCUS)
    for place in found(there=there).ranked:
        away = np.abs(place.world_T_base[:2, 3] - best()[0].world_T_base[:2, 3])

        assert away.max() > 0.5


def test_mounts_are_what_was_asked_for():
    floor, wall, ceiling = (found(mounts=(mount,), count=3).ranked for mount in ("floor", "wall", "ceiling"))

    assert floor
    assert wall
    assert ceiling
    assert all(place.mount == "floor" and place.world_T_base[2, 3] == 0.0 for place in floor)
    assert all(np.allclose(place.world_T_base[:3, 2], [0, 0, -1]) for place in ceiling)
    assert all(place.world_T_base[2, 3] > WORLD_T_PART[2, 3] for place in ceiling)
    for place in wall:  # it stands off towards the part, its wall behind it
        off = WORLD_T_PART[:2, 3] - place.world_T_base[:2, 3]
        assert place.world_T_base[:2, 2] @ off > 0.9 * np.linalg.norm(off)
        assert np.allclose(place.world_T_base[:3, 0], [0, 0, -1])


def by_rows(operation: Samples, world_T_base: Array) -> float:
    """The margin of an operation by its definition: best run and branch of the smallest over the samples."""
    branches = solve(ROBOT.chain, inv(world_T_base) @ operation.world_T_flange)
    margin = branch_margins(ROBOT, branches)
    worst = -1.0
    for run in range(operation.runs):
        for branch in range(margin.shape[1]):
            here = [
                margin[(operation.run == run) & (operation.sample == s), branch].max() for s in range(operation.samples)
            ]
            worst = max(worst, min(here))
    return worst


@pytest.mark.parametrize("turning", [False, True])
def test_the_fused_kernel_says_what_the_definition_says(turning: bool):
    operations = tuple(sampled(o, FRAMES, TCP, turning=turning) for o in seams().operations)
    ((_, floor), *_) = candidates(ROBOT, seams(), FRAMES, ("floor",))
    bases = floor[::23]
    margin = best_margins(ROBOT, operations, bases)

    assert (margin > 0).any()
    assert (margin < 0).any()
    assert margin.max() <= ENOUGH
    for row, base in zip(margin, bases, strict=True):
        np.testing.assert_allclose(row, [by_rows(o, base) for o in operations], atol=1e-9)


def test_turning_on_the_way_never_does_worse():
    bases = candidates(ROBOT, seams(), FRAMES, ("floor",))[0][1][::11]
    even, any_ = (
        best_margins(ROBOT, tuple(sampled(o, FRAMES, TCP, turning=t) for o in seams().operations), bases)
        for t in (False, True)
    )

    assert (any_ >= even).all()


def test_margins_of_a_fixture_that_stands_wrong_are_the_worst_of_where_it_may_stand():
    bases = candidates(ROBOT, seams(), FRAMES, ("floor",))[0][1][::90]
    operations = tuple(sampled(o, FRAMES, TCP) for o in seams().operations)
    exact = best_margins(ROBOT, operations, bases)
    robust, wider = (robust_margins(ROBOT, operations, bases, shift=s, turn=s) for s in (0.005, 0.02))
    middle = np.concatenate([o.world_T_flange[:, :3, 3] for o in operations])
    middle = (middle.min(0) + middle.max(0)) / 2
    turned = pose(middle + 0.005, turn_z(-0.005) @ turn_y(0.005) @ turn_x(0.005)) @ pose(-middle)
    moved = tuple(replace(o, world_T_flange=turned @ o.world_T_flange) for o in operations)

    assert (robust_margins(ROBOT, operations, bases, shift=0.0, turn=0.0) == exact).all()
    assert (robust <= exact).all()
    assert (wider <= robust + 1e-3).all()
    assert (robust < exact - 1e-3).any()
    assert (robust <= best_margins(ROBOT, moved, bases) + 1e-9).all()


def test_turns_at_which_the_tool_is_not_free_are_not_counted():
    def ahead(world_T_flange: Array, working: bool) -> np.ndarray:
        return world_T_flange[:, 0, 0] > 0

    (one, two) = seams().operations
    assert 0 < sampled(one, FRAMES, TCP, ahead).runs < sampled(one, FRAMES, TCP).runs
    assert (sampled(two, FRAMES, TCP, ahead).world_T_flange[:, 0, 0] > 0).all()
    nothing = sampled(one, FRAMES, TCP, lambda poses, working: np.zeros(len(poses), np.bool_))
    assert nothing.runs == 0
    assert (best_margins(ROBOT, (nothing,), best()[0].world_T_base[None]) < 0).all()


def test_a_place_that_passes_has_joints_free_at_every_sample():
    """As the exact checks of a cell that stands there say, made without the search."""
    operations = tuple(sampled(o, FRAMES, TCP) for o in seams().operations)
    for place in best()[:3]:
        test = screened(ROBOT, operations, place.world_T_base, standing()(place))
        cell = replace(CELL, world_T_base=place.world_T_base)
        checker = make_checker(cell, scene(), working=True)

        assert test.passes
        for one, margin in zip(operations, test.margin, strict=True):
            q = np.asarray(solve(ROBOT.chain, inv(place.world_T_base) @ one.world_T_flange).q)
            free = checker.free(np.nan_to_num(q).reshape(-1, 6)).reshape(q.shape[:2]) & ~np.isnan(q[..., 0])
            assert all(free[one.sample == s].any() for s in range(one.samples))
            assert 0 < margin <= ENOUGH


def test_where_a_lid_covers_the_seams_no_place_passes_and_the_seams_are_named():
    lid = Body(
        name="lid",
        kind="obstacle",
        shapes=(Box(size=np.array([1.5, 1.5, 0.02]), body_T_box=np.eye(4)),),
        world_T_body=pose((0.0, 0.0, WORLD_T_PART[2, 3] + 0.16)),
    )
    places = found(there=make_scene((*bodies(), lid), focus=FOCUS))

    assert places.ranked == ()
    assert places.nearest is not None
    assert set(places.failing) == {0, 1}
    assert places.never == ()
    assert list(places.counts.values())[:2] == sorted(list(places.counts.values())[:2], reverse=True)


def test_operations_that_no_place_reaches_are_told():
    away = operation(2, np.array([7.0, 0.0, 0.1]), np.array([7.1, 0.0, 0.1]), np.array([0.0, -1.0, -1.0]))
    places = found(Work(operations=(*seams().operations, away)))

    assert places.ranked == ()
    assert len(places.failing) >= 1
    assert places.counts["placements_reaching"] == 0


def test_each_stage_takes_what_the_one_before_left():
    counts = found().counts

    assert list(counts) == [f"placements_{k}" for k in ("considered", "standing", "reaching", "screened", "free")]
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert counts["placements_free"] >= len(best())


def test_only_a_pedestal_has_a_column_and_it_ends_under_the_base():
    base = pose((1.0, 2.0, 0.7), turn_z(0.4))
    (column,) = pedestal("pedestal", base)

    assert isinstance(column, Box)
    assert column.body_T_box[2, 3] + column.size[2] / 2 == pytest.approx(0.7)
    assert column.body_T_box[2, 3] == pytest.approx(column.size[2] / 2)
    assert pedestal("floor", base) == pedestal("ceiling", base @ pose(rotation=turn_x(np.pi))) == ()
    assert pedestal("pedestal", pose()) == ()
    (behind,) = pedestal("wall", on_wall := base @ pose(rotation=turn_y(np.pi / 2)))
    assert isinstance(behind, Box)
    assert ((inv(on_wall) @ behind.body_T_box)[2, 3] + behind.size[2] / 2) == pytest.approx(0.0)


def test_no_flange_is_farther_from_the_second_axis_than_the_reach():
    q = np.random.default_rng(0).uniform(-np.pi, np.pi, (3000, 6))
    second = (ROBOT.chain.parent_T_joint[0] @ ROBOT.chain.parent_T_joint[1])[:3, 3]
    q[:, 0] = 0.0
    away = np.linalg.norm(base_T_flange(ROBOT.chain, q)[:, :3, 3] - second, axis=1)

    assert away.max() <= reach(ROBOT)


def test_a_place_reads_in_millimetres_and_degrees():
    place = Placement(mount="floor", world_T_base=pose((1.0, -0.5, 0.0), turn_z(np.pi / 2)), score=0.1, reached=1)

    assert str(place) == "floor at x 1000 mm, y -500 mm, z 0 mm, turned 90 deg"
