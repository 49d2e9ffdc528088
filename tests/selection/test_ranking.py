"""Laws of the order: better figures never hurt, unknown ones never count, the first is in the Pareto set."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cellwright.selection.model import CRITERIA
from cellwright.selection.ranking import WEIGHTS, dominates, scores

figure = st.floats(0.01, 1000.0)
row = st.fixed_dictionaries({"cycle_time": figure, "margin": figure, "clearance": figure})
weights = st.fixed_dictionaries({"cycle_time": figure, "margin": figure, "clearance": figure})


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=6), weights)
def test_who_is_better_in_everything_never_scores_less(rows: list[dict[str, float]], weighed: dict[str, float]) -> None:
    found, _ = scores(rows, weighed)
    for i, one in enumerate(rows):
        assert 0.0 <= found[i] <= 1.0 + 1e-6
        for k, other in enumerate(rows):
            if dominates(one, other):
                assert found[i] >= found[k] - 1e-6
                assert not dominates(other, one)


@settings(deadline=None)
@given(row)
def test_nobody_dominates_itself(one: dict[str, float]) -> None:
    assert not dominates(one, one)


def test_what_is_not_known_of_all_does_not_count_and_is_told() -> None:
    rows = [{"cycle_time": 10.0, "price": 5.0}, {"cycle_time": 20.0, "price": None}]
    found, left_out = scores(rows, {"cycle_time": 1.0, "price": 100.0})

    assert found == [1.0, 0.5]
    assert left_out == ("price",)


def test_the_usual_weights_are_of_known_criteria() -> None:
    assert set(WEIGHTS) <= set(CRITERIA)
