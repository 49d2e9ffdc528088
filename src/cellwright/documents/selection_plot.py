"""The Pareto plot of a selection: cycle time against room, one point a robot whose plan proves."""

from __future__ import annotations

from collections.abc import Callable

from ..selection.model import Ranked, Selection
from ..units import mm
from .markup import Markup, short, tag
from .plots import ticks

_Flat = Callable[[float, float], tuple[float, float]]
"""From the units of the axes to pixels."""

WIDTH, HEIGHT, LEFT, BOTTOM, EDGE = 560.0, 300.0, 60.0, 44.0, 26.0


def pareto(selection: Selection) -> Markup:
    """Return the plot: shorter cycles to the left, more room further up; nobody is better than the ringed ones."""
    rows = [row for row in selection.ranking if _at(row) is not None]
    points = [point for row in rows if (point := _at(row)) is not None]
    if not points:
        return tag("p", "No robot has both figures that the plot asks for.", class_="soft")
    x0, x1 = _span([x for x, _ in points])
    y0, y1 = _span([y for _, y in points])

    def flat(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - EDGE)
        return across, HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - EDGE)

    return tag(
        "svg",
        tag("title", "cycle time against room"),
        tag("text", "Cycle time against the smallest room", class_="heading", x=LEFT, y=14.0),
        *_axes(x0, x1, y0, y1, flat),
        *(_dot(row, *flat(*point)) for row, point in zip(rows, points, strict=True)),
        class_="chart",
        viewBox=f"0 0 {short(WIDTH)} {short(HEIGHT)}",
        role="img",
    )


def _at(row: Ranked) -> tuple[float, float] | None:
    cycle, room = row.values["cycle_time"], row.values["clearance"]
    return None if cycle is None or room is None else (cycle, mm(room))


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(0.08 * (high - low), 0.5)
    return low - room, high + room


def _axes(x0: float, x1: float, y0: float, y1: float, flat: _Flat) -> list[Markup]:
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
    drawn.append(tag("text", "room [mm]", class_="axis", x=4.0, y=14.0))
    return drawn


def _dot(row: Ranked, x: float, y: float) -> Markup:
    said = tag("title", f"{row.key}: score {short(row.score, 3)}")
    ring = None if row.dominated_by else "#d81b60"
    dot = tag("circle", said, cx=x, cy=y, r=5.0, fill="#1e64dc", stroke=ring, stroke_width=2.5)
    return tag("g", dot, tag("text", row.key, class_="tick", x=x + 8, y=y - 6))
