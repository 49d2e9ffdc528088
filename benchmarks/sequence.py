"""Order of operations: gap against the exact optimum on small jobs, growth and gap to the lower bound on large ones.

Run it with ``python benchmarks/sequence.py``. Operations are seams of random places and directions for a welding arm,
each with strokes in both directions and on several branches.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from cellwright.geometry import frozen
from cellwright.order import EXACT, find_order
from cellwright.paths.strokes import Stroke
from cellwright.robots.catalogue import load_robot

ROBOT = load_robot("kuka/KR8-R2100-2-arc-HW")


def seams(count: int, *, seed: int) -> tuple[tuple[Stroke, ...], ...]:
    """Return strokes of ``count`` seams: two directions on three branches, wrist turned by -180, 0 or 180 deg."""
    rng = np.random.default_rng(seed)
    choices: list[tuple[Stroke, ...]] = []
    for i in range(count):
        middle = ROBOT.home + rng.uniform(-1.0, 1.0, 6)
        half = rng.uniform(-0.15, 0.15, 6)
        strokes: list[Stroke] = []
        for branch, turn in enumerate((-np.pi, 0.0, np.pi)):
            q = middle + np.array([0.0, 0.0, 0.0, turn / 2, 0.0, turn])
            for alternative, ends in enumerate(((q - half, q + half), (q + half, q - half))):
                cost = float(rng.uniform(0.05, 0.3))
                strokes.append(
                    Stroke(
                        operation=i,
                        alternative=alternative,
                        segments=(),
                        origin=(),
                        q=frozen(ends),
                        branch=branch,
                        cost=cost,
                    )
                )
        choices.append(tuple(sorted(strokes, key=lambda stroke: stroke.cost)))
    return tuple(choices)


def small(jobs: int) -> None:
    """Print how far the search for many operations is from the optimum on jobs that dynamic programming can do."""
    from cellwright.order import sequence

    gaps: list[float] = []
    for seed in range(jobs):
        choices = seams(EXACT, seed=seed)
        best = find_order(ROBOT, ROBOT.home, choices, ()).cost
        sequence.EXACT = 0
        found = find_order(ROBOT, ROBOT.home, choices, ()).cost
        sequence.EXACT = EXACT
        gaps.append(found / best - 1.0)
    share = sum(gap < 1e-6 for gap in gaps) / jobs
    print(f"{jobs} jobs of {EXACT} seams: optimum found in {share:.0%}, worst gap {max(gaps):.2%}")


def large() -> None:
    """Print time, cost and lower bound against the number of seams."""
    print(f"{'seams':>8}{'strokes':>9}{'time [s]':>10}{'cost [s]':>10}{'bound [s]':>11}{'gap':>8}")
    for count in (10, 20, 50, 100, 200, 400):
        choices = seams(count, seed=count)
        spent: list[float] = []
        for _ in range(3 if count < 200 else 1):
            start = time.perf_counter()
            order = find_order(ROBOT, ROBOT.home, choices, ())
            spent.append(time.perf_counter() - start)
        gap = order.cost / order.lower_bound - 1.0
        strokes = sum(map(len, choices))
        figures = f"{statistics.median(spent):10.3f}{order.cost:10.2f}{order.lower_bound:11.2f}{gap:8.1%}"
        print(f"{count:8d}{strokes:9d}{figures}")


if __name__ == "__main__":
    small(30)
    large()
