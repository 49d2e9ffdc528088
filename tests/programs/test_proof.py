"""A program is proven when an independent reader, replayed through the robot's conventions, gives the plan back."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path as File

import numpy as np
import pytest

import cellwright.programs.readers
from cellwright.cell import Cell, Tool
from cellwright.errors import ProgramError
from cellwright.geometry import Array, frozen, inv, pose, turn, turn_x, turn_y, turn_z
from cellwright.job.model import Job
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.motion.model import Duration, Motion
from cellwright.paths.model import Move, Path
from cellwright.planning.model import Plan
from cellwright.processes.work import Event, Operation, Work
from cellwright.programs import program
from cellwright.programs.proof import prove
from cellwright.programs.readers import abb, estun, krl
from cellwright.programs.writers import WRITERS
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum, Robot

ROBOTS = {"abb": "abb/IRB2600-12-1.65", "estun": "estun/iER20-1760", "kuka": "kuka/KR20-R1810-2"}
TORCH = pose((0.042, -0.013, 0.381), turn_z(0.3) @ turn_y(0.62) @ turn_x(-0.11))
ON = Event(kind="process_on", segment=1, when="start", values={"job": 3.0, "current": 180.0, "voltage": 24.0})
OFF = Event(kind="process_off", segment=2, when="end")


def _reached(robot: Robot, wanted: Array, near: Array) -> Array:
    q = solve(robot.chain, wanted[None]).q[0]
    q = q[np.isfinite(q).all(-1)]
    return frozen(q[np.argmin(np.abs(q - near).max(-1))])


def _plan(brand: str) -> Plan:
    """Home, above the seam, down to it, along a line and an arc with the arc burning, away, home."""
    robot = load_robot(ROBOTS[brand])
    home = np.array(robot.home)
    world_T_base = pose((0.4, -0.2, 0.5), turn_z(0.7))
    # a part before the robot, its frame turned about all axes
    base_T_work = pose((1.15, 0.12, 0.55), turn_y(math.pi) @ turn_z(0.4) @ turn_x(0.35))
    base_T_part = base_T_work @ pose((0.1, 0.2, 0.3), turn_z(1.1) @ turn_y(-0.5) @ turn_x(2.0))
    part_T_work = inv(base_T_part) @ base_T_work
    poses = [
        part_T_work @ pose((0, 0, -0.08)),
        part_T_work,
        part_T_work @ pose((0.15, 0.0, 0.0), turn_x(0.2)),
        part_T_work @ pose((0.2, 0.05, 0.0), turn_x(0.2) @ turn_z(0.3)),
        part_T_work @ pose((0.2, 0.05, -0.1), turn_x(0.2) @ turn_z(0.3)),
    ]
    middle = (0.15 + 0.05 * math.sin(math.pi / 4), 0.05 - 0.05 * math.cos(math.pi / 4), 0.0)
    via = part_T_work @ pose(middle, turn_x(0.2) @ turn_z(0.15))
    q = home
    joints: list[Array] = []
    for part_T_tcp in poses:
        q = _reached(robot, base_T_part @ part_T_tcp @ inv(TORCH), q)
        joints.append(q)
    kinds = ["joint", "line", "line", "arc", "line"]
    speeds = [0.4, 0.05, 0.008, 0.008, 0.25]
    zones = [0.01, 0.0, 0.001, 0.0, 0.02]
    events = [(), (), (ON,), (OFF,), ()]
    moves = [
        Move(
            kind=kind,
            q=q,
            frame="part",
            frame_T_tcp=frozen(part_T_tcp),
            frame_T_via=frozen(via) if kind == "arc" else None,
            speed=speed,
            zone=zone,
            role="process" if event else "transit",
            operation=0 if event else None,
            events=event,
        )
        for kind, q, part_T_tcp, speed, zone, event in zip(kinds, joints, poses, speeds, zones, events, strict=True)
    ]
    base_T_home = base_T_flange(robot.chain, home) @ TORCH
    moves.append(
        Move(
            kind="joint",
            q=frozen(home),
            frame="part",
            frame_T_tcp=frozen(inv(base_T_part) @ base_T_home),
            speed=0.5,
            zone=0.0,
            role="transit",
        )
    )
    tool = Tool(name="torch", flange_T_tcp=frozen(TORCH), bodies=(), mass=Datum(value=2.5, source="", confidence=None))
    cell = Cell(
        robot=robot,
        world_T_base=frozen(world_T_base),
        tool=tool,
        frames={"part": frozen(world_T_base @ base_T_part)},
        bodies=(),
        home=frozen(home),
        clearance=0.01,
        tool_clearance=0.002,
    )
    empty = np.zeros((1, robot.dof))
    motion = Motion(
        t=np.zeros(1),
        q=empty,
        qd=empty,
        qdd=empty,
        move=np.zeros(1, dtype=np.int32),
        duration=Duration(low=0.0, nominal=0.0, high=0.0, reason=""),
        strokes=(),
    )
    return Plan(
        job=Job.model_construct(name="proof"),
        cell=cell,
        work=Work(operations=(Operation(name="seam_1", key=("tasks", 0), alternatives=(), process="arc_weld"),)),
        path=Path(start=frozen(home), moves=tuple(moves)),
        motion=motion,
        findings=(),
        tried=(),
        figures={},
    )


PLANS = {brand: _plan(brand) for brand in ROBOTS}
FILES = {brand: WRITERS[brand](PLANS[brand]) for brand in ROBOTS}

Change = Callable[[str], str]


def _codes(brand: str, files: Mapping[str, bytes], plan: Plan | None = None) -> set[str]:
    proof = prove(plan or PLANS[brand], files)
    assert proof.ok == (not any(f.severity == "error" for f in proof.findings))
    return {finding.code for finding in proof.findings if finding.severity == "error"}


def _changed(brand: str, change: Change) -> dict[str, bytes]:
    files = {name: change(data.decode()).encode() for name, data in FILES[brand].items()}
    assert files != FILES[brand]
    return files


def _swap(pattern: str, template: str, *, nth: int = 0) -> Change:
    """Replace the nth match of a pattern that stands for something in the program."""

    def change(text: str) -> str:
        found = list(re.finditer(pattern, text))
        if len(found) <= nth:
            return text
        match = found[nth]
        return text[: match.start()] + match.expand(template) + text[match.end() :]

    return change


@pytest.mark.parametrize("brand", ROBOTS)
def test_a_program_says_what_its_plan_says(brand: str) -> None:
    written = program(PLANS[brand])
    proof = written.proof

    assert proof.ok, [f.what for f in proof.findings]
    assert proof.understood == 1.0
    assert [t.kind for t in proof.targets] == ["joint", "line", "line", "arc", "line", "joint"]
    assert proof.worst_distance < 1e-6
    assert proof.worst_via < 1e-6
    assert proof.worst_angle < 1e-6
    assert proof.worst_joint < 1e-6
    assert proof.worst_speed < 1e-3
    assert proof.worst_zone == 0.0
    assert max(proof.worst_tool[0], proof.worst_frame[0]) < 1e-6
    assert proof.signals == 2
    assert {"tool torch", "frame part"} <= written.names.keys()


@pytest.mark.parametrize("brand", ROBOTS)
def test_the_same_plan_gives_the_same_bytes_and_the_same_proof(brand: str) -> None:
    first, second = program(PLANS[brand]), program(PLANS[brand])

    assert first.files == second.files
    assert first.proof.targets == second.proof.targets


TEXT_FAULTS: dict[str, dict[str, tuple[Change, str]]] = {
    "kuka": {
        "sign": (_swap(r"LIN \{X -", "LIN {X "), "program-pose"),
        "micrometres": (_swap(r"(LIN \{X -?\d+\.)(\d)", r"\g<1>9\2"), "program-pose"),
        "swapped angles": (
            _swap(r"A (-?[\d.]+),B (-?[\d.]+),C (-?[\d.]+)\}", r"A \3,B \2,C \1}", nth=1),
            "program-pose",
        ),
        "wrong tool": (_swap(r"(CW_TOOL_torch=\{X )42", r"\g<1>52"), "program-tool"),
        "no tool": (_swap(r"\$TOOL=CW_TOOL_torch", "$TOOL=$NULLFRAME"), "program-tool"),
        "wrong frame": (_swap(r"(CW_BASE_part=\{X \d+\.\d+,Y )2", r"\g<1>3"), "program-frame"),
        "frame turned": (_swap(r"(CW_BASE_part=\{.*?,A )101", r"\g<1>102"), "program-frame"),
        "no such frame": (_swap(r"\$BASE=CW_BASE_part", "$BASE=CW_BASE_other"), "program-frame"),
        "axis turned once": (_swap(r"A6 -45\.73750", "A6 314.26250"), "program-joints"),
        "sign of an axis": (_swap(r"A4 48", "A4 -48"), "program-joints"),
        "speed tenfold": (_swap(r"\$VEL\.CP=0\.008000", "$VEL.CP=0.080000"), "program-speed"),
        "joint speed": (_swap(r"#VEL_PTP,40", "#VEL_PTP,41"), "program-speed"),
        "zone of a joint move": (_swap(r"\$APO\.CPTP=", "$APO.CPTP=1"), "program-zone"),
        "zone": (_swap(r"\$APO\.CDIS=20", "$APO.CDIS=25"), "program-zone"),
        "rounds where it stops": (_swap(r"(C -147\.27874\})", r"\1 C_DIS"), "program-zone"),
        "process not on": (_swap(r"\nCW_PROCESS_ON\(.*", ""), "program-event"),
        "process on too late": (_swap(r"(CW_PROCESS_ON\(1.*\n)((?:.*\n)*?)(LIN .*\n)", r"\2\3\1"), "program-event"),
        "process not off": (_swap(r"\nCW_PROCESS_OFF\(1\)", ""), "program-event"),
        "wrong job": (_swap(r"CW_PROCESS_ON\(1,3", "CW_PROCESS_ON(1,4"), "program-event"),
        "wrong current": (_swap(r"180\.000,24", "190.000,24"), "program-event"),
        "line lost": (_swap(r"\nLIN .*", "", nth=1), "program-moves"),
        "line twice": (_swap(r"(\nLIN .*)", r"\1\1"), "program-moves"),
        "line made joint": (_swap(r"\nLIN \{", "\nPTP {"), "program-kind"),
        "via moved": (_swap(r"CIRC \{X -254", "CIRC {X -255"), "program-via"),
        "unknown motion": (_swap(r"\nEND", "\nLIN_REL {Z 5}\nEND"), "program-unknown"),
        "a loop": (_swap(r"\nCW_PROCESS_OFF\(1\)", "\nLOOP\nCW_PROCESS_OFF(1)\nENDLOOP"), "program-flow"),
        "stranger called": (_swap(r"\nCW_PROCESS_OFF\(1\)", "\nCLEAN()\nCW_PROCESS_OFF(1)"), "program-call"),
        "external override": (_swap(r"\$ADVANCE=3", "$IPO_MODE=#TCP"), "program-unknown"),
    },
    "abb": {
        "sign": (_swap(r"(cw_p1:=\[\[)-", r"\1"), "program-pose"),
        "scalar last": (
            _swap(r"(cw_p1:=\[\[.*?\],\[)(-?[\d.]+),(-?[\d.]+,-?[\d.]+,-?[\d.]+)", r"\1\3,\2"),
            "program-pose",
        ),
        "wrong tool": (_swap(r"\[\[42\.0000", "[[43.0000"), "program-tool"),
        "tool0": (_swap(r",cw_tool_torch\\WObj", r",tool0\\WObj", nth=1), "program-tool"),
        "wrong frame": (_swap(r"\[\[1090\.9965", "[[1091.9965"), "program-frame"),
        "no work object": (_swap(r"\\WObj:=cw_wobj_part", "", nth=1), "program-frame"),
        "turn bit": (_swap(r"(cw_p1:=.*?\],\[)0,-1,0,0", r"\g<1>0,0,0,0"), "program-configuration"),
        "elbow": (_swap(r"(cw_p1:=.*?\],\[)0,-1,0,0", r"\g<1>0,-1,0,2"), "program-configuration"),
        "axis turned once": (_swap(r"37\.012766", "397.012766"), "program-joints"),
        "weld speed": (_swap(r"cw_weld1:=\[8", "cw_weld1:=[80"), "program-speed"),
        "speed tenfold": (_swap(r"cw_v3:=\[50", "cw_v3:=[500"), "program-speed"),
        "joint speed": (_swap(r"cw_v2:=\[1125\.128,143", "cw_v2:=[2125.128,343"), "program-speed"),
        "override": (_swap(r"    ConfJ", "    VelSet 50,5000;\n    ConfJ"), "program-speed"),
        "zone": (_swap(r"cw_z3:=\[FALSE,20", "cw_z3:=[FALSE,25"), "program-zone"),
        "rounds where it stops": (_swap(r"fine(,cw_tool_torch\\WObj)", r"z0\1"), "program-zone"),
        "arc not lit": (_swap(r"ArcLStart (.*?),cw_seam1,cw_weld1", r"MoveL \1"), "program-event"),
        "arc not out": (_swap("ArcCEnd", "ArcC"), "program-event"),
        "wrong job": (_swap(r"\[3,0,24", "[4,0,24"), "program-event"),
        "line lost": (_swap(r"\n    MoveL .*", ""), "program-moves"),
        "line made joint": (_swap(r"\n    MoveL ", "\n    MoveJ "), "program-kind"),
        "via is the end": (_swap("ArcCEnd cw_p3,cw_p4", "ArcCEnd cw_p5,cw_p4"), "program-via"),
        "displacement": (_swap(r"    ConfJ", "    PDispSet shift;\n    ConfJ"), "program-unknown"),
        "a branch": (_swap(r"    ConfJ", "    IF ready THEN\n    ENDIF\n    ConfJ"), "program-flow"),
        "offset": (_swap(r"MoveL cw_p5", "MoveL Offs(cw_p5,0,0,1)"), "program-pose"),
    },
    "estun": {
        "sign": (_swap(r"x=-340", "x=340"), "program-pose"),
        "swapped angles": (
            _swap(r"(P2=.*?)a=(-?[\d.]+),b=(-?[\d.]+),c=(-?[\d.]+)", r"\1a=\4,b=\3,c=\2"),
            "program-pose",
        ),
        "wrong tool": (_swap(r"x=42", "x=43"), "program-tool"),
        "no tool": (_swap(r"SetTool\{.*", ""), "program-tool"),
        "wrong frame": (_swap(r"x=1090", "x=1091"), "program-frame"),
        "no frame": (_swap(r"SetCoord\{.*", ""), "program-frame"),
        "axis turned once": (_swap(r"a6=-49\.372579", "a6=310.627421"), "program-joints"),
        "speed tenfold": (_swap(r"tcp=8\.0", "tcp=80.0"), "program-speed"),
        "joint speed": (_swap(r"per=40\.0", "per=44.0"), "program-speed"),
        "zone": (_swap(r"dis=20", "dis=25"), "program-zone"),
        "rounds where it stops": (_swap(r"(MovL\{P=t_l\.P1.*?)\"FINE\"", r'\1"ABSOLUTE",C=t_s.C5'), "program-zone"),
        "process not on": (_swap(r"ARC_ON\{\}", ""), "program-event"),
        "process not off": (_swap(r"ARC_OFF\{\}", ""), "program-event"),
        "wrong current": (_swap(r"A=180", "A=200"), "program-event"),
        "line lost": (_swap(r"\nMovL\{.*", "", nth=1), "program-moves"),
        "line made joint": (_swap(r"\nMovL\{", "\nMovJ{"), "program-kind"),
        "wrong point": (_swap(r"P=t_l\.P5", "P=t_l.P1"), "program-pose"),
        "no such point": (_swap(r"P=t_l\.P5", "P=t_l.P55"), "program-target"),
        "unknown motion": (_swap(r"\nEnd;", "\nMovArch{P=t_l.P1}\nEnd;"), "program-unknown"),
        "a jump": (_swap(r"\nEnd;", "\nGOTO Start\nEnd;"), "program-flow"),
    },
}


@pytest.mark.parametrize(
    ("brand", "fault"), [(brand, fault) for brand, faults in TEXT_FAULTS.items() for fault in faults]
)
def test_a_fault_put_into_the_text_is_found(brand: str, fault: str) -> None:
    change, code = TEXT_FAULTS[brand][fault]

    assert code in _codes(brand, _changed(brand, change))


def _turned(a: float, b: float, c: float) -> Array:
    x, y, z = math.radians(a), math.radians(b), math.radians(c)
    return turn_x(x) @ turn_y(y) @ turn_z(z)


def _zyz(a: float, b: float, c: float) -> Array:
    return turn_z(math.radians(a)) @ turn_y(math.radians(b)) @ turn_z(math.radians(c))


def _scalar_last(x: float, y: float, z: float, w: float) -> Array:
    vector = np.array([x, y, z])
    angle = 2 * math.atan2(float(np.linalg.norm(vector)), w)
    return turn(vector / np.linalg.norm(vector), angle)


@pytest.mark.parametrize(
    ("brand", "module", "wrong"),
    [
        ("kuka", krl, _turned),
        ("kuka", krl, _zyz),
        ("estun", estun, _turned),
        ("estun", estun, _zyz),
        ("abb", abb, _scalar_last),
    ],
)
def test_a_wrong_orientation_convention_in_the_reader_alone_is_found(
    brand: str, module: object, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "rotation", wrong)

    assert {"program-tool", "program-frame", "program-flange"} <= _codes(brand, FILES[brand])


def _wrong_map(key: str, **change: object) -> Plan:
    plan = PLANS[key]
    controller = plan.cell.robot.controller
    assert controller is not None
    robot = dataclasses.replace(plan.cell.robot, controller=dataclasses.replace(controller, **change))
    return dataclasses.replace(plan, cell=dataclasses.replace(plan.cell, robot=robot))


@pytest.mark.parametrize("brand", ROBOTS)
@pytest.mark.parametrize("axis", range(6))
def test_a_wrong_sign_or_zero_of_an_axis_in_the_writer_alone_is_found(brand: str, axis: int) -> None:
    controller = PLANS[brand].cell.robot.controller
    assert controller is not None
    sign = controller.axis_map.copy()
    sign[axis] *= -1
    zero = controller.axis_zero.copy()
    zero[axis] += math.radians(0.02)

    for wrong in (_wrong_map(brand, axis_map=frozen(sign)), _wrong_map(brand, axis_zero=frozen(zero))):
        assert "program-joints" in _codes(brand, WRITERS[brand](wrong))


@pytest.mark.parametrize("brand", ROBOTS)
def test_a_wrong_root_or_face_in_the_writer_alone_is_found(brand: str) -> None:
    shifted = frozen(pose((0.0, 0.0, 0.00002)))
    root, face = _wrong_map(brand, base_T_root=shifted), _wrong_map(brand, flange_T_mount=shifted)

    assert "program-frame" in _codes(brand, WRITERS[brand](root))
    assert "program-tool" in _codes(brand, WRITERS[brand](face))


@pytest.mark.parametrize("brand", ROBOTS)
def test_a_line_that_would_have_to_change_its_branch_is_found(brand: str) -> None:
    plan = PLANS[brand]
    robot, moves = plan.cell.robot, list(plan.path.moves)
    others = solve(robot.chain, base_T_flange(robot.chain, moves[1].q)[None]).q[0]
    others = others[np.isfinite(others).all(-1)]
    q = frozen(others[np.argmax(np.abs(others - moves[1].q).max(-1))])
    moves[1] = dataclasses.replace(moves[1], q=q)
    wrong = dataclasses.replace(plan, path=dataclasses.replace(plan.path, moves=tuple(moves)))

    assert "program-branch" in _codes(brand, FILES[brand], wrong)


@pytest.mark.parametrize("brand", ROBOTS)
def test_joints_that_do_not_belong_to_the_pose_are_found(brand: str) -> None:
    plan = PLANS[brand]
    moves = list(plan.path.moves)
    moves[2] = dataclasses.replace(moves[2], q=frozen(np.asarray(moves[2].q) + 0.002))
    wrong = dataclasses.replace(plan, path=dataclasses.replace(plan.path, moves=tuple(moves)))

    assert "program-flange" in _codes(brand, FILES[brand], wrong)


@pytest.mark.parametrize("brand", ROBOTS)
def test_weaving_signals_and_waits_are_read_back(brand: str) -> None:
    plan = PLANS[brand]
    moves = list(plan.path.moves)
    swing = Event(
        kind="weave_on", segment=1, when="start", values={"shape": "zigzag", "amplitude": 0.002, "frequency": 2.0}
    )
    still = Event(kind="weave_off", segment=1, when="end")
    moves[2] = dataclasses.replace(moves[2], events=(ON, swing, still), zone=0.0)
    woven = dataclasses.replace(plan, path=dataclasses.replace(plan.path, moves=tuple(moves)))
    proof = program(woven).proof

    assert proof.ok, [f.what for f in proof.findings]
    assert proof.signals == 4
    assert "program-event" in _codes(brand, FILES[brand], woven)
    assert "program-event" in _codes(brand, WRITERS[brand](woven))


def test_a_turn_rate_that_slows_a_line_is_found() -> None:
    plan = PLANS["abb"]
    moves = list(plan.path.moves)
    moves[2] = dataclasses.replace(moves[2], events=())
    moves[3] = dataclasses.replace(moves[3], events=())
    dry = dataclasses.replace(plan, path=dataclasses.replace(plan.path, moves=tuple(moves)))
    files = WRITERS["abb"](dry)
    slow = {n: re.sub(rb"\[8\.0000,500,", b"[8.0000,0.1,", data) for n, data in files.items()}

    assert _codes("abb", files, dry) == set()
    assert slow != files
    assert _codes("abb", slow, dry) == {"program-speed"}


def test_readers_share_nothing_with_the_writers() -> None:
    folder = File(cellwright.programs.readers.__file__).parent
    allowed = {"errors", "geometry", "units", "statements"}

    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level >= 2:
                assert node.module in allowed, file.name
            assert not (isinstance(node, ast.ImportFrom) and node.level == 0 and "cellwright" in (node.module or ""))


def test_a_robot_without_a_map_or_a_writer_is_refused_with_the_way_out() -> None:
    plan = PLANS["kuka"]
    bare = dataclasses.replace(plan.cell.robot, controller=None)
    none = dataclasses.replace(plan, cell=dataclasses.replace(plan.cell, robot=bare))

    for wrong in (none, _wrong_map("kuka", brand="nobody")):
        with pytest.raises(ProgramError, match=r"abb, .*estun, .*kuka"):
            program(wrong)
    with pytest.raises(ProgramError, match="controller map"):
        prove(none, FILES["kuka"])
