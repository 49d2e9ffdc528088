"""A stranger's judge of a plan: its ``plan.json``, the robot's description and other people's engines, nothing else.

A robot with meshes is read by pinocchio (joints) and trimesh (its collision meshes); one of the catalogue, which has no
file to be read by others, is taken as its numbers and capsules. Coal tells what touches and how far it is apart.
The rows of the plan are halved until no joint turns by more than 0.25 deg and the tool's tip moves by no more than
1 mm from one to the next, over the ground and over a part that a positioner turns. Every pair of bodies whose boxes
overlap is tested at every one of these configurations.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import coal  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
import pinocchio  # pyright: ignore[reportMissingTypeStubs]
import trimesh
from numpy.typing import NDArray

from cellwright.robots.catalogue import load_robot

Array = NDArray[np.float64]

JOINT_STEP = np.deg2rad(0.25)
TIP_STEP = 1e-3  # [m]
RAMP = 2e-3  # [m] at both ends of a seam, where the speed is gained and lost
HORIZON = 0.1  # [m] pairs that stay further apart are not measured


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A robot.

    Attributes:
        shapes: (link, geometry, link_T_geometry) of each.
        frames: base_T_link (n, 4, 4) by name, with ``flange``, at joint positions (n, dof).
    """

    shapes: list[tuple[str, Any, Array]]
    frames: Callable[[Array], dict[str, Array]]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found: lengths in m, ``speed_error`` a share; pairs by name.

    Attributes:
        rows: of the plan.
        configurations: that were tested, with those in between.
        pairs: of shapes that were tested at each.
        collisions: pair -> time of the first contact [s], of pairs that must not touch.
        touching: pair -> configurations in contact, of pairs that are allowed to touch.
        at_work: nearest approach of the tool to the part or a fixture.
        elsewhere: nearest approach of any other pair of a moving body and its surroundings.
        deviation: of the tip from the lines and arcs of the seams.
        speed_error: of the tip on the seams.
    """

    rows: int
    configurations: int
    pairs: int
    collisions: dict[tuple[str, str], float]
    touching: dict[tuple[str, str], int]
    at_work: tuple[float, tuple[str, str]]
    elsewhere: tuple[float, tuple[str, str]]
    deviation: float
    speed_error: float


@dataclass(frozen=True, kw_only=True)
class Body:
    """A shape with its places (n, 4, 4) in the world, or (1, 4, 4) if it never moves, and how far it has moved [m]."""

    name: str
    kind: str
    engine: Any
    world_T: Array
    low: Array
    high: Array
    travelled: Array


def judge(file: Path, arm: Arm) -> Verdict:
    """Return what a stranger sees in a plan."""
    plan: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    track = plan["tracks"][0]
    t, q, move = np.array(track["t"]), np.array(track["q"]), np.array(track["move"])
    world_T_base, flange_T_tool = np.array(plan["world_T_base"]), np.array(plan["flange_T_tool"])
    axes: list[dict[str, Any]] = plan.get("positioner", {"axes": []})["axes"]
    own = q.shape[1]
    if axes:
        turned = plan["tracks"][1]
        assert [axis["name"] for axis in axes] == turned["joints"]
        assert turned["t"] == track["t"]
        q = np.concatenate([q, np.array(turned["q"])], 1)

    def tips(joints: Array) -> Array:
        """As the part sees them."""
        table_T_world = np.linalg.inv(turns(axes, joints[:, own:])[-1])
        return (table_T_world @ world_T_base @ arm.frames(joints[:, :own])["flange"] @ flange_T_tool)[:, :3, 3]

    def over_ground(joints: Array) -> Array:
        return (world_T_base @ arm.frames(joints[:, :own])["flange"] @ flange_T_tool)[:, :3, 3]

    dense, fine_t, interval = refined(t, q, tips(q), over_ground(q))
    moving, still = bodies(plan, arm, dense[:, :own])
    by_axis = [(i, name) for i, axis in enumerate(axes) for name in axis["carries"]]
    world_T = turns(axes, dense[:, own:])
    carrier = {name: i for i, name in by_axis}
    for thing in [b for b in still if b.name in carrier]:
        still.remove(thing)
        moving.append(body(thing.name, thing.kind, thing.engine, world_T[carrier[thing.name]] @ thing.world_T[0]))
    allowed = {frozenset(pair[:2]) for pair in plan["allowed"]}
    collisions: dict[tuple[str, str], float] = {}
    touching: dict[tuple[str, str], int] = {}
    nearest = {True: (HORIZON, ("", "")), False: (HORIZON, ("", ""))}
    pairs = [
        (a, b)
        for i, a in enumerate(moving)
        for b in (*moving[i + 1 :], *still)
        if apart(a, b) and carrier.get(a.name, -1 - i) != carrier.get(b.name, -1)
    ]
    for a, b in pairs:
        name, rows = (a.name, b.name), contacts(a, b)
        if frozenset(name) in allowed:
            if len(rows):
                touching[name] = max(touching.get(name, 0), len(rows))
            continue
        if len(rows):
            collisions[name] = min(collisions.get(name, np.inf), float(fine_t[rows[0]]))
        if a.kind in ("link", "tool") and b.kind not in ("link", "tool"):
            work = a.kind == "tool" and b.kind in ("part", "fixture")
            distance = approach(a, b, nearest[work][0])
            if distance < nearest[work][0]:
                nearest[work] = (distance, name)
    deviation, speed_error = seams(plan, tips(dense), move[interval], tips(q), t, move)
    return Verdict(
        rows=len(t),
        configurations=len(dense),
        pairs=len(pairs),
        collisions=collisions,
        touching=touching,
        at_work=nearest[True],
        elsewhere=nearest[False],
        deviation=deviation,
        speed_error=speed_error,
    )


def turns(axes: list[dict[str, Any]], q: Array) -> list[Array]:
    """Return by how much each axis of a positioner has moved what it carries (n, 4, 4); without any, that none has."""
    moved, found = np.broadcast_to(np.eye(4), (len(q), 4, 4)), []
    for i, axis in enumerate(axes):
        x, y, z = axis["along"]
        cross, point = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]), np.array(axis["point"])
        s, c = np.sin(q[:, i])[:, None, None], np.cos(q[:, i])[:, None, None]
        turn = np.tile(np.eye(4), (len(q), 1, 1))
        turn[:, :3, :3] = np.eye(3) + s * cross + (1 - c) * (cross @ cross)
        turn[:, :3, 3] = point - turn[:, :3, :3] @ point
        moved = moved @ turn
        found.append(moved)
    return found or [moved]


def refined(t: Array, q: Array, *tips: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return configurations, their times, and the row that each leads to."""
    turned = np.abs(np.diff(q, axis=0)).max(1) / JOINT_STEP
    moved = np.max([np.linalg.norm(np.diff(tip, axis=0), axis=1) for tip in tips], 0) / TIP_STEP
    counts = np.maximum(1, np.ceil(np.maximum(turned, moved) - 1e-9).astype(int))
    shares = np.concatenate([np.arange(1, n + 1) / n for n in counts])[:, None]
    to = np.repeat(np.arange(1, len(t)), counts)
    dense = q[to - 1] + shares * (q[to] - q[to - 1])
    fine_t = t[to - 1] + shares[:, 0] * (t[to] - t[to - 1])
    return np.concatenate([q[:1], dense]), np.concatenate([t[:1], fine_t]), np.concatenate([[1], to])


