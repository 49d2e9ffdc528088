"""Where the surface of a link can lie, told by its samples: points, each with the radius of a ball round it.

Every point of the real surface lies in one of the balls. Two rules, the tighter that holds is used:

* any link: a ball of the covering radius round each sample.
* a link whose collision mesh is convex (closed, with the volume of its own hull): every sample lies on the surface of a
  convex body, so a point can belong to it only if no sample lies inside the hull of the samples and that point. Over
  each facet of the samples' hull this leaves a thin lens; its top bounds the surface,
  to the millimetre by which a mesh that counts as convex may still leave its hull.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import ConvexHull, KDTree

CONVEX = 2e-3  # mesh and hull differ by less than this share of the volume
ROUNDED = 2e-4  # m: samples are stored in steps of 0.1 mm, so a sample may lie this far inside the hull by rounding
_I = np.arange(60) + 0.5
_Z, _PHI = 1 - 2 * _I / 60, math.pi * (1 + 5**0.5) * _I
DIRECTIONS = np.stack([np.sqrt(1 - _Z * _Z) * np.cos(_PHI), np.sqrt(1 - _Z * _Z) * np.sin(_PHI), _Z], -1)
NEAREST = 48  # samples asked about each point
FAN = 4  # directions between the normals of two facets that meet in an edge


@dataclass(frozen=True)
class Link:
    """Surface of one link as known.

    Piece ``i`` of the surface lies in the hull of the balls ``points[first[i]:first[i + 1]]`` (n, 3) with their
    ``growth`` (n,); ``inner`` (m, 3) lie on the surface or inside [m].
    """

    points: np.ndarray
    growth: np.ndarray
    first: np.ndarray
    inner: np.ndarray
    convex: bool


def bounded(samples: np.ndarray, radius: float, box: np.ndarray, *, convex: bool, pieces: int) -> Link:
    """Bound a link by its samples (n, 3), covering ``radius`` and bounding box (2, 3) [m], in so many pieces."""
    if not convex:
        return Link(samples, np.full(len(samples), radius), np.arange(len(samples)), samples, convex=False)
    hull = ConvexHull(samples)
    corners, normals = samples[hull.simplices], hull.equations[:, :3]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    edge = max(0.006, math.sqrt(area / pieces))
    triangles, owner = _split(corners, edge)
    starts, fans = _folds(hull, samples, edge)
    points = np.concatenate([triangles.reshape(-1, 3), starts.reshape(-1, 3)])
    along = np.concatenate([np.repeat(normals[owner], 3, axis=0), fans.reshape(-1, 3)])
    first, facets = _stars(hull)
    near = KDTree(samples[np.unique(hull.simplices)]).query(points, k=min(NEAREST, len(hull.vertices)))[1]
    height = _heights(points, along, near, hull.equations, first, facets, radius, box[0] - 1e-4, box[1] + 1e-4)
    firsts = np.concatenate([3 * np.arange(len(triangles)), 3 * len(triangles) + 2 * FAN * np.arange(len(starts))])
    top, firsts = _grouped(points + height[:, None] * along, firsts, edge)
    inner = triangles.reshape(-1, 3)
    cells = np.round(np.concatenate([inner, inner.reshape(-1, 3, 3).mean(1)]) / (0.3 * edge))
    inner = np.concatenate(
        [
            np.concatenate([inner, inner.reshape(-1, 3, 3).mean(1)])[np.unique(cells, axis=0, return_index=True)[1]],
            samples,
        ]
    )
    return Link(top, np.full(len(top), ROUNDED + 0.05 * edge), firsts, inner, convex=True)


def _grouped(points: np.ndarray, first: np.ndarray, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """Join pieces whose middles share a cell of the size ``edge`` and keep the corners of each group's hull."""
    ends = np.append(first[1:], len(points))
    middle = np.add.reduceat(points, first, axis=0) / (ends - first)[:, None]
    _, group = np.unique(np.floor(middle / edge), axis=0, return_inverse=True)
    of_point = np.repeat(group.ravel(), ends - first)
    order = np.argsort(of_point, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(of_point[order]) > 0])
    kept, firsts, n = [], [], 0
    for a, b in zip(starts, np.r_[starts[1:], len(order)], strict=True):
        found = np.unique(np.round(points[order[a:b]], 5), axis=0)
        if len(found) > 12:
            found = found[np.unique(np.argmax(found @ DIRECTIONS.T, axis=0))]
        kept.append(found)
        firsts.append(n)
        n += len(found)
    return np.concatenate(kept), np.array(firsts)


