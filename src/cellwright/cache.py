"""What was computed before, kept by the content it was computed from: the next job is the old one with a line changed.

Entries are named by a hash of the inputs, of this package's sources and of its engines' versions, so a stale one is
never met. They are this user's own files in this user's own cache folder, like compiled kernels.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .compiled import cache_folder

T = TypeVar("T")

_KEPT = 60


def remembered(stage: str, inputs: object, compute: Callable[[], T], *, most: int = _KEPT) -> T:
    """Return ``compute()``, or what it gave before for the same ``inputs``.

    Args:
        stage: name of what is computed.
        inputs: frozen values, arrays, texts, numbers and containers of them: everything that the result depends on.
        compute: is called where nothing is kept, or where what is kept cannot be read.
        most: results that are kept; where it is not the usual number, the stage has a folder of its own.
    """
    folder = cache_folder() / ("stages" if most == _KEPT else stage)
    file = folder / f"{stage}-{_hash(stage, inputs)}.bin"
    try:
        return pickle.loads(file.read_bytes())
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError):
        value = compute()
    _keep(file, pickle.dumps(value, protocol=5), most)
    return value


def digest(value: object) -> bytes:
    """Return a hash of a value's content: equal for equal content, whatever the objects are."""
    found = hashlib.sha256()
    _feed(found, value)
    return found.digest()


def _hash(stage: str, inputs: object) -> str:
    return hashlib.sha256(stage.encode() + _sources() + digest(inputs)).hexdigest()[:32]


@cache
def _sources() -> bytes:
    found = hashlib.sha256("/".join(version(name) for name in ("numpy", "numba", "trimesh", "python-fcl")).encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(file.read_bytes())
    return found.digest()


def _feed(found: Any, value: object) -> None:
    found.update(type(value).__name__.encode())
    if isinstance(value, np.ndarray):
        found.update(str((value.shape, value.dtype)).encode())
        found.update(np.ascontiguousarray(value).tobytes())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _feed(found, getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key in value:
            _feed(found, key)
            _feed(found, value[key])
    elif isinstance(value, tuple | list):
        found.update(str(len(value)).encode())
        for item in value:
            _feed(found, item)
    else:
        found.update(repr(value).encode())


def _keep(file: Path, content: bytes, most: int) -> None:
    """Write next to the place and move there, so that nobody reads half a file; a full disk is no failure."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(file)
        kept = sorted(file.parent.glob("*.bin"), key=lambda entry: entry.stat().st_mtime)
        for old in kept[:-most]:
            old.unlink(missing_ok=True)
    except OSError:
        return
