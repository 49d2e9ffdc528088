"""Who waits for whom: hand-computed cells, published formulas, an algebra and another simulator."""

from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from cellwright.errors import CellwrightError
from cellwright.order import (
    Activity,
    Duration,
    Resource,
    Routine,
    Schedule,
    always,
    find_dispatch,
    least_takt,
    make_schedule,
)

HANDLE, STEP = 0.5, 2.0  # of the robotic cells: to grip or let go, and the way between neighbours [s]
MOVE = 2 * HANDLE + STEP


def robotic_cell(*process: float, spread: float = 0.0) -> Routine:
    """Return machines in a row, each making one part, served by one robot from the input to the output."""
    stations = [str(i) for i in range(len(process) + 2)]

    def lasting(seconds: float) -> Duration:
        return Duration(low=seconds * (1 - spread), nominal=seconds, high=seconds * (1 + spread))

    ways = {(a, b): lasting(abs(int(a) - int(b)) * STEP) for a in stations for b in stations}
    activities: list[Activity] = []
    for i, (here, there) in enumerate(pairwise(stations)):
        into, out = i < len(process), i > 0
        activities.append(
            Activity(
                name=f"move {i}", duration=lasting(MOVE), after=(f"process {i}",) if out else (), at=("robot",),
                takes=("robot", f"machine {i + 1}") if into else ("robot",),
                gives=("robot", f"machine {i}") if out else ("robot",), begins=here, ends=there,
            )
        )  # fmt: skip
        if into:
            name, machine = f"process {i + 1}", f"machine {i + 1}"
            activities.append(Activity(name=name, duration=lasting(process[i]), after=(f"move {i}",), at=(machine,)))
    machines = tuple(Resource(name=f"machine {i + 1}") for i in range(len(process)))
    return Routine(resources=(Resource(name="robot", travel=ways), *machines), activities=tuple(activities))


def moves(*indices: int) -> tuple[str, ...]:
    return tuple(f"move {i}" for i in indices)


times = st.integers(0, 60_000).map(lambda n: n / 1000)


@given(times, times)
@settings(max_examples=25, deadline=None)
def test_two_machines_have_the_takt_of_the_published_formulas(a, b):
    """The two cycles of one part of a robotic cell with two machines (Sethi, Sriskandarajah and others 1992)."""
    cell = robotic_cell(a, b)
    forth = 6 * HANDLE + 6 * STEP + a + b
    slack = 4 * STEP + 2 * HANDLE
    back = 6 * HANDLE + 8 * STEP + max(0.0, a - slack, b - slack)

    assert make_schedule(cell, moves(0, 1, 2)).takt.nominal == pytest.approx(forth, abs=1e-6)
    assert make_schedule(cell, moves(0, 2, 1)).takt.nominal == pytest.approx(back, abs=1e-6)
    assert find_dispatch(cell).takt.nominal == pytest.approx(min(forth, back), abs=1e-6)


def eigenvalue(process: tuple[float, ...], order: tuple[int, ...]) -> float:
    """Return the takt as the eigenvalue of the cell's matrix in max-plus algebra, by Karp's formula."""
    n = len(order)
    place = {move: k for k, move in enumerate(order)}
    rounds = np.cumsum([0, *(int(place[i] < place[i - 1]) for i in range(1, n))])
    now, past = np.full((n, n), -np.inf), np.full((n, n), -np.inf)

    def link(a: int, b: int, weight: float, tokens: int) -> None:
        matrix = (now, past)[tokens]
        matrix[b, a] = max(matrix[b, a], weight)

    for k, move in enumerate(order):
        following = order[(k + 1) % n]
        link(move, following, MOVE + abs(move + 1 - following) * STEP, int(k == n - 1))
    for i in range(1, n):
        link(i - 1, i, MOVE + process[i - 1], int(rounds[i] - rounds[i - 1]))
        link(i, i - 1, MOVE, int(1 + rounds[i - 1] - rounds[i]))

    def times_(a, b):
        return (a[:, :, None] + b[None]).max(1)

    star = np.where(np.eye(n, dtype=bool), 0.0, -np.inf)
    for _ in range(n):
        star = np.maximum(star, times_(now, star))
    matrix, powers = times_(star, past), [np.zeros(n)]
    for _ in range(n):
        powers.append((matrix + powers[-1]).max(1))
    means = [
        min((powers[n][v] - powers[k][v]) / (n - k) for k in range(n) if powers[k][v] > -np.inf)
        for v in range(n)
        if powers[n][v] > -np.inf
    ]
    return max(means)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("machines", [2, 3])
