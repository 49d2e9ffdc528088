"""Write the catalogue's brand files from published figures.

    python scripts/write_catalogue.py DATA

DATA holds descriptions (kinematics/*.urdf, robots/*), where each comes from (robots_table.csv), published measures of
arms (opw/*.yaml) and data sheets (specs/robot_specs.csv). ``catalogue/by_hand.yaml`` says how each description is
called and what was decided by looking; ``catalogue/tables.yaml`` holds joint tables of robots without a description.

Every figure is checked against the others: speeds against the table and the data sheets, measures against opw/, reach
against the axes. Where two disagree, the narrower is used, and a doubt in the file says so. What nobody says is left
out.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cellwright.geometry import pose, turn_z
from cellwright.kinematics.family import axis_lines, recognise
from cellwright.kinematics.opw import opw_geometry
from cellwright.robots.listing import entries, packaged
from published_arms import Arm, check_measures, check_speeds, described, home, plain, tabled

HERE = Path(__file__).parent / "catalogue"
CATALOGUE = Path(__file__).parents[1] / "src" / "cellwright" / "robots" / "catalogue"
UNVERIFIED = (
    "Axes, base and flange as in the description. Convention unverified: no pose with joints of this model was found"
)
ROOT = (
    "The root is the description's own link base; axes as in the description. Convention unverified: "
    "no pose with joints of this model was found"
)


def xyz_rpy(frame: np.ndarray) -> tuple[list[float | int], list[float | int]]:
    """A pose (4, 4) as URDF writes it."""
    r = frame[:3, :3]
    pitch = math.atan2(-r[2, 0], math.hypot(r[0, 0], r[1, 0]))
    if math.hypot(r[0, 0], r[1, 0]) > 1e-9:
        roll, yaw = math.atan2(r[2, 1], r[2, 2]), math.atan2(r[1, 0], r[0, 0])
    else:  # pitch of a quarter turn: roll and yaw turn about the same axis
        roll, yaw = math.atan2(-r[1, 2], r[1, 1]), 0.0
    return [plain(v) for v in frame[:3, 3]], [plain(v) for v in (roll, pitch, yaw)]


def designation(model: str, key: str) -> dict[str, Any]:
    """Payload and reach that the maker writes into the name."""
    brand = key.partition("/")[0]
    rules = {
        "abb": (r"-(\d+)(?:/|$)", r"/(\d\.\d+)"),
        "kuka": (r"^(?:KR|LBR iisy|LBR iiwa) (\d+)", r" R(\d{3,4})"),
        "yaskawa": (r"MOTOMAN (?:GP|HC|MH|MS|SIA)(?:\d+-)?(\d+)", r"$^"),
        "fanuc": (r"/(\d+)|^(?:CR|SR)-(\d+)", r"$^"),
        "kawasaki": (r"^RS0*(\d+)", r"$^"),
        "jaka": (r" (\d+)$", r"$^"),
        "dobot": (r"^(?:CR|ME|Nova) ?(\d+)", r"$^"),
        "fairino": (r"^FR(\d+)", r"$^"),
        "rokae": (r"(?:CR|ER|SR|Pro)(\d+)$", r"$^"),
        "estun": (r"ER(\d+)-", r"-(\d{4})"),
        "mitsubishi": (r"^R[VH]-(\d+)|RV-(\d+)", r"$^"),
    }
    found: dict[str, Any] = {}
    payload, reach = rules.get(brand, (r"$^", r"$^"))
    if match := re.search(payload, model):
        found["payload"] = {
            "value": f"{next(g for g in match.groups() if g)} kg",
            "source": "the model designation",
            "confidence": "D",
        }
    if match := re.search(reach, model):
        value = float(match[1]) * (1000 if "." in match[1] else 1)
        found["reach"] = {"value": f"{value:g} mm", "source": "the model designation", "confidence": "D"}
    return found


def short(text: str) -> str:
    """A designation without what differs between spellings."""
    return re.sub(r"[\W_]|motoman|melfa|assista|gofa|aubo|elfine?0?|^fr", "", text.lower())


def sheet(row: dict[str, str]) -> dict[str, Any]:
    """Facts of one row of the data sheets."""
    by_name = "designation" in row["extra"] or "designation" in row["source"]
    confidence = row["confidence"][0] if row["confidence"][:1] in "ABCD" else "C"
    source = re.sub(
        r"\s*\(index ids? [^)]*\)|;? ?prices are .*|;? ?index ids? [\d, ]+;?", "", row["source"].split(" | ")[0]
    )
    source = source.strip(" (|;")
    facts: dict[str, Any] = {}
    for name, column, unit in (
        ("payload", "payload_kg", "kg"), ("weight", "weight_kg", "kg"),
        ("reach", "reach_mm", "mm"), ("repeatability", "repeatability_mm", "mm"),
    ):  # fmt: skip
        if row[column]:
            named = by_name and name in ("payload", "reach")
            facts[name] = {
                "value": f"{float(row[column]):g} {unit}",
                "source": "the model designation" if named else source,
                "confidence": "D" if named else confidence,
            }
    if match := re.search(r"IP\d\d", row["extra"]):
        facts["protection"] = {"value": match[0], "source": source, "confidence": confidence}
    return facts


def line(value: object) -> str:
    """One value in YAML's flow style on one line."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
        .strip()
        .removesuffix("...")
        .strip()
    )


