"""What the links of a description look like and weigh: meshes, primitive shapes, inertia."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ..errors import InputError, Where
from ..findings import Finding
from ..geometry import Array, frozen
from ..meshes import read_each
from ..shapes import Box, Cylinder, Mesh, Shape, Sphere, moved, triangles
from .figures import number, numbers, placement
from .markup import Element
from .model import Inertia, LinkGeometry

_MOST_TRIANGLES = 5_000_000  # of the whole robot
_MOST_PARTS = 2000
_LARGEST = 100.0  # m, a primitive's size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """A link of the chain with the links that are fixed to it: (element, ``link_T_member``), itself first."""

    link: str
    members: tuple[tuple[Element, Array], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One ``<geometry>``: a mesh file with a scale (3,), or a primitive shape, in the frame of its own origin."""

    link_T_part: Array
    file: Path | None
    scale: Array
    shape: Shape | None
    where: Where

    def same(self, other: _Part) -> bool:
        """Both show the same thing at the same place."""
        return (
            self.shape is None
            and other.shape is None
            and self.file == other.file
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.link_T_part, other.link_T_part)
        )


def read_geometry(groups: list[Group], file: Path) -> tuple[tuple[LinkGeometry, ...], tuple[Finding, ...]]:
    """Return the geometry of each group in its link's frame, all meshes read by one child process.

    Where a link has no collision geometry its visual geometry takes that place; units are metres except in formats
    that state their own (COLLADA), times the description's scale.

    Raises:
        InputError: a mesh that is missing, damaged, or outside the folders that ``find_mesh`` allows.
    """
    collision = [_parts(group, "collision", file) for group in groups]
    visual = [_parts(group, "visual", file) for group in groups]
    parts = [part for link in (*collision, *visual) for part in link]
    if len(parts) > _MOST_PARTS:
        raise InputError(f"{len(parts)} pieces of geometry, at most {_MOST_PARTS} are read", where=Where(file))
    files = list(dict.fromkeys(part.file for part in parts if part.file is not None))
    meshes, findings = _read_files(files)
    collision, visual = ([_present(link, meshes) for link in links] for links in (collision, visual))
    total = sum(len(meshes[part.file].faces) for link in (*collision, *visual) for part in link if part.file)
    if total > _MOST_TRIANGLES:
        raise InputError(
            f"the meshes have {total} triangles together, at most {_MOST_TRIANGLES} are read",
            fix="simplify the meshes",
            where=Where(file),
        )
    geometry: list[LinkGeometry] = []
    bare: list[str] = []
    drawn: list[str] = []
    for group, hit, seen in zip(groups, collision, visual, strict=True):
        body = hit or seen
        if not body:
            bare.append(group.link)
            geometry.append(LinkGeometry(link=group.link, basis="none"))
            continue
        if not hit:
            drawn.append(group.link)
        differs = bool(seen) and (len(seen) != len(body) or not all(map(_Part.same, seen, body)))
        geometry.append(
            LinkGeometry(
                link=group.link,
                mesh=_joined(body, meshes),
                visual=_joined(seen, meshes) if differs else None,
                basis="mesh",
                source=str(file),
            )
        )
    return tuple(geometry), (*findings, *_findings(bare, drawn, file))


def _read_files(files: list[Path]) -> tuple[dict[Path, Mesh], list[Finding]]:
    meshes: dict[Path, Mesh] = {}
    findings: list[Finding] = []
    for file, mesh in zip(files, read_each(files), strict=True):
        if isinstance(mesh, Mesh):
            meshes[file] = mesh
        elif mesh.problem == "the file holds no triangles":
            # published descriptions do this for a link that another link's mesh already shows
            what = f"the mesh {file.name} is empty: what it stands for cannot be checked for collision"
            findings.append(Finding(code="mesh-empty", severity="warning", what=what, where=str(file), fix=mesh.fix))
        else:
            raise mesh
    return meshes, findings


def _present(parts: list[_Part], meshes: dict[Path, Mesh]) -> list[_Part]:
    return [part for part in parts if part.file is None or part.file in meshes]


