"""Six paths that any six-axis arm can make, for the proof of every language on robots of its brand or family."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cellwright.cell import Cell, Tool
from cellwright.geometry import Array, frozen, inv, pose, turn_x, turn_y, turn_z
from cellwright.job.model import Job
from cellwright.kinematics.chain import base_T_flange
from cellwright.kinematics.inverse import solve
from cellwright.motion.model import Duration, Motion
from cellwright.paths.model import Move, Path
from cellwright.planning.model import Plan
from cellwright.processes.work import Event, Operation, Work
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Datum, Robot

TORCH = pose((0.032, -0.013, 0.181), turn_z(0.3) @ turn_y(0.42) @ turn_x(-0.11))
WORLD_T_BASE = pose((0.4, -0.2, 0.5), turn_z(0.7))
SCHEDULE: Mapping[str, float | str] = {"job": 3.0, "current": 180.0, "voltage": 24.0}
SWING: Mapping[str, float | str] = {"shape": "zigzag", "amplitude": 0.002, "frequency": 2.0}
FRAMES = {"part": turn_z(1.1) @ turn_y(-0.5) @ turn_x(2.0), "jig": turn_z(-0.4) @ turn_x(0.3)}

_UR = ("ur/UR5e", "ur/UR10e", "ur/UR16e")
ROBOTS: Mapping[str, tuple[str, ...]] = {
    "abb": ("abb/IRB1200-5-0.9", "abb/IRB2600-12-1.65", "abb/IRB6640"),
    "aubo": _UR,
    "dobot": _UR,
    "estun": ("estun/iER12-1510", "estun/iER20-1760", "abb/IRB2600-12-1.65"),
    "fanuc": ("fanuc/LRMate200iD-7L", "fanuc/M-20iA", "fanuc/R-2000iC-210F"),
    "jaka": ("jaka/Zu7", "jaka/Zu12", "jaka/Pro16"),
    "kawasaki": ("kawasaki/RS007L", "kawasaki/RS013N", "kawasaki/RS080N"),
    "kuka": ("kuka/KR10-R1100-2", "kuka/KR20-R1810-2", "kuka/KR210-R2700-2"),
    "mitsubishi": ("mitsubishi/RV-5AS", "mitsubishi/RV-8CRL", "abb/IRB1200-5-0.9"),
    "staubli": ("staubli/TX2-60L", "staubli/TX2-90L", "staubli/RX160"),
    "ur": _UR,
    "yaskawa": ("yaskawa/GP7", "yaskawa/GP25", "yaskawa/AR2010"),
}
"""Robots of the brand with published speeds where there are three, else of its family with the language put on them."""

PORTS: Mapping[str, tuple[float | str, float | str]] = {
    "abb": ("doValve", "diClamp"),
    "kawasaki": (5.0, 1006.0),
}
"""Output and input as each controller calls them; 5 and 6 where nothing is said."""

PATHS = ("line", "arc", "weave", "handling", "points", "two frames")


def robot_for(brand: str, key: str) -> Robot:
    """Return a robot whose controller speaks the language of ``brand``."""
    robot = load_robot(key)
    assert robot.controller is not None
    return replace(robot, controller=replace(robot.controller, brand=brand))


def plan_of(robot: Robot, path: str) -> Plan:
    """Return a plan of one of ``PATHS`` about the robot's home."""
    assert robot.controller is not None
    brand = robot.controller.brand
    home = np.array(robot.home)
    home[4] += 0.35 if abs(math.sin(home[4])) < 0.3 else 0.0  # away from a straight wrist
    base_T_work = base_T_flange(robot.chain, home) @ TORCH @ pose((0.01, 0.02, -0.03), turn_z(0.2) @ turn_x(0.1))
    size = 0.03 if float(np.linalg.norm(base_T_work[:3, 3])) < 1.2 else 0.06
    frames = {name: base_T_work @ pose((0.1, 0.2, 0.3), rotation) for name, rotation in FRAMES.items()}
    moves: list[Move] = []
    q = home

    def add(kind: str, offset: Array, *, frame: str = "part", via: Array | None = None, **given: object) -> None:
        nonlocal q
        base_T_tcp = base_T_work @ offset
        q = _near(robot, base_T_tcp, q)
        said = {"speed": 0.4 if kind == "joint" else 0.05, "zone": 0.0, "role": "transit"} | given
        moves.append(
            Move(
                kind=kind,
                q=frozen(q),
                frame=frame,
                frame_T_tcp=frozen(inv(frames[frame]) @ base_T_tcp),
                frame_T_via=None if via is None else frozen(inv(frames[frame]) @ base_T_work @ via),
                **said,
            )
        )

    _moves(brand, path, size, add)
    work_T_home = inv(base_T_work) @ base_T_flange(robot.chain, home) @ TORCH
    add("joint", work_T_home, speed=0.5)
    tool = Tool(name="torch", flange_T_tcp=frozen(TORCH), bodies=(), mass=Datum(value=2.5, source="", confidence=None))
    cell = Cell(
        robot=robot,
        world_T_base=frozen(WORLD_T_BASE),
        tool=tool,
        frames={name: frozen(WORLD_T_BASE @ frame) for name, frame in frames.items()},
        bodies=(),
        home=frozen(home),
        clearance=0.01,
        tool_clearance=0.002,
    )
    still = np.zeros((1, robot.dof))
    duration = Duration(low=0.0, nominal=0.0, high=0.0, reason="")
    none = np.zeros(1, dtype=np.int32)
    return Plan(
        job=Job.model_construct(name=path),
        cell=cell,
        work=Work(operations=(Operation(name="seam_1", key=("tasks", 0), alternatives=(), process="arc_weld"),)),
        path=Path(start=frozen(home), moves=tuple(moves)),
        motion=Motion(t=np.zeros(1), q=still, qd=still, qdd=still, move=none, duration=duration, strokes=()),
        findings=(),
        tried=(),
        figures={},
    )


