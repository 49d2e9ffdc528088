"""Run one function in a child process with limits of memory and time, for native readers of untrusted files.

A reader that crashes, hangs or eats all memory takes only the child with it. What comes back is JSON and plain
arrays, never code: a child that a file has taken over can lie, but cannot run anything in the parent.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypedDict, TypeVar, cast

import numpy as np

from .errors import CellwrightError, InputError, MissingEngineError, Where

Result = TypeVar("Result")
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_DTYPES = {"<f8": 8, "<i8": 8, "<i4": 4, "|u1": 1}


class _Refusal(TypedDict):
    kind: str
    problem: str
    fix: str
    line: int


def call(
    function: Callable[..., Result],
    *args: Plain,
    memory: int = 3 * 2**30,
    seconds: float = 60.0,
    what: str,
) -> Result:
    """Return ``function(*args)``, computed in a child process.

    Args:
        function: a function of a module, not a method or a lambda. It imports its engine itself and returns dicts with
            text keys, lists, text, numbers, None and arrays of float64, int64, int32 or uint8; a tuple comes back as
            a list, an array read-only. It says what is wrong with the file by raising InputError.
        args: plain values.
        memory: most that the child may reserve [byte]; Windows and macOS do not hold it.
        seconds: most that it may take [s].
        what: the file that is read, as the user named it, for the errors.

    Raises:
        InputError: the function raised, the child died, or a limit was reached.
        MissingEngineError: the function raised it.
    """
    where = Where(Path(what))
    with tempfile.TemporaryDirectory(prefix="cellwright-") as folder:
        request, answer, log = (Path(folder) / name for name in ("request", "answer", "log"))
        request.write_text(
            json.dumps([function.__module__, function.__name__, args, memory, seconds]), encoding="utf-8"
        )
        # -P: a module in the folder of a job must not stand in for one of ours
        command = [sys.executable, "-P", "-m", __name__, str(request), str(answer)]
        # one thread: each more would reserve memory for itself, and the order of sums would depend on the machine
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        with log.open("wb") as stderr:
            try:
                child = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    env=environment,
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                _too_slow(seconds, where)
        if child.returncode != 0 or not answer.exists():
            _died(child.returncode, _last_line(log), seconds, where)
        if answer.stat().st_size > memory:
            raise InputError("the reader's answer is larger than its memory", where=where)
        value, error = _unpack(answer.read_bytes(), where)
    if error:
        kind = MissingEngineError if error["kind"] == "engine" else InputError
        raise kind(error["problem"], fix=error["fix"], where=Where(where.file, error["line"]))
    return cast("Result", value)


def _too_slow(seconds: float, where: Where) -> NoReturn:
    raise InputError(
        f"reading was stopped after {seconds:g} s",
        fix="the file may be damaged or far too detailed: export it again, or only what the job needs",
        where=where,
    )


def _died(code: int, said: str, seconds: float, where: Where) -> NoReturn:
    if sys.platform != "win32":
        import signal

        if code == -signal.SIGXCPU:
            _too_slow(seconds, where)
    if code == 1 and said:
        raise InputError(f"the file cannot be read: {said}", fix="export the file again", where=where)
    raise InputError(
        f"the reader crashed on this file (exit code {code})",
        fix="the file is damaged or needs too much memory: export it again, or only what the job needs",
        where=where,
    )


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return "".join(c for c in lines[-1] if c.isprintable())[:300] if lines else ""


def _pack(value: object) -> bytes:
    """Write 8 bytes of length, JSON of that length, and the bytes of all arrays, each at a multiple of 8."""
    blocks: list[bytes] = []
    start = 0

    def default(array: object) -> object:
        if not isinstance(array, np.ndarray) or array.dtype.str not in _DTYPES:
            raise TypeError(f"{type(array).__name__} cannot leave the child process")
        nonlocal start
        block = {"$array": [array.dtype.str, list(array.shape), start]}
        blocks.append(array.tobytes() + b"\0" * (-array.nbytes % 8))
        start += len(blocks[-1])
        return block

    text = json.dumps(value, default=default).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *blocks])


def _unpack(data: bytes, where: Where) -> tuple[object, _Refusal | None]:
    size = int.from_bytes(data[:8], "little")
    body = 8 + size

    def array(block: dict[str, object]) -> object:
        if "$array" not in block:
            return block
        dtype, shape, start = cast("tuple[str, list[int], int]", block["$array"])
        if dtype not in _DTYPES or min(shape, default=1) < 0 or start < 0:
            raise ValueError("not an array")
        return np.frombuffer(data, dtype, math.prod(shape), body + start).reshape(shape)

    try:
        value, error = json.loads(data[8:body], object_hook=array)
    except (ValueError, TypeError, RecursionError) as problem:
        raise InputError("the reader's answer is damaged", fix="export the file again", where=where) from problem
    return value, error


def _limit(memory: int, seconds: float) -> None:
    """Hold this process to its limits where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's watch is all there is
        return
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, math.ceil(seconds)),
        (resource.RLIMIT_FSIZE, memory),
        (resource.RLIMIT_AS, memory),
    ]
    for which, most in limits:
        hard = resource.getrlimit(which)[1]
        with contextlib.suppress(ValueError, OSError):  # macOS refuses the limit of the address space
            resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _main(request: str, answer: str) -> None:
    module, name, args, memory, seconds = json.loads(Path(request).read_text(encoding="utf-8"))
    _limit(memory, seconds)
    function = cast("Callable[..., object]", getattr(importlib.import_module(module), name))
    try:
        data = _pack([function(*args), None])
    except MemoryError:
        problem = f"reading needs more than {memory // 2**20} MB of memory"
        data = _refusal("input", InputError(problem, fix="export the file with fewer details"))
    except MissingEngineError as error:
        data = _refusal("engine", error)
    except InputError as error:
        data = _refusal("input", error)
    Path(answer).write_bytes(data)


def _refusal(kind: str, error: CellwrightError) -> bytes:
    line = error.where.line if error.where else 0
    return _pack([None, _Refusal(kind=kind, problem=error.problem, fix=error.fix, line=line)])


if __name__ == "__main__":
    _main(*sys.argv[1:])
