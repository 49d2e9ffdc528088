"""One body of the CAD engine as plain values: its faces, edges and triangles, in metres. Runs in the child process."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# OCP is an optional engine and publishes no types; nothing of it leaves this module

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from ..geometry import Array
from ..meshes import ReadMesh, cleaned

Shape = Any
"""A shape, curve or surface of the engine."""

_SAME = 1e-3  # in the engine's unit: a spline that stays this near to a plane, a cylinder, a circle, ... is one
_MIDDLES = (0.5, 0.37, 0.71)  # where along an edge its angle is measured: the first with a normal on both sides
_SMOOTH = 1e-3  # rad


class ReadFace(TypedDict):
    """See ``model.Face``."""

    solid: int
    kind: str
    point: Array
    normal: Array
    axis: Array | None
    origin: Array | None
    radius: float | None
    area: float
    vertices: Array
    triangles: NDArray[np.int32]


class ReadEdge(TypedDict):
    """See ``model.Edge``."""

    solid: int
    kind: str
    points: Array
    centre: Array | None
    axis: Array | None
    radius: float | None
    faces: list[int]
    length: float
    angle: float


class ReadSolid(TypedDict):
    """One body: ``volume`` [m3] as the engine integrates it, 0 where ``mesh`` is an open surface.

    ``sound`` tells that its faces fit together, ``turned`` that it was inside out.
    """

    label: str
    volume: float
    sound: bool
    turned: bool
    mesh: ReadMesh


def each(shape: Shape, kind: str, *, outside: str = "SHAPE") -> list[Shape]:
    """Return the sub-shapes of a kind in the engine's order, each as often as it occurs."""
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopoDS import TopoDS

    kinds = TopAbs_ShapeEnum.__members__
    explorer = TopExp_Explorer(shape, kinds[f"TopAbs_{kind.upper()}"], kinds[f"TopAbs_{outside.upper()}"])
    found: list[Shape] = []
    while explorer.More():
        found.append(getattr(TopoDS, kind)(explorer.Current()))
        explorer.Next()
    return found


def read_body(
    label: str, body: Shape, first_face: int, solid: int, scale: float, tolerance: float, angle: float
) -> tuple[ReadSolid, list[ReadFace], list[ReadEdge]]:
    """Return the values of one body.

    Args:
        label: its name in the file.
        body: a solid, shell or face.
        first_face: index over the whole part of its first face.
        solid: its own index.
        scale: metres of the engine's unit.
        tolerance: largest chord error [m].
        angle: largest turn of the normal over a triangle's edge [rad].
    """
    from OCP.BRepCheck import BRepCheck_Analyzer
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.TopAbs import TopAbs_ShapeEnum

    volume = _volume(body) * scale**3 if body.ShapeType() == TopAbs_ShapeEnum.TopAbs_SOLID else 0.0
    if turned := volume < 0:
        body = body.Reversed()
    BRepMesh_IncrementalMesh(body, tolerance / scale, False, angle, False)
    shapes = each(body, "Face")
    faces = [_face(shape, solid, scale) for shape in shapes]
    edges = _edges(shapes, first_face, solid, scale, tolerance, angle)
    corners = np.cumsum([0, *(len(face["vertices"]) for face in faces)])
    mesh = cleaned(
        np.concatenate([face["vertices"] for face in faces]),
        np.concatenate([face["triangles"] + start for face, start in zip(faces, corners, strict=False)]),
        "",
    )
    sound = BRepCheck_Analyzer(body).IsValid() and not mesh["turned"] and (mesh["closed"] or volume == 0)
    read = ReadSolid(label=label, volume=abs(volume), sound=sound, turned=turned, mesh=mesh)
    return read, faces, edges


def _volume(solid: Shape) -> float:
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(solid, properties)
    return properties.Mass()


def _area(face: Shape) -> float:
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    BRepGProp.SurfaceProperties_s(face, properties)
    return abs(properties.Mass())


