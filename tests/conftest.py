"""What every test may ask for."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweeps", action="store_true", help="run the whole sweeps too, of which a sample always runs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--sweeps"):
        for item in items:
            if item.get_closest_marker("sweep"):
                item.add_marker(pytest.mark.skip(reason="a whole sweep: `just sweeps` runs it"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real robots, parts and programs, which lies beside the repository on some machines."""
    folder = Path(os.environ.get("CELLWRIGHT_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real robots, parts and programs are not on this machine (CELLWRIGHT_DATA names their folder)")
    return folder
