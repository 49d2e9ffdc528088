"""Inverse kinematics of every robot of a folder of URDFs: what is missed, and how exactly poses are met.

Run it with ``python scripts/sweep_kinematics.py FOLDER [--poses 10000] [--singular 1500] [--only TEXT] [--kept FILE]``.
Each robot is brought to random positions, and a six-axis one to positions on its wrist, elbow and shoulder
singularities: half of them exactly, half within 1e-6. Forward kinematics judges. A seven-axis arm is asked at the free
number of the position, a five-axis one is judged by the place and the z axis of its flange. It prints tables in
Markdown, and ends with 1 where a pose of a random position has no branch or any branch misses its pose by 1e-8. With
``--kept`` a robot's figures go to a file, and a robot that is there is not asked again.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellwright.geometry import Array
from cellwright.kinematics.branches import Branches
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.family import recognise
from cellwright.kinematics.inverse import SOLVERS, solve
from cellwright.kinematics.seven_r import arm_angle, redundancy, solve_seven_r
from cellwright.kinematics.tracking import tracked
from cellwright.robots.urdf import read_urdf

FAMILIES = ("opw", "three_parallel", "scara", "palletiser_4", "general_6r", "five_axis", "seven_r")
FREE = {"last_joint": 6, "first_joint": 0, "third_joint": 2}
_OWN = 1e-6  # the own position is among the branches when one is so near [rad or m]
_DOUBLE = 1e-4  # the same at a singular position, where two branches meet and are told apart no better
_BATCH = 2000


@dataclass(frozen=True)
class Found:
    """How one robot did on one kind of poses.

    Attributes:
        poses: how many.
        branches: how many were met.
        worst: largest difference of an entry of a pose [m, 1] over all branches that are said to meet it.
        own_missed: poses whose own position is not among the branches; not one of a continuum of positions.
        continua: poses whose own position is one of a continuum, and not among the branches.
        lost: poses without any branch that meets them.
        kept: branches that miss their pose and say so.
    """

    poses: int
    branches: int
    worst: float
    own_missed: int
    continua: int
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
    return solve_seven_r(chain, wanted, value[:, None])


def on_continuum(chain: Chain, q: Array, wanted: Array) -> NDArray[np.bool_]:
    """Return whether the positions (n, 6) are each one of a continuum that holds the flange still.

    They are when Newton's method, from a little along the direction that does not move the flange, ends beside.
    """
    along = np.linalg.svd(jacobian(chain, q))[2][:, -1]
    found = np.zeros(len(q), dtype=np.bool_)
    for size in (0.05, -0.05, 0.02, -0.02):
        there, left = tracked(chain, q + size * along, wanted)
        off = np.abs(np.angle(np.exp(1j * (there - q)))).max(-1)
        found |= (left < 1e-10) & (off > 0.2 * abs(size)) & (off < 3.0 * abs(size))
    return found


def judged(chain: Chain, q: Array, own_within: float = _OWN) -> Found:
    """Return how the arm's solver does on the poses of ``q`` (n, dof)."""
    branches = lost = own_missed = continua = kept = 0
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
        missed = np.where(met, off, np.inf).min(-1) > own_within
        free = on_continuum(chain, own[missed], wanted[missed]) if chain.dof == 6 and missed.any() else np.zeros(0)
        continua, own_missed = continua + int(free.sum()), own_missed + int(missed.sum() - free.sum())
    return Found(
        poses=len(q), branches=branches, worst=worst, own_missed=own_missed, continua=continua, lost=lost, kept=kept
    )


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
    n, branches, missed, continua, lost, kept = (
        sum(getattr(f, key) for f in many) for key in ("poses", "branches", "own_missed", "continua", "lost", "kept")
    )
    worst = max(f.worst for f in many)
    share = 100.0 * (1.0 - missed / max(n - continua, 1))
    own = f"{missed} ({share:.2f} %)" if missed else "0"
    return f"| {name} | {family} | {kind} | {n} | {branches / n:.2f} | {worst:.1e} | {own} | {lost} | {kept} |"


def asked(chain: Chain, poses: int, singular: int) -> dict[str, Found]:
    """Return how a robot did on each kind of poses."""
    rng = np.random.default_rng(0)
    kinds = {"random": judged(chain, random_positions(chain, poses, rng))}
    if chain.dof == 6:
        kinds["singular"] = judged(chain, singular_positions(chain, singular, rng), _DOUBLE)
    return kinds


def main() -> int:
    """Print the tables; 1 where a branch is wrong or a pose lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--poses", type=int, default=10_000)
    parser.add_argument("--singular", type=int, default=1_500)
    parser.add_argument("--only", default="")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--kept", type=Path)
    told = parser.parse_args()
    lines = told.kept.read_text(encoding="utf-8").splitlines() if told.kept and told.kept.exists() else []
    done = {one["robot"]: one for one in map(json.loads, lines)}
    every: dict[tuple[str, str], list[Found]] = {}
    rows: list[str] = []
    for file in sorted(told.folder.glob("*.urdf")):
        chain = read_urdf(file).chain
        family = recognise(chain)
        if family not in told.families.split(",") or family not in SOLVERS or told.only not in file.stem:
            continue
        if file.stem in done:
            kinds = {kind: Found(**figures) for kind, figures in done[file.stem]["kinds"].items()}
        else:
            kinds = asked(chain, told.poses, told.singular)
            if told.kept:
                figures = {kind: asdict(found) for kind, found in kinds.items()}
                with told.kept.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({"robot": file.stem, "kinds": figures}) + "\n")
        for kind, found in kinds.items():
            every.setdefault((family, kind), []).append(found)
            rows.append(row(file.stem, family, kind, [found]))
    columns = ("robot", "family", "poses", "n", "branches a pose", "worst error", "own missed", "without branch")
    head = " | ".join(("", *columns, "missed, and said", "")).strip()
    print(f"{date.today()}, {machine()}, numpy {np.__version__}, numba {version('numba')}\n")
    totals = [row(f"{len(many)} robots", family, kind, many) for (family, kind), many in sorted(every.items())]
    for table in (totals, rows):
        print("\n".join((head, "|" + "---|" * 9, *table, "")))
    bad = [f for (_, kind), many in every.items() for f in many if f.worst > 1e-8 or (kind == "random" and f.lost)]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
