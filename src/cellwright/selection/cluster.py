"""The same question of many robots, shared out over the machines of a Ray cluster; the only door to Ray.

A robot whose machine dies is asked again elsewhere, by Ray itself and once more from here. An answer depends on nothing
but the ground and the robot, so that it is the same whoever gives it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from ..errors import CellwrightError, MissingEngineError
from .ground import Ground
from .model import Candidate
from .workers import Ask, Asking, Tell

T = TypeVar("T")

RETRIES = 5
"""Times that a robot is asked again after the machine that was at it died."""


@contextmanager
def asking(ground: Ground, *, address: str) -> Generator[Asking]:
    """Give what asks robots on a cluster, as `workers.asking` does on this machine."""
    yield partial(asked, ground, address=address)


def asked(ground: Ground, ask: Ask[T], candidates: Sequence[Candidate], tell: Tell, *, address: str) -> list[T]:
    """Return ``ask(ground, candidate)`` of each candidate, in their order.

    Args:
        ground: what every robot is asked on.
        ask: a function of a module that every machine of the cluster has.
        candidates: the robots.
        tell: is told how many are done.
        address: of the cluster's head, ``host:port``.

    Raises:
        MissingEngineError: Ray is not installed.
        CellwrightError: no cluster answers at the address, or it died altogether.
    """
    try:
        import ray  # pyright: ignore[reportMissingImports]  an extra: the checks run without it
    except ImportError:
        raise MissingEngineError("a cluster needs Ray", fix='pip install "cellwright[cluster]"') from None
    engine: Any = ray  # its decorators have no types that say what they give
    try:
        engine.init(address=address, ignore_reinit_error=True, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        what = f"no Ray cluster answers at {address}: {str(error).splitlines()[0]}"
        raise CellwrightError(what, fix="start one with `ray start --head`, and give its address") from None
    shared = engine.put(ground)
    task = engine.remote(max_retries=RETRIES, num_cpus=1)(ask)
    open_: dict[Any, int] = {task.remote(shared, candidate): i for i, candidate in enumerate(candidates)}
    answers: dict[int, T] = {}
    left = dict.fromkeys(range(len(candidates)), RETRIES)
    while open_:
        done, _ = engine.wait(list(open_), num_returns=1)
        for reference in done:
            i = open_.pop(reference)
            try:
                answers[i] = engine.get(reference)
            except engine.exceptions.RayTaskError:
                raise  # what the robot's own assessment raised, which no other machine would do better
            except engine.exceptions.RayError as error:
                left[i] -= 1
                if left[i] < 0:
                    what = f"the cluster lost {candidates[i].key} {RETRIES + 1} times"
                    raise CellwrightError(what, fix="look at its machines, or use --workers") from error
                open_[task.remote(shared, candidates[i])] = i
            tell(len(answers), len(candidates))
    return [answers[i] for i in range(len(candidates))]
