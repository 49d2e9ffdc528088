"""A part as a scene in which everything that a job can name carries its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..geometry import Array
from ..parts.model import Part
from ..processes.seams import Seam
from .scene import Colour, Label, Lines, Scene, Solid, bead, bead_radius, camera, chain_of

SOLIDS: tuple[Colour, ...] = (
    (150, 172, 196),
    (196, 178, 150),
    (164, 190, 164),
    (190, 164, 180),
    (178, 178, 178),
    (150, 186, 190),
)
EDGE: Colour = (50, 60, 74)
SEAM: Colour = (216, 27, 96)
CONTACT: Colour = (120, 126, 134)
CROWDED = 150
"""With more names of edges and faces than this, they wait in the scene's tree until they are asked for."""


def part_scene(part: Part, seams: Sequence[Seam]) -> Scene:
    """Return the solids, edges, seams and all names, in the part's frame.

    Args:
        part: as read.
        seams: found in it; those that are not offered as welds are grey and unnamed until asked for.
    """
    points = np.concatenate([solid.mesh.vertices for solid in part.solids])
    centre, eye = camera(points, (0.8, -1.0, 0.8))
    shown = not seams and len(part.edges) + len(part.faces) <= CROWDED
    solids = [
        Solid(name=f"solids/{s.name}", mesh=s.mesh, colour=SOLIDS[i % len(SOLIDS)]) for i, s in enumerate(part.solids)
    ]
    lines: list[Lines] = []
    if part.edges:
        lines.append(_line("edge lines", np.concatenate([chain_of(e.points) for e in part.edges]), EDGE, 1.5))
    labels = [
        Label(name=f"edges/{e.name}", text=e.name, position=_middle(e.points), size=0.65, shown=shown)
        for e in part.edges
    ]
    labels += [Label(name=f"faces/{f.name}", text=f.name, position=f.point, size=0.65, shown=shown) for f in part.faces]
    for seam in seams:
        group, colour, width = ("seams", SEAM, 5.0) if seam.weldable else ("contacts", CONTACT, 3.0)
        ways = [stretch.way.points for stretch in seam.stretches]
        lines.append(_line(f"{group}/{seam.name}", np.concatenate([chain_of(way) for way in ways]), colour, width))
        at = _middle(ways[len(ways) // 2])
        thick = bead_radius(centre, eye) * (1.0 if seam.weldable else 0.6)
        solids += [bead(f"{group}/{seam.name}/bead {k}", way, thick, colour) for k, way in enumerate(ways, 1)]
        labels.append(Label(name=f"{group} names/{seam.name}", text=seam.name, position=at, shown=seam.weldable))
    return Scene(solids=tuple(solids), lines=tuple(lines), labels=tuple(labels), centre=centre, eye=eye)


def _line(name: str, pieces: Array, colour: Colour, width: float) -> Lines:
    return Lines(
        name=name, pieces=pieces, colours=np.tile(np.array(colour, dtype=float), (len(pieces), 1)), width=width
    )


def _middle(points: Array) -> Array:
    """Return the point (3,) half-way along a polyline (n, 3)."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    return np.array([np.interp(at[-1] / 2, at, axis) for axis in points.T])
