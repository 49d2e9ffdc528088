"""Cellwright: from a robot job to a proven cell.

The verbs of the command line, as functions from values to values. Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .documents.report import report as report
    from .documents.view import view as view
    from .errors import CellwrightError as CellwrightError
    from .errors import InfeasibleError as InfeasibleError
    from .errors import InputError as InputError
    from .errors import JobError as JobError
    from .errors import MissingEngineError as MissingEngineError
    from .errors import NoPathError as NoPathError
    from .errors import ProgramError as ProgramError
    from .errors import UnreachableError as UnreachableError
    from .errors import Where as Where
    from .geometry import Array
    from .job.loading import load_job as load_job
    from .kinematics.branches import Branches
    from .parts.reading import read_part as read_part
    from .planning.document import plan_file as plan_file
    from .planning.fitting import check as check
    from .planning.loading import load_plan as load_plan
    from .processes.seams import find_seams as find_seams
    from .programs import program as program
    from .programs.reading import read_program as read_program
    from .robots.catalogue import catalogue as catalogue
    from .robots.catalogue import load_robot as load_robot
    from .robots.model import Robot
    from .robots.urdf import read_urdf as read_urdf
    from .saving import save as save
    from .selection.select import select as select
    from .selection.start import plan as plan

__version__ = "0.1.0"

_HOMES = {
    "CellwrightError": "errors",
    "InfeasibleError": "errors",
    "InputError": "errors",
    "JobError": "errors",
    "MissingEngineError": "errors",
    "NoPathError": "errors",
    "ProgramError": "errors",
    "UnreachableError": "errors",
    "Where": "errors",
    "catalogue": "robots.catalogue",
    "find_seams": "processes.seams",
    "check": "planning.fitting",
    "load_job": "job.loading",
    "load_plan": "planning.loading",
    "load_robot": "robots.catalogue",
    "plan": "selection.start",
    "plan_file": "planning.document",
    "program": "programs",
    "read_part": "parts.reading",
    "read_program": "programs.reading",
    "read_urdf": "robots.urdf",
    "report": "documents.report",
    "save": "saving",
    "select": "selection.select",
    "view": "documents.view",
}
"""Public name -> the module that defines it."""


def fk(robot: Robot, q: ArrayLike) -> Array:
    """Return where the flange is.

    Args:
        robot: of the catalogue or of a URDF.
        q: (..., dof) joint positions [rad, m for a joint that slides].

    Returns:
        ``base_T_flange`` (..., 4, 4): the flange seen from the robot's base [m].
    """
    from numpy import asarray, float64

    from .kinematics.chain import base_T_flange

    return base_T_flange(robot.chain, asarray(q, dtype=float64))


def ik(robot: Robot, base_T_flange: ArrayLike) -> Branches:
    """Return every branch of joint positions that puts the flange there; limits are disregarded.

    Args:
        robot: of the catalogue or of a URDF.
        base_T_flange: (n, 4, 4) poses of the flange seen from the robot's base [m].

    Returns:
        ``q`` (n, k, dof) [rad], NaN where a branch does not exist, and by how much it misses [m].

    Raises:
        CellwrightError: the arm's family has no solver.
        ValueError: the poses have another shape.
    """
    from numpy import asarray, float64

    from .kinematics.inverse import solve

    return solve(robot.chain, asarray(base_T_flange, dtype=float64))


def jacobian(robot: Robot, q: ArrayLike) -> Array:
    """Return how the flange moves with the joints.

    Args:
        robot: of the catalogue or of a URDF.
        q: (..., dof) joint positions [rad, m for a joint that slides].

    Returns:
        (..., 6, dof): speed of the flange's origin [m/s], then its turn rate [rad/s], in the base's directions, a
        column a joint.
    """
    from numpy import asarray, float64

    from .kinematics.chain import jacobian

    return jacobian(robot.chain, asarray(q, dtype=float64))


def manipulability(robot: Robot, q: ArrayLike) -> Array:
    """Return Yoshikawa's measure (...) at ``q`` (..., dof), 0 where singular: it compares positions of one arm."""
    from numpy import asarray, float64

    from .kinematics.chain import manipulability

    return manipulability(robot.chain, asarray(q, dtype=float64))


def singularity(robot: Robot, q: ArrayLike) -> Array:
    """Return how far a position is from each kind of singularity of the arm.

    Args:
        robot: of the catalogue or of a URDF.
        q: (..., dof) joint positions [rad, m for a joint that slides].

    Returns:
        (..., m), none negative: wrist from straight [rad], elbow from stretched [rad], shoulder [m] for six-axis arms
        of closed form; what it is for others, see `kinematics.singularity`.
    """
    from numpy import asarray, float64

    from .kinematics.singularity import singularity

    return singularity(robot.chain, asarray(q, dtype=float64))


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
