"""What is true of every robot program, and what of each language."""

import re
from dataclasses import replace

import numpy as np
import pytest
from robodk import robomath

from cellwright.errors import ProgramError
from cellwright.geometry import inv, pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.processes.work import Event
from cellwright.programs.writers import LANGUAGES, WRITERS, open_points
from cellwright.robots.model import Datum

BRANDS = sorted(WRITERS)
WITH_PLACEHOLDERS = ["abb", "estun", "kuka"]  # a load has to stand in their programs, known or not
NUMBER = r"-?\d+\.\d+"
NAMES = re.compile(r"(?i)\b(run_)?(JOB|CW_TOOL|CW_USER|CW_WOBJ|CW_BASE)_\w*|(?<=^///NAME )CW_\w*")
JBI = {"yaskawa"}
"""What begins with slashes there is no comment."""

EVIL = [
    "x\nEND\nDEF evil()",
    "x\r\n$OUT[1]=TRUE",
    'a";MoveJ p,v,z,t;!',
    "ENDMODULE",
    "*/ End; /*",
    "//",
    "焊接 工件",
    "",
    "9",
    "n" * 200,
    "\x00\x1b[2J\u2028\u202e",
    "process_on",
]


def text(files: dict[str, bytes], suffix: str) -> str:
    return next(data for name, data in files.items() if name.endswith(suffix)).decode("ascii")


def joined(data: bytes) -> bytes:
    """The text with comments that go over several lines as one."""
    return re.sub(rb" ;\r\n *\d+:  !|\r\n'", b" ", data)


def numbers(line: str) -> list[float]:
    return [float(value) for value in re.findall(NUMBER, line)]


@pytest.mark.parametrize("brand", BRANDS)
def test_the_same_plan_gives_the_same_bytes(brand, plan_for):
    assert WRITERS[brand](plan_for(brand)) == WRITERS[brand](plan_for(brand))


@pytest.mark.parametrize("brand", BRANDS)
def test_every_line_is_short_printable_ascii_with_one_line_end(brand, plan_for):
    end = "\n" if brand in {"aubo", "dobot", "jaka", "ur"} else "\r\n"
    for name, data in WRITERS[brand](plan_for(brand)).items():
        lines = data.decode("ascii").split(end)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}\.[A-Za-z]{2,6}", name)
        assert lines[-1] == ""
        assert all(line.replace("\t", "").isprintable() and len(line) <= 320 for line in lines)


@pytest.mark.parametrize("brand", BRANDS)
def test_minus_zero_is_never_written(brand, plan_for):
    for data in WRITERS[brand](plan_for(brand)).values():
        assert not re.search(rb"-0(\.0*)?(?![.\d])", data)


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("name", EVIL)
def test_no_name_of_a_job_changes_what_a_program_does(brand, name, plan_for):
    plain = plan_for(brand)
    tool = replace(plain.cell.tool, name=name)
    operations = tuple(replace(operation, name=name) for operation in plain.work.operations)
    evil = replace(plan_for(brand, name=name, tool=tool), work=replace(plain.work, operations=operations))

    def instructions(files: dict[str, bytes]) -> list[str]:
        lines = [line for data in files.values() for line in re.split(r"\r?\n", data.decode("ascii"))]
        # comments go, with the numbers of their lines, and lines that count lines
        lines = [re.sub(r"^ *\d+(:| ) *", "", line).strip() for line in lines]
        lines = [line for line in lines if not re.match(r"(;|!|//|#|--|'|LINE_COUNT)", line) or brand in JBI]
        if brand in JBI:
            lines = [line for line in lines if not line.startswith("'")]
        # names may differ, nothing else
        return [NAMES.sub("NAME", line) for line in lines]

    assert instructions(WRITERS[brand](evil)) == instructions(WRITERS[brand](plain))
    own = r"(?i)(job_\w*|start|stop|part_\d+|cw_\w+|TOOL|UFRAME)\.\w{2,6}"
    assert all(re.fullmatch(own, file) for file in WRITERS[brand](evil))


@pytest.mark.parametrize("brand", BRANDS)
def test_a_robot_without_a_controller_map_gets_no_program(brand, plan_for):
    robot = replace(plan_for(brand).cell.robot, controller=None)

    with pytest.raises(ProgramError, match="controller"):
        WRITERS[brand](plan_for(brand, robot=robot))


