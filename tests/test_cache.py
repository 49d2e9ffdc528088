"""What was computed before is given again, and nothing else is."""

import multiprocessing
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cellwright.cache import digest, remembered


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    values: np.ndarray
    name: str = "a"
    note: tuple[object, ...] = ()


INPUT = Input(values=np.arange(6.0))


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))
    return tmp_path


def counted():
    calls: list[int] = []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    return compute


def test_the_same_inputs_are_computed_once():
    compute = counted()

    assert remembered("stage", INPUT, compute) == 1
    assert remembered("stage", replace(INPUT, values=np.arange(6.0)), compute) == 1


def test_another_stage_or_input_is_computed_anew():
    compute = counted()
    remembered("stage", INPUT, compute)

    assert remembered("other", INPUT, compute) == 2
    assert remembered("stage", replace(INPUT, values=np.arange(6.0) + 1e-16 + [0, 0, 0, 0, 0, 1e-15]), compute) == 3


def test_what_cannot_be_read_is_computed_anew(empty_cache):
    compute = counted()
    remembered("stage", INPUT, compute)
    (file,) = (empty_cache / "stages").iterdir()
    for times, damage in enumerate((b"", b"not a pickle", file.read_bytes()[:-3]), start=2):
        file.write_bytes(damage)

        assert remembered("stage", INPUT, compute) == times


def test_a_folder_that_cannot_be_written_is_no_failure(empty_cache):
    (empty_cache / "stages").write_text("a file where the folder should be")

    assert remembered("stage", INPUT, lambda: 7) == 7


def test_arrays_come_back_as_they_were():
    value = Input(values=np.linspace(0, 1, 7), name="x")
    remembered("stage", INPUT, lambda: value)
    again = remembered("stage", INPUT, lambda: None)

    assert np.array_equal(again.values, value.values)
    assert again.name == "x"


def test_old_entries_make_room(empty_cache):
    for i in range(70):
        remembered("stage", i, lambda i=i: i)

    assert len(list((empty_cache / "stages").iterdir())) <= 60


@pytest.mark.parametrize(
    "other",
    [
        replace(INPUT, values=np.arange(6.0).reshape(2, 3)),
        replace(INPUT, values=np.arange(6)),
        replace(INPUT, values=np.arange(6.0)[::-1]),
        replace(INPUT, values=-np.zeros(6)),
        replace(INPUT, name="b"),
        replace(INPUT, note=(1,)),
        replace(INPUT, note=(1.0,)),
        replace(INPUT, note=("1",)),
        replace(INPUT, note=((1,), ())),
        replace(INPUT, note=({"a": 1},)),
        replace(INPUT, note=({"a": 2},)),
        replace(INPUT, note=(None,)),
    ],
)
def test_other_content_has_another_digest(other):
    assert digest(other) != digest(INPUT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (((1,), 2), (1, (2,))),
        (("ab", "c"), ("a", "bc")),
        ({"a": "b"}, {"ab": ""}),
        (({"a": 1}, 2), ({"a": 1, "b": 2},)),
        ((1, 23), (12, 3)),
        ((True,), (1,)),
        (0.1 + 0.2, 0.3),
    ],
)
def test_contents_that_read_alike_are_told_apart(one, other):
    assert digest(one) != digest(other)


def test_equal_content_has_an_equal_digest_in_another_process():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(digest, ({"a": (1, 2.5, "x", np.arange(3))},)) == digest({"a": (1, 2.5, "x", np.arange(3))})
