"""A small cell that is computed here from scratch: a six-axis arm of capsules that welds three seams on a bench."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellwright.cell import Body, Cell, Tool, ToolBody
from cellwright.collision.judge import Nearness
from cellwright.findings import Finding
from cellwright.geometry import Array, axes, frozen, inv, pose, rotation_vector, turn_y, turn_z
from cellwright.job.model import Job
from cellwright.kinematics.chain import Chain, base_T_flange, jacobian
from cellwright.motion.model import Duration, Motion
from cellwright.paths.model import Move
from cellwright.paths.model import Path as RobotPath
from cellwright.planning.model import Attempt, Plan
from cellwright.processes.work import Freedom, Operation, Segment, Toolpath, Work, length, poses
from cellwright.programs.model import Program, Proof
from cellwright.robots.model import Datum, LinkGeometry, Robot
from cellwright.shapes import Box, Capsule, Cylinder, Sphere

SPEED = 0.008
WORLD_T_BASE = pose((0.0, 0.0, 0.3), turn_z(0.0))
WORLD_T_PART = pose((1.05, 0.0, 0.72))
FLANGE_T_TCP = pose((0.05, 0.0, 0.34), turn_y(np.radians(35)))
HOME = np.radians([0.0, -20.0, 20.0, 0.0, 60.0, 0.0])
FASTEST = np.radians([200.0, 170.0, 190.0, 420.0, 380.0, np.nan])

JOINT_AT = np.array([[0, 0, 0.3], [0.15, 0, 0.18], [0, 0, 0.68], [0.2, 0, 0.14], [0.53, 0, 0], [0.09, 0, 0]])
AXIS = np.array([[0, 0, 1], [0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]], dtype=float)
REACHES = [
    ((0, 0, 0), (0, 0, 0.2), 0.16),
    ((0, 0, 0.05), (0.12, 0, 0.16), 0.13),
    ((0, -0.02, 0), (0, -0.02, 0.68), 0.09),
    ((0, 0, 0), (0.2, 0, 0.14), 0.095),
    ((0.05, 0, 0), (0.46, 0, 0), 0.065),
    ((0, 0, 0), (0.04, 0, 0), 0.055),
    ((0, 0, 0), (0.01, 0, 0), 0.04),
]


def arm() -> Robot:
    links = tuple(f"link_{i}" for i in range(7))
    chain = Chain(
        joints=tuple(f"joint_{i}" for i in range(1, 7)),
        links=links,
        parent_T_joint=frozen(np.stack([pose(p) for p in JOINT_AT])),
        axis=frozen(AXIS),
        prismatic=np.zeros(6, dtype=bool),
        last_T_flange=frozen(pose((0.02, 0, 0), turn_y(np.pi / 2))),
    )
    geometry = tuple(
        LinkGeometry(
            link=link,
            capsules=(Capsule(start=np.array(a, float), end=np.array(b, float), radius=r),),
            basis="envelope" if link == "link_0" else "capsules",
            overshoot=None if link == "link_0" else 0.011,
            source="drawn for this test",
        )
        for link, (a, b, r) in zip(links, REACHES, strict=True)
    )
    return Robot(
        key="test/arm-6",
        brand="test",
        model="arm-6",
        chain=chain,
        family="opw",
        lower=frozen(np.radians([-170, -100, -120, -190, -120, -np.inf])),
        upper=frozen(np.radians([170, 110, 155, 190, 120, np.inf])),
        speed=frozen(FASTEST),
        acceleration=frozen(np.full(6, np.nan)),
        home=frozen(HOME),
        geometry=geometry,
        inertia=(None,) * 7,
        controller=None,
        facts={
            "payload": Datum(value=8.0, source="data sheet, page 3", confidence="A"),
            "weight": Datum(value=None, source="not published", confidence=None),
        },
        source="drawn for this test",
    )


def torch() -> Tool:
    body_T_nozzle = FLANGE_T_TCP @ pose((0, 0, -0.045))
    return Tool(
        name="torch_35",
        flange_T_tcp=frozen(FLANGE_T_TCP),
        bodies=(
            ToolBody(name="mount", shapes=(Cylinder(radius=0.045, length=0.08, body_T_cylinder=pose((0, 0, 0.04))),)),
            ToolBody(
                name="neck",
                shapes=(
                    Capsule(start=np.array([0, 0, 0.08]), end=np.array([-0.01, 0, 0.2]), radius=0.016),
                    Capsule(start=np.array([-0.01, 0, 0.2]), end=body_T_nozzle[:3, 3], radius=0.014),
                ),
            ),
            ToolBody(name="nozzle", shapes=(Cylinder(radius=0.01, length=0.06, body_T_cylinder=body_T_nozzle),)),
            ToolBody(
                name="wire",
                working=True,
                shapes=(Cylinder(radius=0.001, length=0.015, body_T_cylinder=FLANGE_T_TCP @ pose((0, 0, -0.0075))),),
            ),
        ),
        mass=Datum(value=2.5, source="job file", confidence=None),
    )


def bodies() -> tuple[Body, ...]:
    def box(name, kind, size, at):
        return Body(name=name, kind=kind, shapes=(Box(size=np.array(size), body_T_box=pose()),), world_T_body=pose(at))

    part = Body(
        name="part",
        kind="part",
        shapes=(
            Box(size=np.array([0.4, 0.24, 0.01]), body_T_box=pose((0, 0, 0.005))),
            Box(size=np.array([0.34, 0.01, 0.1]), body_T_box=pose((0, 0.0, 0.06))),
            Cylinder(radius=0.035, length=0.05, body_T_cylinder=pose((0.0, -0.075, 0.035))),
        ),
        world_T_body=frozen(WORLD_T_PART),
    )
    return (
        part,
        box("table", "fixture", [0.9, 1.2, 0.04], (1.05, 0, 0.7)),
        box("table leg", "fixture", [0.6, 0.9, 0.68], (1.05, 0, 0.34)),
        box("pedestal", "pedestal", [0.4, 0.4, 0.3], (0, 0, 0.15)),
        box("cabinet", "obstacle", [0.4, 0.6, 1.6], (-0.2, 1.4, 0.8)),
        box("walkway", "avoid", [0.8, 2.0, 2.0], (0.3, -1.9, 1.0)),
        box("floor", "floor", [20, 20, 0.1], (0, 0, -0.05)),
        Body(
            name="clamp",
            kind="fixture",
            shapes=(Sphere(radius=0.02, centre=np.zeros(3)),),
            world_T_body=pose((1.2, 0.1, 0.74)),
        ),
    )


def seam(name: str, start: Array, end: Array, via: Array | None, lean: Array) -> Operation:
    """A seam with both directions; the torch leans to ``lean`` and comes and goes along its own axis."""

    def way(a: Array, b: Array) -> Toolpath:
        turned = axes(-lean, np.array([-1.0, 0.0, -0.3]))
        ends = pose(a, turned), pose(b, turned)
        away = [T @ pose((0, 0, -0.06)) for T in ends]
        common = {"tolerance": 1e-4}
        return Toolpath(
            frame="part",
            segments=(
                Segment(kind="line", frame_T_start=away[0], frame_T_end=ends[0], speed=0.1, role="approach", **common),
                Segment(
                    kind="line" if via is None else "arc",
                    frame_T_start=ends[0],
                    frame_T_end=ends[1],
                    via=via,
                    speed=SPEED,
                    role="process",
                    **common,
                ),
                Segment(kind="line", frame_T_start=ends[1], frame_T_end=away[1], speed=0.1, role="retract", **common),
            ),
            freedom=Freedom(lower=-np.pi, upper=np.pi),
        )

    return Operation(name=name, key=("tasks", 0), alternatives=(way(start, end), way(end, start)), process="arc_weld")


def solve(base_T_flange_wanted: Array, seed: Array) -> Array:
    """Newton's method on the chain; good enough near the seed."""
    chain, q = ARM.chain, seed.copy()
    for _ in range(60):
        gap = inv(base_T_flange(chain, q)) @ base_T_flange_wanted
        turned = base_T_flange(chain, q)[:3, :3]
        step = np.concatenate([turned @ gap[:3, 3], turned @ rotation_vector(gap[:3, :3])])
        if np.abs(step).max() < 1e-11:
            return q
        q = q + np.linalg.lstsq(jacobian(chain, q), step, rcond=None)[0] * min(1.0, 0.3 / np.abs(step).max())
    raise AssertionError("no joint position")


