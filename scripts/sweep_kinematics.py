"""Inverse kinematics of every robot of a folder of URDFs: what is missed, and how exactly poses are met.

Run it with ``python scripts/sweep_kinematics.py FOLDER [--poses 10000] [--singular 1500] [--only TEXT]``. Each robot is
brought to random positions, and a six-axis one to positions on its wrist, elbow and shoulder singularities: half of
them exactly, half within 1e-6. Forward kinematics judges. A seven-axis arm is asked at the free number of the position,
a five-axis one is judged by the place and the z axis of its flange. It prints a table in Markdown, and ends with 1
where a pose of a random position has no branch or any branch misses its pose by 1e-8.
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from cellwright.geometry import Array
from cellwright.kinematics.branches import Branches
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.family import recognise
from cellwright.kinematics.inverse import SOLVERS, solve
from cellwright.kinematics.seven_r import arm_angle, redundancy, solve_seven_r
from cellwright.robots.urdf import read_urdf

FAMILIES = ("opw", "three_parallel", "scara", "palletiser_4", "general_6r", "five_axis", "seven_r")
FREE = {"last_joint": 6, "first_joint": 0, "third_joint": 2}
_OWN = 1e-6  # the own position is among the branches when one is so near [rad or m]
_BATCH = 2000


@dataclass(frozen=True)
class Found:
    """How one robot did on one kind of poses.

    Attributes:
        poses: how many.
        branches: how many were met.
        worst: largest difference of an entry of a pose [m, 1] over all branches that are said to meet it.
        own_missed: poses whose own position is not among the branches.
        lost: poses without any branch that meets them.
        kept: branches that miss their pose and say so.
    """

    poses: int
    branches: int
    worst: float
    own_missed: int
    lost: int
    kept: int


def random_positions(chain: Chain, n: int, rng: np.random.Generator) -> Array:
    """Return positions (n, dof) all over the circle; sliding joints within 0.3 m of zero."""
    q = rng.uniform(-np.pi, np.pi, (n, chain.dof))
    return np.where(chain.prismatic, 0.3 / np.pi * q, q)


def singular_positions(chain: Chain, n: int, rng: np.random.Generator) -> Array:
    """Return positions (about n, 6): joint 5, 3 or 2 moved to where the Jacobian loses its rank, half a hair beside."""
    found: list[Array] = []
    for moved in (4, 2, 1):
        q = random_positions(chain, n // 3 * 2, rng)
        tried = np.repeat(q[:, None], 33, 1)
        tried[:, :, moved] = np.linspace(-np.pi, np.pi, 33) + rng.uniform(0.0, 0.1)
        sign = np.sign(np.linalg.det(jacobian(chain, tried)))
        change = sign[:, 1:] != sign[:, :-1]
        q, at = q[change.any(1)], rng.permuted(np.where(change, np.arange(32.0), -1.0), axis=1).max(1).astype(int)
        at = at[change.any(1)]
        rows = np.arange(len(q))
        low, high = tried[change.any(1)][rows, at, moved], tried[change.any(1)][rows, at + 1, moved]
        q[:, moved] = low
        below = np.sign(np.linalg.det(jacobian(chain, q)))
        for _ in range(60):
            q[:, moved] = 0.5 * (low + high)
            same = np.sign(np.linalg.det(jacobian(chain, q))) == below
            low, high = np.where(same, q[:, moved], low), np.where(same, high, q[:, moved])
        q[::2, moved] += rng.uniform(-1e-6, 1e-6, len(q[::2]))
        found.append(q[: n // 3])
    return np.concatenate(found)


def branches_at(chain: Chain, q: Array, wanted: Array) -> Branches:
    """Return the branches; of a seven-axis arm at the free number that made the pose."""
    if chain.dof != 7:
        return solve(chain, wanted)
    free = redundancy(chain).free
    value = arm_angle(chain, q) if free == "arm_angle" else q[:, FREE[free]]
    each = [solve_seven_r(chain, wanted[i : i + 1], value[i : i + 1]) for i in range(len(q))]
    return Branches(q=np.concatenate([one.q for one in each]), miss=np.concatenate([one.miss for one in each]))


def judged(chain: Chain, q: Array) -> Found:
    """Return how the arm's solver does on the poses of ``q`` (n, dof)."""
    branches = lost = missed = kept = 0
    worst = 0.0
    for first in range(0, len(q), _BATCH):
        own = q[first : first + _BATCH]
        wanted = base_T_flange(chain, own)
        found = branches_at(chain, own, wanted)
        there = np.isfinite(found.q).all(-1)
        met = there & (found.miss == 0.0)
        back = base_T_flange(chain, np.where(there[..., None], found.q, 0.0))
        asked = slice(2 if chain.dof == 5 else 0, 4)  # five joints meet the place and the z axis
        off_pose = np.abs(back - wanted[:, None])[..., asked].max((-1, -2))
        worst = max(worst, float(np.where(met, off_pose, 0.0).max()))
        off = found.q - own[:, None]
        off = np.abs(np.where(chain.prismatic, off, np.angle(np.exp(1j * off)))).max(-1)
        branches, kept = branches + int(met.sum()), kept + int((there & ~met).sum())
        lost += int((~met.any(-1)).sum())
        missed += int((np.where(met, off, np.inf).min(-1) > _OWN).sum())
    return Found(poses=len(q), branches=branches, worst=worst, own_missed=missed, lost=lost, kept=kept)


