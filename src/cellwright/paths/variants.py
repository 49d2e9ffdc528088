"""Variants: the ways to hold the tool at a knot, as a toolpath's freedom and the axes beside the arm allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, pose, turn, turn_z
from ..processes.work import Freedom
from .external import External

TURN_STEP = np.deg2rad(15.0)
_DIRECTIONS = 8  # a tilt is tried in so many directions round the nominal axis
_CHANGE = 0.3  # price of another variant at the next knot: an even seam is worth some joint travel [s]
_TILT = 0.3  # price of the full tilt on one interval [s]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variants:
    """Ways to hold the tool.

    Attributes:
        tcp_T_held: (m, 4, 4) the tool's centre point as it is held, seen from the nominal one.
        turn: (m,) about the tool's z, the part of it that is no tilt [rad].
        tilt: (m,) index of the tilt; 0 = upright.
        external: (m, x) positions of the axes beside the arm [rad or m].
        sample: (m,) which of their samples that is.
        next: (m, e) what each may become until the next knot, itself first; -1 where there are fewer.
        price: (m, e) of that [s].
    """

    tcp_T_held: Array
    turn: Array
    tilt: NDArray[np.int64]
    external: Array
    sample: NDArray[np.int64]
    next: NDArray[np.int64]
    price: Array


def turn_steps(freedom: Freedom) -> tuple[Array, bool]:
    """Return the steps of the free turn [rad] and whether the last is next to the first."""
    if freedom.steps:
        return np.array(freedom.steps), False
    lower, upper = freedom.lower, freedom.upper
    if upper - lower >= 2 * np.pi - 1e-9:
        n = round(2 * np.pi / TURN_STEP)
        return lower + 2 * np.pi * np.arange(n) / n, True
    n = max(1, round((upper - lower) / TURN_STEP) + 1)
    return np.linspace(lower, upper, n) if n > 1 else np.array([(lower + upper) / 2]), False


def variants(freedom: Freedom, *, external: External | None = None, tilting: bool = False) -> Variants:
    """Return every way to hold the tool that ``freedom`` allows.

    Args:
        freedom: of the toolpath.
        external: the axes beside the arm; None for an arm alone.
        tilting: False leaves the tool upright, whatever the freedom says.
    """
    angle, cyclic = turn_steps(freedom)
    tilts = _tilts(freedom.tilt if tilting else 0.0)
    beside = external.samples if external is not None else np.zeros((1, 0))
    shape = len(tilts), len(beside), len(angle)
    c, s, t = (index.ravel() for index in np.indices(shape))
    tcp_R_held = tilts[c] @ turn_z(angle[t])
    steps = [(0, 0, 0), *_turn_moves(freedom, len(angle)), *_tilt_moves(len(tilts))]
    moves: list[NDArray[np.int64]] = []
    for dc, _, dt in steps:
        to_t = (t + dt) % len(angle) if cyclic and len(angle) > 2 else t + dt
        to_c = _tilt_after(c, dc, len(tilts))
        known = (to_t >= 0) & (to_t < len(angle)) & (to_c >= 0)
        moves.append(np.where(known, (to_c * shape[1] + s) * shape[2] + to_t, -1))
    for neighbour in external.next.T[1:] if external is not None else ():
        to_s = neighbour[s]
        moves.append(np.where(to_s >= 0, (c * shape[1] + to_s) * shape[2] + t, -1))
    upright = np.where(c > 0, _TILT, 0.0)
    change = np.where(np.arange(len(moves)) > 0, _CHANGE, 0.0)
    return Variants(
        tcp_T_held=frozen(pose(rotation=tcp_R_held)),
        turn=frozen(angle[t]),
        tilt=c,
        external=frozen(beside[s]),
        sample=s,
        next=np.stack(moves, -1),
        price=frozen(upright[:, None] + change),
    )


def _tilts(most: float) -> Array:
    """Return the rotations (c, 3, 3) of the tool's axis: upright first, then a ring at ``most`` [rad] from it."""
    ring = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    leaning = [turn((np.cos(a), np.sin(a), 0.0), most) for a in ring] if most > 0 else []
    return np.array([np.eye(3), *leaning])


def _turn_moves(freedom: Freedom, count: int) -> list[tuple[int, int, int]]:
    """Return the moves to the neighbouring turns; steps of a discrete set have no neighbours."""
    return [(0, 0, -1), (0, 0, 1)] if count > 1 and not freedom.steps else []


def _tilt_moves(count: int) -> list[tuple[int, int, int]]:
    return [(d, 0, 0) for d in range(1, count)] if count > 1 else []


def _tilt_after(tilt: NDArray[np.int64], move: int, count: int) -> NDArray[np.int64]:
    """Return the tilt after a move: upright leans to direction ``move``; a leaning tool rights itself or goes round."""
    if move == 0:
        return tilt
    round_ = {1: 0, 2: 1, 3: -1}
    if move not in round_:
        return np.where(tilt == 0, move, -1)
    ring = (tilt - 1 + round_[move]) % (count - 1) + 1
    return np.where(tilt == 0, move, np.where(move == 1, 0, ring))
