"""Scenes as pages that play by themselves: the only module that knows viser.

Viser records a scene through its server. Ours listens on the loopback for the fraction of a second that the recording
takes, says nothing, and is stopped; the page needs no server. The page's scripts are listed by hash, so that a page
that carries it can forbid every other script.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, cast

import numpy as np

from ..errors import InputError
from ..geometry import Array, rotation_vector
from .scene import OPENING, Label, Lines, Node, Scene, Solid

if TYPE_CHECKING:
    from viser import SceneApi, ViserServer
    from viser.infra import StateSerializer

_DIGITS = "!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_abcdefghijklmnopqrstuvwxyz{|}~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A self-contained page that shows a scene, and the sources of its scripts for a content security policy."""

    page: str
    scripts: tuple[str, ...]


def player(scene: Scene) -> Player:
    """Return the page that shows the scene, and plays it where it moves; the same bytes for the same scene."""
    with _server() as server:
        server.initial_camera.position = _vector(scene.eye)
        server.initial_camera.look_at = _vector(scene.centre)
        server.initial_camera.fov = float(OPENING)
        _surroundings(server.scene, scene)
        for node in scene.nodes:
            _frame(server.scene, node)
        for solid in scene.solids:
            _solid(server.scene, solid)
        for lines in scene.lines:
            _lines(server.scene, lines)
        for label in scene.labels:
            _label(server.scene, label)
        recording = server.get_scene_serializer()
        _motion(recording, scene)
        page = recording.as_html(dark_mode=False)
    return Player(page=page, scripts=_script_sources(page))


@contextmanager
def _server() -> Generator[ViserServer]:
    import rich
    import viser

    console = rich.get_console()
    quiet, console.quiet = console.quiet, True  # viser prints a banner on standard output whatever one asks for
    try:
        server = viser.ViserServer(host="127.0.0.1", port=0, verbose=False)
        try:
            yield server
        finally:
            server.stop()
    finally:
        console.quiet = quiet


def _surroundings(scene: SceneApi, value: Scene) -> None:
    scene.configure_default_lights(enabled=True, cast_shadow=False)
    if value.floor is None:
        return
    x, y, _ = value.centre
    scene.add_grid(
        "/floor",
        width=value.ground,
        height=value.ground,
        position=(float(round(x)), float(round(y)), value.floor),
        cell_size=0.25,
        section_size=1.0,
        cell_color=(214, 219, 226),
        section_color=(176, 184, 196),
        plane_color=(240, 242, 245),
        plane_opacity=1.0,
    )


def _frame(scene: SceneApi, node: Node) -> None:
    first = node.parent_T_node.reshape(-1, 4, 4)[0]
    position, wxyz = _position(first[None])[0], _wxyz(first[None])[0]
    scene.add_frame("/" + node.name, show_axes=False, position=position, wxyz=wxyz)


def _solid(scene: SceneApi, solid: Solid) -> None:
    scene.add_mesh_simple(
        "/" + solid.name,
        vertices=solid.mesh.vertices.astype(np.float32),
        faces=solid.mesh.faces.astype(np.uint32),
        color=solid.colour,
        opacity=solid.opacity,
        flat_shading=solid.faceted,
        side="front" if solid.mesh.closed and solid.opacity is None else "double",
        cast_shadow=False,
        receive_shadow=False,
    )


def _lines(scene: SceneApi, lines: Lines) -> None:
    colours = np.repeat(lines.colours[:, None, :], 2, axis=1).astype(np.uint8)
    scene.add_line_segments(
        "/" + lines.name,
        points=lines.pieces.astype(np.float32),
        colors=colours,
        thickness=lines.width,
        thickness_units="screen",
        visible=lines.shown,
    )


def _label(scene: SceneApi, label: Label) -> None:
    scene.add_label(
        "/" + label.name,
        label.text,
        position=_vector(label.position),
        font_screen_scale=label.size,
        anchor="bottom-center",
        visible=label.shown,
    )


def _motion(recording: StateSerializer, scene: Scene) -> None:
    """Play all moving nodes into the recording; what does not change from one frame to the next is not sent.

    The messages go straight into the recording: through the handles each would be checked, queued and sent to nobody.
    """
    from viser._messages import Message, SetOrientationMessage, SetPositionMessage

    put = cast("Callable[[Message], None]", recording._insert_message)  # pyright: ignore[reportPrivateUsage]  see above
    moving = [node for node in scene.nodes if _moves(node)]
    tracks = [
        (kind, "/" + node.name, values.tolist(), np.r_[False, (np.diff(values, axis=0) != 0).any(1)])
        for node in moving
        for kind, values in (
            (SetPositionMessage, _position(node.parent_T_node)),
            (SetOrientationMessage, _wxyz(node.parent_T_node)),
        )
    ]
    for k in range(1, len(scene.t)):
        recording.insert_sleep(float(scene.t[k] - scene.t[k - 1]))
        for kind, name, values, changes in tracks:
            if changes[k]:
                put(kind(name, tuple(values[k])))


def _moves(node: Node) -> bool:
    return node.parent_T_node.ndim == 3


def _vector(point: Array) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in point)
    return x, y, z


def _position(a_T_b: Array) -> Array:
    return np.round(a_T_b[:, :3, 3], 6)


def _wxyz(a_T_b: Array) -> Array:
    vector = rotation_vector(a_T_b[:, :3, :3])
    angle = np.linalg.norm(vector, axis=-1, keepdims=True)
    xyz = vector * (np.sinc(angle / (2 * np.pi)) / 2)
    wxyz: Array = np.concatenate([np.cos(angle / 2), xyz], -1)
    return np.round(wxyz, 6)


def _script_sources(page: str) -> tuple[str, ...]:
    """Return the hashes of the page's scripts and of the program that its loader unpacks and starts."""
    scripts = [script.encode() for script in re.findall(r"<script(?: [^>]*)?>(.*?)</script>", page, re.DOTALL)]
    packed = re.search(r'<script data-p="([^"]*)" data-ss="(\d+)" data-cs="(\d+)"', page)
    if packed is None:
        raise InputError(
            "this version of viser packs its player in a way that is not known here",
            fix="install the version of viser that Cellwright asks for",
        )
    scripts.append(_unpacked(unescape(packed[1]), int(packed[2]), int(packed[3])))
    return tuple(f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'" for script in scripts)


def _unpacked(text: str, style_size: int, code_size: int) -> bytes:
    """Return the player's program: digits of base 88, five for four bytes, that hold zstd of style and program."""
    import zstandard

    value = np.full(128, 0, dtype=np.int64)
    value[[ord(c) for c in _DIGITS]] = np.arange(len(_DIGITS))
    digits = value[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    whole = len(digits) // 5 * 5
    words = digits[:whole].reshape(-1, 5) @ (88 ** np.arange(4, -1, -1, dtype=np.int64))
    data = words.astype(">u4").tobytes()
    rest = digits[whole:]
    if len(rest):
        last = int(rest @ (88 ** np.arange(len(rest) - 1, -1, -1, dtype=np.int64)))
        data += last.to_bytes(len(rest) - 1, "big")
    size = style_size + code_size
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=size)[style_size:size]
