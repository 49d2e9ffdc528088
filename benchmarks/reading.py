"""How long reading a long program takes, and whether it grows with the number of its lines: one language after another.

The rival of URScript and JAKA is Python's own tokenizer (pure Python in 3.11), which finds tokens and nothing more.
"""

from __future__ import annotations

import io
import time
import tokenize
from collections.abc import Callable

from cellwright.programs.readers import read
from rows import TINY, Row, row, tell

SIZES = (200, 800) if TINY else (12_500, 25_000, 50_000, 100_000)


def _fanuc(n: int) -> str:
    head = "/PROG A\n/MN\n" + "".join(f"{k}:L P[{k}] 150mm/sec CNT50 ;\n" for k in range(1, n + 1))
    points = "".join(
        f"P[{k}]{{\n GP1:\n UF : 0, UT : 0, CONFIG : 'N U T, 0, 0, 0',\n X = {400 + k * 1e-3:.3f} mm, Y = 2.0 mm,"
        " Z = 3.0 mm,\n W = 10.0 deg, P = 20.0 deg, R = 30.0 deg\n};\n"
        for k in range(1, n + 1)
    )
    return f"{head}/POS\n{points}/END\n"


def _yaskawa(n: int) -> str:
    points = "".join(f"C{k:06d}={400 + k * 1e-3:.3f},147.3,88.0,-180.0,23.1,0.0\n" for k in range(n))
    moves = "".join(f"MOVL C{k:06d} V=200.0 PL=1\n" for k in range(n))
    return f"/JOB\n//NAME A\n//POS\n///POSTYPE ROBOT\n///RECTAN\n{points}//INST\nNOP\n{moves}END\n"


def _lines(line: str, head: str = "", tail: str = "") -> Callable[[int], str]:
    return lambda n: head + "".join(line.replace("@", f"{0.4 + k * 1e-6:.6f}") for k in range(n)) + tail


PROGRAMS: dict[str, tuple[str, Callable[[int], str]]] = {
    "fanuc": ("a.ls", _fanuc),
    "yaskawa": ("a.jbi", _yaskawa),
    "ur": ("a.script", _lines("  movel(p[@,0.1,0.2,0.1,3.14,0],a=1.2,v=0.25,r=0.001)\n", "def a():\n", "end\n")),
    "codroid": ("a.lua", _lines("movL({jp={@,10,-20,0,90,0}},{v=8,a=1000,b=0,rb=0,coor=1,tool=1})\n")),
    "dobot": ("a.lua", _lines("MovL({pose={@,200,300,180,0,0}},{user=0,tool=0,speed=500,r=5})\n")),
    "aubo": ("a.lua", _lines("moveLine({@,0.1,0.2,0.1,3.14,0},1.2,0.25,0.001,0)\n")),
    "jaka": ("a.jks", _lines("movl([@,200,300,180,0,90],0,150,5000,1.0)\n")),
    "kawasaki": ("a.as", _lines("LMOVE TRANS(@,1388,1405,90,90,-90)\n", ".PROGRAM a()\n", ".END\n")),
    "epson": ("a.prg", _lines("Move XY(@,10,-20,45) CP\n", "Function main\n", "Fend\n")),
    "mitsubishi": ("a.prg", _lines("Mvs (@,200,300,180,0,0)(7,0)\n")),
    "comau": ("a.pdl", _lines("MOVE LINEAR TO POS(@,200,300,0,90,0,'S W T1:0')\n", "PROGRAM a\nBEGIN\n", "END a\n")),
}


def _seconds(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


def main() -> None:
    """Measure and tell."""
    rows: list[Row] = []
    for brand, (name, text) in PROGRAMS.items():
        for n in SIZES:
            content = text(n)
            ours = _seconds(
                lambda n=n, c=content, b=brand, f=name: len(read({f: c.encode()}, brand=b).moves) == n or 1 / 0
            )
            like_python = brand in ("ur", "jaka")
            rival = (
                _seconds(lambda c=content: list(tokenize.generate_tokens(io.StringIO(c).readline)))
                if like_python
                else None
            )
            rows.append(
                row(
                    "reading",
                    f"a {brand} program",
                    ours,
                    "s",
                    rival=rival,
                    rival_name="tokenize" if rival else "",
                    size=n,
                )
            )
            print(f"{brand:12} {n:7d} moves {ours:6.2f} s" + (f", tokenize {rival:.2f} s" if rival else ""))
    tell(rows)


if __name__ == "__main__":
    main()
