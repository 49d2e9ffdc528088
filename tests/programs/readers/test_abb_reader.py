"""RAPID as it is written by hand and by others' post-processors."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import ProgramError
from cellwright.programs.readers import abb
from cellwright.programs.statements import Call, Flow, Move, Signal, Statements, Unknown

Oracle = Callable[..., np.ndarray]
EXTERNAL = "[9E9,9E+09,9E9,9E9,9E9,9E9]"
TURN = (0.5, 0.5, -0.5, 0.5)

HAND = f"""
%%%
  VERSION:1
  LANGUAGE:ENGLISH
%%%
MODULE Cell(SYSMODULE)
  ! all kinds of data
  LOCAL PERS tooldata tGun:=[TRUE,[[10,20,130.5],[0.5,0.5,-0.5,0.5]],[3.2,[0,0,80],[1,0,0,0],0,0,0]];
  TASK PERS wobjdata wPart := [FALSE,TRUE,"",[[500,0,100],[0.70710678,0,0,0.70710678]],[[0,10,0],[1,0,0,0]]];
  CONST robtarget p10:=[[100,200,300],[0.5,0.5,-0.5,0.5],[-1,0,1,2],{EXTERNAL}];
  CONST robtarget p20{{2}}:=[[[1,2,3],[1,0,0,0],[0,0,0,0],{EXTERNAL}],[[4,5,6],[1,0,0,0],[0,0,0,0],{EXTERNAL}]];
  CONST jointtarget jHome:=[[0,-30,30,0,90,400],{EXTERNAL}];
  VAR speeddata vMine:=[120,45,1000,1000];
  PERS zonedata zMine:=[FALSE,7,10,10,1,10,1];
  VAR num n:=2*3+1;
  PERS welddata wd1:=[8,0,[5,0,24.5,100,0,180,0,0,0],[0,0,0,0,0,0,0,0,0]];
  PERS seamdata sm1:=[0.5,0.5,[0,0,0,0,0,0,0,0,0],0,0,0,0,0,[0,0,0,0,0,0,0,0,0],0,0,[0,0,0,0,0,0,0,0,0],0,0,
    [0,0,0,0,0,0,0,0,0],0];
  PERS weavedata wv1:=[1,0,4,6,0,0,0,0,0,0,0,0,0,0,0];

  PROC main()
    VAR num counter;
    ConfJ \\Off;
    moveabsj jHome\\NoEOffs, v200, fine, tGun;
    MoveJ p10, vMine, zMine, tGun \\WObj := wPart;
    MoveL Offs(p10, 0, 0, 5+5),v1000\\V:=250,z50\\Z:=3,tGun\\WObj:=wPart;
    MoveC p20{{1}},p20{{2}},v5,z0,tool0;
    MoveL p10,v100\\T:=2.5,z10,tGun\\WObj:=wPart;
    VelSet 50,40;
    MoveL p10,v100,z10,tGun\\WObj:=wPart;
    VelSet 100,5000;
    ArcLStart p10,v100,sm1,wd1\\Weave:=wv1,fine,tGun\\WObj:=wPart;
    ArcL p10,v100,sm1,wd1\\Weave:=wv1,z1,tGun\\WObj:=wPart;
    ArcLEnd p10,v100,sm1,wd1\\Weave:=wv1,fine,tGun\\WObj:=wPart;
    SetDO doGrip,1; Reset doGrip;
    WaitDI diReady,0; WaitTime\\InPos,0.5;
    WaitUntil diReady=1 AND counter<3;
    IF counter=1 THEN
      Work 3;
    ENDIF
    counter:=counter+1;
    Stranger;
    TriggL p10,v100,trig1,z10,tGun;
  ENDPROC
  PROC Work(num k)
    MoveJ p10,v100,z10,tGun;
  ENDPROC
