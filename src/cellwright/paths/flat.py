"""How flat a seam lies on a positioner: welds are best made from above, the pool level (PA of ISO 6947, then PB)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell, world_moved
from ..geometry import Array
from ..processes.work import Segment, Toolpath, length, poses
from .course import cut_at_knots
from .external import External

LEVEL = np.deg2rad(10.0)
"""Up to this lean from straight up a seam counts as flat [rad]."""

PRICE = 4.0
"""Price of a seam that leans, in seconds for each radian beyond ``LEVEL``: PB instead of PA, 35 deg, costs 2.4 s."""

_QUANTUM = 1e-3  # leans that differ by less are alike [rad]
_SPACING = 0.02  # of the places along a seam that are looked at [m]


def outward(toolpath: Toolpath) -> Array:
    """Return the way out of the seam (n, 3) at even places along the process, of unit length, seen from its frame.

    That is against the tool as it is nominally held, square to the seam: how it is pushed or dragged does not count.
    """
    found: list[Array] = []
    for segment in toolpath.segments:
        if segment.role == "process":
            n = max(2, int(np.ceil(length(segment) / _SPACING)))
            found.append(_outward(segment, (np.arange(n) + 0.5) / n))
    return np.concatenate(found)


def _outward(segment: Segment, share: Array) -> Array:
    held = poses(segment, share)
    step = poses(segment, share + 1e-3)[:, :3, 3] - poses(segment, share - 1e-3)[:, :3, 3]
    ahead = step / np.linalg.norm(step, axis=1, keepdims=True)
    out = -held[:, :3, 2]
    out = out - (out * ahead).sum(1, keepdims=True) * ahead
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def up(external: External) -> Array:
    """Return the world's upward direction (s, 3) as what is worked on sees it, at every sample of the axes."""
    at_zero = external.world_T_base(np.zeros((1, external.samples.shape[1])))[:, :3, :3]
    turned = external.world_T_base(external.samples)[:, :3, :3] @ np.swapaxes(at_zero, 1, 2)
    return turned[:, :, 2]


def leans(cell: Cell, toolpath: Toolpath, external: External) -> Array:
    """Return how far the way out of a seam leans from straight up (s,) on the mean of its places, at every sample."""
    out = outward(toolpath) @ cell.frames[toolpath.frame][:3, :3].T
    return np.arccos(np.clip(out @ up(external).T, -1.0, 1.0)).mean(0)


def knot_leans(cell: Cell, toolpath: Toolpath, external: External) -> Array:
    """Return how far the way out of a seam leans at its knots (k, s), at every sample; NaN where nothing is done.

    The knots are those at which the toolpath's pieces begin, the one where the process ends among them.
    """
    pieces = [piece for cut in cut_at_knots(toolpath) for piece in cut]
    found, world_up = np.full((len(pieces), len(external.samples)), np.nan), up(external).T
    for i, piece in enumerate(pieces):
        ended = piece.role != "process" and i > 0 and pieces[i - 1].role == "process"
        if piece.role == "process" or ended:
            out = _outward(pieces[i - 1], np.array([0.999])) if ended else _outward(piece, np.array([0.001]))
            seen = out @ cell.frames[toolpath.frame][:3, :3].T
            found[i] = np.arccos(np.clip(seen @ world_up, -1.0, 1.0))[0]
    return found


def price(lean: Array) -> Array:
    """Return what leans [rad] cost [s]."""
    return PRICE * np.maximum(0.0, np.round(lean / _QUANTUM) * _QUANTUM - LEVEL)


def flattest(external: External, lean: Array, count: int) -> NDArray[np.int64]:
    """Return the samples (count,) at which a seam lies flattest; of those that are alike the nearest to zero."""
    away = np.abs(external.samples).max(1)
    order = np.lexsort((np.arange(len(lean)), np.round(away, 6), np.round(price(lean) / _QUANTUM)))
    return order[:count]


def lean_at(cell: Cell, toolpath: Toolpath, q: Array) -> Array:
    """Return how far the way out of the seam leans from straight up (n, k): at its places, at ``q`` (k, dof) each."""
    out = outward(toolpath) @ cell.frames[toolpath.frame][:3, :3].T
    return np.arccos(np.clip(out @ world_moved(cell, q)[:, :3, 2].T, -1.0, 1.0))
