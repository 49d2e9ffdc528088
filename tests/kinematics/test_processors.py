"""The same poses give the same bytes on every processor: no fused multiply-add, no libm, no BLAS in what decides."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from every_family import ARMS

CODE = """
import hashlib, json
import numpy as np
from every_family import ARMS, BASES, best, poses_of, told
from cellwright.kinematics.chain import base_T_flange

found = {}
for name in ARMS:
    poses = poses_of(name, 100)
    parts = {"poses": (poses,), "branches": told(name, poses), "best": (best(name, poses, BASES),)}
    for part, arrays in parts.items():
        digest = hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays))
        found[f"{name}: {part}"] = digest.hexdigest()
print(json.dumps(found))
"""
AVX2 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2"
KINDS = {
    "haswell": (AVX2, "Haswell", "X86_V4 AVX512_ICL AVX512_SPR"),
    "skylake-avx512": (f"{AVX2},+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl", "SkylakeX", ""),
}
"""By their name in LLVM: what numba may use, OpenBLAS's kernels, and what numpy may not use."""
FLAGS = Path("/proc/cpuinfo")


def can(flag: str) -> bool:
    return FLAGS.is_file() and flag in FLAGS.read_text(encoding="utf-8")


@pytest.mark.sweep
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="two kinds of one family of processors")
@pytest.mark.skipif(not can("avx512vl"), reason="this processor has no AVX-512 to try the second kind on")
def test_two_kinds_of_processor_give_the_same_bytes_for_every_family(tmp_path):
    told = []
    for kind, (features, blas, without) in KINDS.items():
        environment = os.environ | {
            "NUMBA_CPU_NAME": kind,
            "NUMBA_CPU_FEATURES": features,
            "OPENBLAS_CORETYPE": blas,
            "NPY_DISABLE_CPU_FEATURES": without,
            "CELLWRIGHT_CACHE": str(tmp_path / kind),
            "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
        }
        done = subprocess.run(
            [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=600, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout))

    first, second = told
    assert first.keys() == second.keys()
    assert len(first) == 3 * len(ARMS)
    assert [name for name in first if first[name] != second[name]] == []
