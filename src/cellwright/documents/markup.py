"""HTML and SVG by small pieces that escape whatever is not markup already: text of a job cannot become code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Markup(str):
    """Text that is HTML or SVG already; any other text is escaped where it enters a page."""

    __slots__ = ()


def markup(*children: str) -> Markup:
    """Return the children in a row, those escaped that are not markup."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element; attributes that are None are left out, ``class_`` is written ``class``, ``_`` as ``-``.

    Args:
        name: of the element.
        children: escaped unless they are markup.
        attributes: floats are written with at most two decimals (they are lengths in a drawing).
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{markup(*children)}</{name}>")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> Markup:
    """Return a table; the columns in ``numbers`` are set flush right."""

    def cells(kind: str, row: Sequence[str]) -> Markup:
        return markup(*(tag(kind, cell, class_="number" if i in numbers else None) for i, cell in enumerate(row)))

    body = markup(*(tag("tr", cells("td", row)) for row in rows))
    parts = tag("thead", tag("tr", cells("th", head))), tag("tbody", body)
    return tag("div", tag("table", *parts), class_="wide")


def short(value: float, digits: int = 2) -> str:
    """Return a number with at most ``digits`` decimals, never "-0"."""
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