def _findings(bare: list[str], drawn: list[str], file: Path) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    if bare:
        findings.append(
            Finding(
                code="no-mesh",
                severity="warning",
                what=f"no geometry for {', '.join(bare)}: nothing can be checked for collision there",
                where=str(file),
                fix="use a description with meshes, or a robot of the catalogue",
            )
        )
    if drawn:
        findings.append(
            Finding(
                code="visual-as-collision",
                severity="info",
                what=f"no collision geometry for {', '.join(drawn)}: the visual one is used",
                where=str(file),
            )
        )
    return tuple(findings)


def find_mesh(name: str, file: Path) -> Path:
    """Return the mesh that the URDF ``file`` calls ``name``.

    The package is the nearest folder at or above the URDF's that holds a ``package.xml``, at most four levels up,
    else the URDF's own folder. A relative name counts from the URDF's folder; ``package://NAME/rest`` is ``rest`` in
    the package when that is called NAME, in the folder NAME beside it when that holds a ``package.xml``, else
    ``NAME/rest`` or ``rest`` beneath the URDF's folder. The file must lie beneath the folder so found, links followed.

    Raises:
        InputError: an absolute name, another scheme, no such file, or a file outside.
    """
    here = file.resolve().parent
    package = next((f for f in [here, *here.parents][:5] if (f / "package.xml").is_file()), here)
    scheme, separator, rest = name.partition("://")
    if separator and scheme != "package":
        raise InputError(f"meshes are not read from {scheme}://", fix="name a file beside the URDF")
    relative = rest if separator else name
    if "\0" in relative or PurePosixPath(relative).is_absolute() or PureWindowsPath(relative).drive:
        raise InputError(f"the mesh {name!r} is an absolute path", fix="name it relative to the URDF")
    if not separator:
        tries = [(package, here / relative)]
    else:
        owner, _, inner = rest.partition("/")
        beside = package.parent / owner
        tries = [(here, here / owner / inner), (here, here / inner)]
        if owner not in ("", ".", "..") and (beside / "package.xml").is_file():
            tries.insert(0, (beside.resolve(), beside / inner))
    for folder, candidate in tries:
        found = candidate.resolve()
        if not found.is_relative_to(folder):
            raise InputError(f"the mesh {name!r} lies outside {folder}", fix="copy it beside the URDF")
        if found.is_file():
            return found
    raise InputError(f"no mesh {name!r}", fix="copy the meshes beside the URDF, or read the robot without meshes")


def _parts(group: Group, tag: str, file: Path) -> list[_Part]:
    return [
        _part(element, link_T_member @ placement(element.one("origin")), file)
        for link, link_T_member in group.members
        for element in link.all(tag)
    ]


def _part(element: Element, link_T_part: Array, file: Path) -> _Part:
    geometry = element.child("geometry")
    if len(geometry.children) != 1:
        raise InputError("<geometry> must hold one shape", fix="write one <mesh>", where=geometry.where)
    body = geometry.children[0]
    if body.tag != "mesh":
        return _Part(link_T_part=link_T_part, file=None, scale=np.ones(3), shape=_primitive(body), where=body.where)
    scale = numbers(body, "scale", (1.0, 1.0, 1.0))
    if np.abs(scale).min() < 1e-9 or np.abs(scale).max() > 1e6:
        raise InputError(f"the scale {body.attributes['scale']!r} is absurd", fix="1 or 0.001", where=body.where)
    try:
        found = find_mesh(body.text("filename"), file)
    except InputError as error:
        error.where = error.where or body.where
        raise
    return _Part(link_T_part=link_T_part, file=found, scale=scale, shape=None, where=body.where)


def _primitive(body: Element) -> Shape:
    def positive(name: str) -> float:
        return _plausible(number(body, name), body)

    match body.tag:
        case "box":
            size = [_plausible(float(edge), body) for edge in numbers(body, "size", (0.0, 0.0, 0.0))]
            return Box(size=frozen(size), body_T_box=frozen(np.eye(4)))
        case "cylinder":
            return Cylinder(radius=positive("radius"), length=positive("length"), body_T_cylinder=frozen(np.eye(4)))
        case "sphere":
            return Sphere(radius=positive("radius"), centre=frozen(np.zeros(3)))
        case _:
            raise InputError(f"unknown shape <{body.tag}>", fix="known: mesh, box, cylinder, sphere", where=body.where)


