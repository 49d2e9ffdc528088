"""Straight ways of any chain: four axes, seven, rods, and mechanisms that move beside the robot."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cellwright.cell import Body, Cell, Mechanism, Tool, ToolBody
from cellwright.collision.fast import Checker, make_checker, make_fields, make_scene, random_joints, standing_bodies
from cellwright.collision.judge import overlapping
from cellwright.geometry import Array, frozen, pose, turn_z
from cellwright.kinematics.chain import Chain, Passive
from cellwright.paths.sweep import make_sweep
from cellwright.paths.sweep_kernel import lanes, way_blocked_by
from cellwright.paths.swept_kernel import FINEST
from cellwright.paths.transits import find_transit, make_roadmap
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum
from cellwright.shapes import Box, Capsule
from small_cell import FOCUS, small_cell

Asked = tuple[Checker, Array, Array]
"""A checker and the limits of all its joints."""


def block(name: str, size: tuple[float, float, float], at: Array) -> Body:
    return Body(name=name, kind="fixture", shapes=(Box(size=np.array(size), body_T_box=np.eye(4)),), world_T_body=at)


def limits(cell: Cell) -> tuple[Array, Array]:
    """The limits of the robot's joints, then of the mechanisms'; a joint without any turns once."""
    low, high = (
        np.concatenate([getattr(cell.robot, side), *(getattr(m, side) for m in cell.mechanisms)])
        for side in ("lower", "upper")
    )
    return np.where(np.isfinite(low), low, -np.pi), np.where(np.isfinite(high), high, np.pi)


@cache
def beside_a_table() -> Asked:
    """The small cell's arm beside a plate on a table that tilts and turns, and a drawer that slides."""
    kinds = {"tilt": (0.0, 1.0, 0.0), "turn": (0.0, 0.0, 1.0), "slide": (1.0, 0.0, 0.0)}

    def mechanism(at: Array, *joints: str, carries: tuple[tuple[str, int], ...]) -> Mechanism:
        chain = Chain(
            joints=joints, links=("foot", *joints), parent_T_joint=np.array([pose((0.0, 0.0, 0.1)) for _ in joints]),
            axis=np.array([kinds[joint] for joint in joints]), prismatic=np.array([j == "slide" for j in joints]),
            last_T_flange=np.eye(4),
        )  # fmt: skip
        most = np.where(chain.prismatic, 0.4, 1.2)
        return Mechanism(name=joints[0], chain=chain, world_T_base=at, lower=-most, upper=most, carries=carries)

    cell = small_cell()
    plate, post = block("plate", (0.5, 0.4, 0.02), pose((0.45, 0.6, 1.3))), block("post", (0.05, 0.05, 0.3), np.eye(4))
    cell = replace(
        cell,
        bodies=(*cell.bodies, plate, replace(post, world_T_body=pose((0.45, 0.75, 1.45)))),
        mechanisms=(
            mechanism(pose((0.45, 0.6, 1.0)), "tilt", "turn", carries=(("plate", 1),)),
            mechanism(pose((0.0, 0.0, 0.9), turn_z(0.4)), "slide", carries=(("post", 0),)),
        ),
    )
    scene = make_scene(standing_bodies(cell), focus=FOCUS)
    return make_checker(cell, scene, working=False, fields=make_fields(cell)), *limits(cell)


@cache
def with_rods() -> Asked:
    """The small cell's arm with a joint that rods turn against two others."""
    cell = small_cell()
    rod = Passive(
        before=3, parent_T_pivot=pose((0.1, 0.05, 0.1), turn_z(0.4)), axis=np.array([0.0, 1.0, 0.0]),
        weights=np.array([0.0, -1.0, 0.5, 0.0, 0.0, 0.0]),
    )  # fmt: skip
    cell = replace(cell, robot=replace(cell.robot, chain=replace(cell.robot.chain, passive=(rod,))))
    return make_checker(cell, make_scene(cell.bodies, focus=FOCUS), working=False), *limits(cell)


def alone(folder: Path) -> Asked:
    """A real robot with a stick in its hand, a box and a beam in its reach."""
    robot = load_robot(folder / f"{folder.name}.urdf")
    stick = Capsule(start=np.array([0.0, 0.0, 0.03]), end=np.array([0.0, 0.0, 0.15]), radius=0.015)
    bodies = (
        block("box", (0.2, 0.2, 0.2), pose((0.4, 0.1, 0.1))),
        block("beam", (0.6, 0.04, 0.04), pose((0, 0.4, 0.4))),
    )
    links = robot.chain.links
    pairs = [(a, b) for i, a in enumerate(links) for b in links[i + 1 : i + 3]]
    cell = Cell(
        robot=robot, world_T_base=np.eye(4), bodies=bodies, frames={}, home=robot.home, clearance=0.005,
        tool_clearance=0.005, allowed=tuple((a, b, "joined") for a, b in (*pairs, (links[-1], "tool.stick"))),
        tool=Tool(
            name="stick", flange_T_tcp=pose((0.0, 0.0, 0.17)), bodies=(ToolBody(name="stick", shapes=(stick,)),),
            mass=Datum(value=None, source="", confidence=None),
        ),
    )  # fmt: skip
    cell = replace(cell, allowed=(*cell.allowed, *overlapping(cell, random_joints(robot, 20, seed=1))))
    checker = make_checker(cell, make_scene(bodies, focus=np.array([[0.2, -0.1, 0.0], [0.6, 0.3, 0.3]])), working=False)
    return checker, *limits(cell)


