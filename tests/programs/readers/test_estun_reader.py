"""Estun RCS2 programs as public samples have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import ProgramError
from cellwright.programs.readers import estun
from cellwright.programs.statements import Flow, Move, Signal, Statements

Oracle = Callable[..., np.ndarray]
DATA = """// positions
J1={_type="APOS",a1=10,a2=-20.5,a3=30,a4=0,a5=90,a6=-200,a7=0.0000000}
P1={_type="CPOS",confdata={_type="POSCFG",mode=1,cf1=0,cf2=0,cf3=0,cf4=-1,cf5=0,cf6=0},x=100.0,y=-20,z=30,a=15,b=-25,c=35}
P2={_type="CPOS",x=1,y=2,z=3,a=90,b=0,c=180,note="a { brace"}
S1={_type="SPEED",per=35.0,tcp=250.0,ori=90.0,exj_l=180.0,exj_r=360.0}
T1={_type="TOOL",id=1,x=1,y=2,z=3,a=10,b=20,c=30}
T2={_type="TOOL",id=2,tframe={_type="POSCFG",x=0.0,y=0.0,z=50.0,q1=0.5,q2=0.5,q3=-0.5,q4=0.5}}
U1={_type="USERCOOR",id=1,x=100,y=200,z=300,a=90,b=0,c=0}
C1={_type="ZONE",per=0,dis=7.0}
W1={_type="WEAVE",Type=1,Freq=2.0,Amp_L=1.5,Amp_R=1.5}
INT4={_type="INT",value=250}
"""
HAND = """// InstParseVersion: V1.02
Start:
/* a comment
   MovJ{P=t_l.P9} over lines */
MovJ{P=t_l.J1,V=t_l.S1,B="FINE",Tool=t_l.T1,Coord=t_l.U1}
MovJ{P=t_l.J1,V=t_s.V50,B="RELATIVE",C=t_s.C10}
MovL{P=t_l.P1,V=t_s.V500,B="ABSOLUTE",C=t_s.C20}
MovC{A=t_l.P2,P=t_l.P1,V=t_l.S1,B="ABSOLUTE",C=t_l.C1,Tool=t_l.T2}
ARC_SET{A=180,V=24.5,H=0}
ARC_ON{}
ARC_LW{P=t_l.P1,V=t_l.S1,B="FINE",WEAVE=t_l.W1}
ARC_Line{P=t_l.P2,V=t_l.S1,
  B="FINE"}
