"""The fastest run through waypoints within the limits of the joints, for one path or for thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import CellwrightError
from ..geometry import Array, frozen
from .reachability import through
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
    if s is None:
        way = np.sqrt(np.square(np.diff(points, axis=0) / limits.speed).sum(1))
        knots = np.concatenate([[0.0], np.cumsum(way)])
    else:
        knots = np.array(s, dtype=np.float64)
    every = [limits.speed, limits.acceleration, *([] if limits.jerk is None else [limits.jerk])]
    if len(points) < 3 or not (np.diff(knots) > 0.0).all() or not all((x > 0.0).all() for x in every):
        raise CellwrightError(
            "a run needs three waypoints or more, rising parameters and positive limits",
            fix="leave out waypoints that repeat the one before, and give every limit",
        )
    speed, acceleration, *jerk = (np.array(x, dtype=np.float64) for x in every)
    most = np.full(len(points) - 1, np.inf) if cap is None else np.array(cap, dtype=np.float64)
    if jerk:
        r, coefficient, zone, stretched, steps = run(knots, points, speed, acceleration, jerk[0], most)
        squared = pieces(r, coefficient)
        if not (np.isfinite(squared).all() and np.isfinite(stretched)):
            raise CellwrightError("no run keeps the limits of jerk", fix="smoother or more waypoints")
        t = stamps(r, squared)
        return Run(
            s=frozen(knots), q=frozen(points), r=frozen(r), squared=frozen(squared), t=frozen(t), zone=zone,
            stretched=max(float(stretched), 1.0), steps=int(steps),
        )  # fmt: skip
    at_knots = np.minimum(np.append(most, np.inf), np.append(np.inf, most))
    t, x = through(knots, points, speed, acceleration, at_knots)
    rate = np.diff(x) / np.diff(knots)
    squared = np.stack([x[:-1], rate, np.zeros_like(rate)], axis=1)
    return Run(
        s=frozen(knots), q=frozen(points), r=frozen(knots - knots[0]), squared=frozen(squared), t=frozen(t), zone=0.0
    )
