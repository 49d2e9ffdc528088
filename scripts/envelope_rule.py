"""Link geometry by rule, for robots whose surface nobody may use: envelopes from the kinematics.

Arms with an ortho-parallel base and a spherical wrist: each link is a box round its line in the skeleton foot -
shoulder height - shoulder - elbow - forearm axis - wrist centre - flange, along the line and the arm's plane. How far
each face stands off the line is a share of the reach: the 75 % quantile over the arms of this kind with
0.8 m to 2.2 m of reach that have samples. Capsules are fitted round the body of fourth order in the box (links have no
sharp corners there).

All others: each link is one capsule along the line from its own joint to the next, as thick as the 75 % quantile, over
the sampled robots of the family (six turning joints of any kind count as one), of the share of the reach by which the
samples of that link stand off that line.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from capsule_fit import distances, fit
from cellwright.kinematics.chain import base_T_links
from cellwright.kinematics.family import axis_lines, common_point, recognise
from cellwright.robots.model import Robot
from cellwright.robots.urdf import read_urdf
from fit_links import COARSE, MOST, fit_forearm, link_flanges
from surface_bound import Link

QUANTILE = 0.75
Samples = dict[str, tuple[np.ndarray, float]]


def skeleton(robot: Robot) -> list[np.ndarray]:
    """Line (6,) of each link of an opw arm in the base frame at zero, base first."""
    lines = axis_lines(robot.chain)
    one, up = lines.point[0], lines.along[0] * np.sign(lines.along[0][2])
    side = lines.along[1]

    def in_plane(point: np.ndarray) -> np.ndarray:
        return point - ((point - one) @ side) * side

    shoulder, elbow = in_plane(lines.point[1]), in_plane(lines.point[2])
    wrist = common_point(lines, 3, 4, 5)[0]
    height = one + ((shoulder - one) @ up) * up
    foot = one - ((one - np.zeros(3)) @ up) * up
    forearm = lines.along[3]
    knee = wrist + ((elbow - wrist) @ forearm) * forearm
    frames = base_T_links(robot.chain, np.zeros(6))
    flange = (frames[-1] @ robot.chain.last_T_flange)[:3, 3]
    ends = [(foot, height), (height, shoulder), (shoulder, elbow), (elbow, knee), (knee, wrist), (wrist, wrist)]
    return [np.concatenate(pair) for pair in [*ends, (wrist, flange)]]


def bone_axes(robot: Robot, bones: list[np.ndarray]) -> list[np.ndarray]:
    """Rotation (3, 3) of each link's box: z along its line, y along axis 2, x in the arm's plane."""
    lines = axis_lines(robot.chain)
    side, up = lines.along[1], lines.along[0] * np.sign(lines.along[0][2])
    if np.cross(side, up) @ (bones[1][3:] - bones[1][:3]) < 0:
        side = -side
    forearm = bones[4][3:] - bones[4][:3]
    along = [up, up, bones[2][3:] - bones[2][:3], forearm, forearm, forearm, forearm]
    units = [z / np.linalg.norm(z) for z in along]
    return [np.stack([np.cross(side, z), side, z], axis=1) for z in units]


def reach(robot: Robot) -> float:
    """From axis 1 to the wrist centre, arm stretched [m]."""
    bones = skeleton(robot)
    length = [float(np.linalg.norm(bone[3:] - bone[:3])) for bone in bones]
    return length[1] + length[2] + float(np.linalg.norm(bones[4][3:] - bones[2][3:]))


def box_shares(robots: list[tuple[Robot, Samples]]) -> np.ndarray:
    """Shares of the reach (7, 2, 3): how far each link's box stands off its line, below and above on x, y, z."""
    shares: list[np.ndarray] = []
    for robot, samples in robots:
        if robot.family != "opw" or not set(robot.chain.links) <= set(samples) or not 0.8 <= reach(robot) <= 2.2:
            continue
        frames, bones = base_T_links(robot.chain, np.zeros(6)), skeleton(robot)
        row = np.zeros((7, 2, 3))
        for i, (bone, axes) in enumerate(zip(bones, bone_axes(robot, bones), strict=True)):
            points, _ = samples[robot.chain.links[i]]
            ends = np.sort((bone.reshape(2, 3) - bone[:3]) @ axes, axis=0)
            local = (points @ frames[i][:3, :3].T + frames[i][:3, 3] - bone[:3]) @ axes
            row[i] = ends[0] - local.min(0), local.max(0) - ends[1]
        row[0, 0, 2] = 0.0  # nothing of the base is below its foot
        shares.append(row / reach(robot))
    print(f"box rule from {len(shares)} arms")
    return np.quantile(np.array(shares), QUANTILE, axis=0)