@pytest.mark.parametrize("brand", BRANDS)
def test_an_unverified_axis_map_is_said(brand, plan_for):
    plan = plan_for(brand)
    controller = replace(plan.cell.robot.controller, vectors=0)
    plan = plan_for(brand, robot=replace(plan.cell.robot, controller=controller))

    assert any(b"CONVENTION UNVERIFIED" in joined(data) for data in WRITERS[brand](plan).values())
    assert "convention-unverified" in {finding.code for finding in open_points(plan, brand)}


@pytest.mark.parametrize("brand", BRANDS)
def test_an_unknown_mass_is_a_marked_placeholder(brand, plan_for):
    tool = replace(plan_for(brand).cell.tool, mass=Datum(value=None, source="", confidence=None))
    plan = plan_for(brand, tool=tool)
    files = b"".join(WRITERS[brand](plan).values())

    assert b"PLACEHOLDER" in files
    if brand in WITH_PLACEHOLDERS:
        assert {"kuka": b"{M -1.000,", "abb": b",[0.001,[0,0,0.001],", "estun": b"// SetPayload"}[brand] in files
    assert "tool-load-unknown" in {finding.code for finding in open_points(plan, brand)}


@pytest.mark.parametrize("brand", WITH_PLACEHOLDERS)
def test_frames_make_the_chain_from_root_to_tool_close(brand, plan_for):
    """Root over user frame and target must be root over the arm as the description knows it, and the tool."""
    plan = plan_for(brand)
    controller, chain = plan.cell.robot.controller, plan.cell.robot.chain
    files = WRITERS[brand](plan)
    if brand == "abb":
        lines = text(files, ".mod").split("\r\n")
        tool, frame = (numbers(next(x for x in lines if kind in x))[:7] for kind in ("tooldata", "wobjdata"))
        targets = [numbers(line)[:7] for line in lines if "robtarget" in line]
        to_pose = lambda v: quaternion_pose(v)  # noqa: E731
    else:
        data = text(files, {"kuka": ".dat", "estun": ".erd"}[brand]).split("\r\n")
        marks = {"kuka": ("FRAME CW_TOOL", "FRAME CW_BASE"), "estun": ('"TOOL"', '"USERCOOR"')}[brand]
        tool, frame = (numbers(next(x for x in data if mark in x))[-6:] for mark in marks)
        source = text(files, ".src").split("\r\n") if brand == "kuka" else data
        shape = r"LIN \{" if brand == "kuka" else r'P\d+=\{_type="CPOS"'
        targets = [numbers(line)[:6] for line in source if re.match(shape, line)]
        to_pose = lambda v: np.array(robomath.KUKA_2_Pose(v).Rows())  # noqa: E731

    base_T_tcp = inv(plan.cell.world_T_base) @ plan.cell.frames["part"] @ plan.path.moves[1].frame_T_tcp
    base_T_root_mm = pose(controller.base_T_root[:3, 3] * 1e3, controller.base_T_root[:3, :3])
    written = base_T_root_mm @ to_pose(frame) @ to_pose(targets[0])
    base_T_flange_ = base_T_flange(chain, plan.path.moves[1].q)
    by_the_arm = pose(base_T_flange_[:3, 3] * 1e3, base_T_flange_[:3, :3]) @ controller.flange_T_mount @ to_pose(tool)

    assert np.allclose(written[:3, 3], base_T_tcp[:3, 3] * 1e3, atol=0.002)
    assert np.allclose(written[:3, :3], base_T_tcp[:3, :3], atol=1e-6)
    assert np.allclose(written[:3, 3], by_the_arm[:3, 3], atol=0.002)
    assert np.allclose(written[:3, :3], by_the_arm[:3, :3], atol=1e-6)


def quaternion_pose(values: list[float]) -> np.ndarray:
    matrix = np.array(robomath.quaternion_2_pose(values[3:7]).Rows())
    matrix[:3, 3] = values[:3]
    return matrix


