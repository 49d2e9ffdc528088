"""Build bracket.step: a welded bearing bracket of eight plates and a tube, all lengths in mm.

    python make_bracket.py

The plates touch exactly and stand far enough apart for a MIG torch at 45 degrees. Nine seams are open from end to
end (both feet of lug and rib, outer feet of the sides, rear foot of the back, front foot of the cross plate, foot of
the tube); the seams in the pocket end in corners, where a torch has to stop short. The same bytes come out every time.
"""

import re
from pathlib import Path

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakePrism
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt, gp_Vec
from OCP.STEPCAFControl import STEPCAFControl_Writer
from OCP.STEPControl import STEPControl_StepModelType
from OCP.TCollection import TCollection_ExtendedString
from OCP.TDataStd import TDataStd_Name
from OCP.TDocStd import TDocStd_Document
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape
from OCP.XCAFDoc import XCAFDoc_DocumentTool

HERE = Path(__file__).parent
Z = gp_Dir(0.0, 0.0, 1.0)
Y = gp_Dir(0.0, 1.0, 0.0)


def plate(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> TopoDS_Shape:
    """Return a box between the given bounds."""
    return BRepPrimAPI_MakeBox(gp_Pnt(x[0], y[0], z[0]), gp_Pnt(x[1], y[1], z[1])).Shape()


def rod(foot: tuple[float, float, float], along: gp_Dir, radius: float, length: float) -> TopoDS_Shape:
    """Return a cylinder that starts at ``foot``."""
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*foot), along), radius, length).Shape()


def cut(body: TopoDS_Shape, *tools: TopoDS_Shape) -> TopoDS_Shape:
    """Return the body without the tools."""
    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return body


def gusset() -> TopoDS_Shape:
    """Return a triangle of 40 mm and 8 mm thickness in the corner between base and back."""
    corners = BRepBuilderAPI_MakePolygon()
    for y, z in ((90.0, 10.0), (50.0, 10.0), (50.0, 18.0), (82.0, 50.0), (90.0, 50.0)):
        corners.Add(gp_Pnt(-104.0, y, z))
    corners.Close()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(corners.Wire()).Face(), gp_Vec(8.0, 0.0, 0.0)).Shape()


def bodies() -> dict[str, TopoDS_Shape]:
    """Return name -> solid; the origin is in the middle of the underside of the base plate, z is up."""
    bolts = [rod((x, y, 0.0), Z, 7.0, 10.0) for x in (-190.0, 190.0) for y in (-120.0, 120.0)]
    return {
        "base_plate": cut(plate((-210, 210), (-140, 140), (0, 10)), *bolts),
        "back_plate": plate((-200, 0), (90, 100), (10, 110)),
        "side_plate_left": plate((-200, -190), (-20, 90), (10, 70)),
        "side_plate_right": plate((-10, 0), (-20, 90), (10, 70)),
        "cross_plate": plate((-190, -10), (-20, -10), (10, 50)),
        "gusset": gusset(),
        "rib": plate((-150, -50), (-125, -115), (10, 60)),
        "lug": cut(plate((90, 190), (-90, -80), (10, 70)), rod((140.0, -90.0, 45.0), Y, 10.0, 10.0)),
        "tube": cut(rod((130.0, 50.0, 10.0), Z, 30.0, 70.0), rod((130.0, 50.0, 10.0), Z, 25.0, 70.0)),
    }


def write(file: Path, solids: dict[str, TopoDS_Shape]) -> None:
    """Write an assembly named like its file, with a header that names neither a time nor a person."""
    document = TDocStd_Document(TCollection_ExtendedString(file.stem))
    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    assembly = shapes.NewShape()
    TDataStd_Name.Set_s(assembly, TCollection_ExtendedString(file.stem))
    for name, body in solids.items():
        label = shapes.AddShape(body, False)
        TDataStd_Name.Set_s(label, TCollection_ExtendedString(name))
        shapes.AddComponent(assembly, label, TopLoc_Location())
    shapes.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.SetNameMode(True)
    writer.Transfer(document, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(file))
    text = file.read_text(encoding="ascii")
    header = f"FILE_NAME('{file.name}','2000-01-01T00:00:00',(''),(''),'','','');"
    file.write_text(
        re.sub(r"FILE_NAME\(.*?\);", header, text, count=1, flags=re.DOTALL), encoding="ascii", newline="\n"
    )


if __name__ == "__main__":
    write(HERE / "bracket.step", bodies())
