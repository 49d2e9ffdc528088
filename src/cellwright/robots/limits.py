"""Joint limits, speeds, accelerations and torques of a description, and which of them are placeholders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from ..errors import InputError, Where
from ..findings import Finding
from ..geometry import Array, frozen
from .figures import number
from .markup import Element

_TOO_FAST = (60.0, 10.0)
"""rad/s, m/s: from here on a speed is a placeholder; the fastest published axes turn at 52 rad/s (small SCARA)."""

_TOO_FAR = (1000.0, 100.0)
"""rad, m: no joint limit is as wide."""

_LARGEST_FILE = 1_000_000  # bytes of joint_limits.yaml


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """One entry a moving joint, shapes (dof,), in rad or m and s; NaN where unknown.

    A position limit that is missing or broken is -inf or inf together with an error finding.
    """

    lower: Array
    upper: Array
    speed: Array
    acceleration: Array
    effort: Array
    findings: tuple[Finding, ...]


def read_limits(joints: list[Element], file: Path) -> Limits:
    """Return the limits of the moving ``joints`` of the URDF ``file``, and of ``joint_limits.yaml`` beside it.

    Raises:
        InputError: not numbers, absurd numbers, or a damaged ``joint_limits.yaml``.
    """
    findings: list[Finding] = []
    ranges = [_range(joint, findings) for joint in joints]
    speed = np.array([_figure(joint, "velocity") for joint in joints])
    effort = np.array([_figure(joint, "effort") for joint in joints])
    acceleration = np.full(len(joints), math.nan)
    _beside(file.parent / "joint_limits.yaml", [joint.text("name") for joint in joints], speed, acceleration)
    _judge_speeds(joints, speed, findings)
    if len(joints) > 3 and np.ptp(effort) == 0.0:
        # base and wrist gears of an arm differ by a factor of ten and more
        what = f"all joints have the same torque of {effort[0]:g}: a placeholder, it counts as unknown"
        findings.append(
            Finding(code="effort-placeholder", severity="info", what=what, where=str(file), fix="take the data sheet")
        )
        effort[:] = math.nan
    else:
        missing = [joint.text("name") for joint, value in zip(joints, effort, strict=True) if math.isnan(value)]
        if missing:
            findings.append(_missing("effort-unknown", "info", "no torque", missing, joints[0]))
    missing = [joint.text("name") for joint, value in zip(joints, acceleration, strict=True) if math.isnan(value)]
    if missing:
        findings.append(_missing("acceleration-unknown", "info", "no acceleration", missing, joints[0]))
    return Limits(
        lower=frozen([low for low, _ in ranges]),
        upper=frozen([high for _, high in ranges]),
        speed=frozen(speed),
        acceleration=frozen(acceleration),
        effort=frozen(effort),
        findings=tuple(findings),
    )


def _missing(code: str, severity: Literal["info", "warning"], what: str, names: list[str], first: Element) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        what=f"{what} is published for {', '.join(names)}",
        where=str(first.where.file),
        fix="take the figures from the data sheet",
    )


def _range(joint: Element, findings: list[Finding]) -> tuple[float, float]:
    name, slides = joint.text("name"), joint.text("type") == "prismatic"
    if joint.text("type") == "continuous":
        return -math.inf, math.inf
    limit = joint.one("limit")
    if limit is None or not {"lower", "upper"} & set(limit.attributes):
        findings.append(_broken("limit-unknown", f"joint {name!r} has no position limit", joint))
        return -math.inf, math.inf
    low, high = (number(limit, side) if side in limit.attributes else 0.0 for side in ("lower", "upper"))
    if max(abs(low), abs(high)) > _TOO_FAR[slides]:
        raise InputError(
            f"joint {name!r} has limits of {low:g} to {high:g} {'m' if slides else 'rad'}",
            fix="a URDF is in metres and radians; a joint that turns without end is of type continuous",
            where=limit.where,
        )
    if low > high:
        findings.append(_broken("limit-reversed", f"joint {name!r}: lower {low:g} is above upper {high:g}", limit))
        return -math.inf, math.inf
    if low == high:
        findings.append(_broken("limit-placeholder", f"joint {name!r}: lower and upper are both {low:g}", limit))
        return -math.inf, math.inf
    if not slides and high - low > 8 * math.pi:
        what = f"joint {name!r} turns by {math.degrees(high - low):.0f} deg: the limit may be a placeholder"
        findings.append(Finding(code="limit-wide", severity="info", what=what, where=str(limit.where)))
    return low, high


def _broken(code: str, what: str, element: Element) -> Finding:
    return Finding(
        code=code, severity="error", what=what, where=str(element.where), fix="write the limits of the data sheet"
    )


def _figure(joint: Element, name: str) -> float:
    """Return a positive figure of ``<limit>``; NaN where it is missing, zero or negative."""
    limit = joint.one("limit")
    if limit is None or name not in limit.attributes:
        return math.nan
    value = number(limit, name)
    return value if value > 0 else math.nan


def _judge_speeds(joints: list[Element], speed: Array, findings: list[Finding]) -> None:
    names = [joint.text("name") for joint in joints]
    unknown = [name for name, value in zip(names, speed, strict=True) if math.isnan(value)]
    if unknown:
        findings.append(_missing("speed-unknown", "warning", "no speed", unknown, joints[0]))
    limit = np.array([_TOO_FAST[joint.text("type") == "prismatic"] for joint in joints])
    with np.errstate(invalid="ignore"):
        placeholder = speed >= limit
    if placeholder.any():
        worst = float(speed[placeholder].max())
        findings.append(
            Finding(
                code="speed-placeholder",
                severity="warning",
                what=f"speeds up to {worst:g} rad/s or m/s are placeholders: they count as unknown",
                value=worst,
                limit=float(limit[placeholder].min()),
                unit="rad/s",
                where=str(joints[0].where.file),
                fix="take the speeds from the data sheet",
            )
        )
        speed[placeholder] = math.nan
    elif len(speed) > 3 and np.ptp(speed) == 0.0:
        findings.append(
            Finding(
                code="speed-uniform",
                severity="info",
                what=f"all joints have the same speed of {speed[0]:g} rad/s: it may be a placeholder",
                value=float(speed[0]),
                unit="rad/s",
                where=str(joints[0].where.file),
                fix="compare it with the data sheet",
            )
        )


def _beside(file: Path, names: list[str], speed: Array, acceleration: Array) -> None:
    """Fill in what a MoveIt ``joint_limits.yaml`` says; its speed wins where it is lower or the URDF's is unknown."""
    if not file.is_file():
        return
    where = Where(file)
    if file.stat().st_size > _LARGEST_FILE:
        raise InputError("the file is too large", fix="keep only joint_limits in it", where=where)
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not readable as YAML: {error}", fix="correct or remove the file", where=where) from error
    table: Any = content.get("joint_limits") if isinstance(content, dict) else None
    if not isinstance(table, dict):
        raise InputError("no joint_limits in the file", fix="correct or remove the file", where=where)
    for i, name in enumerate(names):
        entry: Any = table.get(name, {})
        if not isinstance(entry, dict):
            raise InputError("not a table", fix="correct the file", where=Where(file, key=f"joint_limits.{name}"))
        for column, key in ((speed, "max_velocity"), (acceleration, "max_acceleration")):
            value: Any = entry.get(key)
            if value is None or entry.get(f"has_{key[4:]}_limits") is False:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                place = Where(file, key=f"joint_limits.{name}.{key}")
                raise InputError(f"{value!r} is not a finite number", fix="write rad/s and rad/s2", where=place)
            if value > 0:
                column[i] = np.fmin(column[i], float(value))
