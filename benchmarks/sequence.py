"""Order of operations: gap against the exact optimum on small jobs, growth and gap to the lower bound on large ones.

Run it with ``python benchmarks/sequence.py``. Operations are seams of random places and directions for a welding arm,
each with strokes in both directions and on several branches. OR-tools' routing, where it is installed, gets the same
costs and ten times the time that ours took, for search and bound together, from 1 s to 30 s.
"""

from __future__ import annotations

import math
import statistics
import time

import numpy as np

from cellwright.geometry import frozen
from cellwright.order import Activity, Resource, Routine, always, find_dispatch, find_order, least_takt
from cellwright.order.sequence import EXACT
from cellwright.paths.strokes import Stroke
from cellwright.robots.catalogue import load_robot
from rows import TINY, Row, row, tell

ROBOT = load_robot("kuka/KR8-R2100-2-arc-HW")
COUNTS = (16, 20) if TINY else (20, 50, 100, 200, 400)
JOBS = 2 if TINY else 30
RULED = 20 if TINY else 100
MORE_TIME, MOST_TIME = 10, 30

Choices = tuple[tuple[Stroke, ...], ...]


def seams(count: int, *, seed: int) -> Choices:
    """Return strokes of ``count`` seams: two directions on three branches, wrist turned by -180, 0 or 180 deg."""
    rng = np.random.default_rng(seed)
    choices: list[tuple[Stroke, ...]] = []
    for i in range(count):
        middle = ROBOT.home + rng.uniform(-1.0, 1.0, 6)
        half = rng.uniform(-0.15, 0.15, 6)
        strokes: list[Stroke] = []
        for branch, turn in enumerate((-np.pi, 0.0, np.pi)):
            q = middle + np.array([0.0, 0.0, 0.0, turn / 2, 0.0, turn])
            for alternative, ends in enumerate(((q - half, q + half), (q + half, q - half))):
                cost = float(rng.uniform(0.05, 0.3))
                strokes.append(
                    Stroke(
                        operation=i,
                        alternative=alternative,
                        segments=(),
                        origin=(),
                        q=frozen(ends),
                        branch=branch,
                        cost=cost,
                    )
                )
        choices.append(tuple(sorted(strokes, key=lambda stroke: stroke.cost)))
    return tuple(choices)


def small() -> list[Row]:
    """Print how far the search for many operations is from the optimum on jobs that dynamic programming can do."""
    gaps: list[float] = []
    for seed in range(JOBS):
        choices = seams(EXACT + 2, seed=seed)
        best = find_order(ROBOT, ROBOT.home, choices, ())
        gaps.append(find_order(ROBOT, ROBOT.home, choices, (), exact_work=0).cost / best.cost - 1.0)
    share = sum(gap < 1e-9 for gap in gaps) / JOBS
    print(f"{JOBS} jobs of {EXACT + 2} seams: the search finds the optimum in {share:.0%}, worst gap {max(gaps):.2%}")
    what = f"search, worst of {JOBS} jobs of {EXACT + 2} seams over the exact optimum"
    return [row("order", what, 100.0 * max(gaps), "%")]


def large() -> list[Row]:
    """Print time, cost and lower bound against the number of seams, and what OR-tools finds."""
    print(f"{'seams':>8}{'strokes':>9}{'time [s]':>10}{'cost [s]':>10}{'bound [s]':>11}{'gap':>8}{'OR-tools':>11}")
    rows: list[Row] = []
    for count in COUNTS:
        choices = seams(count, seed=count)
        spent: list[float] = []
        start = time.perf_counter()
        for _ in range(rounds := 3 if count < 100 else 1):
            before = time.process_time()
            order = find_order(ROBOT, ROBOT.home, choices, ())
            spent.append(time.process_time() - before)
        seconds, wall = statistics.median(spent), (time.perf_counter() - start) / rounds
        gap = order.cost / order.lower_bound - 1.0
        given = min(max(1.0, MORE_TIME * wall), MOST_TIME)
        rival = or_tools(choices, given)
        figures = f"{seconds:10.3f}{order.cost:10.2f}{order.lower_bound:11.2f}{gap:8.1%}"
        print(f"{count:8d}{sum(map(len, choices)):9d}{figures}{rival or math.nan:11.2f}", flush=True)
        rows += [
            row("order", f"{count} seams, gap of cost to bound", 100.0 * gap, "%", goal="<= 8"),
            row("order", f"{count} seams, cost", order.cost, "s", rival=rival, rival_name=f"OR-tools in {given:.0f} s"),
            row("order, growth", "search and bound", seconds, "s", size=count),
        ]
    return rows


