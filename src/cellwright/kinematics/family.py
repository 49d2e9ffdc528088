"""Which family a chain belongs to, told by where its axes lie; names play no part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..geometry import Array, dot, frozen, length, rotated
from .chain import Chain, Family, base_T_links
from .vectors import applied

ANGLE = 1e-3
"""Axes within this angle [rad] of parallel or square count as such: descriptions round pi/2 to 1.5708, even to 1.57."""

LENGTH = 1e-4
"""Axes that pass each other within this distance [m] count as meeting."""

MEETING = 1e-3
"""Axes 5 and 6 of an arm with three parallel axes that pass within this distance [m] are taken for meeting, and the
branches corrected: some makers' descriptions leave up to 0.4 mm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """The joint axes as lines at q = 0, seen from the base.

    Attributes:
        point: (dof, 3) a point on each axis [m].
        along: (dof, 3) unit direction of positive motion.
    """

    point: Array
    along: Array

    def parallel(self, i: int, j: int) -> bool:
        """Axes i and j (from 0) point the same or the opposite way."""
        return length(np.cross(self.along[i], self.along[j])) < ANGLE

    def square(self, i: int, j: int) -> bool:
        """The directions of axes i and j are perpendicular; the axes need not meet."""
        return abs(dot(self.along[i], self.along[j])) < ANGLE

    def gap(self, i: int, j: int) -> float:
        """Return the shortest distance between axes i and j [m]."""
        between = self.point[j] - self.point[i]
        if self.parallel(i, j):
            return length(np.cross(self.along[i], between))
        normal = np.cross(self.along[i], self.along[j])
        return abs(dot(between, normal)) / length(normal)


def axis_lines(chain: Chain) -> Lines:
    """Return the joint axes at q = 0 as lines in the base frame."""
    frames = base_T_links(chain, np.zeros(chain.dof))[1:]
    along = applied(frames[:, :3, :3], chain.axis)
    return Lines(point=frozen(frames[:, :3, 3]), along=frozen(along))


def common_point(lines: Lines, *axes: int) -> tuple[Array, float]:
    """Return the point (3,) nearest to the given axes by least squares, and the largest distance to one of them [m]."""
    across = [np.eye(3) - np.outer(lines.along[i], lines.along[i]) for i in axes]
    offset = [rotated(a, lines.point[i]) for a, i in zip(across, axes, strict=True)]
    # the sum of projections, which are their own squares; solved by products that are the same bits everywhere
    (x, y, z), right = np.sum(across, 0).T, np.sum(offset, 0)
    planes = np.stack([np.cross(y, z), np.cross(z, x), np.cross(x, y)])
    point = frozen(rotated(planes, right) / dot(x, planes[0]))
    return point, max(length(rotated(a, point) - o) for a, o in zip(across, offset, strict=True))


@lru_cache(maxsize=256)  # a chain is a value: the same one is of the same family
def recognise(chain: Chain) -> Family:
    """Return the family of ``chain``.

    - ``opw``: six turning joints, ortho-parallel base (2 square to 1, 3 parallel to 2, 4 square to 3) and a spherical
      wrist (4, 5, 6 meet in a point, 5 square to 4 and to 6); any zero, sign and lateral offset.
    - ``three_parallel``: six turning joints, 2, 3 and 4 parallel at some distance, 5 and 6 meeting; no other two
      neighbours parallel.
    - ``general_6r``: any other six turning joints.
    - ``seven_r``, ``five_axis``: seven, five turning joints.
    - ``scara``: three turning and one sliding joint, all parallel, in any order.
    - ``palletiser_4``: four turning joints, 2 square to 1, 3 parallel to 2, 4 kept parallel to 1 by a passive joint.
    - ``general``: everything else.
    """
    lines = axis_lines(chain)
    if chain.dof == 4 and int(chain.prismatic.sum()) == 1:
        return "scara" if all(lines.parallel(0, i) for i in range(1, 4)) else "general"
    if bool(chain.prismatic.any()):
        return "general"
    if chain.passive:
        return "palletiser_4" if _kept_level(chain, lines) else "general"
    if chain.dof == 6:
        return _six_turning(lines)
    if chain.dof == 5:
        return "five_axis"
    return "seven_r" if chain.dof == 7 else "general"


def _kept_level(chain: Chain, lines: Lines) -> bool:
    """Return whether a passive joint before the fourth takes the turns of the second and the third back."""
    if chain.dof != 4 or len(chain.passive) != 1:
        return False
    passive = chain.passive[0]
    before = base_T_links(chain, np.zeros(4))[passive.before]
    pivot = before[:3, :3] @ passive.parent_T_pivot[:3, :3] @ passive.axis
    turns = lines.along[:, :] * [[0.0], [1.0], [1.0], [0.0]] + np.multiply.outer(passive.weights, pivot)
    level = passive.before == 3 and float(np.abs(turns).max()) < ANGLE
    return level and lines.square(0, 1) and lines.parallel(1, 2) and lines.parallel(0, 3)


def _six_turning(lines: Lines) -> Family:
    if lines.parallel(1, 2) and lines.parallel(2, 3):
        links = lines.gap(1, 2) > LENGTH and lines.gap(2, 3) > LENGTH and lines.gap(4, 5) < MEETING
        turned = not (lines.parallel(0, 1) or lines.parallel(3, 4) or lines.parallel(4, 5))
        return "three_parallel" if links and turned else "general_6r"
    base = lines.square(0, 1) and lines.parallel(1, 2) and lines.gap(1, 2) > LENGTH and lines.square(2, 3)
    if not (base and lines.square(3, 4) and lines.square(4, 5)):
        return "general_6r"
    wrist, off = common_point(lines, 3, 4, 5)
    forearm = length(np.cross(lines.along[2], wrist - lines.point[2]))
    return "opw" if off < LENGTH and forearm > LENGTH else "general_6r"
