"""Triangle meshes from files: STL, PLY, OBJ, COLLADA and GLB, read in a limited child process."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict, final

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, Where, at
from .geometry import Array, frozen
from .isolated import call
from .shapes import Mesh
from .units import UNITS

SUFFIXES = (".stl", ".ply", ".obj", ".dae", ".glb")
OWN_UNIT = (".dae", ".glb")
"""Formats that say their unit themselves; for the others the reader has to be told."""

_LARGEST_FILE = 300 * 10**6  # bytes
_MOST_TRIANGLES = 3_000_000
_FARTHEST = 1e5  # m from the origin: beyond any factory, and sums of cubes stay exact enough
_MERGE = 1e-8  # m: corners closer than this are one; a hundredth of a micrometre joins what rounding split
_SIGNATURES = {b"ISO-10303-21": "STEP", b"ply": "PLY", b"glTF": "GLB", b"<?xml": "DAE", b"<COLLADA": "DAE"}


@final
class ReadMesh(TypedDict):
    """What the child says of one file: triangles in metres, turned outwards if they were not, and the file's unit."""

    vertices: Array
    faces: NDArray[np.int32]
    closed: bool
    turned: bool
    unit: str


@final
class Refusal(TypedDict):
    """What the child says of a file that cannot be used."""

    problem: str
    fix: str


def read_mesh(path: Path, *, unit: str | None = None) -> Mesh:
    """Return the triangles of one file; see ``read_meshes``."""
    return read_meshes([path], unit=unit)[0]


def read_meshes(paths: Sequence[Path], *, unit: str | None = None) -> tuple[Mesh, ...]:
    """Return the triangles of each file in the file's own axes, in metres; one child process reads them all.

    Corners that coincide are one vertex, triangles that shrink to a line by that are gone, closed meshes have their
    normals outwards. COLLADA's ``up_axis`` is not applied, as in the viewers that robot descriptions are made for.

    Args:
        paths: files with one of ``SUFFIXES``.
        unit: length unit of the formats that state none (STL, PLY, OBJ); None means metres, as in URDF. COLLADA and
            GLB state their own, which holds.

    Raises:
        InputError: no such file, not what its suffix says, damaged, empty, or too large; the first of them.
    """
    meshes: list[Mesh] = []
    for mesh in read_each(paths, unit=unit):
        if isinstance(mesh, InputError):
            raise mesh
        meshes.append(mesh)
    return tuple(meshes)


def read_each(paths: Sequence[Path], *, unit: str | None = None) -> tuple[Mesh | InputError, ...]:
    """Return for each file its triangles or what is wrong with it; see ``read_meshes``."""
    return tuple(
        read
        if isinstance(read, InputError)
        else Mesh(vertices=frozen(read["vertices"]), faces=read["faces"], closed=read["closed"])
        for read in read_triangles(paths, unit=unit)
    )


def read_triangles(paths: Sequence[Path], *, unit: str | None = None) -> list[ReadMesh | InputError]:
    """Return the same as ``read_each`` with what was found and changed on the way."""
    factor = 1.0 if unit is None else _factor(unit)
    results: dict[Path, ReadMesh | InputError] = {}
    for path in paths:
        try:
            check_file(path, SUFFIXES)
        except InputError as error:
            results[path] = error
    good = [path for path in paths if path not in results]
    results |= dict(zip(good, _in_child(good, factor), strict=True))
    return [results[path] for path in paths]


def _in_child(paths: list[Path], factor: float) -> list[ReadMesh | InputError]:
    if not paths:
        return []
    try:
        answers = call(load, [str(path) for path in paths], factor, what=str(paths[0]))
    except InputError as error:
        if len(paths) == 1:
            return [error]
        # the child died and could not say at which file
        return [result for path in paths for result in _in_child([path], factor)]
    return [
        InputError(answer["problem"], fix=answer["fix"], where=Where(path)) if "problem" in answer else answer
        for path, answer in zip(paths, answers, strict=True)
    ]


