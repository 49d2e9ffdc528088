"""What a check has to say about a plan: works but not good enough, or worth knowing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement about a plan, a robot, a part or a program.

    Attributes:
        code: short stable name in kebab-case (``joint-limit``, ``collision``), for programs to filter.
        severity: ``error`` makes a plan not ok; ``warning`` wants a decision; ``info`` is worth knowing.
        what: one sentence for a person, with the figures in it.
        value: the measured figure in ``unit``; None where there is none.
        limit: what it is compared with, in ``unit``; None where there is none.
        unit: SI unit of value and limit (``m``, ``rad``, ``m/s``, ...), may be empty.
        where: place as text (``bracket.yaml:41: tasks.0.seams.2``, ``t = 12.4 s``), may be empty.
        fix: what would help, may be empty.
    """

    code: str
    severity: Severity
    what: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    where: str = ""
    fix: str = ""
