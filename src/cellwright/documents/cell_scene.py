"""The cell of a plan as a scene: robot, tool, bodies, seams, and the way of the tool's tip."""

from __future__ import annotations

import numpy as np

from ..cell import Body, Kind, link_of, links_moved, world_moved
from ..geometry import Array, inv
from ..kinematics.chain import base_T_links
from ..planning.model import Plan
from ..processes.work import poses
from ..robots.model import LinkGeometry
from ..shapes import Shape, bounds
from .scene import Colour, Label, Lines, Node, Scene, Solid, bead, bead_radius, camera, chain_of, solids
from .strokes import chosen_toolpath, process

FRAMES = 1800
"""Most frames of a recording: what a browser still winds back without a pause."""

LINKS: tuple[Colour, ...] = (
    (74, 85, 104),
    (226, 125, 56),
    (240, 160, 75),
    (214, 103, 45),
    (240, 160, 75),
    (226, 125, 56),
    (74, 85, 104),
)
BODIES: dict[Kind, tuple[Colour, float | None]] = {
    "part": ((96, 142, 188), None),
    "fixture": ((160, 170, 180), None),
    "obstacle": ((150, 128, 110), None),
    "pedestal": ((110, 118, 130), None),
    "avoid": ((220, 60, 60), 0.12),
    "floor": ((240, 242, 245), None),
}
TOOL: Colour = (52, 58, 70)
WORKING_END: Colour = (20, 160, 120)
SEAMS: tuple[Colour, ...] = ((216, 27, 96), (30, 100, 220), (0, 140, 120), (142, 60, 190), (200, 90, 0), (60, 60, 70))
TRANSIT: Colour = (150, 158, 170)
REFUSED: Colour = (120, 20, 20)


def cell_scene(plan: Plan) -> Scene:
    """Return the cell with its motion; times are those of the nominal cycle [s]."""
    t, q = frames_of(plan.motion.t, plan.motion.q)
    chain = plan.cell.robot.chain
    base_T_link = base_T_links(chain, q)
    nodes = [Node(name="robot", parent_T_node=plan.cell.world_T_base), *_turning(plan, q)]
    drawn: list[Solid] = []
    below, foot = "robot", _foot(plan)
    for i, name in enumerate(chain.links):
        if i < foot:
            continue  # an axis of the positioner
        at_foot = base_T_links(chain, np.zeros(chain.dof))[foot]
        parent_T_link = at_foot if i == foot else inv(base_T_link[:, i - 1]) @ base_T_link[:, i]
        below = f"{below}/{_plain(name)}"
        nodes.append(Node(name=below, parent_T_node=parent_T_link))
        drawn += _link(below, plan.cell.robot.geometry, name, LINKS[i % len(LINKS)])
    below = f"{below}/flange"
    nodes.append(Node(name=below, parent_T_node=chain.last_T_flange))
    for body in plan.cell.tool.bodies:
        drawn += solids(f"{below}/tool {_plain(body.name)}", body.shapes, WORKING_END if body.working else TOOL)
    for body in plan.cell.bodies:
        if body.kind != "floor":
            node = f"{_carrier(plan, body)}{body.kind}s/{_plain(body.name)}"
            nodes.append(Node(name=node, parent_T_node=body.world_T_body))
            colour, opacity = BODIES[body.kind]
            drawn += solids(node, body.shapes, colour, opacity=opacity)
    points = _extent(plan)
    centre, eye = camera(points, _view(plan))
    lines, beads, labels = _seams(plan, bead_radius(centre, eye))
    return Scene(
        nodes=tuple(nodes),
        solids=(*drawn, *beads),
        lines=(*lines, trace(plan)),
        labels=tuple(labels),
        t=t,
        centre=centre,
        eye=eye,
        floor=_floor(plan),
        ground=float(np.ceil(4 * np.ptp(points[:, :2], axis=0).max() / 2) * 2),
    )


def _foot(plan: Plan) -> int:
    """Return which link of the group the robot's own base is: the first one that no positioner turns."""
    return 0 if plan.cell.positioner is None else len(plan.cell.positioner.joints)


