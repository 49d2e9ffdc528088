"""A program as a value: its files, and the proof that they say what the plan says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How far one motion statement lies from the move it stands for; NaN where there is nothing to compare.

    Attributes:
        move: index into the plan's moves; -1 for the way to the start.
        file, line: of the statement.
        kind: as read.
        distance: of the TCP's origin [m], seen from the robot root, both tool and user frame included.
        angle: of the TCP's orientation [rad].
        joint: largest difference of an axis [rad]: of a joint target as written, of a pose after inverse kinematics.
        via: of an arc's via point [m].
        speed: relative difference, program against plan.
        zone: difference [m].
    """

    move: int
    file: str
    line: int
    kind: Literal["joint", "line", "arc"]
    distance: float
    angle: float
    joint: float
    via: float
    speed: float
    zone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The comparison of a program, read back and replayed, with its plan.

    Attributes:
        brand: whose reader read it.
        targets: one a motion statement, in order.
        worst_distance, worst_via: [m] over all targets; 0 where there are none.
        worst_angle: [rad].
        worst_joint: [rad], of targets written as joints, the space they are written in.
        worst_speed: relative.
        worst_zone: [m].
        worst_tool, worst_frame: (distance [m], angle [rad]) of tool and user frames.
        statements: how many were read; ``understood`` is the share of them.
        signals: how many process and signal statements were compared.
        configuration_checked: targets whose written configuration was compared with the plan's joints.
        names: the plan's name of each tool, user frame and joint set -> the program's.
        findings: every difference that matters.
    """

    brand: str
    targets: tuple[Target, ...]
    worst_distance: float
    worst_via: float
    worst_angle: float
    worst_joint: float
    worst_speed: float
    worst_zone: float
    worst_tool: tuple[float, float]
    worst_frame: tuple[float, float]
    statements: int
    understood: float
    signals: int
    configuration_checked: int
    names: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A plan in a robot language.

    Attributes:
        brand: key of the language.
        files: name -> content.
        proof: that the files say what the plan says.
        names: mapping of the job's names to the program's.
        unverified: conventions of the language or of this robot that nobody has tried on a controller.
        resolution: what the language's own digits allow (``0.001 mm, 0.001 deg``).
    """

    brand: str
    files: Mapping[str, bytes]
    proof: Proof
    names: Mapping[str, str]
    unverified: tuple[str, ...]
    resolution: str
