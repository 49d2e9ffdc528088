"""Scoring places for the base: (base, pose, angle of the tool) a second on one core, beside peers in the same run.

Run it with ``python benchmarks/placement.py [BASES POSES]``; it prints tables in Markdown. A seam round a box is asked
with 36 turns of the tool from bases round it, every branch within limits. Ours is what placement and selection call,
`kinematics.reach.best_margins`, which ranks each base by its margin; the peers solve the same poses through their own
call for many poses, at a few bases. How many poses are reached within limits is compared at each of these. Processor
time, medians of rounds.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from cellwright.geometry import Array, inv, pose, turn_x, turn_y, turn_z
from cellwright.kinematics.branches import Asked
from cellwright.kinematics.chain import Chain
from cellwright.kinematics.reach import best_margins, margins
from kinematics import IRB2400, LOWER, SCARA, UPPER, UR5E, eaik
from rows import TINY, Row, row, tell

ANGLES = 36
PI = math.pi
FLANGE_T_TIP = pose((0.05, 0.0, 0.35), turn_y(0.6))


def seam(n: int) -> Array:
    """Return poses (n, 4, 4) of a tool tip along a closed seam on a box, its z into the seam."""
    t = np.linspace(0.0, 2.0 * PI, n)
    place = np.stack([1.2 + 0.4 * np.cos(t), 0.4 * np.sin(t), 0.6 + 0.1 * np.sin(3.0 * t)], -1)
    z = np.stack([-0.5 * np.cos(t), -0.5 * np.sin(t), -np.ones(n)], -1)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    x = np.stack([-np.sin(t), np.cos(t), np.zeros(n)], -1)
    x -= (x * z).sum(-1, keepdims=True) * z
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    return pose(place, np.stack([x, np.cross(z, x), z], -1))


def asked(world_T_tip: Array, flange_T_tip: Array) -> Asked:
    """Return the poses of the flange: every pose is an operation of its own, any of its turns will do."""
    turns = pose(rotation=turn_z(np.linspace(-PI, PI, ANGLES, endpoint=False)))
    n = len(world_T_tip)
    world_T_flange = (world_T_tip[:, None] @ turns @ inv(flange_T_tip)).reshape(-1, 4, 4)
    ends = np.zeros(n * ANGLES, dtype=np.int64)
    ends[ANGLES - 1 :: ANGLES] = 2
    return Asked(
        world_T_flange=world_T_flange, ends=ends, operation=np.repeat(np.arange(n, dtype=np.int64), ANGLES), count=n
    )


def raster(count: int) -> Array:
    """Return bases (count, 4, 4) round the seam, on three heights and turned three ways."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-0.6, 0.6, (2, count))
    z, turned = rng.choice([0.0, 0.25, 0.5], count), rng.choice([-0.6, 0.0, 0.6], count)
    return pose(np.stack([x, y, z], -1), turn_z(turned))


def seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the median of processor seconds; the first call is not counted."""
    work()
    taken: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def py_opw(one: Asked, bases: Array) -> tuple[float, Array] | None:
    """Return py-opw-kinematics' seconds for a base, and how many poses it reaches from each."""
    if not find_spec("py_opw_kinematics"):
        return None
    from py_opw_kinematics import KinematicModel, _internal

    model = KinematicModel(0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085, (0.0, 0.0, -PI / 2, 0.0, 0.0, 0.0))
    robot = _internal.Robot(model, degrees=False)
    limits = list(zip(LOWER.tolist(), UPPER.tolist(), strict=True))
    reached = np.empty(len(bases))

    def work() -> None:
        for i, base in enumerate(bases):
            flat = np.ascontiguousarray((inv(base) @ one.world_T_flange).reshape(-1, 16))
            q = np.asarray(robot.reach(flat, limits)[0]).reshape(len(flat), 8, 6)
            # it returns what is beyond the limits too; a turn of a joint more or less is the same place
            middle, half = 0.5 * (LOWER + UPPER), 0.5 * (UPPER - LOWER)
            off = q - middle
            within = (np.abs(off - 2.0 * PI * np.rint(off / (2.0 * PI))) < half).all(-1).any(-1)
            reached[i] = within.reshape(-1, ANGLES).any(-1).sum()

    return seconds(work, rounds=3) / len(bases), reached


