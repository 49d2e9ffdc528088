"""The fast check beside pinocchio with Coal, on real robots with their own meshes in cluttered cells.

Run it with ``python benchmarks/collision.py [--configurations N] [--speed | --proof]``; ``CELLWRIGHT_DATA`` names the
folder of the robots. Both sides ask the same pairs of bodies, with the links' meshes, in one process on one core. It
prints:

- right: positions called free at which Coal finds contact (none may be), and positions called blocked that have room.
- fast: positions a second, at random and along motions, against primitives and against ever more triangles.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import coal
import numpy as np
import pinocchio as pin

import cellwright as cw
import collision_rivals
from cellwright.cell import Body, Cell, Tool, ToolBody
from cellwright.collision.fast import Checker, make_checker, make_scene, random_joints
from cellwright.geometry import Array, frozen, pose, turn_y, turn_z
from cellwright.robots.model import Datum, Robot
from cellwright.shapes import Box, Capsule, Cylinder, Mesh, Shape, Sphere, bounds, moved, triangles
from rows import TINY, Row, row, tell

ROBOTS = ("abb_irb1200_5_90", "fanuc_m20ia", "kuka_kr10_r1100_2", "ur10e", "yaskawa_ar2010")
MARGIN = 0.015
"""How near a position may be and still be called blocked without anybody minding [m]."""
OWN = 0.003  # what the robot's own bodies keep from each other [m]
ROUNDS = 5
MOTIONS, STATES = 40, 250


def data() -> Path:
    return Path(os.environ.get("CELLWRIGHT_DATA", Path(__file__).parents[2] / "shared" / "data"))


def robot(name: str) -> Robot:
    return cw.load_robot(data() / "robots" / name / f"{name}.urdf")


def box(name: str, size: tuple[float, float, float], place: Array) -> Body:
    shape = Box(size=np.array(size), body_T_box=np.eye(4))
    return Body(name=name, kind="obstacle", shapes=(shape,), world_T_body=frozen(place))


def benches() -> Iterator[Body]:
    """A table with blocks and posts on it, a wall behind, a beam above."""
    yield box("table", (0.9, 1.4, 0.05), pose((0.75, 0.0, 0.3)))
    yield box("wall", (0.05, 2.5, 1.8), pose((-0.6, 0.0, 0.9)))
    yield box("beam", (1.6, 0.1, 0.1), pose((0.3, 0.5, 1.4), turn_z(0.3)))
    for i in range(6):
        place = pose((0.5 + 0.12 * i, -0.5 + 0.2 * i, 0.45), turn_z(0.4 * i) @ turn_y(0.2 * i))
        yield box(f"block {i}", (0.08, 0.1 + 0.02 * i, 0.25), place)
    for i in range(4):
        post = Cylinder(radius=0.03, length=0.8, body_T_cylinder=np.eye(4))
        yield Body(name=f"post {i}", kind="obstacle", shapes=(post,), world_T_body=pose((0.55, -0.6 + 0.4 * i, 0.7)))


def shelves() -> Iterator[Body]:
    """Two sets of shelves to reach into, and a thin plate between them."""
    for side in (-1.0, 1.0):
        for k in range(4):
            yield box(f"board {side:.0f} {k}", (0.4, 0.8, 0.02), pose((0.35, side * 0.9, 0.1 + 0.35 * k)))
        for k in range(2):
            yield box(f"side {side:.0f} {k}", (0.02, 0.8, 1.1), pose((0.15 + 0.4 * k, side * 0.9, 0.6)))
    yield box("plate", (0.5, 0.004, 0.7), pose((0.7, 0.0, 0.5), turn_z(0.5)))


def boulders(count: int = 100_000) -> Iterator[Body]:
    """Dented balls of about ``count`` triangles in all, on a table."""
    yield box("table", (0.9, 1.6, 0.05), pose((0.8, 0.0, 0.2)))
    rng = np.random.default_rng(0)
    each = 12
    sides = max(6, round(np.sqrt(count / each / 2)))
    angle, height = np.meshgrid(2 * np.pi * np.arange(sides) / sides, np.pi * np.arange(1, sides) / sides)
    for i in range(each):
        dents = rng.uniform(3, 9, 2)
        radius = 0.1 + 0.02 * np.sin(dents[0] * height) * np.cos(np.round(dents[1]) * angle)
        at = (np.sin(height) * np.cos(angle), np.sin(height) * np.sin(angle), np.cos(height))
        ring = np.stack([radius * x for x in at], -1).reshape(-1, 3)
        vertices = np.concatenate([ring, [[0, 0, 0.1], [0, 0, -0.1]]])
        k = np.arange(sides)
        n = (k + 1) % sides
        rows = sides * np.arange(sides - 2)[:, None]
        faces = np.concatenate(
            [
                np.stack([rows + k, rows + sides + k, rows + sides + n], -1).reshape(-1, 3),
                np.stack([rows + k, rows + sides + n, rows + n], -1).reshape(-1, 3),
                np.stack([np.full(sides, len(ring)), k, n], -1),
                np.stack([np.full(sides, len(ring) + 1), sides * (sides - 2) + n, sides * (sides - 2) + k], -1),
            ]
        ).astype(np.int32)
        place = pose(rng.uniform((0.4, -0.7, 0.25), (1.0, 0.7, 1.1)))
        mesh = Mesh(vertices=vertices, faces=faces, closed=True)
        yield Body(name=f"boulder {i}", kind="obstacle", shapes=(mesh,), world_T_body=place)


CELLS: dict[str, Callable[[], Iterator[Body]]] = {"benches": benches, "shelves": shelves, "boulders": boulders}


def make_cell(made: Robot, bodies: tuple[Body, ...]) -> Cell:
    """Return the robot with a stick on its flange; links that are joined, or next but one, may touch."""
    stick = Capsule(start=np.array([0.0, 0.0, 0.03]), end=np.array([0.0, 0.0, 0.15]), radius=0.02)
    links = made.chain.links
    pairs = [(links[i], links[k]) for i in range(len(links)) for k in range(i + 1, min(i + 3, len(links)))]
    pairs += [(link, "tool.stick") for link in links[-2:]] + [(links[0], body.name) for body in bodies]
    return Cell(
        robot=made, world_T_base=np.eye(4), bodies=bodies, frames={}, home=made.home, clearance=0.0, tool_clearance=0.0,
        tool=Tool(
            name="stick", flange_T_tcp=pose((0.0, 0.0, 0.17)), bodies=(ToolBody(name="stick", shapes=(stick,)),),
            mass=Datum(value=None, source="", confidence=None),
        ),
        allowed=tuple((a, b, "by the benchmark") for a, b in pairs),
    )  # fmt: skip


def make_ours(cell: Cell) -> Checker:
    boxes = np.array([bounds(moved(s, body.world_T_body)) for body in cell.bodies for s in body.shapes])
    focus = np.stack([boxes[:, 0].min(0), boxes[:, 1].max(0)])
    return make_checker(cell, make_scene(cell.bodies, focus=focus), working=False)


class Exact:
    """The same bodies and pairs in pinocchio with Coal."""

    def __init__(self, cell: Cell, checker: Checker) -> None:
        chain = cell.robot.chain
        self.model, self.geometry = pin.Model(), pin.GeometryModel()
        frames = [0]
        for i, name in enumerate(chain.joints):
            kind = pin.JointModelPrismaticUnaligned if chain.prismatic[i] else pin.JointModelRevoluteUnaligned
            frames.append(self.model.addJoint(frames[-1], kind(chain.axis[i]), pin.SE3(chain.parent_T_joint[i]), name))
        links = [(link.link, frames[i], np.eye(4), link.shapes) for i, link in enumerate(cell.robot.geometry)]
        own = [entry for entry in links if entry[3]]
        own += [(f"tool.{body.name}", frames[-1], chain.last_T_flange, body.shapes) for body in cell.tool.bodies]
        index = {
            name: [self._add(f"{name} {k}", joint, place, shape) for k, shape in enumerate(shapes)]
            for name, joint, place, shapes in own
        }
        still = [
            self._add(f"{body.name} {k}", 0, body.world_T_body, shape)
            for body in cell.bodies
            for k, shape in enumerate(body.shapes)
        ]
        moving = [name for name, margin in zip(checker.names, checker.mover.margin, strict=True) if margin >= 0]
        pairs = [(a, b) for name in moving for a in index[name] for b in still]
        selves = [(checker.names[a], checker.names[b]) for a, b in checker.mover.pairs]
        pairs += [(a, b) for first, second in selves for a in index[first] for b in index[second]]
        for a, b in pairs:
            self.geometry.addCollisionPair(pin.CollisionPair(a, b))
        self.data, self.found = self.model.createData(), self.geometry.createData()

    def _add(self, name: str, joint: int, place: Array, shape: Shape) -> int:
        at = np.array(place)
        match shape:
            case Box(size=size, body_T_box=inner):
                engine, at = coal.Box(*size), at @ inner
            case Cylinder(radius=radius, length=length, body_T_cylinder=inner):
                engine, at = coal.Cylinder(radius, length), at @ inner
            case Sphere(radius=radius, centre=centre):
                engine, at = coal.Sphere(radius), at @ pose(centre)
            case Mesh(vertices=vertices, faces=faces):
                engine = _mesh(vertices, faces)
            case Capsule():
                mesh = triangles(shape)
                engine = _mesh(mesh.vertices, mesh.faces)
        return self.geometry.addGeometryObject(pin.GeometryObject(name, joint, pin.SE3(at), engine))

    def touches(self, q: Array) -> bool:
        return bool(pin.computeCollisions(self.model, self.data, self.geometry, self.found, q, True))

    def all_touch(self, q: Array) -> list[bool]:
        return [self.touches(row) for row in q]

    def room(self, q: Array) -> float:
        """The smallest distance [m], not above 0 in contact."""
        pin.computeDistances(self.model, self.data, self.geometry, self.found, q)
        return min(result.min_distance for result in self.found.distanceResults)


def _mesh(vertices: Array, faces: Array) -> coal.BVHModelOBBRSS:
    model = coal.BVHModelOBBRSS()
    model.beginModel(len(faces), len(vertices))
    model.addVertices(np.ascontiguousarray(vertices))
    model.addTriangles(np.ascontiguousarray(faces, np.int64))
    model.endModel()
    return model


def right(names: tuple[str, ...], count: int, near: int) -> bool:
    """Print how the answers compare with Coal's, and return whether no position was called free that touches.

    Args:
        names: of robots.
        count: of random positions in each cell.
        near: how many of those that are blocked without contact are measured, for how much room they have.
    """
    wide = f"of these with > {MARGIN * 1e3:.0f} mm"
    print(f"| robot | cell | triangles | positions | free | called free, touch | blocked, no contact | {wide} |")
    print("|---|---|---|---|---|---|---|---|")
    wrong, asked, lost = 0, 0, 0.0
    for name in names:
        made = robot(name)
        for what, bodies in CELLS.items():
            cell = make_cell(made, tuple(bodies()))
            checker = make_ours(cell)
            exact = Exact(cell, checker)
            size = sum(len(triangles(s).faces) for body in cell.bodies for s in body.shapes)
            size += sum(len(triangles(s).faces) for link in made.geometry for s in link.shapes)
            q = random_joints(made, count, seed=1)
            free = checker.free(q)
            touch = sum(exact.touches(row) for row in q[free])
            clear = [row for row in q[~free] if not exact.touches(row)]
            far = sum(exact.room(row) > MARGIN for row in clear[:near]) / max(1, len(clear[:near]))
            wrong, asked, lost = wrong + touch, asked + count, lost + len(clear)
            figures = f"{free.mean():.1%} | {touch} | {len(clear) / count:.2%} | {far:.0%}"
            print(f"| {name} | {what} | {size} | {count} | {figures} |", flush=True)
    print(f"| all | | | {asked} | | {wrong} | {lost / asked:.2%} | |")
    return wrong == 0


def proof(count: int) -> bool:
    """Print the page that says what was proven, when and on which machine."""
    cpu = next(
        (line.split(":")[1].strip() for line in cpuinfo() if line.startswith("model name")), platform.processor()
    )
    print("# What the fast check calls free, asked of an exact engine")
    print(f"""
