"""The only writer of output files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .errors import CellwrightError, Where


def save(folder: str | Path, *outputs: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write named bytes into ``folder``, which is made where needed, and return the files.

    Raises:
        CellwrightError: a name leaves the folder, or the disk refuses.
    """
    root = Path(folder)
    written: list[Path] = []
    file = root
    try:
        root.mkdir(parents=True, exist_ok=True)
        for output in outputs:
            for name, content in output.items():
                file = root / name
                if Path(name).is_absolute() or ".." in Path(name).parts:
                    raise CellwrightError("does not stay in its folder", fix="give it a plain name", where=Where(file))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                written.append(file)
    except OSError as error:
        fix = "close whatever has it open, or write to another place"
        raise CellwrightError(f"cannot be written: {error.strerror}", fix=fix, where=Where(file)) from None
    return tuple(written)
