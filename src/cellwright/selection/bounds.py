"""What a robot's figures alone rule out, before any of its positions is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from ..kinematics.chain import base_T_links
from ..placement.candidates import reach
from ..placement.samples import Samples
from ..robots.model import Datum, Robot
from ..units import deg, mm
from .model import Candidate, Fit, Reason, Requirements

_PARALLEL = 1e-3  # axes within this angle of parallel count as such [rad]
_FACTS = ("payload", "repeatability", "protection")


def fits(robot: Robot, needs: Requirements) -> tuple[Fit, ...]:
    """Return how a robot's published data meet each requirement; what nobody published is unknown, never met."""
    found = [_measured(name, robot.facts.get(name), needs) for name in _FACTS]
    found += [_nobody(name, needs) for name in ("wrist_moment", "wrist_inertia", "certificates")]
    speeds = robot.facts.get("speed")
    known = not bool(np.isnan(robot.speed).any())
    source = speeds.source if speeds else "none published"
    found.append(Fit(name="speed", state="met" if known else "unknown", has=None, source=source))
    longest = reach(robot)
    needed = needs.figure("reach")
    state = "unknown" if needed is None else "met" if longest >= needed else "short"
    found.append(Fit(name="reach", state=state, has=longest, source="the lengths of its links, stretched out"))
    state = "short" if needs["axes"].value == "tilted" and upright(robot) else "met"
    found.append(Fit(name="axes", state=state, has="upright" if upright(robot) else "tilted", source="its axes"))
    return tuple(found)


def ruled_out(candidate: Candidate, found: tuple[Fit, ...], needs: Requirements) -> Reason | None:
    """Return the first requirement that a robot's figures miss, None where they miss none."""
    short = {fit.name: fit for fit in found if fit.state == "short"}
    if "payload" in short:
        return payload_reason(needs, short["payload"].has, short["payload"].source)
    if "axes" in short:
        return Reason(
            code="axes", what=f"its axes are parallel and hold the flange upright; {needs['axes'].source}",
            fix="an arm with five axes or more, or a tool bent so that the flange stands upright",
        )  # fmt: skip
    if "reach" in short:
        needed, has = needs.figure("reach") or 0.0, short["reach"].has
        lack = needed - float(has) if isinstance(has, float) else needed
        return Reason(
            code="reach", what=f"stretched out it is {mm(lack):.0f} mm short of half the work's extent",
            fix=f"an arm {mm(lack):.0f} mm longer, or a second place", amount=lack, unit="m",
        )  # fmt: skip
    if "repeatability" in short:
        needed, has = needs.figure("repeatability") or 0.0, short["repeatability"].has
        lack = float(has) - needed if isinstance(has, float) else 0.0
        return Reason(
            code="repeatability",
            what=f"it repeats to {mm(lack + needed):.3f} mm, the process allows {mm(needed):.3f} mm",
            fix=f"a tolerance {mm(lack):.3f} mm wider, or a more accurate arm", amount=lack, unit="m",
        )  # fmt: skip
    return None


def listed(candidate: Candidate, needs: Requirements) -> Reason:
    """Return why a robot that is only listed is not chosen: too weak, or nobody can plan with it."""
    needed = needs.figure("payload")
    if candidate.payload is not None and needed is not None and candidate.payload < needed:
        return payload_reason(needs, candidate.payload, "the catalogue's list")
    return Reason(code="only-listed", what=candidate.only_listed, fix="give its URDF as the job's robot")


def payload_reason(needs: Requirements, has: object, source: str) -> Reason:
    """Return that a robot carries too little."""
    needed = needs.figure("payload") or 0.0
    carries = has if isinstance(has, float) else 0.0
    return Reason(
        code="payload", what=f"payload {carries:g} kg of {needed:g} kg needed ({source})",
        fix=f"a tool {needed - carries:.2g} kg lighter", amount=needed - carries, unit="kg",
    )  # fmt: skip


def upright(robot: Robot) -> bool:
    """Whether all turning axes are parallel and the flange stands along them, so that it can never be tilted."""
    chain = robot.chain
    frames = base_T_links(chain, np.zeros(chain.dof))
    along = (frames[1 : chain.dof + 1, :3, :3] @ chain.axis[:, :, None])[:, :, 0]
    turning = along[~chain.prismatic]
    if not len(turning):
        return False
    return bool((np.linalg.norm(np.cross(turning, turning[0]), axis=1) < _PARALLEL).all())


def ball(robot: Robot) -> tuple[Array, float]:
    """Return a centre (3,) seen from the base and a radius [m] beyond which no joint position puts the flange.

    The second axis runs round the first one on a circle; the rest of the arm, stretched out, hangs on it.
    """
    chain = robot.chain
    frames = base_T_links(chain, np.zeros(chain.dof))
    first, second = frames[1], frames[min(2, chain.dof)]
    along = first[:3, :3] @ chain.axis[0]
    centre = first[:3, 3] + along * float(along @ (second[:3, 3] - first[:3, 3]))
    strokes = np.where(chain.prismatic, np.maximum(np.abs(robot.lower), np.abs(robot.upper)), 0.0)
    return centre, float(np.linalg.norm(second[:3, 3] - centre)) + reach(robot) + float(strokes.sum())


def within_ball(robot: Robot, operations: tuple[Samples, ...], world_T_base: Array) -> NDArray[np.bool_]:
    """Return from which bases (p, 4, 4) some pose of every operation lies within the reach's ball (p,)."""
    centre, radius = ball(robot)
    middle = world_T_base[:, :3, :3] @ centre + world_T_base[:, :3, 3]
    inside = np.ones(len(world_T_base), np.bool_)
    for samples in operations:
        left = np.flatnonzero(inside)
        x, y, z = (middle[left, None, i] - samples.world_T_flange[None, :, i, 3] for i in range(3))
        inside[left] = (x * x + y * y + z * z).min(1, initial=np.inf) <= radius**2
    return inside


def _measured(name: str, datum: Datum | None, needs: Requirements) -> Fit:
    needed = needs[name].value
    has = datum.value if datum is not None else None
    source = datum.source if datum is not None else "none found"
    if needed is None or has is None or isinstance(needed, str) != isinstance(has, str):
        return Fit(name=name, state="unknown", has=has, source=source)
    if isinstance(needed, str) or isinstance(has, str):
        return Fit(name=name, state="met" if needed == has else "unknown", has=has, source=source)
    enough = has <= needed if name == "repeatability" else has >= needed
    return Fit(name=name, state="met" if enough else "short", has=has, source=source)


def _nobody(name: str, needs: Requirements) -> Fit:
    """Return a requirement of which no robot's data are known."""
    return Fit(name=name, state="unknown", has=None, source="no robot's figures hold it")


def degrees(amount: float) -> str:
    """Return an angle [rad] in degrees."""
    return f"{deg(amount):.1f} deg"