The search for motions asks a fast, cautious check; every path it finds is judged by an exact engine afterwards. Here
the check itself is compared with Coal, in pinocchio: random positions of {len(ROBOTS)} robots with their own meshes and
a stick on the flange in {len(CELLS)} cluttered cells, the same pairs of bodies on both sides, no clearance wanted. A
position that is called free and touches would be an error. A position that is called blocked without contact is
caution: it is within the {OWN * 1e3:.0f} mm that the robot's own bodies keep from each other, or nearer to something
than balls and fields can tell. The last column says how many of those have more than {MARGIN * 1e3:.0f} mm of room.

    python benchmarks/collision.py --proof > docs/collision_proof.md

{date.today()}, {cpu}, Python {platform.python_version()}, coal {coal.__version__}, pinocchio {pin.__version__}, numba
{version("numba")}.
""")
    return right(ROBOTS, count // (len(ROBOTS) * len(CELLS)), 100)


def cpuinfo() -> list[str]:
    """Return what Linux says of the processor; nothing elsewhere."""
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def rate(ask: Callable[[Array], object], q: Array, rounds: int = ROUNDS) -> float:
    """Return positions a second of processor time, the median of several rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        ask(q)
        spent.append(time.process_time() - start)
    return len(q) / statistics.median(spent)


