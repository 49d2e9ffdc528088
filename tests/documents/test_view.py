from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from cellwright.documents.view import offered, part_html
from cellwright.geometry import pose
from cellwright.parts.model import Edge, Face, Part, Solid
from cellwright.processes.seams import find_seams
from cellwright.shapes import Box, triangles


def _ask(address: str, *, path: str | None = None, host: str | None = None) -> tuple[int, bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", path or parts.path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_page_is_offered_to_who_knows_its_address_only():
    with offered(b"the page") as address:
        assert address.startswith("http://127.0.0.1:")
        assert _ask(address) == (200, b"the page")
        assert _ask(address, path="/")[0] == 404
        assert _ask(address, path=urlsplit(address).path[:-2])[0] == 404
        assert _ask(address, host="elsewhere.example")[0] == 404

    with pytest.raises(ConnectionRefusedError):
        _ask(address)


def _box() -> Part:
    mesh = triangles(Box(size=np.array([0.1, 0.2, 0.3]), body_T_box=pose()))
    nothing = {"axis": None, "radius": None}
    face = Face(
        name="f1", solid=0, kind="plane", point=np.array([0, 0, 0.15]), normal=np.array([0, 0, 1.0]), area=0.02,
        origin=None, mesh=mesh, **nothing,
    )  # fmt: skip
    edge = Edge(
        name="e1", solid=0, kind="line",
        points=np.array([[0.05, -0.1, 0.15], [0.05, 0.1, 0.15]]), centre=None,
        faces=(0,), length=0.2, angle=np.pi / 2, **nothing,
    )  # fmt: skip
    solid = Solid(name="s1", label="<b>", mesh=mesh, faces=(0,), edges=(0,), volume=0.006)
    return Part(
        file=Path("a<b.step"), exact=True, unit="mm", tolerance=1e-4, solids=(solid,), faces=(face,), edges=(edge,),
        findings=(),
    )  # fmt: skip


def test_a_part_page_names_what_a_job_can_name():
    page = part_html(_box()).decode()

    assert page == part_html(_box()).decode()
    assert "<code>e1</code>" in page
    assert "<code>f1</code>" in page
    assert "200.00 mm" in page
    assert "a&lt;b.step" in page


def test_a_real_assembly_shows_its_seams(real_data):
    from cellwright.parts.reading import read_part

    part = read_part(real_data / "parts" / "mechanical" / "as1-tu-203.stp")
    seams = find_seams(part)

    page = part_html(part, seams).decode()

    assert all(f"<code>{seam.name}</code>" in page for seam in seams)
    assert len(page) < 3e6