ARM = arm()


class _Clock:
    """Rows of a motion, joined one stretch after another."""

    def __init__(self) -> None:
        self.t, self.q, self.move = [0.0], [HOME], [0]
        self.moves: list[Move] = []

    def go(self, q: Array, t: Array, move: Move) -> None:
        self.t += list(self.t[-1] + t)
        self.q += list(q)
        self.move += [len(self.moves)] * len(t)
        self.moves.append(move)


def _run(
    operations: tuple[Operation, ...], order: list[tuple[int, int]]
) -> tuple[_Clock, list[tuple[int, float, float]]]:
    clock, strokes = _Clock(), []
    base_T_part = inv(WORLD_T_BASE) @ WORLD_T_PART
    tcp_T_flange = inv(FLANGE_T_TCP)

    def joint(q_end: Array) -> None:
        q0 = clock.q[-1]
        seconds = max(0.4, 2.2 * float(np.nanmax(np.abs(q_end - q0) / FASTEST)))
        share = np.linspace(0, 1, int(seconds * 60) + 1)[1:]
        smooth = share**3 * (10 - 15 * share + 6 * share**2)
        q = q0 + smooth[:, None] * (q_end - q0)
        frame_T_tcp = inv(base_T_part) @ base_T_flange(ARM.chain, q_end) @ FLANGE_T_TCP
        clock.go(
            q,
            share * seconds,
            Move(kind="joint", q=q_end, frame="part", frame_T_tcp=frame_T_tcp, speed=0.5, zone=0.0, role="transit"),
        )

    for index, alternative in order:
        toolpath = operations[index].alternatives[alternative]
        q_start = solve(base_T_part @ toolpath.segments[0].frame_T_start @ tcp_T_flange, HOME)
        joint(q_start)
        for s in toolpath.segments:
            steps = max(2, int(np.ceil(length(s) / 0.001)))
            share = np.linspace(0, 1, steps + 1)[1:]
            q = []
            for target in base_T_part @ poses(s, share) @ tcp_T_flange:
                q.append(solve(target, q[-1] if q else clock.q[-1]))
            first = len(clock.t)
            via = None if s.via is None else pose(s.via, s.frame_T_end[:3, :3])
            move = Move(
                kind=s.kind,
                q=q[-1],
                frame="part",
                frame_T_tcp=s.frame_T_end,
                frame_T_via=via,
                speed=s.speed,
                zone=0.0,
                role=s.role,
                operation=index,
            )
            clock.go(np.array(q), share * length(s) / s.speed, move)
            if s.role == "process":
                strokes.append((index, float(clock.t[first]), float(clock.t[-1])))
    joint(HOME)
    return clock, strokes


