"""Dry run, a start in the middle, the cell as built."""

import sys
from dataclasses import replace
from pathlib import Path as File

import numpy as np
import pytest

sys.path.insert(0, str(File(__file__).parent))

from test_proof import PLANS

from cellwright.errors import ProgramError
from cellwright.geometry import frozen, inv, pose, turn_x, turn_z
from cellwright.kinematics.chain import base_T_flange
from cellwright.processes.work import Event
from cellwright.programs import program
from cellwright.programs.variants import DRY_SPEED, as_built, dry_run, restarted

PLAN = PLANS["kuka"]


def test_a_dry_run_neither_burns_nor_hurries_and_is_proven():
    dry = dry_run(PLAN)
    written = program(dry)
    source = next(data for name, data in written.files.items() if name.endswith(".src")).decode()

    assert written.proof.ok
    assert "CW_PROCESS" not in source
    assert not set(written.files) & set(program(PLAN).files)
    q = dry.path.start
    robot = dry.cell.robot
    for move in dry.path.moves:
        if move.kind == "joint":
            seconds = np.max(np.abs(move.q - q) / robot.speed) / move.speed
            way = base_T_flange(robot.chain, q + np.linspace(0, 1, 500)[:, None] * (move.q - q))
            tcp = (way @ dry.cell.tool.flange_T_tcp)[:, :3, 3]
            assert np.linalg.norm(np.diff(tcp, axis=0), axis=1).max() * 499 / seconds < 1.01 * DRY_SPEED
        else:
            assert move.speed <= DRY_SPEED
        q = move.q


def test_a_program_starts_again_where_the_operation_before_it_ended():
    moves = PLAN.path.moves
    valve = Event(kind="set_output", segment=0, when="end", values={"signal": 7.0, "value": 1.0})
    first = tuple(replace(move, operation=0, role="process") if move.kind != "joint" else move for move in moves)
    again = tuple(replace(move, operation=1, role="process") if move.kind != "joint" else move for move in moves)
    first = (*first[:-2], replace(first[-2], events=(valve,), zone=0.0), first[-1])
    names = ("seam_1", "seam_2")
    operations = tuple(replace(PLAN.work.operations[0], name=name) for name in names)
    both = replace(
        PLAN, path=replace(PLAN.path, moves=(*first, *again)), work=replace(PLAN.work, operations=operations)
    )
    cut = restarted(both, "seam_2")

    assert len(cut.path.moves) == len(again) + 1  # the way home between the two is a transit too
    assert np.array_equal(cut.path.start, first[-2].q)
    assert [event.values["signal"] for event in cut.path.moves[0].events] == [7.0]
    assert program(cut).proof.ok
    assert restarted(both, "seam_1") is both
    with pytest.raises(ProgramError, match="no operation"):
        restarted(both, "seam_3")


def test_programs_as_built_meet_the_measured_frame_and_are_proven():
    frame = PLAN.cell.frames["part"] @ pose((0.002, -0.003, 0.001), turn_z(0.01) @ turn_x(-0.005))
    tcp = PLAN.cell.tool.flange_T_tcp @ pose((0.0005, 0.0, -0.001), turn_x(0.004))
    built = as_built(PLAN, flange_T_tcp=tcp, world_T_frames={"part": frozen(frame)})

    assert program(built.plan).proof.ok
    assert 0.001 < built.distance < 0.03
    assert built.joint < 0.05
    assert [finding.code for finding in built.findings] == ["as-built-unjudged"]
    for move, planned in zip(built.plan.path.moves, PLAN.path.moves, strict=True):
        reached = PLAN.cell.world_T_base @ base_T_flange(PLAN.cell.robot.chain, move.q) @ tcp
        if planned.kind != "joint":
            assert np.allclose(inv(frame) @ reached, planned.frame_T_tcp, atol=1e-8)


def test_what_was_measured_far_off_is_refused():
    frame = PLAN.cell.frames["part"] @ pose((0.9, 0.0, 0.0))
    with pytest.raises(ProgramError, match="not reached"):
        as_built(PLAN, world_T_frames={"part": frozen(frame)})
    with pytest.raises(ProgramError, match="no frame"):
        as_built(PLAN, world_T_frames={"elsewhere": frozen(frame)})
