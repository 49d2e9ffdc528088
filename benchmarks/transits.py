"""Transits in three cells: ours and OMPL's RRT-Connect on the same collision model, success, time and length.

Run it with ``python benchmarks/transits.py [PROBLEMS]``; OMPL is measured where it is installed. Its states are
checked one by one at 0.01 rad, which is what its discrete motion check does; ours are proven between. OMPL draws from
its own generator: its figures differ a little from run to run.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace

import numpy as np

from cellwright.cell import Body, Cell, Tool, ToolBody
from cellwright.collision.fast import Checker, make_checker, make_scene
from cellwright.collision.judge import overlapping
from cellwright.geometry import Array, frozen, pose
from cellwright.paths.transits import Roadmap, find_transit, make_roadmap, way_length
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum
from cellwright.shapes import Box, Cylinder

ROBOT = load_robot("kuka/KR8-R2100-2-arc-HW")
WEIGHT = 1.0 / ROBOT.speed
STEP = 0.01
GIVEN_UP = 5.0  # seconds that OMPL may search
TORCH = Tool(
    name="torch",
    flange_T_tcp=pose((0.0, 0.0, 0.3)),
    bodies=(ToolBody(name="rod", shapes=(Cylinder(radius=0.02, length=0.3, body_T_cylinder=pose((0.0, 0.0, 0.15))),)),),
    mass=Datum(value=2.0, source="", confidence=None),
)


def box(name: str, size: tuple[float, float, float], at: tuple[float, float, float]) -> Body:
    """Return a box that stands in the world [m]."""
    return Body(
        name=name, kind="obstacle", shapes=(Box(size=np.array(size), body_T_box=np.eye(4)),), world_T_body=pose(at)
    )


def open_box(name: str, x: float, y: float) -> tuple[Body, ...]:
    """Return a box of 0.7 m with a window of 0.4 m in the side that faces the robot."""
    side, z, wall, gap = 0.7, 0.9, 0.02, 0.4
    frame = (side - gap) / 2
    towards = -np.sign(x) * side / 2
    return (
        box(f"{name}.back", (wall, side, side), (x - towards, y, z)),
        *(box(f"{name}.side{s}", (side, wall, side), (x, y + s * side / 2, z)) for s in (-1, 1)),
        *(box(f"{name}.lid{s}", (side, side, wall), (x, y, z + s * side / 2)) for s in (-1, 1)),
        *(box(f"{name}.frame{s}", (wall, frame, side), (x + towards, y + s * (gap + frame) / 2, z)) for s in (-1, 1)),
        *(box(f"{name}.sill{s}", (wall, side, frame), (x + towards, y, z + s * (gap + frame) / 2)) for s in (-1, 1)),
    )


CELLS: dict[str, tuple[Body, ...]] = {
    "open fixture": (
        box("table", (0.8, 1.2, 0.1), (1.3, 0.0, 0.7)),
        *(box(f"clamp{i}", (0.06, 0.06, 0.2), (1.1 + 0.2 * (i % 3), -0.4 + 0.4 * (i // 3), 0.85)) for i in range(9)),
    ),
    "posts": tuple(
        box(f"post{i}", (0.1, 0.1, 2.2), (1.1 * np.cos(a), 1.1 * np.sin(a), 1.1))
        for i, a in enumerate(np.deg2rad((-100, -60, -20, 20, 60, 100)))
    ),
    "two windows": (*open_box("a", 1.35, -0.5), *open_box("b", 1.35, 0.5)),
}


def cell(bodies: tuple[Body, ...]) -> Cell:
    """Return the arm at the origin among ``bodies`` on a floor."""
    floor = Body(
        name="floor", kind="floor", shapes=box("", (6, 6, 0.1), (0, 0, 0)).shapes, world_T_body=pose((0, 0, -0.05))
    )
    made = Cell(
        robot=ROBOT, world_T_base=frozen(np.eye(4)), tool=TORCH, frames={}, bodies=(*bodies, floor), home=ROBOT.home,
        clearance=0.01, tool_clearance=0.005,
        allowed=((ROBOT.chain.links[0], "floor", "stands on it"), (ROBOT.chain.links[-1], "tool.rod", "mounted")),
    )  # fmt: skip
    return replace(made, allowed=(*made.allowed, *overlapping(made, positions(40, seed=1))))


def positions(count: int, *, seed: int) -> Array:
    """Return random joint positions (count, 6) within the limits, the wrist within a turn [rad]."""
    low, high = np.maximum(ROBOT.lower, -np.pi), np.minimum(ROBOT.upper, np.pi)
    return low + (high - low) * np.random.default_rng(seed).random((count, 6))


def problems(checker: Checker, count: int, inside: bool) -> list[tuple[Array, Array]]:
    """Return free pairs; ``inside`` wants the flange in a box at one end and in the other box at the other."""
    from cellwright.kinematics.chain import base_T_flange

    q = positions(400_000 if inside else 40 * count, seed=2)
    if inside:
        tip = (base_T_flange(ROBOT.chain, q) @ TORCH.flange_T_tcp)[:, :3, 3]
        ends = []
        for y in (-0.5, 0.5):
            near = np.abs(tip - (1.35, y, 0.9)).max(1) < 0.3
            ends.append(q[near][checker.free(q[near])])
        n = min(count, len(ends[0]), len(ends[1]))
        return list(zip(ends[0][:n], ends[1][:n], strict=True))
    q = q[checker.free(q)][: 2 * count]
    return list(zip(q[::2], q[1::2], strict=True))


def ours(roadmap: Roadmap, pairs: list[tuple[Array, Array]], *, shared: bool) -> tuple[list[float], list[float], int]:
    """Return seconds, lengths of ways, and how many were found."""
    spent: list[float] = []
    lengths: list[float] = []
    known = roadmap
    for a, b in pairs:
        start = time.perf_counter()
        transit, learned = find_transit(known, a, b, seed=0)
        spent.append(time.perf_counter() - start)
        known = learned if shared else roadmap
        if transit.found:
            lengths.append(way_length(transit.q, WEIGHT))
    return spent, lengths, len(lengths)


def rival(checker: Checker, pairs: list[tuple[Array, Array]]) -> tuple[list[float], list[float], int]:
    """The same with OMPL's RRT-Connect and its shortening of ways."""
    from ompl import base, geometric, util

    util.setLogLevel(util.LOG_ERROR)
    space = base.RealVectorStateSpace(6)
    bounds = base.RealVectorBounds(6)
    for j in range(6):
        bounds.setLow(j, float(ROBOT.lower[j] * WEIGHT[j]))
        bounds.setHigh(j, float(ROBOT.upper[j] * WEIGHT[j]))
    space.setBounds(bounds)
    row = np.empty((1, 6))

    def valid(state: object) -> bool:
        for j in range(6):
            row[0, j] = state[j] / WEIGHT[j]
        return bool(checker.blocked_by(row)[0] < 0)

    spent: list[float] = []
    lengths: list[float] = []
    for a, b in pairs:
        setup = geometric.SimpleSetup(space)
        information = setup.getSpaceInformation()
        setup.setStateValidityChecker(valid)
        information.setStateValidityCheckingResolution(STEP * float(WEIGHT.mean()) / space.getMaximumExtent())
        ends = [space.allocState() for _ in range(2)]
        for state, q in zip(ends, (a, b), strict=True):
            for j in range(6):
                state[j] = float(q[j] * WEIGHT[j])
        setup.setStartAndGoalStates(*ends)
        setup.setPlanner(geometric.RRTConnect(information))
        start = time.perf_counter()
        solved = setup.solve(GIVEN_UP)
        if solved and setup.haveExactSolutionPath():
            setup.simplifySolution()
            spent.append(time.perf_counter() - start)
            lengths.append(float(setup.getSolutionPath().length()))
        else:
            spent.append(time.perf_counter() - start)
    return spent, lengths, len(lengths)


