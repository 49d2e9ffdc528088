"""Whole turns of joints: an angle is met again after 2 pi, and joint limits decide which of its turns are there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from .branches import Branches

ROUNDING = 1e-12
"""A turn that passes a limit by no more than this [rad] stands on the limit."""


def limit_margin(q: Array, lower: Array, upper: Array, *, sliding: NDArray[np.bool_] | None = None) -> Array:
    """Return how far each joint's best turn stays from its nearer limit (..., dof) [rad or m].

    Args:
        q: (..., dof); NaN gives NaN.
        lower: (dof,) limits; infinite for a joint that turns without end.
        upper: (dof,) likewise.
        sliding: (dof,) True for joints in m, which have no turns; none by default.

    Returns:
        Negative where every turn is outside, by how much; infinite where a side has no limit.
    """
    middle, half = middle_and_half(lower, upper)
    off = q - middle
    turned = np.abs(off - math.tau * np.rint(off / math.tau))
    return half - (turned if sliding is None else np.where(sliding, np.abs(off), turned))


def coupled_margin(q: Array, coupling: Array, lower: Array, upper: Array) -> Array:
    """Return how far sums of joints stay from their limits (..., m) [rad]: what a parallelogram limits is q2 + q3.

    A description counts axis 3 from link 2, so that the chain needs no coupling; how the controller counts it is in the
    robot's `ControllerMap`, and where its rods end the travel is a limit on the sum.

    Args:
        q: (..., dof) of turning joints [rad]; NaN gives NaN.
        coupling: (m, dof) whole numbers, a row a sum: a whole turn of a joint is then whole turns of the sum.
        lower: (m,) limits of the sums; infinite where there is none.
        upper: (m,) likewise.
    """
    return limit_margin(q @ coupling.T, lower, upper)


def branch_margin(branches: Branches, lower: Array, upper: Array, *, sliding: NDArray[np.bool_] | None = None) -> Array:
    """Return the smallest joint margin (n, k) of every branch, in one compiled pass; NaN where there is no branch.

    The same as ``limit_margin(branches.q, lower, upper).min(-1)``, many times faster.
    """
    from .turns_kernel import smallest_margin  # compiles: only when asked

    middle, half = middle_and_half(lower, upper)
    turning = np.ones(len(middle)) if sliding is None else np.where(sliding, 0.0, 1.0)
    margin = np.empty((branches.q.shape[1], branches.q.shape[0]))
    smallest_margin(np.ascontiguousarray(branches.q.transpose(1, 2, 0)), middle, half, turning, margin)
    return margin.T


def nearest_turn(
    q: Array, near: Array, lower: Array, upper: Array, *, sliding: NDArray[np.bool_] | None = None
) -> Array:
    """Return the turn of ``q`` (..., dof) within the limits that is nearest to ``near`` (..., dof), joint by joint.

    A joint without a turn within its limits is NaN, and so is one whose ``q`` is NaN.
    """
    first, last = _turns(q, lower, upper, sliding)
    wanted = np.rint((near - q) / math.tau)
    at = q + math.tau * np.clip(wanted, first, np.maximum(first, last))
    return np.where(first <= last, np.clip(at, lower, upper), np.nan)


def all_turns(
    q: Array, lower: Array, upper: Array, *, sliding: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], Array]:
    """Return every joint position within the limits that is ``q`` (n, dof) up to whole turns.

    Rows with NaN, or with a joint that has no turn within its limits, give nothing. A joint without end gives its turn
    in [-pi, pi] only: the caller unwinds it (`nearest_turn`).

    Returns:
        row: (m,) which row of ``q`` each position comes from, ascending.
        q: (m, dof), the turns of one row in lexical order.
    """
    first, last = _turns(q, lower, upper, sliding)
    endless = ~(np.isfinite(lower) & np.isfinite(upper))
    once = np.clip(-np.rint(q / math.tau), first, np.maximum(first, last))
    first, last = np.where(endless, once, first), np.where(endless & (first <= last), once, last)
    count = np.where(first <= last, last - first + 1.0, 0.0)
    count = np.where(np.isnan(count), 0.0, count).astype(np.intp)
    many = np.prod(count, axis=-1)
    row = np.repeat(np.arange(len(q)), many)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    found = np.empty((len(row), q.shape[-1]))
    for j in range(q.shape[-1] - 1, -1, -1):
        radix = count[row, j]
        found[:, j] = q[row, j] + math.tau * (first[row, j] + rank % radix)
        rank = rank // radix
    return row, np.clip(found, lower, upper)


def middle_and_half(lower: Array, upper: Array) -> tuple[Array, Array]:
    """Return the middle and half the width of the limits; 0 and infinity where a side has none."""
    bounded = np.isfinite(lower) & np.isfinite(upper)
    low, high = np.where(bounded, lower, 0.0), np.where(bounded, upper, 0.0)
    return 0.5 * (low + high), np.where(bounded, 0.5 * (high - low), np.inf)


def _turns(q: Array, lower: Array, upper: Array, sliding: NDArray[np.bool_] | None) -> tuple[Array, Array]:
    """Return the first and the last whole number of turns within the limits; first > last where there is none."""
    first = np.ceil((lower - ROUNDING - q) / math.tau)
    last = np.floor((upper + ROUNDING - q) / math.tau)
    if sliding is None:
        return first, last
    return np.where(sliding, np.maximum(first, 0.0), first), np.where(sliding, np.minimum(last, 0.0), last)
