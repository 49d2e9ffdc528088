"""Parts made of plates and tubes, written down as values: no CAD engine stands behind them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cellwright.geometry import Array, frozen
from cellwright.parts.model import Edge, Face, Part, Solid
from cellwright.shapes import Mesh

TOLERANCE = 1e-4


class Piece:
    """Faces and edges of one solid, faces counted from 0."""

    def __init__(self) -> None:
        self.faces: list[Face] = []
        self.edges: list[Edge] = []


def _mesh(vertices: Array, triangles: Sequence[Sequence[int]]) -> Mesh:
    return Mesh(vertices=frozen(vertices), faces=np.array(triangles, dtype=np.int32), closed=False)


def prism(outline: Sequence[tuple[float, float]], height: tuple[float, float]) -> Piece:
    """Return a prism over a convex or L-shaped outline (counter-clockwise seen from +z); all lengths in mm."""
    piece = Piece()
    flat = np.array(outline) / 1e3
    n = len(flat)
    low, high = (np.concatenate([flat, np.full((n, 1), z / 1e3)], 1) for z in height)
    fan = _fan(flat)
    caps = [(low, [t[::-1] for t in fan], [0, 0, -1]), (high, fan, [0, 0, 1])]
    for points, triangles, normal in caps:
        piece.faces.append(_plane(points, triangles, normal))
    for k in range(n):
        j = (k + 1) % n
        step = flat[j] - flat[k]
        normal = np.array([step[1], -step[0], 0.0]) / np.hypot(*step)
        piece.faces.append(_plane(np.array([low[k], low[j], high[j], high[k]]), [(0, 1, 2), (0, 2, 3)], normal))
    for k in range(n):
        j = (k + 1) % n
        piece.edges.append(_line(low[k], low[j], (0, 2 + k), np.pi / 2))
        piece.edges.append(_line(high[k], high[j], (1, 2 + k), np.pi / 2))
        before, after = flat[k] - flat[k - 1], flat[j] - flat[k]
        turned = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
        piece.edges.append(_line(low[k], high[k], (2 + (k - 1) % n, 2 + k), np.pi - turned))
    return piece


def plate(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Piece:
    """Return a box between bounds in mm."""
    return prism([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], z)


def tube(centre: tuple[float, float], radii: Sequence[float], height: tuple[float, float], sides: int = 48) -> Piece:
    """Return a tube (two radii, inner first) or a rod (one) along z, in mm; its round faces are exact cylinders."""
    piece = Piece()
    angles = 2 * np.pi * np.arange(sides) / sides
    middle = np.array([*centre, 0.0]) / 1e3
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(sides)], 1)
    low, high = height[0] / 1e3, height[1] / 1e3
    up = np.array([0.0, 0.0, 1.0])
    levels = [middle + z * up for z in (low, high)]
    circles = [[level + r / 1e3 * ring for level in levels] for r in radii]
    for level, sign in ((0, -1.0), (1, 1.0)):
        inner = circles[0][level] if len(radii) == 2 else np.tile(levels[level], (sides, 1))
        points = np.concatenate([inner, circles[-1][level]])
        quads = [(k, sides + k, sides + (k + 1) % sides, (k + 1) % sides) for k in range(sides)]
        triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
        piece.faces.append(_plane(points, triangles if sign > 0 else [t[::-1] for t in triangles], sign * up))
    for radius, (bottom, top) in zip(radii, circles, strict=True):
        out = 1.0 if radius == radii[-1] else -1.0
        quads = [(k, (k + 1) % sides, sides + (k + 1) % sides, sides + k) for k in range(sides)]
        triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
        number = len(piece.faces)
        piece.faces.append(
            Face(
                name="", solid=0, kind="cylinder", point=frozen(bottom[0]), normal=frozen(out * ring[0]),
                axis=frozen(up), origin=frozen(middle), radius=radius / 1e3,
                area=2 * np.pi * radius / 1e3 * (high - low),
                mesh=_mesh(np.concatenate([bottom, top]), triangles if out > 0 else [t[::-1] for t in triangles]),
            )
        )  # fmt: skip
        for level, points in ((0, bottom), (1, top)):
            closed = np.concatenate([points, points[:1]])
            piece.edges.append(
                Edge(
                    name="", solid=0, kind="arc", points=frozen(closed), centre=frozen(levels[level]),
                    axis=frozen(up), radius=radius / 1e3, faces=(level, number),
                    length=2 * np.pi * radius / 1e3, angle=np.pi / 2,
                )
            )  # fmt: skip
    return piece


def assembled(*pieces: Piece) -> Part:
    """Return the part with the pieces as solids s1, s2, ..."""
    solids: list[Solid] = []
    faces: list[Face] = []
    edges: list[Edge] = []
    for number, piece in enumerate(pieces):
        first, start = len(faces), len(edges)
        faces += [replace(face, name=f"f{first + k + 1}", solid=number) for k, face in enumerate(piece.faces)]
        edges += [
            replace(e, name=f"e{start + k + 1}", solid=number, faces=tuple(first + i for i in e.faces))
            for k, e in enumerate(piece.edges)
        ]
        shift, triangles = 0, []
        for face in piece.faces:
            triangles.append(face.mesh.faces + shift)
            shift += len(face.mesh.vertices)
        mesh = _mesh(np.concatenate([face.mesh.vertices for face in piece.faces]), np.concatenate(triangles))
        solids.append(
            Solid(
                name=f"s{number + 1}", label="", mesh=mesh, faces=tuple(range(first, len(faces))),
                edges=tuple(range(start, len(edges))), volume=1e-3,
            )
        )  # fmt: skip
    return Part(
        file=Path("made.step"), exact=True, unit="mm", tolerance=TOLERANCE, solids=tuple(solids), faces=tuple(faces),
        edges=tuple(edges), findings=(),
    )  # fmt: skip


def moved(part: Part, new_T_old: Array) -> Part:
    """Return the same part, moved as a rigid body."""

    def at(points: Array) -> Array:
        return frozen(points @ new_T_old[:3, :3].T + new_T_old[:3, 3])

    def along(vector: Array) -> Array:
        return frozen(new_T_old[:3, :3] @ vector)

    def mesh(old: Mesh) -> Mesh:
        return replace(old, vertices=at(old.vertices))

    return replace(
        part,
        solids=tuple(replace(s, mesh=mesh(s.mesh)) for s in part.solids),
        faces=tuple(
            replace(
                f,
                point=at(f.point),
                normal=along(f.normal),
                axis=None if f.axis is None else along(f.axis),
                origin=None if f.origin is None else at(f.origin),
                mesh=mesh(f.mesh),
            )
            for f in part.faces
        ),
        edges=tuple(
            replace(
                e,
                points=at(e.points),
                centre=None if e.centre is None else at(e.centre),
                axis=None if e.axis is None else along(e.axis),
            )
            for e in part.edges
        ),
    )


def _plane(points: Array, triangles: Sequence[Sequence[int]], normal: Sequence[float] | Array) -> Face:
    return Face(
        name="", solid=0, kind="plane", point=frozen(points[-1]), normal=frozen(normal), axis=None, origin=None,
        radius=None, area=1e-3, mesh=_mesh(points, triangles),
    )  # fmt: skip


def _line(start: Array, end: Array, faces: tuple[int, int], angle: float) -> Edge:
    return Edge(
        name="", solid=0, kind="line", points=frozen([start, end]), centre=None, axis=None, radius=None, faces=faces,
        length=float(np.linalg.norm(end - start)), angle=angle,
    )  # fmt: skip


def _fan(flat: Array) -> list[tuple[int, int, int]]:
    """Triangulate a star-shaped outline from the corner that sees all others: an inner corner, if there is one."""
    n = len(flat)

    def turn(k: int) -> float:
        a, b = flat[k] - flat[k - 1], flat[(k + 1) % n] - flat[k]
        return float(a[0] * b[1] - a[1] * b[0])

    hub = min(range(n), key=turn)
    return [(hub, (hub + k) % n, (hub + k + 1) % n) for k in range(1, n - 1)]


__all__ = ["Piece", "assembled", "moved", "plate", "prism", "tube"]
