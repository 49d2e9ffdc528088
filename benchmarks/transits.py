"""Transits in three cells: ours, OMPL's RRT-Connect on the same collision model, and roboplan on the same bodies.

Run it with ``python benchmarks/transits.py [PROBLEMS A CELL] [--few N] [--growth]``; the rivals, where they are
installed, get every Nth problem. Times are processor time of one core, the search's and its shortening's together; a
planner that was built once is told the problem only. OMPL asks for each state by a call from Python: the row "checks at
batch speed" is what it would take if a check cost what ours costs, many at once. Roboplan checks the same capsules and
boxes with Coal, without the margins that ours keeps, at steps of 0.02 rad. Ours are proven between the positions, by
the bodies' speeds; ``judged`` says how many ways the exact judge found free at steps of 0.02 rad.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from cellwright.cell import Body, Cell, Tool, ToolBody
from cellwright.collision.fast import Checker, make_checker, make_scene
from cellwright.collision.judge import judge, overlapping
from cellwright.geometry import Array, frozen, pose, turn_y
from cellwright.kinematics.chain import base_T_flange
from cellwright.paths.transits import Roadmap, find_transit, make_roadmap, way_length
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum
from cellwright.shapes import Box, Capsule, Cylinder
from rows import TINY, row, tell
from rows import Row as Figure
from transit_cells import CELLS, box, fixture

ROBOT = load_robot("kuka/KR8-R2100-2-arc-HW")
WEIGHT = 1.0 / ROBOT.speed
STEP = 0.02
GIVEN_UP = 6.0  # seconds that a rival may search
TORCH = Tool(
    name="torch",
    flange_T_tcp=pose((0.0, 0.0, 0.3)),
    bodies=(ToolBody(name="rod", shapes=(Cylinder(radius=0.02, length=0.3, body_T_cylinder=pose((0.0, 0.0, 0.15))),)),),
    mass=Datum(value=2.0, source="", confidence=None),
)
FOCUS = np.array([[0.9, -0.5, 0.6], [1.6, 0.5, 1.0]])


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


def problems(name: str, checker: Checker, count: int) -> list[tuple[Array, Array]]:
    """Return free pairs; by windows, the tool's tip lies in a box at the end, and in the other box at the start."""
    if name == "open fixture":
        q = positions(8 * count, seed=2)
        q = q[checker.free(q)][: 2 * count]
        return list(zip(q[::2], q[1::2], strict=False))
    ends: list[Array] = []
    for y in (-0.5, 0.5) if name == "two windows" else (None, 0.0):
        found: list[Array] = []
        for seed in range(2, 200):
            q = positions(100_000 if y is not None else 1000, seed=seed)
            if y is not None:
                tip = (base_T_flange(ROBOT.chain, q) @ TORCH.flange_T_tcp)[:, :3, 3]
                q = q[np.abs(tip - (1.35, y, 0.9)).max(1) < 0.3]
            found.append(q[checker.free(q)])
            if sum(map(len, found)) >= count:
                break
        ends.append(np.concatenate(found)[:count])
    return list(zip(*ends, strict=True))


@dataclass(slots=True)
class Row:
    """What one planner did: times [s], lengths of ways [s], ways, and how many problems there were."""

    asked: int
    spent: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    ways: list[Array] = field(default_factory=list)

    def told(self, name: str, judged: str = "") -> float:
        """Print the row; return the median time."""
        median = statistics.median(self.spent) * 1e3
        figures = f"{median:9.3f}{np.mean(self.spent) * 1e3:9.3f}{max(self.spent) * 1e3:10.2f}"
        length = np.mean(self.lengths) if self.lengths else np.nan
        print(f"  {name:32}{len(self.lengths):4d}/{self.asked:<4d}{figures}{length:9.2f}  {judged}", flush=True)
        return median


def ours(roadmap: Roadmap, pairs: list[tuple[Array, Array]], *, shared: bool) -> Row:
    """Solve the problems, each alone or with the trees of the earlier ones."""
    row = Row(len(pairs))
    known = roadmap
    for a, b in pairs:
        start = time.process_time_ns()
        transit, learned = find_transit(known, a, b, seed=0)
        row.spent.append((time.process_time_ns() - start) * 1e-9)
        known = learned if shared else roadmap
        if transit.found:
            row.lengths.append(way_length(transit.q, WEIGHT))
            row.ways.append(transit.q)
    return row


