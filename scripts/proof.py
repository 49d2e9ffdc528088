"""Plan real parts on real robots and the examples, have every plan judged by a stranger, and write the table.

    python scripts/proof.py [--data FOLDER] [--out FILE] [--date DATE] [--only WORD]

FOLDER holds robots with meshes (robots/*/*.urdf) and CAD parts (parts/mechanical). Each cell is planned by the command
line in a folder of its own; the stranger (tests/stranger.py) then reads nothing but the plan.json that it wrote and the
robot's description. A cell without a plan keeps its row, with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))

import stranger  # noqa: E402
from cellwright.parts.reading import read_part  # noqa: E402
from cellwright.processes.seams import find_seams  # noqa: E402
from cellwright.shapes import bounds  # noqa: E402

DATA = Path(os.environ.get("CELLWRIGHT_DATA", REPOSITORY.parent / "shared" / "data"))
PATIENCE = 400  # seconds until a plan is given up
TOP = 800  # height of the fixture plate [mm]
HEADER = (
    "part", "robot", "seams", "base", "places", "cycle [s]", "configurations", "collisions", "allowed pairs",
    "tool to work [mm]", "others [mm]", "off seam [mm]", "speed error", "planned in [s]",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A real part on its fixture.

    Attributes:
        by_hand: how many seams a person counts.
        roll: about x [deg].
    """

    file: str
    by_hand: int | None
    roll: float = 0.0
    seams: str | list[dict[str, Any]] = "auto"


def beads(*lines: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Return beads on top of the flat plate, which is 4.76 mm thick and has its frame in its middle [mm]."""
    return [
        {"points": [{"x": f"{x} mm", "y": f"{y} mm", "z": "2.38 mm"} for x, y in line], "normal": {"z": 1}}
        for line in lines
    ]


PIECES = (
    Piece(file="as1-tu-203.stp", by_hand=8),
    Piece(file="frame.step", by_hand=20, roll=90.0),
    Piece(
        file="base_interface_AP203.STEP",
        by_hand=0,
        seams=beads([(-60, -40), (60, -40)], [(-60, 0), (0, 20), (60, 0)], [(60, 60), (-60, 60)]),
    ),
)
ARMS = ("abb_irb1200_5_90", "yaskawa_ar2010", "fanuc_m20ia")
PROGRAM = "from cellwright.cli import main; main()"
_AVX2 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2"
PROCESSORS = {
    "haswell": {
        "NUMBA_CPU_FEATURES": _AVX2,
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "skylake-avx512": {
        "NUMBA_CPU_FEATURES": f"{_AVX2},+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl",
        "OPENBLAS_CORETYPE": "SkylakeX",
    },
}
"""Kinds of processor by their name in LLVM, and what makes this one compute as they do: numba, OpenBLAS, numpy."""

STAGES = ("considered", "standing", "reaching", "free", "tried")
TORCH = {
    "name": "torch_45",
    "tcp": {"x": "84 mm", "z": "330 mm", "pitch": "45 deg"},
    "mass": "3.2 kg",
    "centre": {"x": "15 mm", "z": "120 mm"},
    "bodies": [
        {"name": "mount", "cylinder": {"radius": "42 mm", "length": "70 mm"}, "at": {"z": "35 mm"}},
        {"name": "neck", "capsule": {"from": {"z": "80 mm"}, "to": {"z": "246 mm"}, "radius": "13 mm"}},
        {"name": "bend", "capsule": {"from": {"z": "246 mm"}, "to": {"x": "25 mm", "z": "271 mm"}, "radius": "12 mm"}},
        {
            "name": "nozzle",
            "cylinder": {"radius": "9 mm", "length": "62 mm"},
            "at": {"x": "51.5 mm", "z": "297.5 mm", "pitch": "45 deg"},
        },
        {
            "name": "wire",
            "working": True,
            "cylinder": {"radius": "0.6 mm", "length": "15 mm"},
            "at": {"x": "78.7 mm", "z": "324.7 mm", "pitch": "45 deg"},
        },
    ],
}


def main() -> None:
    """Write the table."""
    asked = argparse.ArgumentParser(description="Plan real cells and have a stranger judge them.")
    asked.add_argument("--data", type=Path, default=DATA)
    asked.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "proof.md")
    asked.add_argument("--date", default="no date given")
    asked.add_argument("--only", default="", help="cells whose name holds this word")
    options = asked.parse_args()
    cells: list[tuple[str, Path, Path | None, tuple[int, int | None] | None]] = []
    with tempfile.TemporaryDirectory() as name:
        for piece in PIECES:
            for arm in ARMS:
                label = f"{piece.file} {arm}"
                if options.only in label:
                    job, robot, found = write_job(Path(name), Path(options.data).resolve(), piece, arm)
                    cells.append((label, job, robot, (found, piece.by_hand)))
        for job in sorted((REPOSITORY / "examples").glob("*.yaml")):
            if options.only in job.name and "_select_" not in job.name:  # those choose among robots
                cells.append((f"{job.name} example", job, None, None))
        rows: list[Row] = []
        for label, job, robot, counted in cells:
            rows.append(proven(label, job, robot, counted, Path(name) / f"out_{len(rows)}"))
            print(" | ".join(rows[-1].columns), flush=True)
            options.out.write_text(page(rows, "", options.date), encoding="utf-8")
        same = two_processors(Path(name)) if options.only in "processors" else "Not asked in this run."
        print(same)
        options.out.write_text(page(rows, same, options.date), encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table, the allowed pairs that touched, and what was refused or failed."""

    columns: tuple[str, ...]
    touching: dict[tuple[str, str], int]
    said: tuple[str, ...]


def write_job(folder: Path, data: Path, piece: Piece, arm: str) -> tuple[Path, Path, int]:
    """Write the job of a part before a robot and return it, the robot's file, and how many seams the part has."""
    file, robot = data / "parts" / "mechanical" / piece.file, data / "robots" / arm / f"{arm}.urdf"
    part = read_part(file)
    found = sum(seam.weldable for seam in find_seams(part))
    boxes = np.array([bounds(solid.mesh) for solid in part.solids]) * 1e3
    low, high = boxes[:, 0].min(0), boxes[:, 1].max(0)
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) if piece.roll == 90.0 else np.eye(3)
    corners = np.stack([low, high]) @ turn.T
    low, high = corners.min(0), corners.max(0)
    size, at = high - low, np.array([0, 0, TOP]) - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]

    def box(name: str, x: float, y: float, z: float, at: tuple[float, float, float]) -> dict[str, Any]:
        return {"name": name, "kind": "fixture", "box": lengths((x, y, z)), "at": lengths(at)}

    side = float(size[1]) / 2 + 22
    width, depth = float(size[0]), float(size[1])
    job: dict[str, Any] = {
        "name": f"{piece.file.split('.')[0].replace('-', '_')[:12]}_{arm[:10]}",
        "allow_outside": True,
        "part": {"file": str(file), "at": {**lengths(at), "roll": f"{piece.roll} deg"}},
        "robot": str(robot),
        "base": "auto",
        "tool": TORCH,
        "obstacles": [
            box("table", width + 260, depth + 260, 40, (0, 0, TOP - 40)),
            box("fixture_plate", width + 60, depth + 120, 20, (0, 0, TOP - 10)),
            box("clamp_front", 40, 40, 50, (0, -side, TOP + 25)),
            box("clamp_rear", 40, 40, 50, (0, side, TOP + 25)),
        ],
        "tasks": [
            {
                "kind": "arc_weld",
                "seams": piece.seams,
                "speed": "8 mm/s",
                "push_angle": "8 deg",
                "stick_out": "15 mm",
                "approach": "60 mm",
                "retract": "60 mm",
            }
        ],
    }
    written = folder / f"{job['name']}.yaml"
    written.write_text(yaml.safe_dump(job, sort_keys=False), encoding="utf-8")
    return written, robot, found


