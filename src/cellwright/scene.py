"""What a job says, as the values of a cell: its part, robot, tool, bodies and work."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from .cache import remembered
from .cell import Body, Positioner, Tool, ToolBody
from .errors import CellwrightError, InputError, JobError, at, named_at
from .geometry import Array, frozen, inv, pose, settled
from .job.bodies import Obstacle, Shaped
from .job.files import ROBOT, suffix
from .job.model import FixedBase, Job
from .job.positioner import Positioner as PositionerBlock
from .job.track import Track as TrackBlock
from .meshes import read_mesh
from .parts.model import Part
from .parts.reading import read_part
from .processes.work import Operation, Work, settled_work
from .robots.beside import Track, Turning, facing, on_track
from .robots.catalogue import load_robot
from .robots.drawn import Drawing, drawing
from .robots.model import Datum, Robot
from .shapes import Box, Capsule, Cylinder, Shape, Sphere, bounds, moved

TABLE = "table"
"""Name of the link that carries the part, where a positioner does."""

FLOOR_MARGIN = 3.0
"""How far the floor reaches beyond everything that stands on it [m]."""


def job_part(job: Job) -> Part:
    """Return the part of the job.

    Raises:
        InputError: the file is damaged or not what it claims to be.
    """
    file, unit = job.path(job.part.file), job.part.unit
    with named_at(job.where("part", "file")):
        part = remembered("part", (file.suffix, _content(file), unit), lambda: read_part(file, unit=unit))
    return replace(part, file=file)


def _content(file: Path) -> bytes:
    """Return what tells a file from others; a file that cannot be read is left to its reader to complain."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return b""


def job_robot(job: Job) -> Robot:
    """Return the robot of the job, from the catalogue or from its URDF, with the axes beside it that the job gives.

    Raises:
        InputError: no such robot, a description that cannot be used, or a robot that is still to be chosen.
    """
    with named_at(job.where("robot")):
        if not isinstance(job.robot, str) or job.candidates:
            raise InputError("the robot is still to be chosen", fix="`cellwright select` tells which, or name one")
        robot = load_robot(job.path(job.robot) if suffix(job.robot) in ROBOT else job.robot)
    robot = robot if job.track is None else on_track(robot, _track(job.track))
    return robot if job.positioner is None else facing(robot, _turning(job, job.positioner), TABLE)


def job_positioner(job: Job, part: Part) -> Positioner | None:
    """Return what the part is clamped on; None where it stands still in the world."""
    block = job.positioner
    if block is None:
        return None
    names = [axis.name for axis in block.axes]
    own = [(i, body.name) for i, body in _turned(job, block)]
    placed = own + [(names.index(body.on), body.name) for body in job.obstacles if body.on is not None]
    placed += [(len(names) - 1, f"part.{solid.name}") for solid in part.solids]
    points, along = _axes(block)
    return Positioner(
        joints=tuple(names),
        points=points,
        along=along,
        carries=tuple(tuple(name for i, name in placed if i == axis) for axis in range(len(names))),
        own=tuple(tuple(name for i, name in own if i == axis) for axis in range(-1, len(names))),
        coordinated=block.moves == "coordinated",
    )


def _drawn(block: PositionerBlock) -> Drawing | None:
    return None if block.drawn is None else drawing(block.drawn.kind, block.drawn.height, block.drawn.radius)


def _axes(block: PositionerBlock) -> tuple[Array, Array]:
    """Return points and directions (n, 3) of a positioner's axes in the world, all of them at zero."""
    drawn, world_T_foot = _drawn(block), block.at.matrix
    if drawn is not None:
        points, along = drawn.points, drawn.along
    else:
        points = np.array([np.zeros(3) if axis.at is None else axis.at.position for axis in block.axes])
        along = np.array([_direction(axis.about or "z") for axis in block.axes])
    return settled(points @ world_T_foot[:3, :3].T + world_T_foot[:3, 3]), settled(along @ world_T_foot[:3, :3].T)


