"""The common form of what the benchmarks find: rows, told as JSON lines to whoever asks with ``--json``.

A script makes its rows with ``row`` and ends with ``tell(rows)``. The flags are taken off the command line when this
is imported, so a script's own arguments stay as they are. With ``--tiny`` a script that looks at ``TINY`` runs sizes
that only show that it works.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass

JSON = "--json" in sys.argv
TINY = "--tiny" in sys.argv
sys.argv[1:] = [word for word in sys.argv[1:] if word not in ("--json", "--tiny")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure beside a rival's, both from the same run.

    Attributes:
        group: the table it belongs to.
        what: was measured.
        ours, rival: figures in ``unit``; None where there is none.
        rival_name: and version or way of calling it.
        ratio: how many times better ours is; None without a rival.
        goal: in words, empty for none.
        size: what the figure grows with (poses, triangles, seams); None where it is no growth.
    """

    group: str
    what: str
    ours: float | None
    rival: float | None
    rival_name: str
    ratio: float | None
    unit: str
    goal: str
    size: float | None


def row(
    group: str, what: str, ours: float | None, unit: str, *, rival: float | None = None, rival_name: str = "",
    more_is_better: bool = False, goal: str = "", size: float | None = None,
) -> Row:  # fmt: skip
    """Return a row with its ratio."""
    ratio = None
    if ours and rival:
        ratio = ours / rival if more_is_better else rival / ours
    return Row(
        group=group, what=what, ours=ours, rival=rival, rival_name=rival_name, ratio=ratio, unit=unit, goal=goal,
        size=size,
    )  # fmt: skip


def tell(rows: Iterable[Row]) -> None:
    """Print the rows as JSON lines, if they were asked for."""
    for one in rows if JSON else ():
        print(json.dumps(asdict(one)), flush=True)