def _turning(plan: Plan, q: Array) -> list[Node]:
    """Return a node for each axis of the positioner, which turns in the world as the group does at ``q`` (n, dof)."""
    if plan.cell.positioner is None:
        return []
    world_T_seen, moved_by = inv(world_moved(plan.cell, q)), links_moved(plan.cell, q)
    names = [*reversed(plan.cell.positioner.joints)]
    turned = (Node(name=_axis(name), parent_T_node=world_T_seen @ moved_by[:, i]) for i, name in enumerate(names))
    return [Node(name="positioner", parent_T_node=np.eye(4)), *turned]


def _axis(name: str) -> str:
    return f"positioner/{_plain(name)}"


def _carrier(plan: Plan, body: Body | None = None) -> str:
    """Return how the names of what a body's axis carries begin; without a body, of what lies on the part."""
    positioner = plan.cell.positioner
    link = 0 if body is None else link_of(plan.cell, body.name)
    if positioner is None or link == _foot(plan):
        return ""
    return f"{_axis(positioner.joints[-1 - link])}/"


def frames_of(t: Array, q: Array) -> tuple[Array, Array]:
    """Return the frames to show, at most ``FRAMES``: half of them spread over the time, half over the movement.

    Args:
        t: (n,) [s].
        q: (n, dof) [rad or m].

    Returns:
        t (k,) from 0 on, and q (k, dof), between the rows by linear interpolation.
    """
    n = int(np.clip(np.ceil((t[-1] - t[0]) * 30), 1, FRAMES - 1)) + 1
    travel = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(q, axis=0)).max(1))])
    progress = (t - t[0]) / max(t[-1] - t[0], 1e-9) + travel / max(float(travel[-1]), 1e-9)
    at = np.interp(np.linspace(0.0, progress[-1], n), progress, t)
    return at - at[0], np.stack([np.interp(at, t, joint) for joint in q.T], -1)


def tcp_positions(plan: Plan, q: Array) -> Array:
    """Return where the tool's tip is in the world (n, 3) [m] at ``q`` (n, dof)."""
    cell = plan.cell
    tip = cell.robot.chain.last_T_flange @ cell.tool.flange_T_tcp
    seen_T_tcp = cell.world_T_base @ base_T_links(cell.robot.chain, q)[:, -1] @ tip
    return (seen_T_tcp if cell.positioner is None else inv(world_moved(cell, q)) @ seen_T_tcp)[:, :3, 3]


