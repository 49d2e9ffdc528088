"""Fit capsules outside the real surface of every robot whose links are known by samples; keep the figures in a folder.

    python scripts/fit_links.py DATA OUT [ROBOT ...]

DATA holds surface samples with their covering radius (links/*.npz, links/links.csv) and the descriptions that they
belong to (kinematics/*.urdf). Each robot becomes one file OUT/ROBOT.json; a robot that is there already is left alone,
so a broken run is continued by the same line. ``write_catalogue.py`` puts the figures into the catalogue.

Containment: ``surface_bound`` tells where the surface can lie, ``capsule_fit`` holds all of it.
Tolerance: 25 mm where nothing comes near, 10 mm at the last two links, and on the link two axes before the flange 3 mm
where a tool's mount sweeps past it (a cylinder of 45 mm radius and 70 mm length on the flange, the joint before the
last through its range), for there a forearm that is drawn too thick says a collision that is none.
Overshoot: distance from the capsules' common surface to the nearest point known to lie on the link or inside, which is
never less than the distance to the real surface.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

from capsule_fit import Tolerance, distances, fit, overshoot
from cellwright.kinematics.chain import base_T_links
from cellwright.robots.model import Robot
from cellwright.robots.urdf import read_urdf
from surface_bound import CONVEX, Link, bounded

COARSE, FINE, MOUNT = 0.025, 0.010, 0.003  # tolerances [m]
MOST, MOST_FOREARM, MOST_WRIST = 6, 10, 4  # capsules a link
RADIUS, LENGTH = 0.045, 0.07  # of a tool's mount [m]
DENSE = 4000


def link_flanges(robot: Robot, i: int) -> np.ndarray:
    """The flange (61, 4, 4) seen from link i while the joint after it goes through its range, the others at zero."""
    q = np.zeros((61, robot.dof))
    q[:, i] = np.linspace(max(robot.lower[i], -math.pi), min(robot.upper[i], math.pi), 61)
    frames = base_T_links(robot.chain, q)
    return np.linalg.inv(frames[:, i]) @ frames[:, -1] @ robot.chain.last_T_flange


def off_mount(points: np.ndarray, flanges: np.ndarray) -> np.ndarray:
    """How far points (n, 3) are from the mount wherever it may be [m], negative inside; a lower bound outside."""
    local = np.einsum("fji,fnj->fni", flanges[:, :3, :3], points[None] - flanges[:, None, :3, 3])
    beside = np.hypot(local[..., 0], local[..., 1]) - RADIUS
    return np.maximum(beside, np.maximum(-local[..., 2], local[..., 2] - LENGTH)).min(0)


def met(rows: np.ndarray, flanges: np.ndarray) -> float:
    """Share of the flange's places at which the mount meets the capsules."""
    phi = np.linspace(0, 2 * math.pi, 25)[:-1]
    ring = np.stack([np.cos(phi), np.sin(phi)], -1)
    wall = [np.column_stack([RADIUS * ring, np.full(24, z)]) for z in np.linspace(0.002, LENGTH, 8)]
    face = [np.column_stack([r * ring, np.full(24, LENGTH)]) for r in (0.0, 0.015, 0.03)]
    mount = np.concatenate(wall + face)
    placed = mount @ np.swapaxes(flanges[:, :3, :3], 1, 2) + flanges[:, None, :3, 3]
    inside = np.array([(distances(placed.reshape(-1, 3), row) < row[6]).reshape(placed.shape[:2]) for row in rows])
    return float(inside.any(axis=(0, 2)).mean())


def fit_forearm(link: Link, flanges: np.ndarray) -> np.ndarray:
    """Rows for the link that a tool's mount sweeps past: of two tolerances the one that it meets least."""

    def sweep(slope: float) -> Tolerance:
        return lambda points: np.clip(MOUNT + slope * off_mount(points, flanges), MOUNT, COARSE)

    tried = [fit(link, tolerance, MOST_FOREARM) for tolerance in (sweep(0.5), lambda p: np.full(len(p), FINE))]
    return min(tried, key=lambda rows: (round(met(rows, flanges), 2), len(rows)))


def read_link(row: dict[str, str], samples: np.ndarray, *, fine: bool) -> Link:
    """What one row of links.csv and the samples of that link say."""
    box = np.array([[float(row[f"bbox_{end}_{axis}_mm"]) / 1e3 for axis in "xyz"] for end in ("min", "max")])
    mesh, hull = (float(row[f"{kind}_volume_cm3"]) for kind in ("mesh", "hull"))
    convex = row["watertight"] == "1" and abs(mesh - hull) < CONVEX * hull
    radius = float(row["covering_radius_mm"]) / 1e3
    return bounded(samples / 1e4, radius, box, convex=convex, pieces=800 if fine else 300)


def fit_robot(folder: Path, name: str, table: dict[tuple[str, str], dict[str, str]]) -> dict[str, object]:
    """Capsules and overshoot of each link."""
    robot = read_urdf(folder / "kinematics" / f"{name}.urdf", meshes=False)
    links: dict[str, object] = {}
    with np.load(folder / "links" / f"{name}.npz") as stored:
        for i, link in enumerate(robot.chain.links):
            if link not in stored.files:
                continue
            place = i - robot.dof  # -2: the forearm's end, -1 and 0: wrist and face
            known = read_link(table[name, link], stored[link], fine=place >= -2)
            if place == -2:
                rows = fit_forearm(known, link_flanges(robot, i))
            else:
                even = FINE if place > -2 else COARSE
                rows = fit(known, lambda p, even=even: np.full(len(p), even), MOST_WRIST if place > -2 else MOST)
            free = np.concatenate([d for _, d, _ in overshoot(rows, KDTree(known.inner), DENSE)])
            figures = [float(free.mean()), float(np.quantile(free, 0.95)), float(free.max())]
            links[link] = {"capsules": rows.tolist(), "overshoot": figures, "convex": known.convex}
            told = " ".join(f"{value * 1e3:6.1f}" for value in figures)
            print(f"{name:28} {link:14} {'convex' if known.convex else '':6} k {len(rows):2}  {told}", flush=True)
    return links


def main(folder: Path, out: Path, only: list[str]) -> None:
    """Fit the named robots, all where none is named."""
    with (folder / "links" / "links.csv").open() as file:
        table = {(row["robot"], row["link"]): row for row in csv.DictReader(file)}
    out.mkdir(parents=True, exist_ok=True)
    for name in only or sorted({robot for robot, _ in table}):
        target = out / f"{name}.json"
        if not target.exists():
            target.write_text(json.dumps(fit_robot(folder, name, table)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
