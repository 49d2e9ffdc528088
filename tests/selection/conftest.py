"""A small job whose robot is open, and what every robot is asked on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import cellwright as cw
from cellwright.job.model import Job
from cellwright.selection.ground import Ground, make_ground
from small_job import EXAMPLES, TWO_SEAMS

ROBOTS = (
    "abb/IRB2600-12-1.65", "epson/T3-401S", "fanuc/M-430iA-2P", "kuka/KR4-R600", "realman/RM65", "ur/UR5e",
)  # fmt: skip
FIXED = "base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}\n"


def job_text(robot: str, base: str = "") -> str:
    return TWO_SEAMS.replace("robot: abb/IRB2600-12-1.65", f"robot: {robot}").replace(FIXED, base)


@pytest.fixture(scope="session")
def make_job(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Job]:
    """Return what gives the job for a robot, or a choice of robots, as written."""

    def make(robot: str, base: str = "", *files: Path) -> Job:
        folder = tmp_path_factory.mktemp("job")
        for file in (EXAMPLES / "parts" / "bracket.step", *files):
            shutil.copy(file, folder)
        job = folder / "small.yaml"
        job.write_text(job_text(robot, base), encoding="utf-8")
        return cw.load_job(job)

    return make


@pytest.fixture(scope="session")
def ground(make_job: Callable[..., Job]) -> Ground:
    return make_ground(make_job("abb/IRB2600-12-1.65"), progress=lambda _what, _share: None)
