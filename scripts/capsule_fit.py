"""Capsules round a link, as few as hold it closely: split the worst, share the points out anew, fit each anew.

A capsule is a row (7,): start, end, radius [m]. It holds a point with growth ``g`` when the point's distance to the
segment is at most ``radius - g``. Each point of a link is held by one capsule at least, ball and all.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numba
import numpy as np
from scipy.spatial import KDTree

from surface_bound import Link

THINNEST = 0.004  # m
SURFACE = 120  # points a capsule when looking for overshoot

_I = np.arange(100) + 0.5
_Z, _PHI = 1 - 2 * _I / 100, math.pi * (1 + 5**0.5) * _I
DIRECTIONS = np.stack([np.sqrt(1 - _Z * _Z) * np.cos(_PHI), np.sqrt(1 - _Z * _Z) * np.sin(_PHI), _Z], -1)

Tolerance = Callable[[np.ndarray], np.ndarray]


@numba.njit(cache=False)
def _far(points, growth, s):
    """Radius that the segment s (6,) needs."""
    ux, uy, uz = s[3] - s[0], s[4] - s[1], s[5] - s[2]
    length2 = ux * ux + uy * uy + uz * uz
    inverse = 1.0 / length2 if length2 > 1e-18 else 0.0
    most = 0.0
    for i in range(len(points)):
        x, y, z = points[i, 0] - s[0], points[i, 1] - s[1], points[i, 2] - s[2]
        t = min(1.0, max(0.0, (x * ux + y * uy + z * uz) * inverse))
        x, y, z = x - t * ux, y - t * uy, z - t * uz
        most = max(most, math.sqrt(x * x + y * y + z * z) + growth[i])
    return most


@numba.njit(cache=False)
def _volume(points, growth, s):
    r = _far(points, growth, s)
    length = math.sqrt((s[3] - s[0]) ** 2 + (s[4] - s[1]) ** 2 + (s[5] - s[2]) ** 2)
    return math.pi * r * r * (length + 4.0 / 3.0 * r)


@numba.njit(cache=False)
def _improve(points, growth, start, size):
    """Pattern search from a segment: ends moved one by one and together, steps halved down to 0.2 mm."""
    best = start.copy()
    least = _volume(points, growth, best)
    step = size
    while step > 2e-4:
        better = False
        for end in range(4):  # start, end, both, both apart
            for axis in range(3):
                for sign in (-1.0, 1.0):
                    tried = best.copy()
                    if end != 1:
                        tried[axis] += sign * step
                    if end != 0:
                        tried[3 + axis] += sign * step * (-1.0 if end == 3 else 1.0)
                    now = _volume(points, growth, tried)
                    if now < least * (1 - 1e-6):
                        best, least, better = tried, now, True
        if not better:
            step *= 0.5
    return best, least


def capsule(points: np.ndarray, growth: np.ndarray, guess: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """Row (7,) of a capsule of small volume round the balls, and its volume."""
    chosen = (
        np.unique(np.argmax(points @ DIRECTIONS.T + growth[:, None], axis=0))
        if len(points) > 100
        else np.arange(len(points))
    )
    few, grown = np.ascontiguousarray(points[chosen]), np.ascontiguousarray(growth[chosen])
    centre = (few.max(0) + few.min(0)) / 2
    _, _, axes = np.linalg.svd(few - few.mean(0), full_matrices=False)
    extent = max(float(np.ptp(few, axis=0).max()), 1e-3)
    starts = [] if guess is None else [guess[:6].copy()]
    for axis in axes[:2] if guess is None else ():
        s = (few - centre) @ axis
        across = np.linalg.norm(few - centre - s[:, None] * axis, axis=1).max()
        low, high = min(s.min() + across, 0.0), max(s.max() - across, 0.0)
        starts.append(np.concatenate([centre + low * axis, centre + high * axis]))
    found = [_improve(few, grown, start, 0.15 * extent if guess is None else 0.05 * extent) for start in starts]
    segment, _ = min(found, key=lambda pair: pair[1])
    ends = np.round(segment, 4)
    radius = max(THINNEST, math.ceil(_far(points, growth, ends) * 1e4 - 1e-6) / 1e4)
    length = float(np.linalg.norm(ends[3:] - ends[:3]))
    return np.append(ends, radius), math.pi * radius**2 * (length + 4 / 3 * radius)


def distances(points: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Distance of points (n, 3) to a capsule's segment."""
    start, along = row[:3], row[3:6] - row[:3]
    length2 = float(along @ along)
    s = np.clip((points - start) @ along / length2, 0, 1) if length2 > 1e-18 else np.zeros(len(points))
    return np.linalg.norm(points - start - s[:, None] * along, axis=1)


def surface(row: np.ndarray, n: int) -> np.ndarray:
    """About n points spread evenly over the surface of a capsule (7,)."""
    i = np.arange(n) + 0.5
    along = row[3:6] - row[:3]
    length = float(np.linalg.norm(along))
    axis = along / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
    u = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    r = row[6]
    h = i / n * (length + 2 * r) - r  # equal areas in equal slices: cylinder and sphere alike (Archimedes)
    beyond = np.where(h < 0, h, np.where(h > length, h - length, 0.0))
    across = np.sqrt(np.maximum(r * r - beyond * beyond, 0.0))
    phi = math.pi * (1 + 5**0.5) * i
    return row[:3] + h[:, None] * axis + across[:, None] * (np.cos(phi)[:, None] * u + np.sin(phi)[:, None] * v)


