"""Run benchmarks and write docs/benchmarks.md and its drawings from the rows and the tables that they print.

``python benchmarks/run.py`` runs all of them, ``python benchmarks/run.py sequence timing`` these; the sections of the
others stay as they are. Each benchmark is a process of its own. What needs a rival that is missing says so.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from growth import drawing

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
IMAGES = HERE.parent / "docs" / "images"
NAMES = (
    "kinematics", "general_kinematics", "placement", "collision", "seams", "transits", "timing", "sequence",
    "selection", "main_job", "stiffeners", "reading",
)  # fmt: skip
HEAD = """# Benchmarks

Written by `just bench`; see [how they are made](../benchmarks/README.md). Every ratio is of two figures from the same
run on the same machine: how many times better ours is. Single figures move with the machine and its neighbours.
"""


def machine() -> str:
    """Return processor, cores and versions."""
    name = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.is_file() and (found := re.search(r"model name\s*: (.*)", told.read_text(encoding="utf-8"))):
        name = found.group(1)
    used = ", ".join(f"{package} {version(package)}" for package in ("numba", "numpy"))
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {used}"


def main(names: list[str]) -> int:
    """Run what is named and write the page; returns how many failed."""
    strange = set(names).difference(NAMES)
    if strange:
        raise SystemExit(f"no benchmark {min(strange)!r}; known: {', '.join(NAMES)}")
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    sections = dict(re.findall(r"(?s)<!-- (\w+) -->\n(.*?)\n<!-- end -->", page))
    failed = 0
    for name in names or NAMES:
        print(f"{name} ...", flush=True)
        run = subprocess.run([sys.executable, HERE / f"{name}.py", "--json"], capture_output=True, text=True)
        failed += run.returncode != 0
        sections[name] = section(name, run)
        write(sections)
    return failed


def write(sections: dict[str, str]) -> None:
    """Write the page with the sections that there are."""
    parts = [HEAD, *(f"<!-- {name} -->\n{sections[name]}\n<!-- end -->\n" for name in NAMES if name in sections)]
    PAGE.write_text("\n".join(parts), encoding="utf-8", newline="\n")


def section(name: str, run: subprocess.CompletedProcess[str]) -> str:
    """Return what a benchmark found, as Markdown."""
    lines = [f"## {name.replace('_', ' ').capitalize()}", "", f"{datetime.date.today()}, {machine()}", ""]
    if run.returncode != 0:
        why = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
        lines += [
            f'Not run to its end: `{why}`. The rivals come with `pip install -c constraints.txt -e ".[bench]"`.',
            "",
        ]
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"group"')]
    said = [line.rstrip() for line in run.stdout.splitlines() if not line.startswith('{"group"')]
    lines += tables(rows)
    grown = [row for row in rows if row["size"] is not None]
    if grown:
        image = IMAGES / f"growth_{name}.svg"
        image.write_text(drawing(grown), encoding="utf-8", newline="\n")
        lines += [f"![Growth](images/{image.name})", ""]
    if any(said):
        lines += ["<details><summary>What it prints</summary>", "", "```", *said, "```", "", "</details>"]
    return "\n".join(lines)


def tables(rows: list[dict[str, Any]]) -> list[str]:
    """Return a table a group, in the order in which groups first come."""
    order = {group: k for k, group in enumerate(dict.fromkeys(row["group"] for row in rows))}
    lines: list[str] = []
    for group, members in groupby(sorted(rows, key=lambda row: order[row["group"]]), key=lambda row: row["group"]):
        lines += [f"| {group} | ours | rival | | ratio | goal |", "|---|---|---|---|---|---|"]
        for row in members:
            what = row["what"] if row["size"] is None else f"{row['what']}, {row['size']:g}"
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g}"
            ours, rival = (figure(row[key], row["unit"]) for key in ("ours", "rival"))
            lines.append(f"| {what} | {ours} | {rival} | {row['rival_name']} | {ratio} | {row['goal']} |")
        lines.append("")
    return lines


def figure(value: float | None, unit: str) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return ""
    short = f"{value:.3g}"
    return f"{float(short):,.0f} {unit}" if "e" in short and abs(value) >= 1 else f"{short} {unit}".strip()


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
