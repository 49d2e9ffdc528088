"""The full plan of a robot, reduced to what a ranking asks: does it prove, in what time, with how much room."""

from __future__ import annotations

from ..cache import remembered
from ..errors import CellwrightError, InfeasibleError
from ..placement.robust import robust_margins
from ..planning.model import Plan
from ..planning.stages import plan
from ..robots.catalogue import load_robot
from .assess import figures
from .ground import Ground
from .model import Candidate, Outcome, Reason
from .reaching import COSTLY, thinned
from .stand_in import stand_in

_KEPT = 4000


def planned(ground: Ground, candidate: Candidate) -> Outcome:
    """Return what becomes of the plan with a robot, which is the plan that `planning.stages.plan` makes."""
    robot = load_robot(candidate.load)
    inputs = (ground.key, ground.job.digest, candidate, figures(robot))
    return remembered("planned", inputs, lambda: _planned(ground, candidate), most=_KEPT)


def _planned(ground: Ground, candidate: Candidate) -> Outcome:
    try:
        made = plan(ground.job.named(candidate.key))
    except InfeasibleError as error:
        worst = error.findings[0] if error.findings else None
        code = worst.code if worst else "infeasible"
        reason = Reason(code=code, what=f"planned in full: {error.problem}", fix=error.fix or "another base or mount")
        return Outcome(ok=False, cycle_time=None, figures={}, base="", reason=reason)
    except CellwrightError as error:
        reason = Reason(code="unusable", what=f"planned in full: {error.problem}", fix=error.fix)
        return Outcome(ok=False, cycle_time=None, figures={}, base="", reason=reason)
    return _outcome(made, robust_margin(ground, made))


def robust_margin(ground: Ground, made: Plan) -> float | None:
    """Return the least margin over all operations while the fixture stands wrong, where the plan puts the base [rad].

    It is wrong by up to ``placement.robust.SHIFT`` along each axis and ``TURN`` about each; None for an arm on a track.
    """
    robot, base = made.cell.robot, made.cell.world_T_base[None]
    if robot.beside:
        return None
    other = stand_in(robot) if robot.family in COSTLY else None
    arms = [other.robot, robot] if other is not None and other.exact else [robot]
    least = -1.0
    for arm in arms:
        for operations in (ground.even, ground.turning):
            least = max(least, float(robust_margins(arm, thinned(operations, arm), base).min(initial=1.0)))
            if least > 0.0:
                return least
    return least


def _outcome(made: Plan, robust: float | None) -> Outcome:
    time = made.motion.duration
    faults = [finding for finding in made.findings if finding.severity == "error"]
    reason = None
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        reason = Reason(
            code=faults[0].code, what=f"planned in full: {faults[0].what}{more}", fix=faults[0].fix,
            amount=None if faults[0].value is None or faults[0].limit is None else faults[0].value - faults[0].limit,
            unit=faults[0].unit,
        )  # fmt: skip
    figures_of = dict(made.figures) | ({} if robust is None else {"robust_margin": robust})
    x, y, z = (1e3 * float(v) for v in made.cell.world_T_base[:3, 3])
    return Outcome(
        ok=made.ok, cycle_time=(time.low, time.nominal, time.high), figures=figures_of,
        base=f"x {x:.0f} mm, y {y:.0f} mm, z {z:.0f} mm", reason=reason,
    )  # fmt: skip
