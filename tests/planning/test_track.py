"""A robot on a track, from the job file to a judged motion: the track carries it to what it cannot reach alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from cellwright.documents.report import report
from cellwright.errors import JobError, ProgramError
from cellwright.geometry import inv
from cellwright.job.loading import load_job
from cellwright.kinematics.chain import base_T_flange
from cellwright.planning.document import encoded, plan_document
from cellwright.planning.loading import load_plan
from cellwright.planning.model import Plan
from cellwright.planning.stages import plan
from cellwright.programs.writers.script import script
from cellwright.robots.beside import arm_of
from small_job import EXAMPLES, SMALL

BASE = "base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}"
AWAY = "base: {mount: floor, x: 1275 mm, y: -2500 mm, z: 0 mm, yaw: 180 deg}"
TRACK = "track: {along: '-y', upper: 3000 mm, speed: 1000 mm/s}"


def job(folder: Path, *lines: str) -> Path:
    (folder / "bracket.step").write_bytes((EXAMPLES / "parts/bracket.step").read_bytes())
    (folder / "job.yaml").write_text(SMALL.replace(BASE, "\n".join(lines)), encoding="utf-8")
    return folder / "job.yaml"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan(load_job(job(tmp_path_factory.mktemp("track"), AWAY, TRACK)))


def test_the_track_carries_the_arm_to_its_seam(planned: Plan):
    robot, q = planned.cell.robot, planned.motion.q

    assert planned.ok
    assert robot.chain.joints[0] == "track"
    assert q.shape[1] == robot.dof == arm_of(robot).dof + 1
    assert q[0, 0] == q[-1, 0] == 0.0
    assert q[:, 0].max() > 1.0  # 2.5 m to the side the arm reaches nothing from where it waits
    assert (q >= robot.lower - 1e-9).all()
    assert (q <= robot.upper + 1e-9).all()
    assert (np.abs(planned.motion.qd[:, 0]) <= 1.0 + 1e-6).all()


def test_the_tool_is_where_each_move_says(planned: Plan):
    """By the arm alone, its base shifted by hand."""
    cell = planned.cell
    for move in planned.path.moves:
        world_T_base = cell.world_T_base.copy()
        world_T_base[:3, 3] -= move.q[0] * cell.world_T_base[:3, 1]
        world_T_tcp = world_T_base @ base_T_flange(arm_of(cell.robot).chain, move.q[1:]) @ cell.tool.flange_T_tcp

        assert np.abs(inv(cell.frames[move.frame]) @ world_T_tcp - move.frame_T_tcp).max() < 1e-7


def test_no_program_leaves_the_track_out(planned: Plan):
    with pytest.raises(ProgramError, match="track"):
        script(planned)


def test_a_plan_with_a_track_is_read_back_and_reported(planned: Plan, tmp_path: Path):
    content = encoded(plan_document(planned))
    (tmp_path / "plan.json").write_bytes(content)

    assert encoded(plan_document(load_plan(tmp_path / "plan.json"))) == content
    assert json.loads(content)["tracks"][0]["joints"][0] == "track"
    assert report(planned, [])


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (("base: auto", TRACK), "track"),
        (("base: {mount: pedestal, z: 500 mm}", TRACK), "track"),
        ((AWAY, "track: {along: y, lower: 2 m, upper: 1 m, speed: 1 m/s}"), "track.upper"),
        ((AWAY, "track: {along: y, upper: 1 m, rest: 2 m, speed: 1 m/s}"), "track.rest"),
        ((AWAY, "track: {along: z, upper: 1 m, speed: 1 m/s}"), "track.along"),
        ((AWAY, "track: {along: y, upper: 1 m, speed: 1}"), "track.speed"),
    ],
)
def test_a_track_that_makes_no_sense_is_refused_where_it_stands(lines: tuple[str, ...], key: str, tmp_path: Path):
    with pytest.raises(JobError) as error:
        load_job(job(tmp_path, *lines))

    assert [str(problem.where.key) for problem in error.value.problems if problem.where] == [key]