def ruled() -> list[Row]:
    """Print the gap with precedence and groups: every tenth seam first of its ten, fixtures of five seams each."""
    choices = seams(RULED, seed=1)
    precedence = tuple((k, k + 1 + i) for k in range(0, RULED, 10) for i in range(9))
    groups = tuple(tuple(range(k + 1, k + 6)) for k in range(0, RULED, 10))
    order = find_order(ROBOT, ROBOT.home, choices, precedence, groups=groups)
    gap = order.cost / order.lower_bound - 1.0
    print(f"{RULED} seams with precedence and groups: cost {order.cost:.2f} s, gap {gap:.1%}")
    return [row("order", f"{RULED} seams with precedence and groups, gap of cost to bound", 100.0 * gap, "%")]


def or_tools(choices: Choices, seconds: float) -> float | None:
    """Return the cost of the order that OR-tools' guided local search finds in some time, None where it is absent."""
    try:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2
    except ImportError:
        return None
    from cellwright.order import sequence

    nodes = [stroke for strokes in choices for stroke in strokes]
    graph = sequence._graph(ROBOT, ROBOT.home, nodes, [len(strokes) for strokes in choices], (), ())
    n = len(nodes)
    cost = np.zeros((n + 1, n + 1), np.int64)  # home is the first
    cost[1:, 1:], cost[0, 1:], cost[1:, 0] = graph.between, graph.first, graph.last
    manager = pywrapcp.RoutingIndexManager(n + 1, 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(cost.tolist()))
    for a, b in zip(graph.offset[:-1], graph.offset[1:], strict=True):
        routing.AddDisjunction([manager.NodeToIndex(int(k) + 1) for k in range(a, b)])
    given = pywrapcp.DefaultRoutingSearchParameters()
    given.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    given.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    given.time_limit.FromMilliseconds(int(1000 * seconds))
    found = routing.SolveWithParameters(given)
    return found.ObjectiveValue() * 1e-6 if found else None


def robotic_cell(machines: int, *, seed: int) -> Routine:
    """Return machines in a row that each make one part, 5 to 40 s long, served by one robot."""
    process = np.random.default_rng(seed).integers(5_000, 40_000, machines) / 1000
    stations = [str(i) for i in range(machines + 2)]
    ways = {(a, b): always(1.5 * abs(int(a) - int(b))) for a in stations for b in stations}
    activities: list[Activity] = []
    for i in range(machines + 1):
        into, out = i < machines, i > 0
        activities.append(
            Activity(
                name=f"move {i}", duration=always(2.5), after=(f"process {i}",) if out else (), at=("robot",),
                takes=("robot", f"machine {i + 1}") if into else ("robot",),
                gives=("robot", f"machine {i}") if out else ("robot",), begins=stations[i], ends=stations[i + 1],
            )
        )  # fmt: skip
        if into:
            name = f"process {i + 1}"
            activities.append(Activity(name=name, duration=always(float(process[i])), after=(f"move {i}",)))
    named = tuple(Resource(name=f"machine {i + 1}") for i in range(machines))
    return Routine(resources=(Resource(name="robot", travel=ways), *named), activities=tuple(activities))


def waiting() -> list[Row]:
    """Print how long the best order of robotic cells takes to find, and how near its takt is to what none can beat."""
    rows: list[Row] = []
    print(f"{'machines':>8}{'time [s]':>10}{'takt [s]':>10}{'least [s]':>10}")
    for machines in (2, 3) if TINY else (2, 3, 4, 5, 6, 8):
        routine = robotic_cell(machines, seed=machines)
        start = time.process_time()
        best = find_dispatch(routine)
        seconds = time.process_time() - start
        takt = best.takt.nominal if best.takt else math.nan
        print(f"{machines:8d}{seconds:10.3f}{takt:10.2f}{least_takt(routine):10.2f}", flush=True)
        rows.append(row("waiting, growth", "best order of a robotic cell", seconds, "s", size=machines))
        over = 100.0 * (takt / least_takt(routine) - 1.0)
        rows.append(row("waiting", f"{machines} machines, takt over what none can beat", over, "%"))
    return rows


if __name__ == "__main__":
    tell([*small(), *large(), *ruled(), *waiting()])
