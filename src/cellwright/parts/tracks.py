"""Edges as tracks: position and direction at any share of the length; exact for lines and circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..geometry import Array, turn
from .model import Edge

_FIT = 2e-6  # [m] an edge of free form whose points fit a circle this well is an arc


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """A line, an arc or a curve in space, run from share 0 to share 1.

    Attributes:
        points: (n, 3) [m] along it, ends exact.
        centre, axis: (3,) of an arc; it turns by ``angle`` > 0 [rad] about ``axis``. Zeros otherwise.
        length: [m].
        closed: it ends where it started.
    """

    kind: Literal["line", "arc", "curve"]
    points: Array
    centre: Array
    axis: Array
    angle: float
    length: float
    closed: bool


def track(edge: Edge) -> Track:
    """Return the edge as a track in the direction of its points."""
    points = edge.points
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    closed = bool(np.linalg.norm(points[0] - points[-1]) < 1e-7) and len(points) > 2
    if edge.kind == "line" or steps.sum() - np.linalg.norm(points[-1] - points[0]) < 1e-9:
        return line(points[0], points[-1])
    circle = _circle(points)
    if edge.kind == "arc" and edge.centre is not None and edge.axis is not None:
        circle = edge.centre, edge.axis
    if circle is None:
        zero = np.zeros(3)
        length = float(steps.sum())
        return Track(kind="curve", points=points, centre=zero, axis=zero, angle=0.0, length=length, closed=closed)
    centre, axis = circle
    axis = axis / np.linalg.norm(axis)
    arms = points - centre
    way = (np.cross(arms[:-1], arms[1:]) @ axis).sum()
    axis = axis if way > 0 else -axis
    angle = 2 * np.pi if closed else _turned(arms[0], arms[-1], axis)
    return arc(points[0], centre, axis, angle)


def line(start: Array, end: Array) -> Track:
    """Return the straight track between two points (3,)."""
    zero = np.zeros(3)
    length = float(np.linalg.norm(end - start))
    points = np.stack([start, end])
    return Track(kind="line", points=points, centre=zero, axis=zero, angle=0.0, length=length, closed=False)


def arc(start: Array, centre: Array, axis: Array, angle: float) -> Track:
    """Return the track that turns by ``angle`` > 0 [rad] from ``start`` about the unit vector ``axis``."""
    steps = np.linspace(0.0, angle, max(3, int(np.ceil(angle / np.radians(5.0))) + 1))
    points = centre + turn(axis, steps) @ (start - centre)
    radius = float(np.linalg.norm(start - centre))
    closed = angle > 2 * np.pi - 1e-6
    return Track(kind="arc", points=points, centre=centre, axis=axis, angle=angle, length=radius * angle, closed=closed)


def along(way: Track, share: Array) -> tuple[Array, Array]:
    """Return positions (n, 3) [m] and unit directions (n, 3) at ``share`` (n,) of the length."""
    if way.kind == "line":
        step = way.points[-1] - way.points[0]
        return way.points[0] + share[:, None] * step, np.tile(step / max(way.length, 1e-12), (len(share), 1))
    if way.kind == "arc":
        arms = turn(way.axis, share * way.angle) @ (way.points[0] - way.centre)
        ahead = np.cross(way.axis, arms)
        return way.centre + arms, ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    steps = np.diff(way.points, axis=0)
    sizes = np.linalg.norm(steps, axis=1)
    knots = np.concatenate([[0.0], np.cumsum(sizes)])
    s = share * knots[-1]
    piece = np.clip(np.searchsorted(knots, s, side="right") - 1, 0, len(steps) - 1)
    ahead = steps[piece] / sizes[piece, None]
    return way.points[piece] + (s - knots[piece])[:, None] * ahead, _smooth(way, s, knots)


def cut(way: Track, start: float, end: float) -> Track:
    """Return the stretch from share ``start`` to share ``end`` > ``start``; a closed one may run past 1."""
    ends, _ = along(way, np.array([start, end]) % 1.0 if way.closed and way.kind == "curve" else np.array([start, end]))
    if way.kind == "line":
        return line(ends[0], ends[1])
    if way.kind == "arc":
        return arc(ends[0], way.centre, way.axis, (end - start) * way.angle)
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way.points, axis=0), axis=1))]) / way.length
    laps = [(knots + lap, way.points) for lap in range(int(np.ceil(end)))]
    inner = [points[(s > start + 1e-9) & (s < end - 1e-9)] for s, points in laps]
    points = np.concatenate([ends[:1], *inner, ends[1:]])
    points = points[np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-9])]
    zero = np.zeros(3)
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    closed = way.closed and end - start > 1 - 1e-9
    return Track(kind="curve", points=points, centre=zero, axis=zero, angle=0.0, length=length, closed=closed)


def reverse(way: Track) -> Track:
    """Return the same track run the other way."""
    return Track(
        kind=way.kind, points=way.points[::-1].copy(), centre=way.centre, axis=-way.axis, angle=way.angle,
        length=way.length, closed=way.closed,
    )  # fmt: skip


def _smooth(way: Track, s: Array, knots: Array) -> Array:
    """Directions that change evenly: at each point of the curve the mean of the pieces beside it."""
    ahead = np.diff(way.points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    if way.closed:
        at = np.concatenate([ahead[-1:], ahead]) + np.concatenate([ahead, ahead[:1]])
    else:  # at the ends the direction goes on turning as it did
        inner = ahead[:-1] + ahead[1:]
        ends = (
            (ahead[:1], ahead[-1:])
            if len(ahead) < 2
            else (2 * ahead[:1] - inner[:1] / 2, 2 * ahead[-1:] - inner[-1:] / 2)
        )
        at = np.concatenate([ends[0], inner, ends[1]])
    at /= np.maximum(np.linalg.norm(at, axis=1, keepdims=True), 1e-12)
    mixed = np.stack([np.interp(s, knots, at[:, k]) for k in range(3)], 1)
    return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-12)


def _turned(start: Array, end: Array, axis: Array) -> float:
    angle = float(np.arctan2(np.cross(start, end) @ axis, start @ end))
    return angle if angle > 0 else angle + 2 * np.pi


def _circle(points: Array) -> tuple[Array, Array] | None:
    """Return (centre, axis) of the circle through all points, or None."""
    if len(points) < 5:
        return None
    middle = points.mean(0)
    offset = points - middle
    x, y, axis = np.linalg.svd(offset)[2]
    flat = offset @ np.stack([x, y], 1)
    rows = np.concatenate([2 * flat, np.ones((len(flat), 1))], 1)
    (u, v, w), _, rank, _ = np.linalg.lstsq(rows, (flat**2).sum(1), rcond=1e-9)
    if rank < 3 or np.abs(offset @ axis).max() > _FIT:
        return None
    miss = np.abs(np.hypot(flat[:, 0] - u, flat[:, 1] - v) - np.sqrt(w + u * u + v * v)).max()
    return (middle + u * x + v * y, axis) if miss <= _FIT else None
