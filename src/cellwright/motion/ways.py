"""What way the joints take along the moves: dense positions, corners rounded where a zone allows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cell import Cell
from ..controllers import controller_of, rounding
from ..errors import UnreachableError
from ..geometry import Array, inv
from ..kinematics.chain import base_T_flange
from ..kinematics.inverse import solve
from ..paths.model import Move, Path
from ..processes.work import Segment, poses
from ..robots.beside import arm_chain, beside_chain
from .tracks import tcp_positions

TOOL_STEP = 0.001  # largest way of the TCP between two rows [m]
JOINT_STEP = np.deg2rad(0.25)
CORNER_STEP = np.deg2rad(3.0)  # largest turn of the TCP's way between two rows in a corner of lines and arcs
DIGITS = (
    9  # of joint positions along lines and arcs [rad or m]: the last bits of inverse kinematics differ by processor
)
FIRST = (1 / 64, 1 / 16, 1 / 4)  # shares of the first step from a stop at which there are rows too
SHORTEST = 0.25  # share of a step that a cut keeps off the rows on both sides, always towards the corner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """Joint positions from one exact stop to the next.

    Attributes:
        q: (n, dof) [rad or m].
        tcp: (n, 3) TCP in the world [m].
        move: (n,) index of the move that leads to each row; the first row belongs to the first move.
    """

    q: Array
    tcp: Array
    move: NDArray[np.int32]


def ways(cell: Cell, path: Path) -> tuple[Way, ...]:
    """Return the joints' way along ``path``, cut at its exact stops.

    Raises:
        UnreachableError: a line or arc cannot be followed without a jump of the joints.
    """
    pieces: list[Array] = []
    here = path.start
    world_T_here = tcp_of(cell, here[None])[0]
    for k, move in enumerate(path.moves):
        frame_T_here = inv(cell.frames[move.frame]) @ world_T_here
        pieces.append(
            _joint_way(cell, here, move) if move.kind == "joint" else _tool_way(cell, here, frame_T_here, move, k)
        )
        here, world_T_here = pieces[-1][-1], cell.frames[move.frame] @ move.frame_T_tcp
    tcp = [tcp_track(cell, piece) for piece in pieces]
    zones = _zones(cell, path, tcp)
    found: list[Way] = []
    first = 0
    for k in range(len(pieces)):
        if zones[k] == 0.0:
            part = slice(first, k + 1)
            found.append(_rounded(cell, path.moves, pieces[part], tcp[part], zones[part], first))
            first = k + 1
    return tuple(found)


def _zones(cell: Cell, path: Path, tcp: list[Array]) -> list[float]:
    """Return how far from the end of each move its controller begins to round the corner [m]; 0 = exact stop."""
    controller = controller_of(cell.robot)
    length = [float(np.linalg.norm(np.diff(track, axis=0), axis=1).sum()) for track in tcp]
    return [
        rounding(controller.zone(move.kind), move.zone, before, after)
        for move, before, after in zip(path.moves, length, [*length[1:], 0.0], strict=True)
    ]


def tcp_of(cell: Cell, q: Array) -> Array:
    """Return the TCP poses (n, 4, 4) in the world at joint positions ``q`` (n, dof)."""
    return cell.world_T_base @ base_T_flange(cell.robot.chain, q) @ cell.tool.flange_T_tcp


def tcp_track(cell: Cell, q: Array) -> Array:
    """Return the TCP (n, 3) [m] in the world at joint positions ``q`` (n, dof)."""
    return tcp_positions(cell.robot.chain, cell.world_T_base, cell.tool.flange_T_tcp, q)


def _joint_way(cell: Cell, start: Array, move: Move) -> Array:
    coarse = start + np.linspace(0, 1, 33)[:, None] * (move.q - start)
    travel = np.linalg.norm(np.diff(tcp_track(cell, coarse), axis=0), axis=1).max() * 32
    n = int(np.ceil(max(travel / TOOL_STEP * 1.05, np.abs(move.q - start).max() / JOINT_STEP, 1.0)))
    return start + np.linspace(0, 1, n + 1)[:, None] * (move.q - start)


def _tool_way(cell: Cell, start: Array, frame_T_start: Array, move: Move, index: int) -> Array:
    segment = Segment(
        kind="arc" if move.kind == "arc" else "line",
        frame_T_start=frame_T_start,
        frame_T_end=move.frame_T_tcp,
        via=None if move.frame_T_via is None else move.frame_T_via[:3, 3],
        speed=move.speed,
        tolerance=0.0,
        role="process",
    )
    n = max(2, int(np.ceil(_travel(segment) / TOOL_STEP)))
    while True:
        q = _follow(cell, segment, start, move, np.linspace(0.0, 1.0, n + 1), index)
        step = float(np.abs(np.diff(q, axis=0)).max())
        if step <= JOINT_STEP:
            return np.round(q, DIGITS)
        n = int(np.ceil(n * step / JOINT_STEP * 1.05))


def _travel(segment: Segment) -> float:
    points = poses(segment, np.linspace(0, 1, 65))[:, :3, 3]
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()) * 1.001


def _follow(cell: Cell, segment: Segment, start: Array, move: Move, fraction: Array, index: int) -> Array:
    world_T_frame = cell.frames[move.frame]
    base_T_tcp = inv(cell.world_T_base) @ world_T_frame @ poses(segment, fraction)
    wanted = base_T_tcp @ inv(cell.tool.flange_T_tcp)
    if n := cell.robot.beside:
        # axes beside the arm run evenly from end to end, as controllers move them along a line
        beside = start[:n] + fraction[:, None] * (move.q - start)[:n]
        stand = base_T_flange(beside_chain(cell.robot.chain, n), beside)
        arm = np.asarray(solve(arm_chain(cell.robot.chain, n), inv(stand) @ wanted).q)
        q = np.concatenate([np.broadcast_to(beside[:, None], (*arm.shape[:2], n)), arm], -1)
    else:
        q = np.asarray(solve(cell.robot.chain, wanted).q)
    turning = ~cell.robot.chain.prismatic

    def near(a: Array, b: Array) -> Array:
        return np.where(turning, a - 2 * np.pi * np.round((a - b) / (2 * np.pi)), a)

    apart = np.abs(near(q[0], start) - start).max(1)
    branch = int(np.nanargmin(np.where(np.isnan(apart), np.inf, apart)))
    track = q[:, branch].copy()
    track[0] = near(track[0], start)
    step = np.diff(track, axis=0)
    step = np.where(turning, step - 2 * np.pi * np.round(step / (2 * np.pi)), step)
    track = np.concatenate([track[:1], track[:1] + np.cumsum(step, 0)])
    jump = np.isnan(track).any() or np.abs(step).max() > 0.3 or np.abs(track[0] - start).max() > 1e-5
    if jump or np.abs(near(track[-1], move.q) - move.q).max() > 1e-5:
        raise UnreachableError(
            f"move {index} cannot be followed on one branch",
            fix="the tool passes near a singularity: allow more free turn, or another approach",
        )
    return track


def _rounded(
    cell: Cell, moves: tuple[Move, ...], pieces: list[Array], tcp: list[Array], zones: list[float], first: int
) -> Way:
    """Join the ways of moves, with a parabola in joint space round each corner, from where its zone begins."""
    q: list[Array] = []
    owner: list[int] = []
    begin = 0.0
    for k, piece in enumerate(pieces):
        last = k == len(pieces) - 1
        stop = len(piece) - 1.0 if last else _enters(tcp[k], zones[k])
        places = [begin, *np.arange(np.floor(begin) + 1.0, np.ceil(stop)), *([stop] if stop > begin else [])]
        q.append(_at(piece, np.array(places)))
        owner += [first + k] * len(places)
        if last:
            break
        following = pieces[k + 1]
        begin = len(following) - 1 - _enters(tcp[k + 1][::-1], zones[k])
        n = 2 * int(np.ceil(max(len(piece) - 1 - stop, begin)))  # no step longer than those it replaces
        if "joint" not in (moves[first + k].kind, moves[first + k + 1].kind):
            n = max(n, 2 * int(np.ceil(_turn(tcp[k], tcp[k + 1]) / (2.0 * CORNER_STEP))))
        s = np.linspace(0.0, 1.0, n + 1)[1:-1, None]
        ends = _at(piece, np.array([stop])), _at(following, np.array([begin]))
        q.append((1 - s) ** 2 * ends[0] + 2 * s * (1 - s) * piece[-1] + s**2 * ends[1])
        owner += [first + k] * (n // 2) + [first + k + 1] * (n // 2 - 1)
    joints = _from_rest(np.concatenate(q))
    owner = [owner[0]] * len(FIRST) + owner + [owner[-1]] * len(FIRST)
    return Way(q=joints, tcp=tcp_track(cell, joints), move=np.array(owner, np.int32))


def _from_rest(q: Array) -> Array:
    """Return rows (n, dof) with more of them in the first and the last step, where the speed is gained and lost."""
    first, last = (q[a] + np.array(FIRST)[:, None] * (q[b] - q[a]) for a, b in ((0, 1), (-1, -2)))
    return np.concatenate([q[:1], first, q[1:-1], last[::-1], q[-1:]])


def _at(rows: Array, places: Array) -> Array:
    """Return what lies at ``places`` (k,) of rows (n, dof), counted in rows; between two of them on a straight way."""
    i = np.minimum(places.astype(np.int64), len(rows) - 2)
    share = (places - i)[:, None]
    return np.where(
        share == 0.0, rows[i], np.where(share == 1.0, rows[i + 1], rows[i] + share * (rows[i + 1] - rows[i]))
    )


def _enters(tcp: Array, zone: float) -> float:
    """Return at which row, with a fraction, the TCP (n, 3) enters the zone round its last row for good.

    At the earliest half-way. The fraction keeps off the rows themselves, so that no step becomes very short.
    """
    corner, half = tcp[-1], (len(tcp) - 1) / 2.0
    away = np.linalg.norm(tcp - corner, axis=1) > zone
    if not away.any():
        return half
    i = int(np.flatnonzero(away)[-1])
    out, way = tcp[i] - corner, tcp[i + 1] - tcp[i]
    along, square = float(out @ way), float(way @ way)
    # |out + share way| = zone, and the first of both places
    share = (-along - np.sqrt(max(along * along - square * (float(out @ out) - zone * zone), 0.0))) / square
    if share < SHORTEST:
        share = SHORTEST
    elif share > 1.0 - SHORTEST and i + 1 < len(tcp) - 1:
        share = 1.0
    return max(round(i + float(share), DIGITS), half)


def _turn(before: Array, after: Array) -> float:
    """Return by how much [rad] the TCP turns from the end of one track (n, 3) to the beginning of another."""
    a, b = before[-1] - before[-2], after[1] - after[0]
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