def rounded_box(low: np.ndarray, high: np.ndarray, n: int = 1500) -> np.ndarray:
    """Points of ``|x|^4 + |y|^4 + |z|^4 = 1`` stretched into a box."""
    i = np.arange(n) + 0.5
    z, phi = 1 - 2 * i / n, math.pi * (1 + 5**0.5) * i
    sphere = np.stack([np.sqrt(1 - z * z) * np.cos(phi), np.sqrt(1 - z * z) * np.sin(phi), z], -1)
    sphere = np.vstack([sphere, np.eye(3), -np.eye(3)])
    return (low + high) / 2 + sphere / (sphere**4).sum(1, keepdims=True) ** 0.25 * (high - low) / 2


def boxes(robot: Robot, shares: np.ndarray) -> dict[str, np.ndarray]:
    """Rows (k, 7) a link of an opw arm, in the link's frame."""
    frames, bones = base_T_links(robot.chain, np.zeros(6)), skeleton(robot)
    rows: dict[str, np.ndarray] = {}
    for i, (bone, axes) in enumerate(zip(bones, bone_axes(robot, bones), strict=True)):
        ends = np.sort((bone.reshape(2, 3) - bone[:3]) @ axes, axis=0)
        box = rounded_box(ends[0] - shares[i, 0] * reach(robot), ends[1] + shares[i, 1] * reach(robot))
        points = (box @ axes.T + bone[:3] - frames[i][:3, 3]) @ frames[i][:3, :3]
        known = Link(points, np.zeros(len(points)), np.arange(len(points)), points, convex=True)
        if i == robot.dof - 2:
            rows[robot.chain.links[i]] = fit_forearm(known, link_flanges(robot, i))
        else:
            rows[robot.chain.links[i]] = fit(known, lambda p: np.full(len(p), COARSE), MOST)
    return rows


def line(robot: Robot, i: int) -> np.ndarray:
    """From the joint of link i to the next (6,), in its frame."""
    after = robot.chain.parent_T_joint[i] if i < robot.dof else robot.chain.last_T_flange
    return np.concatenate([np.zeros(3), after[:3, 3]])


def stretch(robot: Robot) -> float:
    """Sum of all lines but the base's [m]."""
    return float(sum(np.linalg.norm(line(robot, i)[3:]) for i in range(1, robot.dof + 1)))


def kind(robot: Robot) -> str:
    """Whose measures a robot without samples takes."""
    return "six" if robot.dof == 6 else str(recognise(robot.chain))


def tube_shares(robots: list[tuple[Robot, Samples]]) -> dict[str, np.ndarray]:
    """Family -> share of the stretch (dof + 1,) by which links stand off their line."""
    found: dict[str, list[list[float]]] = {}
    for robot, samples in robots:
        if robot.family == "opw":
            continue  # they have a rule of their own, and heavier bodies
        row = [math.nan] * (robot.dof + 1)
        for i, link in enumerate(robot.chain.links):
            if link in samples:
                row[i] = float(distances(samples[link][0], line(robot, i)).max()) / stretch(robot)
        found.setdefault(kind(robot), []).append(row)
    for family, rows in found.items():
        print(f"tube rule for {family} from {len(rows)} robots")
    shares = {family: np.nanquantile(np.array(rows), QUANTILE, axis=0) for family, rows in found.items()}
    return {family: np.where(np.isnan(row), np.nanmin(row), row) for family, row in shares.items()}


def tubes(robot: Robot, shares: np.ndarray) -> dict[str, np.ndarray]:
    """One capsule a link."""
    rows = {}
    for i, link in enumerate(robot.chain.links):
        ends = line(robot, i)
        rows[link] = np.append(np.round(ends, 4), math.ceil(shares[i] * stretch(robot) * 1e4) / 1e4)[None]
    return rows


def sampled(folder: Path, radii: dict[tuple[str, str], float]) -> list[tuple[Robot, Samples]]:
    """Every robot with samples: link -> points [m] and covering radius [m]."""
    found = []
    for name in sorted({robot for robot, _ in radii}):
        robot = read_urdf(folder / "kinematics" / f"{name}.urdf", meshes=False)
        with np.load(folder / "links" / f"{name}.npz") as stored:
            found.append((robot, {link: (stored[link] / 1e4, radii[name, link]) for link in stored.files}))
    return found