def overshoot(rows: np.ndarray, tree: KDTree, n: int = SURFACE) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Free points of each capsule's surface, their distance to the link's known surface, and the area of each."""
    out = []
    for i, row in enumerate(rows):
        points = surface(row, n)
        for j, other in enumerate(rows):
            if i != j and len(points):
                points = points[distances(points, other) > other[6]]
        area = 2 * math.pi * row[6] * (float(np.linalg.norm(row[3:6] - row[:3])) + 2 * row[6]) / n
        out.append((points, tree.query(points)[0] if len(points) else np.zeros(0), area))
    return out


def _costs(rows: np.ndarray, tree: KDTree, tolerance: Tolerance) -> np.ndarray:
    """Cost of each capsule: free area times overshoot over tolerance, squared."""
    return np.array(
        [area * float(((d / tolerance(p)) ** 2).sum()) if len(p) else 0.0 for p, d, area in overshoot(rows, tree)]
    )


def _depths(link: Link, rows: np.ndarray) -> np.ndarray:
    """How far each piece (k, m) of a link sticks out of each capsule; 0 or less is held."""
    each = np.array([distances(link.points, row) + link.growth - row[6] for row in rows])
    return np.maximum.reduceat(each, link.first, axis=1)


def _of(link: Link, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and growth of some of a link's pieces (m,)."""
    chosen = np.repeat(pieces, np.diff(np.append(link.first, len(link.points))))
    return link.points[chosen], link.growth[chosen]


def _shared(link: Link, rows: np.ndarray) -> np.ndarray:
    """Give each piece to the capsule that holds it deepest and fit each capsule anew to what it got."""
    owner = np.argmin(_depths(link, rows), axis=0)
    return np.array([capsule(*_of(link, owner == i), row)[0] for i, row in enumerate(rows) if (owner == i).any()])


def _tightened(link: Link, rows: np.ndarray) -> np.ndarray:
    """Fit each capsule anew to what no other holds; one that is not needed goes."""
    rows, kept = rows.copy(), list(range(len(rows)))
    held = _depths(link, rows) <= 1e-9
    for i in range(len(rows)):
        others = [j for j in kept if j != i]
        free = ~held[others].any(axis=0)
        if not free.any():
            kept.remove(i)
            continue
        rows[i] = capsule(*_of(link, free), rows[i])[0]
        held[i] = _depths(link, rows[i : i + 1])[0] <= 1e-9
    return rows[kept]


CUTS = (
    (1, 1, 2),
    (1, 2, 1),
    (2, 1, 1),
    (1, 1, 3),
    (1, 2, 2),
    (2, 1, 2),
    (2, 2, 1),
    (1, 3, 1),
    (1, 4, 1),
    (1, 1, 4),
    (2, 2, 2),
    (2, 2, 3),
)


def _cut(link: Link, mine: np.ndarray, counts: tuple[int, int, int]) -> np.ndarray | None:
    """Capsules for the pieces of one, cut by a grid along their principal axes."""
    middle = link.points[link.first]
    points = middle[mine]
    _, _, axes = np.linalg.svd(points - points.mean(0), full_matrices=False)
    cell = np.zeros(len(points), np.int64)
    for axis, n in zip(axes, reversed(counts), strict=True):
        s = (points - points.mean(0)) @ axis
        cell = cell * n + np.clip(((s - s.min()) / max(np.ptp(s), 1e-9) * n).astype(np.int64), 0, n - 1)
    rows = []
    for c in np.unique(cell):
        pieces = np.zeros(len(middle), bool)
        pieces[np.flatnonzero(mine)[cell == c]] = True
        rows.append(capsule(*_of(link, pieces))[0])
    return np.array(rows) if len(rows) > 1 else None


def fit(link: Link, tolerance: Tolerance, most: int) -> np.ndarray:
    """Rows (k, 7) with k <= ``most``: cut the capsule that costs most, in the way that gains most a capsule more."""
    tree = KDTree(link.inner)
    everything = np.ones(len(link.first), bool)
    rows = capsule(*_of(link, everything))[0][None]
    cost = _costs(rows, tree, tolerance)
    tried = [(float(cost.sum()), rows)]
    while len(rows) < most:
        worst = max(float((d / tolerance(p)).max(initial=0.0)) for p, d, _ in overshoot(rows, tree))
        if worst < 1.0:
            break
        owner = np.argmin(_depths(link, rows), axis=0)
        options = []
        for i in np.argsort(-cost, kind="stable")[:1]:
            for counts in CUTS:
                if len(rows) + math.prod(counts) - 1 > most or (owner == i).sum() < 12:
                    continue
                parts = _cut(link, owner == i, counts)
                if parts is None:
                    continue
                now = np.vstack([np.delete(rows, i, axis=0), parts])
                total = float(_costs(now, tree, tolerance).sum())
                gain = (tried[-1][0] - total) / (len(now) - len(rows))
                options.append((gain, len(options), now))
        best = None
        for _, _, now in sorted(options, key=lambda option: -option[0])[:2]:
            for better in (_tightened, _shared, _tightened):
                now = better(link, now)
                total = float(_costs(now, tree, tolerance).sum())
                gain = (tried[-1][0] - total) / max(len(now) - len(rows), 0.5)
                if best is None or gain > best[0]:
                    best = (gain, total, now)
        if best is None or best[0] <= 0.01 * tried[-1][0]:
            break
        rows = best[2]
        cost = _costs(rows, tree, tolerance)
        tried.append((float(cost.sum()), rows))
    return rows
