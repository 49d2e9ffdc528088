"""Rigid transforms as plain ``(..., 4, 4)`` arrays named ``a_T_b``: the pose of b seen from a."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def frozen(values: ArrayLike) -> Array:
    """Return a read-only float64 copy, safe to share between stages."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


def settled(values: ArrayLike, grid: float = 2.0**-40) -> Array:
    """Return read-only values on a grid, by default of a millionth of a micrometre.

    Processors differ in the last bits of norms, arc functions and linear algebra. On the grid they agree, and what is
    computed from it with plain arithmetic is the same everywhere.
    """
    return frozen(np.round(np.asarray(values, dtype=np.float64) / grid) * grid + 0.0)  # no -0.0


def dot(a: Array, b: Array) -> float:
    """Return the product of two vectors (3,), the same bits everywhere (``@`` is not)."""
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def length(vector: Array) -> float:
    """Return the length of a vector (3,), the same bits everywhere (``np.linalg.norm`` is not)."""
    return math.sqrt(dot(vector, vector))


def rotated(a_R_b: Array, b_p: Array) -> Array:
    """Return a vector (3,) seen from a, the same bits everywhere."""
    return np.array([dot(row, b_p) for row in a_R_b])


def inv(a_T_b: Array) -> Array:
    """Return ``b_T_a`` of rigid ``a_T_b``, both (..., 4, 4)."""
    b_T_a = np.zeros_like(a_T_b)
    b_R_a = np.swapaxes(a_T_b[..., :3, :3], -1, -2)
    b_T_a[..., :3, :3] = b_R_a
    # not by a matrix times a vector, whose last bit depends on the processor
    b_T_a[..., :3, 3] = -(a_T_b[..., :3, :3] * a_T_b[..., :3, 3:]).sum(-2)
    b_T_a[..., 3, 3] = 1.0
    return b_T_a


def pose(position: ArrayLike = (0.0, 0.0, 0.0), rotation: ArrayLike | None = None) -> Array:
    """Return ``a_T_b`` (..., 4, 4) from b's origin (..., 3) [m] and axes (..., 3, 3) seen from a."""
    p = np.asarray(position, dtype=np.float64)
    a_R_b = np.eye(3) if rotation is None else np.asarray(rotation, dtype=np.float64)
    a_T_b = np.zeros((*np.broadcast_shapes(p.shape[:-1], a_R_b.shape[:-2]), 4, 4))
    a_T_b[..., :3, :3] = a_R_b
    a_T_b[..., :3, 3] = p
    a_T_b[..., 3, 3] = 1.0
    return a_T_b


def turn(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Return the (..., 3, 3) rotation by ``angle`` (...) [rad] about the unit vector ``axis`` (3,) (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=np.float64)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    theta = np.asarray(angle, dtype=np.float64)[..., None, None]
    return np.eye(3) + np.sin(theta) * cross + (1.0 - np.cos(theta)) * (cross @ cross)


def turn_x(angle: ArrayLike) -> Array:
    """Return the (..., 3, 3) rotation by ``angle`` [rad] about x."""
    return turn((1.0, 0.0, 0.0), angle)


def turn_y(angle: ArrayLike) -> Array:
    """Return the (..., 3, 3) rotation by ``angle`` [rad] about y."""
    return turn((0.0, 1.0, 0.0), angle)


def turn_z(angle: ArrayLike) -> Array:
    """Return the (..., 3, 3) rotation by ``angle`` [rad] about z."""
    return turn((0.0, 0.0, 1.0), angle)


def rotation_vector(rotation: Array) -> Array:
    """Return axis times angle (..., 3) [rad], angle in [0, pi], of rotations (..., 3, 3); exact at 0 and pi."""
    r = rotation
    # quaternion by the largest of four squares (Shepperd 1978): no cancellation anywhere
    trace = r[..., 0, 0] + r[..., 1, 1] + r[..., 2, 2]
    squares = np.stack([trace, r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]], -1)
    best = np.argmax(squares, -1)
    w = np.stack([1 + trace, r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]], -1)
    x = np.stack(
        [w[..., 1], 1 + 2 * r[..., 0, 0] - trace, r[..., 0, 1] + r[..., 1, 0], r[..., 0, 2] + r[..., 2, 0]], -1
    )
    y = np.stack([w[..., 2], x[..., 2], 1 + 2 * r[..., 1, 1] - trace, r[..., 1, 2] + r[..., 2, 1]], -1)
    z = np.stack([w[..., 3], x[..., 3], y[..., 3], 1 + 2 * r[..., 2, 2] - trace], -1)
    table = np.stack([w, x, y, z], -2)
    q = np.take_along_axis(table, best[..., None, None], -2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 1e-300, angle / np.maximum(sine, 1e-300), 2.0)


def rotation_angle(rotation: Array) -> Array:
    """Return the angle (...) [rad] in [0, pi] of rotations (..., 3, 3)."""
    return np.linalg.norm(rotation_vector(rotation), axis=-1)


def interpolate(a_T_b: Array, a_T_c: Array, fraction: ArrayLike) -> Array:
    """Return the poses (n, 4, 4) at ``fraction`` (n,) of the straight way from b to c.

    The position moves on a line, the orientation turns about one axis at constant rate (the shorter way).
    """
    s = np.atleast_1d(np.asarray(fraction, dtype=np.float64))
    x, y, z = settled(rotation_vector(a_T_b[:3, :3].T @ a_T_c[:3, :3])).tolist()
    angle = math.sqrt(x * x + y * y + z * z)
    axis = np.array([x, y, z]) / angle if angle > 0 else np.array([0.0, 0.0, 1.0])
    position = a_T_b[:3, 3] + s[:, None] * (a_T_c[:3, 3] - a_T_b[:3, 3])
    return pose(position, a_T_b[:3, :3] @ turn(axis, s * angle))


def axes(z: ArrayLike, x: ArrayLike) -> Array:
    """Return the rotation (3, 3) whose z axis is along ``z`` (3,) and whose x axis is nearest to ``x`` (3,).

    Raises:
        ValueError: the two are parallel, or one has no length.
    """
    z_ = np.asarray(z, dtype=np.float64)
    z_ = z_ / _length(z_)
    x_ = np.asarray(x, dtype=np.float64)
    x_ = x_ - (x_ @ z_) * z_
    x_ = x_ / _length(x_)
    return np.stack([x_, np.cross(z_, x_), z_], axis=-1)


def _length(vector: Array) -> float:
    length = math.sqrt(float(vector @ vector))
    if length < 1e-12:
        raise ValueError("no direction: the vector has no length, or is parallel to the other one")
    return length
