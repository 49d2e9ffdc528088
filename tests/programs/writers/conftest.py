"""A hand-made robot that welds a line and an arc, as plans for each brand's controller."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import cos, pi, radians, sin

import numpy as np
import pytest

from cellwright.cell import Cell, Tool
from cellwright.geometry import Array, axes, frozen, inv, pose, rotation_vector, turn_x, turn_y, turn_z
from cellwright.job.model import Job
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.motion.model import Duration, Motion
from cellwright.paths.model import Move, Path
from cellwright.planning.model import Plan
from cellwright.processes.work import Event, Operation, Work
from cellwright.robots.model import ControllerMap, Datum, Robot

with warnings.catch_warnings():
    # the package warns about its own star import whenever it is loaded; the tests use its converters as an oracle
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    import robodk.robomath  # noqa: F401

# an ortho-parallel arm: axis 1 up, 2 and 3 across, 4 along the forearm, 5 across, 6 along the forearm; at zero the
# upper arm stands up and the forearm reaches out
_OFFSETS = [(0, 0, 0.45), (0.15, 0, 0), (0, 0, 0.7), (0.25, 0, 0.1), (0.45, 0, 0), (0.08, 0, 0)]
_AXES = [(0, 0, 1), (0, 1, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0), (1, 0, 0)]

CHAIN = Chain(
    joints=tuple(f"joint_{i + 1}" for i in range(6)),
    links=("base_link", *(f"link_{i + 1}" for i in range(6))),
    parent_T_joint=frozen([pose(offset) for offset in _OFFSETS]),
    axis=frozen(_AXES),
    prismatic=np.zeros(6, dtype=bool),
    last_T_flange=frozen(pose((0.02, 0, 0), turn_y(pi / 2))),
)
MAPS = {
    "abb": ControllerMap(
        brand="abb",
        base_T_root=frozen(np.eye(4)),
        flange_T_mount=frozen(np.eye(4)),
        axis_map=frozen(np.eye(6)),
        axis_zero=frozen(np.zeros(6)),
        vectors=1,
        source="made for the tests",
    ),
    "estun": ControllerMap(
        brand="estun",
        base_T_root=frozen(np.eye(4)),
        flange_T_mount=frozen(pose((0, 0, 0), turn_z(pi))),
        axis_map=frozen(np.eye(6)),
        axis_zero=frozen(np.zeros(6)),
        vectors=0,
        source="made for the tests",
    ),
    "kuka": ControllerMap(
        brand="kuka",
        base_T_root=frozen(pose((0, 0, 0.025))),
        flange_T_mount=frozen(pose((0, 0, 0), turn_z(-pi / 2))),
        axis_map=frozen(np.diag([-1.0, 1, 1, -1, 1, -1])),
        axis_zero=frozen([0, -pi / 2, pi / 2, 0, 0, 0]),
        vectors=2,
        source="made for the tests",
    ),
}
HOME = frozen(np.radians([0, -20, 20, 0, 60, 0]))
TOOL = Tool(
    name="torch 45",
    flange_T_tcp=frozen(pose((0.03, 0.001, 0.36), turn_y(radians(45)))),
    bodies=(),
    mass=Datum(value=2.5, source="job", confidence="A"),
    flange_p_centre=frozen([0.01, 0.0, 0.12]),
)
WORLD_T_BASE = frozen(pose((0.1, 0.2, 0.3), turn_z(radians(-20))))
WORLD_T_PART = frozen(pose((1.0, 0.0, 0.7), turn_z(radians(30)) @ turn_x(radians(5))))
SCHEDULE: Mapping[str, float | str] = {"job": 3.0, "current": 220.0, "voltage": 24.0}
WEAVE: Mapping[str, float | str] = {"shape": "zigzag", "amplitude": 0.002, "frequency": 2.0}


def robot(brand: str) -> Robot:
    return Robot(
        key=f"{brand}/test-arm",
        brand=brand,
        model="test arm",
        chain=CHAIN,
        family="opw",
        lower=frozen(np.full(6, -6.0)),
        upper=frozen(np.full(6, 6.0)),
        speed=frozen(np.radians([200, 180, 190, 400, 380, 600])),
        acceleration=frozen(np.full(6, np.nan)),
        home=HOME,
        geometry=(),
        inertia=(None,) * 7,
        controller=MAPS.get(brand, replace(MAPS["abb"], brand=brand, vectors=0)),
    )


def reach(world_T_tcp: Array, q: Array) -> Array:
    """Return joint positions near ``q`` that put the tool there, by damped Newton steps."""
    base_T_goal = inv(WORLD_T_BASE) @ world_T_tcp @ inv(TOOL.flange_T_tcp)
    q = np.array(q)
    for _ in range(200):
        base_T_now = base_T_flange(CHAIN, q)
        turned = base_T_now[:3, :3] @ rotation_vector(base_T_now[:3, :3].T @ base_T_goal[:3, :3])
        gap = np.concatenate([base_T_goal[:3, 3] - base_T_now[:3, 3], turned])
        if np.abs(gap).max() < 1e-12:
            break
        J = jacobian(CHAIN, q)
        q = q + J.T @ np.linalg.solve(J @ J.T + 1e-6 * np.eye(6), gap)
    assert np.abs(gap).max() < 1e-9
    return frozen(q)


def _seam(part_T: list[Array], roles: list[str], weave: bool, operation: int, q: Array) -> list[Move]:
    """Approach, line, arc, retract over the poses: above, start, corner, via, end, above."""
    above, start, corner, via, end, away = part_T
    on = [Event(kind="process_on", segment=1, when="start", values=SCHEDULE)]
    off = [Event(kind="process_off", segment=2, when="end")]
    if weave:
        on.insert(0, Event(kind="weave_on", segment=1, when="start", values=WEAVE))
        off.append(Event(kind="weave_off", segment=2, when="end"))
    rows = [
        ("joint", above, None, 0.4, 0.0, "transit", None, ()),
        ("line", start, None, 0.1, 0.0, roles[0], operation, ()),
        ("line", corner, None, 0.008, 0.001, "process", operation, tuple(on)),
        ("line" if weave else "arc", end, None if weave else via, 0.008, 0.0, "process", operation, tuple(off)),
        ("line", away, None, 0.25, 0.01, roles[1], operation, ()),
    ]
    moves: list[Move] = []
    for kind, frame_T_tcp, frame_T_via, speed, zone, role, index, events in rows:
        q = reach(WORLD_T_PART @ frame_T_tcp, q)
        moves.append(
            Move(
                kind=kind,
                q=q,
                frame="part",
                frame_T_tcp=frozen(frame_T_tcp),
                frame_T_via=None if frame_T_via is None else frozen(frame_T_via),
                speed=speed,
                zone=zone,
                role=role,
                operation=index,
                events=events,
            )
        )
    return moves


def _poses(y: float, turned: float) -> list[Array]:
    """Poses of a seam: 120 mm straight, a quarter of a circle of 50 mm, the torch 45 deg to the side."""

    def at(x: float, y_: float, z: float, angle: float) -> Array:
        tool = axes((sin(angle + turned), cos(angle + turned), -1.0), (-1.0, 0.3, -0.2))
        return pose((x, y + y_, z), tool)

    mid, r = pi / 4, 0.05
    return [
        at(0.0, 0.0, 0.06, 0.0),
        at(0.0, 0.0, 0.0, 0.0),
        at(0.12, 0.0, 0.0, 0.0),
        at(0.12 + r * sin(mid), r - r * cos(mid), 0.0, -mid / 2),
        at(0.12 + r, r, 0.0, -mid),
        at(0.12 + r, r, 0.06, -mid),
    ]


def _joint_move(like: Move, q: Array, zone: float) -> Move:
    world_T_tcp = WORLD_T_BASE @ base_T_flange(CHAIN, q) @ TOOL.flange_T_tcp
    return replace(like, q=q, zone=zone, frame_T_tcp=frozen(inv(WORLD_T_PART) @ world_T_tcp))


def _path(weave: bool) -> Path:
    moves = _seam(_poses(0.0, 0.0), ["approach", "retract"], False, 0, HOME)
    if weave:
        moves += _seam(_poses(0.15, 0.2), ["approach", "retract"], True, 1, moves[-1].q)
    between = _joint_move(moves[0], frozen((moves[-1].q + HOME) / 2), zone=0.02)
    home = _joint_move(moves[0], HOME, zone=0.0)
    return Path(start=HOME, moves=(*moves, between, home))


_PATHS = {weave: _path(weave) for weave in (False, True)}


def build(brand: str, *, name: str = "bracket", weave: bool = True, **changes: object) -> Plan:
    """Return a plan; ``changes`` replace fields of the cell."""
    path = _PATHS[weave]
    cell = Cell(
        robot=robot(brand),
        world_T_base=WORLD_T_BASE,
        tool=TOOL,
        frames={"part": WORLD_T_PART},
        bodies=(),
        home=HOME,
        clearance=0.01,
        tool_clearance=0.002,
    )
    names = ("seam_1", "seam_2")
    return Plan(
        job=Job.model_construct(name=name),
        cell=replace(cell, **changes),
        work=Work(
            operations=tuple(Operation(name=n, key=("tasks", 0), alternatives=(), process="arc_weld") for n in names)
        ),
        path=path,
        motion=Motion(
            t=frozen([0.0]),
            q=frozen([HOME]),
            qd=frozen(np.zeros((1, 6))),
            qdd=frozen(np.zeros((1, 6))),
            move=np.zeros(1, dtype=np.int32),
            duration=Duration(low=1.0, nominal=1.0, high=1.0, reason="not timed"),
            strokes=(),
        ),
        findings=(),
        tried=(),
        figures={},
    )


@pytest.fixture(scope="session")
def plan_for() -> Callable[..., Plan]:
    return build
