"""Loads that stand: by rules, by balance of forces, and against what is published."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cellwright.errors import InputError
from cellwright.packing import Case, Deck, Load, layer, layer_bound, stack_cases, stack_layers
from cellwright.packing.bounds import height_bound

EURO = Deck(name="euro-pallet", size=(1.2, 0.8))
SIDES = st.sampled_from([0.15, 0.2, 0.25, 0.3, 0.4])
CASES = st.lists(
    st.builds(lambda a, b, c, m: Case(name="case", size=(a, b, c), mass=m), SIDES, SIDES, SIDES, st.floats(0.5, 20)),
    min_size=1, max_size=14,
)  # fmt: skip


def judged(load: Load, *, support: float = 0.75, level: float = 0.0) -> None:
    """Assert, in whole tenths of a millimetre, that every case stands where it is said to and could be put there."""
    box = [tuple(round(1e4 * float(v)) for v in (*one.corner, *(one.corner + one.size))) for one in load.placed]
    room = [round(1e4 * side) for side in load.deck.size]
    for k, one in enumerate(load.placed):
        x0, y0, z0, x1, y1, _ = box[k]
        assert min(x0, y0, z0) >= 0
        assert x1 <= room[0]
        assert y1 <= room[1]
        want = [round(1e4 * side) for side in load.cases[one.case].size]
        have = [b - a for a, b in zip(box[k][:3], box[k][3:], strict=True)]
        assert have == ([want[1], want[0], want[2]] if one.turned else want)
        rests = (x1 - x0) * (y1 - y0) if z0 == 0 else 0
        for other in box[:k]:  # what was there before: nothing above it, no overlap
            wide, deep = min(x1, other[3]) - max(x0, other[0]), min(y1, other[4]) - max(y0, other[1])
            if wide > 0 and deep > 0:
                assert z0 >= other[5]
                rests += wide * deep if z0 - other[5] <= round(1e4 * level) else 0
        assert rests >= support * (x1 - x0) * (y1 - y0) - 1e-6


def balances(load: Load) -> bool:
    """Return whether forces at the corners of all contacts can hold every case still: a linear programme."""
    n = len(load.placed)
    columns: list[np.ndarray] = []
    for k, one in enumerate(load.placed):
        low, high = one.corner, one.corner + one.size
        below = [
            (m, np.maximum(low, p.corner)[:2], np.minimum(high, p.corner + p.size)[:2])
            for m, p in enumerate(load.placed)
            if abs(float(p.corner[2] + p.size[2] - low[2])) < 1e-7
        ] + ([(-1, low[:2], high[:2])] if low[2] < 1e-9 else [])
        for m, near, far in below:
            if (far - near > 1e-9).all():
                for x, y in itertools.product((near[0], far[0]), (near[1], far[1])):
                    column = np.zeros((n, 3))  # force up, moments about x and y
                    column[k] += (1.0, y, -x)
                    if m >= 0:
                        column[m] -= (1.0, y, -x)
                    columns.append(column.ravel())
    weight = np.zeros((n, 3))
    for k, one in enumerate(load.placed):
        x, y, _ = one.corner + one.size / 2
        weight[k] = load.cases[one.case].mass * np.array([1.0, y, -x])
    found = linprog(np.zeros(len(columns)), A_eq=np.array(columns).T, b_eq=weight.ravel(), method="highs")
    return found.status == 0


@given(CASES, st.sampled_from([None, 1, 3]))
@settings(max_examples=25, deadline=None)
def test_every_load_stands(cases: list[Case], ahead: int | None) -> None:
    load = stack_cases(cases, EURO, ahead=ahead, rounds=60)

    judged(load)
    assert balances(load)
    assert sorted([*(one.case for one in load.placed), *load.left_out]) == list(range(len(cases)))
    assert load.height >= load.bound - 1e-9
    assert load.sway >= 0.5 - 1e-6
    if ahead == 1:
        assert [one.case for one in load.placed] == sorted(one.case for one in load.placed)


def test_a_few_waiting_cases_are_all_that_the_robot_may_choose_among() -> None:
    cases = [Case(name=str(i), size=(0.2, 0.2, 0.1 + 0.01 * i), mass=1.0) for i in range(12)]

    load = stack_cases(cases, EURO, ahead=3, rounds=200)

    for step, one in enumerate(load.placed):
        waiting = [i for i in range(12) if i not in {earlier.case for earlier in load.placed[:step]}]
        assert one.case in waiting[:3]


@given(st.lists(SIDES, min_size=12, max_size=12))
@settings(max_examples=6, deadline=None)
def test_small_orders_are_stacked_as_low_as_can_be(sides: list[float]) -> None:
    deck = Deck(name="small", size=(0.5, 0.4))
    cases = [Case(name="c", size=(sides[3 * i], sides[3 * i + 1], sides[3 * i + 2]), mass=1.0) for i in range(4)]

    assert stack_cases(cases, deck, rounds=1500).height <= lowest(cases, deck) + 1e-9


def lowest(cases: list[Case], deck: Deck) -> float:
    """Return the least height of all orders, turns and corners of few cases, resting on 3/4 of its base."""
    room = [round(1e3 * side) for side in deck.size]
    sizes = [tuple(round(1e3 * side) for side in case.size) for case in cases]
    best = 10**9

    def go(left: tuple[int, ...], stood: tuple[tuple[int, ...], ...], top: int) -> None:
        nonlocal best
        if top >= best:
            return
        if not left:
            best = top
            return
        xs = {v for s in stood for v in (s[0], s[3])} | {0, room[0]}
        ys = {v for s in stood for v in (s[1], s[4])} | {0, room[1]}
        for i in left:
            for a, b in {sizes[i][:2], sizes[i][1::-1]}:
                for x, y in itertools.product(
                    sorted({u for v in xs for u in (v, v - a)}), sorted({u for v in ys for u in (v, v - b)})
                ):
                    if x < 0 or y < 0 or x + a > room[0] or y + b > room[1]:
                        continue
                    met = [s for s in stood if s[0] < x + a and x < s[3] and s[1] < y + b and y < s[4]]
                    z = max((s[5] for s in met), default=0)
                    held = sum(
                        (min(s[3], x + a) - max(s[0], x)) * (min(s[4], y + b) - max(s[1], y)) for s in met if s[5] == z
                    )
                    if z and held < 0.75 * a * b:
                        continue
                    one = (x, y, z, x + a, y + b, z + sizes[i][2])
                    go(tuple(k for k in left if k != i), (*stood, one), max(top, one[5]))

    go(tuple(range(len(cases))), (), 0)
    return best / 1e3


def published(folder: Path) -> list[tuple[list[Case], Deck, int, float]]:
    """Return the five orders: cases, deck, how many the published plan places, and how much of its room it uses."""
    orders = json.loads((folder / "5_bed-bpp.json").read_text())
    plans = json.loads((folder / "packing_plan_5-bed-bpp.json").read_text())
    found: list[tuple[list[Case], Deck, int, float]] = []
    for key, order in orders.items():
        euro = order["properties"]["target"] == "euro-pallet"
        deck = EURO if euro else Deck(name="rollcontainer", size=(0.8, 0.7))
        items = [order["item_sequence"][str(i + 1)] for i in range(len(order["item_sequence"]))]
        cases = [
            Case(name=item["article"], mass=item["weight/kg"],
                 size=(item["length/mm"] / 1e3, item["width/mm"] / 1e3, item["height/mm"] / 1e3))
            for item in items
        ]  # fmt: skip
        plan = plans[key]
        volume = sum(np.prod([p["item"][f"{w}/mm"] for w in ("length", "width", "height")]) for p in plan) / 1e9
        high = max(p["flb_coordinates"][2] + p["item"]["height/mm"] for p in plan) / 1e3
        found.append((cases, deck, len(plan), float(volume / (deck.size[0] * deck.size[1] * high))))
    return found


def test_real_orders_stand_far_closer_than_published(real_data: Path) -> None:
    for cases, deck, placed, use in published(real_data / "parts" / "palletising"):
        load = stack_cases(cases, deck, rounds=500)

        judged(load)
        assert balances(load)
        assert len(load.placed) == len(cases) >= placed
        assert load.use > 1.3 * use
        assert load.height >= load.bound


def test_what_bears_nothing_carries_nothing() -> None:
    soft = [Case(name="soft", size=(0.4, 0.4, 0.1), mass=2.0, bears=0.0) for _ in range(6)]
    hard = [Case(name="hard", size=(0.4, 0.4, 0.2), mass=5.0, bears=5.0) for _ in range(6)]

    load = stack_cases([*soft, *hard], EURO, rounds=300)

    for k, one in enumerate(load.placed):
        above = [
            p for p in load.placed[k + 1 :]
            if (np.minimum(p.corner + p.size, one.corner + one.size) > np.maximum(p.corner, one.corner) + 1e-9)[:2].all()  # noqa: E501
        ]  # fmt: skip
        assert not above or load.cases[one.case].name == "hard"
    assert not load.left_out


def test_limits_of_height_and_mass_leave_cases_out() -> None:
    cases = [Case(name="c", size=(0.4, 0.4, 0.3), mass=10.0) for _ in range(14)]

    low = stack_cases(cases, Deck(name="low", size=(1.2, 0.8), height=0.65), rounds=20)
    light = stack_cases(cases, Deck(name="light", size=(1.2, 0.8), mass=45.0), rounds=20)

    assert (len(low.placed), low.height) == (12, pytest.approx(0.6))
    assert len(light.placed) == 4


def test_a_bound_counts_what_cannot_stand_side_by_side() -> None:
    wide = [Case(name="c", size=(0.7, 0.65, 0.3), mass=1.0) for _ in range(3)]

    # one fits beside none other: by volume 0.43 m, by sense 0.9 m
    assert height_bound(wide, EURO) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("room", "piece"),
    [((22, 16), (5, 3)), ((57, 44), (12, 5)), ((40, 25), (7, 3)), ((52, 33), (9, 4)), ((42, 39), (9, 4)),
     ((124, 81), (21, 10)), ((56, 52), (12, 5)), ((86, 82), (15, 11)), ((57, 34), (7, 4)), ((63, 44), (8, 5))],
)  # fmt: skip
def test_layers_hold_as_many_as_is_known(room: tuple[int, int], piece: tuple[int, int]) -> None:
    case = Case(name="c", size=(piece[0] / 100, piece[1] / 100, 0.1), mass=1.0)
    deck = Deck(name="d", size=(room[0] / 100, room[1] / 100))

    rows = np.rint(layer(case, deck) * 100).astype(int)

    cover = np.zeros(room, int)
    for x, y, a, b in rows:
        assert sorted((a, b)) == sorted(piece)
        cover[x : x + a, y : y + b] += 1
    assert cover.sum() == len(rows) * piece[0] * piece[1]
    assert cover.max() == 1
    # splitting in five misses one piece of the two last, which only L-shaped blocks find
    assert len(rows) == layer_bound(case, deck) - int(piece in ((7, 4), (8, 5)))


def test_layers_bind_and_hold_to_limits() -> None:
    case = Case(name="c", size=(0.335, 0.225, 0.2), mass=9.0, bears=40.0)

    load = stack_layers(case, Deck(name="euro", size=(1.2, 0.8), height=1.6, mass=600.0))

    judged(load)
    assert balances(load)
    assert load.height == pytest.approx(1.0)  # four on top of the lowest weigh 36 kg
    sheeted = stack_layers(case, Deck(name="euro", size=(1.2, 0.8), height=0.62), sheet_every=1, sheet=0.002)
    assert sheeted.height == pytest.approx(0.604)
    with pytest.raises(InputError, match="more than the"):
        stack_layers(case, Deck(name="euro", size=(1.2, 0.8), height=0.5), count=60)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match=r"case 2 \(long\) does not fit"):
        stack_cases(
            [Case(name="a", size=(0.1, 0.1, 0.1), mass=1), Case(name="long", size=(1.3, 0.1, 0.1), mass=1)], EURO
        )
    with pytest.raises(InputError, match="can tip"):
        stack_cases([Case(name="a", size=(0.1, 0.1, 0.1), mass=1)], EURO, support=0.4)
    assert stack_cases([], EURO).placed == ()