def check_file(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse what is not worth starting a child for.

    Raises:
        InputError: another suffix, no such file, not a file, empty or too large.
    """
    with at(Where(path)):
        if path.suffix.lower() not in suffixes:
            raise InputError(
                f"{path.suffix!r} is not a known kind of file" if path.suffix else "the file's name has no suffix",
                fix=f"known: {', '.join(suffixes)}",
            )
        if not path.is_file():
            raise InputError("not a file" if path.exists() else "no such file", fix="check the path")
        size = path.stat().st_size
        if size == 0:
            raise InputError("the file is empty", fix="export it again")
        if size > _LARGEST_FILE:
            most = f"at most {_LARGEST_FILE / 1e6:.0f} MB are read"
            raise InputError(f"the file has {size / 1e6:.0f} MB, {most}", fix="export it with fewer details")


def load(paths: list[str], factor: float) -> list[ReadMesh | Refusal]:
    """Read every file; runs in the child."""
    results: list[ReadMesh | Refusal] = []
    for path in map(Path, paths):
        try:
            results.append(_load(path.read_bytes(), path.suffix.lower()[1:], factor))
        except InputError as error:
            results.append(Refusal(problem=error.problem, fix=error.fix))
    return results


def _load(data: bytes, kind: str, factor: float) -> ReadMesh:
    import trimesh

    _check_content(data, kind)
    unit = ""
    if kind == "dae":
        factor, unit = _collada_unit(data)
    elif kind == "glb":
        factor, unit = 1.0, "m"
    options: dict[str, Any] = {"process": False, "skip_materials": kind == "obj"}
    try:
        # from memory and without a resolver: a file that names other files gets none of them
        scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, **options)
        mesh = scene.to_mesh()
        vertices, faces = np.asarray(mesh.vertices, dtype=np.float64), np.asarray(mesh.faces, dtype=np.int64)
    except (ValueError, LookupError, TypeError, AttributeError, NotImplementedError, ArithmeticError) as error:
        raise InputError(f"not a readable {kind.upper()} file: {error}", fix="export it again") from error
    if kind == "ply" and len(faces) < (stated := _stated_faces(data)):
        raise InputError(f"the file ends after {len(faces)} of {stated} faces", fix="export it again")
    return cleaned(vertices * factor, faces, unit)


def _check_content(data: bytes, kind: str) -> None:
    start = data[:200].lstrip()
    for signature, name in _SIGNATURES.items():
        if start.startswith(signature) and name.lower() != kind:
            raise InputError(f"the suffix says {kind.upper()}, but this is a {name} file", fix="rename it")
    if kind == "stl":
        stated = 84 + 50 * int.from_bytes(data[80:84], "little")
        text = start.startswith(b"solid") and b"facet" in data[:4096]
        if len(data) != stated and not (text and data.rstrip().splitlines()[-1].lstrip().startswith(b"endsolid")):
            raise InputError("neither a complete binary STL nor a complete text STL", fix="export it again")


def _stated_faces(data: bytes) -> int:
    """Return how many faces the header of a PLY file promises."""
    found = re.search(rb"element face (\d{1,12})", data.partition(b"end_header")[0])
    return int(found[1]) if found else 0


def _collada_unit(data: bytes) -> tuple[float, str]:
    """Return the metres of the file's unit and its name; COLLADA 1.4.1: one metre where nothing is stated."""
    import xml.etree.ElementTree as ElementTree

    import defusedxml
    import defusedxml.ElementTree

    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except defusedxml.DefusedXmlException as error:
        raise InputError("the COLLADA file declares a document type or entities", fix="export it again") from error
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"not a readable COLLADA file: {error}", fix="export it again") from error
    element = root.find("{*}asset/{*}unit")
    try:
        metres = float((element.get("meter") if element is not None else None) or 1.0)
    except ValueError:
        metres = math.nan
    if not 1e-9 < metres < 1e6:
        raise InputError("the unit of the COLLADA file is not a length", fix="export it again in metres")
    name = next((name for name, factor in UNITS["length"].items() if math.isclose(factor, metres)), f"{metres:g} m")
    return metres, name


def cleaned(vertices: Array, faces: NDArray[np.int64], unit: str) -> ReadMesh:
    """Merge, drop, judge and turn triangles.

    Args:
        vertices: (n, 3) [m].
        faces: (m, 3) indices.
        unit: handed on.

    Raises:
        InputError: no triangles, too many, indices or coordinates that cannot be.
    """
    if len(faces) == 0 or vertices.ndim != 2 or vertices.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        raise InputError("the file holds no triangles", fix="export the surface, not only points or lines")
    if len(faces) > _MOST_TRIANGLES:
        raise InputError(
            f"{len(faces)} triangles, at most {_MOST_TRIANGLES} are read", fix="export it with fewer triangles"
        )
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError("triangles name corners that do not exist", fix="export it again")
    corners = vertices[faces.ravel()]
    if not np.isfinite(corners).all():
        raise InputError("some corners are not numbers", fix="export it again")
    if np.abs(corners).max() > _FARTHEST:
        raise InputError(f"corners lie more than {_FARTHEST:g} m from the origin", fix="check the unit of the file")
    points, index = merged(corners)
    triangles = index.reshape(-1, 3)
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    if len(triangles) == 0:
        raise InputError("no triangle has an area", fix="check the unit of the file, or export it again")
    closed = is_closed(triangles, len(points))
    volume = signed_volume(points, triangles)
    turned = closed and volume < 0
    if turned:
        triangles = triangles[:, ::-1]
    return ReadMesh(
        vertices=points,
        faces=np.ascontiguousarray(triangles, dtype=np.int32),
        closed=closed and volume != 0,
        turned=turned,
        unit=unit,
    )


def merged(points: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return the distinct ones of ``points`` (n, 3) [m] in order of first use, and for each point its index (n,)."""
    grid = np.round(points / _MERGE).astype(np.int64)
    order = np.lexsort(grid.T)
    ordered = grid[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    group = np.empty(len(points), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    first = order[new]  # lexsort is stable: the first of a group is the first in the file
    rank = np.argsort(first)
    index = np.empty(len(first), dtype=np.int64)
    index[rank] = np.arange(len(first))
    return points[first[rank]], index[group]


def is_closed(faces: NDArray[np.int64], n: int) -> bool:
    """Tell whether every edge is walked as often in one direction as in the other: the triangles have no rim."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    return bool(np.array_equal(np.sort(start * n + end), np.sort(end * n + start)))


def signed_volume(vertices: Array, faces: NDArray[np.int64]) -> float:
    """Return the volume [m3] inside a closed surface, negative where its normals point inwards (divergence theorem)."""
    a, b, c = (vertices - vertices.mean(0))[faces.T]
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6.0


def _factor(unit: str) -> float:
    lengths = UNITS["length"]
    if unit not in lengths:
        raise InputError(f"{unit!r} is not a length unit", fix=f"known: {', '.join(lengths)}")
    return lengths[unit]
