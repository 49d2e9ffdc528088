"""What else the clock keeps: published torques, a takt without known speeds, a robot's own ramps."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.cell import Cell, Tool
from cellwright.controllers import Calibration
from cellwright.errors import CellwrightError
from cellwright.geometry import frozen, inv, pose
from cellwright.kinematics.chain import base_T_flange, base_T_links
from cellwright.motion.dynamics import cell_dynamics, missing_for_torque, torques, wrist_moments
from cellwright.motion.timing import speed_needed, time_path
from cellwright.motion.ways import ways
from cellwright.paths.model import Move, Path
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum
from small_cell import path, small_cell

CELL = small_cell()


def arm(real_data, mass: float = 2.0) -> Cell:
    """A robot whose inertias and torques are published, with a load."""
    robot = load_robot(real_data / "robots" / "kuka_kr10_r1100_2" / "kuka_kr10_r1100_2.urdf", meshes=False)
    tool = Tool(
        name="load", flange_T_tcp=pose((0.0, 0.0, 0.1)), bodies=(),
        mass=Datum(value=mass, source="", confidence=None), flange_p_centre=frozen([0.0, 0.0, 0.1]),
    )  # fmt: skip
    return Cell(
        robot=robot, world_T_base=np.eye(4), tool=tool, frames={"part": np.eye(4)}, bodies=(), home=robot.home,
        clearance=0.0, tool_clearance=0.0,
    )  # fmt: skip


def there(cell: Cell, end: np.ndarray) -> Path:
    frame_T_tcp = inv(cell.frames["part"]) @ cell.world_T_base @ base_T_flange(cell.robot.chain, end)
    move = Move(
        kind="joint", q=frozen(end), frame="part", frame_T_tcp=frozen(frame_T_tcp @ cell.tool.flange_T_tcp), speed=1.0,
        zone=0.0, role="transit",
    )  # fmt: skip
    return Path(start=frozen(np.array([0.0, -1.2, 1.4, 0.0, 0.5, 0.0])), moves=(move,))


SWING = np.array([1.0, -0.4, 0.6, 0.8, -0.4, 1.0])


def test_torques_stay_within_the_published_ones(real_data):
    cell = arm(real_data)
    assert missing_for_torque(cell.robot, cell.tool) == ()
    strong = replace(cell, robot=replace(cell.robot, effort=frozen(np.full(6, 1e6))))
    weak = replace(cell, robot=replace(cell.robot, effort=frozen(cell.robot.effort * 0.8)))
    swift = Calibration(ramps=(0.10, 0.15, 0.30), cycles=3, source="made up")
    free, held = (time_path(c, there(c, SWING), calibration=swift) for c in (strong, weak))
    share = torques(cell_dynamics(weak), held.q, held.qd, held.qdd) / weak.robot.effort

    assert "torques stay within" in held.duration.reason
    assert held.duration.nominal > 1.02 * free.duration.nominal
    assert 0.97 <= np.abs(share[1:-1]).max() <= 1.03


def test_weaker_joints_take_longer_until_they_cannot_hold_the_arm(real_data):
    cell = arm(real_data)
    times, last = [], ""
    for part in (2.0, 1.0, 0.8, 0.01):
        weaker = replace(cell, robot=replace(cell.robot, effort=frozen(cell.robot.effort * part)))
        duration = time_path(weaker, there(weaker, SWING)).duration
        times.append(duration.low)
        last = duration.reason

    assert times[0] <= times[1] <= times[2]
    assert times[2] > times[0]
    assert "do not hold the arm" in last


def test_unknown_inertia_leaves_torques_out(real_data):
    cell = arm(real_data)
    bare = replace(cell, robot=replace(cell.robot, inertia=(None,) * 7))

    assert "torque" not in time_path(bare, there(bare, SWING)).duration.reason


def test_the_weight_at_the_wrist_by_hand(real_data):
    cell = arm(real_data, mass=5.0)
    chain = cell.robot.chain
    moments = wrist_moments(cell.robot, cell.tool)
    frames = base_T_flange(chain, np.zeros(6))
    centre = (frames @ np.array([0.0, 0.0, 0.1, 1.0]))[:3]
    link = base_T_links(chain, np.zeros(6))[5]
    lever = np.linalg.norm(np.cross(centre - link[:3, 3], link[:3, :3] @ chain.axis[4]))

    # the centre lies on axis 6; about axes 4 and 5 its lever is how far it is from where they cross
    assert moments[2] == pytest.approx(0.0, abs=1e-9)
    assert moments[1] == pytest.approx(5.0 * 9.80665 * lever, rel=1e-9)
    assert moments[0] == pytest.approx(moments[1], rel=1e-3)


def test_a_takt_tells_what_an_unknown_speed_had_to_be():
    robot = replace(CELL.robot, speed=frozen(np.where(np.arange(6) == 0, np.nan, CELL.robot.speed)))
    unknown = replace(CELL, robot=robot)
    pieces = ways(unknown, path())
    least = time_path(CELL, path()).duration.low
    needed = speed_needed(robot, pieces, path(), least)

    assert 0.0 < needed < CELL.robot.speed[0]  # without ramps it is less than what the real robot has
    assert speed_needed(robot, pieces, path(), least * 2) < needed
    assert np.isinf(speed_needed(robot, pieces, path(), 1.0))
    with pytest.raises(CellwrightError, match=r"need \d+ deg/s at the very least"):
        time_path(unknown, path(), takt=least)
    with pytest.raises(CellwrightError, match="no joint speed is enough"):
        time_path(unknown, path(), takt=1.0)


def test_a_robots_own_ramps_narrow_the_range():
    own = Calibration(ramps=(0.38, 0.40, 0.42), cycles=6, source="recorded on the robot")
    general, calibrated = time_path(CELL, path()).duration, time_path(CELL, path(), calibration=own).duration

    assert calibrated.high - calibrated.low < 0.3 * (general.high - general.low)
    assert general.low < calibrated.low
    assert calibrated.high < general.high
    assert "6 cycles of this robot" in calibrated.reason
