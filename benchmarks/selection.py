"""How fast robots are asked: the whole catalogue with one process and with two, and beside a plain loop over peers.

Run it with ``python benchmarks/selection.py [--only peers|speedup|whole]``. Nothing is remembered from run to run;
compiled kernels are. It prints, as Markdown:

- peers: placements a second for one robot (ABB IRB 2400), everything up to the collision check, beside a loop over
  py-opw-kinematics (all poses of a place in one call) and python-fcl, on the same places, poses and capsules. Processor
  time.
- speedup: the stages before planning over the whole catalogue, with one process and with two.
- whole: the choice from the whole catalogue by two processes, plans of the best few included: the welding example, the
  same part on every mount, and a real assembly (``as1-tu-203.stp`` in the folder that CELLWRIGHT_DATA names).
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
from rows import TINY, Row, row, tell

EXAMPLES = Path(__file__).parents[1] / "examples"
WELD, MOUNTS = EXAMPLES / "01_weld_bracket.yaml", EXAMPLES / "05_select_any_mount.yaml"
REAL = Path("parts") / "mechanical" / "as1-tu-203.stp"
PLACES = 4 if TINY else 12
ROUNDS = 1
ROBOT = "abb/IRB2400"
SOME = ("abb", "ur", "kuka")  # brands that are asked where it only has to work
GOALS = {"whole": "60 s or less", "speedup": "1.7 times or more"}

REAL_JOB = """
name: assembly
allow_outside: true
part: {file: PART, at: {x: -90 mm, y: -75 mm, z: 804 mm}}
robot: auto
base: {mount: [floor, pedestal]}
tool:
  name: torch
  tcp: {x: 84 mm, z: 330 mm, pitch: 45 deg}
  mass: 3.2 kg
  bodies:
    - {name: mount, cylinder: {radius: 42 mm, length: 70 mm}, at: {z: 35 mm}}
    - {name: neck, capsule: {from: {z: 80 mm}, to: {x: 25 mm, z: 271 mm}, radius: 13 mm}}
    - {name: nozzle, cylinder: {radius: 9 mm, length: 62 mm}, at: {x: 51.5 mm, z: 297.5 mm, pitch: 45 deg}}
    - {name: wire, working: true, cylinder: {radius: 0.6 mm, length: 15 mm},
       at: {x: 78.7 mm, z: 324.7 mm, pitch: 45 deg}}
obstacles:
  - {name: table, kind: fixture, box: {x: 500 mm, y: 500 mm, z: 40 mm}, at: {z: 780 mm}}
  - {name: clamp, kind: fixture, box: {x: 40 mm, y: 40 mm, z: 50 mm}, at: {y: -97 mm, z: 825 mm}}
tasks:
  - kind: arc_weld
    speed: 8 mm/s
    seams: [{seam: seam_1}, {seam: seam_5}]
"""


def jobs() -> Iterator[Job]:
    """Give the three jobs, the robot left open; a part that is not here is told."""
    for file in (WELD, MOUNTS):
        yield opened(cw.load_job(file))
    part = Path(os.environ.get("CELLWRIGHT_DATA", "")) / REAL
    if not part.is_file():
        print(f"(the real assembly is left out: no {REAL.name} in the folder that CELLWRIGHT_DATA names)")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "assembly.yaml"
        file.write_text(REAL_JOB.replace("PART", str(part)), encoding="utf-8")
        yield opened(cw.load_job(file))


def opened(job: Job) -> Job:
    return job.model_copy(update={"robot": SOME if TINY else "auto"})


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


def peers(job: Job) -> list[Row]:
    """Print placements a second of both sides."""
    if not find_spec("py_opw_kinematics"):
        print("py-opw-kinematics is not installed")
        return []
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
    return [
        row("peers", f"placements of {ROBOT}, {job.name}", mine, "1/s", rival=other, more_is_better=True,
            rival_name="loop over py-opw-kinematics and python-fcl")
    ]  # fmt: skip


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
    for k in range(len(q)):
        pairs = ((a, b) for a in own for b in others if (a.name, b.name) not in allowed and a.frame > 0)
        hit += any(distance_at(a, b, k) <= 0.0 for a, b in pairs)
    return hit


def speedup(job: Job) -> list[Row]:
    """Print the time of the stages before planning with one process and with two, each with its start."""
    ground, robots = ground_of(job), candidates(job)
    spent: dict[int, float] = {}
    placements = 0
    for workers in (2, 1):
        with nothing_remembered():
            start = time.perf_counter()
            with asking(ground, workers=workers) as ask:
                found = ask(assessed, robots, lambda _n, _of: None)
            spent[workers] = time.perf_counter() - start
            placements = sum(one.counts.get("considered", 0) for one in found)
    print(f"| {job.name}, {placements} placements, 2 processes / 1 [s] | {spent[2]:.1f} | {spent[1]:.1f} "
          f"| {spent[1] / spent[2]:.2f} |")  # fmt: skip
    return [
        row("speedup", f"{len(robots)} robots, {placements} placements", spent[2], "s", rival=spent[1],
            rival_name="the same with one process", goal=GOALS["speedup"])
    ]  # fmt: skip


def whole(job: Job) -> list[Row]:
    """Print a whole selection."""
    with nothing_remembered():
        start = time.perf_counter()
        made = cw.select(job, workers=2)
        seconds = time.perf_counter() - start
    said = document(made)
    print(f"| {job.name} | {said['robots']} robots | {said['placements']} placements | {seconds:.1f} s "
          f"| {said['placements'] / seconds:.0f} placements/s | {said['chosen']} |")  # fmt: skip
    print("  " + ", ".join(f"{stage['stage']} {stage['robots']}/{stage['placements']}" for stage in said["stages"]))
    what = f"{job.name}, {'/'.join(job.mounts)}: {said['robots']} robots, {said['placements']} placements"
    return [row("whole", what, seconds, "s", goal=GOALS["whole"])]


def main() -> None:
    """Print all tables."""
    wanted = argparse.ArgumentParser(description="How fast robots are asked.")
    wanted.add_argument("--only", choices=("peers", "speedup", "whole"))
    wanted.add_argument("--job", type=int, choices=(0, 1, 2), help="one of the three jobs")
    options = wanted.parse_args()
    rows: list[Row] = []
    for i, job in enumerate(jobs()):
        for name, part in (("peers", peers), ("speedup", speedup), ("whole", whole)):
            if options.only in (None, name) and options.job in (None, i) and (i == 0 or name == "whole"):
                print(f"\n### {name}\n")
                rows += part(job)
                sys.stdout.flush()
    tell(rows)


if __name__ == "__main__":
    main()
