"""What an infeasible job is told to change does it: each kind once, the changed job planned anew and found ok."""

from pathlib import Path

import pytest
import yaml

from cellwright.errors import InfeasibleError
from cellwright.job.loading import load_job
from cellwright.job.model import FixedBase
from cellwright.placement.model import Placement
from cellwright.planning.given import read
from cellwright.planning.stages import plan
from cellwright.planning.ways_out import WayOut, ways_out
from small_job import EXAMPLES, SMALL

BOX = "obstacles:\n  - {name: cabinet, box: {x: 400 mm, y: 60 mm, z: 300 mm}, at: {x: -100 mm, y: 170 mm, z: 970 mm}}\n"
NARROW = "      - {seam: seam_3, turn: {from: 80 deg, to: 82 deg}}\n"
CASES = {
    "base": SMALL.replace("x: 1275 mm", "x: 2200 mm"),
    "turn": SMALL.replace("      - seam: seam_3\n", NARROW),
    "obstacle": SMALL.replace("tasks:\n", BOX + "tasks:\n"),
    "ends": SMALL.replace("seam_3", "seam_1"),
}


def written(folder: Path, text: str) -> Path:
    (folder / "bracket.step").write_bytes((EXAMPLES / "parts/bracket.step").read_bytes())
    (folder / "job.yaml").write_text(text, encoding="utf-8")
    return folder / "job.yaml"


def found(file: Path) -> tuple[WayOut, ...]:
    job = load_job(file)
    assert isinstance(job.base, FixedBase)
    place = Placement(mount=job.base.mount, world_T_base=job.base.matrix, score=0.0, reached=0)
    return ways_out(read(job), place)


@pytest.mark.parametrize("kind", ["ends", *(pytest.param(k, marks=pytest.mark.sweep) for k in CASES if k != "ends")])
def test_the_way_out_that_is_told_does_the_job(kind: str, tmp_path: Path):
    way = next(way for way in found(written(tmp_path, CASES[kind])) if way.kind == kind)
    text = yaml.safe_load(CASES[kind])
    for key, value in way.changes:
        inner = text
        for name in key[:-1]:
            inner = inner[name]
        inner[key[-1]] = value

    assert way.amount > 0.0
    assert plan(load_job(written(tmp_path, yaml.safe_dump(text)))).ok


def test_the_error_of_a_job_carries_the_ways_out(tmp_path: Path):
    file = written(tmp_path, CASES["ends"])
    with pytest.raises(InfeasibleError) as error:
        plan(load_job(file))

    assert error.value.fix == "; or ".join(way.said for way in found(file))


def test_a_job_that_can_be_done_needs_none(tmp_path: Path):
    assert not found(written(tmp_path, SMALL))
