"""Palletisers of four axes whose flange is kept level: measures, inverse kinematics, singularity.

Rods take the turns of axes 2 and 3 back before axis 4, so that the flange only moves along with the end of the forearm
and turns about the upright: axis 1 comes from where axis 4 is, axes 2 and 3 from an arm of two links in a plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, dot, frozen, inv, length, pose
from .branches import NEAR, REACH, Branches
from .chain import Chain, base_T_flange, base_T_links
from .family import axis_lines, recognise
from .vectors import applied

EXACT = 1e-10
"""Axes that are off parallel or square by less than this are not off."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PalletiserGeometry:
    """A palletiser, seen at q = 0; its own angles t follow from ``t = sign * q + offset``.

    Frame ``first``: origin on axis 1 nearest to axis 2, z along axis 1, y along axis 2.

    Attributes:
        base_T_first: (4, 4) at q1 = 0.
        flange_T_last: (4, 4) origin on axis 4, turned as ``first``.
        aside: how far axis 4 lies along axis 2 from the origin of ``first`` [m].
        ahead, up: from axis 2 to axis 4 at no reach of the links: what stays when they are taken away [m].
        upper, fore: distances from axis 2 to 3, from 3 to the passive joint [m].
        sign: (4,) 1 or -1.
        offset: (4,) [rad].
        exact: the axes are parallel and square to rounding.
    """

    base_T_first: Array
    flange_T_last: Array
    aside: float
    ahead: float
    up: float
    upper: float
    fore: float
    sign: Array
    offset: Array
    exact: bool


@lru_cache(maxsize=64)  # a chain is a value: the same one has the same measures
def palletiser_geometry(chain: Chain) -> PalletiserGeometry:
    """Return the measures of a palletiser from its axes.

    Raises:
        CellwrightError: the chain is of another family.
    """
    if recognise(chain) != "palletiser_4":
        raise CellwrightError("the arm has not four axes with the last one kept upright", fix="see `recognise`")
    lines = axis_lines(chain)
    u1, u2 = lines.along[:2]
    between, cosine = lines.point[1] - lines.point[0], dot(u1, u2)
    s = (dot(between, u1) - cosine * dot(between, u2)) / (1.0 - cosine * cosine)
    y = u2 - cosine * u1
    y = y / length(y)
    base_T_first = pose(lines.point[0] + s * u1, np.stack([np.cross(y, u1), y, u1], -1))
    first_T_base = inv(base_T_first)
    pivot = (base_T_links(chain, np.zeros(4))[3] @ chain.passive[0].parent_T_pivot)[:3, 3]
    points = np.array([lines.point[1], lines.point[2], pivot, lines.point[3]])
    shoulder, elbow, end, last = applied(first_T_base[:3, :3], points) + first_T_base[:3, 3]
    upper, fore, rest = elbow - shoulder, end - elbow, shoulder + (last - end)
    turns = math.atan2(upper[0], upper[2]), math.atan2(fore[0], fore[2])
    seen = applied(base_T_first[:3, :3].T, lines.along)
    ideal = np.abs(seen) - np.array([[0, 0, 1], [0, 1, 0], [0, 1, 0], [0, 0, 1]])
    return PalletiserGeometry(
        base_T_first=frozen(base_T_first),
        flange_T_last=frozen(inv(base_T_flange(chain, np.zeros(4))) @ pose(lines.point[3], base_T_first[:3, :3])),
        aside=float(last[1]),
        ahead=float(rest[0]),
        up=float(rest[2]),
        upper=math.hypot(upper[0], upper[2]),
        fore=math.hypot(fore[0], fore[2]),
        sign=frozen([1.0, 1.0, np.sign(seen[2, 1]), np.sign(seen[3, 2])]),
        offset=frozen([0.0, turns[0], math.remainder(turns[1] - turns[0], math.tau), 0.0]),
        exact=float(np.abs(ideal).max()) < EXACT,
    )


def solve_palletiser(geometry: PalletiserGeometry, base_T_flange: Array) -> Branches:
    """Return the four branches at the poses (n, 4, 4), index ``2 * shoulder + elbow``.

    - shoulder: 0 axis 4 lies ahead of axis 1 in the plane of the arm, 1 behind it;
    - elbow: 0 the forearm is bent from z towards x of the arm's plane, 1 the other way.

    The flange stays level: a pose that leans by no more than ``NEAR`` [rad] is met upright, with the lean as its miss.
    """
    from . import palletiser_kernel  # compiles: only when asked

    g = geometry
    n = len(base_T_flange)
    q, miss = np.empty((4, 4, n)), np.empty((4, n))
    palletiser_kernel.four_branches(
        np.ascontiguousarray(base_T_flange, dtype=np.float64),
        inv(g.base_T_first),
        np.array(g.flange_T_last),
        np.array([g.aside, g.ahead, g.up, g.upper, g.fore, REACH, NEAR]),
        np.array(g.sign),
        np.array(g.offset),
        np.empty((3, 12 * palletiser_kernel.BLOCK)),
        q,
        miss,
    )
    q.setflags(write=False)
    miss.setflags(write=False)
    return Branches(q=q.transpose(2, 0, 1), miss=miss.T)


def palletiser_singularity(geometry: PalletiserGeometry, q: Array) -> Array:
    """Return how far ``q`` (..., 4) [rad] is from singular: elbow from stretched [rad], axis 4 from axis 1 [m]."""
    g = geometry
    t = g.sign * np.asarray(q, dtype=np.float64) + g.offset
    ahead = g.ahead + g.upper * np.sin(t[..., 1]) + g.fore * np.sin(t[..., 1] + t[..., 2])
    return np.stack([np.abs(np.arcsin(np.sin(t[..., 2]))), np.abs(ahead)], -1)