def _face(face: Shape, solid: int, scale: float) -> ReadFace:
    from OCP.BRepAdaptor import BRepAdaptor_Surface

    vertices, triangles, uv = _triangles(face)
    surface = BRepAdaptor_Surface(face)
    corners = vertices[triangles]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    # the middle of the largest triangle lies inside the face, also where the face is a ring
    middle = uv[triangles[int(np.argmax(np.linalg.norm(doubled, axis=1)))]].mean(0) if len(triangles) else uv.mean(0)
    point, normal = _normal(surface, middle, _reversed(face))
    kind, geometry = _recognised(face, surface, ("Plane", "Cylinder", "Sphere", "Cone", "Torus"))
    axis, origin, radius = _axis(kind, geometry)
    return ReadFace(
        solid=solid,
        kind=kind.lower(),
        point=point * scale,
        normal=normal,
        axis=axis,
        origin=None if origin is None else origin * scale,
        radius=None if radius is None else radius * scale,
        area=_area(face) * scale**2,
        vertices=vertices * scale,
        triangles=triangles,
    )


def _recognised(shape: Shape, adaptor: Shape, kinds: Sequence[str]) -> tuple[str, Shape | None]:
    """Return the kind and the geometry of a face or an edge, also where a spline draws a simple form."""
    from OCP import gp
    from OCP.ShapeAnalysis import ShapeAnalysis_CanonicalRecognition

    stated = adaptor.GetType().name.removeprefix("GeomAbs_")
    if stated in kinds:
        return stated, getattr(adaptor, stated)()
    forms = {"Line": gp.gp_Lin, "Circle": gp.gp_Circ, "Plane": gp.gp_Pln}
    forms |= {"Cylinder": gp.gp_Cylinder, "Sphere": gp.gp_Sphere, "Cone": gp.gp_Cone}
    recognition = ShapeAnalysis_CanonicalRecognition(shape)
    for kind in (kind for kind in kinds if kind in forms):
        form = forms[kind]()
        if getattr(recognition, f"Is{kind}")(_SAME, form):
            return kind, form
    return "Free", None


def _axis(kind: str, form: Shape) -> tuple[Array | None, Array | None, float | None]:
    match kind:
        case "Cylinder":
            return _xyz(form.Axis().Direction()), _xyz(form.Location()), form.Radius()
        case "Cone":
            return _xyz(form.Axis().Direction()), _xyz(form.Location()), None
        case "Torus":
            return _xyz(form.Axis().Direction()), _xyz(form.Location()), form.MinorRadius()
        case "Sphere":
            return None, _xyz(form.Location()), form.Radius()
        case _:
            return None, None, None


def _xyz(point: Shape) -> Array:
    return np.array([point.X(), point.Y(), point.Z()])


def _reversed(shape: Shape) -> bool:
    from OCP.TopAbs import TopAbs_Orientation

    return shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED


def _normal(surface: Shape, uv: Array, turned: bool) -> tuple[Array, Array]:
    """Return the point and the unit normal; the normal is NaN at a pole, where the surface has none."""
    from OCP.gp import gp_Pnt, gp_Vec

    point, along_u, along_v = gp_Pnt(), gp_Vec(), gp_Vec()
    surface.D1(float(uv[0]), float(uv[1]), point, along_u, along_v)
    normal = _xyz(along_u.Crossed(along_v)) * (-1.0 if turned else 1.0)
    length = float(np.linalg.norm(normal))
    steepest = float(np.linalg.norm(_xyz(along_u)) * np.linalg.norm(_xyz(along_v)))
    return _xyz(point), normal / length if length > 1e-9 * steepest > 0 else np.full(3, np.nan)


def _triangles(face: Shape) -> tuple[Array, NDArray[np.int32], Array]:
    """Return corners (n, 3), triangles (m, 3) seen from outside, and surface parameters of the corners (n, 2)."""
    from OCP.BRep import BRep_Tool
    from OCP.TopLoc import TopLoc_Location

    place = TopLoc_Location()
    net = BRep_Tool.Triangulation_s(face, place)
    if net is None:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int32), np.array([_middle_of(face)])
    nodes = range(1, net.NbNodes() + 1)
    points = np.array([(p.X(), p.Y(), p.Z()) for p in map(net.Node, nodes)])
    uv = np.array([(p.X(), p.Y()) for p in map(net.UVNode, nodes)])
    triangles = np.array([net.Triangle(i).Get() for i in range(1, net.NbTriangles() + 1)], dtype=np.int32) - 1
    motion = place.Transformation()
    moved = np.array([[motion.Value(i, j) for j in range(1, 5)] for i in range(1, 4)])
    points = points @ moved[:, :3].T + moved[:, 3]
    return points, triangles[:, ::-1] if _reversed(face) else triangles, uv


