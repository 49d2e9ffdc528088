"""A part on a positioner, from the job file to a judged motion: seams lie flat, and a stranger sees what we see."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from cellwright.cell import world_moved
from cellwright.documents.cell_scene import cell_scene
from cellwright.errors import JobError, ProgramError
from cellwright.geometry import inv
from cellwright.job.loading import load_job
from cellwright.kinematics.chain import base_T_flange
from cellwright.paths.flat import lean_at
from cellwright.planning.document import encoded, plan_document
from cellwright.planning.loading import load_plan
from cellwright.planning.model import Plan
from cellwright.planning.stages import plan
from cellwright.programs import program
from cellwright.programs.external import of_the_arm
from cellwright.programs.proof import prove
from cellwright.programs.writers import abb
from cellwright.programs.writers.script import script
from cellwright.robots.beside import arm_of
from cellwright.robots.catalogue import load_robot
from small_job import EXAMPLES, TWO_SEAMS

BASE = "base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}"
AXES = """\
  axes:
    - {name: tilt, lower: -90 deg, upper: 90 deg, speed: 90 deg/s}
    - {name: turn, lower: -180 deg, upper: 180 deg, speed: 120 deg/s}
"""
TILT_TURN = (
    "positioner:\n  at: {yaw: 90 deg}\n  drawn: {kind: tilt_turn, height: 800 mm, radius: 300 mm}\n"
    + AXES
    + "obstacles:\n"
    "  - {name: clamp, kind: fixture, on: turn, box: {x: 40 mm, y: 40 mm, z: 40 mm}, at: {x: 230 mm, z: 820 mm}}\n"
    "  - {name: cabinet, box: {x: 500 mm, y: 500 mm, z: 1 m}, at: {x: -1.2 m, y: -1.2 m, z: 500 mm}}"
)


def job(folder: Path, *lines: str) -> Path:
    (folder / "bracket.step").write_bytes((EXAMPLES / "parts/bracket.step").read_bytes())
    (folder / "job.yaml").write_text(TWO_SEAMS.replace(BASE, "\n".join(lines)), encoding="utf-8")
    return folder / "job.yaml"


@pytest.fixture
def stranger(tmp_path: Path):
    """Return what judges a plan by its file alone, by other engines than ours."""
    pytest.importorskip("coal", reason="Coal judges, and is not installed")
    from stranger import catalogue_arm, judge

    def judged(made: Plan):
        (tmp_path / "plan.json").write_bytes(encoded(plan_document(made)))
        return judge(tmp_path / "plan.json", catalogue_arm(made.cell.robot.key))

    return judged


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan(load_job(job(tmp_path_factory.mktemp("positioner"), BASE, TILT_TURN)))


def at_work(planned: Plan) -> list[tuple[int, np.ndarray]]:
    """The rows of each seam."""
    t = planned.motion.t
    return [(o, np.flatnonzero((t >= t0 - 1e-9) & (t <= t1 + 1e-9))) for o, t0, t1 in planned.motion.strokes]


def test_every_seam_is_welded_flat_and_the_positioner_stands_still_in_it(planned: Plan):
    assert planned.ok, planned.findings
    assert planned.cell.robot.chain.joints[:2] == ("turn", "tilt")
    for operation, rows in at_work(planned):
        q = planned.motion.q[rows]
        lean = lean_at(planned.cell, planned.work.operations[operation].alternatives[0], q[:1])
        assert np.rad2deg(lean).max() < 15.0  # as drawn both lie 45 deg off
        assert np.ptp(q[:, :2], axis=0).max() < 1e-12
    assert np.ptp(planned.motion.q[:, 1]) > np.deg2rad(30)


def test_up_is_where_gravity_says(planned: Plan):
    """The plate's normal in the world by hand: tilt about y (x turned by 90 deg), then turn about its own z."""
    for _, rows in at_work(planned):
        turn, tilt = planned.motion.q[rows[0], :2]
        c, s = np.cos(tilt), np.sin(tilt)
        tilted = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        c, s = np.cos(turn), np.sin(turn)
        world_R_table = tilted @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        seen = world_moved(planned.cell, planned.motion.q[rows[:1]])[0]

        assert np.abs(seen[:3, :3].T - world_R_table).max() < 1e-12
        assert np.abs(inv(seen) @ [0, 0, 0.8, 1] - [0, 0, 0.8, 1]).max() < 1e-12  # both axes pass through it


