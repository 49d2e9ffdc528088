"""A real local cluster of two nodes, one of them killed in the middle: nothing is lost, and the answer is the same."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed (the extra [cluster])")

import cellwright as cw
from cellwright.compiled import cache_folder
from cellwright.job.model import Job
from cellwright.planning.document import encoded
from cellwright.selection.document import document

from .conftest import ROBOTS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray's own warnings are not ours to mend


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    """Return a head without processors and two nodes with one each, on which nothing is remembered."""
    import ray
    from ray.cluster_utils import Cluster

    (tmp_path / "kernels").symlink_to(cache_folder() / "kernels")
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join((str(Path(cw.__file__).parents[1]), os.environ.get("PYTHONPATH", "")))
    )
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 200_000_000})
    made.nodes_to_kill = [made.add_node(num_cpus=1, object_store_memory=200_000_000) for _ in range(2)]
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def test_a_killed_node_loses_nothing(
    cluster: Any, make_job: Callable[..., Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(f"[{', '.join(ROBOTS)}]")
    killed: list[str] = []

    def tell(what: str, _share: float) -> None:
        if not killed and what.startswith("asking") and what.endswith(": 2"):
            killed.append(what)
            cluster.remove_node(cluster.nodes_to_kill.pop(), allow_graceful=False)

    there = encoded(document(cw.select(job, cluster=cluster.address, plans=1, progress=tell)))
    assert killed

    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "kernels").symlink_to(tmp_path / "kernels")
    monkeypatch.setenv("CELLWRIGHT_CACHE", str(tmp_path / "alone"))
    assert there == encoded(document(cw.select(job, workers=1, plans=1)))
