"""Programs that an engineer has read once; they change only on purpose.

``CELLWRIGHT_WRITE_GOLDEN=1 pytest tests/programs/writers/test_writer_golden.py`` writes them anew, to be read again.
"""

import os
from pathlib import Path

import pytest

from cellwright.programs.writers import WRITERS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("brand", sorted(WRITERS))
def test_the_program_is_the_one_that_was_read(brand, plan_for):
    files = WRITERS[brand](plan_for(brand))
    folder = GOLDEN / brand
    if os.environ.get("CELLWRIGHT_WRITE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)

    assert files == {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
