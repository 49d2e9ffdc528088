"""The only door to numba: compiled kernels with a cache that sees every edit of every kernel.

Numba's own cache looks at the file of the entry function and misses an edit in a callee of another file. Here the
folder of the cache is named by a hash of all kernel sources, of numba's version and of the processor, and it is set
before numba is imported.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])

_PACKAGE = Path(__file__).parent


def cache_folder() -> Path:
    """Return where compiled kernels and planned stages are kept on this machine (``CELLWRIGHT_CACHE`` moves it)."""
    if named := os.environ.get("CELLWRIGHT_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "cellwright" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cellwright"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "cellwright"


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{version('numba')} {platform.machine()} {platform.processor()}".encode())
    digest.update(f"{os.environ.get('NUMBA_CPU_NAME', '')} {os.environ.get('NUMBA_CPU_FEATURES', '')}".encode())
    for file in sorted(_PACKAGE.rglob("*.py")):
        text = file.read_bytes()
        if b"compiled" in text:
            digest.update(text)
    return digest.hexdigest()[:16]


_KERNELS = cache_folder() / "kernels" / _fingerprint()
cold = not _KERNELS.exists()
"""True when no kernel of this version has been compiled on this machine yet."""

os.environ["NUMBA_CACHE_DIR"] = str(_KERNELS)

import numba  # noqa: E402  the cache folder must be named before numba is imported


def kernel(function: F) -> F:
    """Compile on first call, keep the result on disk; no fast-math, so that sums and NaN mean what they say."""
    return cast("F", numba.njit(cache=True, error_model="numpy")(function))


def inline(function: F) -> F:
    """Compile into its caller."""
    return cast("F", numba.njit(inline="always", error_model="numpy")(function))
