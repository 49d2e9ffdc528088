"""The exact reader: bodies out of STEP, IGES and BREP files through Open CASCADE. Runs in the child process.

Open CASCADE works in millimetres; everything that leaves this module is in metres.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# OCP is an optional engine and publishes no types; nothing of it leaves this module

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, TypedDict

from ..errors import InputError, MissingEngineError, Where
from .brep import ReadEdge, ReadFace, ReadSolid, each, read_body

_MM = 1e-3
_MOST_FACES = 50_000
_SEW = 0.01  # mm: faces drawn apart by no more than this belong to one skin
_UNITS = {
    "millimetre": "mm",
    "millimeter": "mm",
    "metre": "m",
    "meter": "m",
    "centimetre": "cm",
    "centimeter": "cm",
    "micrometre": "um",
    "inch": "in",
}
_MADE_UP = ("SOLID", "SHELL", "FACE", "COMPOUND", "COMPSOLID")

Shape = Any
"""A shape, label or place of the engine."""


class ReadPart(TypedDict):
    """What a file holds, in metres.

    ``unit`` is empty where the file states none, ``left_out`` counts faces that bound no volume beside solids,
    ``filled`` bodies that were only a closed skin, ``missing`` solids that are described but could not be built.
    """

    unit: str
    solids: list[ReadSolid]
    faces: list[ReadFace]
    edges: list[ReadEdge]
    left_out: int
    filled: int
    missing: int


def read(path: str, scale: float, tolerance: float, angle: float) -> ReadPart:
    """Read one file.

    Args:
        path: a file of a known suffix.
        scale: metres of the unit of a BREP file, which states none.
        tolerance: largest chord error of triangles and points [m].
        angle: largest turn of the normal over a triangle's edge [rad].

    Raises:
        MissingEngineError: the engine is not installed.
        InputError: the file is damaged, too detailed or holds no surface.
    """
    try:
        importlib.import_module("OCP")
    except ImportError as error:
        raise MissingEngineError(
            "STEP, IGES and BREP files need an engine that is not installed", fix='pip install "cellwright[cad]"'
        ) from error
    match Path(path).suffix.lower():
        case ".brep":
            leaves, unit, missing = _brep(path), "", 0
        case ".igs" | ".iges":
            (leaves, unit), missing, scale = _iges(path), 0, _MM
        case _:
            (leaves, unit, missing), scale = _step(path), _MM
    count = sum(len(each(shape, "Face")) for _, shape in leaves)
    if missing and not count:
        raise InputError(f"none of its {missing} solids can be built", fix="export it again, as AP214 or AP242")
    if count > _MOST_FACES:
        raise InputError(f"{count} faces, at most {_MOST_FACES} are read", fix="leave out small details when exporting")
    bodies, left_out, filled = _bodies(leaves)
    part = ReadPart(unit=unit, solids=[], faces=[], edges=[], left_out=left_out, filled=filled, missing=missing)
    for index, (label, body) in enumerate(bodies):
        solid, faces, edges = read_body(label, body, len(part["faces"]), index, scale, tolerance, angle)
        part["solids"].append(solid)
        part["faces"] += faces
        part["edges"] += edges
    return part


def _bodies(leaves: list[tuple[str, Shape]]) -> tuple[list[tuple[str, Shape]], int, int]:
    """Return solids and filled skins in file order, else open skins; with the faces left out and the skins filled."""
    closed: list[tuple[str, Shape]] = []
    rest: list[tuple[str, Shape]] = []
    filled = 0
    for label, shape in leaves:
        closed += [(label, solid) for solid in each(shape, "Solid")]
        # bodies that touch must not be sewn to each other: first each group by itself, then what is left of all
        first, still_open = _fill(_loose(shape))
        second, still_open = _fill([[face for skin in still_open for face in each(skin, "Face")]])
        closed += [(label, solid) for solid in (*first, *second)]
        rest += [(label, skin) for skin in still_open]
        filled += len(first) + len(second)
    if closed:
        return closed, sum(len(each(skin, "Face")) for _, skin in rest), filled
    if rest:
        return rest, 0, filled
    raise InputError("the file holds no solid and no surface", fix="export the bodies, not only lines or points")


def _loose(shape: Shape) -> list[list[Shape]]:
    """Return the faces outside solids, a list for each group of the file."""
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopoDS import TopoDS_Iterator

    if shape.ShapeType() != TopAbs_ShapeEnum.TopAbs_COMPOUND:
        return [each(shape, "Face", outside="Solid")]
    own: list[Shape] = []
    groups: list[list[Shape]] = []
    children = TopoDS_Iterator(shape)
    while children.More():
        inner = _loose(children.Value())
        if children.Value().ShapeType() == TopAbs_ShapeEnum.TopAbs_COMPOUND:
            groups += inner
        else:
            own += inner[0]
        children.Next()
    return [own, *groups]


def _fill(groups: list[list[Shape]]) -> tuple[list[Shape], list[Shape]]:
    """Return the solids inside the closed skins, and the open skins."""
    solids: list[Shape] = []
    skins: list[Shape] = []
    for skin in (skin for faces in groups for skin in _skins(faces)):
        solid = _filled(skin)
        if solid is None:
            skins.append(skin)
        else:
            solids.append(solid)
    return solids, skins


def _skins(faces: list[Shape]) -> list[Shape]:
    """Return loose faces joined where their rims meet."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Sewing

    if not faces:
        return []
    sewing = BRepBuilderAPI_Sewing(_SEW)
    for face in faces:
        sewing.Add(face)
    sewing.Perform()
    sewn = sewing.SewedShape()
    return [] if sewn.IsNull() else [*each(sewn, "Shell"), *each(sewn, "Face", outside="Shell")]


