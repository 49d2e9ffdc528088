"""Branches of a real arm from those of the ideal arm that a closed form solves, for axes slightly off the ideal.

Descriptions that write pi/2 as 1.5708 leave their ideal arm by some 1e-5. Away from singular positions Newton's method
on the real chain brings every branch home. Near them two branches of the real arm lie where the ideal one has two other
ones, or none: there the search starts from many places, and what it finds is shared out among the branches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, frozen, inv, pose, rotation_angle, settled, turn
from .branches import NEAR, Branches
from .chain import Chain, base_T_flange
from .family import axis_lines
from .vectors import lengths

CLOSE = 1e-13
"""Newton's method ends within this distance [m, rad] of the pose."""

MET = 1e-9
"""A position is a solution when its flange is within this distance [m, rad] of the pose."""

_FEW, _SOME, _MANY = 4, 10, 40  # steps from where a solution is near, from anywhere, and where it may be double
_COMING = 1e-4  # what is left [m, rad] after some steps where there is a solution to come to
_FAR = 0.02  # a branch that was moved further than this [rad] is near a singular position
_STAYS = 1e-2  # a position that goes further has become another [rad]
_SAME = 2e-5  # joints that differ by no more than this are one solution [rad]
_BESIDE = (3.0, 30.0)  # how far beside a pose a branch is looked for that it lacks, against how far the arms are apart
_SIZES = (0.3, 1.0, 4.0)  # of steps around a pose, against how far the arms are apart
_ASKEW = tuple(np.array(way) for way in ((0.48, 0.6, 0.64), (0.8, 0.0, -0.6)))  # no axis of an arm stands out


def corrected(
    chain: Chain, ideal: Callable[[Array], Branches], wanted: Array, *, residual: float, tilt: float
) -> Branches:
    """Return the branches of a chain of six joints that is slightly off its ideal arm.

    Args:
        chain: slightly off its ideal arm.
        ideal: solves the ideal arm: poses (n, 4, 4) to eight branches; where a pose is just out of its reach, to those
            at the end of it.
        wanted: (n, 4, 4) poses of the flange.
        residual: how far the two arms' flanges are apart at worst [m, rad].
        tilt: the part of it that is an angle [rad].

    Returns:
        As `Branches` says: a branch that the arm cannot meet, but for less than ``NEAR``, is kept with its miss.
    """
    plain = ideal(wanted)
    seed = np.ascontiguousarray(np.asarray(plain.q).transpose(1, 2, 0))
    q = seed.copy()
    left = _newton(chain, q, wanted, _FEW)
    _polished(chain, q, left, wanted)
    open_ = _open(q, left)
    for size in _BESIDE:
        for way in (*_ASKEW, *(-way for way in _ASKEW)):
            lacking = np.flatnonzero(open_.any(0))
            near = pose(size * residual * way) @ wanted[lacking] @ pose(rotation=turn(way, size * tilt))
            _reseeded(chain, q, left, open_, lacking, np.asarray(ideal(near).q).transpose(1, 2, 0), wanted)
    _polished(chain, q, left, wanted)
    there = np.isfinite(seed[:, 0])
    # where so little moves a branch so far, there may be others beside it, and labels to spare
    far = there & (left <= MET) & (_apart(q.swapaxes(0, 1), seed.swapaxes(0, 1)) > _FAR)
    hard = np.flatnonzero((_open(q, left) & there).any(0) | (far.any(0) & ~there.all(0)))
    if len(hard):
        around = _around(wanted[hard], residual)
        starts = np.asarray(ideal(around.reshape(-1, 4, 4)).q).reshape(len(hard), -1, 6)
        for i, tried in zip(hard, starts, strict=True):
            q[:, :, i], left[:, i] = _searched(chain, seed[:, :, i], q[:, :, i], left[:, i], tried, wanted[i])
    _polished(chain, q, left, wanted)
    q -= math.tau * np.rint(q / math.tau)
    q = np.where((left <= NEAR)[:, None], q, np.nan)
    miss = np.where(np.isfinite(left), np.where(left <= MET, 0.0, left), np.asarray(plain.miss).T)
    return Branches(q=frozen(q).transpose(2, 0, 1), miss=frozen(miss).T)


