"""Meshes of a box, written by this test in every format, and everything that can be wrong with them."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellwright.errors import InputError
from cellwright.meshes import is_closed, read_each, read_mesh, read_meshes, signed_volume
from cellwright.shapes import Box, bounds, triangles

SIZE = np.array([0.2, 0.3, 0.05])
BOX = triangles(Box(size=SIZE, body_T_box=np.eye(4)))


def stl(vertices, faces) -> bytes:
    record = np.zeros(len(faces), dtype=[("numbers", "<f4", 12), ("attribute", "<u2")])
    record["numbers"][:, 3:] = vertices[faces].reshape(-1, 9)
    return bytes(80) + struct.pack("<I", len(faces)) + record.tobytes()


def text_stl(vertices, faces) -> bytes:
    lines = ["solid box"]
    for corners in vertices[faces]:
        points = "\n".join(f"vertex {x:.9g} {y:.9g} {z:.9g}" for x, y, z in corners)
        lines.append(f"facet normal 0 0 0\nouter loop\n{points}\nendloop\nendfacet")
    return "\n".join([*lines, "endsolid box\n"]).encode()


def obj(vertices, faces) -> bytes:
    points = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices]
    return "\n".join(["mtllib ../../secret.mtl", *points, *(f"f {a} {b} {c}" for a, b, c in faces + 1)]).encode()


def ply(vertices, faces) -> bytes:
    head = f"ply\nformat ascii 1.0\nelement vertex {len(vertices)}\nproperty double x\nproperty double y\n"
    head += f"property double z\nelement face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    points = [f"{x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices]
    return (head + "\n".join([*points, *(f"3 {a} {b} {c}" for a, b, c in faces)]) + "\n").encode()


def dae(vertices, faces, unit='<unit name="millimeter" meter="0.001"/>', prologue="") -> bytes:
    points = " ".join(f"{x:.9g}" for x in vertices.ravel())
    return f"""<?xml version="1.0"?>{prologue}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><created>2000-01-01T00:00:00</created><modified>2000-01-01T00:00:00</modified>{unit}<up_axis>Y_UP</up_axis></asset>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="a" count="{vertices.size}">{points}</float_array><technique_common>