def compared(group: str, mega: float, peer: str, rate: float | None, goal: str = "") -> Row:
    """Print a table, and return its row: million (base, pose, angle) a second, ours and the peer's."""
    print(f"\n### {group}\n\n| what | M (base, pose, angle)/s | against the best peer |\n|---|---|---|")
    print(f"| {peer} | {'not installed' if rate is None else f'{rate:.3f}'} | |")
    print(f"| cellwright best_margins | {mega:.3f} | {'' if rate is None else f'{mega / rate:.0f} x'} |")
    unit = "M (base, pose, angle)/s"
    return row(group, "best_margins", mega, unit, rival=rate, rival_name=peer, more_is_better=True, goal=goal)


def ours(chain: Chain, one: Asked, bases: Array, lower: Array, upper: Array) -> tuple[float, Array]:
    """Return million (base, pose, angle) a second, and how many poses are reached from each base."""
    taken = seconds(lambda: best_margins(chain, one, bases, lower, upper), rounds=3)
    best = best_margins(chain, one, bases, lower, upper)
    few = one.world_T_flange[: 4 * ANGLES]
    room = margins(chain, inv(bases[0]) @ few, lower, upper, wrist=1.0, most=1.0).max(-1).reshape(4, ANGLES).max(-1)
    assert np.allclose(np.where(room > 0, room, 0), np.where(best[0, :4] > 0, best[0, :4], 0), atol=1e-9)
    return len(bases) * len(one.ends) / taken / 1e6, (best > 0).sum(-1)


def main() -> list[Row]:
    """Print a table a family."""
    count, poses = (int(n) for n in (sys.argv[1:] or (("8", "16") if TINY else ("300", "128"))))
    bases = raster(count)
    one = asked(seam(poses), FLANGE_T_TIP)
    peer = py_opw(one, bases[:8])
    rate = None if peer is None else len(one.ends) / peer[0] / 1e6
    mega, reached = ours(IRB2400, one, bases, LOWER, UPPER)
    rows = [
        compared(
            f"opw: ABB IRB 2400, {count} bases x {poses} poses x {ANGLES} angles",
            mega,
            "py-opw-kinematics reach, limits and margins",
            rate,
            ">= 12, >= 85 x",
        )
    ]
    if peer is not None:
        print(
            f"\nPoses reached from the first bases: py-opw {peer[1].astype(int).tolist()}, we {reached[:8].tolist()}."
        )

    limits = np.full(6, 2.0 * PI)
    half = np.array([[1.0, 1.0, 1.0, 0.5]] * 3 + [[1.0] * 4])  # of all distances: an arm half as long
    one, near = asked(seam(poses) * half, pose((0.0, 0.0, 0.1))), bases * half
    few = inv(near[:10])[:, None] @ one.world_T_flange[:: len(one.ends) // 50]
    solver = eaik(UR5E, few.reshape(-1, 4, 4))
    rate = None if isinstance(solver, str) else solver[1] / seconds(solver[0], rounds=3) / 1e6
    rows.append(
        compared("three_parallel: UR5e", ours(UR5E, one, near, -limits, limits)[0], "eaik, branches only", rate)
    )

    rng = np.random.default_rng(0)
    level = pose(
        rng.uniform((0.3, -0.3, 0.0), (0.7, 0.3, 0.1), (poses, 3)), turn_x(PI) @ turn_z(rng.uniform(-3, 3, poses))
    )
    one = asked(level @ pose(rotation=turn_x(PI)), np.eye(4))
    lower, upper = np.array([-2.2, -2.6, -0.2, -6.0]), np.array([2.2, 2.6, 0.2, 6.0])
    mega = ours(SCARA, one, bases * half, lower, upper)[0]
    return [*rows, compared("scara: DENSO HSR065", mega, "none known that solves it for many poses", None)]


if __name__ == "__main__":
    tell(main())