def joint_line(arm: Arm, i: int) -> str:
    """One joint as one line."""
    chain, (lower, upper, speed, acceleration, effort) = arm.chain, arm.table[i]
    xyz, rpy = xyz_rpy(chain.parent_T_joint[i])
    slides = bool(chain.prismatic[i])
    unit, force = ("m", "n") if slides else ("rad", "nm")
    row: dict[str, Any] = {"name": chain.joints[i], "link": chain.links[i + 1], "xyz_m": xyz}
    if any(rpy):
        row["rpy_rad"] = rpy
    row["axis"] = [plain(v) for v in chain.axis[i]]
    row[f"lower_{unit}"] = plain(lower) if math.isfinite(lower) else None
    row[f"upper_{unit}"] = plain(upper) if math.isfinite(upper) else None
    for name, value in (
        (f"speed_{unit}_s", speed),
        (f"acceleration_{unit}_s2", acceleration),
        (f"effort_{force}", effort),
    ):
        if math.isfinite(value):
            row[name] = plain(value)
    return line(row)


def written(arm: Arm, facts: dict[str, Any], hand: dict[str, Any]) -> list[str]:
    """Lines of one robot."""
    controller = hand.get("controller") or controller_of(arm)
    xyz, rpy = xyz_rpy(arm.chain.last_T_flange)
    text = [
        f"  {arm.key.partition('/')[2]}:",
        f"    model: {line(arm.model)}",
        f"    family: {recognise(arm.chain)}",
        f"    description: {line({'source': arm.source, 'confidence': arm.confidence})}",
        f"    base: {arm.chain.links[0]}",
        "    joints:",
        *(f"      - {joint_line(arm, i)}" for i in range(arm.chain.dof)),
        f"    flange: {line({'xyz_m': xyz, 'rpy_rad': rpy})}",
        f"    home: {line(hand.get('home') or home(arm))}",
    ]
    if arm.acceleration:
        text.append(f"    acceleration: {line({'source': arm.acceleration, 'confidence': arm.confidence})}")
    for name in ("payload", "reach", "weight", "repeatability", "protection", "mounting", "generation"):
        if name in facts:
            text.append(f"    {name}: {line(facts[name])}")
    text.append(f"    controller: {line(controller)}")
    doubts = [
        *hand.get("doubts", []),
        *(d for d in arm.doubts if d["code"] not in {h["code"] for h in hand.get("doubts", [])}),
    ]
    if doubts:
        text += ["    doubts:", *(f"      - {line(doubt)}" for doubt in doubts)]
    return text


def controller_of(arm: Arm) -> dict[str, Any]:
    """How the controller counts, where nobody looked closer."""
    controller: dict[str, Any] = {}
    brand = arm.key.partition("/")[0]
    if arm.root is not None and brand in ("abb", "fanuc", "kuka", "staubli", "yaskawa"):
        height = float(arm.root[2, 3])
        if np.abs(arm.root - pose((0, 0, height), np.eye(3))).max() < 1e-9 and height:
            controller["root"] = {"z": f"{plain(height * 1e3):g} mm"}
    if arm.root is not None and brand == "ur" and np.abs(arm.root - pose((0, 0, 0), turn_z(math.pi))).max() < 1e-9:
        controller["root"] = {"yaw": "180 deg"}  # the pendant's base frame, which base_link is turned against
    coupled = brand == "fanuc" and recognise(arm.chain) == "opw"
    if coupled:
        lines = axis_lines(arm.chain)
        if float(lines.along[1] @ lines.along[2]) < 0:
            rows = np.eye(6, dtype=int)
            rows[2, 1] = -1
            controller["axis_map"] = rows.tolist()
    controller["vectors"] = 0
    controller["source"] = (ROOT if "root" in controller else UNVERIFIED) + (
        ". J3 of the teach pendant counts from the horizontal: J3 - J2 of the description (ros-industrial)"
        if "axis_map" in controller
        else ""
    )
    return controller


def check_reach(arm: Arm, facts: dict[str, Any]) -> None:
    """Say where the reach of the data sheet cannot be that of the axes."""
    if "reach" not in facts or recognise(arm.chain) != "opw":
        return
    said = float(facts["reach"]["value"].split()[0]) / 1e3
    own = opw_geometry(arm.chain)
    wrist = own.a1 + own.c2 + own.forearm
    if not min(wrist, own.a1 + own.c2) - 0.05 <= said <= own.c1 + wrist + own.c4 + 0.05:
        what = f"reach {said * 1e3:.0f} mm is not that of the axes: {wrist * 1e3:.0f} mm from axis 1 to the wrist"
        arm.doubts.append({"code": "reach-contradiction", "what": what, "fix": "compare with the data sheet"})


