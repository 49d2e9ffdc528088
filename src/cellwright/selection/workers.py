"""The same question of many robots, shared out over processes of this machine; answers come in the order asked.

Every process is started anew (``spawn``, the same on all systems) and is given the ground once. What a robot's answer
is depends on nothing but the ground and the robot, so that it is the same whoever gives it.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from .ground import Ground
from .model import Candidate

T = TypeVar("T")
Ask = Callable[[Ground, Candidate], T]
"""A function of a module, so that another process finds it by name."""

Tell = Callable[[int, int], None]
"""Is told how many robots of how many are done."""

_HEAVY = {"seven_r": 0, "general_6r": 1, "three_parallel": 2}  # what takes long is begun first

_here: list[Ground] = []
"""In a worker process: the ground that it was started with."""


class Asking(Protocol):
    """Asks something of each of several robots."""

    def __call__(self, ask: Ask[T], candidates: Sequence[Candidate], tell: Tell) -> list[T]:
        """Return ``ask(ground, candidate)`` of each candidate, in their order; ``tell`` is told how many are done."""
        ...


@contextmanager
def asking(ground: Ground, *, workers: int) -> Generator[Asking]:
    """Give what asks robots, by the same processes while the context lasts.

    Args:
        ground: what every robot is asked on.
        workers: processes; with 1 this process does it all.
    """
    if workers <= 1:
        yield partial(_one_by_one, ground)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _begin, (ground,)) as pool:
        yield partial(_at_once, pool)


def _one_by_one(ground: Ground, ask: Ask[T], candidates: Sequence[Candidate], tell: Tell) -> list[T]:
    found: list[T] = []
    for candidate in candidates:
        found.append(ask(ground, candidate))
        tell(len(found), len(candidates))
    return found


def _at_once(pool: ProcessPoolExecutor, ask: Ask[T], candidates: Sequence[Candidate], tell: Tell) -> list[T]:
    order = sorted(range(len(candidates)), key=lambda i: (_HEAVY.get(candidates[i].family, 3), i))
    jobs: dict[Future[T], int] = {pool.submit(_ask, ask, candidates[i]): i for i in order}
    answers: dict[int, T] = {}
    for job in as_completed(jobs):
        answers[jobs[job]] = job.result()
        tell(len(answers), len(candidates))
    return [answers[i] for i in range(len(candidates))]


def _begin(ground: Ground) -> None:
    _here[:] = [ground]


def _ask(ask: Ask[T], candidate: Candidate) -> T:
    return ask(_here[0], candidate)
