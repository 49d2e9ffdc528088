"""Transits: collision-free ways in joint space between strokes.

RRT-Connect (Kuffner and LaValle 2000) with its own seeded generator, then shortcuts, then every via point that is not
needed is left out. Joint distances are measured in time at full speed, so that fast joints turn more than slow ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..collision.blocking import Mover, Scene, blocked
from ..collision.fast import Checker
from ..compiled import kernel
from ..geometry import Array, frozen

RESOLUTION = 0.01  # largest joint step between two checked positions [rad]
_NODES = 20_000
_SHORTCUTS = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transit:
    """A way from one joint position to another; ``q`` (k, dof) are its corners, both ends included.

    ``found`` is False when the search ended without a way; ``reason`` then says what is known about it.
    """

    q: Array
    found: bool
    reason: str = ""


def find_transit(
    checker: Checker,
    start: Array,
    end: Array,
    *,
    lower: Array,
    upper: Array,
    weight: Array,
    seed: int,
    budget: int = 20_000,
) -> Transit:
    """Return a short collision-free way from ``start`` to ``end`` (dof,).

    Args:
        checker: the fast check.
        lower, upper: (dof,) where to search [rad]; infinite limits are searched one turn round the ends.
        weight: (dof,) cost of a radian of each joint [s].
        seed: of the sampling.
        budget: how many samples may be drawn.
    """
    for name, q in (("first", start), ("last", end)):
        code = int(checker.blocked_by(q[None])[0])
        if code >= 0:
            return Transit(
                q=frozen([start, end]), found=False, reason=f"its {name} position is too near: {checker.name(code)}"
            )
    low = np.where(np.isfinite(lower), lower, np.minimum(start, end) - np.pi)
    high = np.where(np.isfinite(upper), upper, np.maximum(start, end) + np.pi)
    way = _connect(start, end, low, high, weight, RESOLUTION, seed, budget, _NODES, checker.mover, checker.scene)
    if not len(way):
        return Transit(q=frozen([start, end]), found=False, reason=f"no way was found in {budget} samples")
    if len(way) > 2:
        way = _shorten(way, weight, RESOLUTION, seed, _SHORTCUTS, checker.mover, checker.scene)
    return Transit(q=frozen(way), found=True)


@kernel
def _edge_free(a: Array, b: Array, resolution: float, mover: Mover, scene: Scene, q: Array, frames: Array) -> bool:
    """Return whether the straight way from a to b is free, asking its middle first and both ends last."""
    far = 0.0
    for j in range(a.shape[0]):
        far = max(far, abs(b[j] - a[j]))
    n = max(1, int(np.ceil(far / resolution)))
    stride = 1
    while stride < n:
        stride *= 2
    # every point once, coarse to fine: what is blocked is mostly found early
    for j in range(a.shape[0]):
        q[j] = b[j]
    if blocked(q, mover, scene, frames) >= 0:
        return False
    while stride >= 1:
        for i in range(stride, n, 2 * stride):
            for j in range(a.shape[0]):
                q[j] = a[j] + (b[j] - a[j]) * (i / n)
            if blocked(q, mover, scene, frames) >= 0:
                return False
        stride //= 2
    return True


@kernel
def _random(state: NDArray[np.uint64]) -> float:
    """Return the next number in [0, 1) of a splitmix64 generator (Steele, Lea and Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def _nearest(nodes: Array, count: int, q: Array, weight: Array) -> int:
    best, at = 1e300, 0
    for i in range(count):
        d = 0.0
        for j in range(q.shape[0]):
            e = (nodes[i, j] - q[j]) * weight[j]
            d += e * e
        if d < best:
            best, at = d, i
    return at


@kernel
def _length(a: Array, b: Array, weight: Array) -> float:
    d = 0.0
    for j in range(a.shape[0]):
        e = (a[j] - b[j]) * weight[j]
        d += e * e
    return np.sqrt(d)


@kernel
def _connect(
    start: Array, end: Array, low: Array, high: Array, weight: Array, resolution: float,
    seed: int, budget: int, most: int, mover: Mover, scene: Scene,
) -> Array:  # fmt: skip
    dof = start.shape[0]
    frames = np.empty((dof + 2, 3, 4))
    q = np.empty(dof)
    empty = np.empty((0, dof))
    if _edge_free(start, end, resolution, mover, scene, q, frames):
        way = np.empty((2, dof))
        way[0] = start
        way[1] = end
        return way
    state = np.array([seed + 1], np.uint64)
    nodes = np.empty((2, most, dof))
    parent = np.full((2, most), -1)
    count = np.array([1, 1])
    nodes[0, 0] = start
    nodes[1, 0] = end
    reach = 0.35  # longest step of a tree, in seconds at full speed
    target = np.empty(dof)
    new = np.empty(dof)
    tree = 0
    for _ in range(budget):
        for j in range(dof):
            target[j] = low[j] + (high[j] - low[j]) * _random(state)
        near = _nearest(nodes[tree], count[tree], target, weight)
        share = min(1.0, reach / _length(nodes[tree, near], target, weight))
        for j in range(dof):
            new[j] = nodes[tree, near, j] + (target[j] - nodes[tree, near, j]) * share
        if not _edge_free(nodes[tree, near], new, resolution, mover, scene, q, frames):
            tree = 1 - tree
            continue
        mine = count[tree]
        nodes[tree, mine] = new
        parent[tree, mine] = near
        count[tree] += 1
        other = 1 - tree
        near = _nearest(nodes[other], count[other], new, weight)
        while count[other] < most - 1:
            left = _length(nodes[other, near], new, weight)
            share = min(1.0, reach / left) if left > 0.0 else 1.0
            for j in range(dof):
                target[j] = nodes[other, near, j] + (new[j] - nodes[other, near, j]) * share
            if not _edge_free(nodes[other, near], target, resolution, mover, scene, q, frames):
                break
            nodes[other, count[other]] = target
            parent[other, count[other]] = near
            near = count[other]
            count[other] += 1
            if share >= 1.0:
                return _joined(nodes, parent, tree, mine, near)
        if count[0] >= most - 1 or count[1] >= most - 1:
            break
        tree = 0 if count[0] <= count[1] else 1
    return empty


@kernel
def _joined(nodes: Array, parent: NDArray[np.int64], tree: int, mine: int, theirs: int) -> Array:
    k0, k1 = 0, 0
    k = mine
    while k >= 0:
        k0 += 1
        k = parent[tree, k]
    k = theirs
    while k >= 0:
        k1 += 1
        k = parent[1 - tree, k]
    way = np.empty((k0 + k1 - 1, nodes.shape[2]))
    k = mine
    for i in range(k0 - 1, -1, -1):
        way[i] = nodes[tree, k]
        k = parent[tree, k]
    k = parent[1 - tree, theirs]
    for i in range(k0, k0 + k1 - 1):
        way[i] = nodes[1 - tree, k]
        k = parent[1 - tree, k]
    return way[::-1].copy() if tree == 1 else way


@kernel
def _shorten(way: Array, weight: Array, resolution: float, seed: int, tries: int, mover: Mover, scene: Scene) -> Array:
    """Cut corners at random places while that is free, then leave out every corner that can be left out."""
    dof = way.shape[1]
    frames = np.empty((dof + 2, 3, 4))
    q = np.empty(dof)
    state = np.array([seed + 7], np.uint64)
    a = np.empty(dof)
    b = np.empty(dof)
    for _ in range(tries):
        n = way.shape[0]
        if n < 3:
            break
        along = np.zeros(n)
        for i in range(1, n):
            along[i] = along[i - 1] + _length(way[i - 1], way[i], weight)
        u = _random(state) * along[n - 1]
        v = _random(state) * along[n - 1]
        if u > v:
            u, v = v, u
        i, k = 0, 0
        while i < n - 2 and along[i + 1] <= u:
            i += 1
        while k < n - 2 and along[k + 1] <= v:
            k += 1
        if i == k:
            continue
        fu = (u - along[i]) / (along[i + 1] - along[i])
        fv = (v - along[k]) / (along[k + 1] - along[k])
        for j in range(dof):
            a[j] = way[i, j] + (way[i + 1, j] - way[i, j]) * fu
            b[j] = way[k, j] + (way[k + 1, j] - way[k, j]) * fv
        if _length(a, b, weight) > 0.999 * (v - u) or not _edge_free(a, b, resolution, mover, scene, q, frames):
            continue
        shorter = np.empty((i + 1 + 2 + n - k - 1, dof))
        shorter[: i + 1] = way[: i + 1]
        shorter[i + 1] = a
        shorter[i + 2] = b
        shorter[i + 3 :] = way[k + 1 :]
        way = shorter
    i = 0
    while i < way.shape[0] - 2:
        k = way.shape[0] - 1
        while k > i + 1 and not _edge_free(way[i], way[k], resolution, mover, scene, q, frames):
            k -= 1
        if k > i + 1:
            shorter = np.empty((way.shape[0] - (k - i - 1), dof))
            shorter[: i + 1] = way[: i + 1]
            shorter[i + 1 :] = way[k:]
            way = shorter
        i += 1
    return way
