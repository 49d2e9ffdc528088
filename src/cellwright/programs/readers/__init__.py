"""One reader a brand, written from grammars and samples; they share nothing with the writers but geometry and units."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType

from ...errors import InputError, ProgramError, Where
from ...geometry import Array
from ..statements import Posture, Statements
from . import (
    abb,
    aubo,
    codroid,
    comau,
    dobot,
    elite,
    epson,
    estun,
    fanuc,
    fanuc_points,
    jaka,
    kawasaki,
    kuka,
    mitsubishi,
    staubli,
    ur,
    yaskawa,
)
from .tokens import LARGEST_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one language is read.

    Attributes:
        read: texts by file name -> statements.
        misfits: written configuration, axes (dof,) [rad] as the controller counts, posture -> what does not fit; None
            where no public source says what the language's configuration means.
        suffixes: of its files, lower case.
        sign: a pattern that only this language's texts hold.
        coding: of its files where they are not UTF-8.
        robots: brand of the robots that run it, where that is not the language's own key.
        framed: its programs name the user frame of a pose; else poses stand in the robot root.
        assumed: what is read in one way though no public source proves it.
        along: suffixes of files that belong to a program whatever their name is, when they lie beside it.
    """

    read: Callable[[Mapping[str, str]], Statements]
    misfits: Callable[[Mapping[str, int], Array, Posture | None], tuple[str, ...]] | None
    suffixes: tuple[str, ...]
    sign: str
    coding: str = "latin-1"
    robots: str = ""
    framed: bool = True
    assumed: tuple[str, ...] = ()
    along: tuple[str, ...] = ()


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "abb": Reader(
            read=abb.read,
            misfits=abb.misfits,
            suffixes=(".mod", ".modx", ".sys", ".sysx"),
            sign=r"(?im)^\s*MODULE\s+\w+",
        ),
        "aubo": Reader(
            read=aubo.read,
            misfits=None,
            framed=False,
            assumed=("rx, ry, rz turn about the fixed x, y, z",),
            suffixes=(".lua", ".aubo"),
            sign=r"(?m)^\s*(init_global_move_profile|move_(joint|line)\(|move(Joint|Line)\()|require\('aubo'\)",
            coding="gb18030",
        ),
        "codroid": Reader(
            read=codroid.read,
            misfits=None,
            assumed=("wait and sleep count ms", "v of movJ counts deg/s"),
            suffixes=(".lua",),
            sign=r"(?m)^\s*mov[JLC]\(",
            coding="gb18030",
            robots="estun",
        ),
        "comau": Reader(
            read=comau.read,
            misfits=None,
            suffixes=(".pdl",),
            sign=r"(?im)^\s*PROGRAM\s+\w+",
        ),
        "dobot": Reader(
            read=dobot.read,
            misfits=None,
            assumed=("rx, ry, rz turn about the fixed x, y, z",),
            suffixes=(".lua", ".json"),
            along=(".json",),
            sign=r"(?m)^\s*(Mov[JL](IO)?|Arc)\(|\"joint\"\s*:",
            coding="gb18030",
        ),
        "elite": Reader(
            read=elite.read,
            misfits=None,
            suffixes=(".jbi",),
            sign=r"(?m)^\s*//JOB\b|^SET(POSE|JOINT)\s",
        ),
        "epson": Reader(
            read=epson.read,
            misfits=None,
            suffixes=(".prg", ".pts", ".inc"),
            along=(".pts",),
            sign=r"(?im)^\s*(Function\s+\w+\s*$|Fend|TLSet\b|rX\s*=)",
            coding="shift_jis",
        ),
        "estun": Reader(
            read=estun.read,
            misfits=None,
            assumed=("a, b, c turn about z, the turned y, the turned x",),
            suffixes=(".erp", ".erd"),
            sign=r"(?m)^\s*Start:|_type\s*=\s*\"",
            coding="gb18030",
        ),
        "fanuc": Reader(
            read=fanuc.read,
            misfits=fanuc_points.misfits,
            assumed=("F is a positive axis 5; the turns of CONFIG are those of axes 1, 4 and 6",),
            suffixes=(".ls", ".sys"),
            sign=r"(?m)^\s*/PROG\s+\w+",
        ),
        "jaka": Reader(
            read=jaka.read,
            misfits=None,
            assumed=("movc names the point passed before the end",),
            suffixes=(".jks",),
            sign=r"(?m)^\s*(#\s*[Bb]egin\b|mov[jlc]\()",
            coding="gb18030",
        ),
        "kawasaki": Reader(
            read=kawasaki.read,
            misfits=None,
            assumed=("the last SPEED counts for every kind of move",),
            suffixes=(".as", ".pg"),
            sign=r"(?im)^\s*\.PROGRAM\s+\w+|^\.(TRANS|JOINTS|REALS)\b",
            coding="shift_jis",
        ),
        "kuka": Reader(
            read=kuka.read,
            misfits=kuka.misfits,
            suffixes=(".src", ".dat", ".sub"),
            sign=r"(?im)^\s*(&ACCESS|(GLOBAL\s+)?DEF(DAT|FCT)?\s+\w+(?!.*:\s*$))",  # no Python, no URScript
        ),
        "mitsubishi": Reader(
            read=mitsubishi.read,
            misfits=None,
            suffixes=(".prg", ".mb4", ".mb5"),
            sign=r"(?im)^\s*(\d+\s+)?(Mov|Mvs|Mvr|Ovrd|JOvrd|Spd)\s+[^=]|^P\w+\s*=\s*\([^=]*\)\s*\(",
            coding="shift_jis",
        ),
        "staubli": Reader(
            read=staubli.read,
            misfits=None,
            suffixes=(".pgx", ".dtx", ".pjx"),
            along=(".pgx", ".dtx", ".pjx"),
            sign=r"robotics/VAL3|<(Programs|Database|Project)\b",
        ),
        "ur": Reader(
            read=ur.read,
            misfits=None,
            framed=False,
            suffixes=(".script",),
            sign=r"(?m)\A(?!\s*<)[\s\S]*?^\s*(def\s+\w+\(.*\)\s*:|move[jlp]\(|set_tcp\()",  # VAL3 has movej in XML
        ),
        "yaskawa": Reader(
            read=yaskawa.read,
            misfits=yaskawa.misfits,
            assumed=("V counts mm/s where no comment says cm/min",),
            suffixes=(".jbi", ".cnd"),
            along=(".cnd",),
            sign=r"(?m)^\s*/JOB\s*$|^//(TOOL|UFRAME) \d",
            coding="shift_jis",
        ),
    }
)
"""Brand key -> its reader."""