def bodies(plan: dict[str, Any], arm: Arm, q: Array) -> tuple[list[Body], list[Body]]:
    """Return everything that the arm carries with its places at ``q``, and everything that stands still."""
    frames = {name: np.array(plan["world_T_base"]) @ poses for name, poses in arm.frames(q).items()}
    moving = [body(link, "link", engine, frames[link] @ link_T) for link, engine, link_T in arm.shapes]
    for piece in plan["tool"]:
        for engine, flange_T in map(shape, piece["shapes"]):
            moving.append(body(f"tool.{piece['name']}", "tool", engine, frames["flange"] @ flange_T))
    still = [
        body(piece["name"], piece["kind"], engine, (np.array(piece["world_T"]) @ body_T)[None])
        for piece in plan["bodies"]
        for engine, body_T in map(shape, piece["shapes"])
    ]
    return moving, still


def body(name: str, kind: str, engine: Any, world_T: Array) -> Body:
    engine.computeLocalAABB()
    low, high = np.array(engine.aabb_local.min_), np.array(engine.aabb_local.max_)
    if np.ptp(world_T, axis=0).max() < 1e-12:
        world_T = world_T[:1]
    centre = (world_T @ np.append((low + high) / 2, 1.0))[:, :3]
    half = np.abs(world_T[:, :3, :3]) @ ((high - low) / 2)
    # no point of the box moves further than its centre and its corner round it
    chord = np.linalg.norm(np.diff(world_T[:, :3, :3], axis=0), axis=(1, 2)) * np.linalg.norm(high - low) / 2
    steps = np.linalg.norm(np.diff(centre, axis=0), axis=1) + chord
    return Body(
        name=name, kind=kind, engine=engine, world_T=world_T, low=centre - half, high=centre + half,
        travelled=np.concatenate([[0.0], np.cumsum(steps)]),
    )  # fmt: skip


