"""Arms without a simple closed form: speed and branches beside ssik and eaik, in the same run, on one core.

- ``python benchmarks/general_kinematics.py`` compares with the rivals that are installed.
- ``python benchmarks/general_kinematics.py cold`` compiles every kernel anew and prints what it costs.
- ``python benchmarks/general_kinematics.py search FOLDER [POSES]`` looks for branches that were missed, by Newton's
  method from many seeds, at any positions and at singular ones. ``scripts/sweep_kinematics.py`` asks every robot.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellwright.geometry import Array, frozen, inv, pose, rotation_vector
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.family import recognise
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.seven_r import redundancy
from cellwright.kinematics.tracking import tracked
from rows import TINY, Row, row, tell

SIX = ("fanuc_crx10ia_ik", "xmatesr3_ik", "hc10_ik", "xarm6_ik", "piper_ik")
SEVEN = ("iiwa14_ik", "franka_panda_ik", "xarm7_ik", "xmatepro7_ik")
SAME = 1e-4  # positions closer than this are the same branch: at a double root no solver tells them apart [rad]


def seconds(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Median of process seconds; the first call, which compiles, is not counted."""
    work()
    taken: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def chain_of_motion(fk: Callable[[Array], Array], dof: int) -> Chain:
    """Return the chain of another program's arm, from its flange with each joint turned alone."""
    zero = np.asarray(fk(np.zeros(dof)))
    axes: list[Array] = []
    points: list[Array] = [np.zeros(3)]
    for i in range(dof):
        motion = np.asarray(fk(np.eye(dof)[i])) @ inv(zero)
        axis = rotation_vector(motion[None, :3, :3])[0]
        axes.append(axis / np.linalg.norm(axis))
        points.append(np.linalg.lstsq(np.eye(3) - motion[:3, :3], motion[:3, 3], rcond=None)[0])
    return Chain(
        joints=tuple(f"joint_{i + 1}" for i in range(dof)),
        links=tuple(f"link_{i}" for i in range(dof + 1)),
        parent_T_joint=frozen(pose(np.diff(points, axis=0))),
        axis=frozen(axes),
        prismatic=np.zeros(dof, dtype=np.bool_),
        last_T_flange=frozen(inv(pose(points[-1])) @ zero),
    )


def apart(a: Array, b: Array) -> Array:
    """Return the largest joint difference (...), whole turns apart; infinite where one of them is NaN."""
    off = a - b
    off = np.abs(off - math.tau * np.rint(off / math.tau)).max(-1)
    return np.where(np.isfinite(off), off, np.inf)


def has(branches: Array, q: Array) -> NDArray[np.bool_]:
    """Return whether each ``q`` (n, dof) is among its ``branches`` (n, k, dof)."""
    return apart(branches, q[:, None]).min(1) < SAME


def beside_ssik(name: str, poses: int = 20 if TINY else 300) -> list[Row]:
    """Compare all branches of a six-axis arm with ssik, which ships it."""
    arm = import_module(f"ssik.prebuilt.{name}")
    chain = chain_of_motion(arm.fk, 6)
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (poses, 6))
    goals = base_T_flange(chain, q)

    def theirs() -> list[Array]:
        found = [arm.solve(goal, respect_limits=False, enumerate_windings=False) for goal in goals]
        return [np.array([one.q for one in some]).reshape(-1, 6) for some in found]

    other, ours = theirs(), np.asarray(solve(chain, goals).q)
    lost = sum(int((~has(np.repeat(ours[i : i + 1], len(some), 0), some)).sum()) for i, some in enumerate(other))
    here, there = int(np.isfinite(ours[..., 0]).sum()), sum(map(len, other))
    mine, rival = seconds(lambda: solve(chain, goals)) / poses, seconds(theirs, rounds=3) / poses
    print(
        f"{name:20} {recognise(chain):14} {mine * 1e6:8.1f} us  ssik {rival * 1e6:8.1f} us  {rival / mine:6.1f} x   "
        f"branches {here}, ssik {there}, of ssik's not found {lost}; made found {has(ours, q).mean():.4f}"
    )
    group, share = f"all branches of {recognise(chain)} arms", 100.0 * (1.0 - lost / max(there, 1))
    goal = "<= 150 us, >= 4 x" if recognise(chain) == "general_6r" else ""
    return [
        row(group, name.removesuffix("_ik"), mine * 1e6, "us", rival=rival * 1e6, rival_name="ssik", goal=goal),
        row(group, f"{name.removesuffix('_ik')}, of ssik's branches found", share, "%", goal=">= 99.9"),
    ]


