"""Parts from files: exact CAD and triangle meshes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from ..errors import InputError, Where, at
from ..findings import Finding
from ..geometry import frozen
from ..isolated import call
from ..meshes import OWN_UNIT, ReadMesh, check_file, read_triangles, signed_volume
from ..meshes import SUFFIXES as MESH_SUFFIXES
from ..shapes import Mesh
from ..units import UNITS
from . import occ
from .brep import ReadEdge, ReadFace
from .model import Edge, EdgeKind, Face, FaceKind, Part, Solid

SUFFIXES = (".step", ".stp", ".iges", ".igs", ".brep", *MESH_SUFFIXES)

_LARGEST = 50.0  # m
_SMALLEST = 0.5e-3  # m
_LIKELY = (0.02, 5.0)  # m: the size of a part that a robot works on
_USUAL = ("mm", "m", "in")  # units that parts are drawn in
_MEMORY = 4 * 2**30


def read_part(
    path: Path, *, unit: str | None = None, tolerance: float = 1e-4, angle: float = 0.3, seconds: float = 120.0
) -> Part:
    """Return the part in a file, in the file's own axes, in metres.

    STEP, IGES and BREP are read exactly: solids in file order where the assembly puts them, faces and edges in the
    engine's order, the same in every run. STL, PLY, OBJ, COLLADA and GLB give one solid of triangles.

    Args:
        path: a file with one of ``SUFFIXES``.
        unit: length unit of a format that states none: needed for STL, PLY and OBJ, mm if not given for BREP. For the
            others it may be given, and has to be what the file says.
        tolerance: largest chord error of triangles and points of edges [m].
        angle: largest turn of the surface over a triangle's edge [rad].
        seconds: most that reading may take [s].

    Raises:
        InputError: no such file, not what its suffix says, damaged, nothing in it, or its unit is not clear.
        MissingEngineError: the CAD engine is not installed.
    """
    check_file(path, SUFFIXES)
    with at(Where(path)):
        if unit is not None and unit not in UNITS["length"]:
            raise InputError(f"{unit!r} is not a length unit", fix=f"known: {', '.join(UNITS['length'])}")
        if path.suffix.lower() in MESH_SUFFIXES:
            return _mesh_part(path, unit, tolerance)
        _check_content(path)
        scale = UNITS["length"][unit or "mm"]
        read = call(occ.read, str(path), scale, tolerance, angle, what=str(path), seconds=seconds, memory=_MEMORY)
        return _exact_part(path, read, unit, tolerance)


def _mesh_part(path: Path, unit: str | None, tolerance: float) -> Part:
    if unit is None and path.suffix.lower() not in OWN_UNIT:
        raise InputError(f"{path.suffix.upper()[1:]} files state no unit", fix="say `unit: mm`, or what it is")
    (read,) = read_triangles([path], unit=unit)
    if isinstance(read, InputError):
        raise read
    stated = read["unit"] or unit or ""
    _same_unit(read["unit"], unit)
    mesh = _mesh(read)
    volume = signed_volume(mesh.vertices, mesh.faces.astype(np.int64)) if mesh.closed else 0.0
    solid = Solid(name="s1", label=path.stem, mesh=mesh, faces=(), edges=(), volume=volume)
    findings = [*_size([solid], stated), *_volumes([solid], [read["turned"]])]
    return Part(
        file=path,
        exact=False,
        unit=stated,
        tolerance=tolerance,
        solids=(solid,),
        faces=(),
        edges=(),
        findings=tuple(findings),
    )


def _exact_part(path: Path, read: occ.ReadPart, unit: str | None, tolerance: float) -> Part:
    stated = read["unit"] or unit or "mm"
    _same_unit(read["unit"], unit)
    solids = tuple(
        Solid(
            name=f"s{index + 1}",
            label=solid["label"],
            mesh=_mesh(solid["mesh"]),
            faces=tuple(i for i, face in enumerate(read["faces"]) if face["solid"] == index),
            edges=tuple(i for i, edge in enumerate(read["edges"]) if edge["solid"] == index),
            volume=solid["volume"],
        )
        for index, solid in enumerate(read["solids"])
    )
    findings = [
        *_size(solids, stated),
        *_volumes(solids, [solid["turned"] for solid in read["solids"]]),
        *_changes(read, unit),
    ]
    return Part(
        file=path,
        exact=True,
        unit=stated,
        tolerance=tolerance,
        solids=solids,
        faces=tuple(_face(f"f{i + 1}", face) for i, face in enumerate(read["faces"])),
        edges=tuple(_edge(f"e{i + 1}", edge) for i, edge in enumerate(read["edges"])),
        findings=tuple(findings),
    )


def _mesh(read: ReadMesh) -> Mesh:
    return Mesh(vertices=frozen(read["vertices"]), faces=read["faces"], closed=read["closed"])


def _face(name: str, read: ReadFace) -> Face:
    return Face(
        name=name,
        solid=read["solid"],
        kind=cast("FaceKind", read["kind"]),
        point=frozen(read["point"]),
        normal=frozen(read["normal"]),
        axis=None if read["axis"] is None else frozen(read["axis"]),
        origin=None if read["origin"] is None else frozen(read["origin"]),
        radius=read["radius"],
        area=read["area"],
        mesh=Mesh(vertices=frozen(read["vertices"]), faces=read["triangles"], closed=False),
    )


def _edge(name: str, read: ReadEdge) -> Edge:
    return Edge(
        name=name,
        solid=read["solid"],
        kind=cast("EdgeKind", read["kind"]),
        points=frozen(read["points"]),
        centre=None if read["centre"] is None else frozen(read["centre"]),
        axis=None if read["axis"] is None else frozen(read["axis"]),
        radius=read["radius"],
        faces=tuple(read["faces"]),
        length=read["length"],
        angle=read["angle"],
    )


def _same_unit(stated: str, wanted: str | None) -> None:
    if stated and wanted and stated != wanted:
        raise InputError(f"the file says its unit is {stated}, not {wanted}", fix="leave `unit` out")


def _check_content(path: Path) -> None:
    """Compare the first bytes with the suffix: STEP by ISO 10303-21, IGES 5.3 by the S in column 73."""
    with path.open("rb") as file:
        start = file.read(4096)
    if b"\0" in start and not start.startswith(b"Open CASCADE"):
        raise InputError("the file is not a CAD text file", fix="check the file's suffix, or export it again as STEP")
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    match path.suffix.lower():
        case ".step" | ".stp":
            fits, name = head.startswith(b"ISO-10303-21"), "STEP"
        case ".igs" | ".iges":
            fits, name = start[72:73] == b"S", "IGES"
        case _:
            fits, name = b"CASCADE Topology" in head or head.startswith(b"DBRep_DrawableShape"), "BREP"
    if not fits:
        raise InputError(f"the suffix says {name}, the content does not", fix="check the suffix, or export it again")


def _size(solids: Sequence[Solid], unit: str) -> list[Finding]:
    lowest = np.min([solid.mesh.vertices.min(0) for solid in solids], axis=0)
    highest = np.max([solid.mesh.vertices.max(0) for solid in solids], axis=0)
    size = float((highest - lowest).max())
    if _SMALLEST <= size <= _LARGEST:
        return []
    factor = UNITS["length"].get(unit, 1.0)
    likely = [u for u in _USUAL if _LIKELY[0] <= size / factor * UNITS["length"][u] <= _LIKELY[1]]
    guess = f"; in {' or '.join(likely)} it would be a usual size" if likely else ""
    return [
        Finding(
            code="part-size",
            severity="warning",
            what=f"the part is {size:.3g} m large in its unit {unit}{guess}",
            value=size,
            limit=_LARGEST if size > _LARGEST else _SMALLEST,
            unit="m",
            fix="check the unit the part was exported in",
        )
    ]


def _volumes(solids: Sequence[Solid], turned: Sequence[bool]) -> list[Finding]:
    findings = [
        Finding(
            code="inside-out",
            severity="info",
            what=f"{solid.name} {solid.label!r} was inside out and has been turned round",
            fix="export the part again with outward normals",
        )
        for solid, was_turned in zip(solids, turned, strict=True)
        if was_turned
    ]
    return findings + [
        Finding(
            code="open-surface",
            severity="warning",
            what=f"{solid.name} {solid.label!r} is a surface without volume",
            fix="give it its thickness, or close it, in the CAD system",
        )
        for solid in solids
        if solid.volume == 0.0
    ]


def _changes(read: occ.ReadPart, unit: str | None) -> list[Finding]:
    findings = [
        Finding(
            code="solid-unsound",
            severity="warning",
            what=f"the faces of s{index + 1} {solid['label']!r} do not fit together, its shape may be wrong",
            fix="repair it in the CAD system and export it again",
        )
        for index, solid in enumerate(read["solids"])
        if not solid["sound"]
    ]
    if read["missing"]:
        findings.append(
            Finding(
                code="solids-missing",
                severity="error",
                what=f"{read['missing']} solids that the file describes could not be built: no check sees them",
                value=float(read["missing"]),
                limit=0.0,
                fix="export the part again, as AP214 or AP242",
            )
        )
    if read["left_out"]:
        findings.append(
            Finding(
                code="surfaces-left-out",
                severity="warning",
                what=f"{read['left_out']} faces bound no volume and were left out: no check sees them",
                value=float(read["left_out"]),
                fix="give them thickness in the CAD system if they are there in reality",
            )
        )
    if read["filled"]:
        findings.append(
            Finding(
                code="surfaces-filled",
                severity="info",
                what=f"{read['filled']} closed surfaces were taken as solids",
                value=float(read["filled"]),
            )
        )
    if not read["unit"] and unit is None:
        findings.append(
            Finding(
                code="unit-assumed",
                severity="warning",
                what="the file states no length unit: mm was taken, as its format's usual one",
                fix="say `unit: mm` if that is right",
            )
        )
    return findings
