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
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import margins

digest = hashlib.sha256()
for chain in (arms.IRB2400, arms.TX2_60, arms.UR10E):
    poses = np.round(base_T_flange(chain, np.round(any_positions(200), 3)), 9)
    found = solve(chain, poses)
    digest.update(found.q.tobytes() + found.miss.tobytes())
    digest.update(margins(chain, poses, np.full(6, -2.0), np.full(6, 2.5), wrist=1.0).tobytes())
print(digest.hexdigest())
"""
KINDS = {"haswell": "+avx2,+fma,+avx", "nehalem": "-avx,-avx2,-fma,+sse4.2"}


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
