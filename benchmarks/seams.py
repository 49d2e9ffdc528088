"""Ladder of a seam, with collision: poses x turns x branches, and growth of time with the number of poses.

Run it with ``python benchmarks/seams.py``. The seam is a straight weld of 1 m on a table in front of a KUKA KR 8; every
pose is tried at 36 turns of the torch and on every branch, and the cheapest ways through are found.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from cellwright.cell import Cell
from cellwright.collision.fast import Checker, make_checker, make_scene
from cellwright.geometry import axes, pose
from cellwright.paths import course
from cellwright.paths.strokes import find_strokes
from cellwright.processes.work import Freedom, Operation, Segment, Toolpath
from transits import CELLS, ROBOT, cell

LENGTH, TURNS = 1.0, 36


def seam() -> Operation:
    """Return a weld of 1 m along y, 5 cm above the table."""
    world_R_tcp = axes((0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
    ends = [pose((1.0, s * LENGTH / 2, 1.05), world_R_tcp) for s in (-1, 1)]
    line = Segment(kind="line", frame_T_start=ends[0], frame_T_end=ends[1], speed=0.008, tolerance=1e-4, role="process")
    steps = tuple(float(a) for a in -np.pi + 2 * np.pi * np.arange(TURNS) / TURNS)
    path = Toolpath(frame="world", segments=(line,), freedom=Freedom(lower=-np.pi, upper=np.pi, steps=steps))
    return Operation(name="seam", key=("tasks", 0), alternatives=(path,), process="arc_weld")


def timed(here: Cell, checker: Checker, poses: int, *, free: bool) -> tuple[float, int]:
    """Return the median process time [s] of finding the strokes, and how many there are."""
    course.SAMPLE_SPACING = LENGTH / (poses - 1)
    spent: list[float] = []
    strokes = ()
    for _ in range(4):
        start = time.process_time()
        strokes, _ = find_strokes(
            here,
            seam(),
            0,
            free=checker.free_arm if free else lambda q: np.ones(len(q), np.bool_),
            **({"free_tool": checker.free_tool} if free else {}),
        )
        spent.append(time.process_time() - start)
    return statistics.median(spent[1:]), len(strokes)


def main() -> None:
    """Print one row a number of poses."""
    from dataclasses import replace

    here = replace(cell(CELLS["open fixture"]), frames={"world": np.eye(4)})
    focus = np.array([[0.9, -0.6, 0.6], [1.6, 0.6, 1.2]])
    checker = make_checker(here, make_scene(here.bodies, focus=focus), working=True)
    print(f"{ROBOT.key}, {TURNS} turns, 8 branches, no collision then with")
    print(f"{'poses':>8}{'ms':>10}{'ms':>10}{'us a pose':>12}{'strokes':>9}")
    for poses in (200, 500, 1_000, 2_000):
        bare, _ = timed(here, checker, poses, free=False)
        whole, count = timed(here, checker, poses, free=True)
        print(f"{poses:8d}{bare * 1e3:10.1f}{whole * 1e3:10.1f}{whole / poses * 1e6:12.1f}{count:9d}", flush=True)


if __name__ == "__main__":
    main()