def measured(chain: Chain, ideal: Branches, wanted: Array) -> Branches:
    """Return the branches of an ideal arm with what the real chain makes of them as their miss.

    For arms of fewer than six joints: where their axes are off, no position meets a pose of the ideal arm. Branches
    that miss by more than ``NEAR`` are none.
    """
    q, miss = np.array(ideal.q), np.array(ideal.miss)
    there = np.isfinite(q[..., 0])
    back = base_T_flange(chain, q[there])
    aim = wanted[np.nonzero(there)[0]]
    off = lengths(back[:, :3, 3] - aim[:, :3, 3])
    off = settled(np.maximum(off, rotation_angle(np.swapaxes(back[:, :3, :3], -1, -2) @ aim[:, :3, :3])))
    miss[there] = np.where(off > MET, off, 0.0)
    q[there] = np.where((off <= NEAR)[:, None], q[there], np.nan)
    return Branches(q=frozen(q), miss=frozen(miss))


def _around(wanted: Array, residual: float) -> Array:
    """Return poses (n, 72, 4, 4) all around each of ``wanted`` (n, 4, 4), as far as the arms are apart.

    Where two branches meet, or one joint makes up for another, the ideal arm's solutions of these lie all around too.
    """
    golden = 0.5 * (1.0 + math.sqrt(5.0))
    corners = [(0.0, a, b * golden) for a in (1.0, -1.0) for b in (1.0, -1.0)]
    ways = np.array([np.roll(c, k) for c in corners for k in range(3)]) / math.hypot(1.0, golden)
    shifts = [pose(size * residual * way) for size in _SIZES for way in ways]
    turns = [pose(rotation=turn(way, size * residual)) for size in _SIZES for way in ways]
    return np.concatenate([np.array(shifts) @ wanted[:, None], wanted[:, None] @ np.array(turns)], 1)


def _newton(chain: Chain, q: Array, wanted: Array, steps: int) -> Array:
    """Move ``q`` (k, 6, n) to where the chain meets ``wanted`` (n, 4, 4); return what is left (k, n)."""
    from .newton_kernel import LANES, newton  # compiles: only when asked

    axes, base_T_zero = _screws(chain)
    turned = wanted @ inv(base_T_zero)
    rows = np.ascontiguousarray(turned[:, :3, :].transpose(2, 1, 0).reshape(12, -1))
    left = np.empty((q.shape[0], q.shape[2]))
    newton(rows, axes, base_T_zero[:3, 3].copy(), CLOSE, steps, np.empty((100, LANES)), q, left)
    return left


@lru_cache(maxsize=64)
def _screws(chain: Chain) -> tuple[Array, Array]:
    """Return direction and point of each axis (6, 6), and the flange (4, 4), at zero."""
    lines = axis_lines(chain)
    return np.concatenate([lines.along, lines.point], 1), base_T_flange(chain, np.zeros(6))


def _open(q: Array, left: Array) -> NDArray[np.bool_]:
    """Return (k, n) which branches are not met, or are what a branch before them is."""
    open_ = ~(left <= MET)
    for i in range(1, len(q)):
        same = _apart(q[:i].swapaxes(0, 1), q[i][:, None]) < _SAME  # false where one is NaN
        open_[i] |= (same & ~open_[:i]).any(0)
    return open_


