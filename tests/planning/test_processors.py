"""A job planned as two kinds of processor would: every byte of the plan and of the program is the same."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

AVX2 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2"
KINDS = {
    "haswell": (AVX2, "Haswell", "X86_V4 AVX512_ICL AVX512_SPR"),
    "skylake-avx512": (f"{AVX2},+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl", "SkylakeX", ""),
}
"""By their name in LLVM: what numba may use, OpenBLAS's kernels, and what numpy may not use."""


def can(flag: str) -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and flag in cpuinfo.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="two kinds of one family of processors")
@pytest.mark.skipif(not can("avx512vl"), reason="this processor has no AVX-512 to try the second kind on")
def test_two_kinds_of_processor_plan_the_same_bytes(job, tmp_path):
    file, told = job(), {}
    for kind, (features, blas, without) in KINDS.items():
        out = tmp_path / kind
        environment = os.environ | {
            "NUMBA_CPU_NAME": kind,
            "NUMBA_CPU_FEATURES": features,
            "OPENBLAS_CORETYPE": blas,
            "NPY_DISABLE_CPU_FEATURES": without,
            "CELLWRIGHT_CACHE": str(tmp_path / f"cache_{kind}"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "cellwright", "plan", str(file), "--out", str(out), "--quiet"],
            capture_output=True, text=True, timeout=600, check=False, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        told[kind] = {one.name: one.read_bytes() for one in sorted(out.iterdir()) if one.suffix != ".html"}

    first, second = told.values()
    assert first.keys() == second.keys()
    assert len(first) > 1
    assert [name for name in first if first[name] != second[name]] == []