def shape(written: dict[str, Any]) -> tuple[Any, Array]:
    """Return a shape of ``plan.json`` as the engine's, and its place on its body."""
    ((kind, s),) = written.items()
    if kind == "box":
        return coal.Box(*s["size"]), np.array(s["body_T_box"])
    if kind == "cylinder":
        return coal.Cylinder(s["radius"], s["length"]), np.array(s["body_T_cylinder"])
    if kind == "sphere":
        return coal.Sphere(s["radius"]), placed(np.array(s["centre"]), np.eye(3))
    if kind == "capsule":
        return capsule(np.array(s["start"]), np.array(s["end"]), s["radius"])
    return surface(np.array(s["vertices"]), np.array(s["faces"])), np.eye(4)


def capsule(start: Array, end: Array, radius: float) -> tuple[Any, Array]:
    length = float(np.linalg.norm(end - start))
    turn = trimesh.geometry.align_vectors([0, 0, 1], end - start)[:3, :3] if length > 1e-12 else np.eye(3)
    return coal.Capsule(radius, length), placed((start + end) / 2, turn)


def surface(vertices: Array, faces: NDArray[Any]) -> Any:
    model = coal.BVHModelOBBRSS()
    model.beginModel(len(faces), len(vertices))
    model.addVertices(vertices.astype(np.float64))
    model.addTriangles(faces.astype(np.int64))
    model.endModel()
    return model


def placed(position: Array, turn: Array) -> Array:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, position
    return pose


def apart(a: Body, b: Body) -> bool:
    """They are not pieces of one rigid thing."""
    return a.name != b.name and not (a.kind == b.kind == "tool")


def where(thing: Body, row: int) -> Any:
    world_T = thing.world_T[row if len(thing.world_T) > 1 else 0]
    return coal.Transform3s(world_T[:3, :3], world_T[:3, 3])


def contacts(a: Body, b: Body) -> NDArray[np.int64]:
    """Return the rows at which two shapes touch."""
    near = np.flatnonzero(((a.low <= b.high) & (b.low <= a.high)).all(1))
    request, found = coal.CollisionRequest(), list[int]()
    for row in near.tolist():
        result = coal.CollisionResult()
        if coal.collide(a.engine, where(a, row), b.engine, where(b, row), request, result):
            found.append(row)
    return np.array(found, np.int64)


