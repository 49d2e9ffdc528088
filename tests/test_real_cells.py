"""A real part before a real robot, planned by the command line and judged by a stranger's program."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("coal", reason="Coal judges, and is not installed")
pytest.importorskip("pinocchio", reason="pinocchio reads the robot, and is not installed")

import numpy as np

import stranger

pytestmark = pytest.mark.slow

JOB = """
name: as1
allow_outside: true
part: {{file: {part}, at: {{x: -90 mm, y: -75 mm, z: 804 mm}}}}
robot: {robot}
base: {{mount: pedestal, x: 924 mm, y: 924 mm, z: 300 mm, yaw: -135 deg}}
tool:
  name: torch
  tcp: {{x: 84 mm, z: 330 mm, pitch: 45 deg}}
  mass: 3.2 kg
  bodies:
    - {{name: mount, cylinder: {{radius: 42 mm, length: 70 mm}}, at: {{z: 35 mm}}}}
    - {{name: neck, capsule: {{from: {{z: 80 mm}}, to: {{x: 25 mm, z: 271 mm}}, radius: 13 mm}}}}
    - {{name: nozzle, cylinder: {{radius: 9 mm, length: 62 mm}}, at: {{x: 51.5 mm, z: 297.5 mm, pitch: 45 deg}}}}
    - name: wire
      working: true
      cylinder: {{radius: 0.6 mm, length: 15 mm}}
      at: {{x: 78.7 mm, z: 324.7 mm, pitch: 45 deg}}
obstacles:
  - {{name: table, kind: fixture, box: {{x: 500 mm, y: 500 mm, z: 40 mm}}, at: {{z: 780 mm}}}}
  - {{name: clamp, kind: fixture, box: {{x: 40 mm, y: 40 mm, z: 50 mm}}, at: {{y: -97 mm, z: 825 mm}}}}
tasks:
  - kind: arc_weld
    speed: 8 mm/s
    seams: [{{seam: seam_1}}, {{seam: seam_5}}]
"""


@pytest.fixture(scope="module")
def robot(real_data: Path) -> Path:
    return real_data / "robots" / "yaskawa_ar2010" / "yaskawa_ar2010.urdf"


@pytest.fixture(scope="module")
def plan(real_data: Path, robot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cell")
    part = real_data / "parts" / "mechanical" / "as1-tu-203.stp"
    (folder / "job.yaml").write_text(JOB.format(part=part, robot=robot), encoding="utf-8")
    program = "from cellwright.cli import main; main()"
    command = [sys.executable, "-c", program, "plan", str(folder / "job.yaml"), "--out", str(folder), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "plan.json"


@pytest.fixture(scope="module")
def verdict(plan: Path, robot: Path) -> stranger.Verdict:
    return stranger.judge(plan, stranger.read_arm(robot))


def test_nothing_touches_that_must_not(verdict: stranger.Verdict):
    assert verdict.collisions == {}
    assert verdict.configurations >= verdict.rows > 1000
    # the job keeps 2 mm between tool and work and 10 mm between everything else; wire and adjacent links may touch
    assert verdict.at_work[0] > 0.002
    assert verdict.elsewhere[0] > 0.010
    assert {pair for pair in verdict.touching if "part" in pair[1]} == {
        ("tool.wire", part) for part in ("part.s10", "part.s11", "part.s18")
    }


def test_the_tip_follows_the_seams_at_their_speed(verdict: stranger.Verdict):
    assert verdict.deviation < 1e-4
    assert verdict.speed_error < 0.01


def test_the_tip_runs_along_the_walls_of_both_brackets(plan: Path, robot: Path):
    # by hand: the walls' heels are at x = 5 and 175, from y = 25 to 125, on the plate's top, z = 20; the part's frame
    # is at (-90, -75, 804)
    written: dict[str, Any] = json.loads(plan.read_text(encoding="utf-8"))
    track = written["tracks"][0]
    t, q = np.array(track["t"]), np.array(track["q"])
    flange = np.array(written["world_T_base"]) @ stranger.read_arm(robot).frames(q)["flange"]
    tip = (flange @ np.array(written["flange_T_tool"]))[:, :3, 3] * 1e3
    seen: list[list[float]] = []
    for stroke in written["strokes"]:
        on = tip[(t >= stroke["t0"] - 1e-6) & (t <= stroke["t1"] + 1e-6)]
        seen.append([round(float(on[:, 0].mean())), *np.round(np.sort(on[[0, -1], 1])), round(float(on[:, 2].mean()))])
        assert np.abs(on[:, [0, 2]] - on[0, [0, 2]]).max() < 0.1

    assert sorted(seen) == [[-85, -50, 50, 824], [85, -50, 50, 824]]


def test_the_stranger_sees_what_stands_in_the_way(plan: Path, robot: Path, tmp_path: Path):
    # a post where the torch is in the middle of its first seam
    written: dict[str, Any] = json.loads(plan.read_text(encoding="utf-8"))
    world_T_post = np.eye(4)
    world_T_post[:3, 3] = -0.085, 0.0, 0.874
    shape = {"box": {"size": [0.02, 0.02, 0.1], "body_T_box": np.eye(4).tolist()}}
    post = {"name": "post", "kind": "obstacle", "shapes": [shape], "world_T": world_T_post.tolist()}
    (tmp_path / "plan.json").write_text(json.dumps(written | {"bodies": [*written["bodies"], post]}), encoding="utf-8")
    seen = stranger.judge(tmp_path / "plan.json", stranger.read_arm(robot))

    assert ("tool.nozzle", "post") in seen.collisions
