"""The path runs from home over all strokes and back, in moves that say what the robot does."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellwright.errors import NoPathError
from cellwright.geometry import inv
from cellwright.kinematics.chain import base_T_flange
from cellwright.paths.joining import find_path
from small_cell import moving, path, seams, small_cell, strokes


def test_every_move_ends_where_its_joints_put_the_tool():
    cell = small_cell()
    for move in path().moves:
        tcp = cell.world_T_base @ base_T_flange(cell.robot.chain, move.q) @ cell.tool.flange_T_tcp

        assert np.abs(inv(cell.frames[move.frame]) @ tcp - move.frame_T_tcp).max() < 1e-7


def test_the_path_starts_and_stops_at_home():
    assert np.array_equal(path().start, small_cell().home)
    assert np.array_equal(path().moves[-1].q, small_cell().home)
    assert path().moves[-1].zone == 0.0


def test_every_operation_is_made_once_with_its_events_in_order():
    for index, operation in enumerate(seams().operations):
        moves = [move for move in path().moves if move.operation == index]
        events = [event.kind for move in moves for event in move.events]

        assert events == [event.kind for event in operation.alternatives[0].events]
        assert {move.speed for move in moves if move.role == "process"} == {0.008}
        assert sum("process_on" in [e.kind for e in m.events] for m in moves if m.role == "process") == 1


def test_the_tool_stops_exactly_where_a_seam_begins_and_ends():
    moves = path().moves
    for move, following in pairwise(moves):
        if (move.role == "process") != (following.role == "process"):
            assert move.zone == 0.0


def test_transits_are_joint_moves_and_strokes_are_not():
    for move in path().moves:
        assert (move.kind == "joint") == (move.role == "transit") == (move.operation is None)


def test_a_home_in_the_table_is_refused_with_both_ends_named():
    cell = small_cell()
    low = cell.home.copy()
    low[1] = 0.5
    with pytest.raises(NoPathError, match="no way from home to seam_0: its first position is too near") as refused:
        find_path(
            replace(cell, home=low),
            seams(),
            tuple(s[0] for s in strokes()),
            free=moving(),
            seed=1,
            progress=lambda _: None,
        )
    assert refused.value.fix


def test_progress_is_told_to_the_end():
    told: list[float] = []
    again = find_path(
        small_cell(), seams(), tuple(s[0] for s in strokes()), free=moving(), seed=1, progress=told.append
    )

    assert told == sorted(told)
    assert told[-1] == 1.0
    assert [m.q.tobytes() for m in again.moves] == [m.q.tobytes() for m in path().moves]
