"""The range in which an arm does not meet its own tool, against a look at every position in between."""

import numpy as np

from cellwright.collision.exact import distance_at, moving
from cellwright.collision.own_range import own_ranges, within
from small_job import EXAMPLES


def _cell(name):
    from cellwright.job.loading import load_job
    from cellwright.planning.given import NOWHERE, make_cell, read

    return make_cell(read(load_job(EXAMPLES / name)), NOWHERE)


def test_within_the_range_that_is_kept_the_forearm_does_not_meet_the_tool():
    cell = _cell("03_weld_bracket_estun.yaml")
    lower, upper = cell.robot.lower, cell.robot.upper
    q = np.tile(cell.home, (400, 1))
    random = np.random.default_rng(5)
    for joint in (4, 5):
        q[:, joint] = random.uniform(lower[joint], upper[joint], len(q))
    things = {thing.name: thing for thing in moving(cell, q)}

    assert any(finding.code == "own-range" for finding in cell.robot.findings)
    assert lower[4] <= cell.home[4] <= upper[4]
    assert min(distance_at(things["link_4"], things["tool.mount"], row) for row in range(len(q))) > 0.0


def test_a_range_that_was_kept_stays():
    cell = _cell("03_weld_bracket_estun.yaml")
    ranges, unjudged = own_ranges(cell)
    lower, upper = within(cell.robot.lower, cell.robot.upper, ranges)

    assert not unjudged
    assert np.allclose(lower, cell.robot.lower, atol=np.deg2rad(4.1))
    assert np.allclose(upper, cell.robot.upper, atol=np.deg2rad(4.1))
