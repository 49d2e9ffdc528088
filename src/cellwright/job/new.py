"""A job file to start from: written round a part, with every seam that was found in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..geometry import Array
from ..parts.model import Part
from ..parts.reading import read_part
from ..processes.seams import Seam, find_seams
from ..processes.torch import Aim, seam_poses
from ..shapes import bounds
from ..units import mm
from .files import ROBOT, suffix

PROCESSES = ("arc_weld",)

_TABLE = 0.7  # [m] height of the table that the part is put on
_MARGIN = 0.1  # [m] of the table round the part
_LISTED = 60  # lines of contacts that are not welded; the summary has them all
_STEP = 5e-3  # [m] between points of a seam in the summary
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_WORDS = re.compile(r"(?i)[-+.\d]*e?\d*|null|true|false")

_OUTSIDE = "allow_outside: true                 # files of this job lie outside of its folder\n"

_BISECTOR = Aim(
    work_angle=None, push_angle=0.0, speed=0.01, air_speed=0.1, lead_in=0.0, lead_out=0.0, approach=0.0, retract=0.0
)

_TEMPLATE = """\
# A robot job. Every quantity carries its unit. `cellwright check` says what is wrong with this file,
# `cellwright view {part}` shows the part with the names of its seams, edges and faces.
name: {name}
# takt: 180 s                       # time that one part may take
part:
  file: {part}{unit}
  at: {{x: {x}, y: {y}, z: {z}}}    # where its own frame stands; world z up, floor at z = 0
                                    # {size}, {solids}
{outside}robot: {robot}    # a key of `cellwright robots`, or the path of a URDF
base: auto                          # or {{mount: floor, x: 1200 mm, y: 0 mm, yaw: 180 deg}}
# home: [0 deg, -90 deg, 90 deg, 0 deg, 45 deg, 0 deg]
clearance: 10 mm                    # between bodies that may not touch
tool_clearance: 2 mm                # between the tool and the part or a fixture

# EXAMPLE, NOT YOUR TORCH: replace the figures by those of your torch, or write `tool: {{file: torch.yaml}}`.
tool:
  name: example_torch
  tcp: {{x: 70.7 mm, z: 320.7 mm, pitch: 45 deg}}    # tip of the wire seen from the flange; z leaves along the wire
  # mass: 2.5 kg
  bodies:
    - {{name: mount, cylinder: {{radius: 45 mm, length: 80 mm}}, at: {{z: 40 mm}}}}
    - {{name: neck, capsule: {{from: {{z: 80 mm}}, to: {{z: 250 mm}}, radius: 14 mm}}}}
    - {{name: nozzle, cylinder: {{radius: 9 mm, length: 70 mm}}, at: {{x: 35.4 mm, z: 285.4 mm, pitch: 45 deg}}}}
    - name: wire
      working: true                 # the end that may touch what it works on
      cylinder: {{radius: 0.6 mm, length: 15 mm}}
      at: {{x: 65.4 mm, z: 315.4 mm, pitch: 45 deg}}

obstacles:
  # EXAMPLE: a table under the part.
  - {{name: table, kind: fixture, box: {{x: {tx}, y: {ty}, z: {tz}}}, at: {{z: {th}}}}}
# avoid:
#   - {{name: walkway, box: {{x: 1 m, y: 4 m, z: 2 m}}, at: {{x: 3 m, z: 1 m}}}}