def _reseeded(
    chain: Chain,
    q: Array,
    left: Array,
    open_: NDArray[np.bool_],
    lacking: NDArray[np.intp],
    other: Array,
    wanted: Array,
) -> None:
    """Give branches of ``q`` (k, 6, n) that are ``open_`` (k, n) what is found from ``other`` (k, 6, m), if it is new.

    Where branches of the real arm begin, the ideal one has them a little beside the pose only, or more of them.
    ``lacking`` (m,) are the poses that ``other`` belongs to.
    """
    branch, of = np.nonzero(open_[:, lacking] & np.isfinite(other[:, 0]))
    if not len(of):
        return
    at, tried = lacking[of], np.ascontiguousarray(other[branch, :, of].T)[None]
    after = _newton(chain, tried, wanted[at], _SOME)[0]
    for j in np.flatnonzero(after <= MET):
        b, i = branch[j], at[j]
        if not (_apart(tried[0, :, j][:, None], q[~open_[:, i], :, i].T) < _SAME).any():
            q[b, :, i], left[b, i], open_[b, i] = tried[0, :, j], after[j], False


def _apart(a: Array, b: Array) -> Array:
    """Return the largest difference (...) of joints (6, ...) on the circle [rad]."""
    off = a - b
    return np.abs(off - math.tau * np.rint(off / math.tau)).max(0)


def _polished(chain: Chain, q: Array, left: Array, wanted: Array) -> None:
    """Bring branches of ``q`` (k, 6, n) that are met, but not as closely as can be, to the end: two are near there."""
    branch, at = np.nonzero((left > CLOSE) & (left <= MET))
    if len(at):
        tried = np.ascontiguousarray(q[branch, :, at].T)[None]
        after = _newton(chain, tried, wanted[at], _MANY)[0]
        better = (after < left[branch, at]) & (_apart(tried[0], q[branch, :, at].T) < _STAYS)
        q[branch[better], :, at[better]] = tried[0, :, better]
        left[branch[better], at[better]] = after[better]


def _searched(chain: Chain, seed: Array, q: Array, left: Array, tried: Array, wanted: Array) -> tuple[Array, Array]:
    """Return ``q`` (8, 6) and ``left`` (8,) of one pose, and what was found from ``tried`` (m, 6) where none was."""
    tried = np.ascontiguousarray(tried[np.isfinite(tried[:, 0])].T)[None]
    after = _newton(chain, tried, np.broadcast_to(wanted, (tried.shape[2], 4, 4)), _SOME)[0]
    coming = np.flatnonzero((after > CLOSE) & (after < _COMING))
    if len(coming):
        rest = np.ascontiguousarray(tried[:, :, coming])
        after[coming] = _newton(chain, rest, np.broadcast_to(wanted, (len(coming), 4, 4)), _MANY)[0]
        tried[:, :, coming] = rest
    found = _distinct(tried[0].T[after <= MET])
    q, left = q.copy(), left.copy()
    kept: list[Array] = []
    open_: list[int] = []
    for i in range(len(q)):
        if left[i] <= MET and not (kept and (_apart(q[i][:, None], np.array(kept).T) < _SAME).any()):
            kept.append(q[i])
        else:
            open_.append(i)
    # labels that the ideal arm has there come first, then those to spare
    for i in sorted(open_, key=lambda i: bool(np.isnan(seed[i, 0]))):
        has_seed = bool(np.isfinite(seed[i, 0]))
        if kept and len(found):
            found = found[(_apart(found.T[:, :, None], np.array(kept).T[:, None]) >= _SAME).all(1)]
        if len(found):
            q[i], left[i] = found[np.argmin(_apart(found.T, seed[i][:, None])) if has_seed else 0], 0.0
            kept.append(q[i])
        elif has_seed and left[i] > MET and len(after):
            # nothing new: the nearest that any start came to, another branch's solution included
            best = int(np.argmin(np.where(np.isfinite(after), np.maximum(after, MET), np.inf)))
            if after[best] < left[i]:
                q[i], left[i] = tried[0, :, best], after[best]
    return q, left


def _distinct(q: Array) -> Array:
    """Return the rows of ``q`` (m, 6) that differ from all before them."""
    rest, first = q, []
    while len(rest):
        first.append(rest[0])
        rest = rest[_apart(rest.T, rest[0][:, None]) >= _SAME]
    return np.array(first).reshape(-1, 6)
