"""The cheap stages lose nothing: bounds are bounds, and what is asked at once is what is asked one by one."""

import numpy as np
import pytest

from cellwright.geometry import inv
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.turns import nearest_turn
from cellwright.placement.candidates import stands_free
from cellwright.placement.margins import best_margins
from cellwright.placement.model import Placement
from cellwright.robots.catalogue import load_robot
from cellwright.selection.bounds import within_ball
from cellwright.selection.ground import Ground, stand, with_robot
from cellwright.selection.reaching import LEAST, every_place, reached, stands
from cellwright.selection.stand_in import stand_in


@pytest.mark.parametrize("key", ["abb/IRB2600-12-1.65", "ur/UR5e"])
def test_feet_asked_at_once_stand_as_asked_one_by_one(ground: Ground, key: str) -> None:
    standing = stand(with_robot(ground, load_robot(key)))
    mount, places = every_place(ground, load_robot(key))
    chosen = np.arange(0, len(places), 29)

    def alone(i: int) -> bool:
        place = Placement(mount=mount[i], world_T_base=places[i], score=0.0, reached=0)
        return bool(stands_free(standing(place).moving, places[i][None])[0])

    assert stands(standing, mount, places, chosen).tolist() == [alone(i) for i in chosen]


@pytest.mark.parametrize("key", ["abb/IRB2600-12-1.65", "ur/UR5e", "kuka/KR4-R600"])
def test_no_place_that_would_do_is_dropped_by_a_bound(ground: Ground, key: str) -> None:
    robot = load_robot(key)
    _, places = every_place(ground, robot)
    some = places[:: len(places) // 150]
    near = within_ball(robot, ground.middle, some)
    bound = best_margins(robot, ground.middle, some)
    for operations in (ground.even, ground.turning):
        margin = best_margins(robot, operations, some)
        assert (margin <= bound + 1e-9).all()
        assert not (margin[~near] > 0.0).all(1).any()


def test_every_robot_is_asked_at_enough_places(ground: Ground) -> None:
    for key in ("abb/IRB2600-12-1.65", "ur/UR5e"):
        robot = load_robot(key)
        found = reached(ground, robot, stand(with_robot(ground, robot)))
        assert found.counts["considered"] >= LEAST
        counts = [found.counts[name] for name in ("considered", "within_reach", "bounded", "standing", "reaching")]
        assert counts == sorted(counts, reverse=True)
        assert found.best


@pytest.mark.parametrize("key", ["abb/IRB2600-12-1.65", "kuka/KR4-R600", "ur/UR5e", "jaka/S5", "staubli/TX2-60"])
def test_whoever_reaches_everything_from_somewhere_is_found_by_the_coarse_pass(ground: Ground, key: str) -> None:
    """The full pass: every operation with every turn at every place on which the foot stands free, no bound asked."""
    robot = load_robot(key)
    standing = stand(with_robot(ground, robot))
    found = reached(ground, robot, standing)
    mount, places = every_place(ground, robot)
    free = np.flatnonzero(stands(standing, mount, places, np.arange(len(places))))
    full = np.zeros(len(places), np.bool_)
    for operations in (ground.even, ground.turning):
        full[free] |= best_margins(robot, operations, places[free]).min(1) > 0.0

    assert bool(found.best) == bool(full.any())
    assert full[list(found.best)].all()


@pytest.mark.parametrize("key", ["kuka/LBR-iiwa-14-R820", "yaskawa/SIA20D", "rokae/xMate-Pro7"])
def test_an_arm_that_stands_in_moves_as_the_real_one_does_in_fewer_ways(key: str) -> None:
    robot = load_robot(key)
    other = stand_in(robot)
    assert other is not None
    assert other.exact
    q = np.random.default_rng(3).uniform(other.robot.lower, other.robot.upper, (200, 6))
    real = base_T_flange(robot.chain, np.insert(q, 2, 0.0, axis=1))

    assert np.abs(base_T_flange(other.robot.chain, q) - real).max() < 1e-12


@pytest.mark.parametrize("key", ["rokae/xMate-CR12", "yaskawa/SIA20D"])
def test_where_another_arm_stood_in_the_real_one_reaches_everything(ground: Ground, key: str) -> None:
    robot = load_robot(key)
    found = reached(ground, robot, stand(with_robot(ground, robot)))
    _, places = every_place(ground, robot)
    assert found.best
    best = found.best[0]
    for one in ground.even:  # some pose of every sample, by the real arm's own inverse kinematics
        q = np.asarray(solve(robot.chain, inv(places[best]) @ one.world_T_flange).q)
        q = nearest_turn(q, np.zeros(robot.dof), robot.lower, robot.upper, sliding=robot.chain.prismatic)
        met = (~np.isnan(q).any(-1)).any(1)
        assert all(met[one.sample == k].any() for k in range(one.samples))
