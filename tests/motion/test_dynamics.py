"""Joint torques: pinocchio as oracle on real descriptions, and laws of mechanics."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.cell import Tool
from cellwright.geometry import frozen, pose
from cellwright.motion.dynamics import GRAVITY, dynamics, missing_for_torque, torques
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum

WEIGHED = ("kuka_kr10_r1100_2", "ur10e", "denso_hsr065", "ufactory_xarm7", "kawasaki_rs013n")


def tool(mass: float | None = 4.0, *, centre: bool = True) -> Tool:
    known = Datum(value=mass, source="", confidence=None)
    place = frozen([0.05, -0.02, 0.12]) if centre else None
    return Tool(name="gripper", flange_T_tcp=pose((0.0, 0.0, 0.2)), bodies=(), mass=known, flange_p_centre=place)


@pytest.mark.parametrize("name", WEIGHED)
def test_torques_are_pinocchios(name, real_data):
    pin = pytest.importorskip("pinocchio")
    file = real_data / "robots" / name / f"{name}.urdf"
    robot = load_robot(file, meshes=False)
    if any(body is None for body in robot.inertia[1:]):
        pytest.skip("a link of this description has no inertia")
    full = pin.buildModelFromUrdf(str(file))
    others = [i for i in range(1, full.njoints) if full.names[i] not in robot.chain.joints]
    model = pin.buildReducedModel(full, others, pin.neutral(full))
    assert list(model.names)[1:] == list(robot.chain.joints)
    model.gravity.linear = np.array([0.0, 0.0, -GRAVITY])
    data = model.createData()
    rng = np.random.default_rng(4)
    q, qd, qdd = rng.uniform(-2, 2, (3, 200, robot.dof))
    ours = torques(dynamics(robot, None, np.eye(3)), q, qd, qdd)

    def neutral(row):  # a joint without end is a point on the unit circle there
        parts = [[np.cos(v), np.sin(v)] if model.joints[i + 1].nq == 2 else [v] for i, v in enumerate(row)]
        return np.concatenate(parts)

    theirs = np.array([pin.rnea(model, data, neutral(a), b, c) for a, b, c in zip(q, qd, qdd, strict=True)])
    assert np.abs(ours - theirs).max() < 1e-9 * max(1.0, np.abs(theirs).max())


@pytest.fixture(scope="module")
def arm(real_data):
    return load_robot(real_data / "robots" / "kuka_kr10_r1100_2" / "kuka_kr10_r1100_2.urdf", meshes=False)


def test_power_is_the_change_of_energy(arm):
    model = dynamics(arm, tool(), np.eye(3))
    t = np.linspace(0.0, 1.0, 4001)[:, None]
    phase = np.arange(6)[None, :]
    q, qd, qdd = np.sin(2 * t + phase), 2 * np.cos(2 * t + phase), -4 * np.sin(2 * t + phase)
    torque = torques(model, q, qd, qdd)
    kinetic = 0.5 * (torques(model, q, 0 * qd, qd, gravity=False) * qd).sum(1)
    # what gravity asks at rest is the slope of the potential energy
    lift = (torques(model, q, 0 * qd, 0 * qd) * qd).sum(1)
    power = (torque * qd).sum(1) - lift

    assert np.allclose(np.gradient(kinetic, t[:, 0])[5:-5], power[5:-5], rtol=1e-4, atol=1e-3 * np.abs(power).max())


def test_a_heavier_tool_needs_its_weight_times_its_arm(arm):
    q = np.zeros((1, 6))
    bare = torques(dynamics(arm, None, np.eye(3)), q, q, q)
    light, heavy = (torques(dynamics(arm, tool(mass), np.eye(3)), q, q, q) for mass in (2.0, 6.0))

    assert np.allclose((heavy - bare), 3.0 * (light - bare), atol=1e-9)
    assert abs(heavy - bare)[0, 1] > 6.0 * GRAVITY * 0.5


def test_a_hanging_robot_is_pulled_the_other_way(arm):
    q = np.array([[0.3, -0.7, 0.4, 0.2, 0.9, 0.1]])
    upright, hanging = (
        torques(dynamics(arm, None, turned), q, 0 * q, 0 * q) for turned in (np.eye(3), np.diag([1.0, -1.0, -1.0]))
    )

    assert np.allclose(upright, -hanging, atol=1e-9)


def test_what_is_missing_is_named(arm):
    assert missing_for_torque(arm, tool()) == ()
    assert missing_for_torque(arm, tool(None, centre=False)) == ("mass of the tool", "centre of mass of the tool")
    bare = replace(arm, inertia=(None,) * 7, effort=None)
    inertia, effort = missing_for_torque(bare, tool())
    assert arm.chain.links[1] in inertia
    assert arm.chain.joints[5] in effort
    with pytest.raises(ValueError, match="unknown"):
        dynamics(bare, None, np.eye(3))
