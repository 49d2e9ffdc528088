"""What makes the kernels fast, told by the machine code and not by a clock."""

import platform
import re

import numba
import pytest

from cellwright.kinematics import opw_kernel

WIDE_ROOT = {"x86_64": r"\bv?sqrtpd\b", "AMD64": r"\bv?sqrtpd\b", "arm64": r"\bfsqrt[.\s]+(v\d+)?\.?2d"}
WIDE_ROOT["aarch64"] = WIDE_ROOT["arm64"]


def test_branches_are_computed_several_poses_at_once():
    pattern = WIDE_ROOT.get(platform.machine())
    if pattern is None:
        pytest.skip(f"no pattern for the machine code of {platform.machine()}")
    row, number = numba.float64[::1], numba.float64
    compiled = numba.njit([(*[row] * 6, number, number, number)], error_model="numpy")(opw_kernel.fill_branch.py_func)
    (code,) = compiled.inspect_asm().values()

    assert re.search(pattern, code)
    assert "fmadd" not in code  # fused multiply-add would give other bytes on other processors