def approach(a: Body, b: Body, best: float) -> float:
    """Return the smallest distance below ``best``; left out are rows before the pair can have come nearer than that."""
    travelled = a.travelled + b.travelled
    gaps = np.linalg.norm(np.maximum(0.0, np.maximum(a.low - b.high, b.low - a.high)), axis=1)
    request, row = coal.DistanceRequest(), 0
    while row < len(gaps):
        if gaps[row] >= best:
            row += 1
            continue
        distance = coal.distance(a.engine, where(a, row), b.engine, where(b, row), request, coal.DistanceResult())
        best = min(best, max(0.0, distance))
        row = max(row + 1, int(np.searchsorted(travelled, travelled[row] + distance - best, side="right")))
    return best


def seams(
    plan: dict[str, Any], fine: Array, fine_move: NDArray[Any], tips: Array, t: Array, move: NDArray[Any]
) -> tuple[float, float]:
    """Return the largest distance of the tip from the seams' lines and arcs, and the largest error of its speed."""
    moves = plan["moves"]
    deviation = speed_error = 0.0
    for stroke in plan["strokes"]:
        own = [k for k, m in enumerate(moves) if m["operation"] == stroke["operation"] and m["role"] == "process"]
        line = np.concatenate([polyline(plan, moves[k - 1], moves[k]) for k in own])
        deviation = max(deviation, float(distance_to(line, fine[np.isin(fine_move, own)]).max()))
        rows = np.flatnonzero(np.isin(move, own))
        steps = np.linalg.norm(tips[rows] - tips[rows - 1], axis=1)
        seconds, along = t[rows] - t[rows - 1], np.cumsum(steps)
        steady = (along - steps >= RAMP) & (along <= along[-1] - RAMP) & (seconds > 1e-9)
        wanted = np.array([moves[k]["speed"] for k in move[rows]])
        speed_error = max(speed_error, float(np.abs(steps / seconds / wanted - 1.0)[steady].max(initial=0.0)))
    return deviation, speed_error


def polyline(plan: dict[str, Any], before: dict[str, Any], move: dict[str, Any]) -> Array:
    """Return a process move as points in the world: its line, or its arc through ``frame_T_via``."""

    def world(frame: str, pose: list[Any]) -> Array:
        position = np.array(pose)[:3, 3] if np.ndim(pose) == 2 else np.array(pose)
        return (np.array(plan["frames"].get(frame, np.eye(4))) @ np.append(position, 1.0))[:3]

    a, c = world(before["frame"], before["frame_T_tcp"]), world(move["frame"], move["frame_T_tcp"])
    if move["kind"] == "line":
        return np.stack([a, c])
    b = world(move["frame"], move["frame_T_via"])
    ab, ac = b - a, c - a
    normal = np.cross(ab, ac)
    centre = a + (np.dot(ac, ac) * np.cross(normal, ab) + np.dot(ab, ab) * np.cross(ac, normal)) / (2 * normal @ normal)
    x = (a - centre) / np.linalg.norm(a - centre)
    y = np.cross(normal / np.linalg.norm(normal), x)
    angle = np.arctan2((c - centre) @ y, (c - centre) @ x) % (2 * np.pi)
    s = np.linspace(0, angle, 400)[:, None]
    return centre + np.linalg.norm(a - centre) * (np.cos(s) * x + np.sin(s) * y)


def distance_to(line: Array, points: Array) -> Array:
    """Return the distance of each point from a polyline."""
    best = np.full(len(points), np.inf)
    for a, b in pairwise(line):
        size = max(float((b - a) @ (b - a)), 1e-30)
        share = np.clip((points - a) @ (b - a) / size, 0.0, 1.0)
        best = np.minimum(best, np.linalg.norm(points - a - share[:, None] * (b - a), axis=1))
    return best


