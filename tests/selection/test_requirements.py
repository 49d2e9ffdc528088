"""What a job asks of a robot follows from its figures, and every one says where it comes from."""

from collections.abc import Callable

import numpy as np
import pytest

from cellwright.job.model import Job
from cellwright.robots.catalogue import load_robot
from cellwright.selection.bounds import ball, fits, upright
from cellwright.selection.ground import Ground
from cellwright.selection.requirements import requirements


def test_every_requirement_says_where_it_comes_from(ground: Ground) -> None:
    needs = requirements(ground.job, ground.work)

    assert all(item.source for item in needs.items)
    assert needs.figure("payload") == 3.0
    assert "tool.mass" in needs["payload"].source
    assert needs.figure("speed") == pytest.approx(0.008)
    assert needs.figure("repeatability") == pytest.approx(1e-4)


def test_what_the_job_does_not_say_is_unknown(ground: Ground) -> None:
    needs = requirements(ground.job, ground.work)

    assert [needs[name].value for name in ("wrist_moment", "air_time", "protection", "certificates")] == [None] * 4


def test_a_robot_without_data_is_unknown_never_met(ground: Ground) -> None:
    found = {fit.name: fit for fit in fits(load_robot("dobot/CR10"), requirements(ground.job, ground.work))}

    assert found["speed"].state == "unknown"
    assert found["certificates"].state == "unknown"


@pytest.mark.parametrize(("key", "parallel"), [("epson/T3-401S", True), ("abb/IRB2600-12-1.65", False)])
def test_parallel_axes_never_tilt_the_flange(key: str, parallel: bool) -> None:
    robot = load_robot(key)
    assert upright(robot) is parallel
    if parallel:
        from cellwright.collision.fast import random_joints
        from cellwright.kinematics.chain import base_T_flange

        z = base_T_flange(robot.chain, random_joints(robot, 200, seed=1))[:, 2, 2]
        assert np.abs(np.abs(z) - 1.0).max() < 1e-9


@pytest.mark.parametrize("key", ["abb/IRB2600-12-1.65", "ur/UR5e", "kuka/LBR-iiwa-14-R820", "epson/T3-401S"])
def test_no_position_leaves_the_ball_of_the_reach(key: str) -> None:
    from cellwright.collision.fast import random_joints
    from cellwright.kinematics.chain import base_T_flange

    robot = load_robot(key)
    centre, radius = ball(robot)
    flange = base_T_flange(robot.chain, random_joints(robot, 20_000, seed=2))[:, :3, 3]

    assert np.linalg.norm(flange - centre, axis=1).max() <= radius + 1e-9


def test_a_takt_leaves_what_the_toolpaths_do_not_take(make_job: Callable[..., Job], ground: Ground) -> None:
    job = make_job("abb/IRB2600-12-1.65").model_copy(update={"takt": 100.0})
    ways = [o.alternatives[0].segments for o in ground.work.operations]
    from cellwright.processes.work import length

    busy = sum(length(segment) / segment.speed for way in ways for segment in way)
    assert requirements(job, ground.work).figure("air_time") == pytest.approx(100.0 - busy, abs=1e-6)
