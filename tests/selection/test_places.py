"""The cheap stages lose nothing: bounds are bounds, and what is asked at once is what is asked one by one."""

import numpy as np
import pytest

from cellwright.placement.candidates import stands_free
from cellwright.placement.margins import best_margins
from cellwright.placement.model import Placement
from cellwright.robots.catalogue import load_robot
from cellwright.selection.bounds import within_ball
from cellwright.selection.ground import Ground, stand, with_robot
from cellwright.selection.reaching import LEAST, every_place, reached, stands


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
