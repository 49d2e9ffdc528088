"""What a user says of robots is read with its unit, its source and its day; what is wrong is told line by line."""

from pathlib import Path

import pytest

import cellwright as cw
from cellwright.selection.figures import EXAMPLES, UNITS, read_figures
from cellwright.selection.model import CRITERIA, Assessment, Candidate, Outcome
from cellwright.selection.ranking import dominates, ranked

HEAD = "robot,price,delivery,service,source,date\n"
KNOWN = ("kuka/KR4-R600", "ur/UR10e")


def table(folder: Path, text: str) -> Path:
    file = folder / "offers.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_figures_carry_unit_range_source_and_day(tmp_path: Path) -> None:
    text = f'# ours\n{HEAD}ur/UR10e,31000-34000 EUR,6 weeks,,"offer 7, north",2026-11-02\n'
    found = read_figures(table(tmp_path, text), KNOWN)["ur/UR10e"]

    assert set(found) == {"price", "delivery"}
    assert (found["price"].low, found["price"].high, found["price"].unit) == (31000.0, 34000.0, "EUR")
    assert found["price"].middle == 32500.0
    assert (found["delivery"].middle, found["delivery"].unit) == (42.0, "day")
    assert found["price"].source == "offer 7, north"
    assert found["price"].date == "2026-11-02"


def test_every_criterion_that_nobody_measures_can_be_said(tmp_path: Path) -> None:
    names = ",".join(UNITS)
    row = ",".join(EXAMPLES[name] for name in UNITS)
    found = read_figures(table(tmp_path, f"robot,source,date,{names}\nur/UR10e,me,2026-01-31,{row}\n"), KNOWN)

    assert set(found["ur/UR10e"]) == set(UNITS)
    assert set(UNITS) <= set(CRITERIA)


@pytest.mark.parametrize(
    ("row", "line", "key", "said"),
    [
        ("ur/UR10,1 EUR,,,me,2026-01-31", 2, "robot", "ur/UR10e"),
        ("ur/UR10e,1 EUR,,,,2026-01-31", 2, "source", "no source"),
        ("ur/UR10e,1 EUR,,,me,31.1.2026", 2, "date", "no date"),
        ("ur/UR10e,1000,,,me,2026-01-31", 2, "price", "EUR"),
        ("ur/UR10e,2-1 EUR,,,me,2026-01-31", 2, "price", "no range"),
        ("ur/UR10e,1 EUR,3 moons,,me,2026-01-31", 2, "delivery", "moons"),
        ("ur/UR10e,1 EUR,,,me", 2, "", "5 cells"),
        ("ur/UR10e,1 EUR,,,me,2026-01-31\nkuka/KR4-R600,1 USD,,,me,2026-01-31", 3, "price", "beside"),
        ("ur/UR10e,1 EUR,,,me,2026-01-31\nur/UR10e,1 EUR,,,me,2026-01-31", 3, "robot", "twice"),
        ("ur/UR10e,inf EUR,,,me,2026-01-31", 2, "price", "no price"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, row: str, line: int, key: str, said: str) -> None:
    with pytest.raises(cw.JobError) as caught:
        read_figures(table(tmp_path, HEAD + row + "\n"), KNOWN)

    (problem,) = caught.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.where.key) == (line, key)
    assert said in str(problem)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(cw.JobError) as caught:
        read_figures(table(tmp_path, "robot,colour\nnobody,red\n"), KNOWN)

    assert len(caught.value.problems) == 6  # a column too many, two missing; no robot, no source, no date


def proven(key: str) -> tuple[Assessment, Outcome]:
    candidate = Candidate(key=key, load=key, brand="", model=key, family="opw")
    one = Assessment(candidate=candidate, reason=None, counts={}, poses=0, fits=())
    return one, Outcome(ok=True, cycle_time=(1.0, 1.0, 1.0), figures={}, base="", reason=None)


def test_who_lacks_a_figure_that_counts_is_ranked_apart_and_by_what_is_known() -> None:
    table = [
        {"cycle_time": 10.0, "price": None},
        {"cycle_time": 30.0, "price": 10.0},
        {"cycle_time": 20.0, "price": 20.0},
        {"cycle_time": 9.0, "price": None},
    ]
    rows, left_out = ranked([proven(k) for k in "abcd"], table, {"cycle_time": 1.0, "price": 1.0, "energy": 1.0})

    assert [row.key for row in rows] == ["b", "c", "d", "a"]
    assert [row.apart for row in rows] == [(), (), ("price",), ("price",)]
    assert left_out == ("energy",)
    assert rows[2].reason is not None
    assert rows[2].reason.code == "unknown-figure"
    assert not any(row.dominated_by for row in rows if not row.apart)
    assert rows[3].dominated_by == ("d",)


def test_who_is_unknown_in_something_neither_dominates_nor_is_dominated_there() -> None:
    known, unknown = {"cycle_time": 10.0, "price": 5.0}, {"cycle_time": 20.0, "price": None}

    assert not dominates(known, unknown)
    assert not dominates(unknown, known)
