"""The Pareto plot of a selection: cycle time against price or room, one point a robot whose plan proves."""

from __future__ import annotations

from collections.abc import Callable

from ..selection.model import Ranked, Selection
from ..units import mm
from .markup import Markup, short, tag
from .plots import ticks

_Flat = Callable[[float, float], tuple[float, float]]
"""From the units of the axes to pixels."""

WIDTH, HEIGHT, LEFT, BOTTOM, EDGE, TOP = 560.0, 320.0, 60.0, 44.0, 26.0, 70.0
LETTER, NAME = 12.0, 130.0
"""Height of a name and about its width."""


def pareto(selection: Selection) -> Markup:
    """Return the plot: shorter cycles to the left; nobody is better in everything than the ringed ones.

    Up is the price where the user says some, else the room.
    """
    priced = sum("price" in row.said for row in selection.ranking) > 1
    shown = [(row, point) for row in selection.ranking if (point := _at(row, priced)) is not None]
    if not shown:
        return tag("p", "No robot has both figures that the plot asks for.", class_="soft")
    x0, x1 = _span([x for _, (x, _) in shown])
    y0, y1 = _span([y for _, (_, y) in shown])

    def flat(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - EDGE)
        return across, HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP)

    unit = next((row.said["price"].unit for row, _ in shown if "price" in row.said), "")
    up = f"price [{unit}]" if priced else "room [mm]"
    heading = f"Cycle time against {'price' if priced else 'the smallest room'}"
    dots: list[Markup] = []
    taken: list[tuple[float, float]] = []
    for row, point in shown:
        dots.append(_dot(row, *flat(*point), taken))
    return tag(
        "svg",
        tag("title", heading),
        tag("text", heading, class_="heading", x=4.0, y=14.0),
        *_axes(x0, x1, y0, y1, flat, up),
        *dots,
        class_="chart",
        viewBox=f"0 0 {short(WIDTH)} {short(HEIGHT)}",
        role="img",
    )


def _at(row: Ranked, priced: bool) -> tuple[float, float] | None:
    cycle, room = row.values["cycle_time"], row.values["clearance"]
    up = row.values["price"] if priced else None if room is None else mm(room)
    return None if cycle is None or up is None else (cycle, up)


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(0.08 * (high - low), 0.5)
    return low - room, high + room


def _axes(x0: float, x1: float, y0: float, y1: float, flat: _Flat, up: str) -> list[Markup]:
    drawn: list[Markup] = []
    for x in ticks(x0, x1, most=8):
        across, down = flat(x, y0)
        drawn.append(tag("line", class_="grid", x1=across, x2=across, y1=down, y2=flat(x, y1)[1]))
        drawn.append(tag("text", short(x), class_="tick middle", x=across, y=down + 14))
    for y in ticks(y0, y1, most=6):
        across, down = flat(x0, y)
        drawn.append(tag("line", class_="grid", x1=across, x2=flat(x1, y)[0], y1=down, y2=down))
        drawn.append(tag("text", short(y), class_="tick end", x=across - 5, y=down + 3.5))
    drawn.append(tag("text", "cycle time [s]", class_="axis middle", x=(LEFT + WIDTH) / 2, y=HEIGHT - 8))
    drawn.append(tag("text", up, class_="axis", x=4.0, y=TOP - 8))
    return drawn


def _dot(row: Ranked, x: float, y: float, taken: list[tuple[float, float]]) -> Markup:
    """Return a robot's dot and its name, on the side where there is room, clear of the names in ``taken``."""
    said = tag("title", f"{row.key}: score {short(row.score, 3)}")
    ring = None if row.dominated_by else "#d81b60"
    dot = tag("circle", said, cx=x, cy=y, r=5.0, fill="#1e64dc", stroke=ring, stroke_width=2.5)
    left = x > 0.7 * WIDTH
    at, down = (x - 8 if left else x + 8), y - 6
    while any(abs(down - v) < LETTER and abs(at - u) < NAME for u, v in taken):
        down -= LETTER
    taken.append((at, down))
    return tag("g", dot, tag("text", row.key, class_="tick end" if left else "tick", x=at, y=down))