def test_the_takt_is_the_eigenvalue_of_the_event_graph(machines, seed):
    process = tuple(np.random.default_rng(seed).integers(0, 40_000, machines) / 1000)
    cell = robotic_cell(*process)
    takts = []
    for rest in permutations(range(1, machines + 1)):
        schedule = make_schedule(cell, moves(0, *rest))
        takts.append(schedule.takt.nominal)

        assert schedule.steady
        assert schedule.takt.nominal == pytest.approx(eigenvalue(process, (0, *rest)), abs=1e-6)
        assert schedule.takt.nominal >= least_takt(cell) - 1e-9
    assert find_dispatch(cell).takt.nominal == pytest.approx(min(takts), abs=1e-9)


def test_a_bottleneck_that_shows_late_is_found():
    """The second machine seems to set the pace, until parts have piled up before the fourth, 0.1 s slower."""
    process = (48.477, 53.175, 25.792, 53.277, 41.409)
    schedule = make_schedule(robotic_cell(*process), moves(0, 5, 4, 3, 2, 1))
    begun = [span.start for span in schedule.spans if span.activity == "move 0"]

    assert schedule.steady
    assert begun[21] - begun[20] == pytest.approx(53.175 + 2 * MOVE + 2 * STEP, abs=1e-6)
    assert schedule.takt.nominal == pytest.approx(53.277 + 2 * MOVE + 2 * STEP, abs=1e-6)
    assert schedule.takt.nominal == pytest.approx(eigenvalue(process, (0, 5, 4, 3, 2, 1)), abs=1e-6)
    assert schedule.takt.nominal == pytest.approx(least_takt(robotic_cell(*process)), abs=1e-6)


def tended(positions: int) -> Routine:
    """Return one machine that works 20 s, tended by a robot whose gripper holds ``positions`` parts."""
    one, robot, both = always(1.0), ("robot",), ("robot", "gripper")
    return Routine(
        resources=(Resource(name="robot"), Resource(name="gripper", capacity=positions), Resource(name="machine")),
        activities=(
            Activity(name="pick", duration=always(3.0), takes=both, gives=robot, at=robot),
            Activity(name="load", duration=one, takes=("robot", "machine"), gives=both, after=("pick",), at=robot),
            Activity(name="mill", duration=always(20.0), after=("load",), at=("machine",)),
            Activity(name="unload", duration=one, takes=both, gives=("robot", "machine"), after=("mill",), at=robot),
            Activity(name="drop", duration=always(2.0), takes=robot, gives=both, after=("unload",), at=robot),
        ),
    )


def test_a_second_gripper_position_saves_the_way_to_the_parts():
    single, double = find_dispatch(tended(1)), find_dispatch(tended(2))

    # the machine stands while the robot drops a part and picks the next, or only while it changes them
    assert single.takt == always(20.0 + 1.0 + 2.0 + 3.0 + 1.0)
    assert double.takt == always(20.0 + 1.0 + 1.0)
    assert double.utilisation["machine"] == pytest.approx(20.0 / 22.0)
    assert double.takt.nominal == least_takt(tended(2))
    waits = {(wait.who, wait.activity, wait.cause): wait.seconds for wait in double.waits}
    assert waits["robot", "unload", "mill"] == pytest.approx(22.0 - 3.0 - 1.0 - 1.0 - 2.0)