def guess_brand(name: str, text: str) -> str:
    """Return the brand whose language a file is written in, by its text, and its suffix where texts look alike.

    Raises:
        ProgramError: no reader, or more than one, takes it.
    """
    suffix = PurePath(name).suffix.lower()
    fits = [brand for brand, reader in READERS.items() if re.search(reader.sign, text[:20_000])]
    if len(fits) > 1 or not text.strip():
        fits = [brand for brand in fits or READERS if suffix in READERS[brand].suffixes]
    if len(fits) != 1:
        raise ProgramError(
            "the language of this program is not recognised",
            fix=f"name the brand; known: {', '.join(sorted(READERS))}",
            where=Where(Path(name)),
        )
    return fits[0]


def read(files: Mapping[str, bytes], *, brand: str) -> Statements:
    """Return the statements of a program; files with other suffixes than the language's are left out.

    Raises:
        ProgramError: no reader for the brand, or a file that is not well formed.
        InputError: a file is no text, or none of the files is a program.
    """
    if brand not in READERS:
        raise ProgramError(f"no reader for brand '{brand}'", fix=f"known: {', '.join(sorted(READERS))}")
    reader = READERS[brand]
    texts = {
        n: _text(n, data, reader.coding) for n, data in files.items() if PurePath(n).suffix.lower() in reader.suffixes
    }
    if not texts:
        raise InputError(
            f"none of the files is a program for {brand}", fix=f"its files end in {', '.join(reader.suffixes)}"
        )
    return reader.read(texts)


def _text(name: str, data: bytes, coding: str) -> str:
    if len(data) > LARGEST_FILE:
        raise InputError(f"{len(data)} bytes are more than a reader takes ({LARGEST_FILE})", where=Where(Path(name)))
    if b"\0" in data:
        raise InputError("not a text: it holds zero bytes", where=Where(Path(name)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        raise InputError(f"neither UTF-8 nor {coding}: {error.reason}", where=Where(Path(name))) from None
