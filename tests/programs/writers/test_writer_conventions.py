"""What each language says about frames, targets, signals and its own syntax, by means that are not ours."""

import ast
import re
import warnings
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from robodk import robomath

from cellwright.errors import ProgramError
from cellwright.geometry import pose
from cellwright.kinematics.chain import base_T_flange
from cellwright.processes.work import Event
from cellwright.programs.writers import WRITERS

SIX = r"\(?[\[{]?((?:-?[\d.]+, ?){5}-?[\d.]+)"


def _fixed_xyz(values: list[float]) -> object:
    return robomath.xyzrpw_2_pose(values)


def _in_mm(values: list[float]) -> object:
    return robomath.UR_2_Pose([v * 1e3 for v in values[:3]] + list(values[3:]))


def _rpy_in_rad(values: list[float]) -> object:
    return robomath.xyzrpw_2_pose([v * 1e3 for v in values[:3]] + list(np.degrees(values[3:])))


# what stands before the six numbers of the tool, of the user frame and of the first line's target; another vendor's
# converter for them
CARTESIAN = {
    "aubo": (r"setTcpOffset\(", r"local cw_user_part = ", r"moveLine\(poseTrans\(cw_user_part, ", _rpy_in_rad),
    "dobot": (r"SetTool\(9, ", r"SetUser\(9, ", r"MovL\(\{pose=", _fixed_xyz),
    "jaka": (r"toolOffset = ", r"userFrame = ", r"endPosL = ", _fixed_xyz),
    "kawasaki": (r"TOOL TRANS", r"BASE TRANS", r"LMOVE TRANS", robomath.Adept_2_Pose),
    "mitsubishi": (r"Tool ", None, r"P3=", _fixed_xyz),
    "ur": (r"set_tcp\(p", r"cw_user_part = p", r"movel\(pose_trans\(cw_user_part, p", _in_mm),
    "yaskawa": (r"///NAME CW_torch_45\r\n", r"////BUSER ", r"C00002=", robomath.Motoman_2_Pose),
}


def _files(brand: str, plan) -> str:
    return "\n".join(data.decode("ascii") for data in WRITERS[brand](plan).values())


def _six(before: str, text: str) -> list[float]:
    found = re.search(before + SIX, text)
    assert found is not None, before
    return [float(value) for value in found[1].split(",")]


def _fanuc(text: str) -> tuple[list[float], ...]:
    registers = [float(v) for v in re.findall(r"PR\[99,\d\]=(-?[\d.]+)", text)]
    place = re.search(r"^P\[3\]\{.*?^\};", text, re.M | re.S)
    assert place is not None
    return registers[:6], registers[6:12], [float(v) for v in re.findall(r"[XYZWPR] = *(-?[\d.]+)", place[0])]


def _staubli(text: str) -> tuple[list[float], ...]:
    words = ("x", "y", "z", "rx", "ry", "rz")

    def first(array: str) -> list[float]:
        found = re.search(rf'name="{array}".*?\n *<Value key="0" (.*?) />', text, re.S)
        assert found is not None
        return [float(re.search(rf'\b{word}="(-?[\d.]+)"', found[1])[1]) for word in words]

    return first("tTool"), first("fUser1"), first("pPos")


@pytest.mark.parametrize("brand", [*CARTESIAN, "fanuc", "staubli"])
def test_root_frame_and_target_close_with_arm_and_tool(brand, plan_for):
    plan = plan_for(brand)
    text = _files(brand, plan)
    if brand in CARTESIAN:
        *words, oracle = CARTESIAN[brand]
        tool, frame, target = (_six(word, text) if word else [0.0] * 6 for word in words)
    else:
        tool, frame, target = (_fanuc if brand == "fanuc" else _staubli)(text)
        oracle = robomath.Fanuc_2_Pose if brand == "fanuc" else robomath.Staubli_2_Pose
    root_T_frame, frame_T_tcp, mount_T_tcp = (np.array(oracle(v).Rows()) for v in (frame, target, tool))

    flange = base_T_flange(plan.cell.robot.chain, plan.path.moves[1].q)
    by_the_arm = pose(flange[:3, 3] * 1e3, flange[:3, :3]) @ mount_T_tcp
    written = root_T_frame @ frame_T_tcp

    assert np.allclose(written[:3, 3], by_the_arm[:3, 3], atol=0.01)
    assert np.allclose(written[:3, :3], by_the_arm[:3, :3], atol=3e-5)