def lengths(values: Any) -> dict[str, str]:
    """Return x, y and z as a job writes them."""
    return {axis: f"{float(value):.3f} mm" for axis, value in zip("xyz", values, strict=True)}


def proven(label: str, job: Path, robot: Path | None, counted: tuple[int, int | None] | None, out: Path) -> Row:
    """Plan a job by the command line and judge what it wrote."""
    part, arm = label.split(" ")
    began = time.perf_counter()
    command = [sys.executable, "-c", PROGRAM, "plan", str(job), "--out", str(out), "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return failed(part, arm, f"given up after {PATIENCE} s")
    seconds = time.perf_counter() - began
    file = out / "plan.json"
    if not file.is_file():
        said = json.loads(done.stdout)["findings"] if done.stdout.startswith("{") else []
        return failed(part, arm, said[0]["what"] if said else done.stderr.strip()[-300:], seconds)
    plan = json.loads(file.read_text(encoding="utf-8"))
    key = str(plan["robot"])
    verdict = stranger.judge(file, stranger.catalogue_arm(key) if robot is None else stranger.read_arm(robot))
    refused = [f["what"] for f in plan["findings"] if f["code"] == "tool-entry"]
    left = [f["what"] for f in plan["findings"] if " is left out: " in f["what"]]
    errors = [f["what"] for f in plan["findings"] if f["severity"] == "error"]
    welded = len(plan["strokes"])
    seams = f"{welded} welded"
    if counted is not None:
        by_hand = "" if counted[1] is None else f" ({counted[1]} by hand)"
        share = f" ({len(refused) / counted[0]:.0%})" if refused else ""
        seams = f"{counted[0]} found{by_hand}, {len(refused)}{share} refused, {len(left)} left out, {welded} welded"
    base, cycle = np.array(plan["world_T_base"]), plan["cycle_time_s"]
    place, yaw = ", ".join(f"{v:.0f}" for v in base[:3, 3] * 1e3), np.degrees(np.arctan2(base[1, 0], base[0, 0]))
    columns = (
        part,
        arm if robot is not None else key,
        seams,
        f"({place}) mm, {yaw:.0f} deg" + (", hanging" if base[2, 2] < 0 else ""),
        " / ".join(f"{plan['figures'][f'placements_{stage}']:.0f}" for stage in STAGES),
        f"{cycle['low']:.1f} - **{cycle['nominal']:.1f}** - {cycle['high']:.1f}",
        f"{verdict.configurations}",
        f"**{len(verdict.collisions)}**",
        f"{len(verdict.touching)}",
        near(verdict.at_work),
        near(verdict.elsewhere),
        f"{verdict.deviation * 1e3:.4f}",
        f"{verdict.speed_error:.2%}",
        f"{seconds:.0f}",
    )
    collisions = tuple(f"{a} and {b} collide at {t:.2f} s" for (a, b), t in verdict.collisions.items())
    return Row(columns=columns, touching=verdict.touching, said=(*errors, *collisions, *refused, *left))


def near(nearest: tuple[float, tuple[str, str]]) -> str:
    """Return a nearest approach as a cell of the table."""
    distance, pair = nearest
    return f"{distance * 1e3:.2f} ({' to '.join(pair)})" if pair[0] else f"over {stranger.HORIZON * 1e3:.0f}"


def failed(part: str, arm: str, why: str, seconds: float | None = None) -> Row:
    """Return the row of a cell without a plan."""
    told = "" if seconds is None else f"{seconds:.0f}"
    why = why.replace(f"{DATA}{os.sep}", "")  # the page names no machine
    return Row(columns=(part, arm, "no plan", *[""] * (len(HEADER) - 4), told), touching={}, said=(f"no plan: {why}",))


def two_processors(folder: Path) -> str:
    """Plan the first example as two kinds of processor would and return what differs."""
    if "avx512vl" not in processor_flags():
        return "Not told: this machine has no AVX-512, the second kind of processor cannot be tried on it."
    job, seen = REPOSITORY / "examples" / "01_weld_bracket.yaml", dict[str, dict[str, bytes]]()
    for kind, pinned in PROCESSORS.items():
        out = folder / kind
        command = [sys.executable, "-c", PROGRAM, "plan", str(job), "--out", str(out), "--quiet"]
        own = {"NUMBA_CPU_NAME": kind, "CELLWRIGHT_CACHE": str(folder / f"cache_{kind}")}
        environment = os.environ | pinned | own
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            return f"As {kind}: {done.stderr.strip()[-300:]}"
        seen[kind] = {file.name: file.read_bytes() for file in sorted(out.iterdir()) if file.suffix != ".html"}
    first, second = seen.values()
    kinds = " and as ".join(PROCESSORS)
    if first == second:
        return f"The first example planned as {kinds}: the same bytes in all {len(first)} files ({', '.join(first)})."
    other = ", ".join(name for name in first if first[name] != second.get(name))
    return f"The first example planned as {kinds} differs in {other}."


def page(rows: list[Row], same: str, date: str) -> str:
    """Return the table with what explains it."""
    lines = [
        "# Proof",
        "",
        "Real parts on real robots, and the examples, each planned by `cellwright plan` and then judged by a stranger:",
        "`tests/stranger.py` reads `plan.json` and the robot's own description (pinocchio for its joints, trimesh for",
        "its collision meshes; for the catalogue's robots their numbers and capsules) and asks Coal what touches, at",
        "steps of at most 0.25 deg of a joint and 1 mm of the tool's tip. `just proof` makes this page again.",
        "",
        f"Machine: {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}. Date: {date}.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + "---|" * len(HEADER),
        *("| " + " | ".join(row.columns) + " |" for row in rows),
        "",
        "*By hand*: the lists in `tests/processes/test_real_seams.py`; a plate without a joint gets beads by points.",
        "*Refused*: no turn of the torch about its wire is free there, whatever the robot. *Left out*: no place welds",
        "it together with the others. *Places* for the base:",
        "considered / where it stands free / from where every seam is within reach and limits / with arm and tool free",
        "along every seam, of those that were tested / planned, the last of them proven. No job of a real part names a",
        "base or a home: both are searched. *Tool to work*: smallest",
        "distance of a tool's body that may not touch to the part or a fixture. *Others*: of any other moving body to",
        f"what stands still. *Speed error*: on the seams but for {stranger.RAMP * 1e3:.0f} mm at both ends.",
        "",
        "## The same bytes on two kinds of processor",
        "",
        same,
        "",
        "## What was said about each",
    ]
    for row in rows:
        lines += ["", f"### {row.columns[0]}, {row.columns[1]}", ""]
        lines += [f"- {text}" for text in row.said]
        if row.touching:
            lines.append("- allowed to touch, and did: " + "; ".join(f"{a} and {b}" for a, b in sorted(row.touching)))
    return "\n".join(lines) + "\n"


def processor() -> str:
    """Return the name of the processor."""
    return processor_line("model name") or platform.processor() or platform.machine()


def processor_flags() -> list[str]:
    """Return what the processor can do; nothing where it is not known."""
    return processor_line("flags").split()


def processor_line(name: str) -> str:
    """Return what the system says of the processor under a name; empty where it does not say it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


if __name__ == "__main__":
    main()
