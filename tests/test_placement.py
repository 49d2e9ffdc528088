"""Places for the base: scores against joints counted independently, and laws of moving everything together."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cellwright.cell import Body
from cellwright.collision.fast import make_scene
from cellwright.geometry import Array, inv, pose, rotation_vector, turn_x, turn_z
from cellwright.kinematics.chain import base_T_flange, jacobian
from cellwright.placement import Placement, pedestal, placements, reach, score
from cellwright.processes.work import Work
from cellwright.shapes import Box
from small_cell import FOCUS, WORLD_T_PART, bodies, operation, seams, small_cell

CELL = small_cell()
ROBOT, TCP = CELL.robot, CELL.tool.flange_T_tcp
FRAMES = {"part": WORLD_T_PART}
PLANAR = pose((1.7, -0.6, 0.0), turn_z(0.9))


@cache
def best() -> tuple[Placement, ...]:
    scene = make_scene(bodies(), focus=FOCUS)
    return placements(ROBOT, TCP, seams(), FRAMES, scene, mounts=("floor", "pedestal"), count=5)


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
    moved = placements(
        ROBOT, TCP, seams(), {"part": shift @ WORLD_T_PART}, there, mounts=("floor", "pedestal"), count=5
    )

    assert [p.reached for p in moved] == [p.reached for p in best()]
    assert [p.score for p in moved] == pytest.approx([p.score for p in best()], abs=1e-3)


def test_the_best_comes_first_and_none_stands_next_to_another():
    order = [(-place.reached, -round(place.score, 3)) for place in best()]
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
    scene = make_scene((*bodies(), block), focus=FOCUS)
    for place in placements(ROBOT, TCP, seams(), FRAMES, scene, mounts=("floor", "pedestal"), count=5):
        away = np.abs(place.world_T_base[:2, 3] - best()[0].world_T_base[:2, 3])

        assert away.max() > 0.5


def test_mounts_are_what_was_asked_for():
    scene = make_scene(bodies(), focus=FOCUS)
    floor = placements(ROBOT, TCP, seams(), FRAMES, scene, mounts=("floor",), count=3)
    ceiling = placements(ROBOT, TCP, seams(), FRAMES, scene, mounts=("ceiling",), count=3)

    assert all(place.mount == "floor" and place.world_T_base[2, 3] == 0.0 for place in floor)
    assert all(np.allclose(place.world_T_base[:3, 2], [0, 0, -1]) for place in ceiling)
    assert all(place.world_T_base[2, 3] > WORLD_T_PART[2, 3] for place in ceiling)


def test_only_a_pedestal_has_a_column_and_it_ends_under_the_base():
    base = pose((1.0, 2.0, 0.7), turn_z(0.4))
    (column,) = pedestal("pedestal", base)

    assert isinstance(column, Box)
    assert column.body_T_box[2, 3] + column.size[2] / 2 == pytest.approx(0.7)
    assert column.body_T_box[2, 3] == pytest.approx(column.size[2] / 2)
    assert pedestal("floor", base) == pedestal("ceiling", base @ pose(rotation=turn_x(np.pi))) == ()
    assert pedestal("pedestal", pose()) == ()


def test_no_flange_is_farther_from_the_second_axis_than_the_reach():
    q = np.random.default_rng(0).uniform(-np.pi, np.pi, (3000, 6))
    second = (ROBOT.chain.parent_T_joint[0] @ ROBOT.chain.parent_T_joint[1])[:3, 3]
    q[:, 0] = 0.0
    away = np.linalg.norm(base_T_flange(ROBOT.chain, q)[:, :3, 3] - second, axis=1)

    assert away.max() <= reach(ROBOT)


def test_a_place_reads_in_millimetres_and_degrees():
    place = Placement(mount="floor", world_T_base=pose((1.0, -0.5, 0.0), turn_z(np.pi / 2)), score=0.1, reached=1)

    assert str(place) == "floor at x 1000 mm, y -500 mm, z 0 mm, turned 90 deg"