def _filled(skin: Shape) -> Shape | None:
    from OCP.BRep import BRep_Tool
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeSolid
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopoDS import TopoDS

    if skin.ShapeType() != TopAbs_ShapeEnum.TopAbs_SHELL or not BRep_Tool.IsClosed_s(skin):
        return None
    maker = BRepBuilderAPI_MakeSolid(TopoDS.Shell(skin))
    return maker.Solid() if maker.IsDone() else None


def _step(path: str) -> tuple[list[tuple[str, Shape]], str, int]:
    """Return the leaves of the assembly where they stand with their product names, the unit, and the solids missing."""
    from OCP.collections import Sequence_TCollection_AsciiString, Sequence_TDF_Label
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.STEPCAFControl import STEPCAFControl_Reader
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDocStd import TDocStd_Document
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    if b"DOCUMENT_FILE" in Path(path).read_bytes().upper():
        # the engine would open what is named there, wherever it lies
        raise InputError("the file takes parts from other files", fix="export the assembly as one file")
    reader = STEPCAFControl_Reader()
    for extra in ("Color", "Layer", "Props", "GDT", "Mat", "View", "Meta", "SHUO"):
        getattr(reader, f"Set{extra}Mode")(False)
    reader.SetNameMode(True)
    if reader.ReadFile(path) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise InputError("not a readable STEP file", fix="export it again")
    model = reader.ChangeReader().Model()
    _check_syntax(model, Path(path))
    lengths, angles, solid_angles = (Sequence_TCollection_AsciiString() for _ in range(3))
    reader.ChangeReader().FileUnits(lengths, angles, solid_angles)
    document = TDocStd_Document(TCollection_ExtendedString("part"))
    if not reader.Transfer(document):
        raise InputError("the STEP file holds no shape that can be built", fix="export it again as AP214 or AP242")
    labels = Sequence_TDF_Label()
    XCAFDoc_DocumentTool.ShapeTool_s(document.Main()).GetFreeShapes(labels)
    leaves = [leaf for label in labels for leaf in _leaves(label, None, "")]
    unit = " and ".join(sorted({_unit(name.ToCString()) for name in lengths}))
    return leaves, unit, max(0, _described(model) - _built(leaves))


def _check_syntax(model: Shape, path: Path) -> None:
    """Refuse a file of which the engine left out a line: a body, a face or a hole may be missing."""
    said = model.GlobalCheck(True)
    if said.NbFails():
        first = re.search(r"Line (\d+): (.*)", str(said.CFail(1)))
        raise InputError(
            f"the file is damaged in {said.NbFails()} places; first: {first[2] if first else said.CFail(1)}",
            fix="export it again",
            where=Where(path, int(first[1]) if first else 0),
        )


def _described(model: Shape) -> int:
    from OCP.StepShape import StepShape_SolidModel

    # not by the engine's own IsKind, which takes 0.4 ms each
    return sum(isinstance(model.Value(i), StepShape_SolidModel) for i in range(1, model.NbEntities() + 1))


def _built(leaves: list[tuple[str, Shape]]) -> int:
    """Return the number of different solids; a nut that stands in four places is one."""
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.TopLoc import TopLoc_Location

    different = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    for _, shape in leaves:
        for solid in each(shape, "Solid"):
            different.Add(solid.Located(TopLoc_Location()))
    return different.Size()


def _unit(name: str) -> str:
    return _UNITS.get(name.lower(), name.lower())


def _leaves(label: Shape, parent: Shape | None, assembly: str) -> list[tuple[str, Shape]]:
    from OCP.collections import Sequence_TDF_Label
    from OCP.TDF import TDF_Label
    from OCP.XCAFDoc import XCAFDoc_ShapeTool

    product = TDF_Label()
    if not XCAFDoc_ShapeTool.GetReferredShape_s(label, product):
        product = label
    name = _name(product) or assembly
    if XCAFDoc_ShapeTool.IsAssembly_s(product):
        own = XCAFDoc_ShapeTool.GetLocation_s(label)
        components = Sequence_TDF_Label()
        XCAFDoc_ShapeTool.GetComponents_s(product, components)
        place = own if parent is None else parent.Multiplied(own)
        return [leaf for component in components for leaf in _leaves(component, place, name)]
    shape = XCAFDoc_ShapeTool.GetShape_s(label)
    if shape.IsNull():
        return []
    return [(name, shape if parent is None else shape.Moved(parent))]


def _name(label: Shape) -> str:
    """Return the product's name; empty where the engine made one up from the kind of shape."""
    from OCP.TDataStd import TDataStd_Name

    name = TDataStd_Name()
    if not label.FindAttribute(TDataStd_Name.GetID_s(), name):
        return ""
    text = name.Get().ToExtString()
    return "" if text in _MADE_UP else "".join(c for c in text if c.isprintable())[:200]


def _iges(path: str) -> tuple[list[tuple[str, Shape]], str]:
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.IGESControl import IGESControl_Reader

    reader = IGESControl_Reader()
    if reader.ReadFile(path) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise InputError("not a readable IGES file", fix="export it again")
    reader.TransferRoots()
    shape = reader.OneShape()
    name = reader.IGESModel().GlobalSection().UnitName()
    return [] if shape.IsNull() else [("", shape)], "" if name is None else _unit(name.ToCString())


def _brep(path: str) -> list[tuple[str, Shape]]:
    from OCP.BRep import BRep_Builder
    from OCP.BRepTools import BRepTools
    from OCP.TopoDS import TopoDS_Shape

    shape = TopoDS_Shape()
    if not BRepTools.Read_s(shape, path, BRep_Builder()) or shape.IsNull():
        raise InputError("not a readable BREP file", fix="export it again, as STEP if possible")
    return [("", shape)]
