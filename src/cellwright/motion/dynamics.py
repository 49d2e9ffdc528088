"""Joint torques of a run: recursive Newton-Euler on the chain, where every link's inertia is known.

Luh, Walker and Paul 1980. Motors' and gears' own inertia and friction are in no description: the torques are the arm's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..cell import Cell, Tool
from ..compiled import kernel
from ..geometry import Array, frozen, turn
from ..robots.model import Inertia, Robot

GRAVITY = 9.80665
"""Standard acceleration of free fall [m/s2]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dynamics:
    """What torques are computed from.

    Attributes:
        parent_T_joint: (dof, 4, 4), axis: (dof, 3), prismatic: (dof,) as in the chain.
        mass: (dof,) [kg] of the link that each joint moves, centre (dof, 3) [m], tensor (dof, 3, 3) [kg m2] about the
            centre, all in the link's frame; the tool counts to the last one.
        lift: (3,) [m/s2] against gravity, seen from the base.
        limit: (dof,) largest torques [N m or N]; NaN where unknown.
    """

    parent_T_joint: Array
    axis: Array
    prismatic: Array
    mass: Array
    centre: Array
    tensor: Array
    lift: Array
    limit: Array


def missing_for_torque(robot: Robot, tool: Tool) -> tuple[str, ...]:
    """Return what data is missing to tell the torques of the joints and to judge them; empty when nothing is."""
    links = [name for name, body in zip(robot.chain.links[1:], robot.inertia[1:], strict=True) if body is None]
    limits = robot.effort
    joints = [
        name for k, name in enumerate(robot.chain.joints) if limits is None or not (limits[k] > 0.0)
    ]  # a limit of zero is a description that says nothing
    return (
        *((f"inertia of {', '.join(links)}",) if links else ()),
        *((f"largest torque of {', '.join(joints)}",) if joints else ()),
        *(("mass of the tool",) if not isinstance(tool.mass.value, float) else ()),
        *(("centre of mass of the tool",) if tool.flange_p_centre is None else ()),
    )


def dynamics(robot: Robot, tool: Tool | None, base_R_world: Array) -> Dynamics:
    """Return what the torques of a robot with its tool are computed from.

    Args:
        tool: counts as a point mass at its centre, as its own inertia is published nowhere; None for a bare flange.
        base_R_world: (3, 3) the world's axes seen from the base; the world's z points up.

    Raises:
        ValueError: an inertia is unknown; `missing_for_torque` names it.
    """
    bodies = list(robot.inertia[1:])
    if any(body is None for body in bodies):
        raise ValueError("an inertia is unknown")
    known = [body for body in bodies if body is not None]
    if tool is not None:
        if not isinstance(tool.mass.value, float) or tool.flange_p_centre is None:
            raise ValueError("the tool's mass or centre is unknown")
        last_T_flange = robot.chain.last_T_flange
        centre = last_T_flange[:3, :3] @ tool.flange_p_centre + last_T_flange[:3, 3]
        known[-1] = _with(known[-1], tool.mass.value, centre)
    return Dynamics(
        parent_T_joint=frozen(robot.chain.parent_T_joint),
        axis=frozen(robot.chain.axis),
        prismatic=frozen(robot.chain.prismatic),
        mass=frozen([body.mass for body in known]),
        centre=frozen([body.centre for body in known]),
        tensor=frozen([body.tensor for body in known]),
        lift=frozen(base_R_world[:, 2] * GRAVITY),
        limit=frozen(np.full(robot.dof, np.nan) if robot.effort is None else robot.effort),
    )


def cell_dynamics(cell: Cell) -> Dynamics:
    """Return what the torques of a cell's robot are computed from; it may hang or lean."""
    return dynamics(cell.robot, cell.tool, cell.world_T_base[:3, :3].T)


def torques(model: Dynamics, q: Array, qd: Array, qdd: Array, *, gravity: bool = True) -> Array:
    """Return the joints' torques or forces (n, dof) [N m or N] at positions, speeds and accelerations (n, dof)."""
    lift = model.lift if gravity else np.zeros(3)
    return _newton_euler(
        model.parent_T_joint, model.axis, model.prismatic, model.mass, model.centre, model.tensor, np.array(lift),
        np.array(q, dtype=np.float64), np.array(qd, dtype=np.float64), np.array(qdd, dtype=np.float64),
    )  # fmt: skip


def torque_rows(model: Dynamics, q: Array, slope: Array, bend: Array) -> tuple[Array, Array, Array]:
    """Return limits ``|a u + b x + c| <= 1``, each (n, dof), of the torques along a way.

    ``slope`` and ``bend`` (n, dof) are the joints' derivatives by the way, ``u`` the acceleration along it and ``x``
    its squared speed; ``c`` is the share of its torque with which each joint holds the arm at rest.
    """
    rest = np.zeros_like(q)
    a, b, c = (
        torques(model, q, qd, qdd, gravity=weight) / model.limit
        for qd, qdd, weight in ((rest, slope, False), (slope, bend, False), (rest, rest, True))
    )
    return a, b, c