def _plan() -> Plan:
    operations = (
        seam("seam_1", np.array([-0.16, -0.005, 0.01]), np.array([0.16, -0.005, 0.01]), None, np.array([0, -0.7, 0.7])),
        seam("seam_2", np.array([-0.16, 0.005, 0.01]), np.array([0.16, 0.005, 0.01]), None, np.array([0, 0.7, 0.7])),
        seam(
            "seam_3",
            np.array([-0.035, -0.075, 0.01]),
            np.array([0.035, -0.075, 0.01]),
            np.array([0, -0.11, 0.01]),
            np.array([0, -0.75, 0.65]),
        ),
    )
    clock, strokes = _run(operations, [(0, 0), (1, 1), (2, 0)])
    t, q = np.array(clock.t), np.array(clock.q)
    qd = np.zeros_like(q)
    for move in range(len(clock.moves)):
        rows = np.flatnonzero(np.array(clock.move) == move)
        around = np.concatenate([[max(rows[0] - 1, 0)], rows])
        if len(np.unique(t[around])) == len(around):
            qd[rows] = np.gradient(q[around], t[around], axis=0, edge_order=2)[1:]
    job = Job.model_construct(name="bench", market="eu", takt=180.0)
    cell = Cell(
        robot=ARM,
        world_T_base=frozen(WORLD_T_BASE),
        tool=torch(),
        frames={"part": frozen(WORLD_T_PART)},
        bodies=bodies(),
        home=frozen(HOME),
        clearance=0.01,
        tool_clearance=0.002,
        allowed=(("link_0", "pedestal", "stands on it"), ("part", "table", "lies on it")),
    )
    duration = Duration(
        low=t[-1] * 0.97, nominal=t[-1], high=t[-1] * 1.12, reason="joint accelerations are not published"
    )
    return Plan(
        job=job,
        cell=cell,
        work=Work(operations=operations),
        path=RobotPath(start=frozen(HOME), moves=tuple(clock.moves)),
        motion=Motion(
            t=frozen(t),
            q=frozen(q),
            qd=frozen(qd),
            qdd=frozen(np.zeros_like(q)),
            move=np.array(clock.move, dtype=np.int32),
            duration=duration,
            strokes=tuple(strokes),
        ),
        findings=(
            Finding(
                code="clearance",
                severity="info",
                what="the smallest distance is between tool.nozzle and part",
                value=0.00312,
                limit=0.002,
                unit="m",
                where="t = 31.2 s",
            ),
            Finding(
                code="joint-limit",
                severity="warning",
                what="joint_5 comes close to its limit",
                value=np.radians(4.0),
                limit=np.radians(5.0),
                unit="rad",
                where="bench.yaml:12: tasks.0",
                fix="turn the part",
            ),
        ),
        tried=(Attempt(placement="floor, x -200 mm, y 0 mm", reason="seam_2: out of reach by 41 mm"),),
        figures={"seam_deviation": 1.2e-5},
        nearest=(
            Nearness(
                bodies=("tool.nozzle", "part"),
                distance=0.00312,
                row=200,
                points=((1.0, 0.0, 0.73), (1.0, 0.0, 0.73312)),
                at_work=True,
            ),
        ),
        series={"clearance": np.stack([t, 0.02 + 0.01 * np.cos(t / 5)], -1)},
    )