def narrower(checker: Checker) -> Checker:
    """The check with every margin less by what a proven way may come nearer."""
    mover = checker.mover
    margin = np.where(mover.margin >= 0, mover.margin - FINEST, mover.margin)
    low = np.where(mover.low_margin >= 0, mover.low_margin - FINEST, mover.low_margin)
    least = mover._replace(margin=margin, low_margin=low, self_margin=mover.self_margin - FINEST)
    return replace(checker, mover=least)


def agree(asked: Asked, *, share: float) -> None:
    """What is proven is free at states far denser, what is not free at states is not proven."""
    checker, low, high = asked
    sweep, least = make_sweep(checker, lower=low, upper=high), narrower(checker)
    rng = np.random.default_rng(5)
    q = low + (high - low) * rng.random((4000, len(low)))
    q = q[checker.free(q)]
    proven, refused = 0, 0
    for a, b in zip(q[:160:2], q[1:160:2], strict=True):
        end = a + share * (b - a)
        states = a + np.linspace(0, 1, 700)[:, None] * (end - a)
        free = bool(least.free(states).all())
        if way_blocked_by(sweep, a, end, lanes(sweep)) < 0:
            proven += 1
            assert free
        else:
            refused += not free
    assert proven > 8
    assert refused > 0


def test_what_mechanisms_carry_is_proven_against_while_all_joints_move():
    agree(beside_a_table(), share=0.4)


def test_joints_that_rods_turn_are_proven_too():
    agree(with_rods(), share=0.3)


@pytest.mark.parametrize("name", ["denso_hsr065", "ufactory_xarm7"])
def test_arms_of_four_and_seven_axes(real_data: Path, name):
    agree(alone(real_data / "robots" / name), share=0.6)


@pytest.mark.parametrize("name", ["denso_hsr065", "ufactory_xarm7"])
def test_transits_of_four_and_seven_axes(real_data: Path, name):
    checker, low, high = alone(real_data / "robots" / name)
    roadmap = make_roadmap(checker, lower=low, upper=high, weight=np.ones(len(low)))
    q = low + (high - low) * np.random.default_rng(2).random((400, len(low)))
    q = q[checker.free(q)][:12]
    ways = [find_transit(roadmap, a, b, seed=0)[0] for a, b in zip(q[::2], q[1::2], strict=True)]

    assert all(way.found for way in ways)
    for way in ways:
        for a, b in zip(way.q[:-1], way.q[1:], strict=True):
            assert narrower(checker).free(a + np.linspace(0, 1, 400)[:, None] * (b - a)).all()


def test_a_transit_turns_the_table_where_the_arm_alone_cannot_pass():
    """With the table's joints in the way's positions, the plate is where the way says it is."""
    checker, low, high = beside_a_table()
    roadmap = make_roadmap(checker, lower=low, upper=high, weight=np.ones(len(low)))
    q = low + (high - low) * np.random.default_rng(8).random((3000, len(low)))
    q = q[checker.free(q)][:10]
    ways = [find_transit(roadmap, a, b, seed=0)[0] for a, b in zip(q[::2], q[1::2], strict=True)]

    assert sum(way.found for way in ways) >= 4
    for way in ways:
        for a, b in zip(way.q[:-1], way.q[1:], strict=True):
            assert not way.found or narrower(checker).free(a + np.linspace(0, 1, 300)[:, None] * (b - a)).all()


def test_a_body_that_stays_is_the_same_body_as_one_that_is_carried_and_does_not_move():
    """Ways on which only the arm moves are told alike, whether the plate is the world's or a table's."""
    checker, low, high = beside_a_table()
    sweep = make_sweep(checker, lower=low, upper=high)
    q = low + (high - low) * np.random.default_rng(9).random((300, len(low)))
    q[:, 6:] = 0.0
    q = frozen(q[checker.free(q)])
    still = replace(checker, cell=None)
    fixed = make_sweep(still, lower=low[:6], upper=high[:6])
    same = [
        (way_blocked_by(sweep, a, b, lanes(sweep)) < 0) == (way_blocked_by(fixed, a[:6], b[:6], lanes(fixed)) < 0)
        for a, b in zip(q[::2], q[1::2], strict=False)
    ]

    assert np.mean(same) > 0.97