def judged(here: Cell, ways: list[Array]) -> str:
    """Return how many ways the exact judge finds free."""
    free = 0
    for way in ways:
        steps = [max(1, int(np.ceil(np.abs(b - a).max() / STEP))) for a, b in pairwise(way)]
        q = np.concatenate(
            [a + (b - a) * np.linspace(0, 1, n + 1)[:, None] for (a, b), n in zip(pairwise(way), steps, strict=True)]
        )
        free += all(near.distance > 0 for near in judge(here, q).nearest)
    return f"judged free {free}/{len(ways)}"


def ompl(checker: Checker, pairs: list[tuple[Array, Array]]) -> tuple[Row, Row]:
    """OMPL's RRT-Connect and its shortening of ways; then the same as if its checks had our batch's speed."""
    from ompl import base, geometric, util

    util.setLogLevel(util.LOG_ERROR)
    space = base.RealVectorStateSpace(6)
    bounds = base.RealVectorBounds(6)
    for j in range(6):
        bounds.setLow(j, float(ROBOT.lower[j] * WEIGHT[j]))
        bounds.setHigh(j, float(ROBOT.upper[j] * WEIGHT[j]))
    space.setBounds(bounds)
    asked = np.empty((1_000_000, 6))
    count, inside = 0, 0

    def valid(state: object) -> bool:
        nonlocal count, inside
        start = time.process_time_ns()
        row = asked[count % len(asked)]
        for j in range(6):
            row[j] = state[j] / WEIGHT[j]
        count += 1
        free = bool(checker.blocked_by(row[None])[0] < 0)
        inside += time.process_time_ns() - start
        return free

    row, lean = Row(len(pairs)), Row(len(pairs))
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
        count, inside = 0, 0
        start = time.process_time_ns()
        solved = setup.solve(GIVEN_UP) and setup.haveExactSolutionPath()
        if solved:
            way = setup.getSolutionPath()
            simplifier = geometric.PathSimplifier(information)
            simplifier.reduceVertices(way)
            simplifier.partialShortcutPath(way, 40)
        took = time.process_time_ns() - start
        start = time.process_time_ns()
        checker.blocked_by(asked[: min(count, len(asked))])
        batch = time.process_time_ns() - start
        row.spent.append(took * 1e-9)
        lean.spent.append((took - inside + batch) * 1e-9)
        if solved:
            for one in (row, lean):
                one.lengths.append(float(setup.getSolutionPath().length()))
    return row, lean


