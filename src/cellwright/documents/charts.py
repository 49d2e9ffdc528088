"""Which plots a plan has: joints against their limits, the tool's speed over the seams, clearance."""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from ..planning.model import Plan
from ..units import deg, mm
from .markup import Markup, short, tag
from .plots import Chart, Curve, Level, Stretch, draw
from .strokes import Stroke

SMALL = (380.0, 150.0)


def joint_positions(plan: Plan) -> Markup:
    """Return one small plot a joint: position and limits over time."""
    robot, motion = plan.cell.robot, plan.motion
    return tag("div", *(_joint_position(plan, i, motion.q[:, i]) for i in range(robot.dof)), class_="charts")


def _joint_position(plan: Plan, i: int, q: Array) -> Markup:
    robot, t = plan.cell.robot, plan.motion.t
    slides = bool(robot.chain.prismatic[i])
    factor = mm(1.0) if slides else deg(1.0)
    lower, upper = float(robot.lower[i]) * factor, float(robot.upper[i]) * factor
    y = q * factor
    levels = tuple(
        Level(y=v, name=f"{name} limit") for v, name in ((lower, "lower"), (upper, "upper")) if np.isfinite(v)
    )
    ends = [*(level.y for level in levels), float(y.min()), float(y.max())]
    room = max(0.06 * (max(ends) - min(ends)), 1.0)
    limits = f"{short(lower, 1)} … {short(upper, 1)}" if np.isfinite([lower, upper]).all() else "turns without end"
    return draw(
        Chart(
            title=f"{robot.chain.joints[i]}  ({limits})",
            x_name="time [s]",
            y_name="position [mm]" if slides else "position [°]",
            x=(float(t[0]), float(t[-1])),
            y=(min(ends) - room, max(ends) + room),
            curves=(Curve(name=f"{robot.chain.joints[i]}: {_range(y)}", x=t, y=y, style="c0"),),
            levels=levels,
            stretches=_over_time(plan, named=False),
            legend=False,
            over_time=True,
            size=SMALL,
        )
    )


def joint_speeds(plan: Plan) -> Markup:
    """Return all joint speeds as a share of their limits over time; joints without a published limit are left out."""
    robot, t = plan.cell.robot, plan.motion.t
    curves: list[Curve] = []
    for i in range(robot.dof):
        limit = float(robot.speed[i])
        if np.isfinite(limit) and limit > 0:
            share = np.abs(plan.motion.qd[:, i]) / limit * 100.0
            curves.append(Curve(name=robot.chain.joints[i], x=t, y=share, style=f"c{i % 7}"))
    top = max([float(np.nanmax(c.y)) for c in curves], default=0.0)
    return draw(
        Chart(
            title="Joint speeds, share of the limit",
            x_name="time [s]",
            y_name="share [%]",
            x=(float(t[0]), float(t[-1])),
            y=(0.0, max(105.0, top * 1.05)),
            curves=tuple(curves),
            levels=(Level(y=100.0, name="limit"),),
            stretches=_over_time(plan, named=False),
            over_time=True,
        )
    )


def tool_speed(plan: Plan, strokes: tuple[Stroke, ...], tolerance: float) -> Markup:
    """Return the tool's speed over the length of all seams, in the order they run.

    Args:
        plan: names of the seams.
        strokes: what is drawn, one at least.
        tolerance: relative band round the asked speed.
    """
    asked = np.concatenate([s.asked for s in strokes]) * mm(1.0)
    speed = np.concatenate([s.speed for s in strokes]) * mm(1.0)
    starts = np.concatenate([[0.0], np.cumsum([mm(float(s.way[-1])) for s in strokes])])
    gaps: list[Array] = []
    x: list[Array] = []
    stretches: list[Stretch] = []
    for stroke, start, end in zip(strokes, starts[:-1], starts[1:], strict=True):
        x.append(start + stroke.way * mm(1.0))
        gaps.append(np.concatenate([np.full(1, np.nan), stroke.speed[1:] * mm(1.0)]))
        name = plan.work.operations[stroke.operation].name
        stretches.append(Stretch(x0=float(start), x1=float(end), name=name))
        stretches += _bands(stroke, x[-1], tolerance)
    low, high = (
        float(min(asked.min() * (1 - 3 * tolerance), speed.min())),
        float(max(asked.max() * (1 + 3 * tolerance), speed.max())),
    )
    room = 0.08 * (high - low)
    return draw(
        Chart(
            title=f"Tool speed over the seams, asked ± {short(tolerance * 100)} % shaded",
            x_name="length of seam, in the order they run [mm]",
            y_name="speed [mm/s]",
            x=(0.0, float(starts[-1])),
            y=(low - room, high + room),
            curves=(
                Curve(name="asked", x=np.concatenate(x), y=asked, style="asked"),
                Curve(name="reached", x=np.concatenate(x), y=np.concatenate(gaps), style="c0"),
            ),
            stretches=tuple(stretches),
        )
    )


def clearance(plan: Plan, over_time: Array) -> Markup:
    """Return the smallest distance over time; ``over_time`` (n, 2) holds [s] and [m]."""
    t, distance = over_time[:, 0], over_time[:, 1] * mm(1.0)
    top = float(min(np.nanmax(distance), max(10 * mm(plan.cell.clearance), 1.2 * np.nanmin(distance))))
    return draw(
        Chart(
            title="Smallest distance of bodies that may not touch",
            x_name="time [s]",
            y_name="distance [mm]",
            x=(float(plan.motion.t[0]), float(plan.motion.t[-1])),
            y=(min(0.0, float(np.nanmin(distance))), top * 1.05),
            curves=(Curve(name="distance", x=t, y=distance, style="c0"),),
            levels=(
                Level(y=mm(plan.cell.clearance), name="wanted between bodies"),
                Level(y=mm(plan.cell.tool_clearance), name="wanted at the tool"),
            ),
            stretches=_over_time(plan, named=True),
            legend=False,
            over_time=True,
        )
    )


def _bands(stroke: Stroke, x: Array, tolerance: float) -> list[Stretch]:
    """Return the band of the asked speed, one piece for each speed that is asked."""
    changes = np.flatnonzero(np.diff(stroke.asked)) + 1
    bands: list[Stretch] = []
    for rows in np.split(np.arange(len(x)), changes):
        asked = float(stroke.asked[rows[0]]) * mm(1.0)
        ends = {"low": asked * (1 - tolerance), "high": asked * (1 + tolerance)}
        x1 = float(x[min(rows[-1] + 1, len(x) - 1)])
        bands.append(Stretch(x0=float(x[rows[0]]), x1=x1, name=f"{short(asked)} mm/s asked", style="band", **ends))
    return bands


def _over_time(plan: Plan, *, named: bool) -> tuple[Stretch, ...]:
    operations = plan.work.operations
    style = "stretch" if named else "stretch quiet"
    return tuple(Stretch(x0=t0, x1=t1, name=operations[i].name, style=style) for i, t0, t1 in plan.motion.strokes)


def _range(y: Array) -> str:
    return f"{short(float(y.min()), 1)} … {short(float(y.max()), 1)}"
