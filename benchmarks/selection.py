"""How fast robots are asked: the whole catalogue with one process and with two, and beside a plain loop over peers.

Run it with ``python benchmarks/selection.py [--jobs JOB ...] [--only peers|speedup|whole]``. Nothing is remembered from
run to run; compiled kernels are. It prints, as Markdown:

- peers: placements a second for one robot (ABB IRB 2400), everything up to the collision check, beside a loop over
  py-opw-kinematics (all poses of a place in one call) and python-fcl, on the same places, poses and capsules.
- speedup: the stages before planning, with one process and with two.
- whole: each job over the whole catalogue, plans of the best few included.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import cellwright as cw
from cellwright.cell import Cell
from cellwright.collision.exact import distance_at, moving, standing
from cellwright.collision.fast import may_touch
from cellwright.compiled import cache_folder
from cellwright.geometry import Array, inv
from cellwright.job.model import Job
from cellwright.placement.model import Placement
from cellwright.planning.given import make_cell
from cellwright.robots.catalogue import load_robot
from cellwright.selection.assess import assessed
from cellwright.selection.candidates import candidates
from cellwright.selection.document import document
from cellwright.selection.ground import Ground, make_ground, with_robot
from cellwright.selection.reaching import every_place
from cellwright.selection.workers import asking

EXAMPLES = Path(__file__).parents[1] / "examples"
JOBS = (EXAMPLES / "01_weld_bracket.yaml", EXAMPLES / "05_select_any_mount.yaml")
PLACES = 12
ROUNDS = 1
ROBOT = "abb/IRB2400"


def silent(_what: str, _share: float) -> None:
    """Say nothing."""


@contextmanager
def nothing_remembered() -> Iterator[None]:
    """Keep the kernels that are compiled, and forget every stage, while the context lasts."""
    kernels, before = cache_folder() / "kernels", os.environ.get("CELLWRIGHT_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kernels").symlink_to(kernels)
        os.environ["CELLWRIGHT_CACHE"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["CELLWRIGHT_CACHE"]
            else:
                os.environ["CELLWRIGHT_CACHE"] = before


def ground_of(job: Job) -> Ground:
    return make_ground(job.named(ROBOT), progress=silent)


def peers(job: Job) -> None:
    """Print placements a second of both sides."""
    if not find_spec("py_opw_kinematics"):
        print("py-opw-kinematics is not installed")
        return
    ground = ground_of(job)
    candidate = next(one for one in candidates(job) if one.key == ROBOT)
    ours, theirs = [], []
    for _ in range(ROUNDS + 1):
        with nothing_remembered():
            start = time.process_time()
            found = assessed(ground, candidate)
            ours.append(found.counts["considered"] / (time.process_time() - start))
        start = time.process_time()
        reaching, count = loop(ground)
        theirs.append(count / (time.process_time() - start))
    mine, other = statistics.median(ours[1:]), statistics.median(theirs[1:])
    print(f"| placements/s, {ROBOT}, {job.name} | {mine:.0f} | {other:.1f} | {mine / other:.0f} |")
    print(f"(the loop reaches everything from {reaching} of {count} places; we: {found.counts})")


def loop(ground: Ground) -> tuple[int, int]:
    """Ask some places by the peers, as anybody would: every pose, every branch, then contacts."""
    from py_opw_kinematics import KinematicModel, _internal

    robot = load_robot(ROBOT)
    model = KinematicModel(0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085, (0.0, 0.0, -np.pi / 2, 0.0, 0.0, 0.0))
    arm = _internal.Robot(model, degrees=False)
    limits = list(zip(robot.lower.tolist(), robot.upper.tolist(), strict=True))
    mount, places = every_place(ground, robot)
    chosen = range(0, len(places), max(1, len(places) // PLACES))
    given = with_robot(ground, robot)
    reaching = 0
    for k in chosen:
        rows: list[Array] = []
        for samples in ground.even:
            poses = np.ascontiguousarray(inv(places[k]) @ samples.world_T_flange).reshape(-1, 16)
            q = np.asarray(arm.reach(poses, limits)[0]).reshape(samples.runs, samples.samples, -1, 6)
            run, branch = np.nonzero(np.isfinite(q).all((1, 3)))
            if not len(run):
                break
            rows.append(q[run[0], :, branch[0]])
        else:
            reaching += 1
            place = Placement(mount=mount[k], world_T_base=places[k], score=0.0, reached=0)
            contacts(make_cell(given, place), np.concatenate(rows)[::4])
    return reaching, len(chosen)


def contacts(cell: Cell, q: Array) -> int:
    """Return how many positions (n, dof) are in contact by python-fcl, every pair of every position asked."""
    own, others, allowed = moving(cell, q), standing(cell.bodies), may_touch(cell)
    hit = 0
    for row in range(len(q)):
        pairs = ((a, b) for a in own for b in others if (a.name, b.name) not in allowed and a.frame > 0)
        hit += any(distance_at(a, b, row) <= 0.0 for a, b in pairs)
    return hit


def speedup(job: Job) -> None:
    """Print the time of the stages before planning with one process and with two."""
    ground, robots = ground_of(job), candidates(job)
    spent: dict[int, float] = {}
    placements = 0
    for workers in (1, 2):
        with nothing_remembered():
            start = time.perf_counter()
            with asking(ground, workers=workers) as ask:
                found = ask(assessed, robots, lambda _n, _of: None)
            spent[workers] = time.perf_counter() - start
            placements = sum(one.counts.get("considered", 0) for one in found)
    print(f"| {job.name}, {placements} placements, 1 process / 2 [s] | {spent[2]:.1f} | {spent[1]:.1f} "
          f"| {spent[1] / spent[2]:.2f} |")  # fmt: skip


def whole(job: Job) -> None:
    """Print a whole selection."""
    with nothing_remembered():
        start = time.perf_counter()
        made = cw.select(job, workers=2)
        seconds = time.perf_counter() - start
    said = document(made)
    print(f"| {job.name} | {said['robots']} robots | {said['placements']} placements | {seconds:.1f} s "
          f"| {said['placements'] / seconds:.0f} placements/s | {said['chosen']} |")  # fmt: skip
    print("  " + ", ".join(f"{stage['stage']} {stage['robots']}/{stage['placements']}" for stage in said["stages"]))


def main() -> None:
    """Print all tables."""
    wanted = argparse.ArgumentParser(description="How fast robots are asked.")
    wanted.add_argument("--jobs", nargs="*", type=Path, default=list(JOBS))
    wanted.add_argument("--only", choices=("peers", "speedup", "whole"))
    options = wanted.parse_args()
    jobs = [cw.load_job(file).model_copy(update={"robot": "auto"}) for file in options.jobs]
    for name, part in (("peers", peers), ("speedup", speedup), ("whole", whole)):
        if options.only in (None, name):
            print(f"\n### {name}\n")
            for job in jobs if name == "whole" else jobs[:1]:
                part(job)
                sys.stdout.flush()


if __name__ == "__main__":
    main()
