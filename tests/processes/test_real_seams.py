"""Seams of real parts against lists that were written by hand from the parts' dimensions.

The lists say what a welder would weld. They were derived from the sizes and positions of the solids and faces in the
files (mm, the file's own axes), not from what the search returns; where both differ, the test says how and why.
"""

from pathlib import Path

import numpy as np
import pytest
from OCP.BRep import BRep_Builder
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
from OCP.BRepTools import BRepTools
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS_Compound

from cellwright.parts.contacts import find_contacts, touching
from cellwright.parts.model import Part
from cellwright.parts.reading import read_part
from cellwright.processes import ArcWeld
from cellwright.processes.fits import find_pins
from cellwright.processes.seams import Seam, find_seams
from cellwright.processes.work import poses

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

    # 2 brackets and 6 nuts on the plate, 2 nuts on brackets, 6 bolts in nut, plate and bracket, the rod in 2 and 2.
    # OCCT's distance of solids says 0 for 34 pairs: it is wrong for s6 with s9 and s14 with s17, bolt and nut of
    # neighbouring holes, whose boxes lie 11 mm apart
    assert len(lines | pins) == 2 + 6 + 2 + 6 * 3 + 4


def test_the_arms_of_the_frame_are_welded_to_its_plate(mechanical: Path):
    seams = offered(read_part(mechanical / "frame.step"))

    assert shown(seams) == sorted(2 * ARM)
    assert len({round(float(seam.stretches[0].way.points[:, 0].mean()) > 0.3) for seam in seams}) == 2


@pytest.mark.parametrize("file", ["CrankArm.brep", "base_interface_AP203.STEP"])
def test_a_forging_with_its_axle_and_a_flat_plate_have_no_welds(mechanical: Path, file: str):
    # CrankArm: an axle of 20.4 in a bore of 21.6, and a forged crank whose inner corners are its own.
    # base_interface: a flat plate 4.8 thick with holes.
    assert offered(read_part(mechanical / file)) == []


@pytest.mark.parametrize(("file", "lines"), [("featuretype.STEP", 2), ("screw.step", 1)])
def test_one_piece_is_taken_for_two_where_something_thin_stands_up(mechanical: Path, file: str, lines: int):
    # By hand: nothing, both are cut from one piece. What is offered in error is a thin wall and a slot's lip of the
    # milled block, and the screw's shank under its head: nothing in such a file tells them from pieces welded on.
    assert len(offered(read_part(mechanical / file))) == lines


def test_the_bracket_of_the_example_has_the_seams_of_its_drawing():
    # From make_bracket.py: back plate 200 long, its front split by gusset and sides (86 and 86); sides 110 outside and
    # 100 inside, up to the cross plate; cross plate 180 on both sides; rib and lug 100, gusset 40 on both sides; tube
    # of 60 diameter. Upright: sides to back 60, gusset to back 40 twice, cross plate to sides 40. Where ends are
    # level on the outside there is no groove, and the 8 and 10 mm ends of plates are left.
    base = [200.0, 86.0, 86.0, 110.0, 110.0, 100.0, 100.0, 180.0, 180.0, *[100.0] * 4, 40.0, 40.0, 188.5]
    upright = [60.0, 60.0, 40.0, 40.0, 40.0, 40.0]
    seams = offered(read_part(Path(__file__).parents[2] / "examples" / "parts" / "bracket.step"))

    assert shown(seams) == sorted(("fillet", length) for length in base + upright)


def test_a_branch_on_a_pipe_is_one_closed_seam_within_a_tenth_of_a_millimetre(tmp_path: Path):
    file = tmp_path / "branch.brep"
    write_branch(file, pipe=30.0, branch=15.0)
    (seam,) = find_seams(read_part(file))

    assert seam.weldable
    assert seam.closed
    (operation,) = ArcWeld.model_validate({"kind": "arc_weld", "speed": "8 mm/s"}).work(read_part(file)).operations
    for toolpath in operation.alternatives:
        segments = [segment for segment in toolpath.segments if segment.role == "process"]
        tip = np.concatenate([poses(segment, np.linspace(0, 1, 21)) for segment in segments])
        np.testing.assert_allclose(np.hypot(tip[:, 1, 3], tip[:, 2, 3]), 0.030, atol=1e-4)
        np.testing.assert_allclose(np.hypot(tip[:, 0, 3], tip[:, 1, 3]), 0.015, atol=1e-4)
        # outside of both pipes: the wire comes from away from either axis
        assert (tip[:, 2, 2] < 0).all()
        assert ((tip[:, :2, 2] * tip[:, :2, 3]).sum(1) < 0).all()


def write_branch(file: Path, *, pipe: float, branch: float) -> None:
    """Write a rod along z that ends on a rod along x, both round the origin, radii in mm."""
    main = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(-100.0, 0.0, 0.0), gp_Dir(1.0, 0.0, 0.0)), pipe, 200.0).Shape()
    upright = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(0.0, 0.0, 0.0), gp_Dir(0.0, 0.0, 1.0)), branch, 90.0).Shape()
    both = TopoDS_Compound()
    builder = BRep_Builder()
    builder.MakeCompound(both)
    builder.Add(both, main)
    builder.Add(both, BRepAlgoAPI_Cut(upright, main).Shape())
    BRepTools.Write_s(both, str(file))
