"""Axes beside the arm's own in one group: a track under its base, a positioner under what it works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..geometry import Array, frozen
from ..kinematics.chain import Chain, base_T_flange
from ..robots.beside import arm_of, beside_chain

_SLIDE_STEP, _TURN_STEP = 0.5, np.deg2rad(15.0)  # the ladder holds axes beside the arm about so far apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class External:
    """The axes beside the arm: those of the track first, then those of the positioner.

    Attributes:
        track: carries the arm's base on its flange; no joints where the base stands still.
        positioner: carries the frame of the toolpaths on its flange; no joints where that stands still.
        world_T_track, world_T_positioner: (4, 4) where the two are mounted.
        lower, upper, speed: (x,) [rad or m, per second].
        samples: (s, x) positions at which the ladder may hold them.
        next: (s, e) neighbours of each sample, itself first; -1 where there are fewer.
    """

    track: Chain
    positioner: Chain
    world_T_track: Array
    world_T_positioner: Array
    lower: Array
    upper: Array
    speed: Array
    samples: Array
    next: NDArray[np.int64]

    @property
    def prismatic(self) -> NDArray[np.bool_]:
        """(x,) True where an axis slides."""
        return np.concatenate([self.track.prismatic, self.positioner.prismatic])

    def world_T_base(self, e: Array) -> Array:
        """Return where the arm's base stands (n, 4, 4) at positions ``e`` (n, x)."""
        along = base_T_flange(self.track, e[:, : self.track.dof])
        return self.world_T_track @ along

    def world_T_frame(self, e: Array) -> Array:
        """Return where the frame of the toolpaths is (n, 4, 4) at positions ``e`` (n, x)."""
        turned = base_T_flange(self.positioner, e[:, self.track.dof :])
        return self.world_T_positioner @ turned


def external(
    *,
    track: Chain,
    positioner: Chain,
    world_T_track: Array,
    world_T_positioner: Array,
    lower: Array,
    upper: Array,
    speed: Array,
    counts: Sequence[int],
) -> External:
    """Return the axes with an even grid of ``counts`` samples an axis between its limits, both included.

    Raises:
        ValueError: an axis has no finite limits, or no count.
    """
    if not (len(counts) == len(lower) == len(upper) == track.dof + positioner.dof):
        raise ValueError("one count and one pair of limits an axis")
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        raise ValueError("an axis beside the arm needs finite limits to be sampled")
    grids = [
        np.linspace(a, b, n) if n > 1 else np.array([(a + b) / 2]) for a, b, n in zip(lower, upper, counts, strict=True)
    ]
    index = np.indices(tuple(counts)).reshape(len(counts), -1).T
    samples = np.stack([grid[i] for grid, i in zip(grids, index.T, strict=True)], -1)
    columns = [np.arange(len(samples))]
    strides = [int(np.prod(counts[j + 1 :])) for j in range(len(counts))]
    for j, n in enumerate(counts):
        for d in (-1, 1) if n > 1 else ():
            there = index[:, j] + d
            columns.append(np.where((there >= 0) & (there < n), columns[0] + d * strides[j], -1))
    return External(
        track=track, positioner=positioner, world_T_track=frozen(world_T_track),
        world_T_positioner=frozen(world_T_positioner), lower=frozen(lower), upper=frozen(upper), speed=frozen(speed),
        samples=frozen(samples), next=np.stack(columns, -1),
    )  # fmt: skip


def apart(cell: Cell) -> tuple[Cell, External | None]:
    """Return a cell with the arm alone, and its robot's axes beside the arm, None where it has none."""
    robot, n = cell.robot, cell.robot.beside
    if not n:
        return cell, None
    turned = 0 if cell.positioner is None else len(cell.positioner.joints)
    step = np.where(robot.chain.prismatic[:n], _SLIDE_STEP, _TURN_STEP)
    foot = cell.world_T_base  # of what carries the arm
    beside = external(
        track=beside_chain(robot.chain, n), positioner=no_axes(), world_T_track=foot,
        world_T_positioner=np.eye(4), lower=robot.lower[:n], upper=robot.upper[:n], speed=robot.speed[:n],
        counts=tuple(int(c) + 1 for c in np.ceil((robot.upper[:n] - robot.lower[:n]) / step - 1e-9)),
    )  # fmt: skip
    if cell.positioner is not None and not cell.positioner.coordinated:
        beside = _indexed(beside, turned)
    return replace(cell, robot=arm_of(robot), home=cell.home[n:]), beside


def _indexed(beside: External, still: int) -> External:
    """Return the axes without steps of the first ones, which keep their place while the tool works."""
    reached = beside.samples[beside.next]
    kept = (beside.next >= 0) & (np.abs(reached - beside.samples[:, None])[..., :still] < 1e-12).all(-1)
    kept[:, 0] = True
    return replace(beside, next=np.where(kept, beside.next, -1))


def some_of(beside: External, chosen: NDArray[np.int64]) -> External:
    """Return the axes with some of their samples, in the order in which they are chosen."""
    place = np.full(len(beside.samples) + 1, -1)
    place[chosen] = np.arange(len(chosen))
    return replace(beside, samples=frozen(beside.samples[chosen]), next=place[beside.next[chosen]])


def joined(beside: External) -> External:
    """Return the axes with a step from every sample to every other one."""
    n = len(beside.samples)
    return replace(beside, next=np.stack([(np.arange(n) + k) % n for k in range(n)], -1))


def no_axes() -> Chain:
    """Return a chain without joints: what does not move."""
    return Chain(
        joints=(), links=("fixed",), parent_T_joint=np.zeros((0, 4, 4)), axis=np.zeros((0, 3)),
        prismatic=np.zeros(0, np.bool_), last_T_flange=frozen(np.eye(4)),
    )  # fmt: skip
