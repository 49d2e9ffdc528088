"""Robot arms as published: what each description says, checked against whatever else is public."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cellwright.geometry import pose, turn_x, turn_z
from cellwright.kinematics.chain import Chain, base_T_flange, base_T_links, jacobian
from cellwright.kinematics.family import recognise
from cellwright.kinematics.opw import opw_geometry
from cellwright.robots.figures import placement
from cellwright.robots.markup import parse
from cellwright.robots.urdf import read_urdf

VENDORS = (
    "AuboRobot", "DENSORobot", "Dobot-Arm", "ESTUN-R-D", "Elite-Robots", "FAIR-INNOVATION", "JAKARobotics",
    "Kawasaki-Robotics", "Mitsubishi-Electric-Asia", "RealManRobot", "RokaeRobot", "UniversalRobots", "hans-robot",
    "kroshu", "xArm-Developer",
)  # fmt: skip
TOLD = (
    "flange-assumed",
    "flange-axis",
    "limit-unknown",
    "limit-reversed",
    "limit-placeholder",
    "speed-placeholder",
    "speed-uniform",
)
DIFFERENT = 0.02  # figures that differ by more than this share contradict each other
STEP = math.radians(15)


@dataclass
class Arm:
    """What one description says, on its way into the catalogue."""

    key: str
    stem: str
    model: str
    source: str
    confidence: str
    chain: Chain
    table: np.ndarray  # (dof, 5): lower, upper, speed, acceleration, effort
    root: np.ndarray | None = None
    acceleration: str = ""
    doubts: list[dict[str, str]] = field(default_factory=list)


def plain(value: float) -> float | int:
    """A float without digits that nobody published."""
    value = round(float(value), 12) + 0.0
    return int(value) if value == int(value) and abs(value) < 1e6 else value


def source_of(row: dict[str, str]) -> tuple[str, str]:
    """Where a row of robots_table.csv comes from, and how far it is to be trusted."""
    arguments = " ".join(f"{k}:={v}" for k, v in yaml.safe_load(row["args"] or "{}").items()) if row["args"] else ""
    text = f"{row['source']}@{row['commit'][:8]} {row['path']} {arguments}".strip()
    return text, "A" if any(f"/{vendor}/" in row["source"] + "/" for vendor in VENDORS) else "B"


def base_link_T_base(file: Path) -> np.ndarray | None:
    """The description's own link ``base`` seen from ``base_link``: by convention the controller's root."""
    for joint in parse(file.read_bytes(), file).all("joint"):
        parent, child = joint.one("parent"), joint.one("child")
        if parent and child and (parent.text("link"), child.text("link")) == ("base_link", "base"):
            return placement(joint.one("origin"))
    return None


def described(data: Path, rows: list[dict[str, str]], names: dict[str, dict[str, str]]) -> list[Arm]:
    """Every description of the folder."""
    origin = {re.sub(r"\W", "_", f"{row['robot']}").lower(): row for row in rows}
    arms = []
    for stem, name in sorted(names.items()):
        file = data / "kinematics" / f"{stem}.urdf"
        if not file.exists():
            file = data / "robots" / stem / f"{stem}.urdf"
        row = next(
            origin[tail] for k in range(1, 4) if (tail := re.sub(r"\W", "_", stem.split("_", 1)[1]).lower()) in origin
        )
        robot = read_urdf(file, meshes=False)
        source, confidence = source_of(row)
        effort = robot.effort if robot.effort is not None else np.full(robot.dof, np.nan)
        table = np.column_stack([robot.lower, robot.upper, robot.speed, robot.acceleration, effort])
        arm = Arm(name["key"], stem, name["model"], source, confidence, robot.chain, table, base_link_T_base(file))
        if not np.isnan(robot.acceleration).all():
            arm.acceleration = source.split(" ")[0] + f" config/{stem.removeprefix('estun_')}/joint_limits.yaml"
        for finding in robot.findings:
            if finding.code in TOLD:
                severity = {"severity": "info"} if finding.severity == "info" else {}
                arm.doubts.append({"code": finding.code, "what": finding.what, "fix": finding.fix} | severity)
        speeds = row["max_speed_deg_s"].split("/")
        if "(" not in row["max_speed_deg_s"] and len(speeds) == robot.dof:
            check_speeds(arm, np.radians([float(v) for v in speeds]), "robots_table.csv")
        arms.append(arm)
    return arms


def check_speeds(arm: Arm, speeds: np.ndarray, who: str) -> None:
    """Use the lower of two speeds and say where they differ; a speed that only others publish is not taken over."""
    known = ~np.isnan(arm.table[:, 2])
    apart = known & (np.abs(arm.table[:, 2] - speeds) > DIFFERENT * np.maximum(speeds, 1e-9))
    if apart.any() and (speeds < 60).all():
        axes = ", ".join(
            f"axis {i + 1} {math.degrees(arm.table[i, 2]):.0f} and {math.degrees(speeds[i]):.0f} deg/s"
            for i in np.flatnonzero(apart)
        )
        what = f"description and {who} disagree about speeds: {axes}; the lower is used"
        arm.doubts.append({"code": "speed-contradiction", "what": what, "fix": "compare with the data sheet"})
        arm.table[apart, 2] = np.minimum(arm.table[apart, 2], speeds[apart])


def craig(alpha: float, a: float, d: float, theta: float) -> np.ndarray:
    """Frame (4, 4) of a joint seen from the one before: turn and step along x, then turn and step along z."""
    turn = turn_x(alpha)
    return pose(turn @ [0.0, 0.0, d] + [a, 0.0, 0.0], turn @ turn_z(theta))


def tabled(tables: dict[str, Any]) -> list[Arm]:
    """Robots of which only a joint table is public."""
    arms = []
    for key, row in tables["robots"].items():
        dh = np.array(row["dh_deg_mm"], dtype=float)
        dof = len(dh)
        slides = np.arange(dof) + 1 == row.get("slides", 0)
        frames = [craig(math.radians(a), x / 1e3, d / 1e3, math.radians(t)) for a, x, d, t in dh]
        chain = Chain(
            joints=tuple(f"joint_{i + 1}" for i in range(dof)),
            links=("base_link", *(f"link_{i + 1}" for i in range(dof))),
            parent_T_joint=np.array(frames),
            axis=np.array([[0, 0, s] for s in row["sense"]], dtype=float),
            prismatic=slides,
            last_T_flange=np.eye(4),
        )
        limits = np.array([row["lower_deg_mm"], row["upper_deg_mm"]], dtype=float).T
        limits = np.where(slides[:, None], limits / 1e3, np.radians(limits))
        table = np.column_stack([limits, np.full((dof, 3), np.nan)])
        arms.append(Arm(key, "", row["model"], f"{tables['source']}, joint table", tables["confidence"], chain, table))
    return arms


def check_measures(arms: list[Arm], folder: Path) -> None:
    """Compare arms with the measures of an opw file of the same name."""
    for file in sorted(folder.glob("*.yaml")):
        name = re.sub(r".*(opw_parameters_|opw_kinematics_)|\.yaml", "", file.name)
        text = re.sub(r"deg\(([-\d.]+)\)", lambda m: str(math.radians(float(m[1]))), file.read_text(encoding="utf-8"))
        said = yaml.safe_load(text)["opw_kinematics_geometric_parameters"]
        for arm in arms:
            if arm.stem.split("_", 1)[-1] != name or recognise(arm.chain) != "opw":
                continue
            own = opw_geometry(arm.chain)
            # the file counts from its own base, which may be raised: c1 may differ by that height
            apart = [
                f"{k} {abs(getattr(own, k)) * 1e3:.1f} and {abs(said[k]) * 1e3:.1f} mm"
                for k in ("a1", "a2", "b", "c2", "c3", "c4")
                if abs(abs(getattr(own, k)) - abs(float(said[k]))) > 1e-3
            ]
            print(f"{arm.key}: measures of {file.name}: {', '.join(apart) or 'agree'}")
            if apart:
                what = f"description and {file.name} disagree about {', '.join(apart)}; the description is used"
                arm.doubts.append({"code": "kinematics-contradiction", "what": what, "fix": "compare with a drawing"})


def home(arm: Arm) -> list[float]:
    """A position with room round it: of a grid of 15 deg the one with the face down that is easiest to move from."""
    chain, dof = arm.chain, arm.chain.dof
    low = np.where(np.isfinite(arm.table[:, 0]), arm.table[:, 0], -math.pi)
    high = np.where(np.isfinite(arm.table[:, 1]), arm.table[:, 1], math.pi)
    room = np.minimum(math.radians(21), 0.2 * (high - low))
    grids = []
    for i in range(dof):
        if chain.prismatic[i]:
            grids.append(np.array([round((low[i] + high[i]) / 2, 3)]))
            continue
        # the first and last turn change nothing, nor do roll axes in the arm's plane; of seven, every second bends
        still = i in (0, dof - 1) or (dof == 7 and i % 2 == 0) or (recognise(chain) == "opw" and i == 3)
        step = STEP if dof == 4 or still or recognise(chain) in ("opw", "seven_r", "five_axis") else 2 * STEP
        turns = np.arange(-math.pi, math.pi + 1e-9, step)
        turns = turns[(turns >= low[i] + room[i]) & (turns <= high[i] - room[i])]
        grids.append(turns[[np.argmin(np.abs(turns))]] if still else turns)
    q = np.array(list(itertools.product(*grids)))
    flange = base_T_flange(chain, q)
    reach = float(np.linalg.norm(flange[:, :3, 3], axis=1).max())
    joints = base_T_links(chain, q)[:, 2:, 2, 3]
    clear = (
        (joints.min(1) > 0.05 * reach) & (flange[:, 2, 3] > 0.1 * reach)
        if recognise(chain) != "scara"
        else np.ones(len(q), bool)
    )
    down = flange[:, 2, 2]
    for wanted in (down < -1 + 1e-6, down < -0.98, np.ones(len(q), bool)):
        chosen = q[wanted & clear]
        if len(chosen):
            break
    else:
        chosen = q
    j = jacobian(chain, chosen)
    j[:, :3] /= reach
    measure = np.linalg.svd(j, compute_uv=False)[:, -1]
    elbow = base_T_links(chain, chosen)[:, 3, 2, 3] / reach
    score = np.round(measure + 0.2 * elbow - 0.001 * np.abs(chosen).sum(1), 6)
    return [plain(v) for v in chosen[int(np.argmax(score))]]
