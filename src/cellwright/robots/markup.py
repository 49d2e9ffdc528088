"""XML as elements that know their line; entities and external references are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from ..errors import InputError, Where


@dataclass(slots=True, kw_only=True)
class Element:
    """One element with its line (from 1); ``children`` in file order. Text between elements is dropped."""

    tag: str
    attributes: dict[str, str]
    where: Where
    children: list[Element] = field(default_factory=list["Element"])

    def all(self, tag: str) -> list[Element]:
        """Return the children with this tag."""
        return [child for child in self.children if child.tag == tag]

    def one(self, tag: str) -> Element | None:
        """Return the only child with this tag, None where there is none.

        Raises:
            InputError: there are several.
        """
        found = self.all(tag)
        if len(found) > 1:
            raise InputError(
                f"<{self.tag}> has {len(found)} <{tag}>", fix="keep the one that holds", where=found[1].where
            )
        return found[0] if found else None

    def child(self, tag: str) -> Element:
        """Return the only child with this tag.

        Raises:
            InputError: there is none, or there are several.
        """
        found = self.one(tag)
        if found is None:
            raise InputError(f"<{self.tag}> has no <{tag}>", fix=f"add the <{tag}>", where=self.where)
        return found

    def text(self, name: str) -> str:
        """Return an attribute that must be there and not empty.

        Raises:
            InputError: it is missing or empty.
        """
        value = self.attributes.get(name, "").strip()
        if not value:
            raise InputError(f"<{self.tag}> has no {name}", fix=f'write {name}="..."', where=self.where)
        return value


def parse(data: bytes, file: Path) -> Element:
    """Return the root element.

    Raises:
        InputError: not well-formed, truncated, or it holds a document type (entities, external references).
    """
    handler = _Builder(file)
    try:
        parseString(data, handler, forbid_dtd=True)
    except SAXParseException as error:
        line = error.getLineNumber() or 0
        raise InputError(
            f"not well-formed XML: {error.getMessage()}", fix="export the file again", where=Where(file, line)
        ) from error
    except DefusedXmlException as error:
        raise InputError(
            "a document type with entities or external references is not read",
            fix="remove the <!DOCTYPE ...>",
            where=Where(file, handler.line()),
        ) from error
    except (SAXException, ValueError, LookupError) as error:
        raise InputError(
            f"not readable as XML: {error}", fix="save the file as UTF-8", where=Where(file, handler.line())
        ) from error
    if handler.root is None:
        raise InputError("no XML element in the file", fix="export the file again", where=Where(file))
    return handler.root


class _Builder(ContentHandler):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.root: Element | None = None
        self.locator: Locator | None = None
        self.open: list[Element] = []

    def line(self) -> int:
        return (self.locator.getLineNumber() or 0) if self.locator else 0

    def setDocumentLocator(self, locator: Locator) -> None:
        self.locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        element = Element(tag=name, attributes=dict(attrs.items()), where=Where(self.file, self.line()))
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def endElement(self, name: str) -> None:
        self.open.pop()
