"""Orientation, units and configuration of the languages, against an implementation of another author."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from cellwright.errors import ProgramError
from cellwright.programs.readers import READERS, aubo, comau, fanuc, kawasaki, mitsubishi, read, staubli, ur, yaskawa
from cellwright.programs.readers.fanuc_points import misfits
from cellwright.programs.statements import Flow, Move, Posture, Signal, Statements, Unknown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns of an import style that is not used here
    from robodk import robomath

VALUES = (418.57, -147.321, 251.179, 25.5, -33.25, 71.125)
NUMBERS = ",".join(f"{v}" for v in VALUES)


def _metres(pose: robomath.Mat) -> np.ndarray:
    array = np.array(pose.Rows())
    array[:3, 3] *= 1e-3
    return array


def _fanuc(body: str, points: str = "") -> Statements:
    rows = "".join(f"{k}:{line} ;\n" for k, line in enumerate(body.splitlines(), start=1))
    return fanuc.read({"a.ls": f"/PROG A\n/MN\n{rows}/POS\n{points}/END\n"})


def _fanuc_point(values: tuple[float, ...], config: str = "N U T, 0, 0, 0", number: int = 1) -> str:
    x, y, z, w, p, r = values
    return (
        f"P[{number}]{{\n GP1:\n UF : 0, UT : 0, CONFIG : '{config}',\n X = {x} mm, Y = {y} mm, Z = {z} mm,\n"
        f" W = {w} deg, P = {p} deg, R = {r} deg\n}};\n"
    )


def _yaskawa(*, positions: str, body: str) -> Statements:
    return yaskawa.read({"a.jbi": f"/JOB\n//NAME A\n//POS\n{positions}\n//INST\nNOP\n{body}\nEND\n"})


def _staubli() -> Statements:
    x, y, z, rx, ry, rz = VALUES
    point = f'<Value key="0" x="{x}" y="{y}" z="{z}" rx="{rx}" ry="{ry}" rz="{rz}" fatherId="world[0]"/>'
    tool = '<Data name="t" type="tool" size="1"><Value key="0" z="9" fatherId="flange[0]"/></Data>'
    speed = '<Data name="m" type="mdesc" size="1"><Value key="0" vel="50" tmax="20" blend="off"/></Data>'
    data = f'<Database><Datas><Data name="p" type="pointRx" size="1">{point}</Data>{tool}{speed}</Datas></Database>'
    code = '<Programs><Program name="start"><Code><![CDATA[\nbegin\nmovel(p,t,m)\nend\n]]></Code></Program></Programs>'
    return staubli.read({"a.pgx": code, "a.dtx": data})


ORACLES: dict[str, tuple[Callable[[], Statements], Callable[..., robomath.Mat]]] = {
    "fanuc": (lambda: _fanuc("L P[1] 100mm/sec FINE", _fanuc_point(VALUES)), robomath.Fanuc_2_Pose),
    "yaskawa": (
        lambda: _yaskawa(positions=f"///POSTYPE ROBOT\n///RECTAN\nC00000={NUMBERS}", body="MOVL C00000 V=5 PL=0"),
        robomath.Motoman_2_Pose,
    ),
    "staubli": (_staubli, robomath.Staubli_2_Pose),
    "kawasaki": (
        lambda: kawasaki.read({"a.as": f".PROGRAM a()\nBASE NULL\nLMOVE TRANS({NUMBERS})\n.END\n"}),
        robomath.Adept_2_Pose,
    ),
    "comau": (
        lambda: comau.read({"a.pdl": f"PROGRAM a\nBEGIN\nMOVE LINEAR TO POS({NUMBERS},'')\nEND a\n"}),
        robomath.Comau_2_Pose,
    ),
    "mitsubishi": (
        lambda: mitsubishi.read({"a.prg": f"Mvs P1\nEnd\nP1=({NUMBERS})(7,0)\n"}),
        lambda values: robomath.Fanuc_2_Pose(values),
    ),
}


@pytest.mark.parametrize("brand", ORACLES)
def test_a_pose_is_what_another_implementation_says(brand: str) -> None:
    reading, oracle = ORACLES[brand]
    move = reading().moves[0]

    assert move.frame_T_tcp == pytest.approx(_metres(oracle(list(VALUES))), abs=1e-9)


def test_a_ur_pose_is_a_rotation_vector_in_metres() -> None:
    values = (0.4, -0.2, 0.3, 1.1, -0.7, 0.4)
    move = ur.read({"a.script": f"movel(p[{','.join(map(str, values))}], v=0.1)\n"}).moves[0]
    expected = _metres(robomath.UR_2_Pose([1e3 * v for v in values[:3]] + list(values[3:])))

    assert move.frame_T_tcp == pytest.approx(expected, abs=1e-9)


def test_an_aubo_pose_turns_about_the_fixed_axes() -> None:
    values = (0.4, -0.2, 0.3, 1.1, -0.7, 0.4)
    move = aubo.read({"a.lua": f"moveLine({{{','.join(map(str, values))}}},1,0.1,0,0)\n"}).moves[0]
    degrees = [1e3 * v for v in values[:3]] + [math.degrees(v) for v in values[3:]]

    assert move.frame_T_tcp == pytest.approx(_metres(robomath.Fanuc_2_Pose(degrees)), abs=1e-9)


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        ("J P[1] 20% FINE", {"share": 0.2}),
        ("L P[1] 150mm/sec FINE", {"speed": 0.15}),
        ("L P[1] 60cm/min FINE", {"speed": 0.01}),
        ("L P[1] 90deg/sec FINE", {"turn_speed": math.pi / 2}),
        ("L P[1] 2.5sec FINE", {"duration": 2.5}),
        ("L P[1] R[3]mm/sec FINE", {"speed": 0.05}),
        ("L P[1] WELD_SPEED FINE", {"speed": None}),
        ("L P[1] 100mm/sec CNT50", {"zone": None}),
        ("L P[1] 100mm/sec CR5", {"zone": 0.005}),
    ],
)
def test_speeds_and_corners_of_tp(speed: str, said: dict[str, float | None]) -> None:
    move = _fanuc(f"R[3]=50\n{speed}", _fanuc_point(VALUES)).moves[0]

    for name, value in said.items():
        assert getattr(move, name) == (None if value is None else pytest.approx(value))


def test_an_offset_of_tp_shifts_and_one_that_turns_is_not_told() -> None:
    register = "".join(f"PR[4,{k}]={v}\n" for k, v in enumerate((10, 20, 30, 0, 0, 0), start=1))
    move = _fanuc(register + "L P[1] 100mm/sec FINE Offset,PR[4]", _fanuc_point(VALUES)).moves[0]
    plain = _fanuc("L P[1] 100mm/sec FINE", _fanuc_point(VALUES)).moves[0]

    assert move.frame_T_tcp[:3, 3] - plain.frame_T_tcp[:3, 3] == pytest.approx([0.01, 0.02, 0.03])
    turned = register.replace("PR[4,6]=0", "PR[4,6]=5")
    for last in (turned + "L P[1] 100mm/sec FINE Offset,PR[4]", "L P[1] 100mm/sec FINE INC", "A P[1] 9mm/sec FINE"):
        assert [u.kind for u in _fanuc(last, _fanuc_point(VALUES)).unknown] == ["motion"]


def test_a_point_of_tp_that_was_taught_with_another_tool_is_not_told() -> None:
    said = _fanuc("UTOOL_NUM=3\nL P[1] 100mm/sec FINE", _fanuc_point(VALUES))

    assert "tool 0" in said.unknown[0].reason


def test_the_configuration_of_tp_is_held_against_the_axes() -> None:
    said = _fanuc("L P[1] 100mm/sec FINE", _fanuc_point(VALUES, "N U T, 0, 1, -1")).moves[0].configuration
    axes = np.radians([10.0, 20.0, 30.0, 200.0, -40.0, -250.0])
    posture = Posture(ahead=0.5, beyond=0.4, wrist=-0.7)

    assert misfits(said, axes, posture) == ()
    assert len(misfits({**said, "flip": 1}, axes, posture)) == 1
    assert len(misfits({**said, "up": 0, "front": 0}, axes, posture)) == 2
    assert len(misfits({**said, "turn2": 0}, axes, posture)) == 1
    assert len(misfits({**said, "turn3": 1}, axes, posture)) == 1


def test_counts_of_inform_are_kept_and_not_turned_into_angles() -> None:
    said = _yaskawa(positions="///TOOL 1\n///PULSE\nC00000=0,-4474,-711,0,-51077,0", body="MOVJ C00000 VJ=12.5")
    move = said.moves[0]

    assert list(move.counts) == [0, -4474, -711, 0, -51077, 0]
    assert (move.joints, move.share, move.zone) == (None, 0.125, None)
    assert move.missing == ("counts per degree", "TOOL 1")


def test_v_of_inform_counts_what_a_comment_says() -> None:
    positions = f"///POSTYPE ROBOT\n///RECTAN\nC00000={NUMBERS}"

    assert _yaskawa(positions=positions, body="MOVL C00000 V=60").moves[0].speed == pytest.approx(0.06)
    assert _yaskawa(positions=positions, body="'V in cm/min\nMOVL C00000 V=60").moves[0].speed == pytest.approx(0.01)


def test_three_circular_points_of_inform_are_one_arc_and_four_are_not_told() -> None:
    positions = "///POSTYPE ROBOT\n///RECTAN\n" + "\n".join(f"C0000{k}={k * 10}.0,{k % 2},0,0,0,0" for k in range(4))
    run = [f"MOVC C0000{k} V=5" for k in range(4)]
    arc = _yaskawa(positions=positions, body="\n".join(["MOVL C00000 V=5", *run[:3]]))

    assert [m.kind for m in arc.moves] == ["line", "arc"]
    assert arc.moves[1].frame_T_via[:3, 3] == pytest.approx([0.01, 0.001, 0])
    assert [u.kind for u in _yaskawa(positions=positions, body="\n".join(run)).unknown] == ["motion"] * 3


def test_scripts_wait_call_and_branch() -> None:
    said = read(
        {
            "a.script": b"def main():\n  while not get_standard_digital_in(2):\n    sync()\n  end\n  sub(0.2)\n"
            b"  if get_standard_digital_in(1):\n    sleep(1)\n  end\n  stranger()\nend\n"
            b"def sub(h):\n  movel(p[0,0,h,0,3.1,0], v=h)\nend\nmain()\n"
        },
        brand="ur",
    )
    told = [s for s in said.statements if isinstance(s, (Move, Signal, Flow, Unknown))]

    assert [getattr(s, "kind", "flow") for s in told] == ["wait_input", "line", "flow", "wait", "flow"]
    assert told[0].values == {"input": "2", "value": 1.0}
    assert (told[1].speed, told[1].frame_T_tcp[2, 3]) == (0.2, 0.2)
    assert told[-1].reason.startswith("a function that is not known")


@pytest.mark.parametrize(
    ("brand", "name", "text", "line"),
    [
        ("fanuc", "a.ls", "/PROG A\n/MN\n1:J P[1] 5% FINE ;\n/POS\nP[1]{\n GP1:\n X = 1 mm\n};\n/END", 5),
        ("fanuc", "a.ls", "/PROG A\n/MN\nJ P[1] 5% FINE ;\n/POS\n/END", 3),
        ("yaskawa", "a.jbi", "/JOB\n//NAME A\n//POS\nC00000=1,2,x\n//INST\nNOP\nEND", 4),
        ("ur", "a.script", "def a():\n  movel(p[1,2,3])\nend", 2),
        ("ur", "a.script", "def a():\n  if 1 == 2:\n    sync()\nend", 1),
        ("kawasaki", "a.as", ".PROGRAM a()\nLMOVE TRANS(1,2\n.END", 2),
        ("mitsubishi", "a.prg", "Mvs P1\nP1=(1,2)(0,0)", 2),
        ("epson", "a.prg", "Function main\n Go XY(1,2\nFend", 2),
        ("comau", "a.pdl", "PROGRAM a\nBEGIN\nMOVE TO {1,2\nEND a", 3),
        ("elite", "a.jbi", "//JOB\nSETPOSE V000 1,2", 2),
        ("staubli", "a.pgx", "<Programs>\n<Program>", 2),
        ("staubli", "a.pgx", '<!DOCTYPE x [<!ENTITY a "b">]>\n<Programs/>', 1),
        ("codroid", "a.lua", "movJ({jp={1,2}},{v=1}", 1),
        ("dobot", "a.lua", "\nMovL({pose={1,2,3,4,5,6}},{speed=}))", 2),
        ("aubo", "a.lua", "x = = 3", 1),
        ("jaka", "a.jks", "movj([0,0,0,0,0,1e99],0,1,1,0)", 1),
    ],
)
def test_a_malformed_line_is_an_error_that_names_its_place(brand: str, name: str, text: str, line: int) -> None:
    with pytest.raises(ProgramError) as caught:
        read({name: text.encode()}, brand=brand)

    assert caught.value.where is not None
    assert (str(caught.value.where.file), caught.value.where.line) == (name, line)


@pytest.mark.parametrize("brand", READERS)
def test_what_a_reader_takes_for_granted_is_a_sentence(brand: str) -> None:
    assert all(isinstance(line, str) and len(line) > 10 for line in READERS[brand].assumed)
