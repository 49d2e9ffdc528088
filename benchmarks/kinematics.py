"""Inverse kinematics, all branches, poses per second on one core, beside other people's solvers in the same run.

Run it with ``python benchmarks/kinematics.py``; it prints a table in Markdown. Peers are measured where they are
installed (``pip install eaik py-opw-kinematics spherical-wrist``), each through its own call for many poses; every
figure is the median of several rounds. It is
processor time, all threads together; neighbours on the machine still move figures: the ratios are what counts.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from cellwright.geometry import Array, frozen, pose, turn_x, turn_y, turn_z
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.kinematics.family import axis_lines
from cellwright.kinematics.inverse import solve
from cellwright.kinematics.reach import margins
from cellwright.kinematics.turns import all_turns, branch_margin

POSES, MANY = 2_000, 100_000
PI = math.pi
X, Y, Z = (1, 0, 0), (0, 1, 0), (0, 0, 1)
LOWER = np.radians([-180.0, -100.0, -60.0, -200.0, -120.0, -400.0])
UPPER = np.radians([180.0, 110.0, 65.0, 200.0, 120.0, 400.0])

Work = Callable[[], object]
Rows = dict[str, tuple[Work, int] | str]  # what is done, for how many poses; or why it is not


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


def table(title: str, peers: Rows, ours: Rows) -> None:
    """Print the figures and how many times the best peer's each of ours is."""
    print(f"\n### {title}\n\n| solver | M poses/s | against the best peer |\n|---|---|---|")
    figures = {name: None if isinstance(row, str) else rate(*row) / 1e6 for name, row in {**peers, **ours}.items()}
    best = max((figure for name in peers if (figure := figures[name])), default=math.nan)
    for name, row in {**peers, **ours}.items():
        figure = figures[name]
        if figure is None:
            print(f"| {name} | {row} | |")
        else:
            print(
                f"| {name} | {figure:.3f} | {'' if name in peers or math.isnan(best) else f'{figure / best:.1f} x'} |"
            )


def ours(chain: Chain, poses: Array, lower: Array, upper: Array) -> Rows:
    """Return what everybody who solves an arm may ask for."""
    many = np.tile(poses, (MANY // len(poses), 1, 1))
    return {
        "margins, fused": (lambda: margins(chain, poses, lower, upper, wrist=2.0), len(poses)),
        "margins, fused, 100,000 poses": (lambda: margins(chain, many, lower, upper, wrist=2.0), len(many)),
        "solve (cw.ik), every branch written": (lambda: solve(chain, poses), len(poses)),
        "solve (cw.ik), 100,000 poses": (lambda: solve(chain, many), len(many)),
        "solve and branch_margin": (lambda: branch_margin(solve(chain, poses), lower, upper), len(poses)),
    }


def main() -> None:
    """Print all tables."""
    rng = np.random.default_rng(0)
    q = rng.uniform(LOWER, UPPER, (POSES, 6))
    wanted = base_T_flange(IRB2400, q)

    def within_limits() -> object:
        return all_turns(solve(IRB2400, wanted).q.reshape(-1, 6), LOWER, UPPER)

    peers: Rows = {
        "eaik": eaik(IRB2400, wanted),
        "py-opw-kinematics reach, limits and margins": py_opw(wanted),
        "spherical-wrist inverse_multiple": spherical_wrist(wanted),
    }
    rows = ours(IRB2400, wanted, LOWER, UPPER)
    rows["solve and all_turns"] = within_limits, len(wanted)
    rows["solve, one pose a call"] = lambda: [solve(IRB2400, wanted[i : i + 1]) for i in range(500)], 500
    table("opw: ABB IRB 2400", peers, rows)

    endless = np.full(6, 2.0 * PI)
    for name, chain in (("UR5e", UR5E), ("UR5e as written with 1.5708", ROUNDED)):
        wanted = base_T_flange(chain, rng.uniform(-PI, PI, (POSES, 6)))
        table(f"three_parallel: {name}", {"eaik": eaik(chain, wanted)}, ours(chain, wanted, -endless, endless))

    q = rng.uniform((-2.2, -2.6, -0.1, -PI), (2.2, 2.6, 0.2, PI), (POSES, 4))
    wanted = base_T_flange(SCARA, q)
    rows = ours(SCARA, wanted, np.array([-2.2, -2.6, -0.1, -6.0]), np.array([2.2, 2.6, 0.2, 6.0]))
    table("scara: DENSO HSR065", {"peers": "none known that solves it for many poses"}, rows)

    q = rng.uniform(LOWER, UPPER, (POSES, 6))
    rows = {"fk": (lambda: base_T_flange(IRB2400, q), POSES), "jacobian": (lambda: jacobian(IRB2400, q), POSES)}
    table("Forward, in numpy", {}, rows)


if __name__ == "__main__":
    main()