_BUILT = _plan()


@pytest.fixture
def plan() -> Plan:
    return _BUILT


@pytest.fixture
def program() -> Program:
    proof = Proof(
        brand="kuka",
        targets=(),
        worst_distance=3.1e-7,
        worst_via=2e-7,
        worst_angle=4e-6,
        worst_joint=1e-6,
        worst_speed=0.0,
        worst_zone=0.0,
        worst_tool=(0.0, 0.0),
        worst_frame=(0.0, 0.0),
        statements=42,
        understood=1.0,
        signals=6,
        configuration_checked=9,
        names={"part": "BASE_DATA[1]"},
        findings=(),
    )
    return Program(
        brand="kuka",
        files={"bench.src": b"DEF bench()\nEND\n", "bench.dat": b"DEFDAT bench\nENDDAT\n"},
        proof=proof,
        names={"bench": "bench"},
        unverified=("zero of axis 4 of this model",),
        resolution="0.001 mm, 0.001 deg",
    )


@pytest.fixture
def hostile(plan: Plan) -> Plan:
    """The same plan in words that try to run a script, close an attribute, or leave a comment."""
    bad = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>\"'&"
    operations = tuple(replace(o, name=f"{o.name}{bad}") for o in plan.work.operations)
    return replace(
        plan,
        job=Job.model_construct(name=bad, market=bad, takt=1.0),
        work=replace(plan.work, operations=operations),
        findings=(Finding(code=bad, severity="error", what=bad, unit=bad, value=1.0, where=bad, fix=bad),),
        tried=(Attempt(placement=bad, reason=bad),),
        cell=replace(
            plan.cell,
            robot=replace(plan.cell.robot, brand=bad, model=bad, source=bad),
            tool=replace(plan.cell.tool, name=bad),
        ),
    )