def told(name: str, count: int, result: tuple[list[float], list[float], int]) -> None:
    """Print one row."""
    spent, lengths, found = result
    if not spent:
        return
    figures = f"{statistics.median(spent) * 1e3:9.2f}{np.mean(spent) * 1e3:9.2f}{max(spent) * 1e3:10.1f}"
    print(f"  {name:26}{found:4d}/{count:<4d}{figures}{np.mean(lengths) if lengths else np.nan:9.2f}", flush=True)


def main(count: int) -> None:
    """Print a table a cell."""
    print(f"  {'':26}{'found':>9}{'median':>9}{'mean':>9}{'worst ms':>10}{'way s':>9}")
    for name, bodies in CELLS.items():
        here = cell(bodies)
        focus = np.array([[0.9, -0.5, 0.6], [1.6, 0.5, 1.0]])
        checker = make_checker(here, make_scene(here.bodies, focus=focus), working=False)
        pairs = problems(checker, count, name == "two windows")
        roadmap = make_roadmap(checker, lower=ROBOT.lower, upper=ROBOT.upper, weight=WEIGHT)
        find_transit(roadmap, pairs[0][0], pairs[0][1], seed=1)
        print(f"{name}, {len(pairs)} problems")
        told("ours", len(pairs), ours(roadmap, pairs, shared=False))
        told("ours, trees kept", len(pairs), ours(roadmap, pairs, shared=True))
        try:
            few = pairs[: max(5, count // 5)]
            told("ompl RRT-Connect, 1 in 5", len(few), rival(checker, few))
        except ImportError:
            print("  ompl is not installed")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 40)
