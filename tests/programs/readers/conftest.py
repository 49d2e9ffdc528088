"""Orientation conventions as another implementation has them."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns of an import style that is not used here
    from robodk import robomath

Oracle = Callable[..., np.ndarray]


def _metres(pose: robomath.Mat) -> np.ndarray:
    array = np.array(pose.Rows())
    array[:3, 3] *= 1e-3
    return array


@pytest.fixture(scope="session")
def kuka_pose() -> Oracle:
    """X Y Z [mm] A B C [deg] -> (4, 4) [m]."""
    return lambda *values: _metres(robomath.KUKA_2_Pose(list(values)))


@pytest.fixture(scope="session")
def quaternion_pose() -> Oracle:
    """X Y Z [mm] and a quaternion, the scalar first -> (4, 4) [m]."""
    return lambda x, y, z, *q: _metres(robomath.transl(x, y, z) * robomath.quaternion_2_pose(list(q)))