def urdf() -> str:
    """Return the arm with its tool, capsules as cylinders and spheres, for planners that read URDF."""

    def shape(kind: str, frame: Array) -> str:
        pitch = np.arcsin(np.clip(-frame[2, 0], -1, 1))
        rpy = (np.arctan2(frame[2, 1], frame[2, 2]), pitch, np.arctan2(frame[1, 0], frame[0, 0]))
        at = " ".join(repr(float(x)) for x in frame[:3, 3])
        return f'<origin xyz="{at}" rpy="{" ".join(repr(float(x)) for x in rpy)}"/>{kind}'

    def capsule(one: Capsule) -> list[str]:
        along = one.end - one.start
        length = float(np.linalg.norm(along))
        z = along / max(length, 1e-9) if length > 1e-6 else np.array([0.0, 0.0, 1.0])
        tilt, turn = np.arccos(np.clip(z[2], -1, 1)), np.arctan2(z[1], z[0])
        c, s = np.cos(turn), np.sin(turn)
        rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ turn_y(tilt)
        ball = f'<geometry><sphere radius="{one.radius}"/></geometry>'
        rod = f'<geometry><cylinder radius="{one.radius}" length="{length}"/></geometry>'
        return [
            shape(ball, pose(one.start)), shape(ball, pose(one.end)),
            shape(rod, pose((one.start + one.end) / 2, rotation)),
        ]  # fmt: skip

    chain = ROBOT.chain
    parts: list[str] = []
    for geometry in ROBOT.geometry:
        solids = [text for one in geometry.capsules for text in capsule(one)]
        parts.append(
            f'<link name="{geometry.link}">' + "".join(f"<collision>{t}</collision>" for t in solids) + "</link>"
        )
    rod = '<geometry><cylinder radius="0.02" length="0.3"/></geometry>'
    parts.append(f'<link name="rod"><collision>{shape(rod, pose((0.0, 0.0, 0.15)))}</collision></link>')
    for i in range(len(chain.axis)):
        axis = " ".join(repr(float(x)) for x in chain.axis[i])
        limit = f'lower="{ROBOT.lower[i]}" upper="{ROBOT.upper[i]}" velocity="{ROBOT.speed[i]}" effort="1"'
        parts.append(
            f'<joint name="j{i}" type="revolute">{shape("", chain.parent_T_joint[i])}<parent link="{chain.links[i]}"/>'
            f'<child link="{chain.links[i + 1]}"/><axis xyz="{axis}"/><limit {limit}/></joint>'
        )
    parts.append(
        f'<joint name="mount" type="fixed">{shape("", chain.last_T_flange)}<parent link="{chain.links[-1]}"/>'
        '<child link="rod"/></joint>'
    )
    return f'<robot name="arm">{"".join(parts)}</robot>'


def roboplan(here: Cell, pairs: list[tuple[Array, Array]], folder: Path) -> Row:
    """Roboplan's RRT-Connect and its shortening of ways among the same boxes and meshes."""
    from roboplan import core, rrt

    links = [*ROBOT.chain.links, "rod"]
    scene = core.Scene("cell", core.loadUrdfSceneDescriptionFromXml(urdf()))
    scene.addGroup("arm", [f"j{i}" for i in range(6)])
    grey = np.full(4, 0.5)
    for body in here.bodies:
        shape = body.shapes[0]
        if isinstance(shape, Box):
            solid = core.Box(*map(float, shape.size))
            scene.addBoxGeometry(body.name, "universe", solid, np.asfortranarray(body.world_T_body), grey)
        else:
            file = folder / f"{body.name}.obj"
            lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in shape.vertices.tolist()]
            lines += [f"f {i} {j} {k}" for i, j, k in (shape.faces + 1).tolist()]
            file.write_text("\n".join(lines))
            solid = core.Mesh(file)
            scene.addMeshGeometry(body.name, "universe", solid, np.asfortranarray(body.world_T_body), grey)
    allowed = {frozenset(pair[:2]) for pair in (*here.allowed, *ROBOT.allowed)}
    names = [*ROBOT.chain.links, "tool.rod"]
    off = [(links[i], links[k]) for i in range(8) for k in range(i + 1, 8)
           if k == i + 1 or frozenset((names[i], names[k])) in allowed]  # fmt: skip
    standing = [links[0], *(body.name for body in here.bodies)]
    off += list(combinations(standing, 2))
    scene.setCollisions(off, False)
    scene.setRngSeed(1)
    options = rrt.RRTOptions(
        "arm", max_nodes=100_000, max_connection_distance=1.0, collision_check_step_size=STEP, rrt_connect=True,
        collision_check_use_bisection=True, max_planning_time=GIVEN_UP,
    )  # fmt: skip
    planner = rrt.RRT(scene, options)
    wanted = core.PathShortcuttingOptions(group_name="arm", max_step_size=STEP, max_iters=40)
    shorter = core.PathShortcutter(scene, wanted)
    row = Row(0)
    joints = [f"j{i}" for i in range(6)]
    for a, b in pairs:
        if scene.hasCollisions(a) or scene.hasCollisions(b):
            continue
        row.asked += 1
        start = time.process_time_ns()
        try:
            path = planner.plan(core.JointConfiguration(joints, a), core.JointConfiguration(joints, b))
            path = shorter.shortcut(path)
        except RuntimeError:
            path = None
        row.spent.append((time.process_time_ns() - start) * 1e-9)
        if path is not None:
            row.lengths.append(way_length(np.array(path.positions), WEIGHT))
    return row


