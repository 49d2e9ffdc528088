"""How the whole planning grows with the number of seams: a plate with upright stiffeners, two seams each.

Run it with ``python benchmarks/stiffeners.py [SEAMS ...]``. Part and job are made here; every run is a process of its
own, its kernels compiled before. A stage whose time grows faster than the seams shows as a slope above 1.
"""

from __future__ import annotations

import sys
import tempfile
from math import ceil, sqrt
from pathlib import Path

import main_job
from cellwright.compiled import cache_folder
from rows import TINY, Row, row, tell

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZES = (4,) if TINY else (10, 50, 200)
PITCH, LONG, HIGH, THICK = 110.0, 60.0, 30.0, 6.0  # of the stiffeners [mm]

JOB = """\
name: stiffeners
part: {{file: plate.step, at: {{z: 700 mm}}}}
robot: kuka/KR8-R2100-2-arc-HW
base: {{mount: pedestal, x: {away:.0f} mm, y: 0 mm, z: 500 mm, yaw: 180 deg}}
{tool}
tasks:
  - {{kind: arc_weld, seams: auto, speed: 8 mm/s, approach: 40 mm, retract: 40 mm}}
"""


def made(folder: Path, seams: int) -> Path:
    """Return a job with so many seams, its part beside it."""
    sys.path.insert(0, str(EXAMPLES / "parts"))
    from make_bracket import plate, write

    ribs = ceil(seams / 2)
    across = ceil(sqrt(ribs))
    half = across * PITCH / 2
    solids = {"plate": plate((-half, half), (-half, half), (0.0, 10.0))}
    for k in range(ribs):
        x, y = ((i + 0.5) * PITCH - half for i in divmod(k, across))
        size = (x - LONG / 2, x + LONG / 2), (y - THICK / 2, y + THICK / 2), (10.0, 10.0 + HIGH)
        solids[f"rib_{k + 1}"] = plate(*size)
    write(folder / "plate.step", solids)
    example = (EXAMPLES / "01_weld_bracket.yaml").read_text(encoding="utf-8")
    tool = example[example.index("tool:") : example.index("obstacles:")]
    (folder / "job.yaml").write_text(JOB.format(away=half + 800.0, tool=tool), encoding="utf-8")
    return folder / "job.yaml"


def main() -> None:
    """Print and tell the stages' seconds for every size."""
    rows: list[Row] = []
    for seams in [int(word) for word in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            stages = warm(made(Path(folder), seams), Path(folder) / "cache")
        whole = sum(spent for name, spent in stages.items() if name != "peak memory")
        print(f"{seams} seams: {whole:.1f} s, " + ", ".join(f"{k} {v:.2f}" for k, v in stages.items()), flush=True)
        told = {name: spent for name, spent in stages.items() if name != "peak memory"} | {"whole planning": whole}
        rows += [row("stiffeners", name, spent, "s", size=seams) for name, spent in told.items() if spent >= 0.05]
    tell(rows)


def warm(job: Path, cache: Path) -> dict[str, float]:
    """Return the seconds of each stage of one run: kernels as compiled before, no stage kept."""
    cache.mkdir()
    for kept in cache_folder().iterdir():
        if kept.name != "stages":
            (cache / kept.name).symlink_to(kept)
    return main_job.timed(job, cache)[0]


if __name__ == "__main__":
    main()
