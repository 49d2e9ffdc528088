"""The cell of a collision benchmark in roboplan, in python-fcl and, where it is installed, in mujoco."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

from cellwright.cell import Cell
from cellwright.collision.fast import Checker
from cellwright.geometry import Array
from cellwright.kinematics.chain import base_T_links
from cellwright.shapes import Box, Cylinder, Mesh, triangles

Ask = Callable[[Array], object]
"""Positions (n, dof) -> whatever a rival says of them."""


def meshes(cell: Cell) -> list[tuple[str, int, Mesh]]:
    """Return the robot's bodies: name, frame (links, then the flange), and triangles in that frame."""
    links = [(link.link, i, link.shapes) for i, link in enumerate(cell.robot.geometry) if link.shapes]
    tools = [(f"tool.{body.name}", cell.robot.dof + 1, body.shapes) for body in cell.tool.bodies]
    return [(name, frame, triangles(shape)) for name, frame, shapes in (*links, *tools) for shape in shapes]


def wanted(cell: Cell, checker: Checker) -> set[frozenset[str]]:
    """Return the pairs of names that ours asks about."""
    asked = [name for name, margin in zip(checker.names, checker.mover.margin, strict=True) if margin >= 0]
    own = {frozenset((checker.names[a], checker.names[b])) for a, b in checker.mover.pairs}
    return own | {frozenset((name, body.name)) for name in asked for body in cell.bodies}


def roboplan(cell: Cell, checker: Checker, folder: Path) -> Ask:
    """Return roboplan's check, which asks Coal from C++; one call a position."""
    from roboplan import core

    chain = cell.robot.chain
    own = meshes(cell)
    links = [*chain.links, "flange"]

    def obj(name: str, mesh: Mesh) -> Path:
        file = folder / f"{name.replace('/', '_')}.obj"
        lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist()]
        lines += [f"f {i} {j} {k}" for i, j, k in (mesh.faces + 1).tolist()]
        file.write_text("\n".join(lines))
        return file

    def origin(a_T_b: Array) -> str:
        rpy = (
            np.arctan2(a_T_b[2, 1], a_T_b[2, 2]),
            np.arcsin(np.clip(-a_T_b[2, 0], -1, 1)),
            np.arctan2(a_T_b[1, 0], a_T_b[0, 0]),
        )
        place, turned = (" ".join(repr(float(x)) for x in values) for values in (a_T_b[:3, 3], rpy))
        return f'<origin xyz="{place}" rpy="{turned}"/>'

    def link(i: int) -> str:
        solids = [
            f'<collision><geometry><mesh filename="{obj(f"{name}{k}", mesh)}"/></geometry></collision>'
            for k, (name, frame, mesh) in enumerate(own)
            if frame == i
        ]
        return f'<link name="{links[i]}">{"".join(solids)}</link>'

    parts = [link(i) for i in range(len(links))]
    for i in range(chain.dof):
        axis = " ".join(repr(float(x)) for x in chain.axis[i])
        kind = "prismatic" if chain.prismatic[i] else "revolute"
        parts.append(
            f'<joint name="j{i}" type="{kind}">{origin(chain.parent_T_joint[i])}<parent link="{links[i]}"/>'
            f'<child link="{links[i + 1]}"/><axis xyz="{axis}"/>'
            '<limit lower="-20" upper="20" velocity="1" effort="1"/></joint>'
        )
    parts.append(
        f'<joint name="mount" type="fixed">{origin(chain.last_T_flange)}<parent link="{links[-2]}"/>'
        f'<child link="{links[-1]}"/></joint>'
    )
    scene = core.Scene("cell", core.loadUrdfSceneDescriptionFromXml(f'<robot name="arm">{"".join(parts)}</robot>'))
    grey = np.full(4, 0.5)
    for body in cell.bodies:
        (shape,) = body.shapes
        at = np.asfortranarray(body.world_T_body)
        match shape:
            case Box(size=size):
                scene.addBoxGeometry(body.name, "universe", core.Box(*map(float, size)), at, grey)
            case Cylinder(radius=radius, length=length):
                scene.addCylinderGeometry(body.name, "universe", core.Cylinder(radius, length), at, grey)
            case _:
                solid = core.Mesh(obj(body.name, triangles(shape)))
                scene.addMeshGeometry(body.name, "universe", solid, at, grey)
    told = {name: links[frame] for name, frame, _ in own}
    pairs = {frozenset(told.get(name, name) for name in pair) for pair in wanted(cell, checker)}
    every = [*dict.fromkeys(told.values()), *(body.name for body in cell.bodies)]
    off = [(a, b) for a, b in combinations(every, 2) if frozenset((a, b)) not in pairs]
    scene.setCollisions(off, False)
    return lambda q: [scene.hasCollisions(row) for row in q]


def fcl(cell: Cell, checker: Checker) -> Ask:
    """Return python-fcl's check, pair by pair: what its broad phase gives back cannot be told apart by name."""
    import fcl as engine

    def made(mesh: Mesh) -> object:
        model = engine.BVHModel()
        model.beginModel(len(mesh.vertices), len(mesh.faces))
        model.addSubModel(mesh.vertices, mesh.faces)
        model.endModel()
        return model

    pairs = wanted(cell, checker)
    own = [(name, frame, engine.CollisionObject(made(mesh))) for name, frame, mesh in meshes(cell)]
    still = []
    for body in cell.bodies:
        for shape in body.shapes:
            geometry = engine.Box(*shape.size) if isinstance(shape, Box) else made(triangles(shape))
            place = engine.Transform(body.world_T_body[:3, :3], body.world_T_body[:3, 3])
            still.append((body.name, engine.CollisionObject(geometry, place)))
    asked = [(one, other) for name, _, one in own for body, other in still if frozenset((name, body)) in pairs]
    asked += [(a, b) for (n, _, a), (m, _, b) in combinations(own, 2) if frozenset((n, m)) in pairs]
    request = engine.CollisionRequest()

    def ask(q: Array) -> list[bool]:
        chain = cell.robot.chain
        frames = cell.world_T_base @ base_T_links(chain, q)
        frames = np.concatenate([frames, (frames[:, -1] @ chain.last_T_flange)[:, None]], 1)
        told: list[bool] = []
        for at in frames:
            for _, frame, one in own:
                one.setTransform(engine.Transform(at[frame, :3, :3], at[frame, :3, 3]))
            told.append(any(engine.collide(a, b, request, engine.CollisionResult()) for a, b in asked))
        return told

    return ask