@pytest.mark.parametrize("brand", WITH_PLACEHOLDERS)
def test_joint_targets_are_written_as_the_controller_counts(brand, plan_for):
    plan = plan_for(brand)
    controller = plan.cell.robot.controller
    files = WRITERS[brand](plan)
    source = text(files, {"kuka": ".src", "abb": ".mod", "estun": ".erd"}[brand])
    lines = [line for line in source.split("\r\n") if re.search(r'PTP \{|jointtarget|"APOS"', line)]
    expected = np.degrees(
        [controller.axis_map @ q + controller.axis_zero for q in (plan.path.start, plan.path.moves[0].q)]
    )

    assert np.allclose([numbers(line)[:6] for line in lines[:2]], expected, atol=1e-5)


def test_poses_say_the_same_in_every_language(plan_for):
    kuka = numbers(
        next(x for x in text(WRITERS["kuka"](plan_for("kuka")), ".src").split("\r\n") if x.startswith("LIN"))
    )
    estun = numbers(next(x for x in text(WRITERS["estun"](plan_for("estun")), ".erd").split("\r\n") if "CPOS" in x))
    abb = numbers(next(x for x in text(WRITERS["abb"](plan_for("abb")), ".mod").split("\r\n") if "robtarget" in x))

    assert kuka == pytest.approx(estun[:6], abs=1e-5)
    assert np.allclose(np.array(robomath.KUKA_2_Pose(kuka).Rows()), quaternion_pose(abb), atol=1e-6)


def test_krl_brackets_and_folds_and_subprograms_are_balanced(plan_for):
    for data in WRITERS["kuka"](plan_for("kuka")).values():
        lines = data.decode("ascii").split("\r\n")
        code = [line.partition(";")[0] for line in lines]
        assert all(line.count(a) == line.count(b) for line in code for a, b in ("()", "{}", "[]"))
        assert sum(x.startswith(";FOLD") for x in lines) == sum(x.startswith(";ENDFOLD") for x in lines)
        assert sum(x.startswith("DEF ") for x in code) == sum(x == "END" for x in code)
        assert sum(x.startswith("DEFDAT ") for x in code) == sum(x == "ENDDAT" for x in code)
        assert max(len(name) for line in code for name in re.findall(r"\w+", line)) <= 24


def test_krl_calls_only_what_it_defines(plan_for):
    source = text(WRITERS["kuka"](plan_for("kuka")), ".src")

    assert set(re.findall(r"^(CW_\w+)\(", source, re.M)) == set(re.findall(r"^DEF (CW_\w+)\(", source, re.M))


def test_krl_starts_with_an_absolute_joint_move(plan_for):
    source = text(WRITERS["kuka"](plan_for("kuka")), ".src").split("\r\n")

    assert re.match(r"PTP \{A1 ", next(line for line in source if re.match(r"(PTP|LIN|CIRC) ", line)))


def test_rapid_declares_what_it_uses_once(plan_for):
    source = text(WRITERS["abb"](plan_for("abb")), ".mod")
    code = "\n".join(line for line in source.split("\r\n") if not line.strip().startswith("!"))
    declared = re.findall(r"(?:PERS|CONST) \w+ (\w+):=", code)
    used = set(re.findall(r"\bcw_\w+", code.partition("PROC ")[2]))

    assert len(declared) == len(set(declared))
    assert used <= set(declared)
    assert max(map(len, declared)) <= 32


def test_rapid_welds_from_start_to_end(plan_for):
    source = text(WRITERS["abb"](plan_for("abb")), ".mod")
    words = re.findall(r"^ +(Move\w+|Arc\w+) ", source, re.M)

    seam_1 = ["MoveAbsJ", "ArcLStart", "ArcL", "ArcCEnd", "MoveL"]
    seam_2 = ["MoveAbsJ", "ArcLStart", "ArcL", "ArcLEnd", "MoveL"]
    assert words == ["MoveAbsJ", *seam_1, *seam_2, "MoveAbsJ", "MoveAbsJ"]


def test_rapid_configurations_are_quarter_turns_of_the_axes(plan_for):
    plan = plan_for("abb")
    lines = [line for line in text(WRITERS["abb"](plan), ".mod").split("\r\n") if "robtarget" in line]
    first = re.search(r"\],\[(-?\d+),(-?\d+),(-?\d+),(\d)\],\[9E", lines[0])

    assert first is not None
    q = np.degrees(plan.path.moves[1].q)
    assert [int(value) for value in first.groups()] == [*np.floor(q[[0, 3, 5]] / 90).astype(int), 0]


