"""Names and texts of a job made harmless for robot programs: no character of a job reaches a program unseen."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection

# a slash only between letters or digits: no language sees a comment begin or end
_UNSAFE = re.compile(r"(?<![A-Za-z0-9])/|/(?![A-Za-z0-9])|[^A-Za-z0-9 _.,:()+=/-]")


def identifier(text: str, *, prefix: str, limit: int, taken: Collection[str] = ()) -> str:
    """Return ``prefix`` and ``text`` as a name of letters, digits and single underscores.

    A name that had to be cut, was empty or is already ``taken`` (compared without case) ends in four hexadecimal digits
    of the SHA-256 of ``text``, so that two names of a job do not fall together.

    Args:
        text: any text, of any length.
        prefix: letters that no word of the language starts with; they also keep a name from starting with a digit.
        limit: largest number of characters of the language; at least 16.
        taken: names that were given before.
    """
    folded = unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode("ascii")
    body = re.sub(r"[^A-Za-z0-9]+", "_", folded).strip("_")
    name = prefix + body
    used = {other.lower() for other in taken}
    if body and len(name) <= limit and name.lower() not in used:
        return name
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    for digits in range(4, 9):
        tail = mark[:digits]
        head = name[: limit - digits - 1].rstrip("_")
        name_ = f"{head}_{tail}"
        if name_.lower() not in used:
            return name_
    raise AssertionError("eight digits of a SHA-256 do not repeat within one job")


def shown(text: str, *, limit: int = 60) -> str:
    """Return the text in single quotes as one line of ASCII for a comment, cut at ``limit``; the rest as codes."""
    safe = _UNSAFE.sub(lambda found: _escaped(found[0]), text[:limit])
    return f"'{safe}'" + ("..." if len(text) > limit else "")


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
