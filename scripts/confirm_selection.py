"""Confirm the reasons of a selection by a stranger: numeric inverse kinematics from many starts, and another engine.

    python scripts/confirm_selection.py JOB [--count 20] [--starts 24]

COUNT rejected robots are taken, in turn over the codes of their reasons. Reach and limits are confirmed when scipy's
bounded least squares meets no pose of some sample of the operation, with no turn of the tool, from no start; a
collision when two bodies are too near in every posture that reaches some sample, by the exact engine; payload by the
figure in the catalogue's file; parallel axes when no random position tilts the flange. For reach the stranger also says
by how much the operation would have to move for the arm to meet it, beside what the reason says. One line a robot; exit
code 1 when a reason is not confirmed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import yaml

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))

import cellwright as cw  # noqa: E402
from cellwright.cell import Cell  # noqa: E402
from cellwright.collision.judge import judge  # noqa: E402
from cellwright.geometry import Array, inv  # noqa: E402
from cellwright.kinematics.inverse import solve  # noqa: E402
from cellwright.kinematics.turns import nearest_turn  # noqa: E402
from cellwright.planning.given import make_cell  # noqa: E402
from cellwright.robots.catalogue import load_robot  # noqa: E402
from cellwright.selection.assess import assessed  # noqa: E402
from cellwright.selection.candidates import candidates  # noqa: E402
from cellwright.selection.ground import Ground, make_ground, with_robot  # noqa: E402
from cellwright.selection.model import Assessment  # noqa: E402
from selection.stranger import flange, misses, shift  # noqa: E402

CHECKED = ("reach", "joint-limit", "collision", "payload", "axes")
POSTURES = 40


def main() -> int:
    """Print a line a robot and return how many reasons were not confirmed."""
    asked = argparse.ArgumentParser(description="Confirm the reasons of a selection.")
    asked.add_argument("job", type=Path)
    asked.add_argument("--count", type=int, default=20)
    asked.add_argument("--starts", type=int, default=24)
    options = asked.parse_args()
    job = cw.load_job(options.job)
    robots = [one for one in candidates(job) if not one.only_listed]
    ground = make_ground(job.named(robots[0].key), progress=lambda _what, _share: None)
    kinds: dict[str, list[Assessment]] = {code: [] for code in CHECKED}
    for one in robots:
        found = assessed(ground, one)
        if found.reason is not None and found.reason.code in CHECKED:
            kinds[found.reason.code].append(found)
    chosen = in_turn(list(kinds.values()), options.count)
    wrong = 0
    for n, found in enumerate(chosen):
        confirmed = confirm(ground, found, seed=n, starts=options.starts)
        wrong += not confirmed
        assert found.reason is not None
        word = "confirmed" if confirmed else "NOT confirmed"
        print(f"| {found.candidate.key} | {found.reason.what} | {word}{needed(ground, found, seed=n)} |", flush=True)
    whole = sum(len(rows) for rows in kinds.values())
    print(f"{len(chosen) - wrong} of {len(chosen)} reasons confirmed, out of {whole} of these kinds")
    return 1 if wrong else 0


def in_turn(kinds: list[list[Assessment]], count: int) -> list[Assessment]:
    """Return ``count`` of the rows, as evenly over the kinds and over each kind as there are."""
    share = dict.fromkeys(range(len(kinds)), 0)
    for _ in range(count):
        open_ = [i for i in share if share[i] < len(kinds[i])]
        if open_:
            share[min(open_, key=lambda i: share[i])] += 1
    picked = [np.unique(np.linspace(0, len(rows) - 1, share[i]).astype(int)) for i, rows in enumerate(kinds)]
    return [kinds[i][k] for i, rows in enumerate(picked) for k in rows if share[i]]


def needed(ground: Ground, found: Assessment, *, seed: int) -> str:
    """Return by how much a stranger would move an operation that is out of reach, at its worst sample, in words."""
    reason, place = found.reason, found.place
    if reason is None or place is None or reason.code != "reach" or reason.amount is None:
        return ""
    robot = load_robot(found.candidate.load)
    samples = ground.even[[o.name for o in ground.work.operations].index(reason.operation)]
    poses = inv(place.world_T_base) @ samples.world_T_flange
    worst = max(
        shift(robot, poses[samples.sample == k][::6], seed=seed, starts=3) for k in range(0, samples.samples, 2)
    )
    return f"; met once {reason.operation} lies {worst * 1e3:.0f} mm nearer"


def confirm(ground: Ground, found: Assessment, *, seed: int, starts: int) -> bool:
    """Return whether a stranger agrees with the reason."""
    assert found.reason is not None
    robot = load_robot(found.candidate.load)
    if found.reason.code == "payload":
        return carries(found.candidate.key) < float(ground.job.tool.mass or 0.0)
    if found.reason.code == "axes":
        q = robot.lower + (robot.upper - robot.lower) * np.random.default_rng(seed).random((500, robot.dof))
        return all(abs(abs(flange(robot, one)[2, 2]) - 1.0) < 1e-6 for one in q)
    assert found.place is not None
    if found.reason.code == "collision":
        return collides(ground, found)
    return misses(ground, robot, found.reason.operation, found.place.world_T_base, seed=seed, starts=starts)


def carries(key: str) -> float:
    """Return the payload [kg] that the catalogue's file says, read as plain text."""
    brand, _, model = key.partition("/")
    file = REPOSITORY / "src" / "cellwright" / "robots" / "catalogue" / f"{brand}.yaml"
    row = yaml.safe_load(file.read_text(encoding="utf-8"))["robots"][model]
    return float(row["payload"]["value"].removesuffix("kg"))


def collides(ground: Ground, found: Assessment) -> bool:
    """Return whether at some sample every posture that reaches it comes too near to something, by the exact engine."""
    assert found.reason is not None
    assert found.place is not None
    robot = load_robot(found.candidate.load)
    cell = make_cell(with_robot(ground, robot), found.place)
    index = [o.name for o in ground.work.operations].index(found.reason.operation)
    samples = ground.even[index]
    links = {link.link for link in robot.geometry}
    for k in range(samples.samples):
        poses = inv(found.place.world_T_base) @ samples.world_T_flange[samples.sample == k]
        q = np.asarray(solve(robot.chain, poses).q).reshape(-1, robot.dof)
        q = nearest_turn(q, np.zeros(robot.dof), robot.lower, robot.upper, sliding=robot.chain.prismatic)
        q = q[~np.isnan(q).any(1)]
        some = q[np.unique(np.linspace(0, len(q) - 1, min(len(q), POSTURES)).astype(int))] if len(q) else q
        if all(too_near(cell, one, links) for one in some):
            return True
    return False


def too_near(cell: Cell, q: Array, links: set[str]) -> bool:
    """Return whether two bodies that may not touch are nearer than the job allows at a position (dof,)."""
    for near in judge(cell, q[None], horizon=max(cell.clearance, cell.tool_clearance)).nearest:
        own = set(near.bodies) <= links or all(name in links or name.startswith("tool.") for name in near.bodies)
        wanted = 0.0 if own else cell.tool_clearance if near.at_work else cell.clearance
        if near.distance <= wanted:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
