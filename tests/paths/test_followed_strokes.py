"""Strokes of arms whose branches have no number that stays: found, continuous, and the cheapest of all there are."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cellwright.cell import Cell
from cellwright.geometry import Array, frozen, inv, pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.paths.following import JUMP, way_of
from cellwright.paths.strokes import everywhere, find_strokes
from cellwright.processes.work import Freedom, poses
from cellwright.robots.catalogue import load_robot
from small_cell import operation, small_cell, toolpath

ARMS = {
    "abb/CRB15000-5-0.95": "tracked",  # an offset wrist
    "rokae/xMate-CR12": "tracked",
    "ufactory/xArm7": "tracked",  # its last joint is held
    "rokae/xMate-Pro7": "nearest",  # its free number is the arm angle
}
SEAM = np.array([-0.05, 0.005, 0.01]), np.array([0.05, 0.005, 0.01]), np.array([0.0, -1.0, -1.0])
TURNS = (np.pi / 2 - 0.3, np.pi / 2 + 0.3)


def cell_of(key: str) -> Cell:
    robot = load_robot(key)
    return replace(small_cell(), robot=robot, home=robot.home, world_T_base=frozen(pose((-0.4, 0.0, 0.7))))


def seam():
    steps = replace(toolpath(*SEAM), freedom=Freedom(lower=-np.pi, upper=np.pi, steps=TURNS))
    return replace(operation(0, *SEAM), alternatives=(steps,))


@pytest.mark.parametrize("key", ARMS)
def test_a_seam_is_found_and_its_joints_put_the_tool_on_it_without_a_jump(key):
    cell = cell_of(key)
    found, why = find_strokes(cell, seam(), 0, free=everywhere)

    assert way_of(cell.robot.chain)[0] == ARMS[key]
    assert why is None
    assert found
    for stroke in found[:4]:
        wanted = np.array([*(s.frame_T_start for s in stroke.segments), stroke.segments[-1].frame_T_end])
        at = inv(cell.frames["part"]) @ cell.world_T_base @ base_T_flange(cell.robot.chain, stroke.q)
        assert np.abs(at @ cell.tool.flange_T_tcp - wanted).max() < 1e-7
        assert ((stroke.q >= cell.robot.lower - 1e-9) & (stroke.q <= cell.robot.upper + 1e-9)).all()


def whole_turns(way: Array, lower: Array, upper: Array) -> list[list[int]]:
    """The whole turns of each joint that limits allow all along a way (n, dof)."""
    turns = (-1, 0, 1)
    least, most = way.min(0), way.max(0)
    return [
        [t for t in turns if a + 2 * np.pi * t >= low and b + 2 * np.pi * t <= high]
        for a, b, low, high in zip(least, most, lower, upper, strict=True)
    ]


def unrolled(solutions: Array, q: Array) -> Array | None:
    """The nearest of all ``solutions`` (n, k, dof) from pose to pose from ``q`` on; None where it jumps."""
    way = [q]
    for found in solutions[1:]:
        off = found[~np.isnan(found[:, 0])] - way[-1]
        off -= 2 * np.pi * np.rint(off / (2 * np.pi))
        if not len(off) or np.abs(off).max(1).min() >= JUMP:
            return None
        way.append(way[-1] + off[np.abs(off).max(1).argmin()])
    return np.array(way)


@pytest.mark.parametrize("key", ARMS)
def test_the_stroke_is_the_cheapest_of_all_solutions_followed_by_nearness(key):
    """Every turn, every solution at the start with every whole turn, through all samples by nearness."""
    cell = cell_of(key)
    robot, path = cell.robot, seam().alternatives[0]
    speed = np.where(np.isfinite(robot.speed), robot.speed, 2.0)
    pieces = [np.linspace(0, 1, n) for n in (9, 14, 9)]
    best = np.inf
    for turn in TURNS:
        c, s = np.cos(turn), np.sin(turn)
        tcp_T_held = pose(rotation=np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]))
        frames = [poses(piece, at) @ tcp_T_held for piece, at in zip(path.segments, pieces, strict=True)]
        part_T_flange = np.concatenate(frames) @ inv(cell.tool.flange_T_tcp)
        flange = inv(cell.world_T_base) @ cell.frames["part"] @ part_T_flange
        solutions = np.asarray(solve(robot.chain, flange).q)
        for start in solutions[0]:
            way = None if np.isnan(start[0]) else unrolled(solutions, start)
            if way is None:
                continue
            for offset in product(*whole_turns(way, robot.lower, robot.upper)):
                q = way + 2 * np.pi * np.array(offset)
                cost, first = 0.0, 0
                for piece, at in zip(path.segments, pieces, strict=True):
                    mine = q[first : first + len(at)]
                    first += len(at)
                    steps = np.abs(np.diff(mine, axis=0))
                    if piece.role == "process":
                        assert (steps < 0.9 * speed * 0.1 / piece.speed / 13).all()
                    margin = min((mine - robot.lower).min(), (robot.upper - mine).min())
                    cost += (steps / speed).max(1).sum() + 0.3 * max(0.0, 1.0 - margin / 0.17)
                best = min(best, cost)
    found, _ = find_strokes(cell, seam(), 0, free=everywhere)

    assert found[0].cost == pytest.approx(best, abs=1e-5)