def _middle_of(face: Shape) -> tuple[float, float]:
    from OCP.BRepAdaptor import BRepAdaptor_Surface

    surface = BRepAdaptor_Surface(face)
    u = (surface.FirstUParameter() + surface.LastUParameter()) / 2
    return u, (surface.FirstVParameter() + surface.LastVParameter()) / 2


def _edges(
    faces: list[Shape], first_face: int, solid: int, scale: float, tolerance: float, angle: float
) -> list[ReadEdge]:
    """Return the edges in the order in which the faces name them first; seams of closed round faces are none."""
    from OCP.BRep import BRep_Tool
    from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher

    known = IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    sides: list[list[tuple[int, Shape]]] = []
    for index, face in enumerate(faces):
        for edge in each(face, "Edge"):
            if BRep_Tool.Degenerated_s(edge):
                continue
            number = known.Add(edge)
            if number > len(sides):
                sides.append([])
            sides[number - 1].append((index, edge))
    edges: list[ReadEdge] = []
    for both in sides:
        between = _angle([(faces[index], edge) for index, edge in both])
        within_one = len(both) == 2 and both[0][0] == both[1][0]
        if within_one and abs(between - math.pi) < _SMOOTH:
            continue
        read = _edge(both[0][1], scale, tolerance, angle)
        read["solid"] = solid
        read["faces"] = list(dict.fromkeys(first_face + index for index, _ in both))
        read["angle"] = between
        edges.append(read)
    return edges


def _angle(sides: list[tuple[Shape, Shape]]) -> float:
    """Return the angle of the material between two faces [rad]; NaN where there are not two, or no normals."""
    from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Curve2d, BRepAdaptor_Surface
    from OCP.gp import gp_Pnt, gp_Vec

    if len(sides) != 2:
        return math.nan
    curve = BRepAdaptor_Curve(sides[0][1])
    first, last = curve.FirstParameter(), curve.LastParameter()
    for fraction in _MIDDLES:
        at = first + fraction * (last - first)
        point, along = gp_Pnt(), gp_Vec()
        curve.D1(at, point, along)
        # the face lies to the left of its edge, seen from outside
        tangent = _xyz(along) * (-1.0 if _reversed(sides[0][1]) else 1.0)
        normals: list[Array] = []
        for face, edge in sides:
            place = BRepAdaptor_Curve2d(edge, face).Value(at)
            uv = np.array([place.X(), place.Y()])
            normals.append(_normal(BRepAdaptor_Surface(face), uv, _reversed(face))[1])
        length = float(np.linalg.norm(tangent))
        if length > 0 and np.isfinite(normals).all():
            across = float(np.cross(normals[0], normals[1]) @ tangent) / length
            bend = math.atan2(across, float(normals[0] @ normals[1]))
            return math.pi - bend
    return math.nan


def _edge(edge: Shape, scale: float, tolerance: float, angle: float) -> ReadEdge:
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.GCPnts import GCPnts_AbscissaPoint, GCPnts_TangentialDeflection

    curve = BRepAdaptor_Curve(edge)
    first, last = curve.FirstParameter(), curve.LastParameter()
    kind, form = _recognised(edge, curve, ("Line", "Circle"))
    centre, axis, radius = None, None, None
    if kind == "Line":
        parameters = [first, last]
    else:
        spread = GCPnts_TangentialDeflection(curve, angle, tolerance / scale, 2)
        parameters = [spread.Parameter(i) for i in range(1, spread.NbPoints() + 1)]
    if form is not None and kind == "Circle":
        centre, axis, radius = _xyz(form.Location()) * scale, _xyz(form.Axis().Direction()), form.Radius() * scale
    return ReadEdge(
        solid=0,
        kind={"Line": "line", "Circle": "arc"}.get(kind, "curve"),
        points=np.array([_xyz(curve.Value(float(u))) for u in parameters]) * scale,
        centre=centre,
        axis=axis,
        radius=radius,
        faces=[],
        length=GCPnts_AbscissaPoint.Length_s(curve) * scale,
        angle=math.nan,
    )