JOINTS = {
    "aubo": (r"moveJoint\(\{(.*?)\}", 1.0),
    "dobot": (r"joint=\{(.*?)\}", 180.0 / np.pi),
    "fanuc": (r"\tJ1= *(.*?)\n\}", 180.0 / np.pi),
    "jaka": (r"endPosJ = \[(.*?)\]", 180.0 / np.pi),
    "kawasaki": (r"JMOVE #\[(.*?)\]", 180.0 / np.pi),
    "mitsubishi": (r"^J\d+=\((.*?)\)", 180.0 / np.pi),
    "staubli": (r'(j1=".*?) />', 180.0 / np.pi),
    "ur": (r"movej\(\[(.*?)\]", 1.0),
}


@pytest.mark.parametrize("brand", JOINTS)
def test_joint_targets_count_as_the_controller_does(brand, plan_for):
    """Sign, zero and coupling come from the robot's map: here J3 counts against J2, J5 backwards, J6 from elsewhere."""
    plan = plan_for(brand)
    coupling = np.diag([1.0, 1, 1, 1, -1, 1])
    coupling[2, 1] = -1.0
    controller = replace(plan.cell.robot.controller, axis_map=coupling, axis_zero=np.radians([0.0, 0, 90, 0, 0, 30.0]))
    plan = plan_for(brand, robot=replace(plan.cell.robot, controller=controller))
    form, factor = JOINTS[brand]
    rows = re.findall(form, _files(brand, plan), re.M | re.S)
    figures = [[float(v) for v in re.findall(r"(?<![J\dj])-?\d+\.\d+", row)] for row in rows]
    expected = [factor * (coupling @ q + controller.axis_zero) for q in (plan.path.start, plan.path.moves[0].q)]

    assert np.allclose(figures[:2], expected, atol=6e-4)


PORTS = {"kawasaki": (5.0, 1005.0)}
SAID = {
    "aubo": ["setStandardDigitalOutput(5, true)", "while getStandardDigitalInput(5) ~= false do", "sleep(0.250)"],
    "dobot": ["DO(5, ON)", 'Wait("DI(5) == OFF")', "Wait(250)"],
    "fanuc": ["DO[5]=ON ;", "WAIT DI[5]=OFF ;", "WAIT   0.25(sec) ;"],
    "jaka": ["set_digital_output(0, 5, 1, 1)", "wait_input(0, 5, 0, 0)", "sleep(0.250)"],
    "kawasaki": ["SIGNAL 5", "WAIT SIG(-1005)", "TWAIT 0.250"],
    "mitsubishi": ["M_Out(5)=1", "Wait M_In(5)=0", "Dly 0.250"],
    "staubli": ["dOut5=true", "wait(dIn5==false)", "delay(0.250)"],
    "ur": ["set_standard_digital_out(5, True)", "while get_standard_digital_in(5) != False:", "sleep(0.250)"],
    "yaskawa": ["DOUT OT#(5) ON", "WAIT IN#(5)=OFF", "TIMER T=0.25"],
}


@pytest.mark.parametrize("brand", SAID)
def test_signals_and_waits_come_in_order_after_an_exact_stop(brand, plan_for):
    output, entry = PORTS.get(brand, (5.0, 5.0))
    events = (
        Event(kind="set_output", segment=0, when="end", values={"signal": output, "value": 1.0}),
        Event(kind="wait_input", segment=0, when="end", values={"signal": entry, "value": 0.0}),
        Event(kind="wait", segment=0, when="end", values={"time": 0.25}),
    )
    plan = plan_for(brand)
    moves = list(plan.path.moves)
    moves[4] = replace(moves[4], events=events)
    text = _files(brand, replace(plan, path=replace(plan.path, moves=tuple(moves))))
    places = [text.index(line) for line in SAID[brand]]

    assert places == sorted(places)


def test_fanuc_says_no_more_than_a_line_and_a_comment_hold(plan_for):
    text = _files("fanuc", plan_for("fanuc", name="n" * 200))
    lines = text.split("\r\n")

    assert max(len(line.partition("!")[2]) for line in lines) <= 34
    said = text.partition("/MN")[2]
    assert re.findall(r"^ *(\d+):", text, re.M) == [str(i + 1) for i in range(said.count(" ;\r\n"))]
    assert all(len(name) <= 24 for name in re.findall(r"/PROG  (\w+)", text))