def _plausible(size: float, body: Element) -> float:
    if not 0.0 < size < _LARGEST:
        raise InputError(f"a <{body.tag}> of {size:g} m", fix="a URDF is in metres", where=body.where)
    return size


def _joined(parts: list[_Part], meshes: dict[Path, Mesh]) -> Mesh:
    pieces = [_placed(part, meshes) for part in parts]
    if len(pieces) == 1:
        return pieces[0]
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    faces = np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=False)])
    faces = faces.astype(np.int32)
    faces.setflags(write=False)
    return Mesh(
        vertices=frozen(np.concatenate([piece.vertices for piece in pieces])),
        faces=faces,
        closed=all(piece.closed for piece in pieces),
    )


def _placed(part: _Part, meshes: dict[Path, Mesh]) -> Mesh:
    if part.file is None:
        assert part.shape is not None
        return triangles(moved(part.shape, part.link_T_part))
    mesh = meshes[part.file]
    mirrored = bool(np.prod(part.scale) < 0)
    faces = np.ascontiguousarray(mesh.faces[:, ::-1]) if mirrored else mesh.faces
    scaled = Mesh(vertices=mesh.vertices * part.scale, faces=faces, closed=mesh.closed)
    result = triangles(moved(scaled, part.link_T_part))
    farthest = float(np.abs(result.vertices).max())
    if farthest > _LARGEST:
        raise InputError(
            f"the mesh reaches {farthest:.0f} m from its link", fix="check scale and unit of the mesh", where=part.where
        )
    return result


def read_inertia(groups: list[Group]) -> tuple[tuple[Inertia | None, ...], tuple[Finding, ...]]:
    """Return mass, centre and tensor of each group in its link's frame; None and a finding where they are missing.

    Raises:
        InputError: not numbers.
    """
    found: list[Inertia | None] = []
    missing: list[str] = []
    findings: list[Finding] = []
    for group in groups:
        bodies: list[Inertia] = []
        for element, link_T_member in group.members:
            inertial = element.one("inertial")
            if inertial is None:
                continue
            body = _inertia(inertial, link_T_member)
            if body.mass <= 0 or float(np.linalg.eigvalsh(body.tensor).min()) < 0:
                what = f"link {element.text('name')!r} has a mass of {body.mass:g} kg or an impossible inertia"
                findings.append(
                    Finding(code="inertia-placeholder", severity="info", what=what, where=str(inertial.where))
                )
                continue
            bodies.append(body)
        found.append(_sum(bodies) if bodies else None)
        if not bodies:
            missing.append(group.link)
    if missing:
        where = str(groups[0].members[0][0].where.file)
        what = f"no inertia for {', '.join(missing)}"
        findings.append(Finding(code="no-inertia", severity="info", what=what, where=where))
    return tuple(found), tuple(findings)


def _inertia(inertial: Element, link_T_member: Array) -> Inertia:
    link_T_centre = link_T_member @ placement(inertial.one("origin"))
    inertia = inertial.child("inertia")
    xx, yy, zz, xy, xz, yz = (
        number(inertia, name) if name in inertia.attributes else 0.0
        for name in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
    )
    turn = link_T_centre[:3, :3]
    tensor = turn @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ turn.T
    return Inertia(
        mass=number(inertial.child("mass"), "value"), centre=frozen(link_T_centre[:3, 3]), tensor=frozen(tensor)
    )


def _sum(bodies: list[Inertia]) -> Inertia:
    """Return bodies joined rigidly: tensors add about the common centre (parallel axes)."""
    mass = sum(body.mass for body in bodies)
    centre = sum((body.mass * body.centre for body in bodies), np.zeros(3)) / mass
    tensor = np.zeros((3, 3))
    for body in bodies:
        d = body.centre - centre
        tensor += body.tensor + body.mass * ((d @ d) * np.eye(3) - np.outer(d, d))
    return Inertia(mass=mass, centre=frozen(centre), tensor=frozen(tensor))
