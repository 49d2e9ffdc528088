"""The order of strokes against every permutation."""

from itertools import pairwise, permutations, product

import numpy as np
import pytest

from cellwright.controllers import joint_time
from cellwright.errors import CellwrightError
from cellwright.geometry import Array, frozen
from cellwright.order import EXACT, EXACT_WORK, find_order
from cellwright.paths.strokes import Stroke
from small_cell import small_cell

CELL = small_cell()
ROBOT, HOME = CELL.robot, CELL.home

Choices = tuple[tuple[Stroke, ...], ...]


def random_choices(operations: int, strokes: int, *, seed: int) -> Choices:
    rng = np.random.default_rng(seed)

    def stroke(i: int) -> Stroke:
        q = frozen(HOME + rng.uniform(-1.5, 1.5, (2, 6)))
        return Stroke(
            operation=i, alternative=0, segments=(), origin=(), q=q, branch=0, cost=float(rng.uniform(0.0, 0.5))
        )

    return tuple(tuple(stroke(i) for _ in range(strokes)) for i in range(operations))


def cost(sequence: tuple[Stroke, ...], home: Array = HOME) -> float:
    places = [home, *(q for stroke in sequence for q in (stroke.q[0], stroke.q[-1])), home]
    ways = zip(places[::2], places[1::2], strict=True)
    return float(sum(joint_time(ROBOT, a, b) for a, b in ways)) + sum(stroke.cost for stroke in sequence)


def respects(sequence: tuple[Stroke, ...], precedence: tuple[tuple[int, int], ...]) -> bool:
    place = {stroke.operation: k for k, stroke in enumerate(sequence)}
    return all(place[a] < place[b] for a, b in precedence)


def cheapest(choices: Choices, precedence: tuple[tuple[int, int], ...]) -> float:
    best = np.inf
    for order in permutations(range(len(choices))):
        if any(order.index(a) > order.index(b) for a, b in precedence):
            continue
        best = min(best, min(cost(sequence) for sequence in product(*(choices[i] for i in order))))
    return best


@pytest.mark.parametrize("precedence", [(), ((3, 0), (1, 2)), ((2, 1), (1, 0))], ids=["free", "pairs", "row"])
@pytest.mark.parametrize("seed", [0, 1])
def test_few_operations_are_put_in_the_best_order_there_is(seed, precedence):
    choices = random_choices(4, 3, seed=seed)
    order = find_order(ROBOT, HOME, choices, precedence)

    assert order.exact
    assert order.cost == pytest.approx(cheapest(choices, precedence), abs=1e-5)
    assert order.cost == pytest.approx(cost(order.strokes), abs=1e-5)
    assert respects(order.strokes, precedence)


def test_five_operations_of_three_strokes_are_put_in_the_best_order():
    choices = random_choices(5, 3, seed=7)
    between = {
        (id(a), id(b)): float(joint_time(ROBOT, a.q[-1], b.q[0]))
        for g in choices
        for a in g
        for h in choices
        for b in h
    }
    first = {id(a): float(joint_time(ROBOT, HOME, a.q[0])) + a.cost for g in choices for a in g}
    last = {id(a): float(joint_time(ROBOT, a.q[-1], HOME)) for g in choices for a in g}
    best = min(
        first[id(s[0])] + last[id(s[-1])] + sum(between[id(a), id(b)] + b.cost for a, b in pairwise(s))
        for order in permutations(choices)
        for s in product(*order)
    )

    assert find_order(ROBOT, HOME, choices, ()).cost == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("operations", [1, 2, EXACT, EXACT + 1, 14])