ENDMODULE
"""


def _read(body: str, data: str = "") -> Statements:
    return abb.read({"a.mod": f"MODULE a\n{data}\nPROC main()\n{body}\nENDPROC\nENDMODULE"})


@pytest.fixture(scope="module")
def hand() -> Statements:
    return abb.read({"cell.mod": HAND})


def test_axes_are_the_controllers_own_with_their_turns(hand: Statements) -> None:
    assert np.degrees(hand.moves[0].joints) == pytest.approx([0, -30, 30, 0, 90, 400])


def test_poses_are_what_another_implementation_says(hand: Statements, quaternion_pose: Oracle) -> None:
    move = hand.moves[1]
    half = math.sqrt(0.5)

    assert move.frame_T_tcp == pytest.approx(quaternion_pose(100, 200, 300, *TURN), abs=1e-9)
    assert move.tool.outer_T_frame == pytest.approx(quaternion_pose(10, 20, 130.5, *TURN), abs=1e-9)
    root_T_object = quaternion_pose(500, 0, 100, half, 0, 0, half) @ quaternion_pose(0, 10, 0, 1, 0, 0, 0)
    assert move.frame.outer_T_frame == pytest.approx(root_T_object, abs=1e-8)
    assert (move.tool.name, move.frame.name) == ("tGun", "wPart")
    assert dict(move.configuration) == {"cf1": -1, "cf4": 0, "cf6": 1, "cfx": 2}


def test_speeds_and_zones_predefined_own_and_overridden(hand: Statements) -> None:
    moves = hand.moves

    assert (moves[0].speed, moves[0].zone) == (0.2, 0.0)
    assert (moves[1].speed, moves[1].zone) == (0.12, 0.007)
    assert moves[1].turn_speed == pytest.approx(math.radians(45))
    assert (moves[2].speed, moves[2].zone) == (0.25, 0.003)
    assert (moves[3].speed, moves[3].zone) == (0.005, pytest.approx(0.0003))
    assert (moves[4].speed, moves[4].duration) == (None, 2.5)
    assert moves[5].speed == 0.04


def test_an_offset_lies_along_the_work_object(hand: Statements, quaternion_pose: Oracle) -> None:
    assert hand.moves[2].frame_T_tcp == pytest.approx(quaternion_pose(100, 200, 310, *TURN), abs=1e-9)


def test_an_arc_takes_elements_of_an_array_and_no_work_object_is_the_root(hand: Statements) -> None:
    arc = hand.moves[3]

    assert arc.frame_T_via[:3, 3] == pytest.approx([0.001, 0.002, 0.003])
    assert arc.frame_T_tcp[:3, 3] == pytest.approx([0.004, 0.005, 0.006])
    assert arc.frame.outer_T_frame == pytest.approx(np.eye(4))
    assert arc.tool.outer_T_frame == pytest.approx(np.eye(4))


def test_the_arc_burns_between_start_and_end_at_the_speed_of_its_weld_data(hand: Statements) -> None:
    told = [s for s in hand.statements if isinstance(s, (Move, Signal))][6:]

    assert [s.kind for s in told[:8]] == [
        "line", "process_on", "weave_on", "line", "line", "weave_off", "process_off", "set_output",
    ]  # fmt: skip
    assert [s.speed for s in told[:5] if isinstance(s, Move)] == [0.1, 0.008, 0.008]
    assert dict(told[1].values) == {
        "speed": 0.008, "job": 5.0, "voltage": 24.5, "wire_feed": 0.1, "current": 180.0,
    }  # fmt: skip
    assert dict(told[2].values) == {"shape": "zigzag", "length": 0.004, "amplitude": 0.003, "frequency": 2.0}


def test_signals_calls_and_flow_stand_in_their_order(hand: Statements) -> None:
    told = [s for s in hand.statements if isinstance(s, (Signal, Call, Flow, Unknown))][4:]

    assert [getattr(s, "kind", type(s).__name__) for s in told] == [
        "set_output", "set_output", "wait_input", "wait", "wait_input", "Flow", "Call", "Flow", "Call", "motion",
    ]  # fmt: skip
    assert [(s.routine.upper(), s.known) for s in told if isinstance(s, Call)] == [("WORK", True), ("STRANGER", False)]
    assert dict(told[1].values) == {"output": "doGrip", "value": 0.0}


def test_an_arc_instruction_without_a_start_lights_nothing() -> None:
    data = HAND[HAND.index("  LOCAL") : HAND.index("  PROC main")]
    said = _read("ArcL p10,v100,sm1,wd1,z1,tGun\\WObj:=wPart;", data)

    assert not [s for s in said.statements if isinstance(s, Signal)]


def test_what_the_files_do_not_hold_is_missing_and_not_zero() -> None:
    move = _read("MoveL pNowhere,vLost,zLost,tLost\\WObj:=wLost;").moves[0]

    assert (move.frame_T_tcp, move.speed, move.zone) == (None, None, None)
    assert (move.tool.outer_T_frame, move.frame.outer_T_frame) == (None, None)
    assert set(move.missing) == {"pNowhere", "tLost", "wLost"}


def test_external_axes_are_kept_as_written() -> None:
    target = "[[1,2,3],[1,0,0,0],[0,0,0,0],[1500.5,9E9,-90,9E9,9E9,9E9]]"
    move = _read(f"MoveL {target},v5,fine,tool0;").moves[0]

    assert move.external == pytest.approx((1500.5, math.nan, -90.0), nan_ok=True)
    assert _read(f"MoveL Offs({target},0,0,1),v5,fine,tool0;").moves[0].external[0] == 1500.5


@pytest.mark.parametrize(
    "line", ["PDispSet x;", "EOffsOn;", "SoftAct 1,50;", "SingArea\\Wrist;", 'MoveLSync p,v,z,t,"r";']
)
def test_what_would_change_the_motion_is_never_passed_over(line: str) -> None:
    assert [u.kind for u in _read(line).unknown] == ["motion"]


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("MoveL [[1,2],[1,0,0,0],[0,0,0,0],[9E9,9E9,9E9,9E9,9E9,9E9]],v5,fine,tool0;", ""),
        ("MoveL [[1,2,3],[1,1,0,0],[0,0,0,0],[9E9,9E9,9E9,9E9,9E9,9E9]],v5,fine,tool0;", ""),
        ("MoveL [[1,2,3],[1,0,0,0],[0,0,0,0],[0,9E9]],v5,fine,tool0;", ""),
        ("MoveL [[1,2,3],[1,0,0,0],[0,0,0,0],[9E9,9E9,9E9,9E9,9E9,9E9]],v5,fine;", ""),
        ("MoveL [[1,2,3,v5,fine,tool0;", ""),
        ("MoveL 5,v5,fine,tool0;", ""),
        ("MoveL p,v5,fine,tool0", ""),
        ("WaitTime long;", ""),
        ("x:=" + "(" * 100 + "1" + ")" * 100 + ";", ""),
        ("x:=" + "f(" * 100 + "1" + ")" * 100 + ";", ""),
        ("x:=1/0;", ""),
        ("x:=1E999;", ""),
        ("main;", ""),
        ("", "PERS tooldata t:=[FALSE,[[0,0,0],[1,0,0,0]],[1,[0,0,1],[1,0,0,0],0,0,0]]"),
        ("MoveL p,v5,fine,t;", "PERS tooldata t:=[FALSE,[[0,0,0],[1,0,0,0]],[1,[0,0,1],[1,0,0,0],0,0,0]];"),
        ("", 'PERS string s:="open;'),
        ("", "nonsense"),
    ],
)
def test_a_malformed_module_is_an_error_that_names_its_place(body: str, data: str) -> None:
    with pytest.raises(ProgramError) as caught:
        _read(body, data)

    assert caught.value.where is not None
    assert caught.value.where.file == Path("a.mod")
    assert caught.value.where.line >= 2


def test_a_sample_of_another_post_processor_is_understood(real_data: Path, quaternion_pose: Oracle) -> None:
    for name in ("Program.mod", "ABB.sys"):
        file = real_data / "programs" / "abb_rapid" / name
        said = abb.read({name: file.read_text()})

        print(f"{name}: {len(said.statements)} statements, motion understood {100 * said.motion_understood:.0f} %")  # noqa: T201
        assert said.motion_understood >= 0.95
        assert said.understood >= 0.95
        assert [m.kind for m in said.moves] == ["joint"] * 2 + ["line"] * 4
        last = said.moves[-1]
        expected = quaternion_pose(18.715, 0, 458.168, 0, -0.97969618, 0, 0.20048792)
        assert last.frame_T_tcp == pytest.approx(expected, abs=1e-7)
        assert last.frame.outer_T_frame[:3, 3] == pytest.approx([0.399855, 0, 0.1])
        assert last.tool.outer_T_frame[:3, 3] == pytest.approx([-0.03, 0, 0.04])
        assert dict(last.configuration) == {"cf1": 0, "cf4": 0, "cf6": 0, "cfx": 1}
        assert {(m.speed, m.zone) for m in said.moves} == {(0.1, 0.001)}
