"""The kernels of the transit planner: trees that grow towards each other (Kuffner and LaValle 2000), and shortening.

A node at which growth was blocked is only grown towards what is near it (Yershova, Jaillet, Simeon and LaValle 2005):
else most samples would be lost on nodes at walls.

Trees live in one forest. What earlier searches grew stays in it, so that later ones begin with what is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inline, kernel, viewing
from ..geometry import Array
from ..random_kernel import random
from .sweep_kernel import Lanes, Sweep, in_the_way, lanes

_REACH = 0.35  # longest edge of a tree, in seconds at full speed
_NEAR = 0.5  # a node at which growth was blocked is only grown towards samples that are this near to it [s]
_ANYWAY = 128  # but one sample in so many is taken however far it is
_NEIGHBOURS = 6  # so many nodes of earlier trees are tried from each end


class Forest(NamedTuple):
    """Trees of joint positions: ``size[0]`` nodes in use, each with its parent (-1 at a root) and its tree.

    ``key`` (dof, room) are the nodes' joints times their weights, side by side for the search of the nearest; ``shut``
    says at which nodes growth was blocked.
    """

    node: Array
    key: NDArray[np.float32]
    parent: NDArray[np.int64]
    tree: NDArray[np.int64]
    size: NDArray[np.int64]
    shut: NDArray[np.bool_]


@kernel
def connect(
    start: Array, end: Array, low: Array, high: Array, weight: Array, seed: int, budget: int, tries: int,
    forest: Forest, sweep: Sweep, blockers: NDArray[np.int64],
) -> Array:  # fmt: skip
    """Return the corners (k, dof) of a short free way from ``start`` to ``end``; none where none was found.

    One kernel does all: each that checks edges would be compiled with the whole check in it.

    Args:
        start, end: (dof,) positions.
        low, high: (dof,) where samples are drawn [rad or m].
        weight: (dof,) cost of a unit of each joint [s].
        seed: of the samples.
        budget: samples that may be drawn.
        tries: random shortcuts that are tried.
        forest: earlier trees; grows.
        blockers: (2, items + 1) how often each body or pair ended an edge that grew from start and from end; added to.
            The last column is 1 where the end itself is blocked, then by the one body that is counted.
    """
    dof = start.shape[0]
    scratch = lanes(sweep.rate.shape[0], dof)
    free = True
    for side in range(2):
        q = start if side == 0 else end
        hit = in_the_way(q, q, sweep, scratch)
        if hit >= 0:
            blockers[side, hit] += 1
            blockers[side, blockers.shape[1] - 1] = 1
            free = False
    if not free:
        return np.empty((0, dof))
    way = _grown(start, end, low, high, weight, seed, budget, forest, sweep, scratch, blockers)
    if way.shape[0] > 2:
        way = _shortened(way, weight, seed, tries, sweep, scratch)
    return way


@inline
def _grown(
    start: Array, end: Array, low: Array, high: Array, weight: Array, seed: int, budget: int, forest: Forest,
    sweep: Sweep, scratch: Lanes, blockers: NDArray[np.int64],
) -> Array:  # fmt: skip
    """Return the corners (k, dof) of a free way along the trees; none where the budget did not find it."""
    dof = start.shape[0]
    if in_the_way(start, end, sweep, scratch) < 0:
        way = np.empty((2, dof))
        _put(way, 0, start)
        _put(way, 1, end)
        return way
    distance = np.empty(forest.node.shape[0], np.float32)
    first, last = -1, -1
    for q in (start, end):
        first, last = last, _plant(q, weight, forest, distance, sweep, scratch)
    state = np.array([seed + 1], np.uint64)
    target, new = np.empty(dof), np.empty(dof)
    side = 0
    for drawn in range(budget):
        if forest.tree[first] == forest.tree[last] or forest.size[0] + 2 > forest.node.shape[0]:
            break
        mine = forest.tree[first] if side == 0 else forest.tree[last]
        other = forest.tree[last] if side == 0 else forest.tree[first]
        for j in range(dof):
            target[j] = low[j] + (high[j] - low[j]) * random(state)
        near = _nearest(target, mine, weight, forest, distance)
        if forest.shut[near] and distance[near] > _NEAR**2 and drawn % _ANYWAY:
            continue
        _towards(forest.node[near], target, weight, new)
        hit = in_the_way(forest.node[near], new, sweep, scratch)
        if hit >= 0:
            blockers[side, hit] += 1
            forest.shut[near] = True
            continue
        mine_new = _add(new, near, weight, forest)
        near = _nearest(new, other, weight, forest, distance)
        while forest.size[0] < forest.node.shape[0]:
            arrived = _towards(forest.node[near], new, weight, target)
            hit = in_the_way(forest.node[near], target, sweep, scratch)
            if hit >= 0:
                blockers[1 - side, hit] += 1
                break
            if arrived:
                _join(mine_new, near, forest)
                break
            near = _add(target, near, weight, forest)
        side = 1 - side
    if forest.tree[first] != forest.tree[last]:
        return np.empty((0, dof))
    return _way(first, last, forest)


@inline
def _plant(
    q: Array, weight: Array, forest: Forest, distance: NDArray[np.float32], sweep: Sweep, scratch: Lanes,
) -> int:  # fmt: skip
    """Add a position to the nearest tree that a free edge reaches, or as a tree of its own; return its node."""
    size = forest.size[0]
    _distances(q, weight, forest, distance)
    node = _add(q, -1, weight, forest)
    forest.tree[node] = node
    for _ in range(min(size, _NEIGHBOURS)):
        near = 0
        for i in range(1, size):
            if distance[i] < distance[near]:
                near = i
        if distance[near] > (4.0 * _REACH) ** 2:
            break
        if in_the_way(forest.node[near], q, sweep, scratch) < 0:
            _join(node, near, forest)
            break
        distance[near] = np.inf
    return node


@viewing
def _put(to: Array, row: int, q: Array) -> None:
    for j in range(q.shape[0]):
        to[row, j] = q[j]


@viewing
def _add(q: Array, parent: int, weight: Array, forest: Forest) -> int:
    node = forest.size[0]
    forest.size[0] += 1
    for j in range(q.shape[0]):
        forest.node[node, j] = q[j]
        forest.key[j, node] = q[j] * weight[j]
    forest.shut[node] = False
    forest.parent[node] = parent
    if parent >= 0:
        forest.tree[node] = forest.tree[parent]
    return node


@inline
def _join(a: int, b: int, forest: Forest) -> None:
    """Make the tree of ``a`` hang from ``b``: its nodes up to the root turn round."""
    gone = forest.tree[a]
    node, above = a, b
    while node >= 0:
        following = forest.parent[node]
        forest.parent[node] = above
        node, above = following, node
    for i in range(forest.size[0]):
        if forest.tree[i] == gone:
            forest.tree[i] = forest.tree[b]


@inline
def _way(first: int, last: int, forest: Forest) -> Array:
    """Return the nodes (k, dof) from ``first`` to ``last`` of one tree."""
    depth = np.empty(forest.size[0], np.int64)
    for i in range(forest.size[0]):
        depth[i] = -1
    node, k = first, 0
    while node >= 0:
        depth[node] = k
        node, k = forest.parent[node], k + 1
    node, down = last, 0
    while depth[node] < 0:
        node, down = forest.parent[node], down + 1
    up = depth[node] + 1
    way = np.empty((up + down, forest.node.shape[1]))
    node = first
    for i in range(up):
        _put(way, i, forest.node[node])
        node = forest.parent[node]
    node = last
    for i in range(up + down - 1, up - 1, -1):
        _put(way, i, forest.node[node])
        node = forest.parent[node]
    return way


@viewing
def _distances(q: Array, weight: Array, forest: Forest, distance: NDArray[np.float32]) -> None:
    """Write the squared weighted distance of every node from ``q``."""
    size = forest.size[0]
    for i in range(size):
        distance[i] = 0.0
    for j in range(q.shape[0]):
        at = np.float32(q[j] * weight[j])
        key = forest.key[j]
        for i in range(size):
            distance[i] += (key[i] - at) * (key[i] - at)


@viewing
def _nearest(q: Array, tree: int, weight: Array, forest: Forest, distance: NDArray[np.float32]) -> int:
    """Return the node of a tree that is nearest to ``q``."""
    _distances(q, weight, forest, distance)
    best, at = np.inf, -1
    for i in range(forest.size[0]):
        if forest.tree[i] == tree and distance[i] < best:
            best, at = distance[i], i
    return at


@viewing
def _towards(a: Array, b: Array, weight: Array, out: Array) -> bool:
    """Write the position at most one edge from ``a`` towards ``b``; return whether that is ``b``."""
    far = _span(a, b, weight)
    share = min(1.0, _REACH / far) if far > 0.0 else 1.0
    for j in range(a.shape[0]):
        out[j] = b[j] if share == 1.0 else a[j] + (b[j] - a[j]) * share
    return share == 1.0


@viewing
def _span(a: Array, b: Array, weight: Array) -> float:
    """Return the weighted distance of two positions [s]."""
    d = 0.0
    for j in range(a.shape[0]):
        e = (a[j] - b[j]) * weight[j]
        d += e * e
    return np.sqrt(d)


@inline
def _shortened(way: Array, weight: Array, seed: int, tries: int, sweep: Sweep, scratch: Lanes) -> Array:
    """Return the way without corners that can be left out, and with others cut at random places while that helps."""
    dof = way.shape[1]
    state = np.array([seed + 7], np.uint64)
    a, b = np.empty(dof), np.empty(dof)
    for t in range(tries + 1):
        n = way.shape[0]
        if n < 3:
            return way
        if t == 0 or t == tries:
            way = _straightened(way, sweep, scratch)
            continue
        along = np.empty(n)
        along[0] = 0.0
        for i in range(1, n):
            along[i] = along[i - 1] + _span(way[i - 1], way[i], weight)
        u, v = random(state) * along[n - 1], random(state) * along[n - 1]
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
        if _span(a, b, weight) > 0.999 * (v - u) or in_the_way(a, b, sweep, scratch) >= 0:
            continue
        shorter = np.empty((i + 1 + 2 + n - k - 1, dof))
        for c in range(i + 1):
            _put(shorter, c, way[c])
        _put(shorter, i + 1, a)
        _put(shorter, i + 2, b)
        for c in range(k + 1, n):
            _put(shorter, i + 2 + c - k, way[c])
        way = shorter
    return way


@inline
def _straightened(way: Array, sweep: Sweep, scratch: Lanes) -> Array:
    """Return the way without the corners that straight edges pass, the longest such edges first from each corner."""
    kept = np.empty((way.shape[0], way.shape[1]))
    _put(kept, 0, way[0])
    i, n = 0, 1
    while i < way.shape[0] - 1:
        k = way.shape[0] - 1
        while k > i + 1 and in_the_way(way[i], way[k], sweep, scratch) >= 0:
            k -= 1
        _put(kept, n, way[k])
        i, n = k, n + 1
    return kept[:n]