<accessor source="#a" count="{len(vertices)}" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="{len(faces)}"><input semantic="VERTEX" source="#v" offset="0"/>
<p>{" ".join(str(i) for i in faces.ravel())}</p></triangles></mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s"><node><instance_geometry url="#g"/></node></visual_scene>
</library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>""".encode()


def glb(vertices, faces) -> bytes:
    body = vertices.astype("<f4").tobytes() + faces.astype("<u4").tobytes()
    views = [{"buffer": 0, "byteOffset": 0, "byteLength": vertices.size * 4}]
    views.append({"buffer": 0, "byteOffset": vertices.size * 4, "byteLength": faces.size * 4})
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(body)}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(vertices), "type": "VEC3"}
            | {"min": vertices.min(0).tolist(), "max": vertices.max(0).tolist()},
            {"bufferView": 1, "componentType": 5125, "count": faces.size, "type": "SCALAR"},
        ],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_every_format_gives_the_same_closed_box_in_metres(tmp_path):
    in_mm = BOX.vertices * 1e3
    unitless = [
        write(tmp_path, "a.stl", stl(in_mm, BOX.faces)),
        write(tmp_path, "b.STL", text_stl(in_mm, BOX.faces)),
        write(tmp_path, "c.obj", obj(in_mm, BOX.faces)),
        write(tmp_path, "d.ply", ply(in_mm, BOX.faces)),
        write(tmp_path, "e.dae", dae(in_mm, BOX.faces)),
        write(tmp_path, "f.glb", glb(BOX.vertices, BOX.faces)),
    ]
    for mesh in read_meshes(unitless, unit="mm"):
        assert mesh.closed
        assert mesh.vertices.shape == (8, 3)
        assert mesh.faces.dtype == np.int32
        assert not mesh.vertices.flags.writeable
        assert not mesh.faces.flags.writeable
        assert_allclose(bounds(mesh), bounds(BOX), atol=1e-8)
        assert signed_volume(mesh.vertices, mesh.faces) == pytest.approx(SIZE.prod())


@pytest.mark.parametrize(("unit", "metres"), [(None, 1.0), ("mm", 1e-3), ("in", 0.0254), ("m", 1.0)])
def test_the_unit_scales_formats_that_state_none(tmp_path, unit, metres):
    mesh = read_mesh(write(tmp_path, "box.stl", stl(BOX.vertices, BOX.faces)), unit=unit)

    assert_allclose(bounds(mesh), bounds(BOX) * metres, rtol=1e-6)


def test_collada_without_a_unit_is_in_metres(tmp_path):
    mesh = read_mesh(write(tmp_path, "box.dae", dae(BOX.vertices, BOX.faces, unit="")))

    assert_allclose(bounds(mesh), bounds(BOX), atol=1e-8)


def test_an_inside_out_box_is_turned_round_and_an_open_one_is_not_closed(tmp_path):
    turned, opened = read_meshes(
        [
            write(tmp_path, "turned.stl", stl(BOX.vertices, BOX.faces[:, ::-1])),
            write(tmp_path, "open.stl", stl(BOX.vertices, BOX.faces[1:])),
        ]
    )

    assert turned.closed
    assert signed_volume(turned.vertices, turned.faces) > 0
    assert not opened.closed


def test_one_triangle_turned_the_wrong_way_is_not_closed():
    faces = BOX.faces.astype(np.int64)
    assert is_closed(faces, len(BOX.vertices))
    faces[3] = faces[3, ::-1]

    assert not is_closed(faces, len(BOX.vertices))


LAUGHS = '<!DOCTYPE c [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
)
LAUGHS += "]>"
WITH_NAN = BOX.vertices.copy()
WITH_NAN[0, 0] = np.nan
NOTHING = BOX.faces[:0]
GOOD = stl(BOX.vertices, BOX.faces)
DAMAGED: dict[str, bytes] = {
    "empty.stl": b"",
    "header_only.stl": bytes(84),
    "half.stl": GOOD[: len(GOOD) // 2],
    "says_too_many.stl": bytes(80) + struct.pack("<I", 4_000_000_000) + GOOD[84:],
    "garbage.stl": b"this is not a mesh at all\n" * 50,
    "zeros.stl": bytes(1000),
    "step.stl": b"ISO-10303-21;\nHEADER;\nENDSEC;\n",
    "text_half.stl": text_stl(BOX.vertices, BOX.faces)[:700],
    "text_words.stl": text_stl(BOX.vertices, BOX.faces).replace(b"0.1", b"much"),
    "nan.stl": stl(WITH_NAN, BOX.faces),
    "huge.stl": stl(BOX.vertices * 1e30, BOX.faces),
    "one_point.stl": stl(BOX.vertices * 0.0, BOX.faces),
    "empty.obj": b"",
    "no_faces.obj": obj(BOX.vertices, NOTHING),
    "wrong_index.obj": obj(BOX.vertices, BOX.faces + 100),
    "binary.obj": bytes(range(256)) * 20,
    "nan.obj": obj(WITH_NAN, BOX.faces),
    "no_faces.ply": ply(BOX.vertices, NOTHING),
    "half.ply": ply(BOX.vertices, BOX.faces)[:320],
    "header.ply": b"ply\nformat ascii 1.0\n",
    "many.ply": ply(BOX.vertices, BOX.faces).replace(b"element face 12", b"element face 999999999"),
    "wrong_index.ply": ply(BOX.vertices, BOX.faces - 5),
    "half.dae": dae(BOX.vertices, BOX.faces)[:900],
    "laughs.dae": dae(BOX.vertices, BOX.faces, prologue=LAUGHS).replace(b"millimeter", b"&m;"),
    "no_scene.dae": dae(BOX.vertices, BOX.faces).replace(b'<instance_geometry url="#g"/>', b""),
    "bad_unit.dae": dae(BOX.vertices, BOX.faces, unit='<unit meter="NaN"/>'),
    "negative_unit.dae": dae(BOX.vertices, BOX.faces, unit='<unit meter="-1"/>'),
    "wrong_index.dae": dae(BOX.vertices, BOX.faces + 50),
    "html.dae": b"<!DOCTYPE html><html><body>404</body></html>",
    "half.glb": glb(BOX.vertices, BOX.faces)[:300],
    "magic.glb": b"glTF" + bytes(40),
    "box.xyz": GOOD,
    "no_suffix": GOOD,
}


def test_every_damaged_file_says_what_is_wrong_and_the_good_one_among_them_is_read(tmp_path):
    paths = [write(tmp_path, name, data) for name, data in DAMAGED.items()]
    (tmp_path / "folder.stl").mkdir()
    paths += [tmp_path / "folder.stl", tmp_path / "missing.stl"]
    good = write(tmp_path, "good.stl", GOOD)

    *wrong, mesh = read_each([*paths, good])

    assert not isinstance(mesh, InputError)
    for path, error in zip(paths, wrong, strict=True):
        assert isinstance(error, InputError), f"{path.name} was read"
        assert error.where is not None
        assert error.where.file == path
        assert error.fix
        assert len(error.problem) < 500
    with pytest.raises(InputError, match="missing"):
        read_meshes([good, tmp_path / "missing.stl"])


def test_an_unknown_unit_is_refused(tmp_path):
    with pytest.raises(InputError, match="'feet' is not a length unit"):
        read_mesh(write(tmp_path, "box.stl", GOOD), unit="feet")


def test_real_meshes_are_as_large_and_as_closed_as_their_list_says(real_data):
    """Figures from the list that lies beside the files; extents in the file's own numbers."""
    parts = real_data / "parts"
    figures = {
        "mechanical/plate_holes.STL": (1252, True, [203.2, 304.8, 12.7]),
        "mechanical/idler_riser.STL": (1572, True, [2.656, 2.953, 0.625]),
        "mechanical/octagonal_pocket.stl": (3262, True, [0.2286, 0.1647, 0.0159]),
        "mechanical/1002_tray_bottom.STL": (4520, True, [355.6, 3.175, 355.6]),
        "process/puzzle_mount.stl": (7552, True, [0.1016, 0.062, 0.1016]),
        "process/part_scan.ply": (7052, False, [0.4587, 0.47, 0.1399]),
        "process/puzzle_bent.dae": (2890, None, [0.2069, 0.0692, 0.1866]),
        "process/I-Beam.dae": (1688, None, [1.6228 * 0.0254, 0.1128 * 0.0254, 0.2164 * 0.0254]),
    }
    meshes = read_meshes([parts / name for name in figures])
    for mesh, (count, closed, extents) in zip(meshes, figures.values(), strict=True):
        lowest, highest = bounds(mesh)
        assert len(mesh.faces) == count
        assert closed is None or mesh.closed == closed
        assert_allclose(highest - lowest, extents, atol=6e-5)


def test_every_mesh_of_the_real_robots_is_read_or_says_why_not(real_data):
    """One of them is an empty COLLADA file."""
    paths = sorted(path for path in (real_data / "robots").rglob("*") if path.suffix.lower() in (".stl", ".dae"))
    read = dict(zip(paths, read_each(paths), strict=True))

    wrong = {path.name: mesh.problem for path, mesh in read.items() if isinstance(mesh, InputError)}
    assert wrong == {"J4.dae": "the file holds no triangles"}