def beside_eaik(name: str, poses: int = 300) -> None:
    """Say what eaik makes of the same arm."""
    from eaik.IK_HP import HPRobot

    chain = chain_of_motion(import_module(f"ssik.prebuilt.{name}").fk, 6)
    points = np.cumsum(np.asarray(chain.parent_T_joint)[:, :3, 3], 0)
    steps = np.diff(np.vstack([np.zeros(3), points, base_T_flange(chain, np.zeros(6))[:3, 3]]), axis=0)
    robot = HPRobot(np.asarray(chain.axis), steps)
    print(f"{name:20} eaik: {robot.getKinematicFamily()}, closed form {robot.hasKnownDecomposition()}")


def seven_beside_ssik(name: str, poses: int = 10 if TINY else 200) -> list[Row]:
    """Compare all branches of a seven-axis arm over the samples of what is free with ssik."""
    arm = import_module(f"ssik.prebuilt.{name}")
    chain = chain_of_motion(arm.fk, 7)
    q = np.random.default_rng(0).uniform(-math.pi, math.pi, (poses, 7))
    goals = base_T_flange(chain, q)
    found = np.asarray(solve(chain, goals).q)
    off = np.abs(
        base_T_flange(chain, found[np.isfinite(found[..., 0])])
        - np.repeat(goals, np.isfinite(found[..., 0]).sum(1), axis=0)
    ).max()

    def theirs() -> list[object]:
        return [arm.solve(goal, respect_limits=False, enumerate_windings=False) for goal in goals]

    there = sum(len(some) for some in theirs())  # pyright: ignore[reportArgumentType]  the rival has no types
    here = int(np.isfinite(found[..., 0]).sum())
    mine, rival = seconds(lambda: solve(chain, goals)), seconds(theirs, rounds=3)
    ratio = rival / there / (mine / here)
    print(
        f"{name:20} {redundancy(chain).free:12} {mine / poses * 1e6:8.1f} us, {mine / here * 1e6:.2f} a branch   ssik "
        f"{rival / poses * 1e6:8.1f} us, {rival / there * 1e6:.2f} a branch   {ratio:5.1f} x, off {off:.0e}"
    )
    mine, rival = mine / here * 1e6, rival / there * 1e6
    return [row("a branch of seven_r arms", name.removesuffix("_ik"), mine, "us", rival=rival, rival_name="ssik")]


def tracking(name: str = "fanuc_crx10ia_ik", poses: int = 200 if TINY else 20_000) -> list[Row]:
    """One branch from a seed nearby."""
    chain = chain_of_motion(import_module(f"ssik.prebuilt.{name}").fk, 6)
    rng = np.random.default_rng(0)
    q = rng.uniform(-math.pi, math.pi, (poses, 6))
    goals = base_T_flange(chain, q)
    rows: list[Row] = []
    for far in (1e-3, 0.02, 0.1):
        seeds = q + rng.uniform(-far, far, q.shape)
        met = np.mean(np.asarray(tracked(chain, seeds, goals)[1]) < 1e-9)
        taken = seconds(lambda seeds=seeds: tracked(chain, seeds, goals)) / len(q)
        print(f"tracked, seed {far:5.3f} rad away {taken * 1e6:8.2f} us a pose, met {met:.4f}")
        what = f"one branch from a seed {far:g} rad away, {met:.2%} met"
        rows.append(row("tracked, general_6r", what, taken * 1e6, "us", goal="<= 1.5" if far < 0.05 else ""))
    return rows


