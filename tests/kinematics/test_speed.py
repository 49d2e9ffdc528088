"""What makes the kernels fast, told by the machine code and not by a clock."""

import platform
import re

import numba
import pytest

from cellwright.kinematics import blocks, newton_kernel, opw_kernel, scara_kernel, three_parallel_kernel

WIDE = {"x86_64": r"\bv?(sqrt|div|mul|sub)pd\b.*[yz]mm", "AMD64": r"\bv?(sqrt|div|mul|sub)pd\b.*[yz]mm"}
WIDE["arm64"] = WIDE["aarch64"] = r"\bf(sqrt|div|mul|sub)[.\s]+(v\d+)?\.?2d"


ROW, NUMBER = numba.float64[::1], numba.float64
HOT = {
    "opw arm": (opw_kernel.fill_arms, [ROW] * 4),
    "opw hand": (opw_kernel.fill_hand, [ROW, ROW, numba.int64, NUMBER, ROW]),
    "opw margins": (opw_kernel.fill_last, [ROW, ROW, ROW, numba.float64[:, ::1], ROW, ROW, ROW, ROW]),
    "three_parallel": (three_parallel_kernel.fill_pair, [ROW] * 4 + [NUMBER] * 3),
    "scara": (scara_kernel.fill_hands, [ROW] * 3),
    "newton": (newton_kernel.place, [ROW, numba.float64[:, ::1], ROW, ROW]),
    "limits": (blocks.fill_room, [ROW, NUMBER, NUMBER, ROW]),
}


@pytest.mark.parametrize("name", HOT)
def test_several_poses_are_worked_on_at_once(name):
    wide = WIDE.get(platform.machine())
    if wide is None:
        pytest.skip(f"no pattern for the machine code of {platform.machine()}")
    function, signature = HOT[name]
    compiled = numba.njit([tuple(signature)], error_model="numpy")(function.py_func)
    (code,) = compiled.inspect_asm().values()

    assert re.search(wide, code)
    assert "fmadd" not in code  # fused multiply-add would give other bytes on other processors
