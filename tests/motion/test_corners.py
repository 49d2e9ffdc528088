"""A seam with a corner: rounded within the tolerance, at the asked speed, or told where and how fast it can be."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cellwright.checks import check
from cellwright.controllers import accelerations, missed, zone_within
from cellwright.geometry import Array, frozen, inv, pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.motion.timing import time_path
from cellwright.motion.ways import tcp_track
from cellwright.paths.model import Move, Path
from cellwright.processes.work import Operation, Segment, Toolpath, Work
from small_cell import judgement, path, seams, small_cell

CELL = small_cell()
TOLERANCE = 1e-4
LEG = 0.04  # m


@pytest.mark.parametrize("turn", np.deg2rad([1.0, 20.0, 37.0, 90.0, 150.0, 179.0]))
def test_the_zone_keeps_the_corners_triangle_within_the_tolerance(turn):
    zone = zone_within(turn, TOLERANCE, 0.002)
    start, end = zone * np.array([-1.0, 0.0]), zone * np.array([np.cos(turn), np.sin(turn)])
    s = np.linspace(0.0, 1.0, 1001)[:, None]
    parabola = (1 - s) ** 2 * start + s**2 * end

    assert np.linalg.norm((start + end) / 2) <= TOLERANCE * (1 + 1e-9)
    assert np.linalg.norm(parabola, axis=1).min() == pytest.approx(missed(turn, zone), rel=1e-6)
    assert zone == 0.002 or np.linalg.norm((start + end) / 2) > TOLERANCE - 2e-6


@cache
def bent(turn: float, speed: float) -> tuple[Work, Path]:
    """A bead of two lines on top of the upright's plate, with a corner of ``turn`` [rad], and the moves along it."""
    first = next(m for m in path().moves if m.role == "process")
    world_T_start = CELL.frames[first.frame] @ first.frame_T_tcp
    a = world_T_start[:3, 3] + np.array([-0.03, 0.0, 0.05])
    ahead = np.array([[1.0, 0.0, 0.0], [np.cos(turn), np.sin(turn), 0.0]])
    places = np.stack([a, a + LEG * ahead[0], a + LEG * (ahead[0] + ahead[1])])
    part_T_tcp = inv(CELL.frames["part"]) @ pose(places, np.tile(world_T_start[:3, :3], (3, 1, 1)))
    q = [first.q]
    for at in part_T_tcp:
        base_T_tcp = inv(CELL.world_T_base) @ CELL.frames["part"] @ at
        found = solve(CELL.robot.chain, (base_T_tcp @ inv(CELL.tool.flange_T_tcp))[None]).q[0]
        q.append(found[np.nanargmin(np.abs(found - q[-1]).max(1))])
    segments = tuple(
        Segment(
            kind="line",
            frame_T_start=part_T_tcp[k],
            frame_T_end=part_T_tcp[k + 1],
            speed=speed,
            tolerance=TOLERANCE,
            role="process",
        )
        for k in range(2)
    )
    moves = tuple(
        Move(
            kind="line",
            q=frozen(q[k + 2]),
            frame="part",
            frame_T_tcp=frozen(part_T_tcp[k + 1]),
            speed=speed,
            zone=zone_within(turn, TOLERANCE, 0.002) if k == 0 else 0.0,
            role="process",
            operation=0,
        )
        for k in range(2)
    )
    freedom = seams().operations[0].alternatives[0].freedom
    toolpath = Toolpath(frame="part", segments=segments, freedom=freedom)
    operation = Operation(name="bead", key=("tasks", 0), alternatives=(toolpath,), process="arc_weld")
    return Work(operations=(operation,)), Path(start=frozen(q[1]), moves=moves)


def found(turn: float, speed: float):
    work, moves = bent(turn, speed)
    motion = time_path(CELL, moves)
    return motion, check(CELL, work, moves, motion, judgement(), takt=None)


@pytest.mark.parametrize("turn", np.deg2rad([5.0, 37.0, 90.0, 120.0]))
def test_a_corner_is_run_at_the_asked_speed_within_the_tolerance(turn):
    motion, checked = found(turn, 0.008)
    _, moves = bent(turn, 0.008)
    ends = np.stack([CELL.frames["part"] @ m.frame_T_tcp for m in moves.moves])[:, :3, 3]
    start = (CELL.world_T_base @ base_T_flange(CELL.robot.chain, moves.start) @ CELL.tool.flange_T_tcp)[:3, 3]
    shares = np.arange(0.0, 1.0, 0.1)[:, None, None]
    between = (motion.q[:-1] + shares * np.diff(motion.q, axis=0)).reshape(-1, 6)
    tcp = tcp_track(CELL, between)
    off = np.minimum(from_line(start, ends[0], tcp), from_line(ends[0], ends[1], tcp))
    _, nominal, _ = accelerations(CELL.robot)

    assert {f.code for f in checked.findings}.isdisjoint({"tool-speed", "seam-deviation"})
    assert off.max() < 0.55 * TOLERANCE
    assert np.linalg.norm(tcp - ends[0], axis=1).min() < 0.55 * TOLERANCE
    assert checked.figures["seam_speed_off"] < 1e-3
    assert (np.abs(motion.qdd) / nominal).max() <= 1.03


def test_a_corner_that_is_too_fast_names_the_speed_that_it_keeps():
    turn = np.deg2rad(120.0)
    _, checked = found(turn, 0.2)
    (finding,) = (f for f in checked.findings if f.code == "tool-speed")
    speed = 0.2 * (1.0 - finding.value)

    assert finding.severity == "error"
    assert "corner of 120 deg between moves 0 and 1 of bead" in finding.what
    assert 0.01 < speed < 0.2 * 0.9
    assert f"slows to {speed * 1e3:.1f} mm/s" in finding.what
    kept = float(finding.fix.split("at most ")[1].split(" mm/s")[0]) / 1e3
    assert 0.95 * speed < kept < speed
    assert not [f for f in found(turn, kept)[1].findings if f.code == "tool-speed"]


def test_an_exact_stop_in_a_seam_is_told():
    work, moves = bent(np.deg2rad(37.0), 0.008)
    stopped = replace(moves, moves=tuple(replace(m, zone=0.0) for m in moves.moves))
    checked = check(CELL, work, stopped, time_path(CELL, stopped), judgement(), takt=None)

    assert [f.severity for f in checked.findings if f.code == "tool-speed"] == ["error"]


def from_line(a: Array, b: Array, points: Array) -> Array:
    share = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
    return np.linalg.norm(points - a - share[:, None] * (b - a), axis=1)
