"""A fault put into a good plan gives its finding, and nothing else does."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.checks import Checked, check
from cellwright.collision.judge import Nearness
from cellwright.collision.own_range import UNJUDGED
from cellwright.geometry import frozen
from cellwright.robots.model import Datum
from small_cell import judgement, motion, path, seams, small_cell

CELL = small_cell()


def checked(*, cell=None, path_=None, motion_=None, judgement_=None, takt=None) -> Checked:
    return check(cell or CELL, seams(), path_ or path(), motion_ or motion(), judgement_ or judgement(), takt=takt)


def codes(found: Checked) -> dict[str, str]:
    return {f.code: f.severity for f in found.findings}


def test_a_good_plan_has_no_findings():
    assert codes(checked()) == {}


def test_figures_are_measured():
    figures = checked().figures

    assert figures["seam_deviation"] < 1e-6
    assert figures["seam_speed_off"] < 1e-3
    assert 0 < figures["speed_share"] <= 1 + 1e-6
    assert figures["tool_clearance"] >= CELL.tool_clearance
    assert figures["pairs_judged"] == judgement().pairs
    assert figures["tool_mass"] == 2.5
    robot = CELL.robot
    margin = np.minimum(motion().q - robot.lower, robot.upper - motion().q)
    assert figures["limit_margin"] == margin.min()


@pytest.mark.parametrize("factor", [0.9, 1.05])
def test_a_wrong_speed_on_the_seam_is_an_error(factor):
    found = motion()
    slow = replace(
        found,
        t=frozen(found.t / factor),
        strokes=tuple((o, t0 / factor, t1 / factor) for o, t0, t1 in found.strokes),
    )
    result = checked(motion_=slow)
    finding = next(f for f in result.findings if f.code == "tool-speed")

    assert finding.severity == "error"
    assert finding.value == pytest.approx(abs(factor - 1), abs=2e-3)
    assert finding.where in ("seam_0", "seam_1")


def test_a_wait_in_the_middle_of_a_seam_is_seen():
    found = motion()
    _, t0, t1 = found.strokes[0]
    late = np.where(found.t > (t0 + t1) / 2, 0.5, 0.0)
    strokes = tuple((o, a + (0.5 if a > t0 else 0.0), b + 0.5) for o, a, b in found.strokes)

    assert codes(checked(motion_=replace(found, t=frozen(found.t + late), strokes=strokes))) == {"tool-speed": "error"}


def test_a_tool_that_leaves_the_seam_is_an_error_with_the_distance():
    found = motion()
    _, t0, t1 = found.strokes[0]
    bump = np.where((found.t > t0) & (found.t < t1), np.sin(np.pi * (found.t - t0) / (t1 - t0)), 0.0)
    q = found.q + 0.0005 * bump[:, None] * [1, 0, 0, 0, 0, 0]
    result = checked(motion_=replace(found, q=frozen(q)))
    finding = next(f for f in result.findings if f.code == "seam-deviation")

    assert finding.severity == "error"
    # axis 1 is 1.35 m away; on a seam that runs from it only what is across counts
    assert 1e-4 < finding.value < 0.0005 * 1.5
    assert result.figures["seam_deviation"] == finding.value


def test_tight_limits_are_a_warning_and_exceeded_ones_an_error():
    q = motion().q
    for room, severity in ((0.02, "warning"), (-0.02, "error")):
        robot = replace(CELL.robot, upper=frozen(np.where(np.arange(6) == 2, q[:, 2].max() + room, CELL.robot.upper)))
        result = checked(cell=replace(CELL, robot=robot))
        finding = next(f for f in result.findings if f.code == "joint-limit")

        assert finding.severity == severity
        assert finding.value == pytest.approx(room)
        assert robot.chain.joints[2] in finding.what


def test_a_joint_that_is_too_fast_is_an_error():
    speed = np.abs(motion().qd).max(0)
    robot = replace(CELL.robot, speed=frozen(np.where(np.arange(6) == 4, 0.5 * speed, CELL.robot.speed)))
    finding = next(f for f in checked(cell=replace(CELL, robot=robot)).findings if f.code == "joint-speed")

    assert finding.severity == "error"
    assert finding.value / finding.limit == pytest.approx(2.0)
    assert robot.chain.joints[4] in finding.what


def test_a_straight_wrist_on_a_line_is_a_warning():
    found = motion()
    row = int(np.flatnonzero([path().moves[k].kind != "joint" for k in found.move])[5])
    q = found.q.copy()
    q[row, 4] = 0.01
    result = checked(motion_=replace(found, q=frozen(q)))

    assert codes(result)["singularity"] == "warning"
    assert result.figures["wrist_margin"] == pytest.approx(0.01)


@pytest.mark.parametrize(("factor", "expected"), [(1.001, {}), (0.999, {"takt": "warning"})])
def test_a_takt_below_the_longest_time_is_a_warning(factor, expected):
    assert codes(checked(takt=motion().duration.high * factor)) == expected


def test_a_takt_below_the_shortest_time_is_an_error():
    assert codes(checked(takt=motion().duration.low * 0.999)) == {"takt": "error"}


def near(a: str, b: str, distance: float, *, at_work: bool = False) -> Nearness:
    return Nearness(bodies=(a, b), distance=distance, row=3, points=((0, 0, 0), (0, 0, 0)), at_work=at_work)


@pytest.mark.parametrize(
    ("nearness", "expected"),
    [
        (near("link_3", "table", 0.0), {"collision": "error"}),
        (near("link_3", "table", 0.009), {"clearance": "warning"}),
        (near("link_3", "table", 0.0101), {}),
        (near("tool.nozzle", "part.s1", 0.0, at_work=True), {"collision": "error"}),
        (near("tool.nozzle", "part.s1", 0.0019, at_work=True), {"clearance": "warning"}),
        (near("tool.nozzle", "part.s1", 0.0021, at_work=True), {}),
        (near("link_1", "link_4", 0.0), {"collision": "error"}),
        (near("link_1", "link_4", 0.001), {}),
    ],
)
def test_distances_are_compared_with_what_is_wanted(nearness, expected):
    assert codes(checked(judgement_=replace(judgement(), nearest=(nearness,)))) == expected


def test_a_pair_that_was_not_judged_is_told():
    pair = ("link_2", "link_4", f"{UNJUDGED} 31% of the range of joint_5")
    told = [f.what for f in checked(cell=replace(CELL, allowed=(*CELL.allowed, pair))).findings]

    assert any("link_2 and link_4" in what and "31%" in what for what in told)


@pytest.mark.parametrize(
    ("mass", "payload", "expected"),
    [
        (2.5, 8.0, {}),
        (8.5, 8.0, {"payload": "error"}),
        (None, 8.0, {"tool-mass-unknown": "info"}),
        (2.5, None, {"payload-unknown": "info"}),
    ],
)
def test_the_load_is_compared_where_both_figures_are_known(mass, payload, expected):
    tool = replace(CELL.tool, mass=Datum(value=mass, source="", confidence=None))
    facts = {**CELL.robot.facts, "payload": Datum(value=payload, source="", confidence=None)}

    assert codes(checked(cell=replace(CELL, tool=tool, robot=replace(CELL.robot, facts=facts)))) == expected
