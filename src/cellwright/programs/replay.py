"""Where a robot goes when it runs a program: axes, frames and postures through the robot's own conventions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..controllers import begins, controller_of, rounding
from ..geometry import Array, interpolate, inv, pose, rotation_vector, turn
from ..kinematics.chain import Chain, base_T_flange, base_T_links, jacobian
from ..paths.model import Move as Planned
from ..processes.work import circle
from ..robots.model import ControllerMap, Robot
from ..units import from_deg, from_mm
from .statements import Move, Posture

STEPS = 24
"""Stations along a line or an arc; between two of them no joint of a sane path turns far."""


def axes_of(controller: ControllerMap, q: Array) -> Array:
    """Return the axes (..., dof) [rad or m] as the controller counts them, of the chain's joints ``q`` (..., dof)."""
    return q @ controller.axis_map.T + controller.axis_zero


def joints_of(controller: ControllerMap, axes: Array) -> Array:
    """Return the chain's joints (..., dof) [rad or m] of the controller's ``axes`` (..., dof)."""
    return (axes - controller.axis_zero) @ np.linalg.inv(controller.axis_map).T


def written_axes(robot: Robot, move: Move) -> Array | None:
    """Return all axes (dof,) of a joint target [rad or m], those beside the arm first; None of a pose."""
    if move.joints is None:
        return None
    beside = move.external[: robot.beside]
    if len(beside) < robot.beside:
        beside = (*beside, *[0.0] * (robot.beside - len(beside)))  # zeros at the end are not kept
    straight = robot.chain.prismatic[: robot.beside]
    axes = [from_mm(v) if slides else from_deg(v) for v, slides in zip(beside, straight, strict=True)]
    return np.concatenate([axes, move.joints])


def root_T_target(move: Move) -> Array:
    """Return the TCP's pose (4, 4) at the end of a move that is written as a pose, seen from the robot root.

    Raises:
        ValueError: the move holds no pose, or its user frame is not known.
    """
    if move.frame_T_tcp is None or move.frame.outer_T_frame is None:
        raise ValueError("a move without a pose or without a user frame")
    return move.frame.outer_T_frame @ move.frame_T_tcp


def base_T_flange_at(controller: ControllerMap, move: Move, root_T_tcp: Array) -> Array:
    """Return the flange (4, 4) seen from the base when the move's TCP stands at ``root_T_tcp`` (4, 4).

    Raises:
        ValueError: the tool frame is not known.
    """
    if move.tool.outer_T_frame is None:
        raise ValueError("a move without a tool frame")
    mount_T_tcp = move.tool.outer_T_frame
    return controller.base_T_root @ root_T_tcp @ inv(controller.flange_T_mount @ mount_T_tcp)


def follow(robot: Robot, moves: Sequence[Move], q: Array) -> Array:
    """Return the joints (n, dof) at the ends of lines and arcs that start at ``q`` (n, dof); NaN where one is lost.

    The flange is followed station by station from the start, as a controller does: a line keeps its configuration,
    whatever other solutions the end has. Damped Newton steps (Nakamura 1986), all moves side by side.
    """
    return ways(robot, moves, q)[-1]


def ways(robot: Robot, moves: Sequence[Move], q: Array) -> Array:
    """Return the joints (STEPS + 1, n, dof) at the stations of lines and arcs that ``follow`` follows."""
    chain, controller = robot.chain, robot.controller
    assert controller is not None
    stations = np.stack([_stations(controller, chain, move, start) for move, start in zip(moves, q, strict=True)])
    passed = [q.copy()]
    for k in range(1, stations.shape[1]):
        passed.append(_newton(chain, passed[-1], stations[:, k]))
    return np.stack(passed)


def _stations(controller: ControllerMap, chain: Chain, move: Move, q: Array) -> Array:
    """Return the flange's way (STEPS + 1, 4, 4) from where joints ``q`` put it to the move's end."""
    assert move.tool.outer_T_frame is not None
    flange_T_tcp = controller.flange_T_mount @ move.tool.outer_T_frame
    start = inv(controller.base_T_root) @ base_T_flange(chain, q) @ flange_T_tcp
    end = root_T_target(move)
    fraction = np.linspace(0.0, 1.0, STEPS + 1)
    way = interpolate(start, end, fraction)
    if move.frame_T_via is not None and move.frame.outer_T_frame is not None:
        via = (move.frame.outer_T_frame @ move.frame_T_via)[:3, 3]
        try:
            centre, axis, _, angle = circle(start[:3, 3], via, end[:3, 3])
        except ValueError:  # no arc goes through three points on a line
            return np.full_like(way, np.nan)
        position = centre + turn(axis, fraction * angle) @ (start[:3, 3] - centre)
        way = pose(position, way[:, :3, :3])
    return controller.base_T_root @ way @ inv(flange_T_tcp)


def _newton(chain: Chain, q: Array, target: Array, *, tries: int = 30, damping: float = 1e-5) -> Array:
    """Return the joints (n, dof) nearest to ``q`` (n, dof) that put the flange at ``target`` (n, 4, 4); NaN if none."""
    error = _error(chain, q, target)
    for _ in range(tries):
        late = np.linalg.norm(error, axis=-1) > 1e-9
        if not late.any():
            break
        j = jacobian(chain, q)
        square = j @ np.swapaxes(j, 1, 2) + damping**2 * np.eye(6)
        step = (np.swapaxes(j, 1, 2) @ np.linalg.solve(square, error[..., None]))[..., 0]
        largest = np.abs(step).max(-1, keepdims=True)
        q = np.where(late[:, None], q + step * np.minimum(1.0, 0.3 / np.maximum(largest, 0.3)), q)
        error = _error(chain, q, target)
    lost = ~(np.linalg.norm(error, axis=-1) <= 1e-6)
    return np.where(lost[:, None], np.nan, q)


