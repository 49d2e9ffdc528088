"""A part as a value: solids, faces and edges with their exact kinds, in the part's own frame, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..findings import Finding
from ..geometry import Array
from ..shapes import Mesh

FaceKind = Literal["plane", "cylinder", "cone", "sphere", "torus", "free"]
EdgeKind = Literal["line", "arc", "curve"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """One body of a part.

    Attributes:
        name: ``s1``, ``s2``, ... in file order; ``label`` is what the file calls it (may repeat or be empty).
        mesh: its surface; chord error at most ``Part.tolerance``.
        faces, edges: indices into ``Part.faces`` and ``Part.edges``; empty for a mesh file.
        volume: [m3]; 0 for an open surface.
    """

    name: str
    label: str
    mesh: Mesh
    faces: tuple[int, ...]
    edges: tuple[int, ...]
    volume: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One face of a solid.

    Attributes:
        name: ``f1``, ``f2``, ... over the whole part.
        solid: index into ``Part.solids``.
        kind: of the underlying surface.
        point: (3,) on the face; ``normal`` (3,) outwards there.
        axis: (3,) of cylinder, cone, torus; None otherwise. ``origin`` (3,) is a point of the axis,
            or the centre of a sphere.
        radius: of cylinder, sphere or torus tube [m]; None otherwise.
        area: [m2].
        mesh: the face's own triangles, normals outwards.
    """

    name: str
    solid: int
    kind: FaceKind
    point: Array
    normal: Array
    axis: Array | None
    origin: Array | None
    radius: float | None
    area: float
    mesh: Mesh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edge:
    """One edge between two faces of a solid.

    Attributes:
        name: ``e1``, ``e2``, ... over the whole part.
        solid: index into ``Part.solids``.
        kind: ``line``, ``arc`` (also full circles) or ``curve``.
        points: (n, 3) [m] along the edge, chord error at most ``Part.tolerance``; both ends exact.
        centre, axis, radius: of an arc; None otherwise.
        faces: indices of the faces on its sides (two; one at the rim of an open surface).
        length: [m].
        angle: angle of the material between the faces at mid-edge [rad]: < pi convex, > pi concave, pi smooth; NaN
            at the rim of an open surface.
    """

    name: str
    solid: int
    kind: EdgeKind
    points: Array
    centre: Array | None
    axis: Array | None
    radius: float | None
    faces: tuple[int, ...]
    length: float
    angle: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A part file.

    Attributes:
        file: where it came from.
        exact: True for B-rep files (STEP, IGES, BREP), False for triangle meshes (no faces, no edges).
        unit: the length unit of the file (``mm``).
        tolerance: largest chord error of meshes and edge points [m].
        findings: inside-out solids turned round, open surfaces, absurd sizes, ...
    """

    file: Path
    exact: bool
    unit: str
    tolerance: float
    solids: tuple[Solid, ...]
    faces: tuple[Face, ...]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...]