def _direction(name: str) -> Array:
    return (-1.0 if name.startswith("-") else 1.0) * np.eye(3)["xyz".index(name[-1])]


def _turning(job: Job, block: PositionerBlock) -> tuple[Turning, ...]:
    """Return a positioner's axes as the robot's base, whose place the job gives, sees them."""
    assert isinstance(job.base, FixedBase)
    base_T_world = inv(job.base.matrix)
    points, along = _axes(block)
    points, along = points @ base_T_world[:3, :3].T + base_T_world[:3, 3], along @ base_T_world[:3, :3].T
    return tuple(
        Turning(
            name=axis.name, point=settled(point), along=settled(direction), lower=axis.lower, upper=axis.upper,
            rest=axis.rest, speed=axis.speed, acceleration=np.nan if axis.acceleration is None else axis.acceleration,
        )
        for axis, point, direction in zip(block.axes, points, along, strict=True)
    )  # fmt: skip


def _turned(job: Job, block: PositionerBlock) -> list[tuple[int, Body]]:
    """Return the bodies of a positioner, each with the index of the axis that carries it, -1 for the ground."""
    names, world_T_foot, drawn = [axis.name for axis in block.axes], frozen(block.at.matrix), _drawn(block)
    found = [
        (on, Body(name=f"positioner.{name}", kind=_kind(on), shapes=(shape,), world_T_body=world_T_foot))
        for name, on, shape in (() if drawn is None else drawn.bodies)
    ]
    for i, body in enumerate(block.bodies):
        on = -1 if body.on is None else names.index(body.on)
        shapes = _shapes(job, body, "positioner", "bodies", i)
        place = frozen(world_T_foot @ body.at.matrix)
        found.append((on, Body(name=body.name, kind=_kind(on), shapes=shapes, world_T_body=place)))
    return found


def _kind(axis: int) -> Literal["fixture", "obstacle"]:
    return "obstacle" if axis < 0 else "fixture"


def _track(block: TrackBlock) -> Track:
    way = -1.0 if block.along.startswith("-") else 1.0
    return Track(
        name="track",
        along=frozen(way * np.eye(3)["xy".index(block.along[-1])]),
        lower=block.lower,
        upper=block.upper,
        rest=block.lower if block.rest is None else block.rest,
        speed=block.speed,
        acceleration=np.nan if block.acceleration is None else block.acceleration,
    )


def world_T_part(job: Job, part: Part) -> Array:
    """Return where the part stands (4, 4); ``auto`` is on the floor as drawn, its middle over the origin."""
    if job.part.at != "auto":
        return frozen(job.part.at.matrix)
    boxes = np.stack([bounds(solid.mesh) for solid in part.solids])
    low, high = boxes[:, 0].min(0), boxes[:, 1].max(0)
    return frozen(pose((-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])))


def job_tool(job: Job) -> Tool:
    """Return the tool of the job, its shapes in the flange's frame.

    Raises:
        InputError: a mesh file is damaged.
    """
    tool = job.tool
    bodies = tuple(
        ToolBody(
            name=body.name,
            shapes=tuple(moved(shape, body.at.matrix) for shape in _shapes(job, body, "tool", "bodies", i)),
            working=body.working,
        )
        for i, body in enumerate(tool.bodies)
    )
    return Tool(
        name=tool.name,
        flange_T_tcp=frozen(tool.tcp.matrix),
        bodies=bodies,
        mass=Datum(value=tool.mass, source=str(job.where("tool", "mass")) if tool.mass else "", confidence=None),
        flange_p_centre=None if tool.centre is None else frozen(tool.centre.position),
    )


