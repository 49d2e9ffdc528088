"""A small job that is planned in a few seconds, for tests that need a job file."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"

SMALL = """\
name: small
part: {file: bracket.step, at: {z: 800 mm}}
robot: abb/IRB2600-12-1.65
base: {mount: floor, x: 1275 mm, y: 0 mm, z: 0 mm, yaw: 180 deg}
tool:
  name: torch
  tcp: {x: 84 mm, z: 330 mm, pitch: 45 deg}
  mass: 3 kg
  bodies:
    - {name: neck, capsule: {from: {z: 80 mm}, to: {z: 246 mm}, radius: 13 mm}}
    - name: wire
      working: true
      cylinder: {radius: 0.6 mm, length: 15 mm}
      at: {x: 78.7 mm, z: 324.7 mm, pitch: 45 deg}
tasks:
  - kind: arc_weld
    speed: 8 mm/s
    seams:
      - seam: seam_3
"""
"""One seam and a base that stands; the part is ``bracket.step`` of the examples."""

TWO_SEAMS = SMALL + "      - seam: seam_7\n"
