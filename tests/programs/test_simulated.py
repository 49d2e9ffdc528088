"""A program that somebody wrote, run by a robot: how long it takes, and what it hits."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cellwright.cell import Body, Cell
from cellwright.errors import CellwrightError
from cellwright.geometry import frozen, pose, turn_y
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.programs.changes import changes
from cellwright.programs.readers import READERS, fanuc, kuka
from cellwright.programs.reading import read_program
from cellwright.programs.replay import axes_of, joints_of, posture
from cellwright.programs.running import run
from cellwright.programs.simulated import ROOT, Simulation, simulated
from cellwright.programs.statements import Statements
from cellwright.robots.catalogue import load_robot
from cellwright.shapes import Box

KUKA = load_robot("kuka/KR20-R1810-2")
PROGRAM = """DEF a()
$BASE={X 0,Y 0,Z 0,A 0,B 0,C 0}
$TOOL={X 0,Y 0,Z 200,A 0,B 0,C 0}
BAS(#VEL_PTP,50)
PTP {A1 0,A2 -90,A3 90,A4 0,A5 40,A6 0}
PTP {A1 60,A2 -90,A3 90,A4 0,A5 40,A6 0}
WAIT SEC 2.0
PTP {A1 0,A2 -90,A3 90,A4 0,A5 40,A6 0}
$VEL.CP=0.1
LIN {X 1000,Y 0,Z 1100,A 180,B 20,C 180}
END
"""


def _said(text: str = PROGRAM) -> Statements:
    return kuka.read({"a.src": text})


def _simulated(said: Statements, cell: Cell | None = None) -> Simulation:
    return simulated(KUKA, said, run(KUKA, said).ends, name="a", cell=cell)


def test_the_cycle_is_no_shorter_than_speeds_and_waits_allow() -> None:
    found = _simulated(_said())
    motion = found.plan.motion
    turn = np.radians(60.0) / (0.5 * KUKA.speed[0])
    line = found.plan.path.moves[-1]
    start = base_T_flange(KUKA.chain, found.plan.path.moves[-2].q) @ found.plan.cell.tool.flange_T_tcp
    way = float(np.linalg.norm(line.frame_T_tcp[:3, 3] - start[:3, 3]))

    assert found.timed
    assert motion.duration.low <= motion.duration.nominal <= motion.duration.high
    assert motion.duration.low >= 2 * turn + 2.0 + way / 0.1
    assert motion.duration.high <= 2 * turn + 2.0 + way / 0.1 + 4.0  # ramps


def test_the_motion_passes_every_target_of_the_program() -> None:
    found = _simulated(_said())
    controller = KUKA.controller
    assert controller is not None
    for degrees in ([0, -90, 90, 0, 40, 0], [60, -90, 90, 0, 40, 0]):
        q = joints_of(controller, np.radians(np.array(degrees, dtype=float)))
        assert np.abs(found.plan.motion.q - q).max(1).min() < 1e-6
    tip = base_T_flange(KUKA.chain, found.plan.motion.q[-1]) @ found.plan.cell.tool.flange_T_tcp
    root_T_tip = np.linalg.inv(found.plan.cell.frames[ROOT]) @ tip
    assert root_T_tip[:3, 3] == pytest.approx([1.0, 0.0, 1.1], abs=1e-6)


def test_a_move_without_a_speed_is_shown_and_not_timed() -> None:
    found = _simulated(_said(PROGRAM.replace("$VEL.CP=0.1\n", "")))

    assert not found.timed
    assert [f.code for f in found.findings] == ["program-not-timed"]


def test_what_cannot_be_placed_ends_the_simulation_and_is_said() -> None:
    found = _simulated(_said(PROGRAM.replace("LIN {X 1000", "LIN {X 9000")))

    assert len(found.plan.path.moves) == 2
    assert found.findings[0].code == "program-not-checked"
    with pytest.raises(CellwrightError, match="fewer than two moves"):
        _simulated(_said("DEF a()\nLIN XLOST\nEND"))


def test_a_box_in_the_way_is_hit_and_one_beside_it_is_not() -> None:
    controller = KUKA.controller
    assert controller is not None
    at = base_T_flange(KUKA.chain, joints_of(controller, np.radians([30.0, -90, 90, 0, 40, 0])))[:3, 3]
    bare = _simulated(_said()).plan.cell
    for z, codes in ((at[2], ["collision"]), (at[2] - 4.0, [])):
        box = Body(
            name="box",
            kind="obstacle",
            shapes=(Box(body_T_box=pose(), size=(0.1, 0.1, 0.1)),),
            world_T_body=pose((*at[:2], z)),
        )
        cell = replace(bare, bodies=(box,), clearance=0.01)
        found = [f.code for f in _simulated(_said(), cell).findings if f.severity == "error"]
        assert found[:1] == codes


def test_a_tool_that_is_not_the_cells_is_said() -> None:
    bare = _simulated(_said()).plan.cell
    other = replace(bare, tool=replace(bare.tool, flange_T_tcp=frozen(bare.tool.flange_T_tcp @ pose((0, 0, 0.05)))))

    assert "program-tool" in [f.code for f in _simulated(_said(), other).findings]


def test_axis_3_of_a_fanuc_is_counted_against_the_horizontal() -> None:
    robot = load_robot("fanuc/M-20iA")
    controller = robot.controller
    if controller is None:
        pytest.skip("no controller map")
    body = "".join(
        f"P[{k}]{{\n GP1:\n UF : 0, UT : 0,\n J1= 0 deg, J2= {j2} deg, J3= -20 deg,\n"
        " J4= 0 deg, J5= -70 deg, J6= 0 deg\n};\n"
        for k, j2 in ((1, 0), (2, 25))
    )
    said = fanuc.read({"a.ls": f"/PROG A\n/MN\n1:J P[1] 5% FINE ;\n2:J P[2] 5% FINE ;\n/POS\n{body}/END\n"})
    before, after = (joints_of(controller, np.asarray(move.joints)) for move in said.moves)

    # the upper arm turns, the forearm keeps its angle to the floor: so does the flange
    turns = [base_T_flange(robot.chain, q)[:3, :3] for q in (before, after)]
    assert turns[0] == pytest.approx(turns[1], abs=1e-9)


def test_the_eight_branches_of_a_pose_have_eight_different_configs_of_tp() -> None:
    robot = load_robot("fanuc/M-20iA")
    misfits = READERS["fanuc"].misfits
    if robot.controller is None or misfits is None:
        pytest.skip("no controller map")
    q = solve(robot.chain, pose((0.55, 0.1, 0.9), turn_y(2.5))[None]).q[0]
    q = q[np.isfinite(q).all(-1)]
    said = [dict(zip(("flip", "up", "front"), bits, strict=True)) for bits in itertools.product((0, 1), repeat=3)]
    fitting = [
        [k for k, c in enumerate(said) if not misfits(c, axes_of(robot.controller, row), posture(robot, row))]
        for row in q
    ]

    assert len(q) == 8
    assert sorted(found for (found,) in fitting) == list(range(8))


def test_a_change_is_told_with_its_place_and_size() -> None:
    told = changes(_said(), _said(PROGRAM.replace("X 1000", "X 1002.5").replace("WAIT SEC 2.0\n", "")))

    assert [f.where for f in told] == ["a.src:7", "a.src:9"]
    assert told[0].what.startswith("gone: wait")
    assert "2.500 mm" in told[1].what
    assert all(f.severity == "warning" for f in told)


def test_a_program_on_disk_says_how_long_it_takes(tmp_path: Path) -> None:
    (tmp_path / "a.src").write_text(PROGRAM)
    alone, tried = read_program(tmp_path / "a.src"), read_program(tmp_path / "a.src", robot=KUKA)

    assert alone.simulation is None
    assert tried.simulation is not None
    assert tried.simulation.timed
    assert tried.ok
