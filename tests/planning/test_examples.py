"""The numbered examples, from the job file to programs that were read back, and judged again by a reader."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from cellwright.planning.failure import SCHEMA
from small_job import EXAMPLES

from .conftest import NAMES, Made
from .plan_reader import PlanReader

SEAMS = {f"seam_{n}" for n in (3, 4, 7, 8, 12, 13, 14, 15, 16)}
WORST_DISTANCE = 1e-5  # [m]
WORST_ANGLE = 1.8e-4  # [rad], 0.01 deg
RAMP = 0.002  # [m] of a seam at both ends where the tool gains and loses its speed


@pytest.mark.slow
def test_every_seam_is_welded_where_and_as_fast_as_asked(example: Made):
    plan, figures = example.plan, example.plan.figures

    assert plan.ok, [f for f in plan.findings if f.severity == "error"]
    assert {plan.work.operations[operation].name for operation, _, _ in plan.motion.strokes} == SEAMS
    assert len(plan.motion.strokes) == 9
    assert figures["seam_deviation"] < 1e-4
    assert figures["seam_speed_off"] < 0.01
    assert figures["speed_share"] <= 1 + 1e-6
    assert figures["limit_margin"] > 0
    assert figures["tool_clearance"] >= plan.cell.tool_clearance - 1e-9
    assert plan.motion.duration.high < plan.job.takt


@pytest.mark.slow
def test_the_program_says_what_the_plan_says(example: Made):
    proof = example.program.proof

    assert proof.ok, proof.findings
    assert example.program.brand == example.plan.cell.robot.key.partition("/")[0]
    assert len(proof.targets) >= len(example.plan.path.moves)
    assert proof.worst_distance < WORST_DISTANCE
    assert proof.worst_via < WORST_DISTANCE
    assert proof.worst_angle < WORST_ANGLE
    assert proof.worst_speed < 0.01
    assert proof.understood == 1.0


@pytest.mark.slow
def test_a_stranger_finds_limits_kept_and_seams_followed(example: Made):
    reader = PlanReader(example.content)
    robot, q, t = reader.robot, reader.q, reader.t
    steps = np.diff(t)
    moving = steps > 1e-6
    frame = np.array(reader.document["frames"]["part"])

    assert reader.document["schema"] == SCHEMA
    assert reader.document["ok"] is True
    assert tuple(reader.joints) == robot.chain.joints
    assert np.all(steps >= 0)
    assert np.all((q > robot.lower) & (q < robot.upper))
    assert np.all(np.abs(np.diff(q, axis=0)[moving]) / steps[moving, None] <= robot.speed * 1.001)
    assert np.abs(np.diff(q, axis=0)[~moving]).max(initial=0) < 1e-6
    assert np.rad2deg(np.abs(np.diff(q, axis=0)).max()) < 0.5
    assert {stroke["operation"] for stroke in reader.document["strokes"]} == SEAMS
    for stroke in reader.document["strokes"]:
        rows = reader.rows(stroke)
        tip, seconds = reader.tip[rows][:, :3, 3], np.diff(t[rows])
        way = np.linalg.norm(np.diff(tip, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(way)])
        steady = (along[:-1] >= RAMP) & (along[1:] <= along[-1] - RAMP) & (seconds > 1e-6)
        assert way.max() < 2e-3
        assert np.abs(way[steady] / seconds[steady] / stroke["speed"] - 1).max() < 0.01
        moves = [
            m for m in reader.document["moves"] if m["operation"] == stroke["operation"] and m["role"] == "process"
        ]
        assert {m["frame"] for m in moves} == {"part"}
        for move in moves:
            target = (frame @ np.array(move["frame_T_tcp"]))[:3, 3]
            assert np.linalg.norm(tip - target, axis=1).min() < 1e-4
        lines = [m for m in moves if m["kind"] == "line"]
        if len(lines) == len(moves):
            corners = np.array([tip[0], *((frame @ np.array(m["frame_T_tcp"]))[:3, 3] for m in lines)])
            assert off_the_line(tip, corners).max() < 1e-4


def off_the_line(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return how far each point is from the polyline."""
    distances = []
    for a, b in pairwise(corners):
        share = np.clip((points - a) @ (b - a) / max((b - a) @ (b - a), 1e-30), 0, 1)
        distances.append(np.linalg.norm(points - a - share[:, None] * (b - a), axis=1))
    return np.min(distances, axis=0)


@pytest.mark.slow
def test_every_pair_that_was_not_judged_is_said(example: Made):
    said = " ".join(finding["what"] for finding in example.document["findings"])

    for a, b, why in example.document["allowed"]:
        if "not judged" in why:
            assert a in said
            assert b in said


@pytest.mark.slow
def test_the_same_job_gives_the_same_bytes_in_another_process_that_remembers_nothing(kuka: Made, tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cellwright import cache, compiled\n"
        "cache.cache_folder = lambda: Path(sys.argv[3])\n"  # kernels stay compiled, no stage is kept
        "from cellwright.cli import app\n"
        "app(['plan', sys.argv[1], '--out', sys.argv[2], '--quiet'])\n"
    )
    arguments = [str(EXAMPLES / f"{NAMES[0]}.yaml"), str(tmp_path / "out"), str(tmp_path / "cache")]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment,
    )

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "cache" / "stages").iterdir())
    for name, content in kuka.program.files.items():
        assert (tmp_path / "out" / name).read_bytes() == content
    again = PlanReader((tmp_path / "out" / "plan.json").read_bytes()).document
    assert again.pop("files") == sorted([*kuka.document["files"], "plan.json", "report.html"])
    again.pop("digest")  # over the files too
    assert again == {key: value for key, value in kuka.document.items() if key not in ("files", "digest")}