def _moves(brand: str, path: str, s: float, add) -> None:
    on = Event(kind="process_on", segment=1, when="start", values=SCHEDULE)
    off = Event(kind="process_off", segment=1, when="end")
    seam = {"operation": 0, "role": "process", "speed": 0.008}
    add("joint", pose((0, 0, -s)), zone=0.01 if path in {"line", "points"} else 0.0)
    add("line", pose((0, 0, 0)))
    match path:
        case "line":
            add("line", pose((s, 0, 0), turn_x(0.1)), events=(on, off), **seam)
        case "arc":
            add("line", pose((s, 0, 0), turn_x(0.1)), events=(on,), zone=0.001, **seam)
            r, half = s / 2, math.pi / 4
            middle = pose((s + r * math.sin(half), r - r * math.cos(half), 0), turn_x(0.1) @ turn_z(0.1))
            end = pose((s + r, r, 0), turn_x(0.1) @ turn_z(0.2))
            add("arc", end, via=middle, events=(off,), **seam)
        case "weave":
            swing = Event(kind="weave_on", segment=1, when="start", values=SWING)
            still = Event(kind="weave_off", segment=1, when="end")
            add("line", pose((s, 0, 0), turn_x(0.1)), events=(swing, on), zone=0.001, **seam)
            add("line", pose((s, s, 0), turn_z(0.1)), events=(off, still), **seam)
        case "handling":
            out, entry = PORTS.get(brand, (5.0, 6.0))
            events = (
                Event(kind="set_output", segment=0, when="end", values={"signal": out, "value": 1.0}),
                Event(kind="wait_input", segment=0, when="end", values={"signal": entry, "value": 1.0}),
                Event(kind="wait", segment=0, when="end", values={"time": 0.25}),
                Event(kind="set_output", segment=0, when="end", values={"signal": out, "value": 0.0}),
            )
            add("line", pose((s, 0, 0)), events=events)
        case "points":
            for k in range(1, 40):
                turned = turn_x(0.1 * math.sin(0.3 * k)) @ turn_z(0.01 * k)
                place = (s * k / 40, 0.2 * s * math.sin(0.4 * k), 0.1 * s * math.cos(0.5 * k))
                add("line", pose(place, turned), zone=0.0005, speed=0.1)
        case _:
            add("line", pose((s, 0, 0)), frame="jig")
            add("joint", pose((s, s, -s)), zone=0.005)
            add("line", pose((s, s, 0)), frame="jig")
            add("line", pose((0, s, 0)), frame="part")
    add("line", pose((s, s, -s)), zone=0.002, speed=0.25)


def _near(robot: Robot, base_T_tcp: Array, near: Array) -> Array:
    q = solve(robot.chain, (base_T_tcp @ inv(TORCH))[None]).q[0]
    q = q[np.isfinite(q).all(-1)]
    q = q + 2.0 * np.pi * np.round((near - q) / (2.0 * np.pi))
    return q[np.argmin(np.abs(q - near).max(-1))]
