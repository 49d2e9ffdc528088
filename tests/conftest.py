"""What every test may ask for."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real robots, parts and programs, which lies beside the repository on some machines."""
    folder = Path(os.environ.get("CELLWRIGHT_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real robots, parts and programs are not on this machine (CELLWRIGHT_DATA names their folder)")
    return folder
