"""A robot without published speeds, from the job file to the command line's answer."""

import json
import shutil
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from cellwright.cli import app
from cellwright.geometry import Array
from cellwright.robots.catalogue import load_robot
from small_job import EXAMPLES, SMALL

KEY = "abb/IRB2600-12-1.65"


def without_speeds() -> str:
    """The arm of the small job as a URDF that says no speed of joint 2."""
    chain, robot = load_robot(KEY).chain, load_robot(KEY)
    links = ""
    for i, name in enumerate(chain.joints):
        at, low, high = chain.parent_T_joint[i], robot.lower[i], robot.upper[i]
        x, y, z = at[:3, 3]
        roll, pitch, yaw = angles(at)
        speed = "" if i == 1 else f' velocity="{robot.speed[i]}"'
        links += (
            f'<link name="l{i + 1}"/><joint name="{name}" type="revolute"><parent link="l{i}"/><child link="l{i + 1}"/>'
            f'<origin xyz="{x} {y} {z}" rpy="{roll} {pitch} {yaw}"/><axis xyz="{" ".join(map(str, chain.axis[i]))}"/>'
            f'<limit lower="{low}" upper="{high}" effort="{100 - i}"{speed}/></joint>'
        )
    x, y, z = chain.last_T_flange[:3, 3]
    roll, pitch, yaw = angles(chain.last_T_flange)
    links += (
        '<link name="tool0"/><joint name="flange" type="fixed"><parent link="l6"/><child link="tool0"/>'
        f'<origin xyz="{x} {y} {z}" rpy="{roll} {pitch} {yaw}"/></joint>'
    )
    return f'<robot name="arm"><link name="l0"/>{links}</robot>'


def angles(at: Array) -> tuple[float, float, float]:
    """Roll, pitch and yaw of a pose, as a URDF counts them."""
    r = at[:3, :3]
    return (
        float(np.arctan2(r[2, 1], r[2, 2])),
        float(-np.arcsin(np.clip(r[2, 0], -1, 1))),
        float(np.arctan2(r[1, 0], r[0, 0])),
    )


def test_a_job_with_an_arm_of_unknown_speed_is_told_what_speed_its_takt_needs(tmp_path: Path):
    shutil.copy(EXAMPLES / "parts" / "bracket.step", tmp_path)
    (tmp_path / "arm.urdf").write_text(without_speeds(), encoding="utf-8")
    job = SMALL.replace(KEY, "arm.urdf").replace("tasks:", "takt: 60 s\ntasks:")
    (tmp_path / "job.yaml").write_text(job, encoding="utf-8")
    done = CliRunner().invoke(app, ["plan", str(tmp_path / "job.yaml"), "--out", str(tmp_path / "out"), "--json"])
    said = json.loads(done.stdout)
    told = " ".join(f["what"] for f in said["findings"])

    assert done.exit_code == 2
    assert said["ok"] is False
    assert said.get("cycle_time_s") is None
    assert "the largest speed of joint_2" in told
    assert "for the takt of 60.0 s these joints need" in told