def robots(folder: Path) -> list[tuple[str, Chain]]:
    """Return the arms of these families in a folder of URDF files."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "kinematics"))
    from second_reader import read

    chains = [(file.stem, read(file).chain) for file in sorted(folder.glob("*.urdf"))]
    return [(name, chain) for name, chain in chains if recognise(chain) in ("general_6r", "seven_r", "five_axis")]


def singular(chain: Chain, n: int, rng: np.random.Generator) -> Array:
    """Return (n, dof) positions at which the Jacobian loses rank, half exactly, half within 1e-6."""
    found: list[Array] = []
    while len(found) < n:
        a, b = rng.uniform(-math.pi, math.pi, (2, 256, chain.dof))

        def sign(q: Array) -> Array:
            return np.sign(np.linalg.det(jacobian(chain, q)))

        crossed = sign(a) != sign(b)
        low, high, start = a[crossed], b[crossed], sign(a)[crossed]
        for _ in range(60):
            middle = 0.5 * (low + high)
            same = (sign(middle) == start)[:, None]
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        found.extend(low)
    q = np.array(found[:n])
    q[1::2] += rng.uniform(-1e-6, 1e-6, q[1::2].shape)
    return q


def search(folder: Path, poses: int, seeds: int = 1500) -> None:
    """Print which share of the branches that Newton's method finds from many seeds is among ours."""
    for name, chain in robots(folder):
        if chain.dof != 6:
            continue
        rng = np.random.default_rng(1)
        for kind in ("any", "singular"):
            q = rng.uniform(-math.pi, math.pi, (poses, 6)) if kind == "any" else singular(chain, poses, rng)
            goals = base_T_flange(chain, q)
            ours, theirs, shared = np.asarray(solve(chain, goals).q), 0, 0
            for i, goal in enumerate(goals):
                start = rng.uniform(-math.pi, math.pi, (seeds, 6))
                end, left = tracked(chain, start, np.broadcast_to(goal, (seeds, 4, 4)))
                distinct: list[Array] = []
                for one in np.asarray(end)[np.asarray(left) < 1e-9]:
                    if not distinct or apart(np.array(distinct), one).min() > 1e-3:
                        distinct.append(one)
                theirs += len(distinct)
                shared += sum(bool(apart(ours[i], one).min() < 1e-3) for one in distinct)
            here, share = np.isfinite(ours[..., 0]).sum(), shared / theirs
            print(f"{name:28} {kind:9} ours {here:6} seeds find {theirs:6} of these ours {share:.5f}", flush=True)


def cold() -> None:
    """Print the processor seconds of the first call of each family, nothing compiled before."""
    calls = {
        "general_6r": "from cellwright.kinematics.general_6r_kernel import all_positions as f",
        "tracking": "from cellwright.kinematics.tracking_kernel import track as f",
    }
    for family in calls:
        with tempfile.TemporaryDirectory() as folder:
            code = (
                "import time, numpy as np, sys; sys.path.insert(0, sys.argv[1]); import arms\n"
                "from cellwright.kinematics import general_6r_kernel, tracking_kernel\n"
                "from cellwright.kinematics.general_6r import solve_general_6r as s\n"
                "from cellwright.kinematics.tracking import tracked\n"
                "c = arms.OFFSET_WRIST; p = np.eye(4)[None]; t = time.process_time()\n"
                + ("s(c, p)\n" if family == "general_6r" else "tracked(c, np.zeros((1, 6)), p)\n")
                + "print(f'{time.process_time() - t:.1f}')\n"
            )
            tests = str(Path(__file__).parents[1] / "tests" / "kinematics")
            done = subprocess.run(
                [sys.executable, "-c", code, tests], env={**os.environ, "CELLWRIGHT_CACHE": folder},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            print(f"{family:12} compiled in {done.stdout.strip()} s of processor time")


def main() -> None:
    verb = sys.argv[1] if len(sys.argv) > 1 else "rivals"
    if verb == "cold":
        cold()
    elif verb == "search":
        search(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 40)
    else:
        rows = [one for name in SIX for one in beside_ssik(name)]
        for name in SIX:
            beside_eaik(name)
        rows += [one for name in SEVEN for one in seven_beside_ssik(name)]
        tell([*rows, *tracking()])


if __name__ == "__main__":
    main()
