"""A plan: the cell, the motion that was proven in it, and everything that is to be said about both."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..cell import Cell
from ..collision.judge import Nearness
from ..findings import Finding
from ..geometry import Array
from ..job.model import Job
from ..motion.model import Motion
from ..paths.model import Path
from ..processes.work import Operation, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A placement that was tried and did not prove, and why."""

    placement: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What ``cellwright.plan(job)`` returns.

    Attributes:
        job: as read.
        cell: the robot at its place among bodies.
        work: the operations.
        path: the moves.
        motion: the moves on the clock.
        findings: of the checks, of the cell, of the robot.
        tried: placements that failed before this one, in the order they were tried.
        nearest: pairs of bodies that come near each other, nearest first, as the judge measured.
        refused: operations that were left out because the tool cannot enter; a finding says why of each.
        figures: measured figures by name, SI (``clearance``, ``seam_deviation``, ...).
        series: the same over time, by the same names: (n, 2) of time [s] and figure.
    """

    job: Job
    cell: Cell
    work: Work
    path: Path
    motion: Motion
    findings: tuple[Finding, ...]
    tried: tuple[Attempt, ...]
    figures: dict[str, float]
    refused: tuple[Operation, ...] = ()
    nearest: tuple[Nearness, ...] = ()
    series: dict[str, Array] = field(default_factory=dict[str, Array])

    @property
    def ok(self) -> bool:
        """No finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)
