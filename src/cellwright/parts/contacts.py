"""Where solids touch along lines: the edges of one on the faces of another, and the wedge left free beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen
from .model import Part
from .surfaces import Surface, distance, normals, on_face, surfaces
from .tracks import Track, along, cut, reverse, track

GAP = 2e-4
"""Largest distance at which two solids count as touching [m]: sheet metal as drawn, without a wanted root gap."""

_STEP = 1e-3  # [m] distance of the places at which an edge is compared with faces; shorter overlaps may be missed
_MIN = 5e-4  # [m] shorter edges bound no weld
_PROBE = 5e-4  # [m] how far beside an edge its faces are looked for
_ALONG = 0.5  # an edge steeper than 30 deg to a face runs into it
_SLIVER = np.radians(5.0)  # a free wedge narrower than this is the gap between two faces, not a way in


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contact:
    """A line along which a free wedge opens between two faces that meet there.

    Attributes:
        solids: indices of the first and the second solid; equal where one solid's faces meet in a concave edge.
        faces: indices of the faces that bound the wedge. The second is the one the first solid stands on.
        edge: index of the edge that the line follows.
        way: the line. Walking along it with the second face's normal up, the wedge is on the left.
        normals: (2, n, 3) outward unit normals of both faces at ``way.points``.
        opening: angle of the wedge half-way along [rad]: pi/2 for a fillet, pi where both faces are flush.
    """

    solids: tuple[int, int]
    faces: tuple[int, int]
    edge: int
    way: Track
    normals: Array
    opening: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sector:
    """Material of a solid round the line: from ``start`` turning by ``width`` [rad]; a face at either side."""

    start: float
    width: float
    solid: int
    faces: tuple[int, int]


def find_contacts(part: Part, *, gap: float = GAP) -> tuple[Contact, ...]:
    """Return every line of contact between solids and every concave edge of the part, in the order of its edges.

    Each edge is cut where another solid's face begins or ends to touch it; in the middle of each stretch the
    material of all solids that meet there is laid out as sectors round the line, and every free sector between two
    faces becomes a contact. A mesh has no edges and no contacts.

    Args:
        part: exact part.
        gap: largest distance of touching solids [m].
    """
    faces = surfaces(part)
    boxes = np.stack([face.box for face in faces]) if faces else np.zeros((0, 2, 3))
    owner = np.array([face.solid for face in part.faces], dtype=np.intp)
    found: list[Contact] = []
    for index, edge in enumerate(part.edges):
        if len(set(edge.faces)) != 2 or edge.length < _MIN:
            continue
        way = track(edge)
        low, high = way.points.min(0) - gap, way.points.max(0) + gap
        close = ((boxes[:, 0] <= high) & (boxes[:, 1] >= low)).all(1) & (owner != edge.solid)
        near = [int(i) for i in np.flatnonzero(close)]
        for stretch in _stretches(way, [faces[i] for i in near], gap):
            found += _wedges(part, faces, index, stretch, near, gap)
    return _unique(found, gap)


def touching(contacts: Sequence[Contact]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of different solids that meet along some line, each once, in order."""
    pairs = {(min(contact.solids), max(contact.solids)) for contact in contacts}
    return tuple(sorted(pair for pair in pairs if pair[0] != pair[1]))


def _stretches(way: Track, near: Sequence[Surface], gap: float) -> list[Track]:
    """Cut an edge where any of the faces begins or ends to touch it."""
    share = np.linspace(0.0, 1.0, int(np.clip(np.ceil(way.length / _STEP), 16, 2000)) + 1)
    knots: set[float] = set()
    for face in near:
        inside = _runs_on(way, face, share, gap)
        for k in np.flatnonzero(inside[1:] != inside[:-1]):
            knots.add(_change(way, face, float(share[k]), float(share[k + 1]), gap))
    cuts = [0.0]
    for knot in sorted(knots):
        if (knot - cuts[-1]) * way.length > _MIN:
            cuts.append(knot)
    if (1.0 - cuts[-1]) * way.length <= _MIN and len(cuts) > 1:
        cuts.pop()
    if len(cuts) == 1:
        return [way]
    if way.closed:  # the stretch over the edge's own start stays in one piece
        return [cut(way, a, b) for a, b in zip(cuts[1:], [*cuts[2:], 1.0 + cuts[1]], strict=True)]
    return [cut(way, a, b) for a, b in zip(cuts, [*cuts[1:], 1.0], strict=True)]