def fast(name: str) -> list[Row]:
    """Print positions a second beside the rivals', and return the rows."""
    print("| cell | triangles | field built [s] | asked | ours [M/s] | rival | rival [M/s] | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    made = robot(name)
    cells: dict[str, Callable[[], Iterator[Body]]] = {"benches": benches}
    if not TINY:
        cells["shelves"] = shelves
        cells |= {f"boulders {n}": lambda n=n: boulders(n) for n in (1_000, 10_000, 100_000, 400_000)}
    rows: list[Row] = []
    for what, bodies in cells.items():
        cell = make_cell(made, tuple(bodies()))
        count = sum(len(triangles(s).faces) for body in cell.bodies for s in body.shapes)
        start = time.process_time()
        checker = make_ours(cell)
        built = time.process_time() - start
        q = random_joints(made, 1_000 if TINY else 20_000, seed=2)
        free = q[checker.free(q)]
        motion = np.concatenate([np.linspace(a, a + 0.15 * (b - a), STATES) for a, b in pairwise(free[: MOTIONS + 1])])
        with tempfile.TemporaryDirectory() as folder:
            asks = rivals(cell, checker, Path(folder))
            for asked, positions, ours in (("random", q, checker.free), ("motions", motion, checker.motion_blocked_by)):
                mine = rate(ours, positions)
                some = positions[:: max(1, len(positions) // (50 if TINY else 1000))]
                for rival, ask in asks.items():
                    theirs = rate(ask, some, 3)
                    print(
                        f"| {what} | {count} | {built:.2f} | {asked} | {mine / 1e6:.2f} | {rival} | {theirs / 1e6:.4f} "
                        f"| {mine / theirs:.0f} |",
                        flush=True,
                    )
                    rows.append(
                        row(
                            "Collision", f"{asked}, {what.split()[0]}", mine, "positions/s", rival=theirs,
                            rival_name=rival, more_is_better=True, size=count if "boulders" in what else None,
                            goal="1.5 M random, 10 M motions, 12 times roboplan" if count > 90_000 else "",
                        )
                    )  # fmt: skip
    return rows


def rivals(cell: Cell, checker: Checker, folder: Path) -> dict[str, Callable[[Array], object]]:
    """Return the rivals that are installed, each told the cell."""
    found: dict[str, Callable[[Array], object]] = {"pinocchio + Coal": Exact(cell, checker).all_touch}
    for name, make in (
        ("roboplan", lambda: collision_rivals.roboplan(cell, checker, folder)),
        ("python-fcl, pair by pair", lambda: collision_rivals.fcl(cell, checker)),
    ):
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configurations", type=int, default=100_000, help="in all, over every robot and cell")
    parser.add_argument("--speed", action="store_true", help="only the speeds")
    parser.add_argument("--proof", action="store_true", help="only the page of what is right")
    options = parser.parse_args()
    if not options.proof:
        tell(fast(ROBOTS[0]))
    if not options.speed and not proof(options.configurations):
        raise SystemExit("positions called free touch")


if __name__ == "__main__":
    main()
