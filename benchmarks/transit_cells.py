"""Cells that transits are planned in: an open fixture, one box with a window, two of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cellwright.cell import Body
from cellwright.geometry import pose
from cellwright.shapes import Box, Mesh, triangles


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


def fine(body: Body, times: int) -> Body:
    """Return a body as a mesh with each triangle halved twice, so many times."""
    mesh = triangles(body.shapes[0])
    corners = mesh.vertices[mesh.faces]
    for _ in range(times):
        a, b, c = corners.transpose(1, 0, 2)
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    vertices, faces = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    made = Mesh(vertices=vertices, faces=faces.reshape(-1, 3).astype(np.int32), closed=True)
    return replace(body, shapes=(made,))


def fixture(times: int) -> tuple[Body, ...]:
    """Return a table with nine clamps, meshes of 120 triangles times ``4 ** times`` together."""
    return (
        fine(box("table", (0.8, 1.2, 0.1), (1.3, 0.0, 0.7)), times),
        *(
            fine(box(f"clamp{i}", (0.06, 0.06, 0.2), (1.1 + 0.2 * (i % 3), -0.4 + 0.4 * (i // 3), 0.85)), times)
            for i in range(9)
        ),
    )


CELLS: dict[str, tuple[Body, ...]] = {
    "open fixture": fixture(5),
    "window": open_box("a", 1.35, 0.0),
    "two windows": (*open_box("a", 1.35, -0.5), *open_box("b", 1.35, 0.5)),
}
