"""The fastest run through waypoints within the limits of the joints, for one path or for thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array
from .reachability import distances, through
from .smooth import pieces, run, sample, stamps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """Largest speeds, accelerations and jerks (dof,) of the joints [rad or m, s]; jerk may be unlimited."""

    speed: Array
    acceleration: Array
    jerk: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A run along the natural cubic spline through waypoints, from rest to rest.

    Attributes:
        s: (n,) parameters of the waypoints, q: (n, dof) they themselves.
        r: (N + 1,) nodes of the eased parameter, the same as ``s - s[0]`` where the jerk is not limited.
        squared: (N, 3) squared speed of ``r`` at the beginning of every interval and its two derivatives by ``r``.
        t: (N + 1,) [s] at the nodes.
        zone: on how much of the parameter at both ends ``r`` eases; 0 where the jerk is not limited.
        stretched: by how much the optimum between stations had to be slowed down so that every limit holds; 1 = not.
        steps: of the optimiser.
    """

    s: Array
    q: Array
    r: Array
    squared: Array
    t: Array
    zone: float
    stretched: float = 1.0
    steps: int = 0

    @property
    def duration(self) -> float:
        """Time from rest to rest [s]."""
        return float(self.t[-1])

    def at(self, t: Array) -> Array:
        """Return the joints' positions, speeds, accelerations and jerks (4, k, dof) at rising times ``t`` (k,) [s]."""
        r, squared, now, s, q = (np.array(x) for x in (self.r, self.squared, self.t, self.s, self.q))
        return sample(r, squared, now, s, q, self.zone, np.ascontiguousarray(t, dtype=np.float64))


def parameterise(q: Array, limits: Limits, *, s: Array | None = None, cap: Array | None = None) -> Run:
    """Return the fastest run through waypoints.

    With speeds and accelerations alone it is the optimum of the reachability method on the waypoints as grid. With jerk
    it is a local optimum on the same grid whose limits are proven between the nodes too.

    Args:
        q: (n, dof) waypoints, n >= 3.
        s: (n,) rising parameters of the waypoints; by default how far apart they are in joint space.
        cap: (n - 1,) largest speed of ``s`` from each waypoint to the next [1/s], as a tool speed asks; inf = none.

    Raises:
        CellwrightError: fewer than three waypoints, parameters that do not rise, limits that are not positive.
    """
    points = np.array(q, dtype=np.float64)
    speed, acceleration = (np.array(x, dtype=np.float64) for x in (limits.speed, limits.acceleration))
    knots = distances(points, speed) if s is None else np.array(s, dtype=np.float64)
    most = np.full(len(points) - 1, np.inf) if cap is None else np.array(cap, dtype=np.float64)
    if limits.jerk is not None:
        jerk = np.array(limits.jerk, dtype=np.float64)
        _refuse(knots, speed, acceleration, jerk)
        r, coefficient, zone, stretched, steps = run(knots, points, speed, acceleration, jerk, most)
        squared = pieces(r, coefficient)
        if not (np.isfinite(squared).all() and np.isfinite(stretched)):
            raise CellwrightError("no run keeps the limits of jerk", fix="smoother or more waypoints")
        t = stamps(r, squared)
        found = Run(
            s=knots,
            q=points,
            r=r,
            squared=squared,
            t=t,
            zone=zone,
            stretched=max(float(stretched), 1.0),
            steps=int(steps),
        )
    else:
        _refuse(knots, speed, acceleration)
        t, squared = through(knots, points, speed, acceleration, most)
        found = Run(s=knots, q=points, r=knots - knots[0], squared=squared, t=t, zone=0.0)
    for array in (found.s, found.q, found.r, found.squared, found.t):  # made here, so that no copy is needed
        array.setflags(write=False)
    return found


def _refuse(knots: Array, *limits: Array) -> None:
    if len(knots) < 3 or not (knots[1:] > knots[:-1]).all() or not all(bool((x > 0.0).all()) for x in limits):
        raise CellwrightError(
            "a run needs three waypoints or more, rising parameters and positive limits",
            fix="leave out waypoints that repeat the one before, and give every limit",
        )
