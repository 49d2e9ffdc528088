"""A second, tiny URDF reader: shares nothing with the package's own, so that the two can be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from defusedxml import ElementTree

from cellwright.geometry import Array, frozen
from cellwright.kinematics.chain import Chain

FLANGES = ("tool0", "flange", "tool_link", "ee_link", "tcp", "TCP", "end_link")


@dataclass(frozen=True)
class Read:
    chain: Chain
    lower: Array
    upper: Array
    root: str
    tip: str


def numbers(text: str | None, default: str) -> list[float]:
    return [float(word) for word in (text or default).split()]


def fixed(element) -> Array:
    origin = element.find("origin")
    x, y, z = numbers(None if origin is None else origin.get("xyz"), "0 0 0")
    roll, pitch, yaw = numbers(None if origin is None else origin.get("rpy"), "0 0 0")
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (math.cos, math.sin))
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, x],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, y],
            [-sp, cp * sr, cp * cr, z],
            [0, 0, 0, 1],
        ]
    )


def read(file: Path) -> Read:
    """The moving joints on the way from the root to the flange (a known name, else the deepest link)."""
    robot = ElementTree.parse(file).getroot()
    by_child = {j.find("child").get("link"): j for j in robot.findall("joint")}

    def way(link: str) -> list:
        joints = []
        while link in by_child:
            joints.insert(0, by_child[link])
            link = joints[0].find("parent").get("link")
        return joints

    def moving(link: str) -> int:
        return sum(j.get("type") != "fixed" for j in way(link))

    links = [link.get("name") for link in robot.findall("link")]
    most = max(map(moving, links))
    at_end = [link for link in links if moving(link) == most]
    tip = next((name for name in FLANGES if name in at_end), at_end[-1])

    parent_T_joint, axis, prismatic, lower, upper, names, moved = [], [], [], [], [], [], []
    so_far = np.eye(4)
    for joint in way(tip):
        so_far = so_far @ fixed(joint)
        if joint.get("type") == "fixed":
            continue
        element = joint.find("axis")
        u = np.array(numbers(None if element is None else element.get("xyz"), "1 0 0"))
        parent_T_joint.append(so_far)
        axis.append(u / np.linalg.norm(u))
        prismatic.append(joint.get("type") == "prismatic")
        limit = None if joint.get("type") == "continuous" else joint.find("limit")
        lower.append(-math.inf if limit is None else float(limit.get("lower", 0)))
        upper.append(math.inf if limit is None else float(limit.get("upper", 0)))
        names.append(joint.get("name"))
        moved.append(joint.find("child").get("link"))
        so_far = np.eye(4)
    root = way(tip)[0].find("parent").get("link")
    chain = Chain(
        joints=tuple(names),
        links=(root, *moved),
        parent_T_joint=frozen(parent_T_joint),
        axis=frozen(axis),
        prismatic=np.array(prismatic),
        last_T_flange=frozen(so_far),
    )
    return Read(chain=chain, lower=frozen(lower), upper=frozen(upper), root=root, tip=tip)
