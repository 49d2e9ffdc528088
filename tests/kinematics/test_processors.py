"""The same poses give the same bytes on every processor: no fused multiply-add, no call into the machine's libm."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import hashlib, math
import numpy as np
import arms
from positions import any_positions
from cellwright.geometry import pose
from cellwright.kinematics.branches import Asked
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import best_margins, margins

digest = hashlib.sha256()
for chain in (arms.IRB2400, arms.TX2_60, arms.UR10E, arms.SCARA):
    q = np.round(any_positions(200)[:, : chain.dof], 3)
    poses = np.round(base_T_flange(chain, q), 9)
    found = solve(chain, poses)
    digest.update(found.q.tobytes() + found.miss.tobytes())
    lower, upper = np.full(chain.dof, -2.0), np.full(chain.dof, 2.5)
    digest.update(margins(chain, poses, lower, upper, wrist=1.0).tobytes())
    asked = Asked(
        world_T_flange=poses, ends=np.where(np.arange(200) % 3, 1, 2), operation=np.arange(200) // 50, count=4
    )
    bases = pose(np.linspace(-1.0, 1.0, 5)[:, None] * [1.0, 0.5, 0.1])
    digest.update(best_margins(chain, asked, bases, lower, upper).tobytes())
print(digest.hexdigest())
"""
KINDS = {"haswell": "+avx2,+fma,+avx", "nehalem": "-avx,-avx2,-fma,+sse4.2"}
FLAGS = Path("/proc/cpuinfo")
if FLAGS.exists() and "avx512dq" in FLAGS.read_text(encoding="utf-8"):
    KINDS["skylake-avx512"] = "+avx512f,+avx512dq,+avx512vl,+avx2,+fma"


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="two kinds of one family of processors")
def test_two_kinds_of_processor_give_the_same_bytes(tmp_path):
    told = set()
    for name, features in KINDS.items():
        environment = {
            **os.environ,
            "NUMBA_CPU_NAME": name,
            "NUMBA_CPU_FEATURES": features,
            "CELLWRIGHT_CACHE": str(tmp_path / name),
            "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
        }
        done = subprocess.run(
            [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        told.add(done.stdout.strip())

    assert len(told) == 1
    assert len(told.pop()) == hashlib.sha256().digest_size * 2
