"""How well poses are reached, without writing the joints: what selection and placement rank millions of poses by."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array, dot, inv
from .branches import REACH, Asked, Branches, Limits
from .chain import Chain
from .family import axis_lines, recognise
from .inverse import solve
from .opw import opw_geometry
from .scara import scara_best, scara_geometry, scara_margins
from .three_parallel import three_parallel_geometry
from .tracking import MET, tracked
from .turns import branch_margin, middle_and_half

NONE = -4.0
"""What `best_margins` begins to count from where there is no branch: less than any margin of one, which is -pi."""

_JUMP = 1.0  # a joint that turns further between two samples has gone to another branch [rad]
_BATCH = 20_000  # poses that are solved at once where no kernel is fused


def margins(
    chain: Chain,
    base_T_flange: Array,
    lower: Array,
    upper: Array,
    *,
    wrist: float = 0.0,
    most: float = math.inf,
    none: float = -math.inf,
) -> Array:
    """Return how much room each branch of each pose has (n, k) [rad or m].

    That is the smallest of its distances from the joint limits (each joint at its best turn) and, where ``wrist`` is
    not 0, of ``wrist`` times the angle of the wrist from straight or folded (`wrist_angle`); ``most`` at most. It is
    negative where a joint is outside its limits, by so much. The branches are those of `solve` with their indices; an
    arm that is slightly off its ideal arm is judged as that one: its margins differ by about as little.

    Args:
        chain: of the families ``opw``, ``three_parallel`` and ``scara`` in one fused kernel; of others by `solve`.
        base_T_flange: (n, 4, 4).
        lower: (dof,) limits [rad or m]; infinite for a joint that turns without end.
        upper: likewise.
        wrist: weight of the wrist's angle.
        most: more room than this adds nothing.
        none: stands where there is no branch.

    Raises:
        CellwrightError: the chain's family has no solver.
    """
    poses = np.asarray(base_T_flange, dtype=np.float64)
    limits = _limits(chain, lower, upper, wrist, most, none, 0.0)
    family = recognise(chain)
    if family == "opw":
        from .opw_ik import opw_margins  # compiles: only when asked

        return opw_margins(opw_geometry(chain), poses, limits)
    if family == "three_parallel":
        from .three_parallel_ik import three_parallel_margins  # compiles: only when asked

        return three_parallel_margins(three_parallel_geometry(chain), poses, limits)
    if family == "scara":
        return scara_margins(scara_geometry(chain), poses, limits)
    branches = solve(chain, poses)
    return np.where(np.isnan(branches.q[..., 0]), none, rooms(chain, branches, lower, upper, wrist=wrist, most=most))


def best_margins(
    chain: Chain,
    asked: Asked,
    world_T_base: Array,
    lower: Array,
    upper: Array,
    *,
    wrist: float = 1.0,
    most: float = 1.0,
) -> Array:
    """Return how well each operation is reached from each base (p, o), no branch of any pose being written.

    It is the largest, over the runs of an operation and the branches of the arm, of the smallest margin along the run,
    where at a sample with several poses the best of them counts:

    - above 0: some branch follows some run from end to end, and stays that far from its limits and, weighed, from a
      straight wrist, as `margins` counts [rad or m]; ``most`` at most;
    - from -pi to 0: a branch reaches every pose of a run, but leaves its limits by so much [rad or m];
    - ``NONE`` and below: none does. ``shortfall`` tells how far the best one is from it [m]; 0 where only an angle is
      missing. Minus infinity where an operation has no pose.

    ``opw``, ``three_parallel`` and ``scara`` arms are solved in one fused kernel, some 1e7 poses a second and core. A
    ``general_6r`` arm, whose branches have no labels, is solved at the first pose of a run, and its branches are
    followed from there by `tracked`, some 1e-4 s and 1e-5 s: a branch that is lost on the way counts as none. Where its
    samples have several poses it is taken to change its branch between them. Any other arm goes through `solve`, from
    1e-7 s (``palletiser_4``) to 1e-3 s (``seven_r``) a pose: ask slow ones at fewer bases, once bounds have thinned
    them.

    Args:
        chain: the arm.
        asked: poses of its flange, in the world.
        world_T_base: (p, 4, 4) where its base may stand.
        lower: (dof,) limits [rad or m]; infinite for a joint that turns without end.
        upper: likewise.
        wrist: weight of the wrist's angle; 0 for none.
        most: more room than this adds nothing.

    Raises:
        CellwrightError: the chain's family has no solver.
    """
    if not len(asked.ends):
        return np.full((len(world_T_base), asked.count), -math.inf)
    limits = _limits(chain, lower, upper, wrist, most, NONE, 1.0)
    family = recognise(chain)
    if family == "opw":
        from .opw_ik import opw_best  # compiles: only when asked

        return opw_best(opw_geometry(chain), asked, world_T_base, limits)
    if family == "three_parallel":
        from .three_parallel_ik import three_parallel_best  # compiles: only when asked

        return three_parallel_best(three_parallel_geometry(chain), asked, world_T_base, limits)
    if family == "scara":
        return scara_best(scara_geometry(chain), asked, world_T_base, limits)
    if family == "general_6r" and (asked.ends > 0).all():
        return _best_of_followed(chain, asked, world_T_base, lower, upper, wrist, most)
    return _best_of_branches(chain, asked, world_T_base, lower, upper, wrist, most)


def shortfall(best: Array) -> Array:
    """Return how far out of reach (...) [m] what `best_margins` returned is; 0 where it is reached."""
    return np.where(best <= NONE, NONE - best, 0.0)


def rooms(
    chain: Chain, branches: Branches, lower: Array, upper: Array, *, wrist: float = 0.0, most: float = math.inf
) -> Array:
    """Return how much room each of ``branches`` has (n, k) as `margins` counts; NaN where there is none."""
    margin = branch_margin(branches, np.asarray(lower), np.asarray(upper), sliding=chain.prismatic)
    if wrist > 0.0 and chain.dof == 6:
        margin = np.minimum(margin, wrist * wrist_angle(chain, branches.q))
    return np.minimum(margin, most)


def wrist_angle(chain: Chain, q: Array) -> Array:
    """Return the angle (...) [rad] by which joint 5 bends the wrist of a six-axis arm from straight or folded.

    0 is where axis 6 is nearest to parallel to axis 4, of a ``three_parallel`` arm to axis 2: there a spherical wrist
    loses a direction of motion, and one with an offset is close to it.
    """
    bend = np.asarray(q, dtype=np.float64)[..., 4] - _straight(chain)
    return np.abs(bend - math.pi * np.rint(bend / math.pi))


@lru_cache(maxsize=256)  # a chain is a value: the same one is straight at the same angle
def _straight(chain: Chain) -> float:
    """Return joint 5 where the wrist is straight [rad]."""
    if recognise(chain) == "opw":
        arm = opw_geometry(chain)
        return float(-arm.sign[4] * arm.offset[4])
    if recognise(chain) == "three_parallel":
        other = three_parallel_geometry(chain)
        return float(-other.sign[4] * other.offset[4])
    four, five, six = axis_lines(chain).along[3:]
    flat_4, flat_6 = (u - dot(u, five) * five for u in (four, six))
    return math.atan2(dot(np.cross(flat_6, flat_4), five), dot(flat_6, flat_4))


def _limits(
    chain: Chain, lower: Array, upper: Array, wrist: float, most: float, none: float, share: float
) -> Limits:  # fmt: skip
    middle, half = middle_and_half(np.asarray(lower), np.asarray(upper))
    family, beyond = recognise(chain), REACH
    if family in ("opw", "three_parallel"):
        # what the ideal arm just misses, the real one may reach
        arm = opw_geometry(chain) if family == "opw" else three_parallel_geometry(chain)
        beyond = REACH if arm.exact else 10.0 * arm.residual
    return middle, half, np.array([wrist, most, beyond, none, share])


def _best_of_branches(
    chain: Chain, asked: Asked, world_T_base: Array, lower: Array, upper: Array, wrist: float, most: float
) -> Array:
    """Return `best_margins` of an arm that no kernel is fused for."""
    best = np.full((len(world_T_base), asked.count), -math.inf)
    n = len(asked.ends)
    step = max(1, _BATCH // n)
    for k in range(0, len(best), step):
        poses = inv(world_T_base[k : k + step])[:, None] @ asked.world_T_flange
        branches = solve(chain, poses.reshape(-1, 4, 4))
        # a branch that is only not real beside others that are is no way out of reach
        out = np.where(np.isfinite(branches.miss), branches.miss, 0.0)
        margin = rooms(chain, branches, lower, upper, wrist=wrist, most=most)
        margin = np.where(np.isnan(margin), NONE - np.maximum(out, 0.0), margin)
        if recognise(chain) == "general_6r":
            margin = margin.max(-1, keepdims=True)
        for one, row in zip(margin.reshape(-1, n, margin.shape[1]), best[k : k + step], strict=True):
            _reduce(one, asked.ends, asked.operation, row)
    return best


def _best_of_followed(
    chain: Chain, asked: Asked, world_T_base: Array, lower: Array, upper: Array, wrist: float, most: float
) -> Array:
    """Return `best_margins` of an arm whose branches are followed along runs with one pose a sample."""
    last = np.flatnonzero(asked.ends == 2)
    first = np.concatenate([[0], last[:-1] + 1])
    best = np.full((len(world_T_base), asked.count), -math.inf)
    for base, row in zip(np.asarray(world_T_base), best, strict=True):
        poses = inv(base) @ asked.world_T_flange
        branches = solve(chain, poses[first])
        q, out = np.array(branches.q), np.where(np.isfinite(branches.miss), branches.miss, 0.0)
        least = rooms(chain, branches, lower, upper, wrist=wrist, most=most)
        least = np.where(np.isnan(least), NONE - np.maximum(out, 0.0), least)
        before = q.copy()
        for step in range(1, int((last - first).max()) + 1):
            run, branch = np.nonzero((least > NONE) & (first + step <= last)[:, None])
            if not len(run):
                break
            now = q[run, branch]
            moved = now - before[run, branch]
            ahead = now + moved - math.tau * np.rint(moved / math.tau)
            found, left = tracked(chain, ahead, poses[first[run] + step])
            jump = np.abs(found - now)
            jump = np.minimum(jump, math.tau - jump).max(-1)
            here = rooms(chain, Branches(q=found[:, None], miss=left[:, None]), lower, upper, wrist=wrist, most=most)
            followed = (left < MET) & (jump < _JUMP)
            before[run, branch], q[run, branch] = now, found
            least[run, branch] = np.where(followed, np.minimum(least[run, branch], here[:, 0]), NONE)
        np.maximum.at(row, asked.operation[first], least.max(-1))
    return best


def _reduce(margin: Array, ends: NDArray[np.int64], operation: NDArray[np.int64], best: Array) -> None:
    """Raise ``best`` (o,) by the best run and branch of each operation; ``margin`` is (n, k)."""
    sample_first = np.concatenate([[0], np.flatnonzero(ends[:-1] > 0) + 1])
    here = np.maximum.reduceat(margin, sample_first, axis=0)
    kind = ends[np.append(sample_first[1:] - 1, len(ends) - 1)]
    run_first = np.concatenate([[0], np.flatnonzero(kind[:-1] == 2) + 1])
    run = np.minimum.reduceat(here, run_first, axis=0).max(1)
    np.maximum.at(best, operation[sample_first[run_first]], run)