def test_the_arm_alone_is_the_catalogue_s(planned: Plan):
    robot, own = planned.cell.robot, load_robot("abb/IRB2600-12-1.65")
    q = np.random.default_rng(0).uniform(-1, 1, (20, 8))
    arm = arm_of(robot)

    assert arm.family == own.family
    assert np.abs(base_T_flange(arm.chain, q[:, 2:]) - base_T_flange(own.chain, q[:, 2:])).max() < 1e-12
    world_T_flange = inv(world_moved(planned.cell, q)) @ planned.cell.world_T_base @ base_T_flange(robot.chain, q)
    assert np.abs(world_T_flange - planned.cell.world_T_base @ base_T_flange(own.chain, q[:, 2:])).max() < 1e-12
    assert np.array_equal(arm.lower, own.lower) or (arm.lower >= own.lower).all()


def test_a_stranger_judges_it_with_the_part_moving(planned: Plan, stranger):
    verdict = stranger(planned)

    assert not verdict.collisions
    assert verdict.configurations > verdict.rows
    assert verdict.deviation < 1e-4
    assert verdict.speed_error < 0.01
    assert verdict.at_work[0] == pytest.approx(planned.figures["tool_clearance"], abs=1e-3)


@pytest.mark.slow
def test_the_example_is_welded_flat_and_a_stranger_agrees(request: pytest.FixtureRequest):
    made = plan(load_job(EXAMPLES / "06_weld_on_positioner.yaml"))

    assert made.ok, made.findings
    assert len(made.motion.strokes) == 8
    for operation, rows in at_work(made):
        lean = lean_at(made.cell, made.work.operations[operation].alternatives[0], made.motion.q[rows[:1]])
        assert np.rad2deg(lean).max() < 25.0  # as drawn 45 deg, and 135 deg below the head
    verdict = request.getfixturevalue("stranger")(made)
    assert not verdict.collisions
    assert verdict.deviation < 1e-4
    assert verdict.speed_error < 0.01


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The foot of a tube, welded all round while the table turns it below the torch."""
    folder = tmp_path_factory.mktemp("coordinated")
    file = job(
        folder, BASE, TILT_TURN.replace("  axes:", "  moves: coordinated\n  axes:").replace("180 deg", "360 deg")
    )
    text = file.read_text(encoding="utf-8").replace("seam_3", "seam_16").replace("      - seam: seam_7\n", "")
    file.write_text(text, encoding="utf-8")
    return plan(load_job(file))


def test_a_coordinated_positioner_keeps_a_round_seam_flat_below_the_torch(turned: Plan):
    """As drawn the seam leans 45 deg all round; no position that stands still does better than 45 deg on the mean."""
    ((_, rows),) = at_work(turned)
    cell, q = turned.cell, turned.motion.q[rows]
    seen_T_tcp = cell.world_T_base @ base_T_flange(cell.robot.chain, q) @ cell.tool.flange_T_tcp
    travel = np.gradient(seen_T_tcp[:, :3, 3], axis=0)
    travel /= np.linalg.norm(travel, axis=1, keepdims=True)
    out = -seen_T_tcp[:, :3, 2]
    out -= (out * travel).sum(1, keepdims=True) * travel
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    lean = np.rad2deg(np.arccos((out * world_moved(cell, q)[:, :3, 2]).sum(1)))

    assert turned.ok, turned.findings
    assert np.rad2deg(np.ptp(q[:, 0])) > 270.0
    assert lean.mean() < 25.0
    assert turned.figures["seam_deviation"] < 1e-4
    assert turned.figures["seam_speed_off"] < 0.01
    with pytest.raises(ProgramError, match="coupled"):
        script(turned, external=True)


def test_a_stranger_sees_nothing_touch_while_the_table_turns(turned: Plan, stranger):
    assert not stranger(turned).collisions


def test_the_plan_is_read_back_and_drawn(planned: Plan, tmp_path: Path):
    content = encoded(plan_document(planned))
    (tmp_path / "plan.json").write_bytes(content)
    document = json.loads(content)
    scene = cell_scene(planned)
    nodes = {node.name: node.parent_T_node for node in scene.nodes}

    assert encoded(plan_document(load_plan(tmp_path / "plan.json"))) == content
    assert [track["group"] for track in document["tracks"]] == ["robot", "positioner"]
    assert document["positioner"]["axes"][1]["carries"][-1].startswith("part.")
    assert nodes["positioner/turn"].shape == (len(scene.t), 4, 4)
    assert np.ptp(nodes["positioner/turn"], axis=0).max() > 0.3
    assert nodes["obstacles/cabinet"].shape == (4, 4)
    assert any(name.startswith("positioner/turn/parts/") for name in nodes)


def test_every_target_says_where_the_external_axes_are(planned: Plan):
    """By a search in the text: what it says of them is what the plan's moves say, from the ground up."""
    (text,) = (content.decode() for content in abb.write(planned).values())
    targets = re.findall(
        r"CONST (?:jointtarget|robtarget) \w+:=.*\[(\S+?),(\S+?),9E\+09,9E\+09,9E\+09,9E\+09\]\];", text
    )
    said = {(float(tilt), float(turn)) for tilt, turn in targets}
    planned_q = {(round(t, 6), round(u, 6)) for u, t in np.rad2deg([m.q[:2] for m in planned.path.moves]) + 0.0}

    assert len(targets) == len(re.findall(r"CONST (?:jointtarget|robtarget)", text))
    assert said == planned_q | {(0.0, 0.0)}
    assert "external axis 1 is 'tilt'" in text
    assert len(re.findall("PERS wobjdata", text)) == len(
        {m.q[:2].tobytes() for m in planned.path.moves if m.operation is not None}
    )


