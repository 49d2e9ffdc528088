"""Fit capsules outside the real surface of the catalogue's links and write them into the catalogue.

    python scripts/fit_capsules.py FOLDER [ROBOT ...]

FOLDER holds surface samples with their covering radius (links/*.npz, links/links.csv) and the descriptions that they
belong to (kinematics/*.urdf). Printed is one line a link: number of capsules, overshoot of this fit and of one capsule
alone, then the coefficients of the envelope rule for robots without samples.

Containment: the samples of a link are cut into k Voronoi cells; the capsule of a cell holds every sample that lies in
it or within the covering radius beyond its walls, each blown up to a ball of the covering radius. Every point of the
surface lies in such a ball, and a capsule is convex, so surface and inside are contained.
Overshoot: largest distance from a point of the capsules' common surface to the nearest sample, which is never less than
the distance to the real surface; looked for at DENSE points a capsule and rounded up to the next but one millimetre.

Envelope rule (no samples): each link is a box round its line in the skeleton foot - shoulder height - shoulder - elbow
- forearm axis - wrist centre - flange, along the line and the arm's plane. How far each face stands off the line is a
share of the reach: the 75 % quantile over the six-axis robots with a spherical wrist and 0.8 m to 2.2 m of reach that
have samples. Capsules are fitted round the body of fourth order in the box (links have no sharp corners there).
"""

from __future__ import annotations

import csv
import math
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import ConvexHull, KDTree

from cellwright.kinematics.chain import base_T_links
from cellwright.kinematics.family import axis_lines, common_point
from cellwright.robots.catalogue import load_robot
from cellwright.robots.model import Robot
from cellwright.robots.urdf import read_urdf

CATALOGUE = Path(__file__).parents[1] / "src" / "cellwright" / "robots" / "catalogue" / "links"
COUNTS = (1, 2, 3, 4, 6)  # capsules a link that are tried
GAIN = 0.006  # m: one capsule more must lower the overshoot by this
STARTS = 4
STEPS = 140
QUANTILE = 0.75
DENSE = 40_000
THINNEST = 0.01  # m: thinner is a cell of stray samples
HEAD = "# Written by scripts/fit_capsules.py: start, end and radius of each capsule in m, in the link's frame."

SAMPLES = {
    "abb/IRB1200-5-0.9": "abb_irb1200_5_90",
    "abb/IRB1600-6-1.2": "abb_irb1600_6_12",
    "abb/IRB2600-12-1.65": "abb_irb2600_12_165",
    "estun/iER12-1510": None,
    "estun/iER20-1760": None,
    "fanuc/M-10iA": "fanuc_m10ia",
    "fanuc/M-20iA": "fanuc_m20ia",
    "kawasaki/RS007L": None,
    "kuka/KR10-R1100-2": "kuka_kr10_r1100_2",
    "kuka/KR20-R1810-2": "kuka_kr20_r1810_2",
    "kuka/KR8-R2100-2-arc-HW": "kuka_kr8_r2100_2_arc_hw",
    "staubli/TX2-60L": "staubli_tx2_60l",
    "yaskawa/AR2010": "yaskawa_ar2010",
    "yaskawa/GP25": "yaskawa_gp25",
}


