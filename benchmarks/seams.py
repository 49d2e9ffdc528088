"""Ladder of a seam, with collision: poses x turns x branches, growth with poses and toolpaths, and a rival beside it.

Run it with ``python benchmarks/seams.py``. The seam is a straight weld of 1 m on a table in front of a KUKA KR 8; every
pose is tried at 36 turns of the torch and on every branch, and the cheapest ways through are found.

The rival is spherical-wrist's Cartesian planner, where it is installed (``pip install spherical-wrist``). It knows no
free turn: it gets the poses of our best stroke alone, one of 36, and small boxes for the arm's links. It stops at its
first way; ours is the cheapest of all. Figures of Tesseract's Descartes planner elsewhere: 0.95 to 4.6 s for 200 poses.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from cellwright.cell import Cell
from cellwright.collision.fast import Checker, make_checker, make_scene
from cellwright.geometry import Array, axes, inv, pose, turn_z
from cellwright.kinematics.opw import opw_geometry
from cellwright.paths import course
from cellwright.paths.climbing import cheapest
from cellwright.paths.ladder import make_ladder, settle
from cellwright.paths.strokes import Stroke, everywhere, find_strokes
from cellwright.paths.variants import variants
from cellwright.processes.work import Freedom, Operation, Segment, Toolpath, poses
from cellwright.shapes import Box, moved, triangles
from transits import CELLS, ROBOT, TORCH, cell

LENGTH, TURNS = 1.0, 36
SPEED = 0.008


STEPS = tuple(float(a) for a in -np.pi + 2 * np.pi * np.arange(TURNS) / TURNS)


def seam(length: float = LENGTH, x: float = 1.0, steps: tuple[float, ...] = STEPS) -> Operation:
    """Return a weld along y, 5 cm above the table."""
    world_R_tcp = axes((0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
    ends = [pose((x, s * length / 2, 1.05), world_R_tcp) for s in (-1, 1)]
    line = Segment(kind="line", frame_T_start=ends[0], frame_T_end=ends[1], speed=SPEED, tolerance=1e-4, role="process")
    path = Toolpath(frame="world", segments=(line,), freedom=Freedom(lower=-np.pi, upper=np.pi, steps=steps))
    return Operation(name="seam", key=("tasks", 0), alternatives=(path,), process="arc_weld")


def timed(work: Callable[[], object], repeat: int = 7) -> float:
    """Return the median process time of some runs, the first left out [s]."""
    spent: list[float] = []
    for _ in range(repeat + 1):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent[1:])


def turn_of(stroke: Stroke) -> float:
    """Return which of the turns a stroke has [rad]."""
    start = seam().alternatives[0].segments[0].frame_T_start[:3, :3]
    return min(STEPS, key=lambda a: float(np.abs(start @ turn_z(a) - stroke.segments[0].frame_T_start[:3, :3]).max()))


def everything(here: Cell, checker: Checker) -> float:
    """Return the cost of the cheapest way when every edge of the ladder is settled first [s]."""
    path = seam().alternatives[0]
    whole = course.make_course(path, variants(path.freedom), moving=False)
    ladder = make_ladder(here, whole, free=checker.free, free_tool=everywhere, external=None)
    settle(ladder, np.ones_like(ladder.settled))
    return min(way.cost for way in cheapest(ladder))


def rival(here: Cell, stroke: Stroke, count: int) -> Callable[[], object] | str:
    """Return what follows the poses of a stroke by spherical-wrist's Cartesian planner, or why nothing does."""
    if not find_spec("spherical_wrist"):
        return "not installed"
    from scipy.spatial.transform import RigidTransform
    from spherical_wrist import CartesianPlanner, Constraints, KinematicModel, KinematicsWithShape, Mesh

    def mesh(shape: Box, world_T_shape: Array) -> Mesh:
        made = triangles(moved(shape, world_T_shape))
        return Mesh.from_arrays(made.vertices, made.faces)

    g = opw_geometry(ROBOT.chain)
    # its opw angles are sign * q - offset
    model = KinematicModel(
        g.a1, g.a2, g.b, g.c1, g.c2, g.c3, g.c4, tuple(-g.offset), tuple(bool(s < 0) for s in g.sign)
    )
    small = Box(size=np.full(3, 0.05), body_T_box=np.eye(4))
    torch = next(triangles(shape) for body in TORCH.bodies for shape in body.shapes)
    solids = [body for body in here.bodies if body.kind == "obstacle"]
    robot = KinematicsWithShape(
        model, [mesh(small, np.eye(4))] * 6, degrees=False,
        constraints=Constraints(tuple(ROBOT.lower), tuple(ROBOT.upper), radians=True),
        tool=RigidTransform.from_matrix(g.opw_flange_T_flange @ TORCH.flange_T_tcp),
        tool_mesh=Mesh.from_arrays(torch.vertices * [1, 1, 0.9], torch.faces),
        environment=[mesh(shape, body.world_T_body) for body in solids for shape in body.shapes],
    )  # fmt: skip
    fraction = np.linspace(0.0, 1.0, max(2, count // len(stroke.segments) + 1))
    frames = np.concatenate([poses(s, fraction[:-1]) for s in stroke.segments])
    steps = [RigidTransform.from_matrix(inv(here.world_T_base) @ frame) for frame in frames]
    planner = CartesianPlanner(check_step_m=1.0, check_step_rad=3.0, include_linear_interpolation=False, radians=True)
    return lambda: planner.plan(robot, tuple(stroke.q[0]), None, steps, None)


def against(here: Cell, checker: Checker) -> None:
    """Print one row a number of poses."""
    print(f"{ROBOT.key}, {TURNS} turns, 8 branches: ms without collision, with, with every edge settled; for one turn")
    print(f"the rival's ms, ours, the ratio of both, and of {TURNS} calls of the rival to our {TURNS} turns")
    print(
        f"{'poses':>8}{'bare':>8}{'lazy':>8}{'whole':>8}{'us a pose':>11}{'rival':>10}{'ours':>8}{'ratio':>8}{'all':>8}"
    )
    for count in (200, 500, 1_000, 2_000):
        course.SAMPLE_SPACING = LENGTH / (count - 1)
        found, _ = find_strokes(here, seam(), 0, free=checker.free)
        bare = timed(lambda: find_strokes(here, seam(), 0, free=lambda q: np.ones(len(q), np.bool_)))
        lazy = timed(lambda: find_strokes(here, seam(), 0, free=checker.free))
        whole = timed(lambda: everything(here, checker), 2)
        assert abs(everything(here, checker) - found[0].cost) < 1e-9
        row = f"{count:8d}{bare * 1e3:8.1f}{lazy * 1e3:8.1f}{whole * 1e3:8.1f}{lazy / count * 1e6:11.1f}"
        other = rival(here, found[0], count)
        if isinstance(other, str):
            print(f"{row}  {other}", flush=True)
        else:
            theirs, one = timed(other, 3), seam(steps=(turn_of(found[0]),))
            single = timed(lambda work=one: find_strokes(here, work, 0, free=checker.free))
            figures = f"{theirs * 1e3:10.1f}{single * 1e3:8.1f}{theirs / single:7.1f}x{TURNS * theirs / lazy:7.1f}x"
            print(f"{row}{figures}", flush=True)


def growth(here: Cell, checker: Checker) -> None:
    """Print what many toolpaths of 0.2 m cost at the spacing that jobs use."""
    course.SAMPLE_SPACING = 0.008
    print(f"\n{'toolpaths':>10}{'s':>8}{'ms each':>9}")
    for count in (1, 3, 10, 30, 100, 300):
        paths = [seam(0.2, 0.9 + 0.3 * i / count) for i in range(count)]
        spent = timed(lambda work=paths: [find_strokes(here, p, i, free=checker.free) for i, p in enumerate(work)], 2)
        print(f"{count:10d}{spent:8.2f}{spent / count * 1e3:9.2f}", flush=True)


def main() -> None:
    """Print both tables."""
    here = replace(cell(CELLS["open fixture"]), frames={"world": np.eye(4)})
    focus = np.array([[0.9, -0.6, 0.6], [1.6, 0.6, 1.2]])
    checker = make_checker(here, make_scene(here.bodies, focus=focus), working=True)
    against(here, checker)
    growth(here, checker)


if __name__ == "__main__":
    main()
