"""Inverse kinematics, all branches, poses per second on one core, beside other people's solvers in the same run.

Run it with ``python benchmarks/kinematics.py``; it prints tables in Markdown. Peers are measured where they are
installed (``pip install eaik py-opw-kinematics spherical-wrist``), each through its own call for many poses; every
figure is the median of several rounds. It is processor time, all threads together; neighbours on the machine still move
figures: the ratios are what counts. Ours are measured a second time in a process that may use AVX2 alone, and how time
and memory grow in a third.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from cellwright.geometry import Array, frozen, pose, turn_x, turn_y, turn_z
from cellwright.kinematics.branches import Asked
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.family import axis_lines
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import best_margins, margins
from cellwright.kinematics.turns import all_turns, branch_margin
from rows import TINY, Row, row, tell

POSES, MANY = (200, 2_000) if TINY else (2_000, 100_000)
GROWTH = (100, 1_000) if TINY else (100, 1_000, 10_000, 100_000, 1_000_000)
AVX2 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2"
PI = math.pi
X, Y, Z = (1, 0, 0), (0, 1, 0), (0, 0, 1)
LOWER = np.radians([-180.0, -100.0, -60.0, -200.0, -120.0, -400.0])
UPPER = np.radians([180.0, 110.0, 65.0, 200.0, 120.0, 400.0])

Work = Callable[[], object]
Works = dict[str, tuple[Work, int] | str]  # what is done, for how many poses; or why it is not

FUSED, WRITTEN = "best_margins, fused, from 50 bases", "solve (cw.ik), every branch written"
GOALS = {  # M poses/s, and against the best peer
    ("opw", FUSED): ">= 10, >= 50 x",
    ("opw", WRITTEN): ">= 6, >= 30 x",
    ("three_parallel", FUSED): ">= 6, >= 30 x",
    ("scara", FUSED): ">= 30",
}


def chain_of(steps: list[tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]]], last: Array) -> Chain:
    """Return a chain from (xyz, rpy, axis) of each joint and last_T_flange; an axis with a fourth entry slides."""
    n = len(steps)
    frames = [pose(xyz, turn_z(rpy[2]) @ turn_y(rpy[1]) @ turn_x(rpy[0])) for xyz, rpy, _ in steps]
    return Chain(
        joints=tuple(f"joint_{i + 1}" for i in range(n)),
        links=("base_link", *(f"link_{i + 1}" for i in range(n))),
        parent_T_joint=frozen(frames),
        axis=frozen([axis[:3] for _, _, axis in steps]),
        prismatic=np.array([len(axis) == 4 for _, _, axis in steps]),
        last_T_flange=frozen(last),
    )


NONE = (0.0, 0.0, 0.0)
IRB2400 = chain_of(  # ros-industrial/abb@77db19b, abb_irb2400_support
    [
        *((NONE, NONE, Z), ((0.1, 0, 0.615), NONE, Y), ((0, 0, 0.705), NONE, Y)),
        *(((0.258, 0, 0.135), NONE, X), ((0.497, 0, 0), NONE, Y), ((0.085, 0, 0), NONE, X)),
    ],
    pose(rotation=turn_y(PI / 2)),
)
UR5E = chain_of(  # UniversalRobots/Universal_Robots_ROS2_Description@2221ec0
    [
        *(((0, 0, 0.1625), NONE, Z), (NONE, (PI / 2, 0, 0), Z), ((-0.425, 0, 0), NONE, Z)),
        *(((-0.3922, 0, 0.1333), NONE, Z), ((0, -0.0997, 0), (PI / 2, 0, 0), Z)),
        ((0, 0.0996, 0), (PI / 2, PI, PI), Z),
    ],
    np.eye(4),
)
ROUNDED = chain_of(  # the same arm as a description that writes pi/2 as 1.5708, and leans its axis 3 so
    [
        *(((0, 0, 0.1625), NONE, Z), (NONE, (1.5708, 0, 0), Z), ((-0.425, 0, 0), (3.7e-6, 0, 0), Z)),
        *(((-0.3922, 0, 0.1333), NONE, Z), ((0, -0.0997, 0), (1.5708, 0, 0), Z)),
        ((0, 0.0996, 0), (1.5708, PI, PI), Z),
    ],
    np.eye(4),
)
SCARA = chain_of(  # DENSO HSR065: DENSORobot/denso_robot_ros
    [(NONE, NONE, Z), ((0.375, 0, 0), NONE, Z), ((-0.375, 0, 0), NONE, (*Z, 1)), ((0.65, 0, 0), NONE, Z)], np.eye(4)
)


def rate(work: Work, poses: int, *, rounds: int = 9) -> float:
    """Median of poses per second of processor time; the first call, which compiles, is not counted."""
    work()
    seconds: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return poses / statistics.median(seconds)


def eaik(chain: Chain, poses: Array) -> tuple[Work, int] | str:
    """Every branch by EAIK, from the axes at zero."""
    if not find_spec("eaik"):
        return "not installed"
    from eaik.IK_HP import HPRobot

    lines, base_T_zero = axis_lines(chain), base_T_flange(chain, np.zeros(chain.dof))
    points = np.vstack([np.zeros(3), lines.point, base_T_zero[:3, 3]])
    robot = HPRobot(np.array(lines.along), np.diff(points, axis=0))
    if not robot.hasKnownDecomposition():
        return "no decomposition known to it"
    few = list(poses[:500] @ pose(rotation=base_T_zero[:3, :3].T))
    branches = sum(int((~np.array(found.is_LS, dtype=bool)).sum()) for found in robot.IK_batched(few, 1))
    ours = int(np.isfinite(solve(chain, poses[:500]).q[..., 0]).sum())
    print(f"- eaik finds {branches} branches of 500 poses, we {ours}")
    return lambda: robot.IK_batched(few, 1), len(few)


def py_opw(poses: Array) -> tuple[Work, int] | str:
    """All branches with limits and margins by py-opw-kinematics, through its arrays in, arrays out."""
    if not find_spec("py_opw_kinematics"):
        return "not installed"
    from py_opw_kinematics import KinematicModel, _internal

    model = KinematicModel(0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085, (0.0, 0.0, -PI / 2, 0.0, 0.0, 0.0))
    robot = _internal.Robot(model, degrees=False)
    flat = poses.reshape(-1, 16)
    limits = list(zip(LOWER.tolist(), UPPER.tolist(), strict=True))
    theirs = np.isfinite(robot.reach(flat, limits)[0]).all(-1).sum()
    ours = np.isfinite(solve(IRB2400, poses).q).all(-1).sum()
    print(f"- py-opw-kinematics finds {theirs} branches of {len(poses)} poses, we {ours}")
    return lambda: robot.reach(flat, limits), len(poses)


def spherical_wrist(poses: Array) -> tuple[Work, int] | str:
    """All branches by spherical-wrist (rs-opw-kinematics)."""
    if not find_spec("spherical_wrist"):
        return "not installed"
    from scipy.spatial.transform import RigidTransform
    from spherical_wrist import KinematicModel, Robot

    model = KinematicModel(0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085, (0.0, 0.0, -PI / 2, 0.0, 0.0, 0.0))
    robot = Robot(model, degrees=False)
    wanted = RigidTransform.from_matrix(poses)
    return lambda: robot.inverse_multiple(wanted), len(poses)


def table(title: str, peers: Works, ours: Works, narrow: dict[str, float] | None = None) -> list[Row]:
    """Print the figures and how many times the best peer's each of ours is; ``narrow`` are ours with AVX2 alone."""
    print(f"\n### {title}\n\n| solver | M poses/s | against the best peer |\n|---|---|---|")
    figures = {name: None if isinstance(work, str) else rate(*work) / 1e6 for name, work in {**peers, **ours}.items()}
    best, rival = max(((figure, name) for name in peers if (figure := figures[name])), default=(None, ""))
    figures |= {f"{name}, AVX2 alone": figure for name, figure in (narrow or {}).items()}
    rows: list[Row] = []
    for name, figure in figures.items():
        if figure is None:
            print(f"| {name} | {peers[name]} | |")
            continue
        print(f"| {name} | {figure:.3f} | {'' if name in peers or best is None else f'{figure / best:.1f} x'} |")
        if name not in peers:
            goal = GOALS.get((title.split(":")[0], name.removesuffix(", AVX2 alone")), "")
            rows.append(
                row(title, name, figure, "M poses/s", rival=best, rival_name=rival, more_is_better=True, goal=goal)
            )
    return rows


