"""KRL as it is written by hand, by inline forms and by others' post-processors."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import ProgramError
from cellwright.programs.readers import kuka
from cellwright.programs.statements import Call, Flow, Move, Signal, Statements, Unknown

Oracle = Callable[..., np.ndarray]

HAND = """
&ACCESS RVP
DEF weld ( )   ; a comment with { braces
DECL E6POS xLocal
  ptp {a1 10, A2 -80.5,A3 90,A4 0,A5 45,A6 -400}
$BASE = BASE_DATA[2]
$TOOL={FRAME: X 1,Y 2,Z 3,A 10,B 20,C 30}
BAS(#VEL_PTP,35)
$VEL.CP=0.25
$APO.CDIS=5
PTP xHome C_PTP
LIN xStart C_DIS
LIN {Z 50}
CIRC {X 1,Y 2,Z 3,A 0,B 0,C 0},{X 4,Y 5,Z 6,A 0,B 0,C 0}
lin shift:xStart
$OUT[5]=TRUE
WAIT FOR ($IN[6]==FALSE)
WAIT SEC 0.5
SUB(3, 1)
IF $IN[1] THEN
  LIN_REL {X 5}
ENDIF
OTHER()
END

DEF SUB(n:IN, m:IN)
DECL INT n,m
LIN xStart
END
"""
DATA = """
DEFDAT weld PUBLIC
DECL FRAME BASE_DATA[16]
BASE_DATA[2]={X 100.0,Y 200.0,Z 300.0,A 90.0,B 0.0,C 0.0}
DECL E6POS XSTART={X 10.0,Y -20.0,Z 30.0,A 15.0,B -25.0,C 35.0,S 2,T 'B000010',E1 0.0}
DECL E6AXIS XHOME={A1 0.0,A2 -90.0,A3 90.0,A4 0.0,A5 45.0,A6 0.0}
DECL FRAME SHIFT={X 0.0,Y 0.0,Z 10.0,A 90.0,B 0.0,C 0.0}
ENDDAT
"""


def _read(body: str, data: str = "") -> Statements:
    return kuka.read({"a.src": f"DEF a()\n{body}\nEND\n", "a.dat": f"DEFDAT a\n{data}\nENDDAT\n"})


@pytest.fixture(scope="module")
def hand() -> Statements:
    return kuka.read({"weld.src": HAND, "weld.dat": DATA})


def test_axes_are_the_controllers_own_with_their_turns(hand: Statements) -> None:
    assert np.degrees(hand.moves[0].joints) == pytest.approx([10, -80.5, 90, 0, 45, -400])


def test_poses_are_what_another_implementation_says(hand: Statements, kuka_pose: Oracle) -> None:
    move = hand.moves[2]

    assert move.frame_T_tcp == pytest.approx(kuka_pose(10, -20, 30, 15, -25, 35), abs=1e-9)
    assert move.tool.outer_T_frame == pytest.approx(kuka_pose(1, 2, 3, 10, 20, 30), abs=1e-9)
    assert move.frame.outer_T_frame == pytest.approx(kuka_pose(100, 200, 300, 90, 0, 0), abs=1e-9)
    assert (move.frame.name, dict(move.configuration)) == ("BASE_DATA[2]", {"S": 2, "T": 2})


def test_speeds_and_zones_are_modal(hand: Statements) -> None:
    joint, line = hand.moves[1], hand.moves[2]

    assert (joint.share, joint.speed, joint.zone) == (0.35, None, None)
    assert (line.share, line.speed, line.zone) == (None, 0.25, 0.005)
    assert hand.moves[3].zone == 0.0


def test_what_a_pose_leaves_out_stays(hand: Statements, kuka_pose: Oracle) -> None:
    assert hand.moves[3].frame_T_tcp == pytest.approx(kuka_pose(10, -20, 50, 15, -25, 35), abs=1e-9)


def test_the_geometric_operator_chains_frames(hand: Statements, kuka_pose: Oracle) -> None:
    expected = kuka_pose(0, 0, 10, 90, 0, 0) @ kuka_pose(10, -20, 30, 15, -25, 35)

    assert hand.moves[5].frame_T_tcp == pytest.approx(expected, abs=1e-9)


def test_an_arc_has_its_via(hand: Statements) -> None:
    arc = hand.moves[4]

    assert arc.kind == "arc"
    assert arc.frame_T_via[:3, 3] == pytest.approx([0.001, 0.002, 0.003])
    assert arc.frame_T_tcp[:3, 3] == pytest.approx([0.004, 0.005, 0.006])


def test_signals_calls_and_flow_stand_in_their_order(hand: Statements) -> None:
    told = [s for s in hand.statements if isinstance(s, (Signal, Call, Flow, Unknown))]

    assert [type(s).__name__ for s in told] == ["Signal"] * 3 + ["Call", "Flow", "Unknown", "Flow", "Call"]
    assert [dict(s.values) for s in told[:3] if isinstance(s, Signal)] == [
        {"output": "5", "value": 1.0},
        {"input": "6", "value": 0.0},
        {"time": 0.5},
    ]
    assert [(s.routine, s.known) for s in told if isinstance(s, Call)] == [("SUB", True), ("OTHER", False)]
    assert told[5].kind == "motion"
    assert hand.motion_understood == 7 / 8


def test_inline_forms_set_frames_speed_and_zone() -> None:
    said = _read(
        "FDAT_ACT=FP1\nLDAT_ACT=LP1\nBAS(#CP_PARAMS,0.1)\nLIN XP1 C_DIS\nPDAT_ACT=PP1\nBAS(#PTP_PARAMS,40)\nPTP XP1",
        "DECL FDAT FP1={TOOL_NO 3,BASE_NO 0,IPO_FRAME #BASE}\n"
        "DECL LDAT LP1={VEL 2.0,ACC 100.0,APO_DIST 7.0}\nDECL PDAT PP1={VEL 100.0,APO_DIST 50.0}\n"
        "TOOL_DATA[3]={X 0.0,Y 0.0,Z 120.0,A 0.0,B 0.0,C 0.0}\nDECL E6POS XP1={X 1,Y 1,Z 1,A 0,B 0,C 0}",
    )
    line, joint = said.moves

    assert (line.speed, line.zone, line.tool.name, line.frame.name) == (0.1, 0.007, "TOOL_DATA[3]", "BASE_DATA[0]")
    assert line.tool.outer_T_frame[2, 3] == pytest.approx(0.12)
    assert (joint.kind, joint.share) == ("joint", 0.4)


def test_arctech_lights_the_arc_after_its_move_and_welds_at_its_own_speed() -> None:
    said = _read(
        "BAS(#CP_PARAMS,0.2)\nTRIGGER WHEN DISTANCE=1 DELAY=ArcGetDelay(#PreDefinition,W1) "
        "DO ArcMainNG(#PreDefinition,W1,WP1) PRIO=-1\nArcMainNG(#ArcOnBeforeMoveStd,W1,WP1)\nLIN XP1\n"
        "ArcMainNG(#ArcOnAfterMoveStd,W1,WP1)\nBAS(#CP_PARAMS,gArcBasVelDefinition)\nLIN XP1\n"
        "ArcMainNG(#ArcOffAfterMoveStd,W1,WP1)",
        'DECL stArcDat_T W1={WdatId[] "W1",Weld {JobModeId[] "MAG",ParamSetId[] "Set2",Velocity 0.0075},'
        "Weave {Pattern #Triangle,Length 3.5,Amplitude 2.0}}\nDECL E6POS XP1={X 1,Y 1,Z 1,A 0,B 0,C 0}",
    )
    told = [s for s in said.statements if isinstance(s, (Move, Signal))]

    assert [getattr(s, "kind", "") for s in told] == [
        "line", "process_on", "weave_on", "line", "weave_off", "process_off",
    ]  # fmt: skip
    assert [m.speed for m in said.moves] == [0.2, 0.0075]
    assert dict(told[1].values) == {"mode": "MAG", "job": "Set2", "speed": 0.0075}
    assert dict(told[2].values) == {"shape": "triangle", "length": 0.0035, "amplitude": 0.002}


def test_what_the_files_do_not_hold_is_missing_and_not_zero() -> None:
    said = _read("$BASE=BASE_DATA[7]\nBAS(#TOOL,4)\nLIN XNOWHERE")
    move = said.moves[0]

    assert (move.frame_T_tcp, move.frame.outer_T_frame, move.tool.outer_T_frame) == (None, None, None)
    assert set(move.missing) == {"XNOWHERE", "BASE_DATA[7]", "TOOL_DATA[4]"}


@pytest.mark.parametrize(
    "line",
    [
        "$IPO_MODE=#TCP",
        "$ORI_TYPE=#CONSTANT",
        "$OV_PRO=50",
        "BAS(#STRANGE,1)",
        "LIN XP1 C_DIS WITH $VEL.CP=0.1",
        "SPL XP1",
    ],
)
def test_what_would_change_the_motion_is_never_passed_over(line: str) -> None:
    said = _read(line, "DECL E6POS XP1={X 1,Y 1,Z 1,A 0,B 0,C 0}")

    assert [u.kind for u in said.unknown] == ["motion"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("LIN {X 1,Y 2", 2),
        ("\nLIN {X 1 Y 2}", 3),
        ("LIN {X ,Y 2}", 2),
        ("$VEL.CP=", 2),
        ("$VEL.CP=fast", 2),
        ("$BASE=5", 2),
        ("X=1/0", 2),
        ("LIN {X 1E99999,Y 0,Z 0,A 0,B 0,C 0}", 2),
        ("X=" + "(" * 100 + "1" + ")" * 100, 2),
        ("X=" + "-" * 5000 + "1", 2),
        ("X=3 4", 2),
        ("LIN {Z 5}", 2),
        ('MSG="not closed', 2),
        ("LIN é", 2),
        ("a()", 2),
    ],
)
def test_a_malformed_line_is_an_error_that_names_its_place(text: str, line: int) -> None:
    with pytest.raises(ProgramError) as caught:
        _read(text)

    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (Path("a.src"), line)


def test_calls_that_multiply_are_stopped() -> None:
    levels = 25
    text = "".join(f"DEF r{k}()\nr{k + 1}()\nr{k + 1}()\nEND\n" for k in range(levels)) + f"DEF r{levels}()\nEND\n"

    with pytest.raises(ProgramError, match="too long"):
        kuka.read({"a.src": text})


def test_a_sample_of_another_post_processor_is_understood(real_data: Path, kuka_pose: Oracle) -> None:
    file = real_data / "programs" / "kuka_krl" / "Program.src"
    said = kuka.read({file.name: file.read_text()})

    print(f"{file.name}: {len(said.statements)} statements, motion understood {100 * said.motion_understood:.0f} %")  # noqa: T201
    assert said.motion_understood >= 0.95
    assert said.understood >= 0.95
    assert [m.kind for m in said.moves] == ["joint"] * 2 + ["line"] * 4
    assert said.moves[-1].frame_T_tcp == pytest.approx(kuka_pose(18.715, 0, 458.168, 0, 23.131, -180), abs=1e-9)
    assert said.moves[-1].tool.outer_T_frame == pytest.approx(kuka_pose(-30, 0, 40, 0, -60, 0), abs=1e-9)
    assert np.degrees(said.moves[1].joints) == pytest.approx([0, -3.68662, -0.7029, 0, -56.11471, 0])
    assert [m.speed for m in said.moves] == [None, None, 0.1, 0.1, 0.1, 0.1]
    assert math.isclose(said.moves[0].share or 0.0, 1.0)
