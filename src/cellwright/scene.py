"""What a job says, as the values of a cell: its part, robot, tool, bodies and work."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from .cache import remembered
from .cell import Body, Tool, ToolBody
from .errors import CellwrightError, InputError, JobError, at, named_at
from .geometry import Array, frozen, pose
from .job.bodies import Obstacle, Shaped
from .job.files import ROBOT, suffix
from .job.model import Job
from .job.track import Track as TrackBlock
from .meshes import read_mesh
from .parts.model import Part
from .parts.reading import read_part
from .processes.work import Operation, Work, settled_work
from .robots.beside import Track, on_track
from .robots.catalogue import load_robot
from .robots.model import Datum, Robot
from .shapes import Box, Capsule, Cylinder, Shape, Sphere, bounds, moved

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
    """Return the robot of the job, from the catalogue or from its URDF, with its track if it has one.

    Raises:
        InputError: no such robot, a description that cannot be used, or a robot that is still to be chosen.
    """
    with named_at(job.where("robot")):
        if not isinstance(job.robot, str) or job.candidates:
            raise InputError("the robot is still to be chosen", fix="`cellwright select` tells which, or name one")
        robot = load_robot(job.path(job.robot) if suffix(job.robot) in ROBOT else job.robot)
    return robot if job.track is None else on_track(robot, _track(job.track))


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
    """Return what stands still: the part's solids (``part.s1``, ...), obstacles, volumes to avoid, the floor.

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
    standing = (*solids, *obstacles, *avoid)
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
