"""A small job that is right, in a folder of its own."""

from pathlib import Path

import pytest

GOOD = """\
name: bracket
market: eu
takt: 180 s
part:
  file: parts/bracket.step
  at: {z: 750 mm}
robot: kuka/KR8-R2100-2-arc-HW
base: auto
home: [0 deg, -90 deg, 90 deg, 0 deg, 45 deg, 0 deg]
clearance: 10 mm
tool:
  name: torch
  tcp: {z: 360 mm, pitch: 45 deg}
  bodies:
    - {name: neck, capsule: {from: {z: 80 mm}, to: {x: 20 mm, z: 250 mm}, radius: 14 mm}}
    - {name: wire, working: true, cylinder: {radius: 1 mm, length: 15 mm}, at: {z: 352 mm}}
obstacles:
  - {name: table, kind: fixture, box: {x: 1200 mm, y: 800 mm, z: 40 mm}, at: {z: 700 mm}}
  - name: jig
    mesh: jig.stl
    unit: mm
tasks:
  - kind: arc_weld
    seams: auto
    speed: 8 mm/s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files that the small job names; the reader of jobs does not open them."""
    home = tmp_path / "job"
    (home / "parts").mkdir(parents=True)
    (home / "parts" / "bracket.step").write_text("ISO-10303-21;")
    (home / "jig.stl").write_text("solid jig\nendsolid jig\n")
    (home / "robots").mkdir()
    (home / "robots" / "arm.urdf").write_text("<robot/>")
    (tmp_path / "elsewhere.stl").write_text("solid\nendsolid\n")
    return home


@pytest.fixture
def good(folder: Path) -> Path:
    """Return the small job's file."""
    file = folder / "bracket.yaml"
    file.write_text(GOOD)
    return file