def distances(points: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """Distance of points (n, 3) to the segment (6,)."""
    start, along = segment[:3], segment[3:] - segment[:3]
    length2 = float(along @ along)
    s = np.clip((points - start) @ along / length2, 0, 1) if length2 > 1e-18 else np.zeros(len(points))
    return np.linalg.norm(points - start - s[:, None] * along, axis=1)


def smallest_capsule(points: np.ndarray, *, quick: bool = False) -> np.ndarray:
    """Segment (6,) of a capsule of small volume round the points."""
    if len(points) > 12 and np.linalg.matrix_rank(points - points.mean(0), tol=1e-6) == 3:
        points = points[ConvexHull(points).vertices]

    def volume(segment: np.ndarray) -> float:
        r = float(distances(points, segment).max())
        return math.pi * r * r * float(np.linalg.norm(segment[3:] - segment[:3])) + 4 / 3 * math.pi * r**3

    centre = (points.max(0) + points.min(0)) / 2
    _, _, directions = np.linalg.svd(points - centre, full_matrices=False)
    best, least = np.zeros(6), math.inf
    for axis in directions[: 1 if quick else 3]:
        s = (points - centre) @ axis
        across = np.linalg.norm(points - centre - s[:, None] * axis, axis=1).max()
        low, high = s.min() + across * 0.8, s.max() - across * 0.8
        if low > high:
            low = high = (s.min() + s.max()) / 2
        start = np.concatenate([centre + low * axis, centre + high * axis])
        step = np.vstack([start, start + 0.1 * max(across, 1e-3) * np.eye(6)])
        options = {"initial_simplex": step, "maxfev": 120 if quick else 500, "xatol": 1e-5}
        found = minimize(volume, start, method="Nelder-Mead", options=options)
        if found.fun < least:
            best, least = found.x, found.fun
    return best


def cells(points: np.ndarray, centres: np.ndarray, beyond: float) -> list[np.ndarray]:
    """Which samples (n,) belong to each Voronoi cell or lie within ``beyond`` outside its walls."""
    taken: list[np.ndarray] = []
    for i, centre in enumerate(centres):
        inside = np.ones(len(points), dtype=bool)
        for j, other in enumerate(centres):
            if i != j:
                normal = (other - centre) / np.linalg.norm(other - centre)
                inside &= (points - (centre + other) / 2) @ normal <= beyond
        taken.append(inside)
    return taken


def k_means(points: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """Centres (k, 3)."""
    centres = points[random.choice(len(points), 1)]
    while len(centres) < k:
        d = np.min(((points[:, None] - centres[None]) ** 2).sum(-1), axis=1)
        centres = np.vstack([centres, points[random.choice(len(points), p=d / d.sum())]])
    for _ in range(30):
        nearest = np.argmin(((points[:, None] - centres[None]) ** 2).sum(-1), axis=1)
        moved = np.array([points[nearest == i].mean(0) if (nearest == i).any() else centres[i] for i in range(k)])
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def rounded_up(points: np.ndarray, segment: np.ndarray, beyond: float) -> np.ndarray:
    """Row (7,) in steps of 0.1 mm: the radius grows by what rounding the ends needs."""
    ends = np.round(segment, 4)
    radius = math.ceil((float(distances(points, ends).max()) + beyond) * 1e4 - 1e-6) / 1e4
    return np.append(ends, radius)


def capsule_surface(row: np.ndarray, n: int) -> np.ndarray:
    """About n points on the surface of one capsule (7,)."""
    i = np.arange(n) + 0.5
    z, phi = 1 - 2 * i / n, math.pi * (1 + 5**0.5) * i
    sphere = np.stack([np.sqrt(1 - z * z) * np.cos(phi), np.sqrt(1 - z * z) * np.sin(phi), z], -1)
    along = row[3:6] - row[:3]
    ends = np.where((sphere @ along)[:, None] > 0, row[3:6], row[:3]) + row[6] * sphere
    length = float(np.linalg.norm(along))
    if length < 1e-9:
        return ends
    across = sphere - (sphere @ along)[:, None] * along / length**2
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.concatenate([ends, row[:3] + ((i * 0.6180339887) % 1.0)[:, None] * along + row[6] * across])


def overshoots(rows: np.ndarray, tree: KDTree, n: int = 800) -> np.ndarray:
    """Largest distance of each capsule's free surface to the nearest sample (k,) [m]."""
    worst = np.zeros(len(rows))
    for i, row in enumerate(rows):
        surface = capsule_surface(row, n)
        for j, other in enumerate(rows):
            if i != j:
                surface = surface[distances(surface, other[:6]) > other[6]]
        if len(surface):
            worst[i] = float(tree.query(surface)[0].max())
    return worst


def capsules(
    points: np.ndarray, centres: np.ndarray, beyond: float, *, quick: bool, known: dict[bytes, np.ndarray]
) -> np.ndarray:
    """One capsule a cell: rows (k, 7); ``known`` keeps the capsule of each set of samples."""
    rows: list[np.ndarray] = []
    for inside in cells(points, centres, beyond):
        name = inside.tobytes()
        if inside.any() and name not in known:
            cell = points[inside]
            known[name] = rounded_up(cell, smallest_capsule(cell, quick=quick), beyond)
        if inside.any():
            rows.append(known[name])
    return np.array(rows)


def fit(points: np.ndarray, beyond: float, k: int, tree: KDTree) -> tuple[np.ndarray, float]:
    """Rows (k, 7) and their overshoot: best of several cuts into cells, improved by moving the cells' centres."""
    if k == 1:
        rows = capsules(points, points.mean(0)[None], beyond, quick=False, known={})
        return rows, float(overshoots(rows, tree).max())
    known: dict[bytes, np.ndarray] = {}

    def cost(centres: np.ndarray) -> float:
        rows = capsules(points, centres, beyond, quick=True, known=known)
        if rows[:, 6].min() < THINNEST:
            return math.inf
        each = overshoots(rows, tree, 200)
        return float(each.max() + 0.5 * each.mean())

    cuts = [k_means(points, k, np.random.default_rng(seed)) for seed in range(STARTS)]
    costs = [cost(centres) for centres in cuts]
    centres, least = cuts[int(np.argmin(costs))], min(costs)
    random, size = np.random.default_rng(k), float(np.ptp(points, axis=0).max())
    for step in range(STEPS):
        moved = centres.copy()
        moved[random.integers(k)] += random.normal(0, size * 0.15 * (1 - 0.8 * step / STEPS), 3)
        now = cost(moved)
        if now < least:
            centres, least = moved, now
    found = [
        capsules(points, centres, beyond, quick=False, known={}),
        capsules(points, centres, beyond, quick=True, known=known),
    ]
    worst = [float(overshoots(rows, tree).max()) for rows in found]
    return found[int(np.argmin(worst))], min(worst)


def fit_link(points: np.ndarray, beyond: float) -> tuple[np.ndarray, float, float]:
    """Rows, their overshoot, and the overshoot of one capsule."""
    tree = KDTree(points)
    rows, least = fit(points, beyond, 1, tree)
    alone = least
    for k in COUNTS[1:]:
        more, worst = fit(points, beyond, k, tree)
        if worst < least - GAIN * (k - len(rows)):
            rows, least = more, worst
    return rows, least, alone


def stated(rows: np.ndarray, points: np.ndarray) -> float:
    """Overshoot as the catalogue gives it [m]."""
    return math.ceil(float(overshoots(rows, KDTree(points), DENSE).max()) * 1e3 + 1.0) / 1e3


def skeleton(robot: Robot) -> list[np.ndarray]:
    """Line (6,) of each link in the base frame at zero, base first."""
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


def read_samples(folder: Path, name: str, radii: dict[tuple[str, str], float]) -> dict[str, tuple[np.ndarray, float]]:
    """Link -> points [m] and covering radius [m]."""
    with np.load(folder / "links" / f"{name}.npz") as stored:
        return {link: (stored[link] / 1e4, radii[name, link]) for link in stored.files}


def envelope_rule(folder: Path, radii: dict[tuple[str, str], float]) -> np.ndarray:
    """Shares of the reach (7, 2, 3): how far each link's box stands off its line, below and above on x, y, z."""
    shares: list[np.ndarray] = []
    for name in sorted({robot for robot, _ in radii}):
        robot = read_urdf(folder / "kinematics" / f"{name}.urdf", meshes=False)
        samples = read_samples(folder, name, radii)
        if robot.family != "opw" or not set(robot.chain.links) <= set(samples) or not 0.8 <= reach(robot) <= 2.2:
            continue
        frames, bones = base_T_links(robot.chain, np.zeros(6)), skeleton(robot)
        row = np.zeros((7, 2, 3))
        for i, (bone, axes) in enumerate(zip(bones, bone_axes(robot, bones), strict=True)):
            points, beyond = samples[robot.chain.links[i]]
            ends = np.sort((bone.reshape(2, 3) - bone[:3]) @ axes, axis=0)
            local = (points @ frames[i][:3, :3].T + frames[i][:3, 3] - bone[:3]) @ axes
            row[i] = ends[0] - local.min(0) + beyond, local.max(0) + beyond - ends[1]
        row[0, 0, 2] = 0.0  # nothing of the base is below its foot
        shares.append(row / reach(robot))
    table = np.array(shares)
    rule = np.quantile(table, QUANTILE, axis=0)
    print(f"envelope rule from {len(table)} robots: share of the reach that a link stands off its line, 75 % (median)")
    for i, (row, middle) in enumerate(zip(rule, np.median(table, axis=0), strict=True)):
        texts = [
            f"{sign}{axis} {row[j, k]:6.3f} ({middle[j, k]:6.3f})"
            for k, axis in enumerate("xyz")
            for j, sign in enumerate("-+")
        ]
        print(f"  link {i}: ", "  ".join(texts))
    return rule


def rounded_box(low: np.ndarray, high: np.ndarray, n: int = 600) -> np.ndarray:
    """Points of ``|x|^4 + |y|^4 + |z|^4 = 1`` stretched into a box."""
    i = np.arange(n) + 0.5
    z, phi = 1 - 2 * i / n, math.pi * (1 + 5**0.5) * i
    sphere = np.stack([np.sqrt(1 - z * z) * np.cos(phi), np.sqrt(1 - z * z) * np.sin(phi), z], -1)
    sphere = np.vstack([sphere, np.eye(3), -np.eye(3)])
    return (low + high) / 2 + sphere / (sphere**4).sum(1, keepdims=True) ** 0.25 * (high - low) / 2


def envelope(robot: Robot, shares: np.ndarray) -> dict[str, np.ndarray]:
    """Rows (k, 7) a link, in the link's frame."""
    frames, bones = base_T_links(robot.chain, np.zeros(6)), skeleton(robot)
    rows: dict[str, np.ndarray] = {}
    for i, (bone, axes) in enumerate(zip(bones, bone_axes(robot, bones), strict=True)):
        ends = np.sort((bone.reshape(2, 3) - bone[:3]) @ axes, axis=0)
        box = rounded_box(ends[0] - shares[i, 0] * reach(robot), ends[1] + shares[i, 1] * reach(robot))
        points = (box @ axes.T + bone[:3] - frames[i][:3, 3]) @ frames[i][:3, :3]
        link = robot.chain.links[i]
        rows[link], worst, _ = fit_link(points, 0.0)
        size = " x ".join(f"{edge * 1e3:.0f}" for edge in np.ptp(box, axis=0))
        print(f"  {link:10} k {len(rows[link])}  box {size} mm, capsules beyond it by {worst * 1e3:.1f} mm", flush=True)
    return rows


def segment_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Distance of two segments (6,), by alternating projection on a fine grid of the first (0.1 mm is enough here)."""
    points = one[:3] + np.linspace(0, 1, 2001)[:, None] * (one[3:] - one[:3])
    return float(distances(points, other).min())


def touching(robot: Robot, rows: dict[str, np.ndarray]) -> list[tuple[str, str]]:
    """Links, not neighbours, whose capsules overlap at home: there the arm stands free, so they cannot be judged."""
    frames = base_T_links(robot.chain, robot.home)
    placed: list[np.ndarray] = []
    for frame, link in zip(frames, robot.chain.links, strict=True):
        ends = rows[link][:, :6].reshape(-1, 2, 3) @ frame[:3, :3].T + frame[:3, 3]
        placed.append(np.hstack([ends.reshape(-1, 6), rows[link][:, 6:]]))
    pairs: list[tuple[str, str]] = []
    for i, j in combinations(range(len(placed)), 2):
        gaps = [segment_distance(a[:6], b[:6]) - a[6] - b[6] for a in placed[i] for b in placed[j]]
        if j > i + 1 and min(gaps) < 0.005:
            pairs.append((robot.chain.links[i], robot.chain.links[j]))
    return pairs


def written(robot: Robot, rows: dict[str, np.ndarray], worst: dict[str, float]) -> list[str]:
    """YAML of the links of one robot."""
    text: list[str] = []
    for link, capsules in rows.items():
        text.append(f"      {link}:")
        if link in worst:
            text.append(f"        overshoot_m: {worst[link]:.3f}")
        text.append("        capsules_m:")
        text += ["          - [" + ", ".join(f"{value + 0.0:.4f}" for value in row) + "]" for row in capsules]
    pairs = touching(robot, rows)
    print("  overlap at home:", pairs or "none")
    return [*text, "    touching:", *(f"      - [{a}, {b}]" for a, b in pairs)] if pairs else text


def stored(brand: str) -> dict[str, list[str]]:
    """What the catalogue holds already: model -> lines."""
    file = CATALOGUE / f"{brand}.yaml"
    models: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        if line.startswith("  ") and not line.startswith("   "):
            models[line.strip().rstrip(":")] = current = [line]
        elif line.startswith("   "):
            current.append(line)
    return models


def main(folder: Path, only: list[str]) -> None:
    """Fit the named robots of the catalogue, all where none is named."""
    with (folder / "links" / "links.csv").open() as file:
        table = list(csv.DictReader(file))
    radii = {(row["robot"], row["link"]): float(row["covering_radius_mm"]) / 1e3 for row in table}
    origin = {row["robot"]: (row["source"], row["licence"]) for row in table}
    shares = envelope_rule(folder, radii)
    for key, name in SAMPLES.items():
        if only and key not in only:
            continue
        robot = load_robot(key)
        brand, _, model = key.partition("/")
        print(f"\n{key}", flush=True)
        if name is None:
            rule = f"box rule of scripts/fit_capsules.py with a reach of {reach(robot):.3f} m to the wrist centre"
            lines = [f"  {model}:", "    basis: envelope", f"    source: {rule}", "    links:"]
            lines += written(robot, envelope(robot, shares), {})
        else:
            rows: dict[str, np.ndarray] = {}
            worst: dict[str, float] = {}
            samples = read_samples(folder, name, radii)
            for link in robot.chain.links:
                rows[link], _, alone = fit_link(*samples[link])
                worst[link] = stated(rows[link], samples[link][0])
                figures = f"overshoot {worst[link] * 1e3:5.0f} mm  (one capsule {alone * 1e3:5.0f} mm)"
                print(f"  {link:10} k {len(rows[link])}  {figures}", flush=True)
            source, licence = origin[name]
            lines = [f"  {model}:", "    basis: capsules", f"    source: collision meshes of {source}"]
            lines += [f"    licence: {licence}", "    links:", *written(robot, rows, worst)]
        models = stored(brand) | {model: lines}
        text = [HEAD, "robots:", *(line for model in sorted(models) for line in models[model])]
        (CATALOGUE / f"{brand}.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
