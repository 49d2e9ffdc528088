"""Trees of joint positions that grow towards each other, as kernels keep them.

Trees live in one forest. What earlier searches grew stays in it, so that later ones begin with what is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee
from ..geometry import Array

REACH = 0.35
"""Longest edge of a tree, in seconds at full speed."""


class Forest(NamedTuple):
    """Trees of joint positions: ``size[0]`` nodes in use, each with its parent (-1 at a root) and its tree.

    ``key`` (dof, room) are the nodes' joints times their ``weight``, side by side for the search of the nearest;
    ``shut`` says at which nodes growth was blocked. ``distance`` (room,) is scratch.
    """

    node: Array
    key: NDArray[np.float32]
    parent: NDArray[np.int64]
    tree: NDArray[np.int64]
    size: NDArray[np.int64]
    shut: NDArray[np.bool_]
    weight: Array
    distance: NDArray[np.float32]


@callee
def put(to: Array, q: Array) -> None:
    """Copy a position (dof,)."""
    for j in range(q.shape[0]):
        to[j] = q[j]


@callee
def add(q: Array, parent: int, forest: Forest) -> int:
    """Add a node and return it; without a parent, -1, it is a tree of its own."""
    node = forest.size[0]
    forest.size[0] += 1
    for j in range(q.shape[0]):
        forest.node[node, j] = q[j]
        forest.key[j, node] = q[j] * forest.weight[j]
    forest.shut[node] = False
    forest.parent[node] = parent
    forest.tree[node] = forest.tree[parent] if parent >= 0 else node
    return node


@callee
def join(a: int, b: int, forest: Forest) -> None:
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


@callee
def way_between(first: int, last: int, forest: Forest, way: Array) -> int:
    """Write the nodes (k, dof) from ``first`` to ``last`` of one tree; return how many they are."""
    depth = forest.distance  # used up: numbers below 2^24 are exact in it
    for i in range(forest.size[0]):
        depth[i] = -1.0
    node, k = first, 0
    while node >= 0:
        depth[node] = k
        node, k = forest.parent[node], k + 1
    node, down = last, 0
    while depth[node] < 0.0:
        node, down = forest.parent[node], down + 1
    up = int(depth[node]) + 1
    node = first
    for i in range(up):
        put(way[i], forest.node[node])
        node = forest.parent[node]
    node = last
    for i in range(up + down - 1, up - 1, -1):
        put(way[i], forest.node[node])
        node = forest.parent[node]
    return up + down


@callee
def measure(q: Array, forest: Forest) -> None:
    """Write the squared weighted distance of every node from ``q``."""
    size, distance = forest.size[0], forest.distance
    for i in range(size):
        distance[i] = 0.0
    for j in range(q.shape[0]):
        at = np.float32(q[j] * forest.weight[j])
        key = forest.key[j]
        for i in range(size):
            distance[i] += (key[i] - at) * (key[i] - at)


@callee
def nearest(q: Array, tree: int, forest: Forest) -> int:
    """Return the node of a tree that is nearest to ``q``."""
    measure(q, forest)
    best, at = np.inf, -1
    for i in range(forest.size[0]):
        if forest.tree[i] == tree and forest.distance[i] < best:
            best, at = forest.distance[i], i
    return at


@callee
def towards(a: Array, b: Array, weight: Array, out: Array) -> bool:
    """Write the position at most one edge from ``a`` towards ``b``; return whether that is ``b``."""
    far = span(a, b, weight)
    share = min(1.0, REACH / far) if far > 0.0 else 1.0
    for j in range(a.shape[0]):
        out[j] = b[j] if share == 1.0 else a[j] + (b[j] - a[j]) * share
    return share == 1.0


@callee
def span(a: Array, b: Array, weight: Array) -> float:
    """Return the weighted distance of two positions [s]."""
    d = 0.0
    for j in range(a.shape[0]):
        e = (a[j] - b[j]) * weight[j]
        d += e * e
    return np.sqrt(d)