def test_a_full_gripper_before_a_full_machine_is_a_deadlock():
    schedule = make_schedule(tended(1), ("pick", "unload", "drop", "load"))

    assert schedule.takt is None
    links = {(hold.activity, hold.needs, hold.from_activity) for hold in schedule.deadlock}
    assert links == {("unload", "gripper", "load"), ("load", "robot", "unload")}
    for hold, following in zip(schedule.deadlock, (*schedule.deadlock[1:], schedule.deadlock[0]), strict=True):
        assert (hold.from_activity, hold.from_part) == (following.activity, following.part)


def test_a_cell_that_always_locks_up_is_refused():
    one = always(1.0)
    crossed = Routine(
        resources=(Resource(name="a"), Resource(name="b")),
        activities=(
            Activity(name="first", duration=one, takes=("a",)),
            Activity(name="second", duration=one, takes=("a",), gives=("a", "a"), after=("first",)),
        ),
    )
    with pytest.raises(CellwrightError, match="locks up"):
        find_dispatch(crossed)


def test_beginning_later_moves_everything():
    cell = robotic_cell(7.0, 11.0, 4.0)
    order = moves(0, 3, 1, 2)
    now, then = make_schedule(cell, order), make_schedule(cell, order, start=100.0)

    assert [(s.activity, s.part) for s in now.spans] == [(s.activity, s.part) for s in then.spans]
    assert [s.start + 100.0 for s in now.spans] == pytest.approx([s.start for s in then.spans], abs=1e-9)
    assert [s.end + 100.0 for s in now.spans] == pytest.approx([s.end for s in then.spans], abs=1e-9)
    assert (now.takt, now.utilisation, now.steady) == (then.takt, then.utilisation, then.steady)


@pytest.mark.parametrize("seed", range(3))
def test_what_lasts_longer_never_shortens_the_takt(seed):
    process = np.random.default_rng(seed).uniform(0, 30, 3)
    takt = find_dispatch(robotic_cell(*process, spread=0.2)).takt

    assert 0.8 * takt.nominal == pytest.approx(takt.low)
    assert 1.2 * takt.nominal == pytest.approx(takt.high)


def starts(schedule: Schedule) -> dict[tuple[str, int], float]:
    return {(span.activity, span.part): span.start for span in schedule.spans}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 3, 2, 1), (0, 2, 1, 3), (0, 1, 3, 2)])
