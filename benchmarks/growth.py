"""Drawings of growth, as SVG: figures against size, both logarithmic, so that a slope is a power."""

from __future__ import annotations

import math
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 260, 62, 16, 34, 40
INKS = ("#1f6feb", "#d1622b", "#2a9d63", "#8b4fc6", "#6b7280", "#b02a5b")


def drawing(rows: list[dict[str, Any]]) -> str:
    """Return an SVG with one field a group, a line for each thing that was measured."""
    fields = [f for k, group in enumerate(dict.fromkeys(row["group"] for row in rows)) if (f := field(group, rows, k))]
    size = f'width="{WIDTH * len(fields)}" height="{HEIGHT}" viewBox="0 0 {WIDTH * len(fields)} {HEIGHT}"'
    style = "<style>text{font:12px sans-serif;fill:#374151}.t{font-weight:bold}</style>"
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{style}\n{ground}\n' + "\n".join(fields) + "\n</svg>\n"


def field(group: str, every_row: list[dict[str, Any]], number: int) -> str:
    """Return one field: axes at powers of ten, lines, and the slope of each line by its name; empty without a line."""
    rows, x = [row for row in every_row if row["group"] == group], number * WIDTH
    lines = {
        f"{what}{rival}": points
        for what, members in series(rows).items()
        for rival, key in (("", "ours"), (f", {members[0]['rival_name']}", "rival"))
        if len(points := [(row["size"], row[key]) for row in members if row[key]]) > 1
    }
    every = [point for points in lines.values() for point in points]
    if not every:
        return ""
    low, high = zip(*((min(v), max(v)) for v in zip(*every, strict=True)), strict=True)
    low = [math.log10(v) for v in low]
    high = [max(math.log10(v), base + 0.3) for v, base in zip(high, low, strict=True)]
    low[1], high[1] = math.floor(low[1]), math.ceil(high[1])

    def at(point: tuple[float, float]) -> tuple[float, float]:
        u, v = ((math.log10(p) - lo) / (hi - lo) for p, lo, hi in zip(point, low, high, strict=True))
        return x + LEFT + u * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - v * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text class="t" x="{x + LEFT}" y="16">{escape(group)} [{escape(rows[0]["unit"])}]</text>']
    for power in range(int(low[1]), int(high[1]) + 1):
        y = at((10 ** low[0], 10**power))[1]
        parts.append(f'<path d="M{x + LEFT} {y:.1f}H{x + WIDTH - RIGHT}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{x + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for value in sorted({point[0] for point in every}):
        place = at((value, 10 ** low[1]))[0]
        parts.append(f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for k, (name, points) in enumerate(lines.items()):
        ink = INKS[k % len(INKS)]
        places = " ".join(f"{a:.1f},{b:.1f}" for a, b in map(at, sorted(points)))
        parts.append(f'<polyline points="{places}" fill="none" stroke="{ink}" stroke-width="2"/>')
        label = f"{name}: power {slope(points):.2f}"
        parts.append(f'<text x="{x + LEFT + 6}" y="{TOP + 12 + 14 * k}" style="fill:{ink}">{escape(label)}</text>')
    return "\n".join(parts)


def series(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows by what was measured."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["what"], []).append(row)
    return found


def slope(points: list[tuple[float, float]]) -> float:
    """Return the power with which the figures grow, by least squares over all of them."""
    u, v = ([math.log(p[k]) for p in points] for k in (0, 1))
    mean_u, mean_v = sum(u) / len(u), sum(v) / len(v)
    return sum((a - mean_u) * (b - mean_v) for a, b in zip(u, v, strict=True)) / sum((a - mean_u) ** 2 for a in u)