def test_long_paths_go_to_programs_that_the_first_one_calls(plan_for, monkeypatch):
    for brand, call in (("fanuc", r"CALL (\w+) ;"), ("yaskawa", r"CALL JOB:(\w+)"), ("staubli", r"call (part_\d)\(\)")):
        plan = plan_for(brand)
        whole = WRITERS[brand](plan)
        module = __import__(f"cellwright.programs.writers.{brand}", fromlist=["POINTS"])
        monkeypatch.setattr(module, "MOVES" if brand == "staubli" else "POINTS", 5)
        cut = WRITERS[brand](plan)
        main = next(data for name, data in cut.items() if re.match(r"(?i)job_bracket\.(ls|jbi)|start", name))
        called = re.findall(call, main.decode("ascii"))

        assert len(called) >= 2
        assert len(cut) == len(whole) + len(called)
        assert all(any(name.startswith(f"{part}.") for name in cut) for part in called)


@pytest.mark.parametrize("brand", ["aubo", "dobot"])
def test_lua_compiles(brand, plan_for):
    lupa = pytest.importorskip("lupa")
    for weave in (True, False):
        for data in WRITERS[brand](plan_for(brand, weave=weave)).values():
            lupa.LuaRuntime().compile(data.decode("ascii"))


def test_lua_for_dobot_runs_and_calls_only_what_it_defines_or_the_controller_has(plan_for):
    lupa = pytest.importorskip("lupa")
    lua = lupa.LuaRuntime()
    calls: list[str] = []
    for word in ("MovJ", "MovL", "Arc", "SetUser", "SetTool", "SetPayload"):
        lua.globals()[word] = lambda *given, word=word: calls.append(word)
    lua.execute(next(iter(WRITERS["dobot"](plan_for("dobot")).values())).decode("ascii"))

    assert calls.count("MovL") == 7
    assert calls.count("Arc") == 1


def test_urscript_and_jks_are_python_but_for_their_ends(plan_for):
    for brand in ("ur", "jaka"):
        for data in WRITERS[brand](plan_for(brand)).values():
            ast.parse(re.sub(r"(?m)^ *end$", "", data.decode("ascii")))


def test_val3_files_are_xml_and_refer_only_to_their_own_data(plan_for):
    files = WRITERS["staubli"](plan_for("staubli"))
    for data in files.values():
        ElementTree.fromstring(data)
    sizes = {
        entry.attrib["name"]: int(entry.attrib["size"])
        for entry in ElementTree.fromstring(files["job_bracket.dtx"]).iter(
            "{http://www.staubli.com/robotics/VAL3/Data/2}Data"
        )
    }
    used = re.findall(r"\b(\w+)\[(\d+)\]", files["start.pgx"].decode("ascii").partition("movej")[2])

    assert all(int(n) < sizes[array] for array, n in used if array not in {"CDATA"})
    assert max(map(len, sizes)) <= 15


def test_rapid_passes_a_foreign_parser(plan_for):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the parser's own parser
        check = pytest.importorskip("rapidchecker.check")
    for weave in (True, False):
        text = next(iter(WRITERS["abb"](plan_for("abb", weave=weave)).values())).decode("ascii")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            assert list(check.check_format(text.replace("\r\n", "\n"))) == []


def test_inform_arcs_name_three_points_and_part_two_arcs(plan_for):
    text = _files("yaskawa", plan_for("yaskawa", weave=False))

    assert re.search(r"MOVL C\d+ .*\r\nMOVC C\d+ .*\r\nMOVC C\d+ .*\r\nMOVC C\d+ ", text)


def test_inform_cannot_say_an_axis_beyond_a_full_turn(plan_for):
    plan = plan_for("yaskawa")
    moves = list(plan.path.moves)
    moves[0] = replace(moves[0], q=moves[0].q + np.array([0, 0, 0, 0, 0, 6.5 * np.pi]))

    with pytest.raises(ProgramError, match="RCONF"):
        WRITERS["yaskawa"](replace(plan, path=replace(plan.path, moves=tuple(moves))))


def test_fanuc_counts_turns_in_its_configuration(plan_for):
    plan = plan_for("fanuc")
    moves = list(plan.path.moves)
    for k, move in enumerate(moves):
        moves[k] = replace(move, q=move.q + np.array([0, 0, 0, 0, 0, 2 * np.pi]))
    text = _files("fanuc", replace(plan, path=replace(plan.path, moves=tuple(moves))))

    assert set(re.findall(r"CONFIG : '(.*?)'", text)) == {"F U T, 0, 0, 1"}
