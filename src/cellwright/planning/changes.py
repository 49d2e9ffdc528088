"""What moved from one plan to another, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import CellwrightError
from ..units import mm
from .failure import SCHEMA

_SAME = 1e-6  # [m, or an entry of a rotation, or m/s]: nobody sees less
_FIGURE = re.compile(r"-?[\d.]+")


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in sentences what moved from one plan document to another.

    Raises:
        CellwrightError: the old one is not a plan of this version.
    """
    if old.get("schema") != SCHEMA or "moves" not in old:
        raise CellwrightError("the old plan is not a plan.json of this version", fix="plan the old job again")
    said: list[str] = []
    if old["robot"] != new["robot"]:
        said.append(f"robot: {old['robot']} -> {new['robot']}")
    apart = np.reshape(new["world_T_base"], (4, 4)) - np.reshape(old["world_T_base"], (4, 4))
    if np.abs(apart).max() > _SAME:
        said.append(f"base moved by {mm(float(np.linalg.norm(apart[:3, 3]))):.1f} mm")
    before, after = (float(document["cycle_time_s"]["nominal"]) for document in (old, new))
    if abs(before - after) > 5e-3:
        said.append(f"cycle time: {before:.2f} s -> {after:.2f} s ({after - before:+.2f} s)")
    was, now = ([str(s["operation"]) for s in document["strokes"]] for document in (old, new))
    if was != now:
        said.append(f"order: {', '.join(was)} -> {', '.join(now)}")
    said += _moved_seams(old, new)
    missed, found = ({_statement(f): f for f in document["findings"]} for document in (old, new))
    said += [f"new finding: {f['code']}: {f['what']}" for key, f in found.items() if key not in missed]
    said += [f"gone: {f['code']}: {f['what']}" for key, f in missed.items() if key not in found]
    return tuple(said) or ("nothing moved",)


def _statement(finding: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells a finding from others: its figures, its time and its line move with everything else."""
    return str(finding["code"]), _FIGURE.sub("", str(finding["what"]))


def _moved_seams(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return one line for each operation whose targets moved, in the part's frame."""
    said: list[str] = []
    names = [s["operation"] for s in new["strokes"]]
    for name in names:
        targets = [
            np.array([m["frame_T_tcp"] for m in document["moves"] if m["operation"] == name]).reshape(-1, 4, 4)
            for document in (old, new)
        ]
        if not len(targets[0]):
            said.append(f"{name}: new")
            continue
        paces = [{s["operation"]: float(s["speed"]) for s in document["strokes"]}[name] for document in (old, new)]
        if abs(paces[0] - paces[1]) > _SAME:
            said.append(f"{name}: {mm(paces[0]):.2f} mm/s -> {mm(paces[1]):.2f} mm/s")
        if len(targets[0]) != len(targets[1]):
            said.append(f"{name}: {len(targets[0])} -> {len(targets[1])} moves")
        else:
            far = float(np.linalg.norm(targets[1][:, :3, 3] - targets[0][:, :3, 3], axis=1).max())
            turned = float(np.abs(targets[1][:, :3, :3] - targets[0][:, :3, :3]).max())
            if far > _SAME or turned > _SAME:
                also = ", turned" if turned > _SAME else ""
                said.append(f"{name}: targets moved by up to {mm(far):.2f} mm{also}")
    gone = {s["operation"] for s in old["strokes"]} - set(names)
    return [*said, *(f"{name}: gone" for name in sorted(gone))]