def ours(chain: Chain, poses: Array, lower: Array, upper: Array) -> Works:
    """Return what everybody who solves an arm may ask for."""
    many = np.tile(poses, (MANY // len(poses), 1, 1))
    n, bases = len(poses), pose(np.linspace(-0.2, 0.2, 50)[:, None] * [1.0, 0.7, 0.1])
    asked = Asked(
        world_T_flange=poses, ends=np.full(n, 2, dtype=np.int64), operation=np.zeros(n, dtype=np.int64), count=1
    )  # fmt: skip
    return {
        FUSED: (lambda: best_margins(chain, asked, bases, lower, upper), 50 * n),
        "margins, fused": (lambda: margins(chain, poses, lower, upper, wrist=2.0), n),
        f"margins, fused, {MANY:,} poses": (lambda: margins(chain, many, lower, upper, wrist=2.0), len(many)),
        WRITTEN: (lambda: solve(chain, poses), n),
        f"solve (cw.ik), {MANY:,} poses": (lambda: solve(chain, many), len(many)),
        "solve and branch_margin": (lambda: branch_margin(solve(chain, poses), lower, upper), n),
    }


def arms() -> dict[str, tuple[Chain, Array, Array, Array]]:
    """Return by title each chain, its poses, and the limits that count."""
    rng, endless = np.random.default_rng(0), np.full(6, 2.0 * PI)
    found = {"opw: ABB IRB 2400": (IRB2400, rng.uniform(LOWER, UPPER, (POSES, 6)), LOWER, UPPER)}
    for name, chain in (("UR5e", UR5E), ("UR5e as written with 1.5708", ROUNDED)):
        found[f"three_parallel: {name}"] = chain, rng.uniform(-PI, PI, (POSES, 6)), -endless, endless
    q = rng.uniform((-2.2, -2.6, -0.1, -PI), (2.2, 2.6, 0.2, PI), (POSES, 4))
    limits = np.array([-2.2, -2.6, -0.1, -6.0]), np.array([2.2, 2.6, 0.2, 6.0])
    found["scara: DENSO HSR065"] = SCARA, q, *limits
    return {title: (chain, base_T_flange(chain, q), *rest) for title, (chain, q, *rest) in found.items()}


def alone() -> dict[str, dict[str, float]]:
    """Return our figures alone, by title: what a process measures that may use fewer instructions."""
    return {
        title: {name: rate(*work) / 1e6 for name, work in ours(*one).items() if name in (FUSED, WRITTEN)}
        for title, one in arms().items()
    }


def growing() -> dict[str, list[float]]:
    """Return seconds at each size of `GROWTH`, and the peak memory of this process [MB]."""
    import resource

    poses = arms()["opw: ABB IRB 2400"][1]
    found: dict[str, list[float]] = {"solve (cw.ik)": [], "margins": []}
    for n in GROWTH:
        many = np.tile(poses, (-(-n // len(poses)), 1, 1))[:n]
        found["solve (cw.ik)"].append(n / rate(lambda many=many: solve(IRB2400, many), n, rounds=3))
        found["margins"].append(n / rate(lambda many=many: margins(IRB2400, many, LOWER, UPPER), n, rounds=3))
    found["peak"] = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0]
    return found


def child(verb: str, **environment: str) -> dict[str, Any]:
    """Return what another process of this script found."""
    command = [sys.executable, __file__, verb, *(["--tiny"] if TINY else [])]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> list[Row]:
    """Print all tables."""
    narrow: dict[str, dict[str, float]] = {}
    if platform.machine() in ("x86_64", "AMD64") and not TINY:  # where it would be compiled for it alone
        narrow = child("alone", NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES=AVX2)
    rows: list[Row] = []
    for title, (chain, wanted, lower, upper) in arms().items():
        works = ours(chain, wanted, lower, upper)
        peers: Works = {"peers": "none known that solves it for many poses"}
        if chain is IRB2400:
            peers = {
                "eaik": eaik(chain, wanted),
                "py-opw-kinematics reach, limits and margins": py_opw(wanted),
                "spherical-wrist inverse_multiple": spherical_wrist(wanted),
            }
            works["solve and all_turns"] = (
                lambda wanted=wanted: all_turns(solve(IRB2400, wanted).q.reshape(-1, 6), LOWER, UPPER), len(wanted)
            )  # fmt: skip
            works["solve, one pose a call"] = lambda wanted=wanted: [solve(IRB2400, one[None]) for one in wanted], POSES
        elif chain.dof == 6:
            peers = {"eaik": eaik(chain, wanted)}
        rows += table(title, peers, works, narrow.get(title))
    q = np.random.default_rng(0).uniform(LOWER, UPPER, (POSES, 6))
    works = {"fk": (lambda: base_T_flange(IRB2400, q), POSES), "jacobian": (lambda: jacobian(IRB2400, q), POSES)}
    rows += table("Forward, in numpy", {}, works)
    if sys.platform != "win32":
        grown = child("growing")
        rows.append(row("opw: ABB IRB 2400", "peak memory, 1e6 poses", grown.pop("peak")[0], "MB", goal="<= 1000"))
        for what, taken in grown.items():
            rows += [row("Growth", what, t, "s", size=n) for n, t in zip(GROWTH, taken, strict=True)]
    return rows


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps({"alone": alone, "growing": growing}[sys.argv[1]]()))
    else:
        tell(main())
