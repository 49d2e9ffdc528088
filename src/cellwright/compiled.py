"""The only door to numba: compiled kernels with a cache that sees every edit of every kernel.

Numba's own cache looks at the file of the entry function and misses an edit in a callee of another file. Here the
kernels of each file have a folder of their own, named by a hash of its source, of all kernel sources that it imports,
of numba's version and of the processor.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., object])


def cache_folder() -> Path:
    """Return where compiled kernels and planned stages are kept on this machine (``CELLWRIGHT_CACHE`` moves it)."""
    if named := os.environ.get("CELLWRIGHT_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "cellwright" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cellwright"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "cellwright"


def _folder(file: Path) -> Path:
    """Return where the kernels of a file are kept: another place after an edit of any kernel that they may call."""
    digest = hashlib.sha256(_machine())
    for _, text in sorted(_sources(file, {}).items()):
        digest.update(text)
    return cache_folder() / "kernels" / digest.hexdigest()[:16]


def _sources(file: Path, seen: dict[Path, bytes]) -> dict[Path, bytes]:
    """Return a file and every file with kernels that it imports, near or far, with their contents."""
    if file not in seen and file.is_file():
        text = file.read_bytes()
        if b"compiled" in text:
            seen[file] = text
            for dots, name in _IMPORT.findall(text):
                _sources(file.parents[len(dots) - 1].joinpath(*name.decode().split(".")).with_suffix(".py"), seen)
    return seen


_IMPORT = re.compile(rb"^from (\.+)([\w.]+) import", re.MULTILINE)


@cache
def _machine() -> bytes:
    """Return what compiled code depends on beside its source: numba, the processor and what stands in for it."""
    pinned = (os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"))
    return " ".join((version("numba"), platform.machine(), platform.processor(), *pinned)).encode()


@cache
def _numba() -> Any:  # has no types
    # numba makes sure that it can write somewhere as soon as it is imported
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder() / "kernels")
    import numba

    return numba


def kernel(function: F) -> F:
    """Compile on first call, keep the result on disk; no fast-math, so that sums and NaN mean what they say."""
    numba = _numba()
    numba.core.config.CACHE_DIR = str(_folder(Path(function.__code__.co_filename)))
    return cast("F", numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)(function))


def viewing(function: F) -> F:
    """Compile as ``kernel`` does, without counts of references: for callees that make no arrays, only views of them.

    The counts are atomic, and dear where a call takes less than a microsecond.
    """
    numba = _numba()
    numba.core.config.CACHE_DIR = str(_folder(Path(function.__code__.co_filename)))
    return cast("F", numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)(function))


def callee(function: F) -> F:
    """Compile as ``viewing`` does, for other kernels alone: without the way in from Python, which must not be tried.

    To take a tuple of fifty arrays apart is more code than most kernels are.
    """
    numba = _numba()
    numba.core.config.CACHE_DIR = str(_folder(Path(function.__code__.co_filename)))
    options = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True, "_nrt": False}
    return cast("F", numba.njit(cache=True, error_model="numpy", **options)(function))


def inline(function: F) -> F:
    """Compile into its caller: by the compiler's own inliner, so that it is read and typed once, not at every call."""
    return cast("F", _numba().njit(forceinline=True, error_model="numpy", no_cfunc_wrapper=True)(function))


def kernels() -> dict[str, Any]:
    """Return ``module:function`` -> compiled function of everything that has been imported so far."""
    modules = {name: module for name, module in sys.modules.items() if name.startswith("cellwright.")}
    return {
        f"{name}:{key}": value
        for name, module in sorted(modules.items())
        for key, value in sorted(vars(module).items())
        if hasattr(value, "py_func") and value.py_func.__module__ == name and "forceinline" not in value.targetoptions
    }


def kept(name: str) -> bool:
    """Return whether a kernel, ``module:function``, is compiled on this machine for some types."""
    module, _, function = name.partition(":")
    file = Path(__file__).parent.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return any(_folder(file).rglob(f"*.{function}-*.nbi"))


def compile_for(name: str, types: Sequence[Any]) -> None:
    """Compile a kernel, ``module:function``, for arguments of the ``described`` types, and keep it on disk."""
    module, _, function = name.partition(":")
    getattr(import_module(module), function).compile(tuple(_type(one) for one in types))


def described(kind: Any) -> Any:
    """Return the type of an argument as JSON; None for one that only a compiled caller gives."""
    types = _numba().types
    if isinstance(kind, types.Array):
        return ["array", kind.dtype.name, kind.ndim, kind.layout, not kind.mutable]
    if isinstance(kind, types.BaseTuple):
        cls: Any = getattr(kind, "instance_class", None)
        inner = [described(one) for one in kind.types]
        return None if None in inner else ["tuple", f"{cls.__module__}:{cls.__qualname__}" if cls else "", *inner]
    plain = isinstance(kind, types.Number | types.Boolean) and not isinstance(kind, types.Literal)
    return kind.name if plain else None


def _type(said: Any) -> Any:
    numba = _numba()
    if isinstance(said, str):
        return numba.from_dtype(np.dtype(said))
    if said[0] == "array":
        _, dtype, ndim, layout, readonly = said
        return numba.types.Array(_type(dtype), ndim, layout, readonly=readonly)
    module, _, cls = said[1].partition(":")
    inner = [_type(one) for one in said[2:]]
    return numba.types.BaseTuple.from_types(inner, getattr(import_module(module), cls) if module else None)