def trace(plan: Plan) -> Lines:
    """Return the way of the tool's tip: seams in their colours, everything else grey."""
    every = max(1, len(plan.motion.t) // 4000)
    rows = np.unique(np.append(np.arange(0, len(plan.motion.t), every), len(plan.motion.t) - 1))
    points = tcp_positions(plan, plan.motion.q[rows])
    moves = [plan.path.moves[i] for i in plan.motion.move[rows[1:]]]
    colours = [seam_colour(m.operation) if m.role == "process" else TRANSIT for m in moves]
    return Lines(name="way of the tool", pieces=chain_of(points), colours=np.array(colours, dtype=float), width=1.5)


def seam_colour(operation: int | None) -> Colour:
    """Return the colour that an operation has in every picture."""
    return TRANSIT if operation is None else SEAMS[operation % len(SEAMS)]


def _seams(plan: Plan, radius: float) -> tuple[list[Lines], list[Solid], list[Label]]:
    """Return every seam as it is asked for, in the world, with its name."""
    lines: list[Lines] = []
    beads: list[Solid] = []
    labels: list[Label] = []
    drawn = [
        (f"{_carrier(plan)}seams/{i + 1} {_plain(o.name)}", o.name, chosen_toolpath(plan, i), seam_colour(i))
        for i, o in enumerate(plan.work.operations)
    ]
    drawn += [
        (f"{_carrier(plan)}refused/{i} {_plain(o.name)}", f"{o.name}: refused", o.alternatives[0], REFUSED)
        for i, o in enumerate(plan.refused, 1)
    ]
    for name, text, toolpath, colour in drawn:
        world_T_frame = plan.cell.frames[toolpath.frame]
        ways = [
            (world_T_frame @ poses(s, np.linspace(0, 1, 2 if s.kind == "line" else 25)))[:, :3, 3]
            for s in process(toolpath)
        ]
        if not ways:
            continue
        pieces = np.concatenate([chain_of(way) for way in ways])
        colours = np.tile(np.array(colour, dtype=float), (len(pieces), 1))
        lines.append(Lines(name=name, pieces=pieces, colours=colours, width=5.0))
        beads += [bead(f"{name}/bead {k}", way, radius, colour) for k, way in enumerate(ways, 1)]
        middle = ways[len(ways) // 2]
        at = middle[len(middle) // 2] if len(middle) > 2 else middle.mean(0)
        labels.append(Label(name=f"{name}/name", text=text, position=at + np.array([0.0, 0.0, 0.01])))
    return lines, beads, labels


def _link(node: str, geometry: tuple[LinkGeometry, ...], name: str, colour: Colour) -> list[Solid]:
    for link in geometry:
        if link.link == name:
            mesh = link.visual if link.visual is not None else link.mesh
            shapes: tuple[Shape, ...] = link.capsules if mesh is None else (mesh,)
            return [
                Solid(name=s.name, mesh=s.mesh, colour=s.colour, faceted=mesh is not None)
                for s in solids(node, shapes, colour)
            ]
    return []


def _extent(plan: Plan) -> Array:
    """Return points (n, 3) [m] round everything that stands near the robot's work: what the picture has to show."""
    corners = [_corners(body) for body in plan.cell.bodies if body.kind in ("part", "fixture", "pedestal")]
    every = max(1, len(plan.motion.q) // 200)
    base_T_link = base_T_links(plan.cell.robot.chain, plan.motion.q[::every])
    back = inv(world_moved(plan.cell, plan.motion.q[::every]))[:, None]
    links = (back @ plan.cell.world_T_base @ base_T_link)[:, _foot(plan) :, :3, 3].reshape(-1, 3)
    return np.concatenate([*corners, links, tcp_positions(plan, plan.motion.q[::every])])


def _corners(body: Body) -> Array:
    boxes = [bounds(shape) for shape in body.shapes]
    box = np.stack([np.min([b[0] for b in boxes], 0), np.max([b[1] for b in boxes], 0)])
    corners = np.array([[box[i, 0], box[j, 1], box[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return corners @ body.world_T_body[:3, :3].T + body.world_T_body[:3, 3]


def _view(plan: Plan) -> Array:
    """Look across the line from the robot to its work, from the side where less stands in between."""
    base = plan.cell.world_T_base[:2, 3]
    parts = [_corners(body)[:, :2].mean(0) for body in plan.cell.bodies if body.kind == "part"]
    towards = np.mean(parts, axis=0) - base if parts else np.array([1.0, 0.0])
    if np.linalg.norm(towards) < 1e-6:
        towards = np.array([1.0, 0.0])
    x, y = towards / np.linalg.norm(towards)
    middle = base + towards / 2
    hidden: list[float] = []
    sides = [np.array([np.cos(a) * x - np.sin(a) * y, np.sin(a) * x + np.cos(a) * y, 0.45]) for a in (-1.05, 1.05)]
    for side in sides:
        ahead = [
            float(((_corners(body)[:, :2] - middle) @ side[:2]).max())
            for body in plan.cell.bodies
            if body.kind in ("obstacle", "avoid")
        ]
        hidden.append(round(sum(max(a, 0.0) for a in ahead), 6))
    return sides[int(np.argmin(hidden))]


def _floor(plan: Plan) -> float:
    tops = [_corners(body)[:, 2].max() for body in plan.cell.bodies if body.kind == "floor" and body.shapes]
    return float(max(tops, default=0.0))


def _plain(name: str) -> str:
    """Return a name that is one step of a path in a scene."""
    return name.replace("/", "_") or "?"
