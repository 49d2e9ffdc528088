"""The transit planner: trees that grow towards each other (Kuffner and LaValle 2000), then the way made shorter.

A node at which growth was blocked is only grown towards what is near it (Yershova, Jaillet, Simeon and LaValle 2005):
else most samples would be lost on nodes at walls.

The search asks about one edge at a time and goes on when it is told what is in the way. So the check of edges, which is
much code, is compiled into one place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import callee, viewing
from ..geometry import Array
from ..random_kernel import random
from .forest_kernel import REACH, Forest, add, join, measure, nearest, put, span, towards, way_between
from .sweep_kernel import Lanes, Sweep, in_the_way

_NEAR = 0.5  # a node at which growth was blocked is only grown towards samples that are this near to it [s]
_ANYWAY = 128  # but one sample in so many is taken however far it is
_NEIGHBOURS = 6  # so many nodes of earlier trees are tried from each end

# what is being asked or begun
_ENDS, _DIRECT, _PLANT, _ROOT, _GROW, _MEET, _SHORTEN, _STRAIGHTEN, _CUT, _DONE = range(10)
# where in ``Search.at`` is: the stage, whether an edge waits to be checked, ...
_STAGE, _ASKS, _SIDE, _DRAWN, _TRIED, _CORNERS = range(6)
# ... the nodes of both ends, those that an edge begins at and that was added last, and what a stage counts for itself
_FIRST, _LAST, _NODE, _NEW, _COUNT, _I, _K, _SLOTS = range(6, 14)


class Search(NamedTuple):
    """What a search is asked for, and where it stands.

    ``ends`` (2, dof); ``low``, ``high`` (dof,) where samples are drawn [rad or m]; ``budget`` of samples; ``tries`` of
    shortcuts. ``blockers`` (2, items + 1) count how often each body or pair ended an edge that grew from start and from
    end; the last column is 1 where the end itself is blocked, then by the one body that is counted. ``way`` (2, k, dof)
    holds the way found and the one it is shortened into, ``along`` (k,) its length up to each corner. ``edge`` (2, dof)
    is what is asked about, ``at`` says why.
    """

    ends: Array
    low: Array
    high: Array
    seed: int
    budget: int
    tries: int
    blockers: NDArray[np.int64]
    edge: Array
    target: Array
    random: NDArray[np.uint64]
    way: Array
    along: Array
    at: NDArray[np.int64]


def search(
    ends: Array, low: Array, high: Array, *, seed: int, budget: int, tries: int, items: int, room: int
) -> Search:  # fmt: skip
    """Return a search that has not begun; ``room`` is the number of nodes that its forest may hold."""
    dof, corners = len(low), room + tries + 2
    return Search(
        ends, low, high, seed, budget, tries, np.zeros((2, items + 1), np.int64), np.empty((2, dof)), np.empty(dof),
        np.array([seed + 1], np.uint64), np.empty((2, corners, dof)), np.empty(corners), np.zeros(_SLOTS, np.int64),
    )  # fmt: skip


@viewing
def connect(search: Search, forest: Forest, sweep: Sweep, scratch: Lanes) -> int:
    """Return how many corners of ``search.way[0]`` are a short free way between the ends; 0 where none was found.

    Args:
        search: that has not begun; its ``blockers`` are added to.
        forest: earlier trees; grows.
        sweep: what edges are checked with.
        scratch: of ``lanes``.
    """
    while True:
        _go_on(search, forest)
        if search.at[_STAGE] == _DONE:
            return search.at[_CORNERS]
        _told(in_the_way(search.edge[0], search.edge[1], sweep, scratch), search, forest)


@callee
def _go_on(search: Search, forest: Forest) -> None:
    """Go on until an edge waits to be checked, or all is done."""
    at = search.at
    at[_ASKS] = 0
    while at[_ASKS] == 0 and at[_STAGE] != _DONE:
        stage = at[_STAGE]
        if stage == _ENDS:
            _ask(search, search.ends[at[_SIDE]], search.ends[at[_SIDE]])
        elif stage == _DIRECT:
            _ask(search, search.ends[0], search.ends[1])
        elif stage == _PLANT:
            _plant(search, forest)
        elif stage == _ROOT:
            _find_neighbour(search, forest)
        elif stage == _GROW:
            _grow(search, forest)
        elif stage == _MEET:
            _meet(search, forest)
        elif stage == _SHORTEN:
            _shorten(search, forest.weight)
        else:
            _straighten(search)


@callee
def _told(hit: int, search: Search, forest: Forest) -> None:
    """Take what is in the way on the edge, -1 where nothing is, and choose the next stage."""
    at = search.at
    stage, side = at[_STAGE], at[_SIDE]
    if stage == _ENDS:
        if hit >= 0:
            search.blockers[side, hit] += 1
            search.blockers[side, search.blockers.shape[1] - 1] = 1
            at[_COUNT] = 1
        at[_SIDE] = 1 - side
        if side == 1:
            at[_STAGE] = _DIRECT if at[_COUNT] == 0 else _DONE
    elif stage == _DIRECT:
        if hit < 0:
            put(search.way[0, 0], search.ends[0])
            put(search.way[0, 1], search.ends[1])
            at[_CORNERS] = 2
        at[_STAGE] = _DONE if hit < 0 else _PLANT
    elif stage == _STRAIGHTEN:
        if hit >= 0:
            at[_K] -= 1
        else:
            _keep(search)
    elif stage == _CUT:
        if hit < 0:
            _cut(search)
        at[_TRIED] += 1
        at[_STAGE] = _SHORTEN
    else:
        _told_tree(hit, search, forest)


@callee
def _told_tree(hit: int, search: Search, forest: Forest) -> None:
    """Take what is in the way on an edge of a tree, -1 where nothing is."""
    at = search.at
    stage, side = at[_STAGE], at[_SIDE]
    if stage == _ROOT:
        if hit < 0:
            join(int(at[_FIRST + side]), int(at[_NODE]), forest)
            _planted(at)
        else:
            forest.distance[at[_NODE]] = np.inf
    elif stage == _GROW:
        if hit >= 0:
            search.blockers[side, hit] += 1
            forest.shut[at[_NODE]] = True
            at[_DRAWN] += 1
        else:
            put(search.target, search.edge[1])
            at[_NEW] = add(search.target, at[_NODE], forest)
            at[_NODE] = nearest(search.target, int(forest.tree[at[_FIRST + 1 - side]]), forest)
            at[_STAGE] = _MEET
    elif hit >= 0:
        search.blockers[1 - side, hit] += 1
        _turn(at)
    elif at[_COUNT]:
        join(at[_NEW], at[_NODE], forest)
        _turn(at)
    else:
        at[_NODE] = add(search.edge[1], at[_NODE], forest)


@callee
def _ask(search: Search, a: Array, b: Array) -> None:
    put(search.edge[0], a)
    put(search.edge[1], b)
    search.at[_ASKS] = 1


@callee
def _plant(search: Search, forest: Forest) -> None:
    """Add an end to the forest, as a tree of its own until a neighbour is found that it can be reached from."""
    at = search.at
    q = search.ends[at[_SIDE]]
    measure(q, forest)
    at[_K] = forest.size[0]
    at[_FIRST + at[_SIDE]] = add(q, -1, forest)
    at[_COUNT] = 0
    at[_STAGE] = _ROOT


@callee
def _planted(at: NDArray[np.int64]) -> None:
    at[_STAGE] = _PLANT if at[_SIDE] == 0 else _GROW
    at[_SIDE] = 1 - at[_SIDE]


@callee
def _find_neighbour(search: Search, forest: Forest) -> None:
    """Ask for the edge from the nearest node of earlier trees that has not been asked about, if one is near."""
    at, distance = search.at, forest.distance
    near = 0
    for i in range(1, at[_K]):
        if distance[i] < distance[near]:
            near = i
    if at[_COUNT] >= min(at[_K], _NEIGHBOURS) or distance[near] > (4.0 * REACH) ** 2:
        _planted(at)
        return
    at[_COUNT] += 1
    at[_NODE] = near
    _ask(search, forest.node[near], search.ends[at[_SIDE]])


@callee
def _grow(search: Search, forest: Forest) -> None:
    """Draw samples until a tree can be asked to grow towards one; end where there are no more, or the trees are one."""
    at, target, tree = search.at, search.target, forest.tree
    first, last = at[_FIRST], at[_LAST]
    while at[_DRAWN] < search.budget and tree[first] != tree[last] and forest.size[0] + 2 <= forest.node.shape[0]:
        for j in range(target.shape[0]):
            target[j] = search.low[j] + (search.high[j] - search.low[j]) * random(search.random)
        near = nearest(target, int(tree[at[_FIRST + at[_SIDE]]]), forest)
        if forest.shut[near] and forest.distance[near] > _NEAR**2 and at[_DRAWN] % _ANYWAY:
            at[_DRAWN] += 1
            continue
        at[_NODE] = near
        _step(search, forest)
        return
    at[_STAGE] = _DONE
    if tree[first] == tree[last]:
        at[_CORNERS] = way_between(first, last, forest, search.way[0])
        search.random[0] = search.seed + 7
        at[_STAGE] = _SHORTEN


@callee
def _meet(search: Search, forest: Forest) -> None:
    """Ask for the next edge from the other tree towards the node that was added last."""
    if forest.size[0] < forest.node.shape[0]:
        search.at[_COUNT] = _step(search, forest)
    else:
        _turn(search.at)


@callee
def _step(search: Search, forest: Forest) -> bool:
    """Ask for an edge from the node that is to grow towards the target; return whether it arrives there."""
    q = forest.node[search.at[_NODE]]
    put(search.edge[0], q)
    search.at[_ASKS] = 1
    return towards(q, search.target, forest.weight, search.edge[1])


@callee
def _turn(at: NDArray[np.int64]) -> None:
    """Let the other tree grow next."""
    at[_SIDE] = 1 - at[_SIDE]
    at[_DRAWN] += 1
    at[_STAGE] = _GROW


@callee
def _shorten(search: Search, weight: Array) -> None:
    """Leave out corners first and last, in between ask for cuts from one random place of the way to another."""
    at, way, along = search.at, search.way[0], search.along
    n = at[_CORNERS]
    if n < 3 or at[_TRIED] > search.tries:
        at[_STAGE] = _DONE
        return
    if at[_TRIED] == 0 or at[_TRIED] == search.tries:
        put(search.way[1, 0], way[0])
        at[_I], at[_K], at[_COUNT] = 0, n - 1, 1
        at[_STAGE] = _STRAIGHTEN
        return
    along[0] = 0.0
    for i in range(1, n):
        along[i] = along[i - 1] + span(way[i - 1], way[i], weight)
    u, v = random(search.random) * along[n - 1], random(search.random) * along[n - 1]
    if u > v:
        u, v = v, u
    i, k = 0, 0
    while i < n - 2 and along[i + 1] <= u:
        i += 1
    while k < n - 2 and along[k + 1] <= v:
        k += 1
    fu = (u - along[i]) / (along[i + 1] - along[i])
    fv = (v - along[k]) / (along[k + 1] - along[k])
    for j in range(way.shape[1]):
        search.edge[0, j] = way[i, j] + (way[i + 1, j] - way[i, j]) * fu
        search.edge[1, j] = way[k, j] + (way[k + 1, j] - way[k, j]) * fv
    if i == k or span(search.edge[0], search.edge[1], weight) > 0.999 * (v - u):
        at[_TRIED] += 1
        return
    at[_I], at[_K], at[_ASKS], at[_STAGE] = i, k, 1, _CUT


@callee
def _cut(search: Search) -> None:
    """Put the edge into the way in place of the corners from behind ``_I`` up to ``_K``."""
    at, way, spare = search.at, search.way[0], search.way[1]
    i, k, n = at[_I], at[_K], at[_CORNERS]
    for c in range(k + 1, n):
        put(spare[c], way[c])
    put(way[i + 1], search.edge[0])
    put(way[i + 2], search.edge[1])
    for c in range(k + 1, n):
        put(way[i + 2 + c - k], spare[c])
    at[_CORNERS] = i + 2 + n - k


@callee
def _straighten(search: Search) -> None:
    """Ask whether the way can go straight from the last corner that is kept to the furthest that was not refused."""
    at, way = search.at, search.way[0]
    while at[_I] < at[_CORNERS] - 1:
        if at[_K] > at[_I] + 1:
            _ask(search, way[at[_I]], way[at[_K]])
            return
        _keep(search)
    for c in range(at[_COUNT]):
        put(way[c], search.way[1, c])
    at[_CORNERS] = at[_COUNT]
    at[_TRIED] += 1
    at[_STAGE] = _SHORTEN


@callee
def _keep(search: Search) -> None:
    """Keep the corner ``_K`` as the next of the way."""
    at = search.at
    put(search.way[1, at[_COUNT]], search.way[0, at[_K]])
    at[_I] = at[_K]
    at[_COUNT] += 1
    at[_K] = at[_CORNERS] - 1
