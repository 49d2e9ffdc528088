"""Products, angles and turns of many vectors at once, the same bits on every processor and in every batch.

Matrices times vectors, dot products and arc functions of numpy differ in the last bit from processor to processor, and
a product of many rows may differ from that of a few. Here they are sums and products in a fixed order.
"""

from __future__ import annotations

import math

import numpy as np

from ..geometry import Array

STILL = 1e-12
"""A direction shorter than this [m] tells no angle."""


def dots(a: Array, b: Array) -> Array:
    """Return the products (...) of vectors (..., 3)."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def crosses(a: Array, b: Array) -> Array:
    """Return the cross products (..., 3) of vectors (..., 3)."""
    return np.cross(a, b)


def lengths(vector: Array) -> Array:
    """Return the lengths (...) of vectors (..., 3)."""
    return np.sqrt(dots(vector, vector))


def applied(rotation: Array, vector: Array) -> Array:
    """Return ``rotation`` (..., 3, 3) @ ``vector`` (..., 3)."""
    return dots(rotation, vector[..., None, :])


def arcs(y: Array, x: Array | float) -> Array:
    """Return atan2(y, x) (...) to 3 ulp, as `blocks.arc` computes it."""
    ax, ay = np.abs(x), np.abs(y)
    steep = ay > ax
    large, small = np.where(steep, ay, ax), np.where(steep, ax, ay)
    upper = small > 0.41421356237309503 * large
    t = np.where(upper, small - large, small) / (np.where(upper, small + large, large) + 1e-300)
    z = t * t
    y2 = z * z
    y4 = y2 * y2
    p = (1.9999999999104573e-1 * z - 3.333333333333022e-1) + (1.111110670331974e-1 * z - 1.4285714196520202e-1) * y2
    r = (7.690083288388633e-2 * z - 9.09078352354335e-2) + (5.693162170043208e-2 * z - 6.641245710216405e-2) * y2
    p = p + (r + (2.12800592977206e-2 * z - 4.3608182328841706e-2) * y4) * y4
    angle = t + t * (z * p)
    angle = np.where(upper, angle + 0.25 * math.pi, angle)
    angle = np.where(steep, 0.5 * math.pi - angle, angle)
    angle = np.where(np.less(x, 0.0), math.pi - angle, angle)
    return np.where(y < 0.0, -angle, angle)


def circle(a: Array | float, b: Array | float, g: Array, beyond: float) -> tuple[Array, Array]:
    """Return both angles (n,) with a cos + b sin = g; the nearest to it where it is missed by rounding, else NaN."""
    a, b = np.asarray(a), np.asarray(b)
    size = np.sqrt(a * a + b * b)
    root = np.sqrt(np.maximum((size - g) * (size + g), 0.0))
    half, middle = np.where(np.abs(g) > size + beyond, np.nan, arcs(root, g)), arcs(b, a)
    return middle + half, middle - half


def between(axis: Array, a: Array, b: Array) -> Array:
    """Return the angle (n,) about ``axis`` that turns ``a`` (n, 3) towards ``b`` (n, 3), 0 where one lies along it."""
    across, along = dots(np.cross(a, b), axis), dots(a, b) - dots(a, axis) * dots(b, axis)
    return np.where(across * across + along * along < STILL * STILL, 0.0, arcs(across, along))


def unit(vector: Array) -> Array:
    """Return the directions of vectors (..., 3)."""
    return vector / np.maximum(lengths(vector)[..., None], STILL)


def aside(vector: Array) -> Array:
    """Return a unit direction (..., 3) square to each ``vector`` (..., 3)."""
    least = np.eye(3)[np.argmin(np.abs(vector), axis=-1)]
    return unit(np.cross(vector, least))


def turns_about(axis: Array, angle: Array) -> Array:
    """Return the turns (n, 3, 3) about unit axes (n, 3)."""
    s, c = np.sin(angle)[:, None], np.cos(angle)[:, None]
    columns = [c * e + s * np.cross(axis, e) + (1.0 - c) * axis * dots(axis, e)[:, None] for e in np.eye(3)]
    return np.stack(columns, -1)


def shortest(a: Array, b: Array) -> Array:
    """Return the shortest turns (n, 3, 3) of the directions ``a`` (n, 3) to ``b`` (n, 3)."""
    a, b = unit(a), unit(b)
    # twice reflected: at the plane across a + b, then across b; where b = -a any plane through a does
    mid = a + b
    opposite = lengths(mid) < STILL
    mid = unit(np.where(opposite[:, None], aside(b), mid))
    first = 2.0 * mid[:, :, None] * mid[:, None, :] - np.eye(3)
    second = 2.0 * b[:, :, None] * b[:, None, :] - np.eye(3)
    return np.where(opposite[:, None, None], first, second @ first)


def angles_of(axis: Array, rotation: Array) -> Array:
    """Return the angles (n,) of turns (n, 3, 3) about unit axes (n, 3)."""
    across = aside(axis)
    turned = applied(rotation, across)
    return arcs(dots(np.cross(across, turned), axis), dots(across, turned))
