"""Looking at a plan or a part: self-contained pages, on disk or offered to this machine's browser alone."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from ..parts.model import Part
from ..planning.model import Plan
from ..processes.seams import Seam
from ..units import deg
from .amounts import amount
from .cell_scene import cell_scene
from .markup import markup, table, tag
from .page import page, show
from .part_scene import part_scene
from .scene3d import player


def plan_html(plan: Plan) -> bytes:
    """Return a page with nothing but the cell and its motion."""
    recording = player(cell_scene(plan))
    title = f"{plan.job.name}: cell"
    body = markup(tag("header", tag("h1", plan.job.name)), show(recording, title))
    return page(title, body, [recording])


def part_html(part: Part, seams: Sequence[Seam] = ()) -> bytes:
    """Return a page with the part on which every seam, edge and face that a job can name carries its name.

    Args:
        part: as read.
        seams: found in it; where there are any, edges and faces are hidden until asked for in the scene's tree.
    """
    recording = player(part_scene(part, seams))
    title = f"{part.file.name}: names"
    edges = [
        (tag("code", e.name), part.solids[e.solid].name, e.kind, amount(e.length, "m"), f"{deg(e.angle):.0f}°")
        for e in part.edges
    ]
    faces = [
        (tag("code", f.name), part.solids[f.solid].name, f.kind, amount(f.area * 1e6, "mm²"), amount(f.radius, "m"))
        for f in part.faces
    ]
    lines = [
        (
            tag("code", s.name),
            s.joint,
            " and ".join(dict.fromkeys(s.bodies)),
            amount(s.length, "m"),
            "yes" if s.weldable else "no",
            s.reason,
        )
        for s in seams
    ]
    told = (
        "Every name can stand in a job file. The tree at the upper right of the picture shows and hides the names of "
        "seams, edges and faces."
    )
    body = markup(
        tag("header", tag("h1", part.file.name)),
        tag("p", told, class_="soft"),
        show(recording, title),
        tag("h2", f"Seams ({len(seams)})"),
        table(("name", "joint", "between", "length", "offered as a weld", "why"), lines, numbers=(3,)),
        tag("h2", f"Edges ({len(edges)})"),
        table(("name", "solid", "kind", "length", "angle of the material"), edges, numbers=(3, 4)),
        tag("h2", f"Faces ({len(faces)})"),
        table(("name", "solid", "kind", "area", "radius"), faces, numbers=(3, 4)),
    )
    return page(title, body, [recording])


@contextmanager
def offered(content: bytes) -> Generator[str]:
    """Offer a page to browsers on this machine for as long as the context lasts; gives the address.

    The server listens on the loopback only, answers one unguessable path, and only to requests that name it by its
    loopback address, so that a web page elsewhere cannot read it by pointing its own name here.
    """
    path = f"/{secrets.token_urlsafe(24)}/"
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(path, content))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def view(plan: Plan) -> Generator[str]:
    """Offer the cell with its motion to this machine's browser for as long as the context lasts; gives the address."""
    with offered(plan_html(plan)) as address:
        yield address


def _handler(path: str, content: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            known = secrets.compare_digest(self.path.encode(), path.encode())
            if not known or host != f"127.0.0.1:{self.connection.getsockname()[1]}":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass  # a page view is nobody's business

    return Handler
