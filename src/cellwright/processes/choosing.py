"""Which seam a job means: by name, by edge, or by points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
from pydantic import StrictFloat, StrictInt, model_validator

from ..errors import CellwrightError, FieldError
from ..fields import Block, Point
from ..geometry import Array
from ..parts.model import Part
from ..parts.tracks import along, line
from ..units import mm
from .seams import SHARP, Seam, Stretch
from .torch import opening

_NEAR = 2e-3  # [m] how far the part's surfaces may be from taught points that say nothing about directions


class Direction(Block):
    """A direction by its three shares; its length says nothing."""

    x: StrictFloat | StrictInt = 0.0
    y: StrictFloat | StrictInt = 0.0
    z: StrictFloat | StrictInt = 0.0

    @model_validator(mode="after")
    def _some(self) -> Direction:
        if not 1e-6 < float(np.linalg.norm(self.vector)) < 1e6:
            raise FieldError("the direction has no length", fix="write for example {z: 1}")
        return self

    @property
    def vector(self) -> Array:
        """(3,), not of unit length."""
        return np.array([self.x, self.y, self.z], dtype=np.float64)


def pick(
    part: Part,
    seams: Sequence[Seam],
    seam: str | None,
    edge: str | None,
    points: Sequence[Point] | None,
    normal: Direction | None,
) -> Seam:
    """Return the seam that the job names, by exactly one of ``seam``, ``edge`` and ``points``.

    Raises:
        CellwrightError: there is none, or no torch gets to its root.
    """
    if points is not None:
        places = np.array([point.position for point in points])
        return _taught(part, seams, places, None if normal is None else normal.vector)
    if not part.exact:
        raise CellwrightError("a mesh has no named edges and seams", fix="give the seam by `points`")
    return _weldable(_named(seams, seam) if seam is not None else _on_edge(part, seams, str(edge)))


def _named(seams: Sequence[Seam], name: str) -> Seam:
    for seam in seams:
        if seam.name == name:
            return seam
    raise CellwrightError(f"no seam {name[:60]!r} is found in the part", fix=_known(name, [s.name for s in seams]))


def _on_edge(part: Part, seams: Sequence[Seam], name: str) -> Seam:
    if name not in {edge.name for edge in part.edges}:
        raise CellwrightError(f"the part has no edge {name[:60]!r}", fix=_known(name, [e.name for e in part.edges]))
    for seam in seams:
        own = [stretch for stretch in seam.stretches if stretch.edge == name]
        if own:
            length = sum(stretch.way.length for stretch in own)
            closed = seam.closed and len(own) == len(seam.stretches)
            return replace(seam, name=name, edges=(name,), stretches=tuple(own), length=length, closed=closed)
    edge = next(edge for edge in part.edges if edge.name == name)
    raise CellwrightError(
        f"edge {name} of {part.solids[edge.solid].name} bounds no joint: no other surface rises from it",
        fix="name another edge, or give the seam by `points` with its `normal`",
    )


def _weldable(seam: Seam) -> Seam:
    if seam.opening < SHARP:
        raise CellwrightError(f"{seam.name} cannot be welded: {seam.reason}", fix="leave it out")
    return seam


def _taught(part: Part, seams: Sequence[Seam], places: Array, normal: Array | None) -> Seam:
    steps = np.diff(places, axis=0)
    sizes = np.linalg.norm(steps, axis=1)
    if sizes.min() < 1e-4:
        k = int(sizes.argmin())
        raise CellwrightError(f"points {k} and {k + 1} of the seam are the same", fix="leave one of them out")
    stretches: list[Stretch] = []
    for k, ahead in enumerate(steps / sizes[:, None]):
        way = line(places[k], places[k + 1])
        both = _beside(seams, way.points.mean(0), ahead) if normal is None else None
        if both is None:
            out = _square(_surface(part, way.points.mean(0)) if normal is None else normal, ahead)
            both = np.stack([out, out])
        stretches.append(Stretch(way=way, normals=np.repeat(both[:, None], 2, axis=1), edge=""))
    return Seam(
        name="points",
        joint="points",
        bodies=_bodies(part, places.mean(0)),
        faces=("", ""),
        edges=(),
        stretches=tuple(stretches),
        opening=min(opening(stretch, 0, *along(stretch.way, np.array([0.0]))[1]) for stretch in stretches),
        length=float(sizes.sum()),
        closed=False,
        room=np.inf,
        weldable=True,
        reason="taught by points",
    )


def _beside(seams: Sequence[Seam], place: Array, ahead: Array) -> Array | None:
    """Return both surfaces' normals (2, 3) of a found seam that runs here, turned to suit the direction."""
    for seam in seams:
        for stretch in seam.stretches:
            shares = np.linspace(0.0, 1.0, 201)
            points, directions = along(stretch.way, shares)
            k = int(np.linalg.norm(points - place, axis=1).argmin())
            if (
                np.linalg.norm(points[k] - place) < _NEAR + stretch.way.length / 400
                and abs(directions[k] @ ahead) > 0.99
            ):
                j = round(shares[k] * (stretch.normals.shape[1] - 1))
                both = stretch.normals[:, j]
                return np.stack([_square(n, ahead) for n in (both if directions[k] @ ahead > 0 else both[::-1])])
    return None


def _surface(part: Part, place: Array) -> Array:
    """Return the mean of the outward normals of the surfaces within 2 mm of a place."""
    normals: list[Array] = []
    for solid in part.solids:
        corners = solid.mesh.vertices[solid.mesh.faces]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        size = np.linalg.norm(cross, axis=1)
        box = np.stack([corners.min(1) - _NEAR, corners.max(1) + _NEAR])
        near = (size > 0) & (box[0] <= place).all(1) & (box[1] >= place).all(1)
        turned = cross[near] / size[near, None]
        touched = np.abs(((place - corners[near, 0]) * turned).sum(1)) <= _NEAR
        for n in turned[touched]:
            if not any(n @ known > 0.98 for known in normals):
                normals.append(n)
    total = np.sum(normals, axis=0) if normals else np.zeros(3)
    if np.linalg.norm(total) < 0.3:
        what = "opposite surfaces" if normals else "no surface of the part"
        raise CellwrightError(
            f"{what} within {mm(_NEAR):.0f} mm of the seam's points: the torch's direction is not clear",
            fix="add `normal: {x: .., y: .., z: ..}`, pointing out of the joint",
        )
    return total


def _square(direction: Array, ahead: Array) -> Array:
    flat = direction - (direction @ ahead) * ahead
    size = float(np.linalg.norm(flat))
    if size < 0.1 * float(np.linalg.norm(direction)):
        raise CellwrightError("the normal runs along the seam", fix="give a `normal` that stands across the seam")
    return flat / size


def _bodies(part: Part, place: Array) -> tuple[str, str]:
    """Return the two solids nearest to a place, by their points."""
    off = [float(np.linalg.norm(solid.mesh.vertices - place, axis=1).min()) for solid in part.solids]
    order = sorted(range(len(off)), key=lambda i: (round(off[i], 6), i))
    return part.solids[order[0]].name, part.solids[order[min(1, len(order) - 1)]].name


def _known(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not known:
        return "none is found: give the seam by `points`"
    return f"known: {', '.join(known[:20])}" + (f" and {len(known) - 20} more" if len(known) > 20 else "")
