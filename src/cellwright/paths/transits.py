"""Transits: collision-free ways between strokes, proven between the positions that were asked about.

The search is seeded and its budget is a count: the same question, asked after the same earlier ones, gives the same
way. Trees that earlier searches grew are kept in a roadmap, so that the next search begins with what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..collision.fast import Checker
from ..geometry import Array, frozen
from .connect_kernel import connect, search
from .forest_kernel import Forest
from .sweep import make_sweep
from .sweep_kernel import Sweep, lanes

_NODES = 20_000
_SHORTCUTS = 40
_TOLD = 2  # so many bodies are named as being in the way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transit:
    """A way from one joint position to another; ``q`` (k, dof) are its corners, both ends included.

    ``found`` is False when the search ended without a way; ``reason`` then says what is known about it.
    """

    q: Array
    found: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roadmap:
    """What is known of the free space of one robot among what stands still.

    Attributes:
        checker: the fast check that all of it was proven with.
        lower, upper: (dof,) where it was searched [rad or m].
        weight: (dof,) cost of a unit of each joint [s].
        node: (n, dof) free joint positions.
        parent: (n,) the node that each is joined to by a free straight way; -1 at a root.
        tree: (n,) which of them are joined.
        sweep: what straight ways are proven with.
    """

    checker: Checker
    lower: Array
    upper: Array
    weight: Array
    node: Array
    parent: NDArray[np.int64]
    tree: NDArray[np.int64]
    sweep: Sweep


def make_roadmap(checker: Checker, *, lower: Array, upper: Array, weight: Array) -> Roadmap:
    """Return an empty roadmap.

    Args:
        checker: the fast check.
        lower, upper: (dof,) where to search [rad or m]; a joint that turns, half a turn beyond the ends at most.
        weight: (dof,) cost of a unit of each joint [s].
    """
    return Roadmap(
        checker=checker, lower=frozen(lower), upper=frozen(upper), weight=np.array(weight, np.float64),
        node=np.zeros((0, len(lower))), parent=np.zeros(0, np.int64), tree=np.zeros(0, np.int64),
        sweep=make_sweep(checker, lower=lower, upper=upper),
    )  # fmt: skip


def find_transit(
    roadmap: Roadmap, start: Array, end: Array, *, seed: int, budget: int = 200_000
) -> tuple[Transit, Roadmap]:
    """Return a short collision-free way from ``start`` to ``end`` (dof,), and the roadmap with what was learned.

    Args:
        roadmap: what is known; ``make_roadmap`` where nothing is.
        start, end: joint positions [rad or m].
        seed: of the sampling.
        budget: how many samples may be drawn.
    """
    start, end = np.array(start, np.float64), np.array(end, np.float64)
    checker = roadmap.checker
    # further than half a turn beyond both ends there is nothing that is not nearer too
    turns = ~_prismatic(checker)
    low = np.where(turns, np.maximum(roadmap.lower, np.minimum(start, end) - np.pi), roadmap.lower)
    high = np.where(turns, np.minimum(roadmap.upper, np.maximum(start, end) + np.pi), roadmap.upper)
    forest = _opened(roadmap, min(_NODES, len(roadmap.node) + 2 * budget + 2))
    sweep = roadmap.sweep
    asked = search(
        np.stack([start, end]), low, high, seed=seed, budget=budget, tries=_SHORTCUTS, items=len(sweep.rate),
        room=len(forest.node),
    )  # fmt: skip
    corners = connect(asked, forest, sweep, lanes(sweep))
    way, blockers = asked.way[0, :corners], asked.blockers
    for name, count in zip(("first", "last"), blockers, strict=True):
        if count[-1]:
            name_ = checker.name(int(count[:-1].argmax()))
            return _none(start, end, f"its {name} position is too near: {name_}"), roadmap
    size = int(forest.size[0])
    known = replace(roadmap, node=forest.node[:size], parent=forest.parent[:size], tree=forest.tree[:size])
    if not len(way):
        return _none(start, end, _why(known, start, end, blockers[:, :-1], budget)), known
    return Transit(q=frozen(way), found=True), known


def _prismatic(checker: Checker) -> NDArray[np.bool_]:
    """Return which joints slide (dof,), those of the mechanisms last."""
    mechanisms = () if checker.cell is None else checker.cell.mechanisms
    return np.concatenate([checker.mover.prismatic, *(mechanism.chain.prismatic for mechanism in mechanisms)])


def _none(start: Array, end: Array, reason: str) -> Transit:
    return Transit(q=frozen([start, end]), found=False, reason=reason)


def _opened(roadmap: Roadmap, room: int) -> Forest:
    """Return the forest with room for so many nodes."""
    n, dof = roadmap.node.shape
    key = np.empty((dof, room), np.float32)
    forest = Forest(
        np.empty((room, dof)), key, np.empty(room, np.int64), np.empty(room, np.int64), np.array([n]),
        np.zeros(room, np.bool_), roadmap.weight, np.empty(room, np.float32),
    )  # fmt: skip
    forest.node[:n], forest.parent[:n], forest.tree[:n] = roadmap.node, roadmap.parent, roadmap.tree
    key[:, :n] = (roadmap.node * roadmap.weight).T
    return forest


def _why(roadmap: Roadmap, start: Array, end: Array, blockers: NDArray[np.int64], budget: int) -> str:
    """Return why no way was found: how near the two trees came, and what ended most of the edges of each."""
    sides: list[NDArray[np.bool_]] = []
    told: list[str] = []
    for name, q, count in (("first", start, blockers[0]), ("last", end, blockers[1])):
        root = int(np.flatnonzero((roadmap.node == q).all(1))[-1])
        sides.append(roadmap.tree == roadmap.tree[root])
        most = [int(i) for i in np.argsort(-count, kind="stable")[:_TOLD] if count[i] > 0]
        names = " and ".join(roadmap.checker.name(i) for i in most) or "nothing"
        told.append(f"round its {name} position {names} is most often in the way")
    near = min(
        float(np.linalg.norm((roadmap.node[sides[1]] - q) * roadmap.weight, axis=1).min())
        for q in roadmap.node[sides[0]][:500]
    )
    return f"no way was found in {budget} samples: {'; '.join(told)}; the two sides came within {near:.2f} s"


def way_length(q: Array, weight: Array) -> float:
    """Return the length of a way (k, dof), each joint weighted by ``weight`` (dof,) [s]."""
    return float(np.linalg.norm(np.diff(q, axis=0) * weight, axis=1).sum())