def test_estun_refers_only_to_its_own_data(plan_for):
    files = WRITERS["estun"](plan_for("estun"))
    entries = re.findall(r"^(\w+)=\{_type=", text(files, ".erd"), re.M)
    used = set(re.findall(r"t_l\.(\w+)", text(files, ".erp")))

    assert len(entries) == len(set(entries))
    assert used == set(entries)


def test_estun_data_are_tables_with_balanced_braces(plan_for):
    for line in text(WRITERS["estun"](plan_for("estun")), ".erd").split("\r\n"):
        assert line == "" or line.startswith("//") or re.fullmatch(r"\w+=\{.*\}", line)
        assert line.count("{") == line.count("}")


def test_estun_does_not_weave_along_an_arc(plan_for):
    plan = plan_for("estun", weave=False)
    events = (Event(kind="weave_on", segment=1, when="start", values={"amplitude": 0.002, "frequency": 2.0}),)
    moves = list(plan.path.moves)
    moves[2] = replace(moves[2], events=(*events, *moves[2].events))

    with pytest.raises(ProgramError, match="weaves along an arc"):
        WRITERS["estun"](replace(plan, path=replace(plan.path, moves=tuple(moves))))


@pytest.mark.parametrize("brand", WITH_PLACEHOLDERS)
def test_signals_and_waits_stand_between_the_moves(brand, plan_for):
    port = "doGas" if brand == "abb" else 5.0
    events = (
        Event(kind="set_output", segment=0, when="end", values={"signal": port, "value": 1.0}),
        Event(kind="wait_input", segment=0, when="end", values={"signal": port, "value": 0.0}),
        Event(kind="wait", segment=0, when="end", values={"time": 0.25}),
    )
    plan = plan_for(brand)
    moves = list(plan.path.moves)
    moves[4] = replace(moves[4], events=events)
    files = WRITERS[brand](replace(plan, path=replace(plan.path, moves=tuple(moves))))
    source = text(files, {"kuka": ".src", "abb": ".mod", "estun": ".erp"}[brand])

    expected = {
        "kuka": ["$OUT[5]=TRUE", "WAIT FOR $IN[5]==FALSE", "WAIT SEC 0.250"],
        "abb": ["SetDO doGas,1;", "WaitDI doGas,0;", "WaitTime 0.250;"],
        "estun": [
            "SetSimDO{SimIO=t_l.SimDO5,Val=1}",
            "WaitSimDI{SimIO=t_l.SimDI5,Val=0,T=0,InterEnable=0,Ret=t_l.INT1}",
            "Wait{T=250}",
        ],
    }[brand]
    lines = [line.strip() for line in source.split("\r\n")]
    at = lines.index(expected[0])
    assert lines[at : at + 3] == expected
    # nothing can happen at a rounded corner
    assert not re.search(r"C_DIS|cw_z|ABSOLUTE", lines[at - 1])


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("port", ["5]=TRUE", 1.5, -1.0, ""])
def test_a_signal_that_the_language_cannot_name_is_refused(brand, port, plan_for):
    plan = plan_for(brand)
    moves = list(plan.path.moves)
    moves[4] = replace(moves[4], events=(Event(kind="set_output", segment=0, when="end", values={"signal": port}),))

    with pytest.raises(ProgramError, match="signal"):
        WRITERS[brand](replace(plan, path=replace(plan.path, moves=tuple(moves))))


@pytest.mark.parametrize("brand", BRANDS)
def test_a_pose_that_is_no_number_is_refused(brand, plan_for):
    plan = plan_for(brand)
    moves = list(plan.path.moves)
    moves[1] = replace(moves[1], frame_T_tcp=np.full((4, 4), np.nan))

    with pytest.raises(ProgramError):
        WRITERS[brand](replace(plan, path=replace(plan.path, moves=tuple(moves))))


@pytest.mark.parametrize("brand", BRANDS)
def test_every_language_says_what_it_relies_on(brand, plan_for):
    language = LANGUAGES[brand]
    source = joined(b"".join(WRITERS[brand](plan_for(brand)).values())).decode("ascii")

    assert language.unverified
    assert all(f"UNVERIFIED: {convention}" in source for convention in language.unverified)
    assert language.resolution.length <= 1e-6
