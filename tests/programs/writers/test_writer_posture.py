"""The posture that is written beside a pose."""

import numpy as np
import pytest

from cellwright.programs.writers.posture import Posture, posture

ZERO = Posture(rear=False, folded=False, flipped=False)


@pytest.mark.parametrize("brand", ["abb", "estun"])
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ([0, 0, 0, 0, 0, 0], ZERO),
        ([40, 10, 20, 30, 45, 60], ZERO),
        ([0, 0, 0, 0, -45, 0], Posture(rear=False, folded=False, flipped=True)),
        ([0, -100, 20, 0, 45, 0], Posture(rear=True, folded=False, flipped=False)),
        ([0, 80, -150, 0, 45, 0], Posture(rear=False, folded=True, flipped=False)),
        ([0, -20, -170, 0, -45, 0], Posture(rear=True, folded=True, flipped=True)),
    ],
)
def test_each_side_of_shoulder_elbow_and_wrist_is_told(brand, q, expected, plan_for):
    assert posture(plan_for(brand).cell.robot, np.radians(q)) == expected


def test_turns_of_the_first_axis_change_no_posture(plan_for):
    robot = plan_for("abb").cell.robot
    q = np.radians([0, 20, -30, 40, -50, 60])

    assert {posture(robot, q + np.radians([turn, 0, 0, 0, 0, 0])) for turn in range(-180, 180, 30)} == {
        posture(robot, q)
    }