def _error(chain: Chain, q: Array, target: Array) -> Array:
    """Return how far (n, 6) the flange is from its target: way [m], then turn [rad], seen from the base."""
    now = base_T_flange(chain, q)
    turned = rotation_vector(target[:, :3, :3] @ np.swapaxes(now[:, :3, :3], 1, 2))
    return np.concatenate([target[:, :3, 3] - now[:, :3, 3], turned], axis=-1)


def posture(robot: Robot, q: Array) -> Posture | None:
    """Return on which side the wrist of a six-axis arm stands at ``q`` (6,); None for other arms.

    Front is where the arm faces with the controller's axis 1 at zero: along x of the robot root.
    """
    controller, chain = robot.controller, robot.chain
    if controller is None or robot.family != "opw":
        return None
    axes = axes_of(controller, q)
    links = base_T_links(chain, q)
    ahead_of_zero = axes.copy()
    ahead_of_zero[0] = 0.0
    at_zero = base_T_links(chain, joints_of(controller, ahead_of_zero))
    base_R_root = controller.base_T_root[:3, :3]
    facing = links[1, :3, :3] @ at_zero[1, :3, :3].T @ base_R_root[:, 0]
    across = np.cross(base_R_root[:, 2], facing)
    origin = links[:, :3, 3]
    axis = np.stack([links[i + 1, :3, :3] @ chain.axis[i] for i in range(6)])
    centre = _nearest(origin[5], axis[4], origin[4], axis[3])
    arm = origin[3] - origin[2]
    arm = arm - (arm @ across) * across
    beyond = np.cross(arm, centre - origin[2]) @ across / np.linalg.norm(arm)
    return Posture(ahead=float((centre - origin[1]) @ facing), beyond=float(beyond), wrist=float(axes[4]))


def _nearest(point: Array, direction: Array, other: Array, along: Array) -> Array:
    """Return the point (3,) of one line that is nearest to another line."""
    normal = np.cross(direction, along)
    square = float(normal @ normal)
    if square < 1e-12:
        return point
    return point + float(np.cross(other - point, along) @ normal) / square * direction


def rounded_from(robot: Robot, start: Array, flange_T_tcp: Array, planned: Planned, move: Move) -> tuple[float, float]:
    """Return where the program lets the corner after a move begin, and where the timing of the plan does [m].

    Both through the controller's own model of its zones, on the way from joints ``start`` (dof,).

    Args:
        flange_T_tcp: (4, 4) the tool.

    Returns:
        The first is NaN where the program says no length and no share of a known way.
    """
    model = controller_of(robot).zone(planned.kind)
    way = math.inf  # a length is compared as it is said, whatever the controller makes of it on a short way
    if planned.kind == "joint" and model is not None and model.unit != "length":
        # by as many chords as programs are written with: whole percents flip at their edges
        tcp = _tcp_way(robot, start, planned.q, flange_T_tcp, 64)
        way = float(np.linalg.norm(np.diff(tcp[:, :3, 3], axis=0), axis=1).sum())
    said = begins(model, move.zone_share, way) if model is not None and move.zone_share is not None else move.zone
    # to whole picometres, as the other is
    return math.nan if said is None else round(said, 12), rounding(model, planned.zone, way, math.inf)


def _tcp_way(robot: Robot, start: Array, end: Array, flange_T_tcp: Array, n: int) -> Array:
    """Return the TCP (n + 1, 4, 4) seen from the base along a joint move from ``start`` to ``end`` (dof,)."""
    q = start + np.linspace(0.0, 1.0, n + 1)[:, None] * (end - start)
    return base_T_flange(robot.chain, q) @ flange_T_tcp


def implied_share(robot: Robot, start: Array, end: Array, flange_T_tcp: Array, move: Move) -> float:
    """Return the share of the joints' largest speeds at which a joint move keeps the TCP speed that is written.

    Args:
        robot: with known joint speeds.
        start: (dof,) joints [rad or m] before the move.
        end: (dof,) joints after it.
        flange_T_tcp: (4, 4) the tool.
        move: its ``axis_speed``, ``speed``, ``turn_speed`` or ``duration`` count.

    Returns:
        NaN where joint speeds are not known, where nothing moves, or where no speed is written.
    """
    tcp = _tcp_way(robot, start, end, flange_T_tcp, 256)
    way = float(np.linalg.norm(np.diff(tcp[:, :3, 3], axis=0), axis=-1).sum())
    turned = rotation_vector(np.swapaxes(tcp[:-1, :3, :3], 1, 2) @ tcp[1:, :3, :3])
    times = [
        _axes_time(robot, end - start, move.axis_speed),
        way / move.speed if move.speed else 0.0,
        float(np.linalg.norm(turned, axis=-1).sum()) / move.turn_speed if move.turn_speed else 0.0,
        move.duration or 0.0,
    ]
    fastest = float(np.max(np.abs(end - start) / robot.speed))
    return fastest / max(times) if max(times) > 0 and fastest > 0 else float("nan")


def _axes_time(robot: Robot, turned: Array, rates: tuple[float, ...]) -> float:
    """Return how long [s] the axes need at written rates, one of the leading axis or one an axis; 0 without any."""
    if not rates or robot.controller is None or len(rates) not in (1, len(turned)) or min(rates) <= 0.0:
        return 0.0
    axes = np.abs(robot.controller.axis_map @ turned)
    return float(np.max(axes / np.array(rates)))
