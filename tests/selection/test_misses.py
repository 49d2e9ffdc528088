"""What is said of rejected robots is confirmed by a search that shares nothing with ours (a sample; all of them by
``scripts/confirm_selection.py``)."""

from collections.abc import Callable

import pytest

pytest.importorskip("scipy", reason="scipy searches, and is not installed")

from cellwright.job.model import Job
from cellwright.robots.catalogue import load_robot
from cellwright.selection.assess import assessed
from cellwright.selection.candidates import candidates
from cellwright.selection.ground import Ground, make_ground
from cellwright.selection.model import Assessment

from .conftest import FIXED
from .stranger import flange, misses


@pytest.fixture(scope="module")
def fixed(make_job: Callable[..., Job]) -> Ground:
    """Return the ground of a job whose base stands, too far away for a small arm."""
    return make_ground(make_job("abb/IRB2600-12-1.65", FIXED), progress=lambda _what, _share: None)


@pytest.fixture(scope="module")
def found(fixed: Ground, make_job: Callable[..., Job]) -> dict[str, Assessment]:
    chosen = {one.key: one for one in candidates(make_job("[realman/RM65, kuka/KR4-R600]"))}
    return {key: assessed(fixed, one) for key, one in chosen.items()}


def test_the_stranger_moves_the_arm_as_we_do() -> None:
    import numpy as np

    import cellwright as cw

    robot = load_robot("denso/VS060")
    q = np.array([0.3, -0.4, 0.9, 0.2, 0.7, -1.1])
    np.testing.assert_allclose(flange(robot, q), cw.fk(robot, q), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["realman/RM65", "kuka/KR4-R600"])
def test_who_is_said_to_be_short_of_reach_is_not_met_by_a_stranger(
    fixed: Ground, found: dict[str, Assessment], key: str
) -> None:
    one = found[key]
    assert one.reason is not None
    assert one.reason.code == "reach"
    assert one.reason.amount is not None
    assert one.reason.amount > 0.1
    assert one.place is not None
    assert one.counts["considered"] == 1

    assert misses(fixed, load_robot(key), one.reason.operation, one.place.world_T_base, seed=3, starts=2)
