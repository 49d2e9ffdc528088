"""Seams of real parts against lists that were written by hand from the parts' dimensions.

The lists say what a welder would weld. They were derived from the sizes and positions of the solids and faces in the
files (mm, the file's own axes), not from what the search returns; where both differ, the test says how and why.
"""

from pathlib import Path

import numpy as np
import pytest
from cellwright.parts.contacts import find_contacts, touching
from cellwright.parts.model import Part
from cellwright.parts.reading import read_part
from cellwright.processes.fits import find_pins
from cellwright.processes.seams import Seam, find_seams

Line = tuple[str, float, tuple[float, float, float], tuple[float, float, float]]

# as1-tu-203: plate s11 (0..180 x 0..150 x 0..20); on it two angle brackets, s10 (foot 5..55 x 25..125, 10 thick, wall
# 60 high at x = 5..15) and s18, its mirror image (foot 125..175, wall at x = 165..175). Everything else is a rod, six
# bolts and eight nuts. Each bracket's foot can be welded all round: along the wall (heel) it is a plate standing 60 mm
# high, at the toe and both ends a 10 mm plate lying on another. The brackets' own inner corners are bent, not welded.
AS1: list[Line] = [
    ("fillet", 100.0, (5, 25, 20), (5, 125, 20)),
    ("lap", 100.0, (55, 25, 20), (55, 125, 20)),
    ("lap", 50.0, (5, 25, 20), (55, 25, 20)),
    ("lap", 50.0, (5, 125, 20), (55, 125, 20)),
    ("fillet", 100.0, (175, 25, 20), (175, 125, 20)),
    ("lap", 100.0, (125, 25, 20), (125, 125, 20)),
    ("lap", 50.0, (125, 25, 20), (175, 25, 20)),
    ("lap", 50.0, (125, 125, 20), (175, 125, 20)),
]

# frame: one solid, drawn as if welded from a plate with windows (y = 0..38.1), two arms that stick out of it
# (z = 203.2..254, up to y = 292.1; x = -50.8..127 and 482.6..660.4) and a gusset on each (44.45 thick at x = 6.35 and
# 558.8, 127 along the arm, 73.32 up the plate, its sloped edge is a face). An arm meets the plate below over
# 115.1 mm (its outer 25.4 mm end in a corner radius), above over 133.35 mm left and right of the gusset (57.15 and
# 76.2) and at its inner side over its thickness, 50.8. The gusset is welded all round: 2 x 127, 2 x 73.32, and 44.45
# across at its toe and its crest. The outer sides of arm and plate are level: no joint. The 17.46 mm deep
# recesses, counterbores and screw holes are milled.
ARM: list[tuple[str, float]] = [
    ("fillet", 44.45),
    ("fillet", 44.45),
    ("fillet", 50.8),
    ("fillet", 57.15),
    ("fillet", 73.32),
    ("fillet", 73.32),
    ("fillet", 76.2),
    ("fillet", 115.1),
    ("fillet", 127.0),
    ("fillet", 127.0),
]


@pytest.fixture(scope="module")
def mechanical(real_data: Path) -> Path:
    return real_data / "parts" / "mechanical"


@pytest.fixture(scope="module")
def as1(mechanical: Path) -> Part:
    return read_part(mechanical / "as1-tu-203.stp")


def offered(part: Part) -> list[Seam]:
    return [seam for seam in find_seams(part) if seam.weldable]


def shown(seams: list[Seam]) -> list[tuple[str, float]]:
    return sorted((seam.joint, round(seam.length * 1e3, 2)) for seam in seams)


def test_the_brackets_of_as1_are_welded_round_their_feet(as1: Part):
    found = [
        (
            seam.joint,
            round(seam.length * 1e3, 2),
            *sorted(tuple(np.round(p * 1e3, 3) + 0.0) for p in seam.stretches[0].way.points[[0, -1]]),
        )
        for seam in offered(as1)
    ]

    assert sorted(found) == sorted(AS1)


def test_nuts_bolts_and_the_rod_of_as1_are_not_offered(as1: Part):
    by_pair = {frozenset(seam.bodies): seam.joint for seam in find_seams(as1) if not seam.weldable}
    kinds = sorted(joint for pair, joint in by_pair.items() if len(pair) == 2)

    # eight nuts on plate and brackets; bolts and rod in eight nuts, and open at the brackets: six heads, the rod twice
    assert kinds == ["fastener"] * 8 + ["hole"] * 16
    assert all(seam.reason for seam in find_seams(as1))


def test_every_pair_of_as1_that_touches_is_known(as1: Part):
    lines = set(touching(find_contacts(as1)))
    pins = {tuple(sorted((pin.pin, pin.plate))) for pin in find_pins(as1)}

    # 2 brackets and 6 nuts on the plate, 2 nuts on brackets, 6 bolts in nut, plate and bracket, the rod in 2 and 2
    assert len(lines | pins) == 2 + 6 + 2 + 6 * 3 + 4


def test_the_arms_of_the_frame_are_welded_to_its_plate(mechanical: Path):
    seams = offered(read_part(mechanical / "frame.step"))

    assert shown(seams) == sorted(2 * ARM)
    assert len({round(float(seam.stretches[0].way.points[:, 0].mean()) > 0.3) for seam in seams}) == 2


@pytest.mark.parametrize("file", ["CrankArm.brep", "base_interface_AP203.STEP", "screw.step"])
def test_a_forging_with_its_axle_a_flat_plate_and_a_screw_have_no_welds(mechanical: Path, file: str):
    # CrankArm: an axle of 20.4 in a bore of 21.6, and a forged crank whose inner corners are its own. base_interface: a
    # flat plate 4.8 thick with holes. screw: one turned piece, its head 1.5 times as high as it stands out.
    assert offered(read_part(mechanical / file)) == []


def test_a_milled_block_is_taken_for_two_pieces_in_two_places(mechanical: Path):
    # featuretype is milled from the solid: a welder would weld nothing. Nothing in the file tells a thin milled wall
    # beside a slot from a plate that was welded on: two of its 55 inner corners are offered, and a person strikes them.
    seams = find_seams(read_part(mechanical / "featuretype.STEP"))

    assert len(seams) == 55
    assert len([seam for seam in seams if seam.weldable]) == 2
