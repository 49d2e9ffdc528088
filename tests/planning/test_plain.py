"""Frozen values survive JSON to the last bit, and only as what they are."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cellwright.geometry import Array
from cellwright.planning.plain import UnfitError, plain, valued


@dataclass(frozen=True)
class Round:
    radius: float


@dataclass(frozen=True)
class Flat:
    size: tuple[float, float]


@dataclass(frozen=True)
class Held:
    name: str
    kind: Literal["a", "b"]
    count: int | None
    shapes: tuple[Round | Flat, ...]
    said: dict[str, float | str]


HELD = st.builds(
    Held,
    name=st.text(max_size=5),
    kind=st.sampled_from(["a", "b"]),
    count=st.none() | st.integers(),
    shapes=st.lists(
        st.builds(Round, radius=st.floats(allow_nan=False))
        | st.builds(Flat, size=st.tuples(st.floats(0), st.floats(0)))
    ).map(tuple),
    said=st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False) | st.text(max_size=3), max_size=3),
)


@given(HELD)
def test_a_value_comes_back_as_it_was(held: Held):
    assert valued(Held, json.loads(json.dumps(plain(held), allow_nan=False))) == held


@given(st.lists(st.floats(width=64), max_size=20))
def test_an_array_comes_back_bit_by_bit(numbers: list[float]):
    array = np.array(numbers, dtype=np.float64)
    again = valued(Array, json.loads(json.dumps(plain(array))))

    assert again.tobytes() == array.tobytes()
    assert not again.flags.writeable


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.bool_, np.uint8])
def test_indices_and_flags_keep_their_type(dtype: Any):
    array = np.array([[0, 1], [1, 1]], dtype=dtype)
    again = valued(NDArray[dtype], plain(array))

    assert again.dtype == array.dtype
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"kind": "c"}, "kind"),
        ({"count": True}, "count"),
        ({"count": 1.5}, "count"),
        ({"shapes": [{"is": "Held"}]}, "shapes.0"),
        ({"shapes": [{"is": "Flat", "size": [1.0]}]}, "shapes.0.size"),
        ({"said": {"x": None}}, "said.x"),
        ({"said": {"x": {"number": "1"}}}, "said.x"),
        ({"is": "Round"}, ""),
        ({"more": 1}, ""),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(change: dict[str, Any], key: str):
    good = plain(Held(name="x", kind="a", count=None, shapes=(Round(1.0),), said={}))
    with pytest.raises(UnfitError) as caught:
        valued(Held, good | change)

    assert caught.value.key == key


def test_what_is_no_frozen_value_is_not_written():
    for value in (object(), {1, 2}, np.array(["text"]), np.array([None])):
        with pytest.raises(TypeError):
            plain(value)
