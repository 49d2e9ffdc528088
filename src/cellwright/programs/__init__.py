"""Robot programs: writers, independent readers, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ProgramError
from ..units import deg, mm
from .model import Program, Proof, Target

if TYPE_CHECKING:
    from ..planning.model import Plan
    from .writers import Resolution


def program(plan: Plan) -> Program:
    """Return the plan in its robot's own language, with the proof that the files say what the plan says.

    Raises:
        ProgramError: the robot has no controller map, its brand has no writer, or the plan cannot be said in it.
    """
    from .proof import prove
    from .writers import LANGUAGES, WRITERS

    robot = plan.cell.robot
    known = ", ".join(sorted(WRITERS))
    if robot.controller is None:
        raise ProgramError(
            f"{robot.key} has no controller map: nobody knows how its controller counts",
            fix=f"add 'controller' to the robot's description, or plan with a robot of {known}",
        )
    brand = robot.controller.brand
    if brand not in WRITERS:
        raise ProgramError(f"no writer for '{brand}' yet", fix=f"plan with a robot of {known}")
    files = WRITERS[brand](plan)
    proof = prove(plan, files)
    language = LANGUAGES[brand]
    unverified = language.unverified
    if not robot.controller.verified:
        unverified = (f"axis zero and sign of {robot.key}: {robot.controller.source}", *unverified)
    return Program(
        brand=brand,
        files=files,
        proof=proof,
        names=proof.names,
        unverified=unverified,
        resolution=_words(language.resolution),
    )


def _words(last: Resolution) -> str:
    """Return the last digits of a language as text."""
    text = f"{mm(last.length):g} mm, orientation {deg(last.angle):.1g} deg, axes {deg(last.joint):g} deg"
    return f"{text}, speed share {last.share:g}" if last.share else text


__all__ = ["Program", "Proof", "Target", "program"]
