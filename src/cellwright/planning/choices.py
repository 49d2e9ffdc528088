"""The strokes to choose from at one place of the base, and the most operations that one place does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..cell import Cell
from ..collision.fast import Checker
from ..errors import InfeasibleError
from ..findings import Finding
from ..geometry import frozen
from ..job.model import FixedBase
from ..kinematics.opw import opw_branch, opw_geometry
from ..paths.obstructions import Obstruction
from ..paths.strokes import Stroke, find_strokes
from ..placement.model import Placement, Places
from ..placement.screening import Standing
from .given import Given, Progress, make_cell, without
from .reasons import closed_ends, found_by_itself, left_out, obstructed

_THROUGH = 40  # positions that are asked on the way through a straight wrist
_COMPARED = 5  # places that are compared for the most operations they do


def largest_set(given: Given, places: Places, stand: Callable[[Placement], Standing]) -> tuple[Given, Placement] | None:
    """Return what is given with the most operations that one of the best places does, and that place.

    Only seams that were found, not named, may be left out, each with a warning that says why. None where that does not
    help: a named seam is in the way, every seam is, or none.
    """
    optional = [found_by_itself(given.job, operation) for operation in given.work.operations]
    nearest = () if places.nearest is None else (places.nearest,)
    best: tuple[dict[int, Obstruction], Placement] | None = None
    for place in (places.ranked or nearest)[:_COMPARED] if any(optional) else ():
        standing, cell = stand(place), make_cell(given, place)
        if not standing.moving.free(standing.homes).any():
            continue
        found = [open_strokes(given, cell, i, standing.working, standing.moving)[1] for i in range(len(optional))]
        failing = {i: obstruction for i, obstruction in enumerate(found) if obstruction is not None}
        if 0 < len(failing) < (len(best[0]) if best else len(optional)) and all(optional[i] for i in failing):
            best = failing, place
    if best is None:
        return None
    failing, place = best
    cell, working = make_cell(given, place), stand(place).working
    named = {i: given.work.operations[i] for i in failing}
    refused = {i: left_out(obstructed(given.job, cell, named[i], failing[i], working), named[i]) for i in failing}
    return without(given, refused), place


def one_side(
    given: Given, cell: Cell, choices: tuple[tuple[Stroke, ...], ...], standing: Standing
) -> tuple[Cell, tuple[tuple[Stroke, ...], ...]]:
    """Return the cell and the strokes that need no way through a straight wrist, where that way is blocked.

    The fast check has balls round the wrist's links that may meet when it is straight: then no transit leads from one
    side to the other. Where one side does every operation, that side is taken, with a home on it.
    """
    robot = given.robot
    if robot.family != "opw":
        return cell, choices
    geometry = opw_geometry(robot.chain)
    bend = float(geometry.sign[4] * cell.home[4] + geometry.offset[4])
    over = np.repeat(cell.home[None], _THROUGH, 0)
    over[:, 4] -= geometry.sign[4] * np.linspace(0.0, 2.0 * bend, _THROUGH)
    if ((over < robot.lower) | (over > robot.upper)).any() or standing.moving.free(over).all():
        return cell, choices
    here = int(opw_branch(geometry, cell.home)) // 4
    homes = standing.homes[standing.moving.free(standing.homes)]
    for side in (here, 1 - here):
        kept = tuple(tuple(s for s in strokes if int(s.branch) // 4 == side) for strokes in choices)
        waiting = homes[opw_branch(geometry, homes) // 4 == side]
        if all(kept) and len(waiting):
            return replace(cell, home=frozen(cell.home if side == here else waiting[0])), kept
    return cell, choices


def choices(
    given: Given, cell: Cell, working: Checker, moving: Checker, hardest: list[int], tell: Progress
) -> tuple[tuple[Stroke, ...], ...]:
    """Return the strokes of every operation; those that failed at other places are tried first, and end the place."""
    work, fixed = given.work, isinstance(given.job.base, FixedBase)
    choices: dict[int, tuple[Stroke, ...]] = {}
    findings: list[Finding] = []
    for n, i in enumerate(sorted(range(len(work.operations)), key=lambda i: (-hardest.count(i), i))):
        operation = work.operations[i]
        choices[i], obstruction = open_strokes(given, cell, i, working, moving)
        tell("finding strokes", 0.05 + 0.40 * (n + 1) / len(work.operations))
        if obstruction is not None:
            hardest.append(i)
            findings.append(obstructed(given.job, cell, operation, obstruction, working))
            if not fixed:
                break
    if findings:
        rest = f" and {len(findings) - 1} more operations" if len(findings) > 1 else ""
        raise InfeasibleError(f"{findings[0].what}{rest}", findings=findings, fix=findings[0].fix)
    return tuple(choices[i] for i in range(len(work.operations)))


def open_strokes(
    given: Given, cell: Cell, i: int, working: Checker, moving: Checker
) -> tuple[tuple[Stroke, ...], Obstruction | None]:
    """Return the strokes of an operation from whose both ends the arm can leave, or what is in the way."""
    strokes, obstruction = find_strokes(cell, given.work.operations[i], i, free=working.free)
    if not strokes:
        return (), obstruction
    wanted = tuple(s for s in strokes if given.job.branch in ("auto", s.branch))
    if not wanted:
        known = ", ".join(str(b) for b in sorted({s.branch for s in strokes}))
        what = f"branch {given.job.branch} does not do it; these do: {known}"
        return (), Obstruction(code="branch", what=what, amount=None, at=0.0, q=np.zeros((0, given.robot.dof)))
    ends = np.array([q for stroke in wanted for q in (stroke.q[0], stroke.q[-1])])
    free = np.asarray(moving.free(ends).reshape(-1, 2).all(1))
    open_ = tuple(s for s, ok in zip(wanted, free, strict=True) if ok)
    return open_, None if open_ else closed_ends(ends, moving)