def _split(corners: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Halve the longest edges of triangles (n, 3, 3) until none is longer than ``limit``; also whose parts they are."""
    done, owners, owner = [], [], np.arange(len(corners))
    while len(corners):
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
        small = edges.max(1) <= limit
        done.append(corners[small])
        owners.append(owner[small])
        corners, edges, owner = corners[~small], edges[~small], owner[~small]
        if not len(corners):
            break
        i, rows = np.argmax(edges, 1), np.arange(len(corners))
        a, b, c = (corners[rows, (i + k) % 3] for k in range(3))
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
        owner = np.concatenate([owner, owner])
    return np.concatenate(done), np.concatenate(owners)


def _folds(hull: ConvexHull, samples: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Where two facets meet at an angle: pieces of their edge, each with a fan of directions (n, 2 FAN, 3)."""
    points, fans = [], []
    for i, row in enumerate(hull.neighbors):
        for k, j in enumerate(row):
            if j <= i:
                continue
            one, other = hull.equations[i, :3], hull.equations[j, :3]
            if one @ other > 0.99:
                continue
            a, b = (samples[v] for m, v in enumerate(hull.simplices[i]) if m != k)
            n = max(1, math.ceil(float(np.linalg.norm(b - a)) / limit))
            stops = a + (b - a) * (np.arange(n + 1) / n)[:, None]
            fan = np.array([(1 - s) * one + s * other for s in np.linspace(0, 1, FAN)])
            fan /= np.linalg.norm(fan, axis=1, keepdims=True)
            for m in range(n):
                points.append(np.repeat(stops[m : m + 2], FAN, axis=0))
                fans.append(np.tile(fan, (2, 1)))
    if not points:
        return np.zeros((0, 2 * FAN, 3)), np.zeros((0, 2 * FAN, 3))
    return np.array(points), np.array(fans)


def _stars(hull: ConvexHull) -> tuple[np.ndarray, np.ndarray]:
    """Facets round each vertex of the hull: first (v + 1,) and facets."""
    vertex = hull.simplices.ravel()
    facet = np.repeat(np.arange(len(hull.simplices)), 3)
    order = np.argsort(vertex, kind="stable")
    _, counts = np.unique(vertex, return_counts=True)
    return np.concatenate([[0], np.cumsum(counts)]), facet[order]


@numba.njit(cache=False)
def _heights(points, along, near, planes, first, facets, most, low, high):
    """How far a convex body can reach from each point in its direction [m], by halving."""
    out = np.zeros(len(points))
    for i in range(len(points)):
        lower, upper = 0.0, most
        for k in range(3):
            if along[i, k] > 1e-9:
                upper = min(upper, max(0.0, (high[k] - points[i, k]) / along[i, k]))
            elif along[i, k] < -1e-9:
                upper = min(upper, max(0.0, (low[k] - points[i, k]) / along[i, k]))
        for _ in range(8):
            middle = 0.5 * (lower + upper)
            x, y, z = points[i] + middle * along[i]
            inside = False
            for v in near[i]:
                inside = True  # the sample is inside where the point sees every facet round it
                for j in range(first[v], first[v + 1]):
                    f = facets[j]
                    if planes[f, 0] * x + planes[f, 1] * y + planes[f, 2] * z + planes[f, 3] <= ROUNDED:
                        inside = False
                        break
                if inside:
                    break
            if inside:
                upper = middle
            else:
                lower = middle
        out[i] = upper
    return out
