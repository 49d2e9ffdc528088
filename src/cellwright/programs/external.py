"""Axes beside the arm in a program: what the plan has of them, and the plan as the arm alone sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..findings import Finding
from ..geometry import Array, inv
from ..kinematics.chain import base_T_links
from ..paths.model import Move as Planned
from ..paths.model import Path
from ..planning.model import Plan
from ..robots.beside import arm_of
from ..robots.model import ControllerMap
from .statements import Move

LARGEST = 0.01
"""Largest deviation of an axis beside the arm [mm or deg]."""


def written_beside(plan: Plan) -> Array:
    """Return the axes beside the arm (moves + 1, x), at the start and at the end of each move, as people count them.

    A track comes first, then a positioner from the ground up [mm or deg].
    """
    n = plan.cell.robot.beside
    rows = np.array([plan.path.start, *(move.q for move in plan.path.moves)])[:, :n]
    return np.where(plan.cell.robot.chain.prismatic[:n], rows * 1e3, np.rad2deg(rows))[:, ::-1]


def of_the_arm(plan: Plan, controller: ControllerMap) -> tuple[Plan, ControllerMap]:
    """Return plan and map as the arm alone has them, every frame where the arm's base sees it at the end of a move."""
    cell, n = plan.cell, plan.cell.robot.beside
    arm = arm_of(cell.robot)
    if not n or arm.controller is None:
        return plan, controller
    moves, stands = plan.path.moves, written_beside(plan)[1:]
    links = base_T_links(cell.robot.chain, np.array([np.zeros(cell.robot.dof), *(move.q for move in moves)]))[:, n]
    frames = dict(cell.frames)
    own: list[Planned] = []
    for move, link, stand in zip(moves, links[1:], stands, strict=True):
        name = f"{move.frame} at {', '.join(f'{value:g}' for value in np.round(stand, 4))}"
        moved = cell.world_T_base @ links[0] @ inv(link) @ inv(cell.world_T_base)
        frames[name] = moved @ cell.frames[move.frame]
        own.append(replace(move, q=move.q[n:], frame=name))
    alone = replace(cell, robot=arm, home=cell.home[n:], frames=frames, positioner=None)
    return replace(plan, cell=alone, path=Path(start=plan.path.start[n:], moves=tuple(own))), arm.controller


def compare_beside(wanted: Array, moves: Sequence[Move]) -> list[Finding]:
    """Return what is wrong with the axes beside the arm, where a plan has them at ``wanted`` (n, x) [mm or deg].

    Readers leave out the last axes that stand at zero, for some languages write zeros for axes that are not there.
    """
    found: list[Finding] = []
    for row, move in zip(wanted, moves, strict=False):
        said, where = move.external, str(move.where)
        said = (*said, *(0.0,) * (len(row) - len(said)))
        if any(value != 0.0 for value in said[len(row) :]):
            what = f"{len(said)} external axes are said, the plan has {len(row)}"
            found.append(Finding(code="program-external", severity="error", what=what, where=where))
        elif len(row) and (off := float(np.abs(np.array(said[: len(row)]) - row).max())) > LARGEST:
            what = f"an external axis stands {off:.4f} mm or deg from the plan"
            found.append(
                Finding(code="program-external", severity="error", what=what, value=off, limit=LARGEST, where=where)
            )
    return found
