"""A small cell for tests: an arm with a torch beside a plate with an upright on a table, four short seams."""

from dataclasses import replace
from functools import cache

import numpy as np

from cellwright.cell import Body, Cell, Tool, ToolBody
from cellwright.collision.fast import Checker, Scene, make_checker, make_scene
from cellwright.collision.judge import Judgement, judge, overlapping
from cellwright.geometry import Array, axes, frozen, pose, turn_y, turn_z
from cellwright.motion.model import Motion
from cellwright.motion.timing import time_path
from cellwright.paths.joining import find_path
from cellwright.paths.model import Path
from cellwright.paths.strokes import Stroke, find_strokes
from cellwright.processes.work import Event, Freedom, Operation, Segment, Toolpath, Work
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum
from cellwright.shapes import Box, Capsule, Cylinder, triangles

KEY = "kuka/KR8-R2100-2-arc-HW"
TOP = 0.75
WORLD_T_PART = pose((0.0, 0.0, TOP))
FOCUS = np.array([[-0.26, -0.21, TOP - 0.06], [0.26, 0.21, TOP + 0.17]])
APPROACH, WELD = 0.1, 0.008


def box(size: tuple[float, float, float]) -> Box:
    return Box(size=np.array(size), body_T_box=np.eye(4))


def bodies() -> tuple[Body, ...]:
    return (
        Body(
            name="part.s1",
            kind="part",
            shapes=(triangles(box((0.4, 0.3, 0.01))),),
            world_T_body=WORLD_T_PART @ pose((0.0, 0.0, 0.005)),
        ),
        Body(
            name="part.s2",
            kind="part",
            shapes=(triangles(box((0.2, 0.01, 0.1))),),
            world_T_body=WORLD_T_PART @ pose((0.0, 0.0, 0.06)),
        ),
        Body(name="table", kind="fixture", shapes=(box((1.2, 0.8, 0.04)),), world_T_body=pose((0.0, 0.0, TOP - 0.02))),
        Body(name="floor", kind="floor", shapes=(box((8.0, 8.0, 0.1)),), world_T_body=pose((0.0, 0.0, -0.05))),
    )


def torch() -> Tool:
    pitch = turn_y(np.deg2rad(40.0))
    tip = np.array([0.08, 0.0, 0.38])
    z = pitch[:, 2]
    return Tool(
        name="torch",
        flange_T_tcp=pose(tip, pitch),
        mass=Datum(value=2.5, source="", confidence=None),
        bodies=(
            ToolBody(name="mount", shapes=(Cylinder(radius=0.04, length=0.1, body_T_cylinder=pose((0.0, 0.0, 0.05))),)),
            ToolBody(
                name="neck", shapes=(Capsule(start=np.array([0.0, 0.0, 0.1]), end=tip - z * 0.075, radius=0.014),)
            ),
            ToolBody(
                name="nozzle",
                shapes=(Cylinder(radius=0.009, length=0.06, body_T_cylinder=pose(tip - z * 0.045, pitch)),),
            ),
            ToolBody(
                name="wire",
                working=True,
                shapes=(Cylinder(radius=0.0006, length=0.015, body_T_cylinder=pose(tip - z * 0.0075, pitch)),),
            ),
        ),
    )


def toolpath(start: Array, end: Array, along: Array, *, away: float = 0.06) -> Toolpath:
    """A line from ``start`` to ``end`` (3,) with the tool's z along ``along``, approached and left against it."""
    part_R_tcp = axes(along, end - start)
    back = pose(-along / np.linalg.norm(along) * away)
    a, b = pose(start, part_R_tcp), pose(end, part_R_tcp)

    def line(p: Array, q: Array, speed: float, role) -> Segment:
        return Segment(kind="line", frame_T_start=p, frame_T_end=q, speed=speed, tolerance=1e-4, role=role)

    return Toolpath(
        frame="part",
        segments=(
            line(back @ a, a, APPROACH, "approach"),
            line(a, b, WELD, "process"),
            line(b, back @ b, APPROACH, "retract"),
        ),
        freedom=Freedom(lower=-np.pi, upper=np.pi),
        events=(
            Event(kind="process_on", segment=1, when="start"),
            Event(kind="process_off", segment=1, when="end"),
        ),
    )


def operation(i: int, start: Array, end: Array, along: Array) -> Operation:
    return Operation(
        name=f"seam_{i}",
        key=("tasks", 0, "seams", i),
        alternatives=(toolpath(start, end, along), toolpath(end, start, along)),
        process="arc_weld",
    )


def seams() -> Work:
    """The two long seams on both sides of the upright."""
    return Work(
        operations=tuple(
            operation(
                i,
                np.array([-0.1, side * 0.005, 0.01]),
                np.array([0.1, side * 0.005, 0.01]),
                np.array([0.0, -side, -1.0]),
            )
            for i, side in enumerate((1.0, -1.0))
        )
    )


def cell_at(world_T_base: Array) -> Cell:
    robot = load_robot(KEY)
    tool = torch()
    last = robot.chain.links[-1]
    return Cell(
        robot=robot,
        world_T_base=frozen(world_T_base),
        tool=tool,
        frames={"part": WORLD_T_PART},
        bodies=bodies(),
        home=robot.home,
        clearance=0.01,
        tool_clearance=0.002,
        allowed=(
            (robot.chain.links[0], "floor", "stands on it"),
            *((last, f"tool.{body.name}", "mounted") for body in tool.bodies),
            *(("tool.wire", part, "welds it") for part in ("part.s1", "part.s2")),
        ),
    )


@cache
def small_cell() -> Cell:
    """The cell, its pairs that always overlap allowed."""
    cell = cell_at(pose((-1.35, 0.0, 0.0), turn_z(0.0)))
    return replace(cell, allowed=(*cell.allowed, *overlapping(cell, joints(cell, 40, seed=1))))


@cache
def scene() -> Scene:
    return make_scene(small_cell().bodies, focus=FOCUS)


@cache
def working() -> Checker:
    return make_checker(small_cell(), scene(), working=True)


@cache
def moving() -> Checker:
    return make_checker(small_cell(), scene(), working=False)


def joints(cell: Cell, n: int, *, seed: int) -> Array:
    """Random joint positions (n, dof) inside the limits [rad]."""
    robot = cell.robot
    return robot.lower + (robot.upper - robot.lower) * np.random.default_rng(seed).random((n, robot.dof))


@cache
def strokes() -> tuple[tuple[Stroke, ...], ...]:
    """The strokes of both seams."""
    work = seams()
    found = [find_strokes(small_cell(), o, i, free=working().free) for i, o in enumerate(work.operations)]
    assert all(obstruction is None for _, obstruction in found)
    return tuple(choice for choice, _ in found)


@cache
def path() -> Path:
    return find_path(
        small_cell(), seams(), tuple(s[0] for s in strokes()), free=moving(), seed=1, progress=lambda _: None
    )


@cache
def motion() -> Motion:
    return time_path(small_cell(), path())


@cache
def judgement() -> Judgement:
    return judge(small_cell(), motion().q)