tasks:
  - kind: arc_weld
    speed: 8 mm/s
{seams}"""


def new_job(
    part_path: Path,
    *,
    process: str = "arc_weld",
    unit: str | None = None,
    robot: str = "kuka/KR8-R2100-2-arc-HW",
    folder: Path | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return the text of a commented job file, and what was found in the part.

    The second value has ``part``, ``unit``, ``size`` [m], ``solids``, ``findings`` and ``seams``. A seam has ``name``,
    ``joint``, ``bodies``, ``edges``, ``length`` [m], ``points`` (n, 3) in the part's frame [m], ``approach`` (n, 3)
    unit vectors from the root outwards through the middle of the wedge (against the wire), ``reachable`` (it is
    offered as a weld) and ``reason``.

    Args:
        part_path: CAD or mesh.
        process: what is to be done with the part.
        unit: of a mesh file that does not say it.
        robot: key of the catalogue, or the path of a URDF, seen from here or from the job file.
        folder: where the job file is to lie; left out: beside the part.

    Raises:
        InputError: no such process, or a part that cannot be read.
    """
    if process not in PROCESSES:
        raise InputError(f"no process {process!r}", fix=f"known: {', '.join(PROCESSES)}")
    part = read_part(part_path, unit=unit)
    seams = find_seams(part)
    low, high = _bounds(part)
    middle, size = (low + high) / 2, high - low
    home = part_path.parent if folder is None else folder
    part_name = _seen_from(home, part_path)
    robot_name = _seen_from(home, Path(robot)) if suffix(robot) in ROBOT and Path(robot).is_file() else robot
    outside = any(name.startswith("../") or Path(name).is_absolute() for name in (part_name, robot_name))
    table = size + 2 * _MARGIN
    text = _TEMPLATE.format(
        name=_scalar(_name(part_path)),
        part=_scalar(part_name),
        unit=f"\n  unit: {unit}" if unit else "",
        x=_length(-middle[0]), y=_length(-middle[1]), z=_length(_TABLE - low[2]),
        size=" x ".join(f"{mm(float(edge)):.1f}" for edge in size) + " mm",
        solids=f"{len(part.solids)} solid" + ("s" if len(part.solids) != 1 else ""),
        robot=_scalar(robot_name),
        outside=_OUTSIDE if outside else "",
        tx=_length(table[0]), ty=_length(table[1]), tz=_length(_TABLE), th=_length(_TABLE / 2),
        seams="\n".join(_seam_lines(part, seams)) + "\n",
    )  # fmt: skip
    summary = {
        "part": part_path.name,
        "unit": part.unit,
        "size": [round(float(edge), 7) for edge in size],
        "solids": [solid.name for solid in part.solids],
        "findings": [
            {"severity": f.severity, "code": f.code, "what": f.what, "where": f.where, "fix": f.fix}
            for f in part.findings
        ],
        "seams": [_summary(seam) for seam in seams],
    }
    return text, summary


def _seam_lines(part: Part, seams: Sequence[Seam]) -> Iterator[str]:
    offered = [seam for seam in seams if seam.weldable]
    others = [seam for seam in seams if not seam.weldable]
    if not offered:
        yield "    seams: auto                     # NONE FOUND: name an edge, or teach points, for example"
        yield "    # seams:"
        yield "    #   - points: [{x: 0 mm, y: 0 mm, z: 0 mm}, {x: 100 mm, y: 0 mm, z: 0 mm}]"
        if not part.exact:
            yield "    # a mesh has no edges: seams are found in STEP, IGES and BREP files"
    else:
        yield f"    seams: auto                     # all {len(offered)} that follow; or list the wanted ones:"
        yield "    # seams:"
        yield from (f"    #   - seam: {_line(seam)}" for seam in offered)
    if others:
        yield "    # touching or meeting, but not offered as welds (a list may name them all the same):"
        yield from (f"    #   {_line(seam)}" for seam in others[:_LISTED])
    if len(others) > _LISTED:
        yield f"    #   ... and {len(others) - _LISTED} more"


def _line(seam: Seam) -> str:
    one, other = seam.bodies
    bodies = one if one == other else f"{one} + {other}"
    return f"{seam.name:<12} # {seam.joint}, {mm(seam.length):.1f} mm, {bodies}: {seam.reason}"


def _summary(seam: Seam) -> dict[str, Any]:
    part_T_tip = seam_poses(seam, _BISECTOR, _STEP)
    rows = np.round(np.concatenate([part_T_tip[:, :3, 3], -part_T_tip[:, :3, 2]], axis=1), 7) + 0.0  # no -0.0
    rows = rows[np.r_[True, (np.diff(rows, axis=0) != 0).any(1)]]  # segments share their ends
    return {
        "name": seam.name,
        "joint": seam.joint,
        "bodies": list(seam.bodies),
        "edges": list(seam.edges),
        "length": round(seam.length, 7),
        "points": rows[:, :3].tolist(),
        "approach": rows[:, 3:].tolist(),
        "reachable": seam.weldable,
        "reason": seam.reason,
    }


def _bounds(part: Part) -> tuple[Array, Array]:
    boxes = np.stack([bounds(solid.mesh) for solid in part.solids])
    return boxes[:, 0].min(0), boxes[:, 1].max(0)


def _length(metres: float) -> str:
    return f"{mm(float(metres)) + 0.0:.3f}".rstrip("0").rstrip(".") + " mm"


def _name(path: Path) -> str:
    printable = "".join(letter if letter.isprintable() else "_" for letter in path.stem).strip()
    return printable[:60].strip() or "job"


def _seen_from(folder: Path, file: Path) -> str:
    """Return a file's name as a job in ``folder`` writes it."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return file.resolve().as_posix()


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back: quoted where it would be read as something else."""
    if _PLAIN.fullmatch(text) and not _WORDS.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