def read_arm(file: Path, base: str = "base_link", tip: str = "tool0") -> Arm:
    """Return a robot as pinocchio and trimesh read it; fixed links count to the link that carries them."""
    model = pinocchio.buildModelFromUrdf(str(file))
    data = model.createData()
    root = ET.parse(file).getroot()
    fixed = {end(j, "child"): end(j, "parent") for j in root.iter("joint") if j.get("type") == "fixed"}
    shapes: list[tuple[str, Any, Array]] = []
    carried: set[str] = {base}
    for link in root.iter("link"):
        name = str(link.get("name"))
        carrier = name
        while carrier != base and carrier in fixed:
            carrier = fixed[carrier]
        for collision in link.findall("collision"):
            mesh = collision.find("geometry/mesh")
            if mesh is None:
                raise ValueError(f"{file}: the collision shape of {name} is not a mesh")
            carrier_T = np.array(offset(model, carrier).actInv(offset(model, name)).homogeneous) @ origin(collision)
            shapes.append((carrier, surface(*triangles(file, mesh)), carrier_T))
            carried.add(carrier)
    ids = {name: model.getFrameId(name) for name in carried} | {"flange": model.getFrameId(tip)}
    base_id = model.getFrameId(base)

    def frames(q: Array) -> dict[str, Array]:
        out = {name: np.empty((len(q), 4, 4)) for name in ids}
        for row, joints in enumerate(q):
            pinocchio.framesForwardKinematics(model, data, joints)
            base_T_world = data.oMf[base_id].inverse()
            for name, number in ids.items():
                out[name][row] = (base_T_world * data.oMf[number]).homogeneous
        return out

    return Arm(shapes=shapes, frames=frames)


def end(joint: ET.Element, which: str) -> str:
    """Return the name of the link at one end of a joint."""
    found = joint.find(which)
    assert found is not None
    return str(found.get("link"))


def offset(model: Any, link: str) -> Any:
    """Return joint_T_link of a link on the joint that carries it."""
    return model.frames[model.getFrameId(link)].placement


def origin(collision: ET.Element) -> Array:
    found = collision.find("origin")
    xyz, rpy = ("0 0 0", "0 0 0") if found is None else (found.get("xyz", "0 0 0"), found.get("rpy", "0 0 0"))
    turn = pinocchio.rpy.rpyToMatrix(np.array(rpy.split(), float))
    return placed(np.array(xyz.split(), float), turn)


def triangles(file: Path, mesh: ET.Element) -> tuple[Array, NDArray[Any]]:
    name = str(mesh.get("filename"))
    relative = name.removeprefix("package://")
    parts = Path(relative).parts
    path = next(p for k in range(len(parts)) if (p := file.parent.joinpath(*parts[k:])).is_file())
    read: Any = trimesh.load(path, force="mesh")
    return np.array(read.vertices) * np.array(mesh.get("scale", "1 1 1").split(), float), np.array(read.faces)


def catalogue_arm(key: str) -> Arm:
    """Return a robot of the catalogue by its numbers: joints as rotations about axes, links as capsules."""
    robot = load_robot(key)
    chain = robot.chain
    shapes = [
        (link.link, *capsule(np.array(c.start), np.array(c.end), c.radius))
        for link in robot.geometry
        for c in link.capsules
    ]

    def frames(q: Array) -> dict[str, Array]:
        pose = np.broadcast_to(np.eye(4), (len(q), 4, 4))
        out = {chain.links[0]: pose}
        for k, link in enumerate(chain.links[1:]):
            x, y, z = chain.axis[k]
            cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
            s, c = np.sin(q[:, k])[:, None, None], np.cos(q[:, k])[:, None, None]
            turn = np.zeros((len(q), 4, 4))
            turn[:, :3, :3] = np.eye(3) + s * cross + (1 - c) * (cross @ cross)
            turn[:, 3, 3] = 1.0
            pose = pose @ chain.parent_T_joint[k] @ turn
            out[link] = pose
        return out | {"flange": pose @ chain.last_T_flange}

    return Arm(shapes=shapes, frames=frames)