def job_bodies(job: Job, part: Part) -> tuple[Body, ...]:
    """Return what stands around: the part's solids (``part.s1``, ...), obstacles, volumes to avoid, positioner, floor.

    The floor's top is at z = 0; it reaches ``FLOOR_MARGIN`` beyond the rest.

    Raises:
        InputError: a mesh or CAD file is damaged.
    """
    world_T_body = world_T_part(job, part)
    solids = tuple(
        Body(name=f"part.{solid.name}", kind="part", shapes=(solid.mesh,), world_T_body=world_T_body)
        for solid in part.solids
    )
    obstacles = tuple(
        _body(body.name, body.kind, body, _shapes(job, body, "obstacles", i)) for i, body in enumerate(job.obstacles)
    )
    avoid = tuple(_body(body.name, "avoid", body, _shapes(job, body, "avoid", i)) for i, body in enumerate(job.avoid))
    turned = () if job.positioner is None else tuple(body for _, body in _turned(job, job.positioner))
    standing = (*solids, *obstacles, *avoid, *turned)
    return (*standing, _floor(standing))


def job_work(job: Job, part: Part) -> Work:
    """Return the operations of all tasks in the part's frame, their names unique, their keys paths into the job.

    Raises:
        JobError: a seam that does not exist or cannot be welded, each with its place in the job.
    """
    operations: list[Operation] = []
    precedence: list[tuple[int, int]] = []
    problems: list[CellwrightError] = []
    for i, task in enumerate(job.tasks):
        try:
            with at(job.where("tasks", i)):
                work = task.work(part, ("tasks", i), job.where)
        except JobError as error:
            problems += error.problems
            continue
        precedence += [(len(operations) + before, len(operations) + after) for before, after in work.precedence]
        for operation in work.operations:
            names = {known.name for known in operations}
            operations.append(replace(operation, name=_unused(operation.name, names)))
    if problems:
        raise JobError(problems)
    return settled_work(Work(operations=tuple(operations), precedence=tuple(precedence)))


def _unused(name: str, taken: set[str]) -> str:
    names = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(candidate for candidate in names if candidate not in taken)


def _body(name: str, kind: Literal["fixture", "obstacle", "avoid"], block: Shaped, shapes: tuple[Shape, ...]) -> Body:
    return Body(name=name, kind=kind, shapes=shapes, world_T_body=frozen(block.at.matrix))


def _shapes(job: Job, block: Shaped, *key: int | str) -> tuple[Shape, ...]:
    """Return the shapes of a block in its own frame, before ``at`` moves them."""
    origin = frozen(np.eye(4))
    with named_at(job.where(*key)):
        if block.box is not None:
            return (Box(size=frozen([block.box.x, block.box.y, block.box.z]), body_T_box=origin),)
        if block.cylinder is not None:
            return (Cylinder(radius=block.cylinder.radius, length=block.cylinder.length, body_T_cylinder=origin),)
        if block.capsule is not None:
            start, end = frozen(block.capsule.start.position), frozen(block.capsule.end.position)
            return (Capsule(start=start, end=end, radius=block.capsule.radius),)
        if block.sphere is not None:
            return (Sphere(radius=block.sphere.radius, centre=frozen([0.0, 0.0, 0.0])),)
        if block.mesh is not None:
            return (read_mesh(job.path(block.mesh), unit=block.unit),)
        if isinstance(block, Obstacle) and block.step is not None:
            return tuple(solid.mesh for solid in read_part(job.path(block.step), unit=block.unit).solids)
    raise AssertionError(f"{block.name} has no shape, which the job's own rules refuse")


def _floor(bodies: tuple[Body, ...]) -> Body:
    boxes = [bounds(moved(shape, body.world_T_body)) for body in bodies for shape in body.shapes]
    reach = max((float(np.abs(box[:, :2]).max()) for box in boxes), default=0.0) + FLOOR_MARGIN
    size, thickness = 2.0 * reach, 0.1
    slab = Box(size=frozen([size, size, thickness]), body_T_box=frozen(pose((0.0, 0.0, -thickness / 2))))
    return Body(name="floor", kind="floor", shapes=(slab,), world_T_body=frozen(np.eye(4)))
