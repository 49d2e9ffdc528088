"""Inverse kinematics of an ABB IRB 2400, poses per second on one core, beside py-opw-kinematics in the same run.

Run it with ``python benchmarks/kinematics.py``; the rival is measured where it is installed.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable

import numpy as np

from cellwright.geometry import Array, frozen, pose, turn_y
from cellwright.kinematics.branches import Branches
from cellwright.kinematics.chain import Chain, base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.turns import all_turns, branch_margin

# ros-industrial/abb@77db19b, abb_irb2400_support
AXES = [(0, 0, 1), (0, 1, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0), (1, 0, 0)]
STEPS = [(0, 0, 0), (0.1, 0, 0.615), (0, 0, 0.705), (0.258, 0, 0.135), (0.497, 0, 0), (0.085, 0, 0)]
LOWER = np.radians([-180.0, -100.0, -60.0, -200.0, -120.0, -400.0])
UPPER = np.radians([180.0, 110.0, 65.0, 200.0, 120.0, 400.0])
CHAIN = Chain(
    joints=tuple(f"joint_{i}" for i in range(1, 7)),
    links=("base_link", *(f"link_{i}" for i in range(1, 7))),
    parent_T_joint=frozen(pose(STEPS)),
    axis=frozen(AXES),
    prismatic=np.zeros(6, dtype=bool),
    last_T_flange=frozen(pose(rotation=turn_y(math.pi / 2))),
)


def rate(work: Callable[[], object], poses: int, *, rounds: int = 9) -> float:
    """Median of poses per second; the first call, which compiles, is not counted."""
    work()
    seconds: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return poses / statistics.median(seconds)


def rival(poses: Array) -> Callable[[], object] | None:
    """All branches with limits and margins by py-opw-kinematics, through its arrays in, arrays out."""
    try:
        from py_opw_kinematics import KinematicModel, _internal
    except ImportError:
        return None
    model = KinematicModel(0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085, (0.0, 0.0, -math.pi / 2, 0.0, 0.0, 0.0))
    robot = _internal.Robot(model, degrees=False)
    flat = poses.reshape(-1, 16)
    limits = list(zip(LOWER.tolist(), UPPER.tolist(), strict=True))
    joints, *_ = robot.reach(flat, limits)
    ours = np.isfinite(solve(CHAIN, poses).q).all(-1).sum()
    print(f"{'branches found, ours and theirs':44} {ours} {np.isfinite(joints).all(-1).sum()}")
    return lambda: robot.reach(flat, limits)


def main() -> None:
    rng = np.random.default_rng(0)
    q = rng.uniform(LOWER, UPPER, (2_000, 6))
    poses = base_T_flange(CHAIN, q)
    many = np.tile(poses, (50, 1, 1))

    def with_margins(wanted: Array) -> tuple[Branches, Array]:
        branches = solve(CHAIN, wanted)
        return branches, branch_margin(branches, LOWER, UPPER)

    def within_limits() -> object:
        branches = solve(CHAIN, poses)
        return all_turns(branches.q.reshape(-1, 6), LOWER, UPPER)

    theirs = rival(poses)
    base = rate(theirs, len(poses)) if theirs else math.nan
    rows = {
        "py-opw-kinematics reach, limits and margins": base,
        "solve, 2,000 poses": rate(lambda: solve(CHAIN, poses), len(poses)),
        "solve and branch_margin, 2,000 poses": rate(lambda: with_margins(poses), len(poses)),
        "solve and branch_margin, 100,000 poses": rate(lambda: with_margins(many), len(many)),
        "solve and all_turns, 2,000 poses": rate(within_limits, len(poses)),
        "solve, one pose a call": rate(lambda: [solve(CHAIN, poses[i : i + 1]) for i in range(500)], 500),
    }
    for name, figure in rows.items():
        print(f"{name:44} {figure / 1e6:8.3f} M/s   {figure / base:6.1f} x")


if __name__ == "__main__":
    main()