def test_another_simulator_finds_the_same_times(order):
    """The cell as processes of simpy: a robot that goes through its moves, and machines that work when loaded."""
    process, parts = (9.0, 30.5, 12.25), 20
    schedule = make_schedule(robotic_cell(*process), moves(*order), parts=parts)
    world = simpy.Environment()
    done = {(i, k): world.event() for i in range(1, 4) for k in range(parts)}
    found: dict[tuple[str, int], float] = {}

    def work(i: int, k: int):
        yield world.timeout(process[i - 1])
        done[i, k].succeed()

    def robot():
        at = None
        for turn in range(parts + 3):
            for i in order:
                part = turn - schedule.shift[f"move {i}"]
                if not 0 <= part < parts:
                    continue
                if at is not None:
                    yield world.timeout(abs(at - i) * STEP)
                if i:
                    yield done[i, part]
                found[f"move {i}", part] = world.now
                yield world.timeout(MOVE)
                at = i + 1
                if i < 3:
                    world.process(work(i + 1, part))

    world.process(robot())
    world.run()
    ours = starts(schedule)
    assert found == pytest.approx({key: ours[key] for key in found}, abs=1e-6)
    assert len(found) == 4 * parts


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_a_buffer_between_two_machines_is_as_another_simulator_has_it(slots):
    parts = 30
    line = Routine(
        resources=(Resource(name="saw"), Resource(name="rack", capacity=slots), Resource(name="press")),
        activities=(
            Activity(name="cut", duration=always(3.0), takes=("saw",), at=("saw",)),
            Activity(name="lay down", duration=always(0.5), takes=("rack",), gives=("saw",), after=("cut",)),
            Activity(name="pick up", duration=always(0.5), takes=("press",), gives=("rack",), after=("lay down",)),
            Activity(name="bend", duration=always(5.0), gives=("press",), after=("pick up",), at=("press",)),
        ),
    )
    order = ("cut", "lay down", "pick up")
    schedule = make_schedule(line, order, parts=parts)
    world = simpy.Environment()
    free, laid = simpy.Container(world, slots, init=slots), simpy.Store(world)
    found: dict[tuple[str, int], float] = {}

    def saw():
        for part in range(parts):
            found["cut", part] = world.now
            yield world.timeout(3.0)
            yield free.get(1)
            found["lay down", part] = world.now
            yield world.timeout(0.5)
            yield laid.put(part)

    def press():
        for _ in range(parts):
            part = yield laid.get()
            found["pick up", part] = world.now
            yield world.timeout(0.5)
            yield free.put(1)
            yield world.timeout(5.0)

    world.process(saw())
    world.process(press())
    world.run()
    ours = starts(schedule)
    assert found == pytest.approx({key: ours[key] for key in found}, abs=1e-6)
    assert schedule.takt == always(5.5)
    assert schedule.utilisation["press"] == pytest.approx(5.0 / 5.5)


def test_two_places_in_a_furnace_are_both_used():
    """With one part in it a furnace of two places gives a part every 22 s; with two, one every 11 s."""
    tongs = ("tongs",)
    furnace = Routine(
        resources=(Resource(name="tongs"), Resource(name="furnace", capacity=2)),
        activities=(
            Activity(name="in", duration=always(1.0), takes=("tongs", "furnace"), gives=tongs),
            Activity(name="heat", duration=always(20.0), after=("in",), at=("furnace",)),
            Activity(name="out", duration=always(1.0), takes=tongs, gives=("tongs", "furnace"), after=("heat",)),
        ),
    )

    best = find_dispatch(furnace)
    assert best.takt == always(least_takt(furnace)) == always(11.0)
    assert best.shift["out"] > 0
    assert best.utilisation["furnace"] == pytest.approx(20.0 / 22.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"activities": (Activity(name="a", duration=always(1.0), takes=("robot",)),)},
        {"activities": (Activity(name="a", duration=always(1.0), at=("nobody",)),)},
        {
            "activities": (
                Activity(name="a", duration=always(1.0), after=("b",)),
                Activity(name="b", duration=always(1)),
            )
        },
        {"activities": (Activity(name="robot", duration=always(1.0)),)},
    ],
    ids=["never given", "unknown", "before what it waits for", "named twice"],
)
def test_a_routine_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(CellwrightError):
        Routine(resources=(Resource(name="robot"),), **wrong)


def test_an_order_that_leaves_something_out_is_refused():
    with pytest.raises(CellwrightError, match="order"):
        make_schedule(robotic_cell(1.0), moves(0))
    with pytest.raises(CellwrightError, match="no duration"):
        Duration(low=2.0, nominal=1.0, high=3.0)


def test_many_moves_are_improved_from_the_order_they_are_named_in():
    process = (20.0, 5.0, 31.0, 12.0, 25.0, 18.0, 9.0)
    cell = robotic_cell(*process)
    named = make_schedule(cell, moves(*range(8)))
    best = find_dispatch(cell, tries=150)

    assert best.takt.nominal < 0.75 * named.takt.nominal
    assert best == find_dispatch(cell, tries=150)


def test_the_example_of_the_documentation_is_true():
    page = (Path(__file__).parents[1] / "docs" / "sequence_and_waiting.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]

    exec(compile(code, "sequence_and_waiting.md", "exec"), {})