def listed(
    rows: list[dict[str, str]], used: set[int], tables: dict[str, Any], slugs: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Robots without a joint table that can be planned with."""
    found: dict[str, dict[str, Any]] = {}
    for i, row in enumerate(rows):
        if i in used or row["brand"] not in slugs:
            continue
        key = f"{slugs[row['brand']]}/{re.sub(r'[ /]', '-', row['model'])}"
        kind = "palletiser" if "palletizer" in row["type"] else row["type"]
        found.setdefault(key, {"model": row["model"], "kind": kind, "dof": int(row["dof"]) if row["dof"] else None}
                         | sheet(row) | {"why": "no joint table of it is public"})  # fmt: skip
    for key, row in tables["palletisers"].items():
        dh = np.array(row["dh_deg_mm"], dtype=float)
        arm = float(np.abs(dh[:, 1]).sum())
        reach = {
            "value": f"{arm:g} mm",
            "source": f"{tables['source']}, sum of the arm's lengths to axis 4",
            "confidence": tables["confidence"],
        }
        why = "a parallelogram keeps its face level, which a plain chain of joints cannot say"
        found[key] = {"model": row["model"], "kind": "palletiser", "dof": 4, "reach": reach, "why": why}
    return found


def main(data: Path) -> None:
    """Write every brand's file."""
    hand = yaml.safe_load((HERE / "by_hand.yaml").read_text(encoding="utf-8"))
    tables = yaml.safe_load((HERE / "tables.yaml").read_text(encoding="utf-8"))
    with (data / "robots_table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (data / "specs" / "robot_specs.csv").open(encoding="utf-8") as file:
        sheets = list(csv.DictReader(file))
    slugs = {row["brand"]: key for key, row in hand["brands"].items()}
    slugs |= {"Elite": "elite", "Mitsubishi": "mitsubishi"}
    arms = [*described(data, rows, hand["names"]), *tabled(tables)]
    check_measures(arms, data / "opw")
    texts: dict[str, list[str]] = {key: [] for key in hand["brands"]}
    used: set[int] = set()
    for arm in sorted(arms, key=lambda arm: arm.key):
        own = hand["models"].get(arm.key, {})
        facts = designation(arm.model, arm.key)
        for i, row in enumerate(sheets):
            if slugs.get(row["brand"]) == arm.key.partition("/")[0] and short(row["model"]) == short(arm.model):
                used.add(i)
                facts |= {
                    name: fact
                    for name, fact in sheet(row).items()
                    if name not in facts or fact["confidence"] < facts[name]["confidence"]
                }
                speeds = row["max_speed_deg_s"].split("/")
                if "(" not in row["max_speed_deg_s"] and len(speeds) == arm.chain.dof:
                    check_speeds(arm, np.radians([float(v) for v in speeds]), "a data sheet")
        facts |= {name: own[name] for name in facts.keys() | own.keys() if name in own}
        facts = {
            name: value
            for name, value in facts.items()
            if name in ("payload", "reach", "weight", "repeatability", "protection", "mounting", "generation")
        }
        for joint, (lower, upper) in own.get("limits", {}).items():
            arm.table[arm.chain.joints.index(joint), :2] = lower, upper
        check_reach(arm, facts)
        for doubt in arm.doubts:
            print(f"{arm.key}: {doubt['code']}: {doubt['what']}")
        texts[arm.key.partition("/")[0]] += written(arm, facts, own)
    others: dict[str, list[str]] = {key: [] for key in hand["brands"]}
    known = {short(arm.model) for arm in arms}
    for key, row in sorted(listed(sheets, used, tables, slugs).items()):
        if short(row["model"]) not in known:
            brand, _, model = key.partition("/")
            others[brand] += [
                f"  {model}:",
                *(f"    {name}: {line(value)}" for name, value in row.items() if value is not None),
            ]
    for key, brand in hand["brands"].items():
        head = [
            "# Written by scripts/write_catalogue.py: joint tables in m, rad and s as in the named descriptions, the",
            "# other figures with their own source and confidence (A: vendor, B: copy, C: table, D: designation).",
            *(f"{name}: {line(value)}" for name, value in brand.items()),
        ]
        text = [
            *head,
            *(["robots:", *texts[key]] if texts[key] else []),
            *(["listed:", *others[key]] if others[key] else []),
        ]
        (CATALOGUE / f"{key}.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")
    index = [asdict(entry) for key in sorted(hand["brands"]) for entry in entries(key, packaged(key))]
    listing = ",\n".join(json.dumps(row) for row in sorted(index, key=lambda row: row["key"]))
    (CATALOGUE / "index.json").write_text(f"[\n{listing}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
