"""The XML of VAL3 projects: programs with their code and lines, data with their values; entities are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from ...errors import ProgramError, Where
from .tokens import DEEPEST


@dataclass(slots=True)
class Code:
    """A program: its parameters, and its text with the line at which it begins."""

    name: str
    where: Where
    parameters: list[str] = field(default_factory=list[str])
    text: str = ""
    first: int = 0


@dataclass(slots=True)
class Datum:
    """A variable: its type, and the attributes of its values by index."""

    name: str
    kind: str
    where: Where
    values: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


@dataclass(slots=True)
class Content:
    """What one file holds."""

    programs: list[Code] = field(default_factory=list[Code])
    data: list[Datum] = field(default_factory=list[Datum])
    metres: bool = False


class _Handler(ContentHandler):
    def __init__(self, file: str) -> None:
        super().__init__()
        self.content = Content()
        self._file = Path(file)
        self._place: Locator | None = None
        self._open: list[str] = []

    def setDocumentLocator(self, locator: Locator) -> None:
        self._place = locator

    def _where(self) -> Where:
        return Where(self._file, (self._place.getLineNumber() or 1) if self._place else 1)

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._open.append(name)
        if len(self._open) > DEEPEST:
            raise ProgramError(f"elements nested deeper than {DEEPEST}", where=self._where())
        given = {key: attrs.getValue(key) for key in attrs.getNames()}
        match name:
            case "Program" if "name" in given:
                self.content.programs.append(Code(given["name"], self._where()))
            case "Parameter" if self.content.programs and "name" in given:
                self.content.programs[-1].parameters.append(given["name"])
            case "Code" if self.content.programs:
                self.content.programs[-1].first = 0
            case "Data" if "name" in given:
                self.content.data.append(Datum(given["name"], given.get("type", ""), self._where()))
            case "Value" if self.content.data:
                self.content.data[-1].values[given.get("key", "0")] = given
            case "Parameters" if "millimeterUnit" in given:
                self.content.metres = given["millimeterUnit"].lower() == "false"
            case _:
                pass

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open[-1:] == ["Code"] and self.content.programs:
            code = self.content.programs[-1]
            if not code.first:
                code.first = self._where().line
            code.text += content


def content_of(file: str, text: str) -> Content:
    """Return what an XML file of a project holds.

    Raises:
        ProgramError: not well formed, or with entities or external references.
    """
    handler = _Handler(file)
    try:
        parseString(text.encode("utf-8"), handler, forbid_dtd=True)
    except SAXParseException as error:
        raise ProgramError(
            f"not well-formed XML: {error.getMessage()}", where=Where(Path(file), error.getLineNumber() or 1)
        ) from None
    except (SAXException, DefusedXmlException, ValueError, LookupError) as error:
        raise ProgramError(f"XML that is refused: {error}", where=Where(Path(file), 1)) from None
    return handler.content
