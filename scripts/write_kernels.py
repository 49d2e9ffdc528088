"""Write the table of the kernels that jobs need, which a cold machine compiles ahead on all its cores.

Run ``python scripts/write_kernels.py`` after a kernel was added, renamed, or given other arguments; with ``--check`` it
only says whether the table is right. It plans an example with nothing kept and looks at what was compiled for it; a
kernel that is found compiled does not tell what it calls.
"""

from __future__ import annotations

import dis
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import cellwright as cw
from cellwright import ahead
from cellwright.compiled import described, kernels

ROOT = Path(__file__).parents[1]
FILE = Path(cw.__file__).parent / ahead.TABLE
JOBS = ("01_weld_bracket",)


def called(function: Any, known: dict[str, Any]) -> set[str]:
    """Return the kernels that a compiled function calls, itself or through what is compiled into it."""
    names = {id(value): name for name, value in known.items()}
    found: set[str] = set()
    words = {one.argval for one in dis.get_instructions(function.py_func) if one.opname == "LOAD_GLOBAL"}
    for word in sorted(words):
        value = function.py_func.__globals__.get(word)
        if id(value) in names:
            found.add(names[id(value)])
        elif hasattr(value, "py_func"):
            found |= called(value, known)
    return found


def length(function: Any) -> int:
    """Return the length of a function's code with that of everything it calls, as often as it calls it."""
    words = [one.argval for one in dis.get_instructions(function.py_func) if one.opname == "LOAD_GLOBAL"]
    values = [function.py_func.__globals__.get(word) for word in words]
    return len(function.py_func.__code__.co_code) + sum(length(value) for value in values if hasattr(value, "py_func"))


def entries() -> list[dict[str, Any]]:
    """Return the table's entries of what is compiled in this process; what takes longest to wait for comes first."""
    known = kernels()
    below = {name: called(kernel, known) - {name} for name, kernel in known.items()}
    # what a kernel calls is linked into it and goes through the compiler's last stages again
    size = {name: length(kernel) for name, kernel in known.items()}
    above = {name: {other for other in known if name in below[other]} for name in known}

    def wait(name: str) -> int:
        return size[name] + max((wait(other) for other in above[name]), default=0)

    listed: list[dict[str, Any]] = []
    for name in sorted(known, key=lambda name: (-wait(name), name)):
        types = [[described(kind) for kind in signature] for signature in known[name].signatures]
        types = sorted((one for one in types if None not in one), key=json.dumps)
        if types:
            listed.append({"name": name, "after": sorted(below[name]), "types": types})
    return listed


def main() -> int:
    """Write or check the table; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CELLWRIGHT_CACHE"] = folder
        from cellwright.planning.stages import plan

        for job in JOBS:
            cw.program(plan(cw.load_job(ROOT / "examples" / f"{job}.yaml")))
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in entries()) + "\n]\n"
    if "--check" in sys.argv[1:]:
        right = FILE.read_text(encoding="utf-8") == text
        print("the table of kernels is right" if right else f"{FILE.name} is old: run scripts/write_kernels.py")
        return 0 if right else 1
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE}: {text.count('name')} kernels")
    return 0


if __name__ == "__main__":
    sys.exit(main())
