"""Capsules hold the real surface of a link and reach no farther beyond it than they say."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.urdf import read_urdf

FITTED = {
    "abb/IRB1200-5-0.9": "abb_irb1200_5_90",
    "abb/IRB2600-12-1.65": "abb_irb2600_12_165",
    "dobot/CR10": "dobot_cr10",
    "fanuc/M-20iA": "fanuc_m20ia",
    "kuka/KR10-R1100-2": "kuka_kr10_r1100_2",
    "kuka/KR8-R2100-2-arc-HW": "kuka_kr8_r2100_2_arc_hw",
    "rokae/xMate-CR12": "rokae_xmatecr12",
    "ufactory/xArm7": "ufactory_xarm7",
    "yaskawa/AR2010": "yaskawa_ar2010",
}
MESHES = {
    "abb/IRB1200-5-0.9": "abb_irb1200_5_90",
    "dobot/CR10": "dobot_cr10",
    "fanuc/M-20iA": "fanuc_m20ia",
    "kuka/KR10-R1100-2": "kuka_kr10_r1100_2",
    "rokae/xMate-CR12": "rokae_xmate_cr12",
    "ufactory/xArm7": "ufactory_xarm7",
    "yaskawa/AR2010": "yaskawa_ar2010",
}


def samples_of(folder, name) -> dict[str, tuple[np.ndarray, float, bool]]:
    """Link -> points on its surface (n, 3), the radius within which they cover it [m], and whether it is convex."""
    with (folder / "links" / "links.csv").open() as file:
        rows = {row["link"]: row for row in csv.DictReader(file) if row["robot"] == name}
    with np.load(folder / "links" / f"{name}.npz") as stored:
        return {
            link: (
                stored[link] / 1e4,
                float(row["covering_radius_mm"]) / 1e3,
                row["watertight"] == "1"
                and abs(float(row["mesh_volume_cm3"]) / float(row["hull_volume_cm3"]) - 1) < 2.1e-3,
            )
            for link, row in rows.items()
        }


@pytest.mark.parametrize("key", FITTED)
def test_capsules_hold_every_sample_and_what_lies_between_samples(real_data, key):
    samples = samples_of(real_data, FITTED[key])
    for geometry in load_robot(key).geometry:
        points, radius, convex = samples[geometry.link]
        depth = np.min([_distance(points, capsule) - capsule.radius for capsule in geometry.capsules], axis=0)
        # a convex link is bounded by its convexity, see the test with meshes; any other by balls round its samples
        assert depth.max() <= (1e-9 if convex else -radius + 1e-9), geometry.link


@pytest.mark.parametrize("key", MESHES)
def test_capsules_hold_the_whole_mesh(real_data, key):
    name = MESHES[key]
    meshed = {link.link: link.mesh for link in read_urdf(real_data / "robots" / name / f"{name}.urdf").geometry}
    random = np.random.default_rng(7)
    for geometry in load_robot(key).geometry:
        mesh = meshed[geometry.link]
        corners = mesh.vertices[mesh.faces]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        face = random.choice(len(corners), 20_000, p=area / area.sum())
        weight = random.dirichlet((1, 1, 1), 20_000)
        points = np.concatenate([mesh.vertices, np.einsum("nk,nkj->nj", weight, corners[face])])
        outside = np.min([_distance(points, capsule) - capsule.radius for capsule in geometry.capsules], axis=0)
        assert outside.max() <= 0.0, geometry.link


@pytest.mark.parametrize("key", FITTED)
def test_capsules_reach_no_farther_beyond_the_samples_than_stated(real_data, key):
    samples = samples_of(real_data, FITTED[key])
    random = np.random.default_rng(5)
    for geometry in load_robot(key).geometry:
        points, radius, _ = samples[geometry.link]
        surface = np.concatenate([_on(capsule, random.normal(size=(200, 3)), random) for capsule in geometry.capsules])
        free = np.min([_distance(surface, c) - c.radius for c in geometry.capsules], axis=0) > -1e-9
        nearest = np.linalg.norm(surface[free][:, None] - points[None], axis=-1).min(axis=1)
        # other points of the same surface; the nearest sample is up to a covering radius from the nearest point
        assert nearest.max() <= geometry.overshoot + radius + 0.005, geometry.link


def test_a_forearm_leaves_room_for_what_is_mounted_on_the_flange():
    """At home nothing of a robot but its own neighbours and what turns inside its fork overlaps."""
    for entry in catalogue():
        if entry.why or entry.family != "opw":
            continue
        robot = load_robot(entry.key)
        if robot.geometry[0].basis != "capsules":
            continue
        links = robot.chain.links
        home = [(links.index(a), links.index(b)) for a, b, why in robot.allowed if "home" in why]
        assert all(b - a == 2 for a, b in home), entry.key


def _on(capsule, direction, random) -> np.ndarray:
    """Points of a capsule's surface: the farthest in a direction from a random point of its axis."""
    unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    start = capsule.start + random.uniform(size=(len(unit), 1)) * (capsule.end - capsule.start)
    length = np.full(len(unit), 4.0)
    low = np.zeros(len(unit))
    for _ in range(50):
        middle = (low + length) / 2
        inside = _distance(start + middle[:, None] * unit, capsule) <= capsule.radius
        low, length = np.where(inside, middle, low), np.where(inside, length, middle)
    return start + length[:, None] * unit


def _distance(points, capsule) -> np.ndarray:
    along = capsule.end - capsule.start
    length2 = float(along @ along)
    s = np.clip((points - capsule.start) @ along / length2, 0, 1) if length2 > 0 else np.zeros(len(points))
    return np.linalg.norm(points - capsule.start - s[:, None] * along, axis=1)
