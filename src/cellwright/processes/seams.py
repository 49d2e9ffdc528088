"""Seams: the lines of a part that can be welded, and the lines that nobody welds, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..geometry import Array
from ..parts.contacts import Contact, find_contacts
from ..parts.model import Part
from ..parts.surfaces import Surface, normals, on_face, surfaces
from ..parts.tracks import Track, along
from ..units import deg, mm
from .fits import Pin, find_pins, unwelded

Joint = Literal["fillet", "lap", "butt", "corner", "flush", "hole", "fastener", "points"]
"""fillet: a piece stands on another (T, inside corner); lap: a plate lies on another; butt: edges meet flush; corner:
an outside corner; flush: thick sections level with each other; points: taught in the job file."""

SHARP = float(np.radians(40.0))
"""Narrower wedges hide the root from the wire [rad]."""

_FLAT = np.radians(12.0)
_SHORT = 5e-3  # [m]
_END = 20e-3  # [m] a plate this thick or less is welded along its sides, not across its end
_SLIM = 1.5  # a plate is at most this much thicker than the way it stands up from the seam
_ROOM = 30e-3  # [m] stick-out and half a nozzle: nearer things in front of the root leave no way in
_BORE = 60e-3  # [m] inside a tube narrower than twice this no torch stands at an angle
_SMOOTH = np.cos(np.radians(3.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """A line, an arc or a curve of a seam.

    Attributes:
        way: the root line in the part's frame. Walking along it with the second surface's normal up, the free wedge is
            on the left.
        normals: (2, n, 3) outward unit normals of both surfaces at ``way.points``.
        edge: name of the edge it follows; empty for taught points.
    """

    way: Track
    normals: Array
    edge: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seam:
    """A line that is welded, or that is not, and why.

    Attributes:
        name: ``seam_1``, ... of what is offered; ``contact_1``, ... of the rest. Both can be named in a job.
        joint: what it is.
        bodies: names of the two solids; equal where one solid's faces meet.
        faces: names of the two surfaces where the seam begins; the second is the plate that runs through.
        edges: names of the edges it follows.
        stretches: joined end to start without a sharp corner.
        opening: angle of the free wedge between the surfaces [rad], the smallest along the seam.
        length: [m].
        closed: it ends where it started.
        room: free way along the bisector from the root, at most 1 m [m].
        weldable: offered to ``seams: auto``.
        reason: why, or why not.
    """

    name: str
    joint: Joint
    bodies: tuple[str, str]
    faces: tuple[str, str]
    edges: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    opening: float
    length: float
    closed: bool
    room: float
    weldable: bool
    reason: str


def find_seams(part: Part) -> tuple[Seam, ...]:
    """Return every line where faces meet in a wedge: first what is offered as a weld, then the rest.

    The order and so the names are those of the solids and edges in the file. A mesh has no edges and no seams.
    """
    if not part.exact:
        return ()
    contacts = find_contacts(part)
    faces = surfaces(part)
    pins = find_pins(part)
    chains = _chains(contacts)
    rooms = _rooms(part, chains)
    found = [_seam(part, faces, pins, chain, room) for chain, room in zip(chains, rooms, strict=True)]
    found.sort(key=lambda seam: not seam.weldable)
    names = {True: 0, False: 0}
    result: list[Seam] = []
    for seam in found:
        names[seam.weldable] += 1
        word = "seam" if seam.weldable else "contact"
        result.append(replace(seam, name=f"{word}_{names[seam.weldable]}"))
    return tuple(result)


def _chains(contacts: Sequence[Contact]) -> list[list[Contact]]:
    """Join contacts of the same two solids that go on from each other smoothly; loops start at their first edge."""
    groups: dict[tuple[int, int], list[Contact]] = {}
    for contact in contacts:
        groups.setdefault(contact.solids, []).append(contact)
    chains: list[list[Contact]] = []
    for key in sorted(groups, key=lambda pair: (min(pair), max(pair), pair)):
        group = groups[key]
        following = {
            i: next((j for j in range(len(group)) if _goes_on(group[i], group[j])), -1) for i in range(len(group))
        }
        preceded = set(following.values())
        left = set(range(len(group)))
        for first in [*(i for i in range(len(group)) if i not in preceded), *range(len(group))]:
            chain: list[Contact] = []
            k = first
            while k in left:
                left.discard(k)
                chain.append(group[k])
                k = following[k]
            if chain:
                chains.append(chain)
    return chains


def _goes_on(one: Contact, other: Contact) -> bool:
    if one is other or one.way.closed or other.way.closed:
        return False
    if np.linalg.norm(one.way.points[-1] - other.way.points[0]) > 1e-5 or abs(one.opening - other.opening) > 0.1:
        return False
    ahead = along(one.way, np.array([1.0]))[1][0] @ along(other.way, np.array([0.0]))[1][0]
    turned = (one.normals[:, -1] * other.normals[:, 0]).sum(-1)
    return bool(ahead > _SMOOTH and (turned > _SMOOTH).all())


def _seam(part: Part, faces: Sequence[Surface], pins: Sequence[Pin], chain: Sequence[Contact], room: float) -> Seam:
    first = chain[0]
    stretches = tuple(
        Stretch(way=contact.way, normals=contact.normals, edge=part.edges[contact.edge].name) for contact in chain
    )
    gap = np.linalg.norm(chain[0].way.points[0] - chain[-1].way.points[-1])
    seam = Seam(
        name="",
        joint="fillet",
        bodies=(part.solids[first.solids[0]].name, part.solids[first.solids[1]].name),
        faces=(part.faces[first.faces[0]].name, part.faces[first.faces[1]].name),
        edges=tuple(dict.fromkeys(part.edges[contact.edge].name for contact in chain)),
        stretches=stretches,
        opening=min(contact.opening for contact in chain),
        length=sum(contact.way.length for contact in chain),
        closed=first.way.closed or (len(chain) > 1 and bool(gap < 1e-5)),
        room=room,
        weldable=False,
        reason="",
    )
    joint, weldable, reason = _judge(part, faces, pins, first, seam)
    return replace(seam, joint=joint, weldable=weldable, reason=reason)


def _judge(
    part: Part, faces: Sequence[Surface], pins: Sequence[Pin], first: Contact, seam: Seam
) -> tuple[Joint, bool, str]:
    """Return what the seam is, whether it is offered, and the reason."""
    one, other = seam.bodies
    fit = unwelded(part, pins, *first.solids)
    if fit is not None:
        return fit[0], False, fit[1]
    depth, height, width = _measures(part, faces, first)
    joint, words = _joint(seam, depth, height, width)
    bores = [mm(2 * faces[i].radius) for i in first.faces if faces[i].hole and faces[i].radius < _BORE]
    if joint == "flush":
        return joint, False, words
    if one == other and len(part.solids) > 1:
        return joint, False, f"inner corner of {one} itself: the file has its pieces as separate solids"
    if one == other and _pocket(part, first):
        return joint, False, f"at the bottom of a pocket of {one}"
    if bores:
        return joint, False, f"inside a round of {bores[0]:.1f} mm: no torch stands there at an angle"
    if one == other and not _plates(part, first, height, width):
        return joint, False, f"a step of {one}, as thick as it is high: no plate stands here"
    if seam.opening < SHARP:
        return joint, False, f"the surfaces open by {deg(seam.opening):.0f} deg only: the wire does not get to the root"
    if seam.length < _SHORT or (seam.length <= _END and depth >= 2 * seam.length):
        what = "the end of a plate, " if seam.length >= _SHORT else ""
        return joint, False, f"{what}only {mm(seam.length):.1f} mm long"
    if seam.room < _ROOM:
        return joint, False, f"no room for a torch: something stands {mm(seam.room):.0f} mm in front of the root"
    return joint, True, words


def _joint(seam: Seam, depth: float, height: float, width: float) -> tuple[Joint, str]:
    one, other = seam.bodies
    angle = f"{deg(seam.opening):.0f} deg"
    if one == other:
        return "fillet", f"two faces of {one} meet at {angle}"
    if abs(seam.opening - np.pi) <= _FLAT:
        if 0 < depth < 0.75 * min(height, width):
            return "butt", f"the edges of {one} and {other} meet flush, {mm(depth):.1f} mm thick"
        return "flush", f"{one} and {other} are level with each other here: no groove to weld"
    if seam.opening > np.pi:
        return "corner", f"{one} and {other} meet in an outside corner of {angle}"
    if min(depth, seam.length) > 1.5 * height:
        return "lap", f"{one} lies on {other}, {mm(height):.1f} mm thick at its edge"
    return "fillet", f"{one} stands on {other} at {angle}"


def _measures(part: Part, faces: Sequence[Surface], first: Contact) -> tuple[float, float, float]:
    """Return how far three faces reach from the middle of the seam, square to it [m].

    The hidden face with which the first solid touches the second (0 where the line is not an edge of the first), the
    first solid's free face, and the second's.
    """
    (middle,), (ahead,) = along(first.way, np.array([0.5]))
    half = first.normals.shape[1] // 2
    rising, base = first.normals[:, half]
    height = _extent(faces[first.faces[0]], middle, np.cross(ahead, rising))
    width = _extent(faces[first.faces[1]], middle, np.cross(base, ahead))
    hidden = [i for i in part.edges[first.edge].faces if i != first.faces[0]]
    if first.solids[0] == first.solids[1] or part.edges[first.edge].solid != first.solids[0] or len(hidden) != 1:
        return 0.0, height, width
    inwards = np.cross(normals(faces[hidden[0]], middle[None])[0], ahead)
    depth = _extent(faces[hidden[0]], middle, inwards if inwards @ (rising + base) < 0 else -inwards)
    return depth, height, width


def _extent(face: Surface, place: Array, direction: Array) -> float:
    """Return how far the face reaches from a place on its rim [m]."""
    low, high = 0.0, 1.01 * float(np.linalg.norm(face.box[1] - face.box[0]))
    for _ in range(3):
        reach = np.linspace(low, high, 101)[1:]
        k = int(on_face(face, place + reach[:, None] * direction, 5e-4).argmin())
        low, high = (low if k == 0 else float(reach[k - 1])), float(reach[k])
    return low


def _pocket(part: Part, first: Contact) -> bool:
    """One of the two faces has nothing but inner corners round it."""
    for face in first.faces:
        rim = [edge for edge in part.edges if face in edge.faces and len(set(edge.faces)) == 2]
        if all(edge.angle > np.pi + _FLAT for edge in rim):
            return True
    return False


def _plates(part: Part, first: Contact, height: float, width: float) -> bool:
    """One of the two faces belongs to something thin that stands up from the seam, and not to a step of a block."""
    (middle,), (ahead,) = along(first.way, np.array([0.5]))
    rising, base = first.normals[:, first.normals.shape[1] // 2]
    beside = np.stack([np.cross(ahead, rising), np.cross(base, ahead)])
    starts = middle + 1e-3 * beside - 1e-5 * np.stack([rising, base])
    solid = part.solids[first.solids[0]].mesh
    thick = _hits(solid.vertices[solid.faces], starts, -np.stack([rising, base]))
    return bool(thick[0] <= _SLIM * height or thick[1] <= _SLIM * width)


def _rooms(part: Part, chains: Sequence[Sequence[Contact]], *, reach: float = 1.0) -> list[float]:
    """Return of each chain the shortest free way from the root along the bisector at a few places [m]."""
    starts: list[Array] = []
    rays: list[Array] = []
    owners: list[int] = []
    for number, chain in enumerate(chains):
        for contact in chain:
            places, directions = along(contact.way, np.array([0.2, 0.5, 0.8]))
            last = contact.normals.shape[1] - 1
            for share, place, ahead in zip((0.2, 0.5, 0.8), places, directions, strict=True):
                rising, base = contact.normals[:, round(share * last)]
                middle = np.cross(base, ahead) + np.cross(ahead, rising) + 1e-3 * (rising + base)
                rays.append(middle / max(float(np.linalg.norm(middle)), 1e-12))
                starts.append(place)
                owners.append(number)
    if not owners:
        return []
    corners = np.concatenate([solid.mesh.vertices[solid.mesh.faces] for solid in part.solids])
    hits = _hits(corners, np.array(starts), np.array(rays))
    rooms = np.full(len(chains), reach)
    np.minimum.at(rooms, owners, hits)
    return [float(room) for room in rooms]


def _hits(corners: Array, starts: Array, rays: Array) -> Array:
    """Return the way (n,) [m] of rays (n, 3) to the first of the triangles (m, 3, 3) beyond 2 mm; inf where none is.

    Moller and Trumbore, Fast minimum storage ray/triangle intersection, 1997.
    """
    first = corners[:, 0]
    one, two = corners[:, 1] - first, corners[:, 2] - first
    ways = np.empty(len(starts))
    for k, (start, ray) in enumerate(zip(starts, rays, strict=True)):
        p = np.cross(ray, two)
        volume = np.einsum("mj,mj->m", p, one)
        across = np.abs(volume) > 1e-15
        share = np.where(across, 1.0, 0.0) / np.where(across, volume, 1.0)
        offset = start - first
        q = np.cross(offset, one)
        u, v = np.einsum("mj,mj->m", offset, p) * share, (q @ ray) * share
        way = np.einsum("mj,mj->m", q, two) * share
        hit = across & (u >= 0) & (v >= 0) & (u + v <= 1) & (way > 2e-3)
        ways[k] = way[hit].min() if hit.any() else np.inf
    return ways


__all__ = ["Joint", "Seam", "Stretch", "find_seams"]