def test_frames_of_the_program_lie_where_the_positioner_holds_the_part(planned: Plan):
    """The arm alone, from its catalogue entry, puts the tool where frame and pose say; so do writer and proof apart."""
    own, controller = load_robot("abb/IRB2600-12-1.65"), planned.cell.robot.controller
    assert controller is not None
    for alone in (script(planned, external=True).plan, of_the_arm(planned, controller)[0]):
        for move, whole in zip(alone.path.moves, planned.path.moves, strict=True):
            if move.kind == "joint":
                continue
            world_T_tcp = alone.cell.world_T_base @ base_T_flange(own.chain, whole.q[2:]) @ alone.cell.tool.flange_T_tcp
            assert np.abs(alone.cell.frames[move.frame] @ move.frame_T_tcp - world_T_tcp).max() < 1e-7


def test_a_writer_without_words_for_the_axes_refuses_the_plan(planned: Plan):
    with pytest.raises(ProgramError, match="tilt"):
        script(planned)


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (("base: auto", TILT_TURN), "positioner"),
        ((BASE, TILT_TURN.replace("on: turn", "on: spin")), "obstacles.0.on"),
        ((BASE, "obstacles:\n  - {name: a, on: turn, sphere: {radius: 1 mm}}"), "obstacles.0.on"),
        ((BASE, TILT_TURN.replace("tilt_turn", "turntable")), "positioner.axes"),
        ((BASE, TILT_TURN.replace("lower: -90 deg", "lower: 100 deg")), "positioner.axes.0.upper"),
        ((BASE, TILT_TURN.replace("name: tilt,", "name: tilt, rest: 91 deg,")), "positioner.axes.0.rest"),
        ((BASE, TILT_TURN.replace("name: tilt,", "name: tilt, about: x,")), "positioner.axes.0"),
        ((BASE, "positioner:\n" + AXES), "positioner.axes.0.about"),
        ((BASE, TILT_TURN.replace("speed: 90 deg/s", "speed: 90 mm/s")), "positioner.axes.0.speed"),
    ],
)
def test_a_positioner_that_makes_no_sense_is_refused_where_it_stands(lines: tuple[str, ...], key: str, tmp_path: Path):
    with pytest.raises(JobError) as error:
        load_job(job(tmp_path, *lines))

    assert key in [str(problem.where.key) for problem in error.value.problems if problem.where]


def test_the_program_is_read_back_with_its_axes_and_a_wrong_one_is_found(planned: Plan):
    made = program(planned)
    ((name, content),) = made.files.items()
    text = content.decode()
    turned = next(found for found in re.finditer(r",(-?\d+\.\d+),9E\+09", text) if abs(float(found[1])) > 5.0)

    assert made.proof.ok, made.proof.findings
    wrong = text[: turned.start(1)] + f"{float(turned[1]) + 1.0:.6f}" + text[turned.end(1) :]
    told = prove(planned, {name: wrong.encode()}).findings
    assert "program-external" in {finding.code for finding in told if finding.severity == "error"}
