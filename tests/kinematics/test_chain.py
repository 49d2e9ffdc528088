"""Forward kinematics and what follows from it, against pinocchio and against differences."""

from pathlib import Path

import numpy as np
import pytest
from arms import OPW, PALLETISER, SCARA, UR10E
from second_reader import FLANGES, read

from cellwright.geometry import inv, rotation_vector
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian, manipulability


def any_q(chain: Chain, n: int) -> np.ndarray:
    return np.random.default_rng(chain.dof).uniform(-np.pi, np.pi, (n, chain.dof))


@pytest.mark.parametrize("chain", [*OPW.values(), UR10E, SCARA, PALLETISER], ids=[*OPW, "UR10E", "SCARA", "PALLETISER"])
def test_jacobian_is_the_derivative_of_the_flange(chain):
    q, h = any_q(chain, 5), 1e-6
    steps = h * np.eye(chain.dof)
    after, before = base_T_flange(chain, q[:, None] + steps), base_T_flange(chain, q[:, None] - steps)
    speed = (after[..., :3, 3] - before[..., :3, 3]) / (2 * h)
    rate = rotation_vector(after[..., :3, :3] @ np.swapaxes(before[..., :3, :3], -1, -2)) / (2 * h)

    assert np.allclose(np.swapaxes(jacobian(chain, q), -1, -2), np.concatenate([speed, rate], -1), atol=1e-8)


@pytest.mark.parametrize("chain", [*OPW.values(), UR10E], ids=[*OPW, "UR10E"])
def test_manipulability_of_six_joints_is_the_determinant(chain):
    q = any_q(chain, 20)

    assert np.allclose(manipulability(chain, q), np.abs(np.linalg.det(jacobian(chain, q))), atol=1e-12)


def test_manipulability_is_zero_when_the_arm_is_stretched():
    assert manipulability(UR10E, np.zeros(6)) < 1e-12


def test_flange_is_where_pinocchio_puts_it(real_data: Path):
    pin = pytest.importorskip("pinocchio", reason="pinocchio is the second computation: pip install pin")
    seen = 0
    for file in sorted((real_data / "kinematics").glob("*.urdf")):
        robot = read(file)
        if robot.tip not in FLANGES:
            continue
        model = pin.buildModelFromUrdf(str(file))
        data = model.createData()
        base, tip = model.getFrameId(robot.root), model.getFrameId(robot.tip)
        for q in any_q(robot.chain, 5):
            by_name = dict(zip(robot.chain.joints, q, strict=True))
            configuration = pin.neutral(model)
            for name, joint in zip(list(model.names)[1:], list(model.joints)[1:], strict=True):
                value = by_name.get(name, 0.0)
                configuration[joint.idx_q : joint.idx_q + joint.nq] = (
                    [value] if joint.nq == 1 else [np.cos(value), np.sin(value)]
                )
            pin.framesForwardKinematics(model, data, configuration)
            theirs = inv(data.oMf[base].homogeneous) @ data.oMf[tip].homogeneous

            assert np.abs(base_T_flange(robot.chain, q) - theirs).max() < 1e-9, file.name
        seen += 1
    assert seen > 80