def _runs_on(way: Track, face: Surface, share: Array, gap: float) -> NDArray[np.bool_]:
    """Return where the edge runs along the face on it; a face that it runs into does not touch its side."""
    points, ahead = along(way, share)
    inside = on_face(face, points, gap)
    inside[inside] = np.abs((ahead[inside] * normals(face, points[inside])).sum(-1)) < _ALONG
    return inside


def _change(way: Track, face: Surface, low: float, high: float, gap: float) -> float:
    """Return the share where the edge comes on the face or leaves it, to some 1e-9 of the edge's length."""
    for _ in range(6):
        share = np.linspace(low, high, 9)
        inside = _runs_on(way, face, share, gap)
        k = int((inside != inside[0]).argmax())
        low, high = float(share[max(k - 1, 0)]), float(share[k])
    return round((low + high) / 2, 9)


def _wedges(
    part: Part, faces: Sequence[Surface], index: int, way: Track, near: Sequence[int], gap: float
) -> list[Contact]:
    """Return the free wedges round the middle of a stretch of edge ``index``."""
    edge = part.edges[index]
    place, ahead = along(way, np.array([0.5]))
    here = [
        i
        for i in near
        if on_face(faces[i], place, gap, border=gap)[0] and abs(normals(faces[i], place)[0] @ ahead[0]) < _ALONG
    ]
    cross = _across(ahead[0])
    own = _corner(faces, edge.faces, place[0], ahead[0], cross, edge.solid)
    sectors = [own]
    for solid in sorted({part.faces[i].solid for i in here}):
        touched = [i for i in here if part.faces[i].solid == solid]
        sectors.append(_material(part, faces, solid, touched, place[0], ahead[0], cross, gap))
    if len(sectors) == 1 and own.width < np.pi + np.radians(10.0):
        return []
    found: list[Contact] = []
    for low, high in _free(sectors):
        first, second = sectors[low[0]], sectors[high[0]]
        opening = high[1] - low[1]
        if own not in (first, second) or (first is second and opening > np.radians(170.0)):
            continue
        found.append(_contact(faces, index, way, (first, first.faces[1]), (second, second.faces[0]), opening))
    return found


def _contact(
    faces: Sequence[Surface],
    index: int,
    way: Track,
    low: tuple[_Sector, int],
    high: tuple[_Sector, int],
    opening: float,
) -> Contact:
    """Put the wedge from face ``low`` (turning about the line's direction) to face ``high`` into its final order."""
    # turning about ``ahead`` leads from the low face through the wedge to the high one: walking ahead with the
    # low face's normal up, the wedge is on the left, as it must be for the second face
    first, second = high, low
    if _stands_on(low, high):
        first, second, way = low, high, reverse(way)
    both = np.stack([normals(faces[first[1]], way.points), normals(faces[second[1]], way.points)])
    return Contact(
        solids=(first[0].solid, second[0].solid), faces=(first[1], second[1]), edge=index, way=way,
        normals=frozen(both), opening=opening,
    )  # fmt: skip


def _stands_on(one: tuple[_Sector, int], other: tuple[_Sector, int]) -> bool:
    """The other is the plate that runs through: more material round the line, then the later solid, then face."""
    if abs(one[0].width - other[0].width) > 1e-3:
        return one[0].width < other[0].width
    return (one[0].solid, one[1]) < (other[0].solid, other[1])


def _free(sectors: Sequence[_Sector]) -> list[tuple[tuple[int, float], tuple[int, float]]]:
    """Return the gaps between sectors: (sector before, its end angle), (sector after, its start angle)."""
    order = sorted(range(len(sectors)), key=lambda k: sectors[k].start)
    origin = sectors[order[0]].start
    reach, last = origin + sectors[order[0]].width, order[0]
    gaps: list[tuple[tuple[int, float], tuple[int, float]]] = []
    for k in [*order[1:], order[0]]:
        start = sectors[k].start if k != order[0] else origin + 2 * np.pi
        if start - reach > _SLIVER:
            gaps.append(((last, reach), (k, start)))
        if start + sectors[k].width > reach:
            reach, last = start + sectors[k].width, k
    return gaps