def wrist_moments(robot: Robot, tool: Tool) -> Array:
    """Return the largest moments (3,) [N m] with which the tool's weight turns the last three axes, in any position.

    The weight counts as standing across the axis, the joints behind it as turned to where the lever is longest.

    Raises:
        ValueError: the tool's mass or centre is unknown.
    """
    if not isinstance(tool.mass.value, float) or tool.flange_p_centre is None:
        raise ValueError("the tool's mass or centre is unknown")
    chain = robot.chain
    points = (chain.last_T_flange[:3, :3] @ tool.flange_p_centre + chain.last_T_flange[:3, 3])[None]
    levers: list[float] = []
    angles = np.linspace(0.0, 2.0 * np.pi, 73)[:-1]
    for k in range(chain.dof - 1, chain.dof - 4, -1):
        axis = chain.axis[k]
        levers.insert(0, float(np.linalg.norm(np.cross(points, axis), axis=1).max()))
        turned = turn(axis, angles) @ points.T  # (angles, 3, points)
        moved = np.moveaxis(turned, 1, 2).reshape(-1, 3)
        points = moved @ chain.parent_T_joint[k][:3, :3].T + chain.parent_T_joint[k][:3, 3]
    return tool.mass.value * GRAVITY * np.array(levers)


def _with(body: Inertia, mass: float, centre: Array) -> Inertia:
    """Return a body with a point mass joined to it."""
    whole = body.mass + mass
    d = centre - body.centre
    return Inertia(
        mass=whole,
        centre=frozen(body.centre + d * mass / whole),
        tensor=frozen(body.tensor + body.mass * mass / whole * ((d @ d) * np.eye(3) - np.outer(d, d))),
    )


@kernel
def _newton_euler(
    parent: Array,
    axes: Array,
    prismatic: Array,
    mass: Array,
    centre: Array,
    tensor: Array,
    lift: Array,
    q: Array,
    qd: Array,
    qdd: Array,
) -> Array:
    n, dof = q.shape
    found = np.empty((n, dof))
    turn = np.empty((dof, 3, 3))  # parent_R_link
    reach = np.empty((dof, 3))  # the link's origin seen from its parent
    force = np.empty((dof, 3))
    moment = np.empty((dof, 3))
    for row in range(n):
        w = np.zeros(3)
        dw = np.zeros(3)
        a = lift.copy()
        for k in range(dof):
            _pose(parent[k], axes[k], prismatic[k] > 0.0, q[row, k], turn[k], reach[k])
            p = reach[k]
            spin = _cross(w, _cross(w, p))
            a = _back(turn[k], a + _cross(dw, p) + spin)
            w = _back(turn[k], w)
            dw = _back(turn[k], dw)
            z = axes[k]
            if prismatic[k] > 0.0:
                a = a + z * qdd[row, k] + 2.0 * qd[row, k] * _cross(w, z)
            else:
                dw = dw + z * qdd[row, k] + qd[row, k] * _cross(w, z)
                w = w + z * qd[row, k]
            c = centre[k]
            force[k] = mass[k] * (a + _cross(dw, c) + _cross(w, _cross(w, c)))
            moment[k] = _times(tensor[k], dw) + _cross(w, _times(tensor[k], w)) + _cross(c, force[k])
        f = np.zeros(3)
        m = np.zeros(3)
        for k in range(dof - 1, -1, -1):
            f = f + force[k]
            m = m + moment[k]
            z = axes[k]
            what = f if prismatic[k] > 0.0 else m
            found[row, k] = z[0] * what[0] + z[1] * what[1] + z[2] * what[2]
            f = _times(turn[k], f)
            m = _times(turn[k], m) + _cross(reach[k], f)
    return found


@kernel
def _pose(parent: Array, axis: Array, prismatic: bool, q: float, turn: Array, reach: Array) -> None:
    """Fill the rotation (3, 3) and the origin (3,) of a link seen from its parent."""
    x, y, z = axis[0], axis[1], axis[2]
    s, c = (0.0, 1.0) if prismatic else (math.sin(q), math.cos(q))
    v = 1.0 - c
    to = q if prismatic else 0.0
    for i in range(3):
        a, b, d = parent[i, 0], parent[i, 1], parent[i, 2]
        turn[i, 0] = a * (c + x * x * v) + b * (y * x * v + z * s) + d * (z * x * v - y * s)
        turn[i, 1] = a * (x * y * v - z * s) + b * (c + y * y * v) + d * (z * y * v + x * s)
        turn[i, 2] = a * (x * z * v + y * s) + b * (y * z * v - x * s) + d * (c + z * z * v)
        reach[i] = parent[i, 3] + to * (a * x + b * y + d * z)


@kernel
def _cross(a: Array, b: Array) -> Array:
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@kernel
def _times(m: Array, a: Array) -> Array:
    return np.array(
        [
            m[0, 0] * a[0] + m[0, 1] * a[1] + m[0, 2] * a[2],
            m[1, 0] * a[0] + m[1, 1] * a[1] + m[1, 2] * a[2],
            m[2, 0] * a[0] + m[2, 1] * a[1] + m[2, 2] * a[2],
        ]
    )


@kernel
def _back(m: Array, a: Array) -> Array:
    return np.array(
        [
            m[0, 0] * a[0] + m[1, 0] * a[1] + m[2, 0] * a[2],
            m[0, 1] * a[0] + m[1, 1] * a[1] + m[2, 1] * a[2],
            m[0, 2] * a[0] + m[1, 2] * a[1] + m[2, 2] * a[2],
        ]
    )