def machine() -> str:
    """Return the processor and what the programs run on."""
    cpus = Path("/proc/cpuinfo")
    text = cpus.read_text(encoding="utf-8") if cpus.exists() else ""
    found = re.search(r"model name\s*: (.*)", text)
    name = found[1] if found else platform.processor()
    wide = "AVX-512" if "avx512f" in text else ("AVX2" if "avx2" in text else platform.machine())
    return f"{name} ({wide}), Python {platform.python_version()}"


def row(name: str, family: str, kind: str, many: list[Found]) -> str:
    """Return a line of the table."""
    total = [sum(getattr(f, key) for f in many) for key in ("poses", "branches", "own_missed", "lost", "kept")]
    # a singular position is one of a continuum: that it is not among the branches says nothing
    own = f"{total[2]}" if kind == "random" else "-"
    worst = max(f.worst for f in many)
    return f"| {name} | {family} | {kind} | {total[0]} | {total[1]} | {worst:.1e} | {own} | {total[3]} | {total[4]} |"


def main() -> int:
    """Print the table; 1 where a branch is wrong or a pose lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--poses", type=int, default=10_000)
    parser.add_argument("--singular", type=int, default=1_500)
    parser.add_argument("--only", default="")
    parser.add_argument("--families", default=",".join(FAMILIES))
    told = parser.parse_args()
    print(f"{date.today()}, {machine()}, numpy {np.__version__}, numba {version('numba')}\n")
    print(
        "| robot | family | poses | n | branches met | worst error | own missed | without branch | missed, and said |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    every: dict[tuple[str, str], list[Found]] = {}
    for file in sorted(told.folder.glob("*.urdf")):
        chain = read_urdf(file).chain
        family = recognise(chain)
        if family not in told.families.split(",") or family not in SOLVERS or told.only not in file.stem:
            continue
        rng = np.random.default_rng(0)
        kinds = {"random": judged(chain, random_positions(chain, told.poses, rng))}
        if chain.dof == 6:
            kinds["singular"] = judged(chain, singular_positions(chain, told.singular, rng))
        for kind, found in kinds.items():
            every.setdefault((family, kind), []).append(found)
            print(row(file.stem, family, kind, [found]), flush=True)
    for (family, kind), many in sorted(every.items()):
        print(row(f"**{len(many)} robots**", family, kind, many))
    bad = [f for (_, kind), many in every.items() for f in many if f.worst > 1e-8 or (kind == "random" and f.lost)]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