def _material(
    part: Part, faces: Sequence[Surface], solid: int, touched: Sequence[int], place: Array, ahead: Array,
    cross: Array, gap: float,
) -> _Sector:  # fmt: skip
    """Return the sector of another solid: a corner where one of its edges runs along the line, else a half-space."""
    best: tuple[float, int] | None = None
    for index in part.solids[solid].edges if len(touched) > 1 else ():
        edge = part.edges[index]
        if len(set(edge.faces)) == 2 and set(edge.faces) <= set(touched):
            way = track(edge)
            share = np.linspace(0.0, 1.0, 65)
            off = np.linalg.norm(along(way, share)[0] - place, axis=1)
            k = int(off.argmin())
            fine = np.clip(np.linspace(share[max(k - 1, 0)], share[min(k + 1, 64)], 65), 0.0, 1.0)
            points, directions = along(way, fine)
            off = np.linalg.norm(points - place, axis=1)
            k = int(off.argmin())
            if abs(directions[k] @ ahead) > 0.98 and (best is None or off[k] < best[0] - 1e-9):
                best = (float(off[k]), index)
    if best is not None:
        return _corner(faces, part.edges[best[1]].faces, place, ahead, cross, solid)
    face = min(touched, key=lambda i: (round(abs(float((place - faces[i].point) @ faces[i].normal)), 7), i))
    up = normals(faces[face], place[None])[0]
    start = _angle(np.asarray(np.cross(ahead, up), dtype=np.float64), cross)
    return _Sector(start=start, width=np.pi, solid=solid, faces=(face, face))


def _corner(
    faces: Sequence[Surface], pair: Sequence[int], place: Array, ahead: Array, cross: Array, solid: int
) -> _Sector:
    """Return the material between the two faces of an edge of the solid."""
    one, two = sorted(set(pair))
    in_one, up = _into(faces[one], place, ahead)
    in_two, _ = _into(faces[two], place, ahead)
    start, end = _angle(in_one, cross), _angle(in_two, cross)
    below = (_angle(-up, cross) - start) % (2 * np.pi)
    if below < np.pi:  # turning from the first face goes into the material
        return _Sector(start=start, width=(end - start) % (2 * np.pi), solid=solid, faces=(one, two))
    return _Sector(start=end, width=(start - end) % (2 * np.pi), solid=solid, faces=(two, one))


def _into(face: Surface, place: Array, ahead: Array) -> tuple[Array, Array]:
    """Return the direction in which the face leaves the line, square to it, and the face's normal there."""
    up = normals(face, place[None])[0]
    side = np.cross(up, ahead)
    side = side / float(np.linalg.norm(side))
    probes = place + _PROBE * np.stack([side, -side])
    off, _ = distance(face, probes)
    return (side if off[0] <= off[1] else -side), up


def _across(ahead: Array) -> Array:
    """Return two unit vectors (2, 3) square to a direction (3,); turning from the first to the second is positive."""
    hint = np.eye(3)[int(np.abs(ahead).argmin())]
    x = np.cross(ahead, hint)
    x = x / float(np.linalg.norm(x))
    return np.asarray(np.stack([x, np.cross(ahead, x)]), dtype=np.float64)


def _angle(direction: Array, cross: Array) -> float:
    return float(np.arctan2(direction @ cross[1], direction @ cross[0])) % (2 * np.pi)


def _unique(contacts: Sequence[Contact], gap: float) -> tuple[Contact, ...]:
    """Drop the lines that another edge has already given: two edges lie on each other, or nearly."""
    kept: dict[frozenset[int], list[Contact]] = {}
    result: list[Contact] = []
    for contact in contacts:
        same = kept.setdefault(frozenset(contact.faces), [])
        probes, _ = along(contact.way, np.array([0.02, 0.25, 0.5, 0.75, 0.98]))
        covered = np.zeros(5, dtype=bool)
        for other in same:
            if other.edge != contact.edge:
                places, _ = along(other.way, np.linspace(0, 1, max(9, int(other.way.length / 5e-4))))
                covered |= np.linalg.norm(probes[:, None] - places, axis=-1).min(1) < 2 * gap + 5e-4
        if not covered.all():
            same.append(contact)
            result.append(contact)
    return tuple(result)


__all__ = ["GAP", "Contact", "find_contacts", "touching"]
