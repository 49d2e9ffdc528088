"""Jobs whose base is searched: what is told where no place does them, and what is said of the home."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InfeasibleError
from cellwright.job.loading import load_job
from cellwright.kinematics.chain import base_T_flange
from cellwright.placement.candidates import reach
from cellwright.planning.stages import plan
from cellwright.robots.catalogue import load_robot

Write = Callable[..., Path]
FIXED = "base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}"
ON_THE_FLOOR = (FIXED, "base: {mount: floor}")


def test_a_part_too_high_for_the_floor_is_done_from_the_ceiling(job: Write):
    height = 4.0
    with pytest.raises(InfeasibleError) as caught:
        plan(load_job(job(ON_THE_FLOOR, ("z: 800 mm", f"z: {height * 1e3:.0f} mm"))))
    error, robot = caught.value, load_robot("abb/IRB2600-12-1.65")
    shoulder = float((robot.chain.parent_T_joint[0] @ robot.chain.parent_T_joint[1])[2, 3])

    assert "reaches seam_3, seam_7 from none of" in error.problem
    assert "allow `mount: ceiling`" in error.fix
    assert error.where.key == "robot"
    for finding in error.findings:
        assert finding.code == "reach"
        # no arm is longer than its links: at least this much is missing, whatever the base, by length alone
        assert finding.value > height - shoulder - reach(robot) - 0.5
        assert f"{finding.value * 1e3:.0f} mm" in finding.what


def test_a_part_behind_walls_names_the_wall_and_tries_few_places(job: Write):
    file = job(ON_THE_FLOOR)
    walls = "".join(
        f"  - {{name: wall_{k}, box: {{x: {x} mm, y: {y} mm, z: 2.5 m}}, at: {{x: {px} mm, y: {py} mm, z: 1.25 m}}}}\n"
        for k, (x, y, px, py) in enumerate(
            [(20, 1000, -500, 0), (20, 1000, 500, 0), (1000, 20, 0, -500), (1000, 20, 0, 500)]
        )
    )
    file.write_text(file.read_text(encoding="utf-8") + "obstacles:\n" + walls, encoding="utf-8")
    with pytest.raises(InfeasibleError) as caught:
        plan(load_job(file))

    assert "something is in the way" in caught.value.problem
    assert caught.value.findings
    assert all(finding.code == "collision" for finding in caught.value.findings)
    assert any("of wall_" in finding.what for finding in caught.value.findings)


def test_a_home_that_nobody_names_is_told_and_free(job: Write):
    planned = plan(load_job(job()))
    (said,) = (f for f in planned.findings if f.code == "home-chosen")

    assert said.severity == "info"
    assert str(round(float(np.rad2deg(planned.cell.home[4])))) in said.what
    np.testing.assert_array_equal(planned.motion.q[0], planned.cell.home)


def test_a_home_that_is_blocked_gives_way_to_a_standard_posture(job: Write):
    """A small block where the robot's own home would have its flange; the job names no home."""
    free = plan(load_job(job()))
    chain = free.cell.robot.chain
    x, y, z = (free.cell.world_T_base @ base_T_flange(chain, free.cell.home))[:3, 3]
    block = f"{{name: block, sphere: {{radius: 30 mm}}, at: {{x: {x:.3f} m, y: {y:.3f} m, z: {z:.3f} m}}}}"
    file = job(name="blocked.yaml")
    file.write_text(file.read_text(encoding="utf-8") + f"obstacles: [{block}]\n", encoding="utf-8")
    moved = plan(load_job(file))

    assert np.abs(moved.cell.home - free.cell.home).max() > 0.5
    assert any(f.code == "home-chosen" for f in moved.findings)


def test_a_searched_base_counts_its_stages(job: Write):
    planned = plan(load_job(job(ON_THE_FLOOR)))
    stages = ("considered", "standing", "reaching", "screened", "free", "tried")
    counts = [planned.figures[f"placements_{stage}"] for stage in stages]

    assert planned.ok
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == len(planned.tried) + 1


def test_a_found_seam_that_no_place_does_with_the_others_is_left_out_and_told(job: Write):
    """From a base too far off for all of them, the seams on the far side are left out."""
    file = job(("    seams:\n      - seam: seam_3\n      - seam: seam_7\n", "    seams: auto\n"))
    text = file.read_text(encoding="utf-8").replace("x: 1275 mm", "x: 1.6 m")
    file.write_text(text, encoding="utf-8")
    planned = plan(load_job(file))
    names = [operation.name for operation in planned.work.operations]
    left = [f for f in planned.findings if "is left out" in f.what]

    assert names
    assert left
    assert {operation.name for operation in planned.refused}.isdisjoint(names)
    assert len(planned.motion.strokes) == len(names)
    for finding in left:
        assert finding.severity == "warning"
        assert finding.what.split(" ")[0] in {operation.name for operation in planned.refused}
        assert finding.code in ("reach", "collision", "continuity", "joint-limit")
        assert "tasks.0.seams" in finding.where
        assert finding.fix
