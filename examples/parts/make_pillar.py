"""Build pillar.step: the pillar of a small machine, a square tube between a foot plate and a head plate, in mm.

    python make_pillar.py

The tube meets the foot in four fillets that face up and outwards, and the head in four that face down and outwards:
without a positioner half of the part is welded overhead. The same bytes come out every time.
"""

from make_bracket import HERE, Z, cut, plate, rod, write
from OCP.TopoDS import TopoDS_Shape


def bodies() -> dict[str, TopoDS_Shape]:
    """Return name -> solid; the origin is in the middle of the underside of the foot, z is up."""
    bolts = [rod((x, y, 0.0), Z, 9.0, 16.0) for x in (-150.0, 150.0) for y in (-150.0, 150.0)]
    return {
        "foot": cut(plate((-180, 180), (-180, 180), (0, 16)), *bolts),
        "tube": cut(plate((-70, 70), (-70, 70), (16, 236)), plate((-62, 62), (-62, 62), (16, 236))),
        "head": cut(plate((-110, 110), (-110, 110), (236, 248)), rod((0.0, 0.0, 236.0), Z, 30.0, 12.0)),
    }


if __name__ == "__main__":
    write(HERE / "pillar.step", bodies())
