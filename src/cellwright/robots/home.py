"""Where an arm may wait when nobody says: standard postures found on its joints alone, best first."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, frozen
from ..kinematics.chain import Chain, base_T_flange, base_T_links, jacobian

STEP = np.deg2rad(45.0)
"""The inner joints of a posture are whole multiples of this [rad]: what people write in programs."""

MARGIN = np.deg2rad(10.0)
"""No posture comes nearer to a joint limit than this [rad]; a slide stands in its middle."""

SWINGS = np.deg2rad((0.0, 45.0, -45.0, 90.0, -90.0))
"""Turns of the first axis, in the order in which they are offered."""

_POSTURES = 8
_AHEAD, _ABOVE = 0.5, 0.3  # wanted place of the flange from the second axis, in shares of the arm's length
_DOWN = np.array([1.0, -1.0]) / np.sqrt(2.0)  # wanted direction of the flange's z: ahead and down alike
_MOST_INNER = 5  # joints that are varied: a posture of a longer chain leaves the others straight
_SHORTLIST = 200
_QUANTUM = 1e-6


def postures(chain: Chain, lower: Array, upper: Array) -> Array:
    """Return postures (k, dof) [rad or m] to wait in, best first; one at least, whatever the limits.

    The first axis and the last stand at zero, the others at multiples of ``STEP``, all ``MARGIN`` inside the limits
    (or, where that leaves nothing, in the middle of the limits). Best is the sum of: how far the flange is from a
    place in front of the shoulder and above it, how far it looks from ahead and down, how low the elbow is, how near
    the arm is to a singular position. The best eight are offered again with the first axis turned by ``SWINGS``.
    Nothing is known here of bodies: who has a cell takes the first that is free in it.

    Args:
        chain: joints from a base whose z points up from what it stands on.
        lower, upper: (dof,) [rad or m]; infinite for a joint without end.
    """
    rest = _rest(chain, lower, upper)
    grid = _grid(chain, lower, upper, rest)
    size = float(np.linalg.norm(chain.parent_T_joint[2:, :3, 3], axis=1).sum()) + 1e-9
    cost = _awkward(chain, grid, size)
    near = np.argsort(np.round(cost / _QUANTUM), kind="stable")[:_SHORTLIST]
    grid, cost = grid[near], cost[near] + _singular(chain, grid[near], size)
    best = grid[np.argsort(np.round(cost / _QUANTUM), kind="stable")[:_POSTURES]]
    swung = np.repeat(best[None], len(SWINGS), 0)
    if not chain.prismatic[0]:
        swung[1:, :, 0] += SWINGS[1:, None]
    swung = swung.reshape(-1, chain.dof)
    inside = ((swung >= lower + MARGIN) & (swung <= upper - MARGIN) | (swung == rest)).all(1)
    _, first = np.unique(swung[inside], axis=0, return_index=True)
    return frozen(swung[inside][np.sort(first)])


def _rest(chain: Chain, lower: Array, upper: Array) -> Array:
    """Return zero where the limits leave room round it, else the middle between them; slides in their middle."""
    finite = np.isfinite(lower) & np.isfinite(upper)
    middle = np.where(finite, (np.where(finite, lower, 0.0) + np.where(finite, upper, 0.0)) / 2, 0.0)
    roomy = (lower <= -MARGIN) & (upper >= MARGIN) & ~chain.prismatic
    return np.where(roomy, 0.0, middle)


def _grid(chain: Chain, lower: Array, upper: Array, rest: Array) -> Array:
    """Return every posture (n, dof) of the inner joints within the limits."""
    steps = STEP * np.array((0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0))
    inner = [j for j in range(1, chain.dof - 1) if not chain.prismatic[j]][:_MOST_INNER]
    choices: list[Array] = []
    for j in range(chain.dof):
        allowed = steps[(steps >= lower[j] + MARGIN) & (steps <= upper[j] - MARGIN)]
        choices.append(allowed if j in inner and len(allowed) else rest[j : j + 1])
    return np.stack([axis.ravel() for axis in np.meshgrid(*choices, indexing="ij")], -1)


def _awkward(chain: Chain, q: Array, size: float) -> Array:
    """Return (n,) how far each posture is from what is wanted of flange and elbow, and from zero."""
    frames = base_T_links(chain, q)
    hand = base_T_flange(chain, q)
    shoulder, elbow = frames[:, min(2, chain.dof), :3, 3], frames[:, (chain.dof - 1) // 2 + 1, :3, 3]
    away = hand[:, :3, 3]
    ahead = np.linalg.norm(away[:, :2], axis=1)
    outwards = away[:, :2] / np.maximum(ahead, 1e-9)[:, None]
    face = hand[:, :3, 2]
    look = np.stack([(face[:, :2] * outwards).sum(1), face[:, 2]], -1)
    place = np.stack([ahead / size - _AHEAD, (away[:, 2] - shoulder[:, 2]) / size - _ABOVE], -1)
    behind = np.where(away[:, 0] < -1e-6, 0.3, 0.0)  # x of a base points to where the arm works
    far = np.abs(q[:, 1:] * ~chain.prismatic[1:]).sum(1) / np.pi
    return (
        np.linalg.norm(place, axis=1)
        + 0.5 * np.linalg.norm(look - _DOWN, axis=1)
        - 0.3 * (elbow[:, 2] - shoulder[:, 2]) / size
        + behind
        + 0.15 * far
    )


def _singular(chain: Chain, q: Array, size: float) -> Array:
    """Return (n,) from 0, as far from singular positions as the better half of the postures, to 1, in one."""
    scaled = jacobian(chain, q)
    scaled[:, :3] /= size
    least = np.linalg.svd(scaled, compute_uv=False)[:, -1]
    return 1.0 - np.minimum(least / max(float(np.median(least)), 1e-9), 1.0)
