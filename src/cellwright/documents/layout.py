"""Drawings of a scene from above and from the side: for paper, and where a browser shows no 3D."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..geometry import Array
from ..units import from_mm, mm
from .markup import Markup, short, tag
from .plots import ticks
from .scene import Lines, Scene, Solid

WIDTH, HEIGHT, MARGIN = 460.0, 340.0, 52.0


def layout(scene: Scene) -> Markup:
    """Return both drawings at the start of the motion; bodies are drawn as the hull of their outline."""
    return tag(
        "div",
        _view(scene, 0, 1, "from above: x to the right, y up"),
        _view(scene, 0, 2, "from the side: x to the right, z up"),
        class_="charts",
    )


def world_T_nodes(scene: Scene) -> dict[str, Array]:
    """Return where each node stands in the world (4, 4) at the first frame."""
    world_T_node: dict[str, Array] = {}
    for node in scene.nodes:
        parent = world_T_node.get(node.name.rpartition("/")[0], np.eye(4))
        world_T_node[node.name] = parent @ node.parent_T_node.reshape(-1, 4, 4)[0]
    return world_T_node


def _view(scene: Scene, across: int, up: int, title: str) -> Markup:
    placed = [(solid, _world_points(scene, solid)) for solid in scene.solids]
    placed.sort(key=lambda item: float(round(item[1][:, 3 - across - up].max(), 6)), reverse=up == 2)
    ends = np.concatenate([points[:, [across, up]] for _, points in placed])
    low, high = ends.min(0), ends.max(0)
    scale = float(min((WIDTH - 2 * MARGIN) / (high[0] - low[0]), (HEIGHT - 2 * MARGIN) / (high[1] - low[1])))

    def flat(points: Array) -> Array:
        shown = (points[:, [across, up]] - low) * scale
        return np.stack([MARGIN + shown[:, 0], HEIGHT - MARGIN - shown[:, 1]], -1)

    outlines = [_outline(solid, flat(points)) for solid, points in placed]
    seams = [_seam(piece, colour, flat) for line in scene.lines if line.width > 2 for piece, colour in _pieces(line)]
    return tag(
        "svg",
        tag("title", title),
        tag("text", f"Layout {title} [mm]", class_="heading", x=MARGIN, y=14.0),
        *outlines,
        *seams,
        *_scale(low, high, scale, "xyz"[across], "xyz"[up]),
        class_="chart",
        viewBox=f"0 0 {short(WIDTH)} {short(HEIGHT)}",
        role="img",
    )


def _pieces(line: Lines) -> list[tuple[Array, Array]]:
    return list(zip(line.pieces, line.colours, strict=True))


def _seam(piece: Array, colour: Array, flat: Callable[[Array], Array]) -> Markup:
    (x1, y1), (x2, y2) = flat(piece)
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=_rgb(colour), stroke_width=2.0)


def _outline(solid: Solid, points: Array) -> Markup:
    hull = _hull(points)
    path = "M" + "L".join(f"{short(float(x), 1)} {short(float(y), 1)}" for x, y in hull) + "Z"
    opacity = solid.opacity if solid.opacity is not None else 0.82
    name = solid.name.rpartition("/")[0]
    return tag("path", tag("title", name), class_="outline", d=path, fill=_rgb(solid.colour), fill_opacity=opacity)


def _scale(low: Array, high: Array, scale: float, across: str, up: str) -> list[Markup]:
    drawn: list[Markup] = []
    bottom = HEIGHT - MARGIN + 8
    for tick in ticks(mm(float(low[0])), mm(float(high[0])), most=int((high[0] - low[0]) * scale / 42)):
        x = MARGIN + (from_mm(tick) - float(low[0])) * scale
        drawn.append(tag("line", class_="axis-line", x1=x, x2=x, y1=bottom, y2=bottom + 4))
        drawn.append(tag("text", short(tick), class_="tick middle", x=x, y=bottom + 15))
    for tick in ticks(mm(float(low[1])), mm(float(high[1])), most=int((high[1] - low[1]) * scale / 30)):
        y = HEIGHT - MARGIN - (from_mm(tick) - float(low[1])) * scale
        drawn.append(tag("line", class_="axis-line", x1=MARGIN - 12, x2=MARGIN - 8, y1=y, y2=y))
        drawn.append(tag("text", short(tick), class_="tick end", x=MARGIN - 14, y=y + 3.5))
    drawn.append(tag("text", across, class_="axis middle", x=MARGIN + (high[0] - low[0]) * scale + 22, y=bottom + 15))
    drawn.append(tag("text", up, class_="axis middle", x=MARGIN / 2, y=MARGIN - 10))
    return drawn


def _world_points(scene: Scene, solid: Solid) -> Array:
    world_T_node = world_T_nodes(scene)
    name = solid.name
    while name and name not in world_T_node:
        name = name.rpartition("/")[0]
    frame = world_T_node.get(name, np.eye(4))
    return solid.mesh.vertices @ frame[:3, :3].T + frame[:3, 3]


def _hull(points: Array) -> Array:
    """Return the convex hull (k, 2) of points (n, 2), by the monotone chain (Andrew 1979)."""
    points = np.round(points, 1)
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    steps = np.diff(points[:, 0]) != 0
    # of the points above one another only the lowest and the highest count
    ends = points[np.r_[True, steps] | np.r_[steps, True]]
    unique: list[list[float]] = ends[np.r_[True, (np.diff(ends, axis=0) != 0).any(1)]].tolist()
    if len(unique) < 3:
        return np.array(unique)

    def half(ordered: list[list[float]]) -> list[list[float]]:
        chain: list[list[float]] = []
        for x, y in ordered:
            while len(chain) > 1 and _left(chain[-2], chain[-1], x, y) <= 0:
                chain.pop()
            chain.append([x, y])
        return chain[:-1]

    return np.array(half(unique) + half(unique[::-1]))


def _left(a: list[float], b: list[float], x: float, y: float) -> float:
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])


def _rgb(colour: Array | tuple[int, int, int]) -> str:
    return "#" + "".join(f"{int(c):02x}" for c in colour)
