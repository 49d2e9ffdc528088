"""Arms of three turning joints and a sliding one, all parallel (SCARA): measures, inverse kinematics, singularity.

All the turns are about parallel axes, so the slide alone sets the height, the sum of the turns the flange's angle, and
the last turning axis is reached by two links in a plane: two branches, the left and the right hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, length, pose, rotated
from .branches import NEAR, REACH, Asked, Branches, Limits, best_of
from .chain import Chain, base_T_flange
from .family import axis_lines, recognise
from .vectors import dots

EXACT = 1e-10
"""Axes that lean by less than this [rad] are parallel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaraGeometry:
    """A SCARA, seen at q = 0.

    Attributes:
        turning: (3,) indices of the turning joints, in the order of the chain.
        sliding: index of the sliding joint.
        upper, fore: distances between the turning axes [m].
        base_T_first: (4, 4) origin on the first turning axis, z along it, x towards the second one.
        flange_T_last: (4, 4) origin on the third turning axis, turned as ``first``.
        sign: (4,) direction of each joint against z of ``first``.
        bend: angle of the second link from the first [rad].
        exact: the axes are parallel to rounding, so that the closed form is the chain's own kinematics.
    """

    turning: tuple[int, int, int]
    sliding: int
    upper: float
    fore: float
    base_T_first: Array
    flange_T_last: Array
    sign: Array
    bend: float
    exact: bool


@lru_cache(maxsize=64)  # a chain is a value: the same one has the same measures
def scara_geometry(chain: Chain) -> ScaraGeometry:
    """Return the measures of a SCARA from its axes.

    Raises:
        CellwrightError: the chain is of another family, or two of its turning axes are one line.
    """
    if recognise(chain) != "scara":
        raise CellwrightError(
            "the arm has not three turning joints and a sliding one, all parallel", fix="see `recognise`"
        )
    lines = axis_lines(chain)
    first, second, third = (int(i) for i in np.flatnonzero(~chain.prismatic))
    z = lines.along[first]
    across = np.eye(3) - np.outer(z, z)
    upper, fore = (rotated(across, lines.point[b] - lines.point[a]) for a, b in ((first, second), (second, third)))
    if min(length(upper), length(fore)) < 1e-6:
        raise CellwrightError(
            "two turning axes of the arm are one line", fix="such an arm has no inverse kinematics here"
        )
    x = upper / length(upper)
    base_R_first = np.stack([x, np.cross(z, x), z], -1)
    last = pose(lines.point[first] + upper + fore, base_R_first)
    return ScaraGeometry(
        turning=(first, second, third),
        sliding=int(np.flatnonzero(chain.prismatic)[0]),
        upper=length(upper),
        fore=length(fore),
        base_T_first=frozen(pose(lines.point[first], base_R_first)),
        flange_T_last=frozen(inv(base_T_flange(chain, np.zeros(4))) @ last),
        sign=frozen(np.sign(dots(lines.along, z))),
        bend=math.atan2(dot(np.cross(upper, fore), z), dot(upper, fore)),
        exact=float(np.abs(lines.along @ base_R_first[:, :2]).max()) < EXACT,
    )


def solve_scara(geometry: ScaraGeometry, base_T_flange: Array) -> Branches:
    """Return both branches at the poses (n, 4, 4): 0 the second joint bent to the left (towards +z), 1 to the right.

    The flange stays level: a pose that leans by no more than ``NEAR`` [rad] is met upright, with the lean as its miss.
    """
    from . import scara_kernel  # compiles: only when asked

    n = len(base_T_flange)
    q, miss = np.empty((2, 4, n)), np.empty((2, n))
    scara_kernel.both_hands(
        np.ascontiguousarray(base_T_flange, dtype=np.float64), *_frames(geometry), np.array(geometry.sign),
        _order(geometry), np.empty((3, 12 * scara_kernel.BLOCK)), q, miss,
    )  # fmt: skip
    q.setflags(write=False)
    miss.setflags(write=False)
    return Branches(q=q.transpose(2, 0, 1), miss=miss.T)


def scara_margins(geometry: ScaraGeometry, base_T_flange: Array, limits: Limits) -> Array:
    """Return the smallest margin (n, 2) of either branch of `solve_scara`: see `margins`."""
    from . import scara_kernel  # compiles: only when asked

    margin = np.empty((2, len(base_T_flange)))
    poses = np.ascontiguousarray(base_T_flange, dtype=np.float64)
    work = np.empty((4, 12 * scara_kernel.BLOCK))
    scara_kernel.all_margins(poses, *_frames(geometry), *_seen(geometry, limits), work, margin)
    return margin.T


def scara_best(geometry: ScaraGeometry, asked: Asked, world_T_base: Array, limits: Limits) -> Array:
    """Return the best margin (p, o) of every operation from every base (p, 4, 4): see `best_margins`."""
    from . import scara_kernel  # compiles: only when asked

    room = np.empty((5, 12 * scara_kernel.BLOCK))
    return best_of(scara_kernel.best_margins, room, _frames(geometry), _seen(geometry, limits), asked, world_T_base)


def _frames(g: ScaraGeometry) -> tuple[Array, Array, Array]:
    """Return first_T_base, flange_T_last and the measures, as the kernels ask for them."""
    return inv(g.base_T_first), np.array(g.flange_T_last), np.array([g.upper, g.fore, g.bend, REACH, NEAR])


def _order(g: ScaraGeometry) -> NDArray[np.int64]:
    return np.array([*g.turning, g.sliding], dtype=np.int64)


def _seen(g: ScaraGeometry, limits: Limits) -> tuple[Array, Array, Array]:
    """Return the limits as the arm's own angles and slide, the turning joints first."""
    order = _order(g)
    middle = np.asarray(g.sign * limits[0])[order]
    middle[:3] -= math.tau * np.rint(middle[:3] / math.tau)
    wanted = limits[2].copy()
    wanted[2] = 0.0  # what exists is said by the rows already
    return middle, limits[1][order], wanted


def scara_singularity(geometry: ScaraGeometry, q: Array) -> Array:
    """Return the angle (..., 1) of the second link from stretched or folded at ``q`` (..., 4) [rad]."""
    second = geometry.turning[1]
    bent = geometry.sign[second] * np.asarray(q, dtype=np.float64)[..., second] + geometry.bend
    return np.abs(np.arcsin(np.sin(bent)))[..., None]
