"""What a job asks of a robot, whichever it is, each figure with where it comes from."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..geometry import Array
from ..job.model import Job
from ..processes.work import Operation, Segment, Work, length
from .model import Requirement, Requirements

GRAVITY = 9.80665
"""[m/s2], the standard value."""

UPRIGHT = np.deg2rad(0.05)
"""An arm with parallel axes alone holds its flange upright within this [rad]."""


def requirements(job: Job, work: Work) -> Requirements:
    """Return what the job asks: load, reach, speed, accuracy, axes, protection, certificates.

    Args:
        job: as read.
        work: its operations, see `scene.job_work`.
    """
    return Requirements(items=(*_load(job), *_ways(job, work), *_accuracy(work), *_place(job)))


def _load(job: Job) -> tuple[Requirement, ...]:
    """Payload at the flange; moment and inertia about the flange's centre, of the mass as a point."""
    tool = job.tool
    where = str(job.where("tool", "mass"))
    if tool.mass is None:
        unknown = "the job gives no mass of the tool"
        mass = Requirement(name="payload", value=None, unit="kg", source=unknown)
        return (mass, *(Requirement(name=n, value=None, unit=u, source=unknown) for n, u in _WRIST))
    mass = Requirement(
        name="payload", value=float(tool.mass), unit="kg", source=f"{where}: the tool; no part is carried"
    )
    if tool.centre is None:
        unknown = "the job gives no centre of mass of the tool"
        return (mass, *(Requirement(name=n, value=None, unit=u, source=unknown) for n, u in _WRIST))
    lever = float(np.linalg.norm(tool.centre.position))
    source = f"{job.where('tool', 'centre')}: the mass as a point, from the flange's centre"
    figures = (float(tool.mass) * GRAVITY * lever, float(tool.mass) * lever**2)
    wrist = zip(_WRIST, figures, strict=True)
    return (mass, *(Requirement(name=n, value=v, unit=u, source=source) for (n, u), v in wrist))


_WRIST = (("wrist_moment", "N m"), ("wrist_inertia", "kg m2"))


def _ways(job: Job, work: Work) -> tuple[Requirement, ...]:
    """What the toolpaths ask: half their extent as reach, their speed, the time that the takt leaves for the rest."""
    ends = [_ends(operation) for operation in work.operations]
    spread, pair = max(
        ((_spread(ends[i], ends[k]), (i, k)) for i, k in combinations(range(len(ends)), 2)),
        default=(_spread(ends[0], ends[0]), (0, 0)),
    )
    tool = float(np.linalg.norm(job.tool.tcp.position))
    names = " and ".join(dict.fromkeys(work.operations[i].name for i in pair))
    reach = max(0.0, spread / 2 - tool)
    busy = sum(_busy(operation) for operation in work.operations)
    speeds = [(s.speed, o.name) for o in work.operations for s in _process(o)]
    fastest, at = max(speeds, key=lambda one: one[0], default=(0.0, ""))
    left = None if job.takt is None else job.takt - busy
    takt = "the job gives no takt" if left is None else f"{job.where('takt')}: less {busy:.1f} s on the toolpaths"
    return (
        Requirement(
            name="reach", value=reach, unit="m",
            source=f"half the way between {names}, {spread:.3f} m, less the tool's {tool:.3f} m; placements ask more",
        ),
        Requirement(name="speed", value=fastest, unit="m/s", source=f"the fastest toolpath, {at}"),
        Requirement(name="air_time", value=left, unit="s", source=takt),
        Requirement(name="axes", value="tilted" if _tilted(job, work) else "upright", unit="", source=_axes(job, work)),
    )  # fmt: skip


def _accuracy(work: Work) -> tuple[Requirement, ...]:
    tolerances = [(s.tolerance, o) for o in work.operations for s in _process(o)]
    if not tolerances:
        return (Requirement(name="repeatability", value=None, unit="m", source="no toolpath has a tolerance"),)
    least, operation = min(tolerances, key=lambda one: one[0])
    source = f"the narrowest tolerance of {operation.process}, at {operation.name}"
    return (Requirement(name="repeatability", value=float(least), unit="m", source=source),)


def _place(job: Job) -> tuple[Requirement, ...]:
    kinds = ", ".join(sorted({task.kind for task in job.tasks}))
    market = Requirement(
        name="certificates", value=job.market, unit="",
        source=f"{job.where('market')}: where the cell will stand" if job.market else "the job names no market",
    )  # fmt: skip
    protection = f"{kinds}: the process states no protection class"
    return (Requirement(name="protection", value=None, unit="", source=protection), market)


def _tilted(job: Job, work: Work) -> bool:
    """Some operation holds the flange's axis neither up nor down, whichever alternative and turn is taken."""
    return any(tilt(job, operation) > UPRIGHT for operation in work.operations)


def _axes(job: Job, work: Work) -> str:
    worst = max(work.operations, key=lambda operation: tilt(job, operation))
    return f"{worst.name} holds the flange {np.rad2deg(tilt(job, worst)):.1f} deg from upright at least"


def tilt(job: Job, operation: Operation) -> float:
    """Return how far from upright an operation holds the flange at least [rad], the free turn used at its best.

    The flange's axis seen from the world turns about the tool's z with the free turn: it comes within
    ``abs(angle(z, axis) - angle(z, up))`` of upright, wherever the robot stands with its base level.
    """
    at = job.part.at
    world_R_part = np.eye(3) if at == "auto" else at.matrix[:3, :3]
    tcp_R_flange = job.tool.tcp.matrix[:3, :3].T
    cone = float(np.arccos(np.clip(tcp_R_flange[2, 2], -1.0, 1.0)))
    least = np.inf
    for toolpath in operation.alternatives:
        up = [_folded((world_R_part @ s.frame_T_start[:3, 2])[2]) for s in toolpath.segments]
        folded = min(cone, np.pi - cone)
        least = min(least, max(abs(angle - folded) for angle in up) - toolpath.freedom.tilt)
    return max(0.0, float(least))


def _folded(cosine: float) -> float:
    return float(np.arccos(np.clip(abs(cosine), 0.0, 1.0)))


def _process(operation: Operation) -> list[Segment]:
    return [segment for segment in operation.alternatives[0].segments if segment.role == "process"]


def _busy(operation: Operation) -> float:
    """Return the least time that an operation takes on its toolpath [s]."""
    return min(sum(length(s) / s.speed for s in toolpath.segments) for toolpath in operation.alternatives)


def _ends(operation: Operation) -> Array:
    return np.array([s.frame_T_end[:3, 3] for s in operation.alternatives[0].segments])


def _spread(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a[:, None] - b[None], axis=-1).max())
