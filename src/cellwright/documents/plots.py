"""Plots as SVG that reads the same on a screen and on paper: axes, ticks, limits, names on hover, no script needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .markup import Markup, markup, short, tag

POINTS = 1200
"""Most points of a drawn curve; more are drawn as the lowest and highest of each stretch."""

Scale = Callable[[Array | float], Array]
"""From the units of an axis to pixels."""

LEFT, RIGHT, TOP, BOTTOM = 54.0, 14.0, 22.0, 34.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """y over x, both (n,) in the units of the axes; NaN leaves a gap. ``style`` is a class of the style sheet."""

    name: str
    x: Array
    y: Array
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line at ``y``: a limit, or what is asked for."""

    y: float
    name: str
    style: str = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the x axis with a name (a seam); ``low`` and ``high`` shade a band of y in it, else all of it."""

    x0: float
    x1: float
    name: str
    low: float | None = None
    high: float | None = None
    style: str = "stretch"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """A plot; ``over_time`` marks that its x axis is the clock of the cycle, which the player moves a cursor on."""

    title: str
    x_name: str
    y_name: str
    x: tuple[float, float]
    y: tuple[float, float]
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    legend: bool = True
    over_time: bool = False
    size: tuple[float, float] = (1070.0, 260.0)


def draw(chart: Chart) -> Markup:
    """Return the plot as an SVG element."""
    width, height = chart.size
    inner = width - LEFT - RIGHT, height - TOP - BOTTOM

    def at_x(x: Array | float) -> Array:
        return LEFT + (np.asarray(x, dtype=np.float64) - chart.x[0]) / _span(chart.x) * inner[0]

    def at_y(y: Array | float) -> Array:
        return TOP + inner[1] - (np.asarray(y, dtype=np.float64) - chart.y[0]) / _span(chart.y) * inner[1]

    stretches = [
        _stretch(s, float(at_x(s.x0)), float(at_x(s.x1)), *_between(s, at_y, inner[1])) for s in chart.stretches
    ]
    levels = [_level(level, float(at_y(level.y)), width) for level in chart.levels if _inside(level.y, chart.y)]
    curves = [_curve(c, at_x(c.x), np.clip(at_y(c.y), TOP - 2, height - BOTTOM + 2)) for c in chart.curves]
    cursor = tag("line", class_="cursor", x1=LEFT, x2=LEFT, y1=TOP, y2=height - BOTTOM)
    return tag(
        "svg",
        tag("title", chart.title),
        tag("text", chart.title, class_="heading", x=LEFT, y=13.0),
        *(_legend(chart, width) if chart.legend else ()),
        *stretches,
        *_axes(chart, at_x, at_y),
        *levels,
        *curves,
        *((cursor,) if chart.over_time else ()),
        class_="chart over-time" if chart.over_time else "chart",
        viewBox=f"0 0 {short(width)} {short(height)}",
        role="img",
        data_left=LEFT,
        data_right=width - RIGHT,
        data_from=short(chart.x[0], 4),
        data_to=short(chart.x[1], 4),
    )


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` round numbers, 1, 2 or 5 times a power of ten apart, in [low, high]."""
    raw = max(high - low, 1e-12) / max(most, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(s for s in (power, 2 * power, 5 * power, 10 * power) if s >= raw * (1 - 1e-9)))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [k * step for k in range(first, last + 1)]