def main(count: int, few: int) -> list[Figure]:
    """Print a table a cell, and return the figures."""
    figures: list[Figure] = []
    print(f"  {'':32}{'found':>9}{'median':>9}{'mean':>9}{'worst ms':>10}{'way s':>9}")
    for name, bodies in list(CELLS.items())[: 1 if TINY else None]:
        here = cell(bodies)
        checker = make_checker(here, make_scene(here.bodies, focus=FOCUS), working=False)
        pairs = problems(name, checker, count)
        roadmap = make_roadmap(checker, lower=ROBOT.lower, upper=ROBOT.upper, weight=WEIGHT)
        find_transit(roadmap, pairs[0][0], pairs[0][1], seed=1)
        print(f"{name}, {len(pairs)} problems")
        mine = ours(roadmap, pairs, shared=False)
        median = mine.told("ours", judged(here, mine.ways))
        ours(roadmap, pairs, shared=True).told("ours, trees kept")
        for rival, theirs in rivals(here, checker, pairs[::few]).items():
            if theirs.spent:
                ratio = theirs.told(rival) / median
                print(f"  {'':32}{ratio:9.1f} times our median")
                figures += compared(name, mine, rival, theirs)
    return figures


def rivals(here: Cell, checker: Checker, pairs: list[tuple[Array, Array]]) -> dict[str, Row]:
    """Return what the rivals that are installed do."""
    found: dict[str, Row] = {}
    try:
        slow, lean = ompl(checker, pairs)
        found |= {"OMPL RRT-Connect, same model": slow, "OMPL, checks at batch speed": lean}
    except ImportError:
        print("  OMPL is not installed")
    with tempfile.TemporaryDirectory() as folder:
        try:
            found["roboplan RRT-Connect"] = roboplan(here, pairs, Path(folder))
        except ImportError:
            print("  roboplan is not installed")
    return found


def compared(name: str, mine: Row, rival: str, theirs: Row) -> list[Figure]:
    """Return time, ways found and their mean length, beside a rival's; 40 tries to shorten a way on both sides."""
    goal = "0.1 ms, 30 times roboplan" if name == "open fixture" else "2.5 ms"
    spent, found = ([statistics.median(one.spent) * 1e3 for one in (mine, theirs)],
                    [len(one.lengths) / one.asked for one in (mine, theirs)])  # fmt: skip
    figures = [
        row("Transits", f"{name}, median time", spent[0], "ms", rival=spent[1], rival_name=rival, goal=goal),
        row(
            "Transits", f"{name}, ways found of {mine.asked}", found[0], "share", rival=found[1], rival_name=rival,
            more_is_better=True, goal="1",
        ),
    ]  # fmt: skip
    if mine.lengths and theirs.lengths:
        long = [float(np.mean(one.lengths)) for one in (mine, theirs)]
        figures.append(row("Transits", f"{name}, mean way", long[0], "s", rival=long[1], rival_name=rival))
    return figures


def growth(count: int) -> list[Figure]:
    """Print our time against the fixture's triangles, and return the figures."""
    figures: list[Figure] = []
    for times in range(1, 3 if TINY else 7):
        here = cell(fixture(times))
        checker = make_checker(here, make_scene(here.bodies, focus=FOCUS), working=False)
        pairs = problems("open fixture", checker, count)
        roadmap = make_roadmap(checker, lower=ROBOT.lower, upper=ROBOT.upper, weight=WEIGHT)
        find_transit(roadmap, pairs[0][0], pairs[0][1], seed=1)
        median = ours(roadmap, pairs, shared=False).told(f"{120 * 4**times} triangles")
        figures.append(row("Transits", "open fixture, median time, growth", median, "ms", size=120 * 4**times))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problems", type=int, nargs="?", default=3 if TINY else 40)
    parser.add_argument("--few", type=int, default=1 if TINY else 4)
    parser.add_argument("--growth", action="store_true", help="only growth over triangles")
    given = parser.parse_args()
    tell([*([] if given.growth else main(given.problems, given.few)), *growth(given.problems)])