ARC_OFF{}
Wait{T=t_l.INT4}
End;
"""


def _read(body: str, data: str = DATA) -> Statements:
    return estun.read({"a.erp": f"Start:\n{body}\nEnd;", "a.erd": data})


@pytest.fixture(scope="module")
def hand() -> Statements:
    return estun.read({"a.erp": HAND, "a.erd": DATA})


def test_axes_are_the_controllers_own_with_their_turns(hand: Statements) -> None:
    assert np.degrees(hand.moves[0].joints) == pytest.approx([10, -20.5, 30, 0, 90, -200])


def test_poses_are_z_then_y_then_x(hand: Statements, kuka_pose: Oracle, quaternion_pose: Oracle) -> None:
    line, arc = hand.moves[2], hand.moves[3]

    assert line.frame_T_tcp == pytest.approx(kuka_pose(100, -20, 30, 15, -25, 35), abs=1e-9)
    assert line.tool.outer_T_frame == pytest.approx(kuka_pose(1, 2, 3, 10, 20, 30), abs=1e-9)
    assert line.frame.outer_T_frame == pytest.approx(kuka_pose(100, 200, 300, 90, 0, 0), abs=1e-9)
    assert arc.tool.outer_T_frame == pytest.approx(quaternion_pose(0, 0, 50, 0.5, 0.5, -0.5, 0.5), abs=1e-9)
    assert arc.frame_T_via == pytest.approx(kuka_pose(1, 2, 3, 90, 0, 180), abs=1e-9)
    assert line.configuration["mode"] == 1
    assert line.configuration["cf4"] == -1


def test_speeds_and_zones(hand: Statements) -> None:
    moves = hand.moves

    assert [m.share for m in moves] == [0.35, 0.05, None, None, None, None]
    assert [m.speed for m in moves] == [None, None, 0.5, 0.25, 0.25, 0.25]
    assert [m.zone for m in moves] == [0.0, None, 0.02, 0.007, 0.0, 0.0]


def test_the_arc_burns_between_on_and_off_and_weaves_where_a_move_says_so(hand: Statements) -> None:
    told = [s for s in hand.statements if isinstance(s, (Move, Signal))][4:]

    assert [s.kind for s in told] == ["process_on", "weave_on", "line", "weave_off", "line", "process_off", "wait"]
    assert dict(told[0].values) == {"current": 180.0, "voltage": 24.5}
    assert dict(told[1].values) == {"frequency": 2.0, "amplitude": 0.0015}
    assert dict(told[-1].values) == {"time": 0.25}


def test_external_axes_are_kept_as_written() -> None:
    data = 'P1={_type="CPOS",x=1,y=2,z=3,a=0,b=0,c=0,a7=50,a8=-90.5,a9=0.0}'

    assert _read("MovL{P=t_l.P1}", data).moves[0].external == (50.0, -90.5)


def test_what_the_files_do_not_hold_is_missing_and_not_zero() -> None:
    move = _read('MovL{P=t_g.P77,V=t_g.S77,B="FINE",Tool=t_g.T77,Coord=t_g.U77}').moves[0]

    assert (move.frame_T_tcp, move.speed, move.tool.outer_T_frame, move.frame.outer_T_frame) == (None,) * 4
    assert set(move.missing) == {"t_g.P77", "T77", "U77"}


@pytest.mark.parametrize(
    "line",
    ["MovArch{P=t_l.P1}", "SetOverRide 50", "t_l.P1.x = 5", "MovL{P=t_l.P1,Speed=5}", "MovC{P=t_l.P1}", "Tracking 1"],
)
def test_what_would_change_the_motion_is_never_passed_over(line: str) -> None:
    assert [u.kind for u in _read(line).unknown] == ["motion"]


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("MovL{P=t_l.P1", DATA),
        ("MovL{P=t_l.P1 V=t_l.S1}", DATA),
        ("MovL{P=}", DATA),
        ("MovL{P=t_l.P1} more", DATA),
        ("MovL{P=t_l.P1,P=t_l.P2}", DATA),
        ("MovL{P=t_l.P1}", 'P1={_type="CPOS",x=1,y=2}'),
        ("MovL{P=t_l.P1}", 'P1={_type="CPOS",x=1,y=2,z="3",a=0,b=0,c=0}'),
        ("MovL{P=t_l.P1}", 'P1={_type="CPOS",x=1e999,y=2,z=3,a=0,b=0,c=0}'),
        ("MovL{P=t_l.P1,Tool=t_l.T}", "T={x=1,y=2,z=3,q1=1,q2=1,q3=0,q4=0}\nP1={x=1,y=2,z=3,a=0,b=0,c=0}"),
        ("", "P1={" + "a={" * 50),
        ("", "P1 x=1"),
        ("", 'P1={note="open}'),
    ],
)
def test_a_malformed_line_is_an_error_that_names_its_place(body: str, data: str) -> None:
    with pytest.raises(ProgramError) as caught:
        _read(body, data)

    assert caught.value.where is not None
    assert caught.value.where.line >= 1


def test_a_public_sample_is_understood(real_data: Path, kuka_pose: Oracle) -> None:
    folder = real_data / "programs" / "estun"
    said = estun.read({name: (folder / name).read_text() for name in ("sample.erp", "sample.erd")})
    held = [m for m in said.moves if not m.missing]

    print(  # noqa: T201
        f"sample.erp: {len(said.statements)} statements, {100 * said.motion_understood:.0f} % of motion understood, "
        f"targets of {len(held)} of {len(said.moves)} in the files"
    )
    assert said.motion_understood >= 0.95
    assert said.understood >= 0.95
    assert [m.kind for m in said.moves] == ["joint", "line", "arc", "arc", "line", "line"]
    assert len(held) == 2
    assert held[1].frame_T_tcp == pytest.approx(
        kuka_pose(373.4005, 2412.4837, -304.8126, 90.7838, 61.2119, 89.922), abs=1e-9
    )
    assert held[1].frame.outer_T_frame == pytest.approx(kuka_pose(1808.5083, 344.7223, 1286.4944, 71, 0, 0), abs=1e-9)
    assert any(isinstance(s, Flow) and "SearchL" in s.text for s in said.statements)