def thinned(x: Array, y: Array, most: int = POINTS) -> tuple[Array, Array]:
    """Return at most about ``most`` points that keep the lowest and the highest of every stretch."""
    n = len(x)
    if n <= most:
        return x, y
    stretch = np.arange(n) * (most // 2) // n
    known = ~np.isnan(y)
    lowest = np.lexsort((np.where(known, y, np.inf), stretch))
    highest = np.lexsort((np.where(known, -y, np.inf), stretch))
    firsts = np.searchsorted(stretch, np.arange(most // 2))
    rows = np.unique(np.concatenate([[0, n - 1], lowest[firsts], highest[firsts]]))
    return x[rows], y[rows]


def _axes(chart: Chart, at_x: Scale, at_y: Scale) -> list[Markup]:
    width, height = chart.size
    drawn: list[Markup] = []
    for tick in ticks(*chart.y, most=max(2, int((height - TOP - BOTTOM) / 26))):
        y = float(at_y(tick))
        drawn.append(tag("line", class_="grid", x1=LEFT, x2=width - RIGHT, y1=y, y2=y))
        drawn.append(tag("text", short(tick, 4), class_="tick end", x=LEFT - 6, y=y + 3.5))
    for tick in ticks(*chart.x, most=max(3, int((width - LEFT - RIGHT) / 70))):
        x = float(at_x(tick))
        drawn.append(tag("line", class_="grid", x1=x, x2=x, y1=TOP, y2=height - BOTTOM))
        drawn.append(tag("text", short(tick, 4), class_="tick middle", x=x, y=height - BOTTOM + 13))
    middle = TOP + (height - TOP - BOTTOM) / 2
    box = {"width": width - LEFT - RIGHT, "height": height - TOP - BOTTOM}
    drawn.append(tag("rect", class_="box", x=LEFT, y=TOP, **box))
    drawn.append(tag("text", chart.x_name, class_="axis middle", x=LEFT + (width - LEFT - RIGHT) / 2, y=height - 5))
    turned = f"rotate(-90 11 {short(middle)})"
    drawn.append(tag("text", chart.y_name, class_="axis middle", x=11.0, y=middle, transform=turned))
    return drawn


def _legend(chart: Chart, width: float) -> list[Markup]:
    drawn: list[Markup] = []
    x = width - RIGHT
    for curve in reversed(chart.curves):
        x -= 6.2 * len(curve.name) + 4
        drawn.append(tag("text", curve.name, class_="legend", x=x, y=13.0))
        drawn.append(tag("line", class_=f"curve {curve.style}", x1=x - 18, x2=x - 4, y1=9.5, y2=9.5))
        x -= 26
    return drawn


def _curve(curve: Curve, x: Array, y: Array) -> Markup:
    x, y = thinned(x, y)
    gaps = np.flatnonzero(np.isnan(y))
    pieces = zip(np.split(x, gaps), np.split(y, gaps), strict=True)
    lines = ([f"{a:.1f} {b:.1f}" for a, b in zip(u.tolist(), v.tolist(), strict=True) if b == b] for u, v in pieces)
    way = "".join("M" + "L".join(points) for points in lines if points)
    return tag("path", tag("title", curve.name), class_=f"curve {curve.style}", d=way)


def _level(level: Level, y: float, width: float) -> Markup:
    return tag("line", tag("title", level.name), class_=level.style, x1=LEFT, x2=width - RIGHT, y1=y, y2=y)


def _stretch(stretch: Stretch, x0: float, x1: float, y0: float, y1: float) -> Markup:
    box = tag(
        "rect",
        tag("title", stretch.name),
        class_=stretch.style,
        x=x0,
        y=y0,
        width=max(x1 - x0, 0.5),
        height=max(y1 - y0, 0.5),
    )
    if stretch.style != "stretch" or x1 - x0 < 6.2 * len(stretch.name):
        return box
    return markup(box, tag("text", stretch.name, class_="tick middle", x=(x0 + x1) / 2, y=y0 + 11))


def _between(stretch: Stretch, at_y: Scale, height: float) -> tuple[float, float]:
    if stretch.low is None or stretch.high is None:
        return TOP, TOP + height
    return float(max(at_y(stretch.high), TOP)), float(min(at_y(stretch.low), TOP + height))


def _inside(y: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= y <= limits[1]


def _span(limits: tuple[float, float]) -> float:
    return max(limits[1] - limits[0], 1e-12)
