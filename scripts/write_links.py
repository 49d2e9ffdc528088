"""Write the catalogue's link geometry: fitted capsules where samples exist, a stated rule elsewhere.

    python scripts/write_links.py DATA FITS

FITS is the folder that ``fit_links.py`` filled; a robot that is not in it gets the coarse capsules that came with the
samples. Run after ``write_catalogue.py``.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml

from capsule_fit import distances
from cellwright.kinematics.chain import base_T_links
from cellwright.robots.catalogue import catalogue, load_robot
from cellwright.robots.model import Robot
from envelope_rule import box_shares, boxes, kind, reach, sampled, stretch, tube_shares, tubes

HERE = Path(__file__).parent / "catalogue"
LINKS = Path(__file__).parents[1] / "src" / "cellwright" / "robots" / "catalogue" / "links"
MARGIN = 0.0015
"""Added to the radii of convex links [m]: of 27 whose meshes are at hand, one reached 0.5 mm out of its capsules."""

HEAD = "# Written by scripts/write_links.py: start, end and radius of each capsule in m, in the link's frame."


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """Distance of two capsules (7,), by a fine grid along the first (0.1 mm is enough here)."""
    points = one[:3] + np.linspace(0, 1, 501)[:, None] * (one[3:6] - one[:3])
    return float(distances(points, other).min()) - one[6] - other[6]


def touching(robot: Robot, rows: dict[str, np.ndarray]) -> list[tuple[str, str]]:
    """Links, not neighbours, whose capsules overlap at home: there the arm stands free, so they cannot be judged."""
    frames = base_T_links(robot.chain, robot.home)
    placed: list[np.ndarray] = []
    for frame, link in zip(frames, robot.chain.links, strict=True):
        ends = rows[link][:, :6].reshape(-1, 2, 3) @ frame[:3, :3].T + frame[:3, 3]
        placed.append(np.hstack([ends.reshape(-1, 6), rows[link][:, 6:]]))
    return [
        (robot.chain.links[i], robot.chain.links[j])
        for i, j in combinations(range(len(placed)), 2)
        if j > i + 1 and min(gap(a, b) for a in placed[i] for b in placed[j]) < 0.005
    ]


def written(robot: Robot, rows: dict[str, np.ndarray], worst: dict[str, float], basis: str) -> list[str]:
    """Lines of the links of one robot."""
    text: list[str] = []
    for link in robot.chain.links:
        text.append(f"      {link}:")
        if basis == "capsules" and link not in worst:
            text.append("        basis: envelope")
        if link in worst:
            text.append(f"        overshoot_m: {worst[link]:.3f}")
        text.append("        capsules_m:")
        text += ["          - [" + ", ".join(f"{value + 0.0:.4f}" for value in row) + "]" for row in rows[link]]
    pairs = touching(robot, rows)
    return [*text, "    touching:", *(f"      - [{a}, {b}]" for a, b in pairs)] if pairs else text


def proposals(folder: Path) -> dict[str, dict[str, dict[str, list[float] | list[list[float]]]]]:
    """Robot -> link -> the coarse capsules that came with the samples: they hold the whole mesh, up to three a link."""
    found: dict[str, dict[str, dict[str, list[float] | list[list[float]]]]] = {}
    columns = ("p0x_mm", "p0y_mm", "p0z_mm", "p1x_mm", "p1y_mm", "p1z_mm", "r_inflated_mm")
    with (folder / "links" / "capsules.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            link = found.setdefault(row["robot"], {}).setdefault(row["link"], {"capsules": [], "overshoot": [0.0]})
            link["capsules"].append([float(row[column]) / 1e3 for column in columns])
            beyond = float(row["overshoot_mm"]) + float(row["r_inflated_mm"]) - float(row["r_mm"])
            link["overshoot"][0] = max(link["overshoot"][0], beyond / 1e3)
    return found


def main(folder: Path, fits: Path) -> None:
    """Write every brand's links."""
    hand = yaml.safe_load((HERE / "by_hand.yaml").read_text(encoding="utf-8"))
    stems = {name["key"]: stem for stem, name in hand["names"].items()}
    with (folder / "links" / "links.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    radii = {(row["robot"], row["link"]): float(row["covering_radius_mm"]) / 1e3 for row in table}
    origin = {row["robot"]: (row["source"], row["licence"]) for row in table}
    known = sampled(folder, radii)
    first = proposals(folder)
    box, tube = box_shares(known), tube_shares(known)
    texts: dict[str, list[str]] = {}
    for entry in catalogue():
        if entry.why:
            continue
        robot = load_robot(entry.key)
        stem = stems.get(entry.key, "")
        file = fits / f"{stem}.json"
        fitted = json.loads(file.read_text(encoding="utf-8")) if stem and file.exists() else first.get(stem, {})
        missing = [link for link in robot.chain.links if link not in fitted]
        more = {link: MARGIN if found.get("convex") else 0.0 for link, found in fitted.items()}
        rows = {
            link: np.array(found["capsules"]) + np.array((0, 0, 0, 0, 0, 0, more[link]))
            for link, found in fitted.items()
        }
        worst = {
            link: math.ceil((found["overshoot"][-1] + more[link]) * 1e3 + 2) / 1e3 for link, found in fitted.items()
        }
        said: list[str] = []
        if fitted:
            said.append(f"collision meshes of {origin[stem][0]}")
        if missing:
            if robot.family == "opw":
                ruled, rule = boxes(robot, box), f"box rule of scripts/envelope_rule.py, reach {reach(robot):.3f} m"
            else:
                ruled = tubes(robot, tube[kind(robot)])
                rule = f"tube rule of scripts/envelope_rule.py, stretch {stretch(robot):.3f} m"
            rows |= {link: ruled[link] for link in missing}
            said.append(f"{', '.join(missing)}: {rule}" if fitted else rule)
        basis, licence = ("capsules", origin[stem][1]) if fitted else ("envelope", "")
        source = "; ".join(said)
        brand, _, model = entry.key.partition("/")
        lines = [f"  {model}:", f"    basis: {basis}", f"    source: {json.dumps(source)}"]
        lines += [f"    licence: {licence}"] if licence else []
        texts.setdefault(brand, []).extend([*lines, "    links:", *written(robot, rows, worst, basis)])
        print(f"{entry.key}: {basis}, {sum(map(len, rows.values()))} capsules", flush=True)
    for brand, lines in texts.items():
        (LINKS / f"{brand}.yaml").write_text("\n".join([HEAD, "robots:", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