def test_every_operation_is_made_once(operations):
    choices = random_choices(operations, 2, seed=operations)
    for work in (0, EXACT_WORK):
        order = find_order(ROBOT, HOME, choices, (), exact_work=work)

        assert sorted(stroke.operation for stroke in order.strokes) == list(range(operations))
        assert all(stroke in choices[stroke.operation] for stroke in order.strokes)
        assert order.cost == pytest.approx(cost(order.strokes), abs=1e-4)
        assert order.exact == (operations < 3 or work > 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ruled", [False, True])
def test_the_search_is_near_the_optimum_and_the_bound_not_above_it(seed, ruled):
    choices = random_choices(11, 3, seed=seed)
    precedence = ((3, 0), (1, 2), (2, 6), (8, 4), (9, 10)) if ruled else ()
    groups = ((0, 5, 7), (2, 1)) if ruled else ()
    optimum = find_order(ROBOT, HOME, choices, precedence, groups=groups)
    found = find_order(ROBOT, HOME, choices, precedence, groups=groups, exact_work=0)

    assert optimum.exact
    assert not found.exact
    assert found.lower_bound <= optimum.cost + 1e-9
    assert optimum.lower_bound == optimum.cost <= found.cost + 1e-9
    assert found.cost <= 1.02 * optimum.cost
    assert found.lower_bound >= 0.85 * optimum.cost


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_first_comes_first_among_many(seed):
    choices = random_choices(30, 2, seed=seed)
    precedence = ((12, 0), (11, 1), (0, 5), (5, 6), (7, 12))
    order = find_order(ROBOT, HOME, choices, precedence, exact_work=0)

    assert respects(order.strokes, precedence)
    assert order.cost == pytest.approx(cost(order.strokes), abs=1e-4)


@pytest.mark.parametrize("operations", [3, 11])
def test_precedence_in_a_circle_is_refused(operations):
    with pytest.raises(CellwrightError):
        find_order(ROBOT, HOME, random_choices(operations, 2, seed=0), ((0, 1), (1, 0)))


def test_more_choice_never_costs_more():
    choices = random_choices(6, 4, seed=3)
    fewer = tuple(strokes[:2] for strokes in choices)

    assert find_order(ROBOT, HOME, choices, ()).cost <= find_order(ROBOT, HOME, fewer, ()).cost + 1e-5


def test_the_same_choices_give_the_same_order():
    for n in (6, 12, 40):
        choices = random_choices(n, 3, seed=n)
        first, second = (find_order(ROBOT, HOME, choices, (), exact_work=0) for _ in range(2))

        assert (first.strokes, first.lower_bound) == (second.strokes, second.lower_bound)


def together(sequence: tuple[Stroke, ...], group: tuple[int, ...]) -> bool:
    places = [k for k, stroke in enumerate(sequence) if stroke.operation in group]
    return max(places) - min(places) == len(group) - 1


def test_groups_stay_together_at_the_least_cost():
    choices = random_choices(5, 2, seed=11)
    groups = ((0, 3), (1, 4))
    best = min(
        cost(sequence)
        for order in permutations(range(5))
        for sequence in product(*(choices[i] for i in order))
        if all(together(sequence, group) for group in groups)
    )
    order = find_order(ROBOT, HOME, choices, (), groups=groups)

    assert all(together(order.strokes, group) for group in groups)
    assert order.cost == pytest.approx(best, abs=1e-5)


def test_groups_stay_together_among_many():
    choices = random_choices(24, 2, seed=2)
    groups = ((13, 0, 5), (2, 7, 8, 9))
    order = find_order(ROBOT, HOME, choices, ((9, 2), (5, 7)), groups=groups)

    assert all(together(order.strokes, group) for group in groups)
    assert respects(order.strokes, ((9, 2), (5, 7)))


def test_groups_and_precedence_that_leave_no_order_are_refused():
    with pytest.raises(CellwrightError):
        find_order(ROBOT, HOME, random_choices(4, 1, seed=0), ((0, 2), (3, 1)), groups=((0, 1), (2, 3)))


def test_sixty_operations_are_ordered_within_reach_of_the_bound():
    choices = random_choices(60, 3, seed=4)
    order = find_order(ROBOT, HOME, choices, ())

    assert sorted(stroke.operation for stroke in order.strokes) == list(range(60))
    assert order.lower_bound <= order.cost <= 1.08 * order.lower_bound
