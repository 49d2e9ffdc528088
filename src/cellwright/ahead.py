"""Kernels compiled ahead, by processes of their own on every core, while this one reads files.

A table in the package says which kernels a job needs, for which types, and which of them call which
(``scripts/write_kernels.py`` writes it). It only saves time: what it does not list, or what a worker that died left
undone, is compiled where it is called first.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Condition, Thread
from typing import IO, Any, cast

from .compiled import compile_for, kept

MOST_WORKERS = 4
"""Processes at most: each holds the compiler, some 200 MB."""

TABLE = "kernels.json"

Tell = Callable[[int, int], None]
"""Is told how many kernels of how many are compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A kernel to compile.

    Attributes:
        name: ``module:function``.
        after: names of the kernels that it calls: once they are compiled they are found, not compiled again.
        types: of its arguments, one list a signature, as ``compiled.described`` says them.
    """

    name: str
    after: tuple[str, ...]
    types: tuple[tuple[Any, ...], ...]


@cache
def table() -> tuple[Entry, ...]:
    """Return the kernels that jobs are known to need, those that take longest to wait for first."""
    listed: list[dict[str, Any]] = json.loads(files(__package__ or "").joinpath(TABLE).read_text(encoding="utf-8"))
    return tuple(
        Entry(name=e["name"], after=tuple(e["after"]), types=tuple(tuple(one) for one in e["types"])) for e in listed
    )


@contextlib.contextmanager
def compiling() -> Generator[Callable[[Tell], None]]:
    """Compile what this machine lacks while the context lasts; gives the function that waits for it."""
    state = _State(left=[entry for entry in table() if not kept(entry.name)])
    total = len(state.left)
    threads = [
        Thread(target=_drive, args=(state,), daemon=True) for _ in range(min(MOST_WORKERS, os.cpu_count() or 1, total))
    ]

    def wait(tell: Tell) -> None:
        while any(thread.is_alive() for thread in threads):
            with state.changed:
                state.changed.wait(0.1)
                done = total - len(state.left) - len(state.running)
            tell(done, total)

    for thread in threads:
        thread.start()
    try:
        yield wait
    finally:
        with state.changed:
            state.left.clear()
            state.changed.notify_all()
            for worker in state.workers:
                worker.kill()
        for thread in threads:
            thread.join()


@dataclass(slots=True, kw_only=True)
class _State:
    """What is left to compile, and who is at what; touched under ``changed`` alone."""

    left: list[Entry]
    running: list[str] = field(default_factory=list[str])
    workers: list[subprocess.Popen[str]] = field(default_factory=list["subprocess.Popen[str]"])
    changed: Condition = field(default_factory=Condition)


def _drive(state: _State) -> None:
    """Give a worker one kernel after the other; one that dies over a kernel is replaced, and the kernel left."""
    worker: subprocess.Popen[str] | None = None
    while (entry := _taken(state)) is not None:
        try:
            if worker is None or worker.poll() is not None:
                _end(worker)
                worker = _worker()
                with state.changed:
                    state.workers.append(worker)
            _ask(worker, entry.name)
        except OSError:  # no process to be had, or it died: the main one compiles for itself
            pass
        with state.changed:
            state.running.remove(entry.name)
            state.changed.notify_all()
    _end(worker)


def _end(worker: subprocess.Popen[str] | None) -> None:
    """Let a worker go: it ends when nobody asks any more."""
    if worker is not None:
        with contextlib.suppress(OSError), worker:  # closes its pipes and waits for it
            pass


def _taken(state: _State) -> Entry | None:
    """Return a kernel whose callees are all compiled, or None when nothing is left."""
    with state.changed:
        while state.left:
            open_ = {entry.name for entry in state.left}.union(state.running)
            ready = (entry for entry in state.left if not open_.intersection(entry.after))
            entry = next(ready, None if state.running else state.left[0])
            if entry is not None:
                state.left.remove(entry)
                state.running.append(entry.name)
                return entry
            state.changed.wait()
    return None


def _worker() -> subprocess.Popen[str]:
    # -P: a module in the folder of a job must not stand in for one of ours
    command = [sys.executable, "-P", "-m", __name__]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True)


def _ask(worker: subprocess.Popen[str], name: str) -> None:
    """Have a worker compile a kernel; back when it is done, or when the worker is dead."""
    stdin, stdout = cast("IO[str]", worker.stdin), cast("IO[str]", worker.stdout)
    stdin.write(name + "\n")
    stdin.flush()
    if not stdout.readline():
        worker.wait()


def _main(names: Sequence[str] | IO[str]) -> None:
    entries = {entry.name: entry for entry in table()}
    for line in names:
        entry = entries[line.strip()]
        for types in entry.types:
            compile_for(entry.name, types)
        sys.stdout.write(f"{entry.name}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.stdin)
