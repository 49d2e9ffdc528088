"""One self-contained page: style, scripts by hash, and a policy under which it can ask nobody for anything."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files

from .markup import Markup, tag
from .scene3d import Player


def page(title: str, body: Markup, players: Sequence[Player] = ()) -> bytes:
    """Return an HTML file that opens from disk; only its own scripts and those of its players may run."""
    style, script = _text("page.css"), _text("page.js")
    scripts = " ".join(dict.fromkeys([_hash(script), *(source for player in players for source in player.scripts)]))
    policy = (
        # the player compiles strings as it starts, for a decoder that no scene here uses; a script that somebody
        # writes into a name still has no hash
        f"default-src 'none'; script-src {scripts} 'unsafe-eval' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; connect-src data:; form-action 'none'; base-uri 'none'"
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"{tag('title', title)}<style>{style}</style>"
    )
    content = f"<head>{head}</head>\n{tag('body', body)}\n<script>{script}</script>"
    return f'<!doctype html>\n<html lang="en">{content}</html>\n'.encode()


def show(player: Player, title: str) -> Markup:
    """Return the player as a frame within a page; the page inside inherits the policy."""
    return tag(
        "iframe",
        title=title,
        class_="scene",
        srcdoc=player.page,
    )


def _text(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
