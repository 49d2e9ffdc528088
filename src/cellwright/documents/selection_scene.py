"""The reachability map in 3D: the cell, and at every place for the base how much of the work is reached from there."""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from ..job.model import Job
from ..scene import job_bodies, job_part
from ..selection.model import Selection
from ..shapes import Box, Mesh, bounds, moved, triangles
from .cell_scene import BODIES
from .scene import Colour, Node, Scene, Solid, camera, solids

SIZE = 0.045
"""Edge of the cube that marks a place [m]."""

LEVELS = 5
"""Shades from red, nothing reached, to green, everything."""


def reach_scene(selection: Selection, job: Job) -> Scene:
    """Return the cell without its robot, with a cube at every place of the chosen robot's base."""
    assert selection.reachability is not None
    points, done = selection.reachability
    most = max(1.0, float(done.max(initial=0.0)))
    level = np.minimum(np.floor(done / most * (LEVELS - 1)), LEVELS - 1).astype(np.int64)
    nodes = [Node(name="places", parent_T_node=np.eye(4))]
    drawn: list[Solid] = []
    for k in range(LEVELS):
        if (level == k).any():
            name = f"places/{k * 100 // (LEVELS - 1)} per cent"
            drawn.append(Solid(name=name, mesh=_cubes(points[level == k]), colour=_colour(k), opacity=0.75))
    corners: list[Array] = [points]
    for body in job_bodies(job, job_part(job)):
        if body.kind == "floor":
            continue
        node = f"{body.kind}s {body.name.replace('/', ' ')}"
        nodes.append(Node(name=node, parent_T_node=body.world_T_body))
        colour, opacity = BODIES[body.kind]
        drawn += solids(node, body.shapes, colour, opacity=opacity)
        corners += [bounds(moved(shape, body.world_T_body)) for shape in body.shapes]
    extent = np.concatenate(corners)
    centre, eye = camera(extent, (1.0, -1.2, 0.9))
    ground = float(np.ceil(2 * np.ptp(extent[:, :2], axis=0).max()))
    return Scene(nodes=tuple(nodes), solids=tuple(drawn), centre=centre, eye=eye, floor=0.0, ground=ground)


def _colour(level: int) -> Colour:
    share = level / (LEVELS - 1)
    return round(200 - 170 * share), round(50 + 110 * share), 60


def _cubes(points: Array) -> Mesh:
    """Return a cube at each of the points (n, 3) as one mesh."""
    cube = triangles(Box(size=np.full(3, SIZE), body_T_box=np.eye(4)))
    vertices = (points[:, None] + cube.vertices[None]).reshape(-1, 3)
    faces = (cube.faces[None] + len(cube.vertices) * np.arange(len(points))[:, None, None]).reshape(-1, 3)
    return Mesh(vertices=vertices, faces=faces.astype(np.int32), closed=False)
