"""Where the time goes in the main job: cold (kernels and stages not yet kept), from kept stages, and the command line.

Run it with ``python benchmarks/main_job.py [JOB]``. Each run is its own process, as a user's is. Cold compiles every
kernel; warm has the kernels but plans everything; again plans the very same job, so that kept stages are found.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cellwright as cw
from rows import Row, row, tell

EXAMPLE = Path(__file__).parents[1] / "examples" / "01_weld_bracket.yaml"
HELP_ROUNDS = 9


def staged(job: Path) -> dict[str, float]:
    """Return seconds by stage of the whole main job, in the order they began, and the peak of memory [MB]."""
    seconds: dict[str, float] = {}
    name, since = "imports and job file", time.perf_counter()

    def step(what: str, _share: float = 0.0) -> None:
        nonlocal name, since
        now = time.perf_counter()
        seconds[name] = seconds.get(name, 0.0) + now - since
        name, since = what.split(":")[0], now

    read = cw.load_job(job)
    step("imports of the planner")
    make = cw.plan
    step("starting")
    try:
        plan = make(read, progress=step)
    except cw.InfeasibleError as error:
        step("done")
        print(f"no plan: {error}", file=sys.stderr)
    else:
        step("writing and proving the program")
        program = cw.program(plan)
        step("report")
        page = cw.report(plan, [program])
        step("saving")
        with tempfile.TemporaryDirectory() as folder:
            cw.save(folder, program.files, page)
            step("done")
    return {what: spent for what, spent in seconds.items() if spent >= 0.0005} | {"peak memory": peak()}


def peak() -> float:
    """Return the largest memory of this process or of one of its children [MB]; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit


def timed(job: Path, cache: Path) -> tuple[dict[str, float], float]:
    """Return the stages of one run in a process of its own, and its whole time [s]."""
    start = time.perf_counter()
    command = [sys.executable, __file__, "--stages", str(job)]
    run = subprocess.run(
        command, env={**os.environ, "CELLWRIGHT_CACHE": str(cache)}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(run.stdout), time.perf_counter() - start


def kernels_time() -> tuple[float, float, int]:
    """Return seconds to compile every kernel of the table in one process, then on all cores, and their number."""
    from cellwright.ahead import compiling, table

    code = "from cellwright.ahead import _main, table; _main([e.name for e in reversed(table())])"
    with tempfile.TemporaryDirectory() as cache:
        start = time.perf_counter()
        command, environment = [sys.executable, "-c", code], {**os.environ, "CELLWRIGHT_CACHE": cache}
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        alone = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CELLWRIGHT_CACHE"] = cache
        start = time.perf_counter()
        with compiling() as wait:
            wait(lambda _done, _all: None)
    return alone, time.perf_counter() - start, len(table())


def help_time() -> float:
    """Return the median time of ``cellwright --help`` [s]."""
    command = [sys.executable, "-c", "from cellwright.cli import main; main()", "--help"]
    spent = []
    for _ in range(HELP_ROUNDS):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def main(job: Path) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        cold, cold_whole = timed(job, cache)
        shutil.rmtree(cache / "stages", ignore_errors=True)
        warm, warm_whole = timed(job, cache)
        again, again_whole = timed(job, cache)
    print(f"{job.name}\n{'[s]':44}{'cold':>9}{'warm':>9}{'again':>9}")
    for name in dict.fromkeys([*cold, *warm, *again]):
        if name != "peak memory":
            print(f"{name:44}{cold.get(name, 0):9.2f}{warm.get(name, 0):9.2f}{again.get(name, 0):9.2f}")
    print(f"{'whole process':44}{cold_whole:9.2f}{warm_whole:9.2f}{again_whole:9.2f}")
    print(f"{'peak memory [MB]':44}{cold['peak memory']:9.0f}{warm['peak memory']:9.0f}{again['peak memory']:9.0f}")
    helped = help_time()
    print(f"{'cellwright --help':44}{helped:9.2f}")
    alone, together, count = kernels_time()
    print(f"{f'{count} kernels compiled, one process':44}{alone:9.2f}")
    print(f"{f'{count} kernels compiled, all cores':44}{together:9.2f}")
    group = f"main job, {job.name}"
    return [
        row(group, "cold: nothing compiled, nothing kept", cold_whole, "s"),
        row(group, "warm: kernels compiled, everything planned", warm_whole, "s"),
        row(group, "again: the same job", again_whole, "s"),
        row(group, "peak memory, cold", cold["peak memory"], "MB", goal="<= 1000"),
        row(group, "cellwright --help", helped, "s", goal="<= 0.2"),
        row(group, f"{count} kernels compiled on {os.cpu_count()} cores", together, "s", goal="<= 20"),
        row(group, f"{count} kernels compiled in one process", alone, "s"),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stages"]:
        print(json.dumps(staged(Path(sys.argv[2]))))
    else:
        tell(main(Path(sys.argv[1]) if sys.argv[1:] else EXAMPLE))
